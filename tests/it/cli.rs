//! The program as scripts and people meet it, and what its tests share.

mod arguments;
mod bodies;
mod cases;
mod doctor;
#[cfg(unix)]
mod dry_run;
mod exit;
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
mod signals;
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

#[cfg(unix)]
fn kill(signal: &str, child: &Child) {
    let status = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status()
        .expect("there is `kill`");
    assert!(status.success());
}
