//! The names of the specification's version 2.0.0, of which there are DEPOSIT, TERM_DEPOSIT and RECURRING_DEPOSIT. They
//! are those of Setu's documentation. The XML takes them too; there is no schema at hand that it was held against.

use super::super::domain::customer::Account;
use super::super::domain::terms::FiType;
use super::element::Element;

pub(super) const VERSION: &str = "2.0.0";

pub(super) fn has(fi_type: FiType) -> bool {
    matches!(
        fi_type,
        FiType::Deposit | FiType::TermDeposit | FiType::RecurringDeposit
    )
}

/// Rewrites an account of 1.1.
pub(super) fn rewrite(root: &mut Element, account: &Account) {
    root.set("version", VERSION);
    if let Some(profile) = root.child_mut("profile") {
        for holder in profile.each("holders", "holder") {
            holder.rename("ckycCompliance", "ckycRegistered");
            holder.set("ckycRegistered", "YES");
        }
    }
    if let Some(summary) = root.child_mut("summary") {
        match account.fi_type {
            FiType::Deposit => rewrite_deposit(summary),
            _ => {
                summary.rename("currentValue", "currentBalance");
                summary.add("currency", "INR");
            }
        }
    }
    for transaction in root.each("transactions", "transaction") {
        // The XML of 1.1 has another name for it.
        transaction.rename("transactionTimestamp", "transactionTimestamp");
        transaction.rename("currentBalance", "transactionalBalance");
        transaction.rename("balance", "transactionalBalance");
        rewrite_mode(transaction);
    }
}

fn rewrite_deposit(summary: &mut Element) {
    summary.remove("exchgeRate");
    summary.rename("ifscCode", "ifsc");
    summary.rename("type", "accountSubType");
    summary.add("accountType", "REGULAR");
    let facility = match summary.get("facility") {
        Some("OD") => "OVERDRAFT",
        Some("CC") => "CASH_CREDIT",
        _ => "NO_FACILITY_GRANTED",
    };
    summary.set("facility", facility);
    if let Some(mut pending) = summary.take_child("pending") {
        pending.name = "pendingTxn";
        summary.add_child(Element::new("pendingTxns").list("pendingTxn", vec![pending]));
    }
}

/// Transfers have names of their own, and so has interest; the narration begins with the mode.
fn rewrite_mode(transaction: &mut Element) {
    let mode = match (transaction.get("mode"), transaction.get("type")) {
        (Some("FT"), _) => match transaction.get("reference").map(str::as_bytes) {
            Some([.., b'0'..=b'3']) => "IMPS",
            Some([.., b'4'..=b'6']) => "NEFT",
            _ => "RTGS",
        },
        (Some("OTHERS"), Some("INTEREST")) => "INTEREST_CREDIT",
        _ => return,
    };
    let narration = transaction.get("narration").unwrap_or_default();
    let rest = narration.split_once('/').map_or("", |(_, rest)| rest);
    let narration = format!("{mode}/{rest}");
    transaction.set("mode", mode);
    transaction.set("narration", narration);
}
