//! Which variables a step makes, and whether it always does.

use std::collections::BTreeSet;

use super::compiler::Compiler;
use super::fragments::{DEEPEST, resolve};
use crate::model::scenario::{Action, Scenario, Step, Use};

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
    makes_any(compiler, file, step, &mut BTreeSet::new())
}

/// The same, each fragment looked at once.
fn makes_any<'a>(
    compiler: &Compiler<'a>,
    file: &Scenario,
    step: &Step,
    seen: &mut BTreeSet<&'a str>,
) -> bool {
    let Action::Use(used) = &step.action else {
        return false;
    };
    let Some(fragment) = used_by(compiler, file, used) else {
        return true;
    };
    if !seen.insert(&fragment.key) {
        return false;
    }
    let mut inside = fragment.steps.iter();
    fragment.unread.any || inside.any(|step| makes_any(compiler, fragment, step, seen))
}

/// The fragment that a step uses, if it is known.
fn used_by<'a>(compiler: &Compiler<'a>, file: &Scenario, used: &Use) -> Option<&'a Scenario> {
    let input = compiler.input;
    resolve(&file.key, &used.path.value).and_then(|key| input.fragments.get(&key))
}

/// What a step makes, in order.
pub(super) fn by(compiler: &Compiler<'_>, file: &Scenario, step: &Step) -> Vec<Made> {
    let mut made = Vec::new();
    collect(compiler, file, step, &mut made, &mut Vec::new());
    made
}

fn collect<'a>(
    compiler: &Compiler<'a>,
    file: &Scenario,
    step: &Step,
    made: &mut Vec<Made>,
    open: &mut Vec<&'a str>,
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
        Action::Use(used) => {
            // One that goes round in a circle is told of elsewhere, and would be followed for ever here.
            let fragment = used_by(compiler, file, used)
                .filter(|fragment| open.len() < DEEPEST && !open.contains(&fragment.key.as_str()));
            if let Some(fragment) = fragment {
                open.push(&fragment.key);
                made.extend(fragment.unread.names.iter().map(plain));
                for step in &fragment.steps {
                    collect(compiler, fragment, step, made, open);
                }
                open.pop();
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
