//! The program as scripts and people meet it: exit statuses, standard output against standard error, `--help`.

mod bodies;
mod cases;
mod doctor;
#[cfg(unix)]
mod dry_run;
mod fragments;
#[cfg(target_os = "linux")]
mod hangup;
#[cfg(unix)]
mod keys;
mod killed;
#[cfg(unix)]
mod meanwhile;
#[cfg(target_os = "linux")]
mod open;
mod review;
mod review_web;
#[cfg(unix)]
mod sandbox;
mod secrets;
mod shown;
#[cfg(unix)]
mod sinks;
mod snapshot_rules;
mod snapshots;
mod suggest;
mod targets;
#[cfg(unix)]
mod watch;

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// A scenario that passes on the embedded sandbox, with a secret in its requests and answers.
const LOGIN: &str = r#"
name: Log in
tags: [smoke]
steps:
  - id: login
    post: "{{ auth_url }}/users/login"
    headers: { client: bridge }
    json: { clientID: "{{ client_id }}", grant_type: client_credentials, secret: "{{ client_secret }}" }
    capture: { token: { jsonpath: $.access_token, secret: true } }
  - id: fips
    get: /v2/fips
    auth: { bearer: "{{ token }}" }
    headers: { x-product-instance-id: "{{ product_instance_id }}" }
    expect: 200
"#;

/// One that fails there.
const WRONG_STATUS: &str = "
name: Nobody may
steps:
  - id: fips
    get: /v2/fips
    expect: { status: 200 }
  - id: later
    get: /v2/fips
";

/// One that takes longer than any test waits, with something to do at its end.
const SLOW: &str = "
name: Slow
steps:
  - { id: last, defer: true, get: /v2/fips, expect: 4xx }
  - print: about to sleep
  - sleep: 100s
";

/// A folder with files, gone with the test.
struct Project(tempfile::TempDir);

impl Project {
    fn new(files: &[(&str, &str)]) -> Project {
        let project = Project(tempfile::tempdir().expect("a folder"));
        for (path, text) in files {
            project.write(path, text);
        }
        project
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().expect("it has one")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sammati"));
        command
            .args(arguments.split_whitespace())
            .current_dir(self.path())
            .env_clear()
            .stdin(Stdio::null());
        command
    }

    /// The same of a program that is told when its terminal is closed, as nothing is that `nohup` has started.
    #[cfg(unix)]
    fn heeding_hangups(&self, arguments: &str) -> Command {
        let plain = self.command(arguments);
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mut lines = status.lines();
        let ignored = lines.find_map(|line| line.strip_prefix("SigIgn:"));
        let ignored = ignored.and_then(|signals| u64::from_str_radix(signals.trim(), 16).ok());
        if ignored.is_none_or(|signals| signals & 1 == 0) {
            return plain;
        }
        let mut command = Command::new("env");
        command
            .arg("--default-signal=HUP")
            .arg(plain.get_program())
            .args(plain.get_args())
            .current_dir(self.path())
            .env_clear()
            .stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &str) -> Ended {
        Ended::of(self.command(arguments).output().expect("it starts"))
    }

    fn run_with(&self, environment: &[(&str, &str)], arguments: &str) -> Ended {
        let mut command = self.command(arguments);
        Ended::of(
            command
                .envs(environment.iter().copied())
                .output()
                .expect("it starts"),
        )
    }

    fn has(&self, path: &str) -> bool {
        self.path().join(path).exists()
    }
}

#[derive(Debug)]
struct Ended {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Ended {
    fn of(output: Output) -> Ended {
        Ended {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("it is text"),
            stderr: String::from_utf8(output.stderr).expect("it is text"),
        }
    }

    /// Checks the status; gives both outputs back if it is right.
    fn with(self, code: i32) -> Ended {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    fn said(self, text: &str) -> Ended {
        assert!(self.stderr.contains(text), "no `{text}` in {self:#?}");
        self
    }

    fn reported(self, text: &str) -> Ended {
        assert!(self.stdout.contains(text), "no `{text}` in {self:#?}");
        self
    }
}

/// Answers every request with these bytes, for as long as the test lasts.
fn serve(answer: &'static [u8]) -> String {
    serve_each(move |_| answer.to_vec())
}

/// Answers each request with what is made of its path.
fn serve_each(mut answer: impl FnMut(&str) -> Vec<u8> + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("it connects");
            let mut request = [0; 4096];
            let count = stream.read(&mut request).unwrap_or(0);
            let text = String::from_utf8_lossy(&request[..count]);
            let path = text.split(' ').nth(1).unwrap_or("/");
            let _ = stream.write_all(&answer(path));
        }
    });
    format!("http://{address}")
}

#[test]
fn every_command_has_help_with_examples() {
    let project = Project::new(&[]);
    for command in [
        "",
        "run",
        "check",
        "accept",
        "reject",
        "snapshots",
        "sandbox",
        "doctor",
    ] {
        let help = project.run(&format!("{command} --help")).with(0);
        assert!(help.stdout.contains("Examples:\n  sammati "), "{help:#?}");
        assert_eq!(help.stderr, "");
        project.run(&format!("{command} --nonsense")).with(2);
    }
    project.run("").with(2).said("Usage:");
    project.run("--version").with(0).reported("sammati ");
    for line in [
        "run -q -v",
        "run --jobs 0",
        "run --seed x",
        "accept",
        "run --timeout soon",
    ] {
        assert_eq!(project.run(line).with(2).stdout, "");
    }
}

#[test]
fn what_passes_ends_with_0_and_says_nothing_on_stderr() {
    let project = Project::new(&[("scenarios/login.yaml", LOGIN)]);
    let ended = project
        .run("run")
        .with(0)
        .reported("Log in (scenarios/login.yaml), 2 steps")
        .reported("1 scenario: 1 passed; 2 requests, in ");
    assert_eq!(ended.stderr, "");
    project.run("check").with(0).reported("1 scenario is right");
}

#[test]
fn a_number_of_runs_or_jobs_is_at_least_one_and_a_rerun_has_the_same_time() {
    let scenario = ("scenarios/a.yaml", "steps: [ { sleep: 1m } ]\n");
    let project = Project::new(&[scenario]);
    for option in ["--repeat", "--jobs"] {
        for number in ["0", "many"] {
            project
                .run(&format!("run {option} {number}"))
                .with(2)
                .said("it must be a whole number, 1 or more");
        }
    }
    project
        .run("run --timeout 50ms --seed 7")
        .with(1)
        .reported("rerun:   sammati run scenarios/a.yaml --seed 7 --timeout 50ms\n");
}

#[test]
fn what_fails_ends_with_1_and_shows_why() {
    let project = Project::new(&[
        ("scenarios/login.yaml", LOGIN),
        ("scenarios/wrong.yaml", WRONG_STATUS),
    ]);
    let ended = project.run("run --seed 7").with(1);
    assert_eq!(ended.stderr, "");
    let failures = &ended.stdout[ended.stdout.find("\n\n").expect("failures follow")..];
    insta::with_settings!({ filters => vec![
        (r"in \d[\d.]*m?s", "in [time]"),
        (r"\d-[0-9a-f]{8}-[0-9a-f]{24}", "[trace]"),
    ]}, {
        insta::assert_snapshot!(failures.trim(), @r#"
        FAILED  Nobody may (scenarios/wrong.yaml)

          failed: step `fips` (scenarios/wrong.yaml:4:5), GET /v2/fips gave 401 in [time]

             6 |     expect: { status: 200 }
               |                       ^^^ expected number 200
               |                           got      number 401

            the answer was
              {
                "message": "Unauthorized"
              }

          not run: later
          rerun:   sammati run scenarios/wrong.yaml --seed 7

        2 scenarios: 1 passed, 1 failed; 3 requests, in [time]
        "#);
    });
}

#[test]
fn what_is_wrong_ends_with_2_all_of_it_at_once_and_nothing_is_sent() {
    let project = Project::new(&[
        ("scenarios/login.yaml", LOGIN),
        ("scenarios/a.yaml", "steps:\n  - gett: /x\n"),
        ("scenarios/b.yaml", "steps:\n  - get: /{{ nothing }}\n"),
    ]);
    for command in ["run", "check"] {
        let ended = project
            .run(command)
            .with(2)
            .said("scenarios/a.yaml:2:5: error: ")
            .said("scenarios/b.yaml:2:14: error: ")
            .said("2 errors in 2 files");
        assert_eq!(ended.stdout, "");
    }
    let json = project.run("check --format json").with(2);
    assert_eq!(json.stderr, "");
    let list: serde_json::Value = serde_json::from_str(&json.stdout).expect("it is JSON");
    assert_eq!(list[0]["path"], "scenarios/a.yaml");
    assert_eq!(
        (&list[0]["line"], &list[0]["column"]),
        (&2.into(), &5.into())
    );
    project
        .run("check --format github")
        .with(2)
        .reported("::error file=scenarios/a.yaml,line=2,col=5,");
}

#[test]
fn wrong_arguments_end_with_2() {
    let project = Project::new(&[
        ("scenarios/login.yaml", LOGIN),
        ("scenarios/_part.yaml", "steps: []\n"),
        ("sammati.yaml", "targets: {}\n"),
    ]);
    for (line, said) in [
        ("run gone.yaml", "`gone.yaml`"),
        ("run scenarios/_part.yaml", "fragment"),
        ("run sammati.yaml", "project file"),
        ("run --var x", "--var"),
        ("run --var monts=5", "`--var monts`"),
        ("run --secret hunter2hunter2", "--secret"),
        ("run --secret a=short", "shorter than 6"),
        ("run --vars-file gone.yaml", "`gone.yaml`"),
        ("accept nowhere", "nowhere"),
    ] {
        let ended = project.run(line).with(2).said(said);
        assert_eq!(ended.stdout, "", "{line}");
        assert!(!ended.stderr.contains("hunter2"), "{line}");
    }
}

#[test]
fn what_cannot_be_done_ends_with_3() {
    let project = Project::new(&[
        ("scenarios/login.yaml", LOGIN),
        (
            "sammati.yaml",
            "targets:\n  hosted:\n    base_url: http://127.0.0.1:1\n    vars: { auth_url: http://127.0.0.1:1, product_instance_id: x }\n    secrets: { client_id: $MY_ID, client_secret: $MY_SECRET }\n",
        ),
    ]);
    project
        .run("run --target hostd")
        .with(3)
        .said("did you mean `hosted`?");
    project
        .run_with(&[("SAMMATI_TARGET", "hostd")], "run")
        .with(3);
    project
        .run("run --target hosted")
        .with(3)
        .said("client_id      from $MY_ID")
        .said("client_secret  from $MY_SECRET");
    // A check needs no secrets.
    project.run("check --target hosted").with(0);
    project.write(".env", "MY_ID=abcdefgh\nMY_SECRET='from the file'\n");
    project
        .run("run --target hosted")
        .with(1)
        .reported("connection refused");
    // The environment is stronger than the file.
    project
        .run_with(&[("MY_SECRET", "short")], "run --target hosted")
        .with(2)
        .said("`client_secret`, from $MY_SECRET");
}

#[test]
fn nothing_to_run_ends_with_4() {
    let project = Project::new(&[]);
    project
        .run("run")
        .with(4)
        .said("no folder `scenarios`; name the files, or make a project to start from with `sammati init`");
    project.write(
        "scenarios/a.yaml",
        "targets: [other]\nsteps:\n  - get: /x\n",
    );
    project.write(
        "sammati.yaml",
        "targets:\n  other: { base_url: http://127.0.0.1:1 }\n",
    );
    project
        .run("run --filter nothing")
        .with(4)
        .said("none of 1 scenario matches --filter nothing");
    project.run("run --tag smoke").with(4);
    project
        .run("run")
        .with(4)
        .reported("1 scenario: 1 skipped")
        .said("every scenario was skipped");
}

#[test]
fn tags_and_text_select() {
    let project = Project::new(&[
        ("scenarios/login.yaml", LOGIN),
        ("scenarios/wrong.yaml", WRONG_STATUS),
    ]);
    for line in [
        "run --tag smoke",
        "run --filter LOG",
        "run --filter login.yaml",
    ] {
        project.run(line).with(0).reported("1 scenario: 1 passed");
    }
    project
        .run("run --tag !smoke")
        .with(1)
        .reported("1 scenario: 1 failed");
}

#[test]
fn a_snapshot_is_left_pending_then_accepted_then_compared() {
    let scenario = LOGIN.replace("expect: 200", "snapshot: true");
    let project = Project::new(&[("scenarios/login.yaml", &scenario)]);
    let (snapshot, pending) = ("snapshots/login/fips.snap", "snapshots/login/fips.snap.new");
    // On a CI machine nothing is written.
    project.run_with(&[("CI", "true")], "run").with(1);
    assert!(!project.has("snapshots/login"));
    project.run("run --snapshots check --output out").with(1);
    assert!(project.has("out/login/fips.snap.new") && !project.has("snapshots/login"));
    project
        .run("run")
        .with(1)
        .reported(&format!("accept:  sammati accept {pending}"));
    assert!(project.has(pending) && !project.has(snapshot));
    project
        .run(&format!("reject {pending}"))
        .with(0)
        .reported("rejected");
    assert!(!project.has(pending));
    project.run("run").with(1);
    project.run("accept --all").with(0).reported(snapshot);
    assert!(!project.has(pending) && project.has(snapshot));
    project
        .run("accept --all")
        .with(0)
        .reported("nothing is pending");
    project.run("run").with(0);
    let text = fs::read_to_string(project.path().join(snapshot)).expect("it is there");
    project.write(snapshot, &text.replace("Setu FIP", "Setu Bank"));
    project
        .run("run --snapshots check")
        .with(1)
        .reported("-       \"name\": \"Setu Bank\"")
        .reported("+       \"name\": \"Setu FIP\"");
    project.run("run --snapshots off").with(0);
    project.run("run --snapshots update").with(0);
    project.run("run").with(0);
}

#[test]
fn secrets_are_in_no_output() {
    let project = Project::new(&[
        ("scenarios/login.yaml", LOGIN),
        (
            "scenarios/wrong.yaml",
            &LOGIN.replace("expect: 200", "expect: 404"),
        ),
    ]);
    let ended = project.run("run -vv --secret mine=a-value-of-mine").with(1);
    let all = format!("{}{}", ended.stdout, ended.stderr);
    assert!(
        all.contains("> POST http://") && all.contains("[client_secret]"),
        "{all}"
    );
    for secret in ["sandbox-secret", "a-value-of-mine", "eyJ"] {
        assert!(!all.contains(secret), "{secret} in {all}");
    }
}

#[test]
fn a_reader_that_leaves_changes_no_status() {
    let project = Project::new(&[
        ("scenarios/login.yaml", LOGIN),
        ("scenarios/wrong.yaml", WRONG_STATUS),
    ]);
    for (line, code) in [
        ("run -v", 1),
        ("run --tag smoke -v", 0),
        ("check", 0),
        ("run --help", 0),
    ] {
        let mut child = project
            .command(line)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        drop(child.stdout.take());
        let ended = Ended::of(child.wait_with_output().expect("it ends"));
        assert_eq!(
            (ended.code, ended.stderr.as_str()),
            (Some(code), ""),
            "{line}"
        );
    }
}

#[test]
fn variables_come_from_files_and_the_command_line() {
    let text =
        "vars: { months: 4, who: nobody }\nsteps:\n  - print: \"{{ who }} for {{ months + 1 }}\"\n";
    let project = Project::new(&[
        ("scenarios/a.yaml", text),
        ("more.yaml", "who: somebody\nmonths: 7\n"),
    ]);
    project.run("run").with(0).reported("nobody for 5");
    project
        .run("run --vars-file more.yaml")
        .with(0)
        .reported("somebody for 8");
    project
        .run("run --vars-file more.yaml --var months=11")
        .with(0)
        .reported("somebody for 12");
}

#[test]
fn the_project_is_found_from_below() {
    let project = Project::new(&[
        ("scenarios/deep/login.yaml", LOGIN),
        ("sammati.yaml", "target: embedded\n"),
    ]);
    let mut command = project.command("run");
    let folder = project.path().join("scenarios/deep");
    Ended::of(command.current_dir(folder).output().expect("it starts"))
        .with(0)
        .reported("Log in (login.yaml)");
}

#[test]
fn a_scenario_can_come_from_standard_input() {
    let project = Project::new(&[]);
    let mut child = project
        .command("check -")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    child
        .stdin
        .take()
        .expect("it is piped")
        .write_all(b"steps: [{ gett: /x }]\n")
        .expect("it reads");
    Ended::of(child.wait_with_output().expect("it ends"))
        .with(2)
        .said("<stdin>:1:11: error: ");
}

#[test]
fn the_time_of_a_case_can_be_capped() {
    let slow = format!("timeout: 5s{SLOW}");
    let project = Project::new(&[("scenarios/slow.yaml", &slow)]);
    project
        .run("run --timeout 50ms")
        .with(1)
        .reported("took longer than its timeout of 50ms");
    // A shorter one of the file's own stays.
    project.write("scenarios/slow.yaml", &slow.replace("5s", "60ms"));
    project
        .run("run --timeout 1h")
        .with(1)
        .reported("took longer than its timeout of 60ms");
}

#[cfg(unix)]
#[test]
fn signals_stop_a_run_after_its_deferred_steps() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143), ("-HUP", 143)] {
        let project = Project::new(&[
            ("scenarios/slow.yaml", SLOW),
            ("scenarios/wrong.yaml", WRONG_STATUS),
        ]);
        let mut child = project
            .heeding_hangups("run -v")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        // The short one ends while the long one sleeps.
        let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("it writes");
        assert!(line.contains("Nobody may"), "{line}");
        kill(signal, &child);
        let mut rest = String::new();
        stdout.read_to_string(&mut rest).expect("it is text");
        let ended = Ended {
            stdout: rest,
            ..Ended::of(child.wait_with_output().expect("it ends"))
        };
        ended
            .with(code)
            .said("stopping")
            .reported("not run         Slow (scenarios/slow.yaml)")
            .reported("  last  ")
            .reported("2 scenarios: interrupted; 1 failed, 1 not run");
    }
}

#[cfg(unix)]
fn kill(signal: &str, child: &Child) {
    let status = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status()
        .expect("there is `kill`");
    assert!(status.success());
}
