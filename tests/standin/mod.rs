//! Against Setu itself, as far as that goes without Setu: a stand-in with hosts, TLS and oddities like the hosted
//! sandbox's, and the repository's own project pointed at it. Two test binaries share it: consents are given by forms in
//! one, by a driven browser in the other.

pub(crate) mod bench;
mod gateway;
pub(crate) mod host;
mod relay;

use std::time::Duration;

use bench::Project;
use gateway::{PAUSE, Seen};
use host::{HOSTS, Host, Standin};
use relay::When;
use serde_json::Value;

/// What it takes to run there. Who approves is a matter of its own.
pub(crate) const RUN: &str = "run --target setu --jobs 8 --report json=report.json";

/// How long a token of Setu's lives.
pub(crate) const HALF_AN_HOUR: Duration = Duration::from_secs(1800);

pub(crate) fn logins(seen: &[Seen]) -> usize {
    seen.iter().filter(|seen| seen.host == Host::Login).count()
}

pub(crate) fn answers(seen: &[Seen], status: u16, text: &str) -> usize {
    seen.iter()
        .filter(|seen| seen.status == status && seen.text.contains(text))
        .count()
}

/// The cases that passed; the others are for the embedded sandbox alone.
pub(crate) fn passed(project: &Project) -> Vec<String> {
    let mut passed = Vec::new();
    for (name, status, reason) in project.cases() {
        match status.as_str() {
            "passed" => passed.push(name),
            "skipped" => assert_eq!(reason, "it runs on `embedded` only", "{name}"),
            other => panic!("{name} is {other}"),
        }
    }
    passed
}

/// The run has met what the stand-in is there for.
pub(crate) fn odd_things_have_happened(standin: &Standin) {
    let seen = standin.seen();
    for (status, text, what) in [
        (401, "Token issuer not allowed", "a foreign token"),
        (429, "rate limit", "too many requests"),
        (
            500,
            "ConsentObjectCreationFailure",
            "an aggregator that refuses",
        ),
        (200, r#""FIstatus":"READY""#, "data"),
        (201, r#""count":"0""#, "a count that is text"),
        (
            201,
            "https://fiu-uat.setu.test/v2/consents/webview/",
            "a page elsewhere",
        ),
    ] {
        assert!(answers(&seen, status, text) > 0, "{what}");
    }
    let unversioned = seen
        .iter()
        .find(|seen| seen.asked == "GET /fips" || seen.asked == "POST /consents");
    assert_eq!(unversioned.map(|seen| seen.status), Some(401));
    for host in HOSTS {
        assert!(seen.iter().any(|seen| seen.host == host), "{host:?}");
    }
    assert_eq!(logins(&seen), 1, "one token for all");
    an_artefact_was_late(&seen);
    whoever_sent_too_much_has_waited(&seen);
    data_is_random_text(&seen);
    let told = standin.told();
    for when in [
        When::BeforeTheRedirect,
        When::AfterTheRedirect,
        When::AtOnce,
    ] {
        assert!(told.iter().any(|told| told.when == when), "{when:?}");
    }
    let of_sessions = told
        .iter()
        .filter(|told| told.body["type"] == "SESSION_STATUS_UPDATE");
    for told in of_sessions {
        let text = told.body.to_string();
        assert!(
            text.contains("FIStatus") && !text.contains("FIstatus"),
            "{text}"
        );
    }
}

/// A consent was seen to be active, a session for it was refused, and was opened later.
fn an_artefact_was_late(seen: &[Seen]) {
    let is_late = |(index, refused): (usize, &Seen)| {
        if refused.asked != "POST /v2/sessions" || !refused.text.contains("artefact not ready") {
            return false;
        }
        let request: Value = serde_json::from_slice(&refused.sent).unwrap();
        let consent = format!(
            "GET /v2/consents/{}",
            request["consentId"].as_str().unwrap()
        );
        let was_active = seen[..index].iter().any(|earlier| {
            earlier.asked == consent && earlier.text.contains(r#""status":"ACTIVE""#)
        });
        let mut later = seen[index..].iter();
        was_active && later.any(|later| later.sent == refused.sent && later.status == 201)
    };
    assert!(seen.iter().enumerate().any(is_late), "no artefact is late");
}

/// What was refused as one too many came again, and not before it was time. Only what has an id in its path is looked at,
/// because several cases ask for the rest.
fn whoever_sent_too_much_has_waited(seen: &[Seen]) {
    let has_id = |seen: &Seen| seen.asked.split('/').any(|part| part.len() == 36);
    let mut waited = 0;
    for (index, refused) in seen.iter().enumerate() {
        if refused.status != 429 || !has_id(refused) {
            continue;
        }
        let mut later = seen[index + 1..].iter();
        let again = later.find(|later| later.asked == refused.asked);
        let again = again.unwrap_or_else(|| panic!("{} was given up", refused.asked));
        let pause = again.at - refused.at;
        assert!(pause >= PAUSE, "{} after {pause:?}", refused.asked);
        waited += 1;
    }
    assert!(waited > 0, "nobody was told to wait");
}

/// Transactions of deposits are in no order, and whatever counts in them is text.
fn data_is_random_text(seen: &[Seen]) {
    let of_sessions = |seen: &&Seen| seen.asked.starts_with("GET /v2/sessions/");
    let mut orders: Vec<Vec<String>> = Vec::new();
    for seen in seen.iter().filter(of_sessions) {
        let session: Value = serde_json::from_str(&seen.text).unwrap_or_default();
        let fips = session["fips"].as_array().into_iter().flatten();
        for account in fips.flat_map(|fip| fip["accounts"].as_array().into_iter().flatten()) {
            let account = &account["data"]["account"];
            let transactions = account["transactions"]["transaction"].as_array();
            if account["type"] != "deposit" {
                continue;
            }
            let mut times = Vec::new();
            for one in transactions.into_iter().flatten() {
                assert!(one["amount"].is_string(), "{one}");
                times.push(one["transactionTimestamp"].to_string());
            }
            assert!(
                account["summary"].is_null() || account["summary"]["currentBalance"].is_string(),
                "{account}"
            );
            orders.push(times);
        }
    }
    assert!(orders.iter().any(|times| !times.is_sorted()), "{orders:?}");
}
