//! Which names a template may read at a step, and which it does.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::made::Made;
use crate::model::diagnostic::{Severity, nearest};
use crate::model::scenario::Action;
use crate::model::template::NameUse;

/// The names of the current response. The first is none of a notification.
const RESPONSE: [&str; 6] = ["status", "headers", "body", "text", "duration", "url"];

/// Where to look instead of at a notification's status.
pub(super) const NO_STATUS: &str =
    "what it tells stands in its body: `$.data.status`, or `body.data.status` in an expression";

/// What the names of a response stand for at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Current {
    /// There is none.
    Nothing,
    /// An answer to a request.
    Response,
    /// What came without being asked for, and so has no status.
    Notification,
}

impl Current {
    /// What a step's action gives to look at.
    pub(super) fn of(action: &Action) -> Current {
        match action {
            Action::Http(_) => Current::Response,
            Action::Await(wanted) if wanted.absent.is_none() => Current::Notification,
            _ => Current::Nothing,
        }
    }

    /// The names of its parts.
    fn parts(self) -> &'static [&'static str] {
        match self {
            Current::Nothing => &[],
            Current::Response => &RESPONSE,
            Current::Notification => &RESPONSE[1..],
        }
    }
}

/// What is known at one place of a file.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    /// Variables, and whether they are always there.
    variables: BTreeMap<String, Presence>,
    /// Ids of earlier steps that have a response.
    steps: BTreeMap<String, Presence>,
    /// Those of them whose response is a notification.
    notifications: BTreeSet<String>,
    /// The variable of a loop that has not begun here.
    loop_variable: Option<String>,
    /// Whether what came before may have made any others: a fragment that could not be read.
    is_open: bool,
}

/// Whether a name is there whenever a case gets to a place.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Presence {
    Always,
    /// Only where this condition held.
    If(String),
}

/// What a step asks before it runs.
#[derive(Debug)]
pub(super) struct Guard {
    /// The condition, as it is written.
    pub(super) condition: String,
    /// The names of which it asks whether they are there.
    pub(super) asked: Vec<String>,
}

/// What a whole file says, wherever: for hints, and to know which responses must be kept.
#[derive(Debug, Default)]
pub(super) struct File {
    /// Whether some names that it makes could not be read, so that a name nobody knows is no mistake.
    pub(super) is_broken: bool,
    /// Those names that could.
    pub(super) unread: BTreeSet<String>,
    /// Whether it runs for several cases at once, so that it knows nothing of any.
    pub(super) is_shared: bool,
    /// Where a variable is made that is not there yet: ``by the step `login` ``.
    pub(super) made_by: BTreeMap<String, String>,
    /// All ids of steps with a response.
    pub(super) ids: BTreeSet<String>,
    /// The ids that some `steps.<id>` reads.
    pub(super) kept: RefCell<BTreeSet<String>>,
    /// The variables that some template reads.
    pub(super) read: RefCell<BTreeSet<String>>,
}

/// Why a name cannot be read, or not always, and what would be right.
pub(super) struct Unknown {
    pub(super) severity: Severity,
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

impl Names {
    pub(super) fn has(&self, name: &str) -> bool {
        self.variables.contains_key(name)
    }

    pub(super) fn add(&mut self, name: &str) {
        self.variables.insert(name.to_owned(), Presence::Always);
    }

    /// Adds what a step made before the steps that follow it.
    pub(super) fn add_made(&mut self, made: &Made) {
        add(&mut self.variables, &made.name, made.condition.as_deref());
    }

    /// Adds a step's id, if what it does gives something to look at.
    pub(super) fn add_step(&mut self, id: &str, current: Current, condition: Option<&str>) {
        match current {
            Current::Nothing => return,
            Current::Response => {}
            Current::Notification => {
                self.notifications.insert(id.to_owned());
            }
        }
        add(&mut self.steps, id, condition);
    }

    /// The names as they are where a step's loop has not begun, if it has one.
    pub(super) fn before_loop(&self, variable: Option<&str>) -> Cow<'_, Names> {
        match variable {
            None => Cow::Borrowed(self),
            Some(variable) => Cow::Owned(Names {
                loop_variable: Some(variable.to_owned()),
                ..self.clone()
            }),
        }
    }

    /// Whether that name can be read here, where the names of a response stand for `current`; `environment` has
    /// the names of the environment's variables.
    pub(super) fn judge(
        &self,
        name: &NameUse,
        file: &File,
        current: Current,
        guard: Option<&Guard>,
        environment: &[String],
    ) -> Option<Unknown> {
        let root = name.path.first()?.as_str();
        file.note_read(root);
        let inner = name.path.get(1).map(String::as_str);
        match root {
            "scenario" | "case" if file.is_shared && !name.may_be_missing => Some(Unknown {
                severity: Severity::Error,
                message: format!("`{root}` is not known in a run that cases share"),
                hint: Some("make it an input: `params` here, and `with` where it is used".into()),
            }),
            "env" => self.judge_environment(inner, name, environment),
            "steps" => self.judge_step(inner, name, file, guard),
            "target" => member(root, inner, &["name"]),
            "scenario" => member(root, inner, &["name", "path"]),
            _ if current.parts().contains(&root) => {
                let is_hidden = self.variables.contains_key(root);
                is_hidden.then(|| hidden(root))
            }
            _ if self.variables.contains_key(root) => {
                perhaps_missing(root, root, &self.variables[root], name, guard)
            }
            _ if name.may_be_missing || self.may_be_made(root, file) => None,
            _ if current == Current::Notification && root == RESPONSE[0] => Some(Unknown {
                severity: Severity::Error,
                message: "a notification has no `status`".into(),
                hint: Some(NO_STATUS.into()),
            }),
            _ => Some(self.unknown(root, file)),
        }
    }

    fn judge_environment(
        &self,
        inner: Option<&str>,
        name: &NameUse,
        environment: &[String],
    ) -> Option<Unknown> {
        let variable = inner?;
        if name.may_be_missing || environment.iter().any(|known| known == variable) {
            return None;
        }
        Some(Unknown {
            severity: Severity::Error,
            message: format!("the environment has no `{variable}`"),
            hint: Some(format!(
                "set it: `{variable}=… sammati run`, or in a `.env` file"
            )),
        })
    }

    fn judge_step(
        &self,
        id: Option<&str>,
        name: &NameUse,
        file: &File,
        guard: Option<&Guard>,
    ) -> Option<Unknown> {
        let id = id?;
        file.kept.borrow_mut().insert(id.to_owned());
        if let Some(presence) = self.steps.get(id) {
            let shown = format!("steps.{id}");
            let part = name.path.get(2).map(String::as_str);
            let current = if self.notifications.contains(id) {
                Current::Notification
            } else {
                Current::Response
            };
            return member(&shown, part, current.parts())
                .or_else(|| perhaps_missing("steps", &shown, presence, name, guard));
        }
        if name.may_be_missing || self.may_be_made(id, file) {
            return None;
        }
        let hint = if file.ids.contains(id) {
            Some(format!("the step `{id}` comes only later"))
        } else {
            nearest(id, self.steps.keys().map(String::as_str))
                .map(|near| format!("did you mean `steps.{near}`?"))
        };
        Some(Unknown {
            severity: Severity::Error,
            message: format!("no earlier step with a response has the id `{id}`"),
            hint,
        })
    }

    /// Whether it may be there although nobody knows it, because what makes it could not be read.
    fn may_be_made(&self, name: &str, file: &File) -> bool {
        self.is_open || file.is_broken || file.unread.contains(name)
    }

    /// From here on any name may be there.
    pub(super) fn open(&mut self) {
        self.is_open = true;
    }

    fn unknown(&self, root: &str, file: &File) -> Unknown {
        let hint = if self.loop_variable.as_deref() == Some(root) {
            Some("`if` is asked once, before the loop, where its variable is not there yet".into())
        } else if let Some(place) = file.made_by.get(root) {
            Some(format!("it is made only later, {place}"))
        } else if RESPONSE.contains(&root) {
            Some("there is no response here; a response's parts can be read in `expect`, `capture` and `until`, or later as `steps.<id>`".into())
        } else if let Some(near) = nearest(root, self.variables.keys().map(String::as_str)) {
            Some(format!("did you mean `{near}`?"))
        } else if self.variables.is_empty() {
            Some("no variable is known here: define it under `vars`".into())
        } else {
            let known: Vec<String> = self
                .variables
                .keys()
                .take(12)
                .map(|name| format!("`{name}`"))
                .collect();
            Some(format!("known here: {}", known.join(", ")))
        };
        Unknown {
            severity: Severity::Error,
            message: format!("`{root}` is not defined here"),
            hint,
        }
    }
}

impl File {
    fn note_read(&self, name: &str) {
        let mut read = self.read.borrow_mut();
        if !read.contains(name) {
            read.insert(name.to_owned());
        }
    }
}

/// A variable that cannot be seen where there is a response.
fn hidden(root: &str) -> Unknown {
    Unknown {
        severity: Severity::Warning,
        message: format!("`{root}` is the response's here, and not the variable of that name"),
        hint: Some("give the variable another name".into()),
    }
}

/// What two different conditions make is taken to be always there: nobody can say more of it here.
fn add(names: &mut BTreeMap<String, Presence>, name: &str, condition: Option<&str>) {
    let presence = match (condition, names.get(name)) {
        (None, _) => Presence::Always,
        (Some(condition), None) => Presence::If(condition.to_owned()),
        (Some(condition), Some(Presence::If(other))) if condition == other => return,
        (Some(_), Some(_)) => Presence::Always,
    };
    names.insert(name.to_owned(), presence);
}

fn perhaps_missing(
    root: &str,
    shown: &str,
    presence: &Presence,
    name: &NameUse,
    guard: Option<&Guard>,
) -> Option<Unknown> {
    let Presence::If(condition) = presence else {
        return None;
    };
    let is_guarded = guard.is_some_and(|guard| {
        guard.condition == *condition || guard.asked.iter().any(|asked| asked == root)
    });
    if name.may_be_missing || is_guarded {
        return None;
    }
    Some(Unknown {
        severity: Severity::Warning,
        message: format!("`{shown}` is there only if `{condition}`"),
        hint: Some(format!(
            "give this step the same `if`, or ask: `if: {shown} is defined`"
        )),
    })
}

fn member(root: &str, inner: Option<&str>, known: &[&str]) -> Option<Unknown> {
    let inner = inner?;
    if known.contains(&inner) {
        return None;
    }
    let hint = match nearest(inner, known.iter().copied()) {
        Some(near) => format!("did you mean `{root}.{near}`?"),
        None => format!(
            "known: {}",
            known
                .iter()
                .map(|name| format!("`{name}`"))
                .collect::<Vec<_>>()
                .join(", ")
        ),
    };
    Some(Unknown {
        severity: Severity::Error,
        message: format!("`{root}` has no `{inner}`"),
        hint: Some(hint),
    })
}
