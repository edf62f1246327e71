//! The shell that the documents show is run, line by line, in a project that has the files they name.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Lines that are not run: what they have in them, and why they are not.
const NOT_RUN: [(&str, &str); 4] = [
    (
        "--target setu",
        "it needs Setu's sandbox, and secrets for it",
    ),
    (
        "/releases/latest/",
        "where the releases are depends on where the repository is",
    ),
    ("cargo install", "it compiles for minutes, from the network"),
    ("SETU_", "it sets secrets that only a reader has"),
];
/// Lines that run until they are ended, and what they say when they have begun.
const ENDLESS: [(&str, &str); 2] = [("sammati sandbox", "http://"), ("--watch", "passed")];
/// Lines that show what differs, and end with 1.
const RED: [&str; 3] = [
    "--var months=6 --snapshots check",
    "--output pending",
    "sammati review pending",
];
/// The port at which the documents' handler of notifications listens.
const HANDLER: &str = "9400";

/// What the documents call a consent's scenario.
const CONSENT: &str = "name: A consent\nvars: { months: 6 }\ncases:\n  - { case: approved, code: 401 }\n  - { case: rejected, code: 401 }\nsteps:\n  - { get: \"/v2/fips?months={{ months }}\", expect: { status: \"{{ code }}\" } }\n";
const PAY: &str =
    "name: Pay\nsteps:\n  - { id: refused, get: /v2/fips, expect: 401, snapshot: true }\n";

struct Project {
    folder: tempfile::TempDir,
    programs: tempfile::TempDir,
}

impl Project {
    fn new() -> Project {
        let project = Project {
            folder: tempfile::tempdir().unwrap(),
            programs: tempfile::tempdir().unwrap(),
        };
        let program = project.programs.path().join("sammati");
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_sammati"), program).unwrap();
        project
    }

    /// Makes the files; with something to review, if the page goes on to do that.
    fn fill(&self, differs: bool) {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let scenarios = self.folder.path().join("scenarios");
        fs::create_dir(&scenarios).unwrap();
        fs::copy(
            root.join("sammati.yaml"),
            self.folder.path().join("sammati.yaml"),
        )
        .unwrap();
        for entry in fs::read_dir(root.join("scenarios")).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if name.starts_with('_') || name == "consent_to_data.yaml" {
                fs::copy(&path, scenarios.join(name)).unwrap();
            }
        }
        fs::write(scenarios.join("consent.yaml"), CONSENT).unwrap();
        fs::write(scenarios.join("pay.yaml"), PAY).unwrap();
        let output = self
            .shell("sammati run --snapshots update")
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        if differs {
            let path = self.folder.path().join("snapshots/pay/refused.snap");
            let accepted = fs::read_to_string(&path).unwrap();
            fs::write(path, accepted.replace("Unauthorized", "Forbidden")).unwrap();
        }
    }

    fn shell(&self, line: &str) -> Command {
        let mut command = Command::new("bash");
        let path = format!("{}:/usr/bin:/bin", self.programs.path().display());
        command
            .args(["-euc", line])
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", path)
            .stdin(Stdio::null());
        if line.contains("--shard auto") {
            // As GitLab says it.
            command.envs([("CI_NODE_INDEX", "1"), ("CI_NODE_TOTAL", "4")]);
        }
        command
    }

    /// Runs a line to its end, or until it has begun.
    fn run(&self, page: &str, line: &str) {
        if let Some((_, word)) = ENDLESS.iter().find(|(part, _)| line.contains(part)) {
            return self.begin(page, line, word);
        }
        let line = match line.contains(HANDLER) {
            true => line.replace(HANDLER, &handler().to_string()),
            false => line.to_owned(),
        };
        let output = self.shell(&line).output().unwrap();
        let code = i32::from(RED.iter().any(|part| line.contains(part)));
        assert_eq!(
            output.status.code(),
            Some(code),
            "{page}: {line}\n{output:?}"
        );
    }

    fn begin(&self, page: &str, line: &str, word: &str) {
        // The shell becomes the program, so that it is the program that ends.
        let mut child = Ended(
            self.shell(&format!("exec {line}"))
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .unwrap(),
        );
        let mut lines = BufReader::new(child.0.stdout.take().unwrap()).lines();
        assert!(
            lines.any(|said| said.unwrap().contains(word)),
            "{page}: {line}"
        );
    }
}

/// A program that ends with the test.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// Takes one notification as its handler would; gives its port.
fn handler() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 65536]);
            let answer = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    port
}

/// The lines of shell in a page: its blocks of shell, indented commands, and the scripts of build machines.
fn lines(page: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut block = None;
    for line in page.replace("\\\n", " ").lines() {
        if let Some(word) = line.trim_start().strip_prefix("```") {
            block = block.is_none().then(|| word.to_owned());
            continue;
        }
        let found = match block.as_deref() {
            Some("sh" | "bash") => Some(line),
            Some("yml") => line.split_once("run: ").map(|(_, rest)| rest).or_else(|| {
                line.trim()
                    .strip_prefix("- ")
                    .filter(|rest| rest.starts_with("sammati "))
            }),
            Some("groovy") => line.split('\'').find(|part| part.starts_with("sammati ")),
            Some(_) => None,
            None => line
                .strip_prefix("    ")
                .filter(|rest| rest.starts_with("sammati ")),
        };
        // What stands behind ` #` is said to the reader.
        let found = found.map(|line| line.split(" #").next().unwrap_or_default().trim());
        lines.extend(found.filter(|line| !line.is_empty()).map(str::to_owned));
    }
    lines
}

/// A line for each shard of a matrix.
fn of_matrix(line: &str) -> Vec<String> {
    for (variable, told) in [
        ("${{ matrix.shard }}", ""),
        ("$CI_NODE_INDEX", "CI_NODE_INDEX="),
    ] {
        if line.contains(variable) {
            let of_shard = |shard: u32| {
                let said = match told {
                    "" => String::new(),
                    told => format!("{told}{shard} "),
                };
                said + &line.replace(variable, &shard.to_string())
            };
            return (1..=4).map(of_shard).collect();
        }
    }
    vec![line.to_owned()]
}

#[test]
fn every_line_of_shell_runs_or_says_why_not() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages = vec![root.join("README.md")];
    for entry in fs::read_dir(root.join("docs")).unwrap() {
        pages.push(entry.unwrap().path());
    }
    pages.sort();
    let (mut ran, mut excuses) = (0, Vec::new());
    for path in pages {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        // What `--help` says has a test of its own.
        if name == "cli.md" || path.extension().is_none_or(|ending| ending != "md") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let mut lines: Vec<String> = lines(&text)
            .iter()
            .flat_map(|line| of_matrix(line))
            .collect();
        if lines.is_empty() {
            continue;
        }
        // A page tells what becomes of shards before it tells how they come to be.
        lines.sort_by_key(|line| line.contains("report merge"));
        let project = Project::new();
        // The tutorial begins with an empty folder.
        if !lines.iter().any(|line| line == "sammati init") {
            project.fill(lines.iter().any(|line| line.contains("review pending")));
        }
        for line in lines {
            match NOT_RUN.iter().find(|(part, _)| line.contains(part)) {
                Some((part, _)) => excuses.push(*part),
                None => {
                    ran += 1;
                    project.run(&name, &line);
                }
            }
        }
    }
    assert!(ran > 25, "only {ran} lines were run");
    for (part, why) in NOT_RUN {
        assert!(
            excuses.contains(&part),
            "no line is excused because {why}: `{part}`"
        );
    }
}
