//! What is going on right now, on stderr: a line for each case that runs, and links that a
//! person must open.
//!
//! The lines are drawn by a thread of their own (`live_lines`), and only for cases that take longer than the
//! eye needs to see them: a quick run starts no thread and draws nothing.

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::Instant;

use indicatif::{MultiProgress, ProgressDrawTarget};

use super::live_lines::{Message, draw};
use super::qr;
use super::style::{Palette, paint};
use super::text::visible_line;
use crate::model::diagnostic::Color;
use crate::model::duration;
use crate::model::outcome::{CaseNumber, Event, RunOutcome, Status, StepOutcome};
use crate::model::source::Span;

/// What lines are drawn on.
#[derive(Clone, Copy)]
pub struct Canvas {
    /// Makes it, when the first line is due.
    pub target: fn() -> ProgressDrawTarget,
    /// Its rows and columns.
    pub size: fn() -> (u16, u16),
}

/// Shows what is going on.
pub struct Live<W> {
    stderr: W,
    palette: Palette,
    color: Color,
    lines: Option<Lines>,
    screen: Screen,
    canvas: Option<Canvas>,
    /// Whether links are shown as QR codes too.
    codes: bool,
    /// Cases that wait for a person, and the step that asks for the answer once it does.
    asked: HashMap<CaseNumber, Option<Span>>,
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

impl<W: Write> Live<W> {
    /// Links go to `stderr`, as QR codes too if `codes` says so; lines are drawn on the canvas if there is one.
    pub fn new(
        stderr: W,
        color: Color,
        canvas: Option<Canvas>,
        screen: Screen,
        codes: bool,
    ) -> Self {
        Live {
            screen,
            stderr,
            palette: Palette::new(color),
            color,
            lines: None,
            canvas,
            codes,
            asked: HashMap::new(),
        }
    }

    fn send(&mut self, message: Message) {
        let Some(canvas) = self.canvas else {
            return;
        };
        let color = self.color;
        let screen = &self.screen;
        let lines = self.lines.get_or_insert_with(|| {
            let multi = screen
                .0
                .get_or_init(|| MultiProgress::with_draw_target((canvas.target)()))
                .clone();
            let (messages, inbox) = channel();
            let thread = std::thread::spawn(move || draw(&multi, &inbox, color, canvas.size));
            Lines { messages, thread }
        });
        // The thread ends only when this sender is dropped.
        let _ = lines.messages.send(message);
    }

    fn consent(&mut self, url: &str, what_to_do: &str) -> io::Result<()> {
        let url = visible_line(url);
        let code = self.codes.then(|| qr::code(&url, self.color)).flatten();
        let notice = format!(
            "{} open this page and {}:\n  {}\n{}",
            paint(self.palette.warn, "waiting for you:"),
            visible_line(what_to_do),
            paint(self.palette.strong, &url),
            code.unwrap_or_default()
        );
        self.write(&notice)
    }

    /// Says what came of a person's answer: how the step ended that waited for it.
    fn answered(&mut self, step: &StepOutcome) -> io::Result<()> {
        let label = visible_line(&step.label);
        let took = duration::display(step.duration);
        let notice = match step.failures.first() {
            None => format!(
                "{} `{label}` passed after {took}\n",
                paint(self.palette.good, "thank you:")
            ),
            Some(failure) => format!(
                "{} `{label}` after {took}: {}\n",
                paint(self.palette.bad, "no longer waiting:"),
                visible_line(&failure.message)
            ),
        };
        self.write(&notice)
    }

    fn write(&mut self, notice: &str) -> io::Result<()> {
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
                let title = about.title();
                let which = title.strip_prefix(&about.scenario).unwrap_or_default();
                let name = visible_line(&about.scenario);
                self.send(Message::Started(*case, name, visible_line(which)));
            }
            Event::StepFinished { case, step } => {
                if !matches!(step.status, Status::Skipped(_) | Status::NotRun(_)) {
                    self.send(Message::Step(*case, visible_line(&step.label)));
                }
                // A token may be renewed in the middle of a poll, which is a step too.
                if self.asked.get(case).copied().flatten() == Some(step.span) {
                    self.asked.remove(case);
                    return self.answered(step);
                }
            }
            Event::AttemptFailed { case, .. } | Event::CaseFinished { case, .. } => {
                self.send(Message::Finished(*case));
            }
            Event::ConsentWanted {
                case,
                url,
                decision,
                reason,
            } => {
                self.asked.insert(*case, None);
                return self.consent(url, &what_to_do(decision, reason.as_deref()));
            }
            Event::Polling {
                case,
                span,
                label,
                left,
            } => {
                if let Some(polls) = self.asked.get_mut(case) {
                    *polls = Some(*span);
                }
                let until = Instant::now() + *left;
                self.send(Message::Polling(*case, visible_line(label), until));
            }
        }
        Ok(())
    }

    fn on_end(&mut self, _outcome: &RunOutcome) -> io::Result<()> {
        self.end();
        Ok(())
    }
}

/// What a person is to do on a consent's page. Mostly it is theirs to say, but a scenario of a rejection needs one.
fn what_to_do(decision: &str, reason: Option<&str>) -> String {
    let reason = reason.map(|reason| format!(", for the reason `{reason}`"));
    let reason = reason.unwrap_or_default();
    match decision {
        "approve" => "answer the consent".into(),
        decision => format!("{decision} the consent{reason}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Reporter;
    use super::*;
    use crate::model::outcome::{Failure, FailureKind, StepKind};
    use crate::model::source::FileId;
    use std::time::Duration;

    #[test]
    fn a_link_is_shown_at_once() {
        let mut written = Vec::new();
        let mut live = Live::new(&mut written, Color::Plain, None, Screen::default(), false);
        live.on_event(&Event::ConsentWanted {
            case: 0,
            url: "https://aa.example/c/1?\u{1b}[2J".into(),
            decision: "approve".into(),
            reason: None,
        })
        .unwrap();
        live.on_event(&Event::ConsentWanted {
            case: 0,
            url: "https://aa.example/c/2".into(),
            decision: "reject".into(),
            reason: Some("reject_other".into()),
        })
        .unwrap();
        insta::assert_snapshot!(String::from_utf8(written).unwrap(), @r"
        waiting for you: open this page and answer the consent:
          https://aa.example/c/1?\u{1b}[2J
        waiting for you: open this page and reject the consent, for the reason `reject_other`:
          https://aa.example/c/2
        ");
    }

    /// The place of a step; steps of different places may be called the same.
    fn at(start: u32) -> Span {
        Span {
            file: FileId(0),
            start,
            end: start + 1,
        }
    }

    fn polled(span: Span, label: &str, failures: Vec<Failure>) -> Event {
        let status = match failures.as_slice() {
            [] => Status::Passed,
            _ => Status::Failed,
        };
        let step = Arc::new(StepOutcome {
            span,
            kind: StepKind::Request,
            label: label.into(),
            summary: String::new(),
            status,
            began: Duration::ZERO,
            duration: Duration::from_secs(23),
            tries: 4,
            retries: 0,
            failures,
            exchanges: Vec::new(),
            snapshot: None,
            pages: Vec::new(),
            written: None,
        });
        Event::StepFinished { case: 0, step }
    }

    #[test]
    fn what_came_of_a_person_s_answer_is_said_once() {
        let mut written = Vec::new();
        let mut live = Live::new(&mut written, Color::Plain, None, Screen::default(), true);
        let wanted = Event::ConsentWanted {
            case: 0,
            url: "https://aa.example/c/1".into(),
            decision: "approve".into(),
            reason: None,
        };
        let polling = Event::Polling {
            case: 0,
            span: at(2),
            label: "active".into(),
            left: Duration::from_secs(60),
        };
        let rejected = Failure::new(FailureKind::Mismatch, None, "it is REJECTED");
        for event in [
            wanted.clone(),
            polled(at(1), "approve", vec![]),
            polling.clone(),
            // In the middle of it, and called the same.
            polled(at(0), "login.active", vec![]),
            polled(at(2), "active", vec![]),
            polled(at(3), "later", vec![]),
            wanted,
            polling,
            polled(at(2), "active", vec![rejected]),
        ] {
            live.on_event(&event).unwrap();
        }
        let written = String::from_utf8(written).unwrap();
        assert_eq!(written.matches("https://aa.example/c/1").count(), 2);
        assert_eq!(
            written
                .matches("thank you: `active` passed after 23s")
                .count(),
            1
        );
        assert!(written.ends_with("no longer waiting: `active` after 23s: it is REJECTED\n"));
        assert!(written.contains('█'), "the link is a code too");
        assert!(!written.contains("later"));
    }
}
