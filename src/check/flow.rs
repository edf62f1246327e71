//! What the order of steps means: the names that each leaves behind, and what can never matter.

use super::compiler::Compiler;
use super::made;
use super::names::{Current, File, Guard, Names};
use crate::model::diagnostic::Diagnostic;
use crate::model::scenario::{Scenario, Step};
use crate::model::template::Expression;

/// What a condition asks.
pub(super) fn guard(condition: &Expression) -> Guard {
    let asked = condition
        .names()
        .iter()
        .filter(|name| name.may_be_missing)
        .filter_map(|name| name.path.first().cloned());
    Guard {
        condition: condition.source().to_owned(),
        asked: asked.collect(),
    }
}

/// Adds what the steps after this one can read. What is put aside runs after all of them.
pub(super) fn add_names(compiler: &Compiler<'_>, file: &Scenario, step: &Step, names: &mut Names) {
    for made in made::by(compiler, file, step) {
        if !made.is_late {
            names.add_made(&made);
        }
    }
    if made::may_be_any(compiler, file, step) {
        names.open();
    }
    if !step.defer {
        add_step(step, names);
    }
}

fn add_step(step: &Step, names: &mut Names) {
    if let Some(id) = &step.id {
        let condition = step.condition.as_ref().map(|text| text.value.as_str());
        names.add_step(&id.value, Current::of(&step.action), condition);
    }
}

/// The names that a step can read that was put aside: all that the whole file makes, as far as the case got.
pub(super) fn names_at_the_end(compiler: &Compiler<'_>, file: &Scenario, names: &Names) -> Names {
    let mut names = names.clone();
    if file.unread.any_from.is_some() {
        names.open();
    }
    for step in &file.steps {
        for made in made::by(compiler, file, step) {
            names.add(&made.name);
        }
        if made::may_be_any(compiler, file, step) {
            names.open();
        }
        add_step(step, &mut names);
    }
    names
}

/// Notes what can never matter: a capture that nobody reads, a step that never runs.
pub(super) fn judge(
    compiler: &mut Compiler<'_>,
    scenario: &Scenario,
    file: &File,
    is_fragment: bool,
) {
    for step in &scenario.steps {
        never_runs(compiler, step);
        // What a fragment captures, its callers may read.
        if !is_fragment && scenario.is_whole {
            unread_captures(compiler, step, file);
        }
    }
}

fn never_runs(compiler: &mut Compiler<'_>, step: &Step) {
    let Some(condition) = &step.condition else {
        return;
    };
    let (message, hint) = match condition.value.trim() {
        "false" => ("this step never runs", "take it out, or ask for something"),
        "true" => (
            "this condition always holds",
            "leave it out: a step runs without one",
        ),
        _ => return,
    };
    compiler.mistake(Diagnostic::warning(condition.span, message).hint(hint));
}

/// Whether a template could read a variable of that name; else that was told already.
fn is_readable(name: &str) -> bool {
    name.chars()
        .all(|character| character.is_ascii_alphanumeric() || character == '_')
}

fn unread_captures(compiler: &mut Compiler<'_>, step: &Step, file: &File) {
    let read = file.read.borrow();
    for capture in &step.capture {
        let name = capture.name.value.as_str();
        // A secret may be captured only to be hidden.
        if capture.secret || read.contains(name) || !is_readable(name) {
            continue;
        }
        compiler.mistake(
            Diagnostic::warning(capture.name.span, format!("nothing reads `{name}`"))
                .hint("leave it out; that something is there, `exists: true` says in `expect`"),
        );
    }
}
