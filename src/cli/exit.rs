//! Exit statuses, which scripts rely on.

use std::process::ExitCode;

use crate::model::outcome::{RunOutcome, Status};

/// How the process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    /// Everything that ran passed.
    Passed,
    /// A case failed.
    Failed,
    /// A command line, scenario or project file is wrong; nothing was sent.
    WrongInput,
    /// The run could not be done, or its report not be written.
    CouldNotRun,
    /// No scenario matched, or all were skipped.
    NothingRan,
    /// Ctrl-C.
    Interrupted,
    /// SIGTERM.
    Terminated,
}

impl Exit {
    /// The number.
    pub(super) fn code(self) -> u8 {
        match self {
            Exit::Passed => 0,
            Exit::Failed => 1,
            Exit::WrongInput => 2,
            Exit::CouldNotRun => 3,
            Exit::NothingRan => 4,
            Exit::Interrupted => 130,
            Exit::Terminated => 143,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

/// Whether something around the run failed: the sandbox did not start, the report was not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Surroundings {
    /// Nothing did.
    Sound,
    /// Something did.
    Broken,
}

/// How a run that ended makes the process end. `signal` is what interrupted it, if something did.
pub(super) fn of_run(
    outcome: &RunOutcome,
    surroundings: Surroundings,
    signal: Option<Exit>,
) -> Exit {
    if let Some(signal) = signal
        && (outcome.interrupted || outcome.cases.iter().any(|case| case.interrupted))
    {
        return signal;
    }
    if surroundings == Surroundings::Broken {
        return Exit::CouldNotRun;
    }
    // What did not run though it was meant to is no success, whatever the reason.
    let failed =
        |status: &Status| matches!(status, Status::Failed | Status::Errored | Status::NotRun(_));
    if outcome.count(failed) > 0 || outcome.interrupted {
        return Exit::Failed;
    }
    if outcome.count(|status| *status == Status::Passed) == 0 {
        return Exit::NothingRan;
    }
    Exit::Passed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::outcome::{CaseIdentity, CaseOutcome, StepCounts};
    use std::sync::Arc;
    use std::time::Duration;

    fn outcome(statuses: &[Status]) -> RunOutcome {
        RunOutcome {
            cases: statuses
                .iter()
                .map(|status| {
                    Arc::new(CaseOutcome {
                        about: Arc::new(CaseIdentity {
                            path: "a.yaml".into(),
                            scenario: "a".into(),
                            case: None,
                            repetition: None,
                        }),
                        status: status.clone(),
                        interrupted: false,
                        began: Duration::ZERO,
                        duration: Duration::ZERO,
                        worker: 0,
                        counts: StepCounts::default(),
                        failed: vec![],
                        not_run: vec![],
                        flaky: vec![],
                        failures: vec![],
                        warnings: vec![],
                        earlier: vec![],
                    })
                })
                .collect(),
            duration: Duration::ZERO,
            interrupted: false,
            unreferenced: None,
            idle_rules: Vec::new(),
        }
    }

    #[test]
    fn the_table() {
        let skipped = || Status::Skipped("not here".into());
        let not_run = || Status::NotRun("interrupted".into());
        for (statuses, exit) in [
            (vec![Status::Passed], Exit::Passed),
            (vec![Status::Passed, skipped()], Exit::Passed),
            (vec![Status::Passed, Status::Failed], Exit::Failed),
            (vec![Status::Errored, skipped()], Exit::Failed),
            (vec![Status::Passed, not_run()], Exit::Failed),
            (vec![skipped(), skipped()], Exit::NothingRan),
            (vec![], Exit::NothingRan),
        ] {
            let run = outcome(&statuses);
            assert_eq!(
                of_run(&run, Surroundings::Sound, None),
                exit,
                "{statuses:?}"
            );
        }
    }

    #[test]
    fn an_interrupt_over_a_broken_run_over_a_failure() {
        let mut run = outcome(&[Status::Failed, Status::NotRun("interrupted".into())]);
        assert_eq!(of_run(&run, Surroundings::Broken, None), Exit::CouldNotRun);
        // A signal that came when everything had ended changes nothing.
        assert_eq!(
            of_run(&run, Surroundings::Sound, Some(Exit::Interrupted)),
            Exit::Failed
        );
        run.interrupted = true;
        assert_eq!(
            of_run(&run, Surroundings::Broken, Some(Exit::Terminated)),
            Exit::Terminated
        );
    }

    #[test]
    fn codes() {
        let codes: Vec<u8> = [
            Exit::Passed,
            Exit::Failed,
            Exit::WrongInput,
            Exit::CouldNotRun,
            Exit::NothingRan,
            Exit::Interrupted,
            Exit::Terminated,
        ]
        .map(Exit::code)
        .into();
        assert_eq!(codes, [0, 1, 2, 3, 4, 130, 143]);
    }
}
