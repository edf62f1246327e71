//! What has an order: numbers, numbers in text, and times.

use serde_json::Value;
use std::cmp::Ordering;

use super::super::duration;
use super::super::template::calendar;
use super::describe;

/// Something that has an order.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Quantity {
    Number(Decimal),
    /// Nanoseconds since 1970.
    Instant(i128),
}

/// A decimal number with all its digits: `12`, `34` is 12.34.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Decimal {
    negative: bool,
    /// Without zeros before it.
    whole: String,
    /// Without zeros after it.
    fraction: String,
}

/// Why a value is not close.
#[derive(Debug)]
pub(super) enum NotClose {
    /// The value can be close to nothing.
    Actual(String),
    /// The argument is none.
    Argument(String),
}

impl Quantity {
    pub(super) fn of(value: &Value) -> Option<Quantity> {
        match value {
            Value::Number(number) => Decimal::read(&number.to_string()).map(Quantity::Number),
            Value::String(text) => Decimal::read(text)
                .map(Quantity::Number)
                .or_else(|| calendar::instant(text).map(Quantity::Instant)),
            _ => None,
        }
    }

    pub(super) fn compare(&self, other: &Quantity) -> Option<Ordering> {
        match (self, other) {
            (Quantity::Number(left), Quantity::Number(right)) => Some(left.compare(right)),
            (Quantity::Instant(left), Quantity::Instant(right)) => Some(left.cmp(right)),
            _ => None,
        }
    }
}

impl Decimal {
    /// Exponents beyond this are no quantity that is compared.
    const LARGEST_EXPONENT: i64 = 400;

    /// Reads a number as JSON writes it, a leading `+` and zeros allowed.
    fn read(text: &str) -> Option<Decimal> {
        const LONGEST: usize = 1000;
        if text.len() > LONGEST {
            return None;
        }
        let (negative, rest) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let (mantissa, exponent) = match rest.find(['e', 'E']) {
            Some(at) => (&rest[..at], rest[at + 1..].parse::<i64>().ok()?),
            None => (rest, 0),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((_, "")) => return None,
            Some(parts) => parts,
            None => (mantissa, ""),
        };
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty()
            || !digits(whole)
            || !digits(fraction)
            || exponent.abs() > Self::LARGEST_EXPONENT
        {
            return None;
        }
        let (mut whole, mut fraction) = (whole.to_owned(), fraction.to_owned());
        for _ in 0..exponent.unsigned_abs() {
            if exponent > 0 {
                whole.push(if fraction.is_empty() {
                    '0'
                } else {
                    fraction.remove(0)
                });
            } else {
                fraction.insert(0, whole.pop().unwrap_or('0'));
            }
        }
        let whole = whole.trim_start_matches('0').to_owned();
        let fraction = fraction.trim_end_matches('0').to_owned();
        Some(Decimal {
            negative: negative && !(whole.is_empty() && fraction.is_empty()),
            whole,
            fraction,
        })
    }

    fn compare(&self, other: &Decimal) -> Ordering {
        let size = || {
            (self.whole.len().cmp(&other.whole.len()))
                .then_with(|| self.whole.cmp(&other.whole))
                .then_with(|| self.fraction.cmp(&other.fraction))
        };
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => size(),
            (true, true) => size().reverse(),
        }
    }

    /// The number times ten to the power of `places`, if it is whole and not too large.
    fn scaled(&self, places: usize) -> Option<i128> {
        let digits = format!("{}{:0<places$}", self.whole, self.fraction);
        if digits.len() > 37 {
            return None;
        }
        let size: i128 = if digits.is_empty() {
            0
        } else {
            digits.parse().ok()?
        };
        Some(if self.negative { -size } else { size })
    }

    fn approximate(&self) -> f64 {
        let sign = if self.negative { "-" } else { "" };
        format!("{sign}0{}.{}0", self.whole, self.fraction)
            .parse()
            .unwrap_or(f64::NAN)
    }
}

/// Whether a value is within `by` of a target.
pub(super) fn close(actual: &Value, target: &Value, by: &Value) -> Result<bool, NotClose> {
    let target_quantity = Quantity::of(target).ok_or_else(|| {
        NotClose::Argument(format!(
            "{} is neither a number nor a time",
            describe(target)
        ))
    })?;
    let actual_quantity = Quantity::of(actual).ok_or_else(|| {
        NotClose::Actual(format!(
            "{} is neither a number nor a time",
            describe(actual)
        ))
    })?;
    match (actual_quantity, target_quantity) {
        (Quantity::Number(actual), Quantity::Number(target)) => {
            let by = match Quantity::of(by) {
                Some(Quantity::Number(by)) if !by.negative => by,
                _ => {
                    return Err(NotClose::Argument(format!(
                        "`by` must be a number that is not negative, it is {}",
                        describe(by)
                    )));
                }
            };
            let places = actual
                .fraction
                .len()
                .max(target.fraction.len())
                .max(by.fraction.len());
            let exact = (|| {
                let distance = actual.scaled(places)?.checked_sub(target.scaled(places)?)?;
                Some(distance.unsigned_abs() <= by.scaled(places)?.unsigned_abs())
            })();
            Ok(exact.unwrap_or_else(|| {
                (actual.approximate() - target.approximate()).abs() <= by.approximate()
            }))
        }
        (Quantity::Instant(actual), Quantity::Instant(target)) => {
            let by = by
                .as_str()
                .ok_or_else(|| {
                    NotClose::Argument(format!(
                        "`by` must be a duration like `5s` for a time, it is {}",
                        describe(by)
                    ))
                })
                .and_then(|text| duration::parse(text).map_err(NotClose::Argument))?;
            Ok(actual.abs_diff(target) <= by.as_nanos())
        }
        _ => Err(NotClose::Actual(
            "a number and a time cannot be compared".to_owned(),
        )),
    }
}
