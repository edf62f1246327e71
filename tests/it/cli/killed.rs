//! A program that is killed while it writes leaves snapshots whole.

use super::{Project, serve};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Stdio;

/// Each snapshot by its file name.
fn snapshots(folder: &Path) -> BTreeMap<String, String> {
    files(folder, &[".snap"])
}

/// Each file with one of these endings by its name.
fn files(folder: &Path, endings: &[&str]) -> BTreeMap<String, String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let is_meant = endings.iter().any(|ending| name.ends_with(ending));
            is_meant.then(|| (name, fs::read_to_string(entry.path()).unwrap_or_default()))
        })
        .collect()
}

/// How many files there are whose names end so.
fn count(folder: &Path, ending: &str) -> usize {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_name().to_string_lossy().ends_with(ending))
        .count()
}

/// Starts it and kills it as soon as it is time, or it has ended.
fn kill_when(project: &Project, arguments: &str, is_time: impl Fn() -> bool) {
    let mut command = project.command(arguments);
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    while !is_time() && child.try_wait().expect("it can be asked").is_none() {
        std::hint::spin_loop();
    }
    // It may have ended by itself.
    let _ = child.kill();
    child.wait().expect("it ends");
}

/// When a program that accepts is killed.
enum Moment {
    /// There are so many files with that ending.
    Count(&'static str, usize),
    /// That file is there. One that takes long to write is in the middle of it then, if it is written where it stands.
    Begun(String),
}

/// So long that it can be killed while it is written.
fn long() -> String {
    "one line of many\n".repeat(120_000)
}

/// More than are written together.
const MANY: usize = 300;

/// A few of those that have no accepted one.
fn is_long(number: usize) -> bool {
    number < MANY && number % 100 == 25
}

#[test]
fn accepting() {
    let text = |number: usize| {
        let filling = if is_long(number) {
            long()
        } else {
            "x".repeat(100 * (number % 60))
        };
        format!(
            "---\nsource: s\nexpression: e\ninfo:\n  method: GET\n  url: /\n---\n200 OK\n\n{number}{filling}\n"
        )
    };
    let project = Project::new(&[("sammati.yaml", "target: embedded\n")]);
    let folder = project.path().join("snapshots/a");
    let counts = [
        (".tmp", 1),
        (".tmp", 40),
        (".tmp", 127),
        (".snap", MANY / 2 + 1),
        (".snap", MANY / 2 + 100),
        (".snap", MANY / 2 + 129),
        (".snap", MANY / 2 + 250),
    ];
    let counts = counts.map(|(ending, most)| Moment::Count(ending, most));
    let begun = (0..MANY)
        .filter(|number| is_long(*number))
        .flat_map(|number| {
            [format!("{number}.snap"), format!(".{number}.snap.tmp")].map(Moment::Begun)
        });
    for moment in counts.into_iter().chain(begun) {
        // Every second has an accepted one, which says something else.
        for number in 0..MANY {
            let path = format!("snapshots/a/{number}.snap");
            project.write(&format!("{path}.new"), &text(number));
            if number % 2 == 0 {
                project.write(&path, &text(number + MANY));
            }
        }
        let before = snapshots(&folder);
        kill_when(&project, "accept --all", || match &moment {
            Moment::Count(ending, most) => count(&folder, ending) >= *most,
            Moment::Begun(name) => folder.join(name).exists(),
        });
        for (name, found) in snapshots(&folder) {
            let number: usize = name.trim_end_matches(".snap").parse().expect("a number");
            assert!(
                found == text(number) || Some(&found) == before.get(&name),
                "{name}: {} bytes",
                found.len()
            );
        }
        let is_accepted = |number: &usize| {
            let path = folder.join(format!("{number}.snap"));
            fs::read_to_string(path).is_ok_and(|it| it == text(*number))
        };
        // What is accepted needs no decision, however far it came.
        project.run("review");
        for number in 0..MANY {
            let is_pending = project.has(&format!("snapshots/a/{number}.snap.new"));
            assert_eq!(is_pending, !is_accepted(&number), "{number}");
        }
        project.run("accept --all").with(0);
        assert_eq!(snapshots(&folder).len(), MANY);
        assert_eq!(fs::read_dir(&folder).expect("it is there").count(), MANY);
        project.run("review").with(0);
        fs::remove_dir_all(&folder).expect("it is there");
    }
}

#[test]
fn updating_and_leaving_for_review() {
    let body = long();
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let url = serve(Box::leak(answer.into_bytes().into_boxed_slice()));
    let scenario = "name: Long\nmatrix: { n: [0, 1, 2, 3, 4, 5, 6, 7] }\nsteps:\n  - id: long\n    get: /\n    snapshot: true\n";
    let target = format!("target: here\ntargets:\n  here: {{ base_url: \"{url}\" }}\n");
    let project = Project::new(&[("scenarios/long.yaml", scenario), ("sammati.yaml", &target)]);
    let folder = project.path().join("snapshots/long");
    // Several cases at once: what they write is synced together.
    let update = "run --jobs 8 --snapshots update";
    project.run(update).with(0);
    let whole = snapshots(&folder);
    assert_eq!(whole.len(), 8);
    let moments = (1..=7).flat_map(|most| [(most, "update"), (most, "review")]);
    for (most, mode) in moments {
        fs::remove_dir_all(&folder).expect("it is there");
        let arguments = format!("run --jobs 8 --snapshots {mode}");
        kill_when(&project, &arguments, || count(&folder, "") >= most);
        for (name, found) in files(&folder, &[".snap", ".snap.new"]) {
            let accepted = whole.get(name.trim_end_matches(".new"));
            assert!(Some(&found) == accepted, "{name}: {} bytes", found.len());
        }
    }
    project.run(update).with(0);
    assert!(snapshots(&folder) == whole);
}
