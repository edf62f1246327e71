//! What a fragment comes to with all that it uses.
//!
//! It is found once for each fragment of a scenario, and not at each use: two that use the next one twice are four
//! ways already, and twenty of them a million.

use std::collections::HashSet;
use std::sync::Arc;

use super::compiler::Compiler;
use super::fragments::DEEPEST;
use super::made::{self, Made};
use crate::model::scenario::{Action, Scenario};

/// What a fragment comes to.
#[derive(Debug, Default)]
pub(super) struct Extent {
    /// The variables that its steps make, in order.
    pub(super) made: Vec<Made>,
    /// Whether they may make any other: something in it could not be read, or it has no end.
    pub(super) makes_any: bool,
    /// How many steps it becomes where it is used.
    pub(super) steps: u64,
    /// Whether it goes round in a circle or too deep, so that the number above means nothing.
    pub(super) has_no_end: bool,
}

/// What that fragment comes to.
pub(super) fn of<'a>(compiler: &Compiler<'a>, fragment: &'a Scenario) -> Arc<Extent> {
    find(compiler, fragment, 0)
}

fn find<'a>(compiler: &Compiler<'a>, fragment: &'a Scenario, depth: usize) -> Arc<Extent> {
    let key = fragment.key.as_str();
    if let Some(known) = compiler.extents.borrow().get(key) {
        return Arc::clone(known);
    }
    let endless = Arc::new(Extent {
        makes_any: true,
        has_no_end: true,
        ..Extent::default()
    });
    if depth > DEEPEST {
        return endless;
    }
    // Whoever comes by here again before it is known is inside it.
    let mut extents = compiler.extents.borrow_mut();
    extents.insert(key, endless);
    drop(extents);
    let found = Arc::new(add_up(compiler, fragment, depth));
    let mut extents = compiler.extents.borrow_mut();
    extents.insert(key, Arc::clone(&found));
    found
}

fn add_up<'a>(compiler: &Compiler<'a>, fragment: &'a Scenario, depth: usize) -> Extent {
    let unread = fragment.unread.names.iter();
    let mut extent = Extent {
        made: unread.map(|name| Made::always(name)).collect(),
        makes_any: fragment.unread.may_be_any(),
        steps: fragment.steps.len() as u64,
        has_no_end: false,
    };
    let mut seen: HashSet<Made> = extent.made.iter().cloned().collect();
    for step in &fragment.steps {
        let inner = match &step.action {
            Action::Use(used) => match made::used_by(compiler, fragment, used) {
                Some(inner) => Some(find(compiler, inner, depth + 1)),
                None => {
                    extent.makes_any = true;
                    None
                }
            },
            _ => None,
        };
        if let Some(inner) = &inner {
            extent.makes_any |= inner.makes_any;
            extent.has_no_end |= inner.has_no_end;
            extent.steps = extent.steps.saturating_add(inner.steps);
        }
        // One that is made again in the same way says nothing new.
        let made = made::with(step, inner.as_deref());
        let new = made.into_iter().filter(|made| seen.insert(made.clone()));
        extent.made.extend(new);
    }
    extent
}
