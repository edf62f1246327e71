//! What the texts use of the world, looked for without reading them: one name too many does no harm.

use std::collections::BTreeSet;

use crate::model::source::Sources;

/// The names behind `env.`.
pub(super) fn environment(sources: &Sources) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for source in sources.iter() {
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
    use super::{environment, is_word_of};
    use crate::model::source::Sources;

    #[test]
    fn what_texts_use() {
        let mut sources = Sources::default();
        sources.add(
            "a.yaml",
            "get: \"/{{ env.TOKEN }}/{{ env['OTHER'] }}\"\n  # {{ env.NOT }}\nx: {{ myenv.NO }} client_id\n",
        );
        let names: Vec<String> = environment(&sources).into_iter().collect();
        assert_eq!(names, ["OTHER", "TOKEN"]);
        assert!(is_word_of(&sources, "client_id"));
        assert!(!is_word_of(&sources, "NOT") && !is_word_of(&sources, "client"));
    }
}
