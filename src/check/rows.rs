//! Cases that are written row by row, beside the steps or in a file.

use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::cases::{
    self, Draft, Givens, LONGEST_NAME, MOST_CASES, MOST_MISTAKES, MOST_VARIABLES, joined,
};
use super::compiler::Compiler;
use super::overrides;
use crate::model::node::Text;
use crate::model::scenario::{Cell, Row, Scenario};
use crate::model::template::ValueTemplate;

/// The rows of the file that a scenario names.
pub(super) fn of_file<'a>(
    compiler: &mut Compiler<'a>,
    scenario: &Scenario,
    path: &Text,
) -> Option<&'a [Row]> {
    let Some(key) = cases::rows_file(scenario) else {
        compiler.error(
            path.span,
            format!("`{}` leaves the project's folder", path.value),
            "a path is relative to the file that it stands in",
        );
        return None;
    };
    let input = compiler.input;
    let rows = input.rows.get(&key);
    if rows.is_none() && !input.broken_rows.contains(&key) {
        compiler.error(
            path.span,
            format!("there is no file `{}`", path.value),
            "a path is relative to the file that it stands in",
        );
    }
    rows.map(Vec::as_slice)
}

/// A case for each row.
pub(super) fn drafts(
    compiler: &mut Compiler<'_>,
    scenario: &Scenario,
    rows: &[Row],
    givens: &mut Givens,
) -> Option<Vec<Draft>> {
    if let Some(row) = rows.get(MOST_CASES) {
        compiler.error(
            row.span,
            format!("a scenario has at most {MOST_CASES} cases"),
            "split it into several scenarios",
        );
        return None;
    }
    let mut drafts = Vec::new();
    let mut mistakes = 0;
    for row in rows {
        match draft(compiler, scenario, row, givens) {
            Some(draft) => drafts.push(draft),
            None => mistakes += 1,
        }
        if mistakes >= MOST_MISTAKES {
            break;
        }
        if givens.len() > MOST_VARIABLES {
            compiler.error(
                row.span,
                format!("cases give at most {MOST_VARIABLES} variables"),
                "put what belongs together into one map",
            );
            return None;
        }
    }
    (mistakes == 0).then_some(drafts)
}

fn draft(
    compiler: &mut Compiler<'_>,
    scenario: &Scenario,
    row: &Row,
    givens: &mut Givens,
) -> Option<Draft> {
    let mut values = Some(BTreeMap::new());
    for (name, cell) in &row.values {
        match (value(compiler, scenario, &name.value, cell), &mut values) {
            (Some(value), Some(values)) => {
                let value = Arc::new(value);
                givens.note(name, &value);
                values.insert(name.value.clone(), value);
            }
            (None, _) => values = None,
            _ => {}
        }
    }
    let name = row_name(compiler, row)?;
    Some(Draft {
        span: row.span,
        name,
        named_at: row.name.as_ref().map(|name| name.span),
        values: values?,
    })
}

fn value(
    compiler: &mut Compiler<'_>,
    scenario: &Scenario,
    name: &str,
    cell: &Cell,
) -> Option<ValueTemplate> {
    match cell {
        Cell::Written(node) => compiler.unjudged_value(node),
        Cell::Data(_, value) => Some(ValueTemplate::fixed(value.clone())),
        Cell::Untyped(text) => {
            let declared = scenario
                .vars
                .iter()
                .find(|(declared, _)| declared.value == name)
                .map(|(_, node)| node);
            match overrides::read_as(&text.value, declared) {
                Ok(value) => Some(ValueTemplate::fixed(value)),
                Err(kind) => {
                    compiler.error(
                        text.span,
                        format!("`{}` declares `{name}` as {kind}", scenario.path),
                        "the value that `vars` gives a name says how its column is read",
                    );
                    None
                }
            }
        }
    }
}

fn row_name(compiler: &mut Compiler<'_>, row: &Row) -> Option<String> {
    let Some(name) = &row.name else {
        if row.values.is_empty() {
            compiler.error(
                row.span,
                "this case has neither a name nor values",
                "name it: `case: defaults`",
            );
            return None;
        }
        return Some(joined(row.values.iter().map(|(_, cell)| match cell {
            Cell::Written(node) => node.to_json(),
            Cell::Data(_, value) => value.clone(),
            Cell::Untyped(text) => Value::from(text.value.as_str()),
        })));
    };
    let length = name.value.chars().count();
    let wrong = if name.value.trim().is_empty() {
        "a case's name is empty".to_owned()
    } else if length > LONGEST_NAME {
        format!("this name has {length} characters, a case's may have {LONGEST_NAME}")
    } else {
        return Some(name.value.clone());
    };
    let hint = "give it a short one, or leave `case` out to name it by its values";
    compiler.error(name.span, wrong, hint);
    None
}
