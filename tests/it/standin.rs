//! Against Setu itself, as far as that goes without Setu: a stand-in with hosts, TLS and oddities like the hosted
//! sandbox's, and the repository's own scenarios on it.

mod bench;
mod customer;
mod gateway;
mod host;
mod relay;

use std::time::Duration;

use bench::{Approver, Project};
use gateway::Seen;
use host::{Host, Standin};
use relay::When;

/// What it takes to run there. Who approves is a matter of its own.
const RUN: &str = "run --target setu --jobs 8 --report json=report.json";

/// How long a token of Setu's lives.
const HALF_AN_HOUR: Duration = Duration::from_secs(1800);

fn logins(seen: &[Seen]) -> usize {
    seen.iter().filter(|seen| seen.host == Host::Login).count()
}

fn answers(seen: &[Seen], status: u16, text: &str) -> usize {
    seen.iter()
        .filter(|seen| seen.status == status && seen.text.contains(text))
        .count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_scenarios_for_both_targets_pass() {
    let project = Project::new();
    let standin = Standin::start(1, project.bridge, HALF_AN_HOUR).await;
    project.point_at(&standin);
    let update = format!("{RUN} --consent manual --snapshots update");
    let ended = project.run(&standin, &update, Approver::Forms).await;
    assert_eq!(ended.trouble, Vec::<String>::new());
    assert_eq!(ended.code, Some(0), "{}\n{}", ended.stdout, ended.stderr);
    let cases = project.cases();
    let mut passed = 0;
    for (name, status, reason) in &cases {
        match status.as_str() {
            "passed" => passed += 1,
            "skipped" => assert_eq!(reason, "it runs on `embedded` only", "{name}"),
            other => panic!("{name} is {other}"),
        }
    }
    assert!(passed >= 35, "only {passed} of {}", cases.len());
    odd_things_have_happened(&standin);

    // What is random or of its time must not be what the snapshots say: another day's data fits them too. And the run
    // takes longer than a token lives there.
    let another = Standin::start(2, project.bridge, Duration::from_secs(5)).await;
    project.point_at(&another);
    let check = format!("{RUN} --consent manual --snapshots check");
    let ended = project.run(&another, &check, Approver::Forms).await;
    assert_eq!(ended.trouble, Vec::<String>::new());
    assert_eq!(ended.code, Some(0), "{}\n{}", ended.stdout, ended.stderr);
    let seen = another.seen();
    assert!(
        logins(&seen) > 1,
        "a token lives for a part of the run only"
    );
    assert_eq!(
        answers(&seen, 401, "token expired"),
        0,
        "none was used too long"
    );
}

/// The run has met what the stand-in is there for.
fn odd_things_have_happened(standin: &Standin) {
    let seen = standin.seen();
    for (status, text, what) in [
        (
            400,
            "Consent artefact not ready",
            "an artefact that is late",
        ),
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
    for host in host::HOSTS {
        assert!(seen.iter().any(|seen| seen.host == host), "{host:?}");
    }
    assert_eq!(logins(&seen), 1, "one token for all");
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_finds_it_well() {
    let project = Project::new();
    let standin = Standin::start(1, project.bridge, HALF_AN_HOUR).await;
    project.point_at(&standin);
    let ended = project
        .run(&standin, "doctor --target setu", Approver::Nobody)
        .await;
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    for line in [
        "as the target's `resolve` says",
        "TLS, answered in",
        "ok       login",
        "ok       fips",
        "ok       notifications",
    ] {
        assert!(ended.stdout.contains(line), "{line} in {}", ended.stdout);
    }
    project.write("ca.pem", &crate::authority::Ca::new("another").pem);
    let ended = project
        .run(&standin, "doctor --target setu", Approver::Nobody)
        .await;
    assert_eq!(ended.code, Some(1));
    assert!(
        ended
            .stdout
            .contains("no CA that is trusted here has signed its certificate")
    );
}
