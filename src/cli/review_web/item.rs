//! A pending snapshot under review, and whether its files are still what was shown.

use crate::cli::meanwhile::is_taken;
use crate::cli::review::Entry;
use crate::cli::source::Stamp;
use crate::report::WebState;
use crate::snapshot::pending::Listed;

/// A pending snapshot under review.
pub(super) struct Item {
    pub(super) entry: Entry,
    pub(super) state: WebState,
    /// How often its files were found changed.
    pub(super) version: u32,
    /// None where they must be read again.
    stamp: Option<Stamp>,
}

/// What became of the files since they were read.
pub(super) enum News {
    None,
    /// It is pending with another content, or beside another accepted one.
    Changed,
    /// It is accepted already.
    Accepted,
    /// It is pending no more, and not accepted.
    Gone,
}

impl Item {
    /// Reads it and compares; nothing where it is pending no more.
    pub(super) fn new(listed: Listed) -> Option<Item> {
        let stamp = Some(Stamp::of(&listed));
        let entry = Entry::new(listed.read()?);
        entry.is_left().then_some(Item {
            entry,
            state: WebState::Open,
            version: 0,
            stamp,
        })
    }

    /// Whether it can still be decided on.
    pub(super) fn is_undecided(&self) -> bool {
        matches!(self.state, WebState::Open | WebState::Skipped)
    }

    /// Something was wrong with the files: they are read before they are shown again.
    pub(super) fn doubt(&mut self) {
        self.stamp = None;
    }

    /// Reads the files again if they were written since, and takes what is in them.
    pub(super) fn look_again(&mut self) -> News {
        let pending = &self.entry.pending;
        let listed = pending.listed();
        let stamp = Some(Stamp::of(&listed));
        if stamp == self.stamp {
            return News::None;
        }
        let Some(now) = listed.read() else {
            return if is_taken(pending) {
                News::Accepted
            } else {
                News::Gone
            };
        };
        let entry = Entry::new(now);
        self.stamp = stamp;
        if entry.is_as(&self.entry) {
            return News::None;
        }
        self.entry = entry;
        self.version += 1;
        News::Changed
    }
}
