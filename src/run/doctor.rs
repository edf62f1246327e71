//! Whether a target can be reached and used: what is tried, in the order in which things depend on each other.

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout};
use url::Url;

use super::LaunchSandbox;
use super::guard::{Guard, is_loopback};
use super::http::{Allowance, Http, Outgoing};
use super::probe::{Lost, Probe};
use super::receiver::Notifications;
use super::record::hide_url;
use super::request::base_url;
use super::retry::http_date;
use super::scope;
use super::tls::Tls;
use crate::model::duration;
use crate::model::exchange::Response;
use crate::model::project::{Target, TargetKind};
use crate::model::secret::Secrets;

/// How long one thing that is tried may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// An answer to anything that is asked here is far smaller.
const LARGEST: u64 = 16 * 1024 * 1024;
/// Clocks may differ by so much before tokens and dates are judged differently.
const CLOCKS: Duration = Duration::from_secs(60);
/// How much of what a server says is repeated.
const SAID: usize = 160;

/// What was found out about one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at.
    pub name: &'static str,
    /// What came of it.
    pub health: Health,
    /// In a line, secrets hidden.
    pub detail: String,
    /// What to do about it.
    pub advice: Option<String>,
}

/// What came of a thing that was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// It works.
    Ok,
    /// It does not.
    Failed,
    /// It was not tried.
    Skipped,
}

impl Finding {
    /// A thing that works.
    pub fn ok(name: &'static str, detail: impl Into<String>) -> Self {
        Finding {
            name,
            health: Health::Ok,
            detail: detail.into(),
            advice: None,
        }
    }

    /// A thing that does not, and what to do.
    pub fn failed(
        name: &'static str,
        detail: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Finding {
            name,
            health: Health::Failed,
            detail: detail.into(),
            advice: Some(advice.into()),
        }
    }

    /// A thing that was not tried, and why.
    pub fn skipped(name: &'static str, detail: impl Into<String>) -> Self {
        Finding {
            name,
            health: Health::Skipped,
            detail: detail.into(),
            advice: None,
        }
    }
}

/// What connections by TLS are made with, beside what the system says.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// Certificates in PEM that are trusted.
    pub ca: Option<Vec<u8>>,
    /// A certificate and its key in PEM.
    pub identity: Option<(Vec<u8>, Vec<u8>)>,
    /// Whether any certificate is taken.
    pub insecure: bool,
}

/// How notifications come to this machine.
pub struct Reception {
    /// Where they are received.
    pub address: Option<SocketAddr>,
    /// The URL on the Bridge, if it is to be tried.
    pub probe: Option<Probe>,
}

/// What is tried, and with what.
struct Doctor<'a> {
    target: &'a Target,
    http: Http,
    tls: Arc<Tls>,
    secrets: Secrets,
    guard: Guard,
    base: Url,
    findings: Vec<Finding>,
}

/// Tries everything. `has_credentials` is whether the target's secrets are all there.
pub async fn examine(
    target: &Target,
    has_credentials: bool,
    reception: Reception,
    launch_sandbox: &LaunchSandbox,
    trust: Trust,
) -> Vec<Finding> {
    let mut keep = None;
    let origin = match &target.kind {
        TargetKind::Remote(origin) | TargetKind::RunningSandbox(origin) => origin.clone(),
        TargetKind::Embedded => match launch_sandbox().await {
            Ok(running) => keep.insert(running).origin.clone(),
            Err(error) => {
                let why = format!("the sandbox did not start: {error}");
                return vec![Finding::failed(
                    "connection",
                    why,
                    "see that this machine lets programs listen on loopback",
                )];
            }
        },
    };
    let base = match base_url(&origin) {
        Ok(base) => base,
        Err(why) => {
            return vec![Finding::failed(
                "connection",
                why,
                "correct the target's address",
            )];
        }
    };
    let mut doctor = Doctor {
        target,
        http: Http::new(&target.resolve),
        tls: Arc::new(Tls {
            ca: trust.ca,
            identity: trust.identity,
            insecure: trust.insecure,
        }),
        secrets: scope::secrets_of(target),
        guard: Guard::new(base.clone(), &target.hosts),
        base,
        findings: Vec::new(),
    };
    doctor.everything(has_credentials, &reception).await;
    let Doctor {
        findings, secrets, ..
    } = doctor;
    let hidden = |finding: Finding| Finding {
        detail: secrets.hide(&finding.detail),
        advice: finding.advice.map(|advice| secrets.hide(&advice)),
        ..finding
    };
    findings.into_iter().map(hidden).collect()
}

impl Doctor<'_> {
    async fn everything(&mut self, has_credentials: bool, reception: &Reception) {
        let is_reached = self.reach().await;
        let token = match (is_reached, has_credentials) {
            (false, _) => self.skip("login", "the server cannot be reached"),
            (_, false) => self.skip("login", "there are no credentials"),
            _ => self.log_in().await,
        };
        let fips = match &token {
            Some(token) => self.ask_with(token).await,
            None => self.skip("product", "there is no token"),
        };
        match fips {
            Some(fips) => self.count(&fips),
            None => {
                let _nothing: Option<()> = self.skip("fips", "they cannot be asked for");
            }
        }
        self.receive(reception).await;
    }

    fn skip<T>(&mut self, name: &'static str, why: &str) -> Option<T> {
        self.findings.push(Finding::skipped(name, why));
        None
    }

    fn fail<T>(
        &mut self,
        name: &'static str,
        detail: impl Into<String>,
        advice: impl Into<String>,
    ) -> Option<T> {
        self.findings.push(Finding::failed(name, detail, advice));
        None
    }

    /// The name, the connection, and the clock on the other side.
    async fn reach(&mut self) -> bool {
        let host = self
            .base
            .host_str()
            .unwrap_or_default()
            .trim_matches(['[', ']'])
            .to_owned();
        let port = self.base.port_or_known_default().unwrap_or(443);
        let Some(found) = self.look_up(&host, port).await else {
            let why = format!("`{host}` cannot be found");
            self.fail::<()>("name", why, "see that `base_url` is spelt right and that this machine has a network and a name server");
            self.skip::<()>("connection", "the name cannot be found");
            self.skip::<()>("clock", "the server cannot be reached");
            return false;
        };
        let told = match found == host {
            true => format!("{host}, an address"),
            false => format!("`{host}` is {found}"),
        };
        self.findings.push(Finding::ok("name", told));
        let sent = Instant::now();
        match self.ask("GET", self.base.clone(), Vec::new(), None).await {
            Err(why) => {
                let advice = if is_loopback(&self.base) {
                    "see that the server runs, and at this port"
                } else {
                    "see that no firewall or proxy is between, and that `base_url` has the right scheme and port"
                };
                self.fail::<()>("connection", why, advice);
                self.skip::<()>("clock", "the server cannot be reached");
                false
            }
            Ok(answer) => {
                let kind = if self.base.scheme() == "https" {
                    "TLS"
                } else {
                    "TCP, without TLS"
                };
                let took = duration::display(sent.elapsed());
                self.findings.push(Finding::ok(
                    "connection",
                    format!("{kind}, answered in {took}"),
                ));
                self.compare_clocks(&answer);
                true
            }
        }
    }

    /// The address of a name: what the target says, or a name server.
    async fn look_up(&self, host: &str, port: u16) -> Option<String> {
        let known = self.target.resolve.iter().find(|(name, _)| name == host);
        if let Some((_, address)) = known {
            let address = match address.port() {
                0 => address.ip().to_string(),
                _ => address.to_string(),
            };
            return Some(format!("{address}, as the target's `resolve` says"));
        }
        let asked = timeout(PATIENCE, tokio::net::lookup_host((host, port)));
        let found = asked.await.ok()?.ok()?.next()?;
        Some(found.ip().to_string())
    }

    fn compare_clocks(&mut self, answer: &Response) {
        let Some(theirs) = answer.header("date").and_then(http_date) else {
            self.skip::<()>("clock", "the server does not say what time it has");
            return;
        };
        let ahead = Timestamp::now().duration_since(theirs);
        let apart = Duration::try_from(ahead.abs()).unwrap_or_default();
        let direction = if ahead.is_negative() {
            "behind"
        } else {
            "ahead of"
        };
        if apart > CLOCKS {
            let why = format!(
                "this machine is {} {direction} the server",
                duration::display(apart)
            );
            self.fail::<()>("clock", why, "set this machine's clock (by NTP): tokens and date ranges are judged by the server's");
        } else {
            // A header says whole seconds.
            self.findings
                .push(Finding::ok("clock", "within a minute of the server's"));
        }
    }

    async fn log_in(&mut self) -> Option<String> {
        let base = self.base.as_str().trim_end_matches('/').to_owned();
        let values = ["auth_url", "client_id", "client_secret"]
            .map(|name| scope::value(self.target, name, &base));
        let [Some(auth_url), Some(id), Some(secret)] = values else {
            let why = "the target does not give `auth_url`, `client_id` and `client_secret`";
            return self.fail(
                "login",
                why,
                "give `auth_url` under `vars` and the others under `secrets`",
            );
        };
        let wanted = format!("{}/users/login", auth_url.trim_end_matches('/'));
        let service = "see that `auth_url` is the login service, `https://orgservice-prod.setu.co/v1` at Setu's";
        let Ok(url) = base_url(&wanted) else {
            return self.fail("login", format!("`{auth_url}` is no URL"), service);
        };
        let body = json!({ "clientID": id, "grant_type": "client_credentials", "secret": secret });
        let headers = vec![("client".to_owned(), "bridge".to_owned())];
        let answer = match self.ask("POST", url, headers, Some(&body)).await {
            Ok(answer) => answer,
            Err(why) => return self.fail("login", why, service),
        };
        let said = self.said(&answer);
        let Ok(json) = answer.json() else {
            return self.fail("login", said, service);
        };
        match json.get("access_token").and_then(Value::as_str) {
            Some(token) if answer.status < 300 && !token.is_empty() => {
                let token = token.to_owned();
                self.secrets.add("token", &token);
                let took = duration::display(answer.duration);
                self.findings.push(Finding::ok("login", format!("a token in {took}")));
                Some(token)
            }
            _ if matches!(answer.status, 400 | 401 | 403) => self.fail(
                "login",
                said,
                "compare client id and secret with the API keys on the Bridge, sandbox and production having their own; a new secret ends the old one",
            ),
            _ => self.fail("login", said, service),
        }
    }

    /// Asks for the FIPs, which a token and a product instance are needed for.
    async fn ask_with(&mut self, token: &str) -> Option<Value> {
        let base = self.base.as_str().trim_end_matches('/').to_owned();
        let Some(product) = scope::value(self.target, "product_instance_id", &base) else {
            return self.fail(
                "product",
                "the target does not give `product_instance_id`",
                "give it under `secrets`; the Bridge shows it as the product's id",
            );
        };
        let Ok(url) = base_url(&format!("{base}/v2/fips")) else {
            return self.fail("product", "there is no such URL", "correct `base_url`");
        };
        let headers = vec![
            ("authorization".to_owned(), format!("Bearer {token}")),
            ("x-product-instance-id".to_owned(), product),
        ];
        let answer = match self.ask("GET", url, headers, None).await {
            Ok(answer) => answer,
            Err(why) => {
                return self.fail(
                    "product",
                    why,
                    "try again; see whether the server has trouble",
                );
            }
        };
        let said = self.said(&answer);
        match (answer.status, answer.json()) {
            (200..=299, Ok(json)) => {
                self.findings.push(Finding::ok("product", "the product instance is accepted"));
                Some(json.clone())
            }
            (401, _) => self.fail("product", said, "the token is not for this server: see that `auth_url` and `base_url` belong together"),
            (400 | 403 | 404, Ok(_)) => self.fail("product", said, "compare `product_instance_id` with the product's id on the Bridge, and see that the product is an FIU of the environment that `base_url` is"),
            _ => self.fail("product", said, "see that `base_url` is the gateway, `https://fiu-sandbox.setu.co` at Setu's"),
        }
    }

    fn count(&mut self, fips: &Value) {
        let list = fips.get("data").and_then(Value::as_array);
        let count = list.map_or(0, Vec::len);
        let active = |fip: &&Value| fip.get("status").and_then(Value::as_str) == Some("ACTIVE");
        let active = list.map_or(0, |list| list.iter().filter(active).count());
        if count == 0 {
            self.fail::<()>(
                "fips",
                "there is none",
                "on the Bridge, see that the product has FIPs",
            );
        } else {
            self.findings.push(Finding::ok(
                "fips",
                format!("{count}, of which {active} are ACTIVE"),
            ));
        }
    }

    async fn receive(&mut self, reception: &Reception) {
        let name = "notifications";
        let Some(address) = reception.address else {
            if self.target.has_sandbox() {
                self.skip::<()>(name, "a sandbox is told by itself where to send them");
            } else if reception.probe.is_some() {
                let advice = "give the target `notifications: 127.0.0.1:9400`, or another port, and have a tunnel lead there";
                self.fail::<()>(name, "the target names no address for them", advice);
            } else {
                let why = "the target names no address; scenarios that `await` are skipped";
                self.skip::<()>(name, why);
            }
            return;
        };
        let notifications = match Notifications::listen(address).await {
            Ok(notifications) => notifications,
            Err(error) => {
                let advice =
                    "end what listens there, or give the target's `notifications` another port";
                self.fail::<()>(name, format!("{address}: {error}"), advice);
                return;
            }
        };
        let finding = match &reception.probe {
            None => Finding {
                advice: Some("the Bridge's notification URL is that of a tunnel that leads there; `--notify URL` tries whether it does".into()),
                ..Finding::ok(name, format!("{address} can be listened at"))
            },
            Some(probe) => match probe.arrives(&self.http, &notifications).await {
                Ok(told) => Finding::ok(name, told),
                Err(Lost { why, advice }) => Finding::failed(name, why, advice),
            },
        };
        self.findings.push(finding);
    }

    /// Asks, unless a secret would go where the target does not name.
    async fn ask(
        &self,
        method: &str,
        url: Url,
        mut headers: Vec<(String, String)>,
        body: Option<&Value>,
    ) -> Result<Response, String> {
        headers.push(("accept".into(), "application/json".into()));
        if body.is_some() {
            headers.push(("content-type".into(), "application/json".into()));
        }
        let outgoing = Outgoing {
            method: method.to_owned(),
            url,
            headers,
            body: body.map(|body| Bytes::from(body.to_string())),
            brief: None,
            tls: Arc::clone(&self.tls),
        };
        if let Some(name) = self.guard.leak(&self.secrets, &outgoing) {
            let host = outgoing.url.host_str().unwrap_or_default();
            return Err(format!(
                "the secret `{name}` would leave for `{host}`, which is not among the target's `hosts`"
            ));
        }
        let allowance = Allowance {
            deadline: Instant::now() + PATIENCE,
            max_body: LARGEST,
        };
        let answered = self.http.exchange(&outgoing, allowance).await;
        answered.map_err(|error| {
            let url = hide_url(outgoing.url.as_str(), &self.secrets);
            format!("{method} {url}: {}", error.message)
        })
    }

    /// What a server says when it does not give what was asked for.
    fn said(&self, answer: &Response) -> String {
        let url = hide_url(&answer.url, &self.secrets);
        let kind = answer.header("content-type").unwrap_or("no type");
        let Ok(json) = answer.json() else {
            return format!("{url} gave {} with {kind}, which is no JSON", answer.status);
        };
        let message = ["/errorMsg", "/message", "/error/message", "/error"]
            .iter()
            .find_map(|pointer| json.pointer(pointer)?.as_str());
        match message {
            // A cut could leave half of a secret.
            Some(message) => {
                let message: String = self.secrets.hide(message).chars().take(SAID).collect();
                format!("{url} gave {}: {message}", answer.status)
            }
            None => format!("{url} gave {}", answer.status),
        }
    }
}
