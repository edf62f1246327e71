//! A step as JSON, and where in it stands what other reports have in theirs: most of a report is what was sent and
//! received, and escaping it takes most of the time. A step is written in the thread that ran it where that is better
//! than to hand on what it was made of.

use std::cell::RefCell;
use std::ops::Range;
use std::sync::Arc;

use super::facts::RunFacts;
use super::har_entry::{Entries, comment};
use super::object::{Object, Style, write_object};
use super::values::{Known, Values};
use crate::model::exchange::Exchange;
use crate::model::outcome::{StepOutcome, Written};

/// About so many bytes of a step or an exchange are no body.
const ROOM: usize = 1024;
/// A body that is longer keeps the thread that runs cases from them for too long. No body of a step that was written
/// there is longer than [`LONGEST_TEXT`] as a text.
const LONGEST_BODY: usize = 12 * 1024;
/// The same in base64, of whose characters four are three bytes.
pub(super) const LONGEST_TEXT: usize = LONGEST_BODY / 3 * 4;
/// Parts of an exchange that are known.
const PIECES: usize = 4;
/// Parts of a step that are.
const PARTS: usize = 4;
/// Stands behind the places of each entry of an archive. No part of one is empty.
const END: Range<usize> = 0..0;
/// Places that an entry has: what is between four parts, and they, and the end.
const PLACES: usize = 10;

/// Parts of an exchange as JSON. Those of the request are empty where there was none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pieces<'a> {
    pub(super) request_headers: &'a [u8],
    pub(super) request_body: &'a [u8],
    pub(super) response_headers: &'a [u8],
    pub(super) response_body: &'a [u8],
}

/// What an archive needs not write of an exchange.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts<'a> {
    pub(super) request_headers: Piece<'a>,
    pub(super) request_body: Piece<'a>,
    pub(super) response_headers: Piece<'a>,
    pub(super) response_body: Piece<'a>,
}

/// A part of an exchange that was written before.
#[derive(Clone, Copy, Debug)]
pub(super) enum Piece<'a> {
    /// As JSON.
    Json(&'a [u8]),
    /// It is put in its place later; which it is, and where that place is, is noted.
    Hole(usize, &'a RefCell<Vec<(usize, usize)>>),
}

impl<'a> Parts<'a> {
    /// All are put in later.
    fn holes(holes: &'a RefCell<Vec<(usize, usize)>>) -> Self {
        Parts {
            request_headers: Piece::Hole(0, holes),
            request_body: Piece::Hole(1, holes),
            response_headers: Piece::Hole(2, holes),
            response_body: Piece::Hole(3, holes),
        }
    }
}

impl<'a> From<Pieces<'a>> for Parts<'a> {
    fn from(pieces: Pieces<'a>) -> Self {
        Parts {
            request_headers: Piece::Json(pieces.request_headers),
            request_body: Piece::Json(pieces.request_body),
            response_headers: Piece::Json(pieces.response_headers),
            response_body: Piece::Json(pieces.response_body),
        }
    }
}

impl Piece<'_> {
    /// Writes it, or leaves a hole for it.
    pub(super) fn put(self, object: &mut Object<'_>, name: &'static str) {
        match self {
            Piece::Json(json) => object.json(name, json),
            Piece::Hole(piece, holes) => {
                object.json(name, b"");
                holes.borrow_mut().push((piece, object.position()));
            }
        }
    }
}

/// Writes steps in the threads that run them.
#[derive(Debug)]
pub struct StepWriter {
    facts: Arc<RunFacts>,
    /// If there is an archive.
    entries: Option<Entries>,
}

impl StepWriter {
    /// For the reports of a run, an archive among them or not.
    pub fn new(facts: Arc<RunFacts>, has_archive: bool) -> Self {
        StepWriter {
            entries: has_archive.then(|| Entries::new(&facts)),
            facts,
        }
    }

    /// Writes a step with all that it sent and received; nothing, if that is much.
    pub fn write(&self, outcome: &StepOutcome) -> Option<Written> {
        let mut exchanges = outcome.exchanges.iter();
        let is_short = exchanges.all(|each| longest_body(each) <= LONGEST_BODY);
        is_short.then(|| write(&self.facts, self.entries.as_ref(), outcome))
    }
}

/// How long the longer body of an exchange is.
pub(super) fn longest_body(exchange: &Exchange) -> usize {
    let request = &exchange.request;
    let brief = request.brief.as_ref().map_or(0, |brief| brief.len());
    brief
        .max(request.body.len())
        .max(exchange.response.body.len())
}

/// Writes a step, as JSON alone.
pub(super) fn write_json(facts: &RunFacts, outcome: &StepOutcome) -> Written {
    write(facts, None, outcome)
}

fn write(facts: &RunFacts, entries: Option<&Entries>, outcome: &StepOutcome) -> Written {
    let exchanges = outcome.exchanges.len();
    let noted = RefCell::new(Vec::with_capacity((PIECES + PLACES) * exchanges + PARTS));
    let values = Values {
        known: Known::Noting(&noted),
        ..Values::whole(facts)
    };
    let around = if entries.is_some() {
        ROOM + ROOM / 2
    } else {
        ROOM
    };
    let room = (outcome.exchanges.iter()).map(|each| {
        let bodies = each.request.body.len() + each.response.body.len();
        // What is escaped is longer, but mostly not by much.
        around + bodies + bodies / 4
    });
    let mut text = Vec::with_capacity(ROOM + room.sum::<usize>());
    write_object(&mut text, Style::Whole, |object| {
        values.step(object, outcome);
    });
    let mut written = Written {
        exchanges,
        places: noted.into_inner(),
        text,
    };
    written.places.push(0..written.text.len());
    if let Some(entries) = entries {
        archive(&mut written, entries, outcome);
    }
    written
}

/// Adds the entries of an archive. What they have in common with the JSON stands there once.
fn archive(written: &mut Written, entries: &Entries, outcome: &StepOutcome) {
    let comment = comment(outcome);
    let holes = RefCell::new(Vec::with_capacity(PIECES));
    for (index, exchange) in outcome.exchanges.iter().enumerate() {
        let mut start = written.text.len();
        let known = Some(Parts::holes(&holes));
        entries.write(&mut written.text, exchange, known, &comment);
        for (piece, hole) in holes.borrow_mut().drain(..) {
            written.places.push(start..hole);
            let place = written.places.get(PIECES * index + piece);
            written.places.extend(place.cloned());
            start = hole;
        }
        written.places.push(start..written.text.len());
        written.places.push(END);
    }
}

/// The list of its exchanges.
pub(super) fn exchanges(written: &Written) -> &[u8] {
    behind_pieces(written, 0)
}

/// What the step is called and where it stands, as the first members of its object.
pub(super) fn called(written: &Written) -> &[u8] {
    behind_pieces(written, 1)
}

/// What it did, when and how often, as further members.
pub(super) fn course(written: &Written) -> &[u8] {
    behind_pieces(written, 2)
}

/// The whole step.
pub(super) fn json(written: &Written) -> &[u8] {
    behind_pieces(written, 3)
}

fn behind_pieces(written: &Written, part: usize) -> &[u8] {
    at(written, PIECES * written.exchanges + part).unwrap_or_default()
}

/// The parts of one of its exchanges.
pub(super) fn pieces(written: &Written, exchange: usize) -> Option<Pieces<'_>> {
    let first = PIECES * exchange;
    (exchange < written.exchanges).then_some(Pieces {
        request_headers: at(written, first)?,
        request_body: at(written, first + 1)?,
        response_headers: at(written, first + 2)?,
        response_body: at(written, first + 3)?,
    })
}

/// The entries that its exchanges are in an archive, each in pieces, if it was written for one.
pub(super) fn entries(written: &Written) -> impl Iterator<Item = impl Iterator<Item = &[u8]>> {
    let first = PIECES * written.exchanges + PARTS;
    let places = written.places.get(first..).unwrap_or_default();
    let text = |place: &Range<usize>| written.text.get(place.clone());
    let entries = places.split(|place| *place == END);
    let entries = entries.filter(|entry| !entry.is_empty());
    entries.map(move |entry| entry.iter().filter_map(text))
}

fn at(written: &Written, part: usize) -> Option<&[u8]> {
    let place = written.places.get(part)?;
    written.text.get(place.clone())
}
