//! A secret in every form that a server may send it back in, and what of it must stand nowhere.

/// Each of its marks is written in a way of its own somewhere.
pub(crate) const SECRET: &str = "p@ss/\"w&rd <é> 'token'=42";

/// The secret as programs write it: made by hand, so that no mistake is shared with what is tested.
pub(crate) const FORMS: [(&str, &str); 13] = [
    ("plain", SECRET),
    ("json", r#"p@ss/\"w&rd <é> 'token'=42"#),
    ("json_ascii", r#"p@ss\/\"w&rd <\u00e9> 'token'=42"#),
    (
        "json_markup",
        r#"p@ss/\"w\u0026rd \u003c\u00e9\u003e \u0027token\u0027=42"#,
    ),
    ("json_twice", r#"p@ss/\\\"w&rd <é> 'token'=42"#),
    (
        "percent",
        "p%40ss%2F%22w%26rd%20%3C%C3%A9%3E%20%27token%27%3D42",
    ),
    (
        "percent_small",
        "p%40ss%2f%22w%26rd%20%3c%c3%a9%3e%20%27token%27%3d42",
    ),
    ("form", "p%40ss%2F%22w%26rd+%3C%C3%A9%3E+%27token%27%3D42"),
    ("html", "p@ss/&quot;w&amp;rd &lt;é&gt; &#39;token&#39;=42"),
    (
        "html_hex",
        "p@ss&#x2f;&quot;w&amp;rd &lt;é&gt; &#x27;token&#x27;=42",
    ),
    (
        "hex",
        "70407373 2f 22 77 26 72 64 20 3c c3a9 3e 20 27 746f6b656e 27 3d3432",
    ),
    ("base64", "cEBzcy8idyZyZCA8w6k+ICd0b2tlbic9NDI="),
    // As JavaScript has it, which leaves some marks as they are.
    (
        "percent_some",
        "p%40ss%2F%22w%26rd%20%3C%C3%A9%3E%20'token'%3D42",
    ),
];

/// What must stand nowhere: pieces of each form that are long enough to be no accident.
const PIECES: [&str; 14] = [
    "p@ss",
    "'token'",
    "token&#",
    "token\\u0027",
    "p%40ss",
    "27token",
    "w&rd",
    "w&amp;rd",
    "w%26rd",
    "70407373",
    "746f6b656e",
    "cEBzcy8idyZyZCA8",
    // `client:` and the secret, as Basic has it, from the second character that is the secret's alone.
    "Bzcy8idyZyZCA8w6",
    "BAc3MvIncmcmQgP",
];

/// The first piece of the secret that a text has, behind what stands before it.
pub(crate) fn leak_in(text: &str) -> Option<String> {
    let piece = PIECES.into_iter().find(|piece| text.contains(piece))?;
    let before: Vec<char> = text[..text.find(piece)?].chars().collect();
    let before: String = before[before.len().saturating_sub(150)..].iter().collect();
    Some(format!("`{piece}` after {before}"))
}
