//! What the texts use of the world, looked for without reading them: one name too many does no harm.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::load::Texts;
use super::{environment, project};
use crate::model::secret::Secret;
use crate::model::source::Sources;

/// The environment's variables, and those of a `.env` file, which is read when something asks for one.
#[derive(Default)]
pub(super) struct Variables {
    pub(super) all: BTreeMap<String, String>,
    pub(super) names: Vec<String>,
    /// The names that texts ask for.
    used: BTreeSet<String>,
    /// How many texts were looked at.
    looked_at: usize,
    is_read: bool,
}

impl Variables {
    /// Looks at the texts that have come since.
    pub(super) fn look(&mut self, texts: &Texts, root: &Path, messages: &mut Vec<String>) {
        self.used
            .extend(names_asked_for(&texts.sources, self.looked_at));
        self.looked_at = texts.files.len();
        if !self.used.is_empty() {
            self.read(root, messages);
        }
    }

    /// Reads them, if they are not yet.
    pub(super) fn read(&mut self, root: &Path, messages: &mut Vec<String>) {
        if std::mem::replace(&mut self.is_read, true) {
            return;
        }
        match environment::with_env_file(root) {
            Ok(variables) => {
                self.names = variables.keys().cloned().collect();
                self.all = variables;
            }
            Err(message) => messages.push(message),
        }
    }

    /// Those that are asked for, as secrets.
    pub(super) fn secrets(&self, messages: &mut Vec<String>) -> Vec<(String, Secret)> {
        let asked_for = self.used.iter();
        let there = asked_for.filter_map(|name| Some((name, self.all.get(name)?)));
        there
            .map(|(name, value)| {
                if project::is_too_short(value) {
                    messages.push(project::too_short(
                        &format!("env.{name}"),
                        "from the environment",
                    ));
                }
                (name.clone(), Secret::new(value))
            })
            .collect()
    }
}

/// The names behind `env.` in all texts after so many.
pub(super) fn names_asked_for(sources: &Sources, after: usize) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for source in sources.iter().skip(after) {
        for at in places(&source.text, "env") {
            let rest = &source.text[at + "env".len()..];
            let name = rest
                .strip_prefix('.')
                .or_else(|| rest.strip_prefix("['"))
                .or_else(|| rest.strip_prefix("[\""));
            let name = name.map(|name| {
                let end = name.find(|character| !is_word(character));
                &name[..end.unwrap_or(name.len())]
            });
            names.extend(name.filter(|name| !name.is_empty()).map(str::to_owned));
        }
    }
    names
}

/// Whether some text has that word.
pub(super) fn is_word_of(sources: &Sources, word: &str) -> bool {
    sources
        .iter()
        .any(|source| places(&source.text, word).next().is_some())
}

/// Where a word stands, save in lines that are comments.
fn places<'t>(text: &'t str, word: &'t str) -> impl Iterator<Item = usize> + 't {
    text.match_indices(word)
        .map(|(at, _)| at)
        .filter(move |&at| {
            let before = text[..at].chars().next_back();
            let after = text[at + word.len()..].chars().next();
            let line = &text[text[..at].rfind('\n').map_or(0, |end| end + 1)..at];
            !before.is_some_and(is_word)
                && !after.is_some_and(is_word)
                && !line.trim_start().starts_with('#')
        })
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

#[cfg(test)]
mod tests {
    use super::{is_word_of, names_asked_for};
    use crate::model::source::Sources;

    #[test]
    fn what_texts_use() {
        let mut sources = Sources::default();
        sources.add(
            "a.yaml",
            "get: \"/{{ env.TOKEN }}/{{ env['OTHER'] }}\"\n  # {{ env.NOT }}\nx: {{ myenv.NO }} client_id\n",
        );
        let names: Vec<String> = names_asked_for(&sources, 0).into_iter().collect();
        assert_eq!(names, ["OTHER", "TOKEN"]);
        assert!(names_asked_for(&sources, 1).is_empty());
        assert!(is_word_of(&sources, "client_id"));
        assert!(!is_word_of(&sources, "NOT") && !is_word_of(&sources, "client"));
    }
}
