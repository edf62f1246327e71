//! Many customers at once: nothing is lost, and nothing of one is seen by another.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::{Answer, Bench, NOW, consent_request, send, session_request};

const FLOWS: usize = 1_000;
/// As many requests as are under way at once: each has two sockets in this process, of which some systems allow few.
const REQUESTS: usize = 64;

/// What one customer saw.
struct Seen {
    consent: String,
    session: String,
    links: BTreeSet<String>,
}

struct Crowd {
    bench: Bench,
    gate: Semaphore,
}

impl Crowd {
    async fn ask(&self, request: reqwest::RequestBuilder) -> Answer {
        let _permit = self.gate.acquire().await.expect("the gate stays open");
        send(request).await
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        let request = self.bench.authorized(Method::POST, path);
        self.ask(request.body(body.to_string())).await
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self.ask(self.bench.authorized(Method::GET, path)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }

    /// From a consent to the data, for one customer.
    async fn flow(&self, mobile: &str) -> Seen {
        let request = consent_request(json!({ "vua": mobile }));
        let answer = self.post("/v2/consents", request).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        let consent = text(&answer.json()["id"]);
        let decision = format!("/_sandbox/consents/{consent}/decision");
        let answer = self.post(&decision, json!({ "decision": "approve" })).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let answer = self.post("/v2/sessions", session_request(&consent)).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        let session = text(&answer.json()["id"]);
        let data = self.data(&session).await;
        assert_eq!(data["status"], "COMPLETED");
        assert_eq!(data["consentId"], json!(consent));
        let links = self.check_data(&data, mobile);
        self.check_consent(&consent, &session, mobile, &links).await;
        Seen {
            consent,
            session,
            links,
        }
    }

    async fn data(&self, session: &str) -> Value {
        let path = format!("/v2/sessions/{session}");
        for _ in 0..2_000 {
            let data = self.get(&path).await;
            if data["status"] != "PENDING" {
                return data;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("the session stays pending");
    }

    /// Whether all data is of this customer. Gives the accounts' references.
    fn check_data(&self, data: &Value, mobile: &str) -> BTreeSet<String> {
        let mut links = BTreeSet::new();
        let fips = data["fips"].as_array().expect("FIPs");
        for account in fips
            .iter()
            .flat_map(|fip| fip["accounts"].as_array().expect("accounts"))
        {
            let link = text(&account["linkRefNumber"]);
            let content = &account["data"]["account"];
            assert_eq!(content["linkedAccRef"], json!(link));
            assert_eq!(content["maskedAccNumber"], account["maskedAccNumber"]);
            let holders = content["profile"]["holders"]["holder"]
                .as_array()
                .expect("holders");
            assert!(
                holders
                    .iter()
                    .all(|holder| holder["mobile"] == json!(mobile)),
                "{holders:?} is not {mobile}"
            );
            let transactions = content["transactions"]["transaction"].as_array();
            assert!(transactions.is_some_and(|transactions| !transactions.is_empty()));
            assert!(links.insert(link), "an account is there twice");
        }
        links
    }

    async fn check_consent(
        &self,
        consent: &str,
        session: &str,
        mobile: &str,
        links: &BTreeSet<String>,
    ) {
        let shown = self
            .get(&format!("/v2/consents/{consent}?expanded=true"))
            .await;
        assert_eq!(shown["id"], json!(consent));
        assert_eq!(shown["status"], "ACTIVE");
        assert_eq!(shown["usage"]["count"], "1");
        assert!(text(&shown["detail"]["vua"]).starts_with(&format!("{mobile}@")));
        let linked = shown["accountsLinked"].as_array().expect("accounts");
        let linked: BTreeSet<String> = linked
            .iter()
            .map(|account| text(&account["linkRefNumber"]))
            .collect();
        assert_eq!(&linked, links);
        let sessions = self
            .get(&format!("/v2/consents/{consent}/data-sessions"))
            .await;
        let sessions = sessions["dataSessions"].as_array().expect("sessions");
        let ids: Vec<&Value> = sessions
            .iter()
            .map(|session| &session["sessionId"])
            .collect();
        assert_eq!(ids, [&json!(session)]);
    }
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is no text"))
        .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_flows_at_once_all_end_right() {
    let crowd = std::sync::Arc::new(Crowd {
        bench: Bench::set_up(json!({ "clock": NOW })).await,
        gate: Semaphore::new(REQUESTS),
    });
    let mut flows = JoinSet::new();
    for number in 0..FLOWS {
        let crowd = crowd.clone();
        flows.spawn(async move { crowd.flow(&format!("9{number:09}")).await });
    }
    let seen = flows.join_all().await;
    let count = |of: fn(&Seen) -> &str| seen.iter().map(of).collect::<HashSet<_>>().len();
    assert_eq!(count(|seen| &seen.consent), FLOWS);
    assert_eq!(count(|seen| &seen.session), FLOWS);
    let links: Vec<&String> = seen.iter().flat_map(|seen| &seen.links).collect();
    assert_eq!(links.len(), 3 * FLOWS, "each has three accounts");
    assert_eq!(links.iter().collect::<HashSet<_>>().len(), links.len());
}
