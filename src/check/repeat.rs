//! What repeats a step: its loop, its retry, the pauses between tries.

use std::borrow::Cow;
use std::time::Duration;

use super::compiler::{Compiler, Here};
use super::made;
use super::names::Names;
use super::step::optional;
use crate::model::node::NodeKind;
use crate::model::plan::{self, DurationTemplate, RetryOn};
use crate::model::scenario::{Action, Each, Every, Retry, Scenario, Step};

/// The pauses between the tries of a `retry` that names none.
const FIRST_RETRY: Duration = Duration::from_millis(500);
const RETRY_FACTOR: f64 = 2.0;
const LONGEST_RETRY: Duration = Duration::from_secs(30);

/// Compiles a loop. Its list is read before the first turn, so that its variable is not there yet.
pub(super) fn each(
    compiler: &mut Compiler<'_>,
    file: &Scenario,
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
        gathered: match &step.action {
            // The last turn's values stand.
            Action::Set(_) => Vec::new(),
            _ => made::by(compiler, file, step)
                .into_iter()
                .filter(|made| !made.is_late)
                .map(|made| made.name)
                .collect(),
        },
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

/// Compiles a retry.
pub(super) fn retry(
    compiler: &mut Compiler<'_>,
    retry: &Retry,
    here: Here<'_>,
) -> Option<plan::Retry> {
    let usual = [
        RetryOn::Transport,
        RetryOn::Hundred(5),
        RetryOn::Status(429),
    ];
    retry_for(compiler, retry, &usual, here)
}

/// Compiles the retry of a step that is no request.
pub(super) fn retry_of_step(
    compiler: &mut Compiler<'_>,
    action: &Action,
    written: &Retry,
    here: Here<'_>,
) -> Option<plan::Retry> {
    match action {
        Action::Use(_) => retry(compiler, written, here),
        _ => retry_for(compiler, written, &[RetryOn::Failure], here),
    }
}

fn retry_for(
    compiler: &mut Compiler<'_>,
    retry: &Retry,
    usual: &[RetryOn],
    here: Here<'_>,
) -> Option<plan::Retry> {
    let times = compiler.value(&retry.times, here);
    let every = match &retry.every {
        Some(every) => pauses(compiler, every, here),
        None => Some(plan::Pauses {
            first: DurationTemplate::Fixed(FIRST_RETRY),
            factor: RETRY_FACTOR,
            longest: Some(DurationTemplate::Fixed(LONGEST_RETRY)),
        }),
    };
    let on = match &retry.on {
        Some(words) => words
            .iter()
            .filter_map(|word| retry_on(&word.value))
            .collect(),
        None => usual.to_vec(),
    };
    Some(plan::Retry {
        times: times?,
        span: retry.times.span,
        every: every?,
        on,
    })
}

/// A word that was found right when it was read.
fn retry_on(word: &str) -> Option<RetryOn> {
    Some(match word {
        "transport" => RetryOn::Transport,
        "timeout" => RetryOn::Timeout,
        "4xx" => RetryOn::Hundred(4),
        "5xx" => RetryOn::Hundred(5),
        status => RetryOn::Status(status.parse().ok()?),
    })
}

/// Compiles the pauses between tries.
pub(super) fn pauses(
    compiler: &mut Compiler<'_>,
    every: &Every,
    here: Here<'_>,
) -> Option<plan::Pauses> {
    let (from, factor, to) = match every {
        Every::Fixed(node) => {
            return Some(plan::Pauses {
                first: compiler.duration(node, here)?,
                factor: 1.0,
                longest: None,
            });
        }
        Every::Growing { from, factor, to } => (from, factor, to),
    };
    let factor = match factor.as_ref().map(|node| (node, &node.kind)) {
        None => Some(2.0),
        Some((_, NodeKind::Number(number)))
            if number
                .as_f64()
                .is_some_and(|factor| (1.0..=100.0).contains(&factor)) =>
        {
            number.as_f64()
        }
        Some((node, _)) => {
            compiler.error(
                node.span,
                "`factor` is a number from 1 to 100",
                "write `factor: 2`",
            );
            None
        }
    };
    let longest = optional(to.as_ref(), |node| compiler.duration(node, here));
    Some(plan::Pauses {
        first: compiler.duration(from, here)?,
        factor: factor?,
        longest: longest?,
    })
}
