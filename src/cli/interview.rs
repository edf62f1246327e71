//! A review in a terminal: a page, a key, the decision on disk, the next page.
//!
//! Pages are printed one below the other, so that what was decided can be read again by scrolling back. The terminal
//! is out of its usual mode only while a key is waited for.

use console::{Key, Term};
use std::collections::BTreeSet;
use std::io::{self, Write};

use super::decide::tell_failures;
use super::environment::World;
use super::exit::Exit;
use super::interrupt::Noticed;
use super::meanwhile::{News, Watch, name_all};
use super::review::{Entry, Material, Page, context};
use super::terminal;
use crate::report::{Drawing, Palette, plural, wrapped};
use crate::snapshot::agenda::{Agenda, Answer, Question};
use crate::snapshot::decision;
use crate::snapshot::pending::Pending;

/// Pages are not drawn wider: a line that long cannot be followed.
const WIDEST: usize = 200;
/// In a window that is narrower still, the terminal wraps.
const NARROWEST: usize = 20;

/// What the keys do.
const KEYS: [(char, &str); 6] = [
    (
        'a',
        "accept: the new response becomes the snapshot, on disk at once",
    ),
    (
        'r',
        "reject: the pending file is deleted, the accepted snapshot stays",
    ),
    ('s', "skip: nothing changes, and the snapshot stays pending"),
    (
        'd',
        "the whole diff, or only what changed with a few lines around it",
    ),
    (
        'w',
        "the old and the new side by side, or one below the other",
    ),
    (
        'q',
        "quit: what was decided stays decided, the rest stays pending",
    ),
];

const SHARED: &str = "A change that several snapshots have is asked about once. A snapshot with other changes is decided \
                      on by itself, after that.";

/// Help is not read in longer lines.
const WIDEST_HELP: usize = 80;

/// What a key means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    Answer(Answer),
    Full,
    Beside,
    Help,
    Quit,
    /// To see what came meanwhile.
    News,
    /// By a signal, or the key that makes one.
    End(Exit),
}

/// Keys, and what else may end a review.
struct Keyboard {
    terminal: Term,
    noticed: Noticed,
}

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

/// Asks about everything, or until the person has enough.
pub(super) fn hold(
    material: &mut Material<'_>,
    mut watch: Watch,
    world: &World,
) -> io::Result<Exit> {
    let mut keyboard = Keyboard {
        terminal: Term::stdout(),
        noticed: Noticed::new()?,
    };
    let mut out = terminal::stdout();
    let mut drawing = Drawing {
        palette: Palette::new(world.terminal.stdout),
        width: 0,
        rows: None,
        is_beside: false,
        is_full: false,
    };
    let mut agenda = material.agenda();
    let mut tally = Tally::default();
    let mut exit = Exit::Passed;
    while let Some(mut question) = agenda.next_question() {
        drawing.is_full = false;
        let asked = Asked {
            material,
            agenda: &agenda,
            question: &question,
            failed: &tally.failed,
        };
        let wish = ask(&asked, &mut watch, &mut drawing, &mut keyboard, &mut out)?;
        match wish {
            Wish::Answer(answer) => {
                let gone = watch.without_gone(material, &mut agenda, &mut question);
                tally.note(&gone);
                gone.tell(material, &drawing.palette, &mut out)?;
                let decided = agenda.answer(&question, answer);
                let failed = settle(
                    material, &question, &decided, answer, &mut tally, world, &mut out,
                )?;
                ask_anew(material, &mut agenda, failed);
            }
            Wish::News => {}
            Wish::End(by) => {
                exit = by;
                break;
            }
            _ => break,
        }
        let news = watch.catch_up(material, &mut agenda, &tally.failed);
        tally.note(&news);
        news.tell(material, &drawing.palette, &mut out)?;
    }
    let decided = tally.accepted + tally.rejected + tally.elsewhere;
    let pending = material.entries.len() - decided;
    let elsewhere = match tally.elsewhere {
        0 => String::new(),
        count => format!(", {count} decided elsewhere"),
    };
    writeln!(
        out,
        "{} accepted, {} rejected{elsewhere}, {pending} still pending",
        tally.accepted, tally.rejected
    )?;
    out.flush()?;
    Ok(match exit {
        Exit::Passed if !tally.failed.is_empty() => Exit::CouldNotRun,
        other => other,
    })
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

/// A question, and what it is one of.
struct Asked<'a, 'm> {
    material: &'a Material<'m>,
    agenda: &'a Agenda,
    question: &'a Question,
    failed: &'a BTreeSet<usize>,
}

/// Shows a question until its answer, or the wish to end, is given, or something is new when a key is pressed.
fn ask(
    asked: &Asked<'_, '_>,
    watch: &mut Watch,
    drawing: &mut Drawing,
    keyboard: &mut Keyboard,
    out: &mut impl Write,
) -> io::Result<Wish> {
    let Asked {
        material,
        agenda,
        question,
        failed,
    } = *asked;
    let mut page = Page::new(material, question, agenda.open());
    measure(&keyboard.terminal, drawing);
    let text = page.get(context(false)).draw(drawing);
    write!(out, "{text}")?;
    out.flush()?;
    watch.note(&material.entries);
    loop {
        let is_sound = page.is_sound();
        let wish = wish(keyboard, &bar(is_sound, drawing), is_sound, out)?;
        measure(&keyboard.terminal, drawing);
        let is_look = matches!(wish, Wish::Full | Wish::Beside | Wish::Help);
        if is_look && watch.has_news(material, agenda, question, failed) {
            return Ok(Wish::News);
        }
        match wish {
            Wish::Full => drawing.is_full = !drawing.is_full,
            Wish::Beside => drawing.is_beside = !drawing.is_beside,
            Wish::Help => {
                write!(out, "{}", help(drawing.width))?;
                continue;
            }
            other => return Ok(other),
        }
        let text = page.get(context(drawing.is_full)).draw(drawing);
        write!(out, "{text}")?;
    }
}

/// Waits below a line of keys for one that means something; the line is gone then.
fn wish(
    keyboard: &mut Keyboard,
    bar: &Bar,
    is_sound: bool,
    out: &mut impl Write,
) -> io::Result<Wish> {
    write!(out, "\n{}", bar.text)?;
    out.flush()?;
    let wish = loop {
        let key = keyboard.terminal.read_key_raw();
        // A signal ends the wait as Ctrl-C would. One that came a moment before it is seen here too, so that
        // no key decides anything after it.
        if let Some(exit) = keyboard.noticed.signal() {
            break Wish::End(exit);
        }
        // Without a key the terminal is gone.
        let Ok(key) = key else {
            break Wish::Quit;
        };
        match meaning(&key) {
            Some(Wish::Answer(Answer::Accept)) if !is_sound => {}
            Some(wish) => break wish,
            None => {}
        }
    };
    // A window that has become narrower meanwhile has broken the line.
    let (_, columns) = keyboard.terminal.size();
    let rows = bar.columns.div_ceil(usize::from(columns).max(1));
    let up = match rows {
        0 | 1 => String::new(),
        rows => format!("\x1b[{}A", rows - 1),
    };
    write!(out, "\r{up}\x1b[J")?;
    out.flush()?;
    Ok(wish)
}

fn meaning(key: &Key) -> Option<Wish> {
    Some(match key {
        Key::Char(letter) => match letter.to_ascii_lowercase() {
            'a' => Wish::Answer(Answer::Accept),
            'r' => Wish::Answer(Answer::Reject),
            's' => Wish::Answer(Answer::Skip),
            'd' => Wish::Full,
            'w' => Wish::Beside,
            '?' | 'h' => Wish::Help,
            // Ctrl-D, where the terminal gives it as a letter.
            'q' | '\u{4}' => Wish::Quit,
            _ => return None,
        },
        Key::CtrlC => Wish::End(Exit::Interrupted),
        _ => return None,
    })
}

/// The line of keys.
struct Bar {
    text: String,
    columns: usize,
}

fn bar(is_sound: bool, drawing: &Drawing) -> Bar {
    let palette = &drawing.palette;
    let full = if drawing.is_full { "folded" } else { "full" };
    let beside = if drawing.is_beside {
        "one column"
    } else {
        "side by side"
    };
    let keys = [
        ('a', "accept"),
        ('r', "reject"),
        ('s', "skip"),
        ('d', full),
        ('w', beside),
        ('?', "help"),
        ('q', "quit"),
    ];
    let keys = keys
        .iter()
        .filter(|(key, _)| is_sound || !"adw".contains(*key));
    let style = palette.accent;
    let with_words: usize = keys.clone().map(|(_, word)| word.len() + 4).sum();
    let is_room = with_words + 2 < drawing.width;
    let mut text = String::new();
    let mut columns = 2;
    for (key, word) in keys {
        if is_room {
            text.push_str(&format!("  {style}{key}{style:#} {word}"));
            columns += word.len() + 4;
        } else {
            text.push_str(&format!(" {style}{key}{style:#}"));
            columns += 2;
        }
    }
    text.push_str("  ");
    Bar { text, columns }
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
    name_all(out, &format!("{style}{word}{style:#}"), &done_to)?;
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

/// How large the window is now.
fn measure(terminal: &Term, drawing: &mut Drawing) {
    let (rows, columns) = terminal.size();
    drawing.width = usize::from(columns).clamp(NARROWEST, WIDEST);
    drawing.rows = Some(rows.into());
}

/// The help within so many columns.
fn help(columns: usize) -> String {
    let columns = columns.min(WIDEST_HELP);
    let mut text = "\n".to_owned();
    for (key, what) in KEYS {
        for (at, row) in wrapped(what, columns.saturating_sub(6)).iter().enumerate() {
            let key = if at == 0 { key } else { ' ' };
            text.push_str(&format!("   {key}  {row}\n"));
        }
    }
    text.push('\n');
    for row in wrapped(SHARED, columns.saturating_sub(3)) {
        text.push_str(&format!("   {row}\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::diagnostic::Color;

    #[test]
    fn help_and_keys_fit_into_the_window() {
        for columns in [NARROWEST, 40, 66, 80, 200] {
            let drawing = Drawing {
                palette: Palette::new(Color::Plain),
                width: columns,
                rows: None,
                is_beside: false,
                is_full: true,
            };
            for line in help(columns).lines() {
                assert!(line.chars().count() <= columns, "{columns}: {line}");
            }
            let Bar {
                text: bar,
                columns: taken,
            } = bar(true, &drawing);
            assert!(taken < columns, "{columns}: {bar}");
            assert_eq!(taken, bar.len());
            assert_eq!(bar.contains("accept"), columns > 70, "{bar}");
            assert!(bar.contains('?') && bar.contains('q'), "{bar}");
        }
    }
}
