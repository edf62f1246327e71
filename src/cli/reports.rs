//! The reports beside the one for people: which are wanted, where they are written, and that all are.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::environment::{self, World};
use super::report_file::{self, ReportFile};
use super::reports_apart::{Apart, Group};
use super::terminal;
use crate::model::outcome::{Event, RunOutcome, StepOutcome};
use crate::report::{
    Github, GithubSummary, Har, Html, Json, Junit, Ndjson, Noted, Reporter, RunFacts, StepWriter,
    Tap,
};
use crate::run::WriteStep;

/// Bytes that are written to a stream at once.
const BUFFER: usize = 128 * 1024;

/// A report's format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Junit,
    Json,
    Ndjson,
    Tap,
    Html,
    Har,
    Github,
}

/// A report that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    kind: Kind,
    /// None is stdout.
    file: Option<PathBuf>,
}

const KINDS: [(&str, Kind); 7] = [
    ("junit", Kind::Junit),
    ("json", Kind::Json),
    ("ndjson", Kind::Ndjson),
    ("tap", Kind::Tap),
    ("html", Kind::Html),
    ("har", Kind::Har),
    ("github", Kind::Github),
];

/// Reads `KIND[=FILE]`.
pub(super) fn parse(text: &str) -> Result<Wanted, String> {
    let (word, file) = match text.split_once('=') {
        Some((word, file)) => (word, Some(file)),
        None => (text, None),
    };
    let Some((_, kind)) = KINDS.into_iter().find(|(name, _)| *name == word) else {
        let names: Vec<&str> = KINDS.iter().map(|(name, _)| *name).collect();
        return Err(format!(
            "there is no report `{word}`; there are {}",
            names.join(", ")
        ));
    };
    if file == Some("") {
        return Err(format!("what follows `{word}=` must be a file's path"));
    }
    Ok(Wanted {
        kind,
        file: file.filter(|file| *file != "-").map(PathBuf::from),
    })
}

/// Whether some report shows what was sent and received by steps that passed too.
pub(super) fn show_exchanges(wanted: &[Wanted]) -> bool {
    let shows = |report: &Wanted| matches!(report.kind, Kind::Html | Kind::Har);
    wanted.iter().any(shows)
}

/// What writes steps where they run, if some report tells of each.
pub(super) fn writer(wanted: &[Wanted], facts: &Arc<RunFacts>) -> Option<WriteStep> {
    let tells = |report: &Wanted| {
        matches!(
            report.kind,
            Kind::Json | Kind::Ndjson | Kind::Html | Kind::Har
        )
    };
    let has_archive = wanted.iter().any(|report| report.kind == Kind::Har);
    wanted.iter().any(tells).then(|| {
        let writer = StepWriter::new(Arc::clone(facts), has_archive);
        Arc::new(move |step: &StepOutcome| writer.write(step)) as WriteStep
    })
}

/// Two reports cannot be written to one place.
pub(super) fn clash(wanted: &[Wanted]) -> Result<(), &'static str> {
    let places: Vec<Option<PathBuf>> = wanted
        .iter()
        .map(|report| report.file.as_deref().map(report_file::place))
        .collect();
    for (index, place) in places.iter().enumerate() {
        if places[..index].contains(place) {
            return Err(match place {
                Some(_) => "two reports cannot be written to one file",
                None => {
                    "two reports cannot both be written to stdout: give one a file, `--report KIND=FILE`"
                }
            });
        }
    }
    Ok(())
}

/// No report is written over what it is a report of.
pub(super) fn spare(wanted: &[Wanted], files: &[PathBuf]) -> Result<(), String> {
    let kept: Vec<PathBuf> = files.iter().map(|file| report_file::place(file)).collect();
    let over = wanted
        .iter()
        .filter_map(|report| report.file.as_deref())
        .find(|file| kept.contains(&report_file::place(file)));
    over.map_or(Ok(()), |file| {
        Err(format!(
            "the report would be written over `{}`, which this run reads: give it another path",
            file.display()
        ))
    })
}

/// All reports of a run.
pub(super) struct Reports {
    /// Those that somebody may see as they are written.
    seen: Group,
    apart: Apart,
    have_stdout: bool,
}

/// A report that is being written.
pub(super) struct OpenReport {
    reporter: Box<dyn Reporter + Send>,
    /// What errors call it.
    name: String,
    file: Option<ReportFile>,
    /// Whether nobody can see that it comes between other lines.
    is_apart: bool,
    /// Whether it writes whole steps as JSON.
    writes_steps: bool,
    is_broken: bool,
}

impl Reports {
    /// Opens them all, those of GitHub Actions too where this is it; says which one cannot be.
    pub(super) fn open(
        wanted: &[Wanted],
        facts: &Arc<RunFacts>,
        world: &World,
    ) -> Result<Reports, String> {
        let mut open = Vec::new();
        for report in wanted {
            open.push(OpenReport::of(report, facts, world)?);
        }
        let is_wanted = wanted.iter().any(|report| report.kind == Kind::Github);
        let is_github = environment::variable("GITHUB_ACTIONS").as_deref() == Some("true");
        if is_github && !is_wanted {
            let out = Box::new(terminal::stderr());
            open.push(OpenReport::new(Kind::Github, out, facts, world));
        }
        if (is_github || is_wanted)
            && let Some(path) = environment::variable("GITHUB_STEP_SUMMARY")
            && !path.is_empty()
        {
            open.push(OpenReport::summary(Path::new(&path), facts)?);
        }
        // What these write, the others take from them.
        open.sort_by_key(|report| !report.writes_steps);
        let (apart, seen) = open.into_iter().partition(|report| report.is_apart);
        Ok(Reports {
            seen: Group::new(seen),
            apart: Apart::new(Group::new(apart)),
            have_stdout: wanted.iter().any(|report| report.file.is_none()),
        })
    }

    /// Whether one of them is written to stdout, where nothing else must be then.
    pub(super) fn have_stdout(&self) -> bool {
        self.have_stdout
    }

    /// Hands on a fact to each; one that cannot be written any more keeps no other from it.
    pub(super) fn on_event(&mut self, event: &Event) -> Result<(), String> {
        let seen = self.seen.on_event(event).and(self.seen.on_pause());
        seen.and(self.apart.on_event(event))
    }

    /// Ends each, and gives each file its name.
    pub(super) fn end(&mut self, outcome: &RunOutcome) -> Result<(), String> {
        self.seen.end(outcome).and(self.apart.end(outcome))
    }
}

impl OpenReport {
    fn of(wanted: &Wanted, facts: &Arc<RunFacts>, world: &World) -> Result<OpenReport, String> {
        let Some(path) = &wanted.file else {
            if terminal::stdout_is_closed() {
                return Err(
                    "the report cannot be written: stdout is closed; name a file, `--report KIND=FILE`"
                        .into(),
                );
            }
            let out = Box::new(BufWriter::new(terminal::stdout()));
            return Ok(OpenReport::new(wanted.kind, out, facts, world));
        };
        let place = world.folder.join(path);
        // Who follows a stream wants each line when it comes; its last line says that it is whole.
        let is_device = report_file::is_device(&place);
        let streams = wanted.kind == Kind::Ndjson || is_device;
        let opened = if streams {
            report_file::stream(&place).map(|file| (file, None))
        } else {
            ReportFile::create(&place).and_then(|file| Ok((file.writer()?, Some(file))))
        };
        let (writer, file) = opened.map_err(|error| cannot_open(path, &error))?;
        // The others gather what they write themselves.
        let out: Box<dyn Write + Send> = match wanted.kind {
            Kind::Junit | Kind::Tap | Kind::Github => {
                Box::new(BufWriter::with_capacity(BUFFER, writer))
            }
            Kind::Json | Kind::Ndjson | Kind::Html | Kind::Har => Box::new(writer),
        };
        Ok(OpenReport {
            name: format!("the report `{}`", path.display()),
            file,
            is_apart: !is_device,
            ..OpenReport::new(wanted.kind, out, facts, world)
        })
    }

    fn new(
        kind: Kind,
        out: Box<dyn Write + Send>,
        facts: &Arc<RunFacts>,
        world: &World,
    ) -> OpenReport {
        let facts = Arc::clone(facts);
        let reporter: Box<dyn Reporter + Send> = match kind {
            Kind::Junit => Box::new(Junit::new(out, facts)),
            Kind::Json => Box::new(Json::new(out, facts)),
            Kind::Ndjson => Box::new(Ndjson::new(out, facts)),
            Kind::Tap => Box::new(Tap::new(out, facts)),
            Kind::Html => Box::new(Html::new(out, facts)),
            Kind::Har => Box::new(Har::new(out, facts)),
            Kind::Github => {
                let repository = environment::variable("GITHUB_WORKSPACE")
                    .map_or_else(|| world.folder.clone(), PathBuf::from);
                Box::new(Github::new(out, facts, repository))
            }
        };
        OpenReport {
            reporter,
            name: "the report".into(),
            file: None,
            is_apart: false,
            writes_steps: matches!(kind, Kind::Json | Kind::Ndjson),
            is_broken: false,
        }
    }

    fn summary(path: &Path, facts: &Arc<RunFacts>) -> Result<OpenReport, String> {
        let file = report_file::append(path).map_err(|error| cannot_open(path, &error))?;
        Ok(OpenReport {
            reporter: Box::new(GithubSummary::new(file, Arc::clone(facts))),
            name: "the summary of the job".into(),
            file: None,
            is_apart: false,
            writes_steps: false,
            is_broken: false,
        })
    }

    /// What writes it.
    pub(super) fn reporter(&self) -> &dyn Reporter {
        self.reporter.as_ref()
    }

    /// Hands on a fact, and what comes with it.
    pub(super) fn on_event(&mut self, event: &Event, noted: &Noted) -> Result<(), String> {
        self.tell(|reporter| noted.tell(event, reporter))
    }

    /// Lets what was written be seen.
    pub(super) fn on_pause(&mut self) -> Result<(), String> {
        self.tell(|reporter| reporter.on_pause())
    }

    /// Ends it, and gives its file its name.
    pub(super) fn end(&mut self, outcome: &RunOutcome) -> Result<(), String> {
        self.tell(|reporter| reporter.on_end(outcome))
            .and_then(|()| self.finish())
    }

    fn tell(
        &mut self,
        tell: impl FnOnce(&mut dyn Reporter) -> std::io::Result<()>,
    ) -> Result<(), String> {
        if self.is_broken {
            return Ok(());
        }
        tell(self.reporter.as_mut()).map_err(|error| self.broken(&error))
    }

    fn finish(&mut self) -> Result<(), String> {
        match self.file.as_mut().filter(|_| !self.is_broken) {
            Some(file) => file.finish().map_err(|error| self.broken(&error)),
            None => Ok(()),
        }
    }

    fn broken(&mut self, error: &std::io::Error) -> String {
        self.is_broken = true;
        format!("{} cannot be written: {error}", self.name)
    }
}

fn cannot_open(path: &Path, error: &std::io::Error) -> String {
    format!("the report `{}` cannot be opened: {error}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_files() {
        let wanted = |kind, file: Option<&str>| Wanted {
            kind,
            file: file.map(PathBuf::from),
        };
        assert_eq!(parse("tap"), Ok(wanted(Kind::Tap, None)));
        assert_eq!(parse("json=-"), Ok(wanted(Kind::Json, None)));
        let file = Ok(wanted(Kind::Junit, Some("a=b.xml")));
        assert_eq!(parse("junit=a=b.xml"), file);
        for wrong in ["", "xml", "junit=", "JUnit", "junit a.xml"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn one_place_takes_one_report() {
        let all = |texts: &[&str]| -> Vec<Wanted> {
            texts.iter().map(|text| parse(text).unwrap()).collect()
        };
        assert!(clash(&all(&["tap", "json=a", "junit=b"])).is_ok());
        assert!(clash(&all(&["tap", "json"])).is_err());
        assert!(clash(&all(&["tap=a", "json=a"])).is_err());
        for other in ["./a", "b/../a", "b//../././a"] {
            let two = all(&["tap=a", &format!("json={other}")]);
            assert!(clash(&two).is_err(), "{other}");
        }
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        std::fs::write(path("there"), "").unwrap();
        for (one, other) in [("there", "./there"), ("there", "no/../there")] {
            let two = [
                format!("tap={}", path(one)),
                format!("ndjson={}", path(other)),
            ];
            assert!(clash(&all(&[&two[0], &two[1]])).is_err(), "{other}");
        }
    }

    #[test]
    fn what_a_run_reads_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let scenario = folder.path().join("a.yaml");
        std::fs::write(&scenario, "").unwrap();
        let report = |name: &str| {
            let path = folder.path().join(name);
            [parse(&format!("json={}", path.display())).unwrap()]
        };
        let files = [scenario];
        assert!(spare(&report("a.json"), &files).is_ok());
        for over in ["a.yaml", "./a.yaml"] {
            let told = spare(&report(over), &files).unwrap_err();
            assert!(told.contains("a.yaml`, which this run reads"), "{told}");
        }
    }

    /// Does at each case's end what is asked of it.
    struct Broken(fn() -> std::io::Result<()>);

    impl Reporter for Broken {
        fn on_event(&mut self, event: &Event) -> std::io::Result<()> {
            match event {
                Event::RunStarted { .. } => Ok(()),
                _ => (self.0)(),
            }
        }

        fn on_end(&mut self, _: &RunOutcome) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// Tells of a run whose only report, in a file, does this; gives what came of it, and whether a file is there.
    fn tell(does: fn() -> std::io::Result<()>) -> (std::thread::Result<Result<(), String>>, bool) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report");
        let mut apart = Apart::new(Group::new(vec![OpenReport {
            reporter: Box::new(Broken(does)),
            name: "the report".into(),
            file: Some(ReportFile::create(&path).unwrap()),
            is_apart: true,
            writes_steps: false,
            is_broken: false,
        }]));
        let told = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let started = Event::RunStarted {
                cases: 1,
                target: "a".into(),
            };
            apart.on_event(&started)?;
            let text = "printed".into();
            apart.on_event(&Event::Printed { case: 0, text })?;
            apart.end(&RunOutcome::default())
        }));
        drop(apart);
        let left = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(left, usize::from(path.exists()), "a temporary file is left");
        (told, path.exists())
    }

    #[test]
    fn what_breaks_in_the_thread_that_writes_is_told_and_leaves_no_file() {
        let (told, is_there) = tell(|| Ok(()));
        assert!(matches!(told, Ok(Ok(()))) && is_there);
        let (told, is_there) = tell(|| Err(std::io::Error::other("the disk is full")));
        let message = "the report cannot be written: the disk is full";
        assert_eq!(told.unwrap(), Err(message.to_owned()));
        assert!(!is_there);
        // A bug of ours fails the run.
        let (told, is_there) = tell(|| panic!("a bug"));
        assert!(told.is_err() && !is_there);
    }
}
