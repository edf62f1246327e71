//! RFC 9535, case by case: what it says is answered, and what it forbids is refused.

mod refused;

use super::*;
use serde_json::json;

fn answer(query: &str, root: &Value) -> Value {
    match Query::compile(query)
        .unwrap_or_else(|error| panic!("{query}: {error:?}"))
        .find(root)
    {
        Found::Many(found) => Value::Array(found.into_iter().cloned().collect()),
        Found::One(one) => json!([one]),
        Found::Missing(_) => json!([]),
    }
}

fn answers(root: &Value, cases: &[(&str, Value)]) {
    for (query, expected) in cases {
        assert_eq!(answer(query, root), *expected, "{query}");
    }
}

#[test]
fn names_and_their_escapes() {
    let root = json!({
        "o": { "j j": { "k.k": 3 } }, "'": { "@": 2 }, "\"": "quote", "\\": "back", "/": "slash", "\u{8}": "b", "\u{c}": "f",
        "\n": "n", "\r": "r", "\t": "t", "☺": "smile", "𝄞": "clef", "": "empty", "a'b": "mixed", "_1": "under", "é": "accent",
        "null": "null", "true": "true", "$": "dollar", "@": "at", "A": "big", "a": "small", "0": "zero", "-1": "minus",
    });
    answers(
        &root,
        &[
            ("$.o['j j']", json!([{ "k.k": 3 }])),
            ("$.o['j j']['k.k']", json!([3])),
            (r#"$.o["j j"]["k.k"]"#, json!([3])),
            (r#"$["'"]["@"]"#, json!([2])),
            (r"$['\'']['@']", json!([2])),
            (r#"$["\""]"#, json!(["quote"])),
            (r#"$['"']"#, json!(["quote"])),
            (r"$['\\']", json!(["back"])),
            (r"$['\/']", json!(["slash"])),
            ("$['/']", json!(["slash"])),
            (r"$['\b']", json!(["b"])),
            (r"$['\f']", json!(["f"])),
            (r"$['\n']", json!(["n"])),
            (r"$['\r']", json!(["r"])),
            (r"$['\t']", json!(["t"])),
            (r"$['\u263A']", json!(["smile"])),
            (r"$['\u263a']", json!(["smile"])),
            (r"$['\uD834\uDD1E']", json!(["clef"])),
            (r"$['\uD834\udd1e']", json!(["clef"])),
            (r"$['\u0041']", json!(["big"])),
            ("$['☺']", json!(["smile"])),
            ("$.☺", json!(["smile"])),
            ("$.𝄞", json!(["clef"])),
            ("$.é", json!(["accent"])),
            ("$['']", json!(["empty"])),
            (r"$['a\'b']", json!(["mixed"])),
            (r#"$["a'b"]"#, json!(["mixed"])),
            ("$._1", json!(["under"])),
            ("$.null", json!(["null"])),
            ("$.true", json!(["true"])),
            ("$['$']", json!(["dollar"])),
            ("$['@']", json!(["at"])),
            ("$.a", json!(["small"])),
            ("$.A", json!(["big"])),
            ("$['0']", json!(["zero"])),
            ("$['-1']", json!(["minus"])),
            ("$['a','A','b','a']", json!(["small", "big", "small"])),
            ("$[0]", json!([])),
            ("$[0:2]", json!([])),
        ],
    );
    answers(
        &json!(["a"]),
        &[
            ("$['0']", json!([])),
            ("$['a']", json!([])),
            ("$.length", json!([])),
        ],
    );
    answers(
        &json!("abc"),
        &[
            ("$", json!(["abc"])),
            ("$[0]", json!([])),
            ("$.*", json!([])),
        ],
    );
}

#[test]
fn indexes_and_slices() {
    let root = json!(["a", "b", "c", "d", "e", "f", "g"]);
    answers(
        &root,
        &[
            ("$[1]", json!(["b"])),
            ("$[-2]", json!(["f"])),
            ("$[-7]", json!(["a"])),
            ("$[-8]", json!([])),
            ("$[7]", json!([])),
            ("$[9007199254740991]", json!([])),
            ("$[-9007199254740991]", json!([])),
            ("$[1:3]", json!(["b", "c"])),
            ("$[5:]", json!(["f", "g"])),
            ("$[1:5:2]", json!(["b", "d"])),
            ("$[5:1:-2]", json!(["f", "d"])),
            ("$[::-1]", json!(["g", "f", "e", "d", "c", "b", "a"])),
            ("$[:]", json!(["a", "b", "c", "d", "e", "f", "g"])),
            ("$[::]", json!(["a", "b", "c", "d", "e", "f", "g"])),
            ("$[:2]", json!(["a", "b"])),
            ("$[:-5]", json!(["a", "b"])),
            ("$[-2:]", json!(["f", "g"])),
            ("$[-3:-1]", json!(["e", "f"])),
            ("$[2:2]", json!([])),
            ("$[3:1]", json!([])),
            ("$[0:100]", json!(["a", "b", "c", "d", "e", "f", "g"])),
            ("$[-100:2]", json!(["a", "b"])),
            ("$[100:]", json!([])),
            ("$[::3]", json!(["a", "d", "g"])),
            ("$[::100]", json!(["a"])),
            ("$[1:3:0]", json!([])),
            ("$[::0]", json!([])),
            ("$[3::-1]", json!(["d", "c", "b", "a"])),
            ("$[:3:-1]", json!(["g", "f", "e"])),
            ("$[100::-3]", json!(["g", "d", "a"])),
            ("$[100:-100:-3]", json!(["g", "d", "a"])),
            ("$[-2:-5:-1]", json!(["f", "e", "d"])),
            ("$[0:3:-1]", json!([])),
            ("$[0:0:-1]", json!([])),
            ("$[-1:0:-1]", json!(["g", "f", "e", "d", "c", "b"])),
            ("$[0::-1]", json!(["a"])),
            ("$[-100:-200:-1]", json!([])),
            ("$[0:9007199254740991:9007199254740991]", json!(["a"])),
            ("$[6:-9007199254740991:-9007199254740991]", json!(["g"])),
            ("$[ 1 : 5 : 2 ]", json!(["b", "d"])),
            ("$[1:\n5\t:\r2]", json!(["b", "d"])),
            ("$[0, 3]", json!(["a", "d"])),
            ("$[0:2, 5]", json!(["a", "b", "f"])),
            ("$[0, 0]", json!(["a", "a"])),
            ("$[6, *, 0][0]", json!([])),
            ("$[1:3, 2, ?@ == 'c']", json!(["b", "c", "c", "c"])),
        ],
    );
}

#[test]
fn wildcards_and_descendants() {
    let root = json!({ "o": { "j": 1, "k": 2 }, "a": [5, 3, [{ "j": 4 }, { "k": 6 }]] });
    answers(
        &root,
        &[
            ("$.o[*]", json!([1, 2])),
            ("$.o.*", json!([1, 2])),
            ("$.o[*, *]", json!([1, 2, 1, 2])),
            ("$.a[*]", json!([5, 3, [{ "j": 4 }, { "k": 6 }]])),
            ("$..j", json!([4, 1])),
            ("$..['j']", json!([4, 1])),
            ("$..[0]", json!([5, { "j": 4 }])),
            ("$..[-1]", json!([[{ "j": 4 }, { "k": 6 }], { "k": 6 }])),
            ("$..[0, 1]", json!([5, 3, { "j": 4 }, { "k": 6 }])),
            ("$..[:1]", json!([5, { "j": 4 }])),
            (
                "$..[::-1]",
                json!([[{ "j": 4 }, { "k": 6 }], 3, 5, { "k": 6 }, { "j": 4 }]),
            ),
            ("$..o", json!([{ "j": 1, "k": 2 }])),
            ("$.o..[*, *]", json!([1, 2, 1, 2])),
            ("$.a..[0, 1]", json!([5, 3, { "j": 4 }, { "k": 6 }])),
            ("$..[?@.j]", json!([{ "j": 1, "k": 2 }, { "j": 4 }])),
            ("$..[?@ > 3]", json!([5, 4, 6])),
            ("$..a..k", json!([6])),
            ("$..*..j", json!([4, 1, 4, 4])),
            ("$.nothing..*", json!([])),
            ("$..nothing", json!([])),
        ],
    );
    let everything = answer("$..*", &root);
    assert_eq!(everything.as_array().map(Vec::len), Some(11));
    let null = json!({ "a": null, "b": [null], "c": [{}], "null": 1 });
    answers(
        &null,
        &[
            ("$.a", json!([null])),
            ("$.a[0]", json!([])),
            ("$.a.d", json!([])),
            ("$.b[0]", json!([null])),
            ("$.b[*]", json!([null])),
            ("$.b[?@]", json!([null])),
            ("$.b[?@ == null]", json!([null])),
            ("$.c[?@.d == null]", json!([])),
            ("$.null", json!([1])),
        ],
    );
}

#[test]
fn filters() {
    let root = json!({
        "a": [3, 5, 1, 2, 4, 6, { "b": "j" }, { "b": "k" }, { "b": {} }, { "b": "kilo" }],
        "o": { "p": 1, "q": 2, "r": 3, "s": 5, "t": { "u": 6 } },
        "e": "f",
    });
    answers(
        &root,
        &[
            ("$.a[?@.b == 'kilo']", json!([{ "b": "kilo" }])),
            ("$.a[?(@.b == 'kilo')]", json!([{ "b": "kilo" }])),
            ("$.a[?@ > 3.5]", json!([5, 4, 6])),
            (
                "$.a[?@.b]",
                json!([{ "b": "j" }, { "b": "k" }, { "b": {} }, { "b": "kilo" }]),
            ),
            ("$[?@.*]", json!([root["a"], root["o"]])),
            ("$[?@[?@.b]]", json!([root["a"]])),
            ("$.o[?@ < 3, ?@ < 3]", json!([1, 2, 1, 2])),
            ("$.a[?@ < 2 || @.b == 'k']", json!([1, { "b": "k" }])),
            (
                "$.a[?match(@.b, '[jk]')]",
                json!([{ "b": "j" }, { "b": "k" }]),
            ),
            (
                "$.a[?search(@.b, '[jk]')]",
                json!([{ "b": "j" }, { "b": "k" }, { "b": "kilo" }]),
            ),
            ("$.o[?@ > 1 && @ < 4]", json!([2, 3])),
            ("$.o[?@.u || @.x]", json!([{ "u": 6 }])),
            ("$.a[?@.b == $.x]", json!([3, 5, 1, 2, 4, 6])),
            ("$.a[?@ == @]", root["a"].clone()),
            ("$.a[?!@.b]", json!([3, 5, 1, 2, 4, 6])),
            ("$.a[?!(@.b)]", json!([3, 5, 1, 2, 4, 6])),
            (
                "$.a[?!(@.b == 'j' || @ < 5)]",
                json!([5, 6, { "b": "k" }, { "b": {} }, { "b": "kilo" }]),
            ),
            ("$.a[?@.b == {} || @.b != 'j' && @.b]", json!(null)),
            ("$.a[?1 == 1]", root["a"].clone()),
            ("$.a[?1 == 2]", json!([])),
            ("$.a[?$.e == 'f']", root["a"].clone()),
            ("$.a[?@ == $.o.p]", json!([1])),
            ("$.a[?$.o[?@ > 100]]", json!([])),
            ("$[?@ == 'f']", json!(["f"])),
            ("$.o[? @ == 1 ]", json!([1])),
            ("$.o[?\t@\n==\r1]", json!([1])),
            ("$.o[?@==1||@==2]", json!([1, 2])),
            ("$.o[?@ == 1 || @ == 2 && @ == 3]", json!([1])),
            ("$.o[?(@ == 1 || @ == 2) && @ == 2]", json!([2])),
            ("$.o[?((@ == 1))]", json!([1])),
        ]
        .into_iter()
        // A map is no literal in a query.
        .filter(|(_, expected)| !expected.is_null())
        .collect::<Vec<_>>(),
    );
}

#[test]
fn comparisons() {
    // The table of section 2.3.5.3, as filters that keep the one item or not.
    let root = json!({ "obj": { "x": "y" }, "arr": [2, 3], "one": [1] });
    for (comparison, holds) in [
        ("$.absent1 == $.absent2", true),
        ("$.absent1 <= $.absent2", true),
        ("$.absent == 'g'", false),
        ("$.absent1 != $.absent2", false),
        ("$.absent != 'g'", true),
        ("1 <= 2", true),
        ("1 > 2", false),
        ("13 == '13'", false),
        ("'a' <= 'b'", true),
        ("'a' > 'b'", false),
        ("$.obj == $.arr", false),
        ("$.obj != $.arr", true),
        ("$.obj == $.obj", true),
        ("$.obj != $.obj", false),
        ("$.arr == $.arr", true),
        ("$.arr != $.arr", false),
        ("$.obj == 17", false),
        ("$.obj != 17", true),
        ("$.obj <= $.arr", false),
        ("$.obj < $.arr", false),
        ("$.obj <= $.obj", true),
        ("$.arr <= $.arr", true),
        ("1 <= $.arr", false),
        ("1 >= $.arr", false),
        ("1 > $.arr", false),
        ("1 < $.arr", false),
        ("true <= true", true),
        ("true > true", false),
        ("true == true", true),
        ("true != false", true),
        ("false < true", false),
        ("null == null", true),
        ("null <= null", true),
        ("null < null", false),
        ("null == false", false),
        ("null == 0", false),
        ("$.absent == null", false),
        ("$.absent < 1", false),
        ("1 == 1.0", true),
        ("1 == 1e0", true),
        ("100 == 1e2", true),
        ("1E+2 == 100", true),
        ("0.01 == 1e-2", true),
        ("-0 == 0", true),
        ("-0.0 == 0", true),
        ("-1 < 0", true),
        ("1.5 > 1", true),
        ("'' == ''", true),
        ("'' < 'a'", true),
        ("'B' < 'a'", true),
        ("'ab' > 'aa'", true),
        ("'a' < 'aa'", true),
        ("'\u{ffff}' < '\u{10000}'", true),
        ("\"a\" == 'a'", true),
        (r"'\u0061' == 'a'", true),
        (r#""\"" == '"'"#, true),
        ("'a' == true", false),
        ("$.obj.x == 'y'", true),
        ("$['obj']['x'] == 'y'", true),
        ("$.arr[0] == 2", true),
        ("$.arr[-1] == 3", true),
        ("'y' == $.obj.x", true),
        ("length($.arr) == 2", true),
        ("length($.obj) == 1", true),
        ("length($.obj.x) == 1", true),
        ("length('☺𝄞') == 2", true),
        ("length($.absent) == length($.arr[0])", true),
        ("length(true) == 1", false),
        ("length(null) == 0", false),
        ("count($.arr[*]) == 2", true),
        ("count($.absent) == 0", true),
        ("count($.*) == 3", true),
        ("count($['arr','arr']) == 2", true),
        ("count($..*) == count($..*)", true),
        ("value($.obj.x) == 'y'", true),
        ("value($.arr[*]) == $.absent", true),
        ("value($..x) == 'y'", true),
        ("length(value($..arr)) == 2", true),
        ("count($.arr[?@ > 2]) == 1", true),
        ("length( $.arr ) == count( $.arr[ * ] )", true),
    ] {
        for query in [
            format!("$.one[?{comparison}]"),
            format!("$.one[?!({comparison})]"),
        ] {
            let kept = answer(&query, &root) == json!([1]);
            assert_eq!(kept, holds != query.contains("?!("), "{query}");
        }
    }
}

#[test]
fn regular_expressions() {
    for (test, text, holds) in [
        ("match(@, 'a.c')", "abc", true),
        ("match(@, 'a.c')", "xabc", false),
        ("search(@, 'a.c')", "xabcx", true),
        ("match(@, 'a|b')", "ab", false),
        ("match(@, 'a|ab')", "ab", true),
        ("match(@, '.*')", "", true),
        // `.` is anything but a line's end, and nothing else is one.
        ("match(@, 'a.c')", "a\nc", false),
        ("match(@, 'a.c')", "a\rc", false),
        ("match(@, 'a.c')", "a\u{2028}c", true),
        ("match(@, 'a.c')", "a\u{85}c", true),
        ("match(@, 'a.c')", "a𝄞c", true),
        (r"match(@, 'a\\.c')", "a.c", true),
        (r"match(@, 'a\\.c')", "abc", false),
        (r"match(@, '[.]')", ".", true),
        (r"match(@, '[.]')", "a", false),
        (r"match(@, '[^.]')", "\n", true),
        (r"match(@, '\\p{Lu}+')", "ÀB", true),
        (r"match(@, '\\P{Lu}')", "A", false),
        ("match(@, '[a-c]{2,3}')", "abc", true),
        ("match(@, '[a-c]{2,3}')", "a", false),
        ("search(@, '')", "x", true),
        ("search(@, 'A')", "a", false),
        ("match(@, 'é')", "é", true),
        (r"match(@, '\\[x\\]')", "[x]", true),
        (r"match(@, '[\\]a.]+')", "].a", true),
        (r"match(@, '[\\]a.]+')", "b", false),
    ] {
        let found = answer(&format!("$[?{test}]"), &json!([text]));
        assert_eq!(found == json!([text]), holds, "{test} {text:?}");
    }
    let root = json!({ "pattern": "b.", "texts": ["ab", "bc", 1, null, ["bc"]] });
    answers(
        &root,
        &[
            ("$.texts[?match(@, $.pattern)]", json!(["bc"])),
            ("$.texts[?search(@, 'b')]", json!(["ab", "bc"])),
            ("$.texts[?!match(@, 'bc')]", json!(["ab", 1, null, ["bc"]])),
            ("$.texts[?match(@, $.absent)]", json!([])),
            ("$.texts[?match('bc', @)]", json!(["bc"])),
            ("$.texts[?match(@, 'b' ) && @ == 'b']", json!([])),
        ],
    );
    // A pattern that comes from the value and is none finds nothing.
    answers(&json!(["(", "a"]), &[("$[?match('a', @)]", json!(["a"]))]);
}
