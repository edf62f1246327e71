//! CIS and AIF accounts: shares of collective schemes, and of funds that invest otherwise.

use super::super::domain::customer::Account;
use super::super::domain::moment::Moment;
use super::calendar::epoch_day;
use super::element::Element;
use super::filter::Direction;
use super::issues::{ALTERNATIVE, COLLECTIVE};
use super::portfolio::{Holding, Market, Trade};
use super::securities::{dice, folio, narration, shown, summary, transaction, units};
use super::window::{Window, rupees};

const CIS_MARKET: Market = Market {
    instruments: &COLLECTIVE,
    held: 2,
    parts: 1_000,
};
const AIF_MARKET: Market = Market {
    instruments: &ALTERNATIVE,
    held: 2,
    parts: 1,
};

fn client_code(account: &Account) -> String {
    dice(account, 4).digits(10)
}

pub(super) fn cis_summary(account: &Account, as_of: Moment) -> Element {
    let (summary, holdings) = summary(account, &CIS_MARKET, as_of, scheme_holding);
    summary.child(Element::new("investment").child(holdings))
}

fn scheme_holding(account: &Account, holding: &Holding, as_of: Moment) -> Element {
    let held = units(CIS_MARKET.parts, holding.units);
    Element::new("holding")
        .with("isin", holding.instrument.isin)
        .with("ucc", client_code(account))
        .with("folioNo", folio(account))
        .with("mode", "DEMAT")
        .with("units", held.clone())
        .with("closingUnits", held)
        .with("rate", rupees(holding.rate(CIS_MARKET.parts)))
        .with("nav", rupees(holding.instrument.price_on(as_of.date())))
}

pub(super) fn cis_transactions(account: &Account, window: &Window<'_>) -> Element {
    shown(account, &CIS_MARKET, window, scheme_entry)
}

/// The schema has no word for a purchase or a sale, and no units but those that are held afterwards.
fn scheme_entry(account: &Account, trade: &Trade) -> Element {
    let day = trade.at.date().to_string();
    transaction(account, trade)
        .with("transactionDateTime", trade.at.with_offset())
        .with("schemeCode", trade.instrument.code)
        .with("isin", trade.instrument.isin)
        .with("dividendType", "FINAL-DIVIDENT")
        .with("ucc", client_code(account))
        .with("amount", rupees(trade.amount))
        .with("closingUnits", units(CIS_MARKET.parts, trade.holds))
        .with("nav", rupees(trade.price))
        .with("navDate", day.clone())
        .with("type", "OTHERS")
        .with("orderDate", day.clone())
        .with("executionDate", day)
        .with("mode", "DEMAT")
        .with(
            "narration",
            narration(
                trade,
                &format!(
                    "{} units of {}",
                    units(CIS_MARKET.parts, trade.units),
                    trade.instrument.name
                ),
            ),
        )
}

pub(super) fn aif_summary(account: &Account, as_of: Moment) -> Element {
    let issued: i64 = super::portfolio::holdings(account, &AIF_MARKET, as_of)
        .iter()
        .map(|holding| holding.units)
        .sum();
    let (summary, holdings) = summary(account, &AIF_MARKET, as_of, asset_holding);
    summary
        .with("totalNumUnitsIssued", issued.to_string())
        .child(Element::new("investment").child(holdings))
}

fn asset_holding(_: &Account, holding: &Holding, as_of: Moment) -> Element {
    let (kind, valuation, what) = holding.instrument.class;
    let bought = holding.first_bought.unwrap_or(as_of).date();
    let today = as_of.date();
    Element::new("holding")
        .with("issuerName", holding.instrument.issuer)
        .with("typeOfSecurity", kind)
        .with("valuationMethodology", valuation)
        .with("purchaseDate", bought.to_string())
        .with("purchasePrice", rupees(holding.cost))
        .with("lastValuationDate", today.to_string())
        .with(
            "mtmOnLastValuation",
            rupees(holding.value(holding.instrument.price_on(today), AIF_MARKET.parts)),
        )
        .with(
            "holdingPeriod",
            format!("{} days", epoch_day(today) - epoch_day(bought)),
        )
        .with("description", what)
}

pub(super) fn aif_transactions(account: &Account, window: &Window<'_>) -> Element {
    shown(account, &AIF_MARKET, window, asset_entry)
}

/// The schema asks for a date and an amount of everything that can happen to an asset. What did not has nothing as its
/// amount, and the day of what did. What is redeemed is paid to the investor.
fn asset_entry(account: &Account, trade: &Trade) -> Element {
    let day = trade.at.date().to_string();
    let amount = rupees(trade.amount);
    let nothing = rupees(0);
    let (invested, redeemed) = match trade.direction {
        Direction::Credit => (amount, nothing.clone()),
        Direction::Debit => (nothing.clone(), amount),
    };
    transaction(account, trade)
        .with("nameofAsset", trade.instrument.issuer)
        .with("investmentDateTime", trade.at.with_offset())
        .with("investmentValue", invested)
        .with("redemptionDate", day.clone())
        .with("redemptionValue", redeemed.clone())
        .with("fundFeesPaymentDate", day.clone())
        .with("fundFeesPaymentAmount", nothing.clone())
        .with("reInvestmentDate", day.clone())
        .with("reInvestmentValue", nothing.clone())
        .with("paymentInvestorDate", day.clone())
        .with("paymentInvestorAmount", redeemed)
        .with("taxPaidValue", nothing)
        .with("taxPaidDate", day)
        .with(
            "narration",
            narration(
                trade,
                &format!("{} units of {}", trade.units, trade.instrument.issuer),
            ),
        )
}
