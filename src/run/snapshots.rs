//! The comparison of a step's response with its snapshot.

use std::sync::Arc;

use super::case::{Case, Frame};
use super::limits::Cut;
use super::record::Record;
use crate::model::outcome::{Failure, FailureKind, SnapshotOutcome};
use crate::model::plan::{Action, SnapshotRules, Step};
use crate::model::template::World as _;
use crate::snapshot::{Received, Subject};

impl Case<'_> {
    /// Compares the step's last response, whose own checks have passed.
    pub(super) async fn compare(
        &mut self,
        step: &Step,
        rules: &SnapshotRules,
        frame: &Frame,
        record: &mut Record,
    ) -> Result<(), Cut> {
        if self.run.settings.snapshots.is_off() {
            return Ok(());
        }
        if let Err(why) = self.know_clock().await? {
            let span = rules.span.or(Some(step.span));
            record
                .failures
                .push(Failure::new(FailureKind::Transport, span, why));
            return Ok(());
        }
        let Some(answer) = &record.last else {
            return Ok(());
        };
        let Some(normaliser) = &mut self.normaliser else {
            return Ok(());
        };
        let received = Received {
            request: &answer.request,
            response: &answer.response,
            rules,
            secrets: &self.secrets,
            now: self.world.now(),
        };
        let label = frame.label(step);
        let name = format!("{}{}", rules.name, frame.turn.suffix);
        let target = &self.run.settings.target;
        let target = (!target.is_default).then(|| target.name.clone());
        let subject = Arc::new(match &rules.owner {
            // Whichever case comes first compares it; it must be the same for all.
            Some(owner) => Subject {
                stem: owner.stem.clone(),
                name: name.clone(),
                case: None,
                target,
                source: owner.path.clone(),
                expression: name.clone(),
            },
            None => Subject {
                stem: self.scenario.stem.clone(),
                name: name.clone(),
                case: self.about.case.clone(),
                target,
                source: self.scenario.path.clone(),
                expression: label,
            },
        });
        normaliser.write_down(&received, &subject);
        self.counts.snapshots += 1;
        let store = self.run.settings.snapshots.clone();
        if rules.owner.is_none() {
            store.read_ahead(&subject, normaliser, || names(&self.scenario.steps));
        }
        let compared = match store.glimpse(&subject, normaliser, &received) {
            Some(known) => known,
            None => {
                let normalised = normaliser.normalise(&received);
                for warning in &normalised.warnings {
                    let warning = format!("{}: {warning}", frame.label(step));
                    self.warnings.push(self.secrets.hide(&warning));
                }
                match store.glance(&subject, &normalised) {
                    Some(known) => known,
                    // Differences take their time, and the store waits for its lock, which would hold up other cases.
                    None => {
                        tokio::task::spawn_blocking(move || store.compare(&subject, &normalised))
                            .await
                            .expect("comparing does not panic")
                    }
                }
            }
        };
        match compared {
            Ok(outcome) => {
                record
                    .failures
                    .extend(failure(&outcome, &name, rules, step));
                record.snapshot = Some(outcome);
            }
            Err(error) => {
                record.errored = true;
                record.failures.push(Failure::new(
                    FailureKind::Snapshot,
                    rules.span.or(Some(step.span)),
                    error.message,
                ));
            }
        }
        Ok(())
    }
}

/// The names of the snapshots that a case will have, but for those of loops and those that cases share.
fn names(steps: &[Step]) -> Vec<&str> {
    let mut names = Vec::new();
    for step in steps.iter().filter(|step| step.each.is_none()) {
        match (&step.snapshot, &step.action) {
            (Some(rules), _) if rules.owner.is_none() => names.push(rules.name.as_str()),
            (None, Action::Use(used)) if !used.once => names.extend(self::names(&used.steps)),
            _ => {}
        }
    }
    names
}

fn failure(
    outcome: &SnapshotOutcome,
    name: &str,
    rules: &SnapshotRules,
    step: &Step,
) -> Option<Failure> {
    let message = match outcome {
        SnapshotOutcome::Same | SnapshotOutcome::Updated(_) => return None,
        SnapshotOutcome::New { .. } => format!("no snapshot yet: {name}"),
        SnapshotOutcome::Different { .. } => format!("differs from its snapshot: {name}"),
    };
    Some(Failure::new(
        FailureKind::Snapshot,
        rules.span.or(Some(step.span)),
        message,
    ))
}
