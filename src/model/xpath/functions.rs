//! The functions of the standard, section 4, and its conversions.

use std::borrow::Cow;

use super::super::diagnostic::nearest;
use super::answer::{Budget, Given, Place, Stop, evaluate, nodes};
use super::grammar::{Expression, Kind};

/// A function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Boolean,
    Ceiling,
    Concat,
    Contains,
    Count,
    False,
    Floor,
    Lang,
    Last,
    LocalName,
    Name,
    NamespaceUri,
    NormalizeSpace,
    Not,
    Number,
    Position,
    Round,
    StartsWith,
    String,
    StringLength,
    Substring,
    SubstringAfter,
    SubstringBefore,
    Sum,
    Translate,
    True,
}

const MANY: usize = usize::MAX;

/// Every function with its name, what it gives, and how many arguments it takes.
const FUNCTIONS: [(Function, &str, Kind, usize, usize); 26] = [
    (Function::Boolean, "boolean", Kind::Boolean, 1, 1),
    (Function::Ceiling, "ceiling", Kind::Number, 1, 1),
    (Function::Concat, "concat", Kind::Text, 2, MANY),
    (Function::Contains, "contains", Kind::Boolean, 2, 2),
    (Function::Count, "count", Kind::Number, 1, 1),
    (Function::False, "false", Kind::Boolean, 0, 0),
    (Function::Floor, "floor", Kind::Number, 1, 1),
    (Function::Lang, "lang", Kind::Boolean, 1, 1),
    (Function::Last, "last", Kind::Number, 0, 0),
    (Function::LocalName, "local-name", Kind::Text, 0, 1),
    (Function::Name, "name", Kind::Text, 0, 1),
    (Function::NamespaceUri, "namespace-uri", Kind::Text, 0, 1),
    (
        Function::NormalizeSpace,
        "normalize-space",
        Kind::Text,
        0,
        1,
    ),
    (Function::Not, "not", Kind::Boolean, 1, 1),
    (Function::Number, "number", Kind::Number, 0, 1),
    (Function::Position, "position", Kind::Number, 0, 0),
    (Function::Round, "round", Kind::Number, 1, 1),
    (Function::StartsWith, "starts-with", Kind::Boolean, 2, 2),
    (Function::String, "string", Kind::Text, 0, 1),
    (Function::StringLength, "string-length", Kind::Number, 0, 1),
    (Function::Substring, "substring", Kind::Text, 2, 3),
    (
        Function::SubstringAfter,
        "substring-after",
        Kind::Text,
        2,
        2,
    ),
    (
        Function::SubstringBefore,
        "substring-before",
        Kind::Text,
        2,
        2,
    ),
    (Function::Sum, "sum", Kind::Number, 1, 1),
    (Function::Translate, "translate", Kind::Text, 3, 3),
    (Function::True, "true", Kind::Boolean, 0, 0),
];

impl Function {
    /// The function of that name, or what to write instead.
    pub(super) fn named(name: &str) -> Result<Function, String> {
        if let Some((function, ..)) = FUNCTIONS.iter().find(|(_, known, ..)| *known == name) {
            return Ok(*function);
        }
        Err(match name {
            "id" => "no DTD is read, so nothing is known to be an id: write `//*[@id = '…']`".into(),
            "ends-with" | "matches" | "lower-case" | "upper-case" | "string-join" | "distinct-values" => {
                "it belongs to later versions, this is XPath 1.0; with `all: true` a template can do it afterwards".into()
            }
            _ => match nearest(name, FUNCTIONS.iter().map(|(_, name, ..)| *name)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "there are the functions of XPath 1.0".into(),
            },
        })
    }

    fn entry(self) -> &'static (Function, &'static str, Kind, usize, usize) {
        FUNCTIONS
            .iter()
            .find(|(function, ..)| *function == self)
            .unwrap_or(&FUNCTIONS[0])
    }

    /// What it gives.
    pub(super) fn gives(self) -> Kind {
        self.entry().2
    }

    /// The fewest and the most arguments.
    pub(super) fn arguments(self) -> (usize, usize) {
        (self.entry().3, self.entry().4)
    }

    /// Whether its arguments must be nodes.
    pub(super) fn takes_nodes(self) -> bool {
        matches!(
            self,
            Function::Count
                | Function::Sum
                | Function::LocalName
                | Function::Name
                | Function::NamespaceUri
        )
    }
}

/// Calls a function; reading saw to the number of its arguments.
pub(super) fn call<'d>(
    function: Function,
    arguments: &[Expression],
    place: Place<'_, 'd>,
) -> Result<Given<'d>, Stop> {
    let budget = place.budget;
    let given = |index: usize| match arguments.get(index) {
        Some(argument) => evaluate(argument, place),
        None => Ok(Given::Nodes(vec![place.item])),
    };
    let text = |index: usize| self::text(&given(index)?, budget).map(Cow::into_owned);
    let number = |index: usize| self::number(&given(index)?, budget);
    let node = || match arguments.first() {
        Some(argument) => Ok(nodes(argument, place)?.first().copied()),
        None => Ok(Some(place.item)),
    };
    let named = |name: Option<&'d str>| Given::Text(Cow::Borrowed(name.unwrap_or_default()));
    let owned = |text: String| Given::Text(Cow::Owned(text));
    Ok(match function {
        Function::True => Given::Boolean(true),
        Function::False => Given::Boolean(false),
        Function::Boolean => Given::Boolean(truth(&given(0)?)),
        Function::Not => Given::Boolean(!truth(&given(0)?)),
        Function::Last => Given::Number(count(place.size)),
        Function::Position => Given::Number(count(place.position)),
        Function::Count => match arguments.first() {
            Some(argument) => Given::Number(count(nodes(argument, place)?.len())),
            None => Given::Number(0.0),
        },
        Function::Sum => {
            let mut sum = 0.0;
            for argument in arguments {
                for node in nodes(argument, place)? {
                    sum += number_of(&node.text(budget)?);
                }
            }
            Given::Number(sum)
        }
        Function::LocalName => named(node()?.map(|item| item.local_name())),
        Function::Name => named(node()?.map(|item| item.written_name())),
        Function::NamespaceUri => named(node()?.map(|item| item.namespace())),
        Function::String => owned(text(0)?),
        Function::Concat => {
            let mut whole = String::new();
            for index in 0..arguments.len() {
                whole.push_str(&text(index)?);
            }
            budget.spend_text(&whole)?;
            owned(whole)
        }
        Function::Contains => Given::Boolean(text(0)?.contains(&text(1)?)),
        Function::StartsWith => Given::Boolean(text(0)?.starts_with(&text(1)?)),
        Function::SubstringBefore => {
            let (whole, part) = (text(0)?, text(1)?);
            owned(
                whole
                    .split_once(part.as_str())
                    .map_or("", |(before, _)| before)
                    .into(),
            )
        }
        Function::SubstringAfter => {
            let (whole, part) = (text(0)?, text(1)?);
            owned(
                whole
                    .split_once(part.as_str())
                    .map_or("", |(_, after)| after)
                    .into(),
            )
        }
        Function::Substring => {
            let start = rounded(number(1)?);
            let end = match arguments.get(2) {
                Some(_) => start + rounded(number(2)?),
                None => f64::INFINITY,
            };
            owned(substring(&text(0)?, start, end))
        }
        Function::StringLength => Given::Number(count(text(0)?.chars().count())),
        Function::NormalizeSpace => {
            let text = text(0)?;
            let words: Vec<&str> = text
                .split([' ', '\t', '\r', '\n'])
                .filter(|word| !word.is_empty())
                .collect();
            owned(words.join(" "))
        }
        Function::Translate => owned(translate(&text(0)?, &text(1)?, &text(2)?)),
        Function::Lang => {
            let wanted = text(0)?.to_ascii_lowercase();
            Given::Boolean(place.item.language().is_some_and(|language| {
                let language = language.to_ascii_lowercase();
                language
                    .strip_prefix(&wanted)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
            }))
        }
        Function::Number => Given::Number(number(0)?),
        Function::Floor => Given::Number(number(0)?.floor()),
        Function::Ceiling => Given::Number(number(0)?.ceil()),
        Function::Round => Given::Number(rounded(number(0)?)),
    })
}

/// To the nearest whole number; of two, the greater.
fn rounded(number: f64) -> f64 {
    let floor = number.floor();
    if number - floor >= 0.5 {
        floor + 1.0
    } else {
        floor
    }
}

/// The characters from one position to before another, counted from one; none if either is no number.
fn substring(text: &str, start: f64, end: f64) -> String {
    text.chars()
        .enumerate()
        .filter(|(index, _)| {
            let position = count(index + 1);
            position >= start && position < end
        })
        .map(|(_, character)| character)
        .collect()
}

fn translate(text: &str, from: &str, to: &str) -> String {
    let to: Vec<char> = to.chars().collect();
    let mut map = std::collections::BTreeMap::new();
    for (index, character) in from.chars().enumerate() {
        map.entry(character)
            .or_insert_with(|| to.get(index).copied());
    }
    text.chars()
        .filter_map(|character| map.get(&character).copied().unwrap_or(Some(character)))
        .collect()
}

/// A count as a number.
#[expect(
    clippy::cast_precision_loss,
    reason = "no document has 2^53 nodes or characters"
)]
pub(super) fn count(count: usize) -> f64 {
    count as f64
}

/// Anything as true or false.
pub(super) fn truth(given: &Given<'_>) -> bool {
    match given {
        Given::Nodes(nodes) => !nodes.is_empty(),
        Given::Text(text) => !text.is_empty(),
        Given::Number(number) => *number != 0.0 && !number.is_nan(),
        Given::Boolean(truth) => *truth,
    }
}

/// Anything as a number.
pub(super) fn number(given: &Given<'_>, budget: &Budget) -> Result<f64, Stop> {
    Ok(match given {
        Given::Number(number) => *number,
        Given::Boolean(truth) => f64::from(*truth),
        other => number_of(&text(other, budget)?),
    })
}

/// Anything as text: of nodes, the first one's.
pub(super) fn text<'d>(given: &Given<'d>, budget: &Budget) -> Result<Cow<'d, str>, Stop> {
    Ok(match given {
        Given::Nodes(nodes) => match nodes.first() {
            Some(node) => node.text(budget)?,
            None => Cow::Borrowed(""),
        },
        Given::Text(text) => {
            budget.spend_text(text)?;
            text.clone()
        }
        Given::Number(number) => Cow::Owned(number_text(*number)),
        Given::Boolean(truth) => Cow::Borrowed(if *truth { "true" } else { "false" }),
    })
}

/// The number that a text is: digits, maybe with a dot and a minus; anything else is none.
pub(super) fn number_of(text: &str) -> f64 {
    let text = text.trim_matches([' ', '\t', '\r', '\n']);
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_number = digits.bytes().any(|byte| byte.is_ascii_digit())
        && digits
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
        && digits.matches('.').count() <= 1;
    if is_number {
        text.parse().unwrap_or(f64::NAN)
    } else {
        f64::NAN
    }
}

/// A number as the standard writes it.
pub(super) fn number_text(number: f64) -> String {
    if number.is_nan() {
        "NaN".into()
    } else if number.is_infinite() {
        let sign = if number < 0.0 { "-" } else { "" };
        format!("{sign}Infinity")
    } else if number == 0.0 {
        // Zero has no sign in text.
        "0".into()
    } else {
        number.to_string()
    }
}
