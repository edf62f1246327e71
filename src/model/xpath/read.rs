//! From the words of an expression to what it means; well-typed, so that answering it cannot fail for that.

use std::ops::Range;

use super::XPathError;
use super::functions::Function;
use super::grammar::{Calculation, Comparison, Expression, Kind, Path, Start};
use super::token::{self, Token, Word};

/// A longer expression is a mistake or an attack.
const LONGEST: usize = 4096;
/// Each level of brackets costs stack.
const DEEPEST: usize = 24;
/// Each operator of a chain costs stack.
const MOST_OPERATORS: usize = 100;

/// Reads an expression.
pub(super) fn expression(source: &str) -> Result<Expression, XPathError> {
    if source.len() > LONGEST {
        return Err(mistake(
            0..source.len(),
            "the expression is longer than 4096 bytes",
        ));
    }
    let mut reader = Reader {
        words: token::words(source)?,
        at: 0,
        end: source.len(),
        depth: 0,
        operators: 0,
    };
    if reader.words.is_empty() {
        return Err(XPathError {
            hint: Some("write `//Account`".into()),
            ..mistake(0..source.len(), "an XPath cannot be empty")
        });
    }
    let expression = reader.any()?;
    match reader.words.get(reader.at) {
        None => Ok(expression),
        Some(word) => Err(mistake(
            word.range.clone(),
            &format!("`{}` cannot stand here", &source[word.range.clone()]),
        )),
    }
}

pub(super) fn mistake(range: Range<usize>, message: &str) -> XPathError {
    XPathError {
        message: message.to_owned(),
        range,
        hint: None,
    }
}

pub(super) type Read<T> = Result<T, XPathError>;

pub(super) struct Reader {
    pub(super) words: Vec<Word>,
    pub(super) at: usize,
    end: usize,
    depth: usize,
    operators: usize,
}

/// Operators from the weakest to the strongest.
const LEVELS: [&[&str]; 6] = [
    &["or"],
    &["and"],
    &["=", "!="],
    &["<", "<=", ">", ">="],
    &["+", "-"],
    &["*", "div", "mod"],
];

impl Reader {
    pub(super) fn peek(&self) -> Option<&Token> {
        self.words.get(self.at).map(|word| &word.token)
    }

    pub(super) fn peek_sign(&self, sign: &str) -> bool {
        matches!(self.peek(), Some(Token::Sign(found)) if *found == sign)
    }

    pub(super) fn next_sign(&self, ahead: usize, sign: &str) -> bool {
        matches!(self.words.get(self.at + ahead), Some(Word { token: Token::Sign(found), .. }) if *found == sign)
    }

    pub(super) fn take_sign(&mut self, sign: &str) -> bool {
        let is_there = self.peek_sign(sign);
        self.at += usize::from(is_there);
        is_there
    }

    /// The place of the next word, or of the end.
    pub(super) fn here(&self) -> Range<usize> {
        self.words
            .get(self.at)
            .map_or(self.end..self.end, |word| word.range.clone())
    }

    /// Where the word before ends.
    pub(super) fn end_before(&self) -> usize {
        self.at
            .checked_sub(1)
            .and_then(|at| self.words.get(at))
            .map_or(0, |word| word.range.end)
    }

    pub(super) fn expect(&mut self, sign: &str) -> Read<()> {
        if self.take_sign(sign) {
            return Ok(());
        }
        Err(mistake(self.here(), &format!("`{sign}` is missing here")))
    }

    fn any(&mut self) -> Read<Expression> {
        self.level(0)
    }

    /// Something inside brackets.
    pub(super) fn inner(&mut self) -> Read<Expression> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(mistake(self.here(), "the expression is nested too deeply"));
        }
        let inner = self.any();
        self.depth -= 1;
        inner
    }

    fn level(&mut self, level: usize) -> Read<Expression> {
        let Some(operators) = LEVELS.get(level) else {
            return self.negation();
        };
        let mut left = self.level(level + 1)?;
        while let Some(operator) = self.operator(operators) {
            self.count_operator()?;
            let right = self.level(level + 1)?;
            left = combine(operator, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn count_operator(&mut self) -> Read<()> {
        self.operators += 1;
        if self.operators > MOST_OPERATORS {
            return Err(mistake(
                self.here(),
                "the expression has more than 100 operators",
            ));
        }
        Ok(())
    }

    /// Takes the next word if it is one of these operators. After a whole operand a name can be nothing else.
    fn operator(&mut self, operators: &[&'static str]) -> Option<&'static str> {
        let found = match self.peek()? {
            Token::Sign(sign) => operators.iter().find(|operator| *operator == sign),
            Token::Name(None, name) => operators.iter().find(|operator| *operator == name),
            _ => None,
        }?;
        self.at += 1;
        Some(*found)
    }

    fn negation(&mut self) -> Read<Expression> {
        let mut signs = 0_usize;
        while self.take_sign("-") {
            self.count_operator()?;
            signs += 1;
        }
        let mut operand = self.union()?;
        for _ in 0..signs {
            operand = Expression::Negate(Box::new(operand));
        }
        Ok(operand)
    }

    fn union(&mut self) -> Read<Expression> {
        let start = self.here().start;
        let mut left = self.path()?;
        while self.take_sign("|") {
            self.count_operator()?;
            let between = self.here().start;
            let right = self.path()?;
            self.must_be_nodes(&left, start..between, "`|` joins")?;
            self.must_be_nodes(&right, between..self.end_before(), "`|` joins")?;
            left = Expression::Union(Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn must_be_nodes(&self, expression: &Expression, range: Range<usize>, what: &str) -> Read<()> {
        if expression.kind() == Kind::Nodes {
            return Ok(());
        }
        let given = expression.kind().name();
        Err(mistake(
            range,
            &format!("{what} nodes, and this is {given}"),
        ))
    }

    fn path(&mut self) -> Read<Expression> {
        let begin = self.here().start;
        if let Some(primary) = self.primary()? {
            let predicates = self.predicates()?;
            let goes_on = self.peek_sign("/") || self.peek_sign("//");
            if predicates.is_empty() && !goes_on {
                return Ok(primary);
            }
            let end = self.end_before();
            self.must_be_nodes(&primary, begin..end, "predicates and steps look into")?;
            let mut steps = Vec::new();
            self.more_steps(&mut steps)?;
            return Ok(Expression::Path(Path {
                start: Start::Given(Box::new(primary), predicates, end),
                steps,
            }));
        }
        let mut steps = Vec::new();
        let start = if self.take_sign("//") {
            steps.push(self.anywhere());
            self.steps(&mut steps)?;
            Start::Root
        } else if self.take_sign("/") {
            if self.begins_step() {
                self.steps(&mut steps)?;
            }
            Start::Root
        } else {
            self.steps(&mut steps)?;
            Start::Here
        };
        Ok(Expression::Path(Path { start, steps }))
    }

    /// What is no path by itself: text, a number, a call, or something in brackets.
    fn primary(&mut self) -> Read<Option<Expression>> {
        let expression = match self.peek() {
            Some(Token::Text(text)) => Expression::Text(text.clone()),
            Some(Token::Number(number)) => Expression::Number(*number),
            Some(Token::Sign("(")) => {
                self.at += 1;
                let inner = self.inner()?;
                self.expect(")")?;
                return Ok(Some(inner));
            }
            Some(Token::Sign("$")) => {
                return Err(XPathError {
                    hint: Some("write the value itself".into()),
                    ..mistake(self.here(), "there are no variables in an XPath here")
                });
            }
            Some(Token::Name(prefix, name))
                if self.next_sign(1, "(") && !is_node_type(prefix.as_deref(), name) =>
            {
                let whole = prefix
                    .as_ref()
                    .map_or_else(|| name.clone(), |prefix| format!("{prefix}:{name}"));
                return self.call(&whole).map(Some);
            }
            _ => return Ok(None),
        };
        self.at += 1;
        Ok(Some(expression))
    }

    fn call(&mut self, name: &str) -> Read<Expression> {
        let range = self.here();
        let function = Function::named(name).map_err(|hint| XPathError {
            message: format!("`{name}(…)` is no function here"),
            range: range.clone(),
            hint: Some(hint),
        })?;
        self.at += 1;
        self.expect("(")?;
        let mut arguments = Vec::new();
        if !self.peek_sign(")") {
            loop {
                let begin = self.here().start;
                let argument = self.inner()?;
                if function.takes_nodes() {
                    let what = format!("`{name}(…)` takes");
                    self.must_be_nodes(&argument, begin..self.end_before(), &what)?;
                }
                arguments.push(argument);
                if !self.take_sign(",") {
                    break;
                }
            }
        }
        self.expect(")")?;
        let (fewest, most) = function.arguments();
        if arguments.len() < fewest || arguments.len() > most {
            let takes = match (fewest, most) {
                (0, 0) => "nothing".to_owned(),
                (_, usize::MAX) => format!("at least {fewest} arguments"),
                (1, 1) => "one argument".to_owned(),
                (fewest, most) if fewest == most => format!("{fewest} arguments"),
                (fewest, most) => format!("{fewest} or {most} arguments"),
            };
            let range = range.start..self.end_before();
            let message = format!("`{name}(…)` takes {takes}, here are {}", arguments.len());
            return Err(mistake(range, &message));
        }
        Ok(Expression::Call(function, arguments))
    }
}

pub(super) fn is_node_type(prefix: Option<&str>, name: &str) -> bool {
    prefix.is_none() && matches!(name, "node" | "text" | "comment" | "processing-instruction")
}

fn combine(operator: &str, left: Box<Expression>, right: Box<Expression>) -> Expression {
    match operator {
        "or" => Expression::Or(left, right),
        "and" => Expression::And(left, right),
        "=" => Expression::Compare(Comparison::Equal, left, right),
        "!=" => Expression::Compare(Comparison::NotEqual, left, right),
        "<" => Expression::Compare(Comparison::Less, left, right),
        "<=" => Expression::Compare(Comparison::LessOrEqual, left, right),
        ">" => Expression::Compare(Comparison::Greater, left, right),
        ">=" => Expression::Compare(Comparison::GreaterOrEqual, left, right),
        "+" => Expression::Calculate(Calculation::Add, left, right),
        "-" => Expression::Calculate(Calculation::Subtract, left, right),
        "*" => Expression::Calculate(Calculation::Multiply, left, right),
        "div" => Expression::Calculate(Calculation::Divide, left, right),
        _ => Expression::Calculate(Calculation::Remainder, left, right),
    }
}
