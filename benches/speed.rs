//! How fast Sammati is, against a bare reqwest loop on the same server in the same run.
//!
//! `cargo bench` prints medians and ratios; with `-- --assert` it fails where a limit is passed.
//! Runs of both sides take turns, so that what else the machine does meets both alike.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a program of its own, which runs others and prints what it measured"
)]

#[path = "shared/measure.rs"]
mod measure;
#[path = "shared/server.rs"]
mod server;

use measure::median;
use server::serve;
use std::path::{Path as FilePath, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// One comparison: both commands do the same work.
struct Comparison {
    name: &'static str,
    rounds: usize,
    /// What Sammati may take, in times of the floor.
    limit: f64,
    floor: Command,
    sammati: Command,
}

const STEPS: usize = 200;

fn main() {
    let must_hold = std::env::args().any(|argument| argument == "--assert");
    let origin = serve();
    let folder = tempfile::tempdir().expect("a folder");
    // Copies, as an installation makes them: what a linker has just written is mapped in smaller pieces.
    let floor = copy(&build_floor(), folder.path());
    let sammati = copy(FilePath::new(env!("CARGO_BIN_EXE_sammati")), folder.path());
    write_scenarios(folder.path(), &origin);
    let mut comparisons = [
        Comparison {
            name: "one step, from process start to exit",
            rounds: 101,
            limit: 1.5,
            floor: floor_command(&floor, &["one", &origin]),
            sammati: sammati_command(&sammati, folder.path(), "one.yaml"),
        },
        Comparison {
            name: "a chain of 200 steps, each with a template, a capture and three expectations",
            rounds: 31,
            limit: 1.3,
            floor: floor_command(&floor, &["chain", &origin, &STEPS.to_string()]),
            sammati: sammati_command(&sammati, folder.path(), "chain.yaml"),
        },
    ];
    let mut is_slow = false;
    for comparison in &mut comparisons {
        let (floor, sammati) = measure(comparison);
        let ratio = sammati.as_secs_f64() / floor.as_secs_f64();
        is_slow |= ratio > comparison.limit;
        println!("{}", comparison.name);
        println!(
            "  floor {floor:.2?}, sammati {sammati:.2?}: {ratio:.2} times the floor, at most {:.1}",
            comparison.limit
        );
    }
    if must_hold && is_slow {
        std::process::exit(1);
    }
}

/// The median wall time of each side.
fn measure(comparison: &mut Comparison) -> (Duration, Duration) {
    let mut floor = Vec::new();
    let mut sammati = Vec::new();
    for round in 0..=comparison.rounds {
        let (one, other) = (time(&mut comparison.floor), time(&mut comparison.sammati));
        // The first round warms the machine up.
        if round > 0 {
            floor.push(one);
            sammati.push(other);
        }
    }
    (median(floor), median(sammati))
}

fn time(command: &mut Command) -> Duration {
    let start = Instant::now();
    let status = command.status().expect("the command starts");
    let elapsed = start.elapsed();
    assert!(status.success(), "{command:?} ended with {status}");
    elapsed
}

fn floor_command(floor: &FilePath, arguments: &[&str]) -> Command {
    let mut command = Command::new(floor);
    command.args(arguments).stdout(Stdio::null());
    command
}

fn sammati_command(sammati: &FilePath, folder: &FilePath, file: &str) -> Command {
    let mut command = Command::new(sammati);
    command
        .args(["run", "--snapshots", "off", file])
        .current_dir(folder)
        .stdout(Stdio::null());
    command
}

/// A copy of a program in that folder.
fn copy(program: &FilePath, folder: &FilePath) -> PathBuf {
    let copy = folder.join(program.file_name().expect("a name"));
    std::fs::copy(program, &copy).expect("a copy");
    copy
}

fn build_floor() -> PathBuf {
    let root = FilePath::new(env!("CARGO_MANIFEST_DIR"));
    let target = root.join("target/floor");
    let status = Command::new(env!("CARGO"))
        .args(["build", "--release", "--quiet", "--manifest-path"])
        .arg(root.join("benches/floor/Cargo.toml"))
        .arg("--target-dir")
        .arg(&target)
        .status()
        .expect("cargo starts");
    assert!(status.success(), "the floor did not build");
    target.join("release/floor")
}

fn write_scenarios(folder: &FilePath, origin: &str) {
    let project = format!("target: bench\ntargets: {{ bench: {{ base_url: {origin} }} }}\n");
    std::fs::write(folder.join("sammati.yaml"), project).expect("a project file");
    std::fs::write(
        folder.join("one.yaml"),
        "steps:\n  - get: /items/item-0\n    expect: 200\n",
    )
    .expect("a scenario");
    let mut chain = String::from(
        "steps:\n  - post: /login\n    json: { user: bench }\n    expect: { status: 200, $.scope: items, $.life: 3600 }\n    capture: { token: $.token }\n  - set: { parent: root }\n",
    );
    for step in 1..STEPS {
        let text = if step % 2 == 1 {
            "  - post: /items\n    auth: { bearer: \"{{ token }}\" }\n    json: { parent: \"{{ parent }}\" }\n    expect: { status: 201, $.status: PENDING, $.parent: \"{{ parent }}\" }\n    capture: { parent: $.id }\n"
        } else {
            "  - get: /items/{{ parent }}\n    auth: { bearer: \"{{ token }}\" }\n    expect: { status: 200, $.id: \"{{ parent }}\", \"$.lines[3].sku\": SKU-3 }\n    capture: { parent: $.next.id }\n"
        };
        chain.push_str(text);
    }
    std::fs::write(folder.join("chain.yaml"), chain).expect("a scenario");
}
