//! The pages of a review in a browser: the same as in the terminal, for the eye.
//!
//! Pages are whole HTML made here, with nothing from outside. All that is done is done by plain links and forms; the
//! script only lets keys press them. What comes from a response is never markup.

mod difference;
mod ended;
mod frame;
mod list;
mod question;
#[cfg(test)]
mod tests;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::review::ReviewOwner;
use crate::model::change::Change;
use crate::model::marked::Row;

pub use ended::{ended, nothing_left, waiting};
pub use list::list;
pub use question::question;

const STYLE: &str = include_str!("review.css");
const SCRIPT: &str = include_str!("review.js");

/// What every page has around it.
#[derive(Clone, Copy, Debug)]
pub struct WebFrame<'a> {
    /// What all addresses begin with, and nobody can guess: `/3f…`.
    pub base: &'a str,
    /// How far the review has come.
    pub tally: WebTally,
    /// What was just done, and what went wrong with it.
    pub notices: &'a [WebNotice],
    /// How things are shown.
    pub view: WebView,
}

/// How many came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WebTally {
    /// All that were pending.
    pub total: usize,
    /// Taken here.
    pub accepted: usize,
    /// Deleted here.
    pub rejected: usize,
    /// Left for later.
    pub skipped: usize,
    /// Decided on by somebody else meanwhile.
    pub elsewhere: usize,
}

impl WebTally {
    /// How many are pending still.
    pub fn pending(&self) -> usize {
        self.total - self.accepted - self.rejected - self.elsewhere
    }

    /// How many are to be asked about still.
    pub fn left(&self) -> usize {
        self.pending() - self.skipped
    }
}

/// How things are shown; every address carries it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WebView {
    /// Whether the old and the new stand beside each other.
    pub is_beside: bool,
    /// What the list is sorted by.
    pub order: WebOrder,
}

/// What a list is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WebOrder {
    /// What is left to decide, in the order in which it is asked.
    #[default]
    Change,
    /// Every snapshot, by scenario.
    Scenario,
}

impl WebOrder {
    /// As it is called in addresses.
    pub fn name(self) -> &'static str {
        match self {
            WebOrder::Change => "change",
            WebOrder::Scenario => "scenario",
        }
    }
}

impl WebView {
    /// The address of a page under the base, with how things are shown and more.
    pub fn address(self, base: &str, page: &str, more: &[(&str, &str)]) -> String {
        let mut address = format!("{base}/{page}");
        let mut sign = '?';
        let mut add = |name: &str, value: &str| {
            address.push(sign);
            address.push_str(&format!("{name}={value}"));
            sign = '&';
        };
        if self.is_beside {
            add("beside", "1");
        }
        if self.order != WebOrder::Change {
            add("by", self.order.name());
        }
        for (name, value) in more {
            add(name, value);
        }
        address
    }
}

/// Something to tell above a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebNotice {
    /// Of what kind it is.
    pub kind: WebNoticeKind,
    /// What is told.
    pub text: String,
    /// What it is about, one a line.
    pub details: Vec<String>,
}

/// Of what kind a notice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebNoticeKind {
    /// It was done.
    Done,
    /// It was not, or not all of it.
    Trouble,
}

/// A question.
#[derive(Clone, Debug)]
pub struct WebQuestion<'a> {
    /// Its page: `change/3`, `snapshot/17`.
    pub page: &'a str,
    /// What tells this state of the question from any other: it is sent with the answer.
    pub seen: &'a str,
    /// Whose change it is; the first is the one whose diff is shown.
    pub owners: &'a [ReviewOwner],
    /// The changes to decide on.
    pub changes: &'a [Change],
    /// Changes of this snapshot that were accepted before.
    pub accepted: &'a [Change],
    /// Whether there was no snapshot before.
    pub is_new: bool,
    /// Whether it was skipped before.
    pub is_skipped: bool,
    /// Why it can only be rejected, if so.
    pub problem: Option<&'a str>,
    /// The difference.
    pub rows: &'a [Row],
    /// Whether all of it is shown.
    pub is_full: bool,
    /// The first row that is shown, where there are very many.
    pub from: usize,
    /// The page of the question before.
    pub previous: Option<&'a str>,
    /// The page of the question after.
    pub next: Option<&'a str>,
    /// What else there is.
    pub list: &'a WebList,
}

/// A part of the list of what is reviewed.
#[derive(Clone, Debug, Default)]
pub struct WebList {
    /// The entries, in order.
    pub entries: Vec<WebEntry>,
    /// Which part it is, from 0.
    pub page: usize,
    /// How many parts there are.
    pub pages: usize,
}

/// A line of the list.
#[derive(Clone, Debug)]
pub struct WebEntry {
    /// The heading that it stands under.
    pub heading: String,
    /// What it is called.
    pub title: String,
    /// What there is to know of it.
    pub note: String,
    /// Its page, if there is something to decide.
    pub page: Option<String>,
    /// How far it has come.
    pub state: WebState,
    /// Whether its page is the one that is shown.
    pub is_current: bool,
}

/// How far something has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebState {
    /// It is to be decided on.
    Open,
    /// It was left for later.
    Skipped,
    /// It was taken.
    Accepted,
    /// It was deleted.
    Rejected,
    /// Somebody else decided on it.
    Elsewhere,
}

impl WebState {
    fn word(self) -> &'static str {
        match self {
            WebState::Open => "open",
            WebState::Skipped => "skipped",
            WebState::Accepted => "accepted",
            WebState::Rejected => "rejected",
            WebState::Elsewhere => "decided elsewhere",
        }
    }
}

/// What browsers are told to allow: our style, our script, our forms, and nothing else.
pub fn web_policy() -> String {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'; img-src data:",
        hash(STYLE),
        hash(SCRIPT)
    )
}
