//! FI data as the text of an XML document.

use super::element::{Child, Element};

/// A document whose root is an element in the namespace of a schema of the specification.
pub(crate) fn document(root: &Element, schema: &str) -> String {
    let mut text = String::from(r#"<?xml version="1.0" encoding="UTF-8"?>"#);
    let namespace = format!("http://api.rebit.org.in/FISchema/{schema}");
    let declarations = format!(
        r#" xmlns="{namespace}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="{namespace} ../FISchema/{schema}.xsd""#
    );
    write_element(&mut text, root, &declarations);
    text
}

fn write_element(text: &mut String, element: &Element, declarations: &str) {
    text.push('<');
    write_name(text, element);
    text.push_str(declarations);
    for attribute in &element.attributes {
        if let Some(name) = attribute.xml_name {
            text.push(' ');
            text.push_str(name);
            text.push_str("=\"");
            write_escaped(text, &attribute.value);
            text.push('"');
        }
    }
    text.push('>');
    let start_end = text.len();
    for child in &element.children {
        match child {
            Child::One(element) => write_element(text, element, ""),
            Child::Many(_, elements) => {
                for element in elements {
                    write_element(text, element, "");
                }
            }
            Child::Texts(name, texts) => {
                for one in texts {
                    write_text_element(text, name, one);
                }
            }
        }
    }
    if text.len() == start_end {
        text.truncate(start_end - 1);
        text.push_str("/>");
    } else {
        text.push_str("</");
        write_name(text, element);
        text.push('>');
    }
}

fn write_text_element(text: &mut String, name: &str, content: &str) {
    text.push('<');
    text.push_str(name);
    text.push('>');
    write_escaped(text, content);
    text.push_str("</");
    text.push_str(name);
    text.push('>');
}

fn write_name(text: &mut String, element: &Element) {
    if let Some(name) = element.xml_name {
        text.push_str(name);
        return;
    }
    let mut letters = element.name.chars();
    text.extend(letters.next().map(|first| first.to_ascii_uppercase()));
    text.push_str(letters.as_str());
}

/// Escapes for both attributes and content. White space other than a space is written as a reference, because a parser
/// makes spaces of it in an attribute; characters that no XML document may hold are replaced.
fn write_escaped(text: &mut String, value: &str) {
    for character in value.chars() {
        match character {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            '\'' => text.push_str("&apos;"),
            '\t' => text.push_str("&#9;"),
            '\n' => text.push_str("&#10;"),
            '\r' => text.push_str("&#13;"),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => text.push(char::REPLACEMENT_CHARACTER),
            other => text.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_value_holds_is_escaped() {
        let root = Element::new("account")
            .with("name", "Tea & \"Sons\" <'one'>\n\u{1}ß")
            .with_names("jsonName", "xml_name", "x")
            .with_json("onlyJson", "no")
            .with_xml("onlyXml", "yes")
            .child(Element::new("empty"))
            .child(Element::named("listOf", "list_of").texts("cat", vec!["a & b", "c"]));
        let text = document(&root, "deposit");
        let (start, rest) = text.split_once("deposit.xsd\"").unwrap();
        assert!(start.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Account xmlns="));
        assert_eq!(
            rest,
            " name=\"Tea &amp; &quot;Sons&quot; &lt;&apos;one&apos;&gt;&#10;\u{fffd}ß\" xml_name=\"x\" onlyXml=\"yes\">\
             <Empty/><list_of><cat>a &amp; b</cat><cat>c</cat></list_of></Account>"
        );
        let json = serde_json::to_value(&root).unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "name": "Tea & \"Sons\" <'one'>\n\u{1}ß",
                "jsonName": "x",
                "onlyJson": "no",
                "empty": {},
                "listOf": { "cat": ["a & b", "c"] },
            })
        );
    }
}
