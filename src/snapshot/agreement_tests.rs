use super::*;
use crate::model::exchange::{Request, Response};
use crate::model::jsonpath::Query;
use crate::model::plan::{RedactRule, Redaction, SnapshotRules};
use crate::model::secret::Secrets;
use crate::model::source::{FileId, Span};
use crate::snapshot::Subject;
use crate::snapshot::normalise::normalise;
use crate::snapshot::repeated::Repeated;
use proptest::prelude::*;
use proptest::test_runner::Config;

const ORIGIN: &str = "http://127.0.0.1:4000";
const A: &str = "aaaaaaaa-1111-4111-8111-111111111111";
const OTHER_ID: &str = "cccccccc-2222-4222-8222-222222222222";
const OTHER: &str = "account-0123456789";
const B: &str = "bbbbbbbb-2222-4222-8222-222222222222";

/// A case that has captured `A` and has those secrets.
struct Setting {
    placeholders: Placeholders,
    secrets: Secrets,
    rules: SnapshotRules,
    request: Request,
    repeated: Repeated,
}

fn setting(secrets: &[&str]) -> Setting {
    let mut placeholders = Placeholders::new(ORIGIN, Some(0));
    placeholders.note_capture("consent_id", A);
    let mut all = Secrets::default();
    for (index, secret) in secrets.iter().enumerate() {
        all.add(&format!("secret_{index}"), secret);
    }
    Setting {
        placeholders,
        secrets: all,
        rules: SnapshotRules {
            headers: vec!["X-Id".into()],
            ..SnapshotRules::default()
        },
        request: Request {
            method: "GET".into(),
            url: format!("{ORIGIN}/v2/consents/{A}?trace={B}"),
            ..Request::default()
        },
        repeated: Repeated::default(),
    }
}

fn response(body: impl Into<Vec<u8>>) -> Response {
    Response {
        status: 200,
        reason: "OK",
        headers: vec![("x-id".into(), B.into())],
        body: body.into().into(),
        ..Response::default()
    }
}

impl Setting {
    fn received<'a>(&'a self, response: &'a Response) -> Received<'a> {
        Received {
            request: &self.request,
            response,
            rules: &self.rules,
            secrets: &self.secrets,
            now: 1,
        }
    }

    /// What the response is compared as, and the numbers that it leaves.
    fn printed(&self, response: &Response) -> (String, Placeholders) {
        let mut placeholders = self.placeholders.clone();
        let normalised = normalise(&mut placeholders, &self.received(response));
        (normalised.contents, placeholders)
    }

    fn agrees(&self, response: &Response, accepted: &str) -> (bool, Placeholders) {
        let mut placeholders = self.placeholders.clone();
        let received = self.received(response);
        let contents = |url: &str| {
            assert!(url.starts_with("[target]/v2/consents/"), "{url}");
            Some(accepted.as_bytes())
        };
        let agrees =
            may_agree(&received) && agrees(&mut placeholders, &received, self.step(), contents);
        (agrees, placeholders)
    }

    fn step(&self) -> Step<'_> {
        self.repeated.step(&Subject {
            stem: "flow".into(),
            name: "step".into(),
            case: None,
            target: None,
            source: "flow.yaml".into(),
            expression: "step".into(),
        })
    }

    /// Whether the response agrees with its own text. It must not with any other, and the numbering must be as if
    /// it had been printed, or as if nobody had looked.
    fn judge(&self, response: &Response) -> bool {
        let (printed, numbered) = self.printed(response);
        let (agrees, left) = self.agrees(response, &printed);
        let wanted = if agrees {
            numbered.mark()
        } else {
            self.placeholders.mark()
        };
        assert_eq!(left.mark(), wanted, "{printed}");
        // What is found when it comes again is found in another way.
        for _ in 0..2 {
            let (again, left) = self.agrees(response, &printed);
            assert_eq!((again, left.mark()), (agrees, wanted), "{printed}");
        }
        self.agrees_with_no_less(response, &printed);
        for (at, character) in printed.char_indices() {
            let behind = at + character.len_utf8();
            let other = if character == 'x' { "y" } else { "x" };
            for changed in [
                format!("{}{other}{}", &printed[..at], &printed[behind..]),
                format!("{}{}", &printed[..at], &printed[behind..]),
                format!("{}{character}{}", &printed[..at], &printed[at..]),
            ] {
                // Two of the same beside each other are the same in either order.
                if changed != printed {
                    let (agrees, left) = self.agrees(response, &changed);
                    assert!(!agrees, "{changed} for {printed}");
                    assert_eq!(left.mark(), self.placeholders.mark());
                }
            }
        }
        agrees
    }
}

impl Setting {
    /// Not with a part of the printed text, nor with what would be printed if nothing were secret.
    fn agrees_with_no_less(&self, response: &Response, printed: &str) {
        let bare = Setting {
            placeholders: self.placeholders.clone(),
            secrets: Secrets::default(),
            rules: self.rules.clone(),
            request: self.request.clone(),
            repeated: Repeated::default(),
        };
        let (bare, _) = bare.printed(response);
        let cut = printed.match_indices('\n').map(|(end, _)| &printed[..end]);
        for less in cut.chain([bare.as_str()]).filter(|less| *less != printed) {
            let (agrees, left) = self.agrees(response, less);
            assert!(!agrees, "{less} for {printed}");
            assert_eq!(left.mark(), self.placeholders.mark());
        }
    }
}

#[test]
fn what_is_found_is_what_printing_finds() {
    for (body, expected) in [
        ("{}".to_owned(), true),
        (
            r#" {"b":[],"a":{"z":null,"y":[true,false,1.10,-0]}} "#.into(),
            true,
        ),
        (r#"{"b":1,"a":2,"b":3}"#.into(), true),
        (
            r#"{"consentId":1,"consentIdx":2,"consentI":3,"":4,"consentIda":5}"#.into(),
            true,
        ),
        (
            format!(
                r#"{{"id":"{A}","other":"{B}","third":"{B}","first":"cccccccc-2222-4222-8222-222222222222"}}"#
            ),
            true,
        ),
        (
            format!(r#"{{"url":"{ORIGIN}/webview","at":"1970-01-01T00:00:00Z"}}"#),
            true,
        ),
        (r#"{"a":"x\"y\n₹\u20b9","b":"plain"}"#.into(), true),
        (r#""text""#.into(), true),
        ("17".into(), true),
        ("\u{feff}{\"a\":1}".into(), true),
        (format!("{}1{}", "[".repeat(40), "]".repeat(40)), true),
        // What printing does more for, or what is no JSON.
        (r#"{"a\u0062":1}"#.into(), false),
        (r#"{"xml":"<a><b/></a>"}"#.into(), false),
        ("plain text".into(), false),
        (String::new(), false),
        (r#"{"a":1"#.into(), false),
    ] {
        let found = setting(&[]).judge(&response(body.clone()));
        assert_eq!(found, expected, "{body}");
    }
    assert!(!setting(&[]).judge(&response(b"\"\xff\"".to_vec())));
    // As it was sent, which is not as it is printed.
    let sent = response(r#"{"a\u0062":1}"#);
    let (printed, _) = setting(&[]).printed(&sent);
    let as_sent = printed.replace("ab", r"a\u0062");
    assert!(as_sent != printed && !setting(&[]).agrees(&sent, &as_sent).0);
}

#[test]
fn secrets_are_hidden_as_printing_hides_them() {
    let nested = "{\"a\": 1,\n  \"b\": 2}";
    for (secrets, body, expected) in [
        (vec!["hunter22"], r#"{"a":"hunter23"}"#.to_owned(), true),
        (vec!["hunter22"], r#"{"a":"x hunter22 y"}"#.into(), true),
        (vec!["hunter22"], r#"{"hunter22":1}"#.into(), false),
        (vec!["12345678"], r#"{"a":[12345678]}"#.into(), false),
        (vec!["hunter22"], r#"{"a":"h\u0075nter22"}"#.into(), true),
        (vec!["hunter22"], r#"{"a":"%68unter22","b":1}"#.into(), true),
        (
            vec!["hunter22"],
            r#"{"a":"+91 50% & more","b":1}"#.into(),
            true,
        ),
        // How they end depends on what stands behind them.
        (vec!["a/b+c%25"], r#"{"u":"a/b%2Bc%2525"}"#.into(), true),
        (vec!["a/b+c%25"], r#"{"a/b%2Bc%2525":1}"#.into(), false),
        // Shorter than all forms: where a message cut it.
        (vec!["long-hunter22"], r#"{"a":"long-hunt…"}"#.into(), true),
        (vec!["long-hunter22"], r#"{"long-hunt…":1}"#.into(), false),
        (vec!["long-hunter22"], r#"{"a":"long…","₹":1}"#.into(), true),
        // A part that something else takes the place of was a secret before.
        (vec![A], format!(r#"{{"a":"{A}","b":"{B}"}}"#), true),
        (vec![B], format!(r#"{{"a":"x{B}","b":1}}"#), true),
        // Put together by printing.
        (vec![nested], r#"{"c":{"b":2,"a":1}}"#.into(), false),
        (vec![r"back\slash"], r#"{"c":"d"}"#.into(), false),
        (vec!["uuid-1"], r#"{"a":"1"}"#.into(), false),
        (
            vec!["uuid-2"],
            r#"{"a":"cccccccc-2222-4222-8222-222222222222"}"#.into(),
            false,
        ),
        (vec!["[consent_id]"], format!(r#"{{"a":"{A}"}}"#), false),
    ] {
        let found = setting(&secrets).judge(&response(body.clone()));
        assert_eq!(found, expected, "{secrets:?} {body}");
    }
}

#[test]
fn what_is_replaced_does_not_agree_with_itself() {
    let setting = setting(&[]);
    for text in [A, B, ORIGIN, "1970-01-01T00:00:00Z"] {
        let sent = response(format!(r#"{{"a":"see {text}"}}"#));
        let (printed, _) = setting.printed(&sent);
        assert!(setting.agrees(&sent, &printed).0);
        let head = printed.find("\n\n").unwrap();
        let as_sent = format!("{}\n\n{{\n  \"a\": \"see {text}\"\n}}", &printed[..head]);
        assert!(!setting.agrees(&sent, &as_sent).0, "{text}");
    }
}

#[test]
fn what_agreed_in_one_case_is_not_what_another_shows() {
    let sent = response(format!(
        r#"{{"key-of-map":"hunter22","n":12345678,"id":"see {OTHER}"}}"#
    ));
    let other = |secrets: &[&str], repeated| Setting {
        repeated,
        ..setting(secrets)
    };
    let mut first = setting(&[]);
    let (printed, _) = first.printed(&sent);
    for _ in 0..2 {
        assert!(first.agrees(&sent, &printed).0);
    }
    assert!(matches!(first.step().known(), Known::Agreed(_)));
    for secret in ["hunter22", "12345678", "key-of-map"] {
        let second = other(&[secret], first.repeated);
        assert!(!second.agrees(&sent, &printed).0, "{secret}");
        first.repeated = second.repeated;
    }
    let mut second = other(&[], first.repeated);
    assert!(second.agrees(&sent, &printed).0);
    second.placeholders.note_capture("other", OTHER);
    assert!(!second.agrees(&sent, &printed).0);
    let (printed, _) = second.printed(&sent);
    assert!(printed.contains("see [other]"));
    assert!(second.agrees(&sent, &printed).0);
}

#[test]
fn a_case_of_its_own_secrets_is_looked_through_for_them() {
    let mut common = Secrets::default();
    common.add("client_secret", "sandbox-secret");
    let of_case = |own: &[&str], repeated| {
        let mut secrets = common.clone();
        own.iter().for_each(|secret| secrets.add("token", secret));
        Setting {
            secrets,
            repeated,
            ..setting(&[])
        }
    };
    let sent = response(r#"{"key-of-map":"hunter22","n":12345678}"#);
    let mut last = of_case(&["another-token"], Repeated::default());
    let (printed, _) = last.printed(&sent);
    for _ in 0..3 {
        assert!(last.agrees(&sent, &printed).0);
    }
    assert!(matches!(last.step().known(), Known::Agreed(_)));
    for own in ["hunter22", "12345678", "key-of-map"] {
        last = of_case(&[own], last.repeated);
        assert!(!last.agrees(&sent, &printed).0, "{own}");
    }
    last = of_case(&["a-third-token"], last.repeated);
    assert!(last.agrees(&sent, &printed).0);
}

#[test]
fn bodies_that_differ_in_what_is_replaced_come_again() {
    let body = |first: &str, second: &str, n: u32| {
        response(format!(
            r#"{{"z":"{first}","n":{n},"a":["{second}","{first}"]}}"#
        ))
    };
    let setting = setting(&["token1"]);
    let (printed, _) = setting.printed(&body(A, OTHER_ID, 1));
    let known = || matches!(setting.step().known(), Known::Agreed(_));
    for expected in [false, true] {
        assert!(setting.agrees(&body(A, OTHER_ID, 1), &printed).0);
        assert_eq!(known(), expected);
    }
    for (sent, expected) in [
        // Numbered as the first was.
        (body(A, "dddddddd-2222-4222-8222-222222222222", 1), true),
        (body(A, OTHER_ID, 2), false),
        (body(A, A, 1), false),
        (body(OTHER_ID, A, 1), false),
        (body(A, "text", 1), false),
        (body(A, "[uuid-2]", 1), true),
        (body(A, r"\u005buuid-2]", 1), true),
        (body(A, "token1", 1), false),
    ] {
        let (same, numbered) = setting.printed(&sent);
        assert_eq!(same == printed, expected);
        let (agrees, left) = setting.agrees(&sent, &printed);
        assert_eq!(agrees, expected, "{same}");
        let wanted = if agrees {
            numbered.mark()
        } else {
            setting.placeholders.mark()
        };
        assert_eq!(left.mark(), wanted, "{same}");
    }
    // What could be a document is shown once more below the body.
    let document = body(A, &format!("<a>{OTHER_ID}</a>"), 1);
    let without = printed.replace("\"[uuid-2]\"", "\"<a>[uuid-2]</a>\"");
    assert!(without != printed && setting.printed(&document).0 != without);
    assert!(!setting.agrees(&document, &without).0);
}

#[test]
fn rules_for_the_body_are_left_to_printing() {
    let mut setting = setting(&[]);
    let sent = response("{}");
    assert!(may_agree(&setting.received(&sent)));
    let query = || Query::compile("$.a").unwrap();
    let all: [fn(&mut SnapshotRules, Query); 4] = [
        |rules, query| rules.only = Some(query),
        |rules, query| rules.sort.push(query),
        |rules, query| rules.shape.push(query),
        |rules, query| {
            let redaction = Redaction::Remove;
            let span = Span {
                file: FileId(0),
                start: 0,
                end: 0,
            };
            rules.redact.push(RedactRule {
                query,
                redaction,
                span,
            });
        },
    ];
    for change in all {
        setting.rules = SnapshotRules::default();
        change(&mut setting.rules, query());
        assert!(!may_agree(&setting.received(&sent)));
    }
}

/// JSON as a server could send it, with what placeholders and secrets take an interest in.
fn sent() -> impl Strategy<Value = String> {
    let text = prop_oneof![
        "[a-c]{0,3}",
        "[ -~₹…]{0,12}".prop_map(|text| text.replace(['"', '\\'], "/")),
        Just(A.to_owned()),
        Just(format!("<{B}>")),
        Just(B.to_owned()),
        Just("token1".to_owned()),
        Just(r"to\u006ben1".to_owned()),
        Just(r#"\"token1\""#.to_owned()),
        Just("%74oken1".to_owned()),
        Just(format!("{ORIGIN}/x")),
        Just("1970-01-01T00:00:00Z".to_owned()),
    ]
    .prop_map(|text| format!("\"{text}\""));
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        "-?[1-9]{1,3}(\\.[0-9]{1,2})?",
        Just("123456.5".to_owned()),
        text.clone(),
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        let member = (text.clone(), inner.clone());
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(", "))),
            prop::collection::vec(member, 0..4).prop_map(|members| {
                let members = members.iter().map(|(key, value)| format!("{key}:{value}"));
                format!("{{{}}}", members.collect::<Vec<_>>().join(","))
            }),
        ]
    })
}

proptest! {
    #![proptest_config(Config { cases: 256, failure_persistence: None, ..Config::default() })]

    #[test]
    fn no_body_agrees_with_what_it_is_not_printed_as(body in sent(), secrets in 0..3_usize) {
        let secrets = [&[][..], &["token1"], &["token1", "123456.5", B]][secrets];
        setting(secrets).judge(&response(body));
    }

    #[test]
    fn two_bodies_agree_only_if_they_are_printed_alike(one in sent(), other in sent()) {
        let setting = setting(&["token1"]);
        let (printed, _) = setting.printed(&response(other.clone()));
        for _ in 0..2 {
            setting.agrees(&response(other.clone()), &printed);
        }
        if setting.agrees(&response(one.clone()), &printed).0 {
            prop_assert_eq!(setting.printed(&response(one)).0, printed);
        }
    }
}
