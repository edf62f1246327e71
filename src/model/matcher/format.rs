//! The formats that text may be asked to have.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;

use super::super::template::calendar;

/// The names of all formats.
pub const FORMATS: [&str; 12] = [
    "uuid",
    "date",
    "date-time",
    "email",
    "uri",
    "base64",
    "jwt",
    "pan",
    "ifsc",
    "gstin",
    "mobile",
    "vua",
];

/// Whether a text has a format; an unknown one fits nothing.
pub(super) fn fits(format: &str, text: &str) -> bool {
    match format {
        "uuid" => is_uuid(text),
        "date" => calendar::is_date(text),
        "date-time" => calendar::is_date_time(text),
        "email" => is_email(text),
        "uri" => is_uri(text),
        "base64" => !text.is_empty() && STANDARD.decode(text).is_ok(),
        "jwt" => is_jwt(text),
        "pan" => shaped(text, "AAAAA9999A"),
        "ifsc" => shaped(text, "AAAA0******"),
        "gstin" => is_gstin(text),
        "mobile" => is_mobile(text),
        "vua" => is_vua(text),
        _ => false,
    }
}

/// `A` is a capital, `9` a digit, `*` either, anything else itself.
fn shaped(text: &str, shape: &str) -> bool {
    text.len() == shape.len()
        && text
            .bytes()
            .zip(shape.bytes())
            .all(|(byte, shape)| match shape {
                b'A' => byte.is_ascii_uppercase(),
                b'9' => byte.is_ascii_digit(),
                b'*' => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
                other => byte == other,
            })
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let atom = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte))
    };
    local.len() <= 64 && local.split('.').all(atom) && is_domain(domain)
}

fn is_domain(text: &str) -> bool {
    text.len() <= 253
        && text.contains('.')
        && text.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
}

/// RFC 3986, with a scheme.
fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let scheme_is_right = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    let mut bytes = rest.bytes();
    let mut characters_are_right = !rest.is_empty();
    while let Some(byte) = bytes.next() {
        characters_are_right &= match byte {
            b'%' => {
                let mut digit = || bytes.next().is_some_and(|byte| byte.is_ascii_hexdigit());
                digit() && digit()
            }
            _ => byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=".contains(&byte),
        };
    }
    scheme_is_right
        && characters_are_right
        && rest.matches('#').count() <= 1
        && url::Url::parse(text).is_ok()
}

fn is_jwt(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let [header, claims, signature] = parts.as_slice() else {
        return false;
    };
    let is_object = |part: &str| {
        URL_SAFE_NO_PAD
            .decode(part)
            .ok()
            .and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok())
            .is_some_and(|value| value.is_object())
    };
    is_object(header) && is_object(claims) && URL_SAFE_NO_PAD.decode(signature).is_ok()
}

/// State, PAN, entity, `Z` and a check digit in base 36.
fn is_gstin(text: &str) -> bool {
    if !shaped(text, "99AAAAA9999A*Z*") || text.starts_with("00") || text.as_bytes()[12] == b'0' {
        return false;
    }
    let digit = |byte: u8| {
        u32::from(if byte.is_ascii_digit() {
            byte - b'0'
        } else {
            byte - b'A' + 10
        })
    };
    let sum: u32 = text
        .bytes()
        .take(14)
        .zip([1, 2].into_iter().cycle())
        .map(|(byte, factor)| {
            let product = digit(byte) * factor;
            product / 36 + product % 36
        })
        .sum();
    text.as_bytes()
        .get(14)
        .copied()
        .is_some_and(|check| digit(check) == (36 - sum % 36) % 36)
}

/// As the API has it: ten digits, without the country.
fn is_mobile(text: &str) -> bool {
    shaped(text, "9999999999") && text.starts_with(['6', '7', '8', '9'])
}

fn is_vua(text: &str) -> bool {
    text.split_once('@').is_some_and(|(mobile, handle)| {
        is_mobile(mobile)
            && handle.starts_with(|first: char| first.is_ascii_alphabetic())
            && handle
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_takes_what_it_is_and_nothing_near() {
        let jwt = "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.c2ln";
        let table: [(&str, &[&str], &[&str]); 12] = [
            (
                "uuid",
                &[
                    "0f8fad5b-d9cb-469f-a165-70867728950e",
                    "0F8FAD5B-D9CB-469F-A165-70867728950E",
                ],
                &[
                    "0f8fad5bd9cb469fa16570867728950e",
                    "0f8fad5b-d9cb-469f-a165-70867728950",
                    "0f8fad5b-d9cb469f--a165-70867728950e",
                    "urn:uuid:0f8fad5b-d9cb-469f-a165-70867728950e",
                    "",
                    "{0f8fad5b-d9cb-469f-a165-70867728950e}",
                    "0f8fad5b-d9cb-469f-a165-70867728950g",
                ],
            ),
            (
                "date",
                &["2025-02-28", "2024-02-29"],
                &[
                    "2025-02-29",
                    "2025-13-01",
                    "2025-00-10",
                    "20250228",
                    "2025-02-28 ",
                    "+2025-02-28",
                    "2025-2-1",
                    "2025-02-28T00:00:00Z",
                    "28-02-2025",
                ],
            ),
            (
                "date-time",
                &[
                    "2025-04-01T00:00:00Z",
                    "2025-04-01T00:00:00.123+05:30",
                    "2025-04-01t00:00:00z",
                    "2024-02-29T23:59:59.123456789-00:00",
                ],
                &[
                    "2025-04-01",
                    "2025-04-01T00:00:00",
                    "2025-13-01T00:00:00Z",
                    "2025-02-30T00:00:00Z",
                    "2025-04-01T24:00:00Z",
                    "2025-04-01T00:60:00Z",
                    "2025-04-01T00:00Z",
                    "2025-04-01T00:00:00+0530",
                    "2025-04-01T00:00:00+05",
                    "2025-04-01T00:00:00,5Z",
                    "2025-04-01T00:00:00.Z",
                    "20250401T000000Z",
                    "2025-04-01T00:00:00Z ",
                    "2025-04-01T00:00:00Z[UTC]",
                    "now",
                ],
            ),
            (
                "email",
                &["a@b.co", "first.last+tag@sub.example.com"],
                &[
                    "a",
                    "a@b",
                    "@b.co",
                    "a..b@c.de",
                    "a b@c.de",
                    "a@-b.co",
                    "a@b..co",
                    "a@b.co.",
                    "a@@b.co",
                    ".a@b.co",
                    "a.@b.co",
                    "a@b_c.co",
                    "Asha <a@b.co>",
                ],
            ),
            (
                "uri",
                &[
                    "https://setu.co/a?b=c#d",
                    "urn:isbn:0451450523",
                    "mailto:a@b.co",
                ],
                &[
                    "setu.co",
                    "/a",
                    "http://a b",
                    "http://",
                    "1a:b",
                    "http://a/%zz",
                    "http://a/é",
                ],
            ),
            (
                "base64",
                &["aGVsbG8=", "aGVsbG9v"],
                &[
                    "",
                    "aGVsbG8",
                    "aGVs bG8=",
                    "a-_=",
                    "é",
                    "=",
                    "aGVsbG8==",
                    "aGVsbG9=",
                    "aGVs\nbG8=",
                ],
            ),
            (
                "jwt",
                &[jwt, "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0."],
                &[
                    "a.b.c",
                    "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0",
                    "MQ.MQ.MQ",
                    "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.c2ln.c2ln",
                    "eyJhbGciOiJub25lIn0=.eyJzdWIiOiIxIn0=.c2ln",
                    "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.c2ln",
                    "",
                ],
            ),
            (
                "pan",
                &["ABCDE1234F"],
                &[
                    "abcde1234f",
                    "ABCDE12345",
                    "ABCDE1234FG",
                    "ABCD1234F",
                    "ABCDE1234",
                    "ABCDE 1234F",
                    "ABCDEO234F",
                    "",
                ],
            ),
            (
                "ifsc",
                &["HDFC0000001", "SBIN0A1B2C3"],
                &[
                    "HDFC1000001",
                    "HDF00000001",
                    "hdfc0000001",
                    "HDFC000001",
                    "HDFC00000012",
                    "HDFCO000001",
                    "HDFC0 00001",
                ],
            ),
            (
                "gstin",
                &["27AAPFU0939F1ZV", "29AAGCB7383J1Z4", "33AAGCC7144L6ZE"],
                &[
                    // One character changed, two exchanged: the check digit tells.
                    "27AAPFU0938F1ZV",
                    "27AAPFU0993F1ZV",
                    "72AAPFU0939F1ZV",
                    "27AAPFU0939F0ZV",
                    "27AAPFU0939F1AV",
                    "27AAPFU0939F1ZVV",
                    "27AAPFU0939F1ZA",
                    "00AAPFU0939F1ZV",
                    "27AAPFU0939F1Z",
                    "27aapfu0939f1zv",
                ],
            ),
            (
                "mobile",
                &["9999999999", "6000000000"],
                &[
                    "+919999999999",
                    "99999 99999",
                    "09999999999",
                    "5999999999",
                    "999999999",
                    "+9199999999",
                    "919999999999",
                    "९९९९९९९९९९",
                ],
            ),
            (
                "vua",
                &["9999999999@onemoney", "9999999999@setu-aa"],
                &[
                    "9999999999",
                    "abc@onemoney",
                    "9999999999@",
                    "9999999999@one money",
                    "9999999999@1money",
                    "5999999999@onemoney",
                    "+919999999999@onemoney",
                    "9999999999@one@money",
                    "@onemoney",
                ],
            ),
        ];
        for (format, right, wrong) in table {
            assert!(FORMATS.contains(&format));
            for text in right {
                assert!(fits(format, text), "{format}: {text}");
            }
            for text in wrong {
                assert!(!fits(format, text), "{format}: {text}");
            }
        }
        assert!(!fits("unknown", "x"));
    }
}
