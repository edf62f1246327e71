//! REIT, INVIT and IDR accounts: units of trusts, and depository receipts.

use super::super::domain::customer::Account;
use super::super::domain::moment::Moment;
use super::element::Element;
use super::filter::Direction;
use super::holder::holder;
use super::issues::{INFRASTRUCTURE, REAL_ESTATE, RECEIPTS};
use super::portfolio::{Holding, Market, Trade};
use super::securities::{
    buy_or_sell, demat_id, narration, shown, summary, trade_dice, transaction,
};
use super::window::{Window, rupees};

const REIT_MARKET: Market = Market {
    instruments: &REAL_ESTATE,
    held: 2,
    parts: 1,
};
const INVIT_MARKET: Market = Market {
    instruments: &INFRASTRUCTURE,
    held: 2,
    parts: 1,
};
const IDR_MARKET: Market = Market {
    instruments: &RECEIPTS,
    held: 2,
    parts: 1,
};

/// The schema of REIT alone says how its units are held.
pub(super) fn reit_profile(account: &Account) -> Element {
    let holder = holder(account).with("dematId", demat_id(account));
    Element::new("profile").child(
        Element::new("holders")
            .with("type", "SOLE")
            .list("holder", vec![holder]),
    )
}

pub(super) fn reit_summary(account: &Account, as_of: Moment) -> Element {
    invested(summary(account, &REIT_MARKET, as_of, reit_holding))
}

pub(super) fn invit_summary(account: &Account, as_of: Moment) -> Element {
    invested(summary(account, &INVIT_MARKET, as_of, trust_holding))
}

pub(super) fn idr_summary(account: &Account, as_of: Moment) -> Element {
    let (summary, holdings) = summary(account, &IDR_MARKET, as_of, receipt_holding);
    invested((summary, holdings.with("type", "DEMAT")))
}

fn invested((summary, holdings): (Element, Element)) -> Element {
    summary.child(Element::new("investment").child(holdings))
}

fn held(holding: &Holding, as_of: Moment) -> Element {
    Element::new("holding")
        .with("issuerName", holding.instrument.issuer)
        .with("isin", holding.instrument.isin)
        .with(
            "investmentDateTime",
            holding.first_bought.unwrap_or(as_of).with_offset(),
        )
        .with("rate", rupees(holding.rate(1)))
        .with("description", holding.instrument.name)
}

fn trust_holding(_: &Account, holding: &Holding, as_of: Moment) -> Element {
    held(holding, as_of)
        .with("totalNumberUnits", holding.units.to_string())
        .with(
            "lastClosingRate",
            rupees(holding.instrument.price_on(as_of.date())),
        )
}

fn reit_holding(account: &Account, holding: &Holding, as_of: Moment) -> Element {
    let holder = holder(account);
    let nominee = holder.get("nominee").unwrap_or_default().to_owned();
    trust_holding(account, holding, as_of).with("nomineeStatus", nominee)
}

fn receipt_holding(_: &Account, holding: &Holding, as_of: Moment) -> Element {
    held(holding, as_of)
        .with("units", holding.units.to_string())
        .with(
            "lastTradedPrice",
            rupees(holding.instrument.price_on(as_of.date())),
        )
}

pub(super) fn reit_transactions(account: &Account, window: &Window<'_>) -> Element {
    shown(account, &REIT_MARKET, window, reit_entry)
}

pub(super) fn invit_transactions(account: &Account, window: &Window<'_>) -> Element {
    shown(account, &INVIT_MARKET, window, trust_entry)
}

pub(super) fn idr_transactions(account: &Account, window: &Window<'_>) -> Element {
    shown(account, &IDR_MARKET, window, receipt_entry)
}

fn told(trade: &Trade, what: &str) -> String {
    narration(
        trade,
        &format!("{} {what} of {}", trade.units, trade.instrument.issuer),
    )
}

/// What everything that an exchange has traded says, with its charges added to what was paid or taken from it.
fn exchanged(account: &Account, trade: &Trade) -> Element {
    let charges = trade.amount / 1_000;
    let total = match trade.direction {
        Direction::Credit => trade.amount + charges,
        Direction::Debit => trade.amount - charges,
    };
    transaction(account, trade)
        .with("isin", trade.instrument.isin)
        .with("symbol", trade.instrument.code)
        .with(
            "exchange",
            trade_dice(account, trade).at(2).pick(&["NSE", "BSE"]),
        )
        .with("transactionDateTime", trade.at.with_offset())
        .with("tradeValue", rupees(trade.amount))
        .with("totalCharge", rupees(total))
        .with("otherCharges", rupees(charges))
}

/// Nothing else tells a purchase of units from a sale.
fn trust_entry(account: &Account, trade: &Trade) -> Element {
    exchanged(account, trade)
        .with("issuerName", trade.instrument.issuer)
        .with("transactionDescription", buy_or_sell(trade))
        .with("price", rupees(trade.price))
        .with("unitsType", "UNITS")
        .with("numUnitsTransacted", trade.units.to_string())
}

fn reit_entry(account: &Account, trade: &Trade) -> Element {
    trust_entry(account, trade).with("narration", told(trade, "units"))
}

fn receipt_entry(account: &Account, trade: &Trade) -> Element {
    let dice = trade_dice(account, trade);
    exchanged(account, trade)
        .with("orderId", dice.at(1).digits(15))
        .with("tradeId", dice.at(3).digits(12))
        .with("companyName", trade.instrument.issuer)
        .with("rate", rupees(trade.price))
        .with("shareHolerEquityType", "COMMON-STOCK")
        .with("type", buy_or_sell(trade))
        .with("units", trade.units.to_string())
        .with("narration", told(trade, "receipts"))
}
