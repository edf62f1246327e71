//! The names that a template may read, looked up one by one.

use minijinja::value::{Enumerator, Object, ObjectRepr, Value as Computed};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::super::diagnostic::nearest;
use super::super::exchange::Response;
use super::super::jsonpath;
use super::super::source::FileId;
use super::convert::{self, Holder};
use super::{NameUse, World};

/// The name under which functions find the context; no author can write it.
pub(super) const CONTEXT: &str = "\u{1}";
/// The names of the current response.
const RESPONSE: [&str; 6] = ["status", "headers", "body", "text", "duration", "url"];

/// The names that a template may read. A copy is cheap: what is in it is shared until one of them changes.
#[derive(Clone, Debug)]
pub struct Scope {
    world: Arc<dyn World>,
    names: Arc<BTreeMap<String, Arc<Value>>>,
    steps: Arc<BTreeMap<String, Arc<Response>>>,
    current: Option<Arc<Response>>,
    /// The names whose values are not known yet, where nothing is really sent, and what is shown for each.
    unknown: Arc<BTreeMap<String, String>>,
}

impl Scope {
    /// A scope with nothing in it.
    pub fn new(world: Arc<dyn World>) -> Self {
        Scope {
            world,
            names: Arc::default(),
            steps: Arc::default(),
            current: None,
            unknown: Arc::default(),
        }
    }

    /// Gives a name a value; a name that was there is replaced.
    pub fn set(&mut self, name: &str, value: Value) {
        if self.unknown.contains_key(name) {
            Arc::make_mut(&mut self.unknown).remove(name);
        }
        Arc::make_mut(&mut self.names).insert(name.to_owned(), Arc::new(value));
    }

    /// Makes a name one whose value is not known yet; `shown` stands in for it.
    pub fn set_unknown(&mut self, name: &str, shown: &str) {
        Arc::make_mut(&mut self.names).remove(name);
        Arc::make_mut(&mut self.unknown).insert(name.to_owned(), shown.to_owned());
    }

    /// What is shown for a name whose value is not known yet.
    pub fn unknown(&self, name: &str) -> Option<&str> {
        self.unknown.get(name).map(String::as_str)
    }

    /// Whether one of these names has a value that is not known yet.
    pub fn lacks(&self, names: &[NameUse]) -> bool {
        let is_unknown = |name: &NameUse| {
            let first = name.path.first();
            first.is_some_and(|first| self.unknown.contains_key(first))
        };
        !self.unknown.is_empty() && names.iter().any(is_unknown)
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<Value> {
        self.lookup(name)
            .and_then(|value| convert::to_json(&value).ok())
    }

    /// Makes an earlier step's response readable as `steps.<id>`.
    pub fn set_step(&mut self, id: &str, response: Arc<Response>) {
        Arc::make_mut(&mut self.steps).insert(id.to_owned(), response);
    }

    /// Makes a step's response readable that another scope has, if it has it.
    pub fn take_step(&mut self, id: &str, from: &Scope) {
        if let Some(response) = from.steps.get(id) {
            self.set_step(id, Arc::clone(response));
        }
    }

    /// The same names, and those of the current response over them.
    pub fn with_response(&self, response: Arc<Response>) -> Scope {
        Scope {
            current: Some(response),
            ..self.clone()
        }
    }

    /// Every name that has a value now.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.names.keys().cloned().collect();
        if !self.steps.is_empty() {
            names.push("steps".into());
        }
        let parts = RESPONSE.iter().filter(|name| self.current_has(name));
        names.extend(parts.map(|name| (*name).to_owned()));
        names.sort();
        names.dedup();
        names
    }

    pub(super) fn world(&self) -> &dyn World {
        self.world.as_ref()
    }

    /// The value of a variable that nothing else stands before.
    pub(super) fn held(&self, name: &str) -> Option<&Value> {
        let is_hidden = self.current_has(name) || (name == "steps" && !self.steps.is_empty());
        if is_hidden {
            return None;
        }
        self.names.get(name).map(Arc::as_ref)
    }

    /// Whether a name is a part of the current response.
    fn current_has(&self, name: &str) -> bool {
        self.current
            .as_ref()
            .is_some_and(|response| has(response, name))
    }

    fn lookup(&self, name: &str) -> Option<Computed> {
        if let Some(response) = &self.current
            && has(response, name)
        {
            return part(response, name);
        }
        if name == "steps" && !self.steps.is_empty() {
            return Some(Computed::from_object(Steps(Arc::clone(&self.steps))));
        }
        let value = self.names.get(name)?;
        convert::from_held(Holder::Value(Arc::clone(value)))
    }

    /// Why nothing stands at a dotted path: how far it got, and what is there.
    pub(super) fn explain(&self, path: &[String]) -> String {
        let Some((first, rest)) = path.split_first() else {
            return "there is nothing".to_owned();
        };
        let Some(mut value) = self.lookup(first) else {
            if first == "body"
                && let Some(Err(reason)) = self.current.as_ref().map(|response| response.json())
            {
                return format!("`body` cannot be read: {reason}");
            }
            let names = self.names();
            let near = nearest(first, names.iter().map(String::as_str))
                .map_or_else(String::new, |near| format!("; did you mean `{near}`"));
            return format!("`{first}` is not defined{near}");
        };
        let mut place = first.clone();
        for step in rest {
            let next = value.get_attr(step).unwrap_or_default();
            if next.is_undefined() {
                if let Some(response) = value.downcast_object_ref::<Parts>()
                    && step == "body"
                    && let Err(reason) = response.0.json()
                {
                    return format!("`{place}.body` cannot be read: {reason}");
                }
                return format!("`{step}` is not in `{place}`, {}", stands(&value, step));
            }
            value = next;
            place.push_str(&jsonpath::written(step));
        }
        format!("`{place}` has no value")
    }
}

/// What a value has, for the message that it lacks something.
fn stands(value: &Computed, wanted: &str) -> String {
    let is_map = matches!(value.kind(), minijinja::value::ValueKind::Map);
    if !is_map {
        return format!("which is {}", convert::describe(value));
    }
    let keys: Vec<String> = value
        .try_iter()
        .map(|keys| keys.map(|key| key.to_string()).collect())
        .unwrap_or_default();
    if keys.is_empty() {
        "which is empty".to_owned()
    } else {
        format!("which has {}", jsonpath::listed(keys.iter(), wanted))
    }
}

/// Whether a response has a part of that name. A notification has no status.
fn has(response: &Response, name: &str) -> bool {
    RESPONSE.contains(&name) && !(name == "status" && response.is_notification())
}

/// One part of a response.
fn part(response: &Arc<Response>, name: &str) -> Option<Computed> {
    if !has(response, name) {
        return None;
    }
    Some(match name {
        "status" => Computed::from(response.status),
        "headers" => Computed::from_object(Headers(Arc::clone(response))),
        "body" => return convert::from_held(Holder::Body(Arc::clone(response))),
        "text" => Computed::from(response.text()),
        "url" => Computed::from(response.url.as_str()),
        "duration" => milliseconds(response.duration),
        _ => return None,
    })
}

/// A duration as a number of milliseconds: whole where it is whole.
fn milliseconds(duration: std::time::Duration) -> Computed {
    let microseconds = duration.as_micros();
    if microseconds.is_multiple_of(1000) {
        Computed::from(u64::try_from(microseconds / 1000).unwrap_or(u64::MAX))
    } else {
        #[expect(
            clippy::cast_precision_loss,
            reason = "no response takes 2^53 microseconds"
        )]
        let microseconds = microseconds as f64;
        Computed::from(microseconds / 1000.0)
    }
}

#[derive(Debug)]
struct Steps(Arc<BTreeMap<String, Arc<Response>>>);

impl Object for Steps {
    fn get_value(self: &Arc<Self>, key: &Computed) -> Option<Computed> {
        self.get_value_by_str(key.as_str()?)
    }
    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Computed> {
        let response = self.0.get(key)?;
        Some(Computed::from_object(Parts(Arc::clone(response))))
    }
    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(
            self.0
                .keys()
                .map(|key| Computed::from(key.as_str()))
                .collect(),
        )
    }
}

#[derive(Debug)]
struct Parts(Arc<Response>);

impl Object for Parts {
    fn get_value(self: &Arc<Self>, key: &Computed) -> Option<Computed> {
        part(&self.0, key.as_str()?)
    }
    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Computed> {
        part(&self.0, key)
    }
    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(
            RESPONSE
                .iter()
                .filter(|name| has(&self.0, name))
                .filter(|name| **name != "body" || self.0.json().is_ok())
                .map(|name| Computed::from(*name))
                .collect(),
        )
    }
}

#[derive(Debug)]
struct Headers(Arc<Response>);

impl Object for Headers {
    fn get_value(self: &Arc<Self>, key: &Computed) -> Option<Computed> {
        self.get_value_by_str(key.as_str()?)
    }
    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Computed> {
        let text = self.0.header_text(key)?;
        Some(Computed::from(text.into_owned()))
    }
    fn enumerate(self: &Arc<Self>) -> Enumerator {
        let mut names: Vec<String> = self
            .0
            .headers
            .iter()
            .map(|(name, _)| name.to_ascii_lowercase())
            .collect();
        names.sort();
        names.dedup();
        Enumerator::Values(names.into_iter().map(Computed::from).collect())
    }
}

/// What one evaluation looks at, and where its value is put.
#[derive(Debug)]
pub(super) struct Context {
    pub(super) scope: Scope,
    pub(super) file: FileId,
    given: Mutex<Option<Computed>>,
}

impl Context {
    pub(super) fn new(scope: &Scope, file: FileId) -> Arc<Context> {
        Arc::new(Context {
            scope: scope.clone(),
            file,
            given: Mutex::new(None),
        })
    }

    pub(super) fn give(&self, value: Computed) {
        *self.given.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
    }

    pub(super) fn taken(&self) -> Option<Computed> {
        self.given
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}

impl Object for Context {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }
    fn get_value(self: &Arc<Self>, key: &Computed) -> Option<Computed> {
        self.get_value_by_str(key.as_str()?)
    }
    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Computed> {
        if key == CONTEXT {
            return Some(convert::shared(self));
        }
        self.scope.lookup(key)
    }
}
