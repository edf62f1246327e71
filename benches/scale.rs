//! Ten thousand cases of five steps: what all reports cost beside a run without any, and how much memory both take.
//!
//! `cargo bench --bench scale` prints what it measured; with `-- --assert` it fails where a limit is passed. Runs with
//! and without reports take turns. `--binary FILE` measures another build than the bench's own. Memory is that of Linux.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a program of its own, which runs others and prints what it measured"
)]

#[path = "shared/measure.rs"]
mod measure;
#[path = "shared/options.rs"]
mod options;
#[path = "shared/server.rs"]
mod server;

use measure::median;
use options::Options;
use server::serve;
use std::fmt::Write as _;
use std::path::Path as FilePath;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const CASES: usize = 10_000;
const ROUNDS: usize = 5;
/// What a run with all reports may take, in times of one without.
const MOST_TIME: f64 = 1.2;
/// Megabytes that a run with all reports may take.
const MOST_WITH_REPORTS: f64 = 200.0;
/// Megabytes that a run without reports may take.
const MOST_WITHOUT: f64 = 60.0;
/// Megabytes that a run of as many files as cases may take.
const MOST_OF_FILES: f64 = 120.0;
const REPORTS: [&str; 7] = ["junit", "json", "ndjson", "tap", "github", "html", "har"];

const STEPS: &str = r#"steps:
  - post: /login
    json: { user: bench }
    expect: { status: 200, $.scope: items, $.life: 3600 }
    capture: { token: $.token }
  - post: /items
    auth: { bearer: "{{ token }}" }
    json: { parent: "item-{{ number }}" }
    expect: { status: 201, $.status: PENDING, $.parent: "item-{{ number }}" }
    capture: { parent: $.id }
  - get: /items/{{ parent }}
    auth: { bearer: "{{ token }}" }
    expect: { status: 200, $.id: "{{ parent }}", "$.lines[3].sku": SKU-3 }
    capture: { next: $.next.id }
  - post: /items
    auth: { bearer: "{{ token }}" }
    json: { parent: "{{ next }}" }
    expect: { status: 201, $.parent: "{{ next }}" }
  - get: /items/last
    expect: 200
"#;

/// How one run went.
#[derive(Clone, Copy)]
struct Run {
    took: Duration,
    /// In megabytes.
    memory: f64,
}

fn main() {
    let Options { must_hold, binary } = Options::read();
    let origin = serve();
    let mut is_sound = true;
    for (name, files, slow) in [
        ("one file with 10,000 cases", 1, false),
        ("100 files with 100 cases each", 100, false),
        (
            "one file, whose first case ends when all others have",
            1,
            true,
        ),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        write_scenarios(folder.path(), &origin, files, slow);
        is_sound &= compare(name, &binary, folder.path(), slow);
    }
    is_sound &= many_files(&binary, &origin);
    if must_hold && !is_sound {
        std::process::exit(1);
    }
}

/// Whether as many files as cases keep to their limit: each is dropped when it is checked.
fn many_files(binary: &FilePath, origin: &str) -> bool {
    let folder = tempfile::tempdir().expect("a folder");
    write_scenarios(folder.path(), origin, CASES, false);
    let Run { took, memory } = run(binary, folder.path(), &[]);
    println!("10,000 files with one case each");
    println!("  without reports {took:.2?}, {memory:.1} MB (at most {MOST_OF_FILES})");
    memory <= MOST_OF_FILES
}

/// Whether both kinds of run keep to their limits.
fn compare(name: &str, binary: &FilePath, folder: &FilePath, slow: bool) -> bool {
    let (mut with, mut without) = (Vec::new(), Vec::new());
    // Where one case waits, the time says nothing.
    let rounds = if slow { 0 } else { ROUNDS };
    for round in 0..=rounds {
        let (bare, full) = (run(binary, folder, &[]), run(binary, folder, &REPORTS));
        // The first round warms the machine up.
        if round > 0 || slow {
            without.push(bare);
            with.push(full);
        }
    }
    let (bare, full) = (middle(&without), middle(&with));
    let ratio = full.took.as_secs_f64() / bare.took.as_secs_f64();
    println!("{name}");
    println!("  without reports {:.2?}, {:.1} MB", bare.took, bare.memory);
    println!(
        "  with all {:.2?} ({ratio:.2} times, at most {MOST_TIME}), {:.1} MB (at most {MOST_WITH_REPORTS})",
        full.took, full.memory
    );
    (slow || ratio <= MOST_TIME) && full.memory <= MOST_WITH_REPORTS && bare.memory <= MOST_WITHOUT
}

/// The median time, and the largest memory.
fn middle(runs: &[Run]) -> Run {
    Run {
        took: median(runs.iter().map(|run| run.took).collect()),
        memory: runs.iter().map(|run| run.memory).fold(0.0, f64::max),
    }
}

fn run(binary: &FilePath, folder: &FilePath, reports: &[&str]) -> Run {
    let out = folder.join("out");
    // What an earlier run left is no part of this one.
    drop(std::fs::remove_dir_all(&out));
    let mut command = Command::new(binary);
    command
        .args(["run", "--snapshots", "off", "--quiet"])
        .current_dir(folder)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    for report in reports {
        command.args(["--report", &format!("{report}=out/{report}")]);
    }
    let start = Instant::now();
    let mut child = command.spawn().expect("the program starts");
    let mut memory: f64 = 0.0;
    let status = loop {
        memory = memory.max(peak(child.id()).unwrap_or(0.0));
        if let Some(status) = child.try_wait().expect("the program can be waited for") {
            break status;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let took = start.elapsed();
    assert!(status.success(), "{command:?} ended with {status}");
    for report in reports {
        assert!(out.join(report).exists(), "there is no {report}");
    }
    Run { took, memory }
}

/// The most memory that a process has had, in megabytes, while it is there.
fn peak(process: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes / 1024.0)
}

fn write_scenarios(folder: &FilePath, origin: &str, files: usize, slow: bool) {
    let project =
        format!("target: bench\ntargets: {{ bench: {{ base_url: {origin}, jobs: 4 }} }}\n");
    std::fs::write(folder.join("sammati.yaml"), project).expect("a project file");
    std::fs::create_dir(folder.join("scenarios")).expect("a folder");
    let each = CASES / files;
    for file in 0..files {
        let mut text = String::from("cases:\n");
        for number in file * each..(file + 1) * each {
            let _ = writeln!(text, "  - {{ number: {number} }}");
        }
        text.push_str(STEPS);
        if slow {
            text.push_str("  - { if: number == 0, sleep: 20s }\n");
        }
        std::fs::write(folder.join(format!("scenarios/{file:05}.yaml")), text).expect("a scenario");
    }
}
