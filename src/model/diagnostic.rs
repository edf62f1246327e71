//! What is wrong in a file that a person wrote, where, and what would be right.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::source::{Sources, Span};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing can be run.
    Error,
    /// It can be run, but is hardly meant so.
    Warning,
}

/// One mistake at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The exact part that is wrong.
    pub span: Span,
    /// What is wrong: lower case, no full stop, the author's words in backticks.
    pub message: String,
    /// What would be right, if known.
    pub hint: Option<String>,
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(span: Span, message: impl Into<String>) -> Self {
        Diagnostic {
            severity: Severity::Error,
            span,
            message: message.into(),
            hint: None,
        }
    }

    /// A warning at a place.
    pub fn warning(span: Span, message: impl Into<String>) -> Self {
        Diagnostic {
            severity: Severity::Warning,
            span,
            message: message.into(),
            hint: None,
        }
    }

    /// The same with a hint: what would be right.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same with a hint if there is one.
    pub fn maybe_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint;
        self
    }

    /// `path:line:column: error: …`, the source line with the part underlined, and the hint.
    pub fn render(&self, sources: &Sources, color: Color) -> String {
        self.render_within(sources, color, usize::MAX)
    }

    /// The same for a window of so many columns: a line that is longer is cut around the place.
    pub fn render_within(&self, sources: &Sources, color: Color, columns: usize) -> String {
        let source = sources.get(self.span.file);
        let (word, level) = match self.severity {
            Severity::Error => ("error", Level::ERROR),
            Severity::Warning => ("warning", Level::WARNING),
        };
        let position = sources.position(self.span);
        let gutter = position.line.to_string().len() + " | ".len();
        let room = columns.saturating_sub(gutter).max(SHORTEST_LINE);
        let excerpt = Excerpt::around(&source.text, self.span, room.min(LONGEST_LINE));
        let snippet = Snippet::source(excerpt.text.as_str())
            .line_start(position.line)
            .annotation(AnnotationKind::Primary.span(excerpt.start..excerpt.end));
        let mut group = Group::with_level(level).element(snippet);
        if let Some(hint) = &self.hint {
            group = group.element(Level::HELP.message(hint.as_str()));
        }
        let (renderer, bold, accent, reset) = match color {
            Color::Plain => (Renderer::plain(), "", "", ""),
            Color::Ansi => {
                let accent = if self.severity == Severity::Error {
                    "\u{1b}[1;31m"
                } else {
                    "\u{1b}[1;33m"
                };
                (Renderer::styled(), "\u{1b}[1m", accent, "\u{1b}[0m")
            }
        };
        let renderer = match columns {
            usize::MAX => renderer,
            columns => renderer.term_width(columns.max(SHORTEST_LINE + gutter)),
        };
        format!(
            "{bold}{place}:{reset} {accent}{word}:{reset} {bold}{message}{reset}\n{snippet}\n",
            place = sources.place(self.span),
            message = self.message,
            snippet = renderer.render(&[group]),
        )
    }
}

/// Whether escape codes for colours are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    /// None.
    Plain,
    /// ANSI colours.
    Ansi,
}

/// The line of a place, cut where it is too long to be read.
struct Excerpt {
    text: String,
    start: usize,
    end: usize,
}

/// Longer lines are cut around the place.
const LONGEST_LINE: usize = 160;
/// So much of a line is shown in the narrowest window.
const SHORTEST_LINE: usize = 30;

impl Excerpt {
    fn around(text: &str, span: Span, longest: usize) -> Excerpt {
        let boundary = |mut at: usize| {
            at = at.min(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let start = boundary(span.start as usize);
        let mut from = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let mut to = text[start..]
            .find('\n')
            .map_or(text.len(), |newline| start + newline);
        if text[from..to].ends_with('\r') {
            to -= 1;
        }
        if to - from > longest {
            from = boundary(start.saturating_sub(longest / 2).max(from));
            to = boundary((start + longest / 2).min(to));
        }
        let end = boundary(span.end as usize).clamp(start, to.max(start));
        let start_in_line = start - from;
        let end_in_line = (end - from).max(start_in_line);
        let mut line = text[from..to.max(from)].to_owned();
        // An empty place (the end of a line, say) still gets its mark.
        if line.len() < start_in_line + 1 {
            line.push(' ');
        }
        let mut shown_end = end_in_line.max((start_in_line + 1).min(line.len()));
        while !line.is_char_boundary(shown_end) {
            shown_end += 1;
        }
        Excerpt {
            end: shown_end,
            start: start_in_line,
            text: line,
        }
    }
}

/// The nearest of the known names, if one is near enough to be what was meant.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    known
        .into_iter()
        .map(|candidate| {
            (
                strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(distance, candidate)| {
            *distance <= (candidate.chars().count().max(name.chars().count()) / 3).max(1)
        })
        .min_by_key(|(distance, candidate)| (*distance, candidate.len()))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::{Color, Diagnostic};
    use crate::model::source::{Sources, Span};

    #[test]
    fn any_place_of_any_text_can_be_shown() {
        for text in [
            "*-\u{718}et:s\n",
            "",
            "\r\n\r\n",
            "\u{1f642}",
            "a\u{301}\t\u{200b}\r\nb",
        ] {
            let mut sources = Sources::default();
            let file = sources.add("a.yaml", text);
            let length = u32::try_from(text.len()).unwrap_or(0) + 2;
            for start in 0..length {
                for end in start..length {
                    let told = Diagnostic::error(Span { file, start, end }, "wrong");
                    assert!(told.render(&sources, Color::Plain).contains("wrong"));
                }
            }
        }
    }
}
