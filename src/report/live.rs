//! What is going on right now, on stderr: a line for each case that runs, and links that a
//! person must open.
//!
//! The lines are drawn by a thread of their own, and only for cases that take longer than the
//! eye needs to see them: a quick run starts no thread and draws nothing.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::style::{Palette, paint};
use super::text::visible_line;
use crate::model::diagnostic::Color;
use crate::model::duration;
use crate::model::outcome::{CaseNumber, Event, RunOutcome, Status};

/// A case that ends sooner gets no line.
const PATIENCE: Duration = Duration::from_millis(200);
/// How often lines are drawn.
const TICK: Duration = Duration::from_millis(100);
/// More lines would scroll away what they stand under.
const MOST_LINES: usize = 12;

/// Shows what is going on.
pub struct Live<W> {
    stderr: W,
    palette: Palette,
    color: Color,
    lines: Option<Lines>,
    screen: Screen,
    draw_target: Option<fn() -> ProgressDrawTarget>,
}

/// What is drawn on right now, for those who write to the same terminal.
#[derive(Clone, Default)]
pub struct Screen(Arc<OnceLock<MultiProgress>>);

impl Screen {
    /// Does something that writes to the terminal while no line stands in its way.
    pub fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        match self.0.get() {
            Some(multi) => multi.suspend(write),
            None => write(),
        }
    }
}

struct Lines {
    messages: Sender<Message>,
    thread: JoinHandle<()>,
}

enum Message {
    Started(CaseNumber, String),
    Step(CaseNumber, String),
    Finished(CaseNumber),
}

impl<W: Write> Live<W> {
    /// Links go to `stderr`; lines are drawn on the target if there is one, which is made when the first is due.
    pub fn new(
        stderr: W,
        color: Color,
        draw_target: Option<fn() -> ProgressDrawTarget>,
        screen: Screen,
    ) -> Self {
        Live {
            screen,
            stderr,
            palette: Palette::new(color),
            color,
            lines: None,
            draw_target,
        }
    }

    fn send(&mut self, message: Message) {
        let Some(draw_target) = self.draw_target else {
            return;
        };
        let color = self.color;
        let screen = &self.screen;
        let lines = self.lines.get_or_insert_with(|| {
            let multi = screen
                .0
                .get_or_init(|| MultiProgress::with_draw_target(draw_target()))
                .clone();
            let (messages, inbox) = channel();
            let thread = std::thread::spawn(move || draw(&multi, &inbox, color));
            Lines { messages, thread }
        });
        // The thread ends only when this sender is dropped.
        let _ = lines.messages.send(message);
    }

    fn consent(&mut self, url: &str) -> io::Result<()> {
        let notice = format!(
            "{} open this page and answer the consent:\n  {}\n",
            paint(self.palette.warn, "waiting for you:"),
            paint(self.palette.strong, visible_line(url))
        );
        let stderr = &mut self.stderr;
        self.screen.aside(|| {
            stderr.write_all(notice.as_bytes())?;
            stderr.flush()
        })
    }

    /// Takes the lines away.
    pub fn end(&mut self) {
        if let Some(lines) = self.lines.take() {
            drop(lines.messages);
            let _ = lines.thread.join();
        }
    }
}

impl<W: Write> super::Reporter for Live<W> {
    fn on_event(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::RunStarted { .. } | Event::Printed { .. } => {}
            Event::CaseStarted { case, about } => {
                self.send(Message::Started(*case, visible_line(&about.title())));
            }
            Event::StepFinished { case, step } => {
                if !matches!(step.status, Status::Skipped(_) | Status::NotRun(_)) {
                    self.send(Message::Step(*case, visible_line(&step.label)));
                }
            }
            Event::AttemptFailed { case, .. } | Event::CaseFinished { case, .. } => {
                self.send(Message::Finished(*case));
            }
            Event::ConsentWanted { url, .. } => return self.consent(url),
        }
        Ok(())
    }

    fn on_end(&mut self, _outcome: &RunOutcome) -> io::Result<()> {
        self.end();
        Ok(())
    }
}

struct Line {
    case: CaseNumber,
    name: String,
    steps: usize,
    last: String,
    since: Instant,
    bar: Option<ProgressBar>,
}

fn draw(multi: &MultiProgress, inbox: &Receiver<Message>, color: Color) {
    let palette = Palette::new(color);
    let template = if color == Color::Ansi {
        "{spinner:.cyan} {msg}"
    } else {
        "{spinner} {msg}"
    };
    let style = ProgressStyle::with_template(template)
        .expect("the template is right")
        .tick_chars("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ ");
    let mut lines: Vec<Line> = Vec::new();
    let mut drawn = Instant::now();
    loop {
        match inbox.recv_timeout(TICK.saturating_sub(drawn.elapsed())) {
            Ok(Message::Started(case, name)) => lines.push(Line {
                case,
                name,
                steps: 0,
                last: String::new(),
                since: Instant::now(),
                bar: None,
            }),
            Ok(Message::Step(case, label)) => {
                if let Some(line) = lines.iter_mut().find(|line| line.case == case) {
                    line.steps += 1;
                    line.last = label;
                }
            }
            Ok(Message::Finished(case)) => {
                if let Some(at) = lines.iter().position(|line| line.case == case)
                    && let Some(bar) = lines.remove(at).bar
                {
                    bar.finish_and_clear();
                    multi.remove(&bar);
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        if drawn.elapsed() < TICK {
            continue;
        }
        drawn = Instant::now();
        for line in lines.iter_mut().take(MOST_LINES) {
            if line.since.elapsed() < PATIENCE {
                continue;
            }
            let bar = line.bar.get_or_insert_with(|| {
                let bar = ProgressBar::new_spinner().with_style(style.clone());
                multi.add(bar)
            });
            let seconds = Duration::from_secs(line.since.elapsed().as_secs());
            let after = if line.last.is_empty() {
                String::new()
            } else {
                format!("after step {} `{}`, ", line.steps, line.last)
            };
            bar.set_message(format!(
                "{}  {}",
                line.name,
                paint(
                    palette.dim,
                    format!("{after}{}", duration::display(seconds))
                )
            ));
            bar.tick();
        }
    }
    for line in &lines {
        if let Some(bar) = &line.bar {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Reporter;
    use super::*;

    #[test]
    fn a_link_is_shown_at_once() {
        let mut written = Vec::new();
        let mut live = Live::new(&mut written, Color::Plain, None, Screen::default());
        live.on_event(&Event::ConsentWanted {
            case: 0,
            url: "https://aa.example/c/1?\u{1b}[2J".into(),
        })
        .unwrap();
        insta::assert_snapshot!(String::from_utf8(written).unwrap(), @r"
        waiting for you: open this page and answer the consent:
          https://aa.example/c/1?\u{1b}[2J
        ");
    }
}
