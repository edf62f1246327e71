//! The top level of a scenario file or a fragment.

use super::definition::{FRAGMENT, Map, SCENARIO};
use super::fields::Reader;
use super::{cases, request, sandbox_block, snapshot_options, step};
use crate::model::diagnostic::Diagnostic;
use crate::model::node::{Node, NodeKind, Text};
use crate::model::scenario::{Action, RequestOptions, Scenario, SnapshotOptions, Step, Unread};
use std::collections::HashMap;

/// Reads the whole file.
pub(super) fn read(
    reader: &mut Reader,
    node: &Node,
    path: &str,
    key: &str,
    is_fragment: bool,
) -> Option<Scenario> {
    let known = if is_fragment { &FRAGMENT } else { &SCENARIO };
    if matches!(node.kind, NodeKind::Null) {
        reader.error(
            node.span.part(0..0),
            "this file is empty",
            "a scenario needs `steps`",
        );
        return None;
    }
    let fields = reader.any_fields(node, known.what)?;
    let mut scenario = Scenario {
        file: node.span.file,
        path: path.to_owned(),
        key: key.to_owned(),
        span: node.span,
        is_whole: true,
        unread: Unread::default(),
        name: None,
        description: None,
        tags: Vec::new(),
        targets: Vec::new(),
        vars: Vec::new(),
        cases: None,
        sandbox: None,
        defaults: RequestOptions::default(),
        snapshot: SnapshotOptions::default(),
        steps: Vec::new(),
        timeout: None,
        params: Vec::new(),
    };
    let (mut has_steps, mut has_lost_steps) = (false, false);
    let mut cases_key = None;
    for entry in fields.entries {
        let value = &entry.value;
        let name = entry.key.value.as_str();
        if name.starts_with("x-") {
            continue;
        }
        if !known.has(name) && judge_unknown(reader, &entry.key, is_fragment, known) {
            continue;
        }
        match name {
            "name" => scenario.name = reader.text(value, "a name"),
            "description" => scenario.description = reader.text(value, "a description"),
            "tags" => scenario.tags = reader.texts(value, "a tag"),
            "targets" => scenario.targets = reader.texts(value, "a target's name"),
            "vars" => scenario.vars = reader.variables(value, "`vars`"),
            "matrix" | "cases" => {
                if let Some(first) = cases_key.replace(name) {
                    reader.error(
                        entry.key.span,
                        format!("a scenario has either `matrix` or `cases`, and `{first}` is there already"),
                        "write all cases in one of them",
                    );
                }
                scenario.cases = match name {
                    "matrix" => cases::matrix(reader, value, entry.key.span),
                    _ => cases::cases(reader, value),
                };
            }
            "sandbox" => {
                sandbox_block::judge_block(reader, value);
                scenario.sandbox = Some(value.clone());
            }
            "defaults" => scenario.defaults = request::defaults(reader, value),
            "snapshot" => scenario.snapshot = snapshot_options::read(reader, value),
            "timeout" => scenario.timeout = Some(value.clone()),
            "params" => scenario.params = params(reader, value),
            "steps" => {
                has_steps = true;
                (scenario.steps, has_lost_steps) = steps(reader, value);
            }
            _ => {}
        }
    }
    if !has_steps {
        reader.error(
            node.span.part(0..0),
            format!("{} needs `steps`", known.what),
            "write `steps:` and below it one `- ` for each call",
        );
    }
    unique_ids(reader, &scenario.steps);
    scenario.unread = reader.unread();
    scenario.is_whole =
        !has_lost_steps && !scenario.unread.may_be_any() && scenario.unread.names.is_empty();
    Some(scenario)
}

/// Notes an unknown key; keys that only the other kind of file has get a hint that says so.
fn judge_unknown(reader: &mut Reader, key: &Text, is_fragment: bool, known: &Map) -> bool {
    let name = key.value.as_str();
    let hint = if is_fragment && SCENARIO.has(name) {
        "only a scenario has it; a file whose name begins with `_` is a fragment"
    } else if !is_fragment && name == "exclude" {
        "it stands inside `matrix`"
    } else if !is_fragment && name == "params" {
        "only a fragment has inputs; begin the file's name with `_` to make it one"
    } else {
        reader.judge_key(key, known.what, &known.names());
        return true;
    };
    reader.error(
        key.span,
        format!("{} has no key `{name}`", known.what),
        hint,
    );
    true
}

fn params(reader: &mut Reader, node: &Node) -> Vec<(Text, Option<Node>)> {
    reader
        .variables(node, "`params`")
        .into_iter()
        .map(|(name, value)| {
            let is_required = matches!(value.kind, NodeKind::Null);
            (name, (!is_required).then_some(value))
        })
        .collect()
}

/// The steps that could be read, and whether there are others.
fn steps(reader: &mut Reader, node: &Node) -> (Vec<Step>, bool) {
    match &node.kind {
        NodeKind::List(items) if !items.is_empty() => {
            let mut steps = Vec::with_capacity(items.len());
            let has_lost_before = reader.take_loss();
            for item in items {
                let number = steps.len();
                match step::read(reader, item) {
                    Some(step) => steps.push(step),
                    None => step::lose(reader, item),
                }
                if reader.take_loss() {
                    reader.lose_from(number);
                }
            }
            if has_lost_before {
                reader.lose();
            }
            let has_lost = steps.len() < items.len();
            (steps, has_lost)
        }
        NodeKind::List(_) | NodeKind::Null => {
            reader.error(
                node.span,
                "there are no steps",
                "a scenario with nothing to do would always pass",
            );
            (Vec::new(), false)
        }
        _ => {
            reader.expected(node, "a list of steps", "begin each step with `- `");
            (Vec::new(), true)
        }
    }
}

fn unique_ids(reader: &mut Reader, steps: &[Step]) {
    let mut seen: HashMap<&str, &Text> = HashMap::new();
    for step in steps {
        let Some(id) = &step.id else { continue };
        if seen.insert(&id.value, id).is_some() {
            let what = if matches!(step.action, Action::Use(_)) {
                "use"
            } else {
                "step"
            };
            reader.mistake(
                Diagnostic::error(
                    id.span,
                    format!("another step has the id `{}` already", id.value),
                )
                .hint(format!("give this {what} an id of its own")),
            );
        }
    }
}
