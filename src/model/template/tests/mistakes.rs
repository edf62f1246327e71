//! What is wrong with a template before it is computed, and at which part of it.

use super::*;

#[test]
fn mistakes_are_found_before_anything_runs() {
    for (source, message, at, hint) in [
        ("{{ months", "`{{` is not closed", "{{", "`}}`"),
        ("a {{ }}", "", "", ""),
        ("{{ a = 1 }}", "`=` does not compare", "=", "=="),
        ("{{ a && b }}", "`&&` is no operator", "&&", "and"),
        ("{{ a || b }}", "`||` is no operator", "||", "or"),
        ("{{ !a }}", "`!` is no operator", "!", "not"),
        ("{{ a ? b : c }}", "`?` is no operator", "?", "if"),
        ("{{ $.a }}", "`$` cannot", "$", "jsonpath"),
        ("{{ é.a }}", "`é` cannot stand", "é", "subscript"),
        (
            "{{ a | uper }}",
            "there is no filter `uper`",
            "uper",
            "`upper`",
        ),
        ("{{ a | len }}", "there is no filter `len`", "len", "length"),
        (
            "{{ a is defned }}",
            "there is no test `defned`",
            "defned",
            "`defined`",
        ),
        ("{{ nwo() }}", "there is no function `nwo`", "nwo", "`now`"),
        (
            "{{ upper(a) }}",
            "there is no function `upper`",
            "upper",
            "filter",
        ),
        ("{{ namespace() }}", "there is no function", "namespace", ""),
        (
            "{{ a.upper() }}",
            "values have no methods",
            "a.upper()",
            "| upper",
        ),
        (
            "{{ a.len() }}",
            "values have no methods",
            "a.len()",
            "| length",
        ),
        (
            "{{ a | regex_find('(') }}",
            "not a regular expression",
            "'('",
            "",
        ),
        (
            "{{ a | jsonpath('a.b') }}",
            "begins with `$`",
            "'a.b'",
            "write `$.a.b`",
        ),
        (
            "{{ a | plus('4 moons') }}",
            "not an amount of time",
            "'4 moons'",
            "",
        ),
        ("{% include 'x' %}", "", "", ""),
        ("{% macro x() %}{% endmacro %}", "", "", ""),
        ("{% if a %}", "", "", ""),
        ("{% set a.b = 1 %}", "only a name", "a.b", ""),
        (
            "{% for x in y recursive %}{% endfor %}",
            "recursive",
            "y",
            "",
        ),
        (
            "{% autoescape true %}{% endautoescape %}",
            "autoescape",
            "true",
            "",
        ),
        ("{{ 1 in a < 2 }}", "chain of comparisons", "", ""),
        ("☺ {{ a | uper }}", "there is no filter", "uper", ""),
    ] {
        let error = Engine::default().template(&text(source)).expect_err(source);
        assert!(error.message.contains(message), "{source}: {error:?}");
        if !at.is_empty() {
            assert_eq!(
                source.get(error.range.clone()),
                Some(at),
                "{source}: {error:?}"
            );
        }
        assert!(
            error.hint.as_deref().unwrap_or("").contains(hint),
            "{source}: {error:?}"
        );
        assert!(
            source.get(error.range.clone()).is_some(),
            "{source}: {error:?}"
        );
    }
    for source in [
        "a }}",
        "a }} {{ b",
        "",
        "  ",
        "{{ a }}",
        "a b",
        "a; b",
        "a)",
        "(a",
        "a %}x{% if b",
    ] {
        assert!(
            Engine::default().expression(&text(source)).is_err(),
            "{source}"
        );
    }
}

#[test]
fn names_are_known_with_their_places() {
    for (source, expected) in [
        ("{{ a }} and {{ b.c }}", vec!["a", "b.c"]),
        (
            "{{ steps.login.body.token | upper }}",
            vec!["steps.login.body.token"],
        ),
        ("{{ a['b'].c[0].d }}", vec!["a['b'].c"]),
        ("{{ a[b] }}", vec!["b", "a"]),
        ("{{ f | default(g) }}", vec!["f?", "g"]),
        (
            "{{ f.x is defined and not (g is undefined) }}",
            vec!["f.x?", "g?"],
        ),
        (
            "{% for x in xs %}{{ x }}{{ loop.index }}{{ y }}{% endfor %}",
            vec!["xs", "y"],
        ),
        ("{% set q = r %}{{ q }}", vec!["r"]),
        (
            "{% with q = r %}{{ q }}{% endwith %}{{ q }}",
            vec!["r", "q"],
        ),
        ("{% for x in xs %}{% endfor %}{{ x }}", vec!["xs", "x"]),
        ("{{ now() }} {{ x < y }}", vec!["x", "y"]),
        ("☺{{ b.c }}", vec!["b.c"]),
        (
            "{{ (a or b) }}{{ [c, {'k': d}] }}",
            vec!["a", "b", "c", "d"],
        ),
        ("plain", vec![]),
    ] {
        let template = Engine::default().template(&text(source)).expect(source);
        let found: Vec<String> = template
            .names()
            .iter()
            .map(|name| {
                let mark = if name.may_be_missing { "?" } else { "" };
                format!("{}{mark}", &source[name.range.clone()])
            })
            .collect();
        assert_eq!(found, expected, "{source}");
    }
    let template = Engine::default()
        .template(&text("{{ a['b'].c[0].d }}"))
        .unwrap();
    assert_eq!(template.names()[0].path, ["a", "b", "c"]);
    for (source, expected) in [
        ("{{ now() }}", true),
        ("{{ 1 if today() else 2 }}", true),
        ("{{ now }}", false),
        ("x", false),
    ] {
        assert_eq!(
            Engine::default()
                .template(&text(source))
                .unwrap()
                .uses_clock(),
            expected
        );
    }
}

#[test]
fn errors_stand_at_the_part_that_is_wrong() {
    for (source, at) in [
        ("abc {{ months }} {{ map.b }} x", "map.b"),
        ("abc {{ months + map.b }} x", "map.b"),
        ("abc {{ '9' > 5 }} x", "'9' > 5"),
        ("abc {{ name | fromjson | upper }}", "name | fromjson"),
        ("abc {{ list }}", "list"),
        ("{% if months > 1 %}☺{{ map.q }}{% endif %}", "map.q"),
    ] {
        let mut engine = Engine::default();
        let template = engine.template(&text(source)).unwrap();
        let error = engine.evaluate(&template, &scope()).expect_err(source);
        let span = error.span.unwrap();
        let (start, end) = (span.start as usize - 101, span.end as usize - 101);
        assert_eq!(source.get(start..end), Some(at), "{source}: {error:?}");
    }
}
