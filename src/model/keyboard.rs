//! Keys of a keyboard, by the names that browsers give them.

use super::diagnostic::nearest;

/// A key, and what is held down with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stroke {
    /// The key as pages are told it: `Enter`, `a`.
    pub key: String,
    /// Which key of the keyboard it is, by its place: `KeyA`.
    pub code: String,
    /// The number that older pages look at.
    pub number: u32,
    /// The text that it writes, if it writes any.
    pub text: Option<String>,
    /// The modifiers, as browsers add them up: Alt 1, Control 2, Meta 4, Shift 8.
    pub modifiers: u32,
}

/// Why a text names no key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoKey {
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub hint: String,
}

/// Keys with a name, and their numbers.
const NAMED: [(&str, u32); 14] = [
    ("Enter", 13),
    ("Tab", 9),
    ("Escape", 27),
    ("Backspace", 8),
    ("Delete", 46),
    ("Space", 32),
    ("ArrowUp", 38),
    ("ArrowDown", 40),
    ("ArrowLeft", 37),
    ("ArrowRight", 39),
    ("Home", 36),
    ("End", 35),
    ("PageUp", 33),
    ("PageDown", 34),
];
const MODIFIERS: [(&str, u32); 4] = [("Alt", 1), ("Control", 2), ("Meta", 4), ("Shift", 8)];
/// What people write who come from other tools, and what it is here.
const FOREIGN: [(&str, &str); 6] = [
    ("Return", "Enter"),
    ("Esc", "Escape"),
    ("Ctrl", "Control"),
    ("Del", "Delete"),
    ("Down", "ArrowDown"),
    ("Up", "ArrowUp"),
];

/// Reads `Enter`, `a`, `Control+a`.
pub fn read(text: &str) -> Result<Stroke, NoKey> {
    let (held, key) = match text.rsplit_once('+') {
        // `+` is a key too: by itself, and held with others.
        Some(("", "")) => ("", "+"),
        Some((held, "")) => (held.trim_end_matches('+'), "+"),
        Some((held, key)) => (held, key),
        None => ("", text),
    };
    let mut modifiers = 0;
    for name in held.split('+').filter(|name| !name.is_empty()) {
        let known = MODIFIERS.iter().find(|(known, _)| *known == name);
        let (_, bit) = known.ok_or_else(|| {
            let names = MODIFIERS.map(|(name, _)| name);
            unknown(
                name,
                &names,
                "held down are `Alt`, `Control`, `Meta`, `Shift`",
            )
        })?;
        modifiers |= bit;
    }
    if let Some((name, number)) = NAMED.iter().find(|(name, _)| *name == key) {
        let text = match *name {
            "Enter" => Some("\r"),
            "Space" => Some(" "),
            _ => None,
        };
        return Ok(Stroke {
            key: if *name == "Space" { " " } else { name }.to_owned(),
            code: (*name).to_owned(),
            number: *number,
            text: text.map(str::to_owned),
            modifiers,
        });
    }
    let mut characters = key.chars();
    let (Some(character), None) = (characters.next(), characters.next()) else {
        let names = NAMED.map(|(name, _)| name);
        return Err(unknown(
            key,
            &names,
            "write a character, or a key like `Enter`, `Tab`, `Escape`, `ArrowDown`",
        ));
    };
    let capital = character.to_ascii_uppercase();
    let is_written = modifiers & !8 == 0;
    Ok(Stroke {
        key: character.to_string(),
        code: match capital {
            'A'..='Z' => format!("Key{capital}"),
            '0'..='9' => format!("Digit{capital}"),
            _ => String::new(),
        },
        number: match capital {
            'A'..='Z' | '0'..='9' => u32::from(capital),
            _ => 0,
        },
        text: is_written.then(|| character.to_string()),
        modifiers,
    })
}

fn unknown(name: &str, known: &[&str], otherwise: &str) -> NoKey {
    let foreign = FOREIGN.iter().find(|(word, _)| *word == name);
    let near = foreign
        .map(|(_, here)| *here)
        .or_else(|| nearest(name, known.iter().copied()));
    NoKey {
        message: format!("there is no key `{name}`"),
        hint: near.map_or_else(
            || otherwise.to_owned(),
            |near| format!("did you mean `{near}`?"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read() {
        let stroke = |text: &str| {
            let stroke = read(text).unwrap();
            (stroke.key, stroke.number, stroke.text, stroke.modifiers)
        };
        assert_eq!(stroke("Enter"), ("Enter".into(), 13, Some("\r".into()), 0));
        assert_eq!(stroke("a"), ("a".into(), 65, Some("a".into()), 0));
        assert_eq!(stroke("Control+a"), ("a".into(), 65, None, 2));
        assert_eq!(stroke("Shift+Tab"), ("Tab".into(), 9, None, 8));
        assert_eq!(stroke("+"), ("+".into(), 0, Some("+".into()), 0));
        assert_eq!(stroke("Control++"), ("+".into(), 0, None, 2));
    }

    #[test]
    fn what_is_no_key_is_told() {
        for (text, hint) in [
            ("Return", "did you mean `Enter`?"),
            ("Entr", "did you mean `Enter`?"),
            ("Ctrl+a", "did you mean `Control`?"),
            (
                "submit",
                "write a character, or a key like `Enter`, `Tab`, `Escape`, `ArrowDown`",
            ),
            (
                "",
                "write a character, or a key like `Enter`, `Tab`, `Escape`, `ArrowDown`",
            ),
        ] {
            assert_eq!(read(text).unwrap_err().hint, hint, "{text}");
        }
    }
}
