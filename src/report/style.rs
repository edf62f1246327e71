//! The colours, and what they mean. Nothing is said by colour alone.

use anstyle::{AnsiColor, Style};

use crate::model::diagnostic::Color;

/// The styles of a text; all empty where colours are off.
#[derive(Clone, Copy, Debug)]
pub struct Palette {
    /// What held.
    pub good: Style,
    /// What did not.
    pub bad: Style,
    /// What was there and is no longer.
    pub removed: Style,
    /// What a person should look at.
    pub warn: Style,
    /// What leads on: places, paths, commands.
    pub accent: Style,
    /// What the eye should find first.
    pub strong: Style,
    /// What is there if it is needed.
    pub dim: Style,
}

impl Palette {
    /// The styles with or without colour.
    pub fn new(color: Color) -> Palette {
        if color == Color::Plain {
            let none = Style::new();
            return Palette {
                good: none,
                bad: none,
                removed: none,
                warn: none,
                accent: none,
                strong: none,
                dim: none,
            };
        }
        let colored = |color: AnsiColor| Style::new().fg_color(Some(color.into()));
        Palette {
            good: colored(AnsiColor::Green),
            bad: colored(AnsiColor::Red).bold(),
            removed: colored(AnsiColor::Red),
            warn: colored(AnsiColor::Yellow),
            accent: colored(AnsiColor::Cyan),
            strong: Style::new().bold(),
            dim: Style::new().dimmed(),
        }
    }
}

/// What stands out of the rest in a style; nothing does where there are no styles.
pub(super) fn emphasised(style: Style) -> Style {
    if style == Style::new() {
        return style;
    }
    style.bold().underline()
}

/// A text in a style.
pub(super) fn paint(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}
