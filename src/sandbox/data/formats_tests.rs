//! Both formats say the same; ranges, filters and consent types apply to every type alike.

use proptest::prelude::*;
use serde_json::json;

use super::document::SERVED_TYPES;
use super::formats_compared::assert_same_in_both;
use super::test_bench::{Case, cases, config, happenings, json, moment, xml};
use crate::sandbox::domain::moment::Moment;
use crate::sandbox::domain::session::{DataScope, Dialect};
use crate::sandbox::domain::terms::{ConsentType, DataFilter, DataRange, FiType};

proptest! {
    #![proptest_config(config(16))]

    #[test]
    fn both_formats_say_the_same(case in cases()) {
        for fi_type in SERVED_TYPES {
            let filters = [filter("TRANSACTIONAMOUNT", ">", "3000")];
            assert_same_in_both(&case, fi_type, &filters);
        }
    }

    #[test]
    fn a_range_shows_what_two_halves_of_it_show(case in cases(), place in 0..1_000_i64) {
        for fi_type in SERVED_TYPES {
            let account = case.account(fi_type);
            let between = |from, to| happenings(&json(&account, &[], DataRange { from, to }, case.to));
            let length = case.to.milliseconds() - case.from.milliseconds();
            let middle = case.from.milliseconds() + length / 1_000 * place;
            let at = |milliseconds| Moment::from_milliseconds(milliseconds).unwrap();
            let mut halves = between(case.from, at(middle));
            halves.extend(between(at(middle + 1), case.to));
            let mut whole = between(case.from, case.to);
            halves.sort();
            whole.sort();
            assert_eq!(whole, halves, "{fi_type:?}");
            whole.dedup();
            assert_eq!(whole.len(), halves.len(), "ids differ: {fi_type:?}");
        }
    }

    #[test]
    fn what_has_not_happened_yet_is_not_told(case in cases()) {
        for fi_type in SERVED_TYPES {
            let account = case.account(fi_type);
            let far = DataRange { from: case.from, to: moment("2150-01-01T00:00:00Z") };
            let known = happenings(&json(&account, &[], far, case.to));
            assert_eq!(known, happenings(&case.range(fi_type, &[])), "{fi_type:?}");
        }
    }

    #[test]
    fn a_filter_and_its_opposite_share_all_there_is(case in cases(), rupees in 100..60_000_i64) {
        let amount = rupees.to_string();
        for fi_type in SERVED_TYPES {
            for (one, other) in [
                (filter("TRANSACTIONTYPE", "=", "CREDIT"), filter("TRANSACTIONTYPE", "!=", "CREDIT")),
                (filter("TRANSACTIONTYPE", "=", "CREDIT"), filter("TRANSACTIONTYPE", "=", "DEBIT")),
                (filter("TRANSACTIONAMOUNT", ">=", &amount), filter("TRANSACTIONAMOUNT", "<", &amount)),
                (filter("TRANSACTIONAMOUNT", ">", &amount), filter("TRANSACTIONAMOUNT", "<=", &amount)),
                (filter("TRANSACTIONAMOUNT", "=", &amount), filter("TRANSACTIONAMOUNT", "!=", &amount)),
            ] {
                let mut parts = happenings(&case.range(fi_type, std::slice::from_ref(&one)));
                parts.extend(happenings(&case.range(fi_type, std::slice::from_ref(&other))));
                parts.sort();
                let mut all = happenings(&case.range(fi_type, &[]));
                all.sort();
                assert_eq!(all, parts, "{fi_type:?} {one:?}");
                let both = happenings(&case.range(fi_type, &[one, other]));
                assert_eq!(both, Vec::<String>::new(), "{fi_type:?}");
            }
        }
    }
}

fn filter(subject: &str, operator: &str, value: &str) -> DataFilter {
    serde_json::from_value(json!({ "type": subject, "operator": operator, "value": value }))
        .unwrap()
}

fn case() -> Case {
    Case {
        mobile: "9876543210".to_owned(),
        seed: 0,
        from: moment("2024-04-01T00:00:00Z"),
        to: moment("2025-03-31T23:59:59Z"),
    }
}

#[test]
fn filters_keep_what_they_say_and_drop_the_rest() {
    for (fi_type, credits, debits) in [
        (FiType::Deposit, "CREDIT", "DEBIT"),
        (FiType::MutualFunds, "BUY", "SELL"),
        (FiType::Etf, "BUY", "SELL"),
        (FiType::Equities, "BUY", "SELL"),
        (FiType::Bonds, "BUY", "SELL"),
        (FiType::Debentures, "BUY", "SELL"),
        (FiType::Cp, "BUY", "SELL"),
        (FiType::Idr, "BUY", "SELL"),
    ] {
        for (word, kind) in [("CREDIT", credits), ("DEBIT", debits)] {
            let shown = case().range(fi_type, &[filter("TRANSACTIONTYPE", "=", word)]);
            let shown = shown["transactions"]["transaction"].as_array().unwrap();
            assert!(!shown.is_empty(), "{fi_type:?} {word}");
            assert!(shown.iter().all(|one| one["type"] == kind), "{fi_type:?}");
        }
    }
    let premiums = case().range(
        FiType::InsurancePolicies,
        &[filter("TRANSACTIONTYPE", "=", "DEBIT")],
    );
    assert_eq!(premiums["transactions"]["transaction"], json!([]));
}

#[test]
fn every_type_has_something_to_show_in_a_year() {
    for fi_type in SERVED_TYPES {
        let shown = happenings(&case().range(fi_type, &[]));
        assert!((1..=60).contains(&shown.len()), "{fi_type:?} {shown:?}");
    }
    for fi_type in [
        FiType::Deposit,
        FiType::MutualFunds,
        FiType::Etf,
        FiType::Equities,
        FiType::Bonds,
        FiType::Cis,
        FiType::Aif,
        FiType::Reit,
    ] {
        assert_eq!(
            happenings(&case().range(fi_type, &[])).len(),
            24,
            "{fi_type:?}"
        );
    }
}

#[test]
fn the_consent_types_decide_which_parts_appear_in_both_formats() {
    let case = case();
    let range = DataRange {
        from: case.from,
        to: case.to,
    };
    for fi_type in SERVED_TYPES {
        let account = case.account(fi_type);
        for (consent_type, name) in [
            (ConsentType::Profile, "Profile"),
            (ConsentType::Summary, "Summary"),
            (ConsentType::Transactions, "Transactions"),
        ] {
            let scope = DataScope {
                consent_types: vec![consent_type],
                filters: Vec::new(),
                dialect: Dialect::default(),
            };
            let text = xml(&account, &scope, range, case.to);
            let document = roxmltree::Document::parse(&text).unwrap();
            let parts: Vec<&str> = document
                .root_element()
                .children()
                .map(|child| child.tag_name().name())
                .collect();
            // GST has no summary.
            if (fi_type, name) == (FiType::Gstr1And3b, "Summary") {
                assert_eq!(parts, Vec::<&str>::new());
            } else {
                assert_eq!(parts, [name], "{fi_type:?}");
            }
        }
    }
}

#[test]
fn transactions_of_all_sizes_are_counted_alike() {
    let mut account = case().account(FiType::Equities);
    account.transactions_a_year = 5_000;
    let range = DataRange {
        from: case().from,
        to: case().to,
    };
    let shown = happenings(&json(&account, &[], range, case().to));
    assert_eq!(shown.len(), 5_000);
    account.transactions_a_year = 0;
    let nothing = json(&account, &[], range, case().to);
    assert_eq!(nothing["summary"]["currentValue"], "0.00");
    assert_eq!(
        nothing["summary"]["investment"]["holdings"]["holding"],
        json!([])
    );
}
