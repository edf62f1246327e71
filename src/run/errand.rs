//! Single requests, and notifications that come, for commands that run no scenario.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;
use url::Url;

use super::http::{Allowance, Http, Outgoing};
use super::receiver::Receiver;
use crate::model::duration;
use crate::model::exchange::Response;

/// An answer that is larger is none that a command looks at.
const LARGEST: u64 = 16 * 1024 * 1024;

/// A client of HTTP that follows no redirects and keeps no cookies.
pub(crate) struct Errands(Http);

impl Errands {
    pub(crate) fn new() -> Errands {
        Errands(Http::new(&[]))
    }

    /// Sends JSON, or nothing, and reads the whole answer; or says why there is none.
    pub(crate) async fn send(
        &self,
        method: &str,
        url: Url,
        mut headers: Vec<(String, String)>,
        body: Option<Bytes>,
        patience: Duration,
    ) -> Result<Response, String> {
        if body.is_some() {
            headers.push(("content-type".into(), "application/json".into()));
        }
        let outgoing = Outgoing {
            method: method.into(),
            url,
            headers,
            body,
            brief: None,
            tls: Arc::default(),
        };
        let allowance = Allowance {
            deadline: Instant::now() + patience,
            max_body: LARGEST,
        };
        let answer = self.0.exchange(&outgoing, allowance).await;
        answer.map_err(|error| match error.timed_out {
            true => format!("{} within {}", error.message, duration::display(patience)),
            false => error.message,
        })
    }
}

/// A place on this machine where notifications come in.
pub(crate) struct Mailbox(Receiver);

impl Mailbox {
    pub(crate) async fn open() -> io::Result<Mailbox> {
        Receiver::start().await.map(Mailbox)
    }

    /// Where notifications are to be sent.
    pub(crate) fn url(&self) -> &str {
        self.0.url()
    }

    /// The first body that is what is looked for, once it has come.
    pub(crate) async fn first(&self, is_wanted: impl Fn(&Bytes) -> bool) -> Bytes {
        let inbox = self.0.inbox();
        let mut arrivals = inbox.arrivals();
        let mut seen = 0;
        loop {
            arrivals.mark_unchanged();
            for notification in inbox.after(seen) {
                seen = notification.number;
                if is_wanted(&notification.body) {
                    return notification.body.clone();
                }
            }
            if arrivals.changed().await.is_err() {
                // The receiver lives as long as this does, and with it what tells of arrivals.
                std::future::pending::<()>().await;
            }
        }
    }
}
