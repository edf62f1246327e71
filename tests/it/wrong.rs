//! One mistake a file: what a person is told. The files are in `tests/wrong/`.

use sammati::check::{self, Input};
use sammati::model::diagnostic::{Color, Diagnostic};
use sammati::model::project::{Project, Target, TargetKind};
use sammati::model::scenario::{RequestOptions, Scenario, SnapshotOptions};
use sammati::model::source::Sources;
use sammati::parse::{self, RowFormat};
use sammati::run::ProjectFiles;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[test]
fn every_mistake_is_told_at_its_place() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots/wrong");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wrong");
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".yaml") && !name.starts_with('_'))
        .collect();
    names.sort();
    assert!(
        names.len() > 100,
        "the wrong files are not where they are looked for"
    );
    settings.bind(|| {
        for name in names {
            let told = mistakes_of(&folder, &name);
            assert!(!told.is_empty(), "{name}: no mistake was found");
            insta::assert_snapshot!(name.trim_end_matches(".yaml"), told);
        }
    });
}

/// Everything that is told of a file, as a person sees it without colour.
fn mistakes_of(folder: &Path, name: &str) -> String {
    let mut sources = Sources::default();
    let mut fragments = BTreeMap::new();
    let mut broken = Vec::new();
    let mut diagnostics = Vec::new();
    let Some(scenario) = read(&mut sources, folder, name, &mut diagnostics) else {
        return render(&diagnostics, &sources);
    };
    let mut wanted = check::used_fragments(&scenario);
    while let Some(key) = wanted.pop() {
        if fragments.contains_key(&key) || !folder.join(&key).is_file() {
            continue;
        }
        match read(&mut sources, folder, &key, &mut diagnostics) {
            Some(fragment) => {
                wanted.extend(check::used_fragments(&fragment));
                fragments.insert(key, fragment);
            }
            None => broken.push(key),
        }
    }
    let mut schemas = BTreeMap::new();
    for key in check::used_schemas(&scenario) {
        let Ok(text) = std::fs::read_to_string(folder.join(&key)) else {
            continue;
        };
        let file = sources.add(&key, text);
        let read = parse::json_schema(&sources, file);
        let schema = read.map_err(|mistakes| diagnostics.extend(mistakes)).ok();
        schemas.insert(key, schema);
    }
    let mut rows = BTreeMap::new();
    let mut broken_rows = Vec::new();
    if let Some(key) = check::rows_file(&scenario)
        && let Ok(text) = std::fs::read_to_string(folder.join(&key))
    {
        let file = sources.add(&key, text);
        let format = RowFormat::of(&key).expect("another ending was refused before");
        match parse::rows(&sources, file, format) {
            Ok(read) => {
                rows.insert(key, read);
            }
            Err(mistakes) => {
                diagnostics.extend(mistakes);
                broken_rows.push(key);
            }
        }
    }
    let paths: Vec<PathBuf> = sources.iter().map(|file| folder.join(&file.path)).collect();
    let files = ProjectFiles::new(folder.to_owned(), paths.as_slice());
    let checked = check::check(
        &Input {
            files: &files,
            fragments: &fragments,
            broken_fragments: &broken,
            schemas: &schemas,
            rows: &rows,
            broken_rows: &broken_rows,
            project: &project(),
            target: &target(),
            scenarios_folder: "scenarios",
            overrides: &[],
            flow: None,
            environment: &[],
        },
        &[scenario],
    );
    match checked {
        Ok(checked) => diagnostics.extend(checked.warnings),
        Err(mistakes) => diagnostics.extend(mistakes.diagnostics),
    }
    render(&diagnostics, &sources)
}

fn read(
    sources: &mut Sources,
    folder: &Path,
    name: &str,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Scenario> {
    let text = std::fs::read_to_string(folder.join(name)).unwrap();
    let file = sources.add(name, text);
    let read = parse::scenario(sources, file, name);
    diagnostics.extend(read.diagnostics);
    read.scenario
}

fn render(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    diagnostics
        .iter()
        .map(|diagnostic| diagnostic.render(sources, Color::Plain))
        .collect::<Vec<_>>()
        .join("\n")
}

fn project() -> Project {
    Project {
        file: None,
        target: None,
        targets: Vec::new(),
        defaults: RequestOptions::default(),
        snapshot: SnapshotOptions::default(),
    }
}

fn target() -> Target {
    Target {
        name: "embedded".into(),
        is_default: true,
        kind: TargetKind::Embedded,
        vars: Vec::new(),
        secrets: Vec::new(),
        hosts: Vec::new(),
        resolve: Vec::new(),
        rate: None,
    }
}
