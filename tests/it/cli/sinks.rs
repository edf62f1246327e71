//! A secret in every form through what is told beside a run: on a terminal, by `trigger`, of merged reports, by the sandbox.

use super::keys::pty;
use super::secrets::{REPORTS, all_forms, counting, everything_under};
use super::*;
use crate::forms::{FORMS, SECRET, leak_in};

/// The secret as it stands in a URL.
fn percent() -> &'static str {
    let form = FORMS.iter().find(|(name, _)| *name == "percent");
    form.expect("it is one of them").1
}

/// An answer with every form in its body, in its reason and in a header.
fn repeating(status: u16) -> String {
    let body = serde_json::json!({ "status": "PENDING", "text": all_forms() });
    format!(
        "HTTP/1.1 {status} {}\r\nconnection: close\r\ncontent-type: application/json\r\nx-back: {}\r\n\r\n{body}",
        percent(),
        percent()
    )
}

fn target(project: &Project, origin: &str) {
    project.write(
        "sammati.yaml",
        &format!(
            "target: it\ntargets:\n  it: {{ base_url: {origin}, consent: manual, secrets: {{ key: $KEY }} }}\n"
        ),
    );
}

/// Runs it with somebody at the terminal, and gives all that was ever drawn there.
fn at_a_terminal(project: &Project, columns: u16, arguments: &str) -> String {
    let (mut main, side) = pty(columns);
    let again = || side.try_clone().expect("the same");
    let mut child = project
        .command(arguments)
        .env("TERM", "xterm")
        .env("KEY", SECRET)
        .stdin(again())
        .stdout(again())
        .stderr(again())
        .spawn()
        .expect("it starts");
    drop(side);
    // Nobody but the program has the other side, so that there is an end.
    let mut drawn = Vec::new();
    let mut piece = [0; 4096];
    while let Ok(count @ 1..) = main.read(&mut piece) {
        drawn.extend_from_slice(&piece[..count]);
    }
    child.wait().expect("it ends");
    String::from_utf8_lossy(&drawn).into_owned()
}

#[test]
fn a_terminal_shows_no_secret_on_its_live_lines_and_with_its_links() {
    let origin = counting(|_| repeating(200));
    let scenario = format!(
        r#"
name: '{name} on a terminal'
steps:
  - set: {{ link: "/page/{{{{ key | urlencode }}}}?k={{{{ key | b64encode }}}}" }}
  - consent: "{{{{ link }}}}"
    decision: reject
    reason: "{{{{ key }}}}"
  - name: 'step {name}'
    get: "/{{{{ key | urlencode }}}}"
    query: {{ k: "{{{{ key }}}}" }}
    until: {{ $.status: ACTIVE }}
    every: 50ms
    within: 1200ms
    keep_going: true
  - get: "/{percent}"
    until: {{ $.text: "{{{{ key }}}}" }}
    every: 50ms
    within: 600ms
"#,
        name = SECRET.replace('\'', "''"),
        percent = percent(),
    );
    let project = Project::new(&[("scenarios/a.yaml", &scenario)]);
    target(&project, &origin);
    for (columns, flags, has_live_lines) in [
        (80, "", true),
        (300, "-v", false),
        (300, "-vv", false),
        (120, "--color never", true),
        (120, "-q", false),
    ] {
        let drawn = at_a_terminal(&project, columns, &format!("run --consent manual {flags}"));
        assert!(drawn.contains("waiting for you"), "{drawn}");
        assert!(drawn.contains("no longer waiting"), "{drawn}");
        let counts_down = drawn.contains("s left");
        assert_eq!(counts_down, has_live_lines, "{flags}: {drawn}");
        assert!(drawn.contains("[key]"), "{drawn}");
        assert_eq!(leak_in(&drawn), None, "{flags}: {drawn}");
    }
}

#[test]
fn a_handler_that_repeats_its_url_is_not_repeated() {
    let closed = TcpListener::bind("127.0.0.1:0").expect("a port");
    let nobody = format!("http://{}", closed.local_addr().expect("it has one"));
    drop(closed);
    let broken = counting(|_| format!("HTTP/1.1 200 OK\r\nno header, but {SECRET}\r\n\r\n"));
    let project = Project::new(&[]);
    for (origin, code) in [
        (counting(|_| repeating(200)), 0),
        (counting(|_| repeating(403)), 1),
        (counting(|_| repeating(302)), 1),
        (broken, 1),
        (nobody, 1),
    ] {
        for flags in ["", " --print", " --v1 --print", " --color always"] {
            let line = format!(
                "trigger consent.active --to {origin}/hook?token={}{flags}",
                percent()
            );
            let ended = project.run(&line).with(code);
            let all = format!("{}{}", ended.stdout, ended.stderr);
            assert!(all.contains("/hook?…"), "{all}");
            assert_eq!(leak_in(&all), None, "{line}: {all}");
        }
    }
}

/// `report merge` reads reports from which a run has taken the secrets; it knows none, and must not need to.
#[test]
fn merged_reports_have_none_because_the_shards_have_none() {
    let project = Project::new(&[(
        "scenarios/a.yaml",
        "steps:\n  - { id: seen, get: /a, query: { k: \"{{ key }}\" }, expect: { $.text: \"{{ key }}\", text: { contains: nothing } } }\n",
    )]);
    target(&project, &counting(|_| repeating(200)));
    let report = "run -vv --report json=shard/report.json";
    project.run_with(&[("KEY", SECRET)], report).with(1);
    for flags in ["", "-q", "--color always"] {
        let ended = project
            .run(&format!("report merge shard {flags} {REPORTS}"))
            .with(1);
        let mut all = format!("{}{}", ended.stdout, ended.stderr);
        let written = everything_under(&project.path().join("out"), &mut all);
        assert_eq!(written, REPORTS.matches("--report").count());
        assert!(all.contains("[key]"), "{all}");
        assert_eq!(leak_in(&all), None, "{flags}: {all}");
    }
}

#[test]
fn the_sandbox_shows_nobody_s_secrets() {
    let project = Project::new(&[]);
    let hook = counting(|_| repeating(403));
    let line = format!(
        "sandbox --listen 127.0.0.1:0 --notify {hook}/hook?token={}",
        percent()
    );
    let mut child = project
        .command(&line)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut said = BufReader::new(child.stdout.take().expect("it is piped"));
    let mut shown = String::new();
    while !shown.contains("Ctrl-C") {
        assert_ne!(said.read_line(&mut shown).expect("it writes"), 0);
    }
    let origin = shown
        .lines()
        .find_map(|line| line.trim().strip_prefix("base_url"))
        .expect("where it is")
        .trim()
        .to_owned();
    let ask = |head: &str, body: &str| {
        let authority = origin.trim_start_matches("http://");
        let mut stream = TcpStream::connect(authority).expect("it listens");
        let length = body.len();
        write!(
            stream,
            "{head}\r\nhost: a\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
        )
        .expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        answer
    };
    let secret =
        serde_json::json!({ "clientID": "me", "secret": SECRET, "more": { "token": all_forms() } });
    shown += &ask(
        "POST /v1/users/login HTTP/1.1\r\nclient: bridge",
        &secret.to_string(),
    );
    shown += &ask(
        "POST /v2/consents HTTP/1.1",
        &format!("secret={}", percent()),
    );
    for (_, form) in FORMS.iter().filter(|(_, form)| form.is_ascii()) {
        let head = format!(
            "GET /v2/fips?access_token={} HTTP/1.1\r\nauthorization: Bearer {form}\r\nx-client-secret: {form}\r\ncookie: {form}",
            percent()
        );
        shown += &ask(&head, "");
    }
    shown += &ask("GET /_sandbox/requests HTTP/1.1", "");
    shown += &ask("GET /_sandbox HTTP/1.1", "");
    assert!(shown.contains("access_token=***"), "{shown}");
    kill("-TERM", &child);
    let ended = child.wait_with_output().expect("it ends");
    shown += &String::from_utf8_lossy(&ended.stderr);
    assert_eq!(leak_in(&shown), None, "{shown}");
}
