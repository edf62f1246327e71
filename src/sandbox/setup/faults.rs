//! Reading faults.

use serde_json::Value;

use super::fields::{Place, SetupError};
use super::read::{LONGEST_WAIT, read_duration};
use crate::sandbox::faults::{Fault, FaultEffect, RateLimit, Trouble};

const MOST_FAULTS: usize = 1_000;

pub(crate) fn read_faults(value: &Value) -> Result<Vec<Fault>, SetupError> {
    faults_at(&Place::root(value))
}

pub(super) fn faults_at(place: &Place<'_>) -> Result<Vec<Fault>, SetupError> {
    place.list(MOST_FAULTS)?.iter().map(read_fault).collect()
}

fn read_fault(place: &Place<'_>) -> Result<Fault, SetupError> {
    let fields = place.fields(&[
        "on",
        "times",
        "status",
        "body",
        "delay",
        "disconnect",
        "truncate",
        "malformed",
        "slow_body",
        "rate_limit",
    ])?;
    let on = fields.require("on")?;
    let (method, path) = on
        .text()?
        .split_once(' ')
        .map(|(method, path)| (method, path.trim_start()))
        .filter(|(method, path)| {
            is_method(method) && (path.starts_with('/') || path.starts_with('*'))
        })
        .ok_or_else(|| {
            on.expected("a method and a path, such as `POST /v2/sessions` or `* /v2/*`")
        })?;
    let mut effects = Vec::new();
    if let Some(status) = fields.get("status") {
        let number = status.number(599)? as u16;
        if number < 200 {
            return Err(status.expected("a status from 200 to 599"));
        }
        effects.push(Trouble::Effect(FaultEffect::Status {
            status: number,
            body: fields.get("body").map(|body| body.value.clone()),
        }));
    } else if let Some(body) = fields.get("body") {
        return Err(body.mistake("`body` goes with `status`"));
    }
    if let Some(delay) = fields.get("delay") {
        let delay = FaultEffect::Delay(read_duration(&delay, LONGEST_WAIT)?);
        effects.push(Trouble::Effect(delay));
    }
    if let Some(over) = fields.get("slow_body") {
        let slow = FaultEffect::SlowBody(read_duration(&over, LONGEST_WAIT)?);
        effects.push(Trouble::Effect(slow));
    }
    if let Some(limit) = fields.get("rate_limit") {
        effects.push(Trouble::RateLimit(read_rate_limit(&limit)?));
    }
    for (key, effect) in [
        ("disconnect", FaultEffect::Disconnect),
        ("truncate", FaultEffect::Truncate),
        ("malformed", FaultEffect::Malformed),
    ] {
        if let Some(place) = fields.get(key) {
            if !place.boolean()? {
                return Err(place.mistake(format!("`{key}` is true or not there")));
            }
            effects.push(Trouble::Effect(effect));
        }
    }
    let times = fields.optional("times", read_times)?;
    let kinds = "one of `status`, `delay`, `disconnect`, `truncate`, `malformed`, `slow_body`, `rate_limit`";
    match (effects.pop(), effects.is_empty()) {
        (Some(trouble), true) => Ok(Fault::new(method, path, times, trouble)),
        (Some(_), false) => Err(place.mistake(format!("expected only {kinds}"))),
        (None, _) => Err(place.mistake(format!("expected {kinds}"))),
    }
}

fn read_times(place: Place<'_>) -> Result<u64, SetupError> {
    match place.number(u64::MAX)? {
        0 => Err(place.mistake(
            "a fault that comes 0 times never comes: leave `times` out for one that always does, or the fault",
        )),
        times => Ok(times),
    }
}

/// `{ calls: 5, per: 1m }`.
fn read_rate_limit(place: &Place<'_>) -> Result<RateLimit, SetupError> {
    let fields = place.fields(&["calls", "per"])?;
    let per = fields.require("per")?;
    let window = read_duration(&per, LONGEST_WAIT)?;
    if window.is_zero() {
        return Err(per.mistake("expected a duration that is longer than nothing"));
    }
    let calls = fields.require("calls")?.number(1_000_000)?;
    Ok(RateLimit::new(calls, window))
}

fn is_method(text: &str) -> bool {
    text == "*" || (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_uppercase()))
}
