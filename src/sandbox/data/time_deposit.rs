//! TERM_DEPOSIT and RECURRING_DEPOSIT accounts. Interest is added every quarter; at maturity everything is paid out and
//! the deposit begins anew on the same terms, so there is something to see in any year.

use super::super::domain::customer::Account;
use super::super::domain::moment::Moment;
use super::super::domain::terms::FiType;
use super::calendar::{at_time, epoch_day, first_day, months_after, months_between};
use super::deposit::{branch, ifsc};
use super::dice::{Dice, Purpose};
use super::element::Element;
use super::filter::Direction;
use super::window::{Window, rupees};
use jiff::civil::Date;

/// On what terms a deposit was made.
struct Plan {
    is_recurring: bool,
    first_day: Date,
    years: i64,
    /// Interest a year, in hundredths of a percent.
    rate: i64,
    /// What is paid in, in paise: once, or every month.
    amount: i64,
}

/// One of the deposit's terms, from its opening to its maturity.
struct Term {
    opens: Date,
    matures: Date,
    movements: Vec<Movement>,
}

/// Amounts are in paise.
pub(super) struct Movement {
    pub(super) at: Moment,
    pub(super) kind: &'static str,
    pub(super) amount: i64,
    pub(super) balance: i64,
}

const INTEREST_TIME: i64 = 5 * 60;
const CLOSING_TIME: i64 = 60 * 60;
const PAYMENT_TIME: i64 = 10 * 60 * 60;

impl Plan {
    fn of(account: &Account) -> Plan {
        let dice = Dice::new(account.key, Purpose::Terms);
        let is_recurring = account.fi_type == FiType::RecurringDeposit;
        let thousands = if is_recurring {
            1 + dice.at(2).below(15) as i64
        } else {
            10 * (1 + dice.at(2).below(50) as i64)
        };
        Plan {
            is_recurring,
            first_day: first_day(account),
            years: 1 + dice.at(0).below(5) as i64,
            rate: 550 + 25 * dice.at(1).below(9) as i64,
            amount: thousands * 1_000 * 100,
        }
    }

    fn months(&self) -> i64 {
        self.years * 12
    }

    /// The number of the term that a day falls into; before the first opening, the first.
    fn term_of(&self, day: Date) -> i64 {
        (months_between(self.first_day, day) / self.months()).max(0)
    }

    fn term(&self, account: &Account, number: i64) -> Term {
        let opens = months_after(self.first_day, number * self.months());
        let payment_time = PAYMENT_TIME
            + Dice::new(account.key, Purpose::Instant)
                .at(number)
                .below(28_800) as i64;
        let mut term = Term {
            opens,
            matures: months_after(opens, self.months()),
            movements: Vec::new(),
        };
        let mut balance = 0;
        // The sum of the balances of the quarter's months.
        let mut months_balances = 0;
        for month in 0..=self.months() {
            let day = months_after(opens, month);
            if month > 0 && month % 3 == 0 {
                let interest = (months_balances * self.rate + 60_000) / 120_000;
                months_balances = 0;
                balance += interest;
                term.add(at_time(day, INTEREST_TIME), "INTEREST", interest, balance);
            }
            if month == self.months() {
                term.add(at_time(day, CLOSING_TIME), "CLOSING", balance, 0);
            } else if month == 0 || self.is_recurring {
                let kind = if month == 0 { "OPENING" } else { "INSTALLMENT" };
                balance += self.amount;
                term.add(at_time(day, payment_time), kind, self.amount, balance);
            }
            months_balances += balance;
        }
        term
    }
}

impl Term {
    fn add(&mut self, at: Moment, kind: &'static str, amount: i64, balance: i64) {
        self.movements.push(Movement {
            at,
            kind,
            amount,
            balance,
        });
    }

    fn sum(&self, counts: impl Fn(&Movement) -> bool) -> i64 {
        self.movements
            .iter()
            .filter(|movement| counts(movement))
            .map(|movement| movement.amount)
            .sum()
    }

    fn balance_at(&self, at: Moment) -> i64 {
        self.movements
            .iter()
            .rfind(|movement| movement.at <= at)
            .map_or(0, |movement| movement.balance)
    }
}

impl Movement {
    fn direction(&self) -> Direction {
        if self.kind == "CLOSING" {
            Direction::Debit
        } else {
            Direction::Credit
        }
    }

    fn is_paid_in(&self) -> bool {
        matches!(self.kind, "OPENING" | "INSTALLMENT")
    }
}

/// What moved from one instant to another, both included, in time order.
pub(super) fn movements(account: &Account, from: Moment, to: Moment) -> Vec<Movement> {
    let plan = Plan::of(account);
    // A term's last day is the first of the next.
    let first = (plan.term_of(from.date()) - 1).max(0);
    let last = plan.term_of(to.date());
    (first..=last)
        .flat_map(|number| plan.term(account, number).movements)
        .filter(|movement| from <= movement.at && movement.at <= to)
        .collect()
}

pub(super) fn term_summary(account: &Account, as_of: Moment) -> Element {
    summary(account, as_of)
}

pub(super) fn recurring_summary(account: &Account, as_of: Moment) -> Element {
    let plan = Plan::of(account);
    summary(account, as_of)
        .with("recurringAmount", rupees(plan.amount))
        .with("recurringDepositDay", plan.first_day.day().to_string())
}

fn summary(account: &Account, as_of: Moment) -> Element {
    let plan = Plan::of(account);
    let term = plan.term(account, plan.term_of(as_of.date()));
    let interest = term.sum(|movement| movement.kind == "INTEREST");
    let paid_in = if plan.is_recurring {
        term.sum(|movement| movement.is_paid_in() && movement.at <= as_of)
    } else {
        plan.amount
    };
    let days = epoch_day(term.matures) - epoch_day(term.opens);
    let account_type = if plan.is_recurring {
        "RECURRING"
    } else {
        "FIXED"
    };
    Element::new("summary")
        .with("accountType", account_type)
        .with("branch", branch(account))
        .with("ifsc", ifsc(account))
        .with("openingDate", term.opens.to_string())
        .with("maturityDate", term.matures.to_string())
        .with(
            "maturityAmount",
            rupees(term.sum(|movement| movement.kind == "CLOSING")),
        )
        .with("description", "Renewed at maturity on the same terms")
        .with("interestPayout", "OnMaturity")
        .with(
            "interestRate",
            format!("{}.{:02}", plan.rate / 100, plan.rate % 100),
        )
        .with("interestComputation", "COMPOUND")
        .with("compoundingFrequency", "QUARTERLY")
        .with("interestPeriodicPayoutAmount", "0.00")
        .with("interestOnMaturity", rupees(interest))
        .with("principalAmount", rupees(paid_in))
        .with("tenureDays", days.to_string())
        .with("tenureMonths", plan.months().to_string())
        .with("tenureYears", plan.years.to_string())
        .with("currentValue", rupees(term.balance_at(as_of)))
}

pub(super) fn transactions(account: &Account, window: &Window<'_>) -> Element {
    let shown = movements(account, window.from(), window.to)
        .iter()
        .filter(|movement| window.shows(movement.at, movement.direction(), movement.amount))
        .map(|movement| entry(account, movement))
        .collect();
    Element::new("transactions")
        .with("startDate", window.start_date())
        .with("endDate", window.end_date())
        .list("transaction", shown)
}

fn entry(account: &Account, movement: &Movement) -> Element {
    let dice = |purpose| Dice::new(account.key, purpose).at(movement.at.seconds());
    let mode = if movement.is_paid_in() {
        "FT"
    } else {
        "OTHERS"
    };
    let at = movement.at.with_offset();
    Element::new("transaction")
        .with("txnId", dice(Purpose::TransactionId).transaction_id())
        .with("reference", dice(Purpose::Reference).digits(9))
        .with("amount", rupees(movement.amount))
        .with("type", movement.kind)
        .with("mode", mode)
        .with(
            "narration",
            format!(
                "{mode}/{}/{}",
                movement.kind,
                dice(Purpose::Narration).digits(12)
            ),
        )
        .with_names("transactionTimestamp", "transactionDateTime", at)
        .with("valueDate", movement.at.date().to_string())
        .with_names("currentBalance", "balance", rupees(movement.balance))
}
