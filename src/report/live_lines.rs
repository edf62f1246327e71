//! The lines of cases that run, as they are drawn.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::style::{Palette, paint};
use super::width;
use crate::model::diagnostic::Color;
use crate::model::duration;
use crate::model::outcome::CaseNumber;

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

/// What is to be seen of a case.
pub(super) enum Message {
    /// The scenario's name, and what tells the case from its others.
    Started(CaseNumber, String, String),
    Step(CaseNumber, String),
    Polling(CaseNumber, String, Instant),
    Finished(CaseNumber),
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

/// Draws until the sender is gone.
pub(super) fn draw(
    multi: &MultiProgress,
    inbox: &Receiver<Message>,
    color: Color,
    size: fn() -> (u16, u16),
) {
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
    use super::*;

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
