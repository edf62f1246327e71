//! Facts as JSON, the same in every report that is JSON: `schemas/report.schema.json` says which.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::facts::RunFacts;
use super::text::shown_path;
use crate::model::exchange::{Exchange, Request, Response};
use crate::model::outcome::{
    CaseIdentity, CaseOutcome, DiffLine, Failure, FailureKind, RunOutcome, SnapshotOutcome, Status,
    StepKind, StepOutcome,
};
use crate::model::source::Span;

/// A line of a file that is longer is not told.
const LONGEST_LINE: usize = 2000;

/// What a case is called.
pub(super) fn identity(about: &CaseIdentity) -> Value {
    json!({
        "path": about.path,
        "scenario": about.scenario,
        "case": about.case,
        "repetition": about.repetition,
    })
}

/// When the run began.
pub(super) fn started(facts: &RunFacts) -> String {
    facts.started.to_string()
}

/// Which part of how many it is, or null.
pub(super) fn shard(facts: &RunFacts) -> Value {
    match facts.shard {
        Some((index, count)) => json!({ "index": index, "count": count }),
        None => Value::Null,
    }
}

/// A case, with the steps and the printed lines that were told of it.
pub(super) fn case(
    outcome: &CaseOutcome,
    steps: &[Arc<StepOutcome>],
    printed: &[String],
    facts: &RunFacts,
) -> Value {
    let counts = &outcome.counts;
    let mut value = object(identity(&outcome.about));
    add_status(&mut value, &outcome.status);
    value.extend(object(json!({
        "flaky": outcome.is_flaky(),
        "interrupted": outcome.interrupted,
        "worker": outcome.worker,
        "began": seconds(outcome.began),
        "seconds": seconds(outcome.duration),
        "counts": {
            "passed": counts.passed,
            "failed": counts.failed,
            "skipped": counts.skipped,
            "not_run": counts.not_run,
            "requests": counts.requests,
            "snapshots": counts.snapshots,
        },
        "steps": steps.iter().map(|each| step(each, facts)).collect::<Vec<_>>(),
        "printed": printed,
        "not_run": outcome.not_run,
        "failures": failures(&outcome.failures, facts),
        "warnings": outcome.warnings,
        "earlier": outcome.earlier.iter().map(|earlier| case(earlier, &earlier.failed, &[], facts)).collect::<Vec<_>>(),
        "rerun": facts.rerun(&outcome.about),
    })));
    Value::Object(value)
}

/// A step.
pub(super) fn step(outcome: &StepOutcome, facts: &RunFacts) -> Value {
    let mut value = object(json!({
        "label": outcome.label,
        "kind": step_word(outcome.kind),
        "place": place(outcome.span, facts),
    }));
    add_status(&mut value, &outcome.status);
    value.extend(object(json!({
        "flaky": outcome.is_flaky(),
        "summary": outcome.summary,
        "began": seconds(outcome.began),
        "seconds": seconds(outcome.duration),
        "tries": outcome.tries,
        "retries": outcome.retries,
        "failures": failures(&outcome.failures, facts),
        "exchanges": outcome.exchanges.iter().map(|each| exchange(each)).collect::<Vec<_>>(),
        "snapshot": outcome.snapshot.as_ref().map(|each| snapshot(each, facts)),
    })));
    Value::Object(value)
}

/// How many cases ended how.
pub(super) fn totals(outcome: &RunOutcome) -> Value {
    json!({
        "cases": outcome.cases.len(),
        "passed": outcome.count(|status| *status == Status::Passed),
        "flaky": outcome.cases.iter().filter(|case| case.is_flaky()).count(),
        "failed": outcome.count(|status| *status == Status::Failed),
        "errored": outcome.count(|status| *status == Status::Errored),
        "skipped": outcome.count(|status| matches!(status, Status::Skipped(_))),
        "not_run": outcome.count(|status| matches!(status, Status::NotRun(_))),
    })
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

/// The members of what is written as an object.
pub(super) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        other => Map::from_iter([("value".to_owned(), other)]),
    }
}

fn add_status(value: &mut Map<String, Value>, status: &Status) {
    value.insert("status".into(), status_word(status).into());
    let reason = match status {
        Status::Skipped(reason) | Status::NotRun(reason) => Value::from(reason.as_str()),
        Status::Passed | Status::Failed | Status::Errored => Value::Null,
    };
    value.insert("reason".into(), reason);
}

fn failures(failures: &[Failure], facts: &RunFacts) -> Vec<Value> {
    let value = |failure: &Failure| {
        json!({
            "kind": kind_word(failure.kind),
            "place": failure.span.map(|span| marked(span, facts)),
            "message": failure.message,
            "expected": failure.expected,
            "actual": failure.actual,
            "notes": failure.notes,
        })
    };
    failures.iter().map(value).collect()
}

fn place(span: Span, facts: &RunFacts) -> Value {
    let position = facts.sources.position(span);
    json!({
        "path": facts.sources.get(span.file).path,
        "line": position.line,
        "column": position.column,
    })
}

/// A place with its line and how much of it is meant.
fn marked(span: Span, facts: &RunFacts) -> Value {
    let mut value = object(place(span, facts));
    let source = &facts.sources.get(span.file).text;
    let position = facts.sources.position(span);
    let line = source.split('\n').nth(position.line - 1);
    let line = line.unwrap_or_default().trim_end_matches('\r');
    if line.len() <= LONGEST_LINE {
        let covered = source
            .get(span.start as usize..span.end as usize)
            .and_then(|part| part.lines().next())
            .map_or(1, |part| part.trim_end().chars().count());
        value.insert("text".into(), line.into());
        value.insert("length".into(), covered.max(1).into());
    }
    Value::Object(value)
}

fn exchange(exchange: &Exchange) -> Value {
    let request = (!exchange.response.is_notification()).then(|| request(&exchange.request));
    json!({
        "request": request,
        "response": response(&exchange.response),
        "began": seconds(exchange.began),
        "seconds": seconds(exchange.took),
    })
}

fn request(request: &Request) -> Value {
    let mut value = object(json!({
        "method": request.method,
        "url": request.url,
        "headers": headers(&request.headers),
    }));
    match &request.brief {
        Some(brief) => value.extend([("parts".to_owned(), Value::from(brief.as_ref()))]),
        None => add_body(&mut value, &request.body),
    }
    Value::Object(value)
}

fn response(response: &Response) -> Value {
    let status = (!response.is_notification()).then_some(response.status);
    let mut value = object(json!({
        "status": status,
        "url": response.url,
        "headers": headers(&response.headers),
        "seconds": seconds(response.duration),
    }));
    add_body(&mut value, &response.body);
    Value::Object(value)
}

fn headers(headers: &[(String, String)]) -> Vec<Value> {
    let value = |(name, value): &(String, String)| json!({ "name": name, "value": value });
    headers.iter().map(value).collect()
}

fn add_body(value: &mut Map<String, Value>, body: &[u8]) {
    let (name, text) = match std::str::from_utf8(body) {
        Ok(text) => ("text", text.to_owned()),
        Err(_) => ("base64", STANDARD.encode(body)),
    };
    value.insert(name.into(), text.into());
}

fn snapshot(outcome: &SnapshotOutcome, facts: &RunFacts) -> Value {
    let shown = |path: &Path| shown_path(path, &facts.working_folder);
    match outcome {
        SnapshotOutcome::Same => json!({ "outcome": "same" }),
        SnapshotOutcome::Updated(path) => json!({ "outcome": "updated", "path": shown(path) }),
        SnapshotOutcome::New {
            path,
            pending,
            diff,
        } => json!({
            "outcome": "new",
            "path": shown(path),
            "pending": pending.as_deref().map(shown),
            "diff": diff_text(diff),
        }),
        SnapshotOutcome::Different {
            path,
            pending,
            diff,
        } => json!({
            "outcome": "different",
            "path": shown(path),
            "pending": pending.as_deref().map(shown),
            "diff": diff_text(diff),
        }),
    }
}

fn diff_text(diff: &[DiffLine]) -> Vec<String> {
    let line = |line: &DiffLine| match line {
        DiffLine::Same(text) => format!("  {text}"),
        DiffLine::Removed(text) => format!("- {text}"),
        DiffLine::Added(text) => format!("+ {text}"),
        DiffLine::Folded(count) => format!("… {count}"),
    };
    diff.iter().map(line).collect()
}
