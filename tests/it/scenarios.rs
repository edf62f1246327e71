//! The project's own scenarios pass, run as a user's test would run them.

use std::fs;
use std::path::Path;

use sammati::Harness;
use sammati::model::outcome::Status;

#[tokio::test]
async fn the_projects_scenarios_pass_against_their_snapshots() {
    let report = Harness::new(env!("CARGO_MANIFEST_DIR"))
        .run(["scenarios"])
        .await;
    report.assert_passed();
    let outcome = &report.outcome;
    assert!(outcome.cases.len() >= 70, "{}", report.text);
    assert_eq!(
        outcome.count(|status| *status == Status::Passed),
        outcome.cases.len()
    );
    let snapshots: usize = outcome.cases.iter().map(|case| case.counts.snapshots).sum();
    assert!(snapshots >= 150, "{}", report.text);
}

/// What runs on the embedded sandbox alone says why it cannot run on Setu's.
#[test]
fn the_scenarios_for_one_target_say_why() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let (mut folders, mut reasons) = (vec![root], 0);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            for line in text.lines().filter(|line| line.starts_with("targets:")) {
                let reason = line.strip_prefix("targets: [embedded]  # ");
                assert!(reason.is_some(), "{}: {line}", path.display());
                reasons += 1;
            }
        }
    }
    assert!((1..=29).contains(&reasons), "{reasons} are for one target");
}

#[tokio::test]
async fn another_duration_moves_just_the_date_at_which_the_consent_ends() {
    let report = Harness::new(env!("CARGO_MANIFEST_DIR"))
        .variable("months", "5")
        .run(["scenarios/consent_to_data.yaml"])
        .await;
    assert_eq!(report.exit_status, 1, "{}", report.text);
    let changed: Vec<&str> = report
        .text
        .lines()
        .map(str::trim_start)
        .filter(|line| line.starts_with("- ") || line.starts_with("+ "))
        .collect();
    assert_eq!(
        changed,
        [
            "-     \"consentExpiry\": \"2025-07-30T00:00:00.000Z\",",
            "+     \"consentExpiry\": \"2025-08-29T00:00:00.000Z\",",
        ],
        "{}",
        report.text
    );
    let asserted = std::panic::catch_unwind(|| report.assert_passed());
    assert!(
        asserted.is_err(),
        "an assertion that does not hold must panic"
    );
}

#[tokio::test]
async fn files_that_are_wrong_are_told_and_nothing_is_sent() {
    let report = Harness::new(env!("CARGO_MANIFEST_DIR"))
        .run(["tests/wrong/unknown_key.yaml"])
        .await;
    assert_eq!(report.exit_status, 2);
    assert!(
        report.text.contains("did you mean `name`?"),
        "{}",
        report.text
    );
    assert!(report.outcome.cases.is_empty());
}
