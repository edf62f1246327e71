//! What differs between two snapshots, by place.

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Change {
    /// Where: `$.detail.frequency.value`, `status`, `header content-type`, `line 4`.
    pub place: String,
    /// What happened there.
    pub what: What,
}

/// What a difference is. Values are whole, on one line, as JSON where the body is JSON.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum What {
    /// It was not there before.
    Added(String),
    /// It is there no longer.
    Removed(String),
    /// It is another value.
    Changed {
        /// What it was.
        old: String,
        /// What it is.
        new: String,
    },
    /// Placeholders have other numbers, and all that were equal still are: from, to.
    Renumbered(Vec<(String, String)>),
    /// The same values, written in another way or order.
    Rewritten,
}
