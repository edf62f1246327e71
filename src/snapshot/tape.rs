//! What a run's cases gave to their normalisers, so that it can be normalised again under other rules.

use serde_json::Value;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::exact::Exact;
use super::normalise::{hide_keys, marked_body, normalise};
use super::placeholders::Placeholders;
use super::{Normalised, Normaliser, Received, Subject, Surroundings};
use crate::model::exchange::{Exchange, Response};
use crate::model::plan::SnapshotRules;
use crate::model::secret::Secrets;

/// The tapes of a run, one a normaliser. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Tapes(Arc<Mutex<Vec<Tape>>>);

/// What one normaliser was told, in order.
#[derive(Clone, Debug)]
pub(super) struct Tape {
    surroundings: Surroundings,
    notes: Vec<Note>,
}

#[derive(Clone, Debug)]
enum Note {
    Capture(String, Value),
    Response(Arc<Taken>),
}

/// A response that was compared.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) exchange: Exchange,
    pub(super) rules: SnapshotRules,
    secrets: Secrets,
    now: i128,
    subject: Subject,
}

/// What is done with each response: with what is known when it comes, and what was captured before it.
type Act<'a> = dyn FnMut(&mut Placeholders, &Arc<Taken>, &[(String, String)]) + 'a;

/// Where a normaliser writes.
#[derive(Clone, Debug)]
pub(super) struct Pen {
    tapes: Tapes,
    index: usize,
}

/// A response under some rules.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) taken: Arc<Taken>,
    pub(super) contents: String,
}

/// A response's body as the rules leave it, every place where it was, and what had been captured before.
#[derive(Debug)]
pub(super) struct Inside {
    pub(super) body: Option<Exact<'static>>,
    pub(super) captures: Vec<(String, String)>,
}

impl Tapes {
    /// A normaliser that writes down what it is told.
    pub(super) fn normaliser(&self, surroundings: Surroundings) -> Normaliser {
        let mut all = self.lock();
        all.push(Tape {
            surroundings: surroundings.clone(),
            notes: Vec::new(),
        });
        let pen = Pen {
            tapes: self.clone(),
            index: all.len() - 1,
        };
        drop(all);
        Normaliser {
            pen: Some(pen),
            ..Normaliser::new(surroundings)
        }
    }

    /// Those with responses on them.
    pub(super) fn all(&self) -> Vec<Tape> {
        let is_used = |tape: &&Tape| tape.responses().next().is_some();
        self.lock().iter().filter(is_used).cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Tape>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pen {
    pub(super) fn capture(&self, name: &str, value: &Value) {
        self.note(Note::Capture(name.to_owned(), value.clone()));
    }

    pub(super) fn response(&self, received: &Received<'_>, subject: &Subject) {
        let response = received.response;
        self.note(Note::Response(Arc::new(Taken {
            exchange: Exchange {
                request: received.request.clone(),
                response: Response {
                    status: response.status,
                    reason: response.reason,
                    headers: response.headers.clone(),
                    body: response.body.clone(),
                    url: response.url.clone(),
                    duration: response.duration,
                    json: std::sync::OnceLock::new(),
                },
                ..Exchange::default()
            },
            rules: received.rules.clone(),
            secrets: received.secrets.clone(),
            now: received.now,
            subject: subject.clone(),
        })));
    }

    fn note(&self, note: Note) {
        if let Some(tape) = self.tapes.lock().get_mut(self.index) {
            tape.notes.push(note);
        }
    }
}

impl Taken {
    /// The snapshot, as it is called: `flow/create`.
    pub(super) fn name(&self) -> String {
        let path = self.subject.path().with_extension("");
        path.to_string_lossy().replace('\\', "/")
    }

    fn received<'a>(&'a self, rules: &'a SnapshotRules) -> Received<'a> {
        Received {
            request: &self.exchange.request,
            response: &self.exchange.response,
            rules,
            secrets: &self.secrets,
            now: self.now,
        }
    }

    fn normalise(&self, placeholders: &mut Placeholders, rules: &SnapshotRules) -> Normalised {
        normalise(placeholders, &self.received(rules))
    }

    fn marked_body(
        &self,
        placeholders: &mut Placeholders,
        rules: &SnapshotRules,
    ) -> Option<Exact<'static>> {
        marked_body(placeholders, &self.received(rules)).map(Exact::into_owned)
    }

    /// Whether a secret is in it.
    pub(super) fn is_secret(&self, text: &str) -> bool {
        self.secrets.hide(text) != text
    }

    /// A value of its body as it may be shown.
    pub(super) fn hide_keys(&self, value: &mut Exact) {
        hide_keys(&self.secrets, value);
    }
}

impl Tape {
    pub(super) fn responses(&self) -> impl Iterator<Item = &Arc<Taken>> {
        self.notes.iter().filter_map(|note| match note {
            Note::Response(taken) => Some(taken),
            Note::Capture(..) => None,
        })
    }

    /// All responses, each under the rules that `rules` gives for it.
    pub(super) fn replay(&self, rules: &dyn Fn(&Taken) -> SnapshotRules) -> Vec<Seen> {
        let mut seen = Vec::new();
        self.play(&mut |placeholders, taken, _| {
            let normalised = taken.normalise(placeholders, &rules(taken));
            seen.push(Seen {
                taken: Arc::clone(taken),
                contents: normalised.contents,
            });
        });
        seen
    }

    /// The inside of one response, by its place among them.
    pub(super) fn look(
        &self,
        wanted: usize,
        rules: &dyn Fn(&Taken) -> SnapshotRules,
    ) -> Option<Inside> {
        let (mut index, mut inside) = (0, None);
        self.play(&mut |placeholders, taken, captures| {
            let rules = rules(taken);
            if index == wanted {
                let mut copy = placeholders.clone();
                inside = Some(Inside {
                    body: taken.marked_body(&mut copy, &rules),
                    captures: captures.to_vec(),
                });
            }
            index += 1;
            taken.normalise(placeholders, &rules);
        });
        inside
    }

    fn play(&self, act: &mut Act<'_>) {
        let Surroundings { origin, started } = &self.surroundings;
        let mut normaliser = Normaliser {
            placeholders: Placeholders::new(origin, *started),
            ahead: None,
            pen: None,
        };
        let mut captures = Vec::new();
        for note in &self.notes {
            match note {
                Note::Capture(name, value) => {
                    normaliser.note_capture(name, value);
                    remember(name, value, &mut captures);
                }
                Note::Response(taken) => act(&mut normaliser.placeholders, taken, &captures),
            }
        }
    }
}

fn remember(name: &str, value: &Value, captures: &mut Vec<(String, String)>) {
    match value {
        Value::String(text) => captures.push((name.to_owned(), text.clone())),
        Value::Number(number) => captures.push((name.to_owned(), number.to_string())),
        Value::Array(items) => items.iter().for_each(|item| remember(name, item, captures)),
        _ => {}
    }
}
