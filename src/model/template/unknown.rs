//! What stands in for a template that reads what is not known yet.

use minijinja::machinery::{Token, tokenize};
use serde_json::Value;

use super::super::preview::{SPACE, UNKNOWN, marked, only_marked};
use super::plain::{Plain, known};
use super::{Compiled, Scope, ValueTemplate, compile};

/// The template's text, with the sources of its expressions between marks.
pub(super) fn outline(compiled: &Compiled, text: &str, scope: &Scope) -> String {
    let whole = || marked(UNKNOWN, &on_one_line(text));
    match &compiled.plain {
        Some(plain) => plain.outline(scope),
        None => expressions(text).unwrap_or_else(whole),
    }
}

/// The text with its expressions between marks; nothing if there are statements in it.
fn expressions(text: &str) -> Option<String> {
    let mut outline = String::new();
    let mut begin = 0;
    for token in tokenize(text, false, compile::syntax().ok()?) {
        let (token, span) = token.ok()?;
        match token {
            Token::TemplateData(piece) => outline.push_str(piece),
            Token::VariableStart => begin = span.end_offset as usize,
            Token::VariableEnd => {
                let source = text.get(begin..span.start_offset as usize)?;
                outline.push_str(&marked(UNKNOWN, &on_one_line(source)));
            }
            Token::BlockStart => return None,
            _ => {}
        }
    }
    Some(outline)
}

fn on_one_line(source: &str) -> String {
    let words: Vec<&str> = source.split_whitespace().collect();
    words.join(&SPACE.to_string())
}

impl Plain {
    /// The text with the names that are not known between marks.
    fn outline(&self, scope: &Scope) -> String {
        self.fold(|name, members| match scope.unknown(name) {
            Some(shown) => path(shown, members),
            None => known(scope, name, members).unwrap_or_else(|| path(name, members)),
        })
    }
}

fn path(name: &str, members: &[String]) -> String {
    let mut whole = name.to_owned();
    for member in members {
        whole.push('.');
        whole.push_str(member);
    }
    marked(UNKNOWN, &whole)
}

impl ValueTemplate {
    /// Whether something in it reads a name whose value is not known.
    pub fn lacks(&self, scope: &Scope) -> bool {
        let mut lacks = false;
        self.for_each_template(&mut |template| lacks |= scope.lacks(template.names()));
        lacks
    }
}

/// What is shown for a name that was given this value, in which something is not known.
pub fn shown_for(name: &str, value: &Value) -> String {
    let text = value.as_str().unwrap_or_default();
    only_marked(UNKNOWN, text).unwrap_or(name).to_owned()
}
