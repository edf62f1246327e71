//! Ctrl-C, SIGTERM and a terminal that goes: the first stops the cases, the second their deferred steps too, the third
//! ends the process on the spot.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use tokio::sync::watch;

use super::exit::Exit;
use super::terminal::say_plainly;
use crate::report::Screen;
use crate::run::Interrupt;

/// Signals that are listened to.
pub(super) struct Armed {
    /// What a run looks at.
    pub(super) receiver: watch::Receiver<Interrupt>,
    /// Stops a run from within.
    pub(super) sender: watch::Sender<Interrupt>,
    first: Arc<AtomicU8>,
    /// Whether a run goes on, which a signal stops.
    busy: Arc<AtomicBool>,
}

impl Armed {
    /// Says whether a run goes on; one that begins is not stopped by what stopped the one before.
    pub(super) fn set_busy(&self, busy: bool) {
        self.busy.store(busy, Ordering::SeqCst);
        if busy && self.signal().is_none() {
            self.sender.send_replace(Interrupt::None);
        }
    }

    /// Stops a run from within.
    pub(super) fn ask(&self, level: Interrupt) {
        level.ask(&self.sender);
    }

    /// Which signal came first, if any came.
    pub(super) fn signal(&self) -> Option<Exit> {
        match self.first.load(Ordering::SeqCst) {
            130 => Some(Exit::Interrupted),
            143 => Some(Exit::Terminated),
            _ => None,
        }
    }
}

/// Listens from now on. Must be called in a runtime. What is said of it is written while no line
/// on the screen stands in its way.
pub(super) fn arm(screen: Screen) -> std::io::Result<Armed> {
    let (sender, receiver) = watch::channel(Interrupt::None);
    let first = Arc::new(AtomicU8::new(0));
    let mut signals = Signals::new()?;
    let busy = Arc::new(AtomicBool::new(true));
    let is_busy = Arc::clone(&busy);
    let (noted, told) = (Arc::clone(&first), sender.clone());
    tokio::spawn(async move {
        let mut count = 0_u32;
        loop {
            let exit = signals.next().await;
            count += 1;
            match count {
                1 => {
                    noted.store(exit.code(), Ordering::SeqCst);
                    if is_busy.load(Ordering::SeqCst) {
                        screen.aside(|| {
                            say_plainly(
                                "stopping: deferred steps still run; once more stops them too",
                            );
                        });
                    }
                    told.send_replace(Interrupt::Stop);
                }
                2 => {
                    screen.aside(|| say_plainly("stopping at once"));
                    told.send_replace(Interrupt::Quit);
                }
                _ => leave(exit),
            }
        }
    });
    Ok(Armed {
        receiver,
        sender,
        first,
        busy,
    })
}

/// Whoever asks three times wants no more waiting.
#[expect(
    clippy::disallowed_methods,
    reason = "the run did not end when it was told to, twice"
)]
fn leave(exit: Exit) -> ! {
    std::process::exit(i32::from(exit.code()))
}

/// All signals as one stream.
#[cfg(unix)]
pub(super) struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hangup: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    /// From now on they no longer end the process by themselves.
    pub(super) fn new() -> std::io::Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: match may_hang_up() {
                true => Some(signal(SignalKind::hangup())?),
                false => None,
            },
        })
    }

    /// Waits for the next.
    pub(super) async fn next(&mut self) -> Exit {
        tokio::select! {
            _ = self.interrupt.recv() => Exit::Interrupted,
            _ = self.terminate.recv() => Exit::Terminated,
            () = hung_up(&mut self.hangup) => Exit::Terminated,
        }
    }
}

/// A terminal that goes is told twice, by the shell and by the system, and nobody has asked twice.
#[cfg(unix)]
async fn hung_up(hangup: &mut Option<tokio::signal::unix::Signal>) {
    match hangup {
        Some(signal) => {
            signal.recv().await;
            *hangup = None;
        }
        None => std::future::pending().await,
    }
}

/// Whether the end of the terminal is to be listened to: what `nohup` starts has it ignored, and goes on. Only Linux
/// tells; elsewhere it ends the process as it always did.
#[cfg(unix)]
fn may_hang_up() -> bool {
    let about = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = about
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // The lowest bit is the first signal, which is this one.
    ignored.is_some_and(|mask| mask & 1 == 0)
}

/// What is asked to end while it waits for a key. The wait is over then, because a signal that is listened to
/// interrupts it, or at the wait's next moment, and the terminal gets its mode back like after any key.
#[cfg(unix)]
pub(super) struct Noticed {
    runtime: tokio::runtime::Runtime,
    signals: Signals,
    hangup: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Noticed {
    /// From now on signals are noticed.
    pub(super) fn new() -> std::io::Result<Noticed> {
        use tokio::signal::unix::{SignalKind, signal};
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (signals, hangup) = {
            let _inside = runtime.enter();
            (Signals::new()?, signal(SignalKind::hangup())?)
        };
        Ok(Noticed {
            runtime,
            signals,
            hangup,
        })
    }

    /// The signal that has come, if any has.
    pub(super) fn signal(&mut self) -> Option<Exit> {
        let (signals, hangup) = (&mut self.signals, &mut self.hangup);
        self.runtime.block_on(async {
            // Signals are handed on by the runtime's own turns.
            for _ in 0..2 {
                tokio::task::yield_now().await;
            }
            tokio::select! {
                biased;
                exit = signals.next() => Some(exit),
                _ = hangup.recv() => Some(Exit::Terminated),
                () = tokio::time::sleep(std::time::Duration::ZERO) => None,
            }
        })
    }
}

/// Ctrl-C is a key there.
#[cfg(not(unix))]
pub(super) struct Noticed;

#[cfg(not(unix))]
impl Noticed {
    /// There is nothing else to notice.
    pub(super) fn new() -> std::io::Result<Noticed> {
        Ok(Noticed)
    }

    /// None.
    pub(super) fn signal(&mut self) -> Option<Exit> {
        None
    }
}

/// Ctrl-C is all that other systems have.
#[cfg(not(unix))]
pub(super) struct Signals;

#[cfg(not(unix))]
impl Signals {
    /// From now on it no longer ends the process by itself.
    pub(super) fn new() -> std::io::Result<Signals> {
        Ok(Signals)
    }

    /// Waits for the next.
    pub(super) async fn next(&mut self) -> Exit {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Exit::Interrupted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_asked_for_more_is_not_answered_with_less() {
        let armed = arm(Screen::default()).unwrap();
        let asked = || *armed.receiver.borrow();
        armed.ask(Interrupt::Enough);
        assert_eq!(asked(), Interrupt::Enough);
        armed.ask(Interrupt::Stop);
        armed.ask(Interrupt::Enough);
        assert_eq!(asked(), Interrupt::Stop);
    }
}
