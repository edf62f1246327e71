//! A review in a terminal: a page, a key, the decision on disk, the next page.
//!
//! Pages are printed one below the other, so that what was decided can be read again by scrolling back. What becomes of
//! the files while a page is there is shown on it. The terminal is out of its usual mode only while a key is waited for.

mod keyboard;
mod keys;
mod screen;

use console::Key;
use std::collections::BTreeSet;
use std::io::{self, Write};

use super::decide::tell_failures;
use super::environment::World;
use super::exit::Exit;
use super::meanwhile::{News, Watch, naming};
use super::review::{Entry, Material, Page, context};
use super::terminal;
use crate::report::{Drawing, Palette, plural};
use crate::snapshot::agenda::{Agenda, Answer, Question, Stop};
use crate::snapshot::decision;
use crate::snapshot::pending::Pending;
use keyboard::{Event, Keyboard, Listening};
use keys::{Bar, NARROWEST, Wish, bar, bar_of_news, help, meaning};
use screen::Sheet;

/// Pages are not drawn wider: a line that long cannot be followed.
const WIDEST: usize = 200;

/// How many came to what.
#[derive(Default)]
struct Tally {
    accepted: usize,
    rejected: usize,
    /// Decided on by somebody else meanwhile.
    elsewhere: usize,
    /// The snapshots that could not be decided on, and still are not.
    failed: BTreeSet<usize>,
}

/// A review that goes on.
struct Interview<'a, 'm, W> {
    material: &'a mut Material<'m>,
    agenda: Agenda,
    tally: Tally,
    watch: Watch,
    keyboard: Keyboard,
    drawing: Drawing,
    /// The page that is shown.
    sheet: Sheet,
    /// Whether it can be accepted.
    is_sound: bool,
    /// Whether the help stands below it.
    is_help: bool,
    world: &'a World,
    out: W,
}

/// What a question came to.
enum Outcome {
    Answer(Question, Answer),
    /// It is not what it was when it was shown.
    Over,
    Quit(Exit),
}

/// What a wait for a key came to.
enum Heard {
    Wish(Wish),
    Resized,
    News,
}

/// Asks about everything, or until the person has enough.
pub(super) fn hold(material: &mut Material<'_>, watch: Watch, world: &World) -> io::Result<Exit> {
    let agenda = material.agenda();
    let interview = Interview {
        material,
        agenda,
        tally: Tally::default(),
        watch,
        keyboard: Keyboard::new()?,
        drawing: Drawing {
            palette: Palette::new(world.terminal.stdout),
            width: 0,
            rows: None,
            is_beside: false,
            is_full: false,
        },
        sheet: Sheet::default(),
        is_sound: true,
        is_help: false,
        world,
        out: terminal::stdout(),
    };
    interview.hold()
}

impl Tally {
    /// Takes note of those on which somebody else has decided.
    fn note(&mut self, news: &News) {
        for index in news.lost() {
            self.elsewhere += 1;
            self.failed.remove(&index);
        }
    }
}

impl<W: Write> Interview<'_, '_, W> {
    fn hold(mut self) -> io::Result<Exit> {
        let mut exit = Exit::Passed;
        while let Some(question) = self.agenda.next_question() {
            match self.ask(question)? {
                Outcome::Answer(question, answer) => self.take(question, answer)?,
                Outcome::Over => {}
                Outcome::Quit(by) => {
                    exit = by;
                    break;
                }
            }
            let told = self.catch_up(None).1;
            write!(self.out, "{told}")?;
        }
        let tally = &self.tally;
        let decided = tally.accepted + tally.rejected + tally.elsewhere;
        let pending = self.material.entries.len() - decided;
        let elsewhere = match tally.elsewhere {
            0 => String::new(),
            count => format!(", {count} decided elsewhere"),
        };
        writeln!(
            self.out,
            "{} accepted, {} rejected{elsewhere}, {pending} still pending",
            tally.accepted, tally.rejected
        )?;
        self.out.flush()?;
        Ok(match exit {
            Exit::Passed if !tally.failed.is_empty() => Exit::CouldNotRun,
            other => other,
        })
    }

    /// Shows a question until there is an answer, or the wish to end, or something else is to be asked.
    fn ask(&mut self, mut question: Question) -> io::Result<Outcome> {
        self.drawing.is_full = false;
        self.show(&question)?;
        self.watch.note(&self.material.entries);
        let listening = Listening::new();
        loop {
            let heard = self.wait(&question, &listening)?;
            let wish = match heard {
                Heard::Wish(wish) => wish,
                Heard::Resized => {
                    self.show(&question)?;
                    continue;
                }
                Heard::News => match self.renew(&question)? {
                    Some(now) => {
                        question = now;
                        continue;
                    }
                    None => return self.wait_for_any(&listening),
                },
            };
            match wish {
                Wish::Answer(answer) => return Ok(Outcome::Answer(question, answer)),
                Wish::Quit => return Ok(Outcome::Quit(Exit::Passed)),
                Wish::End(exit) => return Ok(Outcome::Quit(exit)),
                Wish::Full => self.drawing.is_full = !self.drawing.is_full,
                Wish::Beside => self.drawing.is_beside = !self.drawing.is_beside,
                Wish::Help => {
                    let help = format!("{}\n", help(self.drawing.width));
                    self.sheet.go_on(&help, &mut self.out)?;
                    self.is_help = true;
                    continue;
                }
            }
            // Whoever looks again sees what is there now.
            if self.has_news(&question) {
                let (now, told) = self.keep(&question);
                write!(self.out, "{told}")?;
                match now {
                    Some(now) => question = now,
                    None => return Ok(Outcome::Over),
                }
            }
            self.show(&question)?;
        }
    }

    /// Writes the page of a question below what is there.
    fn show(&mut self, question: &Question) -> io::Result<()> {
        let size = self.keyboard.size();
        self.drawing.width = usize::from(size.1).clamp(NARROWEST, WIDEST);
        self.drawing.rows = Some(size.0.into());
        self.is_help = false;
        let text = self.draw(question);
        self.sheet.begin(&text, size, &mut self.out)
    }

    /// The page of a question, the help where it is wanted, and an empty line.
    fn draw(&mut self, question: &Question) -> String {
        let mut page = Page::new(self.material, question, self.agenda.open());
        let mut text = page.get(context(self.drawing.is_full)).draw(&self.drawing);
        self.is_sound = page.is_sound();
        text.push('\n');
        if self.is_help {
            text.push_str(&help(self.drawing.width));
            text.push('\n');
        }
        text
    }

    /// Waits below a line of keys for one that means something. The line is gone then, unless there are news.
    fn wait(&mut self, question: &Question, listening: &Listening) -> io::Result<Heard> {
        let bar = bar(self.is_sound, &self.drawing);
        write!(self.out, "\r{}\x1b[K", bar.text)?;
        self.out.flush()?;
        let heard = loop {
            let (failed, agenda) = (&self.tally.failed, &self.agenda);
            let drawn = self.sheet.size();
            let has_news = || self.watch.has_news(self.material, agenda, question, failed);
            break match self.keyboard.next(listening, drawn, has_news) {
                Event::Key(key) => match meaning(&key) {
                    Some(Wish::Answer(Answer::Accept)) if !self.is_sound => continue,
                    Some(wish) => Heard::Wish(wish),
                    None => continue,
                },
                Event::End(exit) => Heard::Wish(Wish::End(exit)),
                Event::Gone => Heard::Wish(Wish::Quit),
                Event::Resized => Heard::Resized,
                Event::News => return Ok(Heard::News),
            };
        };
        self.clear(&bar)?;
        Ok(heard)
    }

    /// Takes the line of keys away.
    fn clear(&mut self, bar: &Bar) -> io::Result<()> {
        // A window that has become narrower meanwhile has broken the line.
        let (_, columns) = self.keyboard.size();
        let rows = bar.columns.div_ceil(usize::from(columns).max(1));
        let up = match rows {
            0 | 1 => String::new(),
            rows => format!("\x1b[{}A", rows - 1),
        };
        write!(self.out, "\r{up}\x1b[J")?;
        self.out.flush()
    }

    /// Takes up what is new, and shows it where the question stands, which is given as it is now. Where it is asked no more,
    /// or about something else, only that is told: a key that is being pressed is not meant for what comes next.
    fn renew(&mut self, question: &Question) -> io::Result<Option<Question>> {
        let (now, told) = self.keep(question);
        let Some(now) = now else {
            write!(self.out, "\r\x1b[J{told}")?;
            return Ok(None);
        };
        if told.is_empty() && now == *question {
            return Ok(Some(now));
        }
        write!(self.out, "\r")?;
        if self.sheet.is_in_sight(self.keyboard.size()) {
            let text = self.draw(&now);
            self.sheet.replace(&told, &text, &mut self.out)?;
        } else {
            // Whoever reads a long page stays where he is.
            let told = format!("\x1b[J{told}");
            self.sheet.go_on(&told, &mut self.out)?;
        }
        Ok(Some(now))
    }

    /// Takes up what is new. Gives the question as it is now, unless it is another, and what is told.
    fn keep(&mut self, question: &Question) -> (Option<Question>, String) {
        let (news, told) = self.catch_up(Some(question.stop));
        let is_other = match question.stop {
            // Of those that share a change, the change is what is asked about.
            Stop::Shared(_) => false,
            Stop::Snapshot(index) => news.has_changed(index),
        };
        let now = self.agenda.question(question.stop);
        (now.filter(|_| !is_other), told)
    }

    fn has_news(&mut self, question: &Question) -> bool {
        let failed = &self.tally.failed;
        self.watch
            .has_news(self.material, &self.agenda, question, failed)
    }

    fn catch_up(&mut self, kept: Option<Stop>) -> (News, String) {
        let failed = &self.tally.failed;
        let news = self
            .watch
            .catch_up(self.material, &mut self.agenda, failed, kept);
        self.tally.note(&news);
        let told = news.told(self.material, &self.drawing.palette);
        (news, told)
    }

    /// Waits for a person who has seen that the question is over.
    fn wait_for_any(&mut self, listening: &Listening) -> io::Result<Outcome> {
        let bar = bar_of_news(&self.drawing);
        write!(self.out, "{}", bar.text)?;
        self.out.flush()?;
        let outcome = loop {
            break match self.keyboard.next(listening, self.sheet.size(), || false) {
                Event::Key(Key::Char('q' | 'Q' | '\u{4}')) | Event::Gone => {
                    Outcome::Quit(Exit::Passed)
                }
                Event::Key(_) => Outcome::Over,
                Event::End(exit) => Outcome::Quit(exit),
                Event::Resized | Event::News => continue,
            };
        };
        self.clear(&bar)?;
        Ok(outcome)
    }

    /// Takes an answer, as far as there still is something to decide, and puts it on disk.
    fn take(&mut self, mut question: Question, answer: Answer) -> io::Result<()> {
        let gone = self
            .watch
            .without_gone(self.material, &mut self.agenda, &mut question);
        self.tally.note(&gone);
        let told = gone.told(self.material, &self.drawing.palette);
        write!(self.out, "{told}")?;
        let decided = self.agenda.answer(&question, answer);
        let failed = settle(
            self.material,
            &question,
            &decided,
            answer,
            &mut self.tally,
            self.world,
            &mut self.out,
        )?;
        ask_anew(self.material, &mut self.agenda, failed);
        Ok(())
    }
}

/// What could not be decided on because it is not what was shown is shown as it is now.
fn ask_anew(material: &mut Material<'_>, agenda: &mut Agenda, failed: Vec<usize>) {
    for index in failed {
        let entry = &mut material.entries[index];
        let Some(now) = entry.pending.listed().read().map(Entry::new) else {
            continue;
        };
        if !now.is_as(entry) {
            agenda.replace(index, now.changes.clone());
            *entry = now;
        }
    }
}

/// Puts the decision on disk and says so. Gives those with which that was not possible.
fn settle(
    material: &Material<'_>,
    question: &Question,
    decided: &[usize],
    answer: Answer,
    tally: &mut Tally,
    world: &World,
    out: &mut impl Write,
) -> io::Result<Vec<usize>> {
    let palette = Palette::new(world.terminal.stdout);
    let (word, style) = match answer {
        Answer::Accept => ("accepted", palette.good),
        Answer::Reject => ("rejected", palette.removed),
        Answer::Skip => ("skipped", palette.dim),
    };
    let mut done_to = Vec::new();
    let entries: Vec<_> = decided.iter().map(|it| &material.entries[*it]).collect();
    let all: Vec<&Pending> = entries.iter().map(|entry| &entry.pending).collect();
    let done = match answer {
        Answer::Accept => decision::accept(&all),
        Answer::Reject => decision::reject(&all),
        Answer::Skip => vec![Ok(()); all.len()],
    };
    let (mut failures, mut failed) = (Vec::new(), Vec::new());
    for ((done, entry), index) in done.into_iter().zip(entries).zip(decided) {
        match (done, answer) {
            (Ok(()), Answer::Accept) => tally.accepted += 1,
            (Ok(()), Answer::Reject) => tally.rejected += 1,
            (Ok(()), Answer::Skip) => {}
            (Err(error), _) => {
                failures.push(error.to_string());
                failed.push(*index);
                tally.failed.insert(*index);
                continue;
            }
        }
        if answer != Answer::Skip {
            tally.failed.remove(index);
        }
        done_to.push(material.shown(entry));
    }
    out.flush()?;
    tell_failures(&failures, world);
    write!(
        out,
        "{}",
        naming(&format!("{style}{word}{style:#}"), &done_to)
    )?;
    let open = question.members.len() - decided.len();
    if open > 0 {
        let verb = if open == 1 { "follows" } else { "follow" };
        let these = plural(open, "snapshot with other changes");
        let these = these.replace(
            "snapshot with other changess",
            "snapshots with other changes",
        );
        writeln!(out, "   {these} {verb}")?;
    }
    writeln!(out)?;
    Ok(failed)
}
