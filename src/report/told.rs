//! The JSON report, read back: what `values` writes, as the facts that it was made of.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hyper::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::told_places::{Place, Places};
use super::values::{kind_word, step_word};
use crate::model::exchange::{Exchange, Request, Response};
use crate::model::outcome::{
    CaseIdentity, CaseOutcome, DiffLine, Failure, FailureKind, PageSeen, SnapshotOutcome, Status,
    StepCounts, StepKind, StepOutcome,
};

/// A whole report.
#[derive(Debug, Deserialize)]
pub(super) struct Report {
    pub(super) target: String,
    pub(super) seed: Option<u64>,
    started: String,
    pub(super) shard: Option<Shard>,
    pub(super) cases: Vec<Case>,
    totals: Totals,
    pub(super) interrupted: bool,
    pub(super) seconds: f64,
}

/// What says whether the rest can be read.
#[derive(Debug, Deserialize)]
struct Head {
    format: u64,
    tool: Tool,
}

#[derive(Debug, Deserialize)]
struct Tool {
    version: String,
}

#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct Shard {
    pub(super) index: usize,
    pub(super) count: usize,
}

#[derive(Debug, Deserialize)]
struct Totals {
    cases: usize,
}

#[derive(Debug, Deserialize)]
pub(super) struct Case {
    pub(super) path: String,
    scenario: String,
    case: Option<String>,
    repetition: Option<u32>,
    status: String,
    reason: Option<String>,
    interrupted: bool,
    pub(super) worker: usize,
    began: f64,
    seconds: f64,
    counts: Counts,
    steps: Vec<Step>,
    printed: Vec<String>,
    not_run: Vec<String>,
    failures: Vec<Wrong>,
    warnings: Vec<String>,
    earlier: Vec<Case>,
    rerun: String,
}

#[derive(Debug, Deserialize)]
struct Counts {
    passed: usize,
    failed: usize,
    skipped: usize,
    not_run: usize,
    requests: usize,
    snapshots: usize,
}

#[derive(Debug, Deserialize)]
struct Step {
    label: String,
    kind: String,
    place: Place,
    status: String,
    reason: Option<String>,
    summary: String,
    began: f64,
    seconds: f64,
    tries: u32,
    retries: u32,
    failures: Vec<Wrong>,
    exchanges: Vec<Called>,
    snapshot: Option<Snapshot>,
    pages: Vec<Page>,
}

#[derive(Debug, Deserialize)]
struct Wrong {
    kind: String,
    place: Option<Place>,
    message: String,
    expected: Option<String>,
    actual: Option<String>,
    notes: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Called {
    request: Option<Sent>,
    response: Came,
    began: f64,
    seconds: f64,
}

#[derive(Debug, Deserialize)]
struct Header {
    name: String,
    value: String,
}

#[derive(Debug, Deserialize)]
struct Sent {
    method: String,
    url: String,
    headers: Vec<Header>,
    text: Option<String>,
    base64: Option<String>,
    parts: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Came {
    status: Option<u16>,
    url: String,
    headers: Vec<Header>,
    seconds: f64,
    text: Option<String>,
    base64: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Page {
    name: String,
    url: String,
    title: String,
    picture: Option<PathBuf>,
    text: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
struct Snapshot {
    outcome: String,
    path: Option<PathBuf>,
    pending: Option<PathBuf>,
    #[serde(default)]
    diff: Vec<String>,
}

/// A case as it was, with all that was told of it before its end.
pub(super) struct Told {
    pub(super) outcome: Arc<CaseOutcome>,
    pub(super) steps: Vec<Arc<StepOutcome>>,
    pub(super) printed: Vec<String>,
    pub(super) rerun: String,
}

impl Report {
    /// Reads a report that this version has written; says what is wrong with any other.
    pub(super) fn read(text: &[u8]) -> Result<Report, String> {
        let head: Head = serde_json::from_slice(text).map_err(|error| {
            if error.is_eof() {
                format!("it is not whole: it breaks off at line {}", error.line())
            } else {
                format!("it is no report of sammati: {error}")
            }
        })?;
        let ours = env!("CARGO_PKG_VERSION");
        if head.tool.version != ours {
            return Err(format!(
                "it was written by sammati {}, and this is {ours}: merge with the version that ran",
                head.tool.version
            ));
        }
        if head.format != 1 {
            return Err(format!("its format is {}, not 1", head.format));
        }
        let report: Report = serde_json::from_slice(text)
            .map_err(|error| format!("it is not as this version of sammati writes it: {error}"))?;
        if report.totals.cases != report.cases.len() {
            return Err(format!(
                "it counts {} cases and has {}",
                report.totals.cases,
                report.cases.len()
            ));
        }
        Ok(report)
    }

    /// When the run began.
    pub(super) fn started(&self) -> Result<Timestamp, String> {
        let wrong = |error| format!("`started` is `{}`: {error}", self.started);
        self.started.parse().map_err(wrong)
    }

    /// Takes note of all places that it names.
    pub(super) fn note_places(&self, places: &mut Places) -> Result<(), String> {
        self.cases.iter().try_for_each(|case| case.note(places))
    }
}

impl Case {
    fn note(&self, places: &mut Places) -> Result<(), String> {
        let steps = self.steps.iter();
        let in_steps = steps.flat_map(|step| {
            let failures = step.failures.iter().filter_map(|each| each.place.as_ref());
            std::iter::once(&step.place).chain(failures)
        });
        let outside = self.failures.iter().filter_map(|each| each.place.as_ref());
        in_steps
            .chain(outside)
            .try_for_each(|place| places.note(place))?;
        self.earlier.iter().try_for_each(|case| case.note(places))
    }

    /// The facts again, its times counted from another start and its worker from another first.
    pub(super) fn tell(self, shift: &Shift<'_>) -> Result<Told, String> {
        let about = Arc::new(CaseIdentity {
            path: self.path,
            scenario: self.scenario,
            case: self.case,
            repetition: self.repetition,
        });
        let steps = self.steps.into_iter().map(|step| step.tell(shift));
        let steps = steps.collect::<Result<Vec<_>, _>>()?;
        let failed =
            |step: &&Arc<StepOutcome>| matches!(step.status, Status::Failed | Status::Errored);
        let flaky = |step: &&Arc<StepOutcome>| step.is_flaky();
        let earlier = self.earlier.into_iter().map(|each| each.tell(shift));
        let earlier = earlier.map(|told| told.map(|told| told.outcome));
        let outcome = CaseOutcome {
            about,
            status: status(&self.status, self.reason)?,
            interrupted: self.interrupted,
            began: shift.started + duration(self.began)?,
            duration: duration(self.seconds)?,
            worker: shift.worker + self.worker,
            counts: StepCounts {
                passed: self.counts.passed,
                failed: self.counts.failed,
                skipped: self.counts.skipped,
                not_run: self.counts.not_run,
                requests: self.counts.requests,
                snapshots: self.counts.snapshots,
            },
            failed: steps.iter().filter(failed).cloned().collect(),
            not_run: self.not_run,
            flaky: steps.iter().filter(flaky).cloned().collect(),
            failures: wrongs(self.failures, shift)?,
            warnings: self.warnings,
            earlier: earlier.collect::<Result<_, _>>()?,
        };
        Ok(Told {
            outcome: Arc::new(outcome),
            steps,
            printed: self.printed,
            rerun: self.rerun,
        })
    }
}

/// Where the facts of one report stand among those of all.
pub(super) struct Shift<'a> {
    /// How long after the first it began.
    pub(super) started: Duration,
    /// The number of its first worker.
    pub(super) worker: usize,
    /// Its places.
    pub(super) places: &'a Places,
}

impl Step {
    fn tell(self, shift: &Shift<'_>) -> Result<Arc<StepOutcome>, String> {
        let exchanges = self.exchanges.into_iter().map(|each| each.tell(shift));
        Ok(Arc::new(StepOutcome {
            span: shift.places.span(&self.place),
            kind: step_kind(&self.kind)?,
            label: self.label,
            summary: self.summary,
            status: status(&self.status, self.reason)?,
            began: shift.started + duration(self.began)?,
            duration: duration(self.seconds)?,
            tries: self.tries,
            retries: self.retries,
            failures: wrongs(self.failures, shift)?,
            exchanges: exchanges.collect::<Result<_, _>>()?,
            snapshot: self.snapshot.map(Snapshot::tell).transpose()?,
            // Where the files stand on the machine that ran, which is where they stand in its artefacts.
            pages: self.pages.into_iter().map(Page::tell).collect(),
            written: None,
        }))
    }
}

fn wrongs(wrongs: Vec<Wrong>, shift: &Shift<'_>) -> Result<Vec<Failure>, String> {
    let tell = |wrong: Wrong| {
        Ok(Failure {
            kind: failure_kind(&wrong.kind)?,
            span: wrong.place.map(|place| shift.places.span(&place)),
            message: wrong.message,
            expected: wrong.expected,
            actual: wrong.actual,
            notes: wrong.notes,
        })
    };
    wrongs.into_iter().map(tell).collect()
}

impl Called {
    fn tell(self, shift: &Shift<'_>) -> Result<Arc<Exchange>, String> {
        let request = match self.request {
            Some(sent) => Request {
                body: body(sent.text, sent.base64)?,
                method: sent.method,
                url: sent.url,
                headers: headers(sent.headers),
                brief: sent.parts.map(Arc::from),
            },
            None => Request::default(),
        };
        let came = self.response;
        let status = came.status.unwrap_or(0);
        let known = StatusCode::from_u16(status).ok();
        let response = Response {
            status,
            reason: known
                .and_then(|status| status.canonical_reason())
                .unwrap_or_default(),
            headers: headers(came.headers),
            body: body(came.text, came.base64)?,
            url: came.url,
            duration: duration(came.seconds)?,
            ..Response::default()
        };
        Ok(Arc::new(Exchange {
            request,
            response,
            began: shift.started + duration(self.began)?,
            took: duration(self.seconds)?,
        }))
    }
}

/// Exchanges that this run has written.
pub(super) fn exchanges(json: &[u8]) -> Result<Vec<Arc<Exchange>>, String> {
    let read: Vec<Called> = serde_json::from_slice(json).map_err(|error| error.to_string())?;
    let shift = Shift {
        started: Duration::ZERO,
        worker: 0,
        places: &Places::default(),
    };
    read.into_iter().map(|each| each.tell(&shift)).collect()
}

impl Page {
    fn tell(self) -> PageSeen {
        PageSeen {
            name: self.name,
            url: self.url,
            title: self.title,
            picture: self.picture,
            text: self.text,
        }
    }
}

impl Snapshot {
    fn tell(self) -> Result<SnapshotOutcome, String> {
        let path = self.path.unwrap_or_default();
        let diff = self.diff.iter().map(|line| diff_line(line)).collect();
        let pending = self.pending;
        Ok(match self.outcome.as_str() {
            "same" => SnapshotOutcome::Same,
            "updated" => SnapshotOutcome::Updated(path),
            "new" => SnapshotOutcome::New {
                path,
                pending,
                diff,
            },
            "different" => SnapshotOutcome::Different {
                path,
                pending,
                diff,
            },
            other => return Err(format!("there is no snapshot outcome `{other}`")),
        })
    }
}

fn diff_line(line: &str) -> DiffLine {
    let rest = || line.chars().skip(2).collect::<String>();
    match line.chars().next() {
        Some('-') => DiffLine::Removed(rest()),
        Some('+') => DiffLine::Added(rest()),
        Some('…') => DiffLine::Folded(rest().parse().unwrap_or_default()),
        _ => DiffLine::Same(rest()),
    }
}

fn headers(headers: Vec<Header>) -> Vec<(String, String)> {
    let pair = |header: Header| (header.name, header.value);
    headers.into_iter().map(pair).collect()
}

fn body(text: Option<String>, base64: Option<String>) -> Result<Bytes, String> {
    match (text, base64) {
        (Some(text), _) => Ok(text.into()),
        (None, Some(coded)) => STANDARD
            .decode(coded)
            .map(Bytes::from)
            .map_err(|error| format!("a body is no base64: {error}")),
        (None, None) => Ok(Bytes::new()),
    }
}

pub(super) fn duration(seconds: f64) -> Result<Duration, String> {
    Duration::try_from_secs_f64(seconds).map_err(|error| format!("{seconds} seconds: {error}"))
}

fn status(word: &str, reason: Option<String>) -> Result<Status, String> {
    Ok(match word {
        "passed" => Status::Passed,
        "failed" => Status::Failed,
        "errored" => Status::Errored,
        "skipped" => Status::Skipped(reason.unwrap_or_default()),
        "not_run" => Status::NotRun(reason.unwrap_or_default()),
        other => return Err(format!("there is no status `{other}`")),
    })
}

fn failure_kind(word: &str) -> Result<FailureKind, String> {
    [
        FailureKind::Mismatch,
        FailureKind::Snapshot,
        FailureKind::Transport,
        FailureKind::Request,
        FailureKind::Timeout,
    ]
    .into_iter()
    .find(|kind| kind_word(*kind) == word)
    .ok_or_else(|| format!("there is no kind of failure `{word}`"))
}

fn step_kind(word: &str) -> Result<StepKind, String> {
    [
        StepKind::Request,
        StepKind::Consent,
        StepKind::Await,
        StepKind::Browser,
        StepKind::Sandbox,
        StepKind::Sleep,
        StepKind::Print,
        StepKind::Set,
        StepKind::Use,
    ]
    .into_iter()
    .find(|kind| step_word(*kind) == word)
    .ok_or_else(|| format!("there is no kind of step `{word}`"))
}
