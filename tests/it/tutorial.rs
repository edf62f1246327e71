//! The tutorial, done as it says.

use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn the_tutorials_files_pass_and_fail_as_it_says() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/tutorial.md");
    let page = fs::read_to_string(page).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let sammati = |arguments: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_sammati"))
            .args(arguments.split_whitespace())
            .current_dir(folder.path())
            .env_clear()
            .output()
            .unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        (output.status.code(), format!("{said}{told}"))
    };
    assert_eq!(sammati("init").0, Some(0));
    let mut written = 0;
    for (path, text) in files(&page) {
        written += 1;
        fs::write(folder.path().join(path), text).unwrap();
    }
    assert_eq!(written, 5);

    let (code, told) = sammati("check --deny warnings");
    assert_eq!(code, Some(0), "{told}");
    let (code, told) = sammati("run");
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("5 passed"), "{told}");
    let (code, told) = sammati("run --filter agrees");
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("1 passed"), "{told}");
    let (code, told) = sammati("run scenarios/one_consent.yaml --var months=6");
    assert_eq!(code, Some(0), "{told}");

    let path = folder.path().join("scenarios/one_consent.yaml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(
        &path,
        text.replacen("{{ consent_id }}", "{{ consent_idd }}", 1),
    )
    .unwrap();
    let (code, told) = sammati("check");
    assert_eq!(code, Some(2));
    assert!(told.contains("did you mean `consent_id`?"), "{told}");
    fs::write(&path, text).unwrap();

    let path = folder.path().join("scenarios/whole.yaml");
    let text = fs::read_to_string(&path).unwrap();
    let changed = text
        .replacen("$.data.status: ACTIVE", "$.data.status: PAUSED", 1)
        .replacen("within: 5s", "within: 300ms", 1);
    fs::write(&path, changed).unwrap();
    let (code, told) = sammati("run -v scenarios/whole.yaml");
    assert_eq!(code, Some(1));
    assert!(told.contains("PAUSED") && told.contains("ACTIVE"), "{told}");
    assert!(told.contains("revoke"), "{told}");
}

/// The files that the page shows: blocks whose first line is a comment with a path.
fn files(page: &str) -> Vec<(&str, &str)> {
    page.split("```")
        .skip(1)
        .step_by(2)
        .filter_map(|block| {
            let (_, block) = block.split_once('\n')?;
            let (first, rest) = block.split_once('\n')?;
            let path = first.strip_prefix("# scenarios/")?;
            let whole = if path.ends_with(".csv") { rest } else { block };
            Some((&first[2..], whole))
        })
        .collect()
}
