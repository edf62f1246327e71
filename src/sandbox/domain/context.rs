//! The key-value pairs that steer the customer's journey and what is offered in it.

use serde::{Deserialize, Serialize};

use super::terms::PurposeCode;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum ContextKey {
    #[serde(rename = "accounttype")]
    AccountType,
    FipId,
    ExcludeFipIds,
    ConsentReviewAt,
    PurposeDescription,
    PurposeCode,
    AlternateNumber,
    AccountSelectionMode,
    TransactionType,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ContextEntry {
    pub(crate) key: ContextKey,
    pub(crate) value: String,
}

impl ContextEntry {
    pub(crate) fn is_valid(&self) -> bool {
        let value = self.value.as_str();
        match self.key {
            ContextKey::AccountType => matches!(value, "CURRENT" | "SAVINGS"),
            ContextKey::ConsentReviewAt => matches!(value, "first" | "last"),
            ContextKey::PurposeCode => PurposeCode::from_number(value).is_some(),
            ContextKey::AlternateNumber => matches!(value, "true" | "false"),
            ContextKey::AccountSelectionMode => {
                matches!(value, "single" | "multi" | "multi-opt-out")
            }
            ContextKey::TransactionType => matches!(value, "debit" | "credit"),
            ContextKey::FipId | ContextKey::ExcludeFipIds => {
                value.split(',').all(|id| !id.trim().is_empty())
            }
            ContextKey::PurposeDescription => !value.is_empty(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn context_values_are_checked_by_their_key() {
        for (key, value, valid) in [
            ("accounttype", "SAVINGS", true),
            ("accounttype", "savings", false),
            ("fipId", "setu-fip,setu-fip-2", true),
            ("fipId", "setu-fip,", false),
            ("excludeFipIds", "", false),
            ("consentReviewAt", "middle", false),
            ("purposeCode", "105", true),
            ("purposeCode", "106", false),
            ("alternateNumber", "yes", false),
            ("accountSelectionMode", "multi-opt-out", true),
            ("transactionType", "debit", true),
            ("transactionType", "DEBIT", false),
        ] {
            let entry: ContextEntry =
                serde_json::from_value(serde_json::json!({"key": key, "value": value})).unwrap();
            assert_eq!(entry.is_valid(), valid, "{key}={value}");
        }
        assert!(
            serde_json::from_str::<ContextEntry>(r#"{"key": "colour", "value": "red"}"#).is_err()
        );
    }
}
