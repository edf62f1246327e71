//! The repository's own project pointed at the stand-in, and runs of it.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;

use serde_json::Value;
use tokio::sync::mpsc;

use super::host::{DOMAIN, Host, Standin};

/// A project's folder, gone with the test.
pub(crate) struct Project {
    folder: tempfile::TempDir,
    /// For what programs leave behind.
    temporary: tempfile::TempDir,
    pub(crate) bridge: SocketAddr,
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A run of the program, which goes when the test does.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself, which is as good.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Project {
    /// The scenarios are the repository's.
    pub(crate) fn new() -> Project {
        // Somebody else may take the port before the run does, but the system gives it to nobody else so soon.
        let port = TcpListener::bind("127.0.0.1:0").unwrap();
        let project = Project {
            folder: tempfile::tempdir().unwrap(),
            temporary: tempfile::tempdir().unwrap(),
            bridge: port.local_addr().unwrap(),
        };
        let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
        copy(&scenarios, &project.path().join("scenarios"));
        project
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The target `setu` of the repository's project file, its hosts being the stand-in's.
    pub(crate) fn point_at(&self, standin: &Standin) {
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("sammati.yaml");
        let own = fs::read_to_string(own).unwrap().replace("setu.co", DOMAIN);
        let base_url = format!("    base_url: https://{}\n", Host::Api.name());
        assert!(own.contains(&base_url), "{own}");
        let resolve: String = standin
            .addresses
            .iter()
            .map(|(host, address)| format!("      {}: {address}\n", host.name()))
            .collect();
        let more = format!(
            "{base_url}    resolve:\n{resolve}    tls: {{ ca: ca.pem }}\n    notifications: {}\n",
            self.bridge
        );
        self.write("sammati.yaml", &own.replace(&base_url, &more));
        self.write("ca.pem", &standin.ca.pem);
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        fs::write(self.path().join(path), text).unwrap();
    }

    /// Runs the program. `wanted` is given each line by which it asks a person for something, and the link below it.
    pub(crate) async fn run(
        &self,
        arguments: &str,
        mut wanted: impl FnMut(String, String),
    ) -> Ended {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut child = Running(
            Command::new(env!("CARGO_BIN_EXE_sammati"))
                .args(arguments.split_whitespace())
                .current_dir(self.path())
                .env_clear()
                .env("PATH", path)
                .env("TMPDIR", self.temporary.path())
                .env("HOME", self.temporary.path())
                .env("SETU_CLIENT_ID", "sandbox-client")
                .env("SETU_CLIENT_SECRET", "sandbox-secret")
                .env("SETU_PRODUCT_INSTANCE_ID", "sandbox-product")
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap(),
        );
        let (links, mut shown) = mpsc::unbounded_channel();
        let errors = BufReader::new(child.0.stderr.take().unwrap());
        let errors = thread::spawn(move || {
            let mut whole = String::new();
            let mut before = String::new();
            for line in errors.lines() {
                let line = line.unwrap();
                if ["https://", "http://"]
                    .iter()
                    .any(|scheme| line.trim_start().starts_with(scheme))
                {
                    // Whoever listened has seen enough of it.
                    let _ = links.send((before, line.trim().to_owned()));
                }
                whole.push_str(&line);
                whole.push('\n');
                before = line;
            }
            whole
        });
        let mut output = child.0.stdout.take().unwrap();
        let output = thread::spawn(move || {
            let mut whole = String::new();
            output.read_to_string(&mut whole).unwrap();
            whole
        });
        let pages = format!("https://{}/", Host::Pages.name());
        while let Some((notice, link)) = shown.recv().await {
            // Nobody would answer it, and the run would wait for minutes.
            assert!(link.starts_with(&pages), "`{link}` is no page of {pages}");
            wanted(notice, link);
        }
        Ended {
            code: child.0.wait().unwrap().code(),
            stdout: output.join().unwrap(),
            stderr: errors.join().unwrap(),
        }
    }

    /// The report of the last run: each case with its status and why, by path and name.
    pub(crate) fn cases(&self) -> Vec<(String, String, String)> {
        let report = fs::read_to_string(self.path().join("report.json")).unwrap();
        let report: Value = serde_json::from_str(&report).unwrap();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let cases = report["cases"].as_array().unwrap().iter();
        cases
            .map(|case| {
                let name = format!("{} [{}]", text(&case["path"]), text(&case["case"]));
                (name, text(&case["status"]), text(&case["reason"]))
            })
            .collect()
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}
