//! Whether what is sent to the URL on the Bridge comes to this machine: something is sent there, and waited for.

use bytes::Bytes;
use serde_json::json;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout};
use url::Url;

use super::http::{Allowance, Http, Outgoing};
use super::receiver::{Inbox, Notifications, unguessable};
use crate::model::duration;
use crate::model::secret::Secrets;

/// How long the URL may take to answer.
const PATIENCE: Duration = Duration::from_secs(15);
/// How much longer what was taken may be under way.
const ON_THE_WAY: Duration = Duration::from_secs(3);
/// What a tunnel says is of no interest.
const LARGEST: u64 = 1024 * 1024;

/// A URL to which a gateway would send notifications.
#[derive(Clone)]
pub struct Probe {
    /// The URL itself.
    pub url: Url,
    /// The URL without what may be secret in it.
    pub shown: String,
    /// What may be secret in it.
    pub secrets: Secrets,
}

/// Why nothing came, and what to do about it.
pub(super) struct Lost {
    pub(super) why: String,
    pub(super) advice: String,
}

impl Probe {
    /// Sends something to the URL, and says that it came to where notifications are received, and how soon.
    pub(super) async fn arrives(
        &self,
        http: &Http,
        notifications: &Notifications,
    ) -> Result<String, Lost> {
        let address = notifications.address();
        let inbox = notifications.inbox();
        let mark = unguessable().map_err(|error| lost(error.to_string(), address))?;
        let body = Bytes::from(json!({ "type": "SAMMATI_DOCTOR", "mark": mark }).to_string());
        let sent = Instant::now();
        let answered = http
            .exchange(
                &self.outgoing(body.clone()),
                Allowance {
                    deadline: sent + PATIENCE,
                    max_body: LARGEST,
                },
            )
            .await;
        let answer = answered.map_err(|error| {
            let why = self.secrets.hide(&error.message);
            lost(format!("{} does not answer: {why}", self.shown), address)
        })?;
        if timeout(ON_THE_WAY, comes(&inbox, &body)).await.is_err() {
            let why = format!(
                "{} answered {}, and nothing came to {address}",
                self.shown, answer.status
            );
            return Err(lost(why, address));
        }
        let took = duration::display(sent.elapsed());
        let shown = &self.shown;
        Ok(format!(
            "what is sent to {shown} comes to {address}, in {took}"
        ))
    }

    /// As Setu sends it. What the target asks of TLS is for its own servers.
    fn outgoing(&self, body: Bytes) -> Outgoing {
        Outgoing {
            method: "POST".into(),
            url: self.url.clone(),
            headers: vec![("content-type".into(), "application/json".into())],
            body: Some(body),
            brief: None,
            tls: Arc::default(),
        }
    }
}

fn lost(why: String, address: SocketAddr) -> Lost {
    let advice = format!(
        "start a tunnel that leads to {address}; its URL is what belongs here and on the Bridge"
    );
    Lost { why, advice }
}

/// Waits until that has come.
async fn comes(inbox: &Inbox, body: &Bytes) {
    let mut arrivals = inbox.arrivals();
    loop {
        arrivals.mark_unchanged();
        let all = inbox.after(0);
        if all.iter().any(|notification| notification.body == *body) {
            return;
        }
        if arrivals.changed().await.is_err() {
            // The inbox lives as long as this looks into it, and with it what tells of arrivals.
            std::future::pending::<()>().await;
        }
    }
}
