//! SIP accounts: each month an instalment buys whole units of one fund, because the schema knows no parts of them.

use jiff::civil::Date;

use super::super::domain::customer::Account;
use super::super::domain::moment::Moment;
use super::calendar::{at_time, first_day, months_after, months_between};
use super::dice::{Dice, Purpose};
use super::element::Element;
use super::filter::Direction;
use super::holder::{holder, names};
use super::instruments::{FUNDS, Instrument};
use super::securities::{demat_id, dice, folio};
use super::window::{Window, rupees};

/// How long a plan runs: longer than anybody looks.
const INSTALMENTS: i64 = 720;
const TEN_O_CLOCK: i64 = 10 * 3_600;

struct Plan {
    fund: &'static Instrument,
    /// The most that an instalment may cost, in paise.
    amount: i64,
    first: Date,
}

/// Amounts are in paise.
struct Instalment {
    number: i64,
    at: Moment,
    units: i64,
    price: i64,
    cost: i64,
}

fn plan(account: &Account) -> Plan {
    Plan {
        fund: dice(account, 0).pick(&[&FUNDS[0], &FUNDS[3], &FUNDS[5]]),
        amount: (2_000 + 500 * dice(account, 5).below(17) as i64) * 100,
        first: first_day(account),
    }
}

/// What has been paid up to an instant, in time order.
fn instalments(plan: &Plan, to: Moment) -> Vec<Instalment> {
    let last = months_between(plan.first, to.date()).min(INSTALMENTS - 1);
    (0..=last)
        .map(|number| {
            let day = months_after(plan.first, number);
            let price = plan.fund.price_on(day);
            let units = (plan.amount / price).max(1);
            Instalment {
                number,
                at: at_time(day, TEN_O_CLOCK),
                units,
                price,
                cost: units * price,
            }
        })
        .filter(|instalment| instalment.at <= to)
        .collect()
}

pub(super) fn profile(account: &Account) -> Element {
    let holder = holder(account).with("dematId", demat_id(account));
    Element::new("profile").child(
        Element::new("holders")
            .with("type", "SINGLE")
            .list("holder", vec![holder]),
    )
}

/// What a fund is known by, in holdings and transactions alike.
fn fund(element: Element, account: &Account, plan: &Plan) -> Element {
    element
        .with("amc", plan.fund.issuer)
        .with("isin", plan.fund.isin)
        .with("ucc", dice(account, 4).digits(10))
        .with("amfiCode", format!("99{}", &plan.fund.isin[8..]))
        .with("folioNo", folio(account))
}

pub(super) fn summary(account: &Account, as_of: Moment) -> Element {
    let plan = plan(account);
    let paid = instalments(&plan, as_of);
    let units: i64 = paid.iter().map(|one| one.units).sum();
    let cost: i64 = paid.iter().map(|one| one.cost).sum();
    let value = units * plan.fund.price_on(as_of.date());
    let end = months_after(plan.first, INSTALMENTS).to_string();
    let begin = plan.first.to_string();
    Element::new("summary")
        .with("folioNo", folio(account))
        .with("investmentValue", rupees(cost))
        .with("currentValue", rupees(value))
        .child(Element::new("holdings").list(
            "holding",
            if paid.is_empty() {
                Vec::new()
            } else {
                vec![holding(
                    account,
                    &plan,
                    paid.len() as i64,
                    (units, value),
                    as_of,
                )]
            },
        ))
        .child(
            Element::new("investments")
                .with("type", "SOLE")
                .with("issueDate", begin.clone())
                .with("maturityDate", end.clone())
                .child(
                    Element::new("investment")
                        .with("type", "SOLE")
                        .with("startDate", begin)
                        .with("endDate", end),
                ),
        )
}

/// The holder's, which the profile has too.
fn email(account: &Account) -> String {
    holder(account).get("email").unwrap_or_default().to_owned()
}

fn holding(
    account: &Account,
    plan: &Plan,
    paid: i64,
    (units, value): (i64, i64),
    as_of: Moment,
) -> Element {
    let (first_name, last_name) = names(account);
    fund(Element::new("holding"), account, plan)
        .with("registrar", "IMAGINARY")
        .with_names("schemeCode", "scheme", plan.fund.code)
        .with("holdingType", "SOLE")
        .with("holder1Name", format!("{first_name} {last_name}"))
        .with("holder2Name", "")
        .with("units", units.to_string())
        .with("nav", rupees(plan.fund.price_on(as_of.date())))
        .with("value", rupees(value))
        // The schema's other word is `SOLE`.
        .with("nominee", "OTHERS")
        .with("email", email(account))
        .with("devidentType", "Growth")
        .with("amount", rupees(plan.amount))
        .with("frequency", "1")
        .with("instalmentDay", plan.first.day().to_string())
        .with("pendingInstalments", (INSTALMENTS - paid).to_string())
        .with("completeInstalments", paid.to_string())
        .with(
            "lastInstalmentDate",
            months_after(plan.first, paid - 1).to_string(),
        )
        .with(
            "nextInstalmentDate",
            months_after(plan.first, paid).to_string(),
        )
        .with("creationDate", plan.first.to_string())
        .with("modificationDate", plan.first.to_string())
}

pub(super) fn transactions(account: &Account, window: &Window<'_>) -> Element {
    let plan = plan(account);
    let entries = instalments(&plan, window.to)
        .iter()
        .filter(|one| window.shows(one.at, Direction::Credit, one.cost))
        .map(|one| entry(account, &plan, one))
        .collect();
    Element::new("transactions")
        .with("startDate", window.start_date())
        .with("endDate", window.end_date())
        .list("transaction", entries)
}

fn entry(account: &Account, plan: &Plan, instalment: &Instalment) -> Element {
    let id = Dice::new(account.key, Purpose::TransactionId).at(instalment.number);
    let transaction = Element::new("transaction").with("txnId", id.transaction_id());
    fund(transaction, account, plan)
        .with("txnDate", instalment.at.with_offset())
        .with("scheme", plan.fund.code)
        .with("type", "BUY")
        .with(
            "narration",
            format!(
                "Instalment {}: {} units of {}",
                instalment.number + 1,
                instalment.units,
                plan.fund.name
            ),
        )
        .with("units", instalment.units.to_string())
        .with("nav", rupees(instalment.price))
        .with("cost", rupees(instalment.cost))
        .with("stt", rupees(0))
        .with("amount", rupees(instalment.cost))
}
