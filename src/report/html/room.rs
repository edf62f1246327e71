//! How much of what was sent and received the page has: a page that no browser opens is none.

use super::super::values::Room;

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
pub(super) struct Length {
    written: usize,
}

impl Length {
    /// Takes note of what was written.
    pub(super) fn note(&mut self, length: usize) {
        self.written += length;
    }

    /// How much there is room for of what a case sent and received.
    pub(super) fn room(&self, has_passed: bool) -> Room {
        match has_passed {
            true if self.written < ROOM_FOR_PASSED => Room::Bodies(BODY_OF_PASSED),
            true => Room::Nothing,
            false if self.written < ROOM_FOR_WHOLE => Room::Bodies(BODY),
            false => Room::Bodies(BODY_AT_LAST),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::object::{Object, Style, object};
    use super::super::super::tests::{about, case, facts, place, step};
    use super::super::super::values::Values;
    use super::*;
    use crate::model::exchange::{Exchange, Request, Response};
    use crate::model::outcome::{CaseOutcome, Status};
    use serde_json::{Value, json};
    use std::sync::Arc;

    /// A case, with as much of it as there is room for.
    fn told(length: &Length, has_passed: bool) -> Value {
        let mut wordy = step("wordy", place("id: create_consent"), Status::Passed);
        wordy.exchanges = vec![Arc::new(Exchange {
            request: Request {
                body: "é".repeat(BODY).into(),
                ..Request::default()
            },
            response: Response {
                status: 200,
                body: vec![0xff; BODY].into(),
                ..Response::default()
            },
            ..Exchange::default()
        })];
        let steps = [Arc::new(wordy)];
        let earlier = CaseOutcome {
            failed: steps.to_vec(),
            ..case(about("a.yaml", "A"), Status::Failed)
        };
        let outcome = CaseOutcome {
            earlier: vec![Arc::new(earlier)],
            ..case(about("a.yaml", "A"), Status::Passed)
        };
        let facts = facts();
        let values = Values {
            room: length.room(has_passed),
            ..Values::whole(&facts)
        };
        let text = object(Style::Lean, |object| {
            let steps = |object: &mut Object<'_>| values.steps(object, &steps);
            values.case(object, &outcome, &steps, &[]);
        });
        serde_json::from_slice(&text).unwrap()
    }

    #[test]
    fn bodies_have_a_limit_and_say_how_long_they_were() {
        let failed = told(&Length::default(), false);
        let cut = &failed["steps"][0]["exchanges"][0];
        assert_eq!(cut["request"]["cut"], 2 * BODY);
        assert_eq!(cut["request"]["text"].as_str().unwrap().len(), BODY);
        assert_eq!(cut["response"]["cut"], BODY.div_ceil(3) * 4);
        let base64 = cut["response"]["base64"].as_str().unwrap();
        assert_eq!((base64.len(), base64.contains('=')), (BODY, false));
        assert_eq!(failed["earlier"][0]["steps"], failed["steps"]);
        assert!(failed.get("reason").is_none());
        let passed = told(&Length::default(), true);
        let text = &passed["steps"][0]["exchanges"][0]["request"]["text"];
        assert_eq!(text.as_str().unwrap().len(), BODY_OF_PASSED);
    }

    #[test]
    fn a_long_page_has_less_of_what_passed() {
        let mut length = Length::default();
        length.note(ROOM_FOR_PASSED);
        let passed = told(&length, true);
        let step = &passed["steps"][0];
        assert_eq!(step["left_out"], 1);
        assert_eq!(step.get("exchanges"), None);
        let failed = told(&length, false);
        let request = |case: &Value| case["steps"][0]["exchanges"][0]["request"].clone();
        assert_eq!(request(&failed)["cut"], json!(2 * BODY));
        length.note(ROOM_FOR_WHOLE);
        let failed = told(&length, false);
        let text = request(&failed)["text"].as_str().unwrap().len();
        assert_eq!(text, BODY_AT_LAST);
    }
}
