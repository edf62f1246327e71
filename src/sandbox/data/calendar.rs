//! Days and months of the data's calendar, in UTC.

use jiff::civil::{Date, date};

use super::super::domain::customer::Account;
use super::super::domain::moment::Moment;
use super::dice::{Dice, Purpose};
use super::transactions::{month_of, opening_date};

/// The day on which a contract of an account begins: in the month in which the account was opened.
pub(super) fn first_day(account: &Account) -> Date {
    let day = 1 + Dice::new(account.key, Purpose::Opening).at(2).below(28) as i8;
    let opened = opening_date(account);
    Date::new(opened.year(), opened.month(), day).unwrap_or(opened)
}

/// The same day so many months later. Days are at most the 28th, which every month has.
pub(super) fn months_after(day: Date, months: i64) -> Date {
    let month = month_of(day) + months;
    Date::new(
        month.div_euclid(12) as i16,
        month.rem_euclid(12) as i8 + 1,
        day.day().min(28),
    )
    .unwrap_or(day)
}

/// How many whole months lie between a day and a later one.
pub(super) fn months_between(from: Date, to: Date) -> i64 {
    month_of(to) - month_of(from) - i64::from(to.day() < from.day())
}

/// A time of a day, in seconds since its beginning.
pub(super) fn at_time(day: Date, seconds: i64) -> Moment {
    Moment::from_milliseconds((epoch_day(day) * 86_400 + seconds) * 1_000)
        .unwrap_or_else(Moment::real_time)
}

/// Days since 1970.
pub(super) fn epoch_day(day: Date) -> i64 {
    day.since(date(1970, 1, 1))
        .map_or(0, |span| i64::from(span.get_days()))
}
