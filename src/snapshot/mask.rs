//! The two redactions that keep a part of a value: its shape, its first decimals.

/// The text with letters and digits crossed out. The last four digits stay, as on a statement, if there are
/// more than four: shorter numbers are PINs and the like, and nothing of them is shown.
pub(super) fn mask(text: &str) -> String {
    let digits = text
        .chars()
        .filter(|character| character.is_numeric())
        .count();
    let mut hidden = if digits > 4 { digits - 4 } else { digits };
    text.chars()
        .map(|character| {
            if character.is_alphabetic() {
                'X'
            } else if character.is_numeric() && hidden > 0 {
                hidden -= 1;
                'X'
            } else {
                character
            }
        })
        .collect()
}

/// The number with exactly so many decimals, or none if the text is no number. Halves are rounded away from zero.
pub(super) fn round(text: &str, decimals: u32) -> Option<String> {
    let decimals = usize::try_from(decimals).unwrap_or(usize::MAX).min(100);
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let digits = expand(digits)?;
    let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
    let mut kept: Vec<u8> = whole.bytes().collect();
    kept.extend(
        fraction
            .bytes()
            .chain(std::iter::repeat(b'0'))
            .take(decimals),
    );
    if fraction
        .as_bytes()
        .get(decimals)
        .is_some_and(|next| *next >= b'5')
    {
        increment(&mut kept);
    }
    let mut result: String = kept.iter().copied().map(char::from).collect();
    if decimals > 0 {
        result.insert(result.len() - decimals, '.');
    }
    let zero = kept.iter().all(|digit| *digit == b'0');
    Some(if negative && !zero {
        format!("-{result}")
    } else {
        result
    })
}

/// Plain digits with at most one point in them, and at least one digit before it.
fn expand(text: &str) -> Option<String> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let plain =
        |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !plain(whole) || !plain(fraction) {
        return None;
    }
    let exponent: i32 = exponent.parse().ok()?;
    if exponent == 0 {
        return Some(mantissa.to_owned());
    }
    // A number of a thousand digits is none that a person wants rounded.
    if exponent.abs() > 1000 {
        return None;
    }
    let digits = format!("{whole}{fraction}");
    let point = i32::try_from(whole.len()).ok()? + exponent;
    Some(match usize::try_from(point) {
        Ok(point) if point >= digits.len() => format!("{digits:0<point$}"),
        Ok(point) if point > 0 => format!("{}.{}", &digits[..point], &digits[point..]),
        _ => format!("0.{}{digits}", "0".repeat(point.unsigned_abs() as usize)),
    })
}

fn increment(digits: &mut Vec<u8>) {
    for digit in digits.iter_mut().rev() {
        if *digit < b'9' {
            *digit += 1;
            return;
        }
        *digit = b'0';
    }
    digits.insert(0, b'1');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_keeps_the_shape() {
        for (text, expected) in [
            ("9999994373", "XXXXXX4373"),
            ("9999999999@onemoney", "XXXXXX9999@XXXXXXXX"),
            ("1234-5678-9012", "XXXX-XXXX-9012"),
            ("ABCDE1234F", "XXXXXXXXXX"),
            ("Some Name", "XXXX XXXX"),
            ("₹ 12,345.67 अ", "₹ XX,X45.67 X"),
            ("1234", "XXXX"),
            ("", ""),
        ] {
            assert_eq!(mask(text), expected);
        }
    }

    #[test]
    fn rounding_is_decimal() {
        for (text, decimals, expected) in [
            ("1.005", 2, "1.01"),
            ("1.004999999999999999999", 2, "1.00"),
            ("24203.0", 2, "24203.00"),
            ("24203", 2, "24203.00"),
            ("9.999", 2, "10.00"),
            ("-9.999", 0, "-10"),
            ("-0.001", 2, "0.00"),
            (
                "123456789012345678901234567890.15",
                1,
                "123456789012345678901234567890.2",
            ),
            ("1e5", 1, "100000.0"),
            ("1.25E-1", 2, "0.13"),
            ("12.5e-4", 3, "0.001"),
            ("1.5e1", 0, "15"),
        ] {
            assert_eq!(round(text, decimals).as_deref(), Some(expected), "{text}");
        }
        for text in [
            "", "x", "-", "1.", ".5", "1e", "1e99999", "0x10", "1,5", "₹1",
        ] {
            assert_eq!(round(text, 2), None, "{text}");
        }
    }
}
