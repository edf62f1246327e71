//! Tokens that a shared run has given, renewed before they expire.
//!
//! A case keeps the variables that it has; what is sent is looked at. Where a header carries a token that is about
//! to expire, the fragment is run again, once for all cases, and the header carries the new one.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::Instant;

use super::case::Case;
use super::http::Outgoing;
use super::limits::Cut;
use super::once::{Shared, Sharing};
use super::record::Record;
use crate::model::outcome::Failure;
use crate::model::source::Span;

/// A token is renewed when a tenth of its life is left, and never earlier than this before its end.
const EARLIEST: Duration = Duration::from_secs(60);

/// Nor later than this, because servers count in whole seconds and a request takes its time.
const LATEST: Duration = Duration::from_secs(2);

/// What a case has from a shared run that will have to be done again.
pub(super) struct Renewable<'run> {
    sharing: Sharing<'run>,
    /// By the capture's name, all that the token has been in this case; the last one is good.
    tokens: Vec<(String, Vec<String>)>,
    due: Instant,
}

impl<'run> Renewable<'run> {
    /// Nothing, if there is no secret that a request could carry, or none that expires.
    pub(super) fn of(sharing: &Sharing<'run>, shared: &Shared) -> Option<Self> {
        let tokens: Vec<_> = shared
            .tokens()
            .iter()
            .map(|(name, token)| (name.clone(), vec![token.clone()]))
            .collect();
        let due = shared.due().filter(|_| !tokens.is_empty())?;
        Some(Renewable {
            sharing: sharing.clone(),
            tokens,
            due,
        })
    }

    fn is_carried_by(&self, outgoing: &Outgoing) -> bool {
        let mut all = self.tokens.iter().flat_map(|(_, texts)| texts);
        all.any(|text| {
            outgoing
                .headers
                .iter()
                .any(|(_, value)| value.contains(text))
        })
    }

    fn put_into(&self, headers: &mut [(String, String)]) {
        for (_, texts) in &self.tokens {
            let Some((good, former)) = texts.split_last() else {
                continue;
            };
            for (_, value) in headers.iter_mut() {
                if let Some(text) = former.iter().find(|text| value.contains(*text)) {
                    *value = value.replace(text, good);
                }
            }
        }
    }

    fn take(&mut self, shared: &Shared) {
        for (name, texts) in &mut self.tokens {
            let new = shared.tokens().iter().find(|(known, _)| known == name);
            if let Some((_, token)) = new {
                texts.retain(|text| text != token);
                texts.push(token.clone());
            }
        }
        // One that does not say when it ends is good for the rest of the case.
        self.due = shared
            .due()
            .unwrap_or_else(|| Instant::now() + Duration::from_secs(u32::MAX.into()));
    }
}

impl Case<'_> {
    /// Sees to it that the tokens in a request's headers are good.
    pub(super) async fn renew(
        &mut self,
        outgoing: &mut Outgoing,
        span: Span,
    ) -> Result<Result<(), Failure>, Cut> {
        for at in 0..self.renewable.len() {
            if !self.renewable[at].is_carried_by(outgoing) {
                continue;
            }
            if self.renewable[at].due <= Instant::now() && !self.is_renewing {
                self.is_renewing = true;
                let renewed = self.renew_one(at, span).await;
                self.is_renewing = false;
                if let Err(failure) = renewed? {
                    return Ok(Err(failure));
                }
            }
            self.renewable[at].put_into(&mut outgoing.headers);
        }
        Ok(Ok(()))
    }

    /// Takes the new token that another case has fetched already, or fetches it.
    async fn renew_one(&mut self, at: usize, span: Span) -> Result<Result<(), Failure>, Cut> {
        let sharing = self.renewable[at].sharing.clone();
        let slot = self.run.shared.slot(sharing.key.clone());
        let mut held = self.limits.bound(slot.lock_owned()).await?;
        let shared = match held.as_ref().filter(|shared| !shared.is_due()) {
            Some(shared) => Arc::clone(shared),
            None => {
                let scope = self.foundation.clone();
                let (shared, _) = self.run_shared(&sharing, scope, Record::new()).await;
                if let Some(cut) = self.limits.cut_already() {
                    return Err(cut);
                }
                Arc::clone(held.insert(Arc::new(shared)))
            }
        };
        drop(held);
        if let Some(kind) = shared.failed {
            let message = format!(
                "what `{}` gave is about to expire, and it failed when it was run again: see {}",
                sharing.used.path, shared.told_at
            );
            return Ok(Err(Failure::new(kind, Some(span), message)));
        }
        self.take_in(&shared);
        self.renewable[at].take(&shared);
        Ok(Ok(()))
    }
}

/// When what was asked for at that time has to be asked for again: a little before its end.
pub(super) fn due(began: Instant, life: Duration) -> Option<Instant> {
    let margin = (life / 10).clamp(LATEST, EARLIEST).min(life);
    began.checked_add(life - margin)
}

/// How long a token lives, if it is a JWT that says so. The clock that it was made by may be another than ours, so
/// that its own beginning counts if it has one.
pub(super) fn life(token: &str) -> Option<Duration> {
    let mut parts = token.split('.');
    let (Some(_), Some(claims), Some(_), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
    let end = claims.get("exp")?.as_f64()?;
    let beginning = match claims.get("iat").and_then(Value::as_f64) {
        Some(issued) => issued,
        None => SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .ok()?
            .as_secs_f64(),
    };
    Duration::try_from_secs_f64((end - beginning).max(0.0)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(claims: &str) -> String {
        format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn a_token_says_how_long_it_lives() {
        let half_an_hour = Some(Duration::from_secs(1800));
        assert_eq!(life(&token(r#"{"iat": 1000, "exp": 2800}"#)), half_an_hour);
        assert_eq!(
            life(&token(r#"{"iat": 2800, "exp": 1000}"#)),
            Some(Duration::ZERO)
        );
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_secs();
        let life_from_now = life(&token(&format!(r#"{{"exp": {}}}"#, now + 1800))).unwrap();
        assert!(life_from_now <= Duration::from_secs(1800));
        assert!(life_from_now > Duration::from_secs(1700));
        for nothing in [
            "",
            "an-opaque-token",
            "a.b.c",
            &token("{}"),
            &token(r#"{"exp": "soon"}"#),
            &token(r#"{"exp": 1e300}"#),
            &format!("{}.d", token(r#"{"exp": 1}"#)),
        ] {
            assert_eq!(life(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn it_is_renewed_a_little_before_its_end() {
        let began = Instant::now();
        let after = |life: u64| {
            let due = due(began, Duration::from_secs(life)).unwrap();
            (due - began).as_secs()
        };
        assert_eq!(after(1800), 1740);
        assert_eq!(after(300), 270);
        assert_eq!(after(5), 3);
        assert_eq!(after(1), 0);
        assert_eq!(after(0), 0);
        assert_eq!(due(began, Duration::MAX), None, "it never has to be");
    }
}
