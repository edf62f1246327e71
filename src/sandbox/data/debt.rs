//! BONDS, GOVT_SECURITIES, DEBENTURES and CP accounts: debt that is bought and sold at prices around its face value.

use jiff::civil::{Date, date};

use super::super::domain::customer::Account;
use super::super::domain::moment::Moment;
use super::calendar::epoch_day;
use super::element::Element;
use super::filter::Direction;
use super::holder::holder;
use super::issues::{BONDS, DEBENTURES, GOVERNMENT, PAPERS};
use super::portfolio::{Holding, Market, Trade};
use super::securities::{buy_or_sell, demat_id, narration, shown, summary, transaction};
use super::window::{Window, rupees};

struct Debt {
    market: Market,
    /// What one of it will be paid back with, in paise.
    face: i64,
    /// The interest of a year, in hundredths of a percent.
    coupon: i64,
}

/// All debt that pays interest was issued on the same day, before any account was opened, and runs for so long that
/// none of it is paid back while anybody looks.
const ISSUED: Date = date(2004, 4, 1);
const YEARS: i64 = 60;

static BOND: Debt = debt(&BONDS, 100_000, 725);
static STOCK: Debt = debt(&GOVERNMENT, 10_000, 650);
static DEBENTURE: Debt = debt(&DEBENTURES, 100_000, 875);
static PAPER: Debt = debt(&PAPERS, 100_000, 0);

const fn debt(
    instruments: &'static [super::instruments::Instrument],
    face: i64,
    coupon: i64,
) -> Debt {
    Debt {
        market: Market {
            instruments,
            held: 2,
            parts: 1,
        },
        face,
        coupon,
    }
}

impl Debt {
    fn principal(&self, holding: &Holding) -> i64 {
        self.face * holding.units
    }

    /// The interest on a principal for so many days.
    fn interest(&self, principal: i64, days: i64) -> i64 {
        (i128::from(principal) * i128::from(self.coupon) * i128::from(days) / 3_650_000) as i64
    }

    fn rate(&self) -> String {
        format!("{}.{:02}", self.coupon / 100, self.coupon % 100)
    }
}

fn matures() -> Date {
    date(ISSUED.year() + YEARS as i16, ISSUED.month(), ISSUED.day())
}

/// Interest is paid twice a year: the last day on which it was, and the next.
fn coupon_days(day: Date) -> (Date, Date) {
    let year = day.year();
    match day.month() {
        1..=3 => (date(year - 1, 10, 1), date(year, 4, 1)),
        4..=9 => (date(year, 4, 1), date(year, 10, 1)),
        _ => (date(year, 10, 1), date((year + 1).min(9999), 4, 1)),
    }
}

/// The schemas of these types have no kind of holding.
pub(super) fn profile(account: &Account) -> Element {
    Element::new("profile").child(Element::new("holders").list(
        "holder",
        vec![holder(account).with("dematId", demat_id(account))],
    ))
}

pub(super) fn bonds_summary(account: &Account, as_of: Moment) -> Element {
    let (summary, holdings) = summary(account, &BOND.market, as_of, bond_holding);
    summary.child(holdings)
}

pub(super) fn government_summary(account: &Account, as_of: Moment) -> Element {
    let (summary, holdings) = summary(account, &STOCK.market, as_of, stock_holding);
    summary.child(holdings)
}

pub(super) fn debentures_summary(account: &Account, as_of: Moment) -> Element {
    let (summary, holdings) = summary(account, &DEBENTURE.market, as_of, debenture_holding);
    summary.child(holdings)
}

pub(super) fn papers_summary(account: &Account, as_of: Moment) -> Element {
    let (summary, holdings) = summary(account, &PAPER.market, as_of, paper_holding);
    summary.child(Element::new("investment").child(holdings))
}

/// What every holding of debt says.
fn issue(debt: &Debt, holding: &Holding) -> Element {
    let instrument = holding.instrument;
    Element::new("holding")
        .with("isin", instrument.isin)
        .with("units", holding.units.to_string())
        .with("faceValue", rupees(debt.face))
        .with("symbol", instrument.code)
        .with("issuerName", instrument.issuer)
        .with("description", instrument.name)
        .with("creditRating", instrument.class.1)
}

fn last_traded(element: Element, holding: &Holding, as_of: Moment) -> Element {
    let day = as_of.date();
    element
        .with("lastTradedRate", rupees(holding.instrument.price_on(day)))
        .with("lastTradedDate", day.to_string())
}

fn bond_holding(_: &Account, holding: &Holding, as_of: Moment) -> Element {
    with_interest(&BOND, holding, as_of)
}

fn stock_holding(_: &Account, holding: &Holding, as_of: Moment) -> Element {
    with_interest(&STOCK, holding, as_of)
}

/// The misspelt names are the schema's own, and Setu's.
fn with_interest(debt: &Debt, holding: &Holding, as_of: Moment) -> Element {
    let (last, next) = coupon_days(as_of.date());
    let principal = debt.principal(holding);
    let accrued = debt.interest(principal, epoch_day(as_of.date()) - epoch_day(last));
    let element = issue(debt, holding)
        .with("scheme", holding.instrument.class.0)
        .with("creditRatingAgency", holding.instrument.class.2)
        .with("taxable", "true")
        .with("issueRate", rupees(debt.face))
        .with("issueDate", ISSUED.to_string())
        .with("principleAmount", rupees(principal))
        .with("tenureYears", YEARS.to_string())
        .with("tenureMoths", (YEARS * 12).to_string())
        .with("tenureDays", (YEARS * 365).to_string())
        .with("couponRate", debt.rate())
        .with("maturityDate", matures().to_string())
        .with("coupanComputation", "SIMPLE")
        .with("coupanPaymentDate", next.to_string())
        .with("autionDate", ISSUED.to_string())
        .with("compoundingFrequency", "HALF_YEARLY")
        .with("interestPayout", "HALF_YEARLY")
        .with("accruedInterestAmount", rupees(accrued))
        .with(
            "interestOnMaturity",
            rupees(debt.interest(principal, YEARS * 365)),
        );
    last_traded(element, holding, as_of)
}

fn debenture_holding(_: &Account, holding: &Holding, as_of: Moment) -> Element {
    let debt = &DEBENTURE;
    let element = issue(debt, holding)
        .with("coupon", debt.rate())
        .with("fixedIncomePortfolio", "Debentures")
        .with("taxable", "YES")
        .with("issueDate", ISSUED.to_string())
        .with_names(
            "principleAmount",
            "principalAmount",
            rupees(debt.principal(holding)),
        )
        .with("tenureDays", (YEARS * 365).to_string())
        .with_names("tenureMoths", "tenureMonths", (YEARS * 12).to_string())
        .with("tenureYears", YEARS.to_string())
        .with("yield", debt.rate())
        .with("maturityDate", matures().to_string());
    last_traded(element, holding, as_of)
}

/// Paper runs for a calendar year and is then replaced by the next year's.
fn paper_holding(_: &Account, holding: &Holding, as_of: Moment) -> Element {
    let debt = &PAPER;
    let year = as_of.date().year();
    let issued = date(year, 1, 1);
    let price = holding.instrument.price_on(as_of.date());
    issue(debt, holding)
        .with("scheme", holding.instrument.class.0)
        .with("investmentValue", rupees(holding.cost))
        .with("currentValue", rupees(holding.value(price, 1)))
        .with("creditRatingAgency", holding.instrument.class.2)
        .with("issueDate", issued.to_string())
        .with_names(
            "principleAmount",
            "principalAmount",
            rupees(debt.principal(holding)),
        )
        .with("tenureYears", "1")
        .with_names("tenureMoths", "tenureMonths", "12")
        .with("tenureDays", "365")
        .with("maturityDate", date(year, 12, 31).to_string())
        .with("auctionDate", issued.to_string())
}

pub(super) fn bonds_transactions(account: &Account, window: &Window<'_>) -> Element {
    shown(account, &BOND.market, window, entry)
}

pub(super) fn government_transactions(account: &Account, window: &Window<'_>) -> Element {
    shown(account, &STOCK.market, window, entry)
}

pub(super) fn debentures_transactions(account: &Account, window: &Window<'_>) -> Element {
    shown(account, &DEBENTURE.market, window, debenture_entry)
}

pub(super) fn papers_transactions(account: &Account, window: &Window<'_>) -> Element {
    shown(account, &PAPER.market, window, entry)
}

fn entry(account: &Account, trade: &Trade) -> Element {
    trade_of(account, trade).with("type", buy_or_sell(trade))
}

/// The schema of debentures has a deposit's kinds of transactions, where Setu's documentation shows `BUY`.
fn debenture_entry(account: &Account, trade: &Trade) -> Element {
    trade_of(account, trade)
        .with_json("type", buy_or_sell(trade))
        .with_xml("type", "OTHERS")
}

fn trade_of(account: &Account, trade: &Trade) -> Element {
    let taxes = trade.amount / 10_000;
    let total = match trade.direction {
        Direction::Credit => trade.amount + taxes,
        Direction::Debit => trade.amount - taxes,
    };
    let what = format!(
        "{} of {}, {}",
        trade.units, trade.instrument.issuer, trade.instrument.name
    );
    transaction(account, trade)
        .with("isin", trade.instrument.isin)
        .with("narration", narration(trade, &what))
        .with("transactionDateTime", trade.at.with_offset())
        .with("rate", rupees(trade.price))
        .with("units", trade.units.to_string())
        .with("currency", "INR")
        .with("tradeValue", rupees(trade.amount))
        .with("totalCharge", rupees(total))
        .with("otherTaxes", rupees(taxes))
}
