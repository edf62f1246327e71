//! A template written again, strict: every value that is read must be there, and only what has an
//! order is ordered. On the way, the names that it reads are collected and what is unknown is refused.
//!
//! `minijinja` has no switch for either, so the template is read with its parser, written fully
//! parenthesised with internal filters in the places that need them, and that is what is compiled.
//! The places in the author's text are kept beside it, for messages.

use minijinja::machinery::ast::{
    BinOpKind, Call, CallArg, CompareOpKind, Expr, Filter, IfExpr, UnaryOpKind,
};
use std::ops::Range;

use super::super::diagnostic::nearest;
use super::known::{self, Called};
use super::{FileUse, NameUse, TemplateError};

/// A template as it is compiled, and what is known of it.
#[derive(Debug, Default)]
pub(super) struct Printed {
    pub(super) text: String,
    /// Parts of the text with the parts of the author's text that they stand for.
    pub(super) marks: Vec<(Range<usize>, Range<usize>)>,
    pub(super) names: Vec<NameUse>,
    pub(super) files: Vec<FileUse>,
    pub(super) uses_clock: bool,
}

pub(super) struct Printer<'s> {
    source: &'s str,
    pub(super) out: Printed,
    pub(super) locals: Vec<Vec<String>>,
}

/// A name with what is read in it, while it is written.
struct Chain {
    path: Vec<String>,
    range: Range<usize>,
    /// Whether the next step may still be known.
    open: bool,
    local: bool,
}

pub(super) type Printing = Result<(), TemplateError>;

impl<'s> Printer<'s> {
    pub(super) fn new(source: &'s str) -> Self {
        Printer {
            source,
            out: Printed::default(),
            locals: vec![Vec::new()],
        }
    }

    pub(super) fn finish(self) -> Printed {
        self.out
    }

    pub(super) fn put(&mut self, text: &str) {
        self.out.text.push_str(text);
    }

    pub(super) fn error(
        range: Range<usize>,
        message: String,
        hint: Option<String>,
    ) -> TemplateError {
        TemplateError {
            message,
            range,
            hint,
        }
    }

    /// `{{ expression }}`.
    pub(super) fn emit(&mut self, expression: &Expr<'_>) -> Printing {
        self.put("{{ ");
        self.value(expression)?;
        self.put(" }}");
        Ok(())
    }

    /// An expression whose value must be there.
    pub(super) fn value(&mut self, expression: &Expr<'_>) -> Printing {
        let begin = self.out.text.len();
        let may_be_undefined = match expression {
            Expr::Var(_) | Expr::GetAttr(_) | Expr::GetItem(_) | Expr::Call(_) => true,
            Expr::IfExpr(choice) => choice.false_expr.is_none(),
            Expr::Filter(filter) => known::may_give_nothing(filter.name),
            _ => false,
        };
        self.expression(expression, false)?;
        if may_be_undefined {
            self.put("|__need");
        }
        let range = self.range(expression);
        self.out.marks.push((begin..self.out.text.len(), range));
        Ok(())
    }

    /// An expression to which a filter can be applied; `asked` if it is only asked whether it is there.
    /// Parentheses stand only where they are needed, because each costs the parser much of its stack.
    fn expression(&mut self, expression: &Expr<'_>, asked: bool) -> Printing {
        match expression {
            Expr::Var(_) | Expr::GetAttr(_) | Expr::GetItem(_) => {
                let chain = self.chain(expression)?;
                if !chain.path.is_empty() && !chain.local {
                    self.out.names.push(NameUse {
                        path: chain.path,
                        range: chain.range,
                        may_be_missing: asked,
                    });
                }
                Ok(())
            }
            Expr::Const(constant) => {
                let text = &self.source[Self::span(constant.span())];
                self.out.text.push_str(text);
                Ok(())
            }
            Expr::Slice(slice) => {
                self.put("(");
                self.value(&slice.expr)?;
                self.put(")[");
                for (index, part) in [&slice.start, &slice.stop, &slice.step].iter().enumerate() {
                    if index > 0 {
                        self.put(":");
                    }
                    if let Some(part) = part {
                        self.value(part)?;
                    }
                }
                self.put("]");
                Ok(())
            }
            Expr::UnaryOp(operation) => {
                // A filter would apply to the negated value.
                let (open, close) = match operation.op {
                    UnaryOpKind::Not => ("(not ", ")"),
                    UnaryOpKind::Neg => ("(-(", "))"),
                };
                self.put(open);
                self.value(&operation.expr)?;
                self.put(close);
                Ok(())
            }
            Expr::BinOp(operation) => self.binary(operation.op, &operation.left, &operation.right),
            Expr::Compare(comparison) => {
                self.put("[");
                self.value(&comparison.expr)?;
                let mut words = Vec::new();
                for part in &comparison.ops {
                    words.push(match part.op {
                        CompareOpKind::Eq => "==",
                        CompareOpKind::Ne => "!=",
                        CompareOpKind::Lt => "<",
                        CompareOpKind::Lte => "<=",
                        CompareOpKind::Gt => ">",
                        CompareOpKind::Gte => ">=",
                        CompareOpKind::In | CompareOpKind::NotIn => {
                            return Err(Self::error(
                                self.range(expression),
                                "`in` cannot stand in a chain of comparisons".to_owned(),
                                Some("join two comparisons with `and`".to_owned()),
                            ));
                        }
                    });
                    self.put(", ");
                    self.value(&part.expr)?;
                }
                self.put(&format!("]|__chain(\"{}\")", words.join(" ")));
                Ok(())
            }
            Expr::IfExpr(choice) => {
                self.put("(");
                self.choice(choice)?;
                self.put(")");
                Ok(())
            }
            Expr::Filter(filter) => self.filter(filter, Self::span(filter.span())),
            Expr::Test(test) => {
                let span = Self::span(test.span());
                if !known::TESTS.contains(&test.name) {
                    return Err(self.unknown("test", test.name, span, known::TESTS));
                }
                self.put("(");
                if matches!(test.name, "defined" | "undefined") {
                    self.expression(&test.expr, true)?;
                } else {
                    self.value(&test.expr)?;
                }
                self.put(" is ");
                self.put(test.name);
                self.arguments(&test.args)?;
                self.put(")");
                Ok(())
            }
            Expr::Call(call) => self.call(call, self.range(expression)),
            Expr::List(list) => self.items("[", &list.items, "]"),
            Expr::Tuple(tuple) => self.items(
                "(",
                &tuple.items,
                if tuple.items.len() == 1 { ",)" } else { ")" },
            ),
            Expr::Map(map) => {
                self.put("{ ");
                for (index, (key, value)) in map.keys.iter().zip(&map.values).enumerate() {
                    if index > 0 {
                        self.put(", ");
                    }
                    self.value(key)?;
                    self.put(": ");
                    self.value(value)?;
                }
                self.put(" }");
                Ok(())
            }
        }
    }

    fn items(&mut self, open: &str, items: &[Expr<'_>], close: &str) -> Printing {
        self.put(open);
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.put(", ");
            }
            self.value(item)?;
        }
        self.put(close);
        Ok(())
    }

    fn binary(&mut self, kind: BinOpKind, left: &Expr<'_>, right: &Expr<'_>) -> Printing {
        let ordering = match kind {
            BinOpKind::Lt => Some("__lt"),
            BinOpKind::Lte => Some("__le"),
            BinOpKind::Gt => Some("__gt"),
            BinOpKind::Gte => Some("__ge"),
            _ => None,
        };
        if let Some(filter) = ordering {
            self.value(left)?;
            self.put(&format!("|{filter}("));
            self.value(right)?;
            self.put(")");
            return Ok(());
        }
        self.put("(");
        self.operands(kind, left, right)?;
        self.put(")");
        Ok(())
    }

    fn operands(&mut self, kind: BinOpKind, left: &Expr<'_>, right: &Expr<'_>) -> Printing {
        // `a + b + c` stays as it is.
        match left {
            Expr::BinOp(inner) if level(inner.op) == level(kind) && level(kind).is_some() => {
                let begin = self.out.text.len();
                self.operands(inner.op, &inner.left, &inner.right)?;
                let range = self.range(left);
                self.out.marks.push((begin..self.out.text.len(), range));
            }
            _ => self.operand(kind, left)?,
        }
        self.put(match kind {
            BinOpKind::Eq => " == ",
            BinOpKind::Ne => " != ",
            BinOpKind::ScAnd => " and ",
            BinOpKind::ScOr => " or ",
            BinOpKind::Add => " + ",
            BinOpKind::Sub => " - ",
            BinOpKind::Mul => " * ",
            BinOpKind::Div => " / ",
            BinOpKind::FloorDiv => " // ",
            BinOpKind::Rem => " % ",
            BinOpKind::Pow => " ** ",
            BinOpKind::In => " in ",
            BinOpKind::Concat => " ~ ",
            BinOpKind::Lt => " < ",
            BinOpKind::Lte => " <= ",
            BinOpKind::Gt => " > ",
            BinOpKind::Gte => " >= ",
        });
        self.operand(kind, right)
    }

    fn operand(&mut self, kind: BinOpKind, side: &Expr<'_>) -> Printing {
        let begin = self.out.text.len();
        self.value(side)?;
        let guard = match kind {
            BinOpKind::Concat => Some("|__text"),
            BinOpKind::Mul => Some("|__factor"),
            _ => None,
        };
        if let Some(guard) = guard {
            self.put(guard);
            let range = self.range(side);
            self.out.marks.push((begin..self.out.text.len(), range));
        }
        Ok(())
    }

    /// A choice without its parentheses, so that a long chain of them does not nest.
    fn choice(&mut self, choice: &IfExpr<'_>) -> Printing {
        self.value(&choice.true_expr)?;
        self.put(" if ");
        self.value(&choice.test_expr)?;
        match &choice.false_expr {
            Some(Expr::IfExpr(other)) if other.false_expr.is_some() => {
                self.put(" else ");
                self.choice(other)
            }
            Some(other) => {
                self.put(" else ");
                self.value(other)
            }
            None => Ok(()),
        }
    }

    fn filter(&mut self, filter: &Filter<'_>, span: Range<usize>) -> Printing {
        match &filter.expr {
            Some(operand) if matches!(filter.name, "default" | "d") => {
                self.expression(operand, true)?;
            }
            Some(operand) => self.value(operand)?,
            None => {}
        }
        self.put("|");
        self.filter_name(filter, span)?;
        self.put(filter.name);
        self.arguments(&filter.args)
    }

    pub(super) fn filter_name(&self, filter: &Filter<'_>, span: Range<usize>) -> Printing {
        if !known::FILTERS.contains(&filter.name) {
            return Err(self.unknown("filter", filter.name, span, known::FILTERS));
        }
        self.count(Called::Filter, filter.name, &filter.args, span)?;
        if let Some(CallArg::Pos(Expr::Const(first))) = filter.args.first()
            && let Some(text) = first.value.as_str()
            && let Err((message, hint)) = known::check_argument(filter.name, text)
        {
            return Err(Self::error(Self::span(first.span()), message, hint));
        }
        Ok(())
    }

    /// Looks whether something has the arguments that it takes; how many `*` gives is known only later.
    fn count(
        &self,
        called: Called,
        name: &str,
        arguments: &[CallArg<'_>],
        span: Range<usize>,
    ) -> Printing {
        let mut count = 0;
        let mut has_names = false;
        for argument in arguments {
            match argument {
                CallArg::Pos(_) => count += 1,
                CallArg::Kwarg(..) => has_names = true,
                CallArg::PosSplat(_) | CallArg::KwargSplat(_) => return Ok(()),
            }
        }
        known::check_count(called, name, count + usize::from(has_names))
            .map_err(|(message, hint)| Self::error(self.place_of(name, span), message, hint))
    }

    /// Where in a span a name stands.
    fn place_of(&self, name: &str, span: Range<usize>) -> Range<usize> {
        let start = self.source[span.clone()]
            .find(name)
            .map_or(span.start, |found| span.start + found);
        start..(start + name.len()).min(span.end)
    }

    fn unknown(&self, what: &str, name: &str, span: Range<usize>, known: &[&str]) -> TemplateError {
        let hint = nearest(name, known.iter().copied())
            .map(|near| format!("did you mean `{near}`?"))
            .or_else(|| known::instead(name));
        Self::error(
            self.place_of(name, span),
            format!("there is no {what} `{name}`"),
            hint,
        )
    }

    fn call(&mut self, call: &Call<'_>, range: Range<usize>) -> Printing {
        match &call.expr {
            Expr::Var(function) => {
                let name = function.id;
                if !known::FUNCTIONS.contains(&name) {
                    let mut error = self.unknown(
                        "function",
                        name,
                        Self::span(function.span()),
                        known::FUNCTIONS,
                    );
                    if error.hint.is_none() && known::FILTERS.contains(&name) {
                        error.hint = Some(format!("`{name}` is a filter: write `… | {name}`"));
                    }
                    return Err(error);
                }
                self.count(Called::Function, name, &call.args, range)?;
                if name == "file" {
                    self.note_file(&call.args);
                }
                self.out.uses_clock |= matches!(name, "now" | "today");
                self.put(&format!("__{name}"));
                self.arguments_or_none(&call.args)
            }
            Expr::GetAttr(method)
                if matches!(&method.expr, Expr::Var(name)
                    if name.id == "loop" && self.is_local("loop")) =>
            {
                self.put("loop.");
                self.put(method.name);
                self.arguments_or_none(&call.args)
            }
            Expr::GetAttr(method) => {
                let name = method.name;
                let hint = if known::FILTERS.contains(&name) {
                    Some(format!("write `… | {name}`"))
                } else {
                    known::instead(name)
                };
                Err(Self::error(
                    range,
                    format!("values have no methods like `{name}()`, there are filters"),
                    hint,
                ))
            }
            _ => Err(Self::error(
                range,
                "only a function can be called".to_owned(),
                None,
            )),
        }
    }

    fn note_file(&mut self, arguments: &[CallArg<'_>]) {
        if let Some(CallArg::Pos(Expr::Const(path))) = arguments.first()
            && let Some(text) = path.value.as_str()
        {
            self.out.files.push(FileUse {
                path: text.to_owned(),
                range: Self::span(path.span()),
            });
        }
    }

    fn arguments_or_none(&mut self, arguments: &[CallArg<'_>]) -> Printing {
        if arguments.is_empty() {
            self.put("()");
            return Ok(());
        }
        self.arguments(arguments)
    }

    pub(super) fn arguments(&mut self, arguments: &[CallArg<'_>]) -> Printing {
        if arguments.is_empty() {
            return Ok(());
        }
        self.put("(");
        for (index, argument) in arguments.iter().enumerate() {
            if index > 0 {
                self.put(", ");
            }
            match argument {
                CallArg::Pos(value) => self.value(value)?,
                CallArg::Kwarg(name, value) => {
                    self.put(name);
                    self.put("=");
                    self.value(value)?;
                }
                CallArg::PosSplat(value) => {
                    self.put("*");
                    self.value(value)?;
                }
                CallArg::KwargSplat(value) => {
                    self.put("**");
                    self.value(value)?;
                }
            }
        }
        self.put(")");
        Ok(())
    }

    /// A name and what is read in it.
    fn chain(&mut self, expression: &Expr<'_>) -> Result<Chain, TemplateError> {
        match expression {
            Expr::Var(name) => {
                self.put(name.id);
                Ok(Chain {
                    path: vec![name.id.to_owned()],
                    range: Self::span(name.span()),
                    open: true,
                    local: self.is_local(name.id),
                })
            }
            Expr::GetAttr(attribute) => {
                let mut chain = self.chain(&attribute.expr)?;
                self.put(".");
                self.put(attribute.name);
                if chain.open {
                    chain.path.push(attribute.name.to_owned());
                    chain.range.end = Self::span(attribute.span()).end;
                }
                Ok(chain)
            }
            Expr::GetItem(item) => {
                let mut chain = self.chain(&item.expr)?;
                self.put("[");
                self.value(&item.subscript_expr)?;
                self.put("]");
                let known = match &item.subscript_expr {
                    Expr::Const(key) => key.value.as_str().map(str::to_owned),
                    _ => None,
                };
                match known {
                    Some(key) if chain.open => {
                        chain.path.push(key);
                        chain.range.end = Self::span(item.span()).end;
                    }
                    _ => chain.open = false,
                }
                Ok(chain)
            }
            other => {
                self.put("(");
                self.value(other)?;
                self.put(")");
                Ok(Chain {
                    path: Vec::new(),
                    range: self.range(other),
                    open: false,
                    local: false,
                })
            }
        }
    }

    fn is_local(&self, name: &str) -> bool {
        self.locals
            .iter()
            .any(|frame| frame.iter().any(|local| local == name))
    }

    pub(super) fn string(&mut self, text: &str) {
        self.put("\"");
        let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
        self.put(&escaped);
        self.put("\"");
    }

    pub(super) fn span(span: minijinja::machinery::Span) -> Range<usize> {
        span.start_offset as usize..span.end_offset as usize
    }

    /// The bytes of an expression. The parser's own spans end rightly but often begin too late or too early.
    pub(super) fn range(&self, expression: &Expr<'_>) -> Range<usize> {
        let end = Self::span(expression.span()).end;
        let start = self.start(expression);
        start.min(end)..end
    }

    fn start(&self, expression: &Expr<'_>) -> usize {
        let own = Self::span(expression.span()).start;
        match expression {
            Expr::Slice(slice) => self.start(&slice.expr),
            Expr::UnaryOp(operation) => {
                let text = self.source.get(own..).unwrap_or_default();
                if text.starts_with('-') || text.starts_with("not") {
                    own.min(self.start(&operation.expr))
                } else {
                    self.start(&operation.expr)
                }
            }
            Expr::BinOp(operation) => self.start(&operation.left),
            Expr::Compare(comparison) => self.start(&comparison.expr),
            Expr::IfExpr(choice) => self.start(&choice.true_expr),
            Expr::Filter(filter) => filter.expr.as_ref().map_or(own, |inner| self.start(inner)),
            Expr::Test(test) => self.start(&test.expr),
            Expr::GetAttr(attribute) => self.start(&attribute.expr),
            Expr::GetItem(item) => self.start(&item.expr),
            Expr::Call(call) => self.start(&call.expr),
            Expr::Var(_) | Expr::Const(_) | Expr::List(_) | Expr::Tuple(_) | Expr::Map(_) => own,
        }
    }
}

/// Operators of the same number are read from left to right, so that the left one needs no parentheses.
fn level(kind: BinOpKind) -> Option<u8> {
    match kind {
        BinOpKind::ScOr => Some(0),
        BinOpKind::ScAnd => Some(1),
        BinOpKind::Add | BinOpKind::Sub => Some(2),
        BinOpKind::Concat => Some(3),
        BinOpKind::Mul | BinOpKind::Div | BinOpKind::FloorDiv | BinOpKind::Rem => Some(4),
        _ => None,
    }
}
