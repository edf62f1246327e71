//! The reports for machines, from hand-made events.

use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

use super::tests::{
    about, all, case, errored_case, events, facts, failed_case, failure, place, step, tell,
};
use super::values::status_word;
use super::{
    Chronicle, Github, GithubSummary, Har, Html, Json, Junit, Ndjson, Reporter, RunFacts, SCHEMA,
    StepWriter, Tap,
};
use crate::model::exchange::{Exchange, Request, Response};
use crate::model::outcome::{CaseOutcome, Event, Status};

const KINDS: [&str; 6] = ["junit", "json", "ndjson", "tap", "har", "github"];

pub(super) fn reporter<'a>(
    kind: &str,
    out: &'a mut Vec<u8>,
    facts: Arc<RunFacts>,
) -> Box<dyn Reporter + 'a> {
    match kind {
        "junit" => Box::new(Junit::new(out, facts)),
        "json" => Box::new(Json::new(out, facts)),
        "ndjson" => Box::new(Ndjson::new(out, facts)),
        "tap" => Box::new(Tap::new(out, facts)),
        "har" => Box::new(Har::new(out, facts)),
        "html" => Box::new(Html::new(out, facts)),
        "github" => Box::new(Github::new(out, facts, "/".into())),
        _ => Box::new(GithubSummary::new(out, facts)),
    }
}

pub(super) fn written(kind: &str, cases: Vec<CaseOutcome>) -> String {
    let mut out = Vec::new();
    tell(reporter(kind, &mut out, facts()).as_mut(), cases);
    String::from_utf8(out).unwrap()
}

/// Everything that a case can be, flaky ones and those that were run again among them.
pub(super) fn everything() -> Vec<CaseOutcome> {
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

/// What one has written, others take from it.
#[test]
fn reports_of_one_run_write_what_each_would_alone() {
    let kinds = ["ndjson", "json", "html", "har", "junit", "tap"];
    let mut outs = vec![Vec::new(); kinds.len()];
    let mut reports: Vec<_> = kinds
        .iter()
        .zip(&mut outs)
        .map(|(kind, out)| reporter(kind, out, facts()))
        .collect();
    let (events, outcome) = events(everything());
    let mut chronicle = Chronicle::new(reports.iter().map(|report| &**report));
    for event in &events {
        let noted = chronicle.note(event);
        for report in &mut reports {
            noted.tell(event, report.as_mut()).unwrap();
        }
    }
    for report in &mut reports {
        report.on_end(&outcome).unwrap();
    }
    drop(reports);
    for (kind, out) in kinds.into_iter().zip(outs) {
        assert_eq!(
            String::from_utf8(out).unwrap(),
            written(kind, everything()),
            "{kind}"
        );
    }
}

/// What of a step was written where it ran is what each report would write, and the step's exchanges need not be there.
#[test]
fn reports_take_what_was_written_where_a_step_ran() {
    let kinds = ["ndjson", "json", "html", "har"];
    let tell_all = |is_written: bool| {
        let mut outs = vec![Vec::new(); kinds.len()];
        let mut reports: Vec<_> = kinds
            .iter()
            .zip(&mut outs)
            .map(|(kind, out)| reporter(kind, out, facts()))
            .collect();
        let writer = StepWriter::new(facts(), true);
        let (events, outcome) = events(everything());
        let mut chronicle = Chronicle::new(reports.iter().map(|report| &**report));
        let mut count = 0;
        for event in events {
            let event = match event {
                Event::StepFinished { case, step } if is_written => {
                    let mut step = (*step).clone();
                    step.written = Some(writer.write(&step).unwrap());
                    count += step.exchanges.len();
                    step.exchanges.clear();
                    let step = Arc::new(step);
                    Event::StepFinished { case, step }
                }
                other => other,
            };
            let noted = chronicle.note(&event);
            for report in &mut reports {
                noted.tell(&event, report.as_mut()).unwrap();
            }
        }
        for report in &mut reports {
            report.on_end(&outcome).unwrap();
        }
        drop(reports);
        assert_eq!(is_written, count > 2);
        outs
    };
    for ((kind, told), written) in kinds.iter().zip(tell_all(false)).zip(tell_all(true)) {
        let (told, written) = (String::from_utf8(told), String::from_utf8(written));
        assert_eq!(told.unwrap(), written.unwrap(), "{kind}");
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

/// Wherever a text comes from, a reader of XML takes it.
#[test]
fn whatever_a_text_has_in_it_xml_is_whole() {
    let odd = "\u{0}\u{1}\u{8}\u{b}\u{c}\u{1f}\u{7f}\u{9b}\u{fffe}\u{ffff}]]>&<\"";
    let text = || format!("a{odd}z");
    let mut wrong = failed_case();
    wrong.about = Arc::new(crate::model::outcome::CaseIdentity {
        path: text(),
        scenario: text(),
        case: Some(text()),
        repetition: None,
    });
    wrong.warnings.push(text());
    let mut failing = failure(place("id: create_consent"), &text(), &text(), &text());
    failing.notes.push(text());
    wrong.failures = vec![failing];
    let skipped = case(about("scenarios/b.yaml", &text()), Status::Skipped(text()));
    let mut facts = RunFacts::clone(&facts());
    facts.target = text();
    facts.rerun_options.insert(text(), text());
    let mut out = Vec::new();
    tell(
        reporter("junit", &mut out, Arc::new(facts)).as_mut(),
        vec![wrong, skipped],
    );
    let junit = String::from_utf8(out).unwrap();
    let is_odd = |character: &char| !matches!(character, '\t' | '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    assert_eq!(junit.chars().find(is_odd), None);
    roxmltree::Document::parse(&junit).unwrap();
    assert!(junit.contains("\\u{fffe}\\u{ffff}"), "{junit}");
}

/// A panic ends the process with no end told: no format may look whole then.
#[test]
fn a_run_that_breaks_off_leaves_nothing_that_passes() {
    let good = || case(about("scenarios/good.yaml", "Good"), Status::Passed);
    let (events, _) = events(vec![good(), good(), good()]);
    for kind in ["junit", "json", "ndjson", "tap", "har", "html"] {
        let mut out = Vec::new();
        let mut reporter = reporter(kind, &mut out, facts());
        let mut chronicle = Chronicle::new([&*reporter]);
        // The last event is a case's end, which never comes.
        for event in &events[..events.len() - 1] {
            chronicle.note(event).tell(event, &mut *reporter).unwrap();
        }
        drop(reporter);
        let text = String::from_utf8(out).unwrap();
        match kind {
            "junit" => assert_eq!(text, ""),
            "json" | "har" => assert!(serde_json::from_str::<Value>(&text).is_err(), "{text}"),
            "html" => assert!(!text.contains("data-run") && !text.contains("</html>")),
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
        let word = status_word(&status);
        let archive: Value = serde_json::from_str(&written("har", bare())).unwrap();
        let comment = archive["log"]["pages"][0]["comment"].as_str().unwrap();
        assert!(comment.starts_with(word), "{comment}");
        let (run, _) = blocks(&written("html", bare()));
        assert_eq!(run["cases"][0]["status"], word);
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

/// What a page has of its run, and of each case.
pub(super) fn blocks(page: &str) -> (Value, Vec<Value>) {
    let block = |id: &str| -> Option<Value> {
        let (_, rest) = page.split_once(&format!("id=\"{id}\">"))?;
        let (block, _) = rest.split_once("</script>")?;
        assert!(!block.contains('<'), "{block}");
        Some(serde_json::from_str(block).unwrap())
    };
    let cases = (1..).map_while(|number| block(&format!("data-{number}")));
    (block("data-run").unwrap(), cases.collect())
}

#[test]
fn a_page_has_every_case_and_text_is_no_markup() {
    let hostile = "</script><script>alert(1)</script><!--<script>";
    let mut cases = everything();
    let mut wrong = step(hostile, place("id: create_consent"), Status::Failed);
    wrong.failures = vec![failure(place("PENDING"), hostile, hostile, hostile)];
    wrong.exchanges = vec![Arc::new(Exchange {
        request: Request {
            url: format!("http://a.test/{hostile}"),
            body: hostile.as_bytes().into(),
            ..Request::default()
        },
        response: Response {
            status: 200,
            body: hostile.as_bytes().into(),
            ..Response::default()
        },
        ..Exchange::default()
    })];
    cases.push(CaseOutcome {
        failed: vec![Arc::new(wrong)],
        ..case(about(hostile, hostile), Status::Failed)
    });
    let page = written("html", cases.clone());
    let (run, blocks) = blocks(&page);
    let lines = run["cases"].as_array().unwrap();
    assert_eq!((lines.len(), blocks.len()), (cases.len(), cases.len()));
    for (number, ((line, block), case)) in lines.iter().zip(&blocks).zip(&cases).enumerate() {
        assert_eq!(line["n"], number + 1);
        for status in [&line["status"], &block["status"]] {
            assert_eq!(status, status_word(&case.status), "{line:#}");
        }
    }
    assert_eq!(lines.last().unwrap()["title"], hostile);
    // The data of each case, that of the run, and the script; no text has added one.
    assert_eq!(page.matches("<script").count(), cases.len() + 2);
    assert_eq!(page.matches("</script>").count(), cases.len() + 2);
    assert_eq!(page.matches("<!--").count(), 0);
    assert!(
        !page.contains("http://") || !page.contains("src="),
        "it loads something"
    );
}

#[test]
fn an_archive_is_one() {
    let schema: Value =
        serde_json::from_str(include_str!("../../tests/it/har.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut cases = everything();
    let mut told = step("told", place("id: fi_data"), Status::Failed);
    let notification = Response {
        headers: vec![("content-type".into(), "application/json".into())],
        body: b"{\"type\":\"CONSENT_STATUS_UPDATE\"}".as_slice().into(),
        url: "/hook".into(),
        ..Response::default()
    };
    let binary = Exchange {
        request: Request {
            method: "PUT".into(),
            url: "http://a.test/b?x=1&y=a%20b".into(),
            body: b"\xff\x00".as_slice().into(),
            ..Request::default()
        },
        response: Response {
            status: 302,
            headers: vec![("location".into(), "/c".into())],
            body: b"\xfe".as_slice().into(),
            ..Response::default()
        },
        began: Duration::from_micros(1500),
        took: Duration::from_micros(2500),
    };
    told.exchanges = vec![
        Arc::new(Exchange {
            response: notification,
            ..Exchange::default()
        }),
        Arc::new(binary),
    ];
    cases.push(CaseOutcome {
        failed: vec![Arc::new(told)],
        ..case(about("scenarios/told.yaml", "Told"), Status::Failed)
    });
    let archive: Value = serde_json::from_str(&written("har", cases)).unwrap();
    let mistakes: Vec<String> = validator
        .iter_errors(&archive)
        .map(|mistake| format!("{}: {mistake}", mistake.instance_path()))
        .collect();
    assert!(mistakes.is_empty(), "{mistakes:#?}");
    let entries = archive["log"]["entries"].as_array().unwrap();
    let [.., notified, binary] = entries
        .iter()
        .filter(|entry| entry["comment"].as_str().unwrap().contains("`told`"))
        .collect::<Vec<_>>()[..]
    else {
        panic!("{archive:#}");
    };
    assert_eq!(
        notified["request"]["url"],
        "http://notification.invalid/hook"
    );
    assert_eq!(notified["response"]["status"], 0);
    assert_eq!(binary["request"]["postData"]["text"], "/wA=");
    assert_eq!(binary["request"]["queryString"][1]["value"], "a b");
    assert_eq!(binary["response"]["content"]["encoding"], "base64");
    assert_eq!(binary["response"]["redirectURL"], "/c");
    assert_eq!(binary["startedDateTime"], "2026-04-01T09:30:00.001500Z");
    assert_eq!(binary["time"], 2.5);
    for (at, wrong) in [
        ("/log/entries/0/time", Value::from("soon")),
        ("/log/version", Value::Null),
        ("/log/entries/0/startedDateTime", Value::from("now")),
    ] {
        let mut broken = archive.clone();
        *broken.pointer_mut(at).unwrap() = wrong;
        assert!(!validator.is_valid(&broken), "{at}");
    }
    let mut lacking = archive.clone();
    lacking["log"]["entries"][0]
        .as_object_mut()
        .unwrap()
        .remove("cache");
    assert!(!validator.is_valid(&lacking));
}
