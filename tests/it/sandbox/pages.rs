//! The consent pages as a browser without scripts meets them: forms, redirects, a cookie. What a person sees and does
//! is tested in a real browser, in `tests/browser`.

mod clock;
mod collection;
mod journey;
mod refusals;

use reqwest::Method;
use reqwest::header::{COOKIE, LOCATION, ORIGIN, SET_COOKIE};
use serde_json::{Value, json};

use super::{Bench, MOBILE, consent_request};

/// A page, and where it leads if it is none.
#[derive(Debug)]
struct Seen {
    status: u16,
    /// The name of the page that it leads to, such as `otp`; empty for the first.
    leads_to: Option<String>,
    text: String,
}

impl Seen {
    fn title(&self) -> &str {
        let start = self
            .text
            .find("<h1>")
            .unwrap_or_else(|| panic!("no heading in {self:?}"));
        let rest = &self.text[start + 4..];
        &rest[..rest.find("</h1>").expect("the heading ends")]
    }

    #[track_caller]
    fn shows(&self, parts: &[&str]) {
        for part in parts {
            assert!(self.text.contains(part), "{part} in {}", self.text);
        }
    }

    #[track_caller]
    fn goes_to(&self, page: &str) {
        assert_eq!(
            (self.status, self.leads_to.as_deref()),
            (303, Some(page)),
            "{}",
            self.text
        );
    }
}

/// A customer at a consent's pages.
struct Customer<'a> {
    bench: &'a Bench,
    consent: String,
    client: reqwest::Client,
    cookie: Option<String>,
}

impl<'a> Customer<'a> {
    fn of(bench: &'a Bench, consent: &str) -> Customer<'a> {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a plain client");
        Customer {
            bench,
            consent: consent.to_owned(),
            client,
            cookie: None,
        }
    }

    /// With a new consent.
    async fn asked(bench: &'a Bench, extra: Value) -> Customer<'a> {
        let consent = bench.consent(extra).await;
        Customer::of(bench, &consent)
    }

    fn request(&self, method: Method, page: &str) -> reqwest::RequestBuilder {
        let origin = self.bench.sandbox.origin();
        let mut url = format!("{origin}/v2/consents/webview/{}", self.consent);
        if !page.is_empty() {
            url = format!("{url}/{page}");
        }
        let request = self.client.request(method, url);
        match &self.cookie {
            Some(cookie) => request.header(COOKIE, cookie),
            None => request,
        }
    }

    async fn send(&mut self, request: reqwest::RequestBuilder) -> Seen {
        let response = request.send().await.expect("an answer");
        if let Some(cookie) = response.headers().get(SET_COOKIE) {
            let cookie = cookie.to_str().expect("text");
            for part in [
                "HttpOnly",
                "SameSite=Lax",
                &format!("Path=/v2/consents/webview/{}", self.consent),
            ] {
                assert!(cookie.contains(part), "{part} in {cookie}");
            }
            self.cookie = cookie.split(';').next().map(str::to_owned);
        }
        let base = format!("/v2/consents/webview/{}", self.consent);
        let leads_to = response.headers().get(LOCATION).map(|to| {
            let to = to.to_str().expect("text");
            to.strip_prefix(&base)
                .unwrap_or(to)
                .trim_start_matches('/')
                .to_owned()
        });
        if leads_to.is_none() {
            let headers = response.headers();
            let policy = headers["content-security-policy"].to_str().expect("text");
            assert!(
                policy.starts_with("default-src 'none'; style-src 'sha256-"),
                "{policy}"
            );
            assert!(!policy.contains("unsafe"), "{policy}");
            assert_eq!(headers["content-type"], "text/html; charset=utf-8");
            assert_eq!(headers["cache-control"], "no-store");
            assert_eq!(headers["x-content-type-options"], "nosniff");
        }
        Seen {
            status: response.status().as_u16(),
            leads_to,
            text: response.text().await.expect("a body"),
        }
    }

    async fn look(&mut self, page: &str) -> Seen {
        let request = self.request(Method::GET, page);
        self.send(request).await
    }

    async fn fill(&mut self, page: &str, fields: &[(&str, &str)]) -> Seen {
        let origin = self.bench.sandbox.origin().to_owned();
        let request = self
            .request(Method::POST, page)
            .header(ORIGIN, origin)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(encoded(fields));
        self.send(request).await
    }

    async fn sign_in(&mut self) {
        self.fill("", &[("mobile", MOBILE)]).await.goes_to("otp");
        let seen = self
            .fill("otp", &[("otp", "123456"), ("attempt", "0")])
            .await;
        assert_eq!(seen.status, 303, "{seen:?}");
    }

    /// Signs in and reads the request.
    async fn read(&mut self) {
        self.sign_in().await;
        self.fill("request", &[]).await;
    }

    /// Comes to the accounts at Setu's first test FIP, and gives their masked numbers.
    async fn find_accounts(&mut self) -> Vec<String> {
        self.read().await;
        self.fill("institutions", &[("fip", "setu-fip")])
            .await
            .goes_to("accounts");
        let page = self.look("accounts").await;
        masked_numbers(&page.text)
    }

    /// Comes to the last question with one account.
    async fn review(&mut self) -> String {
        let account = self.find_accounts().await.remove(0);
        self.fill("accounts", &[("account", &account)])
            .await
            .goes_to("link");
        self.fill("link", &[("fip", "setu-fip"), ("otp", "123456")])
            .await
            .goes_to("review");
        account
    }

    async fn status(&self) -> String {
        let path = format!("/v2/consents/{}", self.consent);
        let consent = self.bench.get(&path).await.json();
        consent["status"].as_str().expect("a status").to_owned()
    }
}

fn encoded(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}

/// The values of the fields for accounts.
fn masked_numbers(page: &str) -> Vec<String> {
    page.split("name=\"account\" value=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .map(str::to_owned)
        .collect()
}

fn context(key: &str, value: &str) -> Value {
    json!({ "context": [{ "key": key, "value": value }] })
}
