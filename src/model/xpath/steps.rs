//! The steps of a path.

use super::super::diagnostic::nearest;
use super::XPathError;
use super::grammar::{AXES, Axis, Expression, Step, Test};
use super::read::{Read, Reader, is_node_type, mistake};
use super::token::Token;

impl Reader {
    /// `//` is short for this step.
    pub(super) fn anywhere(&self) -> Step {
        Step {
            axis: Axis::DescendantOrSelf,
            test: Test::Node,
            predicates: Vec::new(),
            end: self.end_before(),
        }
    }

    pub(super) fn begins_step(&self) -> bool {
        match self.peek() {
            Some(Token::Name(..)) => true,
            Some(Token::Sign(sign)) => matches!(*sign, "." | ".." | "@" | "*"),
            _ => false,
        }
    }

    pub(super) fn steps(&mut self, steps: &mut Vec<Step>) -> Read<()> {
        steps.push(self.step()?);
        self.more_steps(steps)
    }

    pub(super) fn more_steps(&mut self, steps: &mut Vec<Step>) -> Read<()> {
        loop {
            if self.take_sign("//") {
                steps.push(self.anywhere());
            } else if !self.take_sign("/") {
                return Ok(());
            }
            steps.push(self.step()?);
        }
    }

    fn step(&mut self) -> Read<Step> {
        for (sign, axis) in [("..", Axis::Parent), (".", Axis::Itself)] {
            if self.take_sign(sign) {
                if self.peek_sign("[") {
                    let hint = format!("write `{}::node()[…]`", axis_name(axis));
                    return Err(XPathError {
                        hint: Some(hint),
                        ..mistake(self.here(), &format!("`{sign}` takes no predicate"))
                    });
                }
                return Ok(Step {
                    axis,
                    test: Test::Node,
                    predicates: Vec::new(),
                    end: self.end_before(),
                });
            }
        }
        let axis = if self.take_sign("@") {
            Axis::Attribute
        } else if self.next_sign(1, "::") {
            self.axis()?
        } else {
            Axis::Child
        };
        let test = self.test()?;
        let predicates = self.predicates()?;
        Ok(Step {
            axis,
            test,
            predicates,
            end: self.end_before(),
        })
    }

    fn axis(&mut self) -> Read<Axis> {
        let range = self.here();
        let Some(Token::Name(None, name)) = self.peek().cloned() else {
            return Err(mistake(range, "the name of an axis is missing here"));
        };
        self.at += 2;
        if let Some((axis, _)) = AXES.iter().find(|(_, known)| *known == name) {
            return Ok(*axis);
        }
        if name == "namespace" {
            return Err(XPathError {
                hint: Some("`namespace-uri()` gives the namespace of a node".into()),
                ..mistake(range, "the namespace axis is not supported")
            });
        }
        Err(XPathError {
            hint: nearest(&name, AXES.iter().map(|(_, name)| *name))
                .map(|near| format!("did you mean `{near}`?")),
            ..mistake(range, &format!("there is no axis `{name}`"))
        })
    }

    fn test(&mut self) -> Read<Test> {
        let range = self.here();
        if self.take_sign("*") {
            return Ok(Test::Any(None));
        }
        let Some(Token::Name(prefix, name)) = self.peek().cloned() else {
            let what = if range.is_empty() {
                "the expression ends too early: a name is missing"
            } else {
                "a name is missing here"
            };
            return Err(mistake(range, what));
        };
        self.at += 1;
        if !self.peek_sign("(") {
            return Ok(match (prefix, name.as_str()) {
                (prefix, "*") => Test::Any(prefix),
                (prefix, _) => Test::Name(prefix, name),
            });
        }
        if !is_node_type(prefix.as_deref(), &name) {
            let message = format!("`{name}(…)` is no step of a path");
            return Err(mistake(range, &message));
        }
        self.at += 1;
        let target = match (name.as_str(), self.peek().cloned()) {
            ("processing-instruction", Some(Token::Text(text))) => {
                self.at += 1;
                Some(text)
            }
            _ => None,
        };
        self.expect(")")?;
        Ok(match name.as_str() {
            "node" => Test::Node,
            "text" => Test::Text,
            "comment" => Test::Comment,
            _ => Test::Instruction(target),
        })
    }

    pub(super) fn predicates(&mut self) -> Read<Vec<Expression>> {
        let mut predicates = Vec::new();
        while self.take_sign("[") {
            predicates.push(self.inner()?);
            self.expect("]")?;
        }
        Ok(predicates)
    }
}

fn axis_name(axis: Axis) -> &'static str {
    AXES.iter()
        .find(|(known, _)| *known == axis)
        .map_or("child", |(_, name)| name)
}
