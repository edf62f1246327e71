//! One try of a request: redirects, cookies, and the guard of secrets before each of them.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::case::Case;
use super::http::{Allowance, NoAnswer, Outgoing};
use super::limits::Cut;
use super::record::{Answer, Record, hide_url};
use super::redirect::{Next, next, same_origin};
use super::request::Prepared;
use super::retry::retry_after;
use super::tls::Tls;
use crate::model::duration;
use crate::model::exchange::{Request, Response};
use crate::model::outcome::{Failure, FailureKind};

/// How many characters of a URL a summary shows.
const SHOWN_URL: usize = 120;

/// Why a try was not made.
pub(super) const RATE_LEFT_NO_TIME: &str = "the target's rate left no time for another try";

/// A try that gave no answer to look at.
#[derive(Debug)]
pub(super) struct Unanswered {
    pub(super) failure: Failure,
    pub(super) lack: Lack,
}

/// What an unanswered try lacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lack {
    /// The time was up.
    TimedOut,
    /// No connection, or not a whole answer.
    Broken,
    /// The target's rate would have let it go only when the time was up.
    NotSent,
    /// It could not be sent, was led astray, or the body is too large: another try would go the same way.
    Final,
}

impl Case<'_> {
    /// Sends a request and follows where it leads. The answer is kept in the record.
    pub(super) async fn send(
        &mut self,
        prepared: &Prepared,
        not_after: Option<Instant>,
        record: &mut Record,
    ) -> Result<Result<Arc<Response>, Unanswered>, Cut> {
        let mut outgoing = prepared.outgoing.clone();
        if let Err(failure) = Box::pin(self.renew(&mut outgoing, prepared.span)).await? {
            return Ok(Err(Unanswered {
                failure,
                lack: Lack::Final,
            }));
        }
        // Waiting for the target's rate is no part of the try.
        let mut started = Instant::now();
        let mut hops: Vec<String> = Vec::new();
        let mut sent = false;
        let fail = |kind, message| Failure::new(kind, Some(prepared.span), message);
        let astray = |why, hops: &[String]| Unanswered {
            failure: with_hops(fail(FailureKind::Transport, why), hops),
            lack: Lack::Final,
        };
        loop {
            // What a redirect repeats has no cookies in it yet.
            let plain = (prepared.follow > 0).then(|| outgoing.clone());
            self.cookies.attach(&outgoing.url, &mut outgoing.headers);
            if let Some(name) = self.guard.leak(&self.secrets, &outgoing) {
                let failure = fail(FailureKind::Request, self.refusal(name, &outgoing.url));
                return Ok(Err(Unanswered {
                    failure,
                    lack: Lack::Final,
                }));
            }
            let Some(waited) = Box::pin(self.wait_for_turn(&outgoing.url, not_after)).await? else {
                let why = RATE_LEFT_NO_TIME;
                return Ok(Err(Unanswered {
                    failure: with_hops(fail(FailureKind::Transport, why.into()), &hops),
                    lack: Lack::NotSent,
                }));
            };
            record.waited += waited;
            started += waited;
            let deadline = started + prepared.timeout;
            let allowance = Allowance {
                deadline: not_after.map_or(deadline, |not_after| not_after.min(deadline)),
                max_body: prepared.max_body,
            };
            if !sent {
                record.tries += 1;
                sent = true;
            }
            self.counts.requests += 1;
            let began = Instant::now();
            let exchanged = {
                let exchange = pin!(self.run.http.exchange(&outgoing, allowance));
                self.limits.bound(exchange).await?
            };
            let mut response = match exchanged {
                Ok(response) => response,
                Err(error) => {
                    record.summary = format!(
                        "{} {} got no answer",
                        outgoing.method,
                        self.shown(&outgoing.url)
                    );
                    let message = message(&error, started.elapsed().min(prepared.timeout));
                    return Ok(Err(Unanswered {
                        failure: with_hops(fail(FailureKind::Transport, message), &hops),
                        lack: match &error {
                            NoAnswer { is_final: true, .. } => Lack::Final,
                            NoAnswer {
                                timed_out: true, ..
                            } => Lack::TimedOut,
                            _ => Lack::Broken,
                        },
                    }));
                }
            };
            self.cookies.note(&outgoing.url, &response);
            self.heed(&outgoing.url, &response);
            response.duration = started.elapsed();
            let took = began.elapsed();
            record.summary = self.summary(&outgoing, &response);
            let next = plain.as_ref().map(|plain| {
                hops.push(format!(
                    "{} {} gave {}",
                    outgoing.method,
                    hide_url(outgoing.url.as_str(), &self.secrets),
                    response.status
                ));
                (next(plain, &response), plain.url.clone())
            });
            let response = Arc::new(response);
            record.answered(
                Answer {
                    request: as_sent(outgoing),
                    response: Arc::clone(&response),
                    began,
                    took,
                },
                self.run.settings.keep,
            );
            let Some((next, left)) = next else {
                return Ok(Ok(response));
            };
            outgoing = match next {
                Next::Stay => return Ok(Ok(response)),
                Next::Nowhere(why) => {
                    return Ok(Err(astray(why, &hops)));
                }
                Next::Ask(_) if hops.len() > prepared.follow => {
                    let why = format!("more than {} redirects", prepared.follow);
                    return Ok(Err(astray(why, &hops)));
                }
                Next::Ask(next) => next,
            };
            if !same_origin(&left, &outgoing.url) {
                // The guard looks at the request as the author made it: that credentials would be left out
                // on the way is no reason to take a secret's way lightly.
                if let Some(name) = self.guard.leak(&self.secrets, &outgoing) {
                    let why = self.refusal(name, &outgoing.url);
                    return Ok(Err(Unanswered {
                        failure: with_hops(fail(FailureKind::Request, why), &hops),
                        lack: Lack::Final,
                    }));
                }
                self.leave_origin(&mut outgoing);
            }
        }
    }

    /// Waits until the target's `rate` lets a request go, and says how long that was; none if it would be too late.
    async fn wait_for_turn(
        &self,
        url: &Url,
        not_after: Option<Instant>,
    ) -> Result<Option<Duration>, Cut> {
        let Some(pace) = self.run.pace.as_ref().filter(|_| self.guard.allows(url)) else {
            return Ok(Some(Duration::ZERO));
        };
        let began = Instant::now();
        let turn = async {
            match not_after {
                Some(not_after) => timeout_at(not_after, pace.turn()).await.is_ok(),
                None => {
                    pace.turn().await;
                    true
                }
            }
        };
        let in_time = self.limits.bound(turn).await?;
        Ok(in_time.then(|| began.elapsed()))
    }

    /// A server that has too much to do is given, by all cases, the pause that it asks for.
    fn heed(&self, url: &Url, response: &Response) {
        if let Some(pace) = self.run.pace.as_ref().filter(|_| self.guard.allows(url))
            && response.status == 429
            && let Some(asked) = retry_after(response)
        {
            pace.pause(asked);
        }
    }

    /// Credentials are for the server they were given for.
    fn leave_origin(&self, outgoing: &mut Outgoing) {
        outgoing.headers.retain(|(name, value)| {
            !matches!(
                name.as_str(),
                "authorization" | "proxy-authorization" | "cookie"
            ) && self.secrets.find(value.as_bytes()).is_none()
        });
        if outgoing.tls.identity.is_some() {
            outgoing.tls = Arc::new(Tls {
                identity: None,
                ..Tls::clone(&outgoing.tls)
            });
        }
    }

    pub(super) fn refusal(&self, name: &str, url: &Url) -> String {
        let host = url.host_str().unwrap_or_default();
        let host = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        format!(
            "the secret `{name}` would leave for `{host}`, which the target `{}` does not name",
            self.run.settings.target.name
        )
    }

    fn summary(&self, outgoing: &Outgoing, response: &Response) -> String {
        format!(
            "{} {} gave {} in {}",
            outgoing.method,
            self.shown(&outgoing.url),
            response.status,
            duration::display(response.duration)
        )
    }

    /// A URL as people know it: without what every request begins with.
    fn shown(&self, url: &Url) -> String {
        let shown = hide_url(url.as_str(), &self.secrets);
        let base = self.base.as_str().trim_end_matches('/');
        let shown = match shown.strip_prefix(base) {
            Some("") => "/",
            Some(rest) if rest.starts_with(['/', '?']) => rest,
            _ => &shown,
        };
        match shown.char_indices().nth(SHOWN_URL) {
            Some((end, _)) => format!("{}…", &shown[..end]),
            None => shown.to_owned(),
        }
    }
}

fn message(error: &NoAnswer, waited: Duration) -> String {
    if error.timed_out {
        format!("{} within {}", error.message, duration::display(waited))
    } else {
        error.message.clone()
    }
}

fn with_hops(mut failure: Failure, hops: &[String]) -> Failure {
    failure.notes.extend(hops.iter().cloned());
    failure
}

fn as_sent(outgoing: Outgoing) -> Request {
    Request {
        method: outgoing.method,
        url: outgoing.url.into(),
        headers: outgoing.headers,
        body: outgoing.body.unwrap_or_default(),
        brief: outgoing.brief,
    }
}
