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

    /// Whether pictures of pages can be in it.
    pub(super) fn has_room_for_pictures(&self) -> bool {
        self.written < ROOM_FOR_PASSED
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
    use super::super::super::facts::RunFacts;
    use super::super::super::object::{Object, Style, object};
    use super::super::super::tests::{about, case, facts, place, step};
    use super::super::super::values::{Known, Values};
    use super::super::super::written::StepWriter;
    use super::*;
    use crate::model::exchange::{Exchange, Request, Response};
    use crate::model::outcome::{CaseOutcome, PageSeen, Status};
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
            has_pictures: length.has_room_for_pictures(),
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
    fn what_was_written_and_not_handed_on_is_cut_too() {
        let facts = facts();
        let mut wordy = step("wordy", place("id: create_consent"), Status::Passed);
        let exchange = |length: usize| {
            Arc::new(Exchange {
                response: Response {
                    status: 200,
                    body: "<".repeat(length).into(),
                    ..Response::default()
                },
                ..Exchange::default()
            })
        };
        let writer = StepWriter::new(Arc::clone(&facts), false);
        wordy.exchanges = vec![exchange(BODY)];
        assert!(
            writer.write(&wordy).is_none(),
            "much is written by the thread of reports"
        );
        wordy.exchanges = vec![exchange(BODY_AT_LAST - 1), exchange(BODY_AT_LAST + 1)];
        let written = writer.write(&wordy).unwrap();
        wordy.exchanges.clear();
        let told = |room: Room| -> Value {
            let values = Values {
                room,
                known: Known::Written(&written),
                ..Values::whole(&facts)
            };
            let text = object(Style::Lean, |object| values.step(object, &wordy));
            serde_json::from_slice(&text).unwrap()
        };
        let response = |told: &Value, at: usize| told["exchanges"][at]["response"].clone();
        let whole = told(Room::Bodies(BODY_OF_PASSED));
        assert_eq!(response(&whole, 1)["text"].as_str().unwrap().len(), 1025);
        let cut = told(Room::Bodies(BODY_AT_LAST));
        assert_eq!(response(&cut, 0), response(&whole, 0));
        assert_eq!(response(&cut, 1)["text"].as_str().unwrap().len(), 1024);
        assert_eq!(response(&cut, 1)["cut"], 1025);
        assert_eq!(told(Room::Nothing)["left_out"], 2);
    }

    #[test]
    fn pictures_are_in_a_page_that_is_not_too_long() {
        let mut shown = step("shown", place("id: create_consent"), Status::Failed);
        shown.pages = vec![PageSeen {
            name: "pay".into(),
            url: "http://a.test/".into(),
            title: "Pay".into(),
            picture: Some("pages/pay.png".into()),
            text: None,
        }];
        let image = |facts: &RunFacts, length: &Length| {
            let values = Values {
                room: length.room(false),
                has_pictures: length.has_room_for_pictures(),
                ..Values::whole(facts)
            };
            let steps = [Arc::new(shown.clone())];
            let outcome = case(about("a.yaml", "A"), Status::Failed);
            let text = object(Style::Lean, |object| {
                let steps = |object: &mut Object<'_>| values.steps(object, &steps);
                values.case(object, &outcome, &steps, &[]);
            });
            let told: Value = serde_json::from_slice(&text).unwrap();
            told["steps"][0]["pages"][0].get("image").cloned()
        };
        let mut length = Length::default();
        let here = RunFacts {
            picture: Some(|path| Some(path.to_str()?.as_bytes().to_vec())),
            ..(*facts()).clone()
        };
        assert_eq!(image(&here, &length), Some(json!("cGFnZXMvcGF5LnBuZw==")));
        // What other runs have kept may be another picture by now.
        assert_eq!(image(&facts(), &length), None);
        length.note(ROOM_FOR_PASSED);
        assert_eq!(image(&here, &length), None);
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
