//! Securities that nobody issued, and their prices: the same for everyone on the same day, whatever the seed.

use jiff::civil::{Date, date};

use super::calendar::epoch_day;
use super::dice::{Dice, Purpose};

#[derive(Debug)]
pub(super) struct Instrument {
    pub(super) isin: &'static str,
    pub(super) name: &'static str,
    pub(super) issuer: &'static str,
    pub(super) code: &'static str,
    /// For funds: the fund's type, the schemes' type, the scheme's category. For debt: the scheme, its rating, who rated
    /// it. For what alternative funds own: the kind of security, how it is valued, what it is.
    pub(super) class: (&'static str, &'static str, &'static str),
    /// The price at the beginning of 2008, in paise, and what is added to it each year, in percent of that.
    price: i64,
    growth: i64,
}

pub(super) const fn instrument(
    isin: &'static str,
    name: &'static str,
    issuer: &'static str,
    code: &'static str,
    class: (&'static str, &'static str, &'static str),
    price: i64,
    growth: i64,
) -> Instrument {
    Instrument {
        isin,
        name,
        issuer,
        code,
        class,
        price,
        growth,
    }
}

const LARGE: (&str, &str, &str) = ("EQUITY", "EQUITY_SCHEMES", "LARGE_CAP_FUND");
const SMALL: (&str, &str, &str) = ("EQUITY", "EQUITY_SCHEMES", "SMALL_CAP_FUND");
const LIQUID: (&str, &str, &str) = ("DEBT", "DEBT_SCHEMES", "LIQUID_FUND");
const HYBRID: (&str, &str, &str) = ("HYBRID", "HYBRID_SCHEMES", "BALANCED_HYBRID_FUND");
pub(super) const OTHER: (&str, &str, &str) = ("OTHERS", "OTHER_SCHEMES", "INDEX_FUNDS_OR_ETFS");

pub(super) static FUNDS: [Instrument; 6] = [
    instrument(
        "INF999A01015",
        "Pretend Large Cap Fund",
        "Pretend & Daughters Mutual Fund",
        "PDLC",
        LARGE,
        2_450,
        12,
    ),
    instrument(
        "INF999A01023",
        "Pretend Small Cap Fund",
        "Pretend & Daughters Mutual Fund",
        "PDSC",
        SMALL,
        1_310,
        15,
    ),
    instrument(
        "INF999B01013",
        "Mirage Liquid Fund",
        "Mirage Asset Management",
        "MRLQ",
        LIQUID,
        10_040,
        6,
    ),
    instrument(
        "INF999B01021",
        "Mirage Balanced Fund",
        "Mirage Asset Management",
        "MRBL",
        HYBRID,
        4_275,
        9,
    ),
    instrument(
        "INF999C01011",
        "Paper Moon Index Fund",
        "Paper Moon Funds",
        "PMIX",
        OTHER,
        8_120,
        11,
    ),
    instrument(
        "INF999C01029",
        "Paper Moon Large Cap Fund",
        "Paper Moon Funds",
        "PMLC",
        LARGE,
        3_690,
        10,
    ),
];

pub(super) static ETFS: [Instrument; 4] = [
    instrument(
        "INF999D01019",
        "Mirage Fifty ETF",
        "Mirage Asset Management",
        "MIRFIFTY",
        OTHER,
        5_210,
        12,
    ),
    instrument(
        "INF999D01027",
        "Mirage Gold ETF",
        "Mirage Asset Management",
        "MIRGOLD",
        OTHER,
        3_940,
        8,
    ),
    instrument(
        "INF999E01017",
        "Paper Moon Banks ETF",
        "Paper Moon Funds",
        "PMBANKS",
        OTHER,
        7_480,
        13,
    ),
    instrument(
        "INF999E01025",
        "Paper Moon Liquid ETF",
        "Paper Moon Funds",
        "PMLIQUID",
        OTHER,
        10_000,
        5,
    ),
];

pub(super) static SHARES: [Instrument; 8] = [
    instrument(
        "INE999A01012",
        "Equity shares",
        "Castle in the Air Builders Limited",
        "CASTLE",
        OTHER,
        12_470,
        11,
    ),
    instrument(
        "INE999B01010",
        "Equity shares",
        "Snake & Oil Pharma Limited",
        "SNAKEOIL",
        OTHER,
        43_120,
        7,
    ),
    instrument(
        "INE999C01018",
        "Equity shares",
        "Perpetual Motion Industries Limited",
        "PERPETUAL",
        OTHER,
        8_965,
        14,
    ),
    instrument(
        "INE999D01016",
        "Equity shares",
        "Unicorn Stables Limited",
        "UNICORN",
        OTHER,
        152_300,
        16,
    ),
    instrument(
        "INE999E01014",
        "Equity shares",
        "Moonbeam Power Limited",
        "MOONBEAM",
        OTHER,
        21_840,
        9,
    ),
    instrument(
        "INE999F01011",
        "Equity shares",
        "Wishing Well Waterworks Limited",
        "WISHWELL",
        OTHER,
        6_415,
        8,
    ),
    instrument(
        "INE999G01019",
        "Equity shares",
        "Invisible Textiles Limited",
        "INVISIBLE",
        OTHER,
        31_255,
        12,
    ),
    instrument(
        "INE999H01017",
        "Equity shares",
        "Time & Travel Agencies Limited",
        "TIMETRAVEL",
        OTHER,
        77_030,
        10,
    ),
];

pub(super) static PENSION_SCHEMES: [Instrument; 3] = [
    instrument(
        "SM099001",
        "Pretend Pension Scheme E Tier I",
        "Pretend Pension Fund",
        "PFM099",
        OTHER,
        1_480,
        10,
    ),
    instrument(
        "SM099002",
        "Pretend Pension Scheme C Tier I",
        "Pretend Pension Fund",
        "PFM099",
        OTHER,
        1_325,
        7,
    ),
    instrument(
        "SM099003",
        "Pretend Pension Scheme A Tier I",
        "Pretend Pension Fund",
        "PFM099",
        OTHER,
        1_150,
        6,
    ),
];

pub(super) static TIER_TWO_SCHEME: [Instrument; 1] = [instrument(
    "SM099004",
    "Pretend Pension Scheme E Tier II",
    "Pretend Pension Fund",
    "PFM099",
    OTHER,
    1_460,
    10,
)];

impl Instrument {
    /// The price of a day, in paise: it grows, and wavers by a few percent.
    pub(super) fn price_on(&self, day: Date) -> i64 {
        let days = (epoch_day(day) - epoch_day(date(2008, 1, 1))).max(0);
        let grown = self.price + self.price * self.growth * days / 36_500;
        let name = self.isin.bytes().fold(0_u64, |name, byte| {
            name.wrapping_mul(131).wrapping_add(u64::from(byte))
        });
        let wavering = Dice::new(name, Purpose::Price)
            .at(epoch_day(day))
            .below(801) as i64;
        (grown * (9_600 + wavering) / 10_000).max(1)
    }
}
