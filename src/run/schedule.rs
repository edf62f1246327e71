//! Which case runs when, and the one loop that hears of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::browser::Browsers;
use super::case::run_case;
use super::http::Http;
use super::once::SharedRuns;
use super::pace::Pace;
use super::{Interrupt, Settings, scope};
use crate::model::outcome::{CaseNumber, CaseOutcome, Event, RunOutcome};
use crate::model::plan::{Case, Plan, ScenarioPlan};
use crate::model::project::TargetKind;
use crate::model::secret::Secrets;

/// How many events may wait for the listener before cases wait for it.
const WAITING_EVENTS: usize = 256;

/// What all cases of a run share.
pub(super) struct Run {
    pub(super) plan: Arc<Plan>,
    pub(super) started: Instant,
    /// The scenario and the case in it, by the case's number.
    places: Vec<(usize, usize)>,
    pub(super) settings: Settings,
    pub(super) http: Http,
    /// Of a target that has a `rate`.
    pub(super) pace: Option<Pace>,
    pub(super) secrets: Secrets,
    pub(super) events: mpsc::Sender<Event>,
    pub(super) shared: SharedRuns,
    pub(super) browsers: Arc<Browsers>,
}

impl Run {
    /// What is needed to run the cases of a plan.
    pub(super) fn new(plan: Arc<Plan>, settings: Settings, events: mpsc::Sender<Event>) -> Run {
        Run {
            secrets: scope::secrets(&settings),
            http: Http::new(&settings.target.resolve),
            pace: settings.target.rate.map(Pace::new),
            started: Instant::now(),
            places: places(&plan),
            plan,
            events,
            shared: SharedRuns::default(),
            browsers: Arc::new(Browsers::new(settings.launch_browser.clone())),
            settings,
        }
    }

    /// How many cases there are.
    pub(super) fn case_count(&self) -> usize {
        self.places.len()
    }

    /// The case of that number, and its scenario.
    pub(super) fn case(&self, number: CaseNumber) -> (&ScenarioPlan, &Case) {
        let (scenario, case) = self.places[number];
        let scenario = &self.plan.scenarios[scenario];
        (scenario, &scenario.cases[case])
    }
}

/// Runs every case. Cases begin in the plan's order.
pub(super) async fn run(
    plan: Arc<Plan>,
    settings: Settings,
    mut on_event: impl FnMut(&Event),
) -> RunOutcome {
    let started = Instant::now();
    let interrupt = settings.interrupt.clone();
    let cases = plan.case_count();
    on_event(&Event::RunStarted {
        cases,
        target: settings.target.name.clone(),
    });
    let (events, mut inbox) = mpsc::channel(WAITING_EVENTS);
    let mut outcomes: Vec<Option<Arc<CaseOutcome>>> = vec![None; cases];
    let mut workers = JoinSet::new();
    let browsers = {
        let jobs = jobs(&settings).min(cases);
        let run = Arc::new(Run::new(plan, settings, events));
        let next = Arc::new(AtomicUsize::new(0));
        for worker in 0..jobs {
            // Boxed, as what is spawned is moved several times over.
            workers.spawn(Box::pin(work(Arc::clone(&run), Arc::clone(&next), worker)));
        }
        // With the last worker the last sender goes, and that ends the loop below.
        Arc::clone(&run.browsers)
    };
    while let Some(event) = inbox.recv().await {
        if let Event::CaseFinished { case, outcome } = &event {
            outcomes[*case] = Some(Arc::clone(outcome));
        }
        on_event(&event);
    }
    while let Some(worker) = workers.join_next().await {
        // What the panic said may have a secret in it: it was for the panic hook alone.
        assert!(worker.is_ok(), "a case panicked");
    }
    browsers.close().await;
    let cases: Vec<_> = outcomes
        .into_iter()
        .map(|outcome| outcome.expect("each case ends, or its worker has panicked"))
        .collect();
    let interrupted = *interrupt.borrow() >= Interrupt::Stop;
    RunOutcome {
        interrupted: interrupted || cases.iter().any(|case| case.interrupted),
        cases,
        duration: started.elapsed(),
        unreferenced: None,
        idle_rules: Vec::new(),
    }
}

/// The place of each case, by its number.
fn places(plan: &Plan) -> Vec<(usize, usize)> {
    let scenarios = plan.scenarios.iter().enumerate();
    scenarios
        .flat_map(|(at, scenario)| (0..scenario.cases.len()).map(move |case| (at, case)))
        .collect()
}

async fn work(run: Arc<Run>, next: Arc<AtomicUsize>, worker: usize) {
    loop {
        let case = next.fetch_add(1, Ordering::Relaxed);
        if case >= run.places.len() {
            return;
        }
        run_case(&run, case, worker).await;
    }
}

/// Each case begins with a set-up of its own, so cases that share a sandbox cannot run at once.
fn jobs(settings: &Settings) -> usize {
    match settings.target.kind {
        TargetKind::RunningSandbox(_) => 1,
        TargetKind::Embedded | TargetKind::Remote(_) => settings.jobs.max(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size_of_future<A, B, C, F: Future>(_: fn(A, B, C) -> F) -> usize {
        size_of::<F>()
    }

    /// Each page of it that is touched costs a microsecond when a run starts. What few steps do is kept out of it.
    #[test]
    fn a_worker_is_small() {
        let size = size_of_future(work);
        assert!(size < 8 << 10, "{size} bytes");
    }
}
