//! What differs between two XML documents, by paths as XPath writes them.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::align::{ALIKE, Effort, Item, Pair, align};
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
        effort: Effort::new(),
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

/// What likeness of two nodes is seen by.
struct Parts<'a> {
    node: &'a Node<'a>,
    /// The marks of the nodes in it, sorted, each with the name of a node that has others in it.
    nodes: Vec<(u64, &'a str)>,
    /// Those names, sorted.
    names: Vec<&'a str>,
}

impl<'n> Item for Node<'n> {
    type Parts<'a>
        = Parts<'a>
    where
        Self: 'a;

    fn mark(&self) -> u64 {
        self.mark
    }

    fn parts(&self) -> Parts<'_> {
        let name = |node: &Self| if node.nodes.is_empty() { "" } else { node.name };
        let inside = self.nodes.iter();
        let mut nodes: Vec<_> = inside.map(|node| (node.mark, name(node))).collect();
        nodes.sort_unstable();
        let mut names: Vec<_> = nodes.iter().map(|(_, name)| *name).collect();
        names.retain(|name| !name.is_empty());
        names.sort_unstable();
        Parts {
            node: self,
            nodes,
            names,
        }
    }

    fn count(parts: &Parts<'_>) -> usize {
        parts.all()
    }

    fn alike(old: &Parts<'_>, new: &Parts<'_>) -> u32 {
        if old.node.name != new.node.name {
            return 0;
        }
        let attributes = old.node.attributes.iter();
        let attributes = attributes.filter(|it| new.node.attributes.binary_search(it).is_ok());
        let text = usize::from(!old.node.text.is_empty() && old.node.text == new.node.text);
        let common = old.nodes_in(new) + 100 * (attributes.count() + text);
        let most = old.all().max(new.all()).max(1);
        u32::try_from(common / most).unwrap_or(0)
    }
}

impl Parts<'_> {
    fn all(&self) -> usize {
        let node = self.node;
        node.attributes.len() + node.nodes.len() + usize::from(!node.text.is_empty())
    }

    /// What the nodes in it have in common with those in another, 100 each.
    fn nodes_in(&self, other: &Parts<'_>) -> usize {
        let (mut common, mut at) = (0, 0);
        for (mark, name) in &self.nodes {
            while other.nodes.get(at).is_some_and(|(found, _)| found < mark) {
                at += 1;
            }
            common += if other.nodes.get(at).is_some_and(|(found, _)| found == mark) {
                100
            } else if !name.is_empty() && other.names.binary_search(name).is_ok() {
                ALIKE as usize
            } else {
                0
            };
        }
        common
    }
}

struct Walk<'a> {
    path: String,
    found: Vec<Change>,
    /// Which of those found differ in the numbers of placeholders alone.
    renumbered: Vec<usize>,
    /// What is the same on both sides.
    equal: Vec<&'a str>,
    effort: Effort,
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
        for Pair(left, right) in align(old, new, &mut self.effort) {
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
