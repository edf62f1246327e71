//! The keys of a review: what they mean, and how they are told.

use console::Key;

use crate::cli::exit::Exit;
use crate::report::{Drawing, wrapped};
use crate::snapshot::agenda::Answer;

/// In a window that is narrower still, the terminal wraps.
pub(super) const NARROWEST: usize = 20;

/// What the keys do.
const KEYS: [(char, &str); 6] = [
    (
        'a',
        "accept: the new response becomes the snapshot, on disk at once",
    ),
    (
        'r',
        "reject: the pending file is deleted, the accepted snapshot stays",
    ),
    ('s', "skip: nothing changes, and the snapshot stays pending"),
    (
        'd',
        "the whole diff, or only what changed with a few lines around it",
    ),
    (
        'w',
        "the old and the new side by side, or one below the other",
    ),
    (
        'q',
        "quit: what was decided stays decided, the rest stays pending",
    ),
];

const SHARED: &str = "A change that several snapshots have is asked about once. A snapshot with other changes is decided \
                      on by itself, after that.";

/// Help is not read in longer lines.
const WIDEST_HELP: usize = 80;

/// What a key means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    Answer(Answer),
    Full,
    Beside,
    Help,
    Quit,
    /// By a signal, or the key that makes one.
    End(Exit),
}

/// What a key means, if anything.
pub(super) fn meaning(key: &Key) -> Option<Wish> {
    Some(match key {
        Key::Char(letter) => match letter.to_ascii_lowercase() {
            'a' => Wish::Answer(Answer::Accept),
            'r' => Wish::Answer(Answer::Reject),
            's' => Wish::Answer(Answer::Skip),
            'd' => Wish::Full,
            'w' => Wish::Beside,
            '?' | 'h' => Wish::Help,
            // Ctrl-D, where the terminal gives it as a letter.
            'q' | '\u{4}' => Wish::Quit,
            _ => return None,
        },
        _ => return None,
    })
}

/// The line of keys.
pub(super) struct Bar {
    pub(super) text: String,
    pub(super) columns: usize,
}

/// The keys that mean something now.
pub(super) fn bar(is_sound: bool, drawing: &Drawing) -> Bar {
    let palette = &drawing.palette;
    let full = if drawing.is_full { "folded" } else { "full" };
    let beside = if drawing.is_beside {
        "one column"
    } else {
        "side by side"
    };
    let keys = [
        ('a', "accept"),
        ('r', "reject"),
        ('s', "skip"),
        ('d', full),
        ('w', beside),
        ('?', "help"),
        ('q', "quit"),
    ];
    let keys = keys
        .iter()
        .filter(|(key, _)| is_sound || !"adw".contains(*key));
    let style = palette.accent;
    let with_words: usize = keys.clone().map(|(_, word)| word.len() + 4).sum();
    let is_room = with_words + 2 < drawing.width;
    let mut text = String::new();
    let mut columns = 2;
    for (key, word) in keys {
        if is_room {
            text.push_str(&format!("  {style}{key}{style:#} {word}"));
            columns += word.len() + 4;
        } else {
            text.push_str(&format!(" {style}{key}{style:#}"));
            columns += 2;
        }
    }
    text.push_str("  ");
    Bar { text, columns }
}

/// The line of keys where what was shown is asked about no more.
pub(super) fn bar_of_news(drawing: &Drawing) -> Bar {
    let style = drawing.palette.accent;
    let text = format!("  {style}any key{style:#} shows what is left  ");
    Bar {
        text,
        columns: "  any key shows what is left  ".len(),
    }
}

/// The help within so many columns.
pub(super) fn help(columns: usize) -> String {
    let columns = columns.min(WIDEST_HELP);
    let mut text = "\n".to_owned();
    for (key, what) in KEYS {
        for (at, row) in wrapped(what, columns.saturating_sub(6)).iter().enumerate() {
            let key = if at == 0 { key } else { ' ' };
            text.push_str(&format!("   {key}  {row}\n"));
        }
    }
    text.push('\n');
    for row in wrapped(SHARED, columns.saturating_sub(3)) {
        text.push_str(&format!("   {row}\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::diagnostic::Color;
    use crate::report::Palette;

    #[test]
    fn help_and_keys_fit_into_the_window() {
        for columns in [NARROWEST, 40, 66, 80, 200] {
            let drawing = Drawing {
                palette: Palette::new(Color::Plain),
                width: columns,
                rows: None,
                is_beside: false,
                is_full: true,
            };
            for line in help(columns).lines() {
                assert!(line.chars().count() <= columns, "{columns}: {line}");
            }
            let Bar {
                text: bar,
                columns: taken,
            } = bar(true, &drawing);
            assert!(taken < columns, "{columns}: {bar}");
            assert_eq!(taken, bar.len());
            assert_eq!(bar.contains("accept"), columns > 70, "{bar}");
            assert!(bar.contains('?') && bar.contains('q'), "{bar}");
        }
    }
}
