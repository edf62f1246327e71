//! Reports as a build machine meets them: whole files or none, and no secret in any. `red` has the ways to fail.

use serde_json::Value;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// A folder with scenarios.
pub(super) struct Project(tempfile::TempDir);

impl Project {
    pub(super) fn new(scenarios: &[(&str, &str)]) -> Project {
        let project = Project(tempfile::tempdir().unwrap());
        fs::create_dir(project.path().join("scenarios")).unwrap();
        for (name, text) in scenarios {
            fs::write(project.path().join(format!("scenarios/{name}.yaml")), text).unwrap();
        }
        project
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(super) fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sammati"));
        command
            .args(line.split_whitespace())
            .current_dir(self.path())
            .env_clear()
            .stdin(Stdio::null());
        command
    }

    pub(super) fn run(&self, line: &str) -> Output {
        self.command(line).output().unwrap()
    }

    pub(super) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub(super) fn json(&self, path: &str) -> Value {
        serde_json::from_str(&self.read(path)).unwrap()
    }
}

/// Every report that is a file.
pub(super) const ALL: &str = "--report junit=out/junit.xml --report json=out/report.json --report ndjson=out/events.ndjson --report tap=out/report.tap --report html=out/report.html --report har=out/run.har";

/// What JUnit says of a scenario file: the names of the elements in its testcase.
pub(super) fn junit_words(xml: &str, path: &str) -> Vec<String> {
    let document = roxmltree::Document::parse(xml).unwrap();
    let case = document
        .descendants()
        .find(|node| node.has_tag_name("testcase") && node.attribute("classname") == Some(path))
        .unwrap_or_else(|| panic!("{path} is missing"));
    case.children()
        .filter(roxmltree::Node::is_element)
        .map(|node| node.tag_name().name().to_owned())
        .collect()
}

/// The line of each case in a page, from the block that has them, and from the case's own block.
pub(super) fn page_cases(page: &str) -> Vec<Value> {
    let block = |id: &str| -> Value {
        let (_, rest) = page.split_once(&format!("id=\"{id}\">")).unwrap();
        serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
    };
    let run = block("data-run");
    let lines = run["cases"].as_array().unwrap().clone();
    for line in &lines {
        let case = block(&format!("data-{}", line["n"]));
        assert_eq!(case["status"], line["status"], "{case:#}");
    }
    assert!(page.trim_end().ends_with("</html>"));
    lines
}

#[test]
fn a_report_on_stdout_stands_alone() {
    let project = Project::new(&[("good", "steps:\n  - { get: /v2/fips, expect: 4xx }\n")]);
    for kind in [
        "json", "json=-", "tap", "junit", "ndjson", "html", "har", "github",
    ] {
        let output = project.run(&format!("run --report {kind}"));
        assert_eq!(output.status.code(), Some(0), "{kind}: {output:?}");
        let (stdout, stderr) = (
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        );
        assert!(!stdout.contains("1 scenario: 1 passed"), "{kind}: {stdout}");
        assert!(stderr.contains("1 scenario: 1 passed"), "{kind}: {stderr}");
        assert_eq!(stdout.is_empty(), kind == "github", "{kind}: {stdout}");
    }
    for wrong in [
        "--report json --report tap",
        "--report json=a --report tap=a",
        "--report json=a --report ndjson=./a",
        "--report xml=a",
        "--report junit=",
    ] {
        let output = project.run(&format!("run {wrong}"));
        assert_eq!(output.status.code(), Some(2), "{wrong}: {output:?}");
    }
}

#[test]
fn a_report_that_cannot_be_opened_stops_the_run_before_anything_is_sent() {
    let project = Project::new(&[("good", "steps:\n  - { get: /v2/fips, expect: 4xx }\n")]);
    for (kind, place) in [
        ("junit", "scenarios"),
        ("junit", "scenarios/good.yaml/junit.xml"),
        ("html", "scenarios"),
        ("har", "scenarios/good.yaml/run.har"),
    ] {
        let output = project.run(&format!(
            "run --report {kind}={place} --report tap=report.tap"
        ));
        assert_eq!(output.status.code(), Some(3), "{place}: {output:?}");
        assert!(output.stdout.is_empty(), "{place}: {output:?}");
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains("cannot be opened"), "{error}");
        assert!(!project.path().join("report.tap").exists(), "{place}");
    }
}

#[cfg(unix)]
#[test]
fn a_report_on_a_closed_stdout_is_told_and_nothing_is_sent() {
    let project = Project::new(&[("good", "steps:\n  - { get: /v2/fips, expect: 4xx }\n")]);
    for (redirect, code) in [(">&-", 3), (">&- <&-", 3), (">/dev/null", 0)] {
        let program = env!("CARGO_BIN_EXE_sammati");
        let output = Command::new("/bin/sh")
            .args(["-c", &format!("exec \"$0\" run --report json {redirect}")])
            .arg(program)
            .current_dir(project.path())
            .env_clear()
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(code), "{redirect}: {output:?}");
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(error.contains("stdout is closed"), code == 3, "{error}");
    }
}

#[test]
fn no_report_is_written_over_what_the_run_reads() {
    let project = Project::new(&[
        ("good", "steps:\n  - use: _part.yaml\n"),
        ("_part", "steps:\n  - { get: /v2/fips, expect: 4xx }\n"),
    ]);
    fs::write(project.path().join("sammati.yaml"), "target: embedded\n").unwrap();
    for file in [
        "scenarios/good.yaml",
        "scenarios/_part.yaml",
        "./sammati.yaml",
    ] {
        let before = project.read(file);
        let output = project.run(&format!("run --report tap --report json={file}"));
        assert_eq!(output.status.code(), Some(2), "{file}: {output:?}");
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains("give it another path"), "{error}");
        assert_eq!(project.read(file), before);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_report_that_cannot_be_written_any_more_is_told_and_the_others_are_whole() {
    let project = Project::new(&[("good", "steps:\n  - { get: /v2/fips, expect: 4xx }\n")]);
    let output = project.run(&format!("run --report github=/dev/null {ALL}"));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    for file in [
        "tap=out/report.tap",
        "html=out/report.html",
        "har=out/run.har",
    ] {
        let (kind, _) = file.split_once('=').unwrap();
        let all = ALL.replace(file, &format!("{kind}=/dev/full"));
        let output = project.run(&format!("run {all}"));
        assert_eq!(output.status.code(), Some(3), "{kind}: {output:?}");
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(
            error.contains("the report `/dev/full` cannot be written"),
            "{error}"
        );
        let report = project.json("out/report.json");
        // It shows before anything is sent.
        assert_eq!(report["interrupted"], true, "{kind}");
        assert_eq!(report["totals"]["cases"], 1);
    }
}

#[test]
fn an_older_report_does_not_pass_for_that_of_a_run_that_wrote_none() {
    let project = Project::new(&[("good", "steps:\n  - { get: /v2/fips, expect: 4xx }\n")]);
    fs::create_dir(project.path().join("out")).unwrap();
    fs::write(project.path().join("out/junit.xml"), "old").unwrap();
    let output = project.run(&format!("run {ALL}"));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(project.read("out/junit.xml").contains("<testcase"));
    let names = fs::read_dir(project.path().join("out")).unwrap().count();
    assert_eq!(names, 6, "a temporary file was left");
}

#[test]
fn no_report_has_a_secret() {
    let scenario = r#"
name: Secrets
steps:
  - print: "saw {{ mine }}"
  - post: "/v2/fips?q={{ mine }}"
    headers: { x-mine: "{{ mine }}" }
    json: { mine: "{{ mine }}" }
    keep_going: true
    expect: { status: 404, $.message: "{{ mine }}", text: { contains: "{{ mine | b64encode }}" } }
  - get: "{{ mine }}"
"#;
    let project = Project::new(&[("secrets", scenario)]);
    let output = project
        .command(&format!("run -vv --secret mine=hunter2hunter2 {ALL}"))
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_STEP_SUMMARY", project.path().join("out/summary.md"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let mut texts = vec![String::from_utf8(output.stdout).unwrap()];
    texts.push(String::from_utf8(output.stderr).unwrap());
    for name in [
        "junit.xml",
        "report.json",
        "events.ndjson",
        "report.tap",
        "report.html",
        "run.har",
        "summary.md",
    ] {
        texts.push(project.read(&format!("out/{name}")));
    }
    for text in texts {
        assert!(
            text.contains("[mine]") || text.contains("&#91;mine&#93;"),
            "{text}"
        );
        assert!(!text.contains("hunter2"), "{text}");
        assert!(!text.contains("aHVudGVyMmh1bnRlcjI"), "{text}");
    }
}

#[cfg(unix)]
#[test]
fn a_run_that_is_interrupted_leaves_whole_reports() {
    let slow =
        "name: Slow\nsteps:\n  - { defer: true, sleep: 100s }\n  - print: ready\n  - sleep: 100s\n";
    for (signals, code) in [(vec!["-TERM", "-TERM"], 143), (vec!["-INT", "-INT"], 130)] {
        let project = Project::new(&[
            ("good", "steps:\n  - { get: /v2/fips, expect: 4xx }\n"),
            ("slow", slow),
        ]);
        let mut child = project
            .command(&format!(
                "run --report github=out/github {ALL} --report ndjson"
            ))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
        let (mut is_ready, mut has_passed) = (false, false);
        while !(is_ready && has_passed) {
            let line = lines.next().unwrap().unwrap();
            is_ready |= line.contains("\"text\":\"ready\"");
            has_passed |= line.contains("case_finished");
        }
        for signal in signals {
            let status = Command::new("kill")
                .args([signal, &child.id().to_string()])
                .status();
            assert!(status.unwrap().success());
            // The second signal counts once the first was heard.
            assert!(said.any(|line| line.unwrap().contains("stopping")));
        }
        let last = lines.last().unwrap().unwrap();
        assert!(last.contains("run_finished"), "{last}");
        drop(said);
        assert_eq!(child.wait().unwrap().code(), Some(code));
        let report = project.json("out/report.json");
        assert_eq!(report["interrupted"], true);
        assert_eq!(report["totals"]["passed"], 1);
        let junit = project.read("out/junit.xml");
        assert_eq!(
            junit_words(&junit, "scenarios/slow.yaml"),
            ["error"],
            "{junit}"
        );
        let page = page_cases(&project.read("out/report.html"));
        let statuses: Vec<_> = page.iter().map(|line| line["status"].as_str()).collect();
        assert_eq!(statuses, [Some("passed"), Some("not_run")]);
        let pages = &project.json("out/run.har")["log"]["pages"];
        let said = pages[1]["comment"].as_str().unwrap();
        assert!(said.starts_with("not_run: "), "{said}");
        assert!(
            project
                .read("out/report.tap")
                .contains("not ok 2 - scenarios/slow.yaml")
        );
        assert!(
            project
                .read("out/github")
                .contains("::error file=scenarios/slow.yaml")
        );
    }
}

/// Nobody can write a report's end who is killed: there is none then, and what was followed is what happened.
#[cfg(unix)]
#[test]
fn a_run_that_is_killed_leaves_no_half_report() {
    let project = Project::new(&[
        ("good", "steps:\n  - { get: /v2/fips, expect: 4xx }\n"),
        ("slow", "steps:\n  - print: ready\n  - sleep: 100s\n"),
    ]);
    fs::create_dir(project.path().join("out")).unwrap();
    fs::write(project.path().join("out/report.json"), "{}").unwrap();
    let mut child = project.command(&format!("run {ALL}")).spawn().unwrap();
    let events = project.path().join("out/events.ndjson");
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    let told = loop {
        let told = fs::read_to_string(&events).unwrap_or_default();
        if told.contains("\"text\":\"ready\"") && told.contains("case_finished") {
            break told;
        }
        assert!(std::time::Instant::now() < deadline, "{told}");
        std::thread::yield_now();
    };
    child.kill().unwrap();
    child.wait().unwrap();
    // An older one does not stand for it either.
    let left = fs::read_dir(project.path().join("out")).unwrap();
    let left: Vec<String> = left
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with('.'))
        .collect();
    assert_eq!(left, ["events.ndjson"]);
    let whole = told.rsplit_once('\n').unwrap().0;
    for line in whole.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        assert_ne!(event["event"], "run_finished");
    }
}
