//! One step: which action it is, and the keys that go with it.

use super::definition::{ACTIONS, REQUEST, STEP};
use super::expectations;
use super::fields::{Fields, Reader, list};
use super::{browser, capture, notification, repeat, request, sandbox_block, snapshot_options};
use crate::model::diagnostic::{Diagnostic, nearest};
use crate::model::node::{Entry, Node, NodeKind, Text};
use crate::model::scenario::{Action, Consent, Once, SnapshotOptions, Step, Until, Use};
use crate::model::source::Span;

const METHODS: [&str; 7] = ["get", "post", "put", "patch", "delete", "head", "options"];
const COMMON: [&str; 8] = [
    "id",
    "name",
    "if",
    "each",
    "timeout",
    "retry",
    "keep_going",
    "defer",
];
const RESPONSE: [&str; 7] = [
    "until", "every", "within", "give_up", "expect", "capture", "snapshot",
];
/// What people write who come from other tools, and what it is here.
const FOREIGN: [(&str, &str); 10] = [
    ("assert", "expect"),
    ("asserts", "expect"),
    ("test", "expect"),
    ("validate", "expect"),
    ("body", "json"),
    ("params", "query"),
    ("captures", "capture"),
    ("save", "capture"),
    ("when", "if"),
    ("url", "get"),
];

/// Reads a step.
pub(super) fn read(reader: &mut Reader, node: &Node) -> Option<Step> {
    let fields = reader.any_fields(node, "a step")?;
    let action_entry = action_entry(reader, &fields);
    judge_keys(reader, &fields, action_entry);
    let meant = match action_entry {
        Some(_) => None,
        None => Some(meant(&fields)?),
    };
    let entry = action_entry.or(meant.as_ref())?;
    let action_key = entry.key.value.clone();
    let is_http = is_http(&action_key);
    let has_response =
        is_http || (entry.key.value == "await" && notification::has_notification(&fields));
    let action = action(reader, entry, &fields)?;
    let id = fields.get("id").and_then(|node| id(reader, node));
    let mut step = Step {
        span: node.span,
        id,
        name: None,
        condition: None,
        each: None,
        keep_going: false,
        defer: false,
        timeout: None,
        retry: None,
        action,
        until: None,
        expect: None,
        capture: Vec::new(),
        snapshot: None,
    };
    for entry in fields.entries {
        let value = &entry.value;
        match entry.key.value.as_str() {
            "name" => step.name = reader.text(value, "a name"),
            "if" => step.condition = reader.text(value, "an expression"),
            "each" => step.each = repeat::each(reader, value).map(Box::new),
            "keep_going" => step.keep_going = reader.boolean(value),
            "defer" => step.defer = reader.boolean(value),
            "timeout" if !is_http => step.timeout = Some(value.clone()),
            "retry" if has_tries(&action_key) => {
                let unanswered = (action_key != "use").then_some(action_key.as_str());
                step.retry = repeat::retry(reader, value, unanswered).map(Box::new);
            }
            "expect" if has_response => {
                step.expect = expectations::expect(reader, &entry.key, value);
            }
            "capture" if has_response => step.capture = capture::read(reader, value),
            "snapshot" if has_response => {
                step.snapshot = snapshot(reader, entry, &step).map(Box::new)
            }
            _ => {}
        }
    }
    if is_http {
        step.until = until(reader, &fields).map(Box::new);
    }
    Some(step)
}

/// What a step without an action surely means: its mistake is told, and the rest of it is read.
fn meant(fields: &Fields<'_>) -> Option<Entry> {
    let known = actions();
    fields.entries.iter().find_map(|entry| {
        let key = entry.key.value.as_str();
        if STEP.has(key) || REQUEST.has(key) {
            return None;
        }
        let foreign = FOREIGN.iter().find(|(word, _)| *word == key);
        let action = foreign
            .map(|(_, here)| *here)
            .filter(|here| known.contains(here))
            .or_else(|| nearest(key, known.iter().copied()))?;
        let is_so = match &entry.value.kind {
            NodeKind::Text(_) => METHODS.contains(&action) || action == "use",
            NodeKind::Map(_) => action == "set",
            _ => false,
        };
        is_so.then(|| Entry {
            key: Text {
                value: action.to_owned(),
                ..entry.key.clone()
            },
            value: entry.value.clone(),
        })
    })
}

/// Notes the names that a step would make which could not be read.
pub(super) fn lose(reader: &mut Reader, node: &Node) {
    let Some(fields) = Fields::of(node) else {
        return reader.lose();
    };
    for entry in fields.entries {
        let key = entry.key.value.as_str();
        let is_known = STEP.has(key) || REQUEST.has(key);
        match &entry.value.kind {
            NodeKind::Text(id) if key == "id" => reader.lose_name(&id.value),
            // A key that nobody knows may mean `set`.
            NodeKind::Map(made) if matches!(key, "capture" | "set") || !is_known => {
                made.iter()
                    .for_each(|made| reader.lose_name(&made.key.value));
            }
            NodeKind::Text(path) if !is_known && is_file(&path.value) => {
                reader.lose();
            }
            _ if key == "use" => reader.lose(),
            _ => {}
        }
    }
}

/// Whether it may be a fragment's path.
fn is_file(path: &str) -> bool {
    [".yaml", ".yml"]
        .iter()
        .any(|ending| path.ends_with(ending))
}

fn actions() -> Vec<&'static str> {
    ACTIONS.iter().map(|(action, _)| *action).collect()
}

fn is_action(key: &str) -> bool {
    ACTIONS.iter().any(|(action, _)| *action == key)
}

/// The keys that go with an action and not with every other.
fn own_keys(action: &str) -> Vec<&'static str> {
    if is_http(action) {
        return REQUEST.names();
    }
    let own = ACTIONS.iter().find(|(known, _)| *known == action);
    let mut own = own.map_or_else(Vec::new, |(_, own)| own.to_vec());
    if action == "await" {
        own.push("within");
    }
    own
}

fn is_http(key: &str) -> bool {
    METHODS.contains(&key) || key == "request"
}

/// Whether a step that is no request may be tried again as a whole.
fn has_tries(action: &str) -> bool {
    !is_http(action) && untried(action).is_none()
}

/// Why a step can have no `retry`, and what to write instead.
fn untried(action: &str) -> Option<(String, &'static str)> {
    match action {
        "await" => Some((
            "`await` waits as long as it is told, and can have no `retry`".into(),
            "say how long: `within: 1m`; to have it sent again, put what sends it and this step into a fragment, with `retry: { times: 2, on: timeout }` at its `use`",
        )),
        "sandbox" => Some((
            "what `sandbox` does is done or wrong, so that it can have no `retry`".into(),
            "leave it out",
        )),
        "set" | "sleep" | "print" => Some((
            format!(
                "`{action}` would end in the same way at each try, so that it can have no `retry`"
            ),
            "leave it out; to try several steps again together, put them into a fragment, with the `retry` at its `use`",
        )),
        _ => None,
    }
}

/// The one key that says what the step does.
fn action_entry<'n>(reader: &mut Reader, fields: &Fields<'n>) -> Option<&'n Entry> {
    let mut actions = fields
        .entries
        .iter()
        .filter(|entry| is_action(&entry.key.value));
    let first = actions.next();
    for second in actions {
        reader.mistake(
            Diagnostic::error(
                second.key.span,
                format!(
                    "a step does one thing, and this one has `{}` already",
                    first.map_or("", |entry| entry.key.value.as_str())
                ),
            )
            .hint("make two steps of it"),
        );
    }
    if first.is_none() {
        let known = self::actions();
        let others: Vec<&'static str> = STEP.names().into_iter().chain(REQUEST.names()).collect();
        // A misspelt action, or one that nobody knows, is told at its key; here it would be told twice.
        let is_told = fields.entries.iter().any(|entry| {
            let key = entry.key.value.as_str();
            let is_near = |keys: &[&'static str]| nearest(key, keys.iter().copied()).is_some();
            !others.contains(&key) && (is_near(&known) || !is_near(&others))
        });
        if !is_told {
            let at = fields
                .entries
                .first()
                .map_or(fields.span, |entry| entry.key.span);
            reader.mistake(
                Diagnostic::error(at, "this step does nothing")
                    .hint(format!("give it one of {}", list(&known))),
            );
        }
    }
    first
}

/// Notes keys that no step has, or that a step of this kind does not have.
fn judge_keys(reader: &mut Reader, fields: &Fields<'_>, action: Option<&Entry>) {
    let own = action.map_or_else(Vec::new, |entry| own_keys(&entry.key.value));
    let is_await = action.is_some_and(|entry| entry.key.value == "await");
    let has_response = is_await || action.is_none_or(|entry| is_http(&entry.key.value));
    for entry in fields.entries {
        let key = entry.key.value.as_str();
        if key == "retry"
            && let Some(why) = action.and_then(|action| untried(&action.key.value))
        {
            reader.error(entry.key.span, why.0, why.1);
            continue;
        }
        if is_action(key) || COMMON.contains(&key) || own.contains(&key) {
            continue;
        }
        if RESPONSE.contains(&key) && !(is_await && notification::POLLING.contains(&key)) {
            if !has_response {
                no_response(reader, &entry.key, action);
            }
            continue;
        }
        let is_of_another = REQUEST.has(key)
            || ACTIONS.iter().any(|(_, own)| own.contains(&key))
            || (is_await && notification::POLLING.contains(&key));
        match action {
            Some(action) if is_of_another => reader.error(
                entry.key.span,
                format!("`{key}` means nothing beside `{}`", action.key.value),
                "leave it out",
            ),
            _ if action.is_none() && is_of_another => {}
            _ => unknown(reader, fields, &entry.key, &own, action.is_none()),
        }
    }
}

fn no_response(reader: &mut Reader, key: &Text, action: Option<&Entry>) {
    let action = action.map_or("", |entry| entry.key.value.as_str());
    reader.error(
        key.span,
        format!("`{}` needs a response, and `{action}` has none", key.value),
        "put it at a step that sends a request",
    );
}

fn unknown(reader: &mut Reader, fields: &Fields<'_>, key: &Text, own: &[&str], any_action: bool) {
    let foreign = FOREIGN.iter().find(|(word, _)| *word == key.value);
    if let Some((word, here)) = foreign {
        reader.error(
            key.span,
            format!("a step has no key `{word}`"),
            &format!("here it is `{here}`"),
        );
        return;
    }
    let mut keys: Vec<&str> = COMMON.iter().chain(&RESPONSE).copied().collect();
    keys.extend(own.iter().filter(|key| !COMMON.contains(key)));
    if any_action {
        keys.extend(actions());
    }
    let is_near = nearest(&key.value, keys.iter().copied()).is_some();
    match empty_before(fields, key).filter(|_| !is_near) {
        Some(empty) => reader.error(
            key.span,
            format!("{} has no key `{}`", STEP.what, key.value),
            &format!("`{empty}` above it is empty: what belongs to it is indented further"),
        ),
        None => reader.judge_key(key, STEP.what, &keys),
    }
}

/// The last key before this one, if nothing but keys that no step has stands between, and it was left empty.
fn empty_before<'n>(fields: &Fields<'n>, key: &Text) -> Option<&'n str> {
    let mut before = fields
        .entries
        .iter()
        .rev()
        .skip_while(|entry| entry.key.span != key.span)
        .skip(1);
    let known = before.find(|entry| STEP.has(&entry.key.value) || REQUEST.has(&entry.key.value))?;
    matches!(known.value.kind, NodeKind::Null).then_some(known.key.value.as_str())
}

fn action(reader: &mut Reader, entry: &Entry, fields: &Fields<'_>) -> Option<Action> {
    let value = &entry.value;
    Some(match entry.key.value.as_str() {
        "consent" => Action::Consent(Box::new(Consent {
            url: reader.text(value, "the consent page's URL")?,
            decision: match fields.get("decision") {
                Some(node) => Some(decision(reader, node)?),
                None => None,
            },
            accounts: fields.get("accounts").cloned(),
            reason: fields
                .get("reason")
                .and_then(|node| reader.text(node, "a reason")),
        })),
        "await" => Action::Await(Box::new(notification::read(reader, entry, fields)?)),
        "browser" => Action::Browser(browser::actions(reader, &entry.key, value)?),
        "sandbox" => {
            sandbox_block::judge_step(reader, value);
            Action::Sandbox(value.clone())
        }
        "use" => Action::Use(Use {
            path: reader.text(value, "a fragment's path")?,
            with: fields
                .get("with")
                .map_or_else(Vec::new, |node| reader.named(node, "`with`")),
            once: fields.entry("once").and_then(once),
        }),
        "set" => Action::Set(reader.variables(value, "`set`")),
        "sleep" => Action::Sleep(value.clone()),
        "print" => Action::Print(reader.text(value, "a line to print")?),
        _ => Action::Http(Box::new(request::read(reader, entry, fields)?)),
    })
}

/// Whether a fragment's run is shared, and for how long. What is neither is told where durations are read.
fn once(entry: &Entry) -> Option<Once> {
    let lasts = match &entry.value.kind {
        NodeKind::Bool(false) => return None,
        NodeKind::Bool(true) => None,
        _ => Some(entry.value.clone()),
    };
    Some(Once {
        span: entry.key.span,
        lasts,
    })
}

fn decision(reader: &mut Reader, node: &Node) -> Option<Text> {
    let text = reader.text(node, "a decision")?;
    let known = ["approve", "reject", "cancel"];
    if !text.value.contains("{{") && !known.contains(&text.value.as_str()) {
        let hint = match nearest(&text.value, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "write `approve`, `reject` or `cancel`".into(),
        };
        reader.error(
            node.span,
            format!("a customer cannot `{}`", text.value),
            &hint,
        );
        return None;
    }
    Some(text)
}

fn id(reader: &mut Reader, node: &Node) -> Option<Text> {
    let text = reader.text(node, "an id")?;
    let is_fine = !text.value.is_empty()
        && text
            .value
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || character == '_');
    if !is_fine {
        reader.error(
            node.span,
            format!("`{}` cannot be an id", text.value),
            "use letters, digits and `_`; `name` takes any text",
        );
        return None;
    }
    Some(text)
}

fn until(reader: &mut Reader, fields: &Fields<'_>) -> Option<Until> {
    let Some(entry) = fields.entry("until") else {
        for key in ["every", "within", "give_up"] {
            if let Some(entry) = fields.entry(key) {
                reader.error(
                    entry.key.span,
                    format!("`{key}` belongs to polling, and there is no `until`"),
                    "write what to wait for: `until: { $.status: ACTIVE }`",
                );
            }
        }
        return None;
    };
    let expect = expectations::expect(reader, &entry.key, &entry.value)?;
    if expect.expectations.is_empty() {
        reader.error(
            entry.key.span,
            "`until` waits for nothing",
            "write what to wait for",
        );
    }
    let give_up = fields
        .entry("give_up")
        .and_then(|entry| {
            let expect = expectations::expect(reader, &entry.key, &entry.value)?;
            if expect.expectations.is_empty() {
                reader.error(
                    entry.key.span,
                    "`give_up` names nothing",
                    "write what ends the wait, or leave it out",
                );
            }
            Some(expect)
        })
        .map_or_else(Vec::new, |expect| expect.expectations);
    Some(Until {
        expectations: expect.expectations,
        span: entry.key.span,
        every: fields
            .get("every")
            .and_then(|node| repeat::every(reader, node)),
        within: fields.get("within").cloned(),
        give_up,
    })
}

/// The step's snapshot; it needs a name to be kept under.
fn snapshot(reader: &mut Reader, entry: &Entry, step: &Step) -> Option<(Span, SnapshotOptions)> {
    let options = match &entry.value.kind {
        NodeKind::Bool(false) => return None,
        NodeKind::Bool(true) => SnapshotOptions::default(),
        NodeKind::Map(_) => snapshot_options::of_step(reader, &entry.value),
        _ => {
            reader.expected(
                &entry.value,
                "`true` or a map of settings",
                "write `snapshot: true`",
            );
            return None;
        }
    };
    if step.id.is_none() && options.name.is_none() {
        reader.error(
            entry.key.span,
            "a step with a snapshot needs an id",
            "give the step an `id`: the snapshot is kept under it",
        );
        return None;
    }
    Some((entry.key.span, options))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_a_step_is_defined_and_every_defined_key_is_read() {
        let mut read: Vec<&str> = COMMON.iter().chain(&RESPONSE).copied().collect();
        read.extend(actions());
        read.extend(ACTIONS.iter().flat_map(|(_, own)| own.iter()));
        read.sort_unstable();
        let mut defined = STEP.names();
        defined.sort_unstable();
        assert_eq!(read, defined);
    }
}
