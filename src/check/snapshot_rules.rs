//! How a step's response becomes a snapshot: project, target, file and step, weakest first.

use super::compiler::Compiler;
use super::scenario::Place;
use crate::model::diagnostic::nearest;
use crate::model::node::{Node, NodeKind, Text};
use crate::model::plan::{HeaderPlace, RedactRule, Redaction, SnapshotLevel, SnapshotRules};
use crate::model::scenario::{SnapshotOptions, Step};
use crate::model::source::Span;

/// Compiles the rules of a step's snapshot.
pub(super) fn compile(
    compiler: &mut Compiler<'_>,
    place: &Place<'_>,
    step: &Step,
    span: Span,
    options: &SnapshotOptions,
) -> Option<SnapshotRules> {
    let input = compiler.input;
    let target = input
        .project
        .targets
        .iter()
        .find(|target| target.name.value == input.target.name);
    let layers = [
        (SnapshotLevel::Project, Some(&input.project.snapshot)),
        (SnapshotLevel::Target, target.map(|target| &target.snapshot)),
        (SnapshotLevel::File, Some(&place.file.snapshot)),
        (SnapshotLevel::Step, Some(options)),
    ];
    let name = options.name.as_ref().or(step.id.as_ref())?;
    let mut rules = SnapshotRules {
        name: format!("{}{}", place.prefix, name.value),
        owner: place.owner.clone(),
        span: Some(span),
        ..SnapshotRules::default()
    };
    let mut is_right = true;
    for (level, layer) in layers {
        let Some(layer) = layer else { continue };
        if level < SnapshotLevel::File {
            rules.of_all.extend(paths(layer));
        } else {
            let own: Vec<String> = paths(layer).collect();
            rules.of_all.retain(|path| !own.contains(path));
        }
        for (path, action) in &layer.redact {
            match redact(compiler, path, action) {
                Some(rule) => {
                    if level >= SnapshotLevel::File && matches!(rule.redaction, Redaction::Remove) {
                        let path = rule.query.source();
                        // What stands in a fragment may be for another scenario that uses it.
                        if !place.is_fragment() {
                            rules.of_file.push(path.to_owned());
                        }
                        rules.of_all.push(path.to_owned());
                    }
                    rules
                        .redact
                        .retain(|known| known.query.source() != rule.query.source());
                    rules.redact.push(rule);
                }
                None => is_right = false,
            }
        }
        for header in &layer.headers {
            let span = header.span;
            let header = header.value.to_lowercase();
            rules.header_places.push(HeaderPlace {
                name: header.clone(),
                level,
                span,
            });
            if !rules.headers.contains(&header) {
                rules.headers.push(header);
            }
        }
        for (paths, queries) in [
            (&layer.sort, &mut rules.sort),
            (&layer.shape, &mut rules.shape),
        ] {
            for path in paths {
                match compiler.query(path) {
                    Some(query) => queries.push(query),
                    None => is_right = false,
                }
            }
        }
        if let Some(path) = &layer.only {
            match compiler.query(path) {
                Some(query) => rules.only = Some(query),
                None => is_right = false,
            }
        }
    }
    is_right.then_some(rules)
}

/// The paths that a layer has rules for.
fn paths(layer: &SnapshotOptions) -> impl Iterator<Item = String> {
    let redact = layer.redact.iter().map(|(path, _)| path);
    let others = layer.sort.iter().chain(&layer.shape).chain(&layer.only);
    redact.chain(others).map(|path| path.value.clone())
}

fn redact(compiler: &mut Compiler<'_>, path: &Text, action: &Node) -> Option<RedactRule> {
    let query = compiler.query(path);
    let redaction = redaction(compiler, action);
    Some(RedactRule {
        span: path.span,
        query: query?,
        redaction: redaction?,
    })
}

fn redaction(compiler: &mut Compiler<'_>, node: &Node) -> Option<Redaction> {
    match &node.kind {
        NodeKind::Text(text) => word(compiler, text),
        NodeKind::Map(entries) => {
            for entry in entries {
                if !["round", "if_matches", "as"].contains(&entry.key.value.as_str()) {
                    let hint = nearest(&entry.key.value, ["round", "if_matches", "as"])
                        .map_or_else(
                            || {
                                "write `{ round: 2 }` or `{ if_matches: regex, as: \"[text]\" }`"
                                    .to_owned()
                            },
                            |near| format!("did you mean `{near}`?"),
                        );
                    compiler.error(
                        entry.key.span,
                        format!("a redaction has no key `{}`", entry.key.value),
                        hint,
                    );
                    return None;
                }
            }
            match (node.get("round"), node.get("if_matches"), node.get("as")) {
                (Some(round), None, None) => match &round.kind {
                    NodeKind::Number(number)
                        if number.as_u64().is_some_and(|number| number <= 20) =>
                    {
                        Some(Redaction::Round(u32::try_from(number.as_u64()?).ok()?))
                    }
                    _ => {
                        compiler.error(
                            round.span,
                            "`round` takes a number of decimals from 0 to 20",
                            "write `{ round: 2 }`",
                        );
                        None
                    }
                },
                (None, Some(pattern), Some(replacement)) => {
                    match (&pattern.kind, &replacement.kind) {
                        (NodeKind::Text(pattern), NodeKind::Text(text)) => {
                            Some(Redaction::IfMatches {
                                pattern: compiler.regex(pattern)?,
                                text: text.value.clone(),
                            })
                        }
                        _ => {
                            compiler.error(
                                node.span,
                                "`if_matches` and `as` take text",
                                "write `{ if_matches: regex, as: \"[text]\" }`",
                            );
                            None
                        }
                    }
                }
                _ => {
                    compiler.error(
                        node.span,
                        "a redaction is `{ round: 2 }` or `{ if_matches: regex, as: \"[text]\" }`",
                        "write one of the two",
                    );
                    None
                }
            }
        }
        _ => {
            compiler.error(
                node.span,
                format!("a redaction is text or a map, not {}", node.describe()),
                "write `\"[text]\"`, `mask` or `remove`",
            );
            None
        }
    }
}

fn word(compiler: &mut Compiler<'_>, text: &Text) -> Option<Redaction> {
    match text.value.as_str() {
        "mask" => Some(Redaction::Mask),
        "remove" => Some(Redaction::Remove),
        value if value.starts_with('[') && value.ends_with(']') => {
            Some(Redaction::Text(value.to_owned()))
        }
        value => {
            let hint = nearest(value, ["mask", "remove"]).map_or_else(
                || format!("write \"[{value}]\" in brackets if it is to stand there, or `mask`, `remove`"),
                |near| format!("did you mean `{near}`?"),
            );
            compiler.error(text.span, format!("`{value}` is no redaction"), hint);
            None
        }
    }
}
