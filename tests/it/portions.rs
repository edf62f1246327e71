//! How much runs, and how often: shards, what failed last time, repetitions, cases that are run again.

use serde_json::Value;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};

const GOOD: &str = "name: Good\nsteps:\n  - { get: /v2/fips, expect: 4xx }\n";
const BAD: &str = "name: Bad\nsteps:\n  - { get: /v2/fips, expect: 200 }\n";

struct Project(tempfile::TempDir);

impl Project {
    fn new(scenarios: &[(&str, &str)]) -> Project {
        let project = Project(tempfile::tempdir().unwrap());
        fs::create_dir(project.0.path().join("scenarios")).unwrap();
        for (name, text) in scenarios {
            project.write(name, text);
        }
        project
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.0.path().join(format!("scenarios/{name}.yaml")), text).unwrap();
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sammati"));
        command
            .args(line.split_whitespace())
            .current_dir(self.0.path())
            .env_clear()
            .stdin(Stdio::null());
        command
    }

    /// Runs, and checks the status; gives both outputs.
    #[track_caller]
    fn run(&self, line: &str, code: i32) -> (String, String) {
        ended(&self.command(line).output().unwrap(), code)
    }

    fn report(&self) -> Value {
        let text = fs::read_to_string(self.0.path().join("report.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    /// The scenarios' names in the report, with what tells repetitions apart.
    fn ran(&self) -> Vec<String> {
        let report = self.report();
        let cases = report["cases"].as_array().unwrap().iter();
        cases
            .map(|case| {
                format!(
                    "{} {}",
                    case["scenario"].as_str().unwrap(),
                    case["repetition"]
                )
            })
            .collect()
    }
}

#[track_caller]
fn ended(output: &Output, code: i32) -> (String, String) {
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr))
}

/// Refuses so many requests, and then takes all.
fn serve(refused: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let Ok(mut stream) = stream else { return };
            let _ = stream.read(&mut [0; 4096]);
            let status = if number < refused { "500 No" } else { "200 OK" };
            let answer =
                format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    format!("name: Served\nsteps:\n  - {{ id: ask, get: \"http://{address}/\", expect: 200 }}\n")
}

#[test]
fn a_case_that_passes_when_it_runs_again_is_flaky_and_told_apart() {
    let reports = "--report json=report.json --report junit=junit.xml --report tap=report.tap --report ndjson=events";
    let project = Project::new(&[("served", &serve(1))]);
    let junit = || fs::read_to_string(project.0.path().join("junit.xml")).unwrap();
    let (stdout, _) = project.run(&format!("run --rerun 2 {reports}"), 0);
    assert!(stdout.contains("runs again"), "{stdout}");
    assert!(stdout.contains("flaky: attempt 2"), "{stdout}");
    assert!(stdout.contains("1 passed (1 flaky)"), "{stdout}");
    let case = &project.report()["cases"][0];
    assert_eq!(case["flaky"], true);
    assert_eq!(case["earlier"][0]["status"], "failed");
    assert_eq!(case["steps"].as_array().unwrap().len(), 1, "{case:#}");
    assert_eq!(junit().matches("<flakyFailure").count(), 1);
    assert!(!junit().contains("<failure"), "{}", junit());
    let events = fs::read_to_string(project.0.path().join("events")).unwrap();
    assert_eq!(events.matches("attempt_failed").count(), 1);
    // The same is a failure where flaky cases are none to live with.
    project.write("served", &serve(1));
    let (stdout, _) = project.run(&format!("run --rerun 2 --flaky fail {reports}"), 1);
    assert!(stdout.contains("it passed only at attempt 2"), "{stdout}");
    assert!(junit().contains("<failure") && junit().contains("<rerunFailure"));
    // What fails each time has failed.
    project.write("served", &serve(9));
    project.run(&format!("run --rerun 2 {reports}"), 1);
    assert_eq!(junit().matches("<rerunFailure").count(), 2, "{}", junit());
    assert_eq!(project.report()["totals"]["failed"], 1);
    // Nothing runs again that was not asked for.
    project.write("served", &serve(1));
    project.run(&format!("run {reports}"), 1);
}

#[test]
fn what_gets_no_answer_runs_again_and_what_is_stopped_does_not() {
    let refused = "name: Refused\nsteps:\n  - get: http://127.0.0.1:1/\n";
    let project = Project::new(&[("refused", refused)]);
    let rerun = "run --rerun 2 --report json=report.json";
    project.run(rerun, 1);
    let earlier = |case: usize| {
        let case = project.report()["cases"][case].clone();
        let earlier = case["earlier"].as_array().map_or(0, Vec::len);
        (case["status"].as_str().unwrap().to_owned(), earlier)
    };
    assert_eq!(earlier(0), ("errored".into(), 2));
    // What it cleans up fails when it is stopped: that is told, and nothing begins again.
    let slow =
        "name: Slow\nsteps:\n  - { defer: true, get: /v2/fips, expect: 200 }\n  - sleep: 100s\n";
    project.write("slow", slow);
    // It fails when the slow one has long begun.
    project.write(
        "refused",
        &refused.replace("steps:\n", "steps:\n  - sleep: 1s\n"),
    );
    project.run(&format!("{rerun} --fail-fast --jobs 2"), 1);
    assert_eq!(earlier(0), ("errored".into(), 2));
    assert_eq!(earlier(1), ("failed".into(), 0));
}

#[test]
fn a_run_that_a_failure_stopped_counts_no_snapshots_that_nobody_makes() {
    let kept = "steps:\n  - { id: kept, get: /v2/fips, expect: 401, snapshot: true }\n";
    let project = Project::new(&[("a", BAD), ("b", kept)]);
    project.run("run --snapshots update", 1);
    project.write("b", GOOD);
    let (stdout, _) = project.run("run", 1);
    assert!(stdout.contains("1 snapshot is made by no step"), "{stdout}");
    let (stdout, _) = project.run("run --jobs 1 --fail-fast", 1);
    assert!(!stdout.contains("made by no step"), "{stdout}");
}

#[test]
fn each_case_runs_as_often_as_was_asked_for() {
    let random = "name: Random\nsteps:\n  - print: \"drew {{ uuid() }}\"\n";
    let project = Project::new(&[("random", random), ("bad", BAD)]);
    let line = "run --seed 1 --repeat 3 --report json=report.json";
    let (stdout, _) = project.run(line, 1);
    let expected = [
        "Bad 1", "Bad 2", "Bad 3", "Random 1", "Random 2", "Random 3",
    ];
    assert_eq!(project.ran(), expected);
    assert!(stdout.contains("Bad #3"), "{stdout}");
    assert!(
        stdout.contains("scenarios/bad.yaml --seed 1 --repeat 3"),
        "{stdout}"
    );
    let drawn = |text: &str| -> Vec<String> {
        let lines = text.lines().filter_map(|line| line.split("drew ").nth(1));
        let mut drawn: Vec<String> = lines.map(str::to_owned).collect();
        drawn.sort();
        drawn.dedup();
        drawn
    };
    assert_eq!(
        drawn(&stdout).len(),
        3,
        "repetitions draw the same: {stdout}"
    );
    // The first is the case as it is alone, and the others are the same each time.
    let (alone, _) = project.run("run --seed 1", 1);
    assert!(drawn(&stdout).contains(&drawn(&alone)[0]));
    assert_eq!(drawn(&project.run(line, 1).0), drawn(&stdout));
    project.run("run --repeat 0", 2);
}

#[test]
fn only_what_failed_last_time() {
    let cases = "name: Cases\nmatrix: { n: [200, 401] }\nsteps:\n  - { get: /v2/fips, expect: { status: \"{{ n }}\" } }\n";
    let project = Project::new(&[("good", GOOD), ("bad", BAD), ("cases", cases)]);
    let failed = "run --failed --report json=report.json";
    let (_, stderr) = project.run(failed, 4);
    assert!(stderr.contains("none of these cases failed"), "{stderr}");
    // What leaves nothing behind keeps nothing.
    project.run("run --snapshots check", 1);
    assert!(!project.0.path().join(".sammati").exists());
    project.run("run", 1);
    let ignored = fs::read_to_string(project.0.path().join(".sammati/.gitignore")).unwrap();
    assert_eq!(ignored, "*\n");
    project.run(failed, 1);
    assert_eq!(project.ran(), ["Bad null", "Cases null"]);
    assert_eq!(project.report()["cases"][1]["case"], "200");
    // What was not run stays as it was.
    project.write("bad", &BAD.replace("200", "401"));
    project.run(&format!("{failed} scenarios/bad.yaml"), 0);
    project.run(failed, 1);
    assert_eq!(project.ran(), ["Cases null"]);
    // A case that is called otherwise now may be any of them.
    project.write("cases", &cases.replace("200", "402"));
    project.run(failed, 1);
    assert_eq!(project.ran(), ["Cases null", "Cases null"]);
    project.write("cases", GOOD);
    project.run(failed, 0);
    project.run("run", 0);
    project.run(failed, 4);
    fs::write(project.0.path().join(".sammati/failed.json"), "{").unwrap();
    let (_, stderr) = project.run(failed, 4);
    assert!(stderr.contains("remove it"), "{stderr}");
}

#[test]
fn what_failed_is_known_by_target_and_without_an_answer_too() {
    let project = Project::new(&[(
        "refused",
        "name: Refused\nsteps:\n  - get: http://127.0.0.1:1/\n",
    )]);
    let targets = "target: a\ntargets:\n  a: { sandbox: true }\n  b: { sandbox: true }\n";
    fs::write(project.0.path().join("sammati.yaml"), targets).unwrap();
    project.run("run", 1);
    let (_, stderr) = project.run("run --failed --target b", 4);
    assert!(stderr.contains("none of these cases failed"), "{stderr}");
    project.run("run --failed --report json=report.json", 1);
    assert_eq!(project.ran(), ["Refused null"]);
    // What failed there is no news of what failed here.
    project.write("refused", GOOD);
    project.run("run --failed --target b", 4);
    project.run("run --target b", 0);
    project.run("run --failed", 0);
}

#[test]
fn shards_are_the_whole_and_an_empty_one_is_no_failure() {
    let project = Project::new(&[("a", GOOD), ("b", BAD), ("c", GOOD)]);
    let mut ran = 0;
    for (shard, code, cases) in [("1/4", 0, 1), ("2/4", 1, 1), ("3/4", 0, 1), ("4/4", 0, 0)] {
        let line =
            format!("run --shard {shard} --report json=report.json --report junit=junit.xml");
        project.run(&line, code);
        assert_eq!(project.ran().len(), cases, "{shard}");
        ran += cases;
    }
    assert_eq!(ran, 3);
    let auto = |variables: &[(&str, &str)], code| {
        let mut command = project.command("run --shard auto --report json=report.json");
        ended(
            &command.envs(variables.iter().copied()).output().unwrap(),
            code,
        )
    };
    auto(&[("CI_NODE_INDEX", "2"), ("CI_NODE_TOTAL", "3")], 1);
    assert_eq!(project.ran(), ["Bad null"]);
    let (_, stderr) = auto(&[], 2);
    assert!(stderr.contains("CI_NODE_INDEX"), "{stderr}");
    for wrong in ["0/2", "3/2", "2"] {
        project.run(&format!("run --shard {wrong}"), 2);
    }
    // A mistake in the command line is no empty shard.
    project.run("run --shard 4/4 --tag none", 4);
}

#[test]
fn completions_name_every_command_for_every_shell() {
    let project = Project::new(&[]);
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let (stdout, _) = project.run(&format!("completions {shell}"), 0);
        for word in ["run", "accept", "completions", "shard"] {
            assert!(stdout.contains(word), "{shell} has no {word}");
        }
    }
    project.run("completions tcsh", 2);
}
