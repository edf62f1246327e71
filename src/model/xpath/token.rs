//! The words of an expression.

use std::ops::Range;

use super::XPathError;

/// A word with its bytes in the expression.
#[derive(Clone, Debug)]
pub(super) struct Word {
    pub(super) token: Token,
    pub(super) range: Range<usize>,
}

/// What a word is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// Punctuation and operators that are no names: `(`, `//`, `!=`.
    Sign(&'static str),
    /// A name, maybe with a prefix; `*` as a local part is any.
    Name(Option<String>, String),
    /// Text in quotes.
    Text(String),
    /// A number.
    Number(f64),
}

/// The longer first.
const SIGNS: [&str; 23] = [
    "//", "::", "..", "!=", "<=", ">=", "/", "(", ")", "[", "]", ".", "@", ",", "|", "+", "-", "=",
    "<", ">", "*", "$", ":",
];

/// Whether a name can begin so.
fn begins_name(character: char) -> bool {
    character.is_alphabetic() || character == '_'
}

fn continues_name(character: char) -> bool {
    character.is_alphanumeric()
        || matches!(character, '_' | '-' | '.' | '\u{b7}')
        || ('\u{300}'..='\u{36f}').contains(&character)
}

/// Takes an expression apart.
pub(super) fn words(source: &str) -> Result<Vec<Word>, XPathError> {
    let mut words = Vec::new();
    let mut at = 0;
    while let Some(first) = source[at..].chars().next() {
        let rest = &source[at..];
        if first.is_ascii_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (token, length) = if begins_name(first) {
            name(rest)
        } else if first.is_ascii_digit()
            || (first == '.' && rest[1..].starts_with(|next: char| next.is_ascii_digit()))
        {
            number(rest)
        } else if matches!(first, '"' | '\'') {
            text(rest, first).ok_or_else(|| XPathError {
                message: format!("`{first}` is not closed"),
                range: at..at + 1,
                hint: Some(format!("write the other `{first}`")),
            })?
        } else if let Some(sign) = SIGNS.into_iter().find(|sign| rest.starts_with(sign)) {
            (Token::Sign(sign), sign.len())
        } else {
            return Err(XPathError {
                message: format!("`{first}` means nothing in XPath"),
                range: at..at + first.len_utf8(),
                hint: None,
            });
        };
        words.push(Word {
            token,
            range: at..at + length,
        });
        at += length;
    }
    Ok(words)
}

fn name_length(text: &str) -> usize {
    text.find(|character| !continues_name(character))
        .unwrap_or(text.len())
}

fn name(rest: &str) -> (Token, usize) {
    let length = name_length(rest);
    let first = &rest[..length];
    if let Some(after) = rest[length..].strip_prefix(':') {
        if after.starts_with('*') {
            return (Token::Name(Some(first.to_owned()), "*".into()), length + 2);
        }
        if after.starts_with(begins_name) {
            let local = &after[..name_length(after)];
            let token = Token::Name(Some(first.to_owned()), local.to_owned());
            return (token, length + 1 + local.len());
        }
    }
    (Token::Name(None, first.to_owned()), length)
}

fn number(rest: &str) -> (Token, usize) {
    let digits = |text: &str| {
        text.find(|character: char| !character.is_ascii_digit())
            .unwrap_or(text.len())
    };
    let mut length = digits(rest);
    if rest[length..].starts_with('.') {
        length += 1 + digits(&rest[length + 1..]);
    }
    // `5.` and `.5` are numbers for Rust too.
    (
        Token::Number(rest[..length].parse().unwrap_or(f64::NAN)),
        length,
    )
}

fn text(rest: &str, quote: char) -> Option<(Token, usize)> {
    let end = rest[1..].find(quote)?;
    Some((Token::Text(rest[1..=end].to_owned()), end + 2))
}
