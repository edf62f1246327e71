//! The order in which people look for names in a list: `case-2` before `case-10`.

use std::cmp::Ordering;
use std::path::Path;

/// Compares two texts, runs of digits by the numbers that they are. Where these are the same, as in `1` and `01`, the
/// texts decide, so that only what is equal is.
pub fn compare(left: &str, right: &str) -> Ordering {
    bytes(left.as_bytes(), right.as_bytes())
}

/// Compares two paths in the same way, part by part: what is in a folder stands together.
pub fn compare_paths(left: &Path, right: &Path) -> Ordering {
    bytes(
        left.as_os_str().as_encoded_bytes(),
        right.as_os_str().as_encoded_bytes(),
    )
}

fn bytes(left: &[u8], right: &[u8]) -> Ordering {
    let (mut left_at, mut right_at) = (0, 0);
    loop {
        let (left_rest, right_rest) = (&left[left_at..], &right[right_at..]);
        let (Some(one), Some(other)) = (left_rest.first(), right_rest.first()) else {
            let by_end = left_rest.len().cmp(&right_rest.len());
            return by_end.then_with(|| left.cmp(right));
        };
        if one.is_ascii_digit() && other.is_ascii_digit() {
            let (one, other) = (digits(left_rest), digits(right_rest));
            let by_number = number(one).cmp(&number(other));
            if by_number != Ordering::Equal {
                return by_number;
            }
            left_at += one.len();
            right_at += other.len();
        } else if one == other {
            left_at += 1;
            right_at += 1;
        } else {
            return rank(*one).cmp(&rank(*other));
        }
    }
}

/// The digits that a text begins with.
fn digits(text: &[u8]) -> &[u8] {
    let count = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    &text[..count]
}

/// What orders numbers of any length: how many digits there are without leading zeros, then these.
fn number(digits: &[u8]) -> (usize, &[u8]) {
    let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
    (digits.len() - zeros, &digits[zeros..])
}

/// What parts a path comes before all that stands in a part.
fn rank(byte: u8) -> u16 {
    if std::path::is_separator(byte.into()) {
        0
    } else {
        u16::from(byte) + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_as_numbers_and_folders_stay_together() {
        let sorted = [
            "",
            "a",
            "a/1",
            "a/b",
            "a-1",
            "a.yaml",
            "a1",
            "a1/x",
            "a01b",
            "a1b",
            "a2",
            "a09",
            "a10",
            "a10.snap",
            "a11",
            "a99999999999999999999998",
            "a99999999999999999999999",
            "b=1.5",
            "b=1.10",
            "b=2",
            "é",
        ];
        for (at, left) in sorted.iter().enumerate() {
            for (other, right) in sorted.iter().enumerate() {
                assert_eq!(compare(left, right), at.cmp(&other), "{left} {right}");
                let by_path = compare_paths(Path::new(left), Path::new(right));
                assert_eq!(by_path, at.cmp(&other), "{left} {right}");
            }
        }
    }
}
