//! The customers' accounts and what is in them. Everything is a pure function of the account's keys and the time, so
//! that overlapping ranges show the same transactions and nothing has to be kept.

pub(crate) mod accounts;
mod calendar;
mod debt;
mod deposit;
pub(crate) mod dice;
mod document;
mod element;
pub(crate) mod filter;
mod gst;
pub(crate) mod holder;
mod instruments;
mod insurance;
mod issues;
mod nps;
mod observed;
mod plans;
mod pooled;
mod portfolio;
mod securities;
mod shares;
mod time_deposit;
pub(crate) mod transactions;
mod trusts;
mod version_two;
mod window;
mod xml;

pub(crate) use document::{FiData, SERVED_TYPES, fi_data};

#[cfg(test)]
mod formats_compared;
#[cfg(test)]
mod formats_tests;
#[cfg(test)]
mod sums_tests;
#[cfg(test)]
mod test_bench;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod traded_tests;
