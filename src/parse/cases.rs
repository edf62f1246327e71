//! What makes a scenario several cases: `matrix` and `cases`.

use super::fields::Reader;
use super::rows::RowFormat;
use crate::model::node::{Node, NodeKind, Text};
use crate::model::scenario::{Cases, Cell, Exclusion, Matrix, Named, Row};
use crate::model::source::Span;

/// The key of a row that names its case.
pub(super) const NAME: &str = "case";
/// The key of a matrix that leaves combinations out.
const EXCLUDE: &str = "exclude";

/// Reads `matrix`; `key` is the place of that word.
pub(super) fn matrix(reader: &mut Reader, node: &Node, key: Span) -> Option<Cases> {
    let Some(fields) = reader.any_fields(node, "`matrix`") else {
        reader.lose();
        return None;
    };
    let mut matrix = Matrix {
        span: key,
        axes: Vec::new(),
        exclude: Vec::new(),
    };
    for entry in fields.entries {
        if entry.key.value == EXCLUDE {
            matrix.exclude = exclusions(reader, &entry.value);
        } else {
            if entry.key.value == NAME {
                reader.error(
                    entry.key.span,
                    "the cases of a matrix are named by their values",
                    "leave it out, or write the cases one by one under `cases`",
                );
            } else {
                reader.variable_name(&entry.key);
            }
            matrix
                .axes
                .push((entry.key.clone(), axis(reader, &entry.value)));
        }
    }
    if matrix.axes.is_empty() {
        reader.error(
            key,
            "this matrix has no values",
            "give each variable a list: `months: [4, 6]`",
        );
        return None;
    }
    Some(Cases::Matrix(matrix))
}

/// The values of one name. None are a mistake, because then nothing would run.
fn axis(reader: &mut Reader, node: &Node) -> Vec<Node> {
    match &node.kind {
        NodeKind::List(items) if !items.is_empty() => items.clone(),
        NodeKind::List(_) => {
            reader.error(
                node.span,
                "there are no values in this list",
                "with nothing to combine, nothing would run",
            );
            Vec::new()
        }
        _ => {
            reader.expected(node, "a list of values", "write `[4, 6]`, or `[4]` for one");
            Vec::new()
        }
    }
}

fn exclusions(reader: &mut Reader, node: &Node) -> Vec<Exclusion> {
    let hint = "write `exclude: [{ months: 4, unit: YEAR }]`";
    let NodeKind::List(items) = &node.kind else {
        reader.expected(node, "a list of maps", hint);
        return Vec::new();
    };
    items
        .iter()
        .filter_map(|item| {
            let fields = reader.any_fields(item, "what is excluded")?;
            if fields.entries.is_empty() {
                reader.error(item.span, "this would exclude everything", hint);
                return None;
            }
            let values: Vec<Named> = fields
                .entries
                .iter()
                .map(|entry| (entry.key.clone(), entry.value.clone()))
                .collect();
            Some(Exclusion {
                span: item.span,
                values,
            })
        })
        .collect()
}

/// Reads `cases`: a list of maps, or the path of a file of rows.
pub(super) fn cases(reader: &mut Reader, node: &Node) -> Option<Cases> {
    let read = match &node.kind {
        NodeKind::List(items) if items.is_empty() => {
            reader.error(
                node.span,
                "there are no cases in this list",
                "with no case, nothing would run",
            );
            None
        }
        NodeKind::List(items) => rows(reader, items).map(Cases::Rows),
        NodeKind::Text(path) => file(reader, path),
        _ => {
            reader.expected(
                node,
                "a list of maps or the path of a file",
                "write `- { months: 4 }` lines, or `cases: rows.csv`",
            );
            None
        }
    };
    if read.is_none() {
        reader.lose();
    }
    read
}

fn rows(reader: &mut Reader, items: &[Node]) -> Option<Vec<Row>> {
    let mut rows = Some(Vec::new());
    for item in items {
        match (row(reader, item), &mut rows) {
            (Some(row), Some(rows)) => rows.push(row),
            (None, _) => rows = None,
            _ => {}
        }
    }
    rows
}

fn row(reader: &mut Reader, item: &Node) -> Option<Row> {
    let fields = reader.any_fields(item, "a case")?;
    let mut row = Row {
        span: item.span,
        name: None,
        values: Vec::new(),
    };
    for entry in fields.entries {
        if entry.key.value == NAME {
            row.name = name(reader, &entry.value);
        } else {
            reader.variable_name(&entry.key);
            row.values
                .push((entry.key.clone(), Cell::Written(entry.value.clone())));
        }
    }
    Some(row)
}

fn name(reader: &mut Reader, node: &Node) -> Option<Text> {
    let name = reader.text(node, "a case's name")?;
    if name.value.contains("{{") || name.value.contains("{%") {
        reader.error(
            name.span,
            "a case's name is no template",
            "write the name itself: it must be known before anything is sent",
        );
    }
    Some(name)
}

fn file(reader: &mut Reader, path: &Text) -> Option<Cases> {
    if path.value.contains("{{") {
        reader.error(
            path.span,
            "the path of a file of cases is no template",
            "write the path itself: it must be known before anything is sent",
        );
        return None;
    }
    if RowFormat::of(&path.value).is_none() {
        reader.error(
            path.span,
            format!("`{}` is no file of cases, by its ending", path.value),
            "cases are read from `.csv`, `.json` and `.yaml`",
        );
        return None;
    }
    Some(Cases::File(path.clone()))
}
