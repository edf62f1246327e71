//! The life of one data session. Its state is a function of two times: how long ago it was asked for in real time,
//! because FIPs take real time to answer, and what the sandbox's clock says, because sessions expire by that.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::customer::Account;
use super::moment::Moment;
use super::terms::{ConsentType, DataFilter, DataRange};

/// How long a session can be read, on the sandbox's clock. Setu does not say; a day is what the AA specification suggests.
pub(crate) const SESSION_LIFE: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    Json,
    Xml,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum SessionStatus {
    Pending,
    Partial,
    Completed,
    Failed,
    Expired,
}

impl SessionStatus {
    pub(crate) fn name(self) -> &'static str {
        match self {
            SessionStatus::Pending => "PENDING",
            SessionStatus::Partial => "PARTIAL",
            SessionStatus::Completed => "COMPLETED",
            SessionStatus::Failed => "FAILED",
            SessionStatus::Expired => "EXPIRED",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum AccountStatus {
    Pending,
    Ready,
    Timeout,
    Denied,
    Failed,
}

/// How a FIP answers when it is asked for data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FetchOutcome {
    Ready,
    Timeout,
    Denied,
    Failed,
}

/// One FIP's part of a session.
#[derive(Clone, Debug)]
pub(crate) struct FipFetch {
    pub(crate) fip_id: String,
    pub(crate) accounts: Vec<Account>,
    pub(crate) outcome: FetchOutcome,
    pub(crate) latency: Duration,
}

impl FipFetch {
    /// How one of its accounts stands. What goes wrong at the FIP goes wrong for all of them.
    pub(crate) fn account_status(&self, account: &Account, elapsed: Duration) -> AccountStatus {
        if elapsed < self.latency {
            return AccountStatus::Pending;
        }
        let outcome = match self.outcome {
            FetchOutcome::Ready => account.outcome,
            outcome => outcome,
        };
        match outcome {
            FetchOutcome::Ready => AccountStatus::Ready,
            FetchOutcome::Timeout => AccountStatus::Timeout,
            FetchOutcome::Denied => AccountStatus::Denied,
            FetchOutcome::Failed => AccountStatus::Failed,
        }
    }
}

/// Which parts of the data the consent allows.
#[derive(Clone, Debug)]
pub(crate) struct DataScope {
    pub(crate) consent_types: Vec<ConsentType>,
    pub(crate) filters: Vec<DataFilter>,
    pub(crate) dialect: Dialect,
}

/// How the data is spelt, and whether it adds up.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Dialect {
    pub(crate) schema: SchemaVersion,
    /// With it the data is as Setu's hosted sandbox gives it.
    pub(crate) observed: Option<Observed>,
}

/// The version of the specification of which the data has the names, where there are several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum SchemaVersion {
    #[default]
    OneOne,
    TwoNought,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Observed {
    /// What one session's data is made from.
    pub(crate) draw: u64,
    pub(crate) is_through_finvu: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) consent_id: String,
    pub(crate) format: Format,
    pub(crate) data_range: DataRange,
    pub(crate) created: Moment,
    pub(crate) scope: DataScope,
    pub(crate) fips: Vec<FipFetch>,
    /// Whether it is PARTIAL as soon as there is data of one account, while others are still waited for.
    pub(crate) is_shown_early: bool,
    /// Whether its data is sent when it is there, instead of being asked for.
    pub(crate) is_automatic: bool,
    /// Whether it is as of a moment that the clock had passed already, and so is what is told of it.
    pub(crate) is_made_up_for: bool,
    /// Whether its consent is of the first version of the API, and what is told of it is spelt as there.
    pub(crate) is_of_version_one: bool,
}

impl Session {
    pub(crate) fn status(&self, elapsed: Duration, now: Moment) -> SessionStatus {
        let statuses: Vec<AccountStatus> = self
            .fips
            .iter()
            .flat_map(|fip| {
                let accounts = fip.accounts.iter();
                accounts.map(|account| fip.account_status(account, elapsed))
            })
            .collect();
        self.status_by(&statuses, now)
    }

    /// When it can no longer be read; none if that is beyond the calendar.
    pub(crate) fn expires_at(&self) -> Option<Moment> {
        self.created.plus(SESSION_LIFE)
    }

    /// The FIPs in the order in which they answer, by their places in `fips`. Of two that answer at once the first goes
    /// first.
    pub(crate) fn answer_order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.fips.len()).collect();
        order.sort_by_key(|index| self.fips[*index].latency);
        order
    }

    /// The session's status and that of each FIP's accounts, when so many FIPs have answered and the others have not.
    pub(crate) fn after_answers(
        &self,
        answers: usize,
        now: Moment,
    ) -> (SessionStatus, Vec<Vec<AccountStatus>>) {
        let order = self.answer_order();
        let answered = &order[..answers.min(order.len())];
        let statuses = self.fips.iter().enumerate().map(|(index, fip)| {
            let accounts = fip.accounts.iter();
            accounts
                .map(|account| match answered.contains(&index) {
                    true => fip.account_status(account, Duration::MAX),
                    false => AccountStatus::Pending,
                })
                .collect()
        });
        let statuses: Vec<Vec<AccountStatus>> = statuses.collect();
        (self.status_by(&statuses.concat(), now), statuses)
    }

    fn status_by(&self, statuses: &[AccountStatus], now: Moment) -> SessionStatus {
        if self.expires_at().is_some_and(|expires| now >= expires) {
            return SessionStatus::Expired;
        }
        if statuses.contains(&AccountStatus::Pending) {
            let is_partial = self.is_shown_early && statuses.contains(&AccountStatus::Ready);
            return if is_partial {
                SessionStatus::Partial
            } else {
                SessionStatus::Pending
            };
        }
        let ready = statuses
            .iter()
            .filter(|status| **status == AccountStatus::Ready)
            .count();
        match ready {
            0 => SessionStatus::Failed,
            all if all == statuses.len() => SessionStatus::Completed,
            _ => SessionStatus::Partial,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::customer::AccountType;
    use super::super::terms::FiType;
    use super::*;

    fn account(outcome: FetchOutcome) -> Account {
        Account {
            fip_id: "fip".to_owned(),
            fi_type: FiType::Deposit,
            account_type: AccountType::Savings,
            masked_number: "XXXXXXXX0001".to_owned(),
            link_reference: "link".to_owned(),
            mobile: "9876543210".to_owned(),
            transactions_a_year: 24,
            outcome,
            key: 0,
            holder_key: 0,
        }
    }

    /// What each FIP answers and after how many milliseconds.
    type Answers<'a> = &'a [(FetchOutcome, u64)];

    fn session(fips: Answers<'_>) -> Session {
        let moment = Moment::parse("2025-04-01T00:00:00Z").unwrap();
        Session {
            id: "session".to_owned(),
            consent_id: "consent".to_owned(),
            format: Format::Json,
            data_range: DataRange {
                from: moment,
                to: moment,
            },
            created: moment,
            scope: DataScope {
                consent_types: vec![ConsentType::Profile],
                filters: Vec::new(),
                dialect: Dialect::default(),
            },
            fips: fips
                .iter()
                .map(|(outcome, latency)| FipFetch {
                    fip_id: "fip".to_owned(),
                    accounts: vec![account(FetchOutcome::Ready)],
                    outcome: *outcome,
                    latency: Duration::from_millis(*latency),
                })
                .collect(),
            is_shown_early: false,
            is_automatic: false,
            is_made_up_for: false,
            is_of_version_one: false,
        }
    }

    #[test]
    fn the_state_follows_from_what_the_fips_answered() {
        use FetchOutcome::{Denied, Failed, Ready, Timeout};
        let cases: [(Answers<'_>, u64, SessionStatus); 9] = [
            (&[(Ready, 20), (Ready, 20)], 0, SessionStatus::Pending),
            (&[(Ready, 20), (Ready, 20)], 19, SessionStatus::Pending),
            (&[(Ready, 20), (Ready, 20)], 20, SessionStatus::Completed),
            (&[(Ready, 20), (Ready, 500)], 20, SessionStatus::Pending),
            (&[(Ready, 20), (Timeout, 500)], 499, SessionStatus::Pending),
            (&[(Ready, 20), (Timeout, 500)], 500, SessionStatus::Partial),
            (&[(Ready, 0), (Denied, 0)], 0, SessionStatus::Partial),
            (&[(Failed, 0), (Timeout, 0)], 0, SessionStatus::Failed),
            (&[(Ready, 0)], 0, SessionStatus::Completed),
        ];
        for (fips, elapsed, expected) in cases {
            let session = session(fips);
            let status = session.status(Duration::from_millis(elapsed), session.created);
            assert_eq!(status, expected, "{fips:?} after {elapsed} ms");
        }
    }

    #[test]
    fn with_partial_fetch_a_session_is_partial_as_soon_as_there_is_any_data() {
        use FetchOutcome::{Ready, Timeout};
        let mut session = session(&[(Ready, 20), (Ready, 30)]);
        session.is_shown_early = true;
        let status = |session: &Session, elapsed| {
            session.status(Duration::from_millis(elapsed), session.created)
        };
        assert_eq!(status(&session, 19), SessionStatus::Pending);
        assert_eq!(status(&session, 20), SessionStatus::Partial);
        assert_eq!(status(&session, 30), SessionStatus::Completed);
        session.fips[0].outcome = Timeout;
        assert_eq!(status(&session, 20), SessionStatus::Pending);
        assert_eq!(status(&session, 30), SessionStatus::Partial);
    }

    #[test]
    fn accounts_of_one_fip_may_fare_differently() {
        use FetchOutcome::{Denied, Failed, Ready, Timeout};
        let cases: [(&[FetchOutcome], SessionStatus); 4] = [
            (&[Ready, Ready], SessionStatus::Completed),
            (&[Ready, Failed], SessionStatus::Partial),
            (&[Timeout, Denied, Ready], SessionStatus::Partial),
            (&[Failed, Timeout], SessionStatus::Failed),
        ];
        for (outcomes, expected) in cases {
            let mut session = session(&[(Ready, 20)]);
            session.fips[0].accounts = outcomes.iter().copied().map(account).collect();
            let status = |elapsed| session.status(Duration::from_millis(elapsed), session.created);
            assert_eq!(status(19), SessionStatus::Pending, "{outcomes:?}");
            assert_eq!(status(20), expected, "{outcomes:?}");
        }
    }

    #[test]
    fn fips_answer_one_after_the_other_even_where_they_answer_at_once() {
        use FetchOutcome::{Ready, Timeout};
        let session = session(&[(Ready, 30), (Timeout, 20), (Ready, 20)]);
        assert_eq!(session.answer_order(), [1, 2, 0]);
        let after = |answers| {
            let (status, fips) = session.after_answers(answers, session.created);
            (status, fips.concat())
        };
        use AccountStatus as Fip;
        assert_eq!(
            after(1),
            (
                SessionStatus::Pending,
                vec![Fip::Pending, Fip::Timeout, Fip::Pending]
            )
        );
        assert_eq!(
            after(2),
            (
                SessionStatus::Pending,
                vec![Fip::Pending, Fip::Timeout, Fip::Ready]
            )
        );
        assert_eq!(
            after(3),
            (
                SessionStatus::Partial,
                vec![Fip::Ready, Fip::Timeout, Fip::Ready]
            )
        );
    }

    #[test]
    fn a_session_expires_by_the_sandbox_clock_whatever_the_fips_do() {
        let session = session(&[(FetchOutcome::Ready, 1_000)]);
        let last = session
            .created
            .plus(SESSION_LIFE - Duration::from_millis(1))
            .unwrap();
        assert_eq!(session.status(Duration::ZERO, last), SessionStatus::Pending);
        let over = session.created.plus(SESSION_LIFE).unwrap();
        assert_eq!(session.status(Duration::ZERO, over), SessionStatus::Expired);
        assert_eq!(
            session.status(Duration::from_secs(1), over),
            SessionStatus::Expired
        );
    }
}
