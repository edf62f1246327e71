//! Every way to fail is red in every format.

use serde_json::Value;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use super::reports::{ALL, Project, junit_words, page_cases};
use super::run::server::{Server, json as reply};

const HEAD: &str = r#"
defaults:
  headers: { x-client-id: "{{ client_id }}", x-client-secret: "{{ client_secret }}", x-product-instance-id: "{{ product_instance_id }}" }
  timeout: 5s
steps:
"#;
const GOOD: &str = "steps:\n  - { get: /v2/fips, expect: 4xx }\n";

/// A name for each way that a case can fail, the word for it, and a scenario that does.
fn ways() -> Vec<(&'static str, &'static str, String)> {
    let step = |step: &str| format!("{HEAD}  - get: /v2/fips/setu-fip\n    {step}\n");
    let sandbox = |setup: &str, scenario: String| format!("sandbox: {{ {setup} }}{scenario}");
    let endless =
        "{% for a in range(10000) %}{% for b in range(10000) %}{{ b }}{% endfor %}{% endfor %}";
    vec![
        ("expectation", "failed", step("expect: 404")),
        ("capture", "failed", step("capture: { a: $.data.none }")),
        ("snapshot", "failed", step("id: fip\n    snapshot: true")),
        (
            "give_up",
            "failed",
            step("until: { $.status: READY }\n    give_up: { \"$.data[0].status\": ACTIVE }"),
        ),
        (
            "until",
            "failed",
            step("until: { $.status: READY }\n    every: 10ms\n    within: 50ms"),
        ),
        (
            "keep_going",
            "failed",
            step("expect: 404\n    keep_going: true\n  - get: /v2/fips"),
        ),
        (
            "each",
            "failed",
            step("each: { n: [200, 404] }\n    expect: { status: \"{{ n }}\" }"),
        ),
        (
            "deferred",
            "failed",
            format!("{HEAD}  - {{ defer: true, get: /v2/fips, expect: 418 }}\n  - get: /v2/fips\n"),
        ),
        (
            "await",
            "failed",
            "steps:\n  - { await: { $.type: X }, within: 50ms }\n".into(),
        ),
        (
            "refused",
            "errored",
            "steps:\n  - get: http://127.0.0.1:1/\n".into(),
        ),
        (
            "foreign",
            "errored",
            format!("{HEAD}  - get: http://127.0.0.1:1/\n"),
        ),
        (
            "file",
            "errored",
            "vars: { name: none.txt }\nsteps:\n  - print: \"{{ file(name) }}\"\n".into(),
        ),
        (
            "undefined",
            "errored",
            "vars: { map: { a: 1 } }\nsteps:\n  - print: \"{{ map.b }}\"\n".into(),
        ),
        (
            "browser",
            "errored",
            "steps:\n  - browser: [{ goto: \"http://127.0.0.1:1/\" }]\n".into(),
        ),
        ("max_body", "errored", step("max_body: 10")),
        (
            "transport",
            "errored",
            sandbox(
                "faults: [{ on: GET /v2/fips/*, disconnect: true }]",
                step("id: a"),
            ),
        ),
        (
            "timeout",
            "errored",
            sandbox(
                "faults: [{ on: GET /v2/fips/*, delay: 20s }]",
                step("timeout: 100ms"),
            ),
        ),
        (
            "case_timeout",
            "errored",
            "timeout: 100ms\nsteps:\n  - sleep: 1h\n".into(),
        ),
        (
            "step_timeout",
            "errored",
            "steps:\n  - sleep: 1h\n    timeout: 100ms\n".into(),
        ),
        (
            "use_timeout",
            "errored",
            "steps:\n  - use: _slow.yaml\n    timeout: 100ms\n".into(),
        ),
        (
            "use_retry",
            "failed",
            sandbox(
                "faults: [{ on: GET /v2/fips, status: 500 }]",
                "\nsteps:\n  - use: _asks.yaml\n    retry: { times: 1, every: 1ms }\n".into(),
            ),
        ),
        (
            "consent_retry",
            "errored",
            "steps:\n  - consent: /v2/consents/webview/none\n    retry: { times: 1, every: 1ms }\n"
                .into(),
        ),
        (
            "template",
            "errored",
            format!("steps:\n  - print: \"{endless}\"\n"),
        ),
        (
            "set_up",
            "errored",
            sandbox(
                "fips: { setu-fip: { fetch: \"{{ 'never' }}\" } }",
                step("id: a"),
            ),
        ),
    ]
}

/// What every format says of one run.
struct Told {
    junit: String,
    tap: String,
    json: Value,
    events: Vec<Value>,
    page: Vec<Value>,
    archive: Value,
    annotations: String,
    summary: String,
    people: String,
}

impl Told {
    /// Runs a project with every report there is.
    fn run(project: &Project, options: &str, code: i32) -> Told {
        let mut command = Told::command(project, options);
        Told::of(project, &command.output().unwrap(), code)
    }

    fn command(project: &Project, options: &str) -> std::process::Command {
        let mut command = project.command(&format!("run {options} {ALL}"));
        command
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_WORKSPACE", project.path())
            .env("GITHUB_STEP_SUMMARY", project.path().join("summary.md"));
        command
    }

    fn of(project: &Project, output: &Output, code: i32) -> Told {
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        let events = project.read("out/events.ndjson");
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Told {
            junit: project.read("out/junit.xml"),
            tap: project.read("out/report.tap"),
            json: project.json("out/report.json"),
            events: events
                .lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect(),
            page: page_cases(&project.read("out/report.html")),
            archive: project.json("out/run.har"),
            annotations: text(&output.stderr),
            summary: project.read("summary.md"),
            people: text(&output.stdout),
        }
    }

    /// That all formats have the same word for how a scenario ended.
    fn agree(&self, path: &str, word: &str) {
        let element: &[&str] = match word {
            "failed" => &["failure"],
            "errored" | "not_run" => &["error"],
            "skipped" => &["skipped"],
            _ => &[],
        };
        let mut words = junit_words(&self.junit, path);
        words.retain(|word| word != "properties" && !word.starts_with("rerun"));
        assert_eq!(words, element, "{path}: {}", self.junit);
        let cases = self.json["cases"].as_array().unwrap();
        let case = cases.iter().find(|case| case["path"] == *path).unwrap();
        assert_eq!(case["status"], word, "{case:#}");
        let ended = self
            .events
            .iter()
            .find(|event| event["event"] == "case_finished" && event["outcome"]["path"] == *path);
        assert_eq!(ended.unwrap()["outcome"]["status"], word, "{path}");
        let line = self
            .tap
            .lines()
            .find(|line| line.contains("ok ") && line.contains(&format!("- {path}: ")))
            .unwrap_or_else(|| panic!("{path} is missing: {}", self.tap));
        let is_green = ["passed", "skipped"].contains(&word);
        assert_eq!(line.starts_with("ok "), is_green, "{line}");
        let line = self.page.iter().find(|line| line["path"] == *path).unwrap();
        assert_eq!(line["status"], word, "{line:#}");
        let pages = self.archive["log"]["pages"].as_array().unwrap();
        let said = pages
            .iter()
            .find(|page| page["title"].as_str().unwrap().contains(path))
            .unwrap_or_else(|| panic!("{path} is missing: {:#}", self.archive));
        let said = said["comment"].as_str().unwrap();
        assert!(said.starts_with(word), "{path}: {said}");
        self.agree_for_people(path, word);
    }

    /// What each format says of why a case failed.
    fn of_case(&self, path: &str) -> Vec<(&'static str, String)> {
        let document = roxmltree::Document::parse(&self.junit).unwrap();
        let case = document
            .descendants()
            .find(|node| node.has_tag_name("testcase") && node.attribute("classname") == Some(path))
            .unwrap();
        let failure = case.children().find(|node| node.has_tag_name("failure"));
        let junit = failure.unwrap().attribute("message").unwrap().to_owned();
        let (_, tap) = self.tap.split_once(&format!("- {path}: ")).unwrap();
        let tap = tap.split_once("  ...\n").unwrap().0.replace("\\\"", "\"");
        let (_, people) = self.people.rsplit_once(&format!("({path})\n")).unwrap();
        let people = people.split_once("rerun:").unwrap().0.to_owned();
        let row = self.summary.lines().find(|line| line.contains(path));
        let mut annotations = self.annotations.lines();
        let again = format!("sammati run {path}");
        let annotation = annotations.find(|line| line.contains(&again)).unwrap();
        let line = self.page.iter().find(|line| line["path"] == *path).unwrap();
        let pages = self.archive["log"]["pages"].as_array().unwrap();
        let archive = pages
            .iter()
            .find(|page| page["title"].as_str().unwrap().contains(path))
            .unwrap();
        vec![
            ("junit", junit),
            ("tap", tap),
            ("people", people),
            ("summary", row.unwrap().to_owned()),
            ("annotation", annotation.to_owned()),
            ("html", line["why"].to_string()),
            ("har", archive["comment"].to_string()),
        ]
    }

    fn agree_for_people(&self, path: &str, word: &str) {
        let annotations = &self.annotations;
        // What failed may stand in a fragment; what runs it again names the scenario.
        let (file, again) = (
            format!("::error file={path}"),
            format!("sammati run {path} "),
        );
        let is_of_it = |line: &str| line.contains(&file) || line.contains(&again);
        let mut errors = annotations
            .lines()
            .filter(|line| line.starts_with("::error "));
        let is_annotated = errors.any(is_of_it);
        let is_green = ["passed", "skipped"].contains(&word);
        assert_eq!(is_annotated, !is_green, "{path}: {annotations}");
        // The table writes `_` so that it is no markup.
        let row = self
            .summary
            .lines()
            .find(|line| line.contains(&path.replace('_', "&#95;")));
        let shown = word.replace('_', " ");
        match row {
            Some(row) if word == "passed" => assert!(row.contains("flaky"), "{row}"),
            Some(row) if word == "skipped" => assert!(row.contains("skipped"), "{row}"),
            Some(row) => assert!(row.contains(&format!("❌ {shown}")), "{row}"),
            None => assert_eq!(word, "passed", "{path}: {}", self.summary),
        }
        let line = self
            .people
            .lines()
            .find(|line| line.contains(&format!("({path})")))
            .unwrap_or_else(|| panic!("{path} is missing: {}", self.people));
        let expected = match word {
            "passed" => "ok ",
            "failed" => "FAILED ",
            "errored" => "ERROR ",
            "skipped" => "skipped ",
            _ => "not run ",
        };
        assert!(line.starts_with(expected), "{line}");
    }
}

#[test]
fn every_way_to_fail_is_red_in_every_format() {
    let ways = ways();
    let mut scenarios: Vec<(&str, &str)> = ways
        .iter()
        .map(|(name, _, text)| (*name, text.as_str()))
        .collect();
    let good = format!("{HEAD}  - get: /v2/fips\n");
    scenarios.push(("good", &good));
    scenarios.push(("_asks", GOOD));
    scenarios.push(("_slow", "steps:\n  - sleep: 1h\n"));
    let project = Project::new(&scenarios);
    let told = Told::run(&project, "--snapshots check", 1);
    let all = ways.iter().map(|(name, word, _)| (*name, *word));
    for (name, word) in all.chain([("good", "passed")]) {
        told.agree(&format!("scenarios/{name}.yaml"), word);
    }
    assert_eq!(told.json["totals"]["passed"], 1);
    assert_eq!(told.json["totals"]["cases"], ways.len() + 1);
}

#[test]
fn a_snapshot_that_differs_is_red_in_every_format_and_nothing_is_written() {
    let scenario = format!("{HEAD}  - {{ id: fip, get: /v2/fips/setu-fip, snapshot: true }}\n");
    let project = Project::new(&[("fip", &scenario)]);
    let output = project.run("run --snapshots update");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let accepted = files(&project.path().join("snapshots"));
    let [accepted] = accepted.as_slice() else {
        panic!("{accepted:?}");
    };
    let text = fs::read_to_string(accepted).unwrap();
    let changed = text.replace("setu-fip", "another-fip");
    assert_ne!(text, changed);
    fs::write(accepted, &changed).unwrap();
    let told = Told::run(&project, "--snapshots check", 1);
    told.agree("scenarios/fip.yaml", "failed");
    let step = &told.json["cases"][0]["steps"][0];
    assert_eq!(step["snapshot"]["outcome"], "different");
    // Whoever reads no log sees what differs.
    let annotation = told
        .annotations
        .lines()
        .find(|line| line.contains("::error"));
    let annotation = annotation.unwrap();
    assert!(
        annotation.contains("%0A- ") && annotation.contains("%0A+ "),
        "{annotation}"
    );
    assert!(annotation.contains("another-fip"), "{annotation}");
    let row = told
        .summary
        .lines()
        .find(|line| line.contains("❌"))
        .unwrap();
    assert!(
        row.contains("another-fip") && row.contains("fip.yaml:6"),
        "{row}"
    );
    assert_eq!(fs::read_to_string(accepted).unwrap(), changed);
    assert_eq!(files(&project.path().join("snapshots")).len(), 1);
}

#[test]
fn what_was_flaky_is_red_in_every_format() {
    // It passes at the second try, and that is not enough.
    let flaky = "sandbox: { faults: [{ on: GET /v2/fips, status: 500, times: 1 }] }\nsteps:\n  - { get: /v2/fips, retry: { times: 2, every: 1ms }, expect: 4xx }\n";
    let used = "sandbox: { faults: [{ on: GET /v2/fips, status: 500, times: 1 }] }\nsteps:\n  - { use: _asks.yaml, retry: { times: 2, every: 1ms } }\n";
    let project = Project::new(&[("flaky", flaky), ("used", used), ("_asks", GOOD)]);
    let told = Told::run(&project, "", 0);
    for path in ["scenarios/flaky.yaml", "scenarios/used.yaml"] {
        told.agree(path, "passed");
    }
    let why = "try 1 failed at _asks.GET /v2/fips: status: expected 4xx, got number 500";
    let steps = &told.json["cases"][1]["steps"];
    let summary = steps[1]["summary"].as_str().unwrap();
    assert!(summary.contains(why), "{steps:#}");
    fs::remove_file(project.path().join("summary.md")).unwrap();
    let told = Told::run(&project, "--flaky fail", 1);
    for path in ["scenarios/flaky.yaml", "scenarios/used.yaml"] {
        told.agree(path, "failed");
    }
}

/// Whoever reads one format only sees what made a case fail that passed at last, or what never came.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn why_a_flaky_case_failed_and_what_was_awaited_stand_in_every_format() {
    let has_answered = AtomicBool::new(false);
    let server = Server::start(move |_, _| {
        let state = if has_answered.fetch_or(true, Ordering::SeqCst) {
            "ready"
        } else {
            "late"
        };
        reply(200, &format!("{{\"state\": \"{state}\"}}"))
    })
    .await;
    let again = format!(
        "steps:\n  - {{ id: asks, get: {}/a, expect: {{ $.state: ready }} }}\n",
        server.origin
    );
    let retried = "sandbox: { faults: [{ on: GET /v2/fips, status: 500, times: 1 }] }\nsteps:\n  - { id: tries, get: /v2/fips, retry: { times: 2, every: 1ms }, expect: 4xx }\n";
    let awaits = "steps:\n  - await:\n      $.type: LATE\n    within: 10ms\n";
    let project = Project::new(&[("again", &again), ("awaits", awaits), ("retried", retried)]);
    let told = Told::run(&project, "--rerun 1 --flaky fail", 1);
    for (name, words) in [
        (
            "again",
            &["attempt 2", "asks", "$.state", "ready", "late"][..],
        ),
        ("retried", &["tries", "try 2"]),
        ("awaits", &["no notification came", "$.type", "LATE"]),
    ] {
        let path = format!("scenarios/{name}.yaml");
        told.agree(&path, "failed");
        for (kind, text) in told.of_case(&path) {
            for word in words {
                assert!(text.contains(word), "{kind} of {name} lacks {word}: {text}");
            }
        }
    }
    let requests = told.people.lines().last().unwrap();
    assert!(requests.contains("; 4 requests,"), "{requests}");
}

/// However quick the next case is, and however slow whoever is told: it does not begin.
#[test]
fn a_failure_that_is_enough_lets_no_other_case_begin() {
    let rows = (0..200).map(|number| format!("  - {{ n: {number} }}\n"));
    let text = format!(
        "cases:\n{}steps:\n  - print: \"{{{{ n }}}}\"\n  - {{ if: n == 0, get: \"http://127.0.0.1:1/\" }}\n",
        rows.collect::<String>()
    );
    let project = Project::new(&[("a", &text)]);
    let output = project.run(&format!("run --jobs 1 --fail-fast -v {ALL}"));
    let people = String::from_utf8(output.stdout).unwrap();
    assert!(people.contains("1 errored, 199 skipped"), "{people}");
}

/// What a failure stops was not interrupted: it is skipped, in each format for that reason.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_failure_stops_is_skipped_in_every_format() {
    let has_begun = AtomicBool::new(false);
    let server = Server::start(move |asked, _| {
        has_begun.fetch_or(asked.path == "/begin", Ordering::SeqCst);
        reply(
            200,
            if has_begun.load(Ordering::SeqCst) {
                "{\"begun\": true}"
            } else {
                "{}"
            },
        )
    })
    .await;
    let origin = &server.origin;
    // The slow one is stopped where it is, its deferred step runs all the same, and the others do not begin.
    let slow = format!(
        "steps:\n  - {{ id: cleaned, defer: true, print: cleaned up }}\n  - get: {origin}/begin\n  - sleep: 100s\n"
    );
    // It fails when the slow one has begun, however long that takes.
    let late = format!(
        "steps:\n  - {{ get: {origin}/, until: {{ $.begun: true }}, every: 10ms }}\n  - {{ get: /v2/fips, expect: 200 }}\n"
    );
    let project = Project::new(&[("a", &slow), ("b", &late), ("c", GOOD), ("d", GOOD)]);
    let told = Told::run(&project, "--jobs 2 --fail-fast -v", 1);
    told.agree("scenarios/b.yaml", "failed");
    let reason = "stopped by --fail-fast";
    for path in ["scenarios/a.yaml", "scenarios/c.yaml", "scenarios/d.yaml"] {
        told.agree(path, "skipped");
        let cases = told.json["cases"].as_array().unwrap();
        let case = cases.iter().find(|case| case["path"] == *path).unwrap();
        assert_eq!(case["reason"], reason, "{case:#}");
        let line = told.tap.lines().find(|line| line.contains(path)).unwrap();
        assert!(line.ends_with(&format!("# SKIP {reason}")), "{line}");
        let line = told.people.lines().find(|line| line.contains(path));
        assert!(line.unwrap().ends_with(reason), "{line:?}");
    }
    let skipped = format!("<skipped message=\"{reason}\"");
    assert_eq!(told.junit.matches(&skipped).count(), 3, "{}", told.junit);
    assert!(told.people.contains("| cleaned up"), "{}", told.people);
    assert_eq!(told.json["interrupted"], false);
    assert_eq!(told.events.last().unwrap()["interrupted"], false);
    assert!(
        told.tap.ends_with("# stopped (--fail-fast)\n"),
        "{}",
        told.tap
    );
    let page = project.read("out/report.html");
    assert!(page.contains("before its end: stopped (--fail-fast)"));
    assert!(told.summary.contains(", stopped (--fail-fast)\n"));
    let last = "4 scenarios: stopped (--fail-fast); 1 failed, 3 skipped; ";
    let is_last = told.people.lines().last().unwrap().starts_with(last);
    assert!(is_last, "{}", told.people);
    // One without an answer stops the others too.
    let refused = "steps:\n  - get: http://127.0.0.1:1/\n";
    let other = Project::new(&[("a", refused), ("b", GOOD)]);
    let output = other.run("run --jobs 1 --fail-fast");
    let people = String::from_utf8(output.stdout).unwrap();
    assert!(people.contains("1 errored, 1 skipped"), "{people}");
    // The one that failed is not to be looked for among them.
    let output = project.run("run --jobs 2 --fail-fast");
    let people = String::from_utf8(output.stdout).unwrap();
    assert!(!people.contains(reason), "{people}");
}

#[cfg(unix)]
#[test]
fn what_an_interrupt_stopped_is_red_in_every_format() {
    let slow = "steps:\n  - print: ready\n  - sleep: 100s\n";
    let project = Project::new(&[("slow", slow), ("waits", GOOD)]);
    let mut child = Told::command(&project, "--jobs 1 -v")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The stream of events is there to be followed.
    let events = project.path().join("out/events.ndjson");
    let is_ready = || fs::read_to_string(&events).is_ok_and(|text| text.contains("ready"));
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while !is_ready() {
        assert!(std::time::Instant::now() < deadline, "it does not begin");
        std::thread::yield_now();
    }
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
    let kill = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
    let told: Vec<String> = said.by_ref().map(Result::unwrap).collect();
    let mut output = child.wait_with_output().unwrap();
    output.stderr = told.join("\n").into_bytes();
    let told = Told::of(&project, &output, 130);
    told.agree("scenarios/slow.yaml", "not_run");
    told.agree("scenarios/waits.yaml", "not_run");
    assert_eq!(told.events.last().unwrap()["interrupted"], true);
}

/// What is found before anything is sent makes no report, and the status says so.
#[test]
fn what_is_wrong_in_a_file_is_no_run() {
    for (name, text) in [
        ("unknown", "steps:\n  - print: \"{{ nowhere }}\"\n"),
        ("no_yaml", "steps: [\n"),
    ] {
        let project = Project::new(&[("good", GOOD), (name, text)]);
        let output = project.run(&format!("run {ALL}"));
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.contains(&format!("scenarios/{name}.yaml:")), "{told}");
        assert!(!project.path().join("out").exists());
    }
    // A file that is not UTF-8, or cannot be read: here it is a folder with a file's name.
    let project = Project::new(&[("good", GOOD)]);
    fs::write(project.path().join("scenarios/latin.yaml"), b"name: \xe9\n").unwrap();
    let output = project.run(&format!("run {ALL}"));
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(!project.path().join("out").exists());
    let project = Project::new(&[("good", GOOD)]);
    fs::write(
        project.path().join("scenarios/rows.yaml"),
        "cases: rows.csv\nsteps:\n  - print: a\n",
    )
    .unwrap();
    fs::create_dir(project.path().join("scenarios/rows.csv")).unwrap();
    let output = project.run(&format!("run {ALL}"));
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(!project.path().join("out").exists());
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}
