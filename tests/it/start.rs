//! `init`, `new` and `schema`: what they write is right.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sammati::parse::{self, Document};
use serde_json::Value;

fn sammati(folder: &Path, arguments: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sammati"))
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .env_clear()
        .output()
        .unwrap()
}

fn passes(folder: &Path, arguments: &str) -> String {
    let output = sammati(folder, arguments);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn what_init_and_new_write_passes() {
    let folder = tempfile::tempdir().unwrap();
    passes(folder.path(), "init");
    for name in ["second", "consents/rejected", "a/b/c.yaml", "_fragment"] {
        passes(folder.path(), &format!("new {name}"));
    }
    passes(folder.path(), "check --deny warnings");
    let said = passes(folder.path(), "run");
    assert!(said.contains("4 scenarios: 4 passed"), "{said}");
}

#[test]
fn a_scenario_made_without_a_project_passes_too() {
    let folder = tempfile::tempdir().unwrap();
    passes(folder.path(), "new alone");
    passes(folder.path(), "run");
}

#[test]
fn a_project_is_made_in_a_folder_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    passes(folder.path(), "init consents");
    passes(&folder.path().join("consents"), "run");
}

#[test]
fn nothing_that_is_there_is_touched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scenarios/first_consent.yaml");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, "mine").unwrap();
    for command in ["init", "new first_consent"] {
        let output = sammati(folder.path(), command);
        assert_eq!(output.status.code(), Some(2), "{command}");
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(
            error.contains("first_consent.yaml` is there already"),
            "{error}"
        );
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    assert!(!folder.path().join("sammati.yaml").exists());
}

#[test]
fn names_that_leave_the_folder_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["../x", "/x", "a//b", ".", "a b", "", "-x"] {
        let output = Command::new(env!("CARGO_BIN_EXE_sammati"))
            .args(["new", "--", name])
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{name}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every YAML file below a folder.
fn yaml_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(yaml_files(&path));
        } else if path.extension().is_some_and(|ending| ending == "yaml") {
            files.push(path);
        }
    }
    files
}

fn mistakes(schema: &jsonschema::Validator, path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    let value: Value = serde_yaml::from_str(&text).unwrap();
    schema
        .iter_errors(&value)
        .map(|error| format!("{}: {}: {error}", path.display(), error.instance_path()))
        .collect()
}

#[test]
fn the_schemas_fit_every_scenario_and_the_project_file() {
    let scenario = jsonschema::validator_for(&parse::schema(Document::Scenario)).unwrap();
    let mut files = yaml_files(&root().join("scenarios"));
    files.extend(yaml_files(&root().join("src/cli/start")));
    files.retain(|path| path.file_name().is_some_and(|name| name != "sammati.yaml"));
    assert!(files.len() > 15, "{files:?}");
    for path in files {
        assert_eq!(mistakes(&scenario, &path), [""; 0]);
    }
    let project = jsonschema::validator_for(&parse::schema(Document::Project)).unwrap();
    for path in ["sammati.yaml", "src/cli/start/sammati.yaml"] {
        assert_eq!(mistakes(&project, &root().join(path)), [""; 0]);
    }
}

#[test]
fn the_schema_refuses_what_has_the_wrong_shape() {
    let schema = jsonschema::validator_for(&parse::schema(Document::Scenario)).unwrap();
    for wrong in [
        "steps: 1",
        "stepz: []",
        "steps: [{ get: /x, gett: /y }]",
        "steps: [{ get: /x, post: /y }]",
        "steps: [{ id: x }]",
        "steps: [{ get: /x, decision: approve }]",
        "steps: [{ get: /x, expect: { staus: 200 } }]",
        "steps: [{ get: /x, expect: { $.a: { eqq: 1 } } }]",
        "steps: [{ get: /x, expect: { $.a: { not: { eqq: 1 } } } }]",
        "steps: [{ sleep: 3 }]",
        "steps: [{ post: /x, multipart: { a: { path: b } } }]",
        "steps: [{ post: /x, multipart: [a] }]",
        "steps: [{ get: /x, tls: { verify: false } }]",
        "steps: [{ get: /x, tls: true }]",
        "steps: [{ consent: /x, decision: maybe }]",
        "sandbox: { fips: { a: { fetch: never } } }\nsteps: [{ print: a }]",
    ] {
        let value: Value = serde_yaml::from_str(wrong).unwrap();
        assert!(!schema.is_valid(&value), "{wrong}");
    }
}

#[test]
fn every_key_in_the_schemas_explains_itself() {
    fn walk(value: &Value, place: &str, silent: &mut Vec<String>) {
        if let Some(properties) = value.get("properties").and_then(Value::as_object) {
            for (name, schema) in properties {
                let meaning = schema.get("description").and_then(Value::as_str);
                if meaning.is_none_or(|meaning| meaning.len() < 9 || !meaning.ends_with('.')) {
                    silent.push(format!("{place}.{name}"));
                }
            }
        }
        if let Some(map) = value.get("$defs").and_then(Value::as_object) {
            map.iter()
                .for_each(|(name, inner)| walk(inner, name, silent));
        }
    }
    let mut silent = Vec::new();
    for document in [Document::Scenario, Document::Project] {
        walk(&parse::schema(document), "", &mut silent);
    }
    assert_eq!(silent, [""; 0]);
}

#[test]
fn the_published_schemas_are_those_of_this_version() {
    for (command, file) in [
        ("schema", "scenario"),
        ("schema project", "project"),
        ("schema report", "report"),
    ] {
        let path = root().join(format!("schemas/{file}.schema.json"));
        let published = fs::read_to_string(&path).unwrap_or_default();
        let printed = passes(root(), command);
        assert!(
            published == printed,
            "{} is not what `sammati {command}` prints: write it again",
            path.display()
        );
    }
}
