//! What is going on right now, on stderr: a line for each case that runs, and links that a
//! person must open.
//!
//! The lines are drawn by a thread of their own, and only for cases that take longer than the
//! eye needs to see them: a quick run starts no thread and draws nothing.

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::qr;
use super::style::{Palette, paint};
use super::text::visible_line;
use super::width;
use crate::model::diagnostic::Color;
use crate::model::duration;
use crate::model::outcome::{CaseNumber, Event, RunOutcome, Status, StepOutcome};
use crate::model::source::Span;

/// A case that ends sooner gets no line.
const PATIENCE: Duration = Duration::from_millis(200);
/// How often lines are drawn.
const TICK: Duration = Duration::from_millis(100);
/// More lines would scroll away what they stand under.
const MOST_LINES: usize = 12;
/// Rows that are left to what they stand under, on a terminal that has few.
const OTHER_ROWS: usize = 4;
/// What stands on a line beside the name and how far the case is.
const MARGINS: usize = 4;

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

enum Message {
    /// The scenario's name, and what tells the case from its others.
    Started(CaseNumber, String, String),
    Step(CaseNumber, String),
    Polling(CaseNumber, String, Instant),
    Finished(CaseNumber),
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

struct Line {
    case: CaseNumber,
    name: String,
    which: String,
    steps: usize,
    last: String,
    since: Instant,
    /// The step that polls, and until when.
    polling: Option<(String, Instant)>,
    bar: Option<ProgressBar>,
}

impl Line {
    /// How far the case has come: how long it has run, or how long it will wait still.
    fn progress(&self, now: Instant) -> String {
        if let Some((label, until)) = &self.polling {
            let left = until.saturating_duration_since(now).as_secs_f64().ceil();
            let left = duration::display(Duration::from_secs_f64(left));
            return format!("`{label}` waits, {left} left");
        }
        let seconds = now.saturating_duration_since(self.since).as_secs();
        let seconds = duration::display(Duration::from_secs(seconds));
        if self.last.is_empty() {
            seconds
        } else {
            format!("after step {} `{}`, {seconds}", self.steps, self.last)
        }
    }
}

/// The name in so many columns. Where it is cut, what tells the case from its others stays.
fn fitted(name: &str, which: &str, room: usize) -> String {
    if width::columns(name) + width::columns(which) <= room {
        return format!("{name}{which}");
    }
    let (part, _) = width::split(name, room.saturating_sub(width::columns(which) + 1));
    format!("{}…{which}", part.trim_end())
}

fn draw(multi: &MultiProgress, inbox: &Receiver<Message>, color: Color, size: fn() -> (u16, u16)) {
    let palette = Palette::new(color);
    // A long name is cut, so that how far its case is stays on the line.
    let template = if color == Color::Ansi {
        "{spinner:.cyan} {wide_msg}  {prefix}"
    } else {
        "{spinner} {wide_msg}  {prefix}"
    };
    let style = ProgressStyle::with_template(template)
        .expect("the template is right")
        .tick_chars("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ ");
    let mut lines: Vec<Line> = Vec::new();
    let mut others = Others::default();
    let mut drawn = Instant::now();
    loop {
        match inbox.recv_timeout(TICK.saturating_sub(drawn.elapsed())) {
            Ok(Message::Started(case, name, which)) => lines.push(Line {
                case,
                name,
                which,
                steps: 0,
                last: String::new(),
                since: Instant::now(),
                polling: None,
                bar: None,
            }),
            Ok(Message::Step(case, label)) => {
                if let Some(line) = lines.iter_mut().find(|line| line.case == case) {
                    line.steps += 1;
                    line.last = label;
                    line.polling = None;
                }
            }
            Ok(Message::Polling(case, label, until)) => {
                if let Some(line) = lines.iter_mut().find(|line| line.case == case) {
                    line.polling = Some((label, until));
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
        let (rows, columns) = size();
        let most = usize::from(rows)
            .saturating_sub(OTHER_ROWS)
            .clamp(1, MOST_LINES);
        let long = lines
            .iter_mut()
            .filter(|line| line.since.elapsed() >= PATIENCE);
        let mut count = 0;
        for line in long {
            count += 1;
            // One that has a line keeps it, so that lines do not jump.
            if count > most && line.bar.is_none() {
                continue;
            }
            let progress = line.progress(Instant::now());
            let room = usize::from(columns).saturating_sub(width::columns(&progress) + MARGINS);
            let bar = line.bar.get_or_insert_with(|| {
                let bar = ProgressBar::new_spinner().with_style(style.clone());
                others.before(multi, bar)
            });
            bar.set_message(fitted(&line.name, &line.which, room));
            bar.set_prefix(paint(palette.dim, progress).to_string());
            bar.tick();
        }
        others.show(multi, count.saturating_sub(most), &palette);
    }
    for line in &lines {
        if let Some(bar) = &line.bar {
            bar.finish_and_clear();
        }
    }
    others.show(multi, 0, &palette);
}

/// The last line, where there are more cases than lines.
#[derive(Default)]
struct Others(Option<ProgressBar>);

impl Others {
    /// Adds a line above this one.
    fn before(&self, multi: &MultiProgress, bar: ProgressBar) -> ProgressBar {
        match &self.0 {
            Some(last) => multi.insert_before(last, bar),
            None => multi.add(bar),
        }
    }

    fn show(&mut self, multi: &MultiProgress, count: usize, palette: &Palette) {
        if count == 0 {
            if let Some(bar) = self.0.take() {
                bar.finish_and_clear();
                multi.remove(&bar);
            }
            return;
        }
        let bar = self.0.get_or_insert_with(|| {
            let style =
                ProgressStyle::with_template("  {wide_msg}").expect("the template is right");
            multi.add(ProgressBar::new_spinner().with_style(style))
        });
        bar.set_message(paint(palette.dim, format!("… and {count} more")).to_string());
        bar.tick();
    }
}

#[cfg(test)]
mod tests {
    use super::super::Reporter;
    use super::*;
    use crate::model::outcome::{Failure, FailureKind, StepKind};
    use crate::model::source::FileId;

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

    #[test]
    fn a_name_that_is_cut_still_says_which_case_it_is() {
        assert_eq!(fitted("Pay", " [late]", 10), "Pay [late]");
        assert_eq!(fitted("Pay the rent", " [late]", 12), "Pay… [late]");
        assert_eq!(fitted("支付租金", " [a]", 9), "支付… [a]");
        assert_eq!(fitted("Pay", " [very late]", 6), "P… [very late]");
    }

    #[test]
    fn a_line_counts_down_while_its_case_polls() {
        let now = Instant::now();
        let mut line = Line {
            case: 0,
            name: "a".into(),
            which: String::new(),
            steps: 2,
            last: "approve".into(),
            since: now,
            polling: Some(("active".into(), now + Duration::from_secs(272))),
            bar: None,
        };
        assert_eq!(line.progress(now), "`active` waits, 4m32s left");
        line.polling = None;
        assert_eq!(line.progress(now), "after step 2 `approve`, 0ms");
    }
}
