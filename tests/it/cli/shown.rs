//! What is shown of what was sent and received, and what is not.

use super::*;

#[test]
fn an_answer_cannot_steer_the_terminal() {
    let origin = serve(b"HTTP/1.1 500 Oh\r\ncontent-length: 14\r\nconnection: close\r\n\r\n\x1b[2J\x1b]0;owned\x07");
    let text = format!("steps:\n  - get: {origin}/x\n    expect: {{ text: \"\\e[2Jfine\" }}\n");
    let project = Project::new(&[("scenarios/a.yaml", &text)]);
    for line in ["run", "run -vv", "run -q"] {
        let ended = project.run(line).with(1);
        assert!(!ended.stdout.contains(['\u{1b}', '\u{7}']), "{ended:#?}");
    }
}

#[test]
fn files_that_are_sent_are_shown_by_name_and_size() {
    let project = Project::new(&[(
        "scenarios/a.yaml",
        "
steps:
  - { post: /v2/consents, file: ../data.bin, expect: 200, keep_going: true }
  - post: /v2/consents
    multipart: { note: \"{{ client_secret }}\", doc: { file: ../data.bin, name: \"a\\eb.pdf\" } }
    expect: 200
",
    )]);
    fs::write(project.path().join("data.bin"), b"\xff\xfe\x1b[2J").expect("a file");
    let ended = project.run("run -vv").with(1);
    for line in [
        "> (file ../data.bin, 6 bytes)",
        "> note: [client_secret]",
        "> doc: (file a\\u{1b}b.pdf, application/octet-stream, 6 bytes)",
    ] {
        assert!(ended.stdout.contains(line), "{line}\n{}", ended.stdout);
    }
    assert!(!ended.stdout.contains(['\u{1b}', '\u{fffd}']), "{ended:#?}");
}

#[cfg(unix)]
#[test]
fn files_outside_the_project_are_not_sent() {
    let project = Project::new(&[(
        "inside/scenarios/a.yaml",
        "steps: [{ post: /v2/consents, multipart: { a: { file: link }, b: { file: ../../secret.txt } } }]",
    )]);
    project.write("secret.txt", "outside");
    project.write("inside/sammati.yaml", "target: embedded\n");
    let link = project.path().join("inside/scenarios/link");
    std::os::unix::fs::symlink(project.path().join("secret.txt"), link).expect("a link");
    for line in ["check", "run"] {
        let mut command = project.command(line);
        command.current_dir(project.path().join("inside"));
        let ended = Ended::of(command.output().expect("it starts")).with(2);
        for path in ["`link`", "`../../secret.txt`"] {
            let told = format!("{path} is outside the project's folder");
            assert!(ended.stderr.contains(&told), "{line}: {}", ended.stderr);
        }
    }
}

#[test]
fn colour_is_asked_for_or_not_there() {
    let project = Project::new(&[("scenarios/login.yaml", LOGIN)]);
    assert!(!project.run("run").with(0).stdout.contains('\u{1b}'));
    assert!(
        project
            .run("run --color always")
            .with(0)
            .stdout
            .contains('\u{1b}')
    );
    assert!(
        !project
            .run("run --color never")
            .with(0)
            .stdout
            .contains('\u{1b}')
    );
}
