//! The report from hand-made events: no server, no run.

use bytes::Bytes;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::{Chronicle, Reporter, RunFacts, Terminal, TerminalSettings, Verbosity};
use crate::model::diagnostic::Color;
use crate::model::exchange::{Exchange, Request, Response};
use crate::model::outcome::{
    CaseIdentity, CaseOutcome, DiffLine, Event, Failure, FailureKind, RunOutcome, SnapshotOutcome,
    Status, StepCounts, StepKind, StepOutcome,
};
use crate::model::source::{FileId, Sources, Span};

const TEXT: &str = "\
name: Consent to data
steps:
  - id: create_consent
    post: /v2/consents
    expect:
      status: 201
      $.status: PENDING
      $.detail.fiTypes: { all: { in: [DEPOSIT, EQUITIES] }, length: 2 }
      headers: { location: exists }
  - id: fi_data
    get: /v2/sessions/{{ session_id }}
    snapshot: true
";

pub(super) fn place(part: &str) -> Span {
    let start = TEXT.find(part).expect("it is in the text");
    Span {
        file: FileId(0),
        start: u32::try_from(start).expect("short"),
        end: u32::try_from(start + part.len()).expect("short"),
    }
}

pub(super) fn about(path: &str, scenario: &str) -> Arc<CaseIdentity> {
    Arc::new(CaseIdentity {
        path: path.into(),
        scenario: scenario.into(),
        case: None,
        repetition: None,
    })
}

pub(super) fn case(about: Arc<CaseIdentity>, status: Status) -> CaseOutcome {
    CaseOutcome {
        about,
        status,
        interrupted: false,
        began: Duration::from_millis(8),
        duration: Duration::from_millis(312),
        worker: 1,
        counts: StepCounts {
            passed: 3,
            requests: 7,
            snapshots: 1,
            ..StepCounts::default()
        },
        failed: vec![],
        not_run: vec![],
        flaky: vec![],
        failures: vec![],
        warnings: vec![],
        earlier: vec![],
    }
}

pub(super) fn step(label: &str, span: Span, status: Status) -> StepOutcome {
    StepOutcome {
        span,
        kind: StepKind::Request,
        label: label.into(),
        summary: "POST /v2/consents gave 201 in 12ms".into(),
        status,
        began: Duration::from_millis(20),
        duration: Duration::from_millis(12),
        tries: 1,
        retries: 0,
        failures: vec![],
        exchanges: vec![],
        snapshot: None,
        pages: vec![],
        written: None,
    }
}

fn exchange() -> Arc<Exchange> {
    let response = Response {
        status: 201,
        reason: "Created",
        headers: vec![("content-type".into(), "application/json".into())],
        body: Bytes::from_static(br#"{"id":"c1","amount":1.50,"note":"\u001b[2J","list":[]}"#),
        url: "http://127.0.0.1:4010/v2/consents".into(),
        duration: Duration::from_millis(12),
        ..Response::default()
    };
    Arc::new(Exchange {
        request: Request {
            brief: None,
            method: "POST".into(),
            url: "http://127.0.0.1:4010/v2/consents".into(),
            headers: vec![("authorization".into(), "Bearer [token]".into())],
            body: Bytes::from_static(br#"{"vua":"9999999999@onemoney"}"#),
        },
        response,
        began: Duration::from_millis(21),
        took: Duration::from_millis(11),
    })
}

pub(super) fn failure(span: Span, message: &str, expected: &str, actual: &str) -> Failure {
    Failure {
        expected: Some(expected.into()),
        actual: Some(actual.into()),
        ..Failure::new(FailureKind::Mismatch, Some(span), message)
    }
}

pub(super) fn failed_case() -> CaseOutcome {
    let mut wrong = step(
        "create_consent",
        place("id: create_consent"),
        Status::Failed,
    );
    wrong.failures = vec![
        failure(
            place("PENDING"),
            "$.status",
            "string \"PENDING\"",
            "string \"ACTIVE\"",
        ),
        failure(
            place("{ all: { in: [DEPOSIT, EQUITIES] }, length: 2 }"),
            "$.detail.fiTypes",
            "all of them in list [\"DEPOSIT\", \"EQUITIES\"]",
            "list [\"MUTUAL_FUNDS\"]",
        ),
        failure(
            place("{ all: { in: [DEPOSIT, EQUITIES] }, length: 2 }"),
            "$.detail.fiTypes",
            "length 2",
            "length 1",
        ),
        Failure {
            notes: vec![
                "the answer has: content-type\nand nothing else".into(),
                "names are compared in any case".into(),
            ],
            ..failure(place("exists"), "header location", "something", "nothing")
        },
    ];
    wrong.exchanges = vec![exchange()];
    let mut changed = step("fi_data", place("id: fi_data"), Status::Failed);
    changed.summary = "GET /v2/sessions/[session_id] gave 200 in 31ms".into();
    changed.failures = vec![Failure::new(
        FailureKind::Snapshot,
        Some(place("snapshot: true")),
        "the response differs from its snapshot",
    )];
    changed.snapshot = Some(SnapshotOutcome::Different {
        path: PathBuf::from("/project/snapshots/consent/fi_data.snap"),
        pending: Some(PathBuf::from("/project/snapshots/consent/fi_data.snap.new")),
        diff: vec![
            DiffLine::Folded(12),
            DiffLine::Same("  \"frequency\": {".into()),
            DiffLine::Removed("    \"value\": 30".into()),
            DiffLine::Added("    \"value\": 24\u{1b}[31m".into()),
            DiffLine::Same("  }".into()),
        ],
    });
    CaseOutcome {
        failed: vec![Arc::new(wrong), Arc::new(changed)],
        not_run: vec!["approve".into(), "login.token".into()],
        counts: StepCounts {
            passed: 1,
            failed: 2,
            not_run: 2,
            requests: 3,
            snapshots: 1,
            ..StepCounts::default()
        },
        ..case(
            about("scenarios/consent.yaml", "Consent to data"),
            Status::Failed,
        )
    }
}

pub(super) fn errored_case() -> CaseOutcome {
    let mut lost = step("3: GET /v2/consents", place("id: fi_data"), Status::Errored);
    lost.summary = String::new();
    lost.failures = vec![Failure::new(
        FailureKind::Transport,
        Some(place("/v2/sessions/{{ session_id }}")),
        "connection refused by 127.0.0.1:1",
    )];
    CaseOutcome {
        failed: vec![Arc::new(lost)],
        failures: vec![Failure::new(
            FailureKind::Request,
            None,
            "the sandbox did not start: too many open files",
        )],
        warnings: vec!["redact `$.a` matched nothing".into()],
        ..case(
            Arc::new(CaseIdentity {
                path: "scenarios/it's.yaml".into(),
                scenario: "It's \u{1b}[31mred".into(),
                case: Some("month=5".into()),
                repetition: None,
            }),
            Status::Errored,
        )
    }
}

pub(super) fn facts() -> Arc<RunFacts> {
    let mut sources = Sources::default();
    sources.add("scenarios/consent.yaml", TEXT);
    Arc::new(RunFacts {
        sources: Arc::new(sources),
        working_folder: PathBuf::from("/project"),
        target: "embedded".into(),
        seed: Some(7),
        rerun_options: ["scenarios/consent.yaml", "scenarios/it's.yaml"]
            .map(|path| (path.to_owned(), " --var months=5 --seed 7".to_owned()))
            .into(),
        started: "2026-04-01T09:30:00Z".parse().unwrap(),
        ..RunFacts::default()
    })
}

fn settings(verbosity: Verbosity, color: Color) -> TerminalSettings {
    TerminalSettings {
        color,
        verbosity,
        facts: facts(),
        columns: None,
    }
}

/// What is written before the failures, in a terminal of so many columns.
fn lines_within(columns: usize) -> String {
    let mut written = Vec::new();
    let settings = TerminalSettings {
        columns: Some(columns),
        ..settings(Verbosity::Steps, Color::Plain)
    };
    let mut terminal = Terminal::new(&mut written, settings);
    tell(&mut terminal, all());
    drop(terminal);
    let whole = String::from_utf8(written).unwrap();
    whole.split("\n\n").next().unwrap_or_default().to_owned()
}

#[test]
fn in_a_narrow_terminal_each_case_and_each_step_has_one_line() {
    for columns in [66, 80] {
        for row in lines_within(columns).lines() {
            assert!(super::width::columns(row) <= columns, "{columns}: {row}");
        }
    }
    // There is no room beside the label, or not for how long it took.
    let call = "POST /v1/users/login gave 200";
    let (narrow, wider) = (lines_within(66), lines_within(80));
    let below = format!("login.token\n{:20}{call} in 12ms\n", "");
    assert!(narrow.contains(&below), "{narrow}");
    let beside = format!("login.token{:13}{call}\n", "");
    assert!(wider.contains(&beside), "{wider}");
}

/// Two cases at once, the later one ending first.
pub(super) fn report(verbosity: Verbosity, color: Color, cases: Vec<CaseOutcome>) -> String {
    let mut written = Vec::new();
    let mut terminal = Terminal::new(&mut written, settings(verbosity, color));
    tell(&mut terminal, cases);
    drop(terminal);
    String::from_utf8(written).unwrap()
}

/// The events of a run with these cases, and its end.
pub(super) fn tell(reporter: &mut dyn Reporter, cases: Vec<CaseOutcome>) {
    let (events, outcome) = events(cases);
    let mut chronicle = Chronicle::new([&*reporter]);
    for event in &events {
        chronicle.note(event).tell(event, reporter).unwrap();
    }
    reporter.on_end(&outcome).unwrap();
}

/// The same, not told yet.
pub(super) fn events(cases: Vec<CaseOutcome>) -> (Vec<Event>, RunOutcome) {
    let cases: Vec<Arc<CaseOutcome>> = cases.into_iter().map(Arc::new).collect();
    let mut events = vec![Event::RunStarted {
        cases: cases.len(),
        target: "embedded".into(),
    }];
    for (number, case) in cases.iter().enumerate() {
        events.push(Event::CaseStarted {
            case: number,
            about: Arc::clone(&case.about),
        });
    }
    for number in 0..cases.len() {
        let mut passed = step("login.token", place("id: create_consent"), Status::Passed);
        passed.summary = "POST /v1/users/login gave 200 in 12ms".into();
        passed.exchanges = vec![exchange()];
        events.push(Event::StepFinished {
            case: number,
            step: Arc::new(passed),
        });
    }
    for (number, case) in cases.iter().enumerate().rev() {
        events.push(Event::Printed {
            case: number,
            text: "consent c1\nis there".into(),
        });
        for step in &case.failed {
            events.push(Event::StepFinished {
                case: number,
                step: Arc::clone(step),
            });
        }
        events.push(Event::CaseFinished {
            case: number,
            outcome: Arc::clone(case),
        });
    }
    let outcome = RunOutcome {
        cases,
        duration: Duration::from_millis(1234),
        interrupted: false,
        unreferenced: None,
        idle_rules: Vec::new(),
    };
    (events, outcome)
}

pub(super) fn all() -> Vec<CaseOutcome> {
    vec![
        case(about("scenarios/good.yaml", "A good one"), Status::Passed),
        failed_case(),
        errored_case(),
        case(
            about("scenarios/hosted.yaml", "Only hosted"),
            Status::Skipped("it runs on `setu` only".into()),
        ),
        CaseOutcome {
            interrupted: true,
            ..case(
                about("scenarios/late.yaml", "Late"),
                Status::NotRun("the run was interrupted".into()),
            )
        },
    ]
}

#[test]
fn a_run_with_everything() {
    insta::assert_snapshot!(report(Verbosity::Cases, Color::Plain, all()));
}

#[test]
fn steps() {
    insta::assert_snapshot!(report(Verbosity::Steps, Color::Plain, vec![failed_case()]));
}

#[test]
fn exchanges() {
    let cases = vec![case(about("scenarios/good.yaml", "Good"), Status::Passed)];
    insta::assert_snapshot!(report(Verbosity::Exchanges, Color::Plain, cases));
}

#[test]
fn quiet_says_only_what_failed() {
    let good = || case(about("scenarios/good.yaml", "Good"), Status::Passed);
    insta::assert_snapshot!(
        report(Verbosity::Quiet, Color::Plain, vec![good()]),
        @"1 scenario: 1 passed; 7 requests, 1 snapshot, in 1.2s"
    );
    let text = report(Verbosity::Quiet, Color::Plain, vec![good(), failed_case()]);
    assert!(text.starts_with("FAILED  Consent to data"), "{text}");
    assert!(!text.contains("is there"), "{text}");
}

#[test]
fn colour_adds_nothing_but_colour() {
    let plain = report(Verbosity::Exchanges, Color::Plain, all());
    let coloured = report(Verbosity::Exchanges, Color::Ansi, all());
    assert!(!plain.contains('\u{1b}'), "an escape came through");
    assert_ne!(plain, coloured);
    let codes = regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap();
    assert_eq!(codes.replace_all(&coloured, ""), plain);
}

#[test]
fn a_new_snapshot_is_shown_in_part_where_a_file_has_the_whole() {
    let lines = || {
        (0..40)
            .map(|number| DiffLine::Added(format!("line {number}")))
            .collect()
    };
    for (pending, shown) in [
        (Some(PathBuf::from("/project/snapshots/a.snap.new")), 24),
        (None, 40),
    ] {
        let mut new = step("a", place("id: fi_data"), Status::Failed);
        new.snapshot = Some(SnapshotOutcome::New {
            path: "/project/snapshots/a.snap".into(),
            pending,
            diff: lines(),
        });
        let outcome = CaseOutcome {
            failed: vec![Arc::new(new)],
            ..case(about("a.yaml", "a"), Status::Failed)
        };
        let text = report(Verbosity::Quiet, Color::Plain, vec![outcome]);
        assert_eq!(text.matches("+ line").count(), shown, "{text}");
        assert_eq!(text.contains("… 16 more lines"), shown == 24);
    }
}

#[test]
fn a_case_that_passed_only_after_a_retry_says_so() {
    let mut retried = step("pay", place("id: create_consent"), Status::Passed);
    (retried.tries, retried.retries) = (3, 2);
    retried.summary = "POST /pay gave 201 in 12ms (try 3)".into();
    let mut flaky = case(about("scenarios/pay.yaml", "Pay"), Status::Passed);
    flaky.flaky = vec![Arc::new(retried.clone())];
    let good = case(about("scenarios/good.yaml", "Good"), Status::Passed);
    insta::assert_snapshot!(
        report(Verbosity::Cases, Color::Plain, vec![flaky.clone(), good]),
        @r"
    ok       312ms  Good (scenarios/good.yaml), 3 steps
        | consent c1
        | is there
    ok       312ms  Pay (scenarios/pay.yaml), 3 steps, flaky: pay (try 3)
        | consent c1
        | is there

    flaky: scenarios/pay.yaml
    2 scenarios: 2 passed (1 flaky); 14 requests, 2 snapshots, in 1.2s
    "
    );
    let mut written = Vec::new();
    let mut terminal = Terminal::new(&mut written, settings(Verbosity::Steps, Color::Plain));
    terminal
        .on_event(&Event::StepFinished {
            case: 0,
            step: Arc::new(retried),
        })
        .unwrap();
    terminal
        .on_event(&Event::CaseFinished {
            case: 0,
            outcome: Arc::new(flaky.clone()),
        })
        .unwrap();
    let written = String::from_utf8(written).unwrap();
    assert!(
        written.contains("gave 201 in 12ms (try 3), flaky"),
        "{written}"
    );
    // What failed in the end is not called flaky.
    flaky.status = Status::Failed;
    let text = report(Verbosity::Cases, Color::Plain, vec![flaky]);
    assert!(!text.contains("flaky"), "{text}");
}
