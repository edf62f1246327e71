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

    /// The value of a property of the JSON.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self
            .attributes
            .iter()
            .find(|one| one.json_name == Some(name));
        found.map(|attribute| attribute.value.as_ref())
    }

    /// Gives what both formats or one of them call so another value.
    pub(super) fn set(&mut self, name: &str, value: impl Into<Cow<'static, str>>) {
        let value = value.into();
        for attribute in &mut self.attributes {
            if attribute.json_name == Some(name) || attribute.xml_name == Some(name) {
                attribute.value = value.clone();
            }
        }
    }

    /// Gives a property of the JSON another name, and both formats the same.
    pub(super) fn rename(&mut self, name: &str, new: &'static str) {
        for attribute in &mut self.attributes {
            if attribute.json_name == Some(name) {
                attribute.json_name = Some(new);
                attribute.xml_name = Some(new);
            }
        }
    }

    /// Takes a property of the JSON away, from both formats.
    pub(super) fn remove(&mut self, name: &str) {
        self.attributes.retain(|one| one.json_name != Some(name));
    }

    pub(super) fn add(&mut self, name: &'static str, value: &'static str) {
        self.attributes.push(Attribute {
            json_name: Some(name),
            xml_name: Some(name),
            value: value.into(),
        });
    }

    pub(super) fn add_child(&mut self, element: Element) {
        self.children.push(Child::One(element));
    }

    pub(super) fn child_mut(&mut self, name: &str) -> Option<&mut Element> {
        self.children.iter_mut().find_map(|child| match child {
            Child::One(element) if element.name == name => Some(element),
            _ => None,
        })
    }

    pub(super) fn take_child(&mut self, name: &str) -> Option<Element> {
        let is_meant = |child: &Child| matches!(child, Child::One(one) if one.name == name);
        let place = self.children.iter().position(is_meant)?;
        match self.children.remove(place) {
            Child::One(element) => Some(element),
            _ => None,
        }
    }

    /// The elements of a list in a child.
    pub(super) fn each(&mut self, child: &str, list: &str) -> impl Iterator<Item = &mut Element> {
        let children = self
            .child_mut(child)
            .map(|element| element.children.as_mut_slice())
            .unwrap_or_default();
        let lists = children.iter_mut().filter_map(move |child| match child {
            Child::Many(name, elements) if *name == list => Some(elements),
            _ => None,
        });
        lists.flatten()
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
