//! Any text as a scenario: it is read and checked, or told what is wrong with it, at places that exist.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sammati::check::{self, Input};
use sammati::model::diagnostic::{Color, Severity};
use sammati::model::project::{Project, Target, TargetKind};
use sammati::model::scenario::{RequestOptions, SnapshotOptions};
use sammati::model::files::{FileProblem, Files};
use sammati::model::source::{FileId, Sources};
use sammati::parse;
use std::collections::BTreeMap;

#[derive(Debug)]
struct NoFiles;

impl Files for NoFiles {
    fn find(&self, _from: FileId, _path: &str) -> Result<(), FileProblem> {
        Err(FileProblem::Missing)
    }
    fn read(&self, _from: FileId, _path: &str) -> Result<Vec<u8>, FileProblem> {
        Err(FileProblem::Missing)
    }
}

fuzz_target!(|text: &str| {
    let mut sources = Sources::default();
    let file = sources.add("scenario.yaml", text);
    let read = parse::scenario(&sources, file, "scenario.yaml");
    let mut told = read.diagnostics;
    let is_read = read.scenario.is_some();
    if let Some(scenario) = read.scenario {
        let checked = check::check(&Input {
            fragments: &BTreeMap::new(),
            broken_fragments: &[],
            schemas: &BTreeMap::new(),
            rows: &BTreeMap::new(),
            broken_rows: &[],
            files: &NoFiles,
            project: &Project {
                file: None,
                target: None,
                targets: Vec::new(),
                defaults: RequestOptions::default(),
                snapshot: SnapshotOptions::default(),
            },
            target: &Target {
                name: "embedded".into(),
                is_default: true,
                kind: TargetKind::Embedded,
                vars: Vec::new(),
                secrets: Vec::new(),
                hosts: Vec::new(),
            },
            scenarios_folder: "scenarios",
            overrides: &[],
            environment: &[],
        }, &[scenario]);
        match checked {
            Ok(checked) => told.extend(checked.warnings),
            Err(mistakes) => {
                told.extend(mistakes.diagnostics);
                assert!(!told.is_empty(), "nothing was planned, and nobody was told why");
            }
        }
    }
    assert!(
        is_read || told.iter().any(|mistake| mistake.severity == Severity::Error),
        "nothing was read, and nobody was told why"
    );
    for mistake in &told {
        assert!(mistake.span.start <= mistake.span.end);
        assert!(mistake.span.start as usize <= text.len());
        assert!(!mistake.render(&sources, Color::Plain).is_empty());
    }
    let _ = parse::project(&sources, file);
});
