//! The events: what each is, and how it is brought about.

use serde_json::{Value, json};

use crate::model::diagnostic::nearest;

/// Something that the gateway tells of.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) name: &'static str,
    /// What it is, in one line.
    pub(super) about: &'static str,
    /// The notification's type, and the status or the error's code by which it is known.
    pub(super) kind: &'static str,
    pub(super) word: &'static str,
    pub(super) story: &'static [Step],
}

/// What is done on the way to an event, by the client, by the customer or by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Sets a switch of the product.
    Product(&'static str),
    /// Has a FIP answer data requests in that way.
    Fip(&'static str, &'static str),
    /// Has all FIPs take so long that whatever happens happens before they answer.
    SlowFips,
    /// The customer has no accounts.
    NoAccounts,
    Consent,
    /// A consent that is good for one fetch a year.
    ScarceConsent,
    /// A consent at Setu's own aggregator.
    ConsentAtSetu,
    /// The aggregator answers with errors from now on.
    AggregatorFails,
    /// From now on it is told what happens.
    Listen,
    /// `approve`, `reject` or `cancel`.
    Decide(&'static str),
    /// What the customer does later, at the aggregator.
    Act(&'static str),
    /// The client revokes the consent.
    Revoke,
    /// Time passes.
    Pass(&'static str),
    Session,
    /// The client asks for the data once more; with false, what is refused.
    Refresh(bool),
}

use Step::{
    Act, AggregatorFails, Consent, ConsentAtSetu, Decide, Fip, Listen, NoAccounts, Pass, Product,
    Refresh, Revoke, ScarceConsent, Session, SlowFips,
};

const CONSENT: &str = "CONSENT_STATUS_UPDATE";
const SESSION: &str = "SESSION_STATUS_UPDATE";
const READY: &str = "FI_DATA_READY";
const FAILED: &str = "FI_DATA_FAILED";

const APPROVE: Step = Decide("approve");
const AUTO: Step = Product("auto_fetch");

pub(super) const EVENTS: [Event; 21] = [
    Event {
        name: "consent.active",
        about: "the customer approves; ACTIVE",
        kind: CONSENT,
        word: "ACTIVE",
        story: &[Consent, Listen, APPROVE],
    },
    Event {
        name: "consent.rejected",
        about: "the customer rejects; UserRejected",
        kind: CONSENT,
        word: "UserRejected",
        story: &[Consent, Listen, Decide("reject")],
    },
    Event {
        name: "consent.cancelled",
        about: "the customer cancels before signing in; UserCancelled",
        kind: CONSENT,
        word: "UserCancelled",
        story: &[Consent, Listen, Decide("cancel")],
    },
    Event {
        name: "consent.no-accounts",
        about: "the customer has no account to give; NoFIPAccountsDiscovered",
        kind: CONSENT,
        word: "NoFIPAccountsDiscovered",
        story: &[NoAccounts, Consent, Listen, APPROVE],
    },
    Event {
        name: "consent.pending",
        about: "the customer has chosen a FIP (products with a FIP selector); PENDING",
        kind: CONSENT,
        word: "PENDING",
        story: &[Product("fip_selector"), Consent, Listen, APPROVE],
    },
    Event {
        name: "consent.paused",
        about: "the customer pauses an active consent; PAUSED",
        kind: CONSENT,
        word: "PAUSED",
        story: &[Consent, APPROVE, Listen, Act("pause")],
    },
    Event {
        name: "consent.resumed",
        about: "the customer resumes a paused consent; ACTIVE",
        kind: CONSENT,
        word: "ACTIVE",
        story: &[Consent, APPROVE, Act("pause"), Listen, Act("resume")],
    },
    Event {
        name: "consent.revoked",
        about: "an active consent is revoked; REVOKED",
        kind: CONSENT,
        word: "REVOKED",
        story: &[Consent, APPROVE, Listen, Revoke],
    },
    Event {
        name: "consent.expired",
        about: "an active consent's time is up; EXPIRED",
        kind: CONSENT,
        word: "EXPIRED",
        story: &[Consent, APPROVE, Listen, Pass("121d")],
    },
    Event {
        name: "session.pending",
        about: "the first of two FIPs has answered; PENDING",
        kind: SESSION,
        word: "PENDING",
        story: &[Consent, APPROVE, Listen, Session],
    },
    Event {
        name: "session.partial",
        about: "the last FIP has answered, and one gave no data; PARTIAL",
        kind: SESSION,
        word: "PARTIAL",
        story: &[
            Fip("setu-fip-2", "timeout"),
            Consent,
            APPROVE,
            Listen,
            Session,
        ],
    },
    Event {
        name: "session.completed",
        about: "the last FIP has answered, and all data is there; COMPLETED",
        kind: SESSION,
        word: "COMPLETED",
        story: &[Consent, APPROVE, Listen, Session],
    },
    Event {
        name: "session.failed",
        about: "the last FIP has answered, and there is no data; FAILED",
        kind: SESSION,
        word: "FAILED",
        story: &[
            Fip("setu-fip", "failed"),
            Fip("setu-fip-2", "failed"),
            Consent,
            APPROVE,
            Listen,
            Session,
        ],
    },
    Event {
        name: "fi-data.ready",
        about: "automatic fetch: all data, COMPLETED",
        kind: READY,
        word: "COMPLETED",
        story: &[AUTO, Consent, Listen, APPROVE],
    },
    Event {
        name: "fi-data.partial",
        about: "automatic fetch: the data of one FIP of two, PARTIAL",
        kind: READY,
        word: "PARTIAL",
        story: &[AUTO, Fip("setu-fip-2", "timeout"), Consent, Listen, APPROVE],
    },
    Event {
        name: "fi-data.failed",
        about: "automatic fetch: no FIP gives data; DataFetchFailure",
        kind: FAILED,
        word: "DataFetchFailure",
        story: &[
            AUTO,
            Fip("setu-fip", "failed"),
            Fip("setu-fip-2", "failed"),
            Consent,
            Listen,
            APPROVE,
        ],
    },
    Event {
        name: "fi-data.consent-use",
        about: "automatic fetch: the consent's fetches are used up; InvalidConsentUse",
        kind: FAILED,
        word: "InvalidConsentUse",
        story: &[AUTO, ScarceConsent, APPROVE, Listen, Refresh(false)],
    },
    Event {
        name: "fi-data.consent-status",
        about: "automatic fetch: the consent has expired; InvalidConsentStatus",
        kind: FAILED,
        word: "InvalidConsentStatus",
        story: &[
            AUTO,
            Consent,
            APPROVE,
            Act("expire"),
            Listen,
            Refresh(false),
        ],
    },
    Event {
        name: "fi-data.consent-revoked",
        about: "automatic fetch: the consent was revoked; ConsentRevoked",
        kind: FAILED,
        word: "ConsentRevoked",
        story: &[AUTO, Consent, APPROVE, Revoke, Listen, Refresh(false)],
    },
    Event {
        name: "fi-data.session-expired",
        about: "automatic fetch: its session expires before the FIPs answer; SessionExpired",
        kind: FAILED,
        word: "SessionExpired",
        story: &[AUTO, SlowFips, Consent, Listen, APPROVE, Pass("25h")],
    },
    Event {
        name: "fi-data.upstream-down",
        about: "a refresh, and the aggregator answers with errors; UpstreamServerDown",
        kind: FAILED,
        word: "UpstreamServerDown",
        story: &[
            ConsentAtSetu,
            APPROVE,
            AggregatorFails,
            Listen,
            Refresh(true),
        ],
    },
];

/// The event of that name, or what is wrong with the name.
pub(super) fn find(name: &str) -> Result<&'static Event, String> {
    EVENTS
        .iter()
        .find(|event| event.name == name)
        .ok_or_else(
            || match nearest(name, EVENTS.iter().map(|event| event.name)) {
                Some(near) => format!("there is no event `{name}`; did you mean `{near}`?"),
                None => {
                    format!("there is no event `{name}`; `sammati trigger --list` has them all")
                }
            },
        )
}

impl Event {
    /// Whether the first version of the API knows it: it had no products, and so none that fetch by themselves or let
    /// the customer choose a FIP first.
    pub(super) fn is_in_version_one(&self) -> bool {
        matches!(self.kind, CONSENT | SESSION) && !self.story.iter().any(is_product)
    }

    /// Whether a notification is of this event.
    pub(super) fn is(&self, body: &[u8]) -> bool {
        let Ok(body) = serde_json::from_slice::<Value>(body) else {
            return false;
        };
        let words = ["/data/status", "/status", "/error/code"];
        body["type"] == json!(self.kind)
            && words.iter().any(|at| {
                body.pointer(at)
                    .is_some_and(|word| *word == json!(self.word))
            })
    }
}

fn is_product(step: &Step) -> bool {
    matches!(step, Product(_))
}
