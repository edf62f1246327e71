//! Words and comments of a shell script, from texts with marks in them.

use super::text::steers;
use crate::model::preview::{SECRET, SPACE, UNKNOWN};

/// The name of a shell's variable that has the secret of that name.
pub(super) type Variable<'v> = &'v dyn Fn(&str) -> String;

/// A text as one word for bash: what is not known as `<name>`, secrets as variables.
pub(super) fn word(text: &str, variable: Variable<'_>) -> String {
    let mut word = String::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(at) = rest.find([UNKNOWN[0], SECRET[0]]) {
        let (before, from) = rest.split_at(at);
        literal.push_str(before);
        let mut characters = from.chars();
        let [open, close] = match characters.next() {
            Some(open) if open == UNKNOWN[0] => UNKNOWN,
            _ => SECRET,
        };
        let after = characters.as_str();
        let Some((name, after)) = after.split_once(close) else {
            literal.push(open);
            rest = after;
            continue;
        };
        if open == UNKNOWN[0] {
            literal.push_str(&format!("<{}>", name.replace(SPACE, " ")));
        } else {
            word.push_str(&quoted(&std::mem::take(&mut literal)));
            word.push_str(&format!("\"${}\"", variable(name)));
        }
        rest = after;
    }
    literal.push_str(rest);
    word.push_str(&quoted(&literal));
    if word.is_empty() {
        word.push_str("''");
    }
    word
}

/// A text in quotes: nothing in it means anything to the shell or steers the terminal.
fn quoted(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let is_odd = |character: char| character != '\n' && steers(character);
    if !text.contains(is_odd) {
        return format!("'{}'", text.replace('\'', r"'\''"));
    }
    let mut quoted = String::from("$'");
    for character in text.chars() {
        match character {
            '\'' => quoted.push_str(r"\'"),
            '\\' => quoted.push_str(r"\\"),
            '\n' => quoted.push_str(r"\n"),
            '\t' => quoted.push_str(r"\t"),
            '\r' => quoted.push_str(r"\r"),
            odd if is_odd(odd) => {
                let mut bytes = [0; 4];
                for byte in odd.encode_utf8(&mut bytes).bytes() {
                    quoted.push_str(&format!("\\x{byte:02x}"));
                }
            }
            plain => quoted.push(plain),
        }
    }
    quoted.push('\'');
    quoted
}

/// The arguments that give curl a body of text, which may have what no word can have.
pub(super) fn data(text: &str, variable: Variable<'_>) -> String {
    if !text.contains('\0') {
        return format!("--data-raw {}", word(text, variable));
    }
    let text = text.replace('\\', r"\\").replace('\0', r"\0000");
    format!("--data-binary @<(printf %b {})", word(&text, variable))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::preview::marked;

    fn shown(text: &str) -> String {
        word(text, &|name| name.to_uppercase())
    }

    #[test]
    fn words() {
        let secret = marked(SECRET, "key");
        let unknown = marked(UNKNOWN, "id");
        for (text, expected) in [
            (String::new(), "''"),
            ("it's $HOME `x` !!".into(), r"'it'\''s $HOME `x` !!'"),
            ("a\nb".into(), "'a\nb'"),
            ("a\tb\u{1b}[31m'".into(), r"$'a\tb\x1b[31m\''"),
            ("\u{202e}".into(), r"$'\xe2\x80\xae'"),
            (secret.clone(), r#""$KEY""#),
            (format!("a{secret}b"), r#"'a'"$KEY"'b'"#),
            (format!("/x/{unknown}/{secret}"), r#"'/x/<id>/'"$KEY""#),
            ("\u{e002}open".into(), "'\u{e002}open'"),
        ] {
            assert_eq!(shown(&text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_body_that_no_word_can_have() {
        assert_eq!(
            data("a\\\0", &|name| name.into()),
            r"--data-binary @<(printf %b 'a\\\0000')"
        );
        assert_eq!(data("@a", &|name| name.into()), "--data-raw '@a'");
    }
}
