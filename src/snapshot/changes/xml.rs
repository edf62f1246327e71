//! What differs between two XML documents, by paths as XPath writes them.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::align::{ALIKE, Item, Pair, align};
use super::{added, numbered, push_changed, removed};
use crate::model::change::{Change, What};
use crate::snapshot::xml::{Kind, Piece, read};

/// Adds the differences in the order of the documents, with a prefix before each path, and says whether both texts
/// are documents at all. What is written in another way only may be left out where nothing else differs.
pub(super) fn compare(prefix: &str, old: &str, new: &str, found: &mut Vec<Change>) -> bool {
    let (Some(old), Some(new)) = (Node::document(old), Node::document(new)) else {
        return false;
    };
    let mut walk = Walk {
        path: prefix.to_owned(),
        found: Vec::new(),
        renumbered: Vec::new(),
        equal: Vec::new(),
    };
    walk.items(&old.nodes, &new.nodes);
    numbered::settle(&mut walk.found, walk.renumbered, &walk.equal);
    found.append(&mut walk.found);
    true
}

/// An element, or what else stands among elements.
struct Node<'a> {
    /// Of what is no element, XPath's word for it.
    name: &'a str,
    /// Sorted by name; the values with their quotes.
    attributes: Vec<(&'a str, &'a str)>,
    /// What is in an element that has text in it, as it is written.
    text: &'a str,
    /// Of an element without text.
    nodes: Vec<Node<'a>>,
    /// Its first tag, as it is written.
    tag: &'a str,
    /// All of it, as it is written.
    whole: &'a str,
    mark: u64,
}

impl<'a> Node<'a> {
    /// A document as a node around what stands at its top.
    fn document(text: &'a str) -> Option<Node<'a>> {
        let pieces = read(text)?;
        let mut at = 0;
        let nodes = Node::up_to(pieces.len(), text, &pieces, &mut at)?;
        Some(Node::new("", text, text, Vec::new(), "", nodes))
    }

    fn new(
        name: &'a str,
        whole: &'a str,
        tag: &'a str,
        attributes: Vec<(&'a str, &'a str)>,
        text: &'a str,
        nodes: Vec<Node<'a>>,
    ) -> Node<'a> {
        let mut hasher = DefaultHasher::new();
        (name, numbered::loose(text)).hash(&mut hasher);
        for (name, value) in &attributes {
            (name, numbered::loose(value)).hash(&mut hasher);
        }
        nodes.iter().for_each(|node| node.mark.hash(&mut hasher));
        Node {
            name,
            attributes,
            text,
            nodes,
            tag,
            whole,
            mark: hasher.finish(),
        }
    }

    /// The nodes from a piece on, up to another.
    fn up_to(end: usize, text: &'a str, pieces: &[Piece], at: &mut usize) -> Option<Vec<Node<'a>>> {
        let mut nodes = Vec::new();
        while *at < end {
            if let Kind::Text = pieces[*at].kind {
                *at += 1;
            } else {
                nodes.push(Node::read(text, pieces, at)?);
            }
        }
        Some(nodes)
    }

    fn read(text: &'a str, pieces: &[Piece], at: &mut usize) -> Option<Node<'a>> {
        let piece = &pieces[*at];
        let tag = &text[piece.start..piece.end];
        *at += 1;
        let Kind::Open { close, whole } = piece.kind else {
            let word = match tag.as_bytes().get(1) {
                Some(b'?') => "processing-instruction()",
                Some(b'!') => "comment()",
                _ => "",
            };
            if !word.is_empty() {
                return Some(Node::new(word, tag, tag, Vec::new(), tag, Vec::new()));
            }
            let (name, attributes) = name_and_attributes(tag.get(1..tag.len() - 2)?)?;
            return Some(Node::new(name, tag, tag, attributes, "", Vec::new()));
        };
        let (name, attributes) = name_and_attributes(tag.get(1..tag.len() - 1)?)?;
        let inside = &text[piece.end..pieces[close].start];
        let (inside, nodes) = if whole {
            (inside, Vec::new())
        } else {
            ("", Node::up_to(close, text, pieces, at)?)
        };
        *at = close + 1;
        let all = &text[piece.start..pieces[close].end];
        Some(Node::new(name, all, tag, attributes, inside, nodes))
    }

    /// On one line.
    fn flat(&self) -> String {
        self.whole.lines().map(str::trim).collect()
    }
}

/// The name in a tag, and its attributes by name.
fn name_and_attributes(tag: &str) -> Option<(&str, Vec<(&str, &str)>)> {
    let (name, mut rest) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            attributes.sort_unstable();
            return Some((name, attributes));
        }
        let (name, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let quote = after.chars().next().filter(|it| "\"'".contains(*it))?;
        let end = after[1..].find(quote)? + 2;
        attributes.push((name.trim_end(), &after[..end]));
        rest = &after[end..];
    }
}

impl Item for Node<'_> {
    fn mark(&self) -> u64 {
        self.mark
    }

    fn alike(&self, other: &Self) -> u32 {
        if self.name != other.name {
            return 0;
        }
        let parts = |node: &Self| {
            node.attributes.len() + node.nodes.len() + usize::from(!node.text.is_empty())
        };
        let most = parts(self).max(parts(other)).max(1);
        let marks: HashSet<u64> = other.nodes.iter().map(|node| node.mark).collect();
        let names: HashSet<&str> = other
            .nodes
            .iter()
            .filter(|node| !node.nodes.is_empty())
            .map(|node| node.name)
            .collect();
        let nodes = self.nodes.iter().map(|node| {
            if marks.contains(&node.mark) {
                100
            } else if !node.nodes.is_empty() && names.contains(node.name) {
                ALIKE
            } else {
                0
            }
        });
        let attributes = self
            .attributes
            .iter()
            .filter(|it| other.attributes.contains(it));
        let text = u32::from(!self.text.is_empty() && self.text == other.text);
        let attributes = u32::try_from(attributes.count()).unwrap_or(u32::MAX / 200);
        let common = nodes.sum::<u32>() + 100 * (attributes + text);
        common / u32::try_from(most).unwrap_or(u32::MAX)
    }
}

struct Walk<'a> {
    path: String,
    found: Vec<Change>,
    /// Which of those found differ in the numbers of placeholders alone.
    renumbered: Vec<usize>,
    /// What is the same on both sides.
    equal: Vec<&'a str>,
}

impl<'a> Walk<'a> {
    /// Two nodes of one name.
    fn compare(&mut self, old: &'a Node<'a>, new: &'a Node<'a>) {
        if old.whole == new.whole {
            return self.equal.push(old.whole);
        }
        if old.attributes != new.attributes {
            self.attributes(old, new);
        } else if old.tag == new.tag {
            self.equal.push(old.tag);
        } else if old.text == new.text {
            let (place, what) = (self.path.clone(), What::Rewritten);
            self.found.push(Change { place, what });
        }
        self.text(old.text, new.text);
        self.items(&old.nodes, &new.nodes);
    }

    fn attributes(&mut self, old: &'a Node<'a>, new: &'a Node<'a>) {
        let value = |node: &Node<'a>, name: &str| {
            let found = node.attributes.iter().find(|(other, _)| *other == name);
            found.map(|(_, value)| *value)
        };
        let path = |name: &str| format!("{}/@{name}", self.path);
        let mut found = Vec::new();
        for (name, old) in &old.attributes {
            match value(new, name) {
                Some(new) if *old == new => self.equal.push(old),
                Some(new) => {
                    if numbered::loose(old) == numbered::loose(new) {
                        self.renumbered.push(self.found.len() + found.len());
                    }
                    push_changed(path(name), old, new, &mut found);
                }
                None => found.push(removed(path(name), old)),
            }
        }
        for (name, new) in &new.attributes {
            if value(old, name).is_none() {
                found.push(added(path(name), new));
            }
        }
        self.found.append(&mut found);
    }

    fn text(&mut self, old: &str, new: &str) {
        let place = || format!("{}/text()", self.path);
        match (old.is_empty(), new.is_empty()) {
            (true, false) => self.found.push(added(place(), new)),
            (false, true) => self.found.push(removed(place(), old)),
            _ => {
                if old != new && numbered::loose(old) == numbered::loose(new) {
                    self.renumbered.push(self.found.len());
                }
                push_changed(self.path.clone(), old, new, &mut self.found);
            }
        }
    }

    fn items(&mut self, old: &'a [Node<'a>], new: &'a [Node<'a>]) {
        let (old_steps, new_steps) = steps(old, new);
        let length = self.path.len();
        for Pair(left, right) in align(old, new) {
            let both = (left.map(|at| &old[at]), right.map(|at| &new[at]));
            match both {
                (Some(left_node), Some(right_node)) if left_node.name == right_node.name => {
                    self.path.push_str(&new_steps[right.unwrap_or(0)]);
                    self.compare(left_node, right_node);
                    self.path.truncate(length);
                }
                (gone, came) => {
                    if let (Some(node), Some(at)) = (gone, left) {
                        let place = format!("{}{}", self.path, old_steps[at]);
                        self.found.push(removed(place, &node.flat()));
                    }
                    if let (Some(node), Some(at)) = (came, right) {
                        let place = format!("{}{}", self.path, new_steps[at]);
                        self.found.push(added(place, &node.flat()));
                    }
                }
            }
        }
    }
}

/// The last step of each node's path, with its number where there are several of that name on either side.
fn steps(old: &[Node<'_>], new: &[Node<'_>]) -> (Vec<String>, Vec<String>) {
    let count = |nodes: &[Node<'_>]| {
        let mut counts: HashMap<String, usize> = HashMap::new();
        for node in nodes {
            *counts.entry(node.name.to_owned()).or_default() += 1;
        }
        counts
    };
    let (olds, news) = (count(old), count(new));
    let is_several = |name: &str| {
        let several = |counts: &HashMap<String, usize>| counts.get(name).is_some_and(|it| *it > 1);
        several(&olds) || several(&news)
    };
    let write = |nodes: &[Node<'_>]| {
        let mut seen: HashMap<&str, usize> = HashMap::new();
        let mut steps = Vec::with_capacity(nodes.len());
        for node in nodes {
            let number = seen.entry(node.name).or_default();
            *number += 1;
            let mut step = format!("/{}", node.name);
            if is_several(node.name) {
                let _ = write!(step, "[{number}]");
            }
            steps.push(step);
        }
        steps
    };
    (write(old), write(new))
}
