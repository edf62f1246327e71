//! From a text to what is compiled: the shape of the text, its limits, and its mistakes in our words.

use minijinja::machinery::ast::{Expr, Stmt};
use minijinja::machinery::{Token, parse, parse_expr, tokenize};
use minijinja::syntax::SyntaxConfig;
use std::ops::Range;

use super::TemplateError;
use super::plain::{self, Plain};
use super::print::{Printed, Printer};

/// A longer text with something to evaluate in it is no template.
const LONGEST: usize = 64 * 1024;
/// Operators that apply to what others gave; each costs the compiler a stack frame.
const MOST_OPERATORS: usize = 200;
/// Brackets inside brackets.
const DEEPEST: usize = 32;
/// Statements and values in one template.
const MOST_BLOCKS: usize = 2000;

/// What is to be compiled.
pub(super) struct Compilation {
    pub(super) printed: Printed,
    /// Whether it is exactly one expression, whose type is kept.
    pub(super) typed: bool,
    /// The same, if it is nothing but text and names.
    pub(super) plain: Option<Plain>,
}

/// Whether there is anything to evaluate in a text.
pub(super) fn is_literal(text: &str) -> bool {
    !(text.contains("{{") || text.contains("{%") || text.contains("{#"))
}

/// How templates are read: nothing is trimmed that the author did not ask for.
pub(super) fn syntax() -> Result<SyntaxConfig, minijinja::Error> {
    SyntaxConfig::builder().keep_trailing_newline(true).build()
}

/// Reads a text in which `{{ … }}` may stand.
pub(super) fn template(text: &str) -> Result<Compilation, TemplateError> {
    check_size(text, false)?;
    let syntax = syntax().map_err(|error| explain(text, &error))?;
    let statement = parse(text, "", syntax).map_err(|error| explain(text, &error))?;
    let mut printer = Printer::new(text);
    let children = match &statement {
        Stmt::Template(template) => template.children.as_slice(),
        other => std::slice::from_ref(other),
    };
    let typed = match children {
        [Stmt::EmitExpr(_)] => text.starts_with("{{") && text.ends_with("}}"),
        _ => false,
    };
    printer.statements(children)?;
    Ok(Compilation {
        printed: printer.finish(),
        typed,
        plain: plain::read(children),
    })
}

/// Reads a bare expression.
pub(super) fn expression(text: &str) -> Result<Compilation, TemplateError> {
    if text.trim().is_empty() {
        return Err(TemplateError {
            message: "the expression is empty".to_owned(),
            range: 0..text.len(),
            hint: None,
        });
    }
    if text.trim_start().starts_with("{{") && text.trim_end().ends_with("}}") {
        let inner = text.trim().trim_start_matches("{{").trim_end_matches("}}");
        return Err(TemplateError {
            message: "an expression stands bare here, without `{{ }}`".to_owned(),
            range: 0..text.len(),
            hint: Some(format!("write `{}`", inner.trim())),
        });
    }
    check_size(text, true)?;
    let parsed: Expr<'_> = parse_expr(text).map_err(|error| explain(text, &error))?;
    let mut printer = Printer::new(text);
    printer.emit(&parsed)?;
    Ok(Compilation {
        printed: printer.finish(),
        typed: true,
        plain: None,
    })
}

fn error(message: &str, range: Range<usize>) -> TemplateError {
    TemplateError {
        message: message.to_owned(),
        range,
        hint: None,
    }
}

/// How deep an expression between two brackets becomes.
#[derive(Default)]
struct Level {
    /// Operators since the last comma.
    operators: usize,
    /// The deepest of the brackets since the last comma.
    inside: usize,
    /// The deepest of the parts before the last comma.
    before: usize,
}

impl Level {
    fn depth(&self) -> usize {
        self.before.max(self.operators + self.inside)
    }
}

/// Refuses what would cost the compiler its stack.
fn check_size(text: &str, in_expression: bool) -> Result<(), TemplateError> {
    if text.len() > LONGEST {
        return Err(error("the template is longer than 64 KiB", 0..text.len()));
    }
    let mut blocks = 0_usize;
    let mut levels = vec![Level::default()];
    let syntax = syntax().map_err(|error| explain(text, &error))?;
    for token in tokenize(text, in_expression, syntax) {
        // What cannot be read is told by the parser, in its context.
        let Ok((token, span)) = token else {
            break;
        };
        let range = span.start_offset as usize..span.end_offset as usize;
        match token {
            Token::VariableStart | Token::BlockStart => {
                blocks += 1;
                levels = vec![Level::default()];
            }
            Token::BracketOpen | Token::ParenOpen | Token::BraceOpen => {
                levels.push(Level::default());
            }
            Token::BracketClose | Token::ParenClose | Token::BraceClose => {
                if levels.len() > 1
                    && let Some(closed) = levels.pop()
                    && let Some(level) = levels.last_mut()
                {
                    level.inside = level.inside.max(closed.depth() + 1);
                }
            }
            Token::Comma => {
                if let Some(level) = levels.last_mut() {
                    *level = Level {
                        before: level.depth(),
                        ..Level::default()
                    };
                }
            }
            Token::Ident("and" | "or" | "not" | "if" | "is" | "in" | "else")
            | Token::Plus
            | Token::Minus
            | Token::Mul
            | Token::Div
            | Token::FloorDiv
            | Token::Pow
            | Token::Mod
            | Token::Dot
            | Token::Tilde
            | Token::Pipe
            | Token::Eq
            | Token::Ne
            | Token::Gt
            | Token::Gte
            | Token::Lt
            | Token::Lte => {
                if let Some(level) = levels.last_mut() {
                    level.operators += 1;
                }
            }
            _ => {}
        }
        if levels
            .last()
            .is_some_and(|level| level.depth() > MOST_OPERATORS)
        {
            return Err(error("the expression is too long", range));
        }
        if levels.len() > DEEPEST {
            return Err(error("the expression is nested too deeply", range));
        }
        if blocks > MOST_BLOCKS {
            return Err(error("the template has too many parts", range));
        }
    }
    Ok(())
}

/// The parser's objection in our words, with the remedy of what people often write.
fn explain(text: &str, error: &minijinja::Error) -> TemplateError {
    let mut range = error.range().unwrap_or(0..text.len());
    range.end = range.end.min(text.len());
    range.start = range.start.min(range.end);
    while !text.is_char_boundary(range.start) {
        range.start -= 1;
    }
    while !text.is_char_boundary(range.end) {
        range.end += 1;
    }
    let detail = error
        .detail()
        .map_or_else(|| error.kind().to_string(), plain);
    if let Some(found) = common(text, &range, &detail) {
        return found;
    }
    TemplateError {
        message: detail,
        range,
        hint: None,
    }
}

fn plain(detail: &str) -> String {
    detail
        .replace("end of variable block", "`}}`")
        .replace("start of variable block", "`{{`")
        .replace("end of block", "`%}`")
        .replace("start of block", "`{%`")
        .trim_end_matches('.')
        .to_owned()
}

/// What people write who know other languages.
fn common(text: &str, range: &Range<usize>, detail: &str) -> Option<TemplateError> {
    let found = |message: &str, range: Range<usize>, hint: &str| {
        Some(TemplateError {
            message: message.to_owned(),
            range,
            hint: Some(hint.to_owned()),
        })
    };
    if detail.contains("unexpected end of input") || detail.contains("unclosed") {
        for (open, close) in [("{{", "}}"), ("{%", "%}"), ("{#", "#}")] {
            if let Some(at) = text.rfind(open)
                && !text[at..].contains(close)
            {
                return found(
                    &format!("`{open}` is not closed"),
                    at..at + 2,
                    &format!("a `{close}` is missing"),
                );
            }
        }
    }
    // Only what stands unquoted near the place is to blame.
    let mut from = range.start.saturating_sub(2);
    while !text.is_char_boundary(from) {
        from -= 1;
    }
    let mut to = (range.end + 2).min(text.len());
    while !text.is_char_boundary(to) {
        to += 1;
    }
    let near = &text[from..to];
    for (wrong, right) in [("&&", "and"), ("||", "or"), ("===", "=="), ("!==", "!=")] {
        if let Some(at) = near.find(wrong) {
            let at = from + at;
            return found(
                &format!("`{wrong}` is no operator"),
                at..at + wrong.len(),
                &format!("write `{right}`"),
            );
        }
    }
    let character = text[range.start..].chars().next();
    match character {
        Some('=') if !near.contains("==") && !near.contains("!=") => found(
            "`=` does not compare",
            range.start..range.start + 1,
            "write `==`",
        ),
        Some('!') => found(
            "`!` is no operator",
            range.start..range.start + 1,
            "write `not`",
        ),
        Some('?') => found(
            "`?` is no operator",
            range.start..range.start + 1,
            "write `a if condition else b`",
        ),
        Some('$') => found(
            "`$` cannot stand in an expression",
            range.start..range.start + 1,
            "write `body.name`, or `body | jsonpath('$.name')`",
        ),
        Some(other) if !other.is_ascii() => found(
            &format!("`{other}` cannot stand in an expression outside of quotes"),
            range.start..range.start + other.len_utf8(),
            "names have ASCII letters, digits and `_`; any other key is read by a subscript: `body['…']`",
        ),
        _ => None,
    }
}
