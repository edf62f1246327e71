//! Which variables a step makes, and whether it always does.

use super::compiler::Compiler;
use super::fragments::{DEEPEST, resolve};
use crate::model::scenario::{Action, Scenario, Step};

/// A variable that a step makes: what it captures or sets, or what a fragment does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Made {
    pub(super) name: String,
    /// The condition under which it is made, if not always.
    pub(super) condition: Option<String>,
    /// Whether it is made only when the case cleans up.
    pub(super) is_late: bool,
}

/// Whether a step may make any name, because a fragment that it uses could not be read.
pub(super) fn may_be_any(compiler: &Compiler<'_>, file: &Scenario, step: &Step) -> bool {
    makes_any(compiler, file, step, 0)
}

fn makes_any(compiler: &Compiler<'_>, file: &Scenario, step: &Step, depth: usize) -> bool {
    let Action::Use(used) = &step.action else {
        return false;
    };
    let fragment =
        resolve(&file.key, &used.path.value).and_then(|key| compiler.input.fragments.get(&key));
    let Some(fragment) = fragment else {
        return true;
    };
    let mut inside = fragment.steps.iter();
    fragment.unread.any
        || (depth < DEEPEST && inside.any(|step| makes_any(compiler, fragment, step, depth + 1)))
}

/// What a step makes, in order.
pub(super) fn by(compiler: &Compiler<'_>, file: &Scenario, step: &Step) -> Vec<Made> {
    let mut made = Vec::new();
    collect(compiler, file, step, &mut made, 0);
    made
}

fn collect(
    compiler: &Compiler<'_>,
    file: &Scenario,
    step: &Step,
    made: &mut Vec<Made>,
    depth: usize,
) {
    let before = made.len();
    let plain = |name: &String| Made {
        name: name.clone(),
        condition: None,
        is_late: false,
    };
    made.extend(
        step.capture
            .iter()
            .map(|capture| plain(&capture.name.value)),
    );
    match &step.action {
        Action::Set(values) => made.extend(values.iter().map(|(name, _)| plain(&name.value))),
        Action::Use(used) if depth < DEEPEST => {
            let fragment = resolve(&file.key, &used.path.value)
                .and_then(|key| compiler.input.fragments.get(&key));
            if let Some(fragment) = fragment {
                made.extend(fragment.unread.names.iter().map(plain));
                for step in &fragment.steps {
                    collect(compiler, fragment, step, made, depth + 1);
                }
            }
        }
        _ => {}
    }
    for made in &mut made[before..] {
        made.is_late |= step.defer;
        if made.condition.is_none() {
            made.condition = step.condition.as_ref().map(|text| text.value.clone());
        }
    }
}
