//! What templates cost: they end by a limit of work, and plain ones need no engine.

use super::*;

/// What is told where the work, not the time, has come to its bound.
const FUEL_IS_OUT: &str = "the template takes too long or gives too much text";

#[test]
fn hostile_templates_end_by_a_limit_of_work() {
    let long = |text: &str, count: usize| text.repeat(count);
    for (source, limit) in [
        ("{{ 'a' * 1000000000 }}".to_owned(), FUEL_IS_OUT),
        ("{{ ('a' * 1000000) * 1000000 }}".into(), FUEL_IS_OUT),
        ("{{ [1] * 1000000000 }}".into(), "a list cannot be multiplied"),
        ("{{ ([1] * 10000000) | list | length }}".into(), "a list cannot be multiplied"),
        ("{{ range(1000000000) | list }}".into(), "range has too many elements"),
        ("{% for a in range(10000) %}{% for b in range(10000) %}{{ a }}{% endfor %}{% endfor %}".into(), FUEL_IS_OUT),
        (format!("{}{}{}", long("{% for a in range(9999) %}", 5), "x", long("{% endfor %}", 5)), FUEL_IS_OUT),
        ("{% set a = 'x' * 50000000 %}{{ a | replace('x', a) }}".into(), FUEL_IS_OUT),
        ("{% set a = 'x' * 1000000 %}{{ a | replace('x', a) }}".into(), FUEL_IS_OUT),
        ("{% set a = 'x' * 100000 %}{{ a | regex_replace('x', a) }}".into(), "what it would give is too large"),
        ("{% set a = 'x' * 100000 %}{{ a | regex_replace('x*', '$0$0$0$0') ~ (a | regex_replace('', a)) }}".into(), "what it would give is too large"),
        ("{{ ('a' * 100000000) | b64encode | b64encode | b64encode | length }}".into(), FUEL_IS_OUT),
        ("{{ '%1000000000d' | format(1) }}".into(), FUEL_IS_OUT),
        ("{{ 'a' | indent(1000000000) }}".into(), FUEL_IS_OUT),
        ("{{ 'a\nb' | indent(1000000000) }}".into(), FUEL_IS_OUT),
        ("{{ [1] | batch(1000000000, 1) | list }}".into(), FUEL_IS_OUT),
        ("{{ 2 ** 100000000 }}".into(), "unable to calculate"),
        (format!("{{{{ {}1{} }}}}", long("(", 5000), long(")", 5000)), "nested too deeply"),
        (format!("{{{{ {}1{} }}}}", long("[", 60), long("]", 60)), "nested too deeply"),
        (format!("{{{{ {}1 }}}}", long("not ", 10_000)), "the expression is too long"),
        (format!("{{{{ {}1 }}}}", long("-", 10_000)), "the expression is too long"),
        (format!("{{{{ 1{} }}}}", long("+1", 10_000)), "the expression is too long"),
        (format!("{{{{ a{} }}}}", long(".b", 10_000)), "the expression is too long"),
        (format!("{{{{ a{} }}}}", long("|upper", 10_000)), "the expression is too long"),
        (format!("{{{{ a{} }}}}", long(" if a else a", 4000)), "the expression is too long"),
        (format!("{{% if a %}}{}{{% endif %}}", long("{% elif a %}", 5000)), "the template has too many parts"),
        (long("{% if true %}", 4000), "the template has too many parts"),
        (long("{{ 1 }}", 9000), "the template has too many parts"),
        (long("x", 70_000) + "{{ 1 }}", "longer than 64 KiB"),
    ] {
        let shown = &source[..source.len().min(60)];
        let told = run(&source).expect_err(shown);
        assert!(told.contains(limit), "{shown}: {told}");
    }
    // What is deep, but not too deep, is either evaluated or refused; it never costs the stack.
    for (open, middle, close, count, is_allowed) in [
        ("", "1", "+1", 190, true),
        ("", "1", "~1", 190, true),
        ("", "true", " and true", 190, true),
        ("", "1", " if yes else 1", 95, true),
        ("", "name", "|upper", 190, true),
        ("", "1", " < 2", 190, true),
        ("(", "1", ")", 30, true),
        ("[", "1", "]", 30, true),
        ("{'a': ", "1", "}", 30, true),
        ("1+(", "1", ")", 30, true),
        ("(", "1", ")+1*2", 30, true),
        ("-(", "1", ")", 30, true),
        ("-(", "1", ")", 30, false),
        ("not (", "1", ")", 30, true),
        ("not ", "1", "", 190, false),
        ("-", "1", "", 190, false),
        ("[1, 1 + (", "1", "), name.b]", 10, false),
        ("name|replace('a', ", "'b'", ")", 30, true),
        ("random_int(1, ", "1", ")", 30, true),
        ("list[", "1", "]", 30, false),
    ] {
        let source = format!(
            "{{{{ {}{middle}{} }}}}",
            long(open, count),
            long(close, count)
        );
        let result = run(&source);
        if is_allowed {
            assert!(result.is_ok(), "{open}{close}: {result:?}");
        }
    }
    // A long list is not deep.
    let list = format!(
        "{{{{ [{}months] | length }}}}",
        long("map.a['b-c'][0] + 1, ", 900)
    );
    assert_eq!(run(&list), Ok(json!(901)));
}

#[test]
fn the_fuel_is_enough_for_what_is_meant_and_bounds_what_is_not() {
    let loops = |count: u32| {
        run(&format!(
            "{{% for a in range({count}) %}}{{% for b in range(1000) %}}{{% endfor %}}{{% endfor %}}done"
        ))
    };
    assert_eq!(loops(10), Ok(json!("done")));
    // Each turn costs at least one; so many turns cannot be had.
    let turns = u32::try_from(FUEL / 1000).unwrap();
    assert_eq!(loops(turns), Err(FUEL_IS_OUT.to_owned()));
    // So does text: 64 bytes cost one.
    let text = |bytes: u64| run(&format!("{{{{ ('x' * {bytes}) | length }}}}"));
    assert_eq!(text(1_000_000), Ok(json!(1_000_000)));
    assert_eq!(text(FUEL * 64), Err(FUEL_IS_OUT.to_owned()));
}

#[test]
fn an_evaluation_costs_little() {
    let mut engine = Engine::default();
    let scope = scope();
    let templates: Vec<Template> = [
        "/v2/consents/{{ name }}",
        "{{ months }}",
        "{{ steps.login.body.token }}",
        "{{ name }}@{{ months }}",
        "plain",
    ]
    .iter()
    .map(|source| engine.template(&text(source)).unwrap())
    .collect();
    let begun = Instant::now();
    let rounds: u32 = 2000;
    for _ in 0..rounds {
        for template in &templates {
            engine.evaluate(template, &scope).unwrap();
        }
    }
    let each = begun.elapsed() / (rounds * 5);
    // Ten times what a slow machine needs in a debug build.
    assert!(each < Duration::from_millis(1), "{each:?}");
}

#[test]
fn plain_templates_give_what_the_engine_gives() {
    let mut engine = Engine::default();
    let mut answered = 0;
    for scope in [scope(), scope().with_response(response("{\"a\":1}"))] {
        for name in [
            "months",
            "half",
            "whole",
            "large",
            "name",
            "yes",
            "nothing",
            "list",
            "empty",
            "map",
            "map.a",
            "map.items",
            "map.gone",
            "months.x",
            "name.x",
            "gone",
            "status",
            "body",
            "file",
            "steps",
            "now",
            "people.n",
        ] {
            for source in [
                format!("{{{{ {name} }}}}"),
                format!("{{{{{name}}}}}"),
                format!("a {{{{ {name} }}}}\n"),
                format!("{{{{ {name} }}}}{{{{ name }}}}/x"),
                format!(" {{{{- {name} -}}}} x"),
            ] {
                let Ok(template) = engine.template(&text(&source)) else {
                    continue;
                };
                let compiled = template.compiled.as_ref().expect("something to evaluate");
                let plain = compiled.plain.as_ref().expect("a plain template");
                let slow = if compiled.typed {
                    engine
                        .compute_typed(compiled, &template.text, &scope)
                        .and_then(|value| {
                            convert::to_json(&value)
                                .map_err(|message| whole(&template.text, &message))
                        })
                } else {
                    engine
                        .write(compiled, &template.text, &scope)
                        .map(Value::from)
                };
                let quick = match compiled.typed {
                    true => plain.value(&scope),
                    false => plain.text(&scope).map(Value::from),
                };
                if let Some(quick) = quick {
                    assert_eq!(Ok(quick), slow, "{source}");
                    answered += 1;
                }
            }
        }
    }
    assert!(answered > 80, "{answered} were answered without the engine");
}

#[test]
fn long_texts_are_left_to_the_engines_limits() {
    let mut scope = scope();
    scope.set("long", Value::from("x".repeat(700_000)));
    let mut engine = Engine::default();
    let template = engine
        .template(&text("{{ long }}{{ long }}"))
        .expect("a template");
    let compiled = template.compiled.as_ref().expect("something to evaluate");
    assert_eq!(compiled.plain.as_ref().expect("plain").text(&scope), None);
    assert_eq!(
        engine.render(&template, &scope).expect("text").len(),
        1_400_000
    );
}

#[test]
fn a_list_that_is_cheap_to_write_is_not_computed_without_end() {
    for list in ["[1] * 11000 * 8000", "2 * [1]", "[1] * 100000 * 1000 * 1"] {
        let told = run(&format!("{{{{ {list} }}}}"));
        assert!(
            told.as_ref()
                .is_err_and(|told| told.contains("a list cannot be multiplied")),
            "{list}: {told:?}"
        );
    }
    assert_eq!(run("{{ 'ab' * 2 }}"), Ok(json!("abab")));
}
