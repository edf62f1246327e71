//! Which rules of snapshots that did nothing can be told of, after a run of some scenarios.

use std::collections::BTreeSet;

use super::arguments::Arguments;
use crate::model::plan::{Action, Plan, Step};

/// Leaves those of which it is certain that nothing which was left out is what they are for: all in a run of everything,
/// and in a run of whole files those that stand in these files only.
pub(super) fn retain_certain(idle: &mut Vec<String>, plan: &Plan, arguments: &Arguments) {
    if arguments.is_everything() || idle.is_empty() {
        return;
    }
    if !arguments.is_whole_files() {
        return idle.clear();
    }
    let mut elsewhere = BTreeSet::new();
    let mut walk: Vec<&Step> = plan.scenarios.iter().flat_map(|it| &it.steps).collect();
    while let Some(step) = walk.pop() {
        if let Action::Use(used) = &step.action {
            walk.extend(&used.steps);
        }
        if let Some(rules) = &step.snapshot {
            let others = rules.of_all.iter();
            elsewhere.extend(others.filter(|path| !rules.of_file.contains(path)));
        }
    }
    idle.retain(|path| !elsewhere.contains(path));
}
