//! What consents say, in words that a customer can read.

use crate::sandbox::domain::customer::Account;
use crate::sandbox::domain::moment::Moment;
use crate::sandbox::domain::terms::{
    ConsentMode, ConsentType, DataFilter, DataLifeUnit, FetchType, FiType, FilterOperator,
    FilterSubject, FrequencyUnit, Terms,
};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// `1 April 2025`, in UTC.
pub(super) fn date(moment: Moment) -> String {
    let date = moment.date();
    let month = usize::try_from(date.month()).unwrap_or(1);
    let month = MONTHS.get(month.saturating_sub(1)).unwrap_or(&MONTHS[0]);
    format!("{} {month} {}", date.day(), date.year())
}

/// `2025-04-01 05:30:00 UTC`.
pub(super) fn time(moment: Moment) -> String {
    let text = moment.to_string();
    match text.get(..19) {
        Some(seconds) => format!("{} UTC", seconds.replace('T', " ")),
        None => text,
    }
}

/// A kind of account, as several of them are called.
pub(super) fn kinds(fi_type: FiType) -> &'static str {
    match fi_type {
        FiType::Deposit => "bank accounts",
        FiType::TermDeposit => "term deposits",
        FiType::RecurringDeposit => "recurring deposits",
        FiType::Sip => "systematic investment plans",
        FiType::Cp => "commercial papers",
        FiType::GovtSecurities => "government securities",
        FiType::Equities => "shares",
        FiType::Bonds => "bonds",
        FiType::Debentures => "debentures",
        FiType::MutualFunds => "mutual funds",
        FiType::Etf => "exchange-traded funds",
        FiType::Idr => "Indian depository receipts",
        FiType::Cis => "collective investment schemes",
        FiType::Aif => "alternative investment funds",
        FiType::InsurancePolicies => "insurance policies",
        FiType::Nps => "pension accounts",
        FiType::Invit => "infrastructure investment trusts",
        FiType::Reit => "real estate investment trusts",
        FiType::Gstr1And3b => "GST returns",
        FiType::Other => "other accounts",
    }
}

/// One account, for a list that is under its FIP's name.
pub(super) fn account(account: &Account) -> String {
    let kind = match account.fi_type {
        FiType::Deposit => match account.account_type.name() {
            "CURRENT" => "Current account",
            _ => "Savings account",
        },
        other => return format!("{}: {}", capital(kinds(other)), account.masked_number),
    };
    format!("{kind} {}", account.masked_number)
}

/// What is asked for, one line for each part.
pub(super) fn parts(terms: &Terms) -> Vec<String> {
    let mut parts = Vec::new();
    for kind in [
        ConsentType::Profile,
        ConsentType::Summary,
        ConsentType::Transactions,
    ] {
        if !terms.consent_types.contains(&kind) {
            continue;
        }
        parts.push(match kind {
            ConsentType::Profile => {
                "Who you are: name, date of birth, PAN, address, mobile number, e-mail".to_owned()
            }
            ConsentType::Summary => {
                "How your accounts stand: balance, branch, type, status".to_owned()
            }
            ConsentType::Transactions => format!(
                "Your transactions from {} to {}",
                date(terms.data_range.from),
                date(terms.data_range.to)
            ),
        });
    }
    parts
}

/// Which transactions alone are shared.
pub(super) fn filter(filter: &DataFilter) -> String {
    let value = &filter.value;
    match (filter.subject, filter.operator) {
        (FilterSubject::TransactionType, FilterOperator::NotEqual) => {
            format!("no transactions of type {value}")
        }
        (FilterSubject::TransactionType, _) => format!("only transactions of type {value}"),
        (FilterSubject::TransactionAmount, operator) => {
            let relation = match operator {
                FilterOperator::Equal => "of exactly",
                FilterOperator::NotEqual => "of anything but",
                FilterOperator::Greater => "of more than",
                FilterOperator::Less => "of less than",
                FilterOperator::GreaterOrEqual => "of at least",
                FilterOperator::LessOrEqual => "of at most",
            };
            format!("only transactions {relation} ₹{value}")
        }
    }
}

/// How often data may be fetched.
pub(super) fn how_often(terms: &Terms) -> String {
    if terms.fetch_type == FetchType::OneTime {
        return "Once".to_owned();
    }
    let unit = match terms.frequency.unit {
        FrequencyUnit::Hour => "an hour",
        FrequencyUnit::Day => "a day",
        FrequencyUnit::Month => "a month",
        FrequencyUnit::Year => "a year",
        FrequencyUnit::Inf => return "As often as it is wanted".to_owned(),
    };
    match terms.frequency.value {
        1 => format!("Up to once {unit}"),
        2 => format!("Up to twice {unit}"),
        many => format!("Up to {many} times {unit}"),
    }
}

/// From when to when the consent is good.
pub(super) fn how_long(terms: &Terms) -> String {
    format!("From {} to {}", date(terms.start), date(terms.expiry))
}

/// What is done with the data.
pub(super) fn keeping(terms: &Terms) -> String {
    match terms.consent_mode {
        ConsentMode::View => "It is looked at and not stored".to_owned(),
        ConsentMode::Query => "It is asked questions of and not stored".to_owned(),
        ConsentMode::Stream => "It is passed on as it comes and not stored".to_owned(),
        ConsentMode::Store => {
            let (one, many) = match terms.data_life.unit {
                DataLifeUnit::Day => ("day", "days"),
                DataLifeUnit::Month => ("month", "months"),
                DataLifeUnit::Year => ("year", "years"),
                DataLifeUnit::Inf => return "It is stored without a limit".to_owned(),
            };
            match terms.data_life.value {
                1 => format!("It is stored for 1 {one}"),
                value => format!("It is stored for {value} {many}"),
            }
        }
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn list(items: &[&str]) -> String {
    match items {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

pub(super) fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(characters).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::domain::terms::{DataLife, DataRange, Frequency, Purpose, PurposeCode};

    fn terms() -> Terms {
        let moment = |text| Moment::parse(text).unwrap();
        Terms {
            start: moment("2025-04-01T00:00:00Z"),
            expiry: moment("2025-07-30T00:00:00Z"),
            fi_types: vec![FiType::Deposit],
            fetch_type: FetchType::Periodic,
            purpose: Purpose::standard(PurposeCode::WealthManagement),
            data_range: DataRange {
                from: moment("2024-04-01T00:00:00Z"),
                to: moment("2025-03-31T23:59:59Z"),
            },
            consent_types: vec![ConsentType::Transactions],
            consent_mode: ConsentMode::Store,
            frequency: Frequency {
                value: 30,
                unit: FrequencyUnit::Month,
            },
            data_life: DataLife {
                value: 1,
                unit: DataLifeUnit::Month,
            },
            data_filter: Vec::new(),
            context: Vec::new(),
        }
    }

    #[test]
    fn how_often_is_said_as_it_is_meant() {
        for (fetch_type, value, unit, words) in [
            (FetchType::OneTime, 1, FrequencyUnit::Month, "Once"),
            (
                FetchType::Periodic,
                1,
                FrequencyUnit::Day,
                "Up to once a day",
            ),
            (
                FetchType::Periodic,
                2,
                FrequencyUnit::Hour,
                "Up to twice an hour",
            ),
            (
                FetchType::Periodic,
                30,
                FrequencyUnit::Year,
                "Up to 30 times a year",
            ),
            (
                FetchType::Periodic,
                1,
                FrequencyUnit::Inf,
                "As often as it is wanted",
            ),
        ] {
            let terms = Terms {
                fetch_type,
                frequency: Frequency { value, unit },
                ..terms()
            };
            assert_eq!(how_often(&terms), words);
        }
    }

    #[test]
    fn terms_are_said_in_words() {
        let terms = terms();
        assert_eq!(how_long(&terms), "From 1 April 2025 to 30 July 2025");
        assert_eq!(keeping(&terms), "It is stored for 1 month");
        assert_eq!(
            parts(&terms),
            ["Your transactions from 1 April 2024 to 31 March 2025"]
        );
        assert_eq!(time(terms.start), "2025-04-01 00:00:00 UTC");
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
        let view = Terms {
            consent_mode: ConsentMode::View,
            ..terms
        };
        assert_eq!(keeping(&view), "It is looked at and not stored");
    }

    #[test]
    fn filters_say_what_is_left() {
        for (subject, operator, value, words) in [
            (
                FilterSubject::TransactionType,
                FilterOperator::Equal,
                "CREDIT",
                "only transactions of type CREDIT",
            ),
            (
                FilterSubject::TransactionType,
                FilterOperator::NotEqual,
                "DEBIT",
                "no transactions of type DEBIT",
            ),
            (
                FilterSubject::TransactionAmount,
                FilterOperator::GreaterOrEqual,
                "20000",
                "only transactions of at least ₹20000",
            ),
        ] {
            let filter_of = DataFilter {
                operator,
                subject,
                value: value.to_owned(),
            };
            assert_eq!(filter(&filter_of), words);
        }
    }
}
