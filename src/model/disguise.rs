//! A value in text that was escaped: as JSON, for an address, as markup, each character in whatever way the writer chose.
//!
//! Writers differ in what they escape, and some escape more than they must; so each character is read in every
//! spelling that it may have, where a list of whole spellings would always lack one.

/// The longest spelling of one character, with room for escapes that were escaped several times.
const LONGEST_SPELLING: usize = 48;

/// As many backslashes may stand before what is escaped: JSON in JSON in JSON has seven.
const MOST_BACKSLASHES: usize = 7;

/// How a value was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The first place at which the whole value stands, from a place on.
pub(super) fn find(text: &[u8], value: &str, from: usize) -> Option<Found> {
    starts(text, value, from).find_map(|start| match read(text, start, value) {
        Read::Whole(end) => Some(Found { start, end }),
        Read::Begun(_) | Read::Other => None,
    })
}

/// Where a value begins that the text's end cuts, if at least so many of its characters stand there.
pub(super) fn cut_at_end(text: &[u8], value: &str, least: usize) -> Option<usize> {
    let reach = value.chars().count().saturating_mul(LONGEST_SPELLING);
    let from = text.len().saturating_sub(reach);
    starts(text, value, from).find(|start| match read(text, *start, value) {
        Read::Begun(characters) => characters >= least,
        Read::Whole(_) | Read::Other => false,
    })
}

/// The places at which the value's first character may stand.
fn starts<'t>(text: &'t [u8], value: &str, from: usize) -> impl Iterator<Item = usize> + 't {
    let mut first = [0; 4];
    let first = value.chars().next().map_or(0, |character| {
        character.encode_utf8(&mut first).as_bytes()[0]
    });
    let is_start = move |byte: u8| byte == first || matches!(byte, b'\\' | b'%' | b'&' | b'+');
    (from..text.len()).filter(move |place| is_start(text[*place]))
}

enum Read {
    /// The whole value, up to here.
    Whole(usize),
    /// So many of its characters, and then the text ends.
    Begun(usize),
    Other,
}

fn read(text: &[u8], start: usize, value: &str) -> Read {
    let mut place = start;
    for (number, (at, character)) in value.char_indices().enumerate() {
        if character == '\\' && text.get(place) == Some(&b'\\') {
            return read_backslashes(text, place, &value[at..], number);
        }
        match spelling(&text[place..], character) {
            Some(length) => place += length,
            None if is_cut(&text[place..]) => return Read::Begun(number),
            None => return Read::Other,
        }
    }
    Read::Whole(place)
}

/// The rest of a value from its backslashes on. Some of those that stand there may belong to the next character's
/// spelling instead.
fn read_backslashes(text: &[u8], place: usize, value: &str, before: usize) -> Read {
    let own = backslashes(value.as_bytes());
    let there = backslashes(&text[place..]);
    let mut best = Read::Other;
    for left in 0..=there.saturating_sub(own).min(MOST_BACKSLASHES) {
        match read(text, place + there - left, &value[own..]) {
            whole @ Read::Whole(_) => return whole,
            Read::Begun(characters) => best = Read::Begun(before + own + characters),
            Read::Other => {}
        }
    }
    match best {
        Read::Other if place + there == text.len() => Read::Begun(before),
        best => best,
    }
}

/// Whether nothing is left, or only the beginning of a spelling.
fn is_cut(rest: &[u8]) -> bool {
    let is_begun = matches!(rest.first(), Some(b'\\' | b'%' | b'&'));
    rest.is_empty() || is_begun && rest.len() < LONGEST_SPELLING && !rest.contains(&b' ')
}

/// How long the character's spelling is that the text begins with, if it begins with one.
fn spelling(text: &[u8], character: char) -> Option<usize> {
    let mut buffer = [0; 4];
    let bytes = character.encode_utf8(&mut buffer).as_bytes();
    // An escape goes first: `%25` begins with the very character that it stands for.
    let escaped = match text.first()? {
        b'\\' => in_json(text, character),
        b'%' => in_address(text, bytes),
        b'&' => in_markup(text, character),
        b'+' if character == ' ' => Some(1),
        _ => None,
    };
    escaped.or_else(|| text.starts_with(bytes).then_some(bytes.len()))
}

/// How many stand there, and no more than mean anything: a text of nothing else must not be counted at each of its places.
fn backslashes(text: &[u8]) -> usize {
    text.iter()
        .take(LONGEST_SPELLING)
        .take_while(|byte| **byte == b'\\')
        .count()
}

/// `\"`, `\n`, `\u00e9`, with more backslashes where JSON stands in JSON; and `\u{e9}`, as Rust has it.
fn in_json(text: &[u8], character: char) -> Option<usize> {
    let slashes = backslashes(text);
    let rest = &text[slashes..];
    let letter = match character {
        '\n' => b'n',
        '\r' => b'r',
        '\t' => b't',
        '\u{8}' => b'b',
        '\u{c}' => b'f',
        '\0' => b'0',
        plain => u8::try_from(plain).unwrap_or(b'u'),
    };
    if letter != b'u' && rest.first() == Some(&letter) && !letter.is_ascii_alphanumeric()
        || character.is_control() && rest.first() == Some(&letter)
    {
        return Some(slashes + 1);
    }
    if rest.starts_with(b"u{") {
        let end = rest
            .iter()
            .take(LONGEST_SPELLING)
            .position(|byte| *byte == b'}')?;
        return (number(&rest[2..end], 16)? == u32::from(character)).then_some(slashes + end + 1);
    }
    let mut units = [0; 2];
    let mut length = 0;
    for unit in character.encode_utf16(&mut units) {
        let text = &text[length..];
        let slashes = backslashes(text);
        let digits = text.get(slashes + 1..slashes + 5)?;
        let is_unit =
            slashes > 0 && text[slashes] == b'u' && number(digits, 16)? == u32::from(*unit);
        length += is_unit.then_some(slashes + 5)?;
    }
    Some(length)
}

/// `%C3%A9`, and `%25C3%25A9` where an address stands in an address.
fn in_address(text: &[u8], bytes: &[u8]) -> Option<usize> {
    let mut length = 0;
    for byte in bytes {
        let mut rest = text[length..].strip_prefix(b"%")?;
        while *byte != b'%' || rest.len() > 4 && rest.starts_with(b"2525") {
            let Some(inner) = rest.strip_prefix(b"25") else {
                break;
            };
            rest = inner;
        }
        (number(rest.get(..2)?, 16)? == u32::from(*byte)).then_some(())?;
        length = text.len() - rest.len() + 2;
    }
    Some(length)
}

/// `&quot;`, `&#39;`, `&#x27;`.
fn in_markup(text: &[u8], character: char) -> Option<usize> {
    let end = text
        .iter()
        .take(LONGEST_SPELLING)
        .position(|byte| *byte == b';')?;
    let named = &text[1..end];
    let is_it = match named {
        b"amp" => character == '&',
        b"lt" => character == '<',
        b"gt" => character == '>',
        b"quot" => character == '"',
        b"apos" => character == '\'',
        b"nbsp" => character == '\u{a0}',
        _ => {
            let digits = named.strip_prefix(b"#")?;
            let hexadecimal = digits.strip_prefix(b"x").or(digits.strip_prefix(b"X"));
            let code = match hexadecimal {
                Some(digits) => number(digits, 16)?,
                None => number(digits, 10)?,
            };
            code == u32::from(character)
        }
    };
    is_it.then_some(end + 1)
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    let digits = std::str::from_utf8(digits).ok()?;
    let is_plain = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_plain.then(|| u32::from_str_radix(digits, radix).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUE: &str = "p@ss/\"w&rd <é> 'to%ken'=\\😀\n42";

    fn stands_in(text: &str) -> bool {
        let whole = format!("before {text} after");
        find(whole.as_bytes(), VALUE, 0).is_some_and(|found| &whole[found.start..found.end] == text)
    }

    #[test]
    fn each_character_may_be_spelt_in_its_own_way() {
        for text in [
            VALUE,
            "p\\u0040ss/\\\"w&rd <é> 'to%ken'=\\\\😀\\n42",
            "p@ss\\/\\\\\\\"w\\u0026rd \\u003C\\u00e9> \\u0027to%ken'=\\\\\\\\\\uD83D\\ude00\\\\n42",
            "p@ss/\\\"w&rd <\\u{e9}> \\'to%ken\\'=\\\\\\u{1f600}\\n42",
            "p%40ss/%22w%26rd%20%3C%c3%A9%3E+'to%25ken'%3D%5C%F0%9F%98%80%0A42",
            "p%2540ss%252F%2522w%2526rd%2520%253C%25C3%25A9%253E%2520%2527to%2525ken%2527%253D%255C%25F0%259F%2598%2580%250A42",
            "p&#64;ss/&quot;w&amp;rd &lt;&#233;&gt; &#x27;to%ken&apos;=\\&#x1F600;\n42",
        ] {
            assert!(stands_in(text), "{text}");
        }
    }

    #[test]
    fn another_value_is_not_taken_for_it() {
        for text in [
            "p@ss/\"w&rd <é> 'to%ken'=\\😀\n4",
            "p\\u0041ss/\\\"w&rd <é> 'to%ken'=\\\\😀\\n42",
            "p%41ss",
            "&#;\\u\\u{}%%2%25",
            "",
        ] {
            assert_eq!(find(text.as_bytes(), VALUE, 0), None, "{text}");
        }
    }

    #[test]
    fn a_text_of_escapes_alone_is_read_in_no_time() {
        for escape in ["\\", "%25", "&", "\\u00"] {
            let text = escape.repeat(30_000);
            assert_eq!(find(text.as_bytes(), VALUE, 0), None, "{escape}");
            assert_eq!(find(text.as_bytes(), "\\\\\\\\x", 0), None, "{escape}");
        }
    }

    #[test]
    fn what_the_end_cuts_is_found_where_it_begins() {
        let text = "before p\\u0040ss/\\\"w&rd <\\u00";
        assert_eq!(cut_at_end(text.as_bytes(), VALUE, 6), Some(7));
        assert_eq!(cut_at_end(b"before p@ss", VALUE, 6), None);
        assert_eq!(cut_at_end(b"before p@ss/\"w and more", VALUE, 6), None);
    }
}
