//! What YAML texts mean, and what is told of those that mean nothing.

use super::yaml::read;
use crate::model::source::FileId;
use proptest::prelude::*;
use serde_json::{Value, json};

fn json(text: &str) -> Value {
    match read(text, FileId(0)) {
        Ok(node) => node.to_json(),
        Err(diagnostics) => panic!("{text}: {diagnostics:?}"),
    }
}

fn messages(text: &str) -> Vec<String> {
    match read(text, FileId(0)) {
        Ok(node) => panic!("{text} was read: {node:?}"),
        Err(diagnostics) => diagnostics.into_iter().map(|told| told.message).collect(),
    }
}

fn judged(text: &str) -> Value {
    serde_yaml::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn texts_mean_what_serde_yaml_says() {
    for text in [
        "",
        "# nothing\n",
        "a: 1\nb: [x, 'y', \"z\\n\", ~]\n",
        "a: {b: c, \"d\":e, f: {g: [1, {h: i}]}}\n",
        "- a\n-  b: 1\n   c: 2\n- - x\n  - y\n",
        "text: |\n  one\n   two\n\nfolded: >-\n  one\n  two\n\n  three\nkept: |+\n  a\n\n",
        "plain: one\n  two\nquoted: \"one\n  two\"\n",
        "\"key\": 'it''s'\n? asked\n: told\n",
        "empty:\nlist:\n- 1\nlast:",
        "url: http://host:80/a#b\ntime: 12:30\n",
        "--- # start\na: 1\n...\n",
        "a: &x {k: [1, 2]}\nb: *x\nc: [*x, *x]\n",
        "a: !!str 12\nb: !!int 12\nc: !!float 1.5\nd: !!bool true\ne: !!null ~\n",
        "ключ: значение\nэто: {да: 'нет'}\n",
    ] {
        assert_eq!(json(text), judged(text), "{text}");
    }
}

#[test]
fn a_map_is_merged_into_another_which_keeps_what_is_its_own() {
    let text = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: {<<: [*a, *b], x: 3}\n";
    assert_eq!(json(text)["c"], json!({ "x": 3, "y": 1, "z": 2 }));
}

#[test]
fn keys_that_are_no_text_in_yaml_read_as_they_are_written() {
    assert_eq!(
        json("012: a\ntrue: b\n1.50: c\n~: d\n"),
        json!({
            "012": "a", "true": "b", "1.50": "c", "~": "d",
        })
    );
}

#[test]
fn all_mistakes_of_a_text_are_told() {
    assert_eq!(
        messages("a: 1\na: 2\nb: !x 3\nc: .nan\nd: 99999999999999999999\n"),
        [
            "`a` is here twice",
            "the tag `!x` means nothing here",
            "`.nan` is no number that JSON has",
            "this integer has more than 64 bits",
        ]
    );
}

#[test]
fn a_key_that_is_there_twice_is_told_among_many_too() {
    let mut text: String = (0..100).map(|key| format!("k{key}: {key}\n")).collect();
    assert_eq!(json(&text).as_object().map(serde_json::Map::len), Some(100));
    text.push_str("k5: again\n");
    assert_eq!(messages(&text), ["`k5` is here twice"]);
}

#[test]
fn a_value_cannot_be_a_part_of_itself() {
    assert_eq!(
        messages("a: &a [1, *a]\n"),
        ["this alias stands in the value that it names"]
    );
}

#[test]
fn aliases_of_aliases_end_before_they_fill_the_memory() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let below = format!("*a{}", level - 1);
        let ten = [below.as_str(); 10].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{ten}]\n"));
    }
    assert_eq!(
        messages(&text),
        ["its aliases stand for far more than is written: this is too large"]
    );
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        // U+2028 and its like end lines in YAML 1.1, as `serde_yaml` writes, and not in 1.2.
        "\\PC{0,12}"
            .prop_filter("a line end of YAML 1.1 alone", |text| {
                !text.contains(['\u{85}', '\u{2028}', '\u{2029}', '\u{feff}'])
            })
            .prop_map(Value::from),
        "[-a-z0-9 :#'\"\\n{}$,.]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::hash_map("[a-z $.\\[\\]]{1,8}", inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn what_serde_yaml_writes_is_read_back(value in any_value()) {
        let text = serde_yaml::to_string(&value).expect("YAML");
        prop_assert_eq!(json(&text), value);
    }
}

#[test]
fn the_projects_own_scenarios_mean_what_serde_yaml_says() {
    let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")];
    let mut read = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("scenarios") {
            let path = entry.expect("a file").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "yaml") {
                let text = std::fs::read_to_string(path).expect("a text");
                assert_eq!(json(&text), judged(&text), "{text}");
                read += 1;
            }
        }
    }
    assert!(read > 20, "{read} scenarios were read");
}
