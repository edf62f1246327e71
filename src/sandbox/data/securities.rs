//! MUTUAL_FUNDS and ETF accounts, and what they share with EQUITIES: one engine trades, each type has words of its own
//! for what comes of it.
//!
//! Where Setu's description of the API and the specification's schema name different fields, each format has its own,
//! and the common ones say the same.

use super::super::domain::customer::Account;
use super::super::domain::moment::Moment;
use super::dice::{Dice, Purpose};
use super::element::Element;
use super::filter::Direction;
use super::holder::holder;
use super::instruments::{ETFS, FUNDS, Instrument};
use super::portfolio::{Holding, Market, Trade, holdings, trades};
use super::window::{Window, rupees};

/// Units of funds have three places.
const FUND_MARKET: Market = Market {
    instruments: &FUNDS,
    held: 2,
    parts: 1_000,
};
const ETF_MARKET: Market = Market {
    instruments: &ETFS,
    held: 2,
    parts: 1,
};
pub(super) fn dice(account: &Account, index: i64) -> Dice {
    Dice::new(account.key, Purpose::Portfolio).at(index)
}

pub(super) fn folio(account: &Account) -> String {
    dice(account, 1).digits(9)
}

fn participant_id(account: &Account) -> String {
    format!("IN9{}", dice(account, 2).digits(5))
}

fn owner_id(account: &Account) -> String {
    dice(account, 3).digits(8)
}

pub(super) fn demat_id(account: &Account) -> String {
    format!("{}{}", participant_id(account), owner_id(account))
}

fn masked(text: &str) -> String {
    let shown = text.len().saturating_sub(4);
    format!("{}{}", "X".repeat(shown), &text[shown..])
}

pub(super) fn units(parts: i64, units: i64) -> String {
    match parts {
        1 => units.to_string(),
        parts => format!("{}.{:03}", units / parts, units % parts),
    }
}

pub(super) fn buy_or_sell(trade: &Trade) -> &'static str {
    match trade.direction {
        Direction::Credit => "BUY",
        Direction::Debit => "SELL",
    }
}

pub(super) fn transaction(account: &Account, trade: &Trade) -> Element {
    Element::new("transaction").with("txnId", trade_dice(account, trade).at(0).transaction_id())
}

pub(super) fn trade_dice(account: &Account, trade: &Trade) -> Dice {
    Dice::new(account.key, Purpose::TransactionId)
        .at(trade.month)
        .at(trade.position)
}

pub(super) fn narration(trade: &Trade, what: &str) -> String {
    match trade.direction {
        Direction::Credit => format!("Purchase of {what}"),
        Direction::Debit => format!("Sale of {what}"),
    }
}

pub(super) fn profile(holder: Element) -> Element {
    Element::new("profile").child(
        Element::new("holders")
            .with_json("type", "SINGLE")
            .list("holder", vec![holder]),
    )
}

pub(super) fn shown(
    account: &Account,
    market: &Market,
    window: &Window<'_>,
    entry: fn(&Account, &Trade) -> Element,
) -> Element {
    let entries = trades(account, market, window)
        .iter()
        .map(|trade| entry(account, trade))
        .collect();
    Element::new("transactions")
        .with("startDate", window.start_date())
        .with("endDate", window.end_date())
        .list("transaction", entries)
}

/// Investments at what they cost and at what they are worth, and the holdings that both are the sums of.
pub(super) fn summary(
    account: &Account,
    market: &Market,
    as_of: Moment,
    entry: fn(&Account, &Holding, Moment) -> Element,
) -> (Element, Element) {
    let held = holdings(account, market, as_of);
    let cost: i64 = held.iter().map(|holding| holding.cost).sum();
    let value: i64 = held
        .iter()
        .map(|holding| holding.value(holding.instrument.price_on(as_of.date()), market.parts))
        .sum();
    let list = held
        .iter()
        .map(|holding| entry(account, holding, as_of))
        .collect();
    (
        Element::new("summary")
            .with("investmentValue", rupees(cost))
            .with("currentValue", rupees(value)),
        Element::new("holdings").list("holding", list),
    )
}

pub(super) fn mutual_funds_numbers(account: &Account) -> Vec<(&'static str, String)> {
    vec![
        ("maskedDematID", masked(&demat_id(account))),
        ("maskedFolioNo", masked(&folio(account))),
    ]
}

pub(super) fn mutual_funds_profile(account: &Account) -> Element {
    profile(
        holder(account)
            .with("dematId", demat_id(account))
            .with_json("folioNo", folio(account))
            .with_json("kycCompliance", "true"),
    )
}

pub(super) fn mutual_funds_summary(account: &Account, as_of: Moment) -> Element {
    let (summary, holdings) = summary(account, &FUND_MARKET, as_of, fund_holding);
    let cost = summary.attributes.first().map(|first| first.value.clone());
    summary
        .with_json("costValue", cost.unwrap_or_default())
        .child(Element::new("investment").child(holdings))
}

/// What a fund is known by, in holdings and transactions alike.
fn fund(element: Element, account: &Account, instrument: &Instrument) -> Element {
    element
        .with("amc", instrument.issuer)
        .with("registrar", "IMAGINARY")
        .with("schemeCode", instrument.code)
        .with("isin", instrument.isin)
        .with("amfiCode", format!("99{}", &instrument.isin[8..]))
        .with("ucc", dice(account, 4).digits(10))
}

fn fund_holding(account: &Account, holding: &Holding, as_of: Moment) -> Element {
    let market = &FUND_MARKET;
    let units = units(market.parts, holding.units);
    fund(Element::new("holding"), account, holding.instrument)
        .with("folioNo", folio(account))
        .with("dividendType", "Cash")
        .with("FatcaStatus", "YES")
        .with("mode", "PHYSICAL")
        .with("units", units.clone())
        .with("closingUnits", units)
        .with("lienUnits", "0")
        .with_names("lockinUnits", "lockingUnits", "0")
        .with("rate", rupees(holding.rate(market.parts)))
        .with("nav", rupees(holding.instrument.price_on(as_of.date())))
        .with_json("navDate", as_of.date().to_string())
}

pub(super) fn mutual_funds_transactions(account: &Account, window: &Window<'_>) -> Element {
    shown(account, &FUND_MARKET, window, fund_entry)
}

fn fund_entry(account: &Account, trade: &Trade) -> Element {
    let parts = FUND_MARKET.parts;
    let day = trade.at.date().to_string();
    let (fund_type, scheme_types, category) = trade.instrument.class;
    fund(transaction(account, trade), account, trade.instrument)
        .with("schemePlan", "DIRECT")
        .with("fundType", fund_type)
        .with("schemeOption", "GROWTH_TYPE")
        .with("schemeTypes", scheme_types)
        .with("schemeCategory", category)
        .with_json("isinDescription", trade.instrument.name)
        .with("amount", rupees(trade.amount))
        .with_json("units", units(parts, trade.units))
        .with("closingUnits", units(parts, trade.holds))
        .with("lienUnits", "0")
        .with("nav", rupees(trade.price))
        .with("navDate", day.clone())
        .with("type", buy_or_sell(trade))
        .with("orderDate", day.clone())
        .with("executionDate", day)
        .with_json("transactionDate", trade.at.with_offset())
        .with("lock-inFlag", "NO")
        .with("lock-inDays", "0")
        .with("mode", "PHYSICAL")
        .with(
            "narration",
            narration(
                trade,
                &format!(
                    "{} units of {}",
                    units(parts, trade.units),
                    trade.instrument.name
                ),
            ),
        )
}

pub(super) fn etf_numbers(account: &Account) -> Vec<(&'static str, String)> {
    vec![("maskedDematID", masked(&demat_id(account)))]
}

/// The schema's holder of ETFs has neither a landline nor an address.
pub(super) fn etf_profile(account: &Account) -> Element {
    let mut holder = demat_holder(account).with_json("kycCompliance", "true");
    for attribute in &mut holder.attributes {
        if matches!(attribute.json_name, Some("landline" | "address")) {
            attribute.xml_name = None;
        }
    }
    profile(holder)
}

pub(super) fn demat_holder(account: &Account) -> Element {
    holder(account)
        .with("dematId", demat_id(account))
        .with_json("dpId", participant_id(account))
        .with_json("boId", owner_id(account))
        .with_json("brokerName", "Bull & Bear Pretend Brokers")
}

pub(super) fn etf_summary(account: &Account, as_of: Moment) -> Element {
    let (summary, holdings) = summary(account, &ETF_MARKET, as_of, etf_holding);
    summary.child(Element::new("investment").child(holdings))
}

fn etf_holding(account: &Account, holding: &Holding, as_of: Moment) -> Element {
    let instrument = holding.instrument;
    Element::new("holding")
        .with("folioNo", folio(account))
        .with("dematId", demat_id(account))
        .with("schemeName", instrument.name)
        .with("dpId", participant_id(account))
        .with("units", holding.units.to_string())
        .with("isin", instrument.isin)
        .with("mode", "DEMAT")
        .with("rate", rupees(holding.rate(1)))
        .with("nav", rupees(instrument.price_on(as_of.date())))
        .with("lastNavDate", as_of.date().to_string())
        .with("symbol", instrument.code)
        .with("description", format!("Units of {}", instrument.issuer))
}

pub(super) fn etf_transactions(account: &Account, window: &Window<'_>) -> Element {
    shown(account, &ETF_MARKET, window, etf_entry)
}

fn etf_entry(account: &Account, trade: &Trade) -> Element {
    let day = trade.at.date().to_string();
    transaction(account, trade)
        .with("isin", trade.instrument.isin)
        .with_json("isinDescription", trade.instrument.name)
        .with("transactionDateTime", trade.at.with_offset())
        .with("units", trade.units.to_string())
        .with("amount", rupees(trade.amount))
        .with("schemeName", trade.instrument.name)
        .with("dpId", participant_id(account))
        .with("schemeMinLotSize", "1")
        .with("faceValueofUnits", "10.00")
        .with("nav", rupees(trade.price))
        .with("type", buy_or_sell(trade))
        .with("orderDate", day.clone())
        .with("executionDate", day)
        .with("mode", "DEMAT")
        .with(
            "narration",
            narration(
                trade,
                &format!("{} units of {}", trade.units, trade.instrument.name),
            ),
        )
        .with("brokerCode", "BBPB")
}
