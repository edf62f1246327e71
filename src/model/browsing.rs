//! What a `browser` step does: its actions, as they are written and as they are compiled.
//!
//! Both have one shape: `parse` fills it with texts and values, `check` with what they compile to.

use super::source::Span;

/// One action: `T` is what its texts are, `M` what its matchers are, `E` what its condition is.
#[derive(Clone, Debug)]
pub struct BrowserAction<T, M, E> {
    /// The place that is shown when it fails.
    pub span: Span,
    /// The bare expression that decides whether it is done.
    pub condition: Option<E>,
    /// What it does.
    pub deed: Deed<T, M, E>,
}

/// What an action does.
#[derive(Clone, Debug)]
pub enum Deed<T, M, E> {
    /// Opens a page; a URL with no host goes to the target.
    Goto(T),
    /// Writes into a field, in place of what is there.
    Fill {
        /// The field.
        at: Locator<T>,
        /// What is written.
        with: T,
    },
    /// Clicks.
    Click {
        /// On what.
        at: Locator<T>,
        /// Whether on each that there is, one after the other.
        all: bool,
        /// Whether it goes on where there is none now.
        optional: bool,
    },
    /// Chooses an option of a list, by its label or its value.
    Select {
        /// The list.
        at: Locator<T>,
        /// The option.
        option: T,
    },
    /// Presses a key.
    Press {
        /// Where; the focus is there first.
        at: Option<Locator<T>>,
        /// The key: `Enter`, `a`, `Control+a`.
        key: T,
    },
    /// Waits until something can be seen, or cannot.
    WaitFor {
        /// What.
        at: Locator<T>,
        /// Whether it must be gone.
        hidden: bool,
    },
    /// Keeps a picture of the page under a name.
    Screenshot(T),
    /// What must hold of the page, now or soon.
    Expect(Box<PageExpectation<T, M>>),
    /// Answers the screens that come, in whatever order, until one of those comes that end it.
    Screens {
        /// The screens that are known.
        screens: Vec<Screen<T, M, E>>,
        /// What ends it.
        until: Vec<Locator<T>>,
        /// What fails it at once.
        give_up: Vec<Locator<T>>,
    },
}

/// A screen that may come.
#[derive(Clone, Debug)]
pub struct Screen<T, M, E> {
    /// What it is known by.
    pub when: Locator<T>,
    /// What is done there.
    pub actions: Vec<BrowserAction<T, M, E>>,
}

/// Which elements of a page are meant.
#[derive(Clone, Debug)]
pub struct Locator<T> {
    /// Its place.
    pub span: Span,
    /// How they are found.
    pub by: By<T>,
    /// Whether a name or a text must be the whole one, capitals included.
    pub exact: bool,
}

/// How elements are found.
#[derive(Clone, Debug)]
pub enum By<T> {
    /// By a CSS selector.
    Css(T),
    /// By what they are to somebody who cannot see the page, and what they are called.
    Role {
        /// An ARIA role: `button`, `link`, `heading`.
        role: String,
        /// The accessible name, or a part of it.
        name: Option<T>,
    },
    /// Fields by their labels.
    Label(T),
    /// By the text that stands in them.
    Text(T),
}

/// What must hold of a page.
#[derive(Clone, Debug)]
pub struct PageExpectation<T, M> {
    /// Its URL.
    pub url: Option<(Span, M)>,
    /// Its visible text, or that of the element if one is named.
    pub text: Option<(Span, M)>,
    /// What is looked at; visible, if nothing else is said of it.
    pub element: Option<Locator<T>>,
    /// Whether it can be seen.
    pub visible: Option<(Span, bool)>,
    /// Whether it can be used.
    pub enabled: Option<(Span, bool)>,
    /// Whether it is ticked.
    pub checked: Option<(Span, bool)>,
    /// What a field holds.
    pub value: Option<(Span, M)>,
    /// How many can be seen.
    pub count: Option<(Span, M)>,
}

/// Looks at everything that an action evaluates.
pub trait Visitor<T, M, E> {
    /// A text.
    fn text(&mut self, text: &T);
    /// A matcher.
    fn matcher(&mut self, matcher: &M);
    /// A condition.
    fn condition(&mut self, condition: &E);
}

impl<T, M, E> BrowserAction<T, M, E> {
    /// Shows all that it evaluates.
    pub fn visit(&self, visitor: &mut dyn Visitor<T, M, E>) {
        if let Some(condition) = &self.condition {
            visitor.condition(condition);
        }
        match &self.deed {
            Deed::Goto(text) | Deed::Screenshot(text) => visitor.text(text),
            Deed::Fill { at, with } => {
                at.texts().for_each(|text| visitor.text(text));
                visitor.text(with);
            }
            Deed::Select { at, option } => {
                at.texts().for_each(|text| visitor.text(text));
                visitor.text(option);
            }
            Deed::Press { at, key } => {
                let texts = at.iter().flat_map(Locator::texts);
                texts.for_each(|text| visitor.text(text));
                visitor.text(key);
            }
            Deed::Click { at, .. } | Deed::WaitFor { at, .. } => {
                at.texts().for_each(|text| visitor.text(text));
            }
            Deed::Expect(expected) => {
                let texts = expected.element.iter().flat_map(Locator::texts);
                texts.for_each(|text| visitor.text(text));
                let matchers = [
                    &expected.url,
                    &expected.text,
                    &expected.value,
                    &expected.count,
                ];
                for (_, matcher) in matchers.into_iter().flatten() {
                    visitor.matcher(matcher);
                }
            }
            Deed::Screens {
                screens,
                until,
                give_up,
            } => {
                let texts = until.iter().chain(give_up).flat_map(Locator::texts);
                texts.for_each(|text| visitor.text(text));
                for screen in screens {
                    screen.when.texts().for_each(|text| visitor.text(text));
                    for action in &screen.actions {
                        action.visit(visitor);
                    }
                }
            }
        }
    }
}

impl<T> Locator<T> {
    /// The texts that it evaluates.
    fn texts(&self) -> impl Iterator<Item = &T> {
        let text = match &self.by {
            By::Css(text) | By::Label(text) | By::Text(text) => Some(text),
            By::Role { name, .. } => name.as_ref(),
        };
        text.into_iter()
    }
}
