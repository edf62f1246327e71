//! What a bench is told.

use std::path::PathBuf;

/// `--assert` and `--binary FILE`.
pub(crate) struct Options {
    /// Whether limits must hold.
    pub(crate) must_hold: bool,
    /// The build that is measured.
    pub(crate) binary: PathBuf,
}

impl Options {
    /// Those of this program.
    pub(crate) fn read() -> Options {
        let arguments: Vec<String> = std::env::args().collect();
        let binary = arguments
            .iter()
            .position(|argument| argument == "--binary")
            .and_then(|at| arguments.get(at + 1))
            .map_or(env!("CARGO_BIN_EXE_sammati"), String::as_str);
        Options {
            must_hold: arguments.iter().any(|argument| argument == "--assert"),
            binary: std::fs::canonicalize(binary).expect("a program"),
        }
    }
}
