//! A sandbox of its own in which an event is brought about, over HTTP as any client, customer and clock would.

use std::time::Duration;

use bytes::Bytes;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use url::Url;

use super::events::{Event, Step};
use crate::run::{Errands, Mailbox};
use crate::sandbox::{Options, Sandbox};

/// The sandbox is in this process and answers at once.
const PATIENCE: Duration = Duration::from_secs(20);

const MOBILE: &str = "9876543210";

/// Which version of the API the client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    One,
    Two,
}

struct Stage<'a> {
    sandbox: Sandbox,
    options: Options,
    mailbox: Mailbox,
    errands: &'a Errands,
    version: Version,
    consent: String,
    /// The sandbox's time at the beginning, and that after four months.
    now: Timestamp,
    expiry: Timestamp,
    /// The year of data that are asked for, by the sandbox's clock.
    range: Value,
}

/// The notification of an event, as the sandbox has sent it.
pub(super) async fn cause(
    event: &Event,
    version: Version,
    seed: u64,
    errands: &Errands,
) -> Result<Bytes, String> {
    let mut stage = Stage::set_up(version, seed, errands).await?;
    for step in event.story {
        stage.play(*step).await?;
    }
    let told = stage.mailbox.first(|body| event.is(body));
    let told = tokio::time::timeout(PATIENCE, told).await;
    stage.sandbox.stop().await;
    told.map_err(|_| format!("`{}` did not happen", event.name))
}

impl<'a> Stage<'a> {
    async fn set_up(
        version: Version,
        seed: u64,
        errands: &'a Errands,
    ) -> Result<Stage<'a>, String> {
        let options = Options {
            seed,
            ..Options::default()
        };
        let started = |error: std::io::Error| format!("the sandbox cannot be started: {error}");
        let mut stage = Stage {
            sandbox: Sandbox::start(options.clone()).await.map_err(started)?,
            mailbox: Mailbox::open().await.map_err(started)?,
            options,
            errands,
            version,
            consent: String::new(),
            now: Timestamp::UNIX_EPOCH,
            expiry: Timestamp::UNIX_EPOCH,
            range: Value::Null,
        };
        let clock = stage.control("GET", "clock", None).await?;
        let now = clock["now"].as_str().unwrap_or_default();
        let wrong = |_| format!("the sandbox's clock says {clock}");
        stage.now = now.parse().map_err(wrong)?;
        stage.expiry = (stage.now)
            .checked_add(SignedDuration::from_hours(120 * 24))
            .map_err(wrong)?;
        let year = stage.now.to_zoned(TimeZone::UTC).year();
        // Last year is over, and its first and last days are dates in any year.
        stage.range = json!({
            "from": format!("{}-01-01T00:00:00.000Z", year - 1),
            "to": format!("{}-12-31T23:59:59.000Z", year - 1),
        });
        Ok(stage)
    }

    async fn play(&mut self, step: Step) -> Result<(), String> {
        let consent = format!("consents/{}", self.consent);
        match step {
            Step::Product(switch) => self.change(json!({ "product": { switch: true } })).await?,
            Step::Fip(fip, fetch) => {
                self.change(json!({ "fips": { fip: { "fetch": fetch } } }))
                    .await?
            }
            Step::SlowFips => {
                // By a real clock, and longer than any story takes: nobody waits for them.
                let slow = json!({ "latency": "1h" });
                self.change(json!({ "fips": { "setu-fip": slow, "setu-fip-2": slow } }))
                    .await?
            }
            Step::NoAccounts => {
                let nobody = json!({ "mobile": MOBILE, "accounts": [] });
                self.change(json!({ "customers": [nobody] })).await?
            }
            Step::AggregatorFails => self.change(json!({ "aggregators": "strict" })).await?,
            Step::Consent => self.ask(MOBILE.to_owned(), json!({})).await?,
            Step::ConsentAtSetu => self.ask(format!("{MOBILE}@setu"), json!({})).await?,
            Step::ScarceConsent => {
                let frequency = json!({ "unit": "YEAR", "value": 1 });
                self.ask(MOBILE.to_owned(), json!({ "frequency": frequency }))
                    .await?
            }
            Step::Listen => {
                let url = json!({ "url": self.mailbox.url() });
                self.control("PUT", "notifications", Some(url)).await?
            }
            Step::Decide(decision) => {
                let body = json!({ "decision": decision });
                self.control("POST", &format!("{consent}/decision"), Some(body))
                    .await?
            }
            Step::Act(action) => {
                let body = json!({ "action": action });
                self.control("POST", &format!("{consent}/state"), Some(body))
                    .await?
            }
            Step::Pass(time) => {
                self.control("POST", "clock", Some(json!({ "advance": time })))
                    .await?
            }
            // The first version has no call for it: its customers revoke at the aggregator.
            Step::Revoke if self.version == Version::One => {
                let body = json!({ "action": "revoke" });
                self.control("POST", &format!("{consent}/state"), Some(body))
                    .await?
            }
            Step::Revoke => {
                self.client("POST", &format!("v2/{consent}/revoke"), None, 200)
                    .await?
            }
            Step::Session => self.open_session().await?,
            Step::Refresh(is_taken) => {
                let path = format!("v2/sessions/refresh/{}?restart=true", self.consent);
                self.client("GET", &path, None, if is_taken { 200 } else { 400 })
                    .await?
            }
        };
        Ok(())
    }

    async fn ask(&mut self, vua: String, extra: Value) -> Result<Value, String> {
        let (path, mut body) = match self.version {
            Version::Two => (
                "v2/consents",
                json!({ "vua": vua, "dataRange": self.range, "consentDuration": { "unit": "MONTH", "value": 4 } }),
            ),
            Version::One => ("consents", self.request_of_version_one(&vua)),
        };
        if let (Some(body), Some(extra)) = (body.as_object_mut(), extra.as_object()) {
            body.extend(extra.clone());
        }
        let answer = self.client("POST", path, Some(body), 201).await?;
        self.consent = answer["id"].as_str().unwrap_or_default().to_owned();
        Ok(answer)
    }

    /// A request that says everything, as the first version wants it.
    fn request_of_version_one(&self, vua: &str) -> Value {
        json!({
            "Detail": {
                "consentStart": self.now.to_string(),
                "consentExpiry": self.expiry.to_string(),
                "Customer": { "id": vua },
                "FIDataRange": self.range,
                "consentMode": "STORE",
                "consentTypes": ["PROFILE", "SUMMARY", "TRANSACTIONS"],
                "fetchType": "PERIODIC",
                "Frequency": { "unit": "MONTH", "value": 30 },
                "DataLife": { "unit": "MONTH", "value": 1 },
                "DataConsumer": { "id": "sammati-trigger" },
                "Purpose": {
                    "Category": { "type": "Personal Finance" },
                    "code": "101",
                    "text": "Wealth management service",
                    "refUri": "https://api.rebit.org.in/aa/purpose/101.xml",
                },
                "fiTypes": ["DEPOSIT"],
            },
        })
    }

    async fn open_session(&self) -> Result<Value, String> {
        let (path, range) = match self.version {
            Version::One => ("sessions", "DataRange"),
            Version::Two => ("v2/sessions", "dataRange"),
        };
        let body = json!({ "consentId": self.consent, range: self.range, "format": "json" });
        self.client("POST", path, Some(body), 201).await
    }

    async fn change(&self, setup: Value) -> Result<Value, String> {
        self.control("PATCH", "setup", Some(setup)).await
    }

    async fn control(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Result<Value, String> {
        self.call(method, &format!("_sandbox/{path}"), Vec::new(), body, 200)
            .await
    }

    /// A call with the client's credentials, which must be answered with that status.
    async fn client(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
        status: u16,
    ) -> Result<Value, String> {
        let mut headers = vec![
            ("x-client-id".to_owned(), self.options.client_id.clone()),
            (
                "x-client-secret".to_owned(),
                self.options.client_secret.clone(),
            ),
        ];
        if self.version == Version::Two {
            let product = self.options.product_instance_id.clone();
            headers.push(("x-product-instance-id".to_owned(), product));
        }
        self.call(method, path, headers, body, status).await
    }

    async fn call(
        &self,
        method: &str,
        path: &str,
        headers: Vec<(String, String)>,
        body: Option<Value>,
        status: u16,
    ) -> Result<Value, String> {
        let wrong =
            |why: String| format!("the sandbox does not play along at {method} /{path}: {why}");
        let url = Url::parse(&format!("{}/{path}", self.sandbox.origin()))
            .map_err(|error| wrong(error.to_string()))?;
        let body = body.map(|body| Bytes::from(body.to_string()));
        let answer = self
            .errands
            .send(method, url, headers, body, PATIENCE)
            .await
            .map_err(wrong)?;
        if answer.status == status {
            return Ok(answer.json().cloned().unwrap_or_default());
        }
        let text = answer.text();
        Err(wrong(format!("{} {text}", answer.status)))
    }
}
