//! The cases of a scenario: one for each combination of a matrix, or one for each row.

use serde_json::Value;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::compiler::Compiler;
use super::names::File;
use super::{fragments, matrix, rows};
use crate::model::diagnostic::{Diagnostic, nearest};
use crate::model::node::Text;
use crate::model::plan::Case;
use crate::model::scenario::{self, Scenario};
use crate::model::source::Span;
use crate::model::template::ValueTemplate;

/// More cases of one scenario are surely a mistake.
pub(super) const MOST_CASES: usize = 10_000;
/// More variables are too.
pub(super) const MOST_VARIABLES: usize = 200;
/// A name that is made of longer values is cut.
pub(super) const LONGEST_NAME: usize = 120;
/// After so many mistakes in the rows the others are not told.
pub(super) const MOST_MISTAKES: usize = 50;

/// What is known of a scenario's cases.
pub(super) struct Cases {
    /// The cases: at least one.
    pub(super) list: Vec<Case>,
    /// What they give, in the order in which it is first given.
    pub(super) given: Vec<Given>,
    /// Whether the scenario says anything of cases.
    pub(super) are_named: bool,
    /// Whether some of them could not be read, so that a name nobody knows is no mistake.
    pub(super) is_broken: bool,
}

/// A variable that cases give.
pub(super) struct Given {
    pub(super) name: String,
    /// The place where it is first given.
    pub(super) span: Span,
    /// Each value that it has in some case, once.
    pub(super) values: Vec<Arc<ValueTemplate>>,
    /// The first case that does not give it.
    pub(super) lacking: Option<Lacking>,
}

/// A case that does not give what others do.
pub(super) struct Lacking {
    pub(super) name: String,
    pub(super) span: Span,
}

/// One case on its way into the plan.
pub(super) struct Draft {
    /// Where it stands.
    pub(super) span: Span,
    /// What it is called, and where that is said.
    pub(super) name: String,
    /// The place of the name, if the case has one of its own.
    pub(super) named_at: Option<Span>,
    pub(super) values: BTreeMap<String, Arc<ValueTemplate>>,
}

/// Finds the cases; all that is wrong with them is told, save with the names that their templates read.
pub(super) fn find(compiler: &mut Compiler<'_>, scenario: &Scenario) -> Cases {
    let mut givens = Givens::default();
    let drafts = match &scenario.cases {
        None => {
            return Cases {
                list: vec![Case::default()],
                given: Vec::new(),
                are_named: false,
                is_broken: scenario.unread.any,
            };
        }
        Some(scenario::Cases::Matrix(matrix)) => matrix::combine(compiler, matrix, &mut givens),
        Some(scenario::Cases::Rows(rows)) => rows::drafts(compiler, scenario, rows, &mut givens),
        Some(scenario::Cases::File(path)) => rows::of_file(compiler, scenario, path)
            .and_then(|rows| rows::drafts(compiler, scenario, rows, &mut givens)),
    };
    let is_broken = drafts.is_none();
    let drafts = drafts.unwrap_or_default();
    let is_matrix = matches!(scenario.cases, Some(scenario::Cases::Matrix(_)));
    judge_names(compiler, &drafts, is_matrix);
    let mut given = givens.list;
    for given in &mut given {
        given.lacking = drafts
            .iter()
            .find(|draft| !draft.values.contains_key(&given.name))
            .map(|draft| Lacking {
                name: draft.name.clone(),
                span: draft.span,
            });
    }
    let list = drafts
        .into_iter()
        .map(|draft| Case {
            name: Some(draft.name),
            values: draft.values,
            repetition: None,
        })
        .collect();
    Cases {
        list,
        given,
        are_named: true,
        is_broken,
    }
}

/// What cases give, collected while they are read.
#[derive(Default)]
pub(super) struct Givens {
    list: Vec<Given>,
    places: HashMap<String, usize>,
}

impl Givens {
    /// Notes that a case gives a variable this value, which is new.
    pub(super) fn note(&mut self, name: &Text, value: &Arc<ValueTemplate>) {
        let next = self.list.len();
        let at = *self.places.entry(name.value.clone()).or_insert(next);
        if at == next {
            self.list.push(Given {
                name: name.value.clone(),
                span: name.span,
                values: Vec::new(),
                lacking: None,
            });
        }
        self.list[at].values.push(Arc::clone(value));
    }

    /// How many variables are given.
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }
}

/// The key of the file of rows that a scenario names, if it may be read.
pub fn rows_file(scenario: &Scenario) -> Option<String> {
    match &scenario.cases {
        Some(scenario::Cases::File(path)) => fragments::resolve(&scenario.key, &path.value),
        _ => None,
    }
}

/// What a case without a name of its own is called: its values as they are written.
pub(super) fn joined(values: impl Iterator<Item = Value>) -> String {
    let mut name = String::new();
    for (index, value) in values.enumerate() {
        if index > 0 {
            name.push(',');
        }
        match value {
            Value::String(text) => name.push_str(&text),
            other => name.push_str(&other.to_string()),
        }
        if name.len() > 4 * LONGEST_NAME {
            break;
        }
    }
    if name.chars().count() > LONGEST_NAME {
        name = name.chars().take(LONGEST_NAME - 1).collect();
        name.push('…');
    }
    if name.trim().is_empty() {
        return "\"\"".into();
    }
    name
}

/// Two cases of one name could not be told apart, nor could their snapshots.
fn judge_names(compiler: &mut Compiler<'_>, drafts: &[Draft], is_matrix: bool) {
    let mut seen = HashSet::new();
    let mut told = 0;
    for draft in drafts {
        if seen.insert(draft.name.as_str()) {
            continue;
        }
        let hint = if draft.named_at.is_some() {
            "give this case a name of its own"
        } else if is_matrix {
            "it is made of the values; write these cases one by one under `cases`, each with a name"
        } else {
            "it is made of the values; a `case` beside them can say what differs"
        };
        let message = format!("another case is called `{}` already", draft.name);
        let span = draft.named_at.unwrap_or(draft.span);
        compiler.mistake(Diagnostic::error(span, message).hint(hint));
        told += 1;
        if told >= MOST_MISTAKES {
            return;
        }
    }
}

/// What only some cases give must have a default.
pub(super) fn judge_given(compiler: &mut Compiler<'_>, given: &Given, has_default: bool) {
    if let Some(lacking) = &given.lacking
        && !has_default
    {
        let name = &given.name;
        compiler.error(
            lacking.span,
            format!(
                "the case `{}` has no `{name}`, which others have",
                lacking.name
            ),
            format!("give it one, or give `{name}` a default in `vars`"),
        );
    }
}

/// Warns of a name that nothing reads and that nearly is a declared one: the cases would all run with its default.
pub(super) fn judge_unread(
    compiler: &mut Compiler<'_>,
    scenario: &Scenario,
    cases: &Cases,
    file: &File,
) {
    // What could not be read may read it.
    if !scenario.is_whole {
        return;
    }
    let declared = || scenario.vars.iter().map(|(name, _)| name.value.as_str());
    for given in &cases.given {
        if file.read.borrow().contains(&given.name)
            || compiler.case_names.read.contains(&given.name)
            || declared().any(|name| name == given.name)
        {
            continue;
        }
        if let Some(near) = nearest(&given.name, declared()) {
            let message = format!("nothing reads `{}`, which the cases give", given.name);
            compiler.mistake(
                Diagnostic::warning(given.span, message).hint(format!("did you mean `{near}`?")),
            );
        }
    }
}
