//! `--dry-run`: what it prints, pasted in a shell, sends what the run sends.

use super::*;
use std::sync::{Arc, Mutex};

/// A request as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Asked {
    line: String,
    headers: Vec<(String, String)>,
    body: String,
}

/// Answers everything with nothing, and keeps what came.
fn listen() -> (String, Arc<Mutex<Vec<Asked>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let asked = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&asked);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream.expect("it connects");
            kept.lock().expect("no panic").push(read(&stream));
            let answer = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
            let _ = (&stream).write_all(answer);
        }
    });
    (format!("http://{address}"), asked)
}

fn read(stream: &TcpStream) -> Asked {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a line");
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let line = lines.remove(0);
    let mut headers: Vec<(String, String)> = lines
        .iter()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let find = |name: &str| {
        let found = headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone())
    };
    let length = find("content-length").map_or(0, |length| length.parse().expect("a number"));
    let mut bytes = vec![0; length];
    reader.read_exact(&mut bytes).expect("the body");
    // Each program draws a boundary of its own.
    let mut body = String::from_utf8_lossy(&bytes).into_owned();
    let kind = find("content-type").unwrap_or_default();
    if let Some((_, boundary)) = kind.split_once("boundary=") {
        body = body.replace(boundary, "BOUNDARY").to_lowercase();
    } else if kind == "application/x-www-form-urlencoded" {
        let fields = url::form_urlencoded::parse(&bytes);
        body = format!("{:?}", fields.collect::<Vec<_>>());
    }
    headers.retain(|(name, _)| {
        !matches!(
            name.as_str(),
            "host" | "user-agent" | "accept-encoding" | "connection" | "content-length"
        )
    });
    for (name, value) in &mut headers {
        if name == "content-type" {
            *value = value
                .split("; boundary=")
                .next()
                .unwrap_or_default()
                .to_owned();
        }
    }
    headers.sort();
    Asked {
        line,
        headers,
        body,
    }
}

/// A secret with nothing in it that a URL or JSON would write in another way.
const KEY: &str = "s3cr-et_value";

const SCENARIO: &str = r#"
name: Everything that can be sent
vars: { who: "O'Brien $HOME `id` \\ !!" }
cases:
  - { name: one, number: 1 }
  - { name: "it's two", number: 2 }
steps:
  - { id: last, defer: true, delete: /last }
  - { id: first_of_the_last, defer: true, delete: /first-of-the-last }
  - id: json
    post: "/json/{{ case.number }}?a[]={1}&b={{ key }}"
    query: { q: ["x y", "é&="], none: null }
    json: { z: "{{ who }}", a: ["{{ uuid() }}", 1.50, null, "line\nend\ttab\u001b[31m"], k: "{{ key }}" }
  - id: basic
    get: /basic
    auth: { basic: { user: "o'client", password: "{{ key }}" } }
    headers: { x-quoted: "\"{{ who }}\"", x-empty: "", user-agent: null, x-key: "a{{ key }}b" }
  - { id: bearer, get: /bearer, auth: { bearer: "{{ key }}" } }
  - { id: nothing, post: /nothing }
  - { id: head, head: /head }
  - { id: with_body, get: /with-body, text: "@a" }
  - { id: form, post: /form, form: { a: [1, "x y"], "b=c": "é&" } }
  - { id: secret_form, put: /form, form: { a: "x +y", "b=c": "{{ key }}" } }
  - { id: text, patch: /text, text: "\0 \\ 'a'\r\n" }
  - { id: xml, post: /xml, xml: "<a b=\"{{ who | replace('`', '') }}\">\n</a>" }
  - { id: file, post: /file, file: "odd 'name'.bin" }
  - id: parts
    post: /parts
    multipart: { a: "@{{ who }}", b: { file: "odd 'name'.bin", name: "q;,.pdf", type: text/x-odd } }
  - { id: skipped, if: "case.number == 2", get: /second }
  - { id: each, each: { n: [1, 2] }, get: "/each/{{ n }}" }
  - use: _part.yaml
    with: { word: "{{ who | length }}" }
  - { id: after, get: "/after/{{ told }}" }
"#;

const PART: &str = r#"
params: { word: null, second: "{{ word }}-default" }
steps:
  - { id: inner, get: "/{{ word }}/{{ second }}" }
  - set: { told: "{{ second }}" }
"#;

fn project(origin: &str) -> Project {
    let project = Project::new(&[
        ("scenarios/a.yaml", SCENARIO),
        ("scenarios/_part.yaml", PART),
    ]);
    project.write(
        "sammati.yaml",
        &format!("target: it\ntargets:\n  it: {{ base_url: {origin}, jobs: 1, secrets: {{ key: $SOME_KEY }} }}\n"),
    );
    let path = project.path().join("scenarios/odd 'name'.bin");
    fs::write(path, b"\xff\xfe\0\r\n").expect("a file");
    project
}

#[test]
fn what_is_pasted_sends_what_the_run_sends() {
    let (origin, asked) = listen();
    let project = project(&origin);
    let environment = [("SOME_KEY", KEY)];
    let flags = "--seed 7 --snapshots off";
    let dry = project
        .run_with(&environment, &format!("run --dry-run {flags}"))
        .with(0);
    assert_eq!(dry.stderr, "");
    assert!(!dry.stdout.contains(KEY), "{}", dry.stdout);
    assert!(asked.lock().expect("no panic").is_empty(), "it was sent");
    project
        .run_with(&environment, &format!("run {flags}"))
        .with(0);
    let sent = std::mem::take(&mut *asked.lock().expect("no panic"));
    assert!(sent.len() > 30, "{sent:#?}");

    let pasted = Command::new("bash")
        .args(["-e", "-c", &dry.stdout])
        .current_dir(project.path())
        .envs(environment)
        .output()
        .expect("bash and curl are there");
    let told = String::from_utf8_lossy(&pasted.stderr);
    assert!(pasted.status.success(), "{told}\n{}", dry.stdout);
    let pasted = std::mem::take(&mut *asked.lock().expect("no panic"));
    for (sent, pasted) in sent.iter().zip(&pasted) {
        assert_eq!(sent, pasted, "{}", dry.stdout);
    }
    assert_eq!(sent.len(), pasted.len());
}

#[test]
fn a_part_of_it_and_the_ways_in_which_it_ends() {
    let (origin, asked) = listen();
    let project = project(&origin);
    let run = |arguments: &str| {
        let arguments = format!("run --dry-run --seed 7 {arguments}");
        project.run_with(&[("SOME_KEY", KEY)], &arguments)
    };
    let one = run("--filter it's").with(0);
    assert_eq!(one.stdout.matches("\n## ").count(), 1);
    assert!(one.stdout.contains("/second"), "{}", one.stdout);
    let given = run("--var who=me --case one,1 -v").with(0);
    assert!(given.stdout.contains("@me"), "{}", given.stdout);
    assert!(
        given.stdout.contains("(scenarios/a.yaml:10)"),
        "{}",
        given.stdout
    );
    assert!(!run("-q").with(0).stdout.contains("# json"));
    assert!(run("-vv").with(0).stdout.contains("accept-encoding"));
    run("--filter nobody").with(4);
    run("--report json").with(2);
    project.run("run --dry-run").with(3).said("$SOME_KEY");

    project.write(
        "scenarios/skipped.yaml",
        "targets: [other]\nsteps:\n  - get: /x\n",
    );
    project.write(
        "scenarios/wrong.yaml",
        "vars: { a: b }\nsteps:\n  - get: \"/{{ a | int }}\"\n",
    );
    project.write(
        "sammati.yaml",
        &format!("target: it\ntargets:\n  other: {{ base_url: {origin} }}\n  it: {{ base_url: {origin}, secrets: {{ key: $SOME_KEY }} }}\n"),
    );
    let skipped = run("scenarios/skipped.yaml").with(4);
    assert!(
        skipped
            .stdout
            .contains("# skipped: it runs on `other` only")
    );
    let wrong = run("scenarios/wrong.yaml").with(1);
    assert!(
        wrong.stdout.contains("# this will fail: "),
        "{}",
        wrong.stdout
    );
    assert!(asked.lock().expect("no panic").is_empty(), "it was sent");
}

#[test]
fn what_only_an_answer_tells_is_told_by_its_name() {
    let project = Project::new(&[
        ("scenarios/a.yaml", FLOW),
        (
            "scenarios/_given.yaml",
            "params: { id: null }\nsteps:\n  - get: /given/{{ id }}/{{ id | length }}\n",
        ),
    ]);
    let flow = project.run("run --dry-run --seed 7").with(0);
    insta::assert_snapshot!("dry_run_flow", flow.stdout);
}

#[test]
fn how_often_a_fragment_is_tried_is_told_before_it() {
    let project = Project::new(&[
        (
            "scenarios/a.yaml",
            "steps:\n  - use: _asks.yaml\n    retry: { times: 3, on: 5xx }\n",
        ),
        ("scenarios/_asks.yaml", "steps:\n  - get: /v2/fips\n"),
    ]);
    let told = project.run("run --dry-run").with(0).stdout;
    let at = |part: &str| told.find(part).unwrap_or_else(|| panic!("{part}: {told}"));
    assert!(at("# up to 3 times again where it fails:") < at("# _asks.GET /v2/fips"));
}

const FLOW: &str = r#"
name: What an answer tells
sandbox: { clock: "2025-01-01T00:00:00Z" }
vars: { day: "{{ today() }}" }
steps:
  - id: make
    post: "{{ auth_url }}/users/login?day={{ day }}"
    auth: { basic: { user: "{{ client_id }}", password: undeclared } }
    json: { secret: "{{ client_secret }}" }
    capture: { id: $.id, page: $.url, items: $.items }
  - id: poll
    get: "/made/{{ id }}?q={{ id | upper }}"
    json: { id: "{{ id }}", whole: "{{ items }}", first: "{{ steps.make.body.a.b }}" }
    until: { $.status: DONE }
    every: 1s
    within: 10s
  - { consent: "{{ page }}", decision: approve }
  - { if: "items | length > 2", set: { flag: "yes" } }
  - get: "{{ page }}/more/{{ flag | default('no') }}"
  - { each: { item: "{{ items }}" }, put: "/items/{{ item.id }}", retry: 2 }
  - { sandbox: { advance: 1d } }
  - { get: "/on/{{ today() }}" }
  - { sleep: 1500ms }
  - { print: "made {{ id }}" }
  - set: { again: "{{ id }}" }
  - { use: _given.yaml, with: { id: "{{ again }}" } }
  - { if: "target.name == 'other'", get: /never }
"#;
