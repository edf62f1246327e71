//! A link as a QR code, to be opened on the phone that will answer it.

use anstyle::{AnsiColor, Style};
use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;

use super::style::paint;
use crate::model::diagnostic::Color;

/// A wider one would be broken into lines that no phone reads.
const WIDEST: usize = 80;

/// The code, a line for each two rows of it; none if the text is too long for a terminal.
pub(super) fn code(text: &str, color: Color) -> Option<String> {
    let code = QrCode::new(text).ok()?;
    let mut renderer = code.render::<Dense1x2>();
    // Without colours the terminal is taken for a dark one; most phones read the reverse of a code as well.
    if color == Color::Plain {
        renderer
            .dark_color(Dense1x2::Light)
            .light_color(Dense1x2::Dark);
    }
    let drawn = renderer.quiet_zone(true).build();
    if drawn.lines().any(|line| line.chars().count() > WIDEST) {
        return None;
    }
    let style = match color {
        Color::Plain => Style::new(),
        Color::Ansi => Style::new()
            .fg_color(Some(AnsiColor::Black.into()))
            .bg_color(Some(AnsiColor::BrightWhite.into())),
    };
    let line = |line: &str| format!("  {}\n", paint(style, line));
    Some(drawn.lines().map(line).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_a_square_and_a_novel_is_none() {
        let plain = code(
            "https://fiu-sandbox.setu.co/v2/consents/webview/1",
            Color::Plain,
        );
        let plain = plain.expect("it is short enough");
        let widths: Vec<usize> = plain.lines().map(|line| line.chars().count()).collect();
        assert!(widths.iter().all(|width| *width == widths[0]));
        // Two rows a line, and two spaces before it.
        assert_eq!((widths[0] - 2).div_ceil(2), widths.len());
        assert!(code("a", Color::Ansi).is_some_and(|code| code.contains("\u{1b}[")));
        assert_eq!(code(&"long".repeat(500), Color::Plain), None);
    }
}
