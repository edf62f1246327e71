//! Debt, units of trusts and shares of funds that nobody issued, for the types that deal in little else.

use super::instruments::{Instrument, OTHER, instrument};

const SOVEREIGN: (&str, &str, &str) = ("T_BONDS", "SOVEREIGN", "None");
const BEST: (&str, &str, &str) = ("FIXED_INTEREST_RATE", "AAA", "Mirror Mirror Ratings");
const GOOD: (&str, &str, &str) = ("FIXED_INTEREST_RATE", "AA", "Mirror Mirror Ratings");
const SHORT: (&str, &str, &str) = ("OTHERS", "A1+", "Mirror Mirror Ratings");

pub(super) static BONDS: [Instrument; 3] = [
    instrument(
        "INE999J07012",
        "7.25% bonds",
        "Bridge to Nowhere Corporation",
        "BRIDGE",
        BEST,
        100_000,
        0,
    ),
    instrument(
        "INE999K07010",
        "7.25% bonds",
        "Moonbeam Power Limited",
        "MOONBOND",
        GOOD,
        100_000,
        0,
    ),
    instrument(
        "INE999L07018",
        "7.25% bonds",
        "Wishing Well Waterworks Limited",
        "WISHBOND",
        GOOD,
        100_000,
        0,
    ),
];

pub(super) static GOVERNMENT: [Instrument; 3] = [
    instrument(
        "IN0099040015",
        "6.50% stock, first series",
        "Government of Utopia",
        "650GS1",
        SOVEREIGN,
        10_000,
        0,
    ),
    instrument(
        "IN0099040023",
        "6.50% stock, second series",
        "Government of Utopia",
        "650GS2",
        SOVEREIGN,
        10_000,
        0,
    ),
    instrument(
        "IN0099040031",
        "6.50% stock, third series",
        "Government of Utopia",
        "650GS3",
        SOVEREIGN,
        10_000,
        0,
    ),
];

pub(super) static DEBENTURES: [Instrument; 3] = [
    instrument(
        "INE999A08017",
        "8.75% debentures",
        "Castle in the Air Builders Limited",
        "CASTLENCD",
        GOOD,
        100_000,
        0,
    ),
    instrument(
        "INE999C08013",
        "8.75% debentures",
        "Perpetual Motion Industries Limited",
        "PERPNCD",
        BEST,
        100_000,
        0,
    ),
    instrument(
        "INE999G08014",
        "8.75% debentures",
        "Invisible Textiles Limited",
        "INVISNCD",
        GOOD,
        100_000,
        0,
    ),
];

pub(super) static PAPERS: [Instrument; 3] = [
    instrument(
        "INE999B14019",
        "Commercial paper",
        "Snake & Oil Pharma Limited",
        "SNAKECP",
        SHORT,
        98_000,
        0,
    ),
    instrument(
        "INE999D14015",
        "Commercial paper",
        "Unicorn Stables Limited",
        "UNICORNCP",
        SHORT,
        98_000,
        0,
    ),
    instrument(
        "INE999H14016",
        "Commercial paper",
        "Time & Travel Agencies Limited",
        "TIMECP",
        SHORT,
        98_000,
        0,
    ),
];

pub(super) static RECEIPTS: [Instrument; 2] = [
    instrument(
        "INE999M21013",
        "Depository receipts",
        "Overseas & Underwater Holdings",
        "OVERIDR",
        OTHER,
        9_400,
        6,
    ),
    instrument(
        "INE999N21011",
        "Depository receipts",
        "Far Far Away Industries",
        "FARIDR",
        OTHER,
        14_250,
        8,
    ),
];

pub(super) static REAL_ESTATE: [Instrument; 2] = [
    instrument(
        "INE999P25010",
        "Units",
        "Castle in the Air Office Trust",
        "CASTLERT",
        OTHER,
        31_000,
        4,
    ),
    instrument(
        "INE999Q25018",
        "Units",
        "Glass House Property Trust",
        "GLASSRT",
        OTHER,
        27_600,
        5,
    ),
];

pub(super) static INFRASTRUCTURE: [Instrument; 2] = [
    instrument(
        "INE999R23014",
        "Units",
        "Bridge to Nowhere Road Trust",
        "BRIDGEIT",
        OTHER,
        10_200,
        4,
    ),
    instrument(
        "INE999S23012",
        "Units",
        "Moonbeam Grid Trust",
        "MOONIT",
        OTHER,
        12_900,
        5,
    ),
];

pub(super) static COLLECTIVE: [Instrument; 2] = [
    instrument(
        "INF999F01016",
        "Wishing Well Collective Scheme",
        "Wishing Well Waterworks Limited",
        "WWCIS",
        OTHER,
        5_000,
        6,
    ),
    instrument(
        "INF999G01014",
        "Unicorn Breeding Scheme",
        "Unicorn Stables Limited",
        "UNCIS",
        OTHER,
        7_500,
        9,
    ),
];

pub(super) static ALTERNATIVE: [Instrument; 2] = [
    instrument(
        "INF999H01012",
        "Ordinary shares",
        "Perpetual Motion Industries Limited",
        "PERPAIF",
        (
            "UNLISTED-EQUITY",
            "Discounted cash flow",
            "Shares that are not listed",
        ),
        10_000,
        12,
    ),
    instrument(
        "INF999J01018",
        "Debentures",
        "Invisible Textiles Limited",
        "INVISAIF",
        (
            "NCDS",
            "Market price",
            "Debentures that cannot be converted",
        ),
        10_000,
        8,
    ),
];
