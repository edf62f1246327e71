//! Why an evaluation gave nothing, in our words and at the author's own place.

use minijinja::ErrorKind;

use super::super::node::Text;
use super::scope::Scope;
use super::{Compiled, RenderError};

pub(super) fn whole(text: &Text, message: &str) -> RenderError {
    RenderError {
        message: message.to_owned(),
        span: Some(text.span),
    }
}

/// A text as it is quoted in messages: one line, not too long.
pub(super) fn short(text: &str) -> String {
    const LONGEST: usize = 60;
    let text = text.trim();
    let line: String = text
        .chars()
        .take(LONGEST)
        .map(|character| if character == '\n' { ' ' } else { character })
        .collect();
    if text.chars().count() > LONGEST {
        format!("{line}…")
    } else {
        line
    }
}

/// The evaluator's objection in our words, at the author's own place.
pub(super) fn explain(
    compiled: &Compiled,
    text: &Text,
    scope: &Scope,
    error: &minijinja::Error,
) -> RenderError {
    if error.kind() == ErrorKind::OutOfFuel {
        return whole(text, "the template takes too long or gives too much text");
    }
    // The parser's ranges may begin at the token before, but end where the part ends.
    let place = error.range().and_then(|range| {
        let last = range.end.saturating_sub(1);
        compiled
            .marks
            .iter()
            .filter(|(printed, _)| printed.contains(&last))
            .min_by_key(|(printed, _)| printed.len())
            .map(|(_, source)| source.clone())
    });
    let part = place
        .clone()
        .and_then(|range| text.value.get(range))
        .unwrap_or(&text.value);
    let detail = error
        .detail()
        .map_or_else(|| error.kind().to_string(), str::to_owned);
    let message = if error.kind() == ErrorKind::UndefinedError {
        let name = place.as_ref().and_then(|place| {
            compiled
                .names
                .iter()
                .filter(|name| place.contains(&name.range.start) && name.range.end <= place.end)
                .find(|name| name.range == *place)
        });
        match name {
            Some(name) => scope.explain(&name.path),
            None => format!("`{}` has no value", short(part)),
        }
    } else {
        format!("{} in `{}`", detail.trim_end_matches('.'), short(part))
    };
    RenderError {
        message,
        span: Some(place.map_or(text.span, |range| text.part(range))),
    }
}
