//! Rows of each format, and what is wrong with them.

use super::rows::{RowFormat, read};
use crate::model::scenario::{Cell, Row};
use crate::model::source::{FileId, Sources};
use serde_json::{Value, json};

fn shown(rows: &[Row]) -> Vec<(Option<&str>, Value)> {
    rows.iter()
        .map(|row| {
            let values: serde_json::Map<String, Value> = row
                .values
                .iter()
                .map(|(name, cell)| {
                    let value = match cell {
                        Cell::Written(node) => node.to_json(),
                        Cell::Data(_, value) => value.clone(),
                        Cell::Untyped(text) => Value::from(text.value.as_str()),
                    };
                    (name.value.clone(), value)
                })
                .collect();
            (
                row.name.as_ref().map(|name| name.value.as_str()),
                Value::Object(values),
            )
        })
        .collect()
}

fn rows(text: &str, format: RowFormat) -> Vec<Row> {
    read(text, FileId(0), format).unwrap()
}

/// Each mistake with its place: `2:3 message`.
fn mistakes(text: &str, format: RowFormat) -> Vec<String> {
    let mut sources = Sources::default();
    let file = sources.add("rows", text);
    read(text, file, format)
        .unwrap_err()
        .iter()
        .map(|mistake| {
            let at = sources.position(mistake.span);
            format!("{}:{} {}", at.line, at.column, mistake.message)
        })
        .collect()
}

#[test]
fn comma_separated_values() {
    let text = "\u{feff}case,a,b\r\nfirst,1,\"x, \"\"y\"\"\"\r\n\r\n,,\"\"\r\nthird,\"two\nlines\",{{ a }}";
    let read = rows(text, RowFormat::Csv);
    assert_eq!(
        shown(&read),
        [
            (Some("first"), json!({ "a": "1", "b": "x, \"y\"" })),
            (None, json!({ "a": "", "b": "" })),
            (Some("third"), json!({ "a": "two\nlines", "b": "{{ a }}" })),
        ]
    );
    let place = read[0].span;
    assert_eq!(
        &text[place.start as usize..place.end as usize],
        "first,1,\"x, \"\"y\"\"\""
    );
    let Cell::Untyped(last) = &read[2].values[1].1 else {
        panic!("it is text");
    };
    assert_eq!(
        &text[last.span.start as usize..last.span.end as usize],
        "{{ a }}"
    );
}

#[test]
fn wrong_comma_separated_values() {
    for (text, told) in [
        ("", "1:1 this file is empty"),
        ("\n\n", "1:1 this file is empty"),
        ("a,b\n", "1:1 there are no rows in this file"),
        (
            "a,b\n1,2\n1\n",
            "3:1 this row has 1 value, the first line has 2 names",
        ),
        (
            "a,b\n1,2,3\n",
            "2:1 this row has 3 values, the first line has 2 names",
        ),
        ("a,b\n1,\"2\n3,4\n", "2:3 this quote is not closed"),
        ("a,b\n1,\"2", "2:3 this quote is not closed"),
        ("a\n\"", "2:1 this quote is not closed"),
        ("a\n\"\"\"", "2:1 this quote is not closed"),
        (
            "a,b\n1,\"2\"3\n",
            "2:3 there is text behind the closing quote",
        ),
        (
            "a,b\n1, \"2\"\n",
            "2:3 there is a quote in a value that is not quoted",
        ),
        ("a,a\n1,2\n", "1:3 another column is called `a` already"),
        ("a;b\n1;2\n", "1:1 the columns are not separated by commas"),
        (
            "a, b\n1,2\n",
            "1:3 the name ` b` begins or ends with a space",
        ),
        ("a,b-c\n1,2\n", "1:3 `b-c` cannot be the name of a variable"),
        ("a,\n1,2\n", "1:3 this column has no name"),
        (
            "a,steps\n1,2\n",
            "1:3 `steps` always means something else in a template",
        ),
    ] {
        assert_eq!(mistakes(text, RowFormat::Csv), [told], "{text:?}");
    }
    assert_eq!(mistakes("a,b\n1\n1,2\n3\n", RowFormat::Csv).len(), 2);
}

#[test]
fn a_file_of_mistakes_is_not_read_to_its_end() {
    let text = format!("a,b\n{}", "1\n".repeat(10_000));
    assert_eq!(mistakes(&text, RowFormat::Csv).len(), 50);
    let text = format!("[{}1]", "1,".repeat(10_000));
    assert_eq!(mistakes(&text, RowFormat::Json).len(), 50);
    assert_eq!(mistakes(&text, RowFormat::Yaml).len(), 50);
}

#[test]
fn json_and_yaml_keep_types_and_order() {
    let json = "\u{feff}[\n\t{\"b\": 4, \"a\": [null, \"\\ud83d\\ude00\"]},\n\t{\"case\": 7, \"b\": \"{{ b }}\", \"a\": true}\n]\n";
    let yaml = "- { b: 4, a: [null, \"\u{1f600}\"] }\n- { case: 7, b: '{{ b }}', a: true }\n";
    for (text, format) in [(json, RowFormat::Json), (yaml, RowFormat::Yaml)] {
        let read = rows(text, format);
        assert_eq!(
            shown(&read),
            [
                (None, json!({ "a": [null, "\u{1f600}"], "b": 4 })),
                (Some("7"), json!({ "a": true, "b": "{{ b }}" })),
            ]
        );
        assert_eq!(read[0].values[0].0.value, "b");
        let place = read[1].span;
        assert!(
            text[place.start as usize..place.end as usize].starts_with("{"),
            "{format:?}"
        );
    }
}

#[test]
fn wrong_json_and_yaml() {
    for (text, format, told) in [
        (
            "",
            RowFormat::Json,
            "1:1 this is no JSON: EOF while parsing a value",
        ),
        (
            "[{\"a\": 1},\n {\"a\" 2}]",
            RowFormat::Json,
            "2:7 this is no JSON: expected `:`",
        ),
        (
            "[{\"a\": 1},]",
            RowFormat::Json,
            "1:11 this is no JSON: expected value",
        ),
        ("{\"a\": 1}", RowFormat::Json, "1:1 the rows must be a list"),
        ("[]", RowFormat::Json, "1:1 there are no rows in this file"),
        (
            "[{\"a\": 1},\n [2]]",
            RowFormat::Json,
            "2:2 a row is an object, not a list",
        ),
        (
            "[\n{\"a\": 1, \"a\": 2}]",
            RowFormat::Json,
            "2:1 `a` is in this row twice",
        ),
        (
            "[{\"a-b\": 1}]",
            RowFormat::Json,
            "1:2 `a-b` cannot be the name of a variable",
        ),
        (
            "[{\"case\": [1]}]",
            RowFormat::Json,
            "1:2 a case's name is text",
        ),
        ("", RowFormat::Yaml, "1:1 there are no rows in this file"),
        ("[]", RowFormat::Yaml, "1:1 there are no rows in this file"),
        (
            "a: 1\n",
            RowFormat::Yaml,
            "1:1 a list of rows is expected here, not a map",
        ),
        (
            "- a: 1\n- 2\n",
            RowFormat::Yaml,
            "2:3 a row is a map, not the number 2",
        ),
        (
            "- a: 1\n- case: {}\n",
            RowFormat::Yaml,
            "2:9 a case's name is text",
        ),
    ] {
        assert_eq!(mistakes(text, format), [told], "{text:?}");
    }
}

#[test]
fn formats_by_their_endings() {
    assert_eq!(RowFormat::of("a/b.csv"), Some(RowFormat::Csv));
    assert_eq!(RowFormat::of("b.JSON"), Some(RowFormat::Json));
    assert_eq!(RowFormat::of("b.yml"), Some(RowFormat::Yaml));
    assert_eq!(RowFormat::of("b.csv/rows"), None);
    assert_eq!(RowFormat::of("csv"), None);
}
