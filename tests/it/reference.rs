//! The reference pages: every example on them is run, and every name that the code knows is on them.

use sammati::model::matcher::{self, Actual, MatcherContext, MatcherTemplate, NoSchemaFiles};
use sammati::model::node::{Entry, Node, NodeKind, Text};
use sammati::model::source::{FileId, Span};
use sammati::model::template::{self, Engine, Scope, World};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A world in which it is always the same time.
#[derive(Debug)]
struct Still(AtomicU64);

impl World for Still {
    fn now(&self) -> i128 {
        1_743_494_400_000_000_000
    }
    fn random(&self) -> u64 {
        self.0
            .fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed)
            .wrapping_mul(0xBF58_476D_1CE4_E5B9)
    }
    fn file(&self, _from: FileId, path: &str) -> Result<String, String> {
        match path {
            "data/consent.json" => Ok(r#"{"fiTypes": ["DEPOSIT"]}"#.to_owned()),
            _ => Err(format!("`{path}` cannot be read: it is not there")),
        }
    }
}

fn text(value: &str) -> Text {
    Text {
        value: value.to_owned(),
        span: Span {
            file: FileId(0),
            start: 0,
            end: 0,
        },
        verbatim_at: None,
    }
}

/// A page with the names in its headings of the third level, and their text.
struct Page {
    text: String,
}

impl Page {
    fn read(name: &str) -> Page {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("docs")
            .join(name);
        Page {
            text: std::fs::read_to_string(path).unwrap(),
        }
    }

    /// The text under a heading of the second level.
    fn part(&self, heading: &str) -> &str {
        let marker = format!("\n## {heading}\n");
        let start = self.text.find(&marker).expect(heading) + marker.len();
        let end = self.text[start..]
            .find("\n## ")
            .map_or(self.text.len(), |end| start + end);
        &self.text[start..end]
    }

    /// The sections of a part: the names in their headings, and what stands under them.
    fn sections(&self, heading: &str) -> Vec<(Vec<&str>, &str)> {
        let mut sections: Vec<(Vec<&str>, &str)> = Vec::new();
        for section in self.part(heading).split("\n### ").skip(1) {
            let (names, body) = section.split_once('\n').expect("a heading has an end");
            let names = names.split('`').skip(1).step_by(2).collect();
            sections.push((names, body));
        }
        sections
    }

    fn names(&self, heading: &str) -> BTreeSet<&str> {
        let sections = self.sections(heading).into_iter();
        sections.flat_map(|(names, _)| names).collect()
    }
}

/// The lines of all blocks of a kind.
fn block_lines<'t>(text: &'t str, kind: &str) -> Vec<&'t str> {
    let marker = format!("```{kind}\n");
    text.split(&marker)
        .skip(1)
        .filter_map(|rest| rest.split_once("```"))
        .flat_map(|(block, _)| block.lines())
        .filter(|line| !line.trim().is_empty())
        .collect()
}

fn block(text: &str, kind: &str) -> Value {
    let lines = block_lines(text, kind).join("\n");
    serde_json::from_str(&lines).expect("the values of the examples are JSON")
}

fn scope(values: &Value) -> Scope {
    let mut scope = Scope::new(Arc::new(Still(AtomicU64::new(1))));
    for (name, value) in values.as_object().expect("a map of values") {
        scope.set(name, value.clone());
    }
    scope
}

/// What an expression gives: JSON, or `error: …`.
fn answer(expression: &str, scope: &Scope) -> String {
    let mut engine = Engine::default();
    match engine.expression(&text(expression)) {
        Err(error) => format!("error: {}", error.message),
        Ok(compiled) => match engine.compute(&compiled, scope) {
            Ok(value) => value.to_string(),
            Err(error) => format!("error: {}", error.message),
        },
    }
}

#[test]
fn every_example_of_a_template_gives_what_the_page_says() {
    let page = Page::read("templates.md");
    let scope = scope(&block(&page.text, "json"));
    let mut wrong = Vec::new();
    let mut count = 0;
    for line in block_lines(&page.text, "text") {
        let (expression, expected) = line.split_once(" => ").expect(line);
        count += 1;
        let given = answer(expression, &scope);
        // An error may be told in short.
        let fits = match expected.strip_prefix("error: ") {
            Some(part) => given
                .strip_prefix("error: ")
                .is_some_and(|told| told.contains(part)),
            None => {
                let value = |text: &str| serde_json::from_str::<Value>(text).ok();
                value(expected).is_some() && value(expected) == value(&given)
            }
        };
        if !fits {
            wrong.push(format!("{expression} => {given}"));
        }
    }
    assert!(count > 100, "only {count} examples were found");
    assert!(wrong.is_empty(), "the page is wrong:\n{}", wrong.join("\n"));
}

#[test]
fn every_function_filter_and_test_is_on_the_page_with_an_example_and_no_other() {
    let page = Page::read("templates.md");
    for (part, known) in [
        ("Functions", template::FUNCTIONS),
        ("Filters", template::FILTERS),
        ("Tests", template::TESTS),
    ] {
        let known: BTreeSet<&str> = known.iter().copied().collect();
        assert_eq!(page.names(part), known, "{part}");
        for (names, body) in page.sections(part) {
            let examples = block_lines(body, "text");
            for name in names {
                let shown = examples.iter().any(|line| uses(line, name));
                assert!(shown, "{part}: `{name}` has no example");
            }
        }
    }
}

/// Whether an example uses a name as a word.
fn uses(line: &str, name: &str) -> bool {
    let expression = line.split(" => ").next().unwrap_or_default();
    expression
        .split(|character: char| !character.is_ascii_alphanumeric() && character != '_')
        .any(|word| word == name)
}

/// YAML as it stands in a cell, as a located value.
fn node(value: &Value) -> Node {
    let kind = match value {
        Value::Null => NodeKind::Null,
        Value::Bool(truth) => NodeKind::Bool(*truth),
        Value::Number(number) => NodeKind::Number(number.clone()),
        Value::String(value) => NodeKind::Text(text(value)),
        Value::Array(items) => NodeKind::List(items.iter().map(node).collect()),
        Value::Object(map) => NodeKind::Map(
            map.iter()
                .map(|(key, value)| Entry {
                    key: text(key),
                    value: node(value),
                })
                .collect(),
        ),
    };
    Node {
        span: text("").span,
        kind,
    }
}

fn yaml(cell: &str) -> Value {
    serde_yaml::from_str(cell).unwrap_or_else(|error| panic!("{cell}: {error}"))
}

/// The rows of all tables in a text: the cells, each without its backticks.
fn rows(text: &str) -> Vec<[&str; 3]> {
    text.lines()
        .filter_map(|line| line.strip_prefix("| `")?.strip_suffix("` |"))
        .map(|line| {
            let cells: Vec<&str> = line.split("` | `").collect();
            <[&str; 3]>::try_from(cells).unwrap_or_else(|_| panic!("three cells: {line}"))
        })
        .collect()
}

fn holds(matcher: &Value, value: &Value, scope: &Scope) -> Result<bool, String> {
    let mut engine = Engine::default();
    let matcher = MatcherTemplate::compile(
        &node(matcher),
        MatcherContext::Value,
        &mut engine,
        &NoSchemaFiles,
    )
    .map_err(|mistakes| mistakes[0].message.clone())?;
    let actual = if value == "(nothing)" {
        Actual::Missing("")
    } else {
        Actual::Value(value)
    };
    matcher
        .check(actual, &engine, scope)
        .map(|mismatches| mismatches.is_empty())
        .map_err(|error| error.message)
}

#[test]
fn every_example_of_a_matcher_holds_and_fails_as_the_page_says() {
    let page = Page::read("matchers.md");
    let scope = scope(&block(&page.text, "json"));
    let mut wrong = Vec::new();
    let mut count = 0;
    for [matcher, right, other] in rows(&page.text) {
        count += 1;
        for (value, expected) in [(right, true), (other, false)] {
            let told = holds(&yaml(matcher), &yaml(value), &scope);
            if told != Ok(expected) {
                wrong.push(format!("`{matcher}` of `{value}`: {told:?}"));
            }
        }
    }
    assert!(count > 60, "only {count} examples were found");
    assert!(wrong.is_empty(), "the page is wrong:\n{}", wrong.join("\n"));
}

#[test]
fn every_word_and_format_is_on_the_page_with_an_example_and_no_other() {
    let page = Page::read("matchers.md");
    let words: BTreeSet<&str> = matcher::words().collect();
    assert_eq!(page.names("Words"), words);
    for (names, body) in page.sections("Words") {
        for name in names {
            let shown = rows(body)
                .iter()
                .any(|[matcher, ..]| yaml(matcher).get(name).is_some());
            assert!(shown, "`{name}` has no example");
        }
    }
    let formats: BTreeSet<String> = rows(page.part("Formats"))
        .iter()
        .map(|[matcher, ..]| yaml(matcher)["format"].as_str().unwrap_or("").to_owned())
        .collect();
    let known: BTreeSet<String> = matcher::FORMATS
        .iter()
        .map(|name| (*name).to_owned())
        .collect();
    assert_eq!(formats, known);
}
