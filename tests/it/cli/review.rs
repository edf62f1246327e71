//! `sammati review`, as text and in a terminal.

use super::Project;

/// A snapshot file.
pub(super) fn snapshot(step: &str, contents: &str) -> String {
    format!(
        "---\nsource: scenarios/flow.yaml\nexpression: {step}\ninfo:\n  method: GET\n  url: \"[target]/{step}\"\n---\n{contents}\n"
    )
}

pub(super) fn body(members: &str) -> String {
    format!("200 OK\n\n{{\n{members}\n}}")
}

/// Three snapshots with one change in common, one of which hides another, and one that is new.
pub(super) fn pending() -> Project {
    let project = Project::new(&[("sammati.yaml", "target: embedded\n")]);
    let put = |step: &str, old: &str, new: &str| {
        let path = format!("snapshots/flow/{step}.snap");
        project.write(&path, &snapshot(step, &body(old)));
        project.write(&format!("{path}.new"), &snapshot(step, &body(new)));
    };
    put("one", "  \"a\": 1", "  \"a\": 1,\n  \"trace\": \"x\"");
    put("two", "  \"a\": 1", "  \"a\": 2,\n  \"trace\": \"x\"");
    put("three", "  \"b\": 1", "  \"b\": 1,\n  \"trace\": \"x\"");
    project.write(
        "snapshots/flow/zero.snap.new",
        &snapshot("zero", "204 No Content"),
    );
    project
}

#[test]
fn without_a_terminal_it_tells_everything_and_decides_nothing() {
    let project = pending();
    let ended = project
        .run("review")
        .with(1)
        .reported("── the same change in 3 snapshots ──")
        .reported("   snapshots/flow/two.snap  and 1 other change, shown after this\n")
        .reported("   $.trace added: \"x\"\n")
        .reported("── flow › two ──")
        .reported("   $.a: 1 -> 2\n   beside 1 other change, shown before this\n")
        .reported("── new: flow › zero ──")
        .reported("  + 204 No Content\n")
        .reported("4 snapshots are pending");
    assert_eq!(
        ended.stdout.matches("flow › ").count(),
        3,
        "{}",
        ended.stdout
    );
    assert!(!ended.stdout.contains('\u{1b}'), "{}", ended.stdout);
    for line in ended.stdout.lines() {
        assert!(line.chars().count() <= 110, "{line}");
    }
    let colored = project.run("review --color always").with(1);
    assert!(colored.stdout.contains("\u{1b}["));
    project.run("accept --all").with(0);
    project.run("review").with(0).reported("nothing is pending");
    project.run("review nowhere").with(2).said("nowhere");
}

#[test]
fn what_ci_left_is_reviewed_where_it_lies() {
    let project = pending();
    let text = snapshot("five", "200 OK");
    project.write("downloaded/flow/five.snap.new", &text);
    let ended = project
        .run("review downloaded")
        .with(1)
        .reported("flow › five");
    assert!(!ended.stdout.contains("flow › one"));
    project
        .run("accept downloaded")
        .with(0)
        .reported("snapshots/flow/five.snap");
    project
        .run("review downloaded")
        .with(0)
        .reported("nothing is pending");
}

#[test]
fn odd_files_are_told_and_hinder_nothing() {
    let project = Project::new(&[("sammati.yaml", "target: embedded\n")]);
    let put = |name: &str, text: &str| project.write(&format!("snapshots/flow/{name}"), text);
    put("broken.snap.new", "notes");
    put("conflict.snap.new", &snapshot("conflict", "200 OK\n\n1"));
    put(
        "conflict.snap",
        &snapshot(
            "conflict",
            "200 OK\n\n<<<<<<< HEAD\n1\n=======\n2\n>>>>>>> other",
        ),
    );
    put("foreign.snap.new", &snapshot("foreign", "200 OK"));
    put("foreign.snap", "notes of mine");
    put(
        "order.snap",
        &snapshot("order", &body("  \"b\": 1,\n  \"a\": 2")),
    );
    put(
        "order.snap.new",
        &snapshot("order", &body("  \"a\": 2,\n  \"b\": 1")),
    );
    put(
        "bytes.snap",
        &snapshot("bytes", "200 OK\n\n3 bytes, SHA-256 aa"),
    );
    put(
        "bytes.snap.new",
        &snapshot("bytes", "200 OK\n\n4 bytes, SHA-256 bb"),
    );
    project
        .run("review")
        .with(1)
        .reported("── broken.snap ──")
        .reported("`snapshots/flow/broken.snap.new` is not a snapshot")
        .reported("conflict.snap` has unresolved merge conflicts")
        .reported("`snapshots/flow/foreign.snap` is not a snapshot")
        .reported("   $: the same values, written or ordered differently\n")
        .reported("   body: 3 bytes, SHA-256 aa -> 4 bytes, SHA-256 bb\n")
        .reported("5 snapshots are pending");
    project
        .run("accept --all")
        .with(3)
        .said("merge conflicts")
        .reported("2 snapshots accepted");
    let foreign = std::fs::read_to_string(project.path().join("snapshots/flow/foreign.snap"));
    assert_eq!(foreign.expect("it is there"), "notes of mine");
}

#[test]
fn ten_megabytes_are_told_in_a_page() {
    let project = Project::new(&[("sammati.yaml", "target: embedded\n")]);
    let items = |extra: &str| {
        let mut items: Vec<String> = (0..60_000)
            .map(|item| {
                format!(
                    "  {{\n    \"amount\": {item},\n    \"text\": \"{}\"\n  }}",
                    "x".repeat(120)
                )
            })
            .collect();
        items.insert(30_000, extra.to_owned());
        format!("200 OK\n\n[\n{}\n]", items.join(",\n"))
    };
    project.write("snapshots/a.snap", &snapshot("a", &items("  1")));
    project.write("snapshots/a.snap.new", &snapshot("a", &items("  2")));
    let ended = project
        .run("review")
        .with(1)
        .reported("   $[30000]: 1 -> 2\n");
    assert!(ended.stdout.len() < 4000, "{}", ended.stdout.len());
}

#[test]
fn what_is_accepted_already_is_put_away_and_not_asked_about() {
    let project = pending();
    let text = snapshot("same", &body("  \"a\": 1"));
    let path = "snapshots/flow/same.snap";
    for _ in 0..2 {
        // As an accept leaves it that is killed before its last step.
        project.write(path, &text);
        project.write(&format!("{path}.new"), &text);
        let ended = project
            .run("review")
            .with(1)
            .reported("4 snapshots are pending");
        assert!(!ended.stdout.contains("same.snap"), "{}", ended.stdout);
        assert!(project.has(path) && !project.has(&format!("{path}.new")));
    }
    project.run("accept --all").with(0);
    project.write(&format!("{path}.new"), &text);
    project.run("review").with(0).reported("nothing is pending");
    assert!(!project.has(&format!("{path}.new")));
}

#[test]
fn the_same_trouble_of_many_snapshots_is_told_of_some_and_counted() {
    let project = Project::new(&[("sammati.yaml", "target: embedded\n")]);
    for number in 0..6 {
        let path = format!("snapshots/flow/s{number}.snap");
        project.write(&format!("{path}.new"), &snapshot("s", &body("  \"a\": 1")));
        // A folder stands where the snapshot should.
        std::fs::create_dir(project.path().join(path)).expect("a folder");
    }
    let ended = project.run("accept --all").with(3);
    let lines: Vec<&str> = ended.stderr.lines().collect();
    let [one, two, three, more] = lines.as_slice() else {
        panic!("{ended:#?}")
    };
    for (line, number) in [one, two, three].into_iter().zip(0..) {
        let path = format!("`snapshots/flow/s{number}.snap`");
        assert!(line.contains(&path), "no {path} in {line}");
    }
    let trouble = one.replace("`snapshots/flow/s0.snap`", "…");
    let trouble = trouble.trim_start_matches("error: ");
    assert_eq!(*more, format!("error: 3 more like it: {trouble}"));
    assert!(ended.stdout.contains("0 snapshots accepted"), "{ended:#?}");
}
