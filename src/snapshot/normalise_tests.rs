use super::*;
use crate::model::exchange::{Exchange, Request};
use crate::model::jsonpath::PathStep;
use crate::model::plan::{RedactRule, Redaction};
use crate::model::source::{FileId, Span};

const A: &str = "aaaaaaaa-1111-4111-8111-111111111111";
const B: &str = "bbbbbbbb-2222-4222-8222-222222222222";

fn exchange(body: impl Into<Vec<u8>>) -> Exchange {
    Exchange {
        request: Request {
            method: "GET".into(),
            url: "http://127.0.0.1:4000/v2/x".into(),
            ..Request::default()
        },
        response: Response {
            status: 201,
            reason: "Created",
            body: body.into().into(),
            ..Response::default()
        },
        ..Exchange::default()
    }
}

fn normalise(
    placeholders: &mut Placeholders,
    exchange: &Exchange,
    rules: &SnapshotRules,
    secrets: &Secrets,
    now: i128,
) -> Normalised {
    let received = Received {
        request: &exchange.request,
        response: &exchange.response,
        rules,
        secrets,
        now,
    };
    super::normalise(placeholders, &received)
}

fn rules() -> SnapshotRules {
    SnapshotRules {
        name: "step".into(),
        owner: None,
        span: None,
        redact: Vec::new(),
        headers: Vec::new(),
        header_places: Vec::new(),
        only: None,
        sort: Vec::new(),
        shape: Vec::new(),
        of_all: Vec::new(),
        of_file: Vec::new(),
    }
}

fn placeholders() -> Placeholders {
    Placeholders::new("http://127.0.0.1:4000", None)
}

fn contents(body: impl Into<Vec<u8>>) -> String {
    normalise(
        &mut placeholders(),
        &exchange(body),
        &rules(),
        &Secrets::default(),
        0,
    )
    .contents
}

fn query(source: &str) -> Query {
    Query::compile(source).unwrap()
}

fn keys(path: &str) -> rules::Path {
    let step = |part: &str| {
        part.parse()
            .map_or_else(|_| PathStep::Key(part.into()), PathStep::Index)
    };
    path.split('.')
        .filter(|part| !part.is_empty())
        .map(step)
        .collect()
}

#[test]
fn each_kind_of_body_has_its_form() {
    for (body, expected) in [
        (&b""[..], "201 Created"),
        (b"  \r\n", "201 Created"),
        (
            br#"{"b":1.10,"a":[24203.0,{}]}"#,
            "201 Created\n\n{\n  \"a\": [\n    24203.0,\n    {}\n  ],\n  \"b\": 1.10\n}",
        ),
        ("\u{feff}[1]".as_bytes(), "201 Created\n\n[\n  1\n]"),
        (b"<a><b>1</b></a>", "201 Created\n\n<a>\n  <b>1</b>\n</a>"),
        (
            b"one\r\ntwo\rthree\r\r\n\n---\nfour\r\n\r\n",
            "201 Created\n\none\ntwo\rthree\n\n---\nfour",
        ),
        (b"{\"a\":", "201 Created\n\n{\"a\":"),
        (
            b"\xff\x00\x01",
            "201 Created\n\n3 bytes, SHA-256 942e1e2a66a427b6551732f758bc314f22b9cdec9365a3425c9184de299392b5",
        ),
    ] {
        assert_eq!(contents(body), expected);
    }
    assert!(contents("a\0b").contains("3 bytes, SHA-256 "));
}

#[test]
fn a_document_in_a_text_is_shown_below() {
    let body =
        r#"{"fips":[{"data":"<a><b>http://127.0.0.1:4000/x</b></a>","x-y":"<c/>"}],"no":"<d>"}"#;
    let expected = r#"201 Created

{
  "fips": [
    {
      "data": "<a><b>[target]/x</b></a>",
      "x-y": "<c/>"
    }
  ],
  "no": "<d>"
}

$.fips[0].data:
<a>
  <b>[target]/x</b>
</a>

$.fips[0]['x-y']:
<c/>"#;
    assert_eq!(contents(body), expected);
}

#[test]
fn html_stays_as_it_was_sent() {
    let mut html = exchange("<html><body/></html>");
    html.response.headers = vec![("content-type".into(), "text/html".into())];
    let found = normalise(&mut placeholders(), &html, &rules(), &Secrets::default(), 0);
    assert_eq!(found.contents, "201 Created\n\n<html><body/></html>");
}

#[test]
fn kept_headers_come_in_the_order_of_the_rules_and_credentials_are_hidden() {
    let mut exchange = exchange("");
    exchange.response.headers = [
        ("set-cookie", "sid=abc; Path=/"),
        ("x-trace", A),
        ("location", "http://127.0.0.1:4000/v2/y"),
        ("x-trace", B),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec();
    let mut rules = rules();
    rules.headers = ["Location", "x-missing", "x-trace", "set-cookie"]
        .map(String::from)
        .to_vec();
    let found = normalise(
        &mut placeholders(),
        &exchange,
        &rules,
        &Secrets::default(),
        0,
    );
    assert_eq!(
        found.contents,
        "201 Created\nlocation: [target]/v2/y\nx-trace: [uuid-1]\nx-trace: [uuid-2]\nset-cookie: [hidden]"
    );
    assert_eq!(
        (found.method.as_str(), found.url.as_str()),
        ("GET", "[target]/v2/x")
    );
}

#[test]
fn secrets_are_hidden_wherever_they_stand() {
    let mut secrets = Secrets::default();
    secrets.add("token", "s3cret/value");
    secrets.add("pin", "998877");
    for body in [
        r#"{"a":"s3cret/value"}"#.to_owned(),
        r#"{"a":"\u00733cret\/value"}"#.into(),
        r#"{"s3cret/value":1}"#.into(),
        r#"{"a":"Basic dXNlcjpzM2NyZXQvdmFsdWU="}"#.into(),
        r#"{"a":998877}"#.into(),
        r#"[1998877.5]"#.into(),
        "text s3cret%2Fvalue".into(),
        "<a b=\"s3cret/value\"/>".into(),
    ] {
        let mut exchange = exchange(body.clone());
        exchange.request.url = "http://127.0.0.1:4000/?k=s3cret%2Fvalue".into();
        let found = normalise(&mut placeholders(), &exchange, &rules(), &secrets, 0);
        assert!(
            found.contents.contains("[token]") || found.contents.contains("[pin]"),
            "{body}: {}",
            found.contents
        );
        assert!(
            !found.contents.contains("998877"),
            "{body}: {}",
            found.contents
        );
        assert_eq!(found.url, "[target]/?k=[token]");
    }
}

#[test]
fn a_secret_is_hidden_before_anything_else_names_it() {
    let mut secrets = Secrets::default();
    secrets.add("token", A);
    secrets.add("pin", "998877");
    let mut placeholders = placeholders();
    placeholders.note_capture("captured", A);
    let exchange = exchange(format!(r#"{{"a":"{A}","b":"{B}","c":998877}}"#));
    let found = normalise(&mut placeholders, &exchange, &rules(), &secrets, 0);
    let body: String = found.contents.split_whitespace().skip(2).collect();
    assert_eq!(body, r#"{"a":"[token]","b":"[uuid-1]","c":"[pin]"}"#);
}

/// How `%2525` is read depends on what stands behind it, which is not the same in the body and in its parts.
#[test]
fn a_secret_is_hidden_whose_escapes_end_with_its_text() {
    let mut secrets = Secrets::default();
    secrets.add("pin", "a/b c%25");
    for body in [r#"{"u":"a/b%20c%2525"}"#, r#"{"a/b%20c%2525":1}"#] {
        let found = normalise(&mut placeholders(), &exchange(body), &rules(), &secrets, 0);
        assert!(found.contents.contains("[pin]"), "{}", found.contents);
    }
}

#[test]
fn the_order_of_sending_keys_does_not_number_ids() {
    let one = contents(format!(r#"{{"a":"{A}","b":"{B}"}}"#));
    let other = contents(format!(r#"{{"b":"{A}","a":"{B}"}}"#));
    assert_eq!(one, other);
    assert!(one.contains("\"a\": \"[uuid-1]\""));
}

/// Applies rules to hand-made places.
fn applied(body: &str, rules: &SnapshotRules, located: &Located) -> (String, Vec<String>) {
    let mut placeholders = placeholders();
    let secrets = Secrets::default();
    let (mut tree, mut idle) = (Exact::parse(body).unwrap(), Idle::default());
    let body = Body {
        rules,
        secrets: &secrets,
        now: 0,
    };
    body.rewrite(&placeholders, &mut tree, located, &mut idle);
    if let Some(nothing) = body.cut(&mut tree, located, &mut idle) {
        return (nothing, idle.warnings);
    }
    tree.each_text(&mut |text| *text = placeholders.replace(text, 0).into_owned().into());
    let mut output = String::new();
    tree.print(&mut output);
    (output.split_whitespace().collect(), idle.warnings)
}

#[test]
fn ids_are_numbered_after_sorting() {
    let mut rules = rules();
    rules.sort = vec![query("$.l")];
    let located = Located {
        sort: vec![vec![keys("l")]],
        ..Located::default()
    };
    let one = format!(r#"{{"l":[{{"id":"{A}","x":1}},{{"id":"{B}","x":2}}]}}"#);
    let other = format!(r#"{{"l":[{{"id":"{A}","x":2}},{{"id":"{B}","x":1}}]}}"#);
    let expected = r#"{"l":[{"id":"[uuid-1]","x":1},{"id":"[uuid-2]","x":2}]}"#;
    assert_eq!(
        applied(&one, &rules, &located),
        (expected.to_owned(), vec![])
    );
    assert_eq!(
        applied(&other, &rules, &located),
        (expected.to_owned(), vec![])
    );
}

#[test]
fn what_is_random_in_shaped_items_does_not_decide_their_order() {
    let mut rules = rules();
    rules.sort = vec![query("$")];
    rules.shape = vec![query("$..a")];
    let located = Located {
        sort: vec![vec![keys("")]],
        shape: vec![vec![keys("0.a"), keys("1.a")]],
        ..Located::default()
    };
    let expected = r#"[{"a":"number","b":1},{"a":"number","b":2}]"#;
    for body in [
        r#"[{"a":5,"b":2},{"a":9,"b":1}]"#,
        r#"[{"a":5,"b":1},{"a":1,"b":2}]"#,
    ] {
        assert_eq!(applied(body, &rules, &located).0, expected);
    }
}

#[test]
fn a_rule_that_matches_nothing_is_named() {
    let redact = |source: &str, redaction| RedactRule {
        span: Span {
            file: FileId(0),
            start: 0,
            end: 0,
        },
        query: query(source),
        redaction,
    };
    let mut rules = rules();
    rules.redact = vec![
        redact("$.a", Redaction::Mask),
        redact("$.b", Redaction::Round(2)),
    ];
    rules.shape = vec![query("$.c")];
    rules.sort = vec![query("$.d"), query("$.e")];
    rules.only = Some(query("$.f"));
    let located = Located {
        redact: vec![vec![], vec![keys("b")]],
        shape: vec![vec![]],
        sort: vec![vec![], vec![keys("e")]],
        only: Some(Only {
            paths: vec![],
            singular: true,
        }),
    };
    let (output, warnings) = applied(r#"{"b":"x","e":1}"#, &rules, &located);
    assert_eq!(output, "(nothing at $.f)");
    let expected = [
        "snapshot `step`: redact `$.a` matched nothing",
        "snapshot `step`: redact `$.b` applied to nothing that it matched",
        "snapshot `step`: shape `$.c` matched nothing",
        "snapshot `step`: sort `$.d` matched nothing",
        "snapshot `step`: sort `$.e` matched no list",
        "snapshot `step`: only `$.f` matched nothing",
    ];
    assert_eq!(warnings, expected);
    let found = normalise(
        &mut placeholders(),
        &exchange("text"),
        &rules,
        &Secrets::default(),
        0,
    );
    assert_eq!(found.warnings.len(), 6);
    assert!(
        found.warnings[0].ends_with("the body is not JSON"),
        "{:?}",
        found.warnings
    );
    rules.of_all = vec!["$.a".into(), "$.c".into(), "$.d".into()];
    let (_, warnings) = applied(r#"{"b":"x","e":1}"#, &rules, &located);
    let of_this = [expected[1], expected[4], expected[5]];
    assert_eq!(warnings, of_this, "what is for all may match nothing");
    let body = exchange(r#"{"a":"x"}"#);
    let found = normalise(&mut placeholders(), &body, &rules, &Secrets::default(), 0);
    let does = [("$.a", true), ("$.c", false), ("$.d", false)];
    assert_eq!(
        found.rules_of_all,
        does.map(|(path, does)| (path.to_owned(), does))
    );
}

#[test]
fn only_keeps_one_value_or_a_list() {
    let mut rules = rules();
    rules.only = Some(query("$.a"));
    for (singular, expected) in [(true, "1"), (false, "[1]")] {
        let located = Located {
            only: Some(Only {
                paths: vec![keys("a")],
                singular,
            }),
            ..Located::default()
        };
        assert_eq!(applied(r#"{"a":1,"b":2}"#, &rules, &located).0, expected);
    }
}

#[test]
fn ten_megabytes_take_no_more_than_a_moment() {
    let item = format!(
        r#"{{"id":"{A}","at":"2025-04-01T00:00:00Z","url":"http://127.0.0.1:4000/{B}","amount":1.10}},"#
    );
    let items = item.repeat(10_000_000 / item.len());
    let body = format!("[{}]", items.trim_end_matches(','));
    let mut placeholders = Placeholders::new("http://127.0.0.1:4000", Some(0));
    for number in 0..1_000 {
        placeholders.note_capture("id", &format!("captured-value-{number}"));
    }
    let mut secrets = Secrets::default();
    secrets.add("token", "s3cret/value");
    let begun = std::time::Instant::now();
    let found = normalise(&mut placeholders, &exchange(body), &rules(), &secrets, 1);
    assert!(found.contents.contains("[uuid-2]"));
    // It takes a tenth of that; a quadratic one takes minutes.
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
}

#[test]
fn rules_find_their_places_by_jsonpath() {
    let mut rules = rules();
    rules.redact = [
        ("$..pan", Redaction::Mask),
        ("$.at", Redaction::Remove),
        ("$.none", Redaction::Remove),
    ]
    .map(|(source, redaction)| RedactRule {
        span: Span {
            file: FileId(0),
            start: 0,
            end: 0,
        },
        query: query(source),
        redaction,
    })
    .into();
    rules.sort = vec![query("$.fips")];
    rules.shape = vec![query("$.fips[*].account")];
    let body = |one: &str, other: &str, amount: &str| {
        format!(
            r#"{{"at":{amount},"fips":[{{"id":"b","ref":"{one}","pan":"9999994373","account":[{{"x":{amount}}},{{"x":5}}]}},
            {{"id":"a","ref":"{other}","account":[{{"x":7.5}}]}}]}}"#
        )
    };
    let shown = |rules: &SnapshotRules, body: String| {
        let found = normalise(
            &mut placeholders(),
            &exchange(body),
            rules,
            &Secrets::default(),
            0,
        );
        (
            found.contents.split_whitespace().collect::<String>(),
            found.warnings,
        )
    };
    let (one, warnings) = shown(&rules, body(A, B, "1.10"));
    let expected = r#"201Created{"fips":[{"account":[{"x":"number"}],"id":"a","ref":"[uuid-1]"},{"account":[{"x":"number"}],"id":"b","pan":"XXXXXX4373","ref":"[uuid-2]"}]}"#;
    assert_eq!(one, expected);
    assert_eq!(
        warnings,
        ["snapshot `step`: redact `$.none` matched nothing"]
    );
    // Numbers that no 64 bits hold do not keep the rules from applying.
    assert_eq!(shown(&rules, body(B, A, "1e999")).0, expected);

    rules.only = Some(query("$.fips[*].id"));
    assert_eq!(shown(&rules, body(A, B, "1")).0, r#"201Created["a","b"]"#);
    rules.only = Some(query("$.fips[0].id"));
    assert_eq!(shown(&rules, body(A, B, "1")).0, r#"201Created"b""#);
}

#[test]
fn numbers_are_sorted_as_numbers() {
    let mut rules = rules();
    rules.sort = vec![query("$")];
    let exchange = exchange(r#"[10, "b", 9, -1.5, "a", 1e3, -20]"#);
    let found = normalise(
        &mut placeholders(),
        &exchange,
        &rules,
        &Secrets::default(),
        0,
    );
    let body: String = found.contents.split_whitespace().skip(2).collect();
    assert_eq!(body, r#"["a","b",-20,-1.5,9,10,1e3]"#);
}
