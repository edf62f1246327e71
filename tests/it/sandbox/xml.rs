//! Sessions that ask for XML.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::{Bench, NOW, session_request};

/// The FI types, with the schemas of those that have one.
const TYPES: [(&str, Option<&str>); 19] = [
    ("DEPOSIT", Some("deposit")),
    ("TERM_DEPOSIT", Some("term_deposit")),
    ("RECURRING_DEPOSIT", Some("recurring_deposit")),
    ("MUTUAL_FUNDS", Some("mutual_funds")),
    ("ETF", Some("etf")),
    ("EQUITIES", Some("equities")),
    ("NPS", Some("nps")),
    ("INSURANCE_POLICIES", Some("insurance_policies")),
    ("GSTR1_3B", None),
    ("SIP", Some("sip")),
    ("CP", Some("cp")),
    ("GOVT_SECURITIES", Some("govt_securities")),
    ("BONDS", Some("bonds")),
    ("DEBENTURES", Some("debentures")),
    ("IDR", Some("idr")),
    ("CIS", Some("cis")),
    ("AIF", Some("aif")),
    ("INVIT", Some("invit")),
    ("REIT", Some("reit")),
];

impl Bench {
    /// What a session of a consent for some types delivers, account by account.
    async fn delivered(&self, fi_types: &Value, consent_types: &Value, format: &str) -> Vec<Value> {
        let id = self
            .active_consent(json!({ "fiTypes": fi_types, "consentTypes": consent_types }))
            .await;
        let mut request = session_request(&id);
        request["format"] = json!(format);
        let session = self.post("/v2/sessions", &request).await;
        let fetched = self.fetched(&session).await;
        assert_eq!(fetched["status"], "COMPLETED", "{fetched}");
        assert_eq!(fetched["format"], format);
        let fips = fetched["fips"].as_array().unwrap();
        fips.iter()
            .flat_map(|fip| fip["accounts"].as_array().unwrap().clone())
            .collect()
    }
}

fn all_types() -> Value {
    TYPES.iter().map(|(fi_type, _)| json!(fi_type)).collect()
}

#[tokio::test]
async fn a_session_delivers_each_account_as_one_text() {
    let bench = Bench::new().await;
    let parts = json!(["PROFILE", "SUMMARY", "TRANSACTIONS"]);
    let in_xml = bench.delivered(&all_types(), &parts, "xml").await;
    let in_json = bench.delivered(&all_types(), &parts, "json").await;
    assert_eq!(in_xml.len(), 21);
    assert_eq!(in_json.len(), in_xml.len());
    for (xml, json) in in_xml.iter().zip(&in_json) {
        assert_eq!(xml["FIstatus"], "READY");
        for key in ["linkRefNumber", "maskedAccNumber"] {
            assert_eq!(xml[key], json[key]);
        }
        assert_eq!(xml["data"].as_object().unwrap().len(), 1, "{xml}");
        let text = xml["data"]["xml"].as_str().unwrap();
        let document = roxmltree::Document::parse(text).unwrap();
        let root = document.root_element();
        assert_eq!(root.tag_name().name(), "Account");
        let account = &json["data"]["account"];
        assert_eq!(
            root.attribute("linkedAccRef"),
            account["linkedAccRef"].as_str()
        );
        assert_eq!(root.attribute("version"), Some("1.1"));
        let transactions = |node: roxmltree::Node<'_, '_>| {
            node.descendants()
                .filter(|node| node.has_attribute("txnId"))
                .count()
        };
        assert_eq!(
            transactions(root),
            account.to_string().matches("\"txnId\"").count(),
            "{account}"
        );
    }
}

#[tokio::test]
async fn a_session_delivers_only_the_types_that_the_consent_names() {
    let bench = Bench::new().await;
    for (fi_type, _) in TYPES {
        let accounts = bench
            .delivered(&json!([fi_type]), &json!(["PROFILE"]), "json")
            .await;
        assert_eq!(accounts.len(), if fi_type == "DEPOSIT" { 3 } else { 1 });
        for account in accounts {
            assert_eq!(
                account["data"]["account"]["type"],
                fi_type.to_lowercase(),
                "{account}"
            );
        }
    }
}

/// Where the schemas of the specification are, if someone said so. The project does not contain them.
fn schemas() -> Option<PathBuf> {
    let folder = PathBuf::from(std::env::var_os("SAMMATI_REBIT_SCHEMAS")?);
    let has_xmllint = Command::new("xmllint").arg("--version").output().is_ok();
    (folder.is_dir() && has_xmllint).then_some(folder)
}

/// A schema as a file to check with. Those of securities, pensions and insurance allow exactly one transaction and one
/// holding, an oversight that nobody's data keeps to; lists may be of any length here. Some ask for a summary or for
/// transactions, which a consent may leave out; here they may be missing, and nothing else is changed.
fn usable_schema(folder: &Path, name: &str, place: &Path) -> PathBuf {
    let mut text = std::fs::read_to_string(folder.join(format!("{name}.xsd"))).unwrap();
    for listed in [
        "Transaction",
        "Holding",
        "MoneyBack",
        "Cover",
        "SchemeChoice",
        "Tier1Holding",
        "Tier2Holding",
        "Tier1SchemeTransaction",
        "Tier2SchemeTransaction",
        "Tier1InvestmentTransaction",
        "Tier2InvestmentTransaction",
    ] {
        let strict = format!("<xs:element ref=\"aa:{listed}\"/>");
        let listing =
            format!("<xs:element ref=\"aa:{listed}\" minOccurs=\"0\" maxOccurs=\"unbounded\"/>");
        text = text.replace(&strict, &listing);
    }
    for part in ["Summary", "Transactions"] {
        let asked = format!("<xs:element ref=\"aa:{part}\"/>");
        text = text.replace(&asked, &asked.replace("/>", " minOccurs=\"0\"/>"));
    }
    let path = place.join(format!("{name}.xsd"));
    std::fs::write(&path, text).unwrap();
    path
}

fn assert_valid(schema: &Path, text: &str, place: &Path, what: &str) {
    let path = place.join("data.xml");
    std::fs::write(&path, text).unwrap();
    let output = Command::new("xmllint")
        .args(["--nonet", "--noout", "--schema"])
        .arg(schema)
        .arg(&path)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{what}: {}\n{text}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Only a proof where `SAMMATI_REBIT_SCHEMAS` names the folder of the schemas and `xmllint` is there; it says if not.
#[tokio::test]
async fn xml_is_valid_against_the_schemas_of_the_specification() {
    let Some(folder) = schemas() else {
        // Past the harness, which shows nothing of a test that passes.
        let _ = writeln!(
            std::io::stderr(),
            "NOT PROVEN: SAMMATI_REBIT_SCHEMAS names no folder of schemas, or xmllint is not there"
        );
        return;
    };
    let place = tempfile::tempdir().unwrap();
    let mut checked = 0;
    for seed in 0..6 {
        let clock = ["2016-02-29T12:00:00Z", NOW, "2031-07-15T00:00:00Z"][seed % 3];
        let bench = Bench::set_up(json!({ "clock": clock, "seed": seed })).await;
        for (fi_type, schema) in TYPES {
            let Some(schema) = schema else { continue };
            for parts in [
                json!(["PROFILE"]),
                json!(["SUMMARY"]),
                json!(["PROFILE", "SUMMARY", "TRANSACTIONS"]),
            ] {
                let accounts = bench.delivered(&json!([fi_type]), &parts, "xml").await;
                let schema = usable_schema(&folder, schema, place.path());
                for account in accounts {
                    let text = account["data"]["xml"].as_str().unwrap();
                    let what = format!("{fi_type} {parts} seed {seed}");
                    assert_valid(&schema, text, place.path(), &what);
                    checked += 1;
                }
            }
        }
    }
    assert_eq!(checked, 6 * 3 * 20);
}
