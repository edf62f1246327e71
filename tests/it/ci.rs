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

/// What a step of a workflow may say, and what one of an action.
const OF_STEP: [&str; 11] = [
    "name",
    "id",
    "if",
    "uses",
    "run",
    "with",
    "env",
    "shell",
    "working-directory",
    "continue-on-error",
    "timeout-minutes",
];
const OF_JOB: [&str; 12] = [
    "name",
    "needs",
    "if",
    "runs-on",
    "permissions",
    "environment",
    "concurrency",
    "timeout-minutes",
    "strategy",
    "defaults",
    "env",
    "steps",
];
const OF_WORKFLOW: [&str; 8] = [
    "name",
    "on",
    "permissions",
    "env",
    "defaults",
    "concurrency",
    "jobs",
    "run-name",
];
const OF_ACTION: [&str; 7] = [
    "name",
    "description",
    "author",
    "inputs",
    "outputs",
    "runs",
    "branding",
];

/// All workflows: those of the repository, and those that the documents show.
fn workflows() -> Vec<(String, Value)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut workflows = Vec::new();
    for path in files() {
        if !path.ends_with("action.yml") {
            let text = std::fs::read_to_string(&path).unwrap();
            workflows.push((
                path.display().to_string(),
                serde_yaml::from_str(&text).unwrap(),
            ));
        }
    }
    let page = std::fs::read_to_string(root.join("docs/github.md")).unwrap();
    for (at, block) in page.split("```yml\n").skip(1).enumerate() {
        let block = block.split("```").next().unwrap();
        workflows.push((
            format!("docs/github.md, block {at}"),
            serde_yaml::from_str(block).unwrap(),
        ));
    }
    workflows
}

fn keys_are_known(place: &str, value: &Value, known: &[&str]) {
    for key in value
        .as_object()
        .unwrap_or_else(|| panic!("{place}: {value}"))
        .keys()
    {
        assert!(known.contains(&key.as_str()), "{place}: {key}");
    }
}

/// What stands in `${{ … }}` and in `if`, without texts.
fn expressions(value: &Value) -> Vec<String> {
    let text = value.to_string();
    let mut found: Vec<String> = text
        .split("${{")
        .skip(1)
        .map(|rest| rest.split("}}").next().unwrap().to_owned())
        .collect();
    if let Some(condition) = value["if"].as_str() {
        found.push(condition.to_owned());
    }
    found
}

/// The names behind `context.` in a step's expressions.
fn named<'a>(expressions: &'a [String], context: &str) -> Vec<&'a str> {
    let mut names = Vec::new();
    for expression in expressions {
        for (at, word) in expression.match_indices(&format!("{context}.")) {
            let rest = &expression[at + word.len()..];
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '-');
            names.push(&rest[..end.unwrap_or(rest.len())]);
        }
    }
    names
}

fn step_is_right(place: &str, step: &Value, inputs: &[&String]) {
    keys_are_known(place, step, &OF_STEP);
    let (uses, run) = (step["uses"].as_str(), step["run"].as_str());
    assert!(uses.is_some() != run.is_some(), "{place}: {step}");
    assert!(uses.is_some() || step["with"].is_null(), "{place}: {step}");
    let Some(uses) = uses else { return };
    let (action, version) = uses.split_once('@').expect("an action has a version");
    assert!(version.starts_with('v'), "{place}: {uses}");
    let upload = ["name", "path", "if-no-files-found"].map(String::from);
    let download = ["name", "path", "pattern"].map(String::from);
    let known: Vec<&String> = match action {
        "OWNER/REPOSITORY" => inputs.to_vec(),
        "actions/upload-artifact" => upload.iter().collect(),
        "actions/download-artifact" => download.iter().collect(),
        _ => return,
    };
    for key in step["with"]
        .as_object()
        .into_iter()
        .flat_map(|with| with.keys())
    {
        assert!(known.contains(&key), "{place}: {key} of {uses}");
    }
}

#[test]
fn workflows_say_what_workflows_can_say() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let action = std::fs::read_to_string(root.join("action.yml")).unwrap();
    let action: Value = serde_yaml::from_str(&action).unwrap();
    let inputs: Vec<&String> = action["inputs"].as_object().unwrap().keys().collect();
    let workflows = workflows();
    assert!(workflows.len() > 5, "{}", workflows.len());
    for (place, workflow) in &workflows {
        keys_are_known(place, workflow, &OF_WORKFLOW);
        assert!(!workflow["on"].is_null(), "{place}");
        let jobs = workflow["jobs"].as_object().unwrap();
        for (name, job) in jobs {
            let place = format!("{place}: {name}");
            keys_are_known(&place, job, &OF_JOB);
            assert!(job["runs-on"].is_string(), "{place}");
            let needs = match &job["needs"] {
                Value::Array(names) => names.clone(),
                Value::Null => Vec::new(),
                name => vec![name.clone()],
            };
            for needed in needs {
                assert!(
                    jobs.contains_key(needed.as_str().unwrap()),
                    "{place}: {needed}"
                );
            }
            // A row of `include` names dimensions too.
            let matrix = job["strategy"]["matrix"].to_string();
            for name in named(&expressions(job), "matrix") {
                assert!(matrix.contains(&format!("\"{name}\":")), "{place}: {name}");
            }
            let ids = job["steps"].to_string();
            for name in named(&expressions(job), "steps") {
                assert!(
                    ids.contains(&format!("\"id\":\"{name}\"")),
                    "{place}: {name}"
                );
            }
            for step in job["steps"].as_array().unwrap() {
                step_is_right(&place, step, &inputs);
            }
        }
    }
}

#[test]
fn the_action_says_what_an_action_can_say() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("action.yml")).unwrap();
    let action: Value = serde_yaml::from_str(&text).unwrap();
    keys_are_known("action.yml", &action, &OF_ACTION);
    assert_eq!(action["runs"]["using"], "composite");
    let inputs = action["inputs"].as_object().unwrap();
    for (name, input) in inputs {
        keys_are_known(name, input, &["description", "default", "required"]);
    }
    let page = std::fs::read_to_string(root.join("docs/github.md")).unwrap();
    for name in inputs.keys() {
        assert!(
            page.contains(&format!("| `{name}` |")),
            "{name} is not told of"
        );
    }
    for step in action["runs"]["steps"].as_array().unwrap() {
        step_is_right("action.yml", step, &[]);
        for name in named(&expressions(step), "inputs") {
            assert!(inputs.contains_key(name), "{name}");
        }
    }
}

/// The script of a step of the action.
fn script_of(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("action.yml");
    let action: Value = serde_yaml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let steps = action["runs"]["steps"].as_array().unwrap();
    let step = steps.iter().find(|step| step["name"] == name).unwrap();
    step["run"].as_str().unwrap().to_owned()
}

/// A script as GitHub runs it.
fn as_on_github(script: &str, folder: &Path, variables: &[(&str, &str)]) -> std::process::Output {
    let mut bash = Command::new("bash");
    bash.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
        .current_dir(folder)
        .env_clear()
        .env(
            "PATH",
            format!("{}:/usr/bin:/bin", folder.join("bin").display()),
        )
        .env("RUNNER_TEMP", folder.join("temp"))
        .env("GITHUB_PATH", folder.join("path"))
        .env("GITHUB_ACTIONS", "true")
        .env("CI", "true")
        .env("GITHUB_WORKSPACE", folder)
        .env("GITHUB_STEP_SUMMARY", folder.join("summary.md"))
        .envs(variables.iter().copied());
    bash.output().unwrap()
}

#[test]
fn the_action_runs_scenarios_as_github_would() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for name in ["bin", "temp", "scenarios"] {
        std::fs::create_dir(folder.join(name)).unwrap();
    }
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_sammati"), folder.join("bin/sammati")).unwrap();
    let scenario = "steps:\n  - id: fips\n    get: /v2/fips\n    expect: 200\n  - { id: kept, get: /v2/fips, expect: 401, snapshot: true }\n";
    std::fs::write(folder.join("scenarios/fips.yaml"), scenario).unwrap();
    let script = script_of("Run");
    let arguments = [("PATHS", ""), ("ARGUMENTS", "")];
    let output = as_on_github(&script, folder, &arguments);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let told = String::from_utf8(output.stderr).unwrap();
    let line = told
        .lines()
        .find(|line| line.starts_with("::error "))
        .unwrap();
    assert!(
        line.starts_with("::error file=scenarios/fips.yaml,line=4,"),
        "{line}"
    );
    assert!(
        line.contains("expected ") && line.contains("got "),
        "{line}"
    );
    let summary = std::fs::read_to_string(folder.join("summary.md")).unwrap();
    assert!(
        summary.contains("| ❌ failed | fips | scenarios/fips.yaml:4 |"),
        "{summary}"
    );
    for name in ["report.html", "junit.xml", "run.json"] {
        assert!(
            folder.join("temp/sammati-reports").join(name).exists(),
            "{name}"
        );
    }
    // What is said by words stays words, and what snapshots would become is uploaded with the reports.
    std::fs::write(
        folder.join("scenarios/fips.yaml"),
        scenario.replace("expect: 200", "expect: 401"),
    )
    .unwrap();
    let arguments = [
        ("PATHS", "scenarios/fips.yaml"),
        ("ARGUMENTS", "--jobs 1 --var a=*"),
    ];
    let output = as_on_github(&script, folder, &arguments);
    assert_eq!(output.status.code(), Some(2), "no variable `a`: {output:?}");
    let output = as_on_github(
        &script,
        folder,
        &[("PATHS", "scenarios/fips.yaml"), ("ARGUMENTS", "--jobs 1")],
    );
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let pending = folder.join("temp/sammati-reports/pending");
    let review = Command::new(folder.join("bin/sammati"))
        .arg("review")
        .arg(&pending)
        .current_dir(folder)
        .output()
        .unwrap();
    let listed = String::from_utf8(review.stdout).unwrap();
    assert!(listed.contains("fips › kept"), "{listed}");
    let output = as_on_github(
        &script,
        folder,
        &[("PATHS", ""), ("ARGUMENTS", "--output elsewhere")],
    );
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(folder.join("elsewhere").exists());
}

/// Releases on this machine, with one for it: what the archive has, and whether its sum is right.
fn release(folder: &Path, program: &str, is_whole: bool) {
    let target = match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", arch) => format!("{arch}-unknown-linux-musl"),
        (_, arch) => format!("{arch}-apple-darwin"),
    };
    let name = format!("sammati-{target}");
    let place = folder.join("server/owner/repository/releases/latest/download");
    std::fs::create_dir_all(place.join(&name)).unwrap();
    std::fs::write(place.join(&name).join("sammati"), program).unwrap();
    let sum = if is_whole {
        ""
    } else {
        "echo more >> $0.tar.gz"
    };
    let script = format!(
        "tar -czf $0.tar.gz $0 && {{ sha256sum $0.tar.gz || shasum -a 256 $0.tar.gz; }} > $0.tar.gz.sha256; {sum}"
    );
    let status = Command::new("bash")
        .args(["-c", &script, &name])
        .current_dir(&place)
        .status();
    assert!(status.unwrap().success());
}

#[test]
fn the_action_installs_a_release_that_is_whole_and_no_other() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for is_whole in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        std::fs::create_dir(folder.join("temp")).unwrap();
        release(folder, "#!/bin/sh\necho installed\n", is_whole);
        let server = format!("file://{}", folder.join("server").display());
        let variables = [
            ("ACTION_PATH", root.to_str().unwrap()),
            ("ACTION_REPOSITORY", "owner/repository"),
            ("SERVER", &server),
        ];
        let output = as_on_github(&script_of("Install"), folder, &variables);
        assert_eq!(output.status.success(), is_whole, "{output:?}");
        let installed = folder.join("temp/sammati-bin/sammati");
        assert_eq!(installed.exists(), is_whole);
        let path = std::fs::read_to_string(folder.join("path")).unwrap_or_default();
        assert_eq!(
            path.trim() == folder.join("temp/sammati-bin").display().to_string(),
            is_whole
        );
        // A release that was asked for by name and is not there is not replaced by another.
        let variables: Vec<_> = variables
            .into_iter()
            .chain([("VERSION", "v9.9.9")])
            .collect();
        let output = as_on_github(&script_of("Install"), folder, &variables);
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(
            !output.status.success() && told.contains("there is no release v9.9.9"),
            "{told}"
        );
    }
}
