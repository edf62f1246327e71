//! NPS accounts: each month the subscriber and the employer pay into tier I, each quarter the subscriber into tier II.
//! What is paid in buys whole units, because the schema knows no parts of them.

use jiff::civil::Date;

use super::super::domain::customer::Account;
use super::super::domain::moment::Moment;
use super::calendar::{at_time, first_day, months_after, months_between};
use super::dice::{Dice, Purpose};
use super::element::Element;
use super::filter::Direction;
use super::holder::holder;
use super::instruments::{Instrument, PENSION_SCHEMES, TIER_TWO_SCHEME};
use super::window::{Window, rupees};

struct Tier {
    /// One of its names in the data, and in texts.
    number: u8,
    title: &'static str,
    schemes: &'static [Instrument],
    /// How what is paid in is meant to be shared between the schemes, in percent.
    shares: &'static [i64],
    /// How many months lie between contributions.
    every: i64,
    has_employer: bool,
    names: Names,
}

struct Names {
    holdings: &'static str,
    holding: &'static str,
    scheme_list: &'static str,
    scheme: &'static str,
    investment_list: &'static str,
    investment: &'static str,
}

static TIERS: [Tier; 2] = [
    Tier {
        number: 1,
        title: "Tier I",
        schemes: &PENSION_SCHEMES,
        shares: &[50, 30, 20],
        every: 1,
        has_employer: true,
        names: Names {
            holdings: "tier1Holdings",
            holding: "tier1Holding",
            scheme_list: "tier1SchemeTransactions",
            scheme: "tier1SchemeTransaction",
            investment_list: "tier1InvestmentTransactions",
            investment: "tier1InvestmentTransaction",
        },
    },
    Tier {
        number: 2,
        title: "Tier II",
        schemes: &TIER_TWO_SCHEME,
        shares: &[100],
        every: 3,
        has_employer: false,
        names: Names {
            holdings: "tier2Holdings",
            holding: "tier2Holding",
            scheme_list: "tier2SchemeTransactions",
            scheme: "tier2SchemeTransaction",
            investment_list: "tier2InvestmentTransactions",
            investment: "tier2InvestmentTransaction",
        },
    },
];

/// What was paid in at once. Amounts are in paise.
struct Contribution {
    at: Moment,
    total: i64,
    employer: i64,
    purchases: Vec<Purchase>,
}

struct Purchase {
    units: i64,
    price: i64,
    amount: i64,
    holds: i64,
}

/// What is held of a scheme.
#[derive(Clone, Copy, Default)]
struct Held {
    units: i64,
    cost: i64,
}

/// Everything paid into a tier up to an instant, and what is held then.
fn contributions(account: &Account, tier: &Tier, to: Moment) -> (Vec<Contribution>, Vec<Held>) {
    let first = first_day(account);
    let mut held = vec![Held::default(); tier.schemes.len()];
    let mut contributions = Vec::new();
    let dice = Dice::new(account.key, Purpose::Terms).at(i64::from(tier.number));
    let monthly = (2_000 + 500 * dice.at(0).below(17) as i64) * 100;
    let time = 36_000 + dice.at(1).below(20_000) as i64;
    for month in 0..=months_between(first, to.date()) {
        let day = months_after(first, month);
        let at = at_time(day, time);
        if month % tier.every != 0 || at > to {
            continue;
        }
        let purchases: Vec<Purchase> = tier
            .schemes
            .iter()
            .zip(tier.shares)
            .zip(&mut held)
            .map(|((scheme, share), held)| {
                let price = scheme.price_on(day);
                let units = (monthly * share / 100 / price).max(2);
                let amount = units * price;
                held.units += units;
                held.cost += amount;
                Purchase {
                    units,
                    price,
                    amount,
                    holds: held.units,
                }
            })
            .collect();
        let total: i64 = purchases.iter().map(|purchase| purchase.amount).sum();
        contributions.push(Contribution {
            at,
            total,
            employer: if tier.has_employer { total / 2 } else { 0 },
            purchases,
        });
    }
    (contributions, held)
}

pub(super) fn profile(account: &Account) -> Element {
    let number = Dice::new(account.holder_key, Purpose::Terms).digits(10);
    Element::new("profile").child(Element::new("holders").list(
        "holder",
        vec![holder(account).with("pranId", format!("99{number}"))],
    ))
}

pub(super) fn summary(account: &Account, as_of: Moment) -> Element {
    let day = as_of.date();
    let mut holdings = Element::new("holdings");
    let mut values = Vec::new();
    for tier in &TIERS {
        let (_, held) = contributions(account, tier, as_of);
        values.extend(
            tier.schemes
                .iter()
                .zip(&held)
                .map(|(scheme, held)| held.units * scheme.price_on(day)),
        );
        holdings = holdings.child(tier_holdings(tier, &held, day));
    }
    // The schemes are E, C and A of tier I, then E of tier II.
    let value = |places: &[usize]| places.iter().map(|place| values[*place]).sum::<i64>();
    Element::new("summary")
        .with("openingDate", first_day(account).to_string())
        .with("currentValue", rupees(values.iter().sum()))
        .with("status", "ACTIVE")
        .with("tier1Status", "ACTIVE")
        .with("tier2Status", "ACTIVE")
        .with("tier1NAVDate", day.to_string())
        .with("tier2NAVDate", day.to_string())
        .with("equityAssetValue", rupees(value(&[0, 3])))
        .with("debtAssetValue", rupees(value(&[1])))
        .with("otherAssetValue", rupees(value(&[2])))
        .child(
            Element::new("schemeChoices").list(
                "schemeChoice",
                TIERS[0]
                    .schemes
                    .iter()
                    .zip(TIERS[0].shares)
                    .map(|(scheme, share)| scheme_choice(scheme, *share))
                    .collect(),
            ),
        )
        .child(holdings)
}

fn scheme_choice(scheme: &Instrument, share: i64) -> Element {
    Element::new("schemeChoice")
        .with("allocationPercent", share.to_string())
        .with("pfmId", scheme.code)
        .with("pfmName", scheme.issuer)
        .with("schemeId", scheme.isin)
        .with("schemeName", scheme.name)
}

fn tier_holdings(tier: &Tier, held: &[Held], day: Date) -> Element {
    let schemes = || {
        tier.schemes
            .iter()
            .zip(held)
            .filter(|(_, held)| held.units > 0)
    };
    let value: i64 = schemes()
        .map(|(scheme, held)| held.units * scheme.price_on(day))
        .sum();
    let list = schemes()
        .map(|(scheme, held)| {
            let price = scheme.price_on(day);
            Element::new(tier.names.holding)
                .with("amount", rupees(held.cost))
                .with("amountInTransition", "0.00")
                // The schema wants at least one.
                .with("blockedUnits", "1")
                .with("freeUnits", (held.units - 1).to_string())
                .with("nav", rupees(price))
                .with("schemeId", scheme.isin)
                .with("schemeName", scheme.name)
                .with("totalUnits", held.units.to_string())
                .with("totalValueOfScheme", rupees(held.units * price))
        })
        .collect();
    let free: i64 = schemes().map(|(_, held)| held.units - 1).sum();
    Element::new(tier.names.holdings)
        .with("schemePreferenceType", "ACTIVE")
        .with("freeUnits", free.to_string())
        .with(
            "investmentCost",
            rupees(held.iter().map(|held| held.cost).sum()),
        )
        .with("investmentValue", rupees(value))
        .list(tier.names.holding, list)
}

/// Each scheme's purchase is judged by its own amount, a contribution by its total.
pub(super) fn transactions(account: &Account, window: &Window<'_>) -> Element {
    let paid_in: Vec<(&Tier, Vec<Contribution>)> = TIERS
        .iter()
        .map(|tier| (tier, contributions(account, tier, window.to).0))
        .collect();
    let mut element = Element::new("transactions")
        .with("startDate", window.start_date())
        .with("endDate", window.end_date());
    for (tier, contributions) in &paid_in {
        let list = contributions
            .iter()
            .flat_map(|one| scheme_entries(account, tier, one, window))
            .collect();
        element = element.child(Element::new(tier.names.scheme_list).list(tier.names.scheme, list));
    }
    for (tier, contributions) in &paid_in {
        let list = contributions
            .iter()
            .filter(|one| window.shows(one.at, Direction::Credit, one.total))
            .map(|one| investment_entry(account, tier, one))
            .collect();
        element = element
            .child(Element::new(tier.names.investment_list).list(tier.names.investment, list));
    }
    element
}

fn transaction_id(
    account: &Account,
    tier: &Tier,
    contribution: &Contribution,
    place: i64,
) -> String {
    Dice::new(account.key, Purpose::TransactionId)
        .at(contribution.at.seconds())
        .at(i64::from(tier.number))
        .at(place)
        .transaction_id()
}

fn scheme_entries(
    account: &Account,
    tier: &Tier,
    contribution: &Contribution,
    window: &Window<'_>,
) -> Vec<Element> {
    tier.schemes
        .iter()
        .zip(tier.shares)
        .zip(&contribution.purchases)
        .zip(0..)
        .filter(|((_, purchase), _)| {
            window.shows(contribution.at, Direction::Credit, purchase.amount)
        })
        .map(|(((scheme, share), purchase), place)| {
            Element::new(tier.names.scheme)
                .with("txnId", transaction_id(account, tier, contribution, place))
                .with("txnDate", contribution.at.date().to_string())
                .with("type", "CONTRIBUTION")
                .with("schemeName", scheme.name)
                .with("schemeId", scheme.isin)
                .with("narration", format!("Units bought for {}", tier.title))
                .with("allocationPercent", share.to_string())
                .with("amount", rupees(purchase.amount))
                .with("nav", rupees(purchase.price))
                .with("units", purchase.units.to_string())
                .with("cumulativeUnits", purchase.holds.to_string())
        })
        .collect()
}

fn investment_entry(account: &Account, tier: &Tier, contribution: &Contribution) -> Element {
    Element::new(tier.names.investment)
        .with("txnId", transaction_id(account, tier, contribution, -1))
        .with("txnDate", contribution.at.date().to_string())
        .with("type", "CONTRIBUTION")
        .with("narration", format!("Contribution to {}", tier.title))
        .with(
            "subscriberContribution",
            rupees(contribution.total - contribution.employer),
        )
        .with("employerContribution", rupees(contribution.employer))
        .with("totalContribution", rupees(contribution.total))
}
