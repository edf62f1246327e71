//! The statements of a template, written again: `{% if %}`, `{% for %}`, `{% set %}` and their like.

use minijinja::machinery::ast::{Expr, Stmt};
use std::ops::Range;

use super::print::{Printer, Printing};

impl Printer<'_> {
    pub(super) fn statements(&mut self, statements: &[Stmt<'_>]) -> Printing {
        for statement in statements {
            self.statement(statement)?;
        }
        Ok(())
    }

    fn statement(&mut self, statement: &Stmt<'_>) -> Printing {
        match statement {
            Stmt::Template(template) => self.statements(&template.children),
            Stmt::EmitExpr(emit) => self.emit(&emit.expr),
            Stmt::EmitRaw(raw) => {
                if raw.raw.contains('{') {
                    self.put("{{ ");
                    self.string(raw.raw);
                    self.put(" }}");
                } else {
                    self.put(raw.raw);
                }
                Ok(())
            }
            Stmt::ForLoop(each) => {
                if each.recursive {
                    return Err(Self::error(
                        self.range(&each.iter),
                        "a recursive loop is not supported".to_owned(),
                        None,
                    ));
                }
                self.locals.push(vec!["loop".to_owned()]);
                self.put("{% for ");
                self.target(&each.target)?;
                self.put(" in ");
                // What is iterated does not know the loop's own names.
                let inner = self.locals.pop().unwrap_or_default();
                self.value(&each.iter)?;
                self.locals.push(inner);
                if let Some(filter) = &each.filter_expr {
                    self.put(" if ");
                    self.value(filter)?;
                }
                self.put(" %}");
                self.statements(&each.body)?;
                self.locals.pop();
                if !each.else_body.is_empty() {
                    self.put("{% else %}");
                    self.statements(&each.else_body)?;
                }
                self.put("{% endfor %}");
                Ok(())
            }
            Stmt::IfCond(condition) => {
                self.put("{% if ");
                self.value(&condition.expr)?;
                self.put(" %}");
                self.statements(&condition.true_body)?;
                if !condition.false_body.is_empty() {
                    self.put("{% else %}");
                    self.statements(&condition.false_body)?;
                }
                self.put("{% endif %}");
                Ok(())
            }
            Stmt::WithBlock(with) => {
                self.locals.push(Vec::new());
                for (target, value) in &with.assignments {
                    self.put("{% with ");
                    let position = self.out.text.len();
                    self.value(value)?;
                    let value = self.out.text.split_off(position);
                    let marks = self.shift_out(position);
                    self.target(target)?;
                    self.put(" = ");
                    self.shift_in(marks, position);
                    self.put(&value);
                    self.put(" %}");
                }
                self.statements(&with.body)?;
                for _ in &with.assignments {
                    self.put("{% endwith %}");
                }
                self.locals.pop();
                Ok(())
            }
            Stmt::Set(set) => {
                self.put("{% set ");
                let position = self.out.text.len();
                self.value(&set.expr)?;
                let value = self.out.text.split_off(position);
                let marks = self.shift_out(position);
                self.target(&set.target)?;
                self.put(" = ");
                self.shift_in(marks, position);
                self.put(&value);
                self.put(" %}");
                Ok(())
            }
            Stmt::SetBlock(set) => {
                self.put("{% set ");
                self.target(&set.target)?;
                if let Some(filter) = &set.filter {
                    self.put(" | ");
                    self.filter_chain(filter)?;
                }
                self.put(" %}");
                self.statements(&set.body)?;
                self.put("{% endset %}");
                Ok(())
            }
            Stmt::FilterBlock(block) => {
                self.put("{% filter ");
                self.filter_chain(&block.filter)?;
                self.put(" %}");
                self.locals.push(Vec::new());
                self.statements(&block.body)?;
                self.locals.pop();
                self.put("{% endfilter %}");
                Ok(())
            }
            Stmt::AutoEscape(escape) => Err(Self::error(
                self.range(&escape.enabled),
                "`autoescape` is not supported: nothing is ever escaped".to_owned(),
                Some("write `| escape` where HTML is meant".to_owned()),
            )),
            Stmt::Do(statement) => Err(Self::error(
                Self::span(statement.span()),
                "`do` is not supported: nothing here has an effect".to_owned(),
                None,
            )),
        }
    }

    /// The marks made since a position, to be set again where the text is put.
    fn shift_out(&mut self, position: usize) -> Vec<(Range<usize>, Range<usize>)> {
        let first = self
            .out
            .marks
            .iter()
            .position(|(printed, _)| printed.start >= position)
            .unwrap_or(self.out.marks.len());
        self.out.marks.split_off(first)
    }

    fn shift_in(&mut self, marks: Vec<(Range<usize>, Range<usize>)>, position: usize) {
        let by = self.out.text.len() - position;
        self.out.marks.extend(
            marks
                .into_iter()
                .map(|(printed, source)| (printed.start + by..printed.end + by, source)),
        );
    }

    /// What is assigned to.
    fn target(&mut self, target: &Expr<'_>) -> Printing {
        match target {
            Expr::Var(name) => {
                if let Some(frame) = self.locals.last_mut() {
                    frame.push(name.id.to_owned());
                }
                self.put(name.id);
                Ok(())
            }
            Expr::List(list) => self.targets(&list.items),
            Expr::Tuple(tuple) => self.targets(&tuple.items),
            other => Err(Self::error(
                self.range(other),
                "only a name can be assigned to".to_owned(),
                None,
            )),
        }
    }

    fn targets(&mut self, targets: &[Expr<'_>]) -> Printing {
        self.put("(");
        for (index, target) in targets.iter().enumerate() {
            if index > 0 {
                self.put(", ");
            }
            self.target(target)?;
        }
        self.put(if targets.len() == 1 { ",)" } else { ")" });
        Ok(())
    }

    fn filter_chain(&mut self, filter: &Expr<'_>) -> Printing {
        let Expr::Filter(filter) = filter else {
            return Err(Self::error(
                self.range(filter),
                "only filters can stand here".to_owned(),
                None,
            ));
        };
        if let Some(inner) = &filter.expr {
            self.filter_chain(inner)?;
            self.put(" | ");
        }
        self.filter_name(filter, Self::span(filter.span()))?;
        self.put(filter.name);
        self.arguments(&filter.args)
    }
}
