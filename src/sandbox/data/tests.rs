//! The data adds up.

use super::accounts::{AccountPlan, accounts, default_plans};
use super::filter::{Direction, is_valid, lets_through};
use super::transactions::{balance_at, between, opening_date};
use crate::sandbox::domain::customer::{Account, AccountType};
use crate::sandbox::domain::moment::Moment;
use crate::sandbox::domain::terms::{DataFilter, FiType};
use crate::sandbox::ids::Ids;

fn moment(text: &str) -> Moment {
    Moment::parse(text).unwrap()
}

fn account(seed: u64, transactions_a_year: u32) -> Account {
    let plan = AccountPlan {
        fip_id: "setu-fip".to_owned(),
        fi_type: FiType::Deposit,
        account_type: AccountType::Savings,
        transactions_a_year,
        outcome: crate::sandbox::domain::session::FetchOutcome::Ready,
    };
    accounts(Ids::new(seed), "9876543210", &[plan]).remove(0)
}

#[test]
fn balances_follow_from_transactions_from_the_day_the_account_was_opened() {
    for transactions_a_year in [1, 3, 11, 12, 13, 24, 100, 1_000, 20_000] {
        for seed in 0..5 {
            let account = account(seed, transactions_a_year);
            let opened = moment(&format!("{}T00:00:00Z", opening_date(&account)));
            let to = if transactions_a_year > 1_000 {
                opened.plus_days(800).unwrap()
            } else {
                moment("2025-04-01T00:00:00Z")
            };
            let all = between(&account, moment("2000-01-01T00:00:00Z"), to);
            let mut balance = 0;
            let mut last = opened;
            for transaction in &all {
                assert!(
                    transaction.at > last,
                    "in time order: {transaction:?} after {last}"
                );
                assert!(transaction.amount > 0, "{transaction:?}");
                last = transaction.at;
                balance += match transaction.direction {
                    Direction::Credit => transaction.amount,
                    Direction::Debit => -transaction.amount,
                };
                assert_eq!(
                    transaction.balance, balance,
                    "{transactions_a_year} a year, seed {seed}: {transaction:?}"
                );
                assert!(balance >= 0, "never overdrawn: {transaction:?}");
            }
            assert_eq!(balance_at(&account, to), balance);
        }
    }
}

#[test]
fn a_year_has_as_many_transactions_as_asked_for_wherever_it_begins() {
    for transactions_a_year in [0, 1, 5, 24, 25, 365, 3_000] {
        let account = account(1, transactions_a_year);
        for (from, to) in [
            ("2023-01-01T00:00:00Z", "2023-12-31T23:59:59.999Z"),
            ("2024-04-01T00:00:00Z", "2025-03-31T23:59:59.999Z"),
            ("2023-02-17T10:30:00Z", "2024-02-17T10:29:59.999Z"),
            ("2024-02-29T00:00:00Z", "2025-02-28T23:59:59.999Z"),
        ] {
            let count = between(&account, moment(from), moment(to)).len();
            assert_eq!(count, transactions_a_year as usize, "{from} to {to}");
        }
    }
}

#[test]
fn overlapping_ranges_show_the_same_transactions() {
    let account = account(3, 100);
    let ids = |from: &str, to: &str| -> Vec<(Moment, i64)> {
        between(&account, moment(from), moment(to))
            .iter()
            .map(|one| (one.at, one.balance))
            .collect()
    };
    let year = ids("2024-01-01T00:00:00Z", "2024-12-31T23:59:59Z");
    let spring = ids("2024-03-10T00:00:00Z", "2024-05-20T00:00:00Z");
    assert!(spring.len() > 10);
    assert!(year.windows(spring.len()).any(|window| window == spring));
    let exactly = between(&account, spring[0].0, spring[1].0);
    assert_eq!(exactly.len(), 2, "both ends are included");
}

#[test]
fn customers_and_seeds_have_data_of_their_own() {
    let of = |seed, mobile: &str| accounts(Ids::new(seed), mobile, &default_plans());
    let mine = of(0, "9876543210");
    assert_eq!(mine, of(0, "9876543210"));
    for other in [of(1, "9876543210"), of(0, "9876543211")] {
        assert_ne!(mine[0].link_reference, other[0].link_reference);
        assert_ne!(mine[0].key, other[0].key);
    }
    assert_ne!(mine[0].key, mine[1].key);
    assert!(
        mine.iter()
            .all(|account| account.holder_key == mine[0].holder_key)
    );
}

#[test]
fn masked_numbers_of_a_customer_differ() {
    let plans = vec![default_plans().remove(0); 100];
    let mut numbers: Vec<String> = accounts(Ids::new(0), "9876543210", &plans)
        .into_iter()
        .map(|account| account.masked_number)
        .collect();
    assert!(
        numbers
            .iter()
            .all(|number| number.len() == 12 && number.starts_with("XXXXXXXX"))
    );
    numbers.sort();
    numbers.dedup();
    assert_eq!(numbers.len(), 100);
}

#[test]
fn filters_compare_types_and_amounts() {
    let filter = |subject: &str, operator: &str, value: &str| -> DataFilter {
        serde_json::from_value(
            serde_json::json!({ "type": subject, "operator": operator, "value": value }),
        )
        .unwrap()
    };
    for (subject, operator, value, passes) in [
        ("TRANSACTIONTYPE", "=", "DEBIT", true),
        ("TRANSACTIONTYPE", "=", "CREDIT", false),
        ("TRANSACTIONTYPE", "!=", "DEBIT", false),
        ("TRANSACTIONTYPE", "!=", "CREDIT", true),
        ("TRANSACTIONAMOUNT", ">=", "20000", true),
        ("TRANSACTIONAMOUNT", ">=", "20000.01", false),
        ("TRANSACTIONAMOUNT", ">", "20000", false),
        ("TRANSACTIONAMOUNT", "<=", "20000.00", true),
        ("TRANSACTIONAMOUNT", "<", "20000", false),
        ("TRANSACTIONAMOUNT", "=", "20000", true),
        ("TRANSACTIONAMOUNT", "!=", "20000", false),
    ] {
        let filter = filter(subject, operator, value);
        assert!(is_valid(&filter));
        assert_eq!(
            lets_through(&[filter], Direction::Debit, 2_000_000),
            passes,
            "{subject} {operator} {value}"
        );
    }
    let both = [
        filter("TRANSACTIONTYPE", "=", "DEBIT"),
        filter("TRANSACTIONAMOUNT", ">", "30000"),
    ];
    assert!(
        !lets_through(&both, Direction::Debit, 2_000_000),
        "all filters must agree"
    );
    for (subject, operator, value) in [
        ("TRANSACTIONTYPE", "<", "DEBIT"),
        ("TRANSACTIONTYPE", "=", "debit"),
        ("TRANSACTIONAMOUNT", "=", "inf"),
    ] {
        assert!(
            !is_valid(&filter(subject, operator, value)),
            "{subject} {operator} {value}"
        );
    }
}
