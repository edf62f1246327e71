//! Proposed snapshot rules, as YAML to paste.

use std::fmt::Write as _;

use super::sides;
use super::text::{plural, visible_line};

/// The rules of one place.
#[derive(Clone, Debug)]
pub struct SuggestedBlock {
    /// The place, as it is shown.
    pub place: String,
    /// What is to be done with the block there.
    pub how: String,
    /// How far in it stands.
    pub indent: usize,
    /// The rules, those of a key together.
    pub rules: Vec<SuggestedRule>,
}

/// One rule.
#[derive(Clone, Debug)]
pub struct SuggestedRule {
    /// `redact`, `sort`, `shape` or `headers`.
    pub key: &'static str,
    /// `$.id: "[id]"`, `- $.list` or `[etag]`, as it is written.
    pub line: String,
    /// What was seen in the one run and in the other.
    pub values: (String, String),
    /// Where.
    pub snapshots: Vec<String>,
    /// Whether it takes the place of one that is there.
    pub replaces: bool,
}

/// So many columns of a value are shown, around what differs.
const LONGEST: usize = 48;
/// So many snapshots are named.
const MOST_NAMED: usize = 4;

/// All blocks, a YAML document each, with what is said of the whole before and of what is left behind them.
pub fn suggestions(head: &[String], blocks: &[SuggestedBlock], left: &[String]) -> String {
    let mut text = String::new();
    for line in head {
        let _ = writeln!(text, "# {}", visible_line(line));
    }
    for block in blocks {
        let pad = " ".repeat(block.indent);
        let _ = writeln!(text, "\n--- # {}", visible_line(&block.place));
        let _ = writeln!(text, "# {}", visible_line(&block.how));
        let _ = writeln!(text, "{pad}snapshot:");
        let mut key = "";
        for rule in &block.rules {
            let is_list = rule.key == "headers";
            if key != rule.key && !is_list {
                let _ = writeln!(text, "{pad}  {}:", rule.key);
            }
            key = rule.key;
            let deep = if is_list { "  " } else { "    " };
            let _ = writeln!(text, "{pad}{deep}# {}", seen(rule));
            if is_list {
                let _ = writeln!(text, "{pad}  headers: {}", rule.line);
            } else {
                let _ = writeln!(text, "{pad}    {}", rule.line);
            }
        }
    }
    if !left.is_empty() {
        let _ = writeln!(text, "\n# No rule helps here:");
    }
    for line in left {
        let _ = writeln!(text, "#   {}", visible_line(line));
    }
    text
}

fn seen(rule: &SuggestedRule) -> String {
    let (old, new) = &rule.values;
    let mut names: Vec<String> = rule
        .snapshots
        .iter()
        .take(MOST_NAMED)
        .map(|name| visible_line(name))
        .collect();
    let more = rule.snapshots.len().saturating_sub(MOST_NAMED);
    if more > 0 {
        names.push(plural(more, "other"));
    }
    let instead = if rule.replaces {
        ", in place of what is there"
    } else {
        ""
    };
    let (old, new) = sides::around(&visible_line(old), &visible_line(new), LONGEST);
    format!("{old}, then {new}: {}{instead}", names.join(", "))
}
