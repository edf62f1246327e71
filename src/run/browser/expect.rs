//! What must hold of a page, now or before the time is up.

use serde_json::{Value, json};
use tokio::time::sleep;

use super::driver::{Driver, Failures};
use super::place::{Look, Place, Verdict};
use super::tab::{POLL, PageSight};
use crate::model::browsing::PageExpectation;
use crate::model::duration;
use crate::model::matcher::{Actual, MatcherTemplate};
use crate::model::outcome::{Failure, FailureKind};
use crate::model::source::Span;
use crate::model::template::Template;

type Expected = PageExpectation<Template, MatcherTemplate>;

impl Driver<'_> {
    /// Looks until everything holds; what does not in the end is told.
    pub(super) async fn expect(&mut self, span: Span, expected: &Expected) -> Result<(), Failures> {
        let place = match &expected.element {
            Some(element) => Some(self.place(element, "expect")?),
            None => None,
        };
        self.doing.get_or_insert((span, "expect".into()));
        loop {
            let page = self.page(span).await?;
            let look = match &place {
                Some(place) => {
                    let request = json!({ "do": "look", "at": place.at });
                    self.ask::<Look>(place.span, &request).await?
                }
                None => None,
            };
            let lacking = match (&place, look) {
                // The page has just been left; the next look sees another.
                (Some(_), None) => None,
                (Some(place), Some(look)) => {
                    Some(self.lacking(expected, &page, Some((place, look)))?)
                }
                (None, _) => Some(self.lacking(expected, &page, None)?),
            };
            if lacking.as_ref().is_some_and(Vec::is_empty) {
                return Ok(());
            }
            if self.is_late() {
                let mut lacking = lacking.unwrap_or_default();
                if lacking.is_empty() {
                    let message = "expect: the page cannot be read";
                    lacking.push(Failure::new(FailureKind::Transport, Some(span), message));
                }
                let waited = format!("waited {}", duration::display(self.limit));
                if let Some(first) = lacking.first_mut() {
                    first.notes.insert(0, waited);
                }
                return Err(lacking);
            }
            sleep(POLL).await;
        }
    }

    /// Everything that does not hold. What can never be evaluated ends the waiting.
    fn lacking(
        &self,
        expected: &Expected,
        page: &PageSight,
        element: Option<(&Place, Look)>,
    ) -> Result<Vec<Failure>, Failures> {
        let mut lacking = Vec::new();
        if let Some((span, matcher)) = &expected.url {
            self.hold(
                &mut lacking,
                *span,
                "url",
                matcher,
                &page.url.as_str().into(),
            )?;
        }
        let Some((place, look)) = element else {
            if let Some((span, matcher)) = &expected.text {
                self.hold(
                    &mut lacking,
                    *span,
                    "text",
                    matcher,
                    &page.text.as_str().into(),
                )?;
            }
            return Ok(lacking);
        };
        if let Some((span, matcher)) = &expected.count {
            let name = format!("{}: count", place.shown);
            self.hold(&mut lacking, *span, &name, matcher, &look.found.into())?;
            return Ok(lacking);
        }
        if let Some((span, false)) = expected.visible {
            if look.found > 0 {
                let name = format!("{}: visible", place.shown);
                lacking.push(differs(span, &name, "false", "true"));
            }
            return Ok(lacking);
        }
        let (state, _) = match look.one::<()>(place, "expect") {
            Ok(one) => one,
            Err(Verdict::Never(failure)) => return Err(vec![failure]),
            Err(Verdict::NotYet(lack)) => {
                lacking.push(lack.into_failure(place.span, format!("expect {}", place.shown)));
                return Ok(lacking);
            }
            Err(Verdict::Yes(())) => return Ok(lacking),
        };
        for (wanted, key, actual) in [
            (expected.enabled, "enabled", state.enabled),
            (expected.checked, "checked", state.checked),
        ] {
            if let Some((span, wanted)) = wanted
                && wanted != actual
            {
                let name = format!("{}: {key}", place.shown);
                lacking.push(differs(
                    span,
                    &name,
                    &wanted.to_string(),
                    &actual.to_string(),
                ));
            }
        }
        if let Some((span, matcher)) = &expected.text {
            let name = format!("{}: text", place.shown);
            self.hold(&mut lacking, *span, &name, matcher, &state.text.into())?;
        }
        if let Some((span, matcher)) = &expected.value {
            let name = format!("{}: value", place.shown);
            let value = state.value.map_or(Value::Null, Value::from);
            self.hold(&mut lacking, *span, &name, matcher, &value)?;
        }
        Ok(lacking)
    }

    fn hold(
        &self,
        lacking: &mut Vec<Failure>,
        span: Span,
        name: &str,
        matcher: &MatcherTemplate,
        actual: &Value,
    ) -> Result<(), Failures> {
        let mismatches = matcher
            .check(Actual::Value(actual), self.engine, self.scope)
            .map_err(|error| {
                let message = format!("{name}: {}", error.message);
                let span = error.span.or(Some(span));
                vec![Failure::new(FailureKind::Request, span, message)]
            })?;
        lacking.extend(mismatches.into_iter().map(|mismatch| Failure {
            expected: Some(mismatch.expected),
            actual: Some(mismatch.actual),
            notes: mismatch.notes,
            ..Failure::new(FailureKind::Mismatch, Some(span), name)
        }));
        Ok(())
    }
}

fn differs(span: Span, name: &str, expected: &str, actual: &str) -> Failure {
    Failure {
        expected: Some(format!("boolean {expected}")),
        actual: Some(format!("boolean {actual}")),
        ..Failure::new(FailureKind::Mismatch, Some(span), name)
    }
}
