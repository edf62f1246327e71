//! How far a customer has come at the pages of a consent or of a collection. It is kept here and not in the pages, so nothing that a browser
//! sends can skip a step. Each of them has one visit: who signs in again begins anew.

use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;

use super::step::Step;
use crate::sandbox::domain::customer::Account;

/// How often a wrong code may be given before the visit is over.
pub(super) const MOST_TRIES: u32 = 3;

const COOKIE_NAME: &str = "visit";

#[derive(Clone, Debug)]
pub(crate) struct Visit {
    /// What the browser's cookie says.
    pub(super) token: String,
    /// How many wrong codes there have been since the last right one.
    pub(super) wrong_codes: u32,
    is_signed_in: bool,
    has_read: bool,
    /// The client says which FIPs are asked, so the customer does not.
    is_guided: bool,
    /// The FIPs to look for accounts at.
    fips: Option<Vec<String>>,
    /// What the customer wants to share.
    chosen: Vec<Account>,
    /// Accounts that their FIP's code was given for: their link references.
    linked: Vec<String>,
}

impl Visit {
    pub(super) fn new(token: String) -> Visit {
        Visit {
            token,
            wrong_codes: 0,
            is_signed_in: false,
            has_read: false,
            is_guided: false,
            fips: None,
            chosen: Vec::new(),
            linked: Vec::new(),
        }
    }

    /// The customer gave the right code.
    pub(super) fn sign_in(&mut self) {
        self.is_signed_in = true;
        self.wrong_codes = 0;
    }

    /// The customer has seen the request, or is to see it only at the end.
    pub(super) fn mark_read(&mut self) {
        self.has_read = true;
    }

    /// The client says which FIPs are asked.
    pub(super) fn guide_to(&mut self, fips: Vec<String>) {
        self.is_guided = true;
        self.fips = Some(fips);
    }

    pub(super) fn is_guided(&self) -> bool {
        self.is_guided
    }

    pub(super) fn choose_fips(&mut self, fips: Vec<String>) {
        self.chosen.retain(|account| fips.contains(&account.fip_id));
        self.fips = Some(fips);
    }

    pub(super) fn fips(&self) -> Option<&[String]> {
        self.fips.as_deref()
    }

    pub(super) fn choose(&mut self, accounts: Vec<Account>) {
        self.chosen = accounts;
        self.wrong_codes = 0;
    }

    pub(super) fn chosen(&self) -> &[Account] {
        &self.chosen
    }

    /// The FIP whose code is wanted next.
    pub(super) fn fip_to_link(&self) -> Option<&str> {
        self.chosen
            .iter()
            .find(|account| !self.linked.contains(&account.link_reference))
            .map(|account| account.fip_id.as_str())
    }

    /// The customer gave the FIP's code: the chosen accounts there are linked.
    pub(super) fn link(&mut self, fip_id: &str) {
        let there = self
            .chosen
            .iter()
            .filter(|account| account.fip_id == fip_id);
        self.linked
            .extend(there.map(|account| account.link_reference.clone()));
        self.wrong_codes = 0;
    }

    /// The page that the customer has come to.
    pub(super) fn next(&self) -> Step {
        if !self.is_signed_in {
            Step::Otp
        } else if !self.has_read {
            Step::Request
        } else if self.fips.is_none() {
            Step::Fips
        } else if self.chosen.is_empty() {
            Step::Accounts
        } else if self.fip_to_link().is_some() {
            Step::Link
        } else {
            Step::Review
        }
    }

    /// Whether a page can be gone to, or back to.
    pub(super) fn may_see(&self, step: Step) -> bool {
        match step {
            Step::Mobile | Step::Cancel | Step::Done => true,
            Step::Otp => !self.is_signed_in,
            Step::Request | Step::Reject => self.is_signed_in,
            Step::Fips => self.is_signed_in && self.has_read && !self.is_guided,
            Step::Accounts => self.is_signed_in && self.has_read && self.fips.is_some(),
            Step::Link | Step::Review => self.next() == step,
        }
    }
}

/// The answer, with the visit's token for the browser to keep for these pages alone.
pub(super) fn cookie(mut response: Response, id: &str, token: &str) -> Response {
    let text = format!(
        "{COOKIE_NAME}={token}; Path={}; HttpOnly; SameSite=Lax",
        Step::Mobile.path(id)
    );
    // Ids are hexadecimal with hyphens, which headers can hold.
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().insert(SET_COOKIE, value);
    }
    response
}

/// The token that a browser sends.
pub(super) fn token_of(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| {
            pair.trim()
                .strip_prefix(COOKIE_NAME)
                .and_then(|rest| rest.strip_prefix('='))
        })
}
