//! An account as FI data, in the format that is asked for.

use serde::Serialize;

use super::super::domain::customer::Account;
use super::super::domain::moment::Moment;
use super::super::domain::session::{DataScope, Format, SchemaVersion};
use super::super::domain::terms::{ConsentType, DataRange, FiType};
use super::element::Element;
use super::window::Window;
use super::{
    debt, deposit, gst, insurance, nps, observed, plans, pooled, securities, shares, time_deposit,
    trusts, version_two, xml,
};

/// The FI types that accounts can be of: those of which there is data.
pub(crate) const SERVED_TYPES: [FiType; 19] = [
    FiType::Deposit,
    FiType::TermDeposit,
    FiType::RecurringDeposit,
    FiType::MutualFunds,
    FiType::Etf,
    FiType::Equities,
    FiType::Nps,
    FiType::InsurancePolicies,
    FiType::Gstr1And3b,
    FiType::Sip,
    FiType::Cp,
    FiType::GovtSecurities,
    FiType::Bonds,
    FiType::Debentures,
    FiType::Idr,
    FiType::Cis,
    FiType::Aif,
    FiType::Invit,
    FiType::Reit,
];

/// The version of the specification's schemas.
const XML_VERSION: &str = "1.1";

/// `data` of an account in a session: JSON as an object, XML as one text.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum FiData {
    Json { account: Element },
    Xml { xml: String },
}

/// The account as the consent's scope shows it for a range, with nothing in it that has not happened by `as_of`.
pub(crate) fn fi_data(
    account: &Account,
    scope: &DataScope,
    range: DataRange,
    as_of: Moment,
    format: Format,
) -> FiData {
    let kind = kind(account.fi_type);
    let mut root = root(account, scope, range, as_of, &kind);
    spell(&mut root, account, scope);
    match format {
        Format::Json => FiData::Json { account: root },
        Format::Xml => FiData::Xml {
            xml: xml::document(&root, kind.namespace.unwrap_or(kind.schema)),
        },
    }
}

/// What is particular to a FI type.
struct Kind {
    /// The schema's name, which is also `type` in the JSON.
    schema: &'static str,
    /// The last word of the XML's namespace, where that is not the schema's name.
    namespace: Option<&'static str>,
    /// `type` in the XML.
    xml_type: &'static str,
    json_version: &'static str,
    number_name: &'static str,
    /// What only the JSON says of the account itself.
    json_only: fn(&Account) -> Vec<(&'static str, String)>,
    profile: fn(&Account) -> Element,
    summary: Option<fn(&Account, Moment) -> Element>,
    transactions: fn(&Account, &Window<'_>) -> Element,
}

const PLAIN: Kind = Kind {
    schema: "deposit",
    namespace: None,
    xml_type: "deposit",
    json_version: XML_VERSION,
    number_name: "maskedAccNumber",
    json_only: |_| Vec::new(),
    profile: deposit::profile,
    summary: Some(deposit::summary),
    transactions: deposit::transactions,
};

/// Setu's sandbox has been seen to call DEPOSIT data 2.0.0, with the keys of 1.1. Its documentation shows 1.1 for the
/// other banking types; securities and GST have versions of their own.
fn kind(fi_type: FiType) -> Kind {
    match fi_type {
        FiType::TermDeposit => Kind {
            schema: "term_deposit",
            xml_type: "term_deposit",
            summary: Some(time_deposit::term_summary),
            transactions: time_deposit::transactions,
            ..PLAIN
        },
        FiType::RecurringDeposit => Kind {
            schema: "recurring_deposit",
            xml_type: "recurring_deposit",
            summary: Some(time_deposit::recurring_summary),
            transactions: time_deposit::transactions,
            ..PLAIN
        },
        FiType::MutualFunds => Kind {
            schema: "mutual_funds",
            xml_type: "mutualfunds",
            json_version: "1.0.0",
            json_only: securities::mutual_funds_numbers,
            profile: securities::mutual_funds_profile,
            summary: Some(securities::mutual_funds_summary),
            transactions: securities::mutual_funds_transactions,
            ..PLAIN
        },
        FiType::Etf => Kind {
            schema: "etf",
            xml_type: "etf",
            json_version: "1.0.0",
            json_only: securities::etf_numbers,
            profile: securities::etf_profile,
            summary: Some(securities::etf_summary),
            transactions: securities::etf_transactions,
            ..PLAIN
        },
        FiType::Equities => Kind {
            schema: "equities",
            xml_type: "equities",
            json_version: "1.0.0",
            profile: shares::equities_profile,
            summary: Some(shares::equities_summary),
            transactions: shares::equities_transactions,
            ..PLAIN
        },
        FiType::Nps => Kind {
            schema: "nps",
            xml_type: "nps",
            profile: nps::profile,
            summary: Some(nps::summary),
            transactions: nps::transactions,
            ..PLAIN
        },
        FiType::InsurancePolicies => Kind {
            schema: "insurance_policies",
            xml_type: "insurance",
            profile: insurance::profile,
            summary: Some(insurance::summary),
            transactions: insurance::transactions,
            ..PLAIN
        },
        FiType::Gstr1And3b => Kind {
            schema: "gstr1_3b",
            xml_type: "gstr1_3b",
            json_version: "1.1.0",
            number_name: "maskedGstinNumber",
            profile: gst::profile,
            summary: None,
            transactions: gst::transactions,
            ..PLAIN
        },
        FiType::Sip => Kind {
            profile: plans::profile,
            ..traded("sip", plans::summary, plans::transactions)
        },
        FiType::Bonds => traded("bonds", debt::bonds_summary, debt::bonds_transactions),
        FiType::GovtSecurities => traded(
            "govt_securities",
            debt::government_summary,
            debt::government_transactions,
        ),
        FiType::Debentures => traded(
            "debentures",
            debt::debentures_summary,
            debt::debentures_transactions,
        ),
        FiType::Cp => traded("cp", debt::papers_summary, debt::papers_transactions),
        FiType::Idr => traded("idr", trusts::idr_summary, trusts::idr_transactions),
        FiType::Invit => traded("invit", trusts::invit_summary, trusts::invit_transactions),
        FiType::Reit => Kind {
            namespace: Some("reits"),
            profile: trusts::reit_profile,
            ..traded("reit", trusts::reit_summary, trusts::reit_transactions)
        },
        FiType::Cis => traded("cis", pooled::cis_summary, pooled::cis_transactions),
        FiType::Aif => traded("aif", pooled::aif_summary, pooled::aif_transactions),
        // No account is of a type that is not served: set-ups that ask for one are refused.
        _ => Kind {
            json_version: "2.0.0",
            ..PLAIN
        },
    }
}

/// A type whose holdings are bought and sold, and whose schema says no more of it than that.
fn traded(
    schema: &'static str,
    summary: fn(&Account, Moment) -> Element,
    transactions: fn(&Account, &Window<'_>) -> Element,
) -> Kind {
    Kind {
        schema,
        xml_type: schema,
        json_version: "1.0.0",
        profile: debt::profile,
        summary: Some(summary),
        transactions,
        ..PLAIN
    }
}

/// Gives the account the names that its dialect has.
fn spell(root: &mut Element, account: &Account, scope: &DataScope) {
    let is_deposit_for_a_time = matches!(
        account.fi_type,
        FiType::TermDeposit | FiType::RecurringDeposit
    );
    let observed = scope.dialect.observed;
    if is_deposit_for_a_time && observed.is_some_and(|observed| observed.is_through_finvu) {
        observed::through_finvu(root);
    }
    if scope.dialect.schema == SchemaVersion::TwoNought && version_two::has(account.fi_type) {
        version_two::rewrite(root, account);
    }
}

fn root(
    account: &Account,
    scope: &DataScope,
    range: DataRange,
    as_of: Moment,
    kind: &Kind,
) -> Element {
    // Only DEPOSIT data has been seen otherwise than it should be.
    let draw = scope
        .dialect
        .observed
        .filter(|_| account.fi_type == FiType::Deposit)
        .map(|observed| observed.draw);
    let json_version = draw.map_or(kind.json_version, |_| observed::VERSION);
    let wanted = |consent_type| scope.consent_types.contains(&consent_type);
    let mut root = Element::new("account")
        .with("linkedAccRef", account.link_reference.clone())
        .with(kind.number_name, account.masked_number.clone())
        .with_json("type", kind.schema)
        .with_xml("type", kind.xml_type)
        .with_json("version", json_version)
        .with_xml("version", XML_VERSION);
    for (name, value) in (kind.json_only)(account) {
        root = root.with_json(name, value);
    }
    if wanted(ConsentType::Profile) {
        root = root.child(match draw {
            Some(_) => observed::profile(account),
            None => (kind.profile)(account),
        });
    }
    if let Some(summary) = kind.summary.filter(|_| wanted(ConsentType::Summary)) {
        root = root.child(match draw {
            Some(draw) => observed::summary(account, as_of, draw),
            None => summary(account, as_of),
        });
    }
    if wanted(ConsentType::Transactions) {
        let window = Window::new(scope, range, as_of);
        root = root.child(match draw {
            Some(draw) => observed::transactions(account, &window, draw),
            None => (kind.transactions)(account, &window),
        });
    }
    root
}
