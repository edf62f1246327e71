use super::changes;
use crate::model::change::What;
use std::time::Instant;

fn told(old: &str, new: &str) -> Vec<String> {
    changes(old, new)
        .into_iter()
        .map(|change| match change.what {
            What::Added(value) => format!("{} + {value}", change.place),
            What::Removed(value) => format!("{} - {value}", change.place),
            What::Changed { old, new } => format!("{}: {old} -> {new}", change.place),
            What::Renumbered(numbers) => format!("{} {numbers:?}", change.place),
            What::Rewritten => format!("{} rewritten", change.place),
        })
        .collect()
}

fn body(old: &str, new: &str) -> Vec<String> {
    told(&format!("200 OK\n\n{old}"), &format!("200 OK\n\n{new}"))
}

#[test]
fn status_and_headers() {
    for (old, new, expected) in [
        ("200 OK", "200 OK", vec![]),
        (
            "200 OK",
            "400 Bad Request",
            vec!["status: 200 OK -> 400 Bad Request"],
        ),
        (
            "200 OK\na: 1\nb: 2\nb: 3",
            "200 OK\nb: 2\nb: 4\nc: 5",
            vec!["header a - 1", "header b#2: 3 -> 4", "header c + 5"],
        ),
        (
            "200 OK",
            "200 OK\n\n{\n  \"a\": 1\n}",
            vec!["body + {\"a\": 1}"],
        ),
        ("200 OK\n\nx", "200 OK", vec!["body - x"]),
        (
            "200 OK\n\n{\"a\": 1}",
            "200 OK\n\nx",
            vec!["body: {\"a\": 1} -> x"],
        ),
    ] {
        assert_eq!(told(old, new), expected, "{old} / {new}");
    }
}

#[test]
fn values_are_told_by_path() {
    for (old, new, expected) in [
        (
            r#"{"detail": {"frequency": {"value": 30}}}"#,
            r#"{"detail": {"frequency": {"value": 24}}}"#,
            vec!["$.detail.frequency.value: 30 -> 24"],
        ),
        (r#"{"a": 30}"#, r#"{"a": "30"}"#, vec![r#"$.a: 30 -> "30""#]),
        (r#"{"a": 1.10}"#, r#"{"a": 1.1}"#, vec!["$.a: 1.10 -> 1.1"]),
        (
            r#"{"a": null, "z": 1}"#,
            r#"{"b": [1], "z": 1}"#,
            vec!["$.a - null", "$.b + [1]"],
        ),
        (
            r#"{"a b": 1, "1": 2}"#,
            r#"{"a b": 2, "1": 2}"#,
            vec!["$['a b']: 1 -> 2"],
        ),
        ("[1, 2, 3]", "[1, 3]", vec!["$[1] - 2"]),
        ("[1, 2, 3]", "[1, 5, 3]", vec!["$[1]: 2 -> 5"]),
        (
            r#"[{"a": 1, "b": 2}, {"a": 3, "b": 4}]"#,
            r#"[{"a": 0, "b": 0}, {"a": 1, "b": 2, "c": 5}, {"a": 3, "b": 4}]"#,
            vec![r#"$[0] + {"a": 0, "b": 0}"#, "$[1].c + 5"],
        ),
        (
            r#"{"b": 1, "a": 2}"#,
            r#"{"a": 2, "b": 1}"#,
            vec!["$ rewritten"],
        ),
        ("1", "2", vec!["$: 1 -> 2"]),
    ] {
        assert_eq!(body(old, new), expected, "{old} / {new}");
    }
}

#[test]
fn text_is_told_by_line() {
    assert_eq!(
        body("a\nb\nc", "a\nx\nc\nd"),
        ["line 2: b -> x", "line 4 + d"]
    );
    assert_eq!(
        body("3 bytes, SHA-256 aa", "4 bytes, SHA-256 bb"),
        ["body: 3 bytes, SHA-256 aa -> 4 bytes, SHA-256 bb"]
    );
}

#[test]
fn xml_is_told_by_element() {
    for (old, new, expected) in [
        ("<a>\n  <b/>\n</a>", "<a>\n</a>", vec!["/a/b - <b/>"]),
        (
            "<a b=\"1\"/>",
            "<a b=\"2\"/>",
            vec!["/a/@b: \"1\" -> \"2\""],
        ),
        (
            "<a b=\"1\"/>",
            "<a c='1'/>",
            vec!["/a/@b - \"1\"", "/a/@c + '1'"],
        ),
        (
            "<a>\n  <b>1</b>\n  <b>2</b>\n  <c>x</c>\n</a>",
            "<a>\n  <b>1</b>\n  <b>3</b>\n  <c></c>\n</a>",
            vec!["/a/b[2]: 2 -> 3", "/a/c/text() - x"],
        ),
        (
            "<p>one <b>two</b></p>",
            "<p>one <b>three</b></p>",
            vec!["/p: one <b>two</b> -> one <b>three</b>"],
        ),
        // As many, and still another element.
        (
            "<a>\n  <b/>\n</a>",
            "<a>\n  <c/>\n</a>",
            vec!["/a/b - <b/>", "/a/c + <c/>"],
        ),
        // What is no element is not lost beside what is.
        (
            "<?xml version=\"1.0\"?>\n<a b=\"1\">\n  <!-- x -->\n</a>",
            "<?xml version=\"1.1\"?>\n<a b=\"2\">\n  <!-- y -->\n</a>",
            vec![
                "/processing-instruction(): <?xml version=\"1.0\"?> -> <?xml version=\"1.1\"?>",
                "/a/@b: \"1\" -> \"2\"",
                "/a/comment(): <!-- x --> -> <!-- y -->",
            ],
        ),
        (
            "<a>\n  <b c=\"1\" d=\"2\"/>\n  <e/>\n</a>",
            "<a>\n  <b d=\"2\" c=\"1\"/>\n  <e></e>\n</a>",
            vec!["/a/b rewritten", "/a/e rewritten"],
        ),
        (
            "<a>\n  <b/>\n</a>",
            "<a>\n  <b/>\n</a >",
            vec!["line 3: </a> -> </a >"],
        ),
        ("<a/>", "<b/>", vec!["/a - <a/>", "/b + <b/>"]),
        ("<a/>", "x", vec!["body: <a/> -> x"]),
        ("<a b/>", "<a c/>", vec!["body: <a b/> -> <a c/>"]),
        // A document in a text.
        (
            "{\n  \"x\": \"<a><b>1</b></a>\"\n}\n\n$.x:\n<a>\n  <b>1</b>\n</a>",
            "{\n  \"x\": \"<a><b>2</b></a>\"\n}\n\n$.x:\n<a>\n  <b>2</b>\n</a>",
            vec!["$.x /a/b: 1 -> 2"],
        ),
    ] {
        assert_eq!(body(old, new), expected, "{old} / {new}");
    }
}

#[test]
fn one_more_element_of_500_is_one_change() {
    let list = |items: &[usize], extra: &str| {
        let items = items.iter().enumerate().map(|(place, item)| {
            let id = place + 1;
            format!("    <T amount=\"{item}\" id=\"[uuid-{id}]\">\n      <n>{item}</n>\n    </T>\n")
        });
        format!(
            "<A>\n  <S>{extra}</S>\n  <L>\n{}  </L>\n</A>",
            items.collect::<String>()
        )
    };
    let before: Vec<usize> = (0..500).collect();
    for at in [0, 250, 499] {
        let mut after = before.clone();
        after.insert(at, 9999);
        let (old, new) = (list(&before, "x"), list(&after, "x"));
        let item = format!(
            "<T amount=\"9999\" id=\"[uuid-{}]\"><n>9999</n></T>",
            at + 1
        );
        let found = body(&old, &new);
        assert_eq!(found[0], format!("/A/L/T[{}] + {item}", at + 1));
        // The ids behind it have other numbers, which is one change; were one of them equal before, they would be many.
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[1].contains("uuid"), "{found:?}");
        assert_eq!(body(&new, &old)[0], format!("/A/L/T[{}] - {item}", at + 1));
    }
    let (old, new) = (
        list(&before, "x"),
        list(&before, "x").replace("\"77\"", "\"78\""),
    );
    assert_eq!(body(&old, &new), ["/A/L/T[78]/@amount: \"77\" -> \"78\""]);
    let shifted = list(&before, "[uuid-7]").replace("[uuid-9]", "[uuid-7]");
    let found = body(&list(&before, "[uuid-7]"), &shifted);
    assert_eq!(found, ["/A/L/T[9]/@id: \"[uuid-9]\" -> \"[uuid-7]\""]);
}

/// Too many to be weighed one by one; the marks tell that they are the same but for the numbers of placeholders.
#[test]
fn one_more_element_of_thousands_is_one_change() {
    let list = |items: &[usize]| {
        let item =
            |(id, item): (usize, &usize)| format!("  <T n=\"{item}\" id=\"[uuid-{id}]\"/>\n");
        let items: String = items.iter().enumerate().map(item).collect();
        format!("<A>\n{items}</A>")
    };
    let before: Vec<usize> = (0..3_000).collect();
    let mut after = before.clone();
    after.insert(100, 9999);
    let found = body(&list(&before), &list(&after));
    assert_eq!(found[0], "/A/T[101] + <T n=\"9999\" id=\"[uuid-100]\"/>");
    assert_eq!(found.len(), 2, "{}", found.len());
}

fn transaction(number: usize, id: usize) -> String {
    format!(r#"{{"amount": {number}, "mode": "UPI", "txnId": "[uuid-{id}]"}}"#)
}

#[test]
fn one_more_of_500_is_one_change() {
    let list = |items: &[usize]| {
        let items: Vec<String> = items.iter().map(|item| transaction(*item, 7)).collect();
        format!("[{}]", items.join(","))
    };
    let before: Vec<usize> = (0..500).collect();
    for at in [0, 250, 500] {
        let mut after = before.clone();
        after.insert(at, 9999);
        assert_eq!(
            body(&list(&before), &list(&after)),
            [format!("$[{at}] + {}", transaction(9999, 7))]
        );
        assert_eq!(
            body(&list(&after), &list(&before)),
            [format!("$[{at}] - {}", transaction(9999, 7))]
        );
    }
}

#[test]
fn placeholders_with_new_numbers_are_one_change_while_relations_hold() {
    let list = |ids: &[(usize, usize)]| {
        let items: Vec<String> = ids
            .iter()
            .map(|(item, id)| transaction(*item, *id))
            .collect();
        format!("[{}]", items.join(","))
    };
    let old = list(&[(1, 1), (2, 2), (3, 1)]);
    let new = list(&[(0, 1), (1, 2), (2, 3), (3, 2)]);
    assert_eq!(
        body(&old, &new),
        [
            format!("$[0] + {}", transaction(0, 1)),
            r#"$ [("[uuid-1]", "[uuid-2]"), ("[uuid-2]", "[uuid-3]")]"#.to_owned(),
        ]
    );
    // The first and the last were the same.
    let broken = list(&[(0, 1), (1, 2), (2, 3), (3, 4)]);
    assert!(body(&old, &broken).contains(&r#"$[3].txnId: "[uuid-1]" -> "[uuid-4]""#.to_owned()));
    // What stays as it was counts as well.
    let merged = list(&[(1, 1), (2, 1), (3, 1)]);
    assert_eq!(
        body(&old, &merged),
        [r#"$[1].txnId: "[uuid-2]" -> "[uuid-1]""#]
    );
}

#[test]
fn huge_bodies_take_bounded_time() {
    let list = |seed: usize| {
        let items: Vec<String> = (0..60_000)
            .map(|item| transaction(item * 2 + seed, item))
            .collect();
        format!("[{}]", items.join(",\n"))
    };
    let begun = Instant::now();
    assert!(!body(&list(0), &list(1)).is_empty());
    let text = |seed: usize| -> String {
        (0..300_000)
            .map(|line| format!("line {} of it\n", line * 2 + seed))
            .collect()
    };
    assert!(!body(&text(0), &text(1)).is_empty());
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
}
