//! The institutions that hold data. Setu's two test FIPs, and invented ones beside them so that every status and most
//! kinds of institution can be met.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::session::FetchOutcome;
use super::terms::FiType;

pub(crate) const DEFAULT_LATENCY: Duration = Duration::from_millis(20);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum FipStatus {
    Active,
    Inactive,
    TemporarilyInactive,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum InstitutionType {
    Bank,
    Nbfc,
    Rta,
    Depository,
    Insurer,
    PensionScheme,
    TaxAuthority,
}

/// How often things went well with a FIP at one aggregator, in percent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SuccessRate {
    pub(crate) aa: &'static str,
    pub(crate) consent_conversion: f64,
    pub(crate) data_fetch: f64,
}

#[derive(Clone, Debug)]
pub(crate) struct Fip {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    /// The types that it serves; a set-up that puts an account of another type there adds that type.
    pub(crate) fi_types: Vec<FiType>,
    pub(crate) institution_type: InstitutionType,
    pub(crate) rates: &'static [SuccessRate],
    pub(crate) status: FipStatus,
    pub(crate) outcome: FetchOutcome,
    pub(crate) latency: Duration,
}

impl Fip {
    /// What a data request gets from this FIP. One that is not active cannot answer well.
    pub(crate) fn fetch_outcome(&self) -> FetchOutcome {
        match (self.status, self.outcome) {
            (FipStatus::Active, outcome) => outcome,
            (_, FetchOutcome::Ready) => FetchOutcome::Failed,
            (_, outcome) => outcome,
        }
    }

    /// Serves a type from now on.
    pub(crate) fn serve(&mut self, fi_type: FiType) {
        if !self.fi_types.contains(&fi_type) {
            self.fi_types.push(fi_type);
        }
    }

    pub(crate) fn is_active(&self) -> bool {
        self.status == FipStatus::Active
    }
}

const ALL_AGGREGATORS: &[SuccessRate] = &[
    SuccessRate {
        aa: "onemoney",
        consent_conversion: 94.2,
        data_fetch: 98.4,
    },
    SuccessRate {
        aa: "anumati",
        consent_conversion: 91.6,
        data_fetch: 97.1,
    },
    SuccessRate {
        aa: "finvu",
        consent_conversion: 92.8,
        data_fetch: 96.3,
    },
    SuccessRate {
        aa: "setu-aa",
        consent_conversion: 95.5,
        data_fetch: 99.0,
    },
];
const TWO_AGGREGATORS: &[SuccessRate] = &[
    SuccessRate {
        aa: "onemoney",
        consent_conversion: 88.4,
        data_fetch: 93.2,
    },
    SuccessRate {
        aa: "finvu",
        consent_conversion: 85.1,
        data_fetch: 90.7,
    },
];
const ONE_AGGREGATOR: &[SuccessRate] = &[SuccessRate {
    aa: "finvu",
    consent_conversion: 41.3,
    data_fetch: 12.5,
}];

/// The FIPs of a new sandbox.
pub(crate) fn all() -> Vec<Fip> {
    use FiType::{
        Aif, Bonds, Cis, Cp, Debentures, Deposit, Equities, Etf, GovtSecurities, Gstr1And3b, Idr,
        InsurancePolicies, Invit, MutualFunds, Nps, RecurringDeposit, Reit, Sip, TermDeposit,
    };
    use FipStatus::{Active, Inactive, TemporarilyInactive};
    use InstitutionType::{Bank, Depository, Insurer, Nbfc, PensionScheme, Rta, TaxAuthority};
    let bank = &[Deposit, TermDeposit, RecurringDeposit];
    vec![
        fip("setu-fip", "Setu FIP", bank, Bank, ALL_AGGREGATORS, Active),
        fip(
            "setu-fip-2",
            "Setu FIP 2",
            bank,
            Bank,
            ALL_AGGREGATORS,
            Active,
        ),
        fip(
            "pretend-bank",
            "Pretend Bank",
            &[Deposit, TermDeposit],
            Bank,
            ONE_AGGREGATOR,
            TemporarilyInactive,
        ),
        fip(
            "sleeping-bank",
            "Sleeping Bank",
            &[Deposit],
            Bank,
            &[],
            Inactive,
        ),
        fip(
            "makebelieve-finance",
            "Makebelieve Finance",
            &[TermDeposit],
            Nbfc,
            &[],
            Active,
        ),
        fip(
            "imaginary-registrar",
            "Imaginary Registrar",
            &[MutualFunds, Sip, Cis, Aif],
            Rta,
            TWO_AGGREGATORS,
            Active,
        ),
        fip(
            "fictional-depository",
            "Fictional Depository",
            &[
                Equities,
                Etf,
                Bonds,
                Debentures,
                GovtSecurities,
                Cp,
                Idr,
                Invit,
                Reit,
            ],
            Depository,
            TWO_AGGREGATORS,
            Active,
        ),
        fip(
            "storybook-insurance",
            "Storybook Insurance",
            &[InsurancePolicies],
            Insurer,
            TWO_AGGREGATORS,
            Active,
        ),
        fip(
            "dreamland-pensions",
            "Dreamland Pensions",
            &[Nps],
            PensionScheme,
            TWO_AGGREGATORS,
            Active,
        ),
        fip(
            "sample-tax-office",
            "Sample Tax Office",
            &[Gstr1And3b],
            TaxAuthority,
            ONE_AGGREGATOR,
            Active,
        ),
    ]
}

fn fip(
    id: &'static str,
    name: &'static str,
    fi_types: &'static [FiType],
    institution_type: InstitutionType,
    rates: &'static [SuccessRate],
    status: FipStatus,
) -> Fip {
    Fip {
        id,
        name,
        fi_types: fi_types.to_vec(),
        institution_type,
        rates,
        status,
        outcome: FetchOutcome::Ready,
        latency: DEFAULT_LATENCY,
    }
}
