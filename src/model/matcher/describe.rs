//! Values in words, for messages.

use serde_json::Value;

/// Longer values are cut.
const LONGEST: usize = 200;

/// A value with its type, for messages: `string "PENDING"`, `number 4`, `list [1, 2]`, cut where it is long.
pub fn describe(value: &Value) -> String {
    let kind = match value {
        Value::Null => return "null".to_owned(),
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "list",
        Value::Object(_) => "map",
    };
    format!("{kind} {}", cut(&spaced(value)))
}

/// JSON with a space after each comma and colon, up to about what is shown of it.
fn spaced(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &Value, text: &mut String) {
    // What is beyond is cut anyway; a large body is not written for nothing.
    if text.len() > LONGEST * 4 {
        return;
    }
    match value {
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if text.len() > LONGEST * 4 {
                    break;
                }
                if index > 0 {
                    text.push_str(", ");
                }
                write(item, text);
            }
            text.push(']');
        }
        Value::Object(map) => {
            text.push('{');
            for (index, (key, member)) in map.iter().enumerate() {
                if text.len() > LONGEST * 4 {
                    break;
                }
                if index > 0 {
                    text.push_str(", ");
                }
                text.push_str(&Value::from(key.as_str()).to_string());
                text.push_str(": ");
                write(member, text);
            }
            text.push('}');
        }
        Value::String(long) if long.len() > LONGEST * 4 => {
            let short: String = long.chars().take(LONGEST + 1).collect();
            text.push_str(&Value::from(short).to_string());
        }
        scalar => text.push_str(&scalar.to_string()),
    }
}

/// A text with its end left out where it is long.
pub(super) fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
