use super::*;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;
use proptest::test_runner::Config;

#[test]
fn hides_a_secret_in_every_form() {
    let mut secrets = Secrets::default();
    let value = "p@ss/\"w&rd ✓";
    secrets.add("password", value);
    for text in [
        value.to_owned(),
        serde_json::json!({ "a": value }).to_string(),
        utf8_percent_encode(value, NON_ALPHANUMERIC).to_string(),
        STANDARD.encode(format!("user:{value}")),
        STANDARD.encode(format!("users:{value}")),
        STANDARD.encode(format!("us:{value}!")),
        value.bytes().map(|byte| format!("{byte:02x}")).collect(),
        r#"p@ss/\"w&rd \u2713"#.to_owned(),
        r#"p@ss\/\"w\u0026rd \u2713"#.to_owned(),
        r#"p@ss/\\\"w&rd ✓"#.to_owned(),
        "p%40ss%2f%22w%26rd+%e2%9c%93".to_owned(),
        "p%2540ss%252F%2522w%2526rd%2520%25E2%259C%2593".to_owned(),
        "p@ss&#x2f;&quot;w&amp;rd ✓".to_owned(),
        "p@ss/&#34;w&amp;rd ✓".to_owned(),
        "p@ss/\"w&amp;rd ✓".to_owned(),
    ] {
        let hidden = secrets.hide(&format!("<{text}>"));
        assert!(hidden.contains("[password]"), "{text}: {hidden}");
        assert!(!hidden.contains(value));
        assert_eq!(secrets.find(text.as_bytes()), Some("password"));
    }
    assert_eq!(secrets.hide("nothing here"), "nothing here");
}

#[test]
fn the_longer_of_two_wins_and_short_ones_are_passed_over() {
    let mut secrets = Secrets::default();
    secrets.add("short", "abc");
    secrets.add("one", "secret");
    secrets.add("two", "secret-token");
    assert_eq!(secrets.hide("abc secret-token secret"), "abc [two] [one]");
}

#[test]
fn a_secret_that_a_message_cuts_is_hidden() {
    let mut secrets = Secrets::default();
    let value = "eyJhbGciOi.".repeat(40);
    secrets.add("token", &value);
    let cut = &value[..150];
    assert_eq!(
        secrets.hide(&format!("string \"{cut}…, then {cut}… and {value}…")),
        "string \"[token]…, then [token]… and [token]…"
    );
    assert_eq!(secrets.hide("eyJh… is too little"), "eyJh… is too little");
}

#[test]
fn debug_shows_nothing() {
    let mut secrets = Secrets::default();
    secrets.add("token", "very-secret-value");
    assert_eq!(format!("{:?}", Secret::new("very-secret-value")), "***");
    assert_eq!(format!("{secrets:?}"), r#"["token"]"#);
}

/// Those of a case that has two in common with others and one of its own.
fn of_a_case() -> Secrets {
    let mut common = Secrets::default();
    common.add("plain", "plain1");
    common.add("percent", "to%ken");
    common.add("slashes", r"a\\bcd efgh");
    let mut own = common.clone();
    own.add("own", "eyJhbGciOiJub25l.e30");
    own
}

/// Text in which secrets stand whole, escaped, or cut.
fn shown() -> impl Strategy<Value = String> {
    let secret = prop_oneof![
        Just("plain1"),
        Just("to%ken"),
        Just(r"a\\bcd efgh"),
        Just("eyJhbGciOiJub25l.e30")
    ];
    let piece = prop_oneof![
        "[a-z%…+ ]{0,8}",
        secret.clone().prop_map(str::to_owned),
        secret.clone().prop_map(|text| format!("{}…", &text[..6])),
        secret.clone().prop_map(|text| STANDARD.encode(text)),
        secret
            .clone()
            .prop_map(|text| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()),
        secret
            .clone()
            .prop_map(|text| text.replacen('e', r"\u0065", 1)),
        secret.prop_map(|text| text.replace(r"\\", r"\")),
    ];
    prop::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(Config { cases: 2048, failure_persistence: None, ..Config::default() })]

    #[test]
    fn what_is_hidden_is_known_before_and_in_no_shorter_part(text in shown()) {
        let hidden = of_a_case().hide(&text);
        for ready in [false, true] {
            let secrets = of_a_case();
            if ready {
                secrets.hide(&"x".repeat(SHORT + 1));
            }
            prop_assert_eq!(secrets.are_in(&text), hidden != text, "{} {}", text, ready);
            prop_assert_eq!(secrets.hidden_of_few(&text), hidden.as_str());
            let shortest = secrets.shortest_in(&text);
            for from in (0..text.len()).filter(|at| text.is_char_boundary(*at)) {
                for to in (from..text.len().min(from + shortest)).filter(|at| text.is_char_boundary(*at)) {
                    let part = &text[from..to];
                    prop_assert_eq!(secrets.hide(part), part);
                }
            }
        }
    }
}

#[test]
fn backslashes_that_were_taken_away_make_a_text_shorter_than_its_secret() {
    let mut secrets = Secrets::default();
    secrets.add("slashes", r"a\\bcd efgh");
    assert!(secrets.are_in(r"a\bcd efgh"));
    assert_eq!(secrets.hide(r"a\bcd efgh"), "[slashes]");
}

#[test]
fn what_stands_there_as_it_is_may_be_shown_otherwise() {
    let plain = |name: &str| format!("<{name}>");
    let encoded = STANDARD.encode("plain1");
    for text in ["plain1".to_owned(), "is plain1".into(), encoded] {
        let expected = match text.strip_suffix("plain1") {
            Some(before) => format!("{before}<plain>"),
            None => "[plain]".into(),
        };
        assert_eq!(of_a_case().hide_as(&text, &plain), expected);
    }
}

#[test]
fn what_may_lie_across_values_is_known() {
    for (value, expected) in [
        ("eyJhbGciOiJub25l.e30-_/+=%", false),
        ("12345678", false),
        ("a secret", true),
        ("a,secret", true),
        ("\"secret\"", true),
        (r"back\slash", true),
        ("{secret}", true),
        ("line\nline", true),
    ] {
        let mut secrets = Secrets::default();
        assert!(!secrets.may_span_values());
        secrets.add("name", value);
        assert_eq!(secrets.clone().may_span_values(), expected, "{value}");
    }
}

#[test]
fn clones_look_for_what_is_common_with_one_finder() {
    let common = of_a_case();
    let mut one = common.clone();
    one.add("another", "another-one");
    let other = common.clone();
    assert!(one.are_in("to%ken") && one.are_in("another-one") && !one.are_in("another"));
    assert!(common.finder.get().is_some() && other.finder.get().is_some());
    assert!(one.finder.get().is_none());
}

#[test]
fn a_text_without_what_is_common_may_have_what_is_a_clones_own() {
    let mut all = Secrets::default();
    all.add("common", "sandbox-secret");
    let (one, mut other) = (all.clone(), all.clone());
    other.add("token", "long-token");
    let text = "nothing of it, or a long-token";
    let common = one.common_not_in(text).unwrap();
    assert_eq!(one.shortest_without(&common), Some(usize::MAX));
    assert_eq!(
        other.shortest_without(&common),
        Some(other.shortest_in(text))
    );
    // What is common to others is not known of it.
    all.add("new", "a-new-secret");
    assert_eq!(all.clone().shortest_without(&common), None);
    for text in [
        "sandbox-secret",
        "c2FuZGJveC1zZWNyZXQ=",
        "%73andbox-secret",
        "sandbox-se…",
    ] {
        assert!(one.common_not_in(text).is_none(), "{text}");
    }
}
