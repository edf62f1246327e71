//! Between JSON and the values of expressions: lists and maps are looked at where they are, not copied.

use minijinja::value::{DynObject, Enumerator, Object, ObjectRepr, Value as Computed, ValueKind};
use serde_json::{Map, Number, Value};
use std::fmt;
use std::sync::Arc;

use super::super::exchange::Response;

/// What holds a JSON value alive.
#[derive(Clone, Debug)]
pub(super) enum Holder {
    Value(Arc<Value>),
    Body(Arc<Response>),
}

impl Holder {
    fn root(&self) -> Option<&Value> {
        match self {
            Holder::Value(value) => Some(value),
            Holder::Body(response) => response.json().ok(),
        }
    }
}

#[derive(Clone, Debug)]
enum Step {
    Key(Arc<str>),
    Index(usize),
}

/// A list or a map inside a JSON value.
#[derive(Clone)]
pub(super) struct View {
    holder: Holder,
    steps: Vec<Step>,
}

impl fmt::Debug for View {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.json() {
            Some(value) => write!(formatter, "{value}"),
            None => formatter.write_str("null"),
        }
    }
}

impl View {
    fn json(&self) -> Option<&Value> {
        let mut value = self.holder.root()?;
        for step in &self.steps {
            value = match step {
                Step::Key(key) => value.get(key.as_ref())?,
                Step::Index(index) => value.get(index)?,
            };
        }
        Some(value)
    }

    fn inside(&self, step: Step, value: &Value) -> Computed {
        scalar(value).unwrap_or_else(|| {
            let mut steps = Vec::with_capacity(self.steps.len() + 1);
            steps.extend_from_slice(&self.steps);
            steps.push(step);
            Computed::from_object(View {
                holder: self.holder.clone(),
                steps,
            })
        })
    }

    fn item(&self, index: usize) -> Option<Computed> {
        let item = self.json()?.get(index)?;
        Some(self.inside(Step::Index(index), item))
    }
}

impl Object for View {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        match self.json() {
            Some(Value::Array(_)) => ObjectRepr::Seq,
            _ => ObjectRepr::Map,
        }
    }

    fn get_value(self: &Arc<Self>, key: &Computed) -> Option<Computed> {
        if let Some(key) = key.as_str() {
            return self.get_value_by_str(key);
        }
        if !key.is_integer() {
            return None;
        }
        let index = key.as_i64()?;
        let length = self.json()?.as_array()?.len();
        let index = if index < 0 {
            length.checked_sub(usize::try_from(index.unsigned_abs()).ok()?)?
        } else {
            usize::try_from(index).ok()?
        };
        self.item(index)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Computed> {
        let member = self.json()?.get(key)?;
        Some(self.inside(Step::Key(key.into()), member))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        match self.json() {
            Some(Value::Array(items)) => Enumerator::Seq(items.len()),
            Some(Value::Object(map)) => {
                Enumerator::Values(map.keys().map(|key| Computed::from(key.as_str())).collect())
            }
            _ => Enumerator::Empty,
        }
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        match self.json() {
            Some(Value::Array(items)) => Some(items.len()),
            Some(Value::Object(map)) => Some(map.len()),
            _ => Some(0),
        }
    }
}

/// A value that is neither list nor map.
fn scalar(value: &Value) -> Option<Computed> {
    Some(match value {
        Value::Null => Computed::from(()),
        Value::Bool(truth) => Computed::from(*truth),
        Value::Number(number) => {
            if let Some(number) = number.as_i64() {
                Computed::from(number)
            } else if let Some(number) = number.as_u64() {
                Computed::from(number)
            } else {
                Computed::from(number.as_f64().unwrap_or(f64::NAN))
            }
        }
        Value::String(text) => Computed::from(text.as_str()),
        Value::Array(_) | Value::Object(_) => return None,
    })
}

/// A JSON value as expressions see it.
pub(super) fn from_held(holder: Holder) -> Option<Computed> {
    let value = match holder.root()? {
        container @ (Value::Array(_) | Value::Object(_)) => {
            debug_assert!(scalar(container).is_none());
            None
        }
        value => scalar(value),
    };
    Some(value.unwrap_or_else(|| {
        Computed::from_object(View {
            holder,
            steps: Vec::new(),
        })
    }))
}

/// A JSON value as expressions see it.
pub(super) fn from_json(value: Value) -> Computed {
    from_held(Holder::Value(Arc::new(value))).unwrap_or(Computed::UNDEFINED)
}

/// Lists inside lists beyond this are no JSON that anyone reads.
const DEEPEST: usize = 128;

/// So many values may be in a list or a map that an expression computes: `[1] * 99999999` costs no fuel.
const MOST_VALUES: usize = 1_000_000;

/// What an expression gave, as JSON; else why it is none.
pub(super) fn to_json(value: &Computed) -> Result<Value, String> {
    let mut left = MOST_VALUES;
    convert(value, DEEPEST, &mut left)
}

fn convert(value: &Computed, depth: usize, left: &mut usize) -> Result<Value, String> {
    if depth == 0 {
        return Err("the value is nested too deeply".to_owned());
    }
    *left = left
        .checked_sub(1)
        .ok_or_else(|| format!("the value is made of more than {MOST_VALUES} values"))?;
    Ok(match value.kind() {
        ValueKind::Undefined => return Err("there is nothing".to_owned()),
        ValueKind::None => Value::Null,
        ValueKind::Bool => Value::Bool(value.is_true()),
        ValueKind::Number => Value::Number(number(value)?),
        ValueKind::String => Value::String(value.as_str().unwrap_or_default().to_owned()),
        ValueKind::Bytes => return Err("bytes are no JSON".to_owned()),
        ValueKind::Seq | ValueKind::Iterable => {
            if let Some(view) = value.downcast_object_ref::<View>() {
                return view
                    .json()
                    .cloned()
                    .ok_or_else(|| "there is nothing".into());
            }
            let mut items = Vec::new();
            for item in value.try_iter().map_err(|error| error.to_string())? {
                items.push(convert(&item, depth - 1, left)?);
            }
            Value::Array(items)
        }
        ValueKind::Map => {
            if let Some(view) = value.downcast_object_ref::<View>() {
                return view
                    .json()
                    .cloned()
                    .ok_or_else(|| "there is nothing".into());
            }
            let mut map = Map::new();
            for key in value.try_iter().map_err(|error| error.to_string())? {
                let member = value.get_item(&key).map_err(|error| error.to_string())?;
                let key = key.as_str().map_or_else(|| key.to_string(), str::to_owned);
                map.insert(key, convert(&member, depth - 1, left)?);
            }
            Value::Object(map)
        }
        ValueKind::Invalid => return Err(message(value)),
        _ => Value::String(value.to_string()),
    })
}

fn message(value: &Computed) -> String {
    value
        .try_iter()
        .err()
        .and_then(|error| error.detail().map(str::to_owned))
        .unwrap_or_else(|| "the value is broken".to_owned())
}

/// A number, not a digit changed.
pub(super) fn number(value: &Computed) -> Result<Number, String> {
    if value.is_integer() {
        return i64::try_from(value.clone())
            .map(Number::from)
            .or_else(|_| u64::try_from(value.clone()).map(Number::from))
            .map_err(|_| format!("the number {value} is too large"));
    }
    f64::try_from(value.clone())
        .ok()
        .and_then(Number::from_f64)
        .ok_or_else(|| format!("{value} is no number of JSON"))
}

/// A value in longer text: strings bare, else JSON's spelling; what has no place in text is an error.
pub(super) fn to_text(value: &Computed) -> Result<String, String> {
    let what = match value.kind() {
        ValueKind::String => return Ok(value.as_str().unwrap_or_default().to_owned()),
        ValueKind::Bool => return Ok(value.is_true().to_string()),
        ValueKind::Number => return number(value).map(|number| number.to_string()),
        ValueKind::Undefined => return Err("there is nothing".to_owned()),
        ValueKind::Invalid => return Err(message(value)),
        ValueKind::None => "null",
        ValueKind::Map => "a map",
        ValueKind::Seq | ValueKind::Iterable => "a list",
        _ => "this value",
    };
    Err(format!(
        "{what} cannot stand in text; `| tojson` writes it as JSON"
    ))
}

/// What a value is called in messages, with the value where it is short.
pub(super) fn describe(value: &Computed) -> String {
    match to_json(value) {
        Ok(value) => super::super::matcher::describe(&value),
        Err(reason) => reason,
    }
}

/// An object that is shared with what evaluates.
pub(super) fn shared<T: Object + 'static>(object: &Arc<T>) -> Computed {
    Computed::from_dyn_object(DynObject::new(Arc::clone(object)))
}
