//! What of an account a session may see: a range of time, and filters.

use super::super::domain::moment::Moment;
use super::super::domain::session::DataScope;
use super::super::domain::terms::{DataFilter, DataRange};
use super::filter::{self, Direction};

/// The part of an account's life that one session sees.
pub(crate) struct Window<'a> {
    range: DataRange,
    /// The end of the range, or the moment at which the session was asked for if that is earlier: what has not
    /// happened yet is not told.
    pub(crate) to: Moment,
    filters: &'a [DataFilter],
}

impl<'a> Window<'a> {
    pub(crate) fn new(scope: &'a DataScope, range: DataRange, as_of: Moment) -> Window<'a> {
        Window {
            range,
            to: range.to.min(as_of),
            filters: &scope.filters,
        }
    }

    pub(crate) fn from(&self) -> Moment {
        self.range.from
    }

    /// Whether something that happened at an instant, and moved so many paise, is told.
    pub(crate) fn shows(&self, at: Moment, direction: Direction, paise: i64) -> bool {
        self.from() <= at && at <= self.to && filter::lets_through(self.filters, direction, paise)
    }

    pub(crate) fn start_date(&self) -> String {
        self.range.from.date().to_string()
    }

    pub(crate) fn end_date(&self) -> String {
        self.range.to.date().to_string()
    }
}

/// Rupees with two places, from paise.
pub(crate) fn rupees(paise: i64) -> String {
    let sign = if paise < 0 { "-" } else { "" };
    let paise = paise.unsigned_abs();
    format!("{sign}{}.{:02}", paise / 100, paise % 100)
}
