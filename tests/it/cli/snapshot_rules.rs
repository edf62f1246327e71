//! Each kind of snapshot rule at each level where it may stand: what it does, how levels combine, what warns, and
//! what is wrong.

use super::{Ended, Project, serve};

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-kept: yes\r\nconnection: close\r\ncontent-length: 50\r\n\r\n{\"pan\":\"ABCD1\",\"list\":[3,1,2],\"part\":{\"n\":1.25 } }";

const LEVELS: [&str; 4] = ["project", "target", "file", "step"];

/// A project with settings at some levels, as flow maps.
fn project(settings: &[(&str, &str)]) -> Project {
    let at = |level: &str, indent: &str| {
        let found = settings.iter().find(|(known, _)| *known == level);
        found.map_or_else(String::new, |(_, map)| format!("{indent}snapshot: {map}\n"))
    };
    let step = settings.iter().any(|(level, _)| *level == "step");
    let step = if step {
        at("step", "    ")
    } else {
        "    snapshot: true\n".into()
    };
    Project::new(&[
        (
            "sammati.yaml",
            &format!(
                "target: here\ntargets:\n  here:\n    base_url: {}\n{}{}",
                serve(ANSWER),
                at("target", "    "),
                at("project", "")
            ),
        ),
        (
            "scenarios/flow.yaml",
            &format!(
                "name: Flow\n{}steps:\n  - id: a\n    get: /\n{step}",
                at("file", "")
            ),
        ),
    ])
}

/// The snapshot that a run makes, without its header and its spaces.
fn snapshot(project: &Project) -> (Ended, String) {
    let ended = project.run("run --snapshots update").with(0);
    let text = std::fs::read_to_string(project.path().join("snapshots/flow/a.snap"));
    let text = text.expect("it was made");
    let contents = text.splitn(3, "---\n").nth(2).expect("it has a header");
    (ended, contents.split_whitespace().collect())
}

#[test]
fn each_kind_works_at_each_level() {
    for (map, expected) in [
        (
            "{ redact: { $.pan: mask } }",
            r#"200OK{"list":[3,1,2],"pan":"XXXXX","part":{"n":1.25}}"#,
        ),
        (
            "{ redact: { $.pan: remove, $.part.n: { round: 1 } } }",
            r#"200OK{"list":[3,1,2],"part":{"n":1.3}}"#,
        ),
        (
            "{ redact: { $.pan: { if_matches: '^ABC', as: '[pan]' }, $.list: '[list]' } }",
            r#"200OK{"list":"[list]","pan":"[pan]","part":{"n":1.25}}"#,
        ),
        (
            "{ sort: $.list }",
            r#"200OK{"list":[1,2,3],"pan":"ABCD1","part":{"n":1.25}}"#,
        ),
        (
            "{ shape: [$.list, $.part] }",
            r#"200OK{"list":["number"],"pan":"ABCD1","part":{"n":"number"}}"#,
        ),
        ("{ only: $.part }", r#"200OK{"n":1.25}"#),
        (
            "{ headers: [X-Kept, x-missing] }",
            r#"200OKx-kept:yes{"list":[3,1,2],"pan":"ABCD1","part":{"n":1.25}}"#,
        ),
    ] {
        for level in LEVELS {
            let (ended, text) = snapshot(&project(&[(level, map)]));
            assert_eq!(text, expected, "{level}: {map}");
            assert!(!ended.stdout.contains("warning"), "{level}: {ended:#?}");
        }
    }
}

#[test]
fn the_stronger_level_wins_for_a_path_and_all_else_adds_up() {
    for (weak, strong) in [(0, 1), (0, 3), (1, 2), (2, 3), (1, 3)] {
        let project = project(&[
            (
                LEVELS[weak],
                "{ redact: { $.pan: mask, $.part.n: '[n]' }, sort: $.list, only: $.part, headers: x-kept }",
            ),
            (
                LEVELS[strong],
                "{ redact: { $.pan: '[pan]' }, shape: $.part, only: $, headers: content-type }",
            ),
        ]);
        let (_, text) = snapshot(&project);
        assert_eq!(
            text,
            r#"200OKx-kept:yescontent-type:application/json{"list":[1,2,3],"pan":"[pan]","part":{"n":"string"}}"#,
            "{} and {}",
            LEVELS[weak],
            LEVELS[strong]
        );
    }
}

#[test]
fn what_matches_nothing_is_told_where_it_was_meant_for_this_snapshot() {
    for (map, warning) in [
        (
            "{ redact: { $.gone: mask } }",
            "redact `$.gone` matched nothing",
        ),
        ("{ sort: $.gone }", "sort `$.gone` matched nothing"),
        ("{ sort: $.pan }", "sort `$.pan` matched no list"),
        ("{ shape: $.gone }", "shape `$.gone` matched nothing"),
        ("{ only: $.gone }", "only `$.gone` matched nothing"),
        (
            "{ redact: { $.pan: { round: 1 } } }",
            "redact `$.pan` applied to nothing that it matched",
        ),
    ] {
        for level in LEVELS {
            let (ended, _) = snapshot(&project(&[(level, map)]));
            // What a project or a target says is for all snapshots, of which most have no such part.
            let is_meant = matches!(level, "file" | "step");
            let is_told = ended.stdout.contains(warning);
            assert_eq!(is_told, is_meant, "{level}: {ended:#?}");
        }
    }
}

#[test]
fn what_is_to_be_gone_may_be_absent() {
    for level in LEVELS {
        let map = "{ redact: { $.gone: remove } }";
        let (ended, _) = snapshot(&project(&[(level, map)]));
        assert!(
            !ended.stdout.contains("matched nothing"),
            "{level}: {ended:#?}"
        );
        let told = "the snapshot rule for `$.gone` did nothing to any response";
        assert!(ended.stdout.contains(told), "{level}: {ended:#?}");
    }
}

#[test]
fn any_other_word_is_wrong_at_its_place() {
    for (map, word, hint) in [
        (
            "{ redact: { $.pan: msak } }",
            "msak",
            "did you mean `mask`?",
        ),
        (
            "{ redact: { $.pan: hide } }",
            "hide",
            "\"[hide]\" in brackets",
        ),
        (
            "{ redact: { $.pan: { ruond: 2 } } }",
            "ruond",
            "did you mean `round`?",
        ),
        (
            "{ redcat: { $.pan: mask } }",
            "redcat",
            "did you mean `redact`?",
        ),
        ("{ redact: { 'pan': mask } }", "pan':", "$"),
        ("{ sort: { $.list: up } }", "{ $.list", ""),
        ("{ only: [$.a, $.b] }", "[$.a", ""),
    ] {
        for level in LEVELS {
            let project = project(&[(level, map)]);
            let path = match level {
                "project" | "target" => "sammati.yaml",
                _ => "scenarios/flow.yaml",
            };
            let text = std::fs::read_to_string(project.path().join(path)).expect("it is there");
            let (number, line) = (1..)
                .zip(text.lines())
                .find(|(_, line)| line.contains(word))
                .expect("it is in a line");
            let column = line.find(word).expect("it is in it") + 1;
            let ended = project.run("check").with(2);
            let place = format!("{path}:{number}:{column}");
            let all = format!("{}{}", ended.stdout, ended.stderr);
            assert!(all.contains(&place), "no {place}, {level}: {ended:#?}");
            assert!(all.contains(hint), "no {hint}, {level}: {ended:#?}");
        }
    }
}
