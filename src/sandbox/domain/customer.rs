//! A customer's accounts, and which of them a consent may be given for.

use serde::{Deserialize, Serialize};

use super::context::ContextKey;
use super::session::FetchOutcome;
use super::terms::{FiType, Terms};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum AccountType {
    Savings,
    Current,
    /// What the AA specification calls an account that is neither, such as any that is not a DEPOSIT account.
    #[serde(rename = "DEFAULT")]
    Other,
}

impl AccountType {
    pub(crate) fn name(self) -> &'static str {
        match self {
            AccountType::Savings => "SAVINGS",
            AccountType::Current => "CURRENT",
            AccountType::Other => "DEFAULT",
        }
    }
}

/// An account at a FIP. It carries the keys that its data is made from, so that data needs nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) fip_id: String,
    pub(crate) fi_type: FiType,
    pub(crate) account_type: AccountType,
    pub(crate) masked_number: String,
    pub(crate) link_reference: String,
    pub(crate) mobile: String,
    pub(crate) transactions_a_year: u32,
    /// How a data session goes for it when its FIP answers well.
    pub(crate) outcome: FetchOutcome,
    /// What the account's numbers are made from.
    pub(crate) key: u64,
    /// What the holder's name and particulars are made from: one for all accounts of a customer.
    pub(crate) holder_key: u64,
}

/// How many accounts the customer may choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Selection {
    One,
    Several,
}

/// Which accounts the customer chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    All,
    /// By masked number or FIP id.
    Named(Vec<String>),
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ChoiceError {
    Unknown(String),
    Empty,
    MoreThanOne,
}

/// Whether these terms let an account be found and offered to the customer.
pub(crate) fn is_offered(account: &Account, terms: &Terms) -> bool {
    let listed = |ids: &str| ids.split(',').any(|id| id.trim() == account.fip_id);
    terms.fi_types.contains(&account.fi_type)
        && terms
            .context_value(ContextKey::AccountType)
            .is_none_or(|kind| is_of_type(account, kind))
        && terms.context_value(ContextKey::FipId).is_none_or(listed)
        && !terms
            .context_value(ContextKey::ExcludeFipIds)
            .is_some_and(listed)
}

/// Only DEPOSIT accounts are savings or current accounts; the rest are not meant by a choice between the two.
fn is_of_type(account: &Account, kind: &str) -> bool {
    account.fi_type != FiType::Deposit || kind == account.account_type.name()
}

pub(crate) fn selection(terms: &Terms) -> Selection {
    match terms.context_value(ContextKey::AccountSelectionMode) {
        Some("single") => Selection::One,
        _ => Selection::Several,
    }
}

impl Account {
    /// Whether a choice that names this names the account: its FIP, its masked number, or both with `/` between, because
    /// two FIPs may mask numbers to the same.
    pub(crate) fn is_meant_by(&self, name: &str) -> bool {
        let of_fip = name
            .strip_prefix(self.fip_id.as_str())
            .and_then(|rest| rest.strip_prefix('/'));
        name == self.fip_id || of_fip.unwrap_or(name) == self.masked_number
    }

    /// The name that no other FIP's account has.
    pub(crate) fn full_name(&self) -> String {
        format!("{}/{}", self.fip_id, self.masked_number)
    }
}

/// The accounts that a choice means. `All` where only one may be chosen means the first.
pub(crate) fn choose(
    offered: Vec<Account>,
    choice: &Choice,
    selection: Selection,
) -> Result<Vec<Account>, ChoiceError> {
    let Choice::Named(names) = choice else {
        let most = if selection == Selection::One {
            1
        } else {
            usize::MAX
        };
        return Ok(offered.into_iter().take(most).collect());
    };
    if let Some(unknown) = names
        .iter()
        .find(|name| !offered.iter().any(|account| account.is_meant_by(name)))
    {
        return Err(ChoiceError::Unknown(unknown.clone()));
    }
    let chosen: Vec<Account> = offered
        .into_iter()
        .filter(|account| names.iter().any(|name| account.is_meant_by(name)))
        .collect();
    match (chosen.len(), selection) {
        (0, _) => Err(ChoiceError::Empty),
        (2.., Selection::One) => Err(ChoiceError::MoreThanOne),
        _ => Ok(chosen),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(fip_id: &str, masked_number: &str) -> Account {
        Account {
            fip_id: fip_id.to_owned(),
            fi_type: FiType::Deposit,
            account_type: AccountType::Savings,
            masked_number: masked_number.to_owned(),
            link_reference: String::new(),
            mobile: "9876543210".to_owned(),
            transactions_a_year: 24,
            outcome: FetchOutcome::Ready,
            key: 0,
            holder_key: 0,
        }
    }

    #[test]
    fn a_choice_names_accounts_by_masked_number_or_fip() {
        let offered = || {
            vec![
                account("one", "XX1"),
                account("one", "XX2"),
                account("two", "XX3"),
                account("twofold", "XX2"),
            ]
        };
        let named =
            |names: &[&str]| Choice::Named(names.iter().map(|name| (*name).to_owned()).collect());
        for (choice, selection, expected) in [
            (
                Choice::All,
                Selection::Several,
                Ok(vec!["one/XX1", "one/XX2", "two/XX3", "twofold/XX2"]),
            ),
            (Choice::All, Selection::One, Ok(vec!["one/XX1"])),
            (
                named(&["one"]),
                Selection::Several,
                Ok(vec!["one/XX1", "one/XX2"]),
            ),
            (
                named(&["XX2", "two"]),
                Selection::Several,
                Ok(vec!["one/XX2", "two/XX3", "twofold/XX2"]),
            ),
            (named(&["XX1"]), Selection::One, Ok(vec!["one/XX1"])),
            // Two of them are masked to the same.
            (
                named(&["XX2"]),
                Selection::One,
                Err(ChoiceError::MoreThanOne),
            ),
            (
                named(&["twofold/XX2"]),
                Selection::One,
                Ok(vec!["twofold/XX2"]),
            ),
            (
                named(&["two/XX2"]),
                Selection::One,
                Err(ChoiceError::Unknown("two/XX2".to_owned())),
            ),
            (
                named(&["one"]),
                Selection::One,
                Err(ChoiceError::MoreThanOne),
            ),
            (
                named(&["three"]),
                Selection::Several,
                Err(ChoiceError::Unknown("three".to_owned())),
            ),
            (named(&[]), Selection::Several, Err(ChoiceError::Empty)),
        ] {
            let chosen = choose(offered(), &choice, selection).map(|accounts| {
                accounts
                    .into_iter()
                    .map(|account| format!("{}/{}", account.fip_id, account.masked_number))
                    .collect::<Vec<_>>()
            });
            assert_eq!(
                chosen,
                expected.map(|names| names.into_iter().map(str::to_owned).collect()),
                "{choice:?}"
            );
        }
    }
}
