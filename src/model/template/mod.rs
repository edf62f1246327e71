//! Templates and expressions. The only folder that knows `minijinja`.
//!
//! A text is read once, written again in a strict form (see `print`), compiled, and from then on only
//! evaluated. Names are looked up in the scope one by one, so that an evaluation costs what it reads.

pub(crate) mod calendar;
mod compile;
mod convert;
mod failure;
mod functions;
mod known;
mod plain;
mod print;
mod scope;
mod statements;
mod unknown;
mod value;

use minijinja::value::Value as Computed;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde_json::Value;
use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use super::diagnostic::Diagnostic;
use super::node::{Node, Text};
use super::source::Span;
use failure::{explain, short, whole};
use plain::Plain;
use scope::{CONTEXT, Context};

pub use known::{FILTERS, FUNCTIONS, TESTS};
pub use scope::Scope;
pub use unknown::shown_for;
pub use value::ValueTemplate;

/// What one evaluation may do, in instructions; 64 bytes of text count as one.
const FUEL: u64 = 4_000_000;
/// Templates of this kind give their value to the context instead of writing it.
const TYPED: char = '=';

/// What compiles templates and evaluates them: one for a run.
#[derive(Default)]
pub struct Engine {
    /// Made when something needs more than text and names.
    environment: OnceLock<Environment<'static>>,
    /// What was compiled before, by kind and text: the same text is compiled once.
    known: HashMap<(Kind, String), Arc<Compiled>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Template,
    Expression,
}

/// What is known of a compiled text.
#[derive(Debug)]
struct Compiled {
    /// The name under which the environment has it.
    name: String,
    /// What the environment is given when it is needed after all, which for a plain one it seldom is.
    printed: Option<String>,
    typed: bool,
    marks: Vec<(Range<usize>, Range<usize>)>,
    names: Vec<NameUse>,
    files: Vec<FileUse>,
    uses_clock: bool,
    /// What is answered without the engine.
    plain: Option<Plain>,
}

/// A compiled string in which `{{ … }}` may stand.
#[derive(Clone, Debug)]
pub struct Template {
    text: Arc<Text>,
    /// Nothing, if there is nothing to evaluate.
    compiled: Option<Arc<Compiled>>,
}

/// A compiled bare expression.
#[derive(Clone, Debug)]
pub struct Expression {
    text: Arc<Text>,
    compiled: Arc<Compiled>,
}

/// A name that a template reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameUse {
    /// The name and what is read in it: `["steps", "login", "status"]`.
    pub path: Vec<String>,
    /// Its bytes in the template's text.
    pub range: Range<usize>,
    /// Whether the template only asks if it is there (`x is defined`, `x | default(…)`).
    pub may_be_missing: bool,
}

/// A file that a template reads, where its path is known before anything runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileUse {
    /// The path as it is written.
    pub path: String,
    /// The path's bytes in the template's text.
    pub range: Range<usize>,
}

/// What is wrong with a template, when it is compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateError {
    /// What is wrong.
    pub message: String,
    /// The bytes of the template's text that are wrong.
    pub range: Range<usize>,
    /// What would be right, if known.
    pub hint: Option<String>,
}

impl TemplateError {
    /// The error as a mistake at its place in the file.
    pub fn at(self, text: &Text) -> Diagnostic {
        Diagnostic::error(text.part(self.range), self.message).maybe_hint(self.hint)
    }
}

/// Why a template gave nothing, when it was evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderError {
    /// What is wrong.
    pub message: String,
    /// Where in the file.
    pub span: Option<Span>,
}

/// What the world gives to functions: time, randomness, files.
pub trait World: Send + Sync + fmt::Debug {
    /// The target's time, in nanoseconds since 1970.
    fn now(&self) -> i128;
    /// 64 random bits.
    fn random(&self) -> u64;
    /// The text of a file of the project, by a path relative to the file that names it, or why not.
    fn file(&self, from: super::source::FileId, path: &str) -> Result<String, String>;
}

impl fmt::Debug for Engine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Engine")
            .field("templates", &self.known.len())
            .finish_non_exhaustive()
    }
}

impl Engine {
    fn environment(&self) -> &Environment<'static> {
        self.environment.get_or_init(environment)
    }
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    // The printed templates are strict themselves; so `a.b.c is defined` may ask at any depth.
    environment.set_undefined_behavior(UndefinedBehavior::Chainable);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    if let Ok(syntax) = compile::syntax() {
        environment.set_syntax(syntax);
    }
    environment.set_fuel(Some(FUEL));
    environment.set_debug(true);
    environment.set_formatter(|output, state, value| {
        if !state.name().starts_with(TYPED) {
            let text = convert::to_text(value).map_err(functions::wrong)?;
            return output.write_str(&text).map_err(minijinja::Error::from);
        }
        if let Some(context) = state.lookup(CONTEXT)
            && let Some(context) = context.downcast_object_ref::<Context>()
        {
            context.give(value.clone());
        }
        Ok(())
    });
    functions::register(&mut environment);
    environment
}

impl Engine {
    /// Compiles a string; a `FileId` in the span tells `file(path)` where it is relative to.
    pub fn template(&mut self, text: &Text) -> Result<Template, TemplateError> {
        let compiled = if compile::is_literal(&text.value) {
            None
        } else {
            Some(self.compile(Kind::Template, &text.value)?)
        };
        Ok(Template {
            text: Arc::new(text.clone()),
            compiled,
        })
    }

    /// Compiles a bare expression.
    pub fn expression(&mut self, text: &Text) -> Result<Expression, TemplateError> {
        let compiled = self.compile(Kind::Expression, &text.value)?;
        Ok(Expression {
            text: Arc::new(text.clone()),
            compiled,
        })
    }

    /// Compiles all strings of a value, all mistakes at once, each with its place.
    pub fn value(&mut self, node: &Node) -> Result<ValueTemplate, Vec<Diagnostic>> {
        ValueTemplate::compile(node, self)
    }

    /// What a template gives; one that is exactly one `{{ expression }}` keeps the expression's type.
    pub fn evaluate(&self, template: &Template, scope: &Scope) -> Result<Value, RenderError> {
        let Some(compiled) = &template.compiled else {
            return Ok(Value::from(template.text.value.as_str()));
        };
        if scope.lacks(&compiled.names) {
            let outline = unknown::outline(compiled, &template.text.value, scope);
            return Ok(outline.into());
        }
        let plain = compiled.plain.as_ref();
        if compiled.typed {
            if let Some(value) = plain.and_then(|plain| plain.value(scope)) {
                return Ok(value);
            }
            let value = self.compute_typed(compiled, &template.text, scope)?;
            return convert::to_json(&value).map_err(|message| whole(&template.text, &message));
        }
        if let Some(text) = plain.and_then(|plain| plain.text(scope)) {
            return Ok(Value::from(text));
        }
        self.write(compiled, &template.text, scope).map(Value::from)
    }

    /// What a template gives as text, values in JSON's spelling; a list, a map or null is an error.
    pub fn render(&self, template: &Template, scope: &Scope) -> Result<String, RenderError> {
        let Some(compiled) = &template.compiled else {
            return Ok(template.text.value.clone());
        };
        if scope.lacks(&compiled.names) {
            return Ok(unknown::outline(compiled, &template.text.value, scope));
        }
        if let Some(text) = compiled.plain.as_ref().and_then(|plain| plain.text(scope)) {
            return Ok(text);
        }
        if compiled.typed {
            let value = self.compute_typed(compiled, &template.text, scope)?;
            return convert::to_text(&value).map_err(|message| whole(&template.text, &message));
        }
        self.write(compiled, &template.text, scope)
    }

    /// What an expression gives.
    pub fn compute(&self, expression: &Expression, scope: &Scope) -> Result<Value, RenderError> {
        let value = self.compute_typed(&expression.compiled, &expression.text, scope)?;
        convert::to_json(&value).map_err(|message| whole(&expression.text, &message))
    }

    /// What an expression gives; anything but a boolean is an error.
    pub fn decide(&self, expression: &Expression, scope: &Scope) -> Result<bool, RenderError> {
        let value = self.compute_typed(&expression.compiled, &expression.text, scope)?;
        match convert::to_json(&value) {
            Ok(Value::Bool(truth)) => Ok(truth),
            Ok(other) => Err(whole(
                &expression.text,
                &format!(
                    "`{}` must give a boolean, it gives {}",
                    short(&expression.text.value),
                    super::matcher::describe(&other)
                ),
            )),
            Err(message) => Err(whole(&expression.text, &message)),
        }
    }

    /// A whole value with its templates evaluated.
    pub fn build(&self, value: &ValueTemplate, scope: &Scope) -> Result<Value, RenderError> {
        value.build(self, scope)
    }

    /// The same as JSON text, members in the order in which they are written.
    pub fn build_json(&self, value: &ValueTemplate, scope: &Scope) -> Result<String, RenderError> {
        value.build_json(self, scope)
    }

    fn compile(&mut self, kind: Kind, text: &str) -> Result<Arc<Compiled>, TemplateError> {
        if let Some(known) = self.known.get(&(kind, text.to_owned())) {
            return Ok(Arc::clone(known));
        }
        let compilation = match kind {
            Kind::Template => compile::template(text)?,
            Kind::Expression => compile::expression(text)?,
        };
        let printed = compilation.printed;
        let prefix = if compilation.typed { TYPED } else { 't' };
        let name = format!("{prefix}{}", self.known.len());
        let printed_later = if compilation.plain.is_some() {
            Some(printed.text)
        } else {
            self.add(&name, printed.text, text)?;
            None
        };
        let compiled = Arc::new(Compiled {
            name,
            printed: printed_later,
            typed: compilation.typed,
            marks: printed.marks,
            names: printed.names,
            files: printed.files,
            uses_clock: printed.uses_clock,
            plain: compilation.plain,
        });
        self.known
            .insert((kind, text.to_owned()), Arc::clone(&compiled));
        Ok(compiled)
    }

    fn add(&mut self, name: &str, printed: String, text: &str) -> Result<(), TemplateError> {
        self.environment();
        let environment = self.environment.get_mut().expect("it was just made");
        environment
            .add_template_owned(name.to_owned(), printed)
            .map_err(|error| TemplateError {
                message: error
                    .detail()
                    .map_or_else(|| error.kind().to_string(), str::to_owned),
                range: 0..text.len(),
                hint: None,
            })
    }

    /// What the environment makes of a compiled text.
    fn render_compiled(
        &self,
        compiled: &Compiled,
        context: &Arc<Context>,
    ) -> Result<String, minijinja::Error> {
        let environment = self.environment();
        let template = match &compiled.printed {
            None => environment.get_template(&compiled.name)?,
            Some(printed) => environment.template_from_named_str(&compiled.name, printed)?,
        };
        template.render(convert::shared(context))
    }

    fn compute_typed(
        &self,
        compiled: &Compiled,
        text: &Text,
        scope: &Scope,
    ) -> Result<Computed, RenderError> {
        if scope.lacks(&compiled.names) {
            return Err(whole(text, "this is not known before it is run"));
        }
        let context = Context::new(scope, text.span.file);
        self.render_compiled(compiled, &context)
            .map_err(|error| explain(compiled, text, scope, &error))?;
        context
            .taken()
            .ok_or_else(|| whole(text, "the expression gave nothing"))
    }

    fn write(
        &self,
        compiled: &Compiled,
        text: &Text,
        scope: &Scope,
    ) -> Result<String, RenderError> {
        let context = Context::new(scope, text.span.file);
        self.render_compiled(compiled, &context)
            .map_err(|error| explain(compiled, text, scope, &error))
    }
}

impl Template {
    /// A template that is just this text.
    pub fn literal(text: &str, span: Span) -> Template {
        Template {
            text: Arc::new(Text {
                value: text.to_owned(),
                span,
                verbatim_at: None,
            }),
            compiled: None,
        }
    }

    /// The text, if there is nothing to evaluate in it.
    pub fn as_literal(&self) -> Option<&str> {
        self.compiled.is_none().then_some(self.text.value.as_str())
    }

    /// The text as it is written.
    pub fn source(&self) -> &str {
        &self.text.value
    }

    /// The names that it reads.
    pub fn names(&self) -> &[NameUse] {
        self.compiled
            .as_ref()
            .map_or(&[], |compiled| compiled.names.as_slice())
    }

    /// The files that it reads.
    pub fn files(&self) -> &[FileUse] {
        self.compiled
            .as_ref()
            .map_or(&[], |compiled| compiled.files.as_slice())
    }

    /// Whether it calls `now()` or `today()`.
    pub fn uses_clock(&self) -> bool {
        self.compiled
            .as_ref()
            .is_some_and(|compiled| compiled.uses_clock)
    }

    /// The place of the whole.
    pub fn span(&self) -> Span {
        self.text.span
    }

    /// The place of a part of its text.
    pub fn part(&self, range: Range<usize>) -> Span {
        self.text.part(range)
    }
}

impl Expression {
    /// The text.
    pub fn source(&self) -> &str {
        &self.text.value
    }

    /// The names that it reads.
    pub fn names(&self) -> &[NameUse] {
        &self.compiled.names
    }

    /// The files that it reads.
    pub fn files(&self) -> &[FileUse] {
        &self.compiled.files
    }

    /// Whether it calls `now()` or `today()`.
    pub fn uses_clock(&self) -> bool {
        self.compiled.uses_clock
    }

    /// The place of the whole.
    pub fn span(&self) -> Span {
        self.text.span
    }

    /// The place of a part of its text.
    pub fn part(&self, range: Range<usize>) -> Span {
        self.text.part(range)
    }
}

#[cfg(test)]
mod tests;
