//! The nodes of a document, and how one gets from one to another.

use roxmltree::Node;
use std::borrow::Cow;
use std::cmp::Ordering;

use super::answer::{Budget, Stop};
use super::grammar::{Axis, Test};

/// What the prefix `xml` always stands for.
const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// A node of the document, or one of an element's attributes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item<'d> {
    pub(super) node: Node<'d, 'd>,
    /// Which of its attributes.
    attribute: Option<usize>,
}

impl<'d> From<Node<'d, 'd>> for Item<'d> {
    fn from(node: Node<'d, 'd>) -> Self {
        Item {
            node,
            attribute: None,
        }
    }
}

impl Item<'_> {
    /// The order of the document: attributes come after their element and before what is in it.
    fn order(&self) -> (u32, usize) {
        let attribute = self.attribute.map_or(0, |index| index + 1);
        (self.node.id().get(), attribute)
    }
}

impl PartialEq for Item<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.order() == other.order()
    }
}

impl Eq for Item<'_> {}

impl PartialOrd for Item<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Item<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.order().cmp(&other.order())
    }
}

impl<'d> Item<'d> {
    /// Its text, by section 5 of the standard.
    pub(super) fn text(&self, budget: &Budget) -> Result<Cow<'d, str>, Stop> {
        if let Some(attribute) = self.attribute() {
            budget.spend_text(attribute.value())?;
            return Ok(Cow::Owned(attribute.value().to_owned()));
        }
        if let Some(instruction) = self.node.pi() {
            return Ok(Cow::Borrowed(instruction.value.unwrap_or_default()));
        }
        if self.node.is_text() || self.node.is_comment() {
            let text = self.node.text().unwrap_or_default();
            budget.spend_text(text)?;
            return Ok(Cow::Borrowed(text));
        }
        let mut whole = String::new();
        for node in self.node.descendants() {
            budget.spend(1)?;
            if node.is_text() {
                let text = node.text().unwrap_or_default();
                budget.spend_text(text)?;
                whole.push_str(text);
            }
        }
        Ok(Cow::Owned(whole))
    }

    fn attribute(&self) -> Option<roxmltree::Attribute<'d, 'd>> {
        self.node.attributes().nth(self.attribute?)
    }

    /// Its name without a prefix; empty where it has none.
    pub(super) fn local_name(&self) -> &'d str {
        match (self.attribute(), self.node.pi()) {
            (Some(attribute), _) => attribute.name(),
            (None, Some(instruction)) => instruction.target,
            (None, None) => self.node.tag_name().name(),
        }
    }

    /// Its name as it is written.
    pub(super) fn written_name(&self) -> &'d str {
        let source = self.node.document().input_text();
        match self.attribute() {
            Some(attribute) => source.get(attribute.range_qname()).unwrap_or_default(),
            None if self.node.is_element() => {
                let tag = source
                    .get(self.node.range())
                    .and_then(|whole| whole.strip_prefix('<'));
                tag.map_or("", |tag| {
                    let end = tag.find(|character: char| {
                        character.is_ascii_whitespace() || matches!(character, '/' | '>')
                    });
                    &tag[..end.unwrap_or(tag.len())]
                })
            }
            None => self.local_name(),
        }
    }

    /// Its namespace; empty where it has none.
    pub(super) fn namespace(&self) -> &'d str {
        match self.attribute() {
            Some(attribute) => attribute.namespace(),
            None => self.node.tag_name().namespace(),
        }
        .unwrap_or_default()
    }

    /// What `xml:lang` says of it.
    pub(super) fn language(&self) -> Option<&'d str> {
        self.node
            .ancestors()
            .find_map(|node| node.attribute((XML, "lang")))
    }

    /// The nodes in a direction that pass a test, the nearest first.
    pub(super) fn along(
        &self,
        axis: Axis,
        test: &Test,
        budget: &Budget,
    ) -> Result<Vec<Item<'d>>, Stop> {
        let mut found = Vec::new();
        let mut visit = |item: Item<'d>| {
            budget.spend(1)?;
            if item.passes(test, axis) {
                found.push(item);
            }
            Ok(())
        };
        let mut visit_all = |nodes: &mut dyn Iterator<Item = Node<'d, 'd>>| {
            nodes.map(Item::from).try_for_each(&mut visit)
        };
        let node = self.node;
        let is_attribute = self.attribute.is_some();
        match axis {
            Axis::Itself => visit(*self)?,
            Axis::Parent if is_attribute => visit(node.into())?,
            Axis::Parent => visit_all(&mut node.parent().into_iter())?,
            Axis::Attribute if is_attribute => {}
            Axis::Attribute => {
                for index in 0..node.attributes().len() {
                    visit(Item {
                        node,
                        attribute: Some(index),
                    })?;
                }
            }
            Axis::AncestorOrSelf if is_attribute => {
                visit(*self)?;
                for node in node.ancestors() {
                    visit(node.into())?;
                }
            }
            Axis::Ancestor if is_attribute => visit_all(&mut node.ancestors())?,
            Axis::AncestorOrSelf => visit_all(&mut node.ancestors())?,
            Axis::Ancestor => visit_all(&mut node.ancestors().skip(1))?,
            Axis::DescendantOrSelf if is_attribute => visit(*self)?,
            Axis::Child | Axis::Descendant | Axis::FollowingSibling | Axis::PrecedingSibling
                if is_attribute => {}
            Axis::Child => visit_all(&mut node.children())?,
            Axis::Descendant => visit_all(&mut node.descendants().skip(1))?,
            Axis::DescendantOrSelf => visit_all(&mut node.descendants())?,
            Axis::FollowingSibling => visit_all(&mut node.next_siblings().skip(1))?,
            Axis::PrecedingSibling => visit_all(&mut node.prev_siblings().skip(1))?,
            Axis::Following => {
                if is_attribute {
                    visit_all(&mut node.descendants().skip(1))?;
                }
                for ancestor in node.ancestors() {
                    for sibling in ancestor.next_siblings().skip(1) {
                        for node in sibling.descendants() {
                            visit(node.into())?;
                        }
                    }
                }
            }
            Axis::Preceding => {
                for ancestor in node.ancestors() {
                    for sibling in ancestor.prev_siblings().skip(1) {
                        for node in sibling.descendants().rev() {
                            visit(node.into())?;
                        }
                    }
                }
            }
        }
        Ok(found)
    }

    fn passes(&self, test: &Test, axis: Axis) -> bool {
        let is_named = if axis == Axis::Attribute {
            self.attribute.is_some()
        } else {
            self.attribute.is_none() && self.node.is_element()
        };
        let is_node = self.attribute.is_none();
        match test {
            Test::Node => true,
            Test::Text => is_node && self.node.is_text(),
            Test::Comment => is_node && self.node.is_comment(),
            Test::Instruction(target) => {
                is_node
                    && self.node.pi().is_some_and(|found| {
                        target.as_ref().is_none_or(|target| *target == found.target)
                    })
            }
            Test::Any(prefix) => is_named && self.is_under(prefix.as_deref()),
            Test::Name(prefix, name) => {
                is_named && self.local_name() == name && self.is_under(prefix.as_deref())
            }
        }
    }

    /// Whether a prefix, where there is one, stands here for the namespace of this node.
    fn is_under(&self, prefix: Option<&str>) -> bool {
        match prefix {
            None => true,
            Some("xml") => self.namespace() == XML,
            Some(prefix) => self
                .node
                .lookup_namespace_uri(Some(prefix))
                .is_some_and(|namespace| namespace == self.namespace()),
        }
    }
}
