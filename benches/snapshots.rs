//! What snapshots cost: comparing 5,000 of them, as a part of the run, and how soon a review of 5,000 is there.
//!
//! `cargo bench --bench snapshots` prints what it measured; with `-- --assert` it fails where a limit is passed.
//! With `-- --binary FILE` another build is measured than the bench's own. The runs that compare and those that do not
//! take turns, so that what else the machine does meets both alike.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a program of its own, which runs others and prints what it measured"
)]

#[path = "shared/measure.rs"]
mod measure;
#[path = "shared/options.rs"]
mod options;

use measure::median;
use options::Options;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Ten files of a hundred cases with five snapshots each.
const FILES: usize = 10;
const CASES: usize = 100;
const STEPS: usize = 5;
const SNAPSHOTS: usize = FILES * CASES * STEPS;

/// What comparing may add to a run.
const MOST_OF_A_RUN: f64 = 0.15;
/// How soon a review has its first screen.
const FIRST_SCREEN: Duration = Duration::from_millis(200);

const ROUNDS: usize = 11;
/// Comparing is found as the difference of two times that are nearly alike, for which more are needed.
const PAIRS: usize = 41;

fn main() {
    let Options { must_hold, binary } = Options::read();
    let folder = tempfile::tempdir().expect("a folder");
    let bench = Bench {
        binary,
        folder: folder.path().to_owned(),
    };
    bench.write_scenarios();
    bench.run("update");
    let mut is_slow = false;

    let (mut off, mut check) = (Vec::new(), Vec::new());
    for _ in 0..PAIRS {
        off.push(bench.run("off"));
        check.push(bench.run("check"));
    }
    let (off, check) = (median(off), median(check));
    let part = (check.as_secs_f64() - off.as_secs_f64()) / check.as_secs_f64();
    println!(
        "comparing {SNAPSHOTS} snapshots: {check:.2?} with, {off:.2?} without: {:.1} % of the run, {:.0} µs each, at most {:.0} %",
        part * 100.0,
        (check.as_secs_f64() - off.as_secs_f64()) * 1e6 / SNAPSHOTS as f64,
        MOST_OF_A_RUN * 100.0
    );
    is_slow |= part > MOST_OF_A_RUN;

    for (name, change) in [
        ("all with the same change", same as fn(usize) -> String),
        ("each with a change of its own", own),
    ] {
        bench.make_pending(change);
        let screens = (0..ROUNDS).map(|_| bench.first_screen()).collect();
        let listings = (0..ROUNDS).map(|_| bench.first_lines()).collect();
        for (what, times) in [("a terminal", screens), ("a pipe", listings)] {
            let time: Duration = median(times);
            println!(
                "review of {SNAPSHOTS} pending, {name}, in {what}: {time:.0?} until something is there, at most {FIRST_SCREEN:?}"
            );
            is_slow |= time > FIRST_SCREEN;
        }
    }
    assert!(!(must_hold && is_slow), "a limit was passed");
}

fn same(_number: usize) -> String {
    "\"trace\": \"new\"".into()
}

fn own(number: usize) -> String {
    format!("\"trace\": \"{number}\"")
}

struct Bench {
    binary: PathBuf,
    folder: PathBuf,
}

impl Bench {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .args(arguments)
            .current_dir(&self.folder)
            .env_clear()
            .stdin(Stdio::null());
        command
    }

    fn write_scenarios(&self) {
        let numbers: Vec<String> = (0..CASES).map(|number| number.to_string()).collect();
        let login = "  - id: login\n    post: \"{{ auth_url }}/users/login\"\n    headers: { client: bridge }\n    json: { clientID: \"{{ client_id }}\", grant_type: client_credentials, secret: \"{{ client_secret }}\" }\n    capture: { token: { jsonpath: $.access_token, secret: true } }\n    snapshot: true\n";
        let fips: String = (1..STEPS)
            .map(|step| format!("  - id: fips_{step}\n    get: /v2/fips?case={{{{ n }}}}\n    auth: {{ bearer: \"{{{{ token }}}}\" }}\n    headers: {{ x-product-instance-id: \"{{{{ product_instance_id }}}}\" }}\n    snapshot: true\n"))
            .collect();
        let text = format!(
            "name: Many\nmatrix: {{ n: [{}] }}\nsteps:\n{login}{fips}",
            numbers.join(", ")
        );
        let scenarios = self.folder.join("scenarios");
        std::fs::create_dir_all(&scenarios).expect("a folder");
        for file in 0..FILES {
            std::fs::write(scenarios.join(format!("many_{file}.yaml")), &text).expect("a file");
        }
    }

    fn run(&self, mode: &str) -> Duration {
        let started = Instant::now();
        let status = self
            .command(&["run", "--quiet", "--seed", "1", "--snapshots", mode])
            .stdout(Stdio::null())
            .status()
            .expect("it starts");
        assert!(status.success(), "the run with {mode} failed");
        started.elapsed()
    }

    /// Leaves a pending file beside each snapshot, with one more member in its body.
    fn make_pending(&self, change: fn(usize) -> String) {
        let mut count = 0;
        for file in 0..FILES {
            let folder = self.folder.join(format!("snapshots/many_{file}"));
            for entry in std::fs::read_dir(folder).expect("it was made") {
                let path = entry.expect("an entry").path();
                if path.extension() != Some(OsStr::new("snap")) {
                    continue;
                }
                let text = std::fs::read_to_string(&path).expect("a snapshot");
                let text = text.replacen("\n{\n", &format!("\n{{\n  {},\n", change(count)), 1);
                let mut pending = path.into_os_string();
                pending.push(".new");
                std::fs::write(pending, text).expect("a file");
                count += 1;
            }
        }
        assert_eq!(count, SNAPSHOTS);
    }

    /// From the start of a review in a pseudo-terminal until it waits for a key.
    fn first_screen(&self) -> Duration {
        let main = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pseudo-terminal");
        grantpt(&main).expect("it is ours");
        unlockpt(&main).expect("it is ours");
        let name = ptsname(&main, Vec::new()).expect("it has a name");
        let side = OpenOptions::new()
            .read(true)
            .write(true)
            .open(Path::new(OsStr::from_bytes(name.as_bytes())))
            .expect("its other side");
        let size = Winsize {
            ws_row: 40,
            ws_col: 120,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&side, size).expect("a size");
        let again = || side.try_clone().expect("the same");
        let started = Instant::now();
        let mut child = self
            .command(&["review"])
            .env("TERM", "xterm")
            .env("NO_COLOR", "1")
            .stdin(again())
            .stdout(again())
            .spawn()
            .expect("it starts");
        let mut terminal = File::from(main);
        let (mut shown, mut bytes) = (String::new(), [0; 4096]);
        while !shown.contains("q quit") {
            let count = terminal.read(&mut bytes).expect("it is shown");
            shown.push_str(&String::from_utf8_lossy(&bytes[..count]));
        }
        let elapsed = started.elapsed();
        terminal.write_all(b"q").expect("somebody reads");
        child.wait().expect("it ends");
        elapsed
    }

    /// From the start of a review in a pipe until its first bytes.
    fn first_lines(&self) -> Duration {
        let started = Instant::now();
        let mut child = self
            .command(&["review"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut output = child.stdout.take().expect("it is a pipe");
        let count = output.read(&mut [0; 64]).expect("it is shown");
        let elapsed = started.elapsed();
        assert!(count > 0);
        drop(output);
        child.wait().expect("it ends");
        elapsed
    }
}
