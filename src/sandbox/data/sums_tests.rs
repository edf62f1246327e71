//! What a type's numbers promise each other, for any customer, seed and time.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::Value;

use super::test_bench::{Case, cases, config, list, moment, number, paise, sum};
use crate::sandbox::domain::terms::FiType;

proptest! {
    #![proptest_config(config(32))]

    #[test]
    fn deposits_grow_by_what_is_paid_in_and_by_interest(case in cases()) {
        for fi_type in [FiType::TermDeposit, FiType::RecurringDeposit] {
            time_deposit(&case, fi_type);
        }
    }

    #[test]
    fn holdings_are_what_was_bought_and_not_sold(case in cases()) {
        portfolio(&case.life(FiType::MutualFunds), 3, "amount", "nav", None, &fund_units);
        portfolio(&case.life(FiType::Etf), 0, "amount", "nav", Some("nav"), &|one| number(&one["units"], 0));
        portfolio(&case.life(FiType::Equities), 0, "tradeValue", "lastTradedPrice", Some("rate"), &|one| number(&one["units"], 0));
    }

    #[test]
    fn charges_are_added_to_what_shares_cost_and_taken_from_what_they_bring(case in cases()) {
        for trade in list(&case.life(FiType::Equities), "/transactions/transaction") {
            let charges = paise(&trade["otherCharges"]);
            let signed = if trade["type"] == "BUY" { charges } else { -charges };
            assert_eq!(paise(&trade["totalCharge"]), paise(&trade["tradeValue"]) + signed, "{trade}");
        }
    }

    #[test]
    fn pensions_are_what_contributions_bought(case in cases()) {
        pension(&case.life(FiType::Nps));
    }

    #[test]
    fn policies_take_premiums_and_pay_the_sum_assured(case in cases()) {
        policy(&case);
    }

    #[test]
    fn returns_sum_up_invoices_and_taxes(case in cases()) {
        returns(&case.life(FiType::Gstr1And3b));
    }
}

fn time_deposit(case: &Case, fi_type: FiType) {
    let life = case.life(fi_type);
    let mut balance = 0;
    for movement in list(&life, "/transactions/transaction") {
        let amount = paise(&movement["amount"]);
        assert!(amount > 0, "{movement}");
        match movement["type"].as_str().unwrap() {
            "CLOSING" => {
                assert_eq!(amount, balance, "everything is paid out: {movement}");
                balance = 0;
            }
            "OPENING" => {
                assert_eq!(balance, 0, "{movement}");
                balance = amount;
            }
            "INSTALLMENT" | "INTEREST" => balance += amount,
            other => panic!("{other}"),
        }
        assert_eq!(paise(&movement["currentBalance"]), balance, "{movement}");
    }
    let summary = &life["summary"];
    assert_eq!(paise(&summary["currentValue"]), balance, "{summary}");
    let months = number(&summary["tenureMonths"], 0);
    let paid_in = if fi_type == FiType::RecurringDeposit {
        paise(&summary["recurringAmount"]) * months
    } else {
        paise(&summary["principalAmount"])
    };
    assert_eq!(
        paise(&summary["maturityAmount"]),
        paid_in + paise(&summary["interestOnMaturity"]),
        "{summary}"
    );
    assert_eq!(months, 12 * number(&summary["tenureYears"], 0));
}

/// Units of a fund's transaction, whose closing units must agree.
fn fund_units(trade: &Value) -> i64 {
    number(&trade["units"], 3)
}

fn portfolio(
    life: &Value,
    places: usize,
    amount: &str,
    price: &str,
    trade_price: Option<&str>,
    units: &dyn Fn(&Value) -> i64,
) {
    let parts = 10_i64.pow(places as u32);
    let mut held: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for trade in list(life, "/transactions/transaction") {
        let (units, amount) = (units(trade), paise(&trade[amount]));
        assert!(units > 0 && amount > 0, "{trade}");
        let paid = paise(&trade[trade_price.unwrap_or("nav")]);
        assert!(
            (amount * parts - units * paid).abs() * 2 <= parts,
            "{trade}"
        );
        let (has, cost) = held.entry(trade["isin"].to_string()).or_default();
        if trade["type"] == "BUY" {
            (*has, *cost) = (*has + units, *cost + amount);
        } else {
            *cost -= (i128::from(*cost) * i128::from(units) / i128::from(*has)) as i64;
            *has -= units;
        }
        assert!(*has >= 0, "nobody sells what is not held: {trade}");
        if let Some(closing) = trade.get("closingUnits") {
            assert_eq!(number(closing, places), *has, "{trade}");
        }
    }
    held.retain(|_, (units, _)| *units > 0);
    let summary = &life["summary"];
    let holdings = list(summary, "/investment/holdings/holding");
    assert_eq!(holdings.len(), held.len(), "{summary}");
    let mut value = 0;
    for holding in holdings {
        let (units, cost) = held[&holding["isin"].to_string()];
        assert_eq!(number(&holding["units"], places), units, "{holding}");
        assert_eq!(paise(&holding["rate"]), cost * parts / units, "{holding}");
        value += (units * paise(&holding[price]) * 2 + parts) / (parts * 2);
    }
    assert_eq!(paise(&summary["currentValue"]), value, "{summary}");
    let cost: i64 = held.values().map(|(_, cost)| cost).sum();
    assert_eq!(paise(&summary["investmentValue"]), cost, "{summary}");
}

fn pension(life: &Value) {
    let summary = &life["summary"];
    let transactions = &life["transactions"];
    let mut total = 0;
    for tier in ["tier1", "tier2"] {
        let mut held: BTreeMap<String, (i64, i64)> = BTreeMap::new();
        let mut paid: BTreeMap<String, i64> = BTreeMap::new();
        let schemes = format!("/{tier}SchemeTransactions/{tier}SchemeTransaction");
        for purchase in list(transactions, &schemes) {
            let (units, amount) = (number(&purchase["units"], 0), paise(&purchase["amount"]));
            assert_eq!(amount, units * paise(&purchase["nav"]), "{purchase}");
            let (has, cost) = held.entry(purchase["schemeId"].to_string()).or_default();
            (*has, *cost) = (*has + units, *cost + amount);
            assert_eq!(number(&purchase["cumulativeUnits"], 0), *has, "{purchase}");
            *paid.entry(purchase["txnDate"].to_string()).or_default() += amount;
        }
        let investments = format!("/{tier}InvestmentTransactions/{tier}InvestmentTransaction");
        let investments = list(transactions, &investments);
        assert_eq!(investments.len(), paid.len());
        for investment in investments {
            let total = paise(&investment["totalContribution"]);
            assert_eq!(
                paid[&investment["txnDate"].to_string()],
                total,
                "{investment}"
            );
            let both = paise(&investment["subscriberContribution"])
                + paise(&investment["employerContribution"]);
            assert_eq!(both, total, "{investment}");
        }
        let holdings = &summary["holdings"][format!("{tier}Holdings")];
        let list = list(holdings, &format!("/{tier}Holding"));
        assert_eq!(list.len(), held.len(), "{holdings}");
        for holding in list {
            let (units, cost) = held[&holding["schemeId"].to_string()];
            assert_eq!(number(&holding["totalUnits"], 0), units, "{holding}");
            assert_eq!(
                number(&holding["freeUnits"], 0) + number(&holding["blockedUnits"], 0),
                units
            );
            assert_eq!(paise(&holding["amount"]), cost, "{holding}");
            assert_eq!(
                paise(&holding["totalValueOfScheme"]),
                units * paise(&holding["nav"])
            );
        }
        let value = sum(list, "totalValueOfScheme");
        assert_eq!(paise(&holdings["investmentValue"]), value);
        assert_eq!(paise(&holdings["investmentCost"]), sum(list, "amount"));
        total += value;
    }
    assert_eq!(paise(&summary["currentValue"]), total, "{summary}");
    let assets = ["debtAssetValue", "equityAssetValue", "otherAssetValue"];
    let assets: i64 = assets.iter().map(|name| paise(&summary[*name])).sum();
    assert_eq!(assets, total, "{summary}");
}

fn policy(case: &Case) {
    let life = case.life(FiType::InsurancePolicies);
    let summary = &life["summary"];
    let money_backs = list(summary, "/moneyBacks/moneyBack");
    assert_eq!(
        sum(money_backs, "amount") + paise(&summary["maturityBenefit"]),
        paise(&summary["sumAssured"]),
        "{summary}"
    );
    assert_eq!(
        sum(list(summary, "/covers/cover"), "amount"),
        paise(&summary["coverAmount"])
    );
    let today = case.to.date().to_string();
    let mut paid_back = 0;
    for event in list(&life, "/transactions/transaction") {
        match event["type"].as_str().unwrap() {
            "PREMIUM_PAYMENT" => assert_eq!(event["amount"], summary["premiumAmount"]),
            "MONEY_BACK" => {
                let promised = &money_backs[paid_back];
                assert_eq!(
                    (&event["txnDate"], &event["amount"]),
                    (&promised["date"], &promised["amount"])
                );
                paid_back += 1;
            }
            "FINAL_SETTLEMENT" => assert_eq!(event["amount"], summary["maturityBenefit"]),
            other => panic!("{other}"),
        }
        assert!(
            event["txnDate"].as_str().unwrap() <= today.as_str(),
            "{event}"
        );
    }
    // The next premium is paid on the day that the summary says, and none before it.
    let later = Case {
        to: case.to.plus_days(400).unwrap(),
        ..case.clone()
    };
    let known = list(&life, "/transactions/transaction").len();
    let later = later.life(FiType::InsurancePolicies);
    let next = list(&later, "/transactions/transaction")[known..]
        .iter()
        .find(|event| event["type"] == "PREMIUM_PAYMENT");
    if let Some(next) = next {
        assert_eq!(summary["nextPremiumDueDate"], next["txnDate"], "{summary}");
    }
}

fn returns(life: &Value) {
    let taxes = |value: &Value| -> i64 {
        ["iamt", "camt", "samt", "csamt"]
            .iter()
            .map(|name| paise(&value[*name]))
            .sum()
    };
    let mut sold: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for filed in list(life, "/transactions/gstr1Details/gstr1") {
        for invoice in list(filed, "/b2bDtls/b2b") {
            let item = &invoice["itmDet"]["itm"];
            let (taxable, tax) = (paise(&item["txval"]), taxes(item));
            assert_eq!(paise(&invoice["val"]), taxable + tax, "{invoice}");
            assert!(taxable > 0 && tax > 0, "{invoice}");
            let total = sold.entry(filed["retPrd"].to_string()).or_default();
            *total = (total.0 + taxable, total.1 + tax);
        }
    }
    for filed in list(life, "/transactions/gstr3bDetails/gstr3b") {
        let (taxable, tax) = sold[&filed["retPrd"].to_string()];
        let supplies = &filed["supDetails"]["osupDet"];
        assert_eq!((paise(&supplies["txval"]), taxes(supplies)), (taxable, tax));
        let cash = &filed["pdcashDtls"]["pdcashList"][0]["pdcash"];
        let cash: i64 = ["ipd", "cpd", "spd", "cspd"]
            .iter()
            .map(|name| paise(&cash[*name]))
            .sum();
        assert_eq!(cash + taxes(&filed["itcElg"]["itcNet"]), tax, "{filed}");
        assert!(cash >= 0, "{filed}");
    }
}

#[test]
fn the_moment_of_a_premium_is_the_first_at_which_the_next_one_is_due() {
    let at = |text: &str| {
        Case {
            mobile: "9876543210".to_owned(),
            seed: 0,
            from: moment("2024-01-01T00:00:00Z"),
            to: moment(text),
        }
        .life(FiType::InsurancePolicies)
    };
    let before = at("2025-01-01T00:00:00Z");
    let due = before["summary"]["nextPremiumDueDate"].as_str().unwrap();
    let known = list(&before, "/transactions/transaction").len();
    for (time, is_paid) in [("05:59:59", false), ("06:00:00", true)] {
        let then = at(&format!("{due}T{time}Z"));
        let count = list(&then, "/transactions/transaction").len();
        assert_eq!(count, known + usize::from(is_paid), "{time}");
        let next = &then["summary"]["nextPremiumDueDate"];
        assert_eq!(next != due, is_paid, "{time}");
    }
}
