//! The terminal that live lines are drawn on. It may go while a run goes on, and `indicatif` panics where it cannot draw.

use console::Term;
use indicatif::{ProgressDrawTarget, TermLike};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

/// So often a second it is drawn at most.
const RATE: u8 = 20;

/// Standard error, for as long as it is there.
#[derive(Debug)]
struct Stderr {
    terminal: Term,
    is_gone: AtomicBool,
}

/// Where lines are drawn.
pub(super) fn stderr() -> ProgressDrawTarget {
    let stderr = Stderr {
        terminal: Term::buffered_stderr(),
        is_gone: AtomicBool::new(false),
    };
    ProgressDrawTarget::term_like_with_hz(Box::new(stderr), RATE)
}

impl Stderr {
    /// What cannot be drawn is drawn for nobody, and nor is anything after it.
    fn draw(&self, act: impl FnOnce(&Term) -> io::Result<()>) -> io::Result<()> {
        if !self.is_gone.load(Ordering::Relaxed) && act(&self.terminal).is_err() {
            self.is_gone.store(true, Ordering::Relaxed);
        }
        Ok(())
    }
}

impl TermLike for Stderr {
    fn width(&self) -> u16 {
        self.terminal.size().1
    }

    fn height(&self) -> u16 {
        self.terminal.size().0
    }

    fn move_cursor_up(&self, count: usize) -> io::Result<()> {
        self.draw(|terminal| terminal.move_cursor_up(count))
    }

    fn move_cursor_down(&self, count: usize) -> io::Result<()> {
        self.draw(|terminal| terminal.move_cursor_down(count))
    }

    fn move_cursor_right(&self, count: usize) -> io::Result<()> {
        self.draw(|terminal| terminal.move_cursor_right(count))
    }

    fn move_cursor_left(&self, count: usize) -> io::Result<()> {
        self.draw(|terminal| terminal.move_cursor_left(count))
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.draw(|terminal| terminal.write_line(text))
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.draw(|terminal| terminal.write_str(text))
    }

    fn clear_line(&self) -> io::Result<()> {
        self.draw(Term::clear_line)
    }

    fn flush(&self) -> io::Result<()> {
        self.draw(Term::flush)
    }
}
