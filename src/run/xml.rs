//! What is kept of XML: the body, or texts that stand in a JSON body.

use serde_json::Value;
use std::borrow::Cow;

use crate::model::exchange::Response;
use crate::model::jsonpath::{self, Found, Query};
use crate::model::xpath::{self, Wanted, XPath};

/// The text of the first node, all as a list, or the one value of an expression that gives no nodes; why
/// there is nothing. Where a JSONPath finds several texts, they are looked into one after the other.
pub(super) fn find(
    xpath: &XPath,
    json: Option<&Query>,
    wanted: Wanted,
    response: &Response,
) -> Result<Value, String> {
    let texts = match json {
        None => vec![response.text()],
        Some(query) => texts(query, response)?,
    };
    if !xpath.gives_nodes() && texts.len() > 1 {
        return Err(format!(
            "there are {} texts, and `{}` gives one value for each: the JSONPath must find one",
            texts.len(),
            xpath.source()
        ));
    }
    let mut all = Vec::new();
    let mut first_story = None;
    for text in &texts {
        let found = xpath.find(text, wanted).map_err(|why| match json {
            None => format!("the response's text cannot be looked into: {why}"),
            Some(query) => format!(
                "the text at `{}` cannot be looked into: {why}",
                query.source()
            ),
        })?;
        match found {
            xpath::Found::One(value) => return Ok(value),
            xpath::Found::Missing(story) => {
                first_story.get_or_insert(story);
            }
            xpath::Found::Nodes(nodes) => {
                all.extend(nodes.into_iter().map(Value::from));
                if wanted == Wanted::First && !all.is_empty() {
                    return Ok(all.swap_remove(0));
                }
            }
        }
    }
    match wanted {
        Wanted::All => Ok(Value::Array(all)),
        Wanted::First => {
            Err(first_story.unwrap_or_else(|| "the JSONPath finds nothing".to_owned()))
        }
    }
}

fn texts<'r>(query: &Query, response: &'r Response) -> Result<Vec<Cow<'r, str>>, String> {
    let body = response.json().map_err(str::to_owned)?;
    let values = match query.find(body) {
        Found::One(value) => vec![value],
        Found::Many(values) => values,
        Found::Missing(story) => return Err(story),
    };
    let text = |value: &'r Value| match value {
        Value::String(text) => Ok(Cow::Borrowed(text.as_str())),
        other => Err(format!(
            "`{}` is {}, not text with XML in it",
            query.source(),
            jsonpath::kind(other)
        )),
    };
    values.into_iter().map(text).collect()
}
