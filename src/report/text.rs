//! Small things that all texts need: what may be shown, plurals, paths, words of a shell.

use std::fmt::Write as _;
use std::path::{Component, Path};

/// The text with everything that could steer a terminal written out: a server's answer must not
/// move the cursor, recolour the output or turn the reading direction. Line ends and tabs stay.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if character != '\n' && character != '\t' && steers(character) {
            let _ = write!(shown, "\\u{{{:x}}}", u32::from(character));
        } else {
            shown.push(character);
        }
    }
    shown
}

/// The same for what must stay on one line.
pub fn visible_line(text: &str) -> String {
    // As most are.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.to_owned();
    }
    visible(text)
        .replace("\r\n", "\\n")
        .replace('\n', "\\n")
        .replace('\t', " ")
}

/// The same, character for character, so that columns keep: for lines that are underlined.
pub(super) fn visible_columns(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '\t' => ' ',
            _ if steers(character) => '\u{fffd}',
            _ => character,
        })
        .collect()
}

/// Whether a character steers a terminal, turns the reading direction, or is none at all, which XML and YAML refuse.
pub(super) fn steers(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
        )
}

/// `1 step`, `2 steps`.
pub fn plural(count: usize, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{count} {noun}s")
    }
}

/// A path as it is seen from a folder, with `/` between its parts; whole where the two share nothing.
pub fn shown_path(path: &Path, from: &Path) -> String {
    let (there, here): (Vec<_>, Vec<_>) =
        (path.components().collect(), from.components().collect());
    let common = there
        .iter()
        .zip(&here)
        .take_while(|(left, right)| left == right)
        .count();
    let anything = there[..common]
        .iter()
        .any(|part| matches!(part, Component::Normal(_)));
    if !path.is_absolute() || !(anything || here.len() <= 1) {
        return with_slashes(path);
    }
    let mut parts: Vec<String> = vec!["..".to_owned(); here.len() - common];
    parts.extend(
        there[common..]
            .iter()
            .map(|part| part.as_os_str().to_string_lossy().into_owned()),
    );
    if parts.is_empty() {
        ".".into()
    } else {
        parts.join("/")
    }
}

fn with_slashes(path: &Path) -> String {
    let text = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' {
        text.into_owned()
    } else {
        text.replace(std::path::MAIN_SEPARATOR, "/")
    }
}

/// A word as a shell must be given it.
pub fn shell_word(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./=:,+@%".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_the_terminal() {
        assert_eq!(
            visible("a\u{1b}[31mred\r\u{202e}b\n\tc\u{9b}1m"),
            "a\\u{1b}[31mred\\u{d}\\u{202e}b\n\tc\\u{9b}1m"
        );
        assert_eq!(visible("हिन्दी ✓"), "हिन्दी ✓");
        assert_eq!(visible("a\u{fffe}b\u{ffff}"), "a\\u{fffe}b\\u{ffff}");
        assert_eq!(visible_line("a\r\nb\tc"), "a\\u{d}\\nb c");
        assert_eq!(visible_columns("a\tb\u{1b}c"), "a b\u{fffd}c");
    }

    #[test]
    fn paths_are_shown_from_the_working_folder() {
        for (path, from, shown) in [
            (
                "/home/me/project/scenarios/a.yaml",
                "/home/me/project",
                "scenarios/a.yaml",
            ),
            (
                "/home/me/project/sammati.yaml",
                "/home/me/project/scenarios",
                "../sammati.yaml",
            ),
            ("/home/me/project", "/home/me/project", "."),
            ("/tmp/a.yaml", "/home/me", "/tmp/a.yaml"),
            ("/tmp/a.yaml", "/", "tmp/a.yaml"),
            ("a/b.yaml", "/home", "a/b.yaml"),
        ] {
            assert_eq!(
                shown_path(Path::new(path), Path::new(from)),
                shown,
                "{path} from {from}"
            );
        }
    }

    #[test]
    fn words_of_a_shell() {
        assert_eq!(shell_word("months=5"), "months=5");
        assert_eq!(shell_word("name=A b"), "'name=A b'");
        assert_eq!(shell_word("it's"), r"'it'\''s'");
        assert_eq!(shell_word(""), "''");
        assert_eq!(shell_word("$HOME"), "'$HOME'");
    }

    #[test]
    fn plurals() {
        assert_eq!(plural(0, "step"), "0 steps");
        assert_eq!(plural(1, "step"), "1 step");
    }
}
