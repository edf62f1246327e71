//! The forms in which a secret may stand in other text.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::secret::SHORTEST;

/// So many times a text is looked for that is JSON in JSON.
const NESTED: usize = 3;

/// The value and the forms in which it may stand in other text.
pub(super) fn encodings(value: &str) -> Vec<String> {
    let mut forms = vec![value.to_owned()];
    // Tokens are long, and each case captures one: what changes nothing of them is not tried.
    if !is_bare(value) {
        forms.extend(in_json(value));
        forms.extend(in_html(value));
    }
    let percent = utf8_percent_encode(value, NON_ALPHANUMERIC).to_string();
    let form: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
    for form in [percent, form.replace('+', "%20"), form] {
        forms.push(with_small_digits(&form));
        // An address in an address is encoded twice.
        forms.push(form.replace('%', "%25"));
        forms.push(form);
    }
    for engine in [STANDARD, URL_SAFE, STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        forms.push(engine.encode(value));
    }
    // Inside a longer base64 text a secret stands in one of three shifts; the characters at the ends,
    // which mix with the neighbours, are left out.
    for shift in 1..3 {
        let padded = [&vec![0_u8; shift], value.as_bytes()].concat();
        for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            let encoded = engine.encode(&padded);
            let end = encoded.len() - usize::from(padded.len() % 3 != 0);
            forms.push(encoded[shift + 1..end].to_owned());
        }
    }
    let whole = value.len() - value.len() % 3;
    forms.push(STANDARD_NO_PAD.encode(&value.as_bytes()[..whole]));
    forms.push(URL_SAFE_NO_PAD.encode(&value.as_bytes()[..whole]));
    forms.push(hex(value, b"0123456789ABCDEF"));
    forms.push(hex(value, b"0123456789abcdef"));
    // JSON often has JSON as text in it, and messages show texts as JSON writes them.
    forms.sort();
    forms.dedup();
    let mut inner: Vec<String> = forms
        .iter()
        .filter(|form| !is_plain(form))
        .cloned()
        .collect();
    // So does Rust, which escapes the other quotes too.
    forms.extend(inner.iter().map(|form| form.escape_debug().to_string()));
    for _ in 0..NESTED {
        inner = inner.iter().map(|form| quoted(form)).collect();
        forms.extend_from_slice(&inner);
    }
    forms.retain(|form| form.len() >= SHORTEST);
    // The longest first: where one form begins with another, it is the longer that stands there.
    forms.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
    forms.dedup();
    forms
}

/// Whether it stands in JSON and in HTML as it is, whatever writes it.
fn is_bare(value: &str) -> bool {
    let is_bare = |byte| matches!(byte, b' '..=b'~') && !b"\"'\\/<>&".contains(&byte);
    value.bytes().all(is_bare)
}

/// The ways in which programs write a text in HTML.
fn in_html(value: &str) -> [String; 6] {
    let html = value
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    [
        ["&quot;", "&#39;", "/"],
        ["&quot;", "&#x27;", "/"],
        ["&quot;", "&#x27;", "&#x2f;"],
        ["&quot;", "&#x27;", "&#x2F;"],
        ["&#34;", "&#39;", "/"],
        ["\"", "'", "/"],
    ]
    .map(|[double, single, slash]| {
        let form = html.replace('"', double).replace('\'', single);
        form.replace('/', slash)
    })
}

/// Two digits a byte.
fn hex(value: &str, digits: &[u8; 16]) -> String {
    let digit = |number: u8| char::from(digits[usize::from(number)]);
    let both = |byte: u8| [digit(byte >> 4), digit(byte & 0xf)];
    value.bytes().flat_map(both).collect()
}

/// Whether no program escapes anything of it, as nothing of most tokens.
fn is_plain(text: &str) -> bool {
    text.bytes()
        .all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\'' | b'\\'))
}

/// The ways in which programs write a text in JSON; the plainest first.
fn in_json(value: &str) -> Vec<String> {
    let plain = quoted(value);
    let escaped = |also: &[char], foreign: bool, small: bool| {
        plain.chars().fold(String::new(), |mut text, character| {
            if !(foreign && !character.is_ascii() || also.contains(&character)) {
                text.push(character);
                return text;
            }
            for unit in character.encode_utf16(&mut [0; 2]) {
                text.push_str(&match small {
                    true => format!("\\u{unit:04x}"),
                    false => format!("\\u{unit:04X}"),
                });
            }
            text
        })
    };
    let markup = ['<', '>', '&', '\''];
    let mut forms = vec![
        escaped(&[], true, true),
        escaped(&[], true, false),
        escaped(&markup, true, true),
        escaped(&markup, true, false),
        escaped(&markup, false, true),
        escaped(&markup, false, false),
    ];
    let slashes: Vec<String> = forms.iter().map(|form| form.replace('/', "\\/")).collect();
    forms.extend(slashes);
    forms.push(plain.replace('/', "\\/"));
    forms.insert(0, plain);
    forms
}

/// A text as it stands between the quotes of JSON.
fn quoted(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// `%2f` for `%2F`.
fn with_small_digits(percent: &str) -> String {
    let mut parts = percent.split('%');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (digits, rest) = part.split_at(part.len().min(2));
        text.push('%');
        text.push_str(&digits.to_ascii_lowercase());
        text.push_str(rest);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_bare_is_written_as_it_is() {
        let mut bare = 0;
        for byte in 0..=u8::MAX {
            let value = format!("ab{}cdef", char::from(byte));
            if is_bare(&value) {
                bare += 1;
                assert_eq!(in_html(&value), [(); 6].map(|()| value.clone()));
                assert!(in_json(&value).iter().all(|form| *form == value));
            }
        }
        assert!(bare > 80);
    }

    #[test]
    fn bytes_are_two_digits_each() {
        assert_eq!(hex("\n/₹", b"0123456789abcdef"), "0a2fe282b9");
        assert_eq!(hex("\n/₹", b"0123456789ABCDEF"), "0A2FE282B9");
    }
}
