//! The comparison of a step's response with its snapshot.

use super::case::{Case, Frame};
use super::limits::Cut;
use super::record::Record;
use crate::model::outcome::{Failure, FailureKind, SnapshotOutcome};
use crate::model::plan::{SnapshotRules, Step};
use crate::model::template::World as _;
use crate::snapshot::Subject;

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
        let (request, response) = (&answer.request, &answer.response);
        let now = self.world.now();
        let Some(normaliser) = &mut self.normaliser else {
            return Ok(());
        };
        let normalised = normaliser.normalise(request, response, rules, &self.secrets, now);
        let label = frame.label(step);
        let name = format!("{}{}", rules.name, frame.turn.suffix);
        for warning in &normalised.warnings {
            let warning = self.secrets.hide(&format!("{label}: {warning}"));
            self.warnings.push(warning);
        }
        let target = &self.run.settings.target;
        let target = (!target.is_default).then(|| target.name.clone());
        let subject = match &rules.owner {
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
        };
        if let Some(normaliser) = &self.normaliser {
            normaliser.write_down(request, response, rules, &self.secrets, now, &subject);
        }
        let store = self.run.settings.snapshots.clone();
        self.counts.snapshots += 1;
        let compared = match store.glance(&subject, &normalised) {
            Some(known) => known,
            // Differences take their time, and the store waits for its lock, which would hold up other cases.
            None => tokio::task::spawn_blocking(move || store.compare(&subject, &normalised))
                .await
                .expect("comparing does not panic"),
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
