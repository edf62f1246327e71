//! The variables that a file begins with, in an order in which each finds what it reads.

use std::collections::{BTreeSet, HashMap};

use super::cases::{Cases, Given, judge_given};
use super::compiler::{Compiler, Here};
use super::names::{File, Names};
use super::overrides;
use crate::model::node::Node;
use crate::model::plan::Variable;
use crate::model::scenario::{Named, Scenario};
use crate::model::template::ValueTemplate;

/// A fragment's own variables, in the order in which they are written.
pub(super) fn of_fragment(
    compiler: &mut Compiler<'_>,
    vars: &[Named],
    names: &mut Names,
    file: &File,
) -> Option<Vec<(String, ValueTemplate)>> {
    let mut variables = Some(Vec::new());
    for (name, node) in vars {
        compiler.state.names_known.insert(name.value.clone());
        let value = compiler.value(node, Here::new(names, file));
        names.add(&name.value);
        match (value, &mut variables) {
            (Some(value), Some(variables)) => variables.push((name.value.clone(), value)),
            (None, _) => variables = None,
            _ => {}
        }
    }
    variables
}

/// One variable before its place in the order is known.
struct Slot<'s> {
    name: &'s str,
    declared: Option<&'s Node>,
    default: Option<ValueTemplate>,
    given: Option<&'s Given>,
    is_sound: bool,
}

/// A scenario's variables: those in `vars`, those that only its cases give, those that only come from outside.
///
/// The cases' own stand as early as something reads them, else behind `vars`, so that the two may use each other.
pub(super) fn of_scenario(
    compiler: &mut Compiler<'_>,
    scenario: &Scenario,
    cases: &Cases,
    names: &mut Names,
    file: &File,
) -> Option<Vec<Variable>> {
    let slots = slots(compiler, scenario, cases);
    let order = order(&slots);
    let mut variables = Some(Vec::new());
    let mut slots: Vec<Option<Slot<'_>>> = slots.into_iter().map(Some).collect();
    for at in order {
        let Some(slot) = slots[at].take() else {
            continue;
        };
        let here = Here::new(names, file);
        if let Some(default) = &slot.default {
            compiler.judge_value(default, here);
        }
        for value in slot.given.iter().flat_map(|given| &given.values) {
            compiler.judge_value(value, here);
        }
        if let Some(given) = slot.given {
            let has_default = slot.declared.is_some() || names.has(slot.name);
            judge_given(compiler, given, has_default);
        }
        let outside = overrides::find(compiler, scenario, slot.name, slot.declared);
        names.add(slot.name);
        match &mut variables {
            Some(variables) if slot.is_sound => variables.push(Variable {
                name: slot.name.to_owned(),
                default: slot.default,
                given: outside,
            }),
            _ => variables = None,
        }
    }
    let known: BTreeSet<&str> = cases
        .given
        .iter()
        .map(|given| given.name.as_str())
        .chain(scenario.vars.iter().map(|(name, _)| name.value.as_str()))
        .collect();
    for name in compiler.input.overrides.iter().map(|given| &given.name) {
        if known.contains(name.as_str()) {
            continue;
        }
        names.add(name);
        let value = overrides::find(compiler, scenario, name, None);
        if let Some(variables) = &mut variables {
            variables.push(Variable {
                name: name.clone(),
                default: None,
                given: value,
            });
        }
    }
    variables
}

fn slots<'s>(
    compiler: &mut Compiler<'_>,
    scenario: &'s Scenario,
    cases: &'s Cases,
) -> Vec<Slot<'s>> {
    let mut given: HashMap<&str, &Given> = cases
        .given
        .iter()
        .map(|given| (given.name.as_str(), given))
        .collect();
    let mut slots = Vec::new();
    for (name, node) in &scenario.vars {
        let default = compiler.unjudged_value(node);
        slots.push(Slot {
            name: &name.value,
            declared: Some(node),
            is_sound: default.is_some(),
            default,
            given: given.remove(name.value.as_str()),
        });
    }
    for own in &cases.given {
        if given.contains_key(own.name.as_str()) {
            slots.push(Slot {
                name: &own.name,
                declared: None,
                default: None,
                given: Some(own),
                is_sound: true,
            });
        }
    }
    for slot in &slots {
        compiler.state.names_known.insert(slot.name.to_owned());
    }
    slots
}

/// The numbers of the slots in order: as they are, but what only cases give before the first that reads it.
fn order(slots: &[Slot<'_>]) -> Vec<usize> {
    let own: HashMap<&str, usize> = slots
        .iter()
        .enumerate()
        .filter(|(_, slot)| slot.declared.is_none())
        .map(|(at, slot)| (slot.name, at))
        .collect();
    let mut placed = vec![false; slots.len()];
    let mut order = Vec::with_capacity(slots.len());
    for at in 0..slots.len() {
        place(at, slots, &own, &mut placed, &mut order);
    }
    order
}

/// As deep as there are variables that only cases give, of which there are not many.
fn place(
    at: usize,
    slots: &[Slot<'_>],
    own: &HashMap<&str, usize>,
    placed: &mut [bool],
    order: &mut Vec<usize>,
) {
    if std::mem::replace(&mut placed[at], true) {
        return;
    }
    if !own.is_empty() {
        for before in reads(&slots[at], own) {
            place(before, slots, own, placed, order);
        }
    }
    order.push(at);
}

/// Which of the cases' own variables some value of a slot reads.
fn reads(slot: &Slot<'_>, own: &HashMap<&str, usize>) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let given = slot.given.iter().flat_map(|given| given.values.iter());
    for value in slot.default.iter().chain(given.map(AsRef::as_ref)) {
        value.for_each_template(&mut |template| {
            for name in template.names() {
                let read = match name.path.as_slice() {
                    [root, inner, ..] if root == "case" => inner,
                    [root, ..] => root,
                    [] => continue,
                };
                found.extend(own.get(read.as_str()));
            }
        });
    }
    found
}
