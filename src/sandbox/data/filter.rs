//! Which transactions a consent's filters let through. Several filters must all agree.

use super::super::domain::terms::{DataFilter, FilterOperator, FilterSubject};

/// Which way something moved: a credit adds to what is in the account, a debit takes from it. For types whose
/// transactions have names of their own, an opening, an instalment, interest, a purchase, a contribution, a premium or a
/// sale that a return reports is a credit; a closing, a sale of units, a benefit paid out or a tax is a debit. The
/// documentation says only that the filter compares with these two words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Credit,
    Debit,
}

/// Whether a filter makes sense: types are equal or not, amounts are compared with a number.
pub(crate) fn is_valid(filter: &DataFilter) -> bool {
    match filter.subject {
        FilterSubject::TransactionType => {
            matches!(
                filter.operator,
                FilterOperator::Equal | FilterOperator::NotEqual
            ) && matches!(filter.value.as_str(), "CREDIT" | "DEBIT")
        }
        FilterSubject::TransactionAmount => amount(filter).is_some(),
    }
}

/// Whether all filters let through what moved so many paise one way.
pub(crate) fn lets_through(filters: &[DataFilter], direction: Direction, paise: i64) -> bool {
    filters.iter().all(|filter| match filter.subject {
        FilterSubject::TransactionType => {
            let same = filter.value == direction_name(direction);
            same == (filter.operator == FilterOperator::Equal)
        }
        FilterSubject::TransactionAmount => {
            let actual = paise as f64 / 100.0;
            amount(filter).is_none_or(|wanted| match filter.operator {
                FilterOperator::Equal => actual == wanted,
                FilterOperator::NotEqual => actual != wanted,
                FilterOperator::Greater => actual > wanted,
                FilterOperator::Less => actual < wanted,
                FilterOperator::GreaterOrEqual => actual >= wanted,
                FilterOperator::LessOrEqual => actual <= wanted,
            })
        }
    })
}

pub(crate) fn direction_name(direction: Direction) -> &'static str {
    match direction {
        Direction::Credit => "CREDIT",
        Direction::Debit => "DEBIT",
    }
}

fn amount(filter: &DataFilter) -> Option<f64> {
    let plain = filter
        .value
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b'-');
    filter
        .value
        .parse()
        .ok()
        .filter(|amount: &f64| plain && amount.is_finite())
}
