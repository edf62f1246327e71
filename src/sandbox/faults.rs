//! What goes wrong on purpose. Which fault meets a request is decided here; the server makes it happen.

use std::time::{Duration, Instant};

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
    /// The right answer, whose body takes this long to arrive.
    SlowBody(Duration),
    /// Too many calls: refused without the gateway being asked, until so much real time has passed.
    RateLimited { wait: Duration },
}

/// So many calls in a window of real time, which begins with the first of them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RateLimit {
    pub(crate) calls: u64,
    pub(crate) per: Duration,
    window: Option<(Instant, u64)>,
}

impl RateLimit {
    pub(crate) fn new(calls: u64, per: Duration) -> RateLimit {
        RateLimit {
            calls,
            per,
            window: None,
        }
    }

    /// Counts a call, and says how long to wait if it is one too many.
    fn count(&mut self, now: Instant) -> Option<Duration> {
        let (began, count) = self
            .window
            .filter(|(began, _)| now.duration_since(*began) < self.per)
            .unwrap_or((now, 0));
        self.window = Some((began, count.saturating_add(1)));
        (count >= self.calls).then(|| self.per.saturating_sub(now.duration_since(began)))
    }
}

/// What a fault does.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Trouble {
    Effect(FaultEffect),
    RateLimit(RateLimit),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fault {
    method: String,
    path: String,
    /// How often it is still to happen; for ever if not said.
    left: Option<u64>,
    trouble: Trouble,
}

impl Fault {
    pub(crate) fn new(method: &str, path: &str, times: Option<u64>, trouble: Trouble) -> Fault {
        Fault {
            method: method.to_owned(),
            path: path.to_owned(),
            left: times,
            trouble,
        }
    }

    fn meets(&self, method: &str, path: &str) -> bool {
        self.left != Some(0)
            && (self.method == "*" || self.method == method)
            && matches_pattern(&self.path, path)
    }
}

/// The effect of the first fault that meets this request, which it uses up once. A limit that is not reached yet has
/// none, and leaves the request to the faults after it.
pub(crate) fn take_fault(
    faults: &mut [Fault],
    method: &str,
    path: &str,
    now: Instant,
) -> Option<FaultEffect> {
    faults
        .iter_mut()
        .filter(|fault| fault.meets(method, path))
        .find_map(|fault| {
            let effect = match &mut fault.trouble {
                Trouble::Effect(effect) => effect.clone(),
                Trouble::RateLimit(limit) => FaultEffect::RateLimited {
                    wait: limit.count(now)?,
                },
            };
            if let Some(left) = &mut fault.left {
                *left -= 1;
            }
            Some(effect)
        })
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
            Fault::new(
                "POST",
                "/a",
                Some(2),
                Trouble::Effect(FaultEffect::Disconnect),
            ),
            Fault::new("*", "/a", None, Trouble::Effect(FaultEffect::Truncate)),
        ];
        let now = Instant::now();
        let mut take = |method| take_fault(&mut faults, method, "/a", now);
        assert_eq!(take("POST"), Some(FaultEffect::Disconnect));
        assert_eq!(take("GET"), Some(FaultEffect::Truncate));
        assert_eq!(take("POST"), Some(FaultEffect::Disconnect));
        assert_eq!(take("POST"), Some(FaultEffect::Truncate));
        assert_eq!(take_fault(&mut faults, "POST", "/b", now), None);
    }

    #[test]
    fn a_rate_limit_refuses_what_is_too_much_for_its_window() {
        let limit = RateLimit::new(2, Duration::from_secs(10));
        let mut faults = [Fault::new("*", "*", None, Trouble::RateLimit(limit))];
        let began = Instant::now();
        let mut take = |seconds| {
            let now = began + Duration::from_secs(seconds);
            take_fault(&mut faults, "GET", "/a", now)
        };
        let refused = |seconds| {
            let wait = Duration::from_secs(seconds);
            Some(FaultEffect::RateLimited { wait })
        };
        assert_eq!(take(0), None);
        assert_eq!(take(3), None);
        assert_eq!(take(4), refused(6));
        assert_eq!(take(9), refused(1));
        assert_eq!(take(10), None);
        assert_eq!(take(11), None);
        assert_eq!(take(12), refused(8));
    }
}
