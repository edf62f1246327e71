//! `sammati snapshots --suggest`: what it proposes makes two runs equal, which is tried by pasting it.

use super::{LOGIN, Project, serve_each};
use std::collections::{BTreeSet, HashMap};
use std::path::Path;

/// Answers each path with what the function makes of how often it was asked for before.
pub(super) fn vary(answer: fn(&str, usize) -> (String, Vec<u8>)) -> String {
    let mut asked: HashMap<String, usize> = HashMap::new();
    serve_each(move |path| {
        let times = asked.entry(path.to_owned()).or_insert(0);
        let (headers, body) = answer(path, *times);
        *times += 1;
        let head = format!(
            "HTTP/1.1 200 OK\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n",
            body.len()
        );
        [head.into_bytes(), body].concat()
    })
}

/// One kind of variation a path.
fn varied(path: &str, turn: usize) -> (String, Vec<u8>) {
    let number = 10_000 + turn * 7_919 % 80_000;
    let body = match path {
        "/same" => {
            format!(r#"{{"id":"{number}aaa-1111-4111-8111-111111111111","at":"fixed","l":[1,2]}}"#)
        }
        "/id" => format!(r#"{{"ref":"TXN-{number}","kind":"loan"}}"#),
        "/short" => format!(r#"{{"id":"c{number}"}}"#),
        "/short/again" => format!(r#"{{"of":"x","id":"TXN-{number}"}}"#),
        "/time" => format!(
            r#"{{"at":"2024-01-{:02}T10:00:00","due":"2024-02-{:02}"}}"#,
            turn % 27 + 1,
            turn % 27 + 1
        ),
        "/order" if turn.is_multiple_of(2) => r#"{"l":[{"k":"a"},{"k":"b"},{"k":"c"}]}"#.into(),
        "/order" => r#"{"l":[{"k":"c"},{"k":"a"},{"k":"b"}]}"#.into(),
        "/number" => format!(
            r#"{{"noise":0.1{}5,"n":{number}}}"#,
            "0".repeat(10 + turn % 3)
        ),
        "/list" => {
            let item = |item: usize| {
                let amount = item * 31 + number;
                format!(
                    r#"{{"amount":{amount},"text":"t{amount}","on":"d{amount}","type":"CREDIT"}}"#
                )
            };
            let items: Vec<String> = (0..2 + turn % 3).map(item).collect();
            format!(r#"{{"transactions":[{}]}}"#, items.join(","))
        }
        "/header" => "{}".into(),
        "/maybe" if turn.is_multiple_of(2) => r#"{"a":1,"extra":true}"#.into(),
        "/maybe" => r#"{"a":1}"#.into(),
        "/second" => {
            let since = std::time::UNIX_EPOCH.elapsed().expect("it is past");
            format!(r#"{{"expires":{}}}"#, since.as_secs() + 3_600)
        }
        "/name" => {
            let names = ["Asha Rao", "Ravi Das", "Anil Sen"];
            format!(r#"{{"name":"{}"}}"#, names[turn % 3])
        }
        _ => "{}".into(),
    };
    let headers = match path {
        "/header" => format!("x-request: {number}\r\netag: same\r\n"),
        _ => String::new(),
    };
    (headers, body.into_bytes())
}

const PATHS: [&str; 12] = [
    "/same",
    "/id",
    "/short",
    "/short/again",
    "/time",
    "/order",
    "/number",
    "/list",
    "/header",
    "/name",
    "/second",
    "/maybe",
];

fn project(paths: &[&str]) -> Project {
    let mut text = "name: Flow\nsteps:\n".to_owned();
    for path in paths {
        let id = path.trim_start_matches('/').replace('/', "_");
        text.push_str(&format!("  - id: {id}\n    get: {path}\n"));
        if *path == "/short" {
            text.push_str("    capture: { short: $.id }\n");
        }
        if *path == "/short/again" {
            text.push_str("    headers: { x-of: \"{{ short }}\" }\n");
        }
        if *path == "/header" {
            text.push_str("    snapshot: { headers: [etag, x-request] }\n");
        } else {
            text.push_str("    snapshot: true\n");
        }
    }
    let target = format!(
        "target: here\ntargets:\n  here: {{ base_url: \"{}\" }}\n",
        vary(varied)
    );
    Project::new(&[("scenarios/flow.yaml", &text), ("sammati.yaml", &target)])
}

fn files(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        }
        found.insert(path.display().to_string());
    }
    found
}

/// Pastes each block that is for a step over the line that it names, as it says.
fn paste(project: &Project, proposed: &str) {
    let path = project.path().join("scenarios/flow.yaml");
    let text = std::fs::read_to_string(&path).expect("it is there");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for block in proposed.split("\n--- # ").skip(1) {
        let (place, rest) = block.split_once('\n').expect("a block follows");
        let number: usize = place
            .strip_prefix("scenarios/flow.yaml:")
            .expect("it is a step's")
            .parse()
            .expect("a line");
        let rules: Vec<&str> = rest
            .lines()
            .skip(1)
            .take_while(|line| !line.is_empty())
            .collect();
        assert!(lines[number - 1].contains("snapshot:"), "{place}");
        lines[number - 1] = rules.join("\n");
    }
    std::fs::write(&path, lines.join("\n") + "\n").expect("it is written");
}

#[test]
fn what_is_proposed_makes_two_runs_equal() {
    let project = project(&PATHS);
    let before = files(project.path());
    let ended = project.run("snapshots --suggest").with(0);
    assert_eq!(files(project.path()), before, "something was left behind");
    assert_eq!(ended.stderr, "");
    let proposed = &ended.stdout;
    let bare: String = proposed
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .fold(String::new(), |text, line| text + line + "\n");
    for line in [
        r#"$.ref: { if_matches: "^TXN-[0-9]{5}$", as: "[ref]" }"#,
        r#"# "TXN-10000", then "TXN-17919": flow/id"#,
        r#"$.id: "[short]""#,
        r#"$.at: "[time]""#,
        r#"$.due: "[date]""#,
        "sort:\n        - $.l\n",
        "$.noise: { round: 6 }",
        r#"$.n: "[n]""#,
        "shape:\n        # 2 items, then 3 items: flow/list\n        - $.transactions",
        "headers: [etag]",
        "$.name: mask",
        r#"$.expires: "[expires]""#,
        "$.extra: remove",
    ] {
        let found = proposed.contains(line) || bare.contains(line);
        assert!(found, "no {line} in\n{proposed}");
    }
    assert!(!proposed.contains("flow/same"), "{proposed}");
    paste(&project, proposed);
    project.run("run --snapshots update").with(0);
    for _ in 0..3 {
        let ended = project.run("run --snapshots check").with(0);
        let told = format!("{}{}", ended.stdout, ended.stderr);
        // The member that comes now and then may have come in no response of this run.
        let never_came = "warning: the snapshot rule for `$.extra` did nothing to any response\n";
        let told = told.replace(never_came, "");
        assert!(!told.contains("warning"), "{told}");
    }
    project
        .run("snapshots --suggest")
        .with(0)
        .reported("# Nothing varied: in two runs, with seeds 0 and 1, 12 snapshots were the same.");
}

#[test]
fn what_is_needed_everywhere_moves_up() {
    let project = project(&["/id"]);
    let text = std::fs::read_to_string(project.path().join("scenarios/flow.yaml"));
    let text = text.expect("it is there");
    let second = "  - id: other\n    get: /id\n    snapshot: true\n";
    project.write("scenarios/flow.yaml", &format!("{text}{second}"));
    project
        .run("snapshots --suggest")
        .with(0)
        .reported("--- # scenarios/flow.yaml\n# at its top\nsnapshot:\n  redact:\n")
        .reported("flow/id, flow/other");
    project.write("scenarios/more.yaml", &text);
    project
        .run("snapshots --suggest")
        .with(0)
        .reported("--- # sammati.yaml\n# at its top\nsnapshot:\n");
    // A part of the project does not speak for all of it.
    project
        .run("snapshots --suggest scenarios/more.yaml")
        .with(0)
        .reported("--- # scenarios/more.yaml:5\n# in place of `snapshot: true`\n");
}

#[test]
fn the_embedded_sandbox_varies_in_nothing_that_needs_a_rule() {
    let project = Project::new(&[(
        "scenarios/login.yaml",
        &LOGIN.replace("expect: 200", "snapshot: true"),
    )]);
    let before = files(project.path());
    project
        .run("snapshots --suggest --seed 7")
        .with(0)
        .reported("# Nothing varied: in two runs, with seeds 7 and 8, 1 snapshot was the same.");
    assert_eq!(files(project.path()), before);
}

/// A consent for data up to this midnight, which is no whole number of days from the moment of the run.
const UP_TO_TODAY: &str = r#"
  - id: consent
    post: /v2/consents
    auth: { bearer: "{{ token }}" }
    headers: { x-product-instance-id: "{{ product_instance_id }}" }
    json:
      vua: 9999999999@onemoney
      dataRange: { from: 2024-04-01T00:00:00Z, to: "{{ now() | strftime('%Y-%m-%d') }}T00:00:00Z" }
    expect: 201
    snapshot: true
"#;

#[test]
fn the_second_run_is_on_another_day() {
    let (login, _) = LOGIN.split_once("\n  - id: fips").expect("a step follows");
    let scenario = format!("{login}{UP_TO_TODAY}");
    let project = Project::new(&[("scenarios/today.yaml", &scenario)]);
    let ended = project.run("snapshots --suggest").with(0);
    let proposed = ended
        .reported("# 1 of 1 snapshot differs between two runs, with seeds 0 and 1.")
        .reported("$.detail.dataRange.to: ")
        .stdout;
    let values = proposed.lines().find(|line| line.contains(", then "));
    let days: Vec<&str> = values.expect("what was seen").split('"').collect();
    assert!(
        days[1] < days[3] && days[1].ends_with("T00:00:00.000Z"),
        "{days:?}"
    );
}

#[test]
fn what_cannot_be_compared_is_told_with_its_status() {
    let project = project(&["/id"]);
    project.run("snapshots --suggest --prune").with(2);
    project
        .run("snapshots --target here")
        .with(2)
        .said("go with `snapshots --suggest`");
    project.run("snapshots --suggest nowhere").with(2);
    project.run("snapshots --suggest --target nowhere").with(3);
    project.write(
        "scenarios/flow.yaml",
        "name: Flow\nsteps:\n  - id: a\n    get: /id\n    expect: 404\n    snapshot: true\n",
    );
    let ended = project
        .run("snapshots --suggest")
        .with(1)
        .said("FAILED  Flow")
        .said("a run has to pass before it can be compared");
    assert_eq!(ended.stdout, "");
    project.write(
        "scenarios/flow.yaml",
        "name: Flow\nsteps:\n  - id: a\n    get: /id\n",
    );
    project
        .run("snapshots --suggest")
        .with(0)
        .reported("# Nothing to compare");
}
