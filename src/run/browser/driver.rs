//! Does the actions of a step, one after the other, and waits for what each needs.

use serde_json::{Value, json};
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};
use url::Url;

use super::super::guard::{Guard, find_in_encoded};
use super::super::request::from_render;
use super::evidence::Album;
use super::place::{Lack, Look, Place, Point, Verdict, quoted};
use super::tab::{POLL, PageSight, Tab};
use crate::model::browsing::{Deed, Locator};
use crate::model::duration;
use crate::model::keyboard;
use crate::model::outcome::{Failure, FailureKind, PageSeen};
use crate::model::plan::BrowserAction;
use crate::model::secret::Secrets;
use crate::model::source::Span;
use crate::model::template::{Engine, Scope, Template};

/// Why the actions ended before the last.
pub(super) type Failures = Vec<Failure>;
type Done<'a, T> = Pin<Box<dyn Future<Output = Result<T, Failures>> + Send + 'a>>;

/// Drives a tab for one step.
pub(super) struct Driver<'d> {
    pub(super) tab: &'d Tab,
    pub(super) engine: &'d Engine,
    pub(super) scope: &'d Scope,
    pub(super) base: &'d Url,
    pub(super) guard: &'d Guard,
    pub(super) secrets: &'d Secrets,
    pub(super) album: &'d Album,
    /// When the time is up, and how long it was.
    pub(super) deadline: Instant,
    pub(super) limit: Duration,
    /// The pictures that were asked for.
    pub(super) seen: Vec<PageSeen>,
    /// How many actions have been done.
    pub(super) done: usize,
    /// What is being done, where it stands.
    pub(super) doing: Option<(Span, String)>,
}

impl Driver<'_> {
    /// Does all of them.
    pub(super) fn actions<'a>(&'a mut self, actions: &'a [BrowserAction]) -> Done<'a, ()> {
        // Screens hold actions, so this future holds itself.
        Box::pin(async move {
            for action in actions {
                let is_wanted = match &action.condition {
                    Some(condition) => self
                        .engine
                        .decide(condition, self.scope)
                        .map_err(|error| vec![from_render(error, condition.span())])?,
                    None => true,
                };
                if is_wanted {
                    self.action(action).await?;
                    self.done += 1;
                }
            }
            Ok(())
        })
    }

    async fn action(&mut self, action: &BrowserAction) -> Result<(), Failures> {
        let span = action.span;
        match &action.deed {
            Deed::Goto(url) => self.goto(span, url).await,
            Deed::Fill { at, with } => self.fill(at, with).await,
            Deed::Click { at, all, optional } => {
                if *optional && !self.is_there(at).await? {
                    return Ok(());
                }
                match all {
                    false => self.click(at).await,
                    true => self.click_all(at).await,
                }
            }
            Deed::Select { at, option } => self.select(at, option).await,
            Deed::Press { at, key } => self.press(at.as_ref(), key).await,
            Deed::WaitFor { at, hidden } => self.wait_for(at, *hidden).await,
            Deed::Screenshot(name) => self.screenshot(span, name).await,
            Deed::Expect(expected) => self.expect(span, expected).await,
            Deed::Screens {
                screens,
                until,
                give_up,
            } => self.screens(span, screens, until, give_up).await,
        }
    }

    pub(super) fn text(&self, template: &Template) -> Result<String, Failures> {
        self.engine
            .render(template, self.scope)
            .map_err(|error| vec![from_render(error, template.span())])
    }

    /// An element with its templates evaluated, and a note that something is done there.
    pub(super) fn place(
        &mut self,
        locator: &Locator<Template>,
        what: &str,
    ) -> Result<Place, Failures> {
        let place = Place::of(locator, self.engine, self.scope)
            .map_err(|error| vec![from_render(error, locator.span)])?;
        self.doing = Some((place.span, format!("{what} {}", place.shown)));
        Ok(place)
    }

    pub(super) fn is_late(&self) -> bool {
        Instant::now() >= self.deadline
    }

    pub(super) fn not_in_time(&self, mut lack: Lack, span: Span, message: String) -> Failures {
        lack.notes
            .insert(0, format!("waited {}", duration::display(self.limit)));
        vec![lack.into_failure(span, message)]
    }

    /// The failure of a tab that cannot be driven any more.
    fn broken(&self, span: Span, why: String) -> Failures {
        let doing = self.doing.as_ref().map_or("", |(_, what)| what.as_str());
        vec![Failure::new(
            FailureKind::Transport,
            Some(span),
            format!("{doing}: {why}"),
        )]
    }

    /// What the page says; nothing while one page gives way to another.
    pub(super) async fn ask<T: serde::de::DeserializeOwned>(
        &self,
        span: Span,
        request: &Value,
    ) -> Result<Option<T>, Failures> {
        match self.tab.ask(request).await {
            Ok(answer) => Ok(Some(answer)),
            Err(why) if !self.tab.is_alive() => Err(self.broken(span, why)),
            Err(_) => Ok(None),
        }
    }

    /// Asks until the verdict is one.
    async fn until<T>(
        &self,
        place: &Place,
        what: &str,
        request: &Value,
        mut judge: impl FnMut(Look) -> Verdict<T>,
    ) -> Result<T, Failures> {
        let mut lack = Lack {
            expected: format!("{}, to be seen", place.shown),
            actual: "a page that cannot be read".into(),
            notes: Vec::new(),
        };
        loop {
            if let Some(look) = self.ask::<Look>(place.span, request).await? {
                match judge(look) {
                    Verdict::Yes(done) => return Ok(done),
                    Verdict::Never(failure) => return Err(vec![failure]),
                    Verdict::NotYet(missing) => lack = missing,
                }
            }
            if self.is_late() {
                let message = format!("{what} {}", place.shown);
                return Err(self.not_in_time(lack, place.span, message));
            }
            sleep(POLL).await;
        }
    }

    async fn goto(&mut self, span: Span, url: &Template) -> Result<(), Failures> {
        let written = self.text(url)?;
        self.doing = Some((span, format!("goto {written}")));
        let fail = |kind, message: String| vec![Failure::new(kind, Some(span), message)];
        let url = match self.base.join(&written) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => url,
            Ok(url) => {
                let message = format!(
                    "goto: a page's URL begins with http, not `{}:`",
                    url.scheme()
                );
                return Err(fail(FailureKind::Request, message));
            }
            Err(error) => {
                let message = format!("goto: `{written}` is no URL: {error}");
                return Err(fail(FailureKind::Request, message));
            }
        };
        if !self.guard.allows(&url)
            && let Some(name) = find_in_encoded(self.secrets, url.as_str())
        {
            return Err(vec![leaks(span, name, &url)]);
        }
        match timeout_at(self.deadline, self.tab.goto(url.as_str(), self.deadline)).await {
            Ok(Ok(())) => {}
            Ok(Err(why)) => {
                return Err(fail(FailureKind::Transport, format!("goto {url}: {why}")));
            }
            Err(_) => {
                let limit = duration::display(self.limit);
                let message = format!("goto {url}: the page did not come within {limit}");
                return Err(fail(FailureKind::Timeout, message));
            }
        }
        let page = self.page(span).await?;
        if page.status >= 400 {
            let mut failure =
                Failure::new(FailureKind::Mismatch, Some(span), format!("goto {url}"));
            failure.expected = Some("below 400".into());
            failure.actual = Some(format!("number {}", page.status));
            return Err(vec![failure]);
        }
        Ok(())
    }

    /// The page as it is, as soon as there is one.
    pub(super) async fn page(&self, span: Span) -> Result<PageSight, Failures> {
        loop {
            if let Some(page) = self.ask(span, &json!({ "do": "page" })).await? {
                return Ok(page);
            }
            if self.is_late() {
                return Ok(PageSight::default());
            }
            sleep(POLL).await;
        }
    }

    /// Whether a text may be typed here: a secret goes to no page whose host the target does not name.
    async fn may_type(&self, span: Span, text: &str) -> Result<(), Failures> {
        let Some(name) = find_in_encoded(self.secrets, text) else {
            return Ok(());
        };
        let page = self.page(span).await?;
        match Url::parse(&page.url) {
            Ok(url) if self.guard.allows(&url) => Ok(()),
            Ok(url) => Err(vec![leaks(span, name, &url)]),
            Err(_) => Err(self.broken(span, "there is no page to type a secret into".into())),
        }
    }

    async fn fill(&mut self, at: &Locator<Template>, with: &Template) -> Result<(), Failures> {
        let place = self.place(at, "fill")?;
        let text = self.text(with)?;
        self.may_type(with.span(), &text).await?;
        let before = self.tab.state().pages;
        let request = json!({ "do": "take", "at": place.at, "text": text });
        let is_done = self
            .until(&place, "fill", &request, |look| {
                let (state, look) = match look.one(&place, "fill") {
                    Ok(one) => one,
                    Err(verdict) => return verdict,
                };
                if state.enabled && (state.writable || look.done) {
                    return Verdict::Yes(look.done);
                }
                Verdict::NotYet(Lack {
                    expected: "a field that can be written into".into(),
                    actual: if state.enabled {
                        format!("{}, which is none", state.described)
                    } else {
                        format!("{}, which is disabled", state.described)
                    },
                    notes: Vec::new(),
                })
            })
            .await?;
        if !is_done {
            self.may_type(with.span(), &text).await?;
            let written = self.tab.write(&text).await;
            written.map_err(|why| self.broken(place.span, why))?;
        }
        self.tab.settle(before, self.deadline).await;
        Ok(())
    }

    /// The same, its templates evaluated now.
    async fn is_there(&mut self, at: &Locator<Template>) -> Result<bool, Failures> {
        let place = self.place(at, "click")?;
        self.can_be_seen(&place).await
    }

    async fn click(&mut self, at: &Locator<Template>) -> Result<(), Failures> {
        let place = self.place(at, "click")?;
        let request = json!({ "do": "point", "at": place.at });
        self.click_where(&place, &request).await
    }

    /// Clicks on each that there is at the beginning.
    async fn click_all(&mut self, at: &Locator<Template>) -> Result<(), Failures> {
        let place = self.place(at, "click")?;
        let request = json!({ "do": "keep", "at": place.at });
        let count = self
            .until(&place, "click", &request, |look| match look.found {
                _ if look.wrong.is_some() => match look.one(&place, "click") {
                    Err(verdict) => verdict,
                    Ok(_) => Verdict::Yes(0),
                },
                0 => Verdict::NotYet(look.lack(&place.shown)),
                count => Verdict::Yes(count),
            })
            .await?;
        for index in 0..count {
            let request = json!({ "do": "point", "kept": index });
            self.click_where(&place, &request).await?;
        }
        Ok(())
    }

    /// Clicks where the page says, once that has been the same place twice.
    async fn click_where(&mut self, place: &Place, request: &Value) -> Result<(), Failures> {
        let mut last: Option<(f64, f64)> = None;
        let (x, y) = self
            .until(place, "click", request, |look| {
                let (state, look) = match look.one(place, "click") {
                    Ok(one) => one,
                    Err(verdict) => return verdict,
                };
                let Some(point) = look.point else {
                    return Verdict::NotYet(Lack {
                        expected: "one that is enabled".into(),
                        actual: format!("{}, which is disabled", state.described),
                        notes: Vec::new(),
                    });
                };
                at_rest(&mut last, &point, &state.described)
            })
            .await?;
        let before = self.tab.state().pages;
        let clicked = self.tab.click(x, y).await;
        clicked.map_err(|why| self.broken(place.span, why))?;
        self.tab.settle(before, self.deadline).await;
        Ok(())
    }

    async fn select(&mut self, at: &Locator<Template>, option: &Template) -> Result<(), Failures> {
        let place = self.place(at, "select")?;
        let wanted = self.text(option)?;
        self.may_type(option.span(), &wanted).await?;
        let before = self.tab.state().pages;
        let request = json!({ "do": "select", "at": place.at, "option": wanted });
        self.until(&place, "select", &request, |look| {
            let (state, look) = match look.one(&place, "select") {
                Ok(one) => one,
                Err(verdict) => return verdict,
            };
            if look.done {
                return Verdict::Yes(());
            }
            Verdict::NotYet(Lack {
                expected: format!("an option “{wanted}”"),
                actual: match (state.enabled, look.options.is_empty()) {
                    (false, _) => format!("{}, which is disabled", state.described),
                    (true, true) => "none that can be chosen".into(),
                    (true, false) => quoted(&look.options),
                },
                notes: Vec::new(),
            })
        })
        .await?;
        self.tab.settle(before, self.deadline).await;
        Ok(())
    }

    async fn press(
        &mut self,
        at: Option<&Locator<Template>>,
        key: &Template,
    ) -> Result<(), Failures> {
        let span = key.span();
        let named = self.text(key)?;
        let stroke = keyboard::read(&named).map_err(|why| {
            let mut failure = Failure::new(FailureKind::Request, Some(span), why.message);
            failure.notes.push(why.hint);
            vec![failure]
        })?;
        if let Some(at) = at {
            let place = self.place(at, "press a key at")?;
            let request = json!({ "do": "focus", "at": place.at });
            self.until(&place, "press a key at", &request, |look| {
                match look.one(&place, "press a key at") {
                    Ok((state, _)) if state.enabled => Verdict::Yes(()),
                    Ok((state, _)) => Verdict::NotYet(Lack {
                        expected: "one that is enabled".into(),
                        actual: format!("{}, which is disabled", state.described),
                        notes: Vec::new(),
                    }),
                    Err(verdict) => verdict,
                }
            })
            .await?;
        }
        self.doing = Some((span, format!("press {named}")));
        let before = self.tab.state().pages;
        let pressed = self.tab.press(&stroke).await;
        pressed.map_err(|why| self.broken(span, why))?;
        self.tab.settle(before, self.deadline).await;
        Ok(())
    }

    async fn wait_for(&mut self, at: &Locator<Template>, hidden: bool) -> Result<(), Failures> {
        let place = self.place(at, "wait for")?;
        let request = json!({ "do": "look", "at": place.at });
        self.until(&place, "wait for", &request, |look| {
            if look.wrong.is_some() {
                return match look.one(&place, "wait for") {
                    Err(verdict) => verdict,
                    Ok(_) => Verdict::Yes(()),
                };
            }
            match (hidden, look.found) {
                (false, 1..) | (true, 0) => Verdict::Yes(()),
                (false, 0) => Verdict::NotYet(look.lack(&place.shown)),
                (true, _) => Verdict::NotYet(Lack {
                    expected: format!("no {} to be seen", place.shown),
                    actual: look.matches.join(", "),
                    notes: Vec::new(),
                }),
            }
        })
        .await
    }

    async fn screenshot(&mut self, span: Span, name: &Template) -> Result<(), Failures> {
        let name = self.text(name)?;
        self.doing = Some((span, format!("screenshot {name}")));
        match self.album.keep(self.tab, self.secrets, &name).await {
            Ok(seen) => {
                self.seen.push(seen);
                Ok(())
            }
            Err(why) => Err(self.broken(span, why)),
        }
    }

    /// Whether one can be seen now.
    pub(super) async fn can_be_seen(&self, place: &Place) -> Result<bool, Failures> {
        let request = json!({ "do": "look", "at": place.at });
        let Some(look) = self.ask::<Look>(place.span, &request).await? else {
            return Ok(false);
        };
        let found = look.found;
        if look.wrong.is_some()
            && let Err(Verdict::Never(failure)) = look.one::<()>(place, "look for")
        {
            return Err(vec![failure]);
        }
        Ok(found > 0)
    }
}

/// Whether something that is to be clicked stands still and free.
fn at_rest(last: &mut Option<(f64, f64)>, point: &Point, described: &str) -> Verdict<(f64, f64)> {
    if let Some(cover) = &point.covered_by {
        return Verdict::NotYet(Lack {
            expected: "one that can be clicked".into(),
            actual: format!("{described}, over which lies {cover}"),
            notes: Vec::new(),
        });
    }
    let here = (point.x, point.y);
    if last.replace(here) == Some(here) {
        return Verdict::Yes(here);
    }
    Verdict::NotYet(Lack {
        expected: "one that stands still".into(),
        actual: format!("{described}, which moves"),
        notes: Vec::new(),
    })
}

/// The failure of a secret that would have gone where it must not.
fn leaks(span: Span, name: &str, url: &Url) -> Failure {
    let host = url.host_str().unwrap_or_default();
    let mut failure = Failure::new(
        FailureKind::Request,
        Some(span),
        format!("the secret `{name}` would go to `{host}`, which the target does not name"),
    );
    failure
        .notes
        .push("add the host to the target's `hosts` in sammati.yaml if it may have it".into());
    failure
}
