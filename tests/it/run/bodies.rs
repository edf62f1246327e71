//! Bodies that are sent: files, several parts, XML; with any method, and again.

use super::server::{Asked, Reply, Server, json, with};
use super::*;

/// No text at all.
const BINARY: &[u8] = b"%PDF\xff\xfe\x00\r\n--x";

/// The parts of a multipart body, each with its head and its content.
fn parts(asked: &Asked) -> Vec<(String, Vec<u8>)> {
    let content_type = asked.header("content-type").unwrap();
    let boundary = content_type.rsplit_once("boundary=").unwrap().1;
    let body = &asked.bytes;
    let mark = format!("--{boundary}");
    let places: Vec<usize> = (0..body.len())
        .filter(|at| body[*at..].starts_with(mark.as_bytes()))
        .collect();
    assert_eq!(
        &body[*places.last().unwrap()..],
        format!("{mark}--\r\n").as_bytes()
    );
    places
        .windows(2)
        .map(|two| {
            let part = &body[two[0] + mark.len() + 2..two[1] - 2];
            let end = part
                .windows(4)
                .position(|four| four == b"\r\n\r\n")
                .unwrap();
            let head = String::from_utf8(part[..end].to_vec()).unwrap();
            (head, part[end + 4..].to_vec())
        })
        .collect()
}

async fn passing(bench: Bench) -> Told {
    let told = bench.run().await;
    assert_eq!(told.status(), &Status::Passed, "{:?}", told.case(0).failed);
    told
}

#[tokio::test]
async fn a_file_is_sent_as_it_is() {
    let server = Server::start(|_, _| json(200, "{}")).await;
    let scenario = "
vars: { name: statement }
steps:
  - { post: /a, file: data/statement.pdf }
  - { put: /b, file: \"data/{{ name }}.pdf\", headers: { content-type: application/x-mine } }
  - { post: /c, file: data/empty, headers: { content-type: null } }
";
    let bench = Bench::new(&server.origin)
        .file("scenarios/a.yaml", scenario)
        .data("scenarios/data/statement.pdf", BINARY)
        .data("scenarios/data/empty", b"");
    passing(bench).await;
    let asked = server.asked();
    assert_eq!((&asked[0].bytes[..], &asked[1].bytes[..]), (BINARY, BINARY));
    assert_eq!(asked[0].header("content-type"), Some("application/pdf"));
    assert_eq!(asked[1].header("content-type"), Some("application/x-mine"));
    assert_eq!(asked[2].header("content-type"), None);
    assert_eq!(asked[2].header("content-length"), Some("0"));
}

#[tokio::test]
async fn multipart_has_fields_and_files() {
    let server = Server::start(|_, _| json(200, "{}")).await;
    let scenario = r#"
vars: { n: 4, tags: [a, b], nothing: null, stem: report, label: "the \"report\"" }
steps:
  - post: /up
    multipart:
      n: "{{ n }}"
      flag: true
      tags: "{{ tags }}"
      gone: "{{ nothing }}"
      also_gone: null
      doc:
        - { file: data.pdf }
        - { file: "{{ stem }}.unknown", name: "{{ label }}", type: text/x-mine; charset=utf-8 }
        - plain
"#;
    let bench = Bench::new(&server.origin)
        .file("a.yaml", scenario)
        .data("data.pdf", BINARY)
        .data("report.unknown", b"mine");
    passing(bench).await;
    let asked = &server.asked()[0];
    let content_type = asked.header("content-type").unwrap();
    assert!(content_type.starts_with("multipart/form-data; boundary=sammati-"));
    let field = |name: &str| format!("content-disposition: form-data; name=\"{name}\"");
    let file = |name: &str, kind: &str| {
        format!(
            "{}; filename=\"{name}\"\r\ncontent-type: {kind}",
            field("doc")
        )
    };
    assert_eq!(
        parts(asked),
        [
            (field("n"), b"4".to_vec()),
            (field("flag"), b"true".to_vec()),
            (field("tags"), b"a".to_vec()),
            (field("tags"), b"b".to_vec()),
            (file("data.pdf", "application/pdf"), BINARY.to_vec()),
            (
                file("the %22report%22", "text/x-mine; charset=utf-8"),
                b"mine".to_vec()
            ),
            (field("doc"), b"plain".to_vec()),
        ]
    );
}

#[tokio::test]
async fn a_type_of_ones_own_is_told_the_boundary() {
    let server = Server::start(|_, _| json(200, "{}")).await;
    let scenario = "
steps:
  - { post: /a, multipart: { a: 1 }, headers: { content-type: multipart/mixed } }
  - { post: /b, multipart: { a: 1 }, headers: { content-type: text/odd } }
";
    passing(Bench::new(&server.origin).file("a.yaml", scenario)).await;
    let asked = server.asked();
    let content_type = asked[0].header("content-type").unwrap();
    assert!(content_type.starts_with("multipart/mixed; boundary=sammati-"));
    assert_eq!(parts(&asked[0]).len(), 1);
    assert_eq!(asked[1].header("content-type"), Some("text/odd"));
}

#[tokio::test]
async fn xml_is_text_with_its_type() {
    let server = Server::start(|_, _| json(200, "{}")).await;
    let scenario = r#"
vars: { name: "A & B" }
steps:
  - post: /x
    xml: |
      <Account name="{{ name | e }}"/>
  - { post: /y, xml: "<a/>", headers: { content-type: text/xml } }
"#;
    passing(Bench::new(&server.origin).file("a.yaml", scenario)).await;
    let asked = server.asked();
    assert_eq!(asked[0].body, "<Account name=\"A &amp; B\"/>\n");
    assert_eq!(asked[0].header("content-type"), Some("application/xml"));
    assert_eq!(asked[1].header("content-type"), Some("text/xml"));
}

#[tokio::test]
async fn any_method_takes_any_body() {
    let server = Server::start(|asked, _| {
        if asked.method == "HEAD" {
            with(200, &[], "")
        } else {
            json(200, "{}")
        }
    })
    .await;
    let bodies = [
        ("json: { a: 1 }", r#"{"a":1}"#),
        ("form: { a: 1 }", "a=1"),
        ("text: a", "a"),
        ("xml: <a/>", "<a/>"),
        ("file: a.txt", "from a file"),
    ];
    let actions = [
        "get: /x",
        "head: /x",
        "delete: /x",
        "options: /x",
        "request: { method: PURGE, url: /x }",
        "request: { method: propfind, url: \"{{ base_url }}/x\" }",
    ];
    let mut scenario = "steps:\n".to_owned();
    for action in actions {
        for (body, _) in bodies {
            scenario.push_str(&format!("  - {{ {action}, {body} }}\n"));
        }
        scenario.push_str(&format!("  - {{ {action}, multipart: {{ a: 1 }} }}\n"));
        scenario.push_str(&format!("  - {{ {action} }}\n"));
    }
    let bench = Bench::new(&server.origin)
        .file("a.yaml", &scenario)
        .data("a.txt", b"from a file");
    passing(bench).await;
    let asked = server.asked();
    let methods = ["GET", "HEAD", "DELETE", "OPTIONS", "PURGE", "propfind"];
    for (method, asked) in methods.iter().zip(asked.chunks(7)) {
        for ((_, body), asked) in bodies.iter().zip(asked) {
            assert_eq!((&asked.method[..], &asked.body[..]), (*method, *body));
        }
        assert_eq!(parts(&asked[5]).len(), 1, "{method}");
        assert_eq!((&asked[6].method[..], &asked[6].body[..]), (*method, ""));
        assert_eq!(asked[6].header("content-type"), None);
    }
}

#[tokio::test]
async fn a_body_is_sent_again() {
    let server = Server::start(|asked, before| match asked.path.as_str() {
        "/poll" => json(200, &format!(r#"{{"done": {}}}"#, before == 2)),
        "/308" => with(308, &[("location", "/there")], ""),
        "/307" => with(307, &[("location", "/there")], ""),
        "/303" => with(303, &[("location", "/there")], ""),
        _ => json(200, "{}"),
    })
    .await;
    let upload = "multipart: { a: { file: a.bin } }";
    let scenario = format!(
        "
steps:
  - {{ post: /poll, {upload}, until: {{ $.done: true }}, every: 1ms }}
  - {{ post: /308, {upload}, follow: true }}
  - {{ post: /307, file: a.bin, follow: true }}
  - {{ post: /303, {upload}, follow: true }}
"
    );
    let bench = Bench::new(&server.origin)
        .file("a.yaml", &scenario)
        .data("a.bin", BINARY);
    passing(bench).await;
    let asked = server.asked();
    assert_eq!(asked.len(), 9);
    for asked in &asked[..5] {
        assert_eq!(parts(asked)[0].1, BINARY, "{}", asked.path);
    }
    assert_eq!(asked[0].bytes, asked[4].bytes);
    assert_eq!(asked[6].bytes, BINARY);
    assert_eq!((&asked[8].method[..], &asked[8].body[..]), ("GET", ""));
    assert_eq!(asked[8].header("content-type"), None);
}

#[tokio::test]
async fn what_is_shown_of_files_is_short_and_has_no_secrets() {
    let server = Server::start(|_, _| json(200, "{}")).await;
    let scenario = r#"
steps:
  - post: /a
    multipart: { key: "{{ key }}", doc: { file: a.bin, name: "{{ key }}.pdf" } }
    expect: 201
    keep_going: true
  - { post: /b, file: a.bin, expect: 201 }
"#;
    let mut bench = Bench::new(&server.origin)
        .secret("key", "s3'cret\"v/lue")
        .file("a.yaml", scenario)
        .data("a.bin", BINARY);
    bench.keep = Keep::Exchanges;
    let told = bench.run().await;
    assert_eq!(told.story(), "POST /a F, POST /b F");
    let brief = |step: usize| {
        let exchange = &told.steps()[step].exchanges[0];
        exchange.request.brief.as_deref().unwrap().to_owned()
    };
    assert_eq!(
        brief(0),
        "key: [key]\ndoc: (file [key].pdf, application/octet-stream, 12 bytes)\n"
    );
    assert_eq!(brief(1), "(file a.bin, 12 bytes)");
    let all = format!("{:?}{:?}", told.events, told.outcome);
    assert!(!all.contains("cret"), "{all}");
}

#[tokio::test]
async fn secrets_in_bodies_do_not_leave() {
    let other = Server::start(|_, _| json(200, "{}")).await;
    let server = Server::start(|_, _| json(200, "{}")).await;
    for body in [
        r#"multipart: { a: "{{ key }}" }"#,
        r#"multipart: { a: { file: a.bin, name: "{{ key }}" } }"#,
        r#"multipart: { a: { file: secret.bin } }"#,
        r#"file: secret.bin"#,
        r#"xml: "<a>{{ key }}</a>""#,
    ] {
        let bench = Bench::new(&server.origin)
            .secret("key", "s3'cret\"v/lue")
            .file(
                "a.yaml",
                &format!("steps: [{{ post: {}/x, {body} }}]", other.origin),
            )
            .data("a.bin", BINARY)
            .data("secret.bin", b"\xff s3'cret\"v/lue \xfe");
        let told = bench.run().await;
        assert_eq!(told.status(), &Status::Errored, "{body}");
        let message = &told.failure().message;
        assert!(
            message.starts_with("the secret `key` would leave for"),
            "{body}: {message}"
        );
    }
    assert_eq!(other.connections(), 0);
}

#[tokio::test]
async fn a_computed_path_that_is_wrong_fails_the_step() {
    let server = Server::start(|_, _| json(200, "{}")).await;
    let large = vec![0; (16 << 20) + 1];
    for (body, message) in [
        (
            r#"file: "{{ path }}/gone.pdf""#,
            "there is no file `./gone.pdf`",
        ),
        (
            r#"file: "{{ path }}/../../x""#,
            "`./../../x` is outside the project's folder",
        ),
        (r#"file: "{{ path }}""#, "`.` is not a file"),
        (
            r#"multipart: { a: { file: "{{ path }}/large" } }"#,
            "`./large` is larger than 16 MiB",
        ),
        (
            r#"multipart: { a: { file: a.txt, type: "{{ path }}" } }"#,
            "`.` is no media type",
        ),
        (
            r#"multipart: { a: "{{ {'file': 'a.txt'} }}" }"#,
            "the multipart field `a` is a map, which cannot be written as text",
        ),
    ] {
        let scenario =
            format!("vars: {{ path: . }}\nsteps:\n  - {{ post: /x, {body} }}\n  - get: /y\n");
        let bench = Bench::new(&server.origin)
            .file("a.yaml", &scenario)
            .data("a.txt", b"a")
            .data("large", &large);
        let told = bench.run().await;
        assert_eq!(told.story(), "POST /x E, GET /y -", "{body}");
        assert_eq!(told.failure().kind, FailureKind::Request);
        assert_eq!(told.failure().message, message);
    }
    assert_eq!(server.asked().len(), 0);
}

#[tokio::test]
async fn no_header_is_sent_that_was_taken_away() {
    let server = Server::start(|_, _| json(200, "{}")).await;
    let scenario = "
steps:
  - { get: /a }
  - { get: /b, headers: { accept-encoding: null, user-agent: null } }
  - { get: /c, headers: { accept: text/xml, accept-encoding: identity } }
  - { get: /d, headers: { Accept: null } }
";
    let mut bench = Bench::new(&server.origin).file("a.yaml", scenario);
    bench.keep = Keep::Exchanges;
    let told = passing(bench).await;
    let asked = server.asked();
    let names = |index: usize| -> Vec<&str> {
        let names = asked[index].headers.iter();
        names.map(|(name, _)| name.as_str()).collect()
    };
    assert_eq!(asked[0].header("accept"), Some("*/*"));
    assert_eq!(
        asked[0].header("accept-encoding"),
        Some("gzip, deflate, br, zstd")
    );
    // The client that sends them has no way to leave this one out.
    assert_eq!(names(1), ["accept", "host"]);
    assert_eq!(asked[1].header("accept"), Some("*/*"));
    assert_eq!(asked[2].header("accept"), Some("text/xml"));
    assert_eq!(asked[2].header("accept-encoding"), Some("identity"));
    // What is told was sent.
    assert_eq!(asked[3].header("accept"), Some("*/*"));
    let sent = &told.steps()[3].exchanges[0].request.headers;
    let accepts = ("accept".to_owned(), "*/*".to_owned());
    assert!(sent.contains(&accepts), "{sent:?}");
}

/// An answer whose body is encoded.
fn encoded(encoding: &str, body: &[u8]) -> Reply {
    let mut answer = format!(
        "HTTP/1.1 200 X\r\ncontent-type: application/json\r\ncontent-encoding: {encoding}\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    answer.extend_from_slice(body);
    Reply::SayBytes(answer)
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn encoded_answers_are_decoded_and_their_headers_stay() {
    let server = Server::start(|asked, _| {
        let body = gzip(br#"{"status": "PENDING"}"#);
        match asked.method.as_str() {
            "HEAD" => with(200, &[("content-encoding", "gzip")], ""),
            _ => encoded("gzip", &body),
        }
    })
    .await;
    let scenario = "
steps:
  - get: /a
    expect: { $.status: PENDING, headers: { content-encoding: gzip } }
  - get: /b
    headers: { accept-encoding: gzip }
    expect: { $.status: PENDING }
  - head: /c
    expect: { headers: { content-encoding: gzip }, text: \"\" }
";
    passing(Bench::new(&server.origin).file("a.yaml", scenario)).await;
    assert_eq!(server.asked()[1].header("accept-encoding"), Some("gzip"));
}

#[tokio::test]
async fn an_encoded_answer_that_is_broken_or_too_large_fails() {
    let server = Server::start(|asked, _| {
        let large = gzip(&vec![b'x'; 1 << 20]);
        match asked.path.as_str() {
            "/cut" => encoded("gzip", &large[..large.len() - 9]),
            "/plain" => encoded("br", br#"{"status": "PENDING"}"#),
            "/unknown" => encoded("compress", b"\x1f\x9d\xff"),
            _ => encoded("gzip", &large),
        }
    })
    .await;
    for (step, message) in [
        (
            "get: /large, max_body: 64KiB",
            "the body is larger than max_body (64 KiB) once it is decoded from gzip",
        ),
        (
            "get: /cut",
            "the body is not the gzip that `content-encoding` says: ",
        ),
        (
            "get: /plain",
            "the body is not the br that `content-encoding` says: ",
        ),
    ] {
        let told = run(&server.origin, &format!("steps: [{{ {step} }}]")).await;
        assert_eq!(told.status(), &Status::Errored, "{step}");
        assert_eq!(told.failure().kind, FailureKind::Transport);
        let found = &told.failure().message;
        assert!(found.starts_with(message), "{found}");
    }
    let told = run(
        &server.origin,
        "steps: [{ get: /unknown, expect: { $.a: 1 } }]",
    )
    .await;
    assert_eq!(told.status(), &Status::Failed);
}
