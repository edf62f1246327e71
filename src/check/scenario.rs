//! One file: its variables, then its steps in order, with the names that each adds.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::case_names::CaseNames;
use super::compiler::{Compiler, Here};
use super::names::{Current, File, Names};
use super::{cases, flow, made, step, variables};
use crate::model::diagnostic::{Diagnostic, nearest};
use crate::model::plan::{self, ScenarioPlan, SnapshotOwner};
use crate::model::project::TargetKind;
use crate::model::scenario::Scenario;

/// The variables that every sandbox gives.
const SANDBOX_NAMES: [&str; 4] = [
    "auth_url",
    "client_id",
    "client_secret",
    "product_instance_id",
];

/// Which file is compiled, and inside which others.
pub(super) struct Place<'p> {
    pub(super) file: &'p Scenario,
    /// What the names of its snapshots begin with: `login.` in a fragment.
    pub(super) prefix: String,
    /// The fragment around it whose run is shared, if there is one.
    pub(super) owner: Option<Arc<SnapshotOwner>>,
    outer: Option<&'p Place<'p>>,
}

impl<'p> Place<'p> {
    pub(super) fn inside(&'p self, file: &'p Scenario, prefix: &str) -> Place<'p> {
        Place {
            file,
            prefix: format!("{}{prefix}.", self.prefix),
            owner: self.owner.clone(),
            outer: Some(self),
        }
    }

    /// A fragment whose run is shared: its snapshots are its own.
    pub(super) fn shared(&'p self, file: &'p Scenario, folder: &str) -> Place<'p> {
        Place {
            file,
            prefix: String::new(),
            owner: Some(Arc::new(SnapshotOwner {
                stem: stem(file, folder),
                path: file.path.clone(),
            })),
            outer: Some(self),
        }
    }

    /// Whether it is used by another file.
    pub(super) fn is_fragment(&self) -> bool {
        self.outer.is_some()
    }

    /// The keys of the files that this one is used by, outermost first, and its own.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        let mut keys = vec![self.file.key.as_str()];
        let mut place = self;
        while let Some(outer) = place.outer {
            keys.push(&outer.file.key);
            place = outer;
        }
        keys.reverse();
        keys.into_iter()
    }
}

/// Compiles a scenario that is run by itself.
pub(super) fn compile(compiler: &mut Compiler<'_>, scenario: &Scenario) -> Option<ScenarioPlan> {
    judge_targets(compiler, scenario);
    let place = Place {
        file: scenario,
        prefix: String::new(),
        owner: None,
        outer: None,
    };
    let mut names = target_names(
        compiler,
        &scenario
            .targets
            .iter()
            .map(|target| target.value.as_str())
            .collect::<Vec<_>>(),
    );
    let cases = cases::find(compiler, scenario);
    compiler.case_names = CaseNames::of(&scenario.path, &cases);
    let mut file = about(&place);
    file.is_broken |= cases.is_broken;
    for given in &cases.given {
        file.made_by
            .insert(given.name.clone(), "by the cases".into());
    }
    let vars = variables::of_scenario(compiler, scenario, &cases, &mut names, &file);
    // The set-up and the time limit are read before the first step: only variables are there.
    let before = names.clone();
    let steps = compile_steps(compiler, &place, &mut names, &mut file);
    let here = Here::new(&before, &file);
    let sandbox = step::optional(scenario.sandbox.as_ref(), |node| compiler.value(node, here));
    let timeout = step::optional(scenario.timeout.as_ref(), |node| {
        compiler.duration(node, here)
    });
    cases::judge_unread(compiler, scenario, &cases, &file);
    let steps = steps?;
    judge_snapshot_names(compiler, scenario, &steps);
    Some(ScenarioPlan {
        path: scenario.path.clone(),
        stem: stem(scenario, compiler.input.scenarios_folder),
        name: scenario.name.as_ref().map_or_else(
            || file_stem(&scenario.key).to_owned(),
            |name| name.value.clone(),
        ),
        tags: scenario.tags.iter().map(|tag| tag.value.clone()).collect(),
        targets: scenario
            .targets
            .iter()
            .map(|target| target.value.clone())
            .collect(),
        vars: vars?,
        cases: cases.list,
        sandbox: sandbox?,
        steps,
        timeout: timeout?,
    })
}

/// What is known of a file before its variables and steps are compiled.
pub(super) fn about(place: &Place<'_>) -> File {
    let scenario = place.file;
    let mut file = File {
        is_broken: scenario.unread.any,
        unread: scenario.unread.names.iter().cloned().collect(),
        is_shared: place.owner.is_some(),
        ..File::default()
    };
    for (name, _) in &scenario.vars {
        file.made_by
            .insert(name.value.clone(), "among `vars`".into());
    }
    for step in &scenario.steps {
        if let Some(id) = &step.id
            && Current::of(&step.action) != Current::Nothing
        {
            file.ids.insert(id.value.clone());
        }
    }
    file
}

/// Compiles the steps of a file; `names` has what is there before them, and then what they add.
pub(super) fn compile_steps(
    compiler: &mut Compiler<'_>,
    place: &Place<'_>,
    names: &mut Names,
    file: &mut File,
) -> Option<Vec<plan::Step>> {
    let scenario = place.file;
    for step in scenario.steps.iter().rev() {
        for made in made::by(compiler, scenario, step) {
            let label = step.id.as_ref().map_or_else(
                || "by another step".to_owned(),
                |id| format!("by the step `{}`", id.value),
            );
            file.made_by.insert(made.name, label);
        }
    }
    let mut steps = Some(Vec::with_capacity(scenario.steps.len()));
    for (number, step) in scenario.steps.iter().enumerate() {
        if scenario.unread.any_from.is_some_and(|from| from <= number) {
            names.open();
        }
        let at_the_end = step
            .defer
            .then(|| flow::names_at_the_end(compiler, scenario, names));
        let known = at_the_end.as_ref().unwrap_or(names);
        let compiled = step::compile(compiler, place, step, Here::new(known, file));
        flow::add_names(compiler, scenario, step, names);
        match (compiled, &mut steps) {
            (Some(compiled), Some(steps)) => steps.push(compiled),
            (None, _) => steps = None,
            _ => {}
        }
    }
    let kept = file.kept.borrow();
    for step in steps.iter_mut().flatten() {
        step.kept = step.id.as_ref().is_some_and(|id| kept.contains(id));
    }
    drop(kept);
    if steps.is_some() {
        flow::judge(compiler, scenario, file, place.is_fragment());
    }
    steps
}

/// The names that the target gives. A scenario that is skipped on this target is read with the names of the others.
pub(super) fn target_names(compiler: &mut Compiler<'_>, targets: &[&str]) -> Names {
    let mut names = Names::default();
    let target = compiler.input.target;
    let is_skipped = !targets.is_empty() && !targets.contains(&target.name.as_str());
    let mut known: Vec<String> = target.vars.iter().map(|(name, _)| name.clone()).collect();
    known.extend(target.secrets.iter().map(|(name, _)| name.clone()));
    known.push("base_url".into());
    if is_skipped || !matches!(target.kind, TargetKind::Remote(_)) {
        known.extend(SANDBOX_NAMES.map(str::to_owned));
    }
    if is_skipped {
        for other in &compiler.input.project.targets {
            known.extend(other.vars.iter().map(|(name, _)| name.value.clone()));
            known.extend(other.secrets.iter().map(|(name, _)| name.value.clone()));
        }
    }
    for name in known {
        names.add(&name);
        compiler.state.names_known.insert(name);
    }
    names
}

fn judge_targets(compiler: &mut Compiler<'_>, scenario: &Scenario) {
    let mut known: Vec<&str> = compiler
        .input
        .project
        .targets
        .iter()
        .map(|target| target.name.value.as_str())
        .collect();
    known.push("embedded");
    known.push(&compiler.input.target.name);
    for target in &scenario.targets {
        if known.contains(&target.value.as_str()) {
            continue;
        }
        let hint = match nearest(&target.value, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "define it in `sammati.yaml`".into(),
        };
        compiler.mistake(
            Diagnostic::error(
                target.span,
                format!("there is no target `{}`", target.value),
            )
            .hint(hint),
        );
    }
}

/// Two steps cannot keep their snapshots under one name.
fn judge_snapshot_names(compiler: &mut Compiler<'_>, scenario: &Scenario, steps: &[plan::Step]) {
    let mut seen = BTreeMap::new();
    let mut walk: Vec<&plan::Step> = steps.iter().rev().collect();
    while let Some(step) = walk.pop() {
        if let plan::Action::Use(used) = &step.action {
            walk.extend(used.steps.iter().rev());
        }
        if let Some(rules) = &step.snapshot
            && let Some(known) = seen.insert((rules.owner.clone(), rules.name.clone()), rules.span)
            // A step of a shared run is the same wherever it is used.
            && !(rules.owner.is_some() && known == rules.span)
        {
            let span = rules.span.unwrap_or(scenario.span);
            compiler.error(
                span,
                format!(
                    "another step of `{}` keeps its snapshot as `{}` already",
                    rules
                        .owner
                        .as_ref()
                        .map_or(&scenario.path, |owner| &owner.path),
                    rules.name
                ),
                "give the step or its `use` an id of its own, or the snapshot a `name`",
            );
        }
    }
}

fn file_stem(key: &str) -> &str {
    let name = key.rsplit('/').next().unwrap_or(key);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// What a scenario's snapshots are kept under: its path in the scenarios' folder, without its ending.
fn stem(scenario: &Scenario, folder: &str) -> String {
    let key = scenario
        .key
        .strip_prefix(folder)
        .and_then(|rest| rest.strip_prefix('/'))
        .unwrap_or(&scenario.key);
    match key.rsplit_once('/') {
        Some((folder, _)) => format!("{folder}/{}", file_stem(key)),
        None => file_stem(key).to_owned(),
    }
}
