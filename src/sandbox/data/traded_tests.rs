//! What the numbers of bonds, papers, receipts, trusts, plans and pooled funds promise each other.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::Value;

use super::test_bench::{cases, config, list, number, paise, sum};
use crate::sandbox::domain::terms::FiType;

/// How a type says what is held and what was traded.
struct Names {
    holdings: &'static str,
    held: &'static str,
    worth: &'static str,
    traded: &'static str,
    amount: &'static str,
    price: &'static str,
    kind: &'static str,
}

const DEBT: Names = Names {
    holdings: "/holdings/holding",
    held: "units",
    worth: "lastTradedRate",
    traded: "units",
    amount: "tradeValue",
    price: "rate",
    kind: "type",
};
const RECEIPTS: Names = Names {
    holdings: "/investment/holdings/holding",
    worth: "lastTradedPrice",
    ..DEBT
};
const TRUSTS: Names = Names {
    held: "totalNumberUnits",
    worth: "lastClosingRate",
    traded: "numUnitsTransacted",
    price: "price",
    kind: "transactionDescription",
    ..RECEIPTS
};
const PLANS: Names = Names {
    worth: "nav",
    amount: "amount",
    price: "nav",
    ..DEBT
};

/// Whole units, bought and sold at prices that are told.
fn whole_units(life: &Value, names: &Names) {
    let mut held: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    for trade in list(life, "/transactions/transaction") {
        let (units, amount) = (number(&trade[names.traded], 0), paise(&trade[names.amount]));
        assert_eq!(amount, units * paise(&trade[names.price]), "{trade}");
        assert!(units > 0, "{trade}");
        let (has, cost) = held.entry(trade["isin"].as_str().unwrap()).or_default();
        match trade[names.kind].as_str() {
            Some("BUY") => (*has, *cost) = (*has + units, *cost + amount),
            Some("SELL") => {
                *cost -= (i128::from(*cost) * i128::from(units) / i128::from(*has)) as i64;
                *has -= units;
            }
            other => panic!("{other:?}"),
        }
        assert!(*has >= 0, "nobody sells what is not held: {trade}");
    }
    held.retain(|_, (units, _)| *units > 0);
    let summary = &life["summary"];
    let holdings = list(summary, names.holdings);
    assert_eq!(holdings.len(), held.len(), "{summary}");
    let mut value = 0;
    for holding in holdings {
        let (units, _) = held[holding["isin"].as_str().unwrap()];
        assert_eq!(number(&holding[names.held], 0), units, "{holding}");
        value += units * paise(&holding[names.worth]);
    }
    assert_eq!(paise(&summary["currentValue"]), value, "{summary}");
    let cost: i64 = held.values().map(|(_, cost)| cost).sum();
    assert_eq!(paise(&summary["investmentValue"]), cost, "{summary}");
}

proptest! {
    #![proptest_config(config(16))]

    #[test]
    fn what_is_held_was_bought_and_not_sold(case in cases()) {
        for (fi_type, names) in [
            (FiType::Bonds, &DEBT),
            (FiType::GovtSecurities, &DEBT),
            (FiType::Debentures, &DEBT),
            (FiType::Idr, &RECEIPTS),
            (FiType::Reit, &TRUSTS),
            (FiType::Invit, &TRUSTS),
            (FiType::Sip, &PLANS),
        ] {
            whole_units(&case.life(fi_type), names);
        }
    }

    #[test]
    fn sums_are_those_of_what_is_held(case in cases()) {
        let papers = case.life(FiType::Cp);
        let funds = case.life(FiType::Aif);
        for (summary, cost, value) in [
            (&papers["summary"], "investmentValue", "currentValue"),
            (&funds["summary"], "purchasePrice", "mtmOnLastValuation"),
        ] {
            let held = list(summary, "/investment/holdings/holding");
            assert_eq!(paise(&summary["investmentValue"]), sum(held, cost), "{summary}");
            assert_eq!(paise(&summary["currentValue"]), sum(held, value), "{summary}");
        }
    }

    #[test]
    fn a_fund_has_paid_out_what_was_redeemed(case in cases()) {
        for one in list(&case.life(FiType::Aif), "/transactions/transaction") {
            let (put_in, taken_out) = (paise(&one["investmentValue"]), paise(&one["redemptionValue"]));
            assert!((put_in > 0) != (taken_out > 0), "{one}");
            assert_eq!(paise(&one["paymentInvestorAmount"]), taken_out, "{one}");
        }
    }

    #[test]
    fn a_scheme_closes_with_what_its_last_transaction_left(case in cases()) {
        let life = case.life(FiType::Cis);
        let mut left: BTreeMap<&str, i64> = BTreeMap::new();
        for trade in list(&life, "/transactions/transaction") {
            left.insert(trade["isin"].as_str().unwrap(), number(&trade["closingUnits"], 3));
        }
        left.retain(|_, units| *units > 0);
        let held = list(&life["summary"], "/investment/holdings/holding");
        assert_eq!(held.len(), left.len(), "{life}");
        for holding in held {
            assert_eq!(number(&holding["units"], 3), left[holding["isin"].as_str().unwrap()]);
        }
    }

    #[test]
    fn a_plan_pays_every_month(case in cases()) {
        let life = case.life(FiType::Sip);
        let paid = list(&life, "/transactions/transaction");
        let months: Vec<&str> = paid.iter().map(|one| &one["txnDate"].as_str().unwrap()[..7]).collect();
        assert!(months.windows(2).all(|pair| pair[0] < pair[1]), "{months:?}");
        if let [holding] = list(&life["summary"], "/holdings/holding") {
            assert_eq!(number(&holding["completeInstalments"], 0), paid.len() as i64);
            let last = paid.last().map(|one| one["txnDate"].as_str().unwrap()[..10].to_owned());
            assert_eq!(holding["lastInstalmentDate"].as_str(), last.as_deref());
        }
    }
}

/// Interest that has accrued is that since the last day on which it was paid.
#[test]
fn interest_is_paid_twice_a_year() {
    use super::test_bench::{Case, moment};
    for (day, next, days) in [
        ("2025-04-01", "2025-10-01", 0),
        ("2025-09-30", "2025-10-01", 182),
        ("2025-12-31", "2026-04-01", 91),
        ("2026-03-31", "2026-04-01", 181),
    ] {
        let case = Case {
            mobile: "9876543210".to_owned(),
            seed: 0,
            from: moment("2024-04-01T00:00:00Z"),
            to: moment(&format!("{day}T12:00:00Z")),
        };
        let life = case.life(FiType::Bonds);
        for holding in list(&life["summary"], "/holdings/holding") {
            assert_eq!(holding["coupanPaymentDate"], next);
            let principal = paise(&holding["principleAmount"]);
            assert_eq!(principal, number(&holding["units"], 0) * 100_000);
            assert_eq!(
                paise(&holding["accruedInterestAmount"]),
                principal * 725 * days / 3_650_000,
                "{day} {holding}"
            );
        }
    }
}
