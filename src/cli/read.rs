//! From files to what `parse` makes of them.

use std::collections::btree_map::{Entry, VacantEntry};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use super::environment::World;
use super::load::{self, Selected, Texts};
use crate::check;
use crate::model::node::Node;
use crate::model::scenario::{Row, Scenario};
use crate::model::source::FileId;
use crate::parse::{self, RowFormat};
use crate::report::shown_path;

/// What scenarios use, as `parse` gives it.
#[derive(Default)]
pub(super) struct Read {
    pub(super) fragments: BTreeMap<String, Scenario>,
    pub(super) broken_fragments: Vec<String>,
    pub(super) rows: BTreeMap<String, Vec<Row>>,
    pub(super) broken_rows: Vec<String>,
    pub(super) schemas: BTreeMap<String, Option<Node>>,
}

/// Reads scenarios one after the other, each with what it uses.
pub(super) struct Reading<'a> {
    pub(super) read: Read,
    base: &'a Path,
    world: &'a World,
    /// The texts of the scenarios so far.
    scenarios: HashMap<&'a str, FileId>,
    row_files: BTreeSet<String>,
}

impl<'a> Reading<'a> {
    /// Reads inside that folder.
    pub(super) fn new(base: &'a Path, world: &'a World) -> Reading<'a> {
        Reading {
            read: Read::default(),
            base,
            world,
            scenarios: HashMap::new(),
            row_files: BTreeSet::new(),
        }
    }

    /// Reads a scenario that was selected, and the fragments, the rows and the schemas that it uses.
    pub(super) fn scenario(&mut self, texts: &mut Texts, file: &'a Selected) -> Option<Scenario> {
        if self.is_used_otherwise(&file.key) {
            return None;
        }
        let text = texts.read(&file.path, &file.shown)?;
        self.scenarios.insert(&file.key, text);
        let parsed = parse::scenario(&texts.sources, text, &file.key);
        texts.diagnostics.extend(parsed.diagnostics);
        let scenario = parsed.scenario?;
        if let Some(key) = check::rows_file(&scenario)
            && !self.row_files.contains(&key)
        {
            read_rows(texts, &mut self.read, self.base, key.clone(), self.world);
            self.row_files.insert(key);
        }
        let wanted = check::used_fragments(&scenario);
        fragments(texts, &mut self.read, wanted, self.base, self.world);
        schemas(texts, &mut self.read, &scenario, self.base, self.world);
        Some(scenario)
    }

    /// Reads the fragments that nothing uses as well.
    pub(super) fn unused_fragments(&mut self, texts: &mut Texts, files: &[Selected]) {
        let keys = files.iter().map(|file| file.key.clone());
        let wanted = keys.filter(|key| !self.is_used_otherwise(key)).collect();
        fragments(texts, &mut self.read, wanted, self.base, self.world);
    }

    /// Whether a scenario has named the file as one of cases or as a schema: it is no scenario itself.
    fn is_used_otherwise(&self, key: &str) -> bool {
        self.row_files.contains(key) || self.read.schemas.contains_key(key)
    }

    /// The texts that were taken for scenarios before another named them: files of cases and schemas that stand among the
    /// scenarios.
    pub(super) fn mistaken(&self) -> impl Iterator<Item = FileId> {
        let texts = self.row_files.iter().chain(self.read.schemas.keys());
        texts.filter_map(|key| self.scenarios.get(key.as_str()).copied())
    }
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
                schemas(texts, read, &fragment, base, world);
                read.fragments.insert(key, fragment);
            }
            None => read.broken_fragments.push(key),
        }
    }
}

/// Reads the schemas that a file uses.
fn schemas(texts: &mut Texts, read: &mut Read, scenario: &Scenario, base: &Path, world: &World) {
    for key in check::used_schemas(scenario) {
        if let Entry::Vacant(place) = read.schemas.entry(key) {
            read_schema(texts, base, world, place);
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
