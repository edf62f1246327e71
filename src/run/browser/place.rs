//! Which element is meant, and what a page says of it.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::model::browsing::{By, Locator};
use crate::model::outcome::{Failure, FailureKind};
use crate::model::source::Span;
use crate::model::template::{Engine, RenderError, Scope, Template};

/// An element that is looked for, its templates evaluated.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) span: Span,
    /// What it is called in messages.
    pub(super) shown: String,
    /// What the page is asked.
    pub(super) at: Value,
}

/// What a page says of an element.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Look {
    /// Why that can never be found.
    pub(super) wrong: Option<String>,
    /// How many can be seen.
    pub(super) found: usize,
    /// How many are there and cannot be seen.
    pub(super) hidden: usize,
    /// The first of those that can be seen.
    pub(super) matches: Vec<String>,
    /// What there is of the kind, where there is none like that.
    pub(super) others: Vec<String>,
    /// How it is, if there is just one.
    pub(super) state: Option<ElementState>,
    /// Where it can be clicked.
    pub(super) point: Option<Point>,
    /// Whether what was asked for has been done.
    pub(super) done: bool,
    /// The options that there are, where the wanted one is not among them.
    pub(super) options: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ElementState {
    pub(super) enabled: bool,
    pub(super) writable: bool,
    pub(super) checked: bool,
    pub(super) text: String,
    pub(super) value: Option<String>,
    pub(super) described: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
    /// What lies over it.
    pub(super) covered_by: Option<String>,
}

/// What is missing, as long as it may still come.
#[derive(Debug, Default)]
pub(super) struct Lack {
    pub(super) expected: String,
    pub(super) actual: String,
    pub(super) notes: Vec<String>,
}

/// What is made of a look.
pub(super) enum Verdict<T> {
    Yes(T),
    NotYet(Lack),
    Never(Failure),
}

impl Place {
    pub(super) fn of(
        locator: &Locator<Template>,
        engine: &Engine,
        scope: &Scope,
    ) -> Result<Place, RenderError> {
        let text = |template: &Template| engine.render(template, scope);
        let exact = locator.exact;
        let (shown, at) = match &locator.by {
            By::Css(css) => {
                let css = text(css)?;
                (format!("`{css}`"), json!({ "css": css }))
            }
            By::Label(label) => {
                let label = text(label)?;
                let at = json!({ "label": label, "exact": exact });
                (format!("field “{label}”"), at)
            }
            By::Text(wanted) => {
                let wanted = text(wanted)?;
                let at = json!({ "text": wanted, "exact": exact });
                (format!("text “{wanted}”"), at)
            }
            By::Role { role, name: None } => (role.clone(), json!({ "role": role })),
            By::Role {
                role,
                name: Some(name),
            } => {
                let name = text(name)?;
                let at = json!({ "role": role, "name": name, "exact": exact });
                (format!("{role} “{name}”"), at)
            }
        };
        Ok(Place {
            span: locator.span,
            shown,
            at,
        })
    }
}

impl Look {
    /// How the one element is; otherwise what there is instead.
    pub(super) fn one<T>(
        self,
        place: &Place,
        what: &str,
    ) -> Result<(ElementState, Look), Verdict<T>> {
        if self.wrong.is_some() || self.found > 1 {
            return Err(Verdict::Never(self.never(place, what)));
        }
        let mut look = self;
        match look.state.take() {
            Some(state) if look.found == 1 => Ok((state, look)),
            _ => Err(Verdict::NotYet(look.lack(&place.shown))),
        }
    }

    /// What is missing where nothing can be seen.
    pub(super) fn lack(&self, shown: &str) -> Lack {
        let actual = match self.hidden {
            0 => "nothing like it".to_owned(),
            1 => "one that is there, and cannot be seen".to_owned(),
            count => format!("{count} that are there, and cannot be seen"),
        };
        let mut notes = Vec::new();
        if !self.others.is_empty() {
            notes.push(format!("of this kind there are: {}", quoted(&self.others)));
        }
        Lack {
            expected: format!("{shown}, to be seen"),
            actual,
            notes,
        }
    }

    fn never(&self, place: &Place, what: &str) -> Failure {
        let message = format!("{what} {}", place.shown);
        if let Some(wrong) = &self.wrong {
            return Failure::new(
                FailureKind::Request,
                Some(place.span),
                format!("{message}: {wrong}"),
            );
        }
        let mut failure = Failure::new(FailureKind::Mismatch, Some(place.span), message);
        failure.expected = Some("one element".into());
        failure.actual = Some(format!("{} elements", self.found));
        failure.notes = self.matches.clone();
        if self.matches.len() < self.found {
            failure
                .notes
                .push(format!("and {} more", self.found - self.matches.len()));
        }
        failure.notes.push(
            "say which one is meant: by `exact: true`, a longer name, or a CSS selector".into(),
        );
        failure
    }
}

impl Lack {
    /// The failure of something that did not come in time.
    pub(super) fn into_failure(self, span: Span, message: String) -> Failure {
        Failure {
            expected: (!self.expected.is_empty()).then_some(self.expected),
            actual: (!self.actual.is_empty()).then_some(self.actual),
            notes: self.notes,
            ..Failure::new(FailureKind::Mismatch, Some(span), message)
        }
    }
}

/// Names in quotes with commas between them.
pub(super) fn quoted(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("“{name}”")).collect();
    quoted.join(", ")
}
