//! A secret in every form that a server may send it back in, through everything that is printed or written.

use super::*;
use crate::forms::{FORMS, SECRET, leak_in};

/// The secret in every form, a line each.
pub(super) fn all_forms() -> String {
    let lines = FORMS.iter().map(|(name, form)| match *name {
        "hex" => format!("{name}={}\n", form.replace(' ', "")),
        _ => format!("{name}={form}\n"),
    });
    lines.collect()
}

fn answer() -> &'static [u8] {
    let text = all_forms();
    let fields = serde_json::json!({ "text": text, "basic": "Basic Y2xpZW50OnBAc3MvIncmcmQgPMOpPiAndG9rZW4nPTQy" });
    let body = fields
        .to_string()
        .replace("p@ss", "p\\u0040ss")
        .into_bytes();
    let mut bytes = format!(
        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/json\r\nx-back: {}\r\nx-markup: {}\r\ntransfer-encoding: chunked\r\n\r\n",
        FORMS[5].1, FORMS[9].1
    )
    .into_bytes();
    // Seven bytes at a time: no chunk has the whole of it.
    for chunk in body.chunks(7) {
        bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        bytes.extend_from_slice(chunk);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"0\r\n\r\n");
    Box::leak(bytes.into_boxed_slice())
}

const SCENARIO: &str = r#"
steps:
  - id: seen
    get: /a
    query: { k: "{{ key }}" }
    auth: { basic: { user: client, password: "{{ key }}" } }
    snapshot: { headers: [x-back, x-markup] }
  - id: compared
    post: /b/{{ key | urlencode }}
    form: { k: "{{ key }}" }
    expect:
      $.text: nothing
      $.basic: { matches: nothing }
      body: { eq: {} }
      text: nothing
      headers: { x-back: nothing, x-markup: nothing }
      that: [ "body.text == key" ]
    keep_going: true
  - post: /c
    json: { k: "{{ key }}", l: ["{{ key | b64encode }}"] }
    expect: 404
    keep_going: true
  - print: "{{ key }} {{ key | b64encode }} {{ key | urlencode }}"
  - get: /{{ [key] | tojson }}/{{ nothing_there | default(key) }}
    until: { $.basic: later }
    within: 1ms
    keep_going: true
  - set: { x: "{{ key | float }}" }
"#;

/// Every report, with the exchanges.
pub(super) const REPORTS: &str = "--report html=out/a.html --report har=out/a.har --report junit=out/a.xml --report json=out/a.json --report ndjson=out/a.ndjson --report tap=out/a.tap --report github=out/a.txt";

pub(super) fn everything_under(folder: &Path, text: &mut String) -> usize {
    let mut files = 0;
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files += everything_under(&path, text);
        } else {
            text.push_str(&fs::read_to_string(&path).expect("it is text"));
            files += 1;
        }
    }
    files
}

#[test]
fn a_secret_is_in_no_output_in_any_form() {
    let project = Project::new(&[("scenarios/a.yaml", SCENARIO)]);
    let origin = serve(answer());
    project.write(
        "sammati.yaml",
        &format!(
            "target: it\ntargets:\n  it: {{ base_url: {origin}, secrets: {{ key: $KEY }} }}\n"
        ),
    );
    for flags in [
        "-vv",
        "-v",
        "",
        "-q",
        "-vv --color always --snapshots update",
        "-vv",
        "--dry-run -vv",
        "--dry-run --color always",
    ] {
        // A dry run takes no report.
        let reports = if flags.starts_with("--dry-run") {
            ""
        } else {
            REPORTS
        };
        let ended = project
            .run_with(&[("KEY", SECRET)], &format!("run {flags} {reports}"))
            .with(1);
        assert!(ended.stdout.contains("[key]"), "{flags}: {}", ended.stdout);
        let mut all = format!("{}{}", ended.stdout, ended.stderr);
        let files = everything_under(&project.path().join("snapshots"), &mut all);
        assert!(files > 0, "{flags}");
        everything_under(&project.path().join(".sammati"), &mut all);
        if !reports.is_empty() {
            let written = everything_under(&project.path().join("out"), &mut all);
            assert_eq!(written, REPORTS.matches("--report").count(), "{flags}");
        }
        assert_eq!(leak_in(&all), None, "{flags}");
    }
}

/// Answers each request with what a function makes of how many came before.
pub(super) fn counting(answer: impl Fn(usize) -> String + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("it has one");
    thread::spawn(move || {
        for (turn, stream) in listener.incoming().enumerate() {
            let mut stream = stream.expect("it connects");
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(answer(turn).as_bytes());
        }
    });
    format!("http://{address}")
}

#[test]
fn nor_in_what_the_doctor_says() {
    let body = serde_json::json!({ "errorCode": all_forms(), "errorMsg": all_forms(), "message": all_forms() });
    let answer = format!(
        "HTTP/1.1 400 {}\r\nconnection: close\r\ncontent-type: application/json\r\n\r\n{body}",
        FORMS[5].1
    );
    let no_json = format!(
        "HTTP/1.1 400 no\r\nconnection: close\r\ncontent-type: text/{}\r\n\r\n",
        FORMS[5].1
    );
    for answer in [answer, no_json] {
        let origin = counting(move |_| answer.clone());
        let project = Project::new(&[]);
        project.write(
            "sammati.yaml",
            &format!("target: it\ntargets:\n  it: {{ base_url: {origin}, vars: {{ auth_url: {origin}/v1 }}, secrets: {{ client_id: $ID, client_secret: $KEY, product_instance_id: $ID }} }}\n"),
        );
        for format in ["human", "json"] {
            let ended = project
                .run_with(
                    &[("KEY", SECRET), ("ID", "an-id-of-a-client")],
                    &format!("doctor --format {format}"),
                )
                .with(1);
            assert!(ended.stdout.contains("[client_secret]"), "{ended:?}");
            assert_eq!(leak_in(&format!("{}{}", ended.stdout, ended.stderr)), None);
        }
    }
}

#[test]
fn nor_in_rules_that_are_suggested() {
    let origin = counting(|turn| {
        let body = serde_json::json!({ "varies": format!("{turn} {}", all_forms()), SECRET: turn, "list": [all_forms(), turn] });
        format!(
            "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/json\r\nx-back: {turn}{}\r\n\r\n{body}",
            FORMS[5].1
        )
    });
    let project = Project::new(&[(
        "scenarios/a.yaml",
        "steps:\n  - { id: seen, get: /a, query: { k: \"{{ key }}\" }, snapshot: { headers: [x-back] } }\n",
    )]);
    project.write(
        "sammati.yaml",
        &format!(
            "target: it\ntargets:\n  it: {{ base_url: {origin}, secrets: {{ key: $KEY }} }}\n"
        ),
    );
    let ended = project.run_with(&[("KEY", SECRET)], "snapshots --suggest");
    assert!(ended.stdout.contains("varies"), "{ended:?}");
    assert_eq!(leak_in(&format!("{}{}", ended.stdout, ended.stderr)), None);
}

#[test]
fn nor_where_nobody_answers() {
    let closed = TcpListener::bind("127.0.0.1:0").expect("a port");
    let origin = format!("http://{}", closed.local_addr().expect("it has one"));
    drop(closed);
    let broken = counting(|_| format!("HTTP/1.1 200 OK\r\nno header, but {SECRET}\r\n\r\n"));
    let scenario = r#"
steps:
  - { get: "/{{ key | urlencode }}", query: { k: "{{ key }}" }, retry: 1, keep_going: true }
  - { get: "{{ broken }}/{{ key | urlencode }}", headers: { x-k: "{{ key | b64encode }}" }, keep_going: true }
  - { get: "http://foreign.test/{{ key | b64encode }}", keep_going: true }
  - { get: "{{ key }}://x", keep_going: true }
  - { get: /, timeout: "{{ key }}", keep_going: true }
  - { get: /, multipart: { a: { file: "{{ key }}" } }, keep_going: true }
  - { get: "{{ key }}" }
"#;
    let project = Project::new(&[("scenarios/a.yaml", scenario)]);
    project.write(
        "sammati.yaml",
        &format!("target: it\ntargets:\n  it: {{ base_url: {origin}, vars: {{ broken: {broken} }}, hosts: [127.0.0.1], secrets: {{ key: $KEY }} }}\n"),
    );
    let ended = project.run_with(&[("KEY", SECRET)], &format!("run -vv {REPORTS}"));
    let mut all = format!("{}{}", ended.stdout, ended.stderr);
    assert_eq!(ended.stdout.matches("errored: step").count(), 7, "{all}");
    everything_under(&project.path().join("out"), &mut all);
    assert_eq!(leak_in(&all), None);
}

#[test]
fn the_environment_s_proxies_are_sent_nothing() {
    let proxy = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", proxy.local_addr().expect("it has one"));
    let server = serve(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    let project = Project::new(&[(
        "scenarios/a.yaml",
        "steps:\n  - { get: /a, auth: { bearer: \"{{ key }}\" } }\n",
    )]);
    project.write(
        "sammati.yaml",
        &format!(
            "target: it\ntargets:\n  it: {{ base_url: {server}, secrets: {{ key: $KEY }} }}\n"
        ),
    );
    let names = [
        "http_proxy",
        "HTTP_PROXY",
        "https_proxy",
        "HTTPS_PROXY",
        "all_proxy",
        "ALL_PROXY",
    ];
    let mut environment = vec![("KEY", SECRET_WORD)];
    environment.extend(names.map(|name| (name, address.as_str())));
    project.run_with(&environment, "run").with(0);
    proxy.set_nonblocking(true).expect("it can be set");
    let came = proxy.accept().expect_err("nobody comes");
    assert_eq!(came.kind(), std::io::ErrorKind::WouldBlock);
}

/// One that may stand in a header.
const SECRET_WORD: &str = "a-secret-of-the-test";

#[test]
fn secrets_are_in_no_output() {
    let project = Project::new(&[
        ("scenarios/login.yaml", LOGIN),
        (
            "scenarios/wrong.yaml",
            &LOGIN.replace("expect: 200", "expect: 404"),
        ),
    ]);
    let ended = project.run("run -vv --secret mine=a-value-of-mine").with(1);
    let all = format!("{}{}", ended.stdout, ended.stderr);
    assert!(
        all.contains("> POST http://") && all.contains("[client_secret]"),
        "{all}"
    );
    for secret in ["sandbox-secret", "a-value-of-mine", "eyJ"] {
        assert!(!all.contains(secret), "{secret} in {all}");
    }
}
