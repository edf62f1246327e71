//! The customer's answer on a consent page.

use url::Url;

use super::Customer;
use super::case::{Case, Frame};
use super::control::decision;
use super::limits::Cut;
use super::record::{Record, hide_url};
use super::request::from_render;
use crate::model::exchange::Response;
use crate::model::outcome::{Event, Failure, FailureKind};
use crate::model::plan::{Consent, Step};
use crate::model::template::RenderError;
use serde_json::Value;

/// What a customer can answer.
const DECISIONS: [&str; 3] = ["approve", "reject", "cancel"];

/// The statuses in which a consent ends without having been approved.
const FINAL: [&str; 4] = ["REJECTED", "FAILED", "REVOKED", "EXPIRED"];

/// An answer with its templates evaluated.
pub(super) struct Decided {
    pub(super) url: String,
    pub(super) decision: String,
    pub(super) accounts: Option<Value>,
    pub(super) reason: Option<String>,
}

impl<'run> Case<'run> {
    /// Has the customer's answer given: by the sandbox itself, by a driven browser, or by a person who is shown the page.
    pub(super) async fn consent(
        &mut self,
        step: &'run Step,
        consent: &'run Consent,
        frame: &Frame,
        record: &mut Record,
    ) -> Result<(), Cut> {
        let wrong = |message: String| {
            let span = Some(consent.url.span());
            Failure::new(FailureKind::Request, span, message)
        };
        let decided = match self.decided(consent, frame) {
            Ok(decided) => decided,
            Err(error) => {
                record.failures.push(from_render(error, step.span));
                return Ok(());
            }
        };
        record.summary = format!(
            "{} {}",
            decided.decision,
            hide_url(&decided.url, &self.secrets)
        );
        if !DECISIONS.contains(&decided.decision.as_str()) {
            record.failures.push(Failure::new(
                FailureKind::Request,
                Some(consent.decision.span()),
                format!(
                    "the decision is approve, reject or cancel, not `{}`",
                    decided.decision
                ),
            ));
            return Ok(());
        }
        if let Some(flow) = &consent.flow {
            self.asked_for = id(&self.base, &decided.url).ok();
            return self.follow(step, flow, frame, record).await;
        }
        let id = match id(&self.base, &decided.url) {
            Ok(id) => id,
            Err(why) => {
                record.failures.push(wrong(why));
                return Ok(());
            }
        };
        let shown = hide_url(&decided.url, &self.secrets);
        let control = match (&self.run.settings.customer, self.control.clone()) {
            (Customer::Sandbox, Some(control)) => control,
            (Customer::Nobody(why), _) => {
                let message =
                    format!("a person must answer this consent, and there is none: {why}");
                let mut failure = wrong(message);
                failure.notes = vec![
                    format!("its page is {shown}"),
                    "`--consent manual` shows it and waits all the same".into(),
                ];
                record.failures.push(failure);
                return Ok(());
            }
            (Customer::Person | Customer::Sandbox, _) => {
                self.asked_for = Some(id);
                let event = Event::ConsentWanted {
                    case: self.number,
                    url: shown,
                    reason: decided.reason.map(|reason| self.secrets.hide(&reason)),
                    decision: decided.decision,
                };
                self.tell(event).await;
                return Ok(());
            }
        };
        let body = decision(&decided.decision, decided.accounts, decided.reason);
        let answered = control.decide(&self.run.http, &id, &body);
        if let Err(why) = self.limits.bound(answered).await? {
            let mut failure = wrong(why);
            failure.kind = FailureKind::Transport;
            record.failures.push(failure);
        }
        Ok(())
    }

    /// The status from which a consent does not come back, if that is what the answer says of the consent that a
    /// person was asked for in this case: there is no use in waiting longer.
    pub(super) fn final_status(&self, response: &Response) -> Option<&'static str> {
        let id = self.asked_for.as_deref()?;
        let path = Url::parse(&response.url).ok()?.path().to_owned();
        if !path.split('/').any(|segment| segment == id) {
            return None;
        }
        let status = response.json().ok()?.get("status")?.as_str()?;
        FINAL.into_iter().find(|known| *known == status)
    }

    pub(super) fn decided(&self, consent: &Consent, frame: &Frame) -> Result<Decided, RenderError> {
        let engine = &self.run.plan.engine;
        let scope = &frame.scope;
        Ok(Decided {
            url: engine.render(&consent.url, scope)?,
            decision: engine.render(&consent.decision, scope)?,
            accounts: match &consent.accounts {
                Some(accounts) => Some(engine.build(accounts, scope)?),
                None => None,
            },
            reason: match &consent.reason {
                Some(reason) => Some(engine.render(reason, scope)?),
                None => None,
            },
        })
    }
}

/// The consent's id, which a consent page's URL ends with.
fn id(base: &Url, page: &str) -> Result<String, String> {
    let url = base
        .join(page)
        .map_err(|error| format!("`{page}` is not a consent page's URL: {error}"))?;
    url.path_segments()
        .into_iter()
        .flatten()
        .rfind(|segment| !segment.is_empty())
        .filter(|_| !page.trim().is_empty())
        .map(str::to_owned)
        .ok_or_else(|| format!("`{page}` is not a consent page's URL: it has no consent's id"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_s_url_ends_with_the_consent_s_id() {
        let base = Url::parse("http://a.test/v1").unwrap();
        for page in [
            "http://a.test/v2/consents/webview/abc-1",
            "http://a.test/v2/consents/webview/abc-1/?x=y#z",
            "/v2/consents/webview/abc-1",
        ] {
            assert_eq!(id(&base, page).as_deref(), Ok("abc-1"));
        }
        for page in ["", " ", "http://a.test/", "http://"] {
            assert!(id(&base, page).is_err(), "{page:?}");
        }
    }
}
