//! Events -> text, one file a format.
//!
//! A reporter is told facts and writes them to whatever writer it was given. It knows no
//! terminal, no file and no stage: what it must know of the world comes as a value.

mod alike;
mod blocks;
mod catalogue;
mod chronicle;
mod curl;
mod diagnostics;
mod excerpt;
mod exchange;
mod facts;
mod failure;
mod fitted;
mod github;
mod har;
mod har_entry;
mod html;
mod json;
mod junit;
mod letters;
mod list;
mod live;
mod live_lines;
#[cfg(test)]
mod machine_tests;
mod merge;
#[cfg(test)]
mod merge_tests;
mod ndjson;
mod nobody;
mod object;
mod ordered;
mod qr;
mod review;
mod review_web;
mod shell;
mod sides;
mod style;
mod suggestions;
mod summary;
mod tap;
mod terminal;
#[cfg(test)]
mod tests;
mod text;
mod told;
mod told_places;
mod values;
mod width;
mod written;

pub use catalogue::{SnapshotLine, snapshots};
pub use chronicle::{Chronicle, Ended, Noted, Step};
pub use curl::{CurlSettings, curl};
pub use diagnostics::{Format, diagnostics};
pub use facts::{CaseKey, ReadPicture, RunFacts};
pub use github::{Github, GithubSummary};
pub use har::Har;
pub use html::Html;
pub use json::{Json, SCHEMA};
pub use junit::Junit;
pub use list::{ListFormat, list};
pub use live::{Canvas, Live, Screen};
pub use merge::{Merged, Part, merge};
pub use ndjson::Ndjson;
pub use review::{Drawing, ReviewOwner, ReviewPage};
pub use review_web::{
    WebEntry, WebFrame, WebList, WebNotice, WebNoticeKind, WebOrder, WebQuestion, WebState,
    WebTally, WebView, ended as web_ended, list as web_list, nothing_left as web_nothing_left,
    question as web_question, waiting as web_waiting, web_policy,
};
pub use style::Palette;
pub use suggestions::{SuggestedBlock, SuggestedRule, suggestions};
pub use tap::Tap;
pub use terminal::{Terminal, TerminalSettings, Verbosity};
pub use text::{plural, shell_word, shown_path, visible, visible_line};
pub use width::{columns, wrapped};
pub use written::StepWriter;

use std::io;

use crate::model::outcome::{CaseNumber, Event, RunOutcome};

/// What listens to a run.
pub trait Reporter {
    /// Takes note of a fact.
    fn on_event(&mut self, event: &Event) -> io::Result<()>;
    /// Takes note of a step that ended, after the fact itself.
    fn on_step(&mut self, _case: CaseNumber, _step: &Step) -> io::Result<()> {
        Ok(())
    }
    /// Takes note of a case that ended, with all that was told of it, after the fact itself.
    fn on_case(&mut self, _ended: &Ended) -> io::Result<()> {
        Ok(())
    }
    /// Whether it is to be told of cases with all that was told of them. Else nothing need be kept for it.
    fn tells_of_cases(&self) -> bool {
        false
    }
    /// Lets what was written be seen: nothing more may happen for a while.
    fn on_pause(&mut self) -> io::Result<()> {
        Ok(())
    }
    /// Says how the whole run ended.
    fn on_end(&mut self, outcome: &RunOutcome) -> io::Result<()>;
}
