//! Screens that come in an order that nobody knows before: each is answered as it comes.

use tokio::time::sleep;

use super::driver::{Driver, Failures};
use super::place::{Lack, Place};
use super::tab::{POLL, PageSight};
use crate::model::browsing::{Locator, Screen};
use crate::model::matcher::MatcherTemplate;
use crate::model::outcome::{Failure, FailureKind};
use crate::model::source::Span;
use crate::model::template::{Expression, Template};

/// How many screens are answered before something is surely wrong.
const MOST_SCREENS: usize = 100;

/// What the screens are known by.
struct Known {
    screens: Vec<Place>,
    until: Vec<Place>,
    give_up: Vec<Place>,
}

impl Driver<'_> {
    /// Answers whatever screen comes, until the last one does.
    pub(super) async fn screens(
        &mut self,
        span: Span,
        screens: &[Screen<Template, MatcherTemplate, Expression>],
        until: &[Locator<Template>],
        give_up: &[Locator<Template>],
    ) -> Result<(), Failures> {
        let known = Known {
            screens: self.places(screens.iter().map(|screen| &screen.when))?,
            until: self.places(until.iter())?,
            give_up: self.places(give_up.iter())?,
        };
        for _ in 0..MOST_SCREENS {
            self.doing = Some((span, "wait for a screen".into()));
            let Some(index) = self.next_screen(span, &known).await? else {
                return Ok(());
            };
            let before = (self.tab.state().pages, self.page(span).await?);
            self.actions(&screens[index].actions).await?;
            self.left(&known.screens[index], &before).await?;
        }
        let message = format!("screens: {MOST_SCREENS} were answered, and the last did not come");
        let failure = Failure::new(FailureKind::Mismatch, Some(span), message);
        Err(vec![failure])
    }

    fn places<'l>(
        &mut self,
        locators: impl Iterator<Item = &'l Locator<Template>>,
    ) -> Result<Vec<Place>, Failures> {
        locators
            .map(|locator| self.place(locator, "look for"))
            .collect()
    }

    /// The number of the first known screen that comes; none for the last one.
    async fn next_screen(&self, span: Span, known: &Known) -> Result<Option<usize>, Failures> {
        loop {
            for place in &known.until {
                if self.can_be_seen(place).await? {
                    return Ok(None);
                }
            }
            for place in &known.give_up {
                if self.can_be_seen(place).await? {
                    let message =
                        format!("screens: there is {}, so they were given up", place.shown);
                    let failure = Failure::new(FailureKind::Mismatch, Some(place.span), message);
                    return Err(vec![failure]);
                }
            }
            for (index, place) in known.screens.iter().enumerate() {
                if self.can_be_seen(place).await? {
                    return Ok(Some(index));
                }
            }
            if self.is_late() {
                let places = known.until.iter().chain(&known.screens);
                let names: Vec<&str> = places.map(|place| place.shown.as_str()).collect();
                let lack = Lack {
                    expected: format!("one of {}", names.join(", ")),
                    actual: "a screen that none of them is on".into(),
                    notes: Vec::new(),
                };
                return Err(self.not_in_time(lack, span, "screens".into()));
            }
            sleep(POLL).await;
        }
    }

    /// Waits until a screen that was answered is another.
    async fn left(&self, screen: &Place, before: &(u64, PageSight)) -> Result<(), Failures> {
        loop {
            let page = self.page(screen.span).await?;
            let (pages, seen) = before;
            if self.tab.state().pages != *pages || page.url != seen.url || page.text != seen.text {
                return Ok(());
            }
            if self.is_late() {
                let lack = Lack {
                    expected: "another screen after its actions".into(),
                    actual: "the same one".into(),
                    notes: Vec::new(),
                };
                let message = format!("the screen of {}", screen.shown);
                return Err(self.not_in_time(lack, screen.span, message));
            }
            sleep(POLL).await;
        }
    }
}
