use super::*;
use serde_json::json;

fn account() -> Value {
    json!({
        "detail": { "frequency": { "unit": "DAY", "value": 4 }, "fiTypes": ["DEPOSIT", "SIP"] },
        "fips": [
            { "fipID": "one", "accounts": [
                { "type": "SAVINGS", "balance": 10, "tags": ["x", "y"] },
                { "type": "CURRENT", "balance": 25.5 },
            ] },
            { "fipID": "two", "accounts": [ { "type": "SAVINGS", "balance": 7, "a": 1 } ] },
        ],
        "a-b": { "c d": true, "": 0, "☺": "smile" },
        "empty": {}, "none": null,
    })
}

fn values(query: &str, root: &Value) -> Value {
    match Query::compile(query).unwrap().find(root) {
        Found::Many(found) => Value::Array(found.into_iter().cloned().collect()),
        Found::One(one) => one.clone(),
        Found::Missing(story) => panic!("{query}: {story}"),
    }
}

#[test]
fn singular_queries_give_one_value() {
    let root = account();
    for (query, expected) in [
        ("$", root.clone()),
        ("$.detail.frequency.unit", json!("DAY")),
        ("$['detail']['fiTypes'][0]", json!("DEPOSIT")),
        ("$.detail.fiTypes[-1]", json!("SIP")),
        ("$['a-b']['c d']", json!(true)),
        ("$['a-b']['']", json!(0)),
        ("$['a-b'].☺", json!("smile")),
        ("$['a-b']['\\u263a']", json!("smile")),
        ("$.none", json!(null)),
        (
            "$ .detail ['frequency'] . value"
                .replace(" . ", " .")
                .leak(),
            json!(4),
        ),
    ] {
        let compiled = Query::compile(query).unwrap();
        assert!(compiled.is_singular(), "{query}");
        assert_eq!(compiled.find(&root), Found::One(&expected), "{query}");
    }
}

#[test]
fn a_path_that_ends_early_tells_its_story() {
    let root = account();
    for (query, story) in [
        (
            "$.detail.frequncy",
            "`$.detail` has no `frequncy`; it has `frequency`, `fiTypes`",
        ),
        (
            "$.detail.frequency.unit.x",
            "`$.detail.frequency.unit` is a string, not a map, so it has no `x`",
        ),
        (
            "$.detail.fiTypes[2]",
            "`$.detail.fiTypes` has 2 items, there is none at `[2]`",
        ),
        (
            "$.detail.fiTypes[-3]",
            "`$.detail.fiTypes` has 2 items, there is none at `[-3]`",
        ),
        (
            "$.detail[0]",
            "`$.detail` is a map, not a list, so it has no `[0]`",
        ),
        ("$.empty.x", "`$.empty` is an empty map, it has no `x`"),
        ("$.none.x", "`$.none` is null, not a map, so it has no `x`"),
        (
            "$['a-b'].x.y",
            "`$['a-b']` has no `x`; it has ``, `c d`, `☺`",
        ),
    ] {
        let compiled = Query::compile(query).unwrap();
        assert_eq!(
            compiled.find(&root),
            Found::Missing(story.into()),
            "{query}"
        );
    }
}

#[test]
fn a_query_that_gives_nothing_says_where_it_has_looked() {
    let root = json!({ "fips": [
        { "accounts": [{ "FIstatus": "READY" }, { "FIstatus": "DENIED" }] },
        { "accounts": [], "name": "b" }
    ], "none": [], "map": {} });
    for (query, story) in [
        (
            "$.fips[*].accounts[*].status",
            Some(
                "`$.fips[0].accounts[0]` has no `status`; it has `FIstatus`; nothing in 1 other place either",
            ),
        ),
        (
            "$.fips[*].acounts",
            Some(
                "`$.fips[0]` has no `acounts`; it has `accounts`; nothing in 1 other place either",
            ),
        ),
        (
            "$.fps[*].a",
            Some("`$` has no `fps`; it has `fips`, `map`, `none`"),
        ),
        ("$.none[*].a", Some("`$.none` is an empty list")),
        ("$.map.*", Some("`$.map` is an empty map")),
        (
            "$.fips[1].name[*]",
            Some("`$.fips[1].name` is a string, with nothing inside"),
        ),
        (
            "$.fips[?@.name == 'c'].accounts",
            Some("none of the 2 items of `$.fips` is what the filter asks for"),
        ),
        (
            "$.fips[5:7]",
            Some("`$.fips` has 2 items, and none of them is meant"),
        ),
        ("$..status", None),
        ("$.fips[*].accounts", None),
    ] {
        let compiled = Query::compile(query).unwrap();
        assert_eq!(compiled.why_nothing(&root).as_deref(), story, "{query}");
    }
}

#[test]
fn other_queries_give_lists_in_the_order_of_the_standard() {
    let root = account();
    let numbers = json!([0, 1, 2, 3, 4, 5, 6]);
    let nested = json!({ "a": [5, 3, [{ "j": 4 }, { "k": 6 }]], "o": { "j": 1, "k": 2 } });
    for (query, root, expected) in [
        ("$.fips[*].fipID", &root, json!(["one", "two"])),
        (
            "$.fips[*].accounts[*].type",
            &root,
            json!(["SAVINGS", "CURRENT", "SAVINGS"]),
        ),
        ("$..balance", &root, json!([10, 25.5, 7])),
        ("$.nothing[*]", &root, json!([])),
        (
            "$..accounts[?@.type == 'SAVINGS'].balance",
            &root,
            json!([10, 7]),
        ),
        (
            "$..accounts[?@.balance >= 10].balance",
            &root,
            json!([10, 25.5]),
        ),
        ("$..accounts[?@.tags].type", &root, json!(["SAVINGS"])),
        (
            "$..accounts[?!@.tags].type",
            &root,
            json!(["CURRENT", "SAVINGS"]),
        ),
        (
            "$..accounts[?@.balance < 8 || @.balance > 20].balance",
            &root,
            json!([25.5, 7]),
        ),
        (
            "$.fips[?count(@.accounts[*]) == 2].fipID",
            &root,
            json!(["one"]),
        ),
        (
            "$.fips[?length(@.accounts) == 1].fipID",
            &root,
            json!(["two"]),
        ),
        (
            "$.fips[?length(@.fipID) == 3].fipID",
            &root,
            json!(["one", "two"]),
        ),
        ("$.fips[?value(@..a) == 1].fipID", &root, json!(["two"])),
        (
            "$.fips[?match(@.fipID, 't.o')].fipID",
            &root,
            json!(["two"]),
        ),
        ("$.fips[?search(@.fipID, 'n')].fipID", &root, json!(["one"])),
        ("$.fips[?match(@.fipID, 'n')].fipID", &root, json!([])),
        (
            "$.fips[?@.fipID == $.fips[1].fipID].fipID",
            &root,
            json!(["two"]),
        ),
        // Several selectors on several values: one value after the other.
        (
            "$..accounts[*]['type','balance']",
            &root,
            json!(["SAVINGS", 10, "CURRENT", 25.5, "SAVINGS", 7]),
        ),
        ("$[0,2]", &numbers, json!([0, 2])),
        ("$[1,5:7]", &numbers, json!([1, 5, 6])),
        ("$[0,0]", &numbers, json!([0, 0])),
        ("$[1:3]", &numbers, json!([1, 2])),
        ("$[5:]", &numbers, json!([5, 6])),
        ("$[1:5:2]", &numbers, json!([1, 3])),
        ("$[5:1:-2]", &numbers, json!([5, 3])),
        ("$[::-1]", &numbers, json!([6, 5, 4, 3, 2, 1, 0])),
        ("$[-2:]", &numbers, json!([5, 6])),
        ("$[::0]", &numbers, json!([])),
        ("$[?@ > 1]", &json!([1, 2, "3", 1.5]), json!([2, 1.5])),
        ("$[?@ == 1]", &json!([1, 1.0, true, "1"]), json!([1, 1.0])),
        (
            "$[?@.x == @.y]",
            &json!([{}, { "x": 1 }, { "x": 1, "y": 1.0 }]),
            json!([{}, { "x": 1, "y": 1.0 }]),
        ),
        // The library answers these two wrongly.
        ("$..['j','k']", &nested, json!([4, 6, 1, 2])),
        (
            "$[?@[?@>1]]",
            &json!([[1, 2], [0, 1], { "a": 3 }]),
            json!([[1, 2], { "a": 3 }]),
        ),
        ("$..[0]", &nested, json!([5, { "j": 4 }])),
        ("$..*", &json!({ "a": [1], "b": 2 }), json!([[1], 2, 1])),
    ] {
        let compiled = Query::compile(query).unwrap();
        assert!(!compiled.is_singular(), "{query}");
        assert_eq!(values(query, root), expected, "{query}");
    }
}

#[test]
fn places_are_in_document_order_and_once_each() {
    let root = json!({ "b": [1, { "x": 2 }], "a": { "x": 3 } });
    let key = |name: &str| PathStep::Key(name.into());
    for (query, expected) in [
        ("$", vec![vec![]]),
        ("$.a.x", vec![vec![key("a"), key("x")]]),
        (
            "$.b[-1].x",
            vec![vec![key("b"), PathStep::Index(1), key("x")]],
        ),
        ("$.none", vec![]),
        ("$['b','a','b']", vec![vec![key("a")], vec![key("b")]]),
        (
            "$..x",
            vec![
                vec![key("a"), key("x")],
                vec![key("b"), PathStep::Index(1), key("x")],
            ],
        ),
    ] {
        assert_eq!(
            Query::compile(query).unwrap().locate(&root),
            expected,
            "{query}"
        );
    }
}

#[test]
fn mistakes_are_told_with_their_remedy() {
    for (query, message, hint) in [
        ("", "cannot be empty", "`$`"),
        ("status", "begins with `$`", "write `$.status`"),
        (".a.b", "begins with `$`", "write `$.a.b`"),
        ("@.a", "begins with `$`", "write `$.a`"),
        (
            "$.a-b",
            "`a-b` cannot stand after a dot",
            "write `$['a-b']`",
        ),
        ("$.a.b c.d", "`b c` cannot", "write `$.a['b c'].d`"),
        ("$.a.0.b", "`0` cannot", "write `$.a[0].b`"),
        ("$.FIPs[*}", "`[` is closed by `}`", "write `]`"),
        ("$.a[0", "`[` is not closed", "`]`"),
        ("$.a['b]", "`'` is not closed", "`'`"),
        ("$.a]", "closes nothing", ""),
        ("$.a.", "ends with a dot", "write `$.a`"),
        ("$.a.length()", "cannot end in a call", "`length`"),
        (" $.a", "spaces", "write `$.a`"),
        ("$.a[?@.b = 1]", "cannot be read", ""),
        ("$.a[b]", "cannot be read", ""),
        ("$[9007199254740992]", "", ""),
        ("$[?length(@.*) > 1]", "takes one value", "count"),
        ("$[?length(@.a)]", "neither true nor false", "compare it"),
        ("$[?count(@.*)]", "neither true nor false", "compare it"),
        ("$[?value(@.a)]", "neither true nor false", "compare it"),
        ("$[?count(1) == 1]", "", ""),
        ("$[?in(@.a, $.b)]", "`in` is not a function", "`search`"),
        ("$[?match(@.a, 'x') == true]", "", ""),
        ("$[?match(@.a, '(')]", "not a regular expression", ""),
        ("$[?match(@.*, 'a')]", "takes one value", ""),
        ("$[?@.* == 1]", "", ""),
        ("$[01]", "", ""),
        ("$. a", "", ""),
        ("$.. a", "", ""),
        ("$[?@.a b == 1]", "space", ""),
    ] {
        let error = Query::compile(query).expect_err(query);
        assert!(error.message.contains(message), "{query}: {error:?}");
        assert!(
            error.hint.as_deref().unwrap_or("").contains(hint),
            "{query}: {error:?}"
        );
        assert!(
            query.get(error.range.clone()).is_some(),
            "{query}: {error:?}"
        );
    }
}

#[test]
fn hostile_queries_end_quickly() {
    for query in [
        "[".repeat(100_000),
        format!("${}", "[".repeat(2000)),
        format!("$[?{}", "(".repeat(2000)),
        format!("$[?{}", "length(".repeat(500)),
        format!("$[?{}", "!(".repeat(20)),
        format!("$[?{}@{}", "(".repeat(20), ")".repeat(19)),
        format!("${}", "[?@".repeat(20)),
        format!("${}", ".é".repeat(5000)),
        "$[?length(length(length(length(!".into(),
        "$['\\ud800']".into(),
        "$.\u{0}".into(),
    ] {
        assert!(
            Query::compile(&query).is_err(),
            "{}",
            &query[..query.len().min(40)]
        );
    }
    let deep = "$".to_owned() + &"..*".repeat(4);
    assert!(!values(&deep, &account()).is_null());
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, cases: 3000, ..Default::default() })]

    #[test]
    fn any_text_is_answered_or_refused_at_a_place_in_it(
        parts in proptest::collection::vec(proptest::sample::select(vec![
            "$", "@", ".", "..", "*", "[", "]", "[*]", "['a']", "[0]", "[-1]", "[1:]", "[?", "(", ")", "a", "fips", "é", " ", "'", "\"",
            "==", "<", "!", "&&", "||", "1", "-", ",", ":", "length(", "count(", "match(", "value(", "@.a", "$.b", "'x'", "null", "\\", "{", "}",
        ]), 0..12),
    ) {
        let source = format!("${}", parts.concat());
        match Query::compile(&source) {
            Ok(query) => {
                let root = account();
                let places = query.locate(&root);
                match query.find(&root) {
                    Found::One(_) => proptest::prop_assert!(query.is_singular() && places.len() == 1),
                    Found::Missing(_) => proptest::prop_assert!(query.is_singular() && places.is_empty()),
                    Found::Many(found) => proptest::prop_assert!(!query.is_singular() && places.len() <= found.len()),
                }
            }
            Err(error) => proptest::prop_assert!(source.get(error.range.clone()).is_some(), "{source} {error:?}"),
        }
    }
}

#[test]
fn plain_queries_are_read_as_the_library_reads_them() {
    for source in [
        "$",
        "$.a",
        "$.a.b_c",
        "$._x1",
        "$.a[0]",
        "$.a[12].b",
        "$[0][3]",
        "$.a[*].b",
        "$[*][*]",
    ] {
        let plain = super::lower::plain(source).expect(source);
        let parsed = jsonpath_rust::parser::parse_json_path(source).unwrap();
        let Ok(read) = super::lower::segments(&parsed.segments) else {
            panic!("{source} is well typed");
        };
        assert_eq!(format!("{plain:?}"), format!("{read:?}"), "{source}");
    }
    for source in [
        "",
        "a",
        "$.",
        "$.1a",
        "$a",
        "$.a[01]",
        "$.a[",
        "$.a[]",
        "$.a[-1]",
        "$..a",
        "$.a b",
        "$.é",
        "$.a[0",
        "$.*",
        "$['a']",
        "$[0,1]",
        "$[1:2]",
        "$.a[?@.b]",
    ] {
        assert!(super::lower::plain(source).is_none(), "{source}");
    }
}
