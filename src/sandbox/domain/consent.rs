//! The life of one consent: what may happen to it when, and which fetches it allows.

use std::collections::VecDeque;

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
            ConsentStatus::Pending => "PENDING",
            ConsentStatus::Active => "ACTIVE",
            ConsentStatus::Paused => "PAUSED",
            ConsentStatus::Rejected => "REJECTED",
            ConsentStatus::Revoked => "REVOKED",
            ConsentStatus::Expired => "EXPIRED",
            ConsentStatus::Failed => "FAILED",
        }
    }

    fn is_final(self) -> bool {
        !matches!(
            self,
            ConsentStatus::Pending | ConsentStatus::Active | ConsentStatus::Paused
        )
    }
}

/// What someone does to a consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
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
    pub(crate) accounts: Vec<Account>,
    pub(crate) usage: Usage,
    /// The reason given with the last rejection, cancellation or failure.
    pub(crate) reason: Option<String>,
    /// How many notifications have told of it.
    pub(crate) notifications: u64,
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
}

impl Consent {
    pub(crate) fn new(new: NewConsent, now: Moment) -> Consent {
        Consent {
            id: new.id,
            vua: new.vua,
            terms: new.terms,
            redirect_url: new.redirect_url,
            tags: new.tags,
            pan: new.pan,
            additional_phone_number: new.additional_phone_number,
            accounts: Vec::new(),
            usage: Usage::default(),
            reason: None,
            notifications: 0,
            status: ConsentStatus::Pending,
            history: VecDeque::from([(now, ConsentStatus::Pending)]),
        }
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

    /// Moves on, or says which state forbids it. Cancelling changes nothing: the link stays usable.
    pub(crate) fn apply(
        &mut self,
        action: Action,
        now: Moment,
    ) -> Result<ConsentStatus, WrongState> {
        let status = self.status(now);
        let next = next_status(status, action).ok_or(WrongState { status })?;
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
    use ConsentStatus::{Active, Expired, Failed, Paused, Pending, Rejected, Revoked};
    match (status, action) {
        (Pending, Action::Approve) => Some(Active),
        (Pending, Action::Reject) => Some(Rejected),
        (Pending, Action::Cancel) => Some(Pending),
        (Pending, Action::Fail) => Some(Failed),
        (Active, Action::Pause) => Some(Paused),
        (Paused, Action::Resume) => Some(Active),
        (Active | Paused, Action::Revoke) => Some(Revoked),
        (Pending | Active | Paused, Action::Expire) => Some(Expired),
        _ => None,
    }
}

#[cfg(test)]
#[path = "consent_tests.rs"]
mod tests;
