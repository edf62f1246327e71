//! Reading JSON that people wrote: every mistake is told with its path, and a misspelt word with the nearest known one.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// What is wrong with a set-up, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct SetupError {
    #[serde(rename = "error")]
    pub(crate) message: String,
    pub(crate) path: String,
}

impl SetupError {
    pub(crate) fn new(path: &str, message: impl Into<String>) -> SetupError {
        SetupError {
            message: message.into(),
            path: path.to_owned(),
        }
    }
}

/// A value and where it is.
#[derive(Clone, Debug)]
pub(crate) struct Place<'a> {
    pub(crate) value: &'a Value,
    pub(crate) path: String,
}

impl<'a> Place<'a> {
    pub(crate) fn root(value: &'a Value) -> Place<'a> {
        Place {
            value,
            path: String::new(),
        }
    }

    pub(crate) fn mistake(&self, message: impl Into<String>) -> SetupError {
        SetupError::new(&self.path, message)
    }

    pub(crate) fn expected(&self, what: &str) -> SetupError {
        self.mistake(format!("expected {what}, got {}", describe(self.value)))
    }

    pub(crate) fn text(&self) -> Result<&'a str, SetupError> {
        self.value.as_str().ok_or_else(|| self.expected("text"))
    }

    pub(crate) fn boolean(&self) -> Result<bool, SetupError> {
        self.value
            .as_bool()
            .ok_or_else(|| self.expected("true or false"))
    }

    pub(crate) fn number(&self, most: u64) -> Result<u64, SetupError> {
        self.value
            .as_u64()
            .filter(|number| *number <= most)
            .ok_or_else(|| self.expected(&format!("a whole number from 0 to {most}")))
    }

    pub(crate) fn list(&self, most: usize) -> Result<Vec<Place<'a>>, SetupError> {
        let items = self
            .value
            .as_array()
            .ok_or_else(|| self.expected("a list"))?;
        if items.len() > most {
            return Err(self.mistake(format!(
                "expected at most {most} items, got {}",
                items.len()
            )));
        }
        Ok(items
            .iter()
            .enumerate()
            .map(|(index, value)| Place {
                value,
                path: format!("{}[{index}]", self.path),
            })
            .collect())
    }

    /// A map with any keys.
    pub(crate) fn entries(&self) -> Result<Vec<(&'a str, Place<'a>)>, SetupError> {
        let map = self.map()?;
        Ok(map
            .iter()
            .map(|(key, value)| {
                (
                    key.as_str(),
                    Place {
                        value,
                        path: self.path_of(key),
                    },
                )
            })
            .collect())
    }

    /// A map with these keys and no others.
    pub(crate) fn fields(&self, known: &[&str]) -> Result<Fields<'a>, SetupError> {
        let map = self.map()?;
        if let Some(unknown) = map.keys().find(|key| !known.contains(&key.as_str())) {
            let message = format!("unknown key `{unknown}`{}", suggestion(unknown, known));
            return Err(SetupError::new(&self.path_of(unknown), message));
        }
        Ok(Fields {
            map,
            path: self.path.clone(),
        })
    }

    /// One of these words, which stand for these values.
    pub(crate) fn one_of<T: Copy>(&self, words: &[(&str, T)]) -> Result<T, SetupError> {
        let text = self.text()?;
        words
            .iter()
            .find(|(word, _)| *word == text)
            .map(|(_, value)| *value)
            .ok_or_else(|| {
                let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
                let one_of = known
                    .iter()
                    .map(|word| format!("`{word}`"))
                    .collect::<Vec<_>>()
                    .join(", ");
                self.mistake(format!(
                    "unknown value `{text}`{}; known are {one_of}",
                    suggestion(text, &known)
                ))
            })
    }

    /// A value that Setu's API itself has, written as there.
    pub(crate) fn as_in_the_api<T: DeserializeOwned>(&self) -> Result<T, SetupError> {
        T::deserialize(self.value).map_err(|error| self.mistake(error.to_string()))
    }

    fn map(&self) -> Result<&'a Map<String, Value>, SetupError> {
        self.value.as_object().ok_or_else(|| self.expected("a map"))
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }
}

/// A map whose keys are all known.
#[derive(Debug)]
pub(crate) struct Fields<'a> {
    map: &'a Map<String, Value>,
    path: String,
}

impl<'a> Fields<'a> {
    pub(crate) fn get(&self, key: &str) -> Option<Place<'a>> {
        let path = if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        };
        self.map.get(key).map(|value| Place { value, path })
    }

    pub(crate) fn require(&self, key: &str) -> Result<Place<'a>, SetupError> {
        self.get(key)
            .ok_or_else(|| SetupError::new(&self.path, format!("missing key `{key}`")))
    }

    /// Reads a key that may be absent.
    pub(crate) fn optional<T>(
        &self,
        key: &str,
        read: impl FnOnce(Place<'a>) -> Result<T, SetupError>,
    ) -> Result<Option<T>, SetupError> {
        self.get(key).map(read).transpose()
    }
}

pub(crate) fn suggestion(word: &str, known: &[&str]) -> String {
    known
        .iter()
        .map(|candidate| {
            (
                strsim::damerau_levenshtein(&word.to_lowercase(), &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| format!(", did you mean `{candidate}`?"))
        .unwrap_or_default()
}

fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => format!("the text `{}`", text.chars().take(60).collect::<String>()),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a map".to_owned(),
    }
}
