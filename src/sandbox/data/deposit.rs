//! DEPOSIT accounts.

use super::super::domain::customer::{Account, AccountType};
use super::super::domain::moment::Moment;
use super::dice::{Dice, Purpose};
use super::element::Element;
use super::filter::{self, Direction};
use super::holder::{holder, stranger};
use super::transactions::{self, Transaction};
use super::window::{Window, rupees};

pub(super) fn profile(account: &Account) -> Element {
    Element::new("profile").child(
        Element::new("holders")
            .with("type", "SINGLE")
            .list("holder", vec![holder(account)]),
    )
}

pub(super) fn summary(account: &Account, as_of: Moment) -> Element {
    Element::new("summary")
        .with(
            "currentBalance",
            rupees(transactions::balance_at(account, as_of)),
        )
        .with("currency", "INR")
        .with("exchgeRate", "")
        .with("balanceDateTime", as_of.with_offset())
        .with("type", account.account_type.name())
        .with("branch", branch(account))
        .with(
            "facility",
            match account.account_type {
                AccountType::Current => "CC",
                AccountType::Savings | AccountType::Other => "OD",
            },
        )
        .with("ifscCode", ifsc(account))
        .with(
            "micrCode",
            Dice::new(account.key, Purpose::Branch).at(2).digits(9),
        )
        .with(
            "openingDate",
            transactions::opening_date(account).to_string(),
        )
        .with("currentODLimit", "0")
        .with("drawingLimit", "0")
        .with("status", "ACTIVE")
        .child(
            Element::new("pending")
                .with("amount", "0")
                .with("transactionType", "DEBIT"),
        )
}

pub(super) fn branch(account: &Account) -> String {
    let dice = Dice::new(account.key, Purpose::Branch);
    format!("Nowhere Branch {}", 1 + dice.at(0).below(90))
}

pub(super) fn ifsc(account: &Account) -> String {
    let dice = Dice::new(account.key, Purpose::Branch);
    format!("MOCK0{}", dice.at(1).digits(6))
}

pub(super) fn transactions(account: &Account, window: &Window<'_>) -> Element {
    let shown = transactions::between(account, window.from(), window.to)
        .iter()
        .filter(|one| window.shows(one.at, one.direction, one.amount))
        .map(|one| entry(account, one))
        .collect();
    Element::new("transactions")
        .with("startDate", window.start_date())
        .with("endDate", window.end_date())
        .list("transaction", shown)
}

fn entry(account: &Account, transaction: &Transaction) -> Element {
    let dice = |purpose| {
        Dice::new(account.key, purpose)
            .at(transaction.month)
            .at(transaction.position)
    };
    let mode = dice(Purpose::Mode).pick(&[
        "UPI", "UPI", "UPI", "CARD", "CARD", "CASH", "ATM", "FT", "OTHERS",
    ]);
    let narration = dice(Purpose::Narration);
    let sign = match transaction.direction {
        Direction::Credit => "CR",
        Direction::Debit => "DE",
    };
    Element::new("transaction")
        .with("txnId", dice(Purpose::TransactionId).transaction_id())
        .with("reference", dice(Purpose::Reference).digits(9))
        .with("amount", rupees(transaction.amount))
        .with("type", filter::direction_name(transaction.direction))
        .with("mode", mode)
        .with(
            "narration",
            format!(
                "{mode}/{sign}/{}/{}/{}/{}",
                narration.at(0).digits(12),
                stranger(narration.at(1)),
                narration.at(2).capitals(4),
                narration.at(3).digits(8),
            ),
        )
        .with("transactionTimestamp", transaction.at.with_offset())
        .with(
            "valueDate",
            transaction
                .at
                .plus_days(1)
                .unwrap_or(transaction.at)
                .date()
                .to_string(),
        )
        .with("currentBalance", rupees(transaction.balance))
}
