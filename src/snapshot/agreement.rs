//! Whether a response is as its snapshot has it, found by reading both beside each other.
//!
//! Nearly all comparisons of a run end so. What is found here is what [`super::normalise`] would find by making the
//! response's whole text, or nothing: where more would have to be known, that has the last word.

use super::Received;
use super::follower::{With, follow};
use super::normalise::{head, url};
use super::placeholders::Placeholders;
use super::repeated::{Agreed, Known, Step};
use crate::model::bytes::has_any;

/// Whether what was received is certain to be compared as what is accepted: a snapshot's contents, which `contents` gives for
/// the URL as it is kept. That it is not, or that it takes more to find out, is not told apart.
pub(super) fn agrees<'c>(
    placeholders: &mut Placeholders,
    received: &Received<'_>,
    step: Step<'_>,
    contents: impl FnOnce(&str) -> Option<&'c [u8]>,
) -> bool {
    let before = placeholders.mark();
    let url = url(placeholders, received);
    let agrees = contents(&url)
        .and_then(|accepted| find(placeholders, received, step, accepted))
        .is_some();
    if !agrees {
        placeholders.rewind(before);
    }
    agrees
}

/// Whether it can be found at all: not where rules change the body, nor where a secret could be put together from several
/// of its values.
pub(super) fn may_agree(received: &Received<'_>) -> bool {
    let rules = received.rules;
    !received.secrets.may_span_values()
        && rules.redact.is_empty()
        && rules.shape.is_empty()
        && rules.sort.is_empty()
        && rules.only.is_none()
        && rules.of_all.is_empty()
}

fn find(
    placeholders: &mut Placeholders,
    received: &Received<'_>,
    step: Step<'_>,
    accepted: &[u8],
) -> Option<()> {
    let head = head(placeholders, received);
    let accepted = accepted.strip_prefix(head.as_bytes())?;
    // What was put together from harmless parts may not be harmless.
    if received.secrets.are_in(&head) {
        return None;
    }
    let (secrets, body) = (received.secrets, &received.response.body);
    let known = step.known();
    if let Known::Agreed(agreed) = &known {
        let shortest = agreed.shortest_secret(secrets);
        let mut with = With::new(placeholders, received, shortest);
        if agreed.comes_again(body, accepted, &mut with).is_some() {
            return Some(());
        }
        // What was numbered is numbered in the same order once more.
    }
    // Documents in a body are shown once more below it, and lines' ends are made alike.
    if has_any(accepted, b"<\r") {
        return None;
    }
    let text = std::str::from_utf8(body).ok()?;
    let text = text.trim_start_matches('\u{feff}');
    let mut with = With::new(placeholders, received, secrets.shortest_in(text));
    let followed = follow(text, accepted, &mut with)?;
    if !matches!(known, Known::Nothing)
        && let Some(agreed) = Agreed::new(text, accepted, &followed, secrets)
    {
        step.keep(agreed);
    }
    Some(())
}

#[cfg(test)]
#[path = "agreement_tests.rs"]
mod tests;
