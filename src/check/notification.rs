//! `await`: a notification that must come, or must not.

use std::time::Duration;

use super::compiler::{Compiler, Here};
use super::expectations;
use super::names::Current;
use crate::model::plan::{self, Patience};
use crate::model::scenario::Await;

const WITHIN: Duration = Duration::from_secs(10);

/// Compiles what is waited for, and for how long.
pub(super) fn compile(
    compiler: &mut Compiler<'_>,
    written: &Await,
    here: Here<'_>,
) -> Option<plan::Await> {
    let notified = Here {
        current: Current::Notification,
        ..here
    };
    let expectations = expectations::compile(compiler, &written.expectations, notified);
    let patience = match &written.absent {
        Some(absent) => compiler.duration(absent, here).map(Patience::Absent),
        None => compiler
            .duration_or(written.within.as_ref(), WITHIN, here)
            .map(Patience::Within),
    };
    Some(plan::Await {
        span: written.span,
        expectations: expectations?,
        patience: patience?,
    })
}
