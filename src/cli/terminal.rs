//! The terminal: whether there are colours, and writing that survives a closed pipe.

use clap::ValueEnum;
use console::Term;
use std::io::{self, IsTerminal as _, Write};

use crate::model::diagnostic::Color;

/// `--color`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum ColorChoice {
    /// In a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Which of the two outputs have colours, and which are terminals.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terminal {
    /// Of stdout.
    pub(super) stdout: Color,
    /// Of stderr.
    pub(super) stderr: Color,
    /// Whether a person may read stderr.
    pub(super) stderr_is_terminal: bool,
    /// Whether lines on stderr can be drawn over.
    pub(super) stderr_is_live: bool,
    /// Whether a person can be asked: stdin and stdout are terminals.
    pub(super) can_ask: bool,
    /// How many columns stdout has, if it is a terminal.
    pub(super) stdout_columns: Option<usize>,
    /// The same of stderr.
    pub(super) stderr_columns: Option<usize>,
}

impl Terminal {
    /// Looks at the outputs. `plain` is what the environment says: NO_COLOR, or a terminal that is dumb.
    pub(super) fn look(choice: ColorChoice, plain: bool, dumb: bool) -> Terminal {
        let color = |is_terminal: bool| match choice {
            ColorChoice::Always => Color::Ansi,
            ColorChoice::Auto if is_terminal && !plain && !dumb => Color::Ansi,
            ColorChoice::Auto | ColorChoice::Never => Color::Plain,
        };
        let stderr_is_terminal = io::stderr().is_terminal();
        let stdout_is_terminal = io::stdout().is_terminal();
        Terminal {
            stdout: color(stdout_is_terminal),
            stderr: color(stderr_is_terminal),
            stderr_is_terminal,
            stderr_is_live: stderr_is_terminal && !dumb,
            can_ask: io::stdin().is_terminal() && stdout_is_terminal && !dumb,
            stdout_columns: stdout_is_terminal
                .then(|| columns(&Term::stdout()))
                .flatten(),
            stderr_columns: stderr_is_terminal
                .then(|| columns(&Term::stderr()))
                .flatten(),
        }
    }
}

fn columns(terminal: &Term) -> Option<usize> {
    let (_, columns) = terminal.size_checked()?;
    // Some say that they have none, as where nobody looks at them.
    (columns > 0).then_some(usize::from(columns))
}

/// A writer to which nothing happens when its reader has gone: what is written then is dropped,
/// and the run goes on to the exit status that it earns.
pub(super) struct Patient<W> {
    inner: W,
    gone: bool,
}

impl<W: Write> Patient<W> {
    pub(super) fn new(inner: W) -> Self {
        Patient { inner, gone: false }
    }

    fn forgive<T>(&mut self, result: io::Result<T>, instead: T) -> io::Result<T> {
        match result {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.gone = true;
                Ok(instead)
            }
            other => other,
        }
    }
}

impl<W: Write> Write for Patient<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.gone {
            return Ok(bytes.len());
        }
        let result = self.inner.write(bytes);
        self.forgive(result, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.gone {
            return Ok(());
        }
        let result = self.inner.flush();
        self.forgive(result, ())
    }
}

/// Standard output, which may be closed early.
pub(super) fn stdout() -> Patient<Box<dyn Write + Send>> {
    Patient::new(Box::new(io::stdout()))
}

/// Whether standard output was closed when the process began. In its place the null device was opened then, for reading
/// too, before anything of ours ran; who throws an output away with `>/dev/null` opens that for writing only.
pub(super) fn stdout_is_closed() -> bool {
    #[cfg(unix)]
    {
        use rustix::fs::{OFlags, fcntl_getfl, fstat, stat};
        let out = rustix::stdio::stdout();
        let (Ok(flags), Ok(about), Ok(null)) = (fcntl_getfl(out), fstat(out), stat("/dev/null"))
        else {
            return true;
        };
        flags & OFlags::RWMODE == OFlags::RDWR
            && (about.st_dev, about.st_ino) == (null.st_dev, null.st_ino)
    }
    #[cfg(not(unix))]
    false
}

/// Standard error, the same.
pub(super) fn stderr() -> Patient<Box<dyn Write + Send>> {
    Patient::new(Box::new(io::stderr()))
}

/// A line on stderr that cannot be told otherwise.
pub(super) fn say_plainly(line: &str) {
    // There is nowhere left to report to if this fails.
    let _ = writeln!(io::stderr(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Closed;

    impl Write for Closed {
        fn write(&mut self, _bytes: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
    }

    struct Full;

    impl Write for Full {
        fn write(&mut self, _bytes: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_closed_pipe_is_forgiven_and_a_full_disk_is_not() {
        let mut out = Patient::new(Closed);
        assert!(writeln!(out, "a").is_ok());
        assert!(out.flush().is_ok());
        assert!(writeln!(Patient::new(Full), "a").is_err());
    }
}
