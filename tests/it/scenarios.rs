//! The project's own scenarios pass, run as a user's test would run them.

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
