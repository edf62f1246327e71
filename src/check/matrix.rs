//! The combinations of a matrix.

use serde_json::Value;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::cases::{Draft, Givens, MOST_CASES, MOST_VARIABLES, joined};
use super::compiler::Compiler;
use crate::model::diagnostic::nearest;
use crate::model::matcher::equality::same;
use crate::model::node::Node;
use crate::model::scenario::{Exclusion, Matrix};
use crate::model::template::ValueTemplate;

/// More exclusions are better written as the cases that are left.
const MOST_EXCLUSIONS: usize = 1000;

/// The values of one name.
struct Axis<'m> {
    name: &'m str,
    nodes: &'m [Node],
    plain: Vec<Value>,
    compiled: Vec<Arc<ValueTemplate>>,
}

/// An exclusion as the numbers of axes and the values that it has there.
type Excluded = Vec<(usize, Value)>;

/// All combinations that are not excluded, the last name changing fastest.
pub(super) fn combine(
    compiler: &mut Compiler<'_>,
    matrix: &Matrix,
    givens: &mut Givens,
) -> Option<Vec<Draft>> {
    let count = count(compiler, matrix)?;
    let axes = axes(compiler, matrix, givens);
    let mut excluded: Vec<Option<Excluded>> = Vec::new();
    for exclusion in &matrix.exclude {
        excluded.push(
            axes.as_ref()
                .and_then(|axes| read_exclusion(compiler, axes, exclusion)),
        );
    }
    let axes = axes?;
    let mut matches = vec![(0, 0); excluded.len()];
    let mut drafts = Vec::new();
    for number in 0..count {
        let chosen = choose(&axes, number);
        let mut is_left_out = false;
        for (at, exclusion) in excluded.iter().enumerate() {
            let Some(exclusion) = exclusion else { continue };
            let fits = exclusion
                .iter()
                .all(|(axis, value)| same(&axes[*axis].plain[chosen[*axis]], value));
            if fits {
                matches[at].0 += 1;
                matches[at].1 += usize::from(!is_left_out);
                is_left_out = true;
            }
        }
        if !is_left_out {
            drafts.push(draft(&axes, &chosen, matrix));
        }
    }
    for ((exclusion, read), (fitting, removed)) in matrix.exclude.iter().zip(&excluded).zip(matches)
    {
        if read.is_some() && removed == 0 {
            let hint = if fitting > 0 {
                "what stands before it leaves the same combinations out"
            } else {
                "no combination has all of these values"
            };
            compiler.error(exclusion.span, "this excludes nothing", hint);
        }
    }
    if excluded.iter().any(Option::is_none) {
        return None;
    }
    if drafts.is_empty() {
        compiler.error(
            matrix.span,
            "every combination is excluded",
            "with no case left, nothing would run",
        );
        return None;
    }
    Some(drafts)
}

/// How many combinations there are, if there are not too many of anything.
fn count(compiler: &mut Compiler<'_>, matrix: &Matrix) -> Option<usize> {
    let count = matrix
        .axes
        .iter()
        .try_fold(1_usize, |count, (_, nodes)| count.checked_mul(nodes.len()))
        .filter(|count| *count <= MOST_CASES);
    let (what, hint) = if count.is_none() {
        (
            format!(
                "these are more than {MOST_CASES} combinations, the most that a scenario may have"
            ),
            "leave values out; `exclude` is looked at only then",
        )
    } else if matrix.axes.len() > MOST_VARIABLES {
        (
            format!("a matrix has at most {MOST_VARIABLES} variables"),
            "put what belongs together into one map",
        )
    } else if matrix.exclude.len() > MOST_EXCLUSIONS {
        (
            format!("a matrix has at most {MOST_EXCLUSIONS} exclusions"),
            "write the cases one by one under `cases`",
        )
    } else {
        return count;
    };
    compiler.error(matrix.span, what, hint);
    None
}

fn axes<'m>(
    compiler: &mut Compiler<'_>,
    matrix: &'m Matrix,
    givens: &mut Givens,
) -> Option<Vec<Axis<'m>>> {
    let mut axes = Some(Vec::new());
    for (name, nodes) in &matrix.axes {
        let mut axis = Axis {
            name: &name.value,
            nodes,
            plain: Vec::new(),
            compiled: Vec::new(),
        };
        // An empty list was told when the file was read.
        let mut is_sound = !nodes.is_empty();
        let mut names = HashSet::new();
        for node in nodes {
            let plain = node.to_json();
            let reads = joined(std::iter::once(plain.clone()));
            if names.contains(&reads) {
                compiler.error(
                    node.span,
                    format!("`{}` has a value that reads `{reads}` already", name.value),
                    "cases are called by their values, so that each must read differently",
                );
                is_sound = false;
            }
            names.insert(reads);
            axis.plain.push(plain);
            match compiler.unjudged_value(node) {
                Some(value) => {
                    let value = Arc::new(value);
                    givens.note(name, &value);
                    axis.compiled.push(value);
                }
                None => is_sound = false,
            }
        }
        match &mut axes {
            Some(axes) if is_sound => axes.push(axis),
            _ => axes = None,
        }
    }
    axes
}

fn read_exclusion(
    compiler: &mut Compiler<'_>,
    axes: &[Axis<'_>],
    exclusion: &Exclusion,
) -> Option<Excluded> {
    let mut excluded = Some(Vec::new());
    for (name, node) in &exclusion.values {
        let value = node.to_json();
        let Some(at) = axes.iter().position(|axis| axis.name == name.value) else {
            let near = nearest(&name.value, axes.iter().map(|axis| axis.name));
            let hint = near.map_or_else(
                || "what is excluded is told by the matrix's own names".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            let message = format!("the matrix has no `{}`", name.value);
            compiler.error(name.span, message, hint);
            excluded = None;
            continue;
        };
        if !axes[at].plain.iter().any(|known| same(known, &value)) {
            let values: Vec<String> = axes[at]
                .plain
                .iter()
                .take(12)
                .map(Value::to_string)
                .collect();
            compiler.error(
                node.span,
                format!(
                    "this excludes nothing: `{}` never has this value",
                    name.value
                ),
                format!("it has {}", values.join(", ")),
            );
            excluded = None;
            continue;
        }
        if let Some(excluded) = &mut excluded {
            excluded.push((at, value));
        }
    }
    excluded
}

/// Which value each name has in the combination of that number.
fn choose(axes: &[Axis<'_>], number: usize) -> Vec<usize> {
    let mut rest = number;
    let mut chosen: Vec<usize> = axes
        .iter()
        .rev()
        .map(|axis| {
            let at = rest % axis.nodes.len();
            rest /= axis.nodes.len();
            at
        })
        .collect();
    chosen.reverse();
    chosen
}

fn draft(axes: &[Axis<'_>], chosen: &[usize], matrix: &Matrix) -> Draft {
    let pairs = || axes.iter().zip(chosen);
    let values: BTreeMap<String, Arc<ValueTemplate>> = pairs()
        .map(|(axis, at)| (axis.name.to_owned(), Arc::clone(&axis.compiled[*at])))
        .collect();
    Draft {
        span: matrix.span,
        name: joined(pairs().map(|(axis, at)| axis.plain[*at].clone())),
        named_at: None,
        values,
    }
}
