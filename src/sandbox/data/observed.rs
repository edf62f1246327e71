//! Data as Setu's hosted sandbox has been seen to give it: it does not add up. Only DEPOSIT accounts, and a deposit's
//! transactions through Finvu, have been seen; everything else is as it always is.
//!
//! What is random here is made from the session and the account, so a session says the same whenever it is read.

use super::super::domain::customer::Account;
use super::super::domain::moment::Moment;
use super::deposit;
use super::dice::{Dice, Purpose};
use super::element::Element;
use super::filter::{self, Direction};
use super::holder::{names, stranger};
use super::transactions::MOST_TRANSACTIONS;
use super::window::Window;

const AMOUNTS_BELOW: u64 = 50_000 * 100;
const BALANCES_BELOW: u64 = 500_000 * 100;
const YEAR: i64 = 365 * 86_400;

/// The version that it is given under, although its keys are those of 1.1.
pub(super) const VERSION: &str = "2.0.0";

fn dice(account: &Account, draw: u64) -> Dice {
    Dice::new(account.key, Purpose::Observed).at(draw as i64)
}

pub(super) fn profile(account: &Account) -> Element {
    let mut profile = deposit::profile(account);
    let (first, last) = names(account);
    let email = format!("{first}.{last}@setu-dummy.com").to_lowercase();
    for holder in profile.each("holders", "holder") {
        holder.set("email", email.clone());
    }
    profile
}

pub(super) fn summary(account: &Account, as_of: Moment, draw: u64) -> Element {
    let mut summary = deposit::summary(account, as_of);
    let balance = dice(account, draw).at(-1).below(BALANCES_BELOW);
    summary.set("currentBalance", short_rupees(balance));
    summary
}

/// As many as the account has in such a time, in no order.
pub(super) fn transactions(account: &Account, window: &Window<'_>, draw: u64) -> Element {
    let dice = dice(account, draw);
    let from = window.from().seconds();
    let seconds = (window.to.seconds() - from).max(0);
    let a_year = i64::from(account.transactions_a_year);
    let count = (seconds * a_year + YEAR - 1) / YEAR;
    let shown = (0..count.min(MOST_TRANSACTIONS))
        .filter_map(|place| entry(dice.at(place), window, from, seconds))
        .collect();
    Element::new("transactions")
        .with("startDate", window.start_date())
        .with("endDate", window.end_date())
        .list("transaction", shown)
}

fn entry(dice: Dice, window: &Window<'_>, from: i64, seconds: i64) -> Option<Element> {
    let into_range = dice.at(0).below(seconds.max(1) as u64) as i64;
    // The range's first second may have begun before the range.
    let at = Moment::from_milliseconds((from + into_range) * 1_000)?.max(window.from());
    let amount = 10 * 100 + dice.at(1).below(AMOUNTS_BELOW - 10 * 100);
    let (direction, sign) = dice
        .at(2)
        .pick(&[(Direction::Credit, "CR"), (Direction::Debit, "DE")]);
    if !window.shows(at, direction, amount as i64) {
        return None;
    }
    let mode = dice
        .at(3)
        .pick(&["UPI", "CASH", "ATM", "CARD", "FT", "OTHERS"]);
    let narration = format!(
        "{mode}/{sign}/{}/{}/{}/{}",
        dice.at(4).digits(12),
        stranger(dice.at(5)),
        dice.at(6).capitals(4),
        dice.at(7).digits(8),
    );
    Some(
        Element::new("transaction")
            .with("txnId", dice.at(8).transaction_id())
            .with("reference", dice.at(9).digits(9))
            .with("amount", short_rupees(amount))
            .with("type", filter::direction_name(direction))
            .with("mode", mode)
            .with("narration", narration)
            .with("transactionTimestamp", at.with_offset())
            .with("valueDate", at.plus_days(1)?.date().to_string())
            .with(
                "currentBalance",
                short_rupees(dice.at(10).below(BALANCES_BELOW)),
            ),
    )
}

/// A term or recurring deposit's transactions as they come through Finvu: with `balance`, and without a time.
pub(super) fn through_finvu(account: &mut Element) {
    for transaction in account.each("transactions", "transaction") {
        transaction.remove("transactionTimestamp");
        transaction.rename("currentBalance", "balance");
    }
}

/// Rupees with one place or two, as a computer writes a fraction: `24203.0`.
fn short_rupees(paise: u64) -> String {
    match paise % 100 {
        rest if rest % 10 == 0 => format!("{}.{}", paise / 100, rest / 10),
        rest => format!("{}.{rest:02}", paise / 100),
    }
}
