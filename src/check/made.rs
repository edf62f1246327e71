//! Which variables a step makes, and whether it always does.

use super::compiler::Compiler;
use super::extent::{self, Extent};
use super::fragments::resolve;
use crate::model::scenario::{Action, Scenario, Step, Use};

/// A variable that a step makes: what it captures or sets, or what a fragment does.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Made {
    pub(super) name: String,
    /// The condition under which it is made, if not always.
    pub(super) condition: Option<String>,
    /// Whether it is made only when the case cleans up.
    pub(super) is_late: bool,
}

impl Made {
    /// What is made wherever its step runs.
    pub(super) fn always(name: &str) -> Made {
        Made {
            name: name.to_owned(),
            condition: None,
            is_late: false,
        }
    }
}

/// Whether a step may make any name, because a fragment that it uses could not be read.
pub(super) fn may_be_any(compiler: &Compiler<'_>, file: &Scenario, step: &Step) -> bool {
    let Action::Use(used) = &step.action else {
        return false;
    };
    used_by(compiler, file, used).is_none_or(|fragment| extent::of(compiler, fragment).makes_any)
}

/// The fragment that a step uses, if it is known.
pub(super) fn used_by<'a>(
    compiler: &Compiler<'a>,
    file: &Scenario,
    used: &Use,
) -> Option<&'a Scenario> {
    let input = compiler.input;
    resolve(&file.key, &used.path.value).and_then(|key| input.fragments.get(&key))
}

/// What a step makes, in order.
pub(super) fn by(compiler: &Compiler<'_>, file: &Scenario, step: &Step) -> Vec<Made> {
    let inner = match &step.action {
        Action::Use(used) => used_by(compiler, file, used),
        _ => None,
    };
    let inner = inner.map(|fragment| extent::of(compiler, fragment));
    with(step, inner.as_deref())
}

/// What a step makes, with what the fragment that it uses comes to.
pub(super) fn with(step: &Step, fragment: Option<&Extent>) -> Vec<Made> {
    let captures = step.capture.iter().map(|capture| &capture.name.value);
    let mut made: Vec<Made> = captures.map(|name| Made::always(name)).collect();
    if let Action::Set(values) = &step.action {
        made.extend(values.iter().map(|(name, _)| Made::always(&name.value)));
    }
    made.extend(fragment.iter().flat_map(|fragment| fragment.made.clone()));
    for made in &mut made {
        made.is_late |= step.defer;
        if made.condition.is_none() {
            made.condition = step.condition.as_ref().map(|text| text.value.clone());
        }
    }
    made
}
