//! The reports for machines, from hand-made events.

use serde_json::Value;
use std::sync::Arc;

use super::tests::{about, all, case, errored_case, events, facts, failed_case, place, step, tell};
use super::{Github, GithubSummary, Json, Junit, Ndjson, Reporter, RunFacts, SCHEMA, Tap};
use crate::model::outcome::{CaseOutcome, Status};

const KINDS: [&str; 5] = ["junit", "json", "ndjson", "tap", "github"];

fn reporter<'a>(kind: &str, out: &'a mut Vec<u8>, facts: Arc<RunFacts>) -> Box<dyn Reporter + 'a> {
    match kind {
        "junit" => Box::new(Junit::new(out, facts)),
        "json" => Box::new(Json::new(out, facts)),
        "ndjson" => Box::new(Ndjson::new(out, facts)),
        "tap" => Box::new(Tap::new(out, facts)),
        "github" => Box::new(Github::new(out, facts, "/".into())),
        _ => Box::new(GithubSummary::new(out, facts)),
    }
}

fn written(kind: &str, cases: Vec<CaseOutcome>) -> String {
    let mut out = Vec::new();
    tell(reporter(kind, &mut out, facts()).as_mut(), cases);
    String::from_utf8(out).unwrap()
}

/// Everything that a case can be, flaky ones and those that were run again among them.
fn everything() -> Vec<CaseOutcome> {
    let mut cases = all();
    let mut retried = step("pay", place("id: create_consent"), Status::Passed);
    (retried.tries, retried.retries) = (3, 2);
    cases.push(CaseOutcome {
        flaky: vec![Arc::new(retried)],
        ..case(about("scenarios/pay.yaml", "Pay # | 1"), Status::Passed)
    });
    cases.push(CaseOutcome {
        earlier: vec![Arc::new(errored_case()), Arc::new(failed_case())],
        ..case(about("scenarios/again.yaml", "Again"), Status::Passed)
    });
    cases.push(CaseOutcome {
        earlier: vec![Arc::new(failed_case())],
        ..failed_case()
    });
    cases
}

#[test]
fn each_format() {
    for kind in KINDS.into_iter().chain(["summary"]) {
        insta::assert_snapshot!(kind, written(kind, everything()));
    }
}

#[test]
fn the_schema_fits() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let report: Value = serde_json::from_str(&written("json", everything())).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mistakes: Vec<String> = validator
        .iter_errors(&report)
        .map(|mistake| format!("{}: {mistake}", mistake.instance_path()))
        .collect();
    assert!(mistakes.is_empty(), "{mistakes:#?}");
    let mut wrong = report.clone();
    wrong["cases"][1]["status"] = "green".into();
    assert!(!validator.is_valid(&wrong));
    let mut line_schema = schema.clone();
    line_schema
        .as_object_mut()
        .unwrap()
        .retain(|key, _| key == "$defs");
    line_schema["$ref"] = "#/$defs/line".into();
    let validator = jsonschema::validator_for(&line_schema).unwrap();
    let lines = written("ndjson", everything());
    assert!(lines.lines().count() > 20);
    for line in lines.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        assert!(validator.is_valid(&line), "{line:#}");
    }
}

/// A panic ends the process with no end told: no format may look whole then.
#[test]
fn a_run_that_breaks_off_leaves_nothing_that_passes() {
    let good = || case(about("scenarios/good.yaml", "Good"), Status::Passed);
    let (events, _) = events(vec![good(), good(), good()]);
    for kind in ["junit", "json", "ndjson", "tap"] {
        let mut out = Vec::new();
        let mut reporter = reporter(kind, &mut out, facts());
        // The last event is a case's end, which never comes.
        for event in &events[..events.len() - 1] {
            reporter.on_event(event).unwrap();
        }
        drop(reporter);
        let text = String::from_utf8(out).unwrap();
        match kind {
            "junit" => assert_eq!(text, ""),
            "json" => assert!(serde_json::from_str::<Value>(&text).is_err(), "{text}"),
            "ndjson" => assert!(!text.contains("run_finished"), "{text}"),
            _ => assert!(text.contains("1..3") && !text.contains("ok 1"), "{text}"),
        }
    }
}

/// Ends that no case was told of, as those of a bug would be.
#[test]
fn a_case_without_a_reason_still_fails() {
    for status in [
        Status::Failed,
        Status::Errored,
        Status::NotRun("interrupted".into()),
    ] {
        let bare = || vec![case(about("scenarios/a.yaml", "A"), status.clone())];
        let junit = written("junit", bare());
        assert!(
            junit.contains("<failure") || junit.contains("<error"),
            "{junit}"
        );
        assert!(written("tap", bare()).contains("not ok 1"));
        assert!(written("github", bare()).starts_with("::error "));
        assert!(written("summary", bare()).contains('❌'));
    }
}

#[test]
fn a_run_of_nothing_is_written_too() {
    assert_eq!(
        written("tap", vec![]),
        "TAP version 14\n1..0 # SKIP no cases\n"
    );
    assert!(written("junit", vec![]).contains(r#"tests="0" failures="0" errors="0""#));
    let report: Value = serde_json::from_str(&written("json", vec![])).unwrap();
    assert_eq!(report["totals"]["cases"], 0);
}

#[test]
fn annotations_are_seen_from_the_repository() {
    let mut out = Vec::new();
    let mut reporter = Github::new(&mut out, facts(), "/".into());
    tell(&mut reporter, vec![failed_case()]);
    drop(reporter);
    let text = String::from_utf8(out).unwrap();
    let first = text.lines().next().unwrap();
    assert!(
        first.starts_with("::error file=project/scenarios/consent.yaml,line=7,col=17,title=Consent to data::create_consent: $.status"),
        "{first}"
    );
}
