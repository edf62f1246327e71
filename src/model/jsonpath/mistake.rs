//! What is wrong with a query that is none, in words that help.

use jsonpath_rust::parser::errors::JsonPathError;
use std::ops::Range;

use super::QueryError;
use super::lower::IllTyped;

/// A longer query is a mistake or an attack.
const LONGEST: usize = 4096;
/// Deeper brackets would cost the parser its stack.
const DEEPEST: usize = 24;
/// The parser tries a call in several ways, so its time doubles with each call inside a call.
const DEEPEST_CALLS: usize = 4;

/// Refuses what would cost the parser its stack or its time.
pub(super) fn check_size(source: &str) -> Result<(), QueryError> {
    let refuse = |message: &str, range: Range<usize>| {
        Err(QueryError {
            message: message.to_owned(),
            range,
            hint: None,
        })
    };
    if source.len() > LONGEST {
        return refuse("the query is longer than 4096 bytes", 0..source.len());
    }
    let mut open: Vec<bool> = Vec::new();
    let mut quote = None;
    let mut escaped = false;
    let mut before = ' ';
    for (at, character) in source.char_indices() {
        match (quote, character) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(mark), _) if character == mark => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(character),
            (None, '(' | '[') => {
                open.push(character == '(' && before.is_ascii_alphanumeric());
                if open.len() > DEEPEST {
                    return refuse("the query is nested too deeply", at..at + 1);
                }
                if open.iter().filter(|is_call| **is_call).count() > DEEPEST_CALLS {
                    return refuse("too many functions inside functions", at..at + 1);
                }
            }
            (None, ')' | ']') => {
                open.pop();
            }
            _ => {}
        }
        before = character;
    }
    check_spaces(source)
}

/// Refuses spaces after a dot and inside a name, which the parser lets pass: `$.a b`.
fn check_spaces(source: &str) -> Result<(), QueryError> {
    let is_name = |character: char| {
        character.is_ascii_alphanumeric() || character == '_' || !character.is_ascii()
    };
    // The parser lets those at the end pass too.
    if source.trim_end() != source
        && let Some((message, range, hint)) = common(source)
    {
        return Err(QueryError {
            message,
            range,
            hint,
        });
    }
    let mut quote = None;
    let mut escaped = false;
    // Whether what is read now is a name after a dot.
    let mut in_name = false;
    for (at, character) in source.char_indices() {
        match (quote, character) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(mark), _) if character == mark => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(character),
            (None, ' ' | '\t' | '\r' | '\n') if source[..at].ends_with('.') || in_name => {
                let after_dot = source[..at].ends_with('.');
                let next = source[at..].trim_start().chars().next();
                if after_dot || next.is_some_and(is_name) {
                    let (message, range, hint) = odd_name(source).unwrap_or_else(|| {
                        let message = "a space cannot stand in a name after a dot";
                        (message.to_owned(), at..at + 1, None)
                    });
                    return Err(QueryError {
                        message,
                        range,
                        hint,
                    });
                }
                in_name = false;
            }
            (None, '.') => in_name = true,
            (None, _) => in_name &= is_name(character),
        }
    }
    Ok(())
}

/// The library's objection in our words.
pub(super) fn explain(source: &str, error: &JsonPathError) -> QueryError {
    let at = match error {
        JsonPathError::PestError(error) => offset(&format!("{:?}", error.location)),
        _ => None,
    }
    .unwrap_or(0)
    .min(source.len());
    let mut start = at;
    while !source.is_char_boundary(start) {
        start -= 1;
    }
    let end = source[start..]
        .chars()
        .next()
        .map_or(start, |character| start + character.len_utf8());
    let (message, range, hint) = common(source).unwrap_or_else(|| {
        let message = match error {
            JsonPathError::PestError(_) if start == source.len() => {
                format!("`{source}` ends too early to be a JSONPath")
            }
            JsonPathError::PestError(_) => format!(
                "`{source}` is not a JSONPath: it cannot be read from `{}` on",
                &source[start..]
            ),
            other => format!("`{source}` is not a JSONPath: {}", plain(other)),
        };
        (message, start..end, None)
    });
    QueryError {
        message,
        range,
        hint,
    }
}

/// A query that can be read, but means nothing.
pub(super) fn ill_typed(source: &str, error: IllTyped) -> QueryError {
    let start = source.find(&error.word).unwrap_or(0);
    QueryError {
        message: error.message,
        range: start..start + error.word.len(),
        hint: error.hint,
    }
}

/// The offset in the parser's `Pos(3)` or `Span((3, 5))`, whose type belongs to a crate that is not ours to name.
fn offset(location: &str) -> Option<usize> {
    let digits: String = location
        .chars()
        .skip_while(|character| !character.is_ascii_digit())
        .take_while(char::is_ascii_digit)
        .collect();
    digits.parse().ok()
}

fn plain(error: &JsonPathError) -> String {
    match error {
        JsonPathError::InvalidJsonPath(reason) | JsonPathError::InvalidNumber(reason) => {
            let reason = reason.trim_end_matches('.');
            let mut characters = reason.chars();
            characters.next().map_or_else(String::new, |first| {
                first.to_lowercase().chain(characters).collect()
            })
        }
        _ => "it cannot be read".to_owned(),
    }
}

type Mistake = (String, Range<usize>, Option<String>);

/// What people write who know `jq`, JavaScript or another dialect.
fn common(source: &str) -> Option<Mistake> {
    let whole = 0..source.len();
    if source.is_empty() {
        return Some((
            "a JSONPath cannot be empty".into(),
            whole,
            Some("`$` is the whole value".into()),
        ));
    }
    if source.trim() != source {
        return Some((
            format!("`{source}` has spaces around the JSONPath"),
            whole,
            Some(format!("write `{}`", source.trim())),
        ));
    }
    if !source.starts_with('$') {
        let right = if source.starts_with('.') || source.starts_with('[') {
            format!("${source}")
        } else if source.starts_with('@') {
            source.replacen('@', "$", 1)
        } else {
            format!("$.{source}")
        };
        return Some((
            format!("a JSONPath begins with `$`, `{source}` does not"),
            0..source.chars().next().map_or(0, char::len_utf8),
            Some(format!("write `{right}`")),
        ));
    }
    if source.ends_with('.') {
        return Some((
            format!("`{source}` ends with a dot"),
            source.len() - 1..source.len(),
            Some(format!("write `{}`", source.trim_end_matches('.'))),
        ));
    }
    if let Some(mistake) = method(source) {
        return Some(mistake);
    }
    if let Some(mistake) = brackets(source) {
        return Some(mistake);
    }
    odd_name(source)
}

/// `$.a.length()`.
fn method(source: &str) -> Option<Mistake> {
    let at = source.rfind("()")?;
    if at + 2 != source.len() {
        return None;
    }
    let dot = source[..at].rfind('.')?;
    let name = &source[dot + 1..at];
    let hint = match name {
        "length" | "size" | "count" => {
            "ask for the length with the matcher `length`, or in an expression with `| length`"
        }
        _ => "compute in an expression, with a template's filters",
    };
    Some((
        format!("a JSONPath cannot end in a call like `{name}()`"),
        dot..source.len(),
        Some(hint.into()),
    ))
}

/// Brackets that are not closed, or closed by another.
fn brackets(source: &str) -> Option<Mistake> {
    let mut open: Vec<(char, usize)> = Vec::new();
    let mut quote: Option<(char, usize)> = None;
    let mut escaped = false;
    for (at, character) in source.char_indices() {
        match (quote, character) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some((mark, _)), _) if character == mark => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some((character, at)),
            (None, '(') => open.push((')', at)),
            (None, '[') => open.push((']', at)),
            (None, '{') => open.push(('}', at)),
            (None, ')' | ']' | '}') => match open.pop() {
                Some((expected, _)) if expected == character => {}
                Some((expected, start)) => {
                    return Some((
                        format!("`{}` is closed by `{character}`", &source[start..=start]),
                        at..at + 1,
                        Some(format!("write `{expected}` there")),
                    ));
                }
                None => {
                    return Some((format!("`{character}` closes nothing"), at..at + 1, None));
                }
            },
            _ => {}
        }
    }
    let (at, what) = match quote {
        Some((mark, at)) => (at, mark),
        None => open.pop().map(|(close, at)| (at, close))?,
    };
    Some((
        format!("`{}` is not closed", &source[at..=at]),
        at..at + 1,
        Some(format!("a `{what}` is missing")),
    ))
}

/// A name that must stand in quotes: `$.a-b`.
fn odd_name(source: &str) -> Option<Mistake> {
    if source.contains('[') && source.contains('?') {
        return None;
    }
    let mut at = 0;
    while let Some(dot) = source[at..].find('.').map(|found| at + found) {
        let start = dot + 1;
        let end = source[start..]
            .find(['.', '['])
            .map_or(source.len(), |found| start + found);
        let name = &source[start..end];
        at = start;
        if name.is_empty() || name == "*" || super::written(name).starts_with('.') {
            continue;
        }
        if source[..dot].contains(['\'', '"']) {
            return None;
        }
        let (before, after) = (&source[..dot], &source[end..]);
        let right = if name.chars().all(|character| character.is_ascii_digit()) {
            format!("{before}[{name}]{after}")
        } else {
            let name = name.trim_matches(['\'', '"']);
            format!("{before}['{name}']{after}")
        };
        return Some((
            format!("`{name}` cannot stand after a dot"),
            start..end,
            Some(format!("write `{right}`")),
        ));
    }
    None
}
