//! What a scalar without quotes means: YAML 1.2's core schema, just as `serde_yaml` reads it.

use serde_json::Number;

/// The meaning of a plain scalar.
#[derive(Debug, PartialEq)]
pub(super) enum Scalar {
    Null,
    Bool(bool),
    Number(Number),
    /// A number that JSON has not: `.inf`, `.nan`.
    NoJsonNumber,
    /// An integer of more than 64 bits.
    TooLarge,
    Text,
}

/// Resolves a plain scalar.
pub(super) fn resolve(plain: &str) -> Scalar {
    match plain {
        "" | "~" | "null" | "Null" | "NULL" => return Scalar::Null,
        "true" | "True" | "TRUE" => return Scalar::Bool(true),
        "false" | "False" | "FALSE" => return Scalar::Bool(false),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" | "-.inf" | "-.Inf" | "-.INF"
        | ".nan" | ".NaN" | ".NAN" => return Scalar::NoJsonNumber,
        _ => {}
    }
    let begins_number =
        plain.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-' | '.'));
    if begins_number {
        number(plain)
    } else {
        Scalar::Text
    }
}

fn number(plain: &str) -> Scalar {
    let (sign, digits) = match plain.as_bytes()[0] {
        b'-' => ("-", &plain[1..]),
        b'+' => ("", &plain[1..]),
        _ => ("", plain),
    };
    if digits.starts_with(['+', '-']) || leads_with_zero(digits) {
        return Scalar::Text;
    }
    let (radix, digits) = match digits.get(..2) {
        Some("0x") => (16, &digits[2..]),
        Some("0o") => (8, &digits[2..]),
        Some("0b") => (2, &digits[2..]),
        _ => (10, digits),
    };
    if !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix)) {
        let whole = if sign.is_empty() {
            u64::from_str_radix(digits, radix).map(Number::from)
        } else {
            i64::from_str_radix(&format!("-{digits}"), radix).map(Number::from)
        };
        return whole.map_or(Scalar::TooLarge, Scalar::Number);
    }
    // Rust reads more words as floats than YAML does: `inf`, `nan`, `infinity`.
    match plain.parse::<f64>() {
        Ok(value) if radix == 10 && !plain.contains(['n', 'N']) => {
            Number::from_f64(value).map_or(Scalar::Text, Scalar::Number)
        }
        _ => Scalar::Text,
    }
}

/// `012` is text, as in YAML 1.2; `0` and `0.5` are numbers.
fn leads_with_zero(digits: &str) -> bool {
    digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::{Scalar, resolve};
    use proptest::prelude::*;
    use serde_yaml::Value;

    /// The same scalar as `serde_yaml` reads it; none where that is an error.
    fn judged(plain: &str) -> Option<Scalar> {
        Some(match serde_yaml::from_str::<Value>(plain).ok()? {
            Value::Null => Scalar::Null,
            Value::Bool(value) => Scalar::Bool(value),
            Value::String(_) => Scalar::Text,
            Value::Number(number) => {
                let json = number
                    .as_u64()
                    .map(Into::into)
                    .or_else(|| number.as_i64().map(Into::into))
                    .or_else(|| number.as_f64().and_then(serde_json::Number::from_f64));
                json.map_or(Scalar::NoJsonNumber, Scalar::Number)
            }
            _ => return None,
        })
    }

    #[test]
    fn scalars_mean_what_serde_yaml_says() {
        for plain in [
            "null",
            "Null",
            "~",
            "true",
            "TRUE",
            "yes",
            "on",
            "no",
            "0",
            "-0",
            "+0",
            "7",
            "-7",
            "+7",
            "007",
            "-07",
            "0o14",
            "-0o14",
            "+0o14",
            "0o9",
            "0x1F",
            "0xG",
            "-0x1f",
            "0b101",
            "0b2",
            "1_000",
            "1.5",
            "-1.5",
            "+1.5",
            ".5",
            "-.5",
            "1.",
            "1e3",
            "1E-3",
            "1e400",
            ".inf",
            "-.INF",
            "+.inf",
            ".nan",
            "-.nan",
            "inf",
            "nan",
            "+inf",
            "-inf",
            "infinity",
            "+-1",
            "--1",
            "2023-01-01",
            "12:30",
            "1.2.3",
            "18446744073709551615",
            "-9223372036854775808",
            "0.1",
            "00.5",
            "0x",
            "0o",
            "+",
            "-1e5",
            "1e",
            "0x+1",
            "0e0",
        ] {
            assert_eq!(Some(resolve(plain)), judged(plain), "{plain}");
        }
    }

    #[test]
    fn an_integer_of_more_than_64_bits_is_told() {
        for plain in [
            "18446744073709551616",
            "-9223372036854775809",
            "0x1FFFFFFFFFFFFFFFF",
        ] {
            assert_eq!(resolve(plain), Scalar::TooLarge);
            assert_eq!(judged(plain), None);
        }
    }

    proptest! {
        #[test]
        fn any_scalar_means_what_serde_yaml_says(plain in "[-+.0-9a-fxobEnN_]{1,9}") {
            if let Some(judged) = judged(&plain) {
                prop_assert_eq!(resolve(&plain), judged);
            }
        }
    }
}
