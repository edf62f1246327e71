//! What waits to be sent, and what was sent and how it was received.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::{Notify, watch};
use url::Url;

use super::body::Body;
use crate::sandbox::domain::moment::Moment;

/// How many may wait. What comes while so many wait for a slow receiver is not sent.
const MOST_WAITING: usize = 1_000;
/// How many are remembered once they were sent.
const ENTRIES: usize = 1_000;
/// Bodies that are longer are sent, but not remembered.
const LONGEST_REMEMBERED: usize = 16 * 1024;

/// A notification on its way.
#[derive(Clone, Debug)]
pub(super) struct Letter {
    pub(super) number: u64,
    pub(super) to: Url,
    pub(super) body: Bytes,
    /// Which life of the outbox it belongs to.
    pub(super) generation: u64,
}

/// A notification as it is remembered.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Entry {
    number: u64,
    at: Moment,
    to: String,
    body: Value,
    /// What the receiver answered; none while it is on its way, or if there was no answer.
    status: Option<u16>,
    /// Why there was no answer.
    error: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Outbox {
    given: Option<Url>,
    destination: Option<Url>,
    waiting: VecDeque<Letter>,
    entries: VecDeque<Entry>,
    /// Never begins anew, so that an answer that comes late is not taken for another one's.
    last_number: u64,
    generation: watch::Sender<u64>,
    woken: Arc<Notify>,
}

impl Outbox {
    pub(super) fn new(given: Option<Url>) -> Outbox {
        Outbox {
            destination: given.clone(),
            given,
            waiting: VecDeque::new(),
            entries: VecDeque::new(),
            last_number: 0,
            generation: watch::Sender::new(0),
            woken: Arc::default(),
        }
    }

    pub(super) fn anew(&self) -> Outbox {
        self.generation.send_modify(|generation| *generation += 1);
        Outbox {
            last_number: self.last_number,
            generation: self.generation.clone(),
            woken: Arc::clone(&self.woken),
            ..Outbox::new(self.given.clone())
        }
    }

    /// Whether anybody is to be told anything.
    pub(super) fn is_wanted(&self) -> bool {
        self.destination.is_some()
    }

    /// Where notifications go.
    pub(crate) fn destination(&self) -> Option<&Url> {
        self.destination.as_ref()
    }

    /// Sets where notifications go. If that is another place, what waits is not sent any more.
    pub(super) fn set_destination(&mut self, url: Option<Url>) {
        if self.destination == url {
            return;
        }
        self.destination = url;
        self.generation.send_modify(|generation| *generation += 1);
        for letter in std::mem::take(&mut self.waiting) {
            self.note(
                letter.number,
                Err("the URL was changed before it was sent".to_owned()),
            );
        }
    }

    pub(super) fn send(&mut self, body: &Body<'_>, at: Moment) {
        let Some(to) = self.destination.clone() else {
            return;
        };
        let text = serde_json::to_vec(body).expect("bodies are plain data with text for keys");
        self.last_number += 1;
        let has_room = self.waiting.len() < MOST_WAITING;
        if self.entries.len() == ENTRIES {
            self.entries.pop_front();
        }
        self.entries.push_back(Entry {
            number: self.last_number,
            at,
            to: to.to_string(),
            body: remembered(&text),
            status: None,
            error: (!has_room).then(|| format!("not sent: {MOST_WAITING} others wait already")),
        });
        if has_room {
            self.waiting.push_back(Letter {
                number: self.last_number,
                to,
                body: text.into(),
                generation: *self.generation.borrow(),
            });
            self.woken.notify_one();
        }
    }

    pub(super) fn next(&mut self) -> Option<Letter> {
        self.waiting.pop_front()
    }

    /// Notes what became of a notification: the answer's status, or why there is none.
    pub(super) fn note(&mut self, number: u64, outcome: Result<u16, String>) {
        let entry = self
            .entries
            .iter_mut()
            .rev()
            .find(|entry| entry.number == number);
        if let Some(entry) = entry {
            match outcome {
                Ok(status) => entry.status = Some(status),
                Err(error) => entry.error = Some(error),
            }
        }
    }

    /// What was sent, oldest first.
    pub(crate) fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.entries.iter()
    }

    /// What is told when something is to be sent.
    pub(super) fn woken(&self) -> Arc<Notify> {
        Arc::clone(&self.woken)
    }

    /// Which life the outbox is in: what belongs to an earlier one must not be sent.
    pub(super) fn generation(&self) -> watch::Receiver<u64> {
        self.generation.subscribe()
    }
}

impl Entry {
    /// The notification in one line, for the page.
    pub(crate) fn line(&self) -> String {
        let outcome = match (self.status, &self.error) {
            (Some(status), _) => status.to_string(),
            (None, Some(error)) => error.clone(),
            (None, None) => "on its way".to_owned(),
        };
        let word = |pointer: &str| self.body.pointer(pointer).and_then(Value::as_str);
        let what = [word("/type"), word("/data/status"), word("/error/code")];
        let what: Vec<&str> = what.into_iter().flatten().collect();
        format!("{} {} → {outcome}", self.at, what.join(" "))
    }
}

fn remembered(text: &[u8]) -> Value {
    if text.len() > LONGEST_REMEMBERED {
        return Value::String(format!("({} bytes)", text.len()));
    }
    serde_json::from_slice(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::body;
    use super::*;
    use crate::sandbox::ids::Ids;

    fn url(text: &str) -> Option<Url> {
        Some(Url::parse(text).unwrap())
    }

    fn send(outbox: &mut Outbox) {
        let now = Moment::parse("2025-04-01T00:00:00Z").unwrap();
        let body = body::any("consent", body::number(Ids::new(0), "consent", 1), now);
        outbox.send(&body, now);
    }

    #[test]
    fn what_finds_no_room_is_noted_and_not_sent() {
        let mut outbox = Outbox::new(url("http://a.test/"));
        for _ in 0..=MOST_WAITING {
            send(&mut outbox);
        }
        assert_eq!(outbox.entries.len(), ENTRIES);
        let last = outbox.entries().next_back().unwrap();
        assert!(
            last.error.as_deref().unwrap().starts_with("not sent"),
            "{last:?}"
        );
        assert_eq!(std::iter::from_fn(|| outbox.next()).count(), MOST_WAITING);
        send(&mut outbox);
        assert!(outbox.next().is_some(), "there is room again");
    }

    #[test]
    fn what_waits_goes_to_no_other_url_and_to_no_other_life() {
        let mut outbox = Outbox::new(url("http://a.test/"));
        send(&mut outbox);
        outbox.set_destination(url("http://a.test/"));
        assert_eq!(outbox.waiting.len(), 1);
        outbox.set_destination(url("http://b.test/"));
        assert!(outbox.next().is_none());
        assert!(outbox.entries().next().unwrap().error.is_some());
        send(&mut outbox);
        let sent = outbox.next().unwrap();
        assert_eq!(sent.to.as_str(), "http://b.test/");

        let mut outbox = outbox.anew();
        assert_eq!(
            outbox.destination().map(Url::as_str),
            Some("http://a.test/")
        );
        assert_eq!(outbox.entries().count(), 0);
        assert_ne!(*outbox.generation().borrow(), sent.generation);
        send(&mut outbox);
        outbox.note(sent.number, Ok(200));
        assert_eq!(outbox.entries().next().unwrap().status, None);
    }

    #[test]
    fn without_a_url_nothing_is_kept() {
        let mut outbox = Outbox::new(None);
        send(&mut outbox);
        assert!(outbox.next().is_none());
        assert_eq!(outbox.entries().count(), 0);
    }
}
