//! The command that runs a case again.

use std::collections::BTreeMap;

use super::prepare::{Inputs, Prepared};
use crate::model::plan::{Case, ScenarioPlan};
use crate::report::shell_word;

/// What runs a case again as it was run, after its path. Secrets are left out, and variables that
/// the scenario does not know, which would be a mistake in a run of that scenario alone.
pub(super) fn options(
    inputs: &Inputs,
    again: &str,
    seed: u64,
    prepared: &Prepared,
) -> BTreeMap<String, String> {
    let sources = &prepared.texts.sources;
    let is_fragment = |path: &str| {
        path.rsplit('/')
            .next()
            .is_some_and(|name| name.starts_with('_'))
    };
    let knows = |scenario: &ScenarioPlan, name: &str| {
        let path = &scenario.path;
        let target = &prepared.target;
        let gives = |case: &Case| case.values.contains_key(name);
        scenario.cases.iter().any(gives)
            || target.vars.iter().any(|(known, _)| known == name)
            || target.secrets.iter().any(|(known, _)| known == name)
            || sources.iter().any(|source| {
                (source.path == *path || is_fragment(&source.path)) && has_word(&source.text, name)
            })
    };
    let options = |scenario: &ScenarioPlan| {
        let mut options = String::new();
        let mut add = |flag: &str, value: &str| {
            options.push_str(&format!(" {flag} {}", shell_word(value)));
        };
        if let Some(target) = &inputs.target {
            add("--target", target);
        }
        for file in &inputs.vars_files {
            add("--vars-file", &file.to_string_lossy());
        }
        for variable in &inputs.vars {
            if knows(
                scenario,
                variable.split('=').next().unwrap_or_default().trim(),
            ) {
                add("--var", variable);
            }
        }
        add("--seed", &seed.to_string());
        options.push_str(again);
        options
    };
    prepared
        .plan
        .scenarios
        .iter()
        .map(|scenario| (scenario.path.clone(), options(scenario)))
        .collect()
}

fn has_word(text: &str, word: &str) -> bool {
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    !word.is_empty()
        && text.match_indices(word).any(|(at, _)| {
            !text[..at].ends_with(is_part) && !text[at + word.len()..].starts_with(is_part)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        assert!(has_word("a: {{ months }}", "months"));
        assert!(!has_word("a: {{ months_left }} xmonths", "months"));
        assert!(!has_word("a", ""));
    }
}
