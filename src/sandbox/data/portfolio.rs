//! Buying and selling securities, from the day the account was opened. What is held follows from what was traded.

use super::super::domain::customer::Account;
use super::super::domain::moment::Moment;
use super::dice::{Dice, Purpose};
use super::filter::Direction;
use super::instruments::Instrument;
use super::transactions::{MOST_TRANSACTIONS, count_in_month, instant, month_of, opening_month};
use super::window::Window;

/// What an account deals in.
pub(super) struct Market {
    pub(super) instruments: &'static [Instrument],
    /// How many of them one account holds.
    pub(super) held: usize,
    /// How many parts a unit has: units are counted in these.
    pub(super) parts: i64,
}

/// Units are in parts, amounts in paise.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trade {
    pub(super) at: Moment,
    pub(super) instrument: &'static Instrument,
    /// A purchase is a credit of units.
    pub(super) direction: Direction,
    pub(super) units: i64,
    pub(super) price: i64,
    pub(super) amount: i64,
    /// What is held of the instrument after this.
    pub(super) holds: i64,
    pub(super) month: i64,
    pub(super) position: i64,
}

/// What is held of an instrument.
#[derive(Clone, Debug)]
pub(super) struct Holding {
    pub(super) instrument: &'static Instrument,
    pub(super) units: i64,
    /// What the units were bought for, in paise.
    pub(super) cost: i64,
    pub(super) first_bought: Option<Moment>,
}

impl Holding {
    /// What the units are worth at a price, in paise.
    pub(super) fn value(&self, price: i64, parts: i64) -> i64 {
        worth(self.units, price, parts)
    }

    /// The average price that was paid, in paise.
    pub(super) fn rate(&self, parts: i64) -> i64 {
        share(self.cost, parts, self.units)
    }
}

/// `amount * part / whole`, rounded down.
fn share(amount: i64, part: i64, whole: i64) -> i64 {
    (i128::from(amount) * i128::from(part) / i128::from(whole.max(1))) as i64
}

/// What units are worth, rounded to the nearest paisa.
pub(super) fn worth(units: i64, price: i64, parts: i64) -> i64 {
    let exact = i128::from(units) * i128::from(price);
    ((exact * 2 + i128::from(parts)) / (i128::from(parts) * 2)) as i64
}

/// Everything held at an instant, in the order of the market.
pub(super) fn holdings(account: &Account, market: &Market, at: Moment) -> Vec<Holding> {
    let mut holdings = walk(account, market, at, |_| {});
    holdings.retain(|holding| holding.units > 0);
    holdings
}

/// The trades that a session sees, in time order; of too many, the latest.
pub(super) fn trades(account: &Account, market: &Market, window: &Window<'_>) -> Vec<Trade> {
    let mut trades = Vec::new();
    walk(account, market, window.to, |trade| {
        if window.shows(trade.at, trade.direction, trade.amount) {
            trades.push(*trade);
        }
    });
    let most = MOST_TRANSACTIONS as usize;
    trades.split_off(trades.len().saturating_sub(most))
}

/// Makes every trade up to an instant and says what is held then.
fn walk(
    account: &Account,
    market: &Market,
    to: Moment,
    mut each: impl FnMut(&Trade),
) -> Vec<Holding> {
    let mut holdings = chosen(account, market);
    for month in opening_month(account)..=month_of(to.date()) {
        let count = count_in_month(account, month);
        for position in 0..count {
            let at = instant(account, month, position, count);
            if at > to {
                return holdings;
            }
            let pick = Dice::new(account.key, Purpose::Order)
                .at(month)
                .at(position);
            let place = pick.at(0).below(holdings.len() as u64) as usize;
            each(&trade(
                account,
                market,
                &mut holdings[place],
                at,
                (month, position),
            ));
        }
    }
    holdings
}

/// The instruments that the account deals in, with nothing held of them yet.
fn chosen(account: &Account, market: &Market) -> Vec<Holding> {
    let many = market.instruments.len();
    let first = Dice::new(account.key, Purpose::Portfolio).below(many as u64) as usize;
    (0..market.held.min(many))
        .map(|place| Holding {
            instrument: &market.instruments[(first + place) % many],
            units: 0,
            cost: 0,
            first_bought: None,
        })
        .collect()
}

fn trade(
    account: &Account,
    market: &Market,
    holding: &mut Holding,
    at: Moment,
    (month, position): (i64, i64),
) -> Trade {
    let dice = Dice::new(account.key, Purpose::Units)
        .at(month)
        .at(position);
    let price = holding.instrument.price_on(at.date());
    let most_sold = holding.units / 3;
    let sells = most_sold > 0 && dice.at(0).below(5) == 0;
    let (direction, units) = if sells {
        (
            Direction::Debit,
            1 + dice.at(1).below(most_sold as u64) as i64,
        )
    } else {
        let paise = (1_000 + dice.at(1).below(14_000) as i64) * 100;
        (Direction::Credit, share(paise, market.parts, price).max(1))
    };
    let amount = worth(units, price, market.parts);
    if sells {
        holding.cost -= share(holding.cost, units, holding.units);
        holding.units -= units;
    } else {
        holding.cost += amount;
        holding.units += units;
        holding.first_bought.get_or_insert(at);
    }
    Trade {
        at,
        instrument: holding.instrument,
        direction,
        units,
        price,
        amount,
        holds: holding.units,
        month,
        position,
    }
}
