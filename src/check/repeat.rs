//! What repeats a step: its loop.

use std::borrow::Cow;

use super::compiler::{Compiler, Here};
use super::names::Names;
use crate::model::plan;
use crate::model::scenario::{Action, Each, Step};

/// Compiles a loop. Its list is read before the first turn, so that its variable is not there yet.
pub(super) fn each(
    compiler: &mut Compiler<'_>,
    step: &Step,
    each: &Each,
    here: Here<'_>,
) -> Option<plan::Each> {
    let set: &[_] = match &step.action {
        Action::Set(values) => values,
        _ => &[],
    };
    let made = step
        .capture
        .iter()
        .map(|capture| &capture.name)
        .chain(set.iter().map(|(name, _)| name));
    for name in made {
        if name.value == each.variable.value {
            compiler.error(
                name.span,
                format!("`{}` is the variable of this step's loop", name.value),
                "give one of the two another name",
            );
        }
    }
    Some(plan::Each {
        span: each.list.span,
        variable: each.variable.value.clone(),
        list: compiler.value(&each.list, here)?,
    })
}

/// The names that a step sees: in a loop its variable too, which hides another of that name.
pub(super) fn names_in_loop<'n>(step: &Step, names: &'n Names) -> Cow<'n, Names> {
    match &step.each {
        None => Cow::Borrowed(names),
        Some(each) => {
            let mut names = names.clone();
            names.add(&each.variable.value);
            Cow::Owned(names)
        }
    }
}
