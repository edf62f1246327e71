//! What a step gathers while it runs, and what of it is shown. Secrets are hidden here.

use bytes::Bytes;
use percent_encoding::percent_decode_str;
use std::borrow::Cow;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::time::Instant;

use super::guard::find_in_encoded;
use super::send::Lack;
use super::trouble::Trouble;
use crate::model::duration;
use crate::model::exchange::{Exchange, Request, Response};
use crate::model::outcome::{
    DiffLine, Failure, FailureKind, Keep, PageSeen, SnapshotOutcome, Status, StepKind, StepOutcome,
};
use crate::model::plan::{Action, Step};
use crate::model::secret::Secrets;

/// A request with its answer, before anything is hidden.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) request: Request,
    pub(super) response: Arc<Response>,
    pub(super) began: Instant,
    pub(super) took: Duration,
}

/// A step as far as it has come.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) started: Instant,
    pub(super) summary: String,
    /// Which turn of a loop it is: `turn 3 of 7, fip = "setu-fip"`.
    pub(super) turn: String,
    pub(super) tries: u32,
    /// How many tries were made because `retry` asked for them.
    pub(super) retries: u32,
    /// How long requests have waited for the target's `rate`.
    pub(super) waited: Duration,
    /// Why there was no further retry, to be told if the step fails.
    pub(super) note: Option<String>,
    pub(super) failures: Vec<Failure>,
    /// What the last try lacked that got no answer.
    pub(super) lack: Option<Lack>,
    /// Why it failed, where that is asked for and known better than from the failures.
    pub(super) trouble: Option<Trouble>,
    /// Earlier exchanges, where all of them are kept; and a notification that is shown, but is not the step's response.
    pub(super) earlier: Vec<Answer>,
    /// The last exchange.
    pub(super) last: Option<Answer>,
    pub(super) snapshot: Option<SnapshotOutcome>,
    /// Pages of a driven browser, secrets hidden.
    pub(super) pages: Vec<PageSeen>,
    /// Whether something failed that is nobody's answer: a snapshot could not be read, say.
    pub(super) errored: bool,
    /// How the step ended, if it neither passed nor failed.
    pub(super) ended: Option<Status>,
}

impl Record {
    /// A step that begins now.
    pub(super) fn new() -> Self {
        Record {
            started: Instant::now(),
            summary: String::new(),
            turn: String::new(),
            tries: 0,
            retries: 0,
            waited: Duration::ZERO,
            note: None,
            failures: Vec::new(),
            lack: None,
            trouble: None,
            earlier: Vec::new(),
            last: None,
            snapshot: None,
            pages: Vec::new(),
            errored: false,
            ended: None,
        }
    }

    /// Keeps an answer as the last one.
    pub(super) fn answered(&mut self, answer: Answer, keep: Keep) {
        if let Some(earlier) = self.last.replace(answer)
            && keep != Keep::Failures
        {
            self.earlier.push(earlier);
        }
    }

    /// Adds what is to be told of retries to the first failure.
    pub(super) fn tell_note(&mut self) {
        if let (Some(failure), Some(note)) = (self.failures.first_mut(), self.note.take()) {
            failure.notes.push(note);
        }
    }

    /// How the step ended.
    pub(super) fn status(&self) -> Status {
        if let Some(ended) = &self.ended {
            return ended.clone();
        }
        if self.failures.is_empty() {
            return Status::Passed;
        }
        let unanswered = |failure: &Failure| match failure.kind {
            FailureKind::Mismatch | FailureKind::Snapshot => false,
            FailureKind::Timeout => self.last.is_none(),
            FailureKind::Transport | FailureKind::Request => true,
        };
        if self.errored || self.failures.iter().any(unanswered) {
            Status::Errored
        } else {
            Status::Failed
        }
    }

    /// Whether the steps after it must not run. A snapshot that differs lets them, so that one run collects
    /// all that changed.
    pub(super) fn ends_the_case(&self) -> bool {
        self.failures
            .iter()
            .any(|failure| failure.kind != FailureKind::Snapshot)
    }

    /// What is told of the step, its times counted from the start of the run.
    pub(super) fn into_outcome(
        self,
        step: &Step,
        label: String,
        secrets: &Secrets,
        keep: Keep,
        run_started: Instant,
    ) -> StepOutcome {
        let status = self.status();
        let failed = matches!(status, Status::Failed | Status::Errored);
        let summary = match (self.summary.as_str(), self.turn.as_str()) {
            (summary, "") => summary.to_owned(),
            ("", turn) => turn.to_owned(),
            (summary, turn) => format!("{summary}, {turn}"),
        };
        let summary = match duration::display(self.waited) {
            // Less than anybody sees.
            waited if waited == "0ms" => summary,
            waited => format!("{summary}, waited {waited} for the target's rate"),
        };
        let last = self.last.filter(|_| failed || keep != Keep::Failures);
        StepOutcome {
            span: step.span,
            kind: kind(&step.action),
            label: hide_text(label, secrets),
            summary: hide_text(summary, secrets),
            status: match status {
                Status::Skipped(reason) => Status::Skipped(secrets.hide(&reason)),
                Status::NotRun(reason) => Status::NotRun(secrets.hide(&reason)),
                other => other,
            },
            began: self.started.duration_since(run_started),
            duration: self.started.elapsed(),
            tries: self.tries,
            retries: self.retries,
            failures: hide_failures(self.failures, secrets),
            exchanges: self
                .earlier
                .into_iter()
                .chain(last)
                .map(|answer| Arc::new(hide_exchange(answer, secrets, run_started)))
                .collect(),
            snapshot: self.snapshot.map(|outcome| hide_diff(outcome, secrets)),
            pages: self.pages,
            written: None,
        }
    }
}

fn kind(action: &Action) -> StepKind {
    match action {
        Action::Http(_) => StepKind::Request,
        Action::Consent(_) => StepKind::Consent,
        Action::Await(_) => StepKind::Await,
        Action::Browser(_) => StepKind::Browser,
        Action::Sandbox(_) => StepKind::Sandbox,
        Action::Sleep(_) => StepKind::Sleep,
        Action::Print(_) => StepKind::Print,
        Action::Set(_) => StepKind::Set,
        Action::Use(_) => StepKind::Use,
    }
}

/// The failures as they are shown.
pub(super) fn hide_failures(failures: Vec<Failure>, secrets: &Secrets) -> Vec<Failure> {
    if secrets.is_empty() {
        return failures;
    }
    let hide = |text: String| secrets.hide(&text);
    failures
        .into_iter()
        .map(|failure| Failure {
            message: hide(failure.message),
            expected: failure.expected.map(hide),
            actual: failure.actual.map(hide),
            notes: failure.notes.into_iter().map(hide).collect(),
            ..failure
        })
        .collect()
}

/// A URL as it is shown: where a secret stands in it half encoded, the whole is decoded first.
pub(super) fn hide_url(url: &str, secrets: &Secrets) -> String {
    if secrets.is_empty() {
        return url.to_owned();
    }
    let hidden = secrets.hidden_of_few(url).into_owned();
    if find_in_encoded(secrets, &hidden).is_none() {
        return hidden;
    }
    let spaced = hidden.replace('+', " ");
    secrets.hide(&percent_decode_str(&spaced).decode_utf8_lossy())
}

/// A text that was made to be shown.
fn hide_text(text: String, secrets: &Secrets) -> String {
    if let Cow::Owned(hidden) = secrets.hidden_of_few(&text) {
        return hidden;
    }
    text
}

/// What is shown of an answer. What has nothing to hide stays what it was: to copy all of it took longer than to look
/// for secrets in it.
fn hide_exchange(answer: Answer, secrets: &Secrets, run_started: Instant) -> Exchange {
    let Answer {
        request,
        response,
        began,
        took,
    } = answer;
    let response = owned(response);
    Exchange {
        began: began.duration_since(run_started),
        took,
        request: Request {
            url: hide_url_of(request.url, secrets),
            headers: hide_headers(request.headers, secrets),
            // Nobody reads it, and a secret in a file's name may be half encoded there.
            body: match request.brief {
                Some(_) => Bytes::new(),
                None => hide_body(&request.body, secrets),
            },
            brief: request.brief.map(|brief| secrets.hide(&brief).into()),
            method: request.method,
        },
        response: Response {
            headers: hide_headers(response.headers, secrets),
            body: hide_body(&response.body, secrets),
            url: hide_url_of(response.url, secrets),
            json: OnceLock::new(),
            ..response
        },
    }
}

/// The response itself, where nothing reads it any more.
fn owned(response: Arc<Response>) -> Response {
    Arc::try_unwrap(response).unwrap_or_else(|shared| Response {
        status: shared.status,
        reason: shared.reason,
        headers: shared.headers.clone(),
        body: shared.body.clone(),
        url: shared.url.clone(),
        duration: shared.duration,
        json: OnceLock::new(),
    })
}

fn hide_url_of(url: String, secrets: &Secrets) -> String {
    if secrets.is_empty() {
        return url;
    }
    hide_url(&url, secrets)
}

/// Credentials are hidden even where no secret is known.
fn hide_headers(mut headers: Vec<(String, String)>, secrets: &Secrets) -> Vec<(String, String)> {
    for (name, value) in &mut headers {
        let hidden = match name.as_str() {
            "authorization"
            | "proxy-authorization"
            | "cookie"
            | "set-cookie"
            | "x-client-secret" => Cow::Owned("[hidden]".to_owned()),
            "location" | "content-location" => hide_url(value, secrets).into(),
            _ => secrets.hidden(value),
        };
        if let Cow::Owned(hidden) = hidden {
            *value = hidden;
        }
    }
    headers
}

fn hide_body(body: &Bytes, secrets: &Secrets) -> Bytes {
    if secrets.is_empty() {
        return body.clone();
    }
    let is_found = secrets.find(body).is_some();
    match std::str::from_utf8(body) {
        // Whoever shows JSON to people reads it first, and any character may be escaped in it.
        Ok(text) if text.contains("\\u") && is_in_json(text, secrets) => {
            let value: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
            secrets.hide(&value.to_string()).into()
        }
        _ if is_found => secrets.hide(&String::from_utf8_lossy(body)).into(),
        Ok(text) if text.contains('%') && find_in_encoded(secrets, text).is_some() => {
            hide_url(text, secrets).into()
        }
        _ => body.clone(),
    }
}

fn is_in_json(text: &str, secrets: &Secrets) -> bool {
    serde_json::from_str::<serde_json::Value>(text)
        .is_ok_and(|value| secrets.find(value.to_string().as_bytes()).is_some())
}

fn hide_diff(outcome: SnapshotOutcome, secrets: &Secrets) -> SnapshotOutcome {
    let hide = |lines: Vec<DiffLine>| {
        lines
            .into_iter()
            .map(|line| match line {
                DiffLine::Same(text) => DiffLine::Same(secrets.hide(&text)),
                DiffLine::Removed(text) => DiffLine::Removed(secrets.hide(&text)),
                DiffLine::Added(text) => DiffLine::Added(secrets.hide(&text)),
                DiffLine::Folded(count) => DiffLine::Folded(count),
            })
            .collect()
    };
    match outcome {
        SnapshotOutcome::New {
            path,
            pending,
            diff,
        } => SnapshotOutcome::New {
            path,
            pending,
            diff: hide(diff),
        },
        SnapshotOutcome::Different {
            path,
            pending,
            diff,
        } => SnapshotOutcome::Different {
            path,
            pending,
            diff: hide(diff),
        },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(kind: FailureKind) -> Failure {
        Failure::new(kind, None, "x")
    }

    #[test]
    fn failed_and_errored_are_different_words() {
        let status = |kinds: &[FailureKind], answered: bool| {
            let mut record = Record::new();
            record.failures = kinds.iter().map(|kind| failure(*kind)).collect();
            record.last = answered.then(|| Answer {
                request: Request::default(),
                response: Arc::default(),
                began: Instant::now(),
                took: Duration::ZERO,
            });
            record.status()
        };
        use FailureKind::{Mismatch, Request as Unasked, Snapshot, Timeout, Transport};
        assert_eq!(status(&[], true), Status::Passed);
        assert_eq!(status(&[Mismatch, Snapshot], true), Status::Failed);
        assert_eq!(status(&[Mismatch, Unasked], true), Status::Errored);
        assert_eq!(status(&[Transport], false), Status::Errored);
        assert_eq!(status(&[Timeout], true), Status::Failed);
        assert_eq!(status(&[Timeout], false), Status::Errored);
    }

    #[test]
    fn what_is_shown_has_no_secrets() {
        let mut secrets = Secrets::default();
        secrets.add("token", "abc/def ghi-jkl");
        let answer = Answer {
            request: Request {
                brief: None,
                method: "GET".into(),
                url: "http://a.test/?t=abc/def%20ghi-jkl".into(),
                headers: vec![
                    ("authorization".into(), "Bearer unknown".into()),
                    ("x-t".into(), "abc/def ghi-jkl".into()),
                ],
                body: Bytes::from_static(b"t=abc/def%20ghi-jkl"),
            },
            response: Arc::new(Response {
                headers: vec![("set-cookie".into(), "sid=1".into())],
                body: Bytes::from_static(br#"{"t": "abc/def ghi-jkl"}"#),
                ..Response::default()
            }),
            began: Instant::now(),
            took: Duration::ZERO,
        };
        let escaped = Bytes::from_static(br#"{"t": "abc/d\u0065f \u0067hi-jkl"}"#);
        assert_eq!(hide_body(&escaped, &secrets), r#"{"t":"[token]"}"#);
        let shown = format!("{:?}", hide_exchange(answer, &secrets, Instant::now()));
        for secret in ["ghi", "unknown", "sid=1"] {
            assert!(!shown.contains(secret), "{shown}");
        }
        assert!(shown.contains("[token]"));
    }
}
