//! The functions and filters of expressions, beside those that `minijinja` has.

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use hmac::{Hmac, KeyInit, Mac};
use minijinja::value::{Kwargs, Value as Computed, ValueKind};
use minijinja::{Environment, Error, ErrorKind, State};
use regex::{Regex, RegexBuilder};
use sha2::{Digest, Sha256};
use std::cmp::Ordering;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use super::super::jsonpath::{Found, Query};
use super::calendar;
use super::convert;
use super::scope::{CONTEXT, Context};

/// The longest text that `random_digits` makes.
const MOST_DIGITS: usize = 1000;
/// A pattern that needs more memory is refused.
const LARGEST_REGEX: usize = 1 << 20;

pub(super) fn compile_regex(pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(pattern)
        .size_limit(LARGEST_REGEX)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => format!("the pattern `{pattern}` is too large"),
            _ => format!("`{pattern}` is not a regular expression"),
        })
}

/// Things compiled once and asked for again.
struct Cache<T>(Mutex<HashMap<String, Arc<T>>>);

impl<T> Cache<T> {
    /// More than this many are computed patterns, which are not worth keeping.
    const LARGEST: usize = 256;

    fn new() -> Self {
        Cache(Mutex::new(HashMap::new()))
    }

    fn get(
        &self,
        key: &str,
        make: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Arc<T>, Error> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.get(key) {
            return Ok(Arc::clone(found));
        }
        let made = Arc::new(make(key).map_err(wrong)?);
        if known.len() < Self::LARGEST {
            known.insert(key.to_owned(), Arc::clone(&made));
        }
        Ok(made)
    }
}

pub(super) fn wrong(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, message.into())
}

fn context(state: &State<'_, '_>) -> Result<Arc<Context>, Error> {
    state
        .lookup(CONTEXT)
        .and_then(|value| value.downcast_object::<Context>())
        .ok_or_else(|| wrong("this function cannot be called here"))
}

/// Adds all to an environment.
pub(super) fn register(environment: &mut Environment<'static>) {
    strictness(environment);
    functions(environment);
    times(environment);
    texts(environment);
    patterns(environment);
}

/// What the printed templates use to be strict.
fn strictness(environment: &mut Environment<'static>) {
    environment.add_filter("__need", |value: &Computed| {
        if value.is_undefined() {
            Err(Error::new(ErrorKind::UndefinedError, "there is nothing"))
        } else {
            Ok(value.clone())
        }
    });
    // To repeat a list costs no fuel, however often, and to use it afterwards costs without end.
    environment.add_filter("__factor", |value: &Computed| match value.kind() {
        ValueKind::Seq | ValueKind::Iterable => Err(wrong("a list cannot be multiplied")),
        _ => Ok(value.clone()),
    });
    environment.add_filter("__text", |value: &Computed| {
        convert::to_text(value).map_err(wrong)
    });
    for (names, holds) in [
        (
            &["lt", "lessthan", "<"],
            Ordering::is_lt as fn(Ordering) -> bool,
        ),
        (&["le", "lessthanorequal", "<="], Ordering::is_le),
        (&["gt", "greaterthan", ">"], Ordering::is_gt),
        (&["ge", "greaterthanorequal", ">="], Ordering::is_ge),
    ] {
        let compare = move |left: &Computed, right: &Computed| order(left, right).map(holds);
        environment.add_filter(format!("__{}", names[0]), compare);
        for name in names {
            environment.add_test(*name, compare);
        }
    }
    environment.add_filter("__chain", |values: &Computed, words: &str| {
        let values: Vec<Computed> = values.try_iter()?.collect();
        for (pair, word) in values.windows(2).zip(words.split(' ')) {
            let [left, right] = pair else { continue };
            let holds = match word {
                "==" => left == right,
                "!=" => left != right,
                "<" => order(left, right)?.is_lt(),
                "<=" => order(left, right)?.is_le(),
                ">" => order(left, right)?.is_gt(),
                _ => order(left, right)?.is_ge(),
            };
            if !holds {
                return Ok(false);
            }
        }
        Ok::<bool, Error>(true)
    });
}

/// The order of two numbers or of two texts; of anything else it would be a guess.
fn order(left: &Computed, right: &Computed) -> Result<Ordering, Error> {
    match (left.kind(), right.kind()) {
        (ValueKind::Number, ValueKind::Number) => {
            let (left, right) = (
                convert::number(left).map_err(wrong)?,
                convert::number(right).map_err(wrong)?,
            );
            super::super::matcher::equality::compare_numbers(&left, &right)
                .ok_or_else(|| wrong("these numbers have no order"))
        }
        (ValueKind::String, ValueKind::String) => Ok(left.as_str().cmp(&right.as_str())),
        (left_kind, right_kind) => {
            let hint = match (left_kind, right_kind) {
                (ValueKind::String, ValueKind::Number) | (ValueKind::Number, ValueKind::String) => {
                    "; `| float` makes a number of text"
                }
                _ => "",
            };
            Err(wrong(format!(
                "{} and {} have no order{hint}",
                convert::describe(left),
                convert::describe(right)
            )))
        }
    }
}

fn functions(environment: &mut Environment<'static>) {
    for name in ["namespace", "debug"] {
        environment.remove_global(name);
    }
    environment.add_function("__now", |state: &State<'_, '_>| {
        calendar::now(context(state)?.scope.world().now()).map_err(wrong)
    });
    environment.add_function("__today", |state: &State<'_, '_>| {
        calendar::today(context(state)?.scope.world().now()).map_err(wrong)
    });
    environment.add_function("__uuid", |state: &State<'_, '_>| {
        let context = context(state)?;
        let world = context.scope.world();
        let bits = (u128::from(world.random()) << 64) | u128::from(world.random());
        Ok::<_, Error>(
            uuid::Builder::from_random_bytes(bits.to_be_bytes())
                .into_uuid()
                .to_string(),
        )
    });
    environment.add_function(
        "__random_int",
        |state: &State<'_, '_>, low: i64, high: i64| {
            if low > high {
                return Err(wrong(format!(
                    "`random_int({low}, {high})`: the first bound is above the second"
                )));
            }
            let width = u128::from(high.abs_diff(low)) + 1;
            let random = u128::from(context(state)?.scope.world().random());
            let offset = i128::try_from((random * width) >> 64).unwrap_or(0);
            i64::try_from(i128::from(low) + offset).map_err(|error| wrong(error.to_string()))
        },
    );
    environment.add_function("__random_digits", |state: &State<'_, '_>, count: usize| {
        if count == 0 || count > MOST_DIGITS {
            return Err(wrong(format!(
                "`random_digits({count})`: the number of digits is from 1 to {MOST_DIGITS}"
            )));
        }
        let context = context(state)?;
        let digits = (0..count).map(|_| {
            let digit = (u128::from(context.scope.world().random()) * 10) >> 64;
            char::from(b'0' + u8::try_from(digit).unwrap_or(0))
        });
        Ok(digits.collect::<String>())
    });
    environment.add_function("__file", |state: &State<'_, '_>, path: &str| {
        let context = context(state)?;
        context
            .scope
            .world()
            .file(context.file, path)
            .map_err(wrong)
    });
    let range = environment
        .globals()
        .find(|(name, _)| *name == "range")
        .map(|(_, value)| value);
    let dict = environment
        .globals()
        .find(|(name, _)| *name == "dict")
        .map(|(_, value)| value);
    // Under their own names they would be values that a template can read.
    for name in ["range", "dict"] {
        environment.remove_global(name);
    }
    for (name, value) in [("__range", range), ("__dict", dict)] {
        if let Some(value) = value {
            environment.add_global(name, value);
        }
    }
}

fn times(environment: &mut Environment<'static>) {
    environment.add_filter("plus", |time: &Computed, amount: &str| {
        calendar::shift(text_of("plus", time)?, amount, calendar::Direction::Later).map_err(wrong)
    });
    environment.add_filter("minus", |time: &Computed, amount: &str| {
        calendar::shift(
            text_of("minus", time)?,
            amount,
            calendar::Direction::Earlier,
        )
        .map_err(wrong)
    });
    environment.add_filter("iso", |time: &Computed| {
        calendar::iso(text_of("iso", time)?).map_err(wrong)
    });
    environment.add_filter("strftime", |time: &Computed, format: &str| {
        calendar::strftime(text_of("strftime", time)?, format).map_err(wrong)
    });
}

/// The text that a filter is applied to.
fn text_of<'a>(filter: &str, value: &'a Computed) -> Result<&'a str, Error> {
    value.as_str().ok_or_else(|| {
        wrong(format!(
            "`{filter}` takes text, this is {}",
            convert::describe(value)
        ))
    })
}

/// The text of a scalar, for filters that take numbers too.
fn scalar_of(filter: &str, value: &Computed) -> Result<String, Error> {
    convert::to_text(value).map_err(|_| {
        wrong(format!(
            "`{filter}` takes text, this is {}",
            convert::describe(value)
        ))
    })
}

fn texts(environment: &mut Environment<'static>) {
    environment.add_filter("b64encode", |value: &Computed| {
        let text = scalar_of("b64encode", value)?;
        Ok::<_, Error>(base64::engine::general_purpose::STANDARD.encode(text))
    });
    environment.add_filter("b64decode", |value: &Computed| {
        let text = text_of("b64decode", value)?.trim();
        let bytes =
            decode_base64(text).ok_or_else(|| wrong("`b64decode`: the text is not base64"))?;
        String::from_utf8(bytes)
            .map_err(|_| wrong("`b64decode`: what is encoded is not UTF-8 text"))
    });
    environment.add_filter("sha256", |value: &Computed| {
        let text = scalar_of("sha256", value)?;
        Ok::<_, Error>(hexadecimal(&Sha256::digest(text.as_bytes())))
    });
    environment.add_filter("hmac_sha256", |value: &Computed, key: &Computed| {
        let text = scalar_of("hmac_sha256", value)?;
        let key = scalar_of("hmac_sha256", key)?;
        let mut code = Hmac::<Sha256>::new_from_slice(key.as_bytes())
            .map_err(|_| wrong("`hmac_sha256` cannot take this key"))?;
        code.update(text.as_bytes());
        Ok::<_, Error>(hexadecimal(&code.finalize().into_bytes()))
    });
    environment.add_filter("mask", |value: &Computed| {
        let text = scalar_of("mask", value)?;
        let length = text.chars().count();
        // A text so short would be shown whole.
        let hidden = if length <= 4 { length } else { length - 4 };
        let shown = text.chars().skip(hidden);
        Ok::<_, Error>("X".repeat(hidden) + &shown.collect::<String>())
    });
    environment.add_filter("fromjson", |value: &Computed| {
        serde_json::from_str(text_of("fromjson", value)?)
            .map(convert::from_json)
            .map_err(|error| wrong(format!("`fromjson`: the text is not JSON: {error}")))
    });
    environment.add_filter("tojson", |value: &Computed, arguments: Kwargs| {
        let indent = arguments.get::<Option<Computed>>("indent")?;
        arguments.assert_all_used()?;
        let value = convert::to_json(value).map_err(wrong)?;
        Ok::<_, Error>(if indent.is_some_and(|indent| indent.is_true()) {
            serde_json::to_string_pretty(&value).unwrap_or_default()
        } else {
            value.to_string()
        })
    });
}

/// Base64 in either alphabet, with or without padding.
fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let config =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let alphabet = if text.contains(['-', '_']) {
        URL_SAFE
    } else {
        STANDARD
    };
    GeneralPurpose::new(&alphabet, config).decode(text).ok()
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn patterns(environment: &mut Environment<'static>) {
    let regexes = Arc::new(Cache::<Regex>::new());
    let queries = Cache::<Query>::new();
    environment.add_filter("jsonpath", move |value: &Computed, query: &str| {
        let query = queries.get(query, |text| {
            Query::compile(text).map_err(|error| error.message)
        })?;
        let root = convert::to_json(value).map_err(wrong)?;
        match query.find(&root) {
            Found::One(found) => Ok(convert::from_json(found.clone())),
            Found::Many(found) => Ok(convert::from_json(found.into_iter().cloned().collect())),
            Found::Missing(story) => Err(wrong(story)),
        }
    });
    let known = Arc::clone(&regexes);
    environment.add_filter("regex_find", move |value: &Computed, pattern: &str| {
        let text = scalar_of("regex_find", value)?;
        let regex = known.get(pattern, compile_regex)?;
        let found = regex.captures(&text).ok_or_else(|| {
            wrong(format!(
                "`regex_find`: nothing matches `{pattern}` in {}",
                convert::describe(value)
            ))
        })?;
        let part = if regex.captures_len() > 1 {
            found.get(1)
        } else {
            found.get(0)
        };
        Ok::<_, Error>(part.map_or_else(String::new, |part| part.as_str().to_owned()))
    });
    environment.add_filter(
        "regex_replace",
        move |value: &Computed, pattern: &str, with: &str| {
            /// What a small text with a small pattern must not become.
            const LARGEST: usize = 1 << 26;
            let text = scalar_of("regex_replace", value)?;
            let regex = regexes.get(pattern, compile_regex)?;
            // A match can be empty, and what stands in for it can repeat it.
            let each = with.len() + with.matches('$').count() * text.len();
            if regex.find_iter(&text).count().saturating_mul(each) > LARGEST {
                return Err(wrong("`regex_replace`: what it would give is too large"));
            }
            Ok::<_, Error>(regex.replace_all(&text, with).into_owned())
        },
    );
}
