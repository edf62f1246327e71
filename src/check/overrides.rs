//! Variables from outside: `--vars-file` and `--var`, read as the file's `vars` declare them.

use serde_json::Value;

use super::compiler::Compiler;
use crate::model::diagnostic::nearest;
use crate::model::node::{Node, NodeKind};
use crate::model::scenario::Scenario;

/// The value that a variable is given from outside, if it is: the last one wins.
pub(super) fn find(
    compiler: &mut Compiler<'_>,
    scenario: &Scenario,
    name: &str,
    declared: Option<&Node>,
) -> Option<Value> {
    let found = compiler
        .input
        .overrides
        .iter()
        .rev()
        .find(|given| given.name == name)?;
    if !found.from_command_line {
        return Some(found.value.clone());
    }
    let Some(text) = found.value.as_str() else {
        return Some(found.value.clone());
    };
    match read_as(text, declared) {
        Ok(value) => Some(value),
        Err(kind) => {
            compiler.state.arguments.insert(format!(
                "`--var {name}={text}`: `{}` declares `{name}` as {kind}",
                scenario.path
            ));
            None
        }
    }
}

/// Text from the command line or from CSV as the type that the file declares.
pub(super) fn read_as(text: &str, declared: Option<&Node>) -> Result<Value, &'static str> {
    let json = || serde_json::from_str::<Value>(text).ok();
    match declared.map(|node| &node.kind) {
        Some(NodeKind::Number(_)) => json().filter(Value::is_number).ok_or("a number"),
        Some(NodeKind::Bool(_)) => json().filter(Value::is_boolean).ok_or("a boolean"),
        Some(NodeKind::List(_)) => json()
            .filter(Value::is_array)
            .ok_or("a list: write it as JSON"),
        Some(NodeKind::Map(_)) => json()
            .filter(Value::is_object)
            .ok_or("a map: write it as JSON"),
        _ => Ok(text.into()),
    }
}

/// Everything that is wrong with what was given on the command line.
pub(super) fn judge(compiler: &mut Compiler<'_>) -> Vec<String> {
    for given in compiler
        .input
        .overrides
        .iter()
        .filter(|given| given.from_command_line)
    {
        if compiler.state.names_known.contains(&given.name) {
            continue;
        }
        let hint = match nearest(
            &given.name,
            compiler.state.names_known.iter().map(String::as_str),
        ) {
            Some(near) => format!("; did you mean `{near}`?"),
            None => String::new(),
        };
        compiler.state.arguments.insert(format!(
            "`--var {}`: no selected scenario knows that variable{hint}",
            given.name
        ));
    }
    std::mem::take(&mut compiler.state.arguments)
        .into_iter()
        .collect()
}
