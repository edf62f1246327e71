//! What templates may read as `case.NAME`.

use std::collections::{BTreeMap, BTreeSet};

use super::cases::Cases;
use super::names::Unknown;
use crate::model::diagnostic::{Severity, nearest};
use crate::model::template::NameUse;

/// What `case.NAME` may read, in a scenario and the fragments that it uses.
#[derive(Debug, Default)]
pub(super) struct CaseNames {
    /// The scenario's path.
    pub(super) path: String,
    /// Whether it has cases.
    pub(super) are_there: bool,
    /// Whether some could not be read, so that a name nobody knows is no mistake.
    pub(super) is_broken: bool,
    /// Each name that cases give, and the first case that does not give it.
    pub(super) given: BTreeMap<String, Option<String>>,
    /// The names that some template reads as `case.NAME`.
    pub(super) read: BTreeSet<String>,
}

impl CaseNames {
    /// What a scenario's cases give.
    pub(super) fn of(path: &str, cases: &Cases) -> CaseNames {
        CaseNames {
            path: path.to_owned(),
            are_there: cases.are_named,
            is_broken: cases.is_broken,
            given: cases
                .given
                .iter()
                .map(|given| {
                    let lacking = given.lacking.as_ref().map(|lacking| lacking.name.clone());
                    (given.name.clone(), lacking)
                })
                .collect(),
            read: BTreeSet::new(),
        }
    }

    /// Notes a name that a template reads.
    pub(super) fn note(&mut self, name: &NameUse) {
        if let [root, inner, ..] = name.path.as_slice()
            && root == "case"
            && !self.read.contains(inner)
        {
            self.read.insert(inner.clone());
        }
    }

    /// Whether a name that begins with `case` can be read.
    pub(super) fn judge(&self, name: &NameUse) -> Option<Unknown> {
        if name.may_be_missing || self.is_broken {
            return None;
        }
        if !self.are_there {
            return Some(Unknown {
                severity: Severity::Error,
                message: format!("`{}` has no cases, so that there is no `case`", self.path),
                hint: Some("give it `matrix` or `cases`".into()),
            });
        }
        let inner = name.path.get(1)?;
        match self.given.get(inner) {
            // `case` is the key of a row that names its case.
            _ if inner == "name" || inner == "case" => None,
            Some(None) => None,
            Some(Some(lacking)) => Some(Unknown {
                severity: Severity::Error,
                message: format!("the case `{lacking}` has no `{inner}`"),
                hint: Some(format!("write `{inner}` alone, which has a default")),
            }),
            None => Some(Unknown {
                severity: Severity::Error,
                message: format!("the cases have no `{inner}`"),
                hint: nearest(inner, self.given.keys().map(String::as_str).chain(["name"]))
                    .map(|near| format!("did you mean `case.{near}`?")),
            }),
        }
    }
}
