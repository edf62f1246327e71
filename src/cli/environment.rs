//! The environment: variables, the working folder, and `.env` files.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::terminal::{ColorChoice, Terminal};
use crate::report::Palette;

/// What a command is told of the world.
pub(super) struct World {
    /// The working folder.
    pub(super) folder: PathBuf,
    /// The terminal.
    pub(super) terminal: Terminal,
}

impl World {
    /// Looks around once, at the start.
    pub(super) fn look(choice: ColorChoice) -> io::Result<World> {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is where the working folder is read"
        )]
        let folder = std::env::current_dir()?;
        let plain = is_set("NO_COLOR");
        let dumb = variable("TERM").as_deref() == Some("dumb");
        Ok(World {
            folder,
            terminal: Terminal::look(choice, plain, dumb),
        })
    }

    /// An error that stands in no file, on stderr.
    pub(super) fn error(&self, message: &str) {
        let palette = Palette::new(self.terminal.stderr);
        let _ = writeln!(
            io::stderr(),
            "{}error:{:#} {message}",
            palette.bad,
            palette.bad
        );
    }

    /// A warning that stands in no file, on stderr.
    pub(super) fn warning(&self, message: &str) {
        let palette = Palette::new(self.terminal.stderr);
        let _ = writeln!(
            io::stderr(),
            "{}warning:{:#} {message}",
            palette.warn,
            palette.warn
        );
    }
}

/// A variable of the environment, if it is text.
#[expect(
    clippy::disallowed_methods,
    reason = "this is where the environment is read"
)]
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// All variables of the environment that are text.
#[expect(
    clippy::disallowed_methods,
    reason = "this is where the environment is read"
)]
fn variables() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// Whether a variable is there and not empty.
fn is_set(name: &str) -> bool {
    variable(name).is_some_and(|value| !value.is_empty())
}

/// Whether this is a CI machine: `CI` is set, and not to a no.
pub(super) fn is_ci() -> bool {
    ci_says_yes(variable("CI").as_deref())
}

fn ci_says_yes(value: Option<&str>) -> bool {
    !matches!(value, None | Some("" | "0" | "false"))
}

/// The environment's variables over those of a `.env` file in that folder.
pub(super) fn with_env_file(folder: &Path) -> Result<BTreeMap<String, String>, String> {
    let path = folder.join(".env");
    let mut all = match std::fs::read_to_string(&path) {
        Ok(text) => parse_env_file(&text)
            .map_err(|(line, message)| format!("{}:{line}: {message}", path.display()))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
        Err(error) => return Err(format!("{} cannot be read: {error}", path.display())),
    };
    all.extend(variables());
    Ok(all)
}

/// `NAME=value` lines: `export` before and quotes around are allowed, `#` begins a comment. An
/// error names its line and never the value, which may be a secret.
fn parse_env_file(text: &str) -> Result<BTreeMap<String, String>, (usize, String)> {
    let mut all = BTreeMap::new();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let line = line
            .strip_prefix("export")
            .filter(|rest| rest.starts_with([' ', '\t']))
            .unwrap_or(line);
        let Some((name, value)) = line.split_once('=') else {
            return Err((number, "a line must be `NAME=value`".into()));
        };
        let name = name.trim();
        let fits = |character: char| character.is_ascii_alphanumeric() || character == '_';
        if name.is_empty()
            || name.starts_with(|first: char| first.is_ascii_digit())
            || !name.chars().all(fits)
        {
            return Err((
                number,
                "what stands before `=` is no name of a variable".into(),
            ));
        }
        all.insert(
            name.to_owned(),
            env_value(value.trim()).map_err(|message| (number, message))?,
        );
    }
    Ok(all)
}

fn env_value(value: &str) -> Result<String, String> {
    let quote = match value.chars().next() {
        Some(quote @ ('"' | '\'')) => quote,
        // A comment needs a space before it: `#` may stand in a password.
        _ => {
            let end = value
                .match_indices('#')
                .find(|(at, _)| *at == 0 || value[..*at].ends_with([' ', '\t']))
                .map_or(value.len(), |(at, _)| at);
            return Ok(value[..end].trim_end().to_owned());
        }
    };
    let mut text = String::new();
    let mut characters = value[1..].chars();
    while let Some(character) = characters.next() {
        if character == quote {
            let rest = characters.as_str().trim_start();
            if rest.is_empty() || rest.starts_with('#') {
                return Ok(text);
            }
            return Err("there is text behind the closing quote".into());
        }
        match (character, quote) {
            ('\\', '"') => match characters.next() {
                Some('n') => text.push('\n'),
                Some('t') => text.push('\t'),
                Some('r') => text.push('\r'),
                Some(other @ ('"' | '\\' | '$')) => text.push(other),
                Some(other) => text.extend(['\\', other]),
                None => break,
            },
            _ => text.push(character),
        }
    }
    Err("the quote is not closed on its line".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_env_files() {
        let text = "# secrets\n\nA=1\nexport B = two words # no\nC=\"x\\n\\\"y\\\"\" # c\nD='a#b \\n'\nE=a#b\nF=\nexported=yes\nA=2\r\n";
        let all = parse_env_file(text).unwrap();
        let pairs: Vec<(&str, &str)> = all
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(
            pairs,
            [
                ("A", "2"),
                ("B", "two words"),
                ("C", "x\n\"y\""),
                ("D", "a#b \\n"),
                ("E", "a#b"),
                ("F", ""),
                ("exported", "yes"),
            ]
        );
    }

    #[test]
    fn wrong_lines_are_named_and_their_values_are_not() {
        for (text, line) in [
            ("A=1\nhunter2hunter2", 2),
            ("A-B=hunter2hunter2", 1),
            ("\n\nA=\"hunter2", 3),
            ("A='hunter2'hunter2", 1),
            ("1A=hunter2", 1),
        ] {
            let (number, message) = parse_env_file(text).unwrap_err();
            assert_eq!(number, line, "{text}");
            assert!(!message.contains("hunter2"), "{message}");
        }
    }

    #[test]
    fn what_counts_as_ci() {
        for (value, expected) in [
            (None, false),
            (Some(""), false),
            (Some("0"), false),
            (Some("false"), false),
            (Some("true"), true),
            (Some("1"), true),
            (Some("woodpecker"), true),
        ] {
            assert_eq!(ci_says_yes(value), expected, "{value:?}");
        }
    }
}
