//! What may be written: every map of the language with its keys, what each means and what it takes.
//!
//! Reading judges keys by these definitions, and the JSON Schemas for editors are made of them, so that
//! the two cannot say different things.

/// A key, in one line. A macro, because what it borrows must live for ever.
macro_rules! key {
    ($name:expr, $shape:expr, $meaning:expr $(,)?) => {
        crate::parse::definition::Key {
            name: $name,
            meaning: $meaning,
            shape: $shape,
        }
    };
}

mod browser;
mod expect;
mod file;
mod project;
mod request;
mod sandbox;
mod snapshot;
mod step;

pub(super) use browser::{
    BROWSER_ACTION, CLICK, DRIVEN, FILL, LOCATOR, PAGE, PRESS, ROLES, SCREEN, SELECT,
    TARGET_BROWSER, WAIT_FOR,
};
pub(super) use expect::EXPECT;
pub(super) use file::{FRAGMENT, SCENARIO};
pub(super) use project::{PROJECT, TARGET};
pub(super) use request::{AUTH, BASIC, DEFAULTS, FILE_PART, REQUEST, RETRY, TLS};
pub(super) use sandbox::{BLOCK, MIDWAY};
pub(super) use snapshot::{OF_STEP, SETTINGS};
pub(super) use step::{ACTIONS, ANY_METHOD, CAPTURE, EVERY, STEP};

/// A map with known keys.
#[derive(Debug)]
pub(super) struct Map {
    /// What its schema is called.
    pub(super) id: &'static str,
    /// What it is, for messages: `a step`.
    pub(super) what: &'static str,
    /// The keys.
    pub(super) keys: &'static [Key],
    /// What beside the keys may stand in it: a pattern of names, and what stands under them.
    pub(super) others: Option<(&'static str, Shape)>,
}

/// A key of a map.
#[derive(Debug)]
pub(super) struct Key {
    /// How it is written.
    pub(super) name: &'static str,
    /// What it means, for people.
    pub(super) meaning: &'static str,
    /// What it takes.
    pub(super) shape: Shape,
}

/// What may stand at a place.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    /// Anything.
    Anything,
    /// Text; a number or a boolean is read as what is written.
    Text,
    /// `true` or `false`.
    Boolean,
    /// A whole number from the first to the second.
    Whole(u64, u64),
    /// A duration like `2s`.
    Duration,
    /// One of these words.
    Word(&'static [&'static str]),
    /// Null, which takes a default away or says that there is none.
    Nothing,
    /// What is defined there.
    Same(&'static Shape),
    /// A map with known keys.
    Map(&'static Map),
    /// A map of names to values of one shape.
    Names(&'static Shape),
    /// A list of values of one shape.
    List(&'static Shape),
    /// Any one of these.
    OneOf(&'static [Shape]),
    /// A number, a text, a boolean, null or a list, but no map.
    Literal,
    /// The same, or text with a template in it.
    OrTemplate(&'static Shape),
}

impl Map {
    /// The names of its keys.
    pub(super) fn names(&self) -> Vec<&'static str> {
        self.keys.iter().map(|key| key.name).collect()
    }

    /// Whether it has that key.
    pub(super) fn has(&self, name: &str) -> bool {
        self.keys.iter().any(|key| key.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::expect::{FORMATS, MATCHER};
    use crate::model::matcher;

    fn sorted<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
        let mut names: Vec<&str> = names.collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn the_matchers_words_and_formats_are_those_that_are_compiled() {
        assert_eq!(
            sorted(MATCHER.names().into_iter()),
            sorted(matcher::words())
        );
        assert_eq!(
            sorted(FORMATS.iter().copied()),
            sorted(matcher::FORMATS.into_iter())
        );
    }
}
