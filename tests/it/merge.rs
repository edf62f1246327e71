//! `sammati report merge`: shards put together are the run that they are shards of, or nothing is written.

use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

struct Project(tempfile::TempDir);

impl Project {
    fn new(scenarios: &[(&str, &str)]) -> Project {
        let project = Project(tempfile::tempdir().unwrap());
        project.write(
            "sammati.yaml",
            "target: embedded\ntargets:\n  embedded: { sandbox: true }\n  setu: { base_url: http://127.0.0.1:1 }\n",
        );
        for (name, text) in scenarios {
            project.write(&format!("scenarios/{name}.yaml"), text);
        }
        project
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    fn json(&self, path: &str) -> Value {
        serde_json::from_str(&self.read(path)).unwrap()
    }

    fn run(&self, line: &str) -> Output {
        Command::new(env!("CARGO_BIN_EXE_sammati"))
            .args(line.split_whitespace())
            .current_dir(self.path())
            .env_clear()
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    fn ends(&self, line: &str, code: i32) -> (String, String) {
        let output = self.run(line);
        assert_eq!(output.status.code(), Some(code), "{line}: {output:?}");
        (
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        )
    }

    /// Runs each of so many shards, its report in a folder of its own.
    fn shards(&self, count: usize, more: &str) {
        for index in 1..=count {
            self.run(&format!(
                "run --shard {index}/{count} --report json=shards/{index}/report.json {more}"
            ));
        }
    }
}

const GOOD: &str = "name: Good\nsteps:\n  - { get: /v2/fips, expect: 4xx }\n  - print: seen\n";
const WRONG: &str =
    "name: Wrong\nmatrix: { n: [401, 404] }\nsteps:\n  - get: /v2/fips\n    expect: \"{{ n }}\"\n";
const LOST: &str = "name: Lost\nsandbox: { faults: [{ on: GET /v2/fips, disconnect: true }] }\nsteps:\n  - get: /v2/fips\n";
const FLAKY: &str = "name: Flaky\nsandbox: { faults: [{ on: GET /v2/fips, disconnect: true, times: 1 }] }\nsteps:\n  - { get: /v2/fips, expect: 4xx, retry: { times: 2, every: 1ms } }\n";
const ELSEWHERE: &str = "name: Elsewhere\ntargets: [setu]\nsteps:\n  - get: /\n";

fn statuses(report: &Value) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let cases = report["cases"].as_array().unwrap();
    let mut all: Vec<_> = cases
        .iter()
        .map(|case| {
            (
                text(&case["path"]),
                text(&case["case"]),
                text(&case["status"]),
            )
        })
        .collect();
    all.sort();
    all
}

#[test]
fn shards_put_together_are_the_whole_run() {
    let all = [
        ("good", GOOD),
        ("wrong", WRONG),
        ("lost", LOST),
        ("flaky", FLAKY),
        ("elsewhere", ELSEWHERE),
    ];
    let project = Project::new(&all);
    project.ends(
        "run --seed 5 --report json=whole.json --report junit=whole.xml",
        1,
    );
    project.shards(3, "--seed 5");
    let (shown, _) = project.ends(
        "report merge shards --report json=out/m.json --report junit=out/m.xml --report html=out/m.html --report har=out/m.har --report tap=out/m.tap --report ndjson=out/m.ndjson",
        1,
    );
    let (whole, merged) = (project.json("whole.json"), project.json("out/m.json"));
    assert_eq!(statuses(&whole), statuses(&merged));
    assert_eq!(whole["totals"], merged["totals"]);
    assert_eq!(merged["totals"]["flaky"], 1);
    assert_eq!(
        (&merged["seed"], &merged["shard"]),
        (&json!(5), &Value::Null)
    );
    assert!(
        shown
            .contains("6 cases of 5 scenarios: 3 passed (1 flaky), 1 failed, 1 errored, 1 skipped"),
        "{shown}"
    );
    // The line of the file is shown, though no file was read.
    assert!(shown.contains("expect: \"{{ n }}\""), "{shown}");
    assert!(
        shown.contains("sammati run scenarios/wrong.yaml --case 404 --seed 5"),
        "{shown}"
    );
    let tests = |xml: &str| {
        let document = roxmltree::Document::parse(xml).unwrap();
        let root = document.root_element();
        ["tests", "failures", "errors"].map(|name| root.attribute(name).unwrap().to_owned())
    };
    assert_eq!(
        tests(&project.read("out/m.xml")),
        tests(&project.read("whole.xml"))
    );
    let page = project.read("out/m.html");
    assert_eq!(
        page.matches("id=\"data-").count(),
        7,
        "six cases and the run"
    );
    let schema: Value = serde_json::from_str(include_str!("har.schema.json")).unwrap();
    let archive = project.json("out/m.har");
    assert!(jsonschema::is_valid(&schema, &archive), "{archive:#}");
    assert_eq!(archive["log"]["pages"].as_array().unwrap().len(), 6);
    assert!(project.read("out/m.tap").contains("1..6"));
    assert!(project.read("out/m.ndjson").contains("run_finished"));
    // Workers of different machines are different workers.
    let workers: std::collections::BTreeSet<u64> = merged["cases"]
        .as_array()
        .unwrap()
        .iter()
        .map(|case| case["worker"].as_u64().unwrap())
        .collect();
    assert!(workers.len() >= 3, "{workers:?}");
    // What is merged can be merged again, and is the same.
    project.ends("report merge out/m.json --report json=again.json", 1);
    assert_eq!(merged["cases"], project.json("again.json")["cases"]);
}

#[test]
fn a_page_of_shards_has_what_they_kept() {
    let project = Project::new(&[("a", GOOD), ("b", GOOD)]);
    project.shards(2, "--report html=page.html");
    project.ends("report merge shards --report html=m.html", 0);
    assert!(project.read("m.html").contains("\"method\":\"GET\""));
    project.shards(2, "");
    project.ends("report merge shards --report html=m.html", 0);
    assert!(!project.read("m.html").contains("\"method\":\"GET\""));
}

#[test]
fn the_status_is_that_of_a_run() {
    let project = Project::new(&[("good", GOOD), ("elsewhere", ELSEWHERE)]);
    project.shards(3, "");
    let (shown, said) = project.ends("report merge shards --report json", 0);
    assert!(said.contains("2 scenarios: 1 passed, 1 skipped"), "{said}");
    let merged: Value = serde_json::from_str(&shown).unwrap();
    // Each shard has drawn a seed of its own.
    assert_eq!(merged["seed"], Value::Null);
    for case in merged["cases"].as_array().unwrap() {
        assert!(
            case["rerun"].as_str().unwrap().contains("--seed "),
            "{case:#}"
        );
    }
    let project = Project::new(&[("elsewhere", ELSEWHERE)]);
    project.shards(2, "");
    let (_, said) = project.ends("report merge shards", 4);
    assert!(said.contains("nothing ran"), "{said}");
    let project = Project::new(&[("good", GOOD)]);
    project.shards(1, "");
    let mut report = project.json("shards/1/report.json");
    report["interrupted"] = true.into();
    project.write(
        "shards/1/report.json",
        &format!(
            "{{\"format\":1,{}",
            &report.to_string()[1..].replacen("\"format\":1,", "", 1)
        ),
    );
    project.ends("report merge shards", 1);
    let (_, said) = project.ends("report merge shards --report html=shards", 3);
    assert!(said.contains("cannot be opened"), "{said}");
    #[cfg(target_os = "linux")]
    {
        let (_, said) = project.ends("report merge shards --report html=/dev/full", 3);
        assert!(said.contains("cannot be written"), "{said}");
    }
}

#[test]
fn what_is_not_all_of_one_run_is_refused_and_nothing_is_written() {
    let refused = |change: &dyn Fn(&Project), why: &str| {
        let project = Project::new(&[("a", GOOD), ("b", GOOD), ("c", GOOD)]);
        project.shards(2, "");
        change(&project);
        let (shown, said) = project.ends("report merge shards --report junit=out.xml", 2);
        assert!(said.contains(why), "{why}: {said}");
        assert!(shown.is_empty() && !project.path().join("out.xml").exists());
    };
    let path = |project: &Project, index: usize| {
        project.path().join(format!("shards/{index}/report.json"))
    };
    let edit = |project: &Project, from: &str, to: &str| {
        let text = project.read("shards/2/report.json");
        assert!(text.contains(from), "{text}");
        project.write("shards/2/report.json", &text.replacen(from, to, 1));
    };
    refused(
        &|project| fs::remove_file(path(project, 2)).unwrap(),
        "there is no report of shard 2/2: what it ran is not known",
    );
    refused(
        &|project| {
            fs::copy(
                path(project, 1),
                path(project, 1).with_file_name("copy.json"),
            )
            .unwrap();
        },
        "shard 1/2 is there twice: `shards/1/copy.json` and `shards/1/report.json`",
    );
    refused(
        &|project| {
            let text = project.read("shards/2/report.json");
            project.write("shards/2/report.json", &text[..text.len() / 2]);
        },
        "`shards/2/report.json` cannot be merged: it is not whole",
    );
    refused(
        &|project| project.write("shards/2/report.json", ""),
        "`shards/2/report.json` cannot be merged: it is not whole",
    );
    refused(
        &|project| edit(project, "\"version\":\"", "\"version\":\"7."),
        "merge with the version that ran",
    );
    refused(
        &|project| edit(project, "\"target\":\"embedded\"", "\"target\":\"setu\""),
        "these are reports of different runs",
    );
    refused(
        &|project| edit(project, "\"count\":2", "\"count\":3"),
        "these are reports of different runs",
    );
    refused(
        &|project| {
            edit(
                project,
                "\"shard\":{\"index\":2,\"count\":2}",
                "\"shard\":null",
            )
        },
        "these are reports of different runs",
    );
    refused(
        &|project| {
            edit(
                project,
                "\"path\":\"scenarios/b.yaml\"",
                "\"path\":\"scenarios/a.yaml\"",
            )
        },
        "a case is counted once",
    );
    refused(
        &|project| fs::remove_dir_all(project.path().join("shards")).unwrap(),
        "`shards` cannot be read",
    );
    refused(
        &|project| {
            fs::remove_dir_all(project.path().join("shards")).unwrap();
            project.write("shards/other.json", "{}");
        },
        "there is no report in `shards`",
    );
    let project = Project::new(&[("a", GOOD)]);
    project.write("other.json", "{}");
    let (_, said) = project.ends("report merge other.json", 2);
    assert!(said.contains("it is no report of sammati"), "{said}");
    project.ends("report merge", 2);
}

#[test]
fn every_shard_that_is_missing_is_counted() {
    let project = Project::new(&[("a", GOOD)]);
    project.shards(4, "");
    for (missing, told) in [
        (2, "no report of shard 2/4: what"),
        (3, "no report of shard 2/4, and 1 more: what"),
        (1, "no report of shard 1/4, and 2 more: what"),
    ] {
        let path = format!("shards/{missing}/report.json");
        fs::remove_file(project.path().join(path)).unwrap();
        let (_, said) = project.ends("report merge shards", 2);
        assert!(said.contains(told), "{said}");
    }
}
