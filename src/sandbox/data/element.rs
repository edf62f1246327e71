//! FI data as a tree that both formats are written from, so that they cannot but say the same.
//!
//! The specification's XML has attributes and elements; Setu's JSON has the attributes as properties that are text, and
//! the elements as objects, with the first letter small. Where the two differ in more than that, an attribute or an
//! element says so itself.

use std::borrow::Cow;

use serde::ser::{Serialize, SerializeMap, Serializer};

/// An object of the JSON, an element of the XML.
#[derive(Debug, Default)]
pub(crate) struct Element {
    pub(super) name: &'static str,
    /// Its name in the XML where that is not `name` with a capital.
    pub(super) xml_name: Option<&'static str>,
    pub(super) attributes: Vec<Attribute>,
    pub(super) children: Vec<Child>,
}

/// A property of the JSON, an attribute of the XML. A name that is not there leaves it out of that format.
#[derive(Debug)]
pub(super) struct Attribute {
    pub(super) json_name: Option<&'static str>,
    pub(super) xml_name: Option<&'static str>,
    pub(super) value: Cow<'static, str>,
}

#[derive(Debug)]
pub(super) enum Child {
    One(Element),
    /// Elements of one name: a list in the JSON.
    Many(&'static str, Vec<Element>),
    /// Elements that hold nothing but text.
    Texts(&'static str, Vec<&'static str>),
}

impl Element {
    pub(crate) fn new(name: &'static str) -> Element {
        Element {
            name,
            ..Element::default()
        }
    }

    /// An element whose XML name is not just its JSON name with a capital.
    pub(crate) fn named(name: &'static str, xml_name: &'static str) -> Element {
        Element {
            name,
            xml_name: Some(xml_name),
            ..Element::default()
        }
    }

    pub(crate) fn with(self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Element {
        self.attribute(Some(name), Some(name), value.into())
    }

    /// An attribute that the two formats call by different names.
    pub(crate) fn with_names(
        self,
        json_name: &'static str,
        xml_name: &'static str,
        value: impl Into<Cow<'static, str>>,
    ) -> Element {
        self.attribute(Some(json_name), Some(xml_name), value.into())
    }

    /// What only Setu's JSON has.
    pub(crate) fn with_json(
        self,
        name: &'static str,
        value: impl Into<Cow<'static, str>>,
    ) -> Element {
        self.attribute(Some(name), None, value.into())
    }

    /// What only the XML has.
    pub(crate) fn with_xml(
        self,
        name: &'static str,
        value: impl Into<Cow<'static, str>>,
    ) -> Element {
        self.attribute(None, Some(name), value.into())
    }

    pub(crate) fn child(mut self, element: Element) -> Element {
        self.children.push(Child::One(element));
        self
    }

    pub(crate) fn list(mut self, name: &'static str, elements: Vec<Element>) -> Element {
        self.children.push(Child::Many(name, elements));
        self
    }

    pub(crate) fn texts(mut self, name: &'static str, texts: Vec<&'static str>) -> Element {
        self.children.push(Child::Texts(name, texts));
        self
    }

    fn attribute(
        mut self,
        json_name: Option<&'static str>,
        xml_name: Option<&'static str>,
        value: Cow<'static, str>,
    ) -> Element {
        self.attributes.push(Attribute {
            json_name,
            xml_name,
            value,
        });
        self
    }
}

impl Serialize for Element {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for attribute in &self.attributes {
            if let Some(name) = attribute.json_name {
                map.serialize_entry(name, &attribute.value)?;
            }
        }
        for child in &self.children {
            match child {
                Child::One(element) => map.serialize_entry(element.name, element)?,
                Child::Many(name, elements) => map.serialize_entry(name, elements)?,
                Child::Texts(name, texts) => map.serialize_entry(name, texts)?,
            }
        }
        map.end()
    }
}
