//! Random sessions of several customers' consents, and moves of the clock, against a model of a session's life. Each
//! customer's banks answer in one way, so that the model knows how each session ends.

use proptest::prelude::*;
use proptest::test_runner::Config;
use serde_json::{Value, json};

use super::{Bench, NOW};

/// Sessions can be read for one day.
const LIFE: u64 = 24;

/// A customer, and how a session of each ends once the banks have answered.
#[derive(Clone, Copy)]
struct Customer {
    mobile: &'static str,
    /// What each account's bank does. `wait` is a bank that is still thinking when the test ends.
    banks: &'static [&'static str],
    ends: &'static str,
}

const CUSTOMERS: [Customer; 5] = [
    Customer {
        mobile: "9000000001",
        banks: &["ready", "ready"],
        ends: "COMPLETED",
    },
    Customer {
        mobile: "9000000002",
        banks: &["ready", "timeout", "denied"],
        ends: "PARTIAL",
    },
    Customer {
        mobile: "9000000003",
        banks: &["failed"],
        ends: "FAILED",
    },
    Customer {
        mobile: "9000000004",
        banks: &["timeout", "denied"],
        ends: "FAILED",
    },
    Customer {
        mobile: "9000000005",
        banks: &["ready", "wait"],
        ends: "PENDING",
    },
];

#[derive(Clone, Copy, Debug)]
enum Doing {
    Open(usize),
    Revoke(usize),
    Advance(u64),
}

fn doing() -> impl Strategy<Value = Doing> {
    let customer = 0..CUSTOMERS.len();
    prop_oneof![
        6 => customer.clone().prop_map(Doing::Open),
        1 => customer.prop_map(Doing::Revoke),
        2 => (1_u64..20).prop_map(Doing::Advance),
    ]
}

/// A session as it must be seen.
struct Opened {
    id: String,
    consent: String,
    customer: usize,
    hour: u64,
}

impl Opened {
    fn status(&self, hour: u64) -> &'static str {
        if hour >= self.hour + LIFE {
            "EXPIRED"
        } else {
            CUSTOMERS[self.customer].ends
        }
    }
}

fn accounts(customer: Customer) -> Value {
    let account = |bank: &&str| match *bank {
        "wait" => json!({ "fip": "setu-fip-2" }),
        "ready" => json!({ "fip": "setu-fip" }),
        wrong => json!({ "fip": "setu-fip", "fetch": wrong }),
    };
    let accounts: Vec<Value> = customer.banks.iter().map(account).collect();
    json!({ "mobile": customer.mobile, "accounts": accounts })
}

/// One world with a consent of each customer, every one of them approved.
async fn world() -> (Bench, Vec<String>) {
    let customers: Vec<Value> = CUSTOMERS.into_iter().map(accounts).collect();
    let bench = Bench::set_up(json!({
        "clock": NOW,
        "customers": customers,
        "fips": { "setu-fip": { "latency": "0s" }, "setu-fip-2": { "latency": "1h" } },
    }))
    .await;
    let mut consents = Vec::new();
    for customer in CUSTOMERS {
        let terms = json!({ "vua": customer.mobile, "frequency": { "unit": "DAY", "value": 24 } });
        consents.push(bench.active_consent(terms).await);
    }
    (bench, consents)
}

/// Each account of a session says what its own bank did, and has data only if that is that it is ready.
fn accounts_are_right(customer: Customer, shown: &Value) -> bool {
    let accounts = shown["fips"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|fip| fip["accounts"].as_array().into_iter().flatten());
    let mut seen: Vec<String> = Vec::new();
    for account in accounts {
        let status = account["FIstatus"].as_str().unwrap_or_default();
        let holder = &account["data"]["account"]["profile"]["holders"]["holder"][0];
        let is_right = match status {
            "READY" => holder["mobile"] == customer.mobile,
            _ => account["data"].is_null(),
        };
        if !is_right {
            return false;
        }
        seen.push(status.to_lowercase());
    }
    seen == customer.banks
}

async fn follow(doings: &[Doing]) -> Result<(), TestCaseError> {
    let (bench, consents) = world().await;
    let mut is_revoked = [false; CUSTOMERS.len()];
    let mut sessions: Vec<Opened> = Vec::new();
    let mut hour = 0;
    for (index, doing) in doings.iter().enumerate() {
        let context = format!("{doing:?}, after {:?}", &doings[..index]);
        match *doing {
            Doing::Open(customer) => {
                let consent = &consents[customer];
                let answer = bench.session(consent).await;
                let expected = if is_revoked[customer] { 400 } else { 201 };
                prop_assert_eq!(answer.status, expected, "{}", context);
                if answer.status == 201 {
                    prop_assert_eq!(&answer.json()["status"], "PENDING", "{}", context);
                    sessions.push(Opened {
                        id: answer.json()["id"].as_str().unwrap_or_default().to_owned(),
                        consent: consent.clone(),
                        customer,
                        hour,
                    });
                }
            }
            Doing::Revoke(customer) => {
                let path = format!("/v2/consents/{}/revoke", consents[customer]);
                let status = bench.post(&path, &json!({})).await.status;
                let expected = if is_revoked[customer] { 400 } else { 200 };
                prop_assert_eq!(status, expected, "{}", context);
                is_revoked[customer] = true;
            }
            Doing::Advance(hours) => {
                bench.advance(&format!("{hours}h")).await;
                hour += hours;
            }
        }
        all_are_right(&bench, &sessions, hour, &context).await?;
    }
    Ok(())
}

/// Every session that was ever opened is seen as the model has it: its state, its consent, its customer's data.
async fn all_are_right(
    bench: &Bench,
    sessions: &[Opened],
    hour: u64,
    context: &str,
) -> Result<(), TestCaseError> {
    for session in sessions {
        let answer = bench.get(&format!("/v2/sessions/{}", session.id)).await;
        prop_assert_eq!(answer.status, 200, "{}", context);
        let shown = answer.json();
        let status = session.status(hour);
        prop_assert_eq!(&shown["status"], status, "{}", context);
        prop_assert_eq!(&shown["consentId"], &session.consent, "{}", context);
        let is_listed = !matches!(status, "PENDING" | "EXPIRED");
        prop_assert_eq!(shown["fips"].is_array(), is_listed, "{}", context);
        if is_listed {
            let is_right = accounts_are_right(CUSTOMERS[session.customer], &shown);
            prop_assert!(is_right, "{}: {}", context, shown);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(Config { cases: 24, failure_persistence: None, ..Config::default() })]

    #[test]
    fn no_session_is_ever_seen_outside_its_machine(doings in prop::collection::vec(doing(), 1..16)) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime of one thread");
        runtime.block_on(follow(&doings))?;
    }
}
