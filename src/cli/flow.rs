//! The flow by which a driven browser gives consents: which it is, and reading it.

use std::path::Path;

use super::environment::World;
use super::load::{self, Texts};
use super::prepare::Purpose;
use super::read::{self, Read};
use crate::check;
use crate::model::diagnostic::Diagnostic;
use crate::model::node::Text;
use crate::model::project::{ConsentDefinition, TargetDefinition};
use crate::model::scenario::Scenario;
use crate::parse;
use crate::report::shown_path;

/// The flow of Setu's documented screens, for targets that name no other.
const BUILT_IN: &str = include_str!("../../flows/setu.yaml");
/// Where it is in the repository.
const BUILT_IN_KEY: &str = "flows/setu.yaml";

/// Which flow gives the consents of a run.
#[derive(Clone, Copy)]
pub(super) enum Wanted<'a> {
    /// None: the sandbox gives them, or a person.
    None,
    /// The one that is built in.
    BuiltIn,
    /// The one in that file, as the project file has it.
    File(&'a Text),
}

/// Which flow a run on that target goes by.
pub(super) fn wanted<'a>(definition: Option<&'a TargetDefinition>, purpose: Purpose) -> Wanted<'a> {
    let named = definition.and_then(|target| match &target.consent {
        Some(ConsentDefinition::Browser(flow)) => Some(flow.as_ref()),
        _ => None,
    });
    match (purpose, named) {
        (Purpose::RunUndriven, _) | (Purpose::Check | Purpose::Run, None) => Wanted::None,
        (_, Some(Some(flow))) => Wanted::File(flow),
        (_, Some(None) | None) => Wanted::BuiltIn,
    }
}

/// Reads the flow and the fragments that it uses. The outer `None` is that there is none, the inner one a mistake.
pub(super) fn read(
    texts: &mut Texts,
    read: &mut Read,
    wanted: Wanted<'_>,
    root: &Path,
    world: &World,
) -> Option<Option<Scenario>> {
    let (file, key) = match wanted {
        Wanted::None => return None,
        Wanted::BuiltIn => {
            let shown = format!("{BUILT_IN_KEY} (built in)");
            let path = root.join(BUILT_IN_KEY);
            (
                Some(texts.add(&path, &shown, BUILT_IN)),
                BUILT_IN_KEY.to_owned(),
            )
        }
        Wanted::File(named) => (find(texts, named, root, world), key(&named.value)),
    };
    let Some(file) = file else {
        return Some(None);
    };
    let parsed = parse::flow(&texts.sources, file, &key);
    texts.diagnostics.extend(parsed.diagnostics);
    if let Some(flow) = &parsed.scenario {
        read::fragments(texts, read, check::used_fragments(flow), root, world);
    }
    Some(parsed.scenario)
}

fn key(path: &str) -> String {
    path.trim_start_matches("./").to_owned()
}

fn find(
    texts: &mut Texts,
    named: &Text,
    root: &Path,
    world: &World,
) -> Option<crate::model::source::FileId> {
    let key = key(&named.value);
    let path = root.join(&key);
    let mistake = match load::by_key(root, &key) {
        Ok(Some(path)) => return texts.read(&path, &shown_path(&path, &world.folder)),
        Ok(None) => format!("there is no file `{}`", shown_path(&path, &world.folder)),
        Err(_) => format!("`{}` leaves the project's folder", named.value),
    };
    texts
        .diagnostics
        .push(Diagnostic::error(named.span, mistake).hint(
        "a flow's path is relative to this file; `consent: browser` takes the one that is built in",
    ));
    None
}
