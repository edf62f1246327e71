//! EQUITIES accounts.

use super::super::domain::customer::Account;
use super::super::domain::moment::Moment;
use super::element::Element;
use super::filter::Direction;
use super::instruments::SHARES;
use super::portfolio::{Holding, Market, Trade};
use super::securities::{
    buy_or_sell, demat_holder, narration, profile, shown, summary, trade_dice, transaction,
};
use super::window::{Window, rupees};

const SHARE_MARKET: Market = Market {
    instruments: &SHARES,
    held: 4,
    parts: 1,
};

pub(super) fn equities_profile(account: &Account) -> Element {
    profile(demat_holder(account).with_json("rank", "1"))
}

pub(super) fn equities_summary(account: &Account, as_of: Moment) -> Element {
    let (summary, holdings) = summary(account, &SHARE_MARKET, as_of, share_holding);
    summary.child(Element::new("investment").child(holdings.with("type", "DEMAT")))
}

fn share_holding(_: &Account, holding: &Holding, as_of: Moment) -> Element {
    let instrument = holding.instrument;
    Element::new("holding")
        .with("issuerName", instrument.issuer)
        .with("isin", instrument.isin)
        .with("units", holding.units.to_string())
        .with(
            "investmentDateTime",
            holding.first_bought.unwrap_or(as_of).with_offset(),
        )
        .with("rate", rupees(holding.rate(1)))
        .with("lastTradedPrice", rupees(instrument.price_on(as_of.date())))
        .with("description", instrument.name)
}

pub(super) fn equities_transactions(account: &Account, window: &Window<'_>) -> Element {
    shown(account, &SHARE_MARKET, window, share_entry)
}

/// The schema asks for a derivative's kind even of shares.
fn share_entry(account: &Account, trade: &Trade) -> Element {
    let dice = trade_dice(account, trade);
    let charges = trade.amount / 1_000;
    let total = match trade.direction {
        Direction::Credit => trade.amount + charges,
        Direction::Debit => trade.amount - charges,
    };
    transaction(account, trade)
        .with("orderId", dice.at(1).digits(15))
        .with("companyName", trade.instrument.issuer)
        .with("symbol", trade.instrument.code)
        .with("transactionDateTime", trade.at.with_offset())
        .with("exchange", dice.at(2).pick(&["NSE", "BSE"]))
        .with("isin", trade.instrument.isin)
        .with("equityCategory", "EQUITY")
        .with("instrumentType", "FUTURES")
        .with("type", buy_or_sell(trade))
        .with("units", trade.units.to_string())
        .with("rate", rupees(trade.price))
        .with("tradeValue", rupees(trade.amount))
        .with("otherCharges", rupees(charges))
        .with("totalCharge", rupees(total))
        .with("shareHolderEquityType", "EQUITY")
        .with(
            "narration",
            narration(
                trade,
                &format!("{} shares of {}", trade.units, trade.instrument.issuer),
            ),
        )
}
