//! An account's transactions, month by month. Each month begins and ends at a balance of its own, and the month's first
//! transaction makes up for what the others move. So every balance follows from the one before, for all the account's
//! life, and yet any month can be made without those before it.

use jiff::civil::{Date, date};

use super::super::domain::customer::Account;
use super::super::domain::moment::Moment;
use super::dice::{Dice, Purpose};
use super::filter::Direction;

/// The most transactions that one account gives one session; of more, the latest are given.
pub(crate) const MOST_TRANSACTIONS: i64 = 250_000;

/// Amounts are in paise.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Transaction {
    pub(crate) at: Moment,
    pub(crate) direction: Direction,
    pub(crate) amount: i64,
    pub(crate) balance: i64,
    /// Which month since year nought, and which transaction in it: what its texts are made from.
    pub(crate) month: i64,
    pub(crate) position: i64,
}

const RUPEE: i64 = 100;

/// The day the account was opened: long enough ago for any range that a test asks for.
pub(crate) fn opening_date(account: &Account) -> Date {
    let dice = Dice::new(account.key, Purpose::Opening);
    date(
        2008 + dice.at(0).below(7) as i16,
        1 + dice.at(1).below(12) as i8,
        1,
    )
}

/// The transactions from one instant to another, both included, in time order.
pub(crate) fn between(account: &Account, from: Moment, to: Moment) -> Vec<Transaction> {
    let last_month = month_of(to.date());
    let most_months =
        (MOST_TRANSACTIONS * 12 / i64::from(account.transactions_a_year.max(1))).max(12);
    let first_month = month_of(from.date())
        .max(opening_month(account))
        .max(last_month - most_months);
    (first_month..=last_month)
        .flat_map(|month| month_of_transactions(account, month))
        .filter(|transaction| from <= transaction.at && transaction.at <= to)
        .collect()
}

/// The balance at an instant.
pub(crate) fn balance_at(account: &Account, at: Moment) -> i64 {
    let month = month_of(at.date());
    if month < opening_month(account) {
        return 0;
    }
    month_of_transactions(account, month)
        .into_iter()
        .take_while(|transaction| transaction.at <= at)
        .last()
        .map_or_else(
            || opening_balance(account, month),
            |transaction| transaction.balance,
        )
}

pub(super) fn month_of(date: Date) -> i64 {
    i64::from(date.year()) * 12 + i64::from(date.month()) - 1
}

pub(super) fn opening_month(account: &Account) -> i64 {
    month_of(opening_date(account))
}

/// What is in the account when a month begins.
fn opening_balance(account: &Account, month: i64) -> i64 {
    // Without transactions nothing can have changed since the account was opened, with nothing in it.
    if month <= opening_month(account) || account.transactions_a_year == 0 {
        return 0;
    }
    // Months without a transaction end as they began, so they take their balance from the last that had one.
    let last_with_any = (0..12)
        .map(|back| month - 1 - back)
        .find(|earlier| count_in_month(account, *earlier) > 0);
    let anchored = last_with_any.unwrap_or(month);
    if anchored < opening_month(account) {
        return 0;
    }
    let dice = Dice::new(account.key, Purpose::Anchor).at(anchored);
    (15_000 + dice.below(45_000) as i64) * RUPEE + dice.at(1).below(100) as i64
}

/// The year's transactions spread over its months, so that any twelve months have as many as any other.
pub(super) fn count_in_month(account: &Account, month: i64) -> i64 {
    let a_year = i64::from(account.transactions_a_year);
    let place = month.rem_euclid(12);
    a_year * (place + 1) / 12 - a_year * place / 12
}

fn month_of_transactions(account: &Account, month: i64) -> Vec<Transaction> {
    let count = count_in_month(account, month);
    if count == 0 || month < opening_month(account) {
        return Vec::new();
    }
    let mut movements: Vec<i64> = (0..count)
        .map(|position| movement(account, month, position, count))
        .collect();
    let begin = opening_balance(account, month);
    let end = opening_balance(account, month + 1);
    // The first transaction is the month's income and makes the month end where it should. Anything too small to be
    // an income would be odd, and nothing at all would be wrong.
    movements[0] = end - begin - movements[1..].iter().sum::<i64>();
    if count == 1 {
        if movements[0] == 0 {
            return Vec::new();
        }
    } else if movements[0] < 100 * RUPEE {
        let last = movements.len() - 1;
        movements[last] -= 100 * RUPEE - movements[0];
        movements[0] = 100 * RUPEE;
    }
    let mut balance = begin;
    (0..count)
        .zip(movements)
        .map(|(position, movement)| {
            balance += movement;
            Transaction {
                at: instant(account, month, position, count),
                direction: if movement < 0 {
                    Direction::Debit
                } else {
                    Direction::Credit
                },
                amount: movement.abs(),
                balance,
                month,
                position,
            }
        })
        .collect()
}

/// What one transaction moves: mostly small debits, now and then a credit. Credits of a month together stay below the
/// lowest balance a month may end with, so that no balance is ever negative.
fn movement(account: &Account, month: i64, position: i64, count: i64) -> i64 {
    let kind = Dice::new(account.key, Purpose::Kind).at(month).at(position);
    let amount = Dice::new(account.key, Purpose::Amount)
        .at(month)
        .at(position);
    let is_last = position == count - 1;
    if !is_last && kind.below(6) == 0 {
        let most = (8_000 * RUPEE / count).max(2 * RUPEE);
        return RUPEE + amount.below((most - RUPEE) as u64) as i64;
    }
    let most = (80_000 * RUPEE / count).clamp(10 * RUPEE, 6_000 * RUPEE);
    -(5 * RUPEE + amount.below((most - 5 * RUPEE) as u64) as i64)
}

/// Where in the month a transaction happens. It does not depend on the year, and February is always taken as its shorter
/// self, so that any range of exactly a year has exactly a year's transactions.
pub(super) fn instant(account: &Account, month: i64, position: i64, count: i64) -> Moment {
    let first = date(
        month.div_euclid(12) as i16,
        month.rem_euclid(12) as i8 + 1,
        1,
    );
    let days = if first.month() == 2 {
        28
    } else {
        i64::from(first.days_in_month())
    };
    let slot = days * 86_400 / count;
    let place = Dice::new(account.key, Purpose::Instant)
        .at(month.rem_euclid(12))
        .at(position);
    let into_slot = 1 + place.below((slot - 1).max(1) as u64) as i64;
    let epoch_day = first
        .since(date(1970, 1, 1))
        .map_or(0, |span| i64::from(span.get_days()));
    Moment::from_milliseconds((epoch_day * 86_400 + position * slot + into_slot) * 1_000)
        .unwrap_or_else(Moment::real_time)
}
