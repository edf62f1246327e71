//! A program that is killed while it writes leaves snapshots whole.

use super::{LOGIN, Project};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Stdio;

/// Each snapshot by its file name.
fn snapshots(folder: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            name.ends_with(".snap")
                .then(|| (name, fs::read_to_string(entry.path()).unwrap_or_default()))
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

/// Starts it and kills it as soon as there are so many files with that ending, or it has ended.
fn kill_at(project: &Project, arguments: &str, folder: &Path, ending: &str, most: usize) {
    let mut command = project.command(arguments);
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    while count(folder, ending) < most && child.try_wait().expect("it can be asked").is_none() {
        std::hint::spin_loop();
    }
    // It may have ended by itself.
    let _ = child.kill();
    child.wait().expect("it ends");
}

/// More than are written together.
const MANY: usize = 300;

#[test]
fn accepting() {
    let text = |number: usize| {
        let filling = "x".repeat(100 * (number % 60));
        format!(
            "---\nsource: s\nexpression: e\ninfo:\n  method: GET\n  url: /\n---\n200 OK\n\n{number}{filling}\n"
        )
    };
    let project = Project::new(&[("sammati.yaml", "target: embedded\n")]);
    let folder = project.path().join("snapshots/a");
    for (ending, most) in [
        (".tmp", 1),
        (".tmp", 40),
        (".tmp", 127),
        (".snap", 1),
        (".snap", 100),
        (".snap", 129),
        (".snap", 250),
    ] {
        // Every second has an accepted one, which says something else.
        for number in 0..MANY {
            let path = format!("snapshots/a/{number}.snap");
            project.write(&format!("{path}.new"), &text(number));
            if number % 2 == 0 {
                project.write(&path, &text(number + MANY));
            }
        }
        let before = snapshots(&folder);
        let most = most + if ending == ".snap" { MANY / 2 } else { 0 };
        kill_at(&project, "accept --all", &folder, ending, most);
        for (name, found) in snapshots(&folder) {
            let number: usize = name.trim_end_matches(".snap").parse().expect("a number");
            assert!(
                found == text(number) || Some(&found) == before.get(&name),
                "{name}: {found}"
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
fn updating() {
    let scenario = LOGIN.replace(
        "  - id: fips\n",
        "  - each: { n: \"{{ range(40) }}\" }\n    id: fips\n",
    );
    let scenario = scenario.replace("expect: 200", "snapshot: true");
    let project = Project::new(&[("scenarios/login.yaml", &scenario)]);
    let folder = project.path().join("snapshots/login");
    project.run("run --snapshots update").with(0);
    let whole = snapshots(&folder);
    assert_eq!(whole.len(), 40);
    for most in [1, 2, 7, 25] {
        fs::remove_dir_all(&folder).expect("it is there");
        kill_at(&project, "run --snapshots update", &folder, "", most);
        for (name, found) in snapshots(&folder) {
            assert_eq!(Some(&found), whole.get(&name), "{name}");
        }
    }
    project.run("run --snapshots update").with(0);
    assert_eq!(snapshots(&folder), whole);
}
