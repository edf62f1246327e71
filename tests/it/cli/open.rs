//! `run --open`, with a program in the place of the one that opens links on Linux.

use super::*;
use std::os::unix::fs::PermissionsExt as _;

const SCENARIO: &str = "
vars: { within: 300ms }
steps:
  - consent: \"{{ link }}\"
  - get: /a
    until: { $.status: ACTIVE }
    every: 20ms
    within: \"{{ within }}\"
";

/// A project at whose server a consent is active as soon as its page was opened, by a program that leaves a file behind.
fn project(link: &str) -> Project {
    let project = Project::new(&[("scenarios/a.yaml", SCENARIO)]);
    let opened = project.path().join("opened");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let origin = format!("http://{}", listener.local_addr().expect("it has one"));
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("it connects");
            let _ = stream.read(&mut [0; 4096]);
            let status = if opened.exists() { "ACTIVE" } else { "PENDING" };
            let body = format!(r#"{{"status": "{status}"}}"#);
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
        }
    });
    project.write(
        "sammati.yaml",
        &format!(
            "target: it\ntargets:\n  it: {{ base_url: {origin}, consent: manual, vars: {{ link: '{link}' }} }}\n"
        ),
    );
    project.write(
        "bin/xdg-open",
        "#!/bin/sh\nprintf '%s' \"$1\" > opened.new && mv opened.new opened\n",
    );
    let program = project.path().join("bin/xdg-open");
    fs::set_permissions(program, fs::Permissions::from_mode(0o755)).expect("it is ours");
    project
}

fn run(project: &Project, flags: &str) -> Ended {
    let path = format!("{}:/usr/bin:/bin", project.path().join("bin").display());
    project.run_with(&[("PATH", &path)], &format!("run --consent manual {flags}"))
}

#[test]
fn the_page_of_a_consent_is_opened_if_that_is_wanted() {
    let project = project("https://pages.test/consents/c-1?a=b&c=d");
    run(&project, "").with(1);
    assert!(!project.has("opened"), "nobody wanted it opened");
    let ended = run(&project, "--open --var within=10s").with(0);
    assert!(ended.stderr.contains("waiting for you"), "{ended:#?}");
    let opened = fs::read_to_string(project.path().join("opened")).expect("it was opened");
    assert_eq!(opened, "https://pages.test/consents/c-1?a=b&c=d");
}

#[test]
fn what_is_no_link_or_cannot_be_opened_is_told_and_shown_all_the_same() {
    for link in ["file:///etc/c-1", "--help/c-1", "ftp://pages.test/c-1"] {
        let project = project(link);
        let ended = run(&project, "--open").with(1);
        assert!(!project.has("opened"), "{link}");
        assert!(ended.stderr.contains("waiting for you"), "{ended:#?}");
        let why = "warning: the link is none for a browser, and is not opened";
        assert!(ended.stderr.contains(why), "{ended:#?}");
    }
    let project = project("https://pages.test/consents/c-1");
    fs::remove_file(project.path().join("bin/xdg-open")).expect("it is ours");
    let path = project.path().join("bin").display().to_string();
    let ended = project
        .run_with(&[("PATH", &path)], "run --consent manual --open")
        .with(1);
    let why = "warning: the link is not opened: `xdg-open` cannot be started";
    assert!(ended.stderr.contains(why), "{ended:#?}");
}
