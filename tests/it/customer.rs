//! A customer who answers on the consent's pages, by their forms alone: what a driven browser does too.

use reqwest::header::{COOKIE, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::{Client, Method};
use url::Url;

/// The customer of the scenarios.
const MOBILE: &str = "9999999999";
/// More pages than there are.
const MOST_PAGES: usize = 20;

struct Customer<'a> {
    client: &'a Client,
    cookie: Option<String>,
}

/// Does what the notice asks for: approves, sharing all accounts at all institutions, or rejects or cancels, for the
/// reason that stands there; or says what is in the way.
pub(crate) async fn answer(client: &Client, notice: &str, page: &str) -> Result<(), String> {
    let reason = notice.split('`').nth(1).unwrap_or_default().to_owned();
    let (rejects, cancels) = (
        notice.contains("reject the consent"),
        notice.contains("cancel the consent"),
    );
    let mut customer = Customer {
        client,
        cookie: None,
    };
    let mut at = Url::parse(page).map_err(|error| error.to_string())?;
    for _ in 0..MOST_PAGES {
        let asked = customer.ask(Method::GET, &at, None).await;
        // The scenario goes on as soon as the answer counts, and may have revoked the consent by now.
        let is_answered = at.path().ends_with("/done");
        if is_answered && asked.as_ref().is_err_and(|why| why.contains(" gave 410 ")) {
            return Ok(());
        }
        let (next, text) = asked?;
        if let Some(next) = next {
            at = next;
            continue;
        }
        let all = |name: &'static str| values(&text, name).map(move |value| (name, value));
        let name = at.path_segments().into_iter().flatten().nth(4);
        let elsewhere = match name {
            None if cancels => Some("cancel"),
            Some("request") if rejects => Some("reject"),
            _ => None,
        };
        if let Some(step) = elsewhere {
            at = Url::parse(&format!("{page}/{step}")).map_err(|error| error.to_string())?;
            continue;
        }
        let fields: Vec<(&str, &str)> = match name {
            Some("cancel" | "reject") => {
                all("cancellations").chain([("reason", &*reason)]).collect()
            }
            None => vec![("mobile", MOBILE)],
            Some("otp") => vec![("otp", "123456"), ("attempt", "0")],
            Some("institutions") => all("fip").collect(),
            Some("accounts") => all("account").collect(),
            Some("link") => all("fip").chain([("otp", "123456")]).collect(),
            Some("request" | "review") => Vec::new(),
            Some("done") => return Ok(()),
            Some(other) => return Err(format!("{other} is no page that is known")),
        };
        let (next, text) = customer.ask(Method::POST, &at, Some(&fields)).await?;
        at = next.ok_or_else(|| format!("{at} does not take {fields:?}: {text}"))?;
    }
    Err(format!("{page} leads round in a circle"))
}

impl Customer<'_> {
    /// Where a page leads, or what it shows.
    async fn ask(
        &mut self,
        method: Method,
        url: &Url,
        fields: Option<&[(&str, &str)]>,
    ) -> Result<(Option<Url>, String), String> {
        let mut request = self.client.request(method, url.clone());
        if let Some(cookie) = &self.cookie {
            request = request.header(COOKIE, cookie);
        }
        if let Some(fields) = fields {
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            let form = form.extend_pairs(fields).finish();
            request = request
                .header(ORIGIN, url.origin().ascii_serialization())
                .header("content-type", "application/x-www-form-urlencoded")
                .body(form);
        }
        let answer = request
            .send()
            .await
            .map_err(|error| format!("{url}: {error:?}"))?;
        let headers = answer.headers();
        let text_of = |name| headers.get(name).and_then(|value| value.to_str().ok());
        if let Some(cookie) = text_of(SET_COOKIE) {
            self.cookie = cookie.split(';').next().map(str::to_owned);
        }
        let next = text_of(LOCATION).and_then(|to| url.join(to).ok());
        let status = answer.status();
        let text = answer.text().await.map_err(|error| error.to_string())?;
        if next.is_none() && !status.is_success() {
            return Err(format!("{url} gave {status}: {text}"));
        }
        Ok((next, text))
    }
}

/// The values of a page's fields of that name.
fn values<'t>(page: &'t str, name: &str) -> impl Iterator<Item = &'t str> {
    page.split(&format!("name=\"{name}\" value=\""))
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect::<Vec<_>>()
        .into_iter()
}
