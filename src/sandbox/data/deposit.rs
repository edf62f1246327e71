//! A DEPOSIT account as FI data in JSON: version 2.0.0 by name with the keys of 1.1, as Setu's sandbox has been seen to
//! send. All values are text.

use serde::Serialize;

use super::super::domain::customer::{Account, AccountType};
use super::super::domain::moment::Moment;
use super::super::domain::session::DataScope;
use super::super::domain::terms::{ConsentType, DataRange};
use super::dice::{Dice, Purpose};
use super::filter;
use super::holder::{Holder, holder, stranger};
use super::transactions::{self, Direction, Transaction};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DepositAccount {
    linked_acc_ref: String,
    masked_acc_number: String,
    #[serde(rename = "type")]
    kind: &'static str,
    version: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) profile: Option<Profile>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) summary: Option<Summary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) transactions: Option<Transactions>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Profile {
    holders: Holders,
}

#[derive(Debug, Serialize)]
struct Holders {
    #[serde(rename = "type")]
    kind: &'static str,
    holder: Vec<Holder>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Summary {
    pub(crate) current_balance: String,
    currency: &'static str,
    exchge_rate: &'static str,
    balance_date_time: String,
    #[serde(rename = "type")]
    kind: &'static str,
    branch: String,
    facility: &'static str,
    ifsc_code: String,
    micr_code: String,
    opening_date: String,
    #[serde(rename = "currentODLimit")]
    current_od_limit: &'static str,
    drawing_limit: &'static str,
    status: &'static str,
    pending: Pending,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Pending {
    amount: &'static str,
    transaction_type: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Transactions {
    pub(crate) start_date: String,
    pub(crate) end_date: String,
    pub(crate) transaction: Vec<TransactionEntry>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TransactionEntry {
    pub(crate) txn_id: String,
    reference: String,
    pub(crate) amount: String,
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    mode: &'static str,
    narration: String,
    pub(crate) transaction_timestamp: String,
    value_date: String,
    pub(crate) current_balance: String,
}

/// The account as the consent's scope shows it for a range, with nothing in it that has not happened by `as_of`.
pub(crate) fn deposit_account(
    account: &Account,
    scope: &DataScope,
    range: DataRange,
    as_of: Moment,
) -> DepositAccount {
    let wanted = |consent_type| scope.consent_types.contains(&consent_type);
    DepositAccount {
        linked_acc_ref: account.link_reference.clone(),
        masked_acc_number: account.masked_number.clone(),
        kind: "deposit",
        version: "2.0.0",
        profile: wanted(ConsentType::Profile).then(|| Profile {
            holders: Holders {
                kind: "SINGLE",
                holder: vec![holder(account)],
            },
        }),
        summary: wanted(ConsentType::Summary).then(|| summary(account, as_of)),
        transactions: wanted(ConsentType::Transactions).then(|| Transactions {
            start_date: range.from.date().to_string(),
            end_date: range.to.date().to_string(),
            transaction: transactions::between(account, range.from, range.to.min(as_of))
                .iter()
                .filter(|transaction| filter::lets_through(&scope.filters, transaction))
                .map(|transaction| entry(account, transaction))
                .collect(),
        }),
    }
}

fn summary(account: &Account, as_of: Moment) -> Summary {
    let branch = Dice::new(account.key, Purpose::Branch);
    Summary {
        current_balance: rupees(transactions::balance_at(account, as_of)),
        currency: "INR",
        exchge_rate: "",
        balance_date_time: as_of.with_offset(),
        kind: account.account_type.name(),
        branch: format!("Nowhere Branch {}", 1 + branch.at(0).below(90)),
        facility: match account.account_type {
            AccountType::Savings => "OD",
            AccountType::Current => "CC",
        },
        ifsc_code: format!("MOCK0{}", branch.at(1).digits(6)),
        micr_code: branch.at(2).digits(9),
        opening_date: transactions::opening_date(account).to_string(),
        current_od_limit: "0",
        drawing_limit: "0",
        status: "ACTIVE",
        pending: Pending {
            amount: "0",
            transaction_type: "DEBIT",
        },
    }
}

fn entry(account: &Account, transaction: &Transaction) -> TransactionEntry {
    let dice = |purpose| {
        Dice::new(account.key, purpose)
            .at(transaction.month)
            .at(transaction.position)
    };
    let mode = dice(Purpose::Mode).pick(&[
        "UPI", "UPI", "UPI", "CARD", "CARD", "CASH", "ATM", "FT", "OTHERS",
    ]);
    let narration = dice(Purpose::Narration);
    let id = dice(Purpose::TransactionId);
    let sign = match transaction.direction {
        Direction::Credit => "CR",
        Direction::Debit => "DE",
    };
    TransactionEntry {
        txn_id: format!("{}{}", id.at(0).capitals(4), id.at(1).digits(14)),
        reference: dice(Purpose::Reference).digits(9),
        amount: rupees(transaction.amount),
        kind: filter::direction_name(transaction.direction),
        mode,
        narration: format!(
            "{mode}/{sign}/{}/{}/{}/{}",
            narration.at(0).digits(12),
            stranger(narration.at(1)),
            narration.at(2).capitals(4),
            narration.at(3).digits(8),
        ),
        transaction_timestamp: transaction.at.with_offset(),
        value_date: transaction
            .at
            .plus_days(1)
            .unwrap_or(transaction.at)
            .date()
            .to_string(),
        current_balance: rupees(transaction.balance),
    }
}

fn rupees(paise: i64) -> String {
    format!("{}.{:02}", paise / 100, paise % 100)
}
