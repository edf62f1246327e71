//! Keys and types in place of values, for data that is random at its source.

use std::collections::{BTreeMap, BTreeSet};

use super::exact::Exact;

/// All that was seen at one place.
#[derive(Default)]
struct Shape {
    scalars: BTreeSet<&'static str>,
    members: Option<BTreeMap<String, Shape>>,
    /// The items of all lists, merged.
    items: Option<Box<Shape>>,
}

/// The value with types for values, and one item for each list, which has all that any of its items had.
/// Places of several types give `"null or string"`, or `{"one of": […]}` where lists or maps are among them.
pub(super) fn shape_of(value: &Exact<'_>) -> Exact<'static> {
    let mut shape = Shape::default();
    shape.see(value);
    shape.into_exact().unwrap_or(Exact::Removed)
}

impl Shape {
    fn see(&mut self, value: &Exact<'_>) {
        match value {
            Exact::Null => drop(self.scalars.insert("null")),
            Exact::Bool(_) => drop(self.scalars.insert("boolean")),
            Exact::Number(_) => drop(self.scalars.insert("number")),
            Exact::Text(_) => drop(self.scalars.insert("string")),
            Exact::List(values) => {
                let items = self.items.get_or_insert_default();
                values.iter().for_each(|value| items.see(value));
            }
            Exact::Map(values) => {
                let members = self.members.get_or_insert_default();
                for (key, value) in values {
                    if *value != Exact::Removed {
                        members.entry(key.to_string()).or_default().see(value);
                    }
                }
            }
            Exact::Kept(inside) => self.see(inside),
            Exact::Removed => {}
        }
    }

    /// Nothing if nothing was seen, as of the items of an empty list.
    fn into_exact(self) -> Option<Exact<'static>> {
        let mut alternatives = Vec::new();
        if !self.scalars.is_empty() {
            let names: Vec<&str> = self.scalars.into_iter().collect();
            alternatives.push(Exact::Text(names.join(" or ").into()));
        }
        if let Some(items) = self.items {
            alternatives.push(Exact::List(items.into_exact().into_iter().collect()));
        }
        if let Some(members) = self.members {
            let members = members.into_iter();
            alternatives.push(Exact::Map(
                members
                    .filter_map(|(key, shape)| Some((key.into(), shape.into_exact()?)))
                    .collect(),
            ));
        }
        if alternatives.len() > 1 {
            return Some(Exact::Map(vec![(
                "one of".into(),
                Exact::List(alternatives),
            )]));
        }
        alternatives.pop()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_types_and_items_merge() {
        for (sent, expected) in [
            (r#"{"b":"x","a":1.5}"#, r#"{"a":"number","b":"string"}"#),
            ("[]", "[]"),
            ("[1,2,3]", r#"["number"]"#),
            ("[[],[1]]", r#"[["number"]]"#),
            (
                r#"[{"a":1},{"b":true}]"#,
                r#"[{"a":"number","b":"boolean"}]"#,
            ),
            (r#"[{"a":null},{"a":"x"}]"#, r#"[{"a":"nullorstring"}]"#),
            (
                r#"[1,{"a":1},[]]"#,
                r#"[{"oneof":["number",[],{"a":"number"}]}]"#,
            ),
            (
                r#"{"l":[{"x":[{"y":1}]},{"x":[{"y":"1"},{"z":{}}]}]}"#,
                r#"{"l":[{"x":[{"y":"numberorstring","z":{}}]}]}"#,
            ),
        ] {
            let mut output = String::new();
            shape_of(&Exact::parse(sent).unwrap()).print(&mut output);
            assert_eq!(output.split_whitespace().collect::<String>(), expected);
        }
    }
}
