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

/// Starts it and kills it as soon as there are so many snapshots, or it has ended.
fn kill_at(project: &Project, arguments: &str, folder: &Path, count: usize) {
    let mut command = project.command(arguments);
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    while fs::read_dir(folder).into_iter().flatten().count() < count
        && child.try_wait().expect("it can be asked").is_none()
    {
        std::hint::spin_loop();
    }
    // It may have ended by itself.
    let _ = child.kill();
    child.wait().expect("it ends");
}

#[test]
fn accepting() {
    let text = |number: usize| {
        let filling = "x".repeat(100 * number);
        format!(
            "---\nsource: s\nexpression: e\ninfo:\n  method: GET\n  url: /\n---\n200 OK\n\n{filling}\n"
        )
    };
    let project = Project::new(&[("sammati.yaml", "target: embedded\n")]);
    let folder = project.path().join("snapshots/a");
    for number in 0..60 {
        project.write(&format!("snapshots/a/{number}.snap.new"), &text(number));
    }
    for count in [61, 62, 65, 75, 90] {
        kill_at(&project, "accept --all", &folder, count);
        for (name, found) in snapshots(&folder) {
            let number: usize = name.trim_end_matches(".snap").parse().expect("a number");
            assert_eq!(found, text(number), "{name}");
        }
        for number in 0..60 {
            let path = format!("snapshots/a/{number}.snap");
            assert!(
                project.has(&path) || project.has(&format!("{path}.new")),
                "{number}"
            );
        }
    }
    project.run("accept --all").with(0);
    assert_eq!(snapshots(&folder).len(), 60);
    project.run("review").with(0);
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
    for count in [1, 2, 7, 25] {
        fs::remove_dir_all(&folder).expect("it is there");
        kill_at(&project, "run --snapshots update", &folder, count);
        for (name, found) in snapshots(&folder) {
            assert_eq!(Some(&found), whole.get(&name), "{name}");
        }
    }
    project.run("run --snapshots update").with(0);
    assert_eq!(snapshots(&folder), whole);
}
