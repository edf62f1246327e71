//! How much of what was chosen runs here and now: a shard of it, what failed last time, each case several times.

use clap::Args;
use std::num::NonZeroU32;
use std::path::Path;
use std::str::FromStr;

use super::environment::{self, World};
use super::last_run::{Known, LastRun};
use super::shard::{self, Shard};
use crate::model::outcome::RunOutcome;
use crate::model::plan::{Case, Plan};

/// The flags for it.
#[derive(Debug, Default, Args)]
pub(super) struct Portion {
    /// Only part I of N, the same split on every machine; auto: as GitLab, CircleCI or Buildkite say
    #[arg(long, value_name = "I/N", value_parser = shard::parse, help_heading = "Selection")]
    shard: Option<shard::Wanted>,
    /// Only cases that failed when they last ran here on this target
    #[arg(long, help_heading = "Selection")]
    failed: bool,
    /// Runs each case N times
    #[arg(long, value_name = "N", value_parser = one_or_more::<NonZeroU32>, help_heading = "Running")]
    repeat: Option<NonZeroU32>,
}

/// A number that is at least one, in words that say so where it is not.
pub(super) fn one_or_more<N: FromStr>(text: &str) -> Result<N, String> {
    text.parse()
        .map_err(|_| "it must be a whole number, 1 or more".into())
}

impl Portion {
    /// The shard, if one is wanted.
    pub(super) fn shard(&self) -> Result<Option<Shard>, String> {
        let wanted = self
            .shard
            .map(|wanted| wanted.resolve(environment::variable));
        wanted.transpose()
    }

    /// Whether a shard is wanted.
    pub(super) fn is_shard(&self) -> bool {
        self.shard.is_some()
    }

    /// Whether it is everything that was chosen.
    pub(super) fn is_everything(&self) -> bool {
        self.shard.is_none() && !self.failed
    }

    /// What the command that runs a case again needs of this.
    pub(super) fn again(&self) -> String {
        match self.repeat {
            Some(times) => format!(" --repeat {times}"),
            None => String::new(),
        }
    }

    /// Leaves the portion in a plan; says why if nothing is left that should be.
    pub(super) fn choose(
        &self,
        plan: &mut Plan,
        target: &str,
        root: &Path,
        shard: Option<Shard>,
    ) -> Result<(), String> {
        if self.failed {
            LastRun::read(root)?.choose(plan, target);
            if plan.scenarios.is_empty() {
                return Err("none of these cases failed when it last ran".into());
            }
        }
        if let Some(shard) = shard {
            shard.take(plan);
        }
        if let Some(times) = self.repeat {
            repeat(plan, times.get());
        }
        Ok(())
    }
}

fn repeat(plan: &mut Plan, times: u32) {
    for scenario in &mut plan.scenarios {
        let again = |case: Case| {
            (1..=times).map(move |number| Case {
                repetition: Some(number),
                ..case.clone()
            })
        };
        scenario.cases = std::mem::take(&mut scenario.cases)
            .into_iter()
            .flat_map(again)
            .collect();
    }
}

/// The scenario of each case, in the plan's order.
pub(super) fn stems(plan: &Plan) -> Vec<String> {
    let stems = plan.scenarios.iter();
    stems
        .flat_map(|scenario| scenario.cases.iter().map(|_| scenario.stem.to_string()))
        .collect()
}

/// Keeps what failed for the next run. A run is no worse for notes that cannot be kept.
pub(super) fn note(
    (root, target): (&Path, &str),
    known: &Known,
    stems: &[String],
    outcome: &RunOutcome,
    world: &World,
) {
    let kept = LastRun::read(root).or_else(|_| Ok::<_, String>(LastRun::default()));
    let written = kept.and_then(|mut notes| {
        notes.note(target, known, stems, outcome);
        notes.write(root).map_err(|error| error.to_string())
    });
    if let Err(error) = written {
        world.warning(&format!(
            "what failed cannot be kept for `--failed`: {error}"
        ));
    }
}
