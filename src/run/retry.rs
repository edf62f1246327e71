//! Retries: a request is sent again after no answer, or after one that may be better soon.

use jiff::Timestamp;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

use super::case::Case;
use super::limits::Cut;
use super::pauses::Pauses;
use super::record::Record;
use super::request::{Prepared, from_render};
use super::send::{Lack, Unanswered};
use super::trouble::Trouble;
use crate::model::duration;
use crate::model::exchange::Response;
use crate::model::matcher::{Actual, describe};
use crate::model::outcome::{Failure, FailureKind};
use crate::model::plan::{Check, Expectation, MOST_RETRIES, Retry, RetryOn, Step, Subject};
use crate::model::template::{Engine, Scope};

/// A server that asks for a longer wait is not asked again.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// A retry with everything in it evaluated.
#[derive(Clone, Debug)]
pub(super) struct Retrying {
    times: u64,
    pauses: Pauses,
    on: Vec<RetryOn>,
}

impl Retrying {
    pub(super) fn new(retry: &Retry, engine: &Engine, scope: &Scope) -> Result<Self, Failure> {
        let render = |error| from_render(error, retry.span);
        let times = engine.build(&retry.times, scope).map_err(render)?;
        let Some(times) = times.as_u64().filter(|times| *times <= MOST_RETRIES) else {
            return Err(Failure {
                expected: Some(format!("a whole number up to {MOST_RETRIES}")),
                actual: Some(describe(&times)),
                ..Failure::new(FailureKind::Request, Some(retry.span), "retry")
            });
        };
        Ok(Retrying {
            times,
            pauses: Pauses::new(&retry.every, engine, scope).map_err(render)?,
            on: retry.on.clone(),
        })
    }

    fn is_for_lack(&self, lack: Lack) -> bool {
        self.on.iter().any(|on| match on {
            RetryOn::Transport => matches!(lack, Lack::TimedOut | Lack::Broken),
            RetryOn::Timeout => lack == Lack::TimedOut,
            RetryOn::Failure => lack != Lack::Final,
            RetryOn::Status(_) | RetryOn::Hundred(_) => false,
        })
    }

    /// Whether there are any tries left.
    pub(super) fn has_tries(&self) -> bool {
        self.times > 0
    }

    /// How long to wait before a whole step or fragment is tried again that failed so, if it is; one try is used up then.
    /// Where several steps failed, each must have failed so that another try may help.
    pub(super) fn pause_before(&mut self, troubles: &[Trouble]) -> Option<Duration> {
        let is_for_all = troubles.iter().all(|trouble| self.is_for(*trouble));
        if self.times == 0 || troubles.is_empty() || !is_for_all {
            return None;
        }
        let asked = troubles.iter().filter_map(|trouble| trouble.asked()).max();
        let pause = self.pauses.step().max(asked.unwrap_or_default());
        if asked.is_some_and(|asked| asked > LONGEST_WAIT) {
            return None;
        }
        self.times -= 1;
        Some(pause)
    }

    fn is_for(&self, trouble: Trouble) -> bool {
        let is_named = |on: &RetryOn| match on {
            RetryOn::Transport => matches!(trouble, Trouble::Broken | Trouble::TimedOut),
            RetryOn::Timeout => matches!(trouble, Trouble::TimedOut | Trouble::NotSo),
            RetryOn::Failure => trouble != Trouble::Final,
            RetryOn::Status(_) | RetryOn::Hundred(_) => false,
        };
        match trouble {
            Trouble::Answered(status, _) => self.is_for_status(status),
            _ => self.on.iter().any(is_named),
        }
    }

    fn is_for_status(&self, status: u16) -> bool {
        self.on.iter().any(|on| match on {
            RetryOn::Status(one) => *one == status,
            RetryOn::Hundred(hundred) => status / 100 == *hundred,
            RetryOn::Failure => true,
            RetryOn::Transport | RetryOn::Timeout => false,
        })
    }
}

impl Case<'_> {
    /// Sends a request, and again where its `retry` says so. The last answer counts.
    pub(super) async fn persist(
        &mut self,
        step: &Step,
        prepared: &Prepared,
        scope: &Scope,
        not_after: Option<Instant>,
        record: &mut Record,
    ) -> Result<Result<Arc<Response>, Unanswered>, Cut> {
        let mut retry = prepared.retry.clone();
        loop {
            let sent = self.send(prepared, not_after, record).await?;
            let Some(retry) = retry.as_mut().filter(|retry| retry.times > 0) else {
                return Ok(sent);
            };
            let Some(pause) = self.pause_before_retry(retry, step, &sent, scope, record) else {
                return Ok(sent);
            };
            if not_after.is_some_and(|not_after| Instant::now() + pause >= not_after) {
                return Ok(sent);
            }
            drop(sent);
            self.limits.bound(sleep(pause)).await?;
            retry.times -= 1;
            record.retries += 1;
        }
    }

    /// How long to wait before the next try, if there is to be one.
    fn pause_before_retry(
        &self,
        retry: &mut Retrying,
        step: &Step,
        sent: &Result<Arc<Response>, Unanswered>,
        scope: &Scope,
        record: &mut Record,
    ) -> Option<Duration> {
        let response = match sent {
            Err(unanswered) if retry.is_for_lack(unanswered.lack) => {
                return Some(retry.pauses.step());
            }
            Ok(response)
                if retry.is_for_status(response.status)
                    && !is_expected(step, response, &self.run.plan.engine, scope) =>
            {
                response
            }
            _ => return None,
        };
        let pause = retry.pauses.step();
        let asked = retry_after(response);
        if let Some(asked) = asked.filter(|asked| *asked > LONGEST_WAIT) {
            record.note = Some(format!(
                "it was not tried again: the answer asks for a wait of {}, and a retry waits {} at most",
                duration::display(asked),
                duration::display(LONGEST_WAIT)
            ));
            return None;
        }
        Some(asked.map_or(pause, |asked| asked.max(pause)))
    }
}

/// Whether the step speaks of that answer's status itself, so that it is no accident. A poll that names
/// statuses looks at each answer itself.
pub(super) fn is_expected(
    step: &Step,
    response: &Arc<Response>,
    engine: &Engine,
    scope: &Scope,
) -> bool {
    if step
        .until
        .as_ref()
        .is_some_and(|until| !until.success_expected)
    {
        return true;
    }
    step.expect
        .iter()
        .any(|expectation| names(expectation, response, engine, scope))
}

fn names(
    expectation: &Expectation,
    response: &Arc<Response>,
    engine: &Engine,
    scope: &Scope,
) -> bool {
    match &expectation.check {
        Check::Subject(Subject::Status, matcher) => {
            let status = Value::from(response.status);
            matcher.names_status(response.status)
                || matcher
                    .check(Actual::Value(&status), engine, scope)
                    .is_ok_and(|mismatches| mismatches.is_empty())
        }
        Check::Subject(..) => false,
        Check::That(expression) => {
            let of_status = expression
                .names()
                .iter()
                .any(|name| name.path.first().is_some_and(|root| root == "status"));
            of_status
                && engine
                    .decide(expression, &scope.with_response(Arc::clone(response)))
                    .is_ok_and(|holds| holds)
        }
    }
}

/// How long a server asks to wait: in seconds, or until a date. The date is seen from the answer's own, if it
/// has one, because the server's clock may be another than ours.
pub(super) fn retry_after(response: &Response) -> Option<Duration> {
    let asked = response.header("retry-after")?.trim();
    if let Ok(seconds) = asked.parse::<u32>() {
        return Some(Duration::from_secs(seconds.into()));
    }
    let date = http_date(asked)?;
    let now = response
        .header("date")
        .and_then(http_date)
        .unwrap_or_else(Timestamp::now);
    Some(Duration::try_from(date.duration_since(now)).unwrap_or_default())
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`.
pub(super) fn http_date(text: &str) -> Option<Timestamp> {
    let zoned = jiff::fmt::rfc2822::parse(text.trim()).ok()?;
    Some(zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(after: &str, date: Option<&str>) -> Option<Duration> {
        let mut headers = vec![("retry-after".to_owned(), after.to_owned())];
        headers.extend(date.map(|date| ("date".to_owned(), date.to_owned())));
        retry_after(&Response {
            headers,
            ..Response::default()
        })
    }

    #[test]
    fn a_server_asks_in_seconds_or_by_a_date() {
        let date = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        let seconds = |count| Some(Duration::from_secs(count));
        assert_eq!(asks("0", None), seconds(0));
        assert_eq!(asks(" 120 ", None), seconds(120));
        assert_eq!(asks("Sun, 06 Nov 1994 08:50:07 GMT", date), seconds(30));
        assert_eq!(asks("Sun, 06 Nov 1994 08:49:07 GMT", date), seconds(0));
        assert_eq!(
            asks("Sun, 06 Nov 1994 08:49:37 GMT", None),
            seconds(0),
            "long ago"
        );
        for nothing in ["", "-1", "1.5", "soon", "99999999999999999999"] {
            assert_eq!(asks(nothing, date), None, "{nothing}");
        }
        assert!(asks("Fri, 31 Dec 2100 23:59:59 GMT", None) > seconds(LONGEST_WAIT.as_secs()));
    }
}
