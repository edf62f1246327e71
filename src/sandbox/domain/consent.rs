//! The life of one consent: what may happen to it when, and which fetches it allows.

use std::collections::VecDeque;
use std::time::Instant;

use serde::Serialize;

use super::customer::Account;
use super::moment::Moment;
use super::terms::{DataRange, FetchType, Terms};
use super::vua::Vua;

/// How many changes of state are remembered for each consent. A script that pauses and resumes for ever must not grow.
const HISTORY_LIMIT: usize = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum ConsentStatus {
    /// Not asked for at any aggregator yet: the customer chooses a FIP first.
    Initiated,
    Pending,
    Active,
    Paused,
    Rejected,
    Revoked,
    Expired,
    Failed,
}

impl ConsentStatus {
    pub(crate) fn name(self) -> &'static str {
        match self {
            ConsentStatus::Initiated => "INITIATED",
            ConsentStatus::Pending => "PENDING",
            ConsentStatus::Active => "ACTIVE",
            ConsentStatus::Paused => "PAUSED",
            ConsentStatus::Rejected => "REJECTED",
            ConsentStatus::Revoked => "REVOKED",
            ConsentStatus::Expired => "EXPIRED",
            ConsentStatus::Failed => "FAILED",
        }
    }

    /// Whether the customer has yet to answer.
    pub(crate) fn is_open(self) -> bool {
        matches!(self, ConsentStatus::Initiated | ConsentStatus::Pending)
    }

    fn is_final(self) -> bool {
        !matches!(
            self,
            ConsentStatus::Initiated
                | ConsentStatus::Pending
                | ConsentStatus::Active
                | ConsentStatus::Paused
        )
    }
}

/// What someone does to a consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Chooses the FIP, and with it the aggregator.
    SelectFip,
    Approve,
    Reject,
    Cancel,
    Fail,
    Pause,
    Resume,
    Revoke,
    Expire,
}

/// An action that the consent's state does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WrongState {
    pub(crate) status: ConsentStatus,
}

/// Why a consent does not allow a fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FetchRefusal {
    NotReady,
    Expired,
    OutOfRange,
    UsedOnce,
    UsedForTheFrequency,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Usage {
    pub(crate) count: u64,
    pub(crate) last_used: Option<Moment>,
    window: Option<i64>,
    count_in_window: u32,
}

#[derive(Clone, Debug)]
pub(crate) struct Consent {
    pub(crate) id: String,
    pub(crate) vua: Vua,
    pub(crate) terms: Terms,
    pub(crate) redirect_url: String,
    pub(crate) tags: Vec<String>,
    pub(crate) pan: Option<String>,
    pub(crate) additional_phone_number: Option<bool>,
    /// Who asks, as a request of v1 names it.
    pub(crate) data_consumer: Option<String>,
    pub(crate) accounts: Vec<Account>,
    /// The session of the last refresh.
    pub(crate) refresh: Option<String>,
    pub(crate) usage: Usage,
    /// The reason given with the last rejection, cancellation or failure.
    pub(crate) reason: Option<String>,
    /// How often the customer has cancelled.
    pub(crate) cancellations: u64,
    /// How many notifications have told of it.
    pub(crate) notifications: u64,
    /// When the gateway has the consent's artefact, in real time as everything that takes time; none once it is there.
    pub(crate) artefact_at: Option<Instant>,
    status: ConsentStatus,
    history: VecDeque<(Moment, ConsentStatus)>,
}

/// What a consent is made from.
pub(crate) struct NewConsent {
    pub(crate) id: String,
    pub(crate) vua: Vua,
    pub(crate) terms: Terms,
    pub(crate) redirect_url: String,
    pub(crate) tags: Vec<String>,
    pub(crate) pan: Option<String>,
    pub(crate) additional_phone_number: Option<bool>,
    pub(crate) data_consumer: Option<String>,
    /// Whether the customer chooses a FIP before any aggregator is asked.
    pub(crate) selects_fip: bool,
}

impl Consent {
    pub(crate) fn new(new: NewConsent, now: Moment) -> Consent {
        let status = if new.selects_fip {
            ConsentStatus::Initiated
        } else {
            ConsentStatus::Pending
        };
        Consent {
            id: new.id,
            vua: new.vua,
            terms: new.terms,
            redirect_url: new.redirect_url,
            tags: new.tags,
            pan: new.pan,
            additional_phone_number: new.additional_phone_number,
            data_consumer: new.data_consumer,
            accounts: Vec::new(),
            refresh: None,
            usage: Usage::default(),
            reason: None,
            cancellations: 0,
            notifications: 0,
            artefact_at: None,
            status,
            history: VecDeque::from([(now, status)]),
        }
    }

    /// Whether it was asked for by the first version of the API, which alone names who asks.
    pub(crate) fn is_of_version_one(&self) -> bool {
        self.data_consumer.is_some()
    }

    /// The status at an instant. Expiry is a fact about the clock, so nothing has to happen for it.
    pub(crate) fn status(&self, now: Moment) -> ConsentStatus {
        if !self.status.is_final() && now >= self.terms.expiry {
            ConsentStatus::Expired
        } else {
            self.status
        }
    }

    /// When it expires by the clock, unless it has ended otherwise.
    pub(crate) fn expires_at(&self) -> Option<Moment> {
        (!self.status.is_final()).then_some(self.terms.expiry)
    }

    pub(crate) fn history(&self) -> impl Iterator<Item = &(Moment, ConsentStatus)> {
        self.history.iter()
    }

    /// Whether it was approved just now, so that the gateway does not have its artefact yet.
    pub(crate) fn waits_for_artefact(&self) -> bool {
        self.artefact_at.is_some_and(|at| Instant::now() < at)
    }

    /// The customer as answers name them: by the number alone while no aggregator is chosen.
    pub(crate) fn shown_vua(&self) -> String {
        if self.status == ConsentStatus::Initiated {
            self.vua.mobile.clone()
        } else {
            self.vua.to_string()
        }
    }

    /// Moves on, or says which state forbids it. Cancelling changes nothing: the link stays usable.
    pub(crate) fn apply(
        &mut self,
        action: Action,
        now: Moment,
    ) -> Result<ConsentStatus, WrongState> {
        let status = self.status(now);
        let next = next_status(status, action).ok_or(WrongState { status })?;
        if action == Action::Cancel {
            self.cancellations += 1;
        }
        if next != self.status {
            self.status = next;
            self.history.push_back((now, next));
            if self.history.len() > HISTORY_LIMIT {
                self.history.pop_front();
            }
        }
        Ok(next)
    }

    /// Allows one fetch and counts it, or says why not. Checked in the order that Setu's refusals suggest:
    /// state, then range, then usage.
    pub(crate) fn use_for_fetch(
        &mut self,
        range: DataRange,
        now: Moment,
    ) -> Result<(), FetchRefusal> {
        match self.status(now) {
            ConsentStatus::Active => {}
            ConsentStatus::Expired => return Err(FetchRefusal::Expired),
            _ => return Err(FetchRefusal::NotReady),
        }
        if now < self.terms.start {
            return Err(FetchRefusal::NotReady);
        }
        if !self.terms.data_range.contains(range) {
            return Err(FetchRefusal::OutOfRange);
        }
        if self.terms.fetch_type == FetchType::OneTime && self.usage.count > 0 {
            return Err(FetchRefusal::UsedOnce);
        }
        let window = self.terms.frequency.unit.window(now);
        if window.is_none() || window != self.usage.window {
            self.usage.window = window;
            self.usage.count_in_window = 0;
        }
        if window.is_some() && self.usage.count_in_window >= self.terms.frequency.value {
            return Err(FetchRefusal::UsedForTheFrequency);
        }
        self.usage.count_in_window = self.usage.count_in_window.saturating_add(1);
        self.usage.count += 1;
        self.usage.last_used = Some(now);
        Ok(())
    }
}

fn next_status(status: ConsentStatus, action: Action) -> Option<ConsentStatus> {
    use ConsentStatus::{Active, Expired, Failed, Initiated, Paused, Pending, Rejected, Revoked};
    match (status, action) {
        (Initiated, Action::SelectFip) => Some(Pending),
        (Initiated, Action::Reject) => Some(Rejected),
        (Initiated, Action::Cancel) => Some(Initiated),
        (Initiated, Action::Fail) => Some(Failed),
        (Pending, Action::Approve) => Some(Active),
        (Pending, Action::Reject) => Some(Rejected),
        (Pending, Action::Cancel) => Some(Pending),
        (Pending, Action::Fail) => Some(Failed),
        (Active, Action::Pause) => Some(Paused),
        (Paused, Action::Resume) => Some(Active),
        (Active | Paused, Action::Revoke) => Some(Revoked),
        (Initiated | Pending | Active | Paused, Action::Expire) => Some(Expired),
        _ => None,
    }
}

#[cfg(test)]
#[path = "consent_tests.rs"]
mod tests;
