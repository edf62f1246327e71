//! What machines of others run: the action and the workflows can be read, and their scripts are scripts.

use serde_json::Value;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let workflows = std::fs::read_dir(root.join(".github/workflows")).unwrap();
    let mut files: Vec<PathBuf> = workflows.map(|entry| entry.unwrap().path()).collect();
    files.push(root.join("action.yml"));
    files
}

#[test]
fn every_script_of_the_action_and_the_workflows_is_one() {
    let mut count = 0;
    for path in files() {
        let text = std::fs::read_to_string(&path).unwrap();
        let value: Value = serde_yaml::from_str(&text).unwrap();
        let mut scripts = Vec::new();
        scripts_in(&value, &mut scripts);
        assert!(!scripts.is_empty(), "{path:?}");
        for script in scripts {
            count += 1;
            // What comes from outside reaches a script as a variable, and never as a part of it.
            assert!(!script.contains("${{"), "{path:?}: {script}");
            assert!(is_script(&script), "{path:?}: {script}");
            // A step that fails says so.
            assert!(!script.contains("|| true"), "{path:?}: {script}");
        }
    }
    assert!(count > 8, "only {count} scripts were found");
    let install = Path::new(env!("CARGO_MANIFEST_DIR")).join(".ci/install");
    assert!(is_script(&std::fs::read_to_string(install).unwrap()));
    assert!(!is_script("if true; then"));
}

#[test]
fn the_inputs_that_the_action_reads_are_those_that_it_has() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("action.yml");
    let text = std::fs::read_to_string(path).unwrap();
    let value: Value = serde_yaml::from_str(&text).unwrap();
    for (name, input) in value["inputs"].as_object().unwrap() {
        assert!(
            text.contains(&format!("inputs.{name} ")),
            "{name} is not read"
        );
        assert!(
            input["default"].is_string() && input["description"].is_string(),
            "{name}"
        );
    }
    for step in value["runs"]["steps"].as_array().unwrap() {
        assert!(
            step["uses"].is_string() || step["shell"] == "bash",
            "{step}"
        );
    }
}

fn scripts_in(value: &Value, scripts: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                match value.as_str() {
                    Some(script) if key == "run" => scripts.push(script.to_owned()),
                    _ => scripts_in(value, scripts),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| scripts_in(item, scripts)),
        _ => {}
    }
}

fn is_script(text: &str) -> bool {
    let mut bash = Command::new("bash")
        .arg("-n")
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    bash.stdin
        .take()
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    bash.wait().unwrap().success()
}
