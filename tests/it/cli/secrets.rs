//! A secret in every form that a server may send it back in, through everything that is printed or written.

use super::*;

const SECRET: &str = "p@ss/\"w&rd <é> 'token'=42";

/// The secret as programs write it: made by hand, so that no mistake is shared with what is tested.
const FORMS: [(&str, &str); 13] = [
    ("plain", SECRET),
    ("json", r#"p@ss/\"w&rd <é> 'token'=42"#),
    ("json_ascii", r#"p@ss\/\"w&rd <\u00e9> 'token'=42"#),
    (
        "json_markup",
        r#"p@ss/\"w\u0026rd \u003c\u00e9\u003e \u0027token\u0027=42"#,
    ),
    ("json_twice", r#"p@ss/\\\"w&rd <é> 'token'=42"#),
    (
        "percent",
        "p%40ss%2F%22w%26rd%20%3C%C3%A9%3E%20%27token%27%3D42",
    ),
    (
        "percent_small",
        "p%40ss%2f%22w%26rd%20%3c%c3%a9%3e%20%27token%27%3d42",
    ),
    ("form", "p%40ss%2F%22w%26rd+%3C%C3%A9%3E+%27token%27%3D42"),
    ("html", "p@ss/&quot;w&amp;rd &lt;é&gt; &#39;token&#39;=42"),
    (
        "html_hex",
        "p@ss&#x2f;&quot;w&amp;rd &lt;é&gt; &#x27;token&#x27;=42",
    ),
    (
        "hex",
        "70407373 2f 22 77 26 72 64 20 3c c3a9 3e 20 27 746f6b656e 27 3d3432",
    ),
    ("base64", "cEBzcy8idyZyZCA8w6k+ICd0b2tlbic9NDI="),
    // As JavaScript has it, which leaves some marks as they are.
    (
        "percent_some",
        "p%40ss%2F%22w%26rd%20%3C%C3%A9%3E%20'token'%3D42",
    ),
];

/// What must stand nowhere: pieces of each form that are long enough to be no accident.
const PIECES: [&str; 14] = [
    "p@ss",
    "'token'",
    "token&#",
    "token\\u0027",
    "p%40ss",
    "27token",
    "w&rd",
    "w&amp;rd",
    "w%26rd",
    "70407373",
    "746f6b656e",
    "cEBzcy8idyZyZCA8",
    // `client:` and the secret, as Basic has it, from the second character that is the secret's alone.
    "Bzcy8idyZyZCA8w6",
    "BAc3MvIncmcmQgP",
];

fn answer() -> &'static [u8] {
    let text: String = FORMS
        .iter()
        .map(|(name, form)| match *name {
            "hex" => format!("{name}={}\n", form.replace(' ', "")),
            _ => format!("{name}={form}\n"),
        })
        .collect();
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
const REPORTS: &str = "--report html=out/a.html --report har=out/a.har --report junit=out/a.xml --report json=out/a.json --report ndjson=out/a.ndjson --report tap=out/a.tap --report github=out/a.txt";

fn everything_under(folder: &Path, text: &mut String) -> usize {
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
        for piece in PIECES {
            let Some(at) = all.find(piece) else { continue };
            let around: String = all[..at].chars().rev().take(150).collect();
            let around: String = around.chars().rev().collect();
            panic!("{flags}: `{piece}` after {around}");
        }
    }
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
