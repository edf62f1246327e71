//! Templates of nothing but text and names, by far the most common, answered without the engine.
//!
//! Where there is anything to say (a name that is not there, a value that has no text) the engine says it.

use minijinja::machinery::ast::{Expr, Stmt};
use serde_json::Value;

use super::scope::Scope;

/// A longer text is written by the engine, which has limits for it.
const LONGEST: usize = 1 << 20;

/// Text and names, in their order.
#[derive(Debug)]
pub(super) struct Plain(Vec<Piece>);

#[derive(Debug)]
enum Piece {
    Text(String),
    /// A name, and the members that are read in its value.
    Name(String, Vec<String>),
}

/// A template's pieces, if there is nothing else in it.
pub(super) fn read(statements: &[Stmt<'_>]) -> Option<Plain> {
    let pieces: Option<_> = statements.iter().map(piece).collect();
    pieces.map(Plain)
}

fn piece(statement: &Stmt<'_>) -> Option<Piece> {
    match statement {
        Stmt::EmitRaw(text) => Some(Piece::Text(text.raw.to_owned())),
        Stmt::EmitExpr(emitted) => {
            let mut members = Vec::new();
            let mut expression = &emitted.expr;
            while let Expr::GetAttr(inner) = expression {
                members.push(inner.name.to_owned());
                expression = &inner.expr;
            }
            members.reverse();
            match expression {
                Expr::Var(name) => Some(Piece::Name(name.id.to_owned(), members)),
                _ => None,
            }
        }
        _ => None,
    }
}

impl Plain {
    /// The text with what a function makes of each name.
    pub(super) fn fold(&self, mut name: impl FnMut(&str, &[String]) -> String) -> String {
        let pieces = self.0.iter().map(|piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Name(known, members) => name(known, members),
        });
        pieces.collect()
    }

    /// The value of a template that is one name.
    pub(super) fn value(&self, scope: &Scope) -> Option<Value> {
        match self.0.as_slice() {
            [Piece::Name(name, members)] => value(scope, name, members).cloned(),
            _ => None,
        }
    }

    /// What the template gives as text.
    pub(super) fn text(&self, scope: &Scope) -> Option<String> {
        let mut text = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(piece) => text.push_str(piece),
                Piece::Name(name, members) => write(value(scope, name, members)?, &mut text)?,
            }
            if text.len() > LONGEST {
                return None;
            }
        }
        Some(text)
    }
}

/// The text of a name's value, if it has one.
pub(super) fn known(scope: &Scope, name: &str, members: &[String]) -> Option<String> {
    let mut text = String::new();
    write(value(scope, name, members)?, &mut text)?;
    Some(text)
}

/// Adds the text of a value, if it is one that has a text.
fn write(value: &Value, text: &mut String) -> Option<()> {
    match value {
        Value::String(piece) if piece.len() <= LONGEST => text.push_str(piece),
        Value::Bool(truth) => text.push_str(if *truth { "true" } else { "false" }),
        Value::Number(number) => text.push_str(&number.to_string()),
        _ => return None,
    }
    Some(())
}

fn value<'s>(scope: &'s Scope, name: &str, members: &[String]) -> Option<&'s Value> {
    let mut value = scope.held(name)?;
    for member in members {
        value = value.as_object()?.get(member)?;
    }
    Some(value)
}
