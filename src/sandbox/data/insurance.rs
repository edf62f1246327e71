//! INSURANCE_POLICIES accounts: a policy that pays a part of the sum assured every five years and the rest at maturity.

use jiff::civil::Date;

use super::super::domain::customer::Account;
use super::super::domain::moment::Moment;
use super::calendar::{at_time, first_day, months_after, months_between};
use super::dice::{Dice, Purpose};
use super::element::Element;
use super::filter::Direction;
use super::holder::holder;
use super::window::{Window, rupees};

/// Amounts are in paise.
struct Policy {
    starts: Date,
    years: i64,
    sum_assured: i64,
    premium: i64,
    /// How many months lie between premiums, and the schema's word for that.
    every: i64,
    frequency: &'static str,
}

struct Event {
    at: Moment,
    kind: &'static str,
    amount: i64,
}

impl Policy {
    fn of(account: &Account) -> Policy {
        let dice = Dice::new(account.key, Purpose::Policy);
        let (every, frequency) = dice.at(0).pick(&[
            (1, "MONTHLY"),
            (3, "QUARTELY"),
            (6, "HALF_YEARLY"),
            (12, "YEARLY"),
        ]);
        let years = 30 + dice.at(1).below(11) as i64;
        let lakhs = 5 + dice.at(2).below(46) as i64;
        Policy {
            starts: first_day(account),
            years,
            sum_assured: lakhs * 100_000 * 100,
            // What is paid in over all the years comes near the sum assured.
            premium: lakhs * 100_000 * every / (years * 12) * 100,
            every,
            frequency,
        }
    }

    fn matures(&self) -> Date {
        months_after(self.starts, self.years * 12)
    }

    fn money_back(&self) -> i64 {
        self.sum_assured / 10
    }

    fn money_back_days(&self) -> impl Iterator<Item = Date> {
        (1..)
            .map(|number| number * 5)
            .take_while(|years| *years < self.years)
            .map(|years| months_after(self.starts, years * 12))
    }

    fn final_settlement(&self) -> i64 {
        self.sum_assured - self.money_back() * self.money_back_days().count() as i64
    }

    /// What happens over the policy's life up to a day, in time order.
    fn events(&self, to: Date) -> Vec<Event> {
        let months = months_between(self.starts, to).min(self.years * 12);
        let mut events = Vec::new();
        for month in 0..=months {
            let day = months_after(self.starts, month);
            let mut add = |hour: i64, kind, amount| {
                events.push(Event {
                    at: at_time(day, hour * 3_600),
                    kind,
                    amount,
                });
            };
            if month % self.every == 0 && month < self.years * 12 {
                add(6, "PREMIUM_PAYMENT", self.premium);
            }
            if month > 0 && month % 60 == 0 && month < self.years * 12 {
                add(12, "MONEY_BACK", self.money_back());
            }
            if month == self.years * 12 {
                add(12, "FINAL_SETTLEMENT", self.final_settlement());
            }
        }
        events
    }

    fn next_premium(&self, as_of: Moment) -> Option<Date> {
        let passed = months_between(self.starts, as_of.date()).max(0) / self.every;
        [passed, passed + 1]
            .into_iter()
            .map(|number| number * self.every)
            .filter(|month| *month < self.years * 12)
            .map(|month| months_after(self.starts, month))
            .find(|day| at_time(*day, 6 * 3_600) > as_of)
    }
}

fn number(account: &Account) -> String {
    let dice = Dice::new(account.key, Purpose::Policy);
    format!("POL{}", dice.at(3).digits(9))
}

pub(super) fn profile(account: &Account) -> Element {
    let policy = Policy::of(account);
    Element::new("profile")
        .child(
            Element::new("holders")
                .with("type", "SINGLE")
                .list("holder", vec![holder(account).with("rank", "1")]),
        )
        .child(Element::new("riders").list(
            "rider",
            vec![
                    Element::new("rider")
                        .with("riderType", "Waiver of premium")
                        .with("sumAssured", rupees(policy.sum_assured / 10))
                        .with("tenureYears", policy.years.to_string())
                        .with("tenureMonths", (policy.years * 12).to_string())
                        .with("premiumAmount", rupees(policy.premium / 20))
                        .with("policyStartDate", policy.starts.to_string())
                        .with("policyEndDate", policy.matures().to_string()),
                ],
        ))
}

pub(super) fn summary(account: &Account, as_of: Moment) -> Element {
    let policy = Policy::of(account);
    let dice = Dice::new(account.key, Purpose::Policy);
    let months = (policy.years * 12).to_string();
    let years = policy.years.to_string();
    let mut summary = Element::new("summary")
        .with("policyName", "Storybook Happily Ever After Plan")
        .with("policyNumber", number(account))
        .with("eiaNumber", dice.at(4).digits(13))
        .with("sumAssured", rupees(policy.sum_assured))
        .with("coverAmount", rupees(policy.sum_assured))
        .with("tenureMonths", months.clone())
        .with("tenureYears", years.clone())
        .with("premiumAmount", rupees(policy.premium))
        .with("policyStartDate", policy.starts.to_string())
        .with("policyType", "MONEYBACK")
        .with("coverType", "SELF")
        .with("premiumFrequency", policy.frequency)
        .with("premiumPaymentYears", years)
        .with("premiumPaymentMonths", months)
        .with("maturityDate", policy.matures().to_string())
        .with("maturityBenefit", rupees(policy.final_settlement()));
    if let Some(day) = policy.next_premium(as_of) {
        summary = summary.with("nextPremiumDueDate", day.to_string());
    }
    summary
        .child(Element::new("moneyBacks").list("moneyBack", money_backs(&policy)))
        .child(Element::new("contractClauses").list("contractClause", vec![clause(&policy)]))
        .child(Element::new("covers").list("cover", covers(&policy)))
}

fn money_backs(policy: &Policy) -> Vec<Element> {
    policy
        .money_back_days()
        .map(|day| {
            Element::new("moneyBack")
                .with("date", day.to_string())
                .with("amount", rupees(policy.money_back()))
                .with("description", "A tenth of the sum assured")
        })
        .collect()
}

/// `exlcusions` is how the specification spells it.
fn clause(policy: &Policy) -> Element {
    Element::new("contractClause")
        .with("title", "Survival benefit")
        .with("subLimit", rupees(policy.money_back()))
        .with(
            "conditions",
            "The policy is in force & all premiums are paid",
        )
        .with("exlcusions", "None")
        .with("amount", rupees(policy.sum_assured))
        .with("description", "Paid every five years & at maturity")
}

/// Together they are the amount that is covered.
fn covers(policy: &Policy) -> Vec<Element> {
    let accident = policy.sum_assured / 4;
    [
        ("Life cover", policy.sum_assured - accident),
        ("Accident cover", accident),
    ]
    .into_iter()
    .map(|(description, amount)| {
        Element::new("cover")
            .with("amount", rupees(amount))
            .with("description", description)
    })
    .collect()
}

pub(super) fn transactions(account: &Account, window: &Window<'_>) -> Element {
    let shown = Policy::of(account)
        .events(window.to.date())
        .iter()
        .filter(|event| window.shows(event.at, direction(event), event.amount))
        .map(|event| entry(account, event))
        .collect();
    Element::new("transactions")
        .with("startDate", window.start_date())
        .with("endDate", window.end_date())
        .list("transaction", shown)
}

fn direction(event: &Event) -> Direction {
    if event.kind == "PREMIUM_PAYMENT" {
        Direction::Credit
    } else {
        Direction::Debit
    }
}

fn entry(account: &Account, event: &Event) -> Element {
    let id = Dice::new(account.key, Purpose::TransactionId).at(event.at.seconds());
    let narration = match event.kind {
        "PREMIUM_PAYMENT" => "Premium received for",
        "MONEY_BACK" => "Survival benefit of",
        _ => "Maturity benefit of",
    };
    Element::new("transaction")
        .with("txnId", id.transaction_id())
        .with("txnDate", event.at.date().to_string())
        .with("type", event.kind)
        .with("amount", rupees(event.amount))
        .with(
            "narration",
            format!("{narration} policy {}", number(account)),
        )
}
