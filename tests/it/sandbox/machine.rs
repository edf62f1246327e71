//! Random calls, decisions and moves of the clock, against a model of a consent's life that is small enough to be
//! seen to be right.

use proptest::prelude::*;
use proptest::test_runner::Config;
use serde_json::json;

use super::{Bench, NOW};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doing {
    Approve,
    Reject,
    Cancel,
    Pause,
    Resume,
    Expire,
    Revoke,
    Fetch,
    Refresh,
    Advance(u64),
}

/// A consent of thirty days that allows two fetches a day.
#[derive(Debug)]
struct Model {
    state: &'static str,
    day: u64,
    fetched_on: Option<(u64, u32)>,
    count: u32,
}

impl Model {
    fn new() -> Model {
        Model {
            state: "PENDING",
            day: 0,
            fetched_on: None,
            count: 0,
        }
    }

    fn state(&self) -> &'static str {
        let lives = matches!(self.state, "PENDING" | "ACTIVE" | "PAUSED");
        if lives && self.day >= 30 {
            "EXPIRED"
        } else {
            self.state
        }
    }

    /// The status of the answer.
    fn apply(&mut self, doing: Doing) -> u16 {
        let state = self.state();
        let (next, refusal) = match doing {
            Doing::Advance(days) => {
                self.day += days;
                return 200;
            }
            Doing::Fetch => return self.fetch(201),
            Doing::Refresh => return self.fetch(200),
            Doing::Approve => ((state == "PENDING").then_some("ACTIVE"), 409),
            Doing::Reject => ((state == "PENDING").then_some("REJECTED"), 409),
            Doing::Cancel => ((state == "PENDING").then_some("PENDING"), 409),
            Doing::Pause => ((state == "ACTIVE").then_some("PAUSED"), 409),
            Doing::Resume => ((state == "PAUSED").then_some("ACTIVE"), 409),
            Doing::Expire => (
                matches!(state, "PENDING" | "ACTIVE" | "PAUSED").then_some("EXPIRED"),
                409,
            ),
            Doing::Revoke => (
                matches!(state, "ACTIVE" | "PAUSED").then_some("REVOKED"),
                400,
            ),
        };
        match next {
            Some(next) => {
                self.state = next;
                200
            }
            None => refusal,
        }
    }

    fn fetch(&mut self, allowed: u16) -> u16 {
        let today = match self.fetched_on {
            Some((day, count)) if day == self.day => count,
            _ => 0,
        };
        if self.state() != "ACTIVE" || today >= 2 {
            return 400;
        }
        self.fetched_on = Some((self.day, today + 1));
        self.count += 1;
        allowed
    }
}

fn doing() -> impl Strategy<Value = Doing> {
    prop_oneof![
        4 => Just(Doing::Approve),
        1 => Just(Doing::Reject),
        1 => Just(Doing::Cancel),
        2 => Just(Doing::Pause),
        2 => Just(Doing::Resume),
        1 => Just(Doing::Expire),
        1 => Just(Doing::Revoke),
        4 => Just(Doing::Fetch),
        2 => Just(Doing::Refresh),
        3 => (1_u64..12).prop_map(Doing::Advance),
    ]
}

async fn answered(bench: &Bench, id: &str, doing: Doing) -> u16 {
    let decide = |word: &str| json!({ "decision": word });
    let answer = match doing {
        Doing::Approve => bench.decide(id, decide("approve")).await,
        Doing::Reject => bench.decide(id, decide("reject")).await,
        Doing::Cancel => bench.decide(id, decide("cancel")).await,
        Doing::Pause => bench.act(id, "pause").await,
        Doing::Resume => bench.act(id, "resume").await,
        Doing::Expire => bench.act(id, "expire").await,
        Doing::Revoke => {
            let path = format!("/v2/consents/{id}/revoke");
            bench.post(&path, &json!({})).await
        }
        Doing::Fetch => bench.session(id).await,
        Doing::Refresh => {
            let path = format!("/v2/sessions/refresh/{id}");
            let range = json!({ "from": "2024-05-01T00:00:00Z", "to": "2024-06-01T00:00:00Z" });
            bench.post(&path, &json!({ "dataRange": range })).await
        }
        Doing::Advance(days) => {
            bench.advance(&format!("{days}d")).await;
            return 200;
        }
    };
    answer.status
}

async fn follow(doings: &[Doing]) -> Result<(), TestCaseError> {
    let bench = Bench::set_up(json!({ "clock": NOW })).await;
    let terms = json!({
        "consentDuration": { "unit": "DAY", "value": 30 },
        "frequency": { "unit": "DAY", "value": 2 },
    });
    let id = bench.consent(terms).await;
    let mut model = Model::new();
    for (index, doing) in doings.iter().enumerate() {
        let expected = model.apply(*doing);
        let context = format!("{doing:?}, after {:?}", &doings[..index]);
        prop_assert_eq!(answered(&bench, &id, *doing).await, expected, "{}", context);
        let shown = bench.get(&format!("/v2/consents/{id}?expanded=true")).await;
        let shown = shown.json();
        prop_assert_eq!(&shown["status"], model.state(), "{}", context);
        let count = model.count.to_string();
        prop_assert_eq!(&shown["usage"]["count"], &json!(count), "{}", context);
        let has_accounts = shown["accountsLinked"] != json!([]);
        let was_active = !matches!(shown["status"].as_str(), Some("PENDING" | "REJECTED"));
        prop_assert!(was_active || !has_accounts, "{}", context);
    }
    Ok(())
}

proptest! {
    #![proptest_config(Config { cases: 48, failure_persistence: None, ..Config::default() })]

    #[test]
    fn no_consent_is_ever_seen_outside_its_machine(doings in prop::collection::vec(doing(), 1..24)) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime of one thread");
        runtime.block_on(follow(&doings))?;
    }
}
