use super::*;
use crate::model::exchange::{Request, Response};
use crate::model::secret::Secrets;
use crate::model::source::{FileId, Span};
use crate::snapshot::{Received, Store, Subject, Surroundings};
use serde_json::json;

const A: &str = "aaaaaaaa-1111-4111-8111-111111111111";
const B: &str = "bbbbbbbb-2222-4222-8222-222222222222";
const C: &str = "cccccccc-3333-4333-8333-333333333333";

fn span(file: u32, start: u32) -> Span {
    Span {
        file: FileId(file),
        start,
        end: start + 1,
    }
}

fn plain() -> SnapshotRules {
    SnapshotRules {
        span: Some(span(0, 10)),
        ..SnapshotRules::default()
    }
}

/// A run of one case: each response is a step of its own, with its name, its rules and its body.
fn run(captures: &[(&str, &str)], responses: &[(&str, SnapshotRules, String)]) -> Tapes {
    let tapes = Tapes::default();
    let mut normaliser = Store::taping(tapes.clone()).normaliser(Surroundings {
        origin: "http://h".into(),
        started: None,
    });
    for (name, value) in captures {
        normaliser.note_capture(name, &json!(value));
    }
    for (name, rules, body) in responses {
        let response = Response {
            status: 200,
            reason: "OK",
            body: body.clone().into(),
            ..Response::default()
        };
        let subject = Subject {
            stem: "flow".into(),
            name: (*name).into(),
            case: None,
            target: None,
            source: "scenarios/flow.yaml".into(),
            expression: (*name).into(),
        };
        let (request, secrets) = (Request::default(), Secrets::default());
        let received = Received {
            request: &request,
            response: &response,
            rules,
            secrets: &secrets,
            now: 0,
        };
        normaliser.write_down(&received, &subject);
    }
    tapes
}

/// The rules for one step's body in two runs.
fn rules_for(old: &str, new: &str) -> (Vec<Rule>, Vec<Unsolved>) {
    let one = run(&[("short", "ab1")], &[("a", plain(), old.to_owned())]);
    let other = run(&[("short", "cd2")], &[("a", plain(), new.to_owned())]);
    let found = suggest(&one, &other, false);
    let rules = found.rules.into_iter().map(|found| found.rule).collect();
    (rules, found.unsolved)
}

fn redact(path: &str, replacement: Replacement) -> Rule {
    Rule::Redact(path.into(), replacement)
}

fn text(path: &str, text: &str) -> Rule {
    redact(path, Replacement::Text(text.into()))
}

fn form(path: &str, pattern: &str, text: &str) -> Rule {
    let (pattern, text) = (pattern.into(), text.into());
    redact(path, Replacement::IfMatches { pattern, text })
}

#[test]
fn each_kind_of_variation_has_its_rule_which_was_tried() {
    let uuids = |one: &str, other: &str| format!(r#"{{"a":"{one}","b":["{one}","{other}"]}}"#);
    for (old, new, expected) in [
        // What already normalises.
        (uuids(A, B), uuids(B, C), vec![]),
        (r#"{"a":1}"#.into(), r#"{"a":1}"#.into(), vec![]),
        // Ids.
        (
            r#"{"id":"TXN-10023"}"#.into(),
            r#"{"id":"TXN-99001"}"#.into(),
            vec![form("$.id", r"^TXN-[0-9]{5}$", "[id]")],
        ),
        (
            r#"{"my ref":"9f3a01"}"#.into(),
            r#"{"my ref":"00beef"}"#.into(),
            vec![form("$['my ref']", "^[0-9a-f]{6}$", "[my ref]")],
        ),
        (
            r#"{"x":"ab1"}"#.into(),
            r#"{"x":"cd2"}"#.into(),
            vec![text("$.x", "[short]")],
        ),
        (
            r#"{"name":"Asha Rao"}"#.into(),
            r#"{"name":"Ravi Das"}"#.into(),
            vec![redact("$.name", Replacement::Mask)],
        ),
        (
            r#"{"said":"one thing"}"#.into(),
            r#"{"said":"quite another"}"#.into(),
            vec![text("$.said", "[said]")],
        ),
        // Times.
        (
            r#"{"at":"2026-01-02T10:00:00Z","on":"2026-01-02"}"#.into(),
            r#"{"at":"2026-01-03T11:01:01.5Z","on":"2026-01-03"}"#.into(),
            vec![text("$.at", "[time]"), text("$.on", "[date]")],
        ),
        // Numbers.
        (
            r#"{"n":0.30000000000000004,"m":7}"#.into(),
            r#"{"n":0.3000000000000001,"m":9}"#.into(),
            vec![text("$.m", "[m]"), redact("$.n", Replacement::Round(6))],
        ),
        // What is near each other by chance is no noise; round nought it is.
        (
            r#"{"far":7.98,"near":20.00047,"nought":0.00000001}"#.into(),
            r#"{"far":8.04,"near":20.00028,"nought":-0.00000002}"#.into(),
            vec![
                text("$.far", "[far]"),
                redact("$.near", Replacement::Round(2)),
                redact("$.nought", Replacement::Round(6)),
            ],
        ),
        // Types, and what is not always there.
        (
            r#"{"a":null,"b":1}"#.into(),
            r#"{"a":"x","b":1}"#.into(),
            vec![text("$.a", "[a]")],
        ),
        (
            r#"{"a":1,"b":1}"#.into(),
            r#"{"b":1}"#.into(),
            vec![redact("$.a", Replacement::Remove)],
        ),
        (
            r#"{"by":{"k1":1,"k2":1,"k3":2}}"#.into(),
            r#"{"by":{"x1":1,"x2":1,"x3":2}}"#.into(),
            vec![text("$.by", "[by]")],
        ),
        // Lists.
        (
            r#"{"l":[1,2,3]}"#.into(),
            r#"{"l":[3,1,2]}"#.into(),
            vec![Rule::Sort("$.l".into())],
        ),
        (
            format!(r#"[{{"k":"a","id":"{A}"}},{{"k":"b","id":"{B}"}}]"#),
            format!(r#"[{{"k":"b","id":"{C}"}},{{"k":"a","id":"{A}"}}]"#),
            vec![Rule::Sort("$".into())],
        ),
        (
            r#"{"l":[{"k":1,"r":"A-1000"},{"k":2,"r":"A-2000"}]}"#.into(),
            r#"{"l":[{"k":2,"r":"A-7777"},{"k":1,"r":"A-4321"}]}"#.into(),
            vec![
                Rule::Sort("$.l".into()),
                form("$.l[*].r", r"^A-[0-9]{4}$", "[r]"),
            ],
        ),
        (
            r#"{"l":[{"k":1,"r":"A-1000"},{"k":2,"r":"A-2000"}]}"#.into(),
            r#"{"l":[{"k":1,"r":"A-7777"},{"k":2,"r":"A-4321"}]}"#.into(),
            vec![form("$.l[*].r", r"^A-[0-9]{4}$", "[r]")],
        ),
        (
            r#"{"l":[{"k":1,"r":"same"},{"k":2,"r":"A-2000"}]}"#.into(),
            r#"{"l":[{"k":1,"r":"same"},{"k":2,"r":"A-4321"}]}"#.into(),
            vec![form("$.l[1].r", r"^A-[0-9]{4}$", "[r]")],
        ),
        (
            r#"{"l":[{"a":1,"b":"x","c":3},{"a":4,"b":"y","c":6}]}"#.into(),
            r#"{"l":[{"a":7,"b":"p","c":9},{"a":8,"b":"q","c":5}]}"#.into(),
            vec![Rule::Shape("$.l".into())],
        ),
        (
            r#"{"l":[{"a":1}]}"#.into(),
            r#"{"l":[{"a":1},{"a":2}]}"#.into(),
            vec![Rule::Shape("$.l".into())],
        ),
        // Nothing is left of an empty list's shape.
        (
            r#"{"l":[]}"#.into(),
            r#"{"l":[1,2]}"#.into(),
            vec![text("$.l", "[l]")],
        ),
    ] {
        let (mut rules, unsolved) = rules_for(&old, &new);
        rules.sort();
        let mut expected = expected;
        expected.sort();
        assert_eq!(rules, expected, "{old}\n{new}");
        assert_eq!(unsolved, [], "{old}\n{new}");
    }
}

#[test]
fn what_no_rule_hides_is_told() {
    let (rules, unsolved) = rules_for("one text", "another");
    assert_eq!(rules, []);
    assert!(unsolved[0].why.contains("not JSON"), "{unsolved:?}");
    let one = run(
        &[],
        &[("a", plain(), "1".into()), ("b", plain(), "1".into())],
    );
    let other = run(&[], &[("a", plain(), "1".into())]);
    let found = suggest(&one, &other, false);
    assert_eq!(found.unsolved.len(), 1);
    assert!(found.unsolved[0].why.contains("only one of the two"));
    assert_eq!((found.compared, found.differed), (1, 0));
}

/// One varying value in some steps of three, of which two are in one file.
fn lifted(varying: [bool; 3], is_whole: bool) -> Vec<Place> {
    let spans = [span(0, 10), span(0, 20), span(1, 10)];
    let tapes = [1, 2].map(|turn| {
        let responses: Vec<(&str, SnapshotRules, String)> = ["a", "b", "c"]
            .into_iter()
            .zip(spans)
            .zip(varying)
            .map(|((name, span), varies)| {
                let rules = SnapshotRules {
                    span: Some(span),
                    ..SnapshotRules::default()
                };
                let value = if varies { turn } else { 0 };
                (name, rules, format!(r#"{{"n":{value}}}"#))
            })
            .collect();
        run(&[], &responses)
    });
    let found = suggest(&tapes[0], &tapes[1], is_whole);
    assert_eq!(found.unsolved, []);
    found.rules.iter().map(|found| found.place).collect()
}

#[test]
fn a_rule_stands_at_the_smallest_place_that_covers_all_who_need_it() {
    let step = |file, start| Place::Step(span(file, start));
    for (varying, is_whole, places) in [
        ([true, false, false], true, vec![step(0, 10)]),
        ([true, false, true], true, vec![step(0, 10), step(1, 10)]),
        ([true, true, false], true, vec![Place::File(FileId(0))]),
        ([true, true, true], true, vec![Place::Project]),
        (
            [true, true, true],
            false,
            vec![Place::File(FileId(0)), step(1, 10)],
        ),
    ] {
        assert_eq!(lifted(varying, is_whole), places, "{varying:?} {is_whole}");
    }
}

#[test]
fn what_a_rule_hides_already_is_not_proposed_again() {
    let mut own = plain();
    own.sort = vec![Query::compile("$.l").unwrap()];
    own.only = Some(Query::compile("$.l").unwrap());
    let body = |list: &str, other: u32| format!(r#"{{"l":{list},"x":{other}}}"#);
    let one = run(&[], &[("a", own.clone(), body("[1,2,5]", 1))]);
    let other = run(&[], &[("a", own.clone(), body("[5,2,1]", 2))]);
    let found = suggest(&one, &other, false);
    assert!(
        found.rules.is_empty() && found.unsolved.is_empty(),
        "{found:?}"
    );
    let other = run(&[], &[("a", own, body("[7,2,1]", 2))]);
    let found = suggest(&one, &other, false);
    let rules: Vec<Rule> = found.rules.into_iter().map(|found| found.rule).collect();
    assert_eq!(rules, [text("$.l[*]", "[l]")]);
    assert_eq!(found.unsolved, []);
}
