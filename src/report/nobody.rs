//! A run that has reached nobody: what to do about it, said once.

use super::style::{Palette, paint};
use super::text::visible_line;
use crate::model::outcome::{CaseOutcome, FailureKind, RunOutcome, Status};

/// How the failure to reach a server ends; its address follows.
const REFUSED: &str = "connection refused by ";
/// The target whose sandbox is the run's own: who does not listen there is some other server.
const OWN: &str = "embedded";

/// What to do where all that failed has failed because nothing listens at one address, and nothing else was reached.
pub(super) fn advice(outcome: &RunOutcome, target: &str, palette: &Palette) -> Option<String> {
    let mut address = None;
    for case in &outcome.cases {
        match case.status {
            Status::Errored => {}
            Status::Passed if case.counts.requests > 0 => return None,
            Status::Failed => return None,
            _ => continue,
        }
        let missed = missed(case, target)?;
        if *address.get_or_insert(missed) != missed {
            return None;
        }
    }
    let address = address?;
    let listens = visible_line(address);
    let command = |words: String| paint(palette.accent, words);
    let other = command("--target".into());
    Some(if is_this_machine(address) {
        // A name is no address to listen at.
        let at = listens.replace("localhost", "127.0.0.1");
        let serve = command(format!("sammati sandbox --listen {at}"));
        format!(
            "nothing listens at {listens}; choose a target with {other}, or serve the simulated gateway there: {serve}"
        )
    } else {
        let doctor = command(format!("sammati doctor --target {target}"));
        format!(
            "nothing listens at {listens}; choose another target with {other}, or see more: {doctor}"
        )
    })
}

/// The one address at which a case has missed a server, if that is all that went wrong with it.
fn missed<'o>(case: &'o CaseOutcome, target: &str) -> Option<&'o str> {
    let of_steps = case.failed.iter().flat_map(|step| &step.failures);
    let mut failures = case.failures.iter().chain(of_steps).peekable();
    failures.peek()?;
    let mut address = None;
    for failure in failures {
        let (before, at) = failure.message.split_once(REFUSED)?;
        // A sandbox of the run's own answers; a step has named another server.
        let is_other = before.is_empty() && target == OWN;
        if failure.kind != FailureKind::Transport || is_other {
            return None;
        }
        if *address.get_or_insert(at) != at {
            return None;
        }
    }
    address
}

fn is_this_machine(address: &str) -> bool {
    let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let is_loopback = host
        .parse::<std::net::IpAddr>()
        .is_ok_and(|ip| ip.is_loopback());
    is_loopback || host == "localhost"
}
