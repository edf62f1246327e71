//! Who holds an account: nobody. Names are put together from syllables, and addresses lead nowhere.

use super::super::domain::customer::Account;
use super::dice::{Dice, Purpose};
use super::element::Element;

const BEGINNINGS: [&str; 16] = [
    "Bel", "Cor", "Dal", "Fen", "Gar", "Hol", "Jor", "Kel", "Lum", "Mor", "Nel", "Pal", "Rin",
    "Sol", "Tav", "Vel",
];
const MIDDLES: [&str; 8] = ["a", "i", "o", "u", "ari", "emi", "olu", "ino"];
const ENDS: [&str; 12] = [
    "bra", "dek", "fin", "gant", "lo", "mar", "nox", "pel", "rid", "sten", "tor", "vik",
];
const STREETS: [&str; 6] = [
    "Sample",
    "Specimen",
    "Placeholder",
    "Mockingbird",
    "Example",
    "Fixture",
];

/// The holder with the particulars that all schemas know.
pub(crate) fn holder(account: &Account) -> Element {
    let key = account.holder_key;
    let (first, last) = names(account);
    let birth = Dice::new(key, Purpose::Birth);
    let address = Dice::new(key, Purpose::Address);
    Element::new("holder")
        .with("name", format!("{first} {last}"))
        .with(
            "dob",
            format!(
                "{}-{:02}-{:02}",
                1960 + birth.at(0).below(40),
                1 + birth.at(1).below(12),
                1 + birth.at(2).below(28)
            ),
        )
        .with("mobile", account.mobile.clone())
        .with(
            "nominee",
            Dice::new(key, Purpose::Nominee).pick(&["REGISTERED", "NOT-REGISTERED"]),
        )
        .with("landline", "")
        .with(
            "address",
            format!(
                "{} {} Street, Nowhere - {}",
                1 + address.at(0).below(400),
                address.at(1).pick(&STREETS),
                100_000 + address.at(2).below(900_000),
            ),
        )
        .with(
            "email",
            format!(
                "{}.{}@example.com",
                first.to_lowercase(),
                last.to_lowercase()
            ),
        )
        .with("pan", pan(account))
        .with("ckycCompliance", "true")
}

/// The holder's first and last name.
pub(crate) fn names(account: &Account) -> (String, String) {
    let dice = Dice::new(account.holder_key, Purpose::Name);
    (word(dice.at(0)), word(dice.at(1)))
}

/// The holder's PAN. The fourth letter of a person's is a P.
pub(crate) fn pan(account: &Account) -> String {
    let pan = Dice::new(account.holder_key, Purpose::Pan);
    format!(
        "{}P{}{}{}",
        pan.at(0).capitals(3),
        pan.at(1).capitals(1),
        pan.at(2).digits(4),
        pan.at(3).capitals(1)
    )
}

/// A name for the other side of a transaction.
pub(crate) fn stranger(dice: Dice) -> String {
    format!("{} {}", word(dice.at(0)), word(dice.at(1)))
}

fn word(dice: Dice) -> String {
    format!(
        "{}{}{}",
        dice.at(0).pick(&BEGINNINGS),
        dice.at(1).pick(&MIDDLES),
        dice.at(2).pick(&ENDS)
    )
}
