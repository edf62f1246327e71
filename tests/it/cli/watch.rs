//! `--watch`: what a change touches runs again, and nothing else.

use super::*;
use std::sync::mpsc::Receiver;

/// The longest that anything may take here.
const PATIENCE: Duration = Duration::from_secs(30);

/// The program while it watches, with the lines of both outputs as they come.
struct Watching {
    child: Child,
    lines: Receiver<String>,
    seen: Vec<String>,
}

impl Watching {
    fn start(project: &Project, arguments: &str) -> Watching {
        // One pipe for both, so that their lines come in the order in which they were written.
        let (output, input) = std::io::pipe().expect("a pipe");
        let child = project
            .command(arguments)
            .stdout(input.try_clone().expect("the same"))
            .stderr(input)
            .spawn()
            .expect("it starts");
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        Watching {
            child,
            lines,
            seen: Vec::new(),
        }
    }

    /// Waits until it waits, and gives everything that was said until then.
    fn round(&mut self) -> String {
        let mut said = Vec::new();
        while !said
            .iter()
            .any(|line: &String| line.starts_with("watching for changes"))
        {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => said.push(line),
                Err(error) => panic!("{error} after {said:#?}, before it {:#?}", self.seen),
            }
        }
        self.seen.extend(said.iter().cloned());
        said.join("\n")
    }

    fn signal(&mut self, name: &str) -> Option<i32> {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([name, &id]).status();
        assert!(sent.expect("there is a kill").success());
        self.child.wait().expect("it ends").code()
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn project() -> Project {
    Project::new(&[
        (
            "sammati.yaml",
            "target: it\ntargets:\n  it: { base_url: http://127.0.0.1:9 }\n",
        ),
        ("scenarios/a.yaml", "name: A\nsteps:\n  - print: a1\n"),
        (
            "scenarios/b.yaml",
            "name: B\nsteps:\n  - use: _f.yaml\n  - { if: \"1 > 2\", file: data.txt, post: /x }\n",
        ),
        ("scenarios/_f.yaml", "steps:\n  - print: f1\n"),
        ("scenarios/data.txt", "one"),
    ])
}

#[track_caller]
fn has(said: &str, parts: &[&str]) {
    for part in parts {
        assert!(said.contains(part), "no `{part}` in:\n{said}");
    }
}

#[test]
fn what_a_change_touches_runs_again() {
    let project = project();
    let mut watching = Watching::start(&project, "run --watch");
    has(
        &watching.round(),
        &["| a1", "| f1", "2 scenarios: 2 passed"],
    );

    project.write("scenarios/a.yaml", "name: A\nsteps:\n  - print: a2\n");
    let said = watching.round();
    has(
        &said,
        &[
            "changed: scenarios/a.yaml",
            "1 of 2 scenarios to run",
            "| a2",
        ],
    );
    assert!(!said.contains("f1"), "{said}");

    // An editor writes another file and gives it the name.
    project.write(
        "scenarios/.b.yaml.swp",
        "name: B2\nsteps:\n  - use: _f.yaml\n  - { if: \"1 > 2\", file: data.txt, post: /x }\n",
    );
    let from = project.path().join("scenarios/.b.yaml.swp");
    fs::rename(from, project.path().join("scenarios/b.yaml")).expect("it is renamed");
    has(
        &watching.round(),
        &["changed: scenarios/b.yaml", "1 of 2", "B2"],
    );

    project.write("scenarios/_f.yaml", "steps:\n  - print: f2\n");
    has(
        &watching.round(),
        &["changed: scenarios/_f.yaml", "1 of 2", "| f2"],
    );

    project.write("scenarios/data.txt", "two");
    has(
        &watching.round(),
        &["changed: scenarios/data.txt", "1 of 2", "B2"],
    );

    project.write(
        "sammati.yaml",
        "target: it\ntargets:\n  it: { base_url: http://127.0.0.1:99 }\n",
    );
    has(
        &watching.round(),
        &["changed: sammati.yaml", "2 of 2", "| a2", "| f2"],
    );

    project.write("scenarios/new.yaml", "name: New\nsteps:\n  - print: n1\n");
    has(
        &watching.round(),
        &["changed: scenarios/new.yaml", "1 of 3", "| n1"],
    );

    fs::remove_file(project.path().join("scenarios/new.yaml")).expect("it was there");
    has(
        &watching.round(),
        &["changed: scenarios/new.yaml", "0 of 2"],
    );

    assert_eq!(watching.signal("-INT"), Some(130));
}

#[test]
fn a_mistake_is_told_and_the_change_is_run_once_it_is_gone() {
    let project = project();
    project.write("scenarios/a.yaml", "name: A\nstep: []\n");
    let mut watching = Watching::start(&project, "run --watch");
    has(&watching.round(), &["scenarios/a.yaml:2:1: error"]);
    project.write("scenarios/a.yaml", "name: A\nsteps:\n  - print: a2\n");
    has(&watching.round(), &["2 scenarios: 2 passed"]);

    project.write("scenarios/b.yaml", "name: [\n");
    has(&watching.round(), &["scenarios/b.yaml:", "error"]);
    // Another file changes meanwhile; both run at the end.
    project.write("scenarios/a.yaml", "name: A\nsteps:\n  - print: a3\n");
    has(&watching.round(), &["scenarios/b.yaml:", "error"]);
    project.write("scenarios/b.yaml", "name: B\nsteps:\n  - print: b3\n");
    has(&watching.round(), &["2 of 2", "| a3", "| b3"]);
    assert_eq!(watching.signal("-TERM"), Some(143));
}

#[test]
fn what_a_run_writes_itself_starts_no_other() {
    let project = project();
    let origin = serve(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}");
    project.write(
        "sammati.yaml",
        &format!("target: it\ntargets:\n  it: {{ base_url: {origin} }}\n"),
    );
    project.write(
        "scenarios/s.yaml",
        "name: S\nsteps:\n  - { id: s, get: /s, snapshot: true }\n",
    );
    let mut watching = Watching::start(&project, "run --watch --report junit=junit.xml");
    has(&watching.round(), &["1 snapshot waits for a review"]);
    project.write("scenarios/a.yaml", "name: A\nsteps:\n  - print: a2\n");
    has(
        &watching.round(),
        &["changed: scenarios/a.yaml\n", "1 of 3"],
    );
    assert!(project.has("snapshots") && project.has("junit.xml"));
    assert_eq!(watching.signal("-INT"), Some(130));
}

#[test]
fn an_interrupt_stops_the_run_that_goes_on() {
    let project = project();
    project.run("run --watch -").with(2).said("standard input");
    project.run("run --watch --dry-run").with(2);
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = silent.local_addr().expect("it is bound");
    project.write(
        "scenarios/a.yaml",
        &format!("steps:\n  - get: http://{url}/\n"),
    );
    let mut watching = Watching::start(&project, "run --watch scenarios/a.yaml");
    let _asked = silent.accept().expect("the run has begun");
    assert_eq!(watching.signal("-INT"), Some(130));
}
