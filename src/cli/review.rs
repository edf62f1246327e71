//! `sammati review`: pending snapshots, each with what changed, and a person's decision.

use clap::Args;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::decide;
use super::environment::World;
use super::exit::Exit;
use super::interview;
use super::meanwhile::Watch;
use super::project;
use super::review_web::{self, Errand};
use super::source::Source;
use super::terminal;
use crate::model::change::Change;
use crate::model::outcome::DiffLine;
use crate::report::{Drawing, Palette, ReviewOwner, ReviewPage, plural, shown_path};
use crate::snapshot::agenda::{Agenda, Answer, Question};
use crate::snapshot::decision;
use crate::snapshot::pending::{self, Comparison, Pending, compare_all};
use crate::snapshot::{SnapshotFile, StoreError};

/// Look at pending snapshots and decide on each
///
/// A change that several snapshots have is shown once and taken once; a snapshot that has another change
/// besides is shown by itself after that. Where there is no terminal, the list and the diffs are printed, and
/// the exit status is 1 if anything is pending.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// Pending files, snapshots, folders of them, scenarios, or the folder of a run's --output [default: all]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Show it in a browser on this machine, at an address that is printed
    #[arg(long)]
    web: bool,
    /// Where --web listens: an address of this machine's own; port 0 takes a free one
    #[arg(
        long,
        value_name = "ADDRESS",
        requires = "web",
        default_value = "127.0.0.1:0",
        value_parser = loopback
    )]
    listen: SocketAddr,
}

const EXAMPLES: &str = "\
Examples:
  sammati review                                    everything that is pending
  sammati review scenarios/consent_to_data.yaml     those of a scenario
  sammati review downloaded/                        what a run in CI left in its --output
  sammati review --web                              in a browser
  sammati review | less                             to read only";

/// An address that other machines cannot reach.
fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text
        .parse()
        .map_err(|_| "an address is an IP and a port, such as `127.0.0.1:8080`".to_owned())?;
    if address.ip().is_loopback() {
        Ok(address)
    } else {
        Err(
            "other machines could reach that; use `127.0.0.1:PORT`, and a tunnel from elsewhere"
                .into(),
        )
    }
}

/// Where there is no terminal whose width could be asked for.
const WIDTH: usize = 100;
/// So many equal lines are shown on each side of a difference.
const CONTEXT: usize = 3;

/// What is reviewed.
pub(super) struct Material<'a> {
    pub(super) entries: Vec<Entry>,
    root: PathBuf,
    world: &'a World,
}

/// A pending snapshot with what it changes.
pub(super) struct Entry {
    pub(super) pending: Pending,
    pub(super) is_new: bool,
    /// Why it can only be rejected.
    pub(super) problem: Option<String>,
    pub(super) changes: Vec<Change>,
}

/// Reviews, in the terminal or as text.
pub(super) fn review(arguments: &Arguments, world: &World) -> Exit {
    let root = project::root(&world.folder).join("snapshots");
    let done = if arguments.web {
        review_in_browser(arguments, root, world)
    } else {
        let source = Source::new(&arguments.paths, &root);
        choose(&arguments.paths, &root, world)
            .map(|chosen| review_here(chosen, source, root, world))
    };
    done.unwrap_or_else(|message| {
        world.error(&message);
        Exit::WrongInput
    })
}

fn review_here(chosen: Vec<Pending>, source: Source, root: PathBuf, world: &World) -> Exit {
    let compared = compare_all(chosen).into_iter();
    let entries = compared.map(Entry::compared).filter(Entry::is_left);
    let entries: Vec<Entry> = entries.collect();
    let mut material = Material {
        entries,
        root,
        world,
    };
    let done = if material.entries.is_empty() {
        say("nothing is pending\n").map(|()| Exit::Passed)
    } else if world.terminal.can_ask {
        interview::hold(&mut material, Watch::new(source), world)
    } else {
        print(&material)
    };
    done.unwrap_or_else(|error| {
        world.error(&format!("the review cannot be written: {error}"));
        Exit::CouldNotRun
    })
}

/// Where all is meant, nothing is read before the page can be opened.
fn review_in_browser(arguments: &Arguments, root: PathBuf, world: &World) -> Result<Exit, String> {
    let chosen = if arguments.paths.is_empty() {
        pending::listed(&root).map_err(|error| error.to_string())?
    } else {
        let chosen = choose(&arguments.paths, &root, world)?;
        chosen.iter().map(Pending::listed).collect()
    };
    let source = Source::new(&arguments.paths, &root);
    if chosen.is_empty() {
        return Ok(review_here(Vec::new(), source, root, world));
    }
    Ok(review_web::serve(Errand {
        chosen,
        source,
        root,
        listen: arguments.listen,
        world,
    }))
}

/// A folder with nothing in it is no mistake here, one that is not there is.
fn choose(paths: &[PathBuf], root: &Path, world: &World) -> Result<Vec<Pending>, String> {
    let chosen = decide::choose(paths, paths.is_empty(), root);
    let are_there = || paths.iter().all(|path| world.folder.join(path).exists());
    chosen.or_else(|message| {
        if are_there() {
            Ok(Vec::new())
        } else {
            Err(message)
        }
    })
}

/// Everything, one page after the other, with no decision.
fn print(material: &Material<'_>) -> io::Result<Exit> {
    let mut stdout = terminal::stdout();
    let drawing = Drawing {
        palette: Palette::new(material.world.terminal.stdout),
        width: WIDTH,
        rows: None,
        is_beside: false,
        is_full: false,
    };
    let mut agenda = material.agenda();
    let mut open = agenda.open();
    while let Some(question) = agenda.next_question() {
        let mut page = Page::new(material, &question, open);
        writeln!(stdout, "{}", page.get(CONTEXT).draw(&drawing))?;
        // Only so that what was printed is not printed again.
        let printed = agenda.answer(&question, Answer::Accept);
        open -= printed.len();
    }
    let count = material.entries.len();
    let verb = if count == 1 { "is" } else { "are" };
    writeln!(
        stdout,
        "{} {verb} pending: `sammati review` in a terminal, or `sammati accept` and `reject` with paths",
        plural(count, "snapshot")
    )?;
    stdout.flush()?;
    Ok(Exit::Failed)
}

fn say(text: &str) -> io::Result<()> {
    let mut stdout = terminal::stdout();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

impl Entry {
    pub(super) fn new(mut pending: Pending) -> Entry {
        let comparison = pending.compare();
        Entry::compared((pending, comparison))
    }

    pub(super) fn compared(
        (pending, comparison): (Pending, Result<Comparison, StoreError>),
    ) -> Entry {
        let (is_new, problem, changes) = match comparison {
            Ok(Comparison::New) => (true, None, Vec::new()),
            Ok(Comparison::Changed(changes)) => (false, None, changes),
            Err(error) => (false, Some(error.to_string()), Vec::new()),
        };
        Entry {
            pending,
            is_new,
            problem,
            changes,
        }
    }

    /// Whether it is the same response, beside the same accepted one.
    pub(super) fn is_as(&self, other: &Entry) -> bool {
        self.pending.is_as(&other.pending)
            && (self.is_new, &self.problem) == (other.is_new, &other.problem)
            && self.changes == other.changes
    }

    /// Whether there is anything to decide. What is accepted already, an accept that was killed may have left, and it
    /// is put away; where that cannot be done it is asked about.
    pub(super) fn is_left(&self) -> bool {
        let is_accepted = !self.is_new && self.problem.is_none() && self.changes.is_empty();
        !(is_accepted && decision::put_away(&self.pending).unwrap_or(false))
    }

    /// The scenario's file; empty if that cannot be read.
    pub(super) fn source(&self) -> &str {
        let file = self.pending.file.as_ref();
        file.map_or("", |file| file.source.as_str())
    }

    /// How it is called where it stands at that path.
    pub(super) fn owner(&self, path: String, others: usize, accepted: usize) -> ReviewOwner {
        let none = SnapshotFile::default();
        let file = self.pending.file.as_ref().unwrap_or(&none);
        let known = |text: &str, instead: &str| {
            let is_unread = file.source.is_empty();
            if is_unread { instead } else { text }.to_owned()
        };
        ReviewOwner {
            step: known(&file.expression, ""),
            scenario: known(&file.source, &path),
            case: file.case.clone(),
            request: format!("{} {}", file.method, file.url),
            path,
            others,
            accepted,
        }
    }
}

impl Material<'_> {
    pub(super) fn agenda(&self) -> Agenda {
        Agenda::new(
            self.entries
                .iter()
                .map(|entry| entry.changes.clone())
                .collect(),
        )
    }

    /// Where an accepted snapshot stands, as it is shown.
    pub(super) fn shown(&self, entry: &Entry) -> String {
        shown_path(&self.root.join(&entry.pending.below), &self.world.folder)
    }
}

/// What is shown of a question.
pub(super) struct Page<'a> {
    owners: Vec<ReviewOwner>,
    entry: &'a Entry,
    changes: &'a [Change],
    diff: Vec<DiffLine>,
    problem: Option<String>,
    open: usize,
    folder: &'a Path,
}

impl<'a> Page<'a> {
    pub(super) fn new(material: &'a Material<'_>, question: &'a Question, open: usize) -> Page<'a> {
        let mut members = question.members.clone();
        // The one with the least else in it shows the change best.
        members.sort_by_key(|member| (member.others, member.index));
        let owners = members
            .iter()
            .filter_map(|member| {
                let entry = material.entries.get(member.index)?;
                let path = material.shown(entry);
                Some(entry.owner(path, member.others, member.accepted))
            })
            .collect();
        let first = members.first().map_or(0, |member| member.index);
        let entry = &material.entries[first];
        let problem = entry.problem.as_deref();
        Page {
            owners,
            entry,
            changes: &question.changes,
            diff: Vec::new(),
            problem: problem.map(|it| shortened(it, &material.world.folder)),
            open,
            folder: &material.world.folder,
        }
    }

    /// With the diff, which has so many equal lines around each difference.
    pub(super) fn get(&mut self, context: usize) -> ReviewPage<'_> {
        match self.entry.pending.diff_with_context(context) {
            Ok(diff) => self.diff = diff,
            Err(error) => self.problem = Some(shortened(&error.to_string(), self.folder)),
        }
        ReviewPage {
            owners: &self.owners,
            changes: self.changes,
            is_new: self.entry.is_new,
            problem: self.problem.as_deref(),
            diff: &self.diff,
            open: self.open,
        }
    }

    /// Whether it can be accepted.
    pub(super) fn is_sound(&self) -> bool {
        self.problem.is_none()
    }
}

/// A message with paths as they are seen from the working folder.
pub(super) fn shortened(message: &str, folder: &Path) -> String {
    let folder = format!("`{}{}", folder.display(), std::path::MAIN_SEPARATOR);
    message.replace(&folder, "`")
}

/// How many equal lines there are around a difference.
pub(super) fn context(is_full: bool) -> usize {
    if is_full { usize::MAX } else { CONTEXT }
}
