//! Values that must reach no output, and the hiding of them.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use regex::bytes::Regex as BytesRegex;
use std::borrow::Cow;
use std::fmt;

use super::disguise;

/// A shorter value would hide half of every output, so it is refused as a secret.
pub const SHORTEST: usize = 6;

/// So many times a text is looked for that is JSON in JSON.
const NESTED: usize = 3;

/// What messages put where they leave something out.
const CUT: char = '…';

/// A value that is never shown: `Debug` prints stars, there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a value.
    pub fn new(value: impl Into<String>) -> Self {
        Secret(value.into())
    }

    /// The value itself, for the wire.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

/// The secrets of a case, which grow as captures add to them.
#[derive(Clone, Default)]
pub struct Secrets {
    known: Vec<(String, Secret)>,
    pattern: Option<BytesRegex>,
    /// For each group of alternatives in the pattern, the name that stands in.
    forms: Vec<(String, usize)>,
}

impl Secrets {
    /// Adds a secret under a name. The same value keeps its first name; values too short to hide are passed over.
    pub fn add(&mut self, name: &str, value: &str) {
        if value.len() < SHORTEST
            || self
                .known
                .iter()
                .any(|(_, secret)| secret.expose() == value)
        {
            return;
        }
        self.known.push((name.to_owned(), Secret::new(value)));
        let mut forms: Vec<(String, usize)> = Vec::new();
        for (index, (_, secret)) in self.known.iter().enumerate() {
            for form in encodings(secret.expose()) {
                forms.push((form, index));
            }
        }
        // Leftmost-first matching takes the first alternative that fits, so the longest must come first.
        forms.sort_by_key(|(form, _)| std::cmp::Reverse(form.len()));
        let alternatives: Vec<String> = forms.iter().map(|(form, _)| regex::escape(form)).collect();
        self.pattern = BytesRegex::new(&format!("(?-u:{})", alternatives.join("|")))
            .or_else(|_| BytesRegex::new(&alternatives.join("|")))
            .ok();
        self.forms = forms;
    }

    /// Adds those of another.
    pub fn add_all(&mut self, other: &Secrets) {
        for (name, secret) in &other.known {
            self.add(name, secret.expose());
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// The text with each secret replaced by its name in brackets.
    pub fn hide(&self, text: &str) -> String {
        self.hide_as(text, &|name| format!("[{name}]"))
    }

    /// The same, with something else in the place of a secret that stands there as it is.
    pub fn hide_as(&self, text: &str, plain: &dyn Fn(&str) -> String) -> String {
        let Some(pattern) = &self.pattern else {
            return text.to_owned();
        };
        if !pattern.is_match(text.as_bytes()) {
            return self.hide_cut(&self.hide_disguised(text.into()));
        }
        let hidden = pattern.replace_all(text.as_bytes(), |found: &regex::bytes::Captures<'_>| {
            let form = &found[0];
            match self.entry_of(form) {
                Some((name, secret)) if secret.expose().as_bytes() == form => {
                    plain(name).into_bytes()
                }
                _ => format!("[{}]", self.name_of(form)).into_bytes(),
            }
        });
        self.hide_cut(&self.hide_disguised(String::from_utf8_lossy(&hidden)))
    }

    /// Hides what is none of the known forms, because it was escaped in a way of its own.
    fn hide_disguised<'t>(&self, mut text: Cow<'t, str>) -> Cow<'t, str> {
        if !may_be_escaped(text.as_bytes()) {
            return text;
        }
        for (name, secret) in &self.known {
            let mut from = 0;
            while let Some(found) = disguise::find(text.as_bytes(), secret.expose(), from) {
                let name = format!("[{name}]");
                text.to_mut().replace_range(found.start..found.end, &name);
                from = found.start + name.len();
            }
        }
        text
    }

    /// Messages cut long texts, and a secret that was cut is none of the known forms any more: what stands
    /// before a cut and begins like a secret is hidden too.
    fn hide_cut(&self, text: &str) -> String {
        let mut pieces: Vec<&str> = text.split(CUT).collect();
        let last = pieces.pop().unwrap_or_default();
        let mut hidden = String::with_capacity(text.len());
        for piece in pieces {
            match self.begun_at_end(piece) {
                Some((start, name)) => {
                    hidden.push_str(&piece[..start]);
                    hidden.push_str(&format!("[{name}]"));
                }
                None => hidden.push_str(piece),
            }
            hidden.push(CUT);
        }
        hidden.push_str(last);
        hidden
    }

    /// Where a secret begins that the end of the text cuts, and its name.
    fn begun_at_end(&self, piece: &str) -> Option<(usize, &str)> {
        let in_a_form = self.forms.iter().filter_map(|(form, index)| {
            let length = (SHORTEST..form.len()).rev().find(|length| {
                form.is_char_boundary(*length) && piece.ends_with(&form[..*length])
            })?;
            Some((piece.len() - length, self.known[*index].0.as_str()))
        });
        let disguised = self.known.iter().filter_map(|(name, secret)| {
            let start = disguise::cut_at_end(piece.as_bytes(), secret.expose(), SHORTEST)?;
            Some((start, name.as_str()))
        });
        in_a_form.chain(disguised).min_by_key(|(start, _)| *start)
    }

    /// The name of the first secret that stands in these bytes, in any encoding.
    pub fn find(&self, bytes: &[u8]) -> Option<&str> {
        let pattern = self.pattern.as_ref()?;
        if let Some(found) = pattern.find(bytes) {
            return Some(self.name_of(found.as_bytes()));
        }
        if !may_be_escaped(bytes) {
            return None;
        }
        let is_in = |secret: &Secret| disguise::find(bytes, secret.expose(), 0).is_some();
        let (name, _) = self.known.iter().find(|(_, secret)| is_in(secret))?;
        Some(name)
    }

    fn name_of(&self, form: &[u8]) -> &str {
        self.entry_of(form).map_or("secret", |(name, _)| name)
    }

    /// The secret that stands in this form.
    fn entry_of(&self, form: &[u8]) -> Option<&(String, Secret)> {
        let known = self
            .forms
            .iter()
            .find(|(known, _)| known.as_bytes() == form);
        known.map(|(_, index)| &self.known[*index])
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_list()
            .entries(self.known.iter().map(|(name, _)| name))
            .finish()
    }
}

/// Whether there is anything in these bytes with which escapes begin.
fn may_be_escaped(bytes: &[u8]) -> bool {
    bytes
        .iter()
        .any(|byte| matches!(byte, b'\\' | b'%' | b'&' | b'+'))
}

/// The value and the forms in which it may stand in other text.
fn encodings(value: &str) -> Vec<String> {
    let mut forms = vec![value.to_owned()];
    forms.extend(in_json(value));
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
    let hex: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
    forms.push(hex.to_uppercase());
    forms.push(hex);
    let html = value
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    for [double, single, slash] in [
        ["&quot;", "&#39;", "/"],
        ["&quot;", "&#x27;", "/"],
        ["&quot;", "&#x27;", "&#x2f;"],
        ["&quot;", "&#x27;", "&#x2F;"],
        ["&#34;", "&#39;", "/"],
        ["\"", "'", "/"],
    ] {
        let form = html.replace('"', double).replace('\'', single);
        forms.push(form.replace('/', slash));
    }
    // JSON often has JSON as text in it, and messages show texts as JSON writes them.
    let mut inner = forms.clone();
    // So does Rust, which escapes the other quotes too.
    forms.extend(inner.iter().map(|form| form.escape_debug().to_string()));
    for _ in 0..NESTED {
        inner = inner.iter().map(|form| quoted(form)).collect();
        forms.extend_from_slice(&inner);
    }
    forms.retain(|form| form.len() >= SHORTEST);
    forms.sort();
    forms.dedup();
    forms
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
    fn hides_a_secret_in_every_form() {
        let mut secrets = Secrets::default();
        let value = "p@ss/\"w&rd ✓";
        secrets.add("password", value);
        for text in [
            value.to_owned(),
            serde_json::json!({ "a": value }).to_string(),
            utf8_percent_encode(value, NON_ALPHANUMERIC).to_string(),
            STANDARD.encode(format!("user:{value}")),
            STANDARD.encode(format!("users:{value}")),
            STANDARD.encode(format!("us:{value}!")),
            value.bytes().map(|byte| format!("{byte:02x}")).collect(),
            r#"p@ss/\"w&rd \u2713"#.to_owned(),
            r#"p@ss\/\"w\u0026rd \u2713"#.to_owned(),
            r#"p@ss/\\\"w&rd ✓"#.to_owned(),
            "p%40ss%2f%22w%26rd+%e2%9c%93".to_owned(),
            "p%2540ss%252F%2522w%2526rd%2520%25E2%259C%2593".to_owned(),
            "p@ss&#x2f;&quot;w&amp;rd ✓".to_owned(),
            "p@ss/&#34;w&amp;rd ✓".to_owned(),
            "p@ss/\"w&amp;rd ✓".to_owned(),
        ] {
            let hidden = secrets.hide(&format!("<{text}>"));
            assert!(hidden.contains("[password]"), "{text}: {hidden}");
            assert!(!hidden.contains(value));
            assert_eq!(secrets.find(text.as_bytes()), Some("password"));
        }
        assert_eq!(secrets.hide("nothing here"), "nothing here");
    }

    #[test]
    fn the_longer_of_two_wins_and_short_ones_are_passed_over() {
        let mut secrets = Secrets::default();
        secrets.add("short", "abc");
        secrets.add("one", "secret");
        secrets.add("two", "secret-token");
        assert_eq!(secrets.hide("abc secret-token secret"), "abc [two] [one]");
    }

    #[test]
    fn a_secret_that_a_message_cuts_is_hidden() {
        let mut secrets = Secrets::default();
        let value = "eyJhbGciOi.".repeat(40);
        secrets.add("token", &value);
        let cut = &value[..150];
        assert_eq!(
            secrets.hide(&format!("string \"{cut}…, then {cut}… and {value}…")),
            "string \"[token]…, then [token]… and [token]…"
        );
        assert_eq!(secrets.hide("eyJh… is too little"), "eyJh… is too little");
    }

    #[test]
    fn debug_shows_nothing() {
        let mut secrets = Secrets::default();
        secrets.add("token", "very-secret-value");
        assert_eq!(format!("{:?}", Secret::new("very-secret-value")), "***");
        assert_eq!(format!("{secrets:?}"), r#"["token"]"#);
    }
}
