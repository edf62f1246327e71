//! What goes wrong on purpose. Which fault meets a request is decided here; the server makes it happen.

use std::time::Duration;

use serde_json::Value;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum FaultEffect {
    /// This status with this body, without the gateway being asked.
    Status { status: u16, body: Option<Value> },
    /// The right answer, late.
    Delay(Duration),
    /// The connection is closed without an answer, without the gateway being asked.
    Disconnect,
    /// The right answer, of which the connection loses the second half.
    Truncate,
    /// The right status with a body that is not JSON.
    Malformed,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fault {
    method: String,
    path: String,
    /// How often it is still to happen; for ever if not said.
    left: Option<u64>,
    effect: FaultEffect,
}

impl Fault {
    pub(crate) fn new(method: &str, path: &str, times: Option<u64>, effect: FaultEffect) -> Fault {
        Fault {
            method: method.to_owned(),
            path: path.to_owned(),
            left: times,
            effect,
        }
    }

    fn meets(&self, method: &str, path: &str) -> bool {
        self.left != Some(0)
            && (self.method == "*" || self.method == method)
            && matches_pattern(&self.path, path)
    }
}

/// The effect of the first fault that meets this request, which it uses up once.
pub(crate) fn take_fault(faults: &mut [Fault], method: &str, path: &str) -> Option<FaultEffect> {
    let fault = faults.iter_mut().find(|fault| fault.meets(method, path))?;
    if let Some(left) = &mut fault.left {
        *left -= 1;
    }
    Some(fault.effect.clone())
}

/// Whether a path is like a pattern in which each `*` stands for anything, slashes included.
fn matches_pattern(pattern: &str, path: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = path.strip_prefix(first) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        match rest.find(part) {
            Some(found) => rest = &rest[found + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_paths() {
        for (pattern, path, expected) in [
            ("/v2/sessions", "/v2/sessions", true),
            ("/v2/sessions", "/v2/sessions/1", false),
            ("/v2/sessions", "/v2/session", false),
            ("/v2/sessions/*", "/v2/sessions/1", true),
            ("/v2/sessions/*", "/v2/sessions", false),
            ("/v2/consents/*/revoke", "/v2/consents/1/revoke", true),
            ("/v2/consents/*/revoke", "/v2/consents/1", false),
            ("*", "/anything/at/all", true),
            ("/*s/*s", "/consents/sessions", true),
            ("/a*a", "/a", false),
        ] {
            assert_eq!(matches_pattern(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn faults_are_used_up_in_order() {
        let mut faults = vec![
            Fault::new("POST", "/a", Some(2), FaultEffect::Disconnect),
            Fault::new("*", "/a", None, FaultEffect::Truncate),
        ];
        let mut take = |method| take_fault(&mut faults, method, "/a");
        assert_eq!(take("POST"), Some(FaultEffect::Disconnect));
        assert_eq!(take("GET"), Some(FaultEffect::Truncate));
        assert_eq!(take("POST"), Some(FaultEffect::Disconnect));
        assert_eq!(take("POST"), Some(FaultEffect::Truncate));
        assert_eq!(take_fault(&mut faults, "POST", "/b"), None);
    }
}
