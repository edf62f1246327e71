//! Waiting for a key, and for what else may happen meanwhile.

use console::{Key, Term};
use std::io;
use std::time::{Duration, Instant};

use crate::cli::exit::Exit;
use crate::cli::interrupt::Noticed;

/// A window that has another size is noticed that soon.
const MOMENT: Duration = Duration::from_millis(200);
/// The folders are looked into that often.
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);
/// Of the time that goes by, looking takes at most such a part, however much is pending on however slow a disk.
const LEAST_REST: u32 = 20;

/// Keys, and what else may end a review.
pub(super) struct Keyboard {
    terminal: Term,
    noticed: Noticed,
    next_look: Instant,
}

/// What happened first.
pub(super) enum Event {
    Key(Key),
    /// A signal, or the key that makes one.
    End(Exit),
    /// The terminal is gone.
    Gone,
    /// The window has another size, and keeps it.
    Resized,
    /// Something is new on the disk.
    News,
}

impl Keyboard {
    pub(super) fn new() -> io::Result<Keyboard> {
        Ok(Keyboard {
            terminal: Term::stdout(),
            noticed: Noticed::new()?,
            next_look: Instant::now() + BETWEEN_LOOKS,
        })
    }

    /// The rows and the columns of the window.
    pub(super) fn size(&self) -> (u16, u16) {
        self.terminal.size()
    }

    /// Waits, in a window that had that size when it was drawn in. From time to time it asks whether there are news; a key
    /// that was pressed before they were found comes first: it was meant for what was shown then.
    pub(super) fn next(
        &mut self,
        listening: &Listening,
        drawn: (u16, u16),
        mut has_news: impl FnMut() -> bool,
    ) -> Event {
        let mut before = self.size();
        loop {
            let is_key = listening.waits(MOMENT);
            // A signal ends the wait as Ctrl-C would. One that came a moment before it is seen here too, so that
            // no key decides anything after it.
            if let Some(exit) = self.noticed.signal() {
                return Event::End(exit);
            }
            if is_key {
                return self.key();
            }
            let now = self.size();
            if now != drawn && now == before {
                return Event::Resized;
            }
            before = now;
            if Instant::now() >= self.next_look {
                let started = Instant::now();
                let is_news = has_news();
                self.next_look = Instant::now() + BETWEEN_LOOKS.max(started.elapsed() * LEAST_REST);
                if is_news && !listening.waits(Duration::ZERO) {
                    return Event::News;
                }
            }
        }
    }

    fn key(&mut self) -> Event {
        let key = self.terminal.read_key_raw();
        match (self.noticed.signal(), key) {
            (Some(exit), _) => Event::End(exit),
            (None, Ok(Key::CtrlC)) => Event::End(Exit::Interrupted),
            (None, Ok(key)) => Event::Key(key),
            (None, Err(_)) => Event::Gone,
        }
    }
}

/// The terminal in the mode in which each key comes at once, for as long as this is kept.
#[cfg(unix)]
pub(super) struct Listening {
    usual: Option<rustix::termios::Termios>,
}

#[cfg(unix)]
impl Listening {
    pub(super) fn new() -> Listening {
        use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
        let usual = tcgetattr(rustix::stdio::stdin()).ok();
        if let Some(usual) = &usual {
            let mut mode = usual.clone();
            mode.make_raw();
            // What is written goes on beginning its lines at the left.
            mode.output_modes = usual.output_modes;
            // Where that fails, reading a key sets the same mode, or fails too.
            let _ = tcsetattr(rustix::stdio::stdin(), OptionalActions::Drain, &mode);
        }
        Listening { usual }
    }

    /// Whether there is a key after at most that long. Also where that cannot be told: the key is waited for then.
    fn waits(&self, at_most: Duration) -> bool {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let Ok(limit) = Timespec::try_from(at_most) else {
            return true;
        };
        let stdin = rustix::stdio::stdin();
        let mut stdin = [PollFd::new(&stdin, PollFlags::IN)];
        match poll(&mut stdin, Some(&limit)) {
            Ok(count) => count > 0,
            // A signal is no key.
            Err(error) => error != rustix::io::Errno::INTR,
        }
    }
}

#[cfg(unix)]
impl Drop for Listening {
    fn drop(&mut self) {
        use rustix::termios::{OptionalActions, tcsetattr};
        if let Some(usual) = &self.usual {
            // There is nobody to tell.
            let _ = tcsetattr(rustix::stdio::stdin(), OptionalActions::Drain, usual);
        }
    }
}

/// Elsewhere a key is waited for and nothing else.
#[cfg(not(unix))]
pub(super) struct Listening;

#[cfg(not(unix))]
impl Listening {
    pub(super) fn new() -> Listening {
        Listening
    }

    fn waits(&self, at_most: Duration) -> bool {
        !at_most.is_zero()
    }
}
