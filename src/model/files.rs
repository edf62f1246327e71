//! What the stages ask of the project's folder.

use std::fmt;

use super::source::FileId;

/// A larger file is hardly meant to be read or sent.
pub const LARGEST_FILE: u64 = 16 * 1024 * 1024;

/// The files of the project, by paths relative to the file that names them.
pub trait Files: Send + Sync + fmt::Debug {
    /// Says why a file cannot be read, if that can be known without reading it.
    fn find(&self, from: FileId, path: &str) -> Result<(), FileProblem>;
    /// The bytes of a file, at most [`LARGEST_FILE`] of them.
    fn read(&self, from: FileId, path: &str) -> Result<Vec<u8>, FileProblem>;
}

/// Why a file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileProblem {
    /// There is none.
    Missing,
    /// It is outside the project's folder, links followed.
    Outside,
    /// It is a folder, a pipe or a device.
    NotAFile,
    /// It has more bytes than [`LARGEST_FILE`].
    TooLarge,
    /// The system says why.
    Unreadable(String),
}

impl FileProblem {
    /// The whole sentence, with the path as it is written.
    pub fn about(&self, path: &str) -> String {
        match self {
            FileProblem::Missing => format!("there is no file `{path}`"),
            FileProblem::Outside => format!("`{path}` is outside the project's folder"),
            FileProblem::NotAFile => format!("`{path}` is not a file"),
            FileProblem::TooLarge => format!("`{path}` is larger than 16 MiB"),
            FileProblem::Unreadable(why) => format!("`{path}` cannot be read: {why}"),
        }
    }

    /// What would be right.
    pub fn hint(&self) -> &'static str {
        match self {
            FileProblem::Missing | FileProblem::Outside => {
                "a path is relative to the file that it stands in, and stays in the project's folder"
            }
            FileProblem::NotAFile => "name a file, not a folder",
            FileProblem::TooLarge => "16 MiB are the most that is read of a file",
            FileProblem::Unreadable(_) => "see that it may be read",
        }
    }
}
