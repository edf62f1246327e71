//! From files to what `parse` makes of them.

use std::collections::btree_map::{Entry, VacantEntry};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::environment::World;
use super::load::{self, Texts};
use super::prepare::Purpose;
use crate::check;
use crate::model::node::Node;
use crate::model::scenario::{Row, Scenario};
use crate::parse::{self, RowFormat};
use crate::report::shown_path;

/// Files as `parse` gives them.
#[derive(Default)]
pub(super) struct Read {
    pub(super) scenarios: Vec<Scenario>,
    pub(super) fragments: BTreeMap<String, Scenario>,
    pub(super) broken_fragments: Vec<String>,
    pub(super) rows: BTreeMap<String, Vec<Row>>,
    pub(super) broken_rows: Vec<String>,
    pub(super) schemas: BTreeMap<String, Option<Node>>,
}

/// Reads the scenarios that were selected, and the fragments, the rows and the schemas that they use.
pub(super) fn read(
    texts: &mut Texts,
    selection: &load::Selection,
    purpose: Purpose,
    world: &World,
) -> Read {
    let mut read = Read::default();
    let mut wanted: Vec<String> = Vec::new();
    let parsed: Vec<(&str, parse::Read)> = selection
        .scenarios
        .iter()
        .filter_map(|file| {
            let text = texts.read(&file.path, &file.shown)?;
            let parsed = parse::scenario(&texts.sources, text, &file.key);
            Some((file.key.as_str(), parsed))
        })
        .collect();
    // A file of cases may stand among the scenarios; it is none.
    let row_files: BTreeSet<String> = parsed
        .iter()
        .filter_map(|(_, parsed)| check::rows_file(parsed.scenario.as_ref()?))
        .collect();
    for (key, parsed) in parsed {
        if row_files.contains(key) {
            continue;
        }
        texts.diagnostics.extend(parsed.diagnostics);
        if let Some(scenario) = parsed.scenario {
            wanted.extend(check::used_fragments(&scenario));
            read.scenarios.push(scenario);
        }
    }
    if purpose == Purpose::Check {
        let keys = selection.fragments.iter().map(|file| file.key.clone());
        wanted.extend(keys.filter(|key| !row_files.contains(key)));
    }
    for key in row_files {
        read_rows(texts, &mut read, &selection.base, key, world);
    }
    fragments(texts, &mut read, wanted, &selection.base, world);
    let used: Vec<String> = read
        .scenarios
        .iter()
        .chain(read.fragments.values())
        .flat_map(check::used_schemas)
        .collect();
    for key in used {
        if let Entry::Vacant(place) = read.schemas.entry(key) {
            read_schema(texts, &selection.base, world, place);
        }
    }
    read
}

/// Reads fragments, and those that they use.
pub(super) fn fragments(
    texts: &mut Texts,
    read: &mut Read,
    mut wanted: Vec<String>,
    base: &Path,
    world: &World,
) {
    wanted.reverse();
    while let Some(key) = wanted.pop() {
        if read.fragments.contains_key(&key) || read.broken_fragments.contains(&key) {
            continue;
        }
        let path = base.join(&key);
        let shown = shown_path(&path, &world.folder);
        let fragment = match load::by_key(base, &key) {
            // `check` says where it is missed.
            Ok(None) => continue,
            Ok(Some(path)) => parse_file(texts, &path, &shown, &key),
            Err(message) => {
                texts.refuse(&path, &shown, &message);
                None
            }
        };
        match fragment {
            Some(fragment) => {
                wanted.extend(check::used_fragments(&fragment));
                read.fragments.insert(key, fragment);
            }
            None => read.broken_fragments.push(key),
        }
    }
}

/// Reads a schema, if there is such a file. `check` says where one is missed.
fn read_schema(
    texts: &mut Texts,
    base: &Path,
    world: &World,
    place: VacantEntry<'_, String, Option<Node>>,
) {
    let path = base.join(place.key());
    let shown = shown_path(&path, &world.folder);
    match load::by_key(base, place.key()) {
        Ok(None) => {}
        Ok(Some(path)) => {
            let schema = texts.read(&path, &shown).and_then(|file| {
                parse::json_schema(&texts.sources, file)
                    .map_err(|mistakes| texts.diagnostics.extend(mistakes))
                    .ok()
            });
            place.insert(schema);
        }
        Err(message) => {
            texts.refuse(&path, &shown, &message);
            place.insert(None);
        }
    }
}

/// Reads a file of cases.
fn read_rows(texts: &mut Texts, read: &mut Read, base: &Path, key: String, world: &World) {
    let path = base.join(&key);
    let shown = shown_path(&path, &world.folder);
    let rows = match load::by_key(base, &key) {
        // `check` says where it is missed.
        Ok(None) => return,
        Ok(Some(path)) => texts.read(&path, &shown).zip(RowFormat::of(&key)),
        Err(message) => {
            texts.refuse(&path, &shown, &message);
            None
        }
    }
    .and_then(
        |(file, format)| match parse::rows(&texts.sources, file, format) {
            Ok(rows) => Some(rows),
            Err(mistakes) => {
                texts.diagnostics.extend(mistakes);
                None
            }
        },
    );
    match rows {
        Some(rows) => {
            read.rows.insert(key, rows);
        }
        None => read.broken_rows.push(key),
    }
}

fn parse_file(texts: &mut Texts, path: &Path, shown: &str, key: &str) -> Option<Scenario> {
    let file = texts.read(path, shown)?;
    let read = parse::scenario(&texts.sources, file, key);
    texts.diagnostics.extend(read.diagnostics);
    read.scenario
}
