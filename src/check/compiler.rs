//! Compiles the pieces of a file, and notes what is wrong with each.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use super::Input;
use super::case_names::CaseNames;
use super::extent::Extent;
use super::names::{Current, File, Guard, Names};
use super::schemas::ReadSchemas;
use crate::model::diagnostic::Diagnostic;
use crate::model::files::FileProblem;
use crate::model::jsonpath::Query;
use crate::model::matcher::{MatcherContext, MatcherTemplate};
use crate::model::node::{Node, NodeKind, Text};
use crate::model::plan::DurationTemplate;
use crate::model::scenario::Scenario;
use crate::model::source::Span;
use crate::model::template::{
    Engine, Expression, FileUse, NameUse, Template, TemplateError, ValueTemplate,
};
use crate::model::xpath::XPath;

/// What is compiled with.
pub(super) struct Compiler<'a> {
    pub(super) input: &'a Input<'a>,
    pub(super) state: State,
    /// The scenario that is compiled, in which fragments may be.
    scenario: Option<&'a Scenario>,
    /// What the cases of the scenario that is compiled give.
    pub(super) case_names: CaseNames,
    /// What the fragments come to that were met so far, by their keys.
    pub(super) extents: RefCell<HashMap<&'a str, Arc<Extent>>>,
    pub(super) room: Room,
}

/// How much of a scenario comes from fragments.
#[derive(Default)]
pub(super) struct Room {
    /// The steps so far.
    pub(super) steps: u64,
    /// Whether some fragment has no place in it, which has been told.
    pub(super) is_refused: bool,
    /// Where a circle closes that has been told, whichever way led there.
    pub(super) circles: HashSet<Span>,
}

/// What is known of all scenarios that were compiled so far.
#[derive(Default)]
pub(super) struct State {
    pub(super) engine: Engine,
    /// What was found wrong.
    pub(super) diagnostics: Vec<Diagnostic>,
    seen: HashSet<(Span, String)>,
    /// Paths and regular expressions by their texts: what many files ask for is there once.
    queries: HashMap<String, Query>,
    patterns: HashMap<String, regex::Regex>,
    /// Every variable that some template reads, or that some file declares.
    pub(super) names_known: BTreeSet<String>,
    /// What is wrong with the command line.
    pub(super) arguments: BTreeSet<String>,
}

/// Where a piece stands: the names that are there, and the file around it.
#[derive(Clone, Copy)]
pub(super) struct Here<'h> {
    pub(super) names: &'h Names,
    pub(super) file: &'h File,
    /// What the names of a response stand for.
    pub(super) current: Current,
    /// What the step asks before it runs.
    pub(super) guard: Option<&'h Guard>,
}

impl<'h> Here<'h> {
    /// A place where no response can be read.
    pub(super) fn new(names: &'h Names, file: &'h File) -> Here<'h> {
        Here {
            names,
            file,
            current: Current::Nothing,
            guard: None,
        }
    }
}

impl<'a> Compiler<'a> {
    pub(super) fn new(input: &'a Input<'a>, state: State, scenario: Option<&'a Scenario>) -> Self {
        Compiler {
            input,
            state,
            scenario,
            case_names: CaseNames::default(),
            extents: RefCell::default(),
            room: Room::default(),
        }
    }

    pub(super) fn finish(self) -> State {
        self.state
    }

    /// Notes a mistake; one that is met again (defaults at each step, a fragment at each use) is told once.
    pub(super) fn mistake(&mut self, diagnostic: Diagnostic) {
        if self
            .state
            .seen
            .insert((diagnostic.span, diagnostic.message.clone()))
        {
            self.state.diagnostics.push(diagnostic);
        }
    }

    pub(super) fn error(
        &mut self,
        span: Span,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.mistake(Diagnostic::error(span, message).hint(hint));
    }

    pub(super) fn template(&mut self, text: &Text, here: Here<'_>) -> Option<Template> {
        match self.state.engine.template(text) {
            Ok(template) => {
                self.judge_template(&template, here);
                Some(template)
            }
            Err(error) => self.template_error(text, error),
        }
    }

    pub(super) fn expression(&mut self, text: &Text, here: Here<'_>) -> Option<Expression> {
        match self.state.engine.expression(text) {
            Ok(expression) => {
                for name in expression.names() {
                    self.judge_name(name, here, expression.part(name.range.clone()));
                }
                for file in expression.files() {
                    self.judge_file(file, expression.part(file.range.clone()));
                }
                Some(expression)
            }
            Err(error) => {
                let error = if text.value.contains("{{") {
                    TemplateError {
                        hint: Some(
                            "this is an expression already: write it without `{{` and `}}`".into(),
                        ),
                        ..error
                    }
                } else {
                    error
                };
                self.template_error(text, error)
            }
        }
    }

    pub(super) fn value(&mut self, node: &Node, here: Here<'_>) -> Option<ValueTemplate> {
        let value = self.unjudged_value(node)?;
        self.judge_value(&value, here);
        Some(value)
    }

    /// Looks whether the names that a value reads are there.
    pub(super) fn judge_value(&mut self, value: &ValueTemplate, here: Here<'_>) {
        value.for_each_template(&mut |template| self.judge_template(template, here));
    }

    /// A value whose names are looked at later.
    pub(super) fn unjudged_value(&mut self, node: &Node) -> Option<ValueTemplate> {
        match self.state.engine.value(node) {
            Ok(value) => Some(value),
            Err(diagnostics) => {
                diagnostics
                    .into_iter()
                    .for_each(|diagnostic| self.mistake(diagnostic));
                None
            }
        }
    }

    pub(super) fn matcher(
        &mut self,
        node: &Node,
        context: MatcherContext,
        here: Here<'_>,
    ) -> Option<MatcherTemplate> {
        match MatcherTemplate::compile(
            node,
            context,
            &mut self.state.engine,
            &ReadSchemas(self.input, self.scenario),
        ) {
            Ok(matcher) => {
                matcher.for_each_template(&mut |template| self.judge_template(template, here));
                Some(matcher)
            }
            Err(diagnostics) => {
                diagnostics
                    .into_iter()
                    .for_each(|diagnostic| self.mistake(diagnostic));
                None
            }
        }
    }

    pub(super) fn query(&mut self, text: &Text) -> Option<Query> {
        if let Some(known) = self.state.queries.get(&text.value) {
            return Some(known.clone());
        }
        match Query::compile(&text.value) {
            Ok(query) => {
                self.state.queries.insert(text.value.clone(), query.clone());
                Some(query)
            }
            Err(error) => {
                let span = text.part(error.range.clone());
                self.mistake(Diagnostic::error(span, error.message).maybe_hint(error.hint));
                None
            }
        }
    }

    pub(super) fn xpath(&mut self, text: &Text) -> Option<XPath> {
        if text.value.contains("{{") {
            self.error(
                text.span,
                "an XPath is no template",
                "write it as it is: it must be known before anything is sent",
            );
            return None;
        }
        match XPath::compile(&text.value) {
            Ok(xpath) => Some(xpath),
            Err(error) => {
                let span = text.part(error.range.clone());
                self.mistake(Diagnostic::error(span, error.message).maybe_hint(error.hint));
                None
            }
        }
    }

    pub(super) fn regex(&mut self, text: &Text) -> Option<regex::Regex> {
        if let Some(known) = self.state.patterns.get(&text.value) {
            return Some(known.clone());
        }
        match regex::RegexBuilder::new(&text.value)
            .size_limit(1 << 20)
            .build()
        {
            Ok(regex) => {
                self.state
                    .patterns
                    .insert(text.value.clone(), regex.clone());
                Some(regex)
            }
            Err(error) => {
                let message = error.to_string();
                let reason = message
                    .lines()
                    .last()
                    .unwrap_or("")
                    .trim_start_matches("error: ")
                    .to_owned();
                self.error(
                    text.span,
                    format!("this is no regular expression: {reason}"),
                    "escape characters that are meant as they are with `\\`",
                );
                None
            }
        }
    }

    /// A duration like `2s`, or a template that gives one.
    pub(super) fn duration(&mut self, node: &Node, here: Here<'_>) -> Option<DurationTemplate> {
        let text = match &node.kind {
            NodeKind::Text(text) => text,
            NodeKind::Number(number) => {
                self.error(
                    node.span,
                    format!("`{number}` has no unit"),
                    format!("write `{number}s` or `{number}ms`"),
                );
                return None;
            }
            _ => {
                self.error(
                    node.span,
                    format!("a duration is expected here, not {}", node.describe()),
                    crate::model::duration::EXAMPLES,
                );
                return None;
            }
        };
        let template = self.template(text, here)?;
        match template.as_literal() {
            Some(literal) => match crate::model::duration::parse(literal) {
                Ok(duration) => Some(DurationTemplate::Fixed(duration)),
                Err(message) => {
                    self.error(node.span, message, crate::model::duration::EXAMPLES);
                    None
                }
            },
            None => Some(DurationTemplate::Computed(template)),
        }
    }

    /// A duration, or its default where there is none.
    pub(super) fn duration_or(
        &mut self,
        node: Option<&Node>,
        default: Duration,
        here: Here<'_>,
    ) -> Option<DurationTemplate> {
        match node {
            Some(node) => self.duration(node, here),
            None => Some(DurationTemplate::Fixed(default)),
        }
    }

    fn judge_template(&mut self, template: &Template, here: Here<'_>) {
        for name in template.names() {
            self.judge_name(name, here, template.part(name.range.clone()));
        }
        for file in template.files() {
            self.judge_file(file, template.part(file.range.clone()));
        }
    }

    /// What is outside of the project's folder can never be read; what is not there may come until it is asked for.
    fn judge_file(&mut self, file: &FileUse, span: Span) {
        if let Err(problem @ FileProblem::Outside) = self.input.files.find(span.file, &file.path) {
            self.error(span, problem.about(&file.path), problem.hint());
        }
    }

    fn judge_name(&mut self, name: &NameUse, here: Here<'_>, span: Span) {
        self.case_names.note(name);
        if let Some(root) = name.path.first()
            && !self.state.names_known.contains(root)
        {
            self.state.names_known.insert(root.clone());
        }
        let unknown = if name.path.first().is_some_and(|root| root == "case") {
            self.case_names.judge(name)
        } else {
            here.names.judge(
                name,
                here.file,
                here.current,
                here.guard,
                self.input.environment,
            )
        };
        if let Some(unknown) = unknown {
            self.mistake(Diagnostic {
                severity: unknown.severity,
                span,
                message: unknown.message,
                hint: unknown.hint,
            });
        }
    }

    fn template_error<T>(&mut self, text: &Text, error: TemplateError) -> Option<T> {
        let span = text.part(error.range.clone());
        self.mistake(Diagnostic::error(span, error.message).maybe_hint(error.hint));
        None
    }
}
