//! What failed when it last ran, kept in the project's hidden folder between runs.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::model::outcome::{RunOutcome, Status};
use crate::model::plan::Plan;
use crate::report::visible_line;

const FOLDER: &str = ".sammati";
const FILE: &str = "failed.json";

/// The cases that failed, by the target they failed on.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct LastRun {
    failed: BTreeMap<String, BTreeSet<Name>>,
}

/// The cases that there are, whether they run or not.
pub(super) struct Known(BTreeSet<Name>);

impl Known {
    /// Those of a plan.
    pub(super) fn of(plan: &Plan) -> Known {
        let names = plan.scenarios.iter().flat_map(|scenario| {
            scenario
                .cases
                .iter()
                .map(|case| Name::new(&scenario.stem, case.name.as_deref()))
        });
        Known(names.collect())
    }
}

/// A case as it is shown: secrets are hidden in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Name {
    scenario: String,
    case: Option<String>,
}

impl Name {
    fn new(scenario: &str, case: Option<&str>) -> Name {
        Name {
            scenario: scenario.to_owned(),
            case: case.map(visible_line),
        }
    }
}

impl LastRun {
    /// Reads what was kept; nothing failed if nothing was.
    pub(super) fn read(root: &Path) -> Result<LastRun, String> {
        let path = path(root);
        match fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text)
                .map_err(|error| format!("{} cannot be read, remove it: {error}", path.display())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(LastRun::default()),
            Err(error) => Err(format!("{} cannot be read: {error}", path.display())),
        }
    }

    /// Leaves in a plan what failed on that target.
    pub(super) fn choose(&self, plan: &mut Plan, target: &str) {
        let none = BTreeSet::new();
        let failed = self.failed.get(target).unwrap_or(&none);
        for scenario in &mut plan.scenarios {
            let names: Vec<Option<&str>> = failed
                .iter()
                .filter(|name| name.scenario == scenario.stem)
                .map(|name| name.case.as_deref())
                .collect();
            let shown: Vec<Option<String>> = scenario
                .cases
                .iter()
                .map(|case| case.name.as_deref().map(visible_line))
                .collect();
            let is_known = |name: &Option<&str>| shown.iter().any(|case| case.as_deref() == *name);
            // A case that has another name now may be any of them.
            if names.iter().all(is_known) {
                scenario.cases.retain(|case| {
                    let shown = case.name.as_deref().map(visible_line);
                    names.contains(&shown.as_deref())
                });
            }
        }
        plan.scenarios.retain(|scenario| !scenario.cases.is_empty());
    }

    /// Takes note of a run; what did not run stays as it was. `stems` has the scenario of each case.
    pub(super) fn note(
        &mut self,
        target: &str,
        known: &Known,
        stems: &[String],
        outcome: &RunOutcome,
    ) {
        let failed = self.failed.entry(target.to_owned()).or_default();
        let name = |stem: &String, case: &Option<String>| Name::new(stem, case.as_deref());
        // A case that is no longer there in a scenario that ran cannot fail again.
        failed.retain(|name| known.0.contains(name) || !stems.contains(&name.scenario));
        let cases = || stems.iter().zip(&outcome.cases);
        for (stem, case) in cases().filter(|(_, case)| case.status == Status::Passed) {
            failed.remove(&name(stem, &case.about.case));
        }
        // Behind those that passed: of repetitions one is enough.
        for (stem, case) in cases() {
            if matches!(case.status, Status::Failed | Status::Errored) {
                failed.insert(name(stem, &case.about.case));
            }
        }
        if failed.is_empty() {
            self.failed.remove(target);
        }
    }

    /// Keeps it. A project in which nothing ever failed gets no folder.
    pub(super) fn write(&self, root: &Path) -> io::Result<()> {
        let path = path(root);
        if self.failed.is_empty() {
            return match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            };
        }
        let folder = root.join(FOLDER);
        fs::create_dir_all(&folder)?;
        let ignore = folder.join(".gitignore");
        if !ignore.exists() {
            fs::write(ignore, "*\n")?;
        }
        let temporary = folder.join(format!("{FILE}.tmp"));
        fs::write(&temporary, serde_json::to_string_pretty(self)?)?;
        fs::rename(temporary, path)
    }
}

fn path(root: &Path) -> PathBuf {
    root.join(FOLDER).join(FILE)
}
