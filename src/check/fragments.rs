//! Fragments: finding them, and giving them their inputs.

use std::collections::BTreeSet;

use super::compiler::{Compiler, Here};
use super::extent;
use super::names::Names;
use super::scenario::{self, Place};
use super::variables;
use crate::model::diagnostic::{Diagnostic, nearest};
use crate::model::node::Text;
use crate::model::plan;
use crate::model::scenario::{Action, Scenario, Step, Use};
use crate::model::source::Span;

/// Deeper nesting of fragments is surely a mistake.
pub(super) const DEEPEST: usize = 20;
/// So are more steps of a scenario that come from fragments: no case would ever end.
const MOST_STEPS: u64 = 10_000;
/// Beyond this the number of steps tells nobody anything.
const COUNTED: u64 = 1_000_000_000;

/// The keys of the fragments that a file uses: what must be read before it can be checked.
pub fn used_fragments(scenario: &Scenario) -> Vec<String> {
    let uses = scenario.steps.iter().filter_map(|step| match &step.action {
        Action::Use(used) => resolve(&scenario.key, &used.path.value),
        _ => None,
    });
    uses.filter(|key| is_fragment(key)).collect()
}

fn is_fragment(key: &str) -> bool {
    key.rsplit('/')
        .next()
        .is_some_and(|name| name.starts_with('_'))
}

/// The key of a path that is relative to the file with that key; none if it leaves the project's folder.
pub(super) fn resolve(from: &str, path: &str) -> Option<String> {
    if path.starts_with('/') || path.contains('\\') {
        return None;
    }
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Compiles a `use`, and adds what it captures to the caller's names.
pub(super) fn compile(
    compiler: &mut Compiler<'_>,
    place: &Place<'_>,
    step: &Step,
    used: &Use,
    here: Here<'_>,
) -> Option<plan::Use> {
    let Some(fragment) = find(compiler, place, &used.path) else {
        // What it would be given stands here.
        for (_, value) in &used.with {
            compiler.value(value, here);
        }
        return None;
    };
    compiler.room.steps += fragment.steps.len() as u64;
    let prefix = match &step.id {
        Some(id) => id.value.clone(),
        None => stem(&fragment.key).to_owned(),
    };
    let inner = match &used.once {
        Some(once) => {
            judge_shared(compiler, fragment, once.span);
            place.shared(fragment, compiler.input.scenarios_folder)
        }
        None => place.inside(fragment, &prefix),
    };
    let lasts = match used.once.as_ref().and_then(|once| once.lasts.as_ref()) {
        Some(lasts) => compiler.duration(lasts, here).map(Some),
        None => Some(None),
    };
    let (inputs, mut names) = inputs(compiler, used, &inner, here);
    let mut file = scenario::about(&inner);
    let vars = variables::of_fragment(compiler, &fragment.vars, &mut names, &file);
    let steps = scenario::compile_steps(compiler, &inner, &mut names, &mut file);
    Some(plan::Use {
        path: fragment.path.clone(),
        prefix,
        once: used.once.is_some(),
        lasts: lasts?,
        inputs: inputs?,
        vars: vars?,
        steps: steps?,
    })
}

/// A shared run belongs to no case, so that there is no end at which its deferred steps would run.
fn judge_shared(compiler: &mut Compiler<'_>, fragment: &Scenario, once: Span) {
    if let Some(file) = deferring(compiler, fragment, &mut BTreeSet::new()) {
        compiler.error(
            once,
            format!("`{file}` defers a step, which a shared run cannot"),
            "leave `once` out, or defer that step in the scenario",
        );
    }
}

/// The first file that defers a step, of a fragment and those that it uses, each looked at once.
fn deferring<'a>(
    compiler: &Compiler<'a>,
    fragment: &Scenario,
    seen: &mut BTreeSet<&'a str>,
) -> Option<String> {
    if fragment.steps.iter().any(|step| step.defer) {
        return Some(fragment.path.clone());
    }
    let input = compiler.input;
    used_fragments(fragment)
        .iter()
        .filter_map(|key| input.fragments.get(key))
        .find_map(|inner| {
            let is_new = seen.insert(&inner.key);
            is_new.then(|| deferring(compiler, inner, seen)).flatten()
        })
}

fn stem(key: &str) -> &str {
    let name = key.rsplit('/').next().unwrap_or(key);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

fn find<'a>(compiler: &mut Compiler<'a>, place: &Place<'_>, path: &Text) -> Option<&'a Scenario> {
    if path.value.contains("{{") {
        compiler.error(
            path.span,
            "a fragment's path is no template",
            "write the path itself: it must be known before anything is sent",
        );
        return None;
    }
    let Some(key) = resolve(&place.file.key, &path.value) else {
        compiler.error(
            path.span,
            format!("`{}` leaves the project's folder", path.value),
            "a path is relative to the file that it stands in",
        );
        return None;
    };
    if !is_fragment(&key) {
        compiler.error(
            path.span,
            format!("`{}` is no fragment", path.value),
            "begin the file's name with `_`, so that it is not run by itself",
        );
        return None;
    }
    if place.keys().any(|known| known == key) {
        compiler.room.is_refused = true;
        if compiler.room.circles.insert(path.span) {
            let circle: Vec<&str> = place.keys().chain([key.as_str()]).map(stem).collect();
            compiler.error(
                path.span,
                format!("this goes round in a circle: {}", circle.join(" -> ")),
                "a fragment cannot use itself",
            );
        }
        return None;
    }
    if place.keys().count() > DEEPEST {
        compiler.room.is_refused = true;
        compiler.error(
            path.span,
            "fragments are nested too deeply here",
            format!("at most {DEEPEST} inside each other"),
        );
        return None;
    }
    let input = compiler.input;
    match input.fragments.get(&key) {
        Some(fragment) => has_room(compiler, path, fragment).then_some(fragment),
        None if input.broken_fragments.contains(&key) => None,
        None => {
            let near = nearest(&key, input.fragments.keys().map(String::as_str));
            let hint = near.map_or_else(
                || "a path is relative to the file that it stands in".to_owned(),
                |near| {
                    format!(
                        "did you mean `{}`?",
                        near.rsplit('/').next().unwrap_or(near)
                    )
                },
            );
            compiler.error(
                path.span,
                format!("there is no file `{}`", path.value),
                hint,
            );
            None
        }
    }
}

/// Whether a fragment's steps, and those of all that it uses, are not too many.
fn has_room<'a>(compiler: &mut Compiler<'a>, path: &Text, fragment: &'a Scenario) -> bool {
    let extent = extent::of(compiler, fragment);
    let steps = compiler.room.steps.saturating_add(extent.steps);
    if steps <= MOST_STEPS {
        return true;
    }
    if compiler.room.is_refused {
        return false;
    }
    if extent.has_no_end {
        // Where it has none is told when that place is come to: the first way down leads there.
        return true;
    }
    compiler.room.is_refused = true;
    let shown = if steps > COUNTED {
        "more than a billion".to_owned()
    } else {
        steps.to_string()
    };
    compiler.error(
        path.span,
        format!(
            "with `{}` here, {shown} steps come from fragments",
            path.value
        ),
        format!(
            "at most {MOST_STEPS} in one scenario: where fragments use others several times, use those once, before them"
        ),
    );
    false
}

/// A fragment's inputs, and the names that its steps see.
fn inputs(
    compiler: &mut Compiler<'_>,
    used: &Use,
    place: &Place<'_>,
    here: Here<'_>,
) -> (Option<Vec<plan::Input>>, Names) {
    let fragment = place.file;
    let mut names = scenario::target_names(compiler, &[]);
    let mut inputs = Some(Vec::new());
    let known: BTreeSet<&str> = fragment
        .params
        .iter()
        .map(|(name, _)| name.value.as_str())
        .collect();
    for (name, _) in &used.with {
        if !known.contains(name.value.as_str()) {
            let hint = match nearest(&name.value, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None if known.is_empty() => {
                    "it takes none: leave `with` out, or add `params` there".into()
                }
                None => format!(
                    "it takes {}",
                    known
                        .iter()
                        .map(|name| format!("`{name}`"))
                        .collect::<Vec<_>>()
                        .join(", ")
                ),
            };
            compiler.error(
                name.span,
                format!("`{}` takes no `{}`", used.path.value, name.value),
                hint,
            );
        }
    }
    for (name, default) in &fragment.params {
        let given = used.with.iter().find(|(key, _)| key.value == name.value);
        let known = names.clone();
        let file = super::names::File {
            is_shared: place.owner.is_some(),
            ..Default::default()
        };
        let inside = Here::new(&known, &file);
        let value = match (given, default) {
            (Some((_, value)), _) => compiler.value(value, here).map(|value| (value, false)),
            (None, Some(default)) => compiler.value(default, inside).map(|value| (value, true)),
            (None, None) => {
                compiler.mistake(
                    Diagnostic::error(
                        used.path.span,
                        format!("`{}` needs `{}`", used.path.value, name.value),
                    )
                    .hint(format!("give it: `with: {{ {}: … }}`", name.value)),
                );
                None
            }
        };
        names.add(&name.value);
        match (value, &mut inputs) {
            (Some((value, is_default)), Some(inputs)) => inputs.push(plan::Input {
                name: name.value.clone(),
                value,
                is_default,
            }),
            (None, _) => inputs = None,
            _ => {}
        }
    }
    (inputs, names)
}
