//! The customers' accounts and what is in them. Everything is a pure function of the account's keys and the month, so
//! that overlapping ranges show the same transactions and nothing has to be kept.

pub(crate) mod accounts;
pub(crate) mod deposit;
pub(crate) mod dice;
pub(crate) mod filter;
pub(crate) mod holder;
pub(crate) mod transactions;

#[cfg(test)]
mod tests;
