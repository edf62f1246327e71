//! A step as JSON, and where in it stands what other reports have in theirs: most of a report is what was sent and
//! received, and escaping it takes most of the time.

use std::cell::RefCell;
use std::ops::Range;

use super::facts::RunFacts;
use super::object::{Style, write_object};
use super::values::{Known, Values};
use crate::model::outcome::StepOutcome;

/// About so many bytes of a step or an exchange are no body.
const ROOM: usize = 1024;

/// The JSON of a step, whole.
#[derive(Debug)]
pub(super) struct Written {
    json: Vec<u8>,
    /// For each exchange, those of [`Pieces`], in their order.
    places: Vec<Range<usize>>,
}

/// Parts of an exchange as JSON. Those of the request are empty where there was none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pieces<'a> {
    pub(super) request_headers: &'a [u8],
    pub(super) request_body: &'a [u8],
    pub(super) response_headers: &'a [u8],
    pub(super) response_body: &'a [u8],
}

impl Written {
    /// Writes it.
    pub(super) fn new(facts: &RunFacts, outcome: &StepOutcome) -> Written {
        let places = RefCell::default();
        let values = Values {
            known: Known::Noting(&places),
            ..Values::whole(facts)
        };
        let sent = (outcome.exchanges.iter())
            .map(|each| ROOM + each.request.body.len() + each.response.body.len());
        // What is escaped is longer, but mostly not by much.
        let mut json = Vec::with_capacity(ROOM + sent.sum::<usize>());
        write_object(&mut json, Style::Whole, |object| {
            values.step(object, outcome);
        });
        Written {
            json,
            places: places.into_inner(),
        }
    }

    /// The whole of it.
    pub(super) fn json(&self) -> &[u8] {
        &self.json
    }

    /// The parts of one of its exchanges.
    pub(super) fn pieces(&self, exchange: usize) -> Option<Pieces<'_>> {
        let places = self.places.chunks_exact(4).nth(exchange)?;
        let piece = |at: usize| {
            places
                .get(at)
                .and_then(|place| self.json.get(place.clone()))
        };
        Some(Pieces {
            request_headers: piece(0)?,
            request_body: piece(1)?,
            response_headers: piece(2)?,
            response_body: piece(3)?,
        })
    }
}
