//! `await`: waiting for a notification that must come, or that must not.

use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

use super::case::{Case, Frame};
use super::checks::evaluate;
use super::limits::Cut;
use super::poll::with_lacking;
use super::receiver::{Counts, Inbox, Notification};
use super::record::{Answer, Record};
use super::request::{from_render, time};
use crate::model::duration;
use crate::model::exchange::{Request, Response};
use crate::model::outcome::{Failure, FailureKind, Status};
use crate::model::plan::{Await, Patience, Step};
use crate::model::template::{Engine, Scope};

/// Why a case does not run that would wait for notifications where there are none.
pub(super) const NO_RECEIVER: &str =
    "an `await` step needs a sandbox, or a target with `notifications`";

/// What stands for a notification's request, which was sent to us.
const NOTIFICATION: &str = "(notification)";

/// A notification that lacks something, as little as any.
struct Nearest {
    response: Arc<Response>,
    lacking: Vec<Failure>,
}

/// A look at what came, as far as it has come.
struct Search<'a> {
    wanted: &'a Await,
    engine: &'a Engine,
    scope: &'a Scope,
    started: Instant,
    seen: usize,
    nearest: Option<Nearest>,
}

impl Case<'_> {
    /// Waits for a notification and takes it; or makes sure that there is none.
    pub(super) async fn await_notification(
        &mut self,
        step: &Step,
        wanted: &Await,
        frame: &mut Frame,
        record: &mut Record,
    ) -> Result<(), Cut> {
        record.summary = "await".into();
        let (Patience::Within(limit) | Patience::Absent(limit)) = &wanted.patience;
        let limit = match time(limit, &self.run.plan.engine, &frame.scope) {
            Ok(limit) => limit,
            Err(error) => {
                record.failures.push(from_render(error, wanted.span));
                return Ok(());
            }
        };
        let Some(inbox) = self.inbox.clone() else {
            // The case is skipped before it begins where nothing is received.
            record.ended = Some(Status::Skipped(NO_RECEIVER.into()));
            return Ok(());
        };
        let mut search = Search {
            wanted,
            engine: &self.run.plan.engine,
            scope: &frame.scope,
            started: Instant::now(),
            seen: 0,
            nearest: None,
        };
        let waited = self.limits.bound(search.wait(&inbox, limit)).await;
        let nearest = search.nearest;
        let found = waited?;
        match (&wanted.patience, found) {
            (Patience::Within(_), Some(response)) => {
                record.summary = took(&response);
                record.answered(answer(&response), self.run.settings.keep);
                self.judge(step, &response, wanted.span, frame, record)
                    .await?;
            }
            (Patience::Within(_), None) => {
                record.summary = "await saw no such notification".into();
                if let Some(nearest) = &nearest {
                    record.earlier.push(answer(&nearest.response));
                }
                let lacking = nearest.map_or_else(Vec::new, |nearest| nearest.lacking);
                let mut failure = did_not_come(wanted, limit, inbox.counts(), lacking);
                if failure.notes.is_empty() {
                    failure.expected = awaited(wanted, &self.run.plan.engine, &frame.scope);
                }
                record.failures.push(failure);
            }
            (Patience::Absent(_), Some(response)) => {
                record.summary = took(&response);
                record.earlier.push(answer(&response));
                record.failures.push(came(wanted, &response));
            }
            (Patience::Absent(_), None) => {
                record.summary = format!(
                    "await saw no such notification in {}",
                    duration::display(limit)
                );
                record.failures.extend(unseen(wanted, inbox.counts()));
            }
        }
        Ok(())
    }
}

impl Search<'_> {
    /// The oldest that fits, taken out of the inbox; none if none comes in time.
    async fn wait(&mut self, inbox: &Inbox, limit: Duration) -> Option<Arc<Response>> {
        let deadline = self.started + limit;
        let mut arrivals = inbox.arrivals();
        loop {
            // What comes from here on is seen in the next turn.
            arrivals.borrow_and_update();
            if let Some(found) = self.look(inbox) {
                return Some(found);
            }
            if self.is_in_vain(inbox) {
                return None;
            }
            match timeout_at(deadline, arrivals.changed()).await {
                Ok(Ok(())) => {}
                // The inbox is there as long as it is looked into.
                Ok(Err(_)) | Err(_) => return None,
            }
        }
    }

    /// Whether there is nothing more to wait for: what could not be kept may be just what must not come.
    fn is_in_vain(&self, inbox: &Inbox) -> bool {
        matches!(self.wanted.patience, Patience::Absent(_)) && inbox.counts().refused > 0
    }

    fn look(&mut self, inbox: &Inbox) -> Option<Arc<Response>> {
        for notification in inbox.after(self.seen) {
            self.seen = notification.number;
            let response = Arc::new(response(&notification, self.started.elapsed()));
            let scope = self.scope.with_response(Arc::clone(&response));
            let lacking = evaluate(&self.wanted.expectations, &response, self.engine, &scope);
            if lacking.is_empty() {
                inbox.take(notification.number);
                return Some(response);
            }
            let is_nearer = self
                .nearest
                .as_ref()
                .is_none_or(|nearest| lacking.len() <= nearest.lacking.len());
            if is_nearer {
                self.nearest = Some(Nearest { response, lacking });
            }
        }
        None
    }
}

/// A notification as the response that steps look at.
fn response(notification: &Notification, waited: Duration) -> Response {
    Response {
        status: 0,
        reason: "",
        headers: notification.headers.clone(),
        body: notification.body.clone(),
        url: notification.path.clone(),
        duration: waited,
        json: OnceLock::new(),
    }
}

fn took(response: &Response) -> String {
    format!(
        "await took a notification after {}",
        duration::display(response.duration)
    )
}

fn answer(response: &Arc<Response>) -> Answer {
    let now = Instant::now();
    Answer {
        request: Request {
            method: "POST".into(),
            url: NOTIFICATION.into(),
            ..Request::default()
        },
        response: Arc::clone(response),
        // It has just been looked at.
        began: now.checked_sub(response.duration).unwrap_or(now),
        took: response.duration,
    }
}

/// What a notification was to have in it, where none is there that lacks something: what an empty one would lack.
fn awaited(wanted: &Await, engine: &Engine, scope: &Scope) -> Option<String> {
    let empty = Arc::new(Response {
        status: 0,
        reason: "",
        headers: Vec::new(),
        body: "{}".into(),
        url: String::new(),
        duration: Duration::ZERO,
        json: OnceLock::new(),
    });
    let scope = scope.with_response(Arc::clone(&empty));
    let lacking = evaluate(&wanted.expectations, &empty, engine, &scope);
    let told = lacking.iter().filter_map(|failure| {
        let expected = failure.expected.as_ref()?;
        Some(format!("{} {expected}", failure.message))
    });
    let told = told.collect::<Vec<_>>().join(", ");
    (!told.is_empty()).then_some(told)
}

fn did_not_come(wanted: &Await, limit: Duration, counts: Counts, lacking: Vec<Failure>) -> Failure {
    let limit = duration::display(limit);
    let message = match counts.waiting {
        0 => format!("no notification came within {limit}"),
        1 => format!("no such notification within {limit}; the one that is there lacks this"),
        waiting => format!(
            "no such notification within {limit}; the nearest of the {waiting} that are there lacks this"
        ),
    };
    let mut failure = with_lacking(FailureKind::Mismatch, wanted.span, message, lacking);
    let taken = counts.came.saturating_sub(counts.waiting);
    if taken > 0 {
        let came = plural(counts.came, "notification");
        failure.notes.push(format!(
            "{came} came in this case, of which `await` took {taken} before"
        ));
    }
    failure.notes.extend(refused(counts));
    failure
}

fn came(wanted: &Await, response: &Response) -> Failure {
    let message = if response.duration < Duration::from_millis(1) {
        "a notification came that must not: it was there already".to_owned()
    } else {
        format!(
            "a notification came that must not, after {}",
            duration::display(response.duration)
        )
    };
    Failure::new(FailureKind::Mismatch, Some(wanted.span), message)
}

/// What could not be looked at may be just what must not come.
fn unseen(wanted: &Await, counts: Counts) -> Option<Failure> {
    let note = refused(counts)?;
    let message = "whether such a notification came cannot be said";
    Some(Failure {
        notes: vec![note],
        ..Failure::new(FailureKind::Mismatch, Some(wanted.span), message)
    })
}

fn refused(counts: Counts) -> Option<String> {
    (counts.refused > 0).then(|| {
        format!(
            "{} could not be kept: too large, or too many",
            plural(counts.refused, "notification")
        )
    })
}

fn plural(count: usize, noun: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{ending}")
}
