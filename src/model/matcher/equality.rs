//! When two JSON values are the same, and which of two numbers is the larger.

use serde_json::{Number, Value};
use std::cmp::Ordering;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// Deep equality: numbers by their value (`1` is `1.0`), the order of keys means nothing.
pub(crate) fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            compare_numbers(left, right) == Some(Ordering::Equal)
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(a, b)| same(a, b))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .all(|(key, a)| right.get(key).is_some_and(|b| same(a, b)))
        }
        _ => left == right,
    }
}

/// A number that the same values share, and others hardly ever: what long lists are looked through by.
pub(super) fn fingerprint(value: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    std::mem::discriminant(value).hash(&mut hasher);
    match value {
        Value::Null => {}
        Value::Bool(value) => value.hash(&mut hasher),
        // Both zeros are the same.
        Value::Number(number) => number
            .as_f64()
            .map(|number| (number + 0.0).to_bits())
            .hash(&mut hasher),
        Value::String(text) => text.hash(&mut hasher),
        Value::Array(items) => items
            .iter()
            .for_each(|item| hasher.write_u64(fingerprint(item))),
        Value::Object(map) => {
            let members = map.iter().map(|(key, member)| {
                let mut hasher = DefaultHasher::new();
                (key, fingerprint(member)).hash(&mut hasher);
                hasher.finish()
            });
            hasher.write_u64(members.fold(0, u64::wrapping_add));
        }
    }
    hasher.finish()
}

/// Compares two numbers without losing a digit of either.
pub(crate) fn compare_numbers(left: &Number, right: &Number) -> Option<Ordering> {
    match (integer(left), integer(right)) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        (Some(left), None) => compare_mixed(left, right.as_f64()?),
        (None, Some(right)) => compare_mixed(right, left.as_f64()?).map(Ordering::reverse),
        (None, None) => left.as_f64()?.partial_cmp(&right.as_f64()?),
    }
}

fn integer(number: &Number) -> Option<i128> {
    number
        .as_i64()
        .map(i128::from)
        .or_else(|| number.as_u64().map(i128::from))
}

fn compare_mixed(integer: i128, float: f64) -> Option<Ordering> {
    /// Beyond this a float is larger than any 64-bit integer.
    const BOUND: f64 = 1e30;
    if float.is_nan() {
        return None;
    }
    if float >= BOUND {
        return Some(Ordering::Less);
    }
    if float <= -BOUND {
        return Some(Ordering::Greater);
    }
    let floor = float.floor();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the floor is whole and within the bounds of i128"
    )]
    let whole = floor as i128;
    Some(match integer.cmp(&whole) {
        Ordering::Equal if float > floor => Ordering::Less,
        order => order,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_the_same_has_one_fingerprint() {
        let read = |text: &str| fingerprint(&serde_json::from_str(text).unwrap());
        for (left, right) in [
            ("1", "1.0"),
            ("0", "-0.0"),
            ("100", "1e2"),
            (r#"{"a": 1, "b": [2.0]}"#, r#"{"b": [2], "a": 1.0}"#),
        ] {
            assert_eq!(read(left), read(right), "{left} {right}");
        }
        for (left, right) in [
            ("[1, 2]", "[2, 1]"),
            ("[]", "{}"),
            ("null", "\"\""),
            (r#"{"a": 1, "b": 2}"#, r#"{"a": 2, "b": 1}"#),
        ] {
            assert_ne!(read(left), read(right), "{left} {right}");
        }
    }

    #[test]
    fn numbers_are_the_same_by_value_and_nothing_else_is_by_accident() {
        for (left, right, expected) in [
            (json!(1), json!(1.0), true),
            (json!(0.0), json!(-0.0), true),
            (json!(u64::MAX), json!(u64::MAX), true),
            (
                json!(9_007_199_254_740_993_i64),
                json!(9_007_199_254_740_992.0),
                false,
            ),
            (json!(1), json!("1"), false),
            (json!(1), json!(true), false),
            (json!(null), json!(false), false),
            (
                json!({ "a": 1, "b": [2.0] }),
                json!({ "b": [2], "a": 1.0 }),
                true,
            ),
            (json!({ "a": 1 }), json!({ "a": 1, "b": null }), false),
            (json!([1, 2]), json!([2, 1]), false),
        ] {
            assert_eq!(same(&left, &right), expected, "{left} {right}");
            assert_eq!(same(&right, &left), expected, "{right} {left}");
        }
    }

    #[test]
    fn large_numbers_keep_their_order() {
        let numbers = [
            json!(-1e300),
            json!(i64::MIN),
            json!(-1.5),
            json!(-1),
            json!(0.5),
            json!(1),
            json!(1.5),
            json!(i64::MAX),
            json!(u64::MAX),
            json!(1e300),
        ];
        for (i, left) in numbers.iter().enumerate() {
            for (j, right) in numbers.iter().enumerate() {
                let (Value::Number(a), Value::Number(b)) = (left, right) else {
                    unreachable!()
                };
                assert_eq!(compare_numbers(a, b), Some(i.cmp(&j)), "{left} {right}");
            }
        }
    }
}
