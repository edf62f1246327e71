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
