//! What each request wants of the accounts that are found, in words and for the form.

use super::request::name;
use super::{Scene, words};
use crate::sandbox::decision::{Asked, offered};
use crate::sandbox::domain::customer::{Account, Selection, selection};

/// What one request wants.
pub(super) struct Want<'a> {
    number: usize,
    pub(super) asked: &'a Asked<'a>,
    /// Which of the accounts that are found it can be for.
    pub(super) found: Vec<Account>,
    /// None can be found for it anywhere.
    is_hopeless: bool,
}

pub(super) fn wants<'a>(
    scene: &Scene<'_>,
    asked: &'a [Asked<'a>],
    found: &[Account],
) -> Vec<Want<'a>> {
    let want = |(number, asked): (usize, &'a Asked<'a>)| {
        let offered = offered(scene.world, asked.consent);
        Want {
            number,
            asked,
            is_hopeless: offered.is_empty(),
            found: found
                .iter()
                .filter(|account| offered.contains(account))
                .cloned()
                .collect(),
        }
    };
    asked.iter().enumerate().map(want).collect()
}

impl Want<'_> {
    fn takes_one(&self) -> bool {
        selection(&self.asked.consent.terms) == Selection::One
    }

    /// How many accounts it wants; one of several says its name.
    pub(super) fn words(&self, is_one_of_several: bool) -> String {
        if !is_one_of_several {
            return if self.takes_one() {
                "You can share one account.".to_owned()
            } else {
                "You can share one or several.".to_owned()
            };
        }
        let name = name(self.number);
        let many = if self.takes_one() {
            "one account"
        } else {
            "one account or several"
        };
        match (self.found.is_empty(), self.asked.is_optional) {
            (true, _) if self.is_hopeless => {
                format!("{name} finds no account that it could be for, and fails if you approve.")
            }
            (true, _) => {
                format!("{name} finds no account at the institutions that you chose.")
            }
            (false, true) => format!("{name} is optional: {many}, or none."),
            (false, false) => format!("{name} takes {many}."),
        }
    }
}

/// Whether one account is all that can be chosen: each request takes one, and each the same ones.
pub(super) fn takes_one(wants: &[Want<'_>], found: &[Account]) -> bool {
    wants
        .iter()
        .all(|want| want.takes_one() && want.found.len() == found.len())
}

/// Which of several requests an account goes to.
pub(super) fn meant_for(wants: &[Want<'_>], account: &Account) -> String {
    let names: Vec<String> = wants
        .iter()
        .filter(|want| want.found.contains(account))
        .map(|want| name(want.number).to_lowercase())
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    format!("For {}", words::list(&names))
}
