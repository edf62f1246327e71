//! A project in a folder of its own, pages to drive, and the program that drives them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Request;
use axum::response::{Html, IntoResponse as _, Response};

/// Pages at an address of their own, until this is dropped.
pub(crate) struct Pages {
    pub(crate) origin: String,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for Pages {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Pages {
    /// Serves what a function makes of a path and the cookies.
    pub(crate) async fn answering(
        answer: impl Fn(&str, &str) -> Response + Clone + Send + Sync + 'static,
    ) -> Pages {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("loopback has a free port");
        let address = listener.local_addr().expect("an address");
        let app = Router::new().fallback(move |request: Request| {
            let cookies = request.headers().get("cookie");
            let cookies = cookies.and_then(|cookies| cookies.to_str().ok());
            let path = request
                .uri()
                .path_and_query()
                .map_or("/", |path| path.as_str());
            let response = answer(path, cookies.unwrap_or_default());
            async move { response }
        });
        let server = tokio::spawn(async move {
            axum::serve(listener, app).await.expect("it serves");
        });
        Pages {
            origin: format!("http://{address}"),
            server,
        }
    }

    /// Serves one page everywhere.
    pub(crate) async fn showing(body: &str) -> Pages {
        let page = format!("<!doctype html><title>A page</title><body>{body}</body>");
        Pages::answering(move |_, _| Html(page.clone()).into_response()).await
    }
}

/// A folder with files, and one for what programs leave behind.
pub(crate) struct Project {
    folder: tempfile::TempDir,
    temporary: tempfile::TempDir,
}

/// How a run ended.
pub(crate) struct Ended {
    pub(crate) status: Option<i32>,
    /// What it wrote, to both streams.
    pub(crate) text: String,
}

impl Project {
    pub(crate) fn new(files: &[(&str, &str)]) -> Project {
        let project = Project {
            folder: tempfile::tempdir().expect("a folder"),
            temporary: tempfile::tempdir().expect("a folder"),
        };
        for (path, text) in files {
            let path = project.path().join(path);
            fs::create_dir_all(path.parent().expect("it has one")).expect("a folder");
            fs::write(path, text).expect("a file");
        }
        project
    }

    /// A project whose target is a server of pages.
    pub(crate) fn of(pages: &Pages, scenario: &str) -> Project {
        let target = format!(
            "target: pages\ntargets:\n  pages: {{ base_url: \"{}\", secrets: {{ pin: $PAGES_PIN }} }}\n",
            pages.origin
        );
        Project::new(&[("sammati.yaml", &target), ("scenarios/a.yaml", scenario)])
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sammati"));
        command
            .args(arguments.split_whitespace())
            .current_dir(self.path())
            .env("TMPDIR", self.temporary.path())
            .env("PAGES_PIN", "tok-7c1b90")
            .env_remove("CI")
            .env_remove("GITHUB_ACTIONS")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs the program to its end; nothing of a browser is left then.
    pub(crate) async fn run(&self, arguments: &str) -> Ended {
        let mut command = tokio::process::Command::from(self.command(arguments));
        let output = command.output().await.expect("it starts");
        self.nothing_is_left();
        Ended {
            status: output.status.code(),
            text: [output.stdout, output.stderr]
                .map(|bytes| String::from_utf8(bytes).expect("text"))
                .concat(),
        }
    }

    /// The processes that were told of this project's folder for temporary files.
    pub(crate) fn browsers(&self) -> Vec<u32> {
        let folder = self.temporary.path().to_str().expect("text").as_bytes();
        let processes = fs::read_dir("/proc").expect("processes");
        processes
            .flatten()
            .filter_map(|entry| {
                let number = entry.file_name().to_str()?.parse().ok()?;
                let line = fs::read(entry.path().join("cmdline")).ok()?;
                let is_ours = line.windows(folder.len()).any(|part| part == folder);
                is_ours.then_some(number)
            })
            .collect()
    }

    /// Neither processes nor profiles.
    #[track_caller]
    pub(crate) fn nothing_is_left(&self) {
        let left: Vec<PathBuf> = fs::read_dir(self.temporary.path())
            .expect("the folder")
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.to_string_lossy().contains("sammati-browser"))
            .collect();
        assert_eq!(left, Vec::<PathBuf>::new());
        // Chromium's own processes end by themselves once it is gone, which takes them a moment.
        let deadline = Instant::now() + Duration::from_secs(5);
        while Instant::now() < deadline && !self.browsers().is_empty() {
            std::thread::yield_now();
        }
        assert_eq!(self.browsers(), Vec::<u32>::new());
    }
}

impl Ended {
    #[track_caller]
    pub(crate) fn passed(&self) -> &Self {
        assert_eq!(self.status, Some(0), "{}", self.text);
        self
    }

    #[track_caller]
    pub(crate) fn failed(&self) -> &Self {
        assert_eq!(self.status, Some(1), "{}", self.text);
        self
    }

    #[track_caller]
    pub(crate) fn says(&self, parts: &[&str]) -> &Self {
        for part in parts {
            assert!(self.text.contains(part), "no {part:?} in:\n{}", self.text);
        }
        self
    }
}
