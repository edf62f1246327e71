//! Events -> text, one file a format.
//!
//! A reporter is told facts and writes them to whatever writer it was given. It knows no
//! terminal, no file and no stage: what it must know of the world comes as a value.

mod diagnostics;
mod exchange;
mod failure;
mod list;
mod live;
mod qr;
mod style;
mod summary;
mod terminal;
#[cfg(test)]
mod tests;
mod text;

pub use diagnostics::{Format, diagnostics};
pub use list::{ListFormat, list};
pub use live::{Live, Screen};
pub use style::Palette;
pub use terminal::{Terminal, TerminalSettings, Verbosity};
pub use text::{plural, shell_word, shown_path, visible, visible_line};

use std::io;

use crate::model::outcome::{Event, RunOutcome};

/// What listens to a run.
pub trait Reporter {
    /// Takes note of a fact.
    fn on_event(&mut self, event: &Event) -> io::Result<()>;
    /// Says how the whole run ended.
    fn on_end(&mut self, outcome: &RunOutcome) -> io::Result<()>;
}
