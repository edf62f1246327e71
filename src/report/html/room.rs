//! How much of what was sent and received the page has: a page that no browser opens is none.

use serde_json::{Map, Value};

/// Cases that passed bring their exchanges as long as the page is no longer than this.
const ROOM_FOR_PASSED: usize = 24 * 1024 * 1024;
/// Cases that did not pass bring whole bodies as long as the page is no longer than this.
const ROOM_FOR_WHOLE: usize = 96 * 1024 * 1024;
/// Bytes of a body, in a case that passed.
const BODY_OF_PASSED: usize = 16 * 1024;
/// Bytes of a body, in a case that did not.
const BODY: usize = 64 * 1024;
/// Bytes of a body where there is no more room.
const BODY_AT_LAST: usize = 1024;

/// How long the page is so far.
#[derive(Debug, Default)]
pub(super) struct Room {
    written: usize,
}

impl Room {
    /// Takes note of what was written.
    pub(super) fn note(&mut self, length: usize) {
        self.written += length;
    }

    /// Cuts a case to what there is room for, and says in it what was cut.
    pub(super) fn fit(&self, case: &mut Value, has_passed: bool) {
        let is_kept = !has_passed || self.written < ROOM_FOR_PASSED;
        let longest = if has_passed {
            BODY_OF_PASSED
        } else if self.written < ROOM_FOR_WHOLE {
            BODY
        } else {
            BODY_AT_LAST
        };
        cut_case(case, is_kept, longest);
        lean(case);
    }
}

fn cut_case(case: &mut Value, is_kept: bool, longest: usize) {
    for earlier in items(case, "earlier") {
        cut_case(earlier, is_kept, longest);
    }
    for step in items(case, "steps") {
        let exchanges = items(step, "exchanges");
        if is_kept {
            exchanges.iter_mut().for_each(|each| {
                cut_message(each.get_mut("request"), longest);
                cut_message(each.get_mut("response"), longest);
            });
        } else if !exchanges.is_empty() {
            let count = exchanges.len();
            exchanges.clear();
            if let Value::Object(step) = step {
                step.insert("left_out".into(), count.into());
            }
        }
    }
}

fn items<'a>(value: &'a mut Value, name: &str) -> &'a mut Vec<Value> {
    match value.as_object_mut().map(|members| {
        members
            .entry(name)
            .or_insert_with(|| Value::Array(Vec::new()))
    }) {
        Some(Value::Array(items)) => items,
        // Cases and their parts are made a few lines away, with lists in these places.
        _ => unreachable!("`{name}` is a list"),
    }
}

fn cut_message(message: Option<&mut Value>, longest: usize) {
    let Some(Value::Object(message)) = message else {
        return;
    };
    let mut whole = None;
    for name in ["text", "base64", "parts"] {
        if let Some(Value::String(text)) = message.get_mut(name)
            && text.len() > longest
        {
            whole = Some(text.len());
            // Four characters of base64 are three bytes, and the limit is a multiple of four.
            text.truncate(text.floor_char_boundary(longest));
        }
    }
    if let Some(length) = whole {
        message.insert("cut".into(), length.into());
    }
}

/// Leaves out what says nothing: null, false and empty lists.
pub(super) fn lean(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(lean),
        Value::Object(members) => lean_members(members),
        _ => {}
    }
}

fn lean_members(members: &mut Map<String, Value>) {
    members.retain(|_, value| {
        lean(value);
        match value {
            Value::Null | Value::Bool(false) => false,
            Value::Array(items) => !items.is_empty(),
            Value::String(text) => !text.is_empty(),
            _ => true,
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn case() -> Value {
        let step = json!({ "exchanges": [{ "request": { "text": "é".repeat(BODY) }, "response": { "base64": "A".repeat(BODY + 4) } }] });
        json!({ "steps": [step.clone()], "earlier": [{ "steps": [step], "earlier": [] }], "reason": null })
    }

    #[test]
    fn bodies_have_a_limit_and_say_how_long_they_were() {
        let mut failed = case();
        Room::default().fit(&mut failed, false);
        let cut = &failed["steps"][0]["exchanges"][0];
        assert_eq!(cut["request"]["cut"], 2 * BODY);
        assert_eq!(cut["request"]["text"].as_str().unwrap().len(), BODY);
        assert_eq!(cut["response"]["cut"], BODY + 4);
        assert_eq!(failed["earlier"][0]["steps"], failed["steps"]);
        assert!(failed.get("reason").is_none());
        let mut passed = case();
        Room::default().fit(&mut passed, true);
        let text = &passed["steps"][0]["exchanges"][0]["request"]["text"];
        assert_eq!(text.as_str().unwrap().len(), BODY_OF_PASSED);
    }

    #[test]
    fn a_long_page_has_less_of_what_passed() {
        let mut room = Room::default();
        room.note(ROOM_FOR_PASSED);
        let mut passed = case();
        room.fit(&mut passed, true);
        assert_eq!(passed["steps"][0], json!({ "left_out": 1 }));
        let mut failed = case();
        room.fit(&mut failed, false);
        assert_eq!(
            failed["steps"][0]["exchanges"][0]["request"]["cut"],
            2 * BODY
        );
        room.note(ROOM_FOR_WHOLE);
        let mut failed = case();
        room.fit(&mut failed, false);
        let text = &failed["steps"][0]["exchanges"][0]["request"]["text"];
        assert_eq!(text.as_str().unwrap().len(), BODY_AT_LAST);
    }
}
