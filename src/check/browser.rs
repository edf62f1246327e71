//! The actions of a `browser` step.

use super::compiler::{Compiler, Here};
use crate::model::browsing::{By, Deed, Locator, PageExpectation, Screen};
use crate::model::diagnostic::Diagnostic;
use crate::model::keyboard;
use crate::model::matcher::{MatcherContext, MatcherTemplate};
use crate::model::node::{Node, Text};
use crate::model::plan;
use crate::model::scenario::BrowserAction;
use crate::model::source::Span;
use crate::model::template::{Expression, Template};

/// The longest name of a picture.
const LONGEST_NAME: usize = 80;

/// Compiles a list of actions; all that is wrong is noted.
pub(super) fn compile(
    compiler: &mut Compiler<'_>,
    actions: &[BrowserAction],
    here: Here<'_>,
) -> Option<Vec<plan::BrowserAction>> {
    let compiled: Vec<Option<plan::BrowserAction>> = actions
        .iter()
        .map(|action| one(compiler, action, here))
        .collect();
    compiled.into_iter().collect()
}

fn one(
    compiler: &mut Compiler<'_>,
    action: &BrowserAction,
    here: Here<'_>,
) -> Option<plan::BrowserAction> {
    let condition = action
        .condition
        .as_ref()
        .map(|text| compiler.expression(text, here));
    let deed = deed(compiler, &action.deed, here);
    Some(plan::BrowserAction {
        span: action.span,
        condition: match condition {
            Some(condition) => Some(condition?),
            None => None,
        },
        deed: deed?,
    })
}

fn deed(
    compiler: &mut Compiler<'_>,
    deed: &Deed<Text, Node, Text>,
    here: Here<'_>,
) -> Option<Deed<Template, MatcherTemplate, Expression>> {
    Some(match deed {
        Deed::Goto(url) => Deed::Goto(compiler.template(url, here)?),
        Deed::Fill { at, with } => {
            let (at, with) = (locator(compiler, at, here), compiler.template(with, here));
            Deed::Fill {
                at: at?,
                with: with?,
            }
        }
        Deed::Select { at, option } => {
            let (at, option) = (locator(compiler, at, here), compiler.template(option, here));
            Deed::Select {
                at: at?,
                option: option?,
            }
        }
        Deed::Click { at, all, optional } => Deed::Click {
            at: locator(compiler, at, here)?,
            all: *all,
            optional: *optional,
        },
        Deed::Press { at, key } => {
            let at = at.as_ref().map(|at| locator(compiler, at, here));
            let key = self::key(compiler, key, here);
            Deed::Press {
                at: match at {
                    Some(at) => Some(at?),
                    None => None,
                },
                key: key?,
            }
        }
        Deed::WaitFor { at, hidden } => Deed::WaitFor {
            at: locator(compiler, at, here)?,
            hidden: *hidden,
        },
        Deed::Screenshot(name) => Deed::Screenshot(picture(compiler, name, here)?),
        Deed::Expect(expected) => Deed::Expect(Box::new(expectation(compiler, expected, here)?)),
        Deed::Screens {
            screens,
            until,
            give_up,
        } => {
            let until = locators(compiler, until, here);
            let give_up = locators(compiler, give_up, here);
            let screens: Vec<_> = screens
                .iter()
                .map(|screen| {
                    let when = locator(compiler, &screen.when, here);
                    let actions = compile(compiler, &screen.actions, here);
                    Some(Screen {
                        when: when?,
                        actions: actions?,
                    })
                })
                .collect();
            Deed::Screens {
                screens: screens.into_iter().collect::<Option<_>>()?,
                until: until?,
                give_up: give_up?,
            }
        }
    })
}

fn locators(
    compiler: &mut Compiler<'_>,
    written: &[Locator<Text>],
    here: Here<'_>,
) -> Option<Vec<Locator<Template>>> {
    let compiled: Vec<_> = written
        .iter()
        .map(|locator| self::locator(compiler, locator, here))
        .collect();
    compiled.into_iter().collect()
}

fn locator(
    compiler: &mut Compiler<'_>,
    written: &Locator<Text>,
    here: Here<'_>,
) -> Option<Locator<Template>> {
    let by = match &written.by {
        By::Css(css) => By::Css(compiler.template(css, here)?),
        By::Label(label) => By::Label(compiler.template(label, here)?),
        By::Text(text) => By::Text(compiler.template(text, here)?),
        By::Role { role, name } => By::Role {
            role: role.clone(),
            name: match name {
                Some(name) => Some(compiler.template(name, here)?),
                None => None,
            },
        },
    };
    Some(Locator {
        span: written.span,
        by,
        exact: written.exact,
    })
}

fn key(compiler: &mut Compiler<'_>, key: &Text, here: Here<'_>) -> Option<Template> {
    let template = compiler.template(key, here)?;
    if let Some(literal) = template.as_literal()
        && let Err(why) = keyboard::read(literal)
    {
        compiler.mistake(Diagnostic::error(key.span, why.message).hint(why.hint));
        return None;
    }
    Some(template)
}

/// The name of a picture, which becomes a file's.
fn picture(compiler: &mut Compiler<'_>, name: &Text, here: Here<'_>) -> Option<Template> {
    let template = compiler.template(name, here)?;
    let is_fine = |name: &str| {
        !name.trim_matches('.').is_empty()
            && name.chars().count() <= LONGEST_NAME
            && name
                .chars()
                .all(|character| character.is_alphanumeric() || " ._-".contains(character))
    };
    if let Some(literal) = template.as_literal()
        && !is_fine(literal)
    {
        compiler.error(
            name.span,
            format!("`{literal}` cannot be the name of a picture"),
            "use letters, digits, spaces, `.`, `_` and `-`; the ending is added",
        );
        return None;
    }
    Some(template)
}

fn expectation(
    compiler: &mut Compiler<'_>,
    written: &PageExpectation<Text, Node>,
    here: Here<'_>,
) -> Option<PageExpectation<Template, MatcherTemplate>> {
    let mut matcher = |written: &Option<(Span, Node)>| match written {
        None => Some(None),
        Some((span, node)) => compiler
            .matcher(node, MatcherContext::Value, here)
            .map(|matcher| Some((*span, matcher))),
    };
    let url = matcher(&written.url);
    let text = matcher(&written.text);
    let value = matcher(&written.value);
    let count = matcher(&written.count);
    let element = match &written.element {
        Some(element) => Some(locator(compiler, element, here)?),
        None => None,
    };
    Some(PageExpectation {
        url: url?,
        text: text?,
        element,
        visible: written.visible,
        enabled: written.enabled,
        checked: written.checked,
        value: value?,
        count: count?,
    })
}
