//! Facts as JSON, the same in every report that is JSON: `schemas/report.schema.json` says which.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::cell::RefCell;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::facts::RunFacts;
use super::object::{Object, Style, key};
use super::text::shown_path;
use super::told;
use super::written::{self, Pieces};
use crate::model::exchange::{Exchange, Request, Response};
use crate::model::outcome::{
    CaseIdentity, CaseOutcome, DiffLine, Failure, FailureKind, PageSeen, RunOutcome,
    SnapshotOutcome, Status, StepKind, StepOutcome, Written,
};
use crate::model::source::Span;

/// A line of a file that is longer is not told.
const LONGEST_LINE: usize = 2000;

/// Writes cases and what is in them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Values<'a> {
    /// What the report knows of its run.
    pub(super) facts: &'a RunFacts,
    /// How much of what was sent and received is told.
    pub(super) room: Room,
    /// Whether pictures are in it, and not only named.
    pub(super) has_pictures: bool,
    /// What is known of the JSON of a step.
    pub(super) known: Known<'a>,
}

/// What is known of the JSON of a step's exchanges.
#[derive(Clone, Copy, Debug)]
pub(super) enum Known<'a> {
    /// Nothing.
    Nothing,
    /// Its parts need not be written again.
    Written(&'a Written),
    /// Where they stand is noted.
    Noting(&'a RefCell<Vec<Range<usize>>>),
}

/// How much of what was sent and received is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    /// All of it.
    Everything,
    /// Bodies of so many bytes. What is cut says how long it was.
    Bodies(usize),
    /// Only how many exchanges there were.
    Nothing,
}

/// What a case is called.
pub(super) fn identity(object: &mut Object<'_>, about: &CaseIdentity) {
    object.text(key!("path"), &about.path);
    object.text(key!("scenario"), &about.scenario);
    object.maybe_text(key!("case"), about.case.as_deref());
    object.maybe_number(key!("repetition"), about.repetition);
}

/// Which part of how many it is, or null.
pub(super) fn shard(object: &mut Object<'_>, facts: &RunFacts) {
    object.maybe_object(key!("shard"), facts.shard, |object, (index, count)| {
        object.number(key!("index"), index);
        object.number(key!("count"), count);
    });
}

/// How many cases ended how.
pub(super) fn totals(object: &mut Object<'_>, outcome: &RunOutcome) {
    let flaky = outcome.cases.iter().filter(|case| case.is_flaky()).count();
    let count = |is: fn(&Status) -> bool| outcome.count(is);
    object.object(key!("totals"), |object| {
        object.number(key!("cases"), outcome.cases.len());
        object.number(key!("passed"), count(|status| *status == Status::Passed));
        object.number(key!("flaky"), flaky);
        object.number(key!("failed"), count(|status| *status == Status::Failed));
        object.number(key!("errored"), count(|status| *status == Status::Errored));
        object.number(
            key!("skipped"),
            count(|status| matches!(status, Status::Skipped(_))),
        );
        object.number(
            key!("not_run"),
            count(|status| matches!(status, Status::NotRun(_))),
        );
    });
}

impl<'a> Values<'a> {
    /// Values that tell everything.
    pub(super) fn whole(facts: &'a RunFacts) -> Values<'a> {
        Values {
            facts,
            room: Room::Everything,
            known: Known::Nothing,
            has_pictures: false,
        }
    }

    /// A case, with the printed lines that were told of it; `steps` writes those.
    pub(super) fn case(
        &self,
        object: &mut Object<'_>,
        outcome: &CaseOutcome,
        steps: &dyn Fn(&mut Object<'_>),
        printed: &[String],
    ) {
        let counts = &outcome.counts;
        identity(object, &outcome.about);
        status(object, &outcome.status);
        object.flag(key!("flaky"), outcome.is_flaky());
        object.flag(key!("interrupted"), outcome.interrupted);
        object.number(key!("worker"), outcome.worker);
        object.seconds(key!("began"), outcome.began);
        object.seconds(key!("seconds"), outcome.duration);
        object.object(key!("counts"), |object| {
            object.number(key!("passed"), counts.passed);
            object.number(key!("failed"), counts.failed);
            object.number(key!("skipped"), counts.skipped);
            object.number(key!("not_run"), counts.not_run);
            object.number(key!("requests"), counts.requests);
            object.number(key!("snapshots"), counts.snapshots);
        });
        steps(object);
        object.texts(key!("printed"), printed);
        object.texts(key!("not_run"), &outcome.not_run);
        self.failures(object, &outcome.failures);
        object.texts(key!("warnings"), &outcome.warnings);
        object.objects(key!("earlier"), &outcome.earlier, |object, earlier| {
            let steps = |object: &mut Object<'_>| self.steps(object, &earlier.failed);
            self.case(object, earlier, &steps, &[]);
        });
        object.text(key!("rerun"), &self.facts.rerun(&outcome.about));
    }

    /// Steps, as a case has them.
    pub(super) fn steps(&self, object: &mut Object<'_>, steps: &[Arc<StepOutcome>]) {
        object.objects(key!("steps"), steps, |object, each| self.step(object, each));
    }

    /// A step.
    pub(super) fn step(&self, object: &mut Object<'_>, outcome: &StepOutcome) {
        if let Known::Written(written) = self.known
            && is_plain(outcome)
        {
            return self.plain_step(object, outcome, written);
        }
        let start = object.position();
        object.text(key!("label"), &outcome.label);
        object.word(key!("kind"), step_word(outcome.kind));
        object.object(key!("place"), |object| self.place(object, outcome.span));
        let called = start..object.position();
        status(object, &outcome.status);
        object.flag(key!("flaky"), outcome.is_flaky());
        let start = object.position();
        object.text(key!("summary"), &outcome.summary);
        object.seconds(key!("began"), outcome.began);
        object.seconds(key!("seconds"), outcome.duration);
        object.number(key!("tries"), outcome.tries);
        object.number(key!("retries"), outcome.retries);
        let course = start..object.position();
        self.failures(object, &outcome.failures);
        self.exchanges(object, outcome);
        self.note(called);
        self.note(course);
        object.maybe_object(
            key!("snapshot"),
            outcome.snapshot.as_ref(),
            |object, each| {
                self.snapshot(object, each);
            },
        );
        object.objects(key!("pages"), &outcome.pages, |object, page| {
            self.page(object, page);
        });
    }

    /// The same of one that was written already, without what says nothing of it.
    fn plain_step(&self, object: &mut Object<'_>, outcome: &StepOutcome, written: &Written) {
        object.members(written::called(written));
        object.members(b",\"status\":\"passed\"");
        object.members(written::course(written));
        self.exchanges(object, outcome);
    }

    fn exchanges(&self, object: &mut Object<'_>, outcome: &StepOutcome) {
        let written = match self.known {
            Known::Written(written) => Some(written),
            Known::Nothing | Known::Noting(_) => None,
        };
        let count = written.map_or(outcome.exchanges.len(), |written| written.exchanges);
        if self.room == Room::Nothing {
            if count > 0 {
                object.number(key!("left_out"), count);
            }
            return;
        }
        match written {
            Some(written) if self.has_room_for(outcome) => {
                object.json(key!("exchanges"), written::exchanges(written));
            }
            // What is to be cut is read again.
            Some(written) if outcome.exchanges.is_empty() && count > 0 => {
                let read = told::exchanges(written::exchanges(written)).unwrap_or_default();
                self.all_exchanges(object, &read, None);
            }
            _ => self.all_exchanges(object, &outcome.exchanges, written),
        }
    }

    /// Exchanges, which are told in the same words in whatever they stand.
    fn all_exchanges(
        &self,
        object: &mut Object<'_>,
        exchanges: &[Arc<Exchange>],
        written: Option<&Written>,
    ) {
        let all = exchanges.iter().enumerate();
        object.objects_in(
            Style::Whole,
            key!("exchanges"),
            all,
            |object, (index, each)| {
                let pieces = written.and_then(|written| written::pieces(written, index));
                self.exchange(object, each, pieces.as_ref());
            },
        );
        if let Known::Noting(_) = self.known {
            self.note(object.last_value());
        }
    }

    /// Whether all bodies of a step that was written are told whole.
    fn has_room_for(&self, outcome: &StepOutcome) -> bool {
        let Room::Bodies(longest) = self.room else {
            return self.room == Room::Everything;
        };
        if outcome.exchanges.is_empty() {
            return written::LONGEST_TEXT <= longest;
        }
        // It may be told in base64.
        let is_in = |exchange: &Arc<Exchange>| written::longest_body(exchange) <= longest / 4 * 3;
        outcome.exchanges.iter().all(is_in)
    }

    fn failures(&self, object: &mut Object<'_>, failures: &[Failure]) {
        object.objects(key!("failures"), failures, |object, failure| {
            object.word(key!("kind"), kind_word(failure.kind));
            object.maybe_object(key!("place"), failure.span, |object, span| {
                self.marked(object, span);
            });
            object.text(key!("message"), &failure.message);
            object.maybe_text(key!("expected"), failure.expected.as_deref());
            object.maybe_text(key!("actual"), failure.actual.as_deref());
            object.texts(key!("notes"), &failure.notes);
        });
    }

    fn place(&self, object: &mut Object<'_>, span: Span) {
        let position = self.facts.sources.position(span);
        object.text(key!("path"), &self.facts.sources.get(span.file).path);
        object.number(key!("line"), position.line);
        object.number(key!("column"), position.column);
    }

    /// A place with its line and how much of it is meant.
    fn marked(&self, object: &mut Object<'_>, span: Span) {
        self.place(object, span);
        let sources = &self.facts.sources;
        let line = sources.line(span.file, sources.position(span).line);
        if line.len() <= LONGEST_LINE {
            let covered = sources
                .get(span.file)
                .text
                .get(span.start as usize..span.end as usize)
                .and_then(|part| part.lines().next())
                .map_or(1, |part| part.trim_end().chars().count());
            object.text(key!("text"), line);
            object.number(key!("length"), covered.max(1));
        }
    }

    fn exchange(&self, object: &mut Object<'_>, exchange: &Exchange, pieces: Option<&Pieces<'_>>) {
        let request = (!exchange.response.is_notification()).then_some(&exchange.request);
        object.maybe_object(key!("request"), request, |object, request| {
            self.request(object, request, pieces);
        });
        if request.is_none() {
            // Both its parts.
            self.note(0..0);
            self.note(0..0);
        }
        object.object(key!("response"), |object| {
            self.response(object, &exchange.response, pieces);
        });
        object.seconds(key!("began"), exchange.began);
        object.seconds(key!("seconds"), exchange.took);
    }

    fn request(&self, object: &mut Object<'_>, request: &Request, pieces: Option<&Pieces<'_>>) {
        object.text(key!("method"), &request.method);
        object.text(key!("url"), &request.url);
        headers(
            object,
            &request.headers,
            pieces.map(|it| it.request_headers),
        );
        self.note(object.last_value());
        let known = pieces.map(|it| it.request_body);
        match &request.brief {
            Some(brief) => self.body_text(object, key!("parts"), brief, known),
            None => self.body(object, &request.body, known),
        }
    }

    fn response(&self, object: &mut Object<'_>, response: &Response, pieces: Option<&Pieces<'_>>) {
        let status = (!response.is_notification()).then_some(response.status);
        object.maybe_number(key!("status"), status);
        object.text(key!("url"), &response.url);
        headers(
            object,
            &response.headers,
            pieces.map(|it| it.response_headers),
        );
        self.note(object.last_value());
        object.seconds(key!("seconds"), response.duration);
        self.body(object, &response.body, pieces.map(|it| it.response_body));
    }

    fn body(&self, object: &mut Object<'_>, body: &[u8], known: Option<&[u8]>) {
        if let Ok(text) = std::str::from_utf8(body) {
            return self.body_text(object, key!("text"), text, known);
        }
        // Three bytes are four characters.
        let whole = body.len().div_ceil(3) * 4;
        match (self.room, known) {
            (Room::Bodies(longest), _) if whole > longest => {
                let told = STANDARD.encode(&body[..longest / 4 * 3]);
                self.told_of_body(object, key!("base64"), &told, whole);
            }
            (_, Some(known)) => object.json(key!("base64"), known),
            (_, None) => self.told_of_body(object, key!("base64"), &STANDARD.encode(body), whole),
        }
    }

    fn body_text(
        &self,
        object: &mut Object<'_>,
        name: &'static str,
        text: &str,
        known: Option<&[u8]>,
    ) {
        match (self.room, known) {
            (Room::Bodies(longest), _) if text.len() > longest => {
                let told = &text[..text.floor_char_boundary(longest)];
                self.told_of_body(object, name, told, text.len());
            }
            (_, Some(known)) => object.json(name, known),
            (_, None) => self.told_of_body(object, name, text, text.len()),
        }
    }

    /// What is told of a body, and how long it was if that is not all.
    fn told_of_body(&self, object: &mut Object<'_>, name: &'static str, told: &str, whole: usize) {
        object.text(name, told);
        self.note(object.last_value());
        if told.len() < whole {
            object.number(key!("cut"), whole);
        }
    }

    fn note(&self, place: Range<usize>) {
        if let Known::Noting(places) = self.known {
            places.borrow_mut().push(place);
        }
    }

    fn snapshot(&self, object: &mut Object<'_>, outcome: &SnapshotOutcome) {
        let compared =
            |object: &mut Object<'_>, path: &Path, pending: Option<&Path>, diff: &[DiffLine]| {
                object.text(key!("path"), &self.shown(path));
                let pending = pending.map(|pending| self.shown(pending));
                object.maybe_text(key!("pending"), pending.as_deref());
                object.texts(key!("diff"), diff.iter().map(diff_text));
            };
        match outcome {
            SnapshotOutcome::Same => object.text(key!("outcome"), "same"),
            SnapshotOutcome::Updated(path) => {
                object.text(key!("outcome"), "updated");
                object.text(key!("path"), &self.shown(path));
            }
            SnapshotOutcome::New {
                path,
                pending,
                diff,
            } => {
                object.text(key!("outcome"), "new");
                compared(object, path, pending.as_deref(), diff);
            }
            SnapshotOutcome::Different {
                path,
                pending,
                diff,
            } => {
                object.text(key!("outcome"), "different");
                compared(object, path, pending.as_deref(), diff);
            }
        }
    }

    /// A page of a driven browser. Its files stay where they are.
    fn page(&self, object: &mut Object<'_>, page: &PageSeen) {
        let shown = |path: &Path| self.shown(path);
        object.text(key!("name"), &page.name);
        object.text(key!("url"), &page.url);
        object.text(key!("title"), &page.title);
        object.maybe_text(
            key!("picture"),
            page.picture.as_deref().map(shown).as_deref(),
        );
        object.maybe_text(key!("text"), page.text.as_deref().map(shown).as_deref());
        object.maybe_text(key!("image"), self.image(page).as_deref());
    }

    /// The picture itself, in base64.
    fn image(&self, page: &PageSeen) -> Option<String> {
        let read = self.facts.picture.filter(|_| self.has_pictures)?;
        read(page.picture.as_deref()?).map(|picture| STANDARD.encode(picture))
    }

    fn shown(&self, path: &Path) -> String {
        shown_path(path, &self.facts.working_folder)
    }
}

/// When the run began.
pub(super) fn started(facts: &RunFacts) -> String {
    facts.started.to_string()
}

/// Whole seconds and what is left, to the millisecond's thousandth.
pub(super) fn seconds(duration: Duration) -> f64 {
    let microseconds = u32::try_from(duration.as_micros())
        .map_or(duration.as_secs_f64(), |all| f64::from(all) / 1_000_000.0);
    (microseconds * 1_000_000.0).round() / 1_000_000.0
}

/// The word for how something ended.
pub(super) fn status_word(status: &Status) -> &'static str {
    match status {
        Status::Passed => "passed",
        Status::Failed => "failed",
        Status::Errored => "errored",
        Status::Skipped(_) => "skipped",
        Status::NotRun(_) => "not_run",
    }
}

/// The word for what a step does.
pub(super) fn step_word(kind: StepKind) -> &'static str {
    match kind {
        StepKind::Request => "request",
        StepKind::Consent => "consent",
        StepKind::Await => "await",
        StepKind::Browser => "browser",
        StepKind::Sandbox => "sandbox",
        StepKind::Sleep => "sleep",
        StepKind::Print => "print",
        StepKind::Set => "set",
        StepKind::Use => "use",
    }
}

/// The word for whose fault a failure is.
pub(super) fn kind_word(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Mismatch => "mismatch",
        FailureKind::Snapshot => "snapshot",
        FailureKind::Transport => "transport",
        FailureKind::Request => "request",
        FailureKind::Timeout => "timeout",
    }
}

/// Whether all that is to be told of a step is what every step has, and what it sent and received.
fn is_plain(outcome: &StepOutcome) -> bool {
    outcome.status == Status::Passed
        && outcome.retries == 0
        && outcome.failures.is_empty()
        && outcome.snapshot.is_none()
        && outcome.pages.is_empty()
        && !outcome.summary.is_empty()
}

/// A list of headers, as archives have it too; its JSON may be known.
pub(super) fn headers(object: &mut Object<'_>, headers: &[(String, String)], known: Option<&[u8]>) {
    if let Some(known) = known {
        return object.json(key!("headers"), known);
    }
    object.objects(key!("headers"), headers, |object, (name, value)| {
        object.text(key!("name"), name);
        object.text(key!("value"), value);
    });
}

fn status(object: &mut Object<'_>, status: &Status) {
    object.word(key!("status"), status_word(status));
    let reason = match status {
        Status::Skipped(reason) | Status::NotRun(reason) => Some(reason.as_str()),
        Status::Passed | Status::Failed | Status::Errored => None,
    };
    object.maybe_text(key!("reason"), reason);
}

pub(super) fn diff_text(line: &DiffLine) -> String {
    match line {
        DiffLine::Same(text) => format!("  {text}"),
        DiffLine::Removed(text) => format!("- {text}"),
        DiffLine::Added(text) => format!("+ {text}"),
        DiffLine::Folded(count) => format!("… {count}"),
    }
}
