//! One run out of several reports: the shards of a run, told again as if one machine had run them all.

use jiff::Timestamp;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::facts::{CaseKey, RunFacts};
use super::told::{Report, Shift, Told, duration};
use super::told_places::Places;
use crate::model::natural;
use crate::model::outcome::{Event, RunOutcome};
use crate::model::source::Sources;

/// A report that was read, with its file's name.
#[derive(Debug)]
pub struct Part {
    name: String,
    report: Report,
}

/// A run that is told again.
pub struct Merged {
    /// What its reports must know.
    pub facts: RunFacts,
    /// How it ended.
    pub outcome: RunOutcome,
    cases: Vec<Told>,
}

impl Part {
    /// Reads the JSON report of a run; says what is wrong with what is none of this version, or not whole.
    pub fn read(name: String, text: &[u8]) -> Result<Part, String> {
        match Report::read(text) {
            Ok(report) => Ok(Part { name, report }),
            Err(why) => Err(format!("`{name}` cannot be merged: {why}")),
        }
    }

    fn blame<T>(&self, result: Result<T, String>) -> Result<T, String> {
        result.map_err(|why| format!("`{}` cannot be merged: {why}", self.name))
    }
}

/// Puts reports together, or says why they are not all of one run.
pub fn merge(mut parts: Vec<Part>, working_folder: PathBuf) -> Result<Merged, String> {
    let Some(first) = parts.first() else {
        return Err("there is no report to merge".into());
    };
    let target = first.report.target.clone();
    for part in &parts {
        if part.report.target != target {
            return Err(format!(
                "these are reports of different runs: `{}` is of the target `{target}`, `{}` of `{}`",
                first.name, part.name, part.report.target
            ));
        }
    }
    whole(&parts)?;
    parts.sort_by_key(|part| part.report.shard.map(|shard| shard.index));
    let started = parts
        .iter()
        .map(|part| part.blame(part.report.started()))
        .collect::<Result<Vec<Timestamp>, _>>()?;
    let earliest = started.iter().min().copied().unwrap_or_default();
    let seed = parts[0].report.seed;
    let is_one_seed = parts.iter().all(|part| part.report.seed == seed);
    let interrupted = parts.iter().any(|part| part.report.interrupted);
    let mut tale = Tale::default();
    for (part, started) in parts.into_iter().zip(started) {
        let after = Duration::try_from(started.duration_since(earliest)).unwrap_or_default();
        tale.add(part, after)?;
    }
    // As if each file had been run by one machine: its cases stand together.
    tale.cases.sort_by(|left, right| {
        natural::compare(&left.outcome.about.path, &right.outcome.about.path)
    });
    Ok(Merged {
        facts: RunFacts {
            sources: Arc::new(tale.sources),
            working_folder,
            target,
            seed: seed.filter(|_| is_one_seed),
            started: earliest,
            rerun_commands: tale.reruns,
            ..RunFacts::default()
        },
        outcome: RunOutcome {
            cases: tale
                .cases
                .iter()
                .map(|told| Arc::clone(&told.outcome))
                .collect(),
            duration: tale.length,
            interrupted,
            unreferenced: None,
            idle_rules: Vec::new(),
        },
        cases: tale.cases,
    })
}

/// Whether each shard is there once, where there are shards.
fn whole(parts: &[Part]) -> Result<(), String> {
    let mut there: HashMap<usize, &str> = HashMap::new();
    let mut sharded: Option<(usize, &str)> = None;
    for part in parts {
        let Some(shard) = part.report.shard else {
            if let Some(other) = parts.iter().find(|other| other.report.shard.is_some()) {
                return Err(format!(
                    "`{}` is of one shard and `{}` of none: these are reports of different runs",
                    other.name, part.name
                ));
            }
            continue;
        };
        if let Some((count, other)) = sharded
            && count != shard.count
        {
            return Err(format!(
                "`{other}` is of one of {count} shards, `{}` of one of {}: these are reports of different runs",
                part.name, shard.count
            ));
        }
        sharded = Some((shard.count, &part.name));
        if let Some(other) = there.insert(shard.index, &part.name) {
            return Err(format!(
                "shard {}/{} is there twice: `{other}` and `{}`",
                shard.index, shard.count, part.name
            ));
        }
    }
    let Some((count, _)) = sharded else {
        return Ok(());
    };
    if let Some(index) = (1..=count).find(|index| !there.contains_key(index)) {
        let missing = count.saturating_sub(there.len());
        let more = match missing {
            0 | 1 => String::new(),
            _ => format!(", and {} more", missing - 1),
        };
        return Err(format!(
            "there is no report of shard {index}/{count}{more}: what it ran is not known"
        ));
    }
    Ok(())
}

/// What has been put together so far.
#[derive(Default)]
struct Tale {
    sources: Sources,
    cases: Vec<Told>,
    /// In which file each case was, and the command that runs it again.
    owners: HashMap<CaseKey, String>,
    reruns: HashMap<CaseKey, String>,
    workers: usize,
    length: Duration,
}

impl Tale {
    fn add(&mut self, mut part: Part, after: Duration) -> Result<(), String> {
        let mut places = Places::default();
        part.blame(part.report.note_places(&mut places))?;
        places.add_to(&mut self.sources);
        let length = part.blame(duration(part.report.seconds))?;
        self.length = self.length.max(after + length);
        let cases = std::mem::take(&mut part.report.cases);
        let workers = cases.iter().map(|case| case.worker + 1).max().unwrap_or(0);
        let shift = Shift {
            started: after,
            worker: self.workers,
            places: &places,
        };
        for case in cases {
            let told = part.blame(case.tell(&shift))?;
            let key = told.outcome.about.key();
            if let Some(other) = self.owners.insert(key.clone(), part.name.clone()) {
                let about = &told.outcome.about;
                return Err(format!(
                    "`{}` ({}) is in `{other}` and in `{}`: a case is counted once",
                    about.title(),
                    about.path,
                    part.name
                ));
            }
            self.reruns.insert(key, told.rerun.clone());
            self.cases.push(told);
        }
        self.workers += workers;
        Ok(())
    }
}

impl Merged {
    /// Tells the run again, a case after the other.
    pub fn tell(&self, mut on_event: impl FnMut(&Event)) {
        on_event(&Event::RunStarted {
            cases: self.cases.len(),
            target: self.facts.target.clone(),
        });
        for (case, told) in self.cases.iter().enumerate() {
            let about = &told.outcome.about;
            for earlier in &told.outcome.earlier {
                on_event(&Event::CaseStarted {
                    case,
                    about: Arc::clone(about),
                });
                on_event(&Event::AttemptFailed {
                    case,
                    outcome: Arc::clone(earlier),
                });
            }
            on_event(&Event::CaseStarted {
                case,
                about: Arc::clone(about),
            });
            for text in &told.printed {
                on_event(&Event::Printed {
                    case,
                    text: text.clone(),
                });
            }
            for step in &told.steps {
                on_event(&Event::StepFinished {
                    case,
                    step: Arc::clone(step),
                });
            }
            on_event(&Event::CaseFinished {
                case,
                outcome: Arc::clone(&told.outcome),
            });
        }
    }
}
