//! From what the library reads to what is answered: well-typed by RFC 9535, section 2.4.3, regular
//! expressions compiled.

use jsonpath_rust::parser::model as parsed;
use regex::{Regex, RegexBuilder};
use serde_json::Value;

/// A step of a query.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    /// Whether it looks at everything below too: `..`.
    pub(super) descendant: bool,
    /// What it takes.
    pub(super) selectors: Vec<Selector>,
}

/// What a step takes.
#[derive(Clone, Debug)]
pub(super) enum Selector {
    Name(String),
    Index(i64),
    Wildcard,
    Slice(Box<(Option<i64>, Option<i64>, i64)>),
    Filter(Box<Test>),
}

/// A condition in a filter.
#[derive(Clone, Debug)]
pub(super) enum Test {
    Or(Vec<Test>),
    And(Vec<Test>),
    Not(Box<Test>),
    Exists(Path),
    Compare(Comparison, Operand, Operand),
    Matches {
        text: Operand,
        pattern: Pattern,
        whole: bool,
    },
}

/// How two values are compared.
#[derive(Clone, Copy, Debug)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A query inside a filter.
#[derive(Clone, Debug)]
pub(super) struct Path {
    /// Whether it begins at `$`, not at `@`.
    pub(super) absolute: bool,
    pub(super) segments: Vec<Segment>,
}

/// Something that gives a value or nothing.
#[derive(Clone, Debug)]
pub(super) enum Operand {
    Literal(Value),
    Path(Path),
    Length(Box<Operand>),
    Count(Path),
    Value(Path),
}

/// A regular expression.
#[derive(Clone, Debug)]
pub(super) enum Pattern {
    Known(Regex),
    Computed(Box<Operand>),
}

/// Why a query is not well-typed, and the word in it that is to blame.
#[derive(Debug)]
pub(super) struct IllTyped {
    pub(super) message: String,
    pub(super) word: String,
    pub(super) hint: Option<String>,
}

impl Segment {
    /// The one selector, if it is one and looks only at the next level.
    pub(super) fn only_selector(&self) -> Option<&Selector> {
        match self.selectors.as_slice() {
            [selector] if !self.descendant => Some(selector),
            _ => None,
        }
    }
}

/// Whether a query can give at most one value.
pub(super) fn is_singular(segments: &[Segment]) -> bool {
    segments.iter().all(|segment| {
        matches!(
            segment.only_selector(),
            Some(Selector::Name(_) | Selector::Index(_))
        )
    })
}

/// A query of nothing but names, indexes and `[*]`, read without the library, which takes a
/// hundred times as long for these, by far the most common. None for any other, right or wrong.
pub(super) fn plain(source: &str) -> Option<Vec<Segment>> {
    let mut rest = source.strip_prefix('$')?;
    let mut segments = Vec::with_capacity(rest.matches(['.', '[']).count());
    while !rest.is_empty() {
        let selector = if let Some(after) = rest.strip_prefix('.') {
            let end = after
                .find(|character: char| !character.is_ascii_alphanumeric() && character != '_')
                .unwrap_or(after.len());
            let (name, remaining) = after.split_at(end);
            if name.is_empty() || name.starts_with(|first: char| first.is_ascii_digit()) {
                return None;
            }
            rest = remaining;
            Selector::Name(name.to_owned())
        } else {
            let (inner, remaining) = rest.strip_prefix('[')?.split_once(']')?;
            rest = remaining;
            let is_index = inner == "0"
                || (inner.len() <= 9
                    && !inner.starts_with('0')
                    && !inner.is_empty()
                    && inner.bytes().all(|byte| byte.is_ascii_digit()));
            match inner {
                "*" => Selector::Wildcard,
                index if is_index => Selector::Index(index.parse().ok()?),
                _ => return None,
            }
        };
        segments.push(Segment {
            descendant: false,
            selectors: vec![selector],
        });
    }
    Some(segments)
}

pub(super) fn segments(segments: &[parsed::Segment]) -> Result<Vec<Segment>, IllTyped> {
    segments.iter().map(segment).collect()
}

fn segment(segment: &parsed::Segment) -> Result<Segment, IllTyped> {
    let selectors = match segment {
        parsed::Segment::Descendant(inner) => {
            return Ok(Segment {
                descendant: true,
                ..self::segment(inner)?
            });
        }
        parsed::Segment::Selector(one) => vec![selector(one)?],
        parsed::Segment::Selectors(several) => {
            several.iter().map(selector).collect::<Result<_, _>>()?
        }
    };
    Ok(Segment {
        descendant: false,
        selectors,
    })
}

fn selector(selector: &parsed::Selector) -> Result<Selector, IllTyped> {
    Ok(match selector {
        parsed::Selector::Name(name) => Selector::Name(name.clone()),
        parsed::Selector::Wildcard => Selector::Wildcard,
        parsed::Selector::Index(index) => Selector::Index(*index),
        parsed::Selector::Slice(start, end, step) => {
            Selector::Slice(Box::new((*start, *end, step.unwrap_or(1))))
        }
        parsed::Selector::Filter(condition) => Selector::Filter(Box::new(filter(condition)?)),
    })
}

fn filter(condition: &parsed::Filter) -> Result<Test, IllTyped> {
    Ok(match condition {
        parsed::Filter::Or(parts) => Test::Or(parts.iter().map(filter).collect::<Result<_, _>>()?),
        parsed::Filter::And(parts) => {
            Test::And(parts.iter().map(filter).collect::<Result<_, _>>()?)
        }
        parsed::Filter::Atom(parsed::FilterAtom::Filter { expr, not }) => {
            negated(filter(expr)?, *not)
        }
        parsed::Filter::Atom(parsed::FilterAtom::Test { expr, not }) => negated(test(expr)?, *not),
        parsed::Filter::Atom(parsed::FilterAtom::Comparison(comparison)) => {
            let (left, right) = comparison.vals();
            let kind = match comparison.as_ref() {
                parsed::Comparison::Eq(..) => Comparison::Equal,
                parsed::Comparison::Ne(..) => Comparison::NotEqual,
                parsed::Comparison::Gt(..) => Comparison::Greater,
                parsed::Comparison::Gte(..) => Comparison::GreaterOrEqual,
                parsed::Comparison::Lt(..) => Comparison::Less,
                parsed::Comparison::Lte(..) => Comparison::LessOrEqual,
            };
            Test::Compare(kind, comparable(left)?, comparable(right)?)
        }
    })
}

fn negated(test: Test, not: bool) -> Test {
    if not { Test::Not(Box::new(test)) } else { test }
}

fn test(test: &parsed::Test) -> Result<Test, IllTyped> {
    match test {
        parsed::Test::RelQuery(_) | parsed::Test::AbsQuery(_) => Ok(Test::Exists(path(test)?)),
        parsed::Test::Function(call) => match call.as_ref() {
            parsed::TestFunction::Match(text, pattern) => matches(text, pattern, true),
            parsed::TestFunction::Search(text, pattern) => matches(text, pattern, false),
            parsed::TestFunction::Custom(name, _) => Err(unknown(name)),
            other => {
                let name = name(other);
                Err(IllTyped {
                    message: format!("`{name}(…)` gives a value, which is neither true nor false"),
                    word: name.to_owned(),
                    hint: Some(format!("compare it: `{name}(…) > 0`")),
                })
            }
        },
    }
}

fn matches(text: &parsed::FnArg, pattern: &parsed::FnArg, whole: bool) -> Result<Test, IllTyped> {
    let name = if whole { "match" } else { "search" };
    let text = value_argument(text, name)?;
    let pattern = match value_argument(pattern, name)? {
        Operand::Literal(Value::String(text)) => match regex(&text, whole) {
            Some(regex) => Pattern::Known(regex),
            None => {
                return Err(IllTyped {
                    message: format!("`{text}` is not a regular expression"),
                    word: name.to_owned(),
                    hint: None,
                });
            }
        },
        operand => Pattern::Computed(Box::new(operand)),
    };
    Ok(Test::Matches {
        text,
        pattern,
        whole,
    })
}

/// A regular expression as RFC 9485 means it: `.` is anything but a line's end.
pub(super) fn regex(pattern: &str, whole: bool) -> Option<Regex> {
    let mut translated = String::with_capacity(pattern.len() + 8);
    let mut in_class = false;
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => {
                translated.push(character);
                translated.extend(characters.next());
            }
            '.' if !in_class => translated.push_str(r"[^\n\r]"),
            _ => {
                match character {
                    '[' => in_class = true,
                    ']' => in_class = false,
                    _ => {}
                }
                translated.push(character);
            }
        }
    }
    let translated = if whole {
        format!(r"\A(?:{translated})\z")
    } else {
        translated
    };
    RegexBuilder::new(&translated)
        .size_limit(1 << 20)
        .build()
        .ok()
}

fn comparable(comparable: &parsed::Comparable) -> Result<Operand, IllTyped> {
    match comparable {
        parsed::Comparable::Literal(value) => literal(value),
        parsed::Comparable::Function(call) => value_function(call),
        parsed::Comparable::SingularQuery(query) => {
            let (absolute, steps) = match query {
                parsed::SingularQuery::Current(steps) => (false, steps),
                parsed::SingularQuery::Root(steps) => (true, steps),
            };
            let segments = steps
                .iter()
                .map(|step| Segment {
                    descendant: false,
                    selectors: vec![match step {
                        parsed::SingularQuerySegment::Index(index) => Selector::Index(*index),
                        parsed::SingularQuerySegment::Name(name) => Selector::Name(name.clone()),
                    }],
                })
                .collect();
            Ok(Operand::Path(Path { absolute, segments }))
        }
    }
}

fn literal(value: &parsed::Literal) -> Result<Operand, IllTyped> {
    Ok(Operand::Literal(match value {
        parsed::Literal::Int(number) => Value::from(*number),
        parsed::Literal::Float(number) => Value::from(*number),
        parsed::Literal::String(text) => Value::from(text.as_str()),
        parsed::Literal::Bool(truth) => Value::from(*truth),
        parsed::Literal::Null => Value::Null,
    }))
}

fn value_function(call: &parsed::TestFunction) -> Result<Operand, IllTyped> {
    match call {
        parsed::TestFunction::Length(argument) => Ok(Operand::Length(Box::new(value_argument(
            argument, "length",
        )?))),
        parsed::TestFunction::Count(argument) => {
            Ok(Operand::Count(nodes_argument(argument, "count")?))
        }
        parsed::TestFunction::Value(argument) => {
            Ok(Operand::Value(nodes_argument(argument, "value")?))
        }
        parsed::TestFunction::Custom(name, _) => Err(unknown(name)),
        parsed::TestFunction::Match(..) | parsed::TestFunction::Search(..) => {
            let name = name(call);
            Err(IllTyped {
                message: format!("`{name}(…)` is true or false, it cannot be compared"),
                word: name.to_owned(),
                hint: Some(format!("write it alone: `[?{name}(@.a, 'b')]`")),
            })
        }
    }
}

/// An argument that must be one value.
fn value_argument(argument: &parsed::FnArg, function: &str) -> Result<Operand, IllTyped> {
    match argument {
        parsed::FnArg::Literal(value) => literal(value),
        parsed::FnArg::Test(inner) => match inner.as_ref() {
            parsed::Test::Function(call) => value_function(call),
            query => {
                let path = path(query)?;
                if is_singular(&path.segments) {
                    Ok(Operand::Path(path))
                } else {
                    Err(IllTyped {
                        message: format!(
                            "`{function}(…)` takes one value, this query can give several"
                        ),
                        word: function.to_owned(),
                        hint: (function == "length")
                            .then(|| "`count(…)` counts what a query gives".to_owned()),
                    })
                }
            }
        },
        parsed::FnArg::Filter(_) => Err(IllTyped {
            message: format!("`{function}(…)` takes a value, not a condition"),
            word: function.to_owned(),
            hint: None,
        }),
    }
}

/// An argument that must be a query.
fn nodes_argument(argument: &parsed::FnArg, function: &str) -> Result<Path, IllTyped> {
    match argument {
        parsed::FnArg::Test(query) if !matches!(query.as_ref(), parsed::Test::Function(_)) => {
            path(query)
        }
        _ => Err(IllTyped {
            message: format!("`{function}(…)` takes a query, like `@.*`"),
            word: function.to_owned(),
            hint: None,
        }),
    }
}

fn path(query: &parsed::Test) -> Result<Path, IllTyped> {
    let (absolute, parts) = match query {
        parsed::Test::RelQuery(parts) => (false, parts),
        parsed::Test::AbsQuery(query) => (true, &query.segments),
        parsed::Test::Function(call) => {
            return Err(IllTyped {
                message: format!("`{}(…)` is not a query", name(call)),
                word: name(call).to_owned(),
                hint: None,
            });
        }
    };
    Ok(Path {
        absolute,
        segments: segments(parts)?,
    })
}

fn name(call: &parsed::TestFunction) -> &str {
    match call {
        parsed::TestFunction::Custom(name, _) => name,
        parsed::TestFunction::Length(_) => "length",
        parsed::TestFunction::Value(_) => "value",
        parsed::TestFunction::Count(_) => "count",
        parsed::TestFunction::Search(..) => "search",
        parsed::TestFunction::Match(..) => "match",
    }
}

fn unknown(name: &str) -> IllTyped {
    IllTyped {
        message: format!("`{name}` is not a function of RFC 9535"),
        word: name.to_owned(),
        hint: Some("there are `length`, `count`, `value`, `match` and `search`".to_owned()),
    }
}
