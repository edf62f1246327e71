//! A diff for the eye: old and new lines beside each other, and what differs inside them.

/// A row of a diff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// A line that is in both, with its numbers in the old and in the new text.
    Same(usize, usize, String),
    /// What went, what came in its place, or both.
    Changed(Option<Line>, Option<Line>),
    /// So many equal lines are left out.
    Folded(usize),
}

/// A line that is only in one of the texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its number there, from 1.
    pub number: usize,
    /// Its text, in pieces.
    pub pieces: Vec<Piece>,
}

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// What it says.
    pub text: String,
    /// Whether the line beside it says something else there.
    pub is_marked: bool,
}
