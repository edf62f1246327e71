//! Who holds an account: nobody. Names are put together from syllables, and addresses lead nowhere.

use serde::Serialize;

use super::super::domain::customer::Account;
use super::dice::{Dice, Purpose};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Holder {
    pub(crate) name: String,
    pub(crate) dob: String,
    pub(crate) mobile: String,
    pub(crate) nominee: &'static str,
    pub(crate) landline: &'static str,
    pub(crate) address: String,
    pub(crate) email: String,
    pub(crate) pan: String,
    pub(crate) ckyc_compliance: &'static str,
}

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

pub(crate) fn holder(account: &Account) -> Holder {
    let key = account.holder_key;
    let first = word(Dice::new(key, Purpose::Name).at(0));
    let last = word(Dice::new(key, Purpose::Name).at(1));
    let birth = Dice::new(key, Purpose::Birth);
    let pan = Dice::new(key, Purpose::Pan);
    let address = Dice::new(key, Purpose::Address);
    Holder {
        dob: format!(
            "{}-{:02}-{:02}",
            1960 + birth.at(0).below(40),
            1 + birth.at(1).below(12),
            1 + birth.at(2).below(28)
        ),
        mobile: account.mobile.clone(),
        nominee: Dice::new(key, Purpose::Nominee).pick(&["REGISTERED", "NOT-REGISTERED"]),
        landline: "",
        address: format!(
            "{} {} Street, Nowhere - {}",
            1 + address.at(0).below(400),
            address.at(1).pick(&STREETS),
            100_000 + address.at(2).below(900_000),
        ),
        email: format!(
            "{}.{}@example.com",
            first.to_lowercase(),
            last.to_lowercase()
        ),
        // The fourth letter of a person's PAN is a P.
        pan: format!(
            "{}P{}{}{}",
            pan.at(0).capitals(3),
            pan.at(1).capitals(1),
            pan.at(2).digits(4),
            pan.at(3).capitals(1)
        ),
        ckyc_compliance: "true",
        name: format!("{first} {last}"),
    }
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
