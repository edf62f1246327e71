use super::*;
use crate::model::exchange::{Request, Response};
use crate::model::outcome::DiffLine;
use crate::model::plan::SnapshotRules;
use crate::model::secret::Secrets;
use std::fs;

fn subject(name: &str) -> Arc<Subject> {
    Arc::new(Subject {
        stem: "flows/consent".into(),
        name: name.into(),
        case: None,
        target: None,
        source: "scenarios/flows/consent.yaml".into(),
        expression: name.into(),
    })
}

fn response(contents: &str) -> Normalised {
    Normalised {
        method: "GET".into(),
        url: "[target]/v2/x".into(),
        contents: contents.into(),
        warnings: Vec::new(),
        rules_of_all: Vec::new(),
    }
}

/// Every file under a folder, with its contents, below it.
fn files(root: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path
                    .strip_prefix(root)
                    .unwrap()
                    .to_string_lossy()
                    .replace('\\', "/");
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

const ACCEPTED: &str = "flows/consent/step.snap";
const PENDING: &str = "flows/consent/step.snap.new";

fn text(contents: &str) -> String {
    format!(
        "---\nsource: scenarios/flows/consent.yaml\nexpression: step\ninfo:\n  method: GET\n  url: \"[target]/v2/x\"\n---\n{contents}\n"
    )
}

#[test]
fn review_leaves_a_pending_file_and_a_pass_removes_it() {
    let root = tempfile::tempdir().unwrap();
    let store = Store::new(root.path().into(), Mode::Review);
    let path = root.path().join(ACCEPTED);
    let pending = Some(root.path().join(PENDING));
    let outcome = store
        .compare(&subject("step"), &response("200 OK\n\nx\r\n"))
        .unwrap();
    let added = |line: &str| DiffLine::Added(line.into());
    let diff = vec![added("200 OK"), added(""), added("x")];
    assert_eq!(
        outcome,
        SnapshotOutcome::New {
            path: path.clone(),
            pending: pending.clone(),
            diff
        }
    );
    assert_eq!(files(root.path()), [(PENDING.into(), text("200 OK\n\nx"))]);

    fs::rename(root.path().join(PENDING), &path).unwrap();
    assert_eq!(
        store
            .compare(&subject("step"), &response("200 OK\n\nx"))
            .unwrap(),
        SnapshotOutcome::Same
    );
    let outcome = store
        .compare(&subject("step"), &response("200 OK\n\ny"))
        .unwrap();
    assert!(
        matches!(
            outcome,
            SnapshotOutcome::Different {
                pending: Some(_),
                ..
            }
        ),
        "{outcome:?}"
    );
    assert_eq!(files(root.path()).len(), 2);
    assert_eq!(
        store
            .compare(&subject("step"), &response("200 OK\n\nx\n\n"))
            .unwrap(),
        SnapshotOutcome::Same
    );
    assert_eq!(files(root.path()), [(ACCEPTED.into(), text("200 OK\n\nx"))]);
}

#[test]
fn check_writes_nothing_under_the_folder() {
    let (root, output) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::create_dir_all(root.path().join("flows/consent")).unwrap();
    fs::write(root.path().join(ACCEPTED), text("200 OK")).unwrap();
    fs::write(root.path().join(PENDING), text("old")).unwrap();
    let before = files(root.path());
    let silent = Store::new(root.path().into(), Mode::Check { output: None });
    let output_mode = Mode::Check {
        output: Some(output.path().join("new")),
    };
    let store = Store::new(root.path().into(), output_mode);
    let outcome = silent
        .compare(&subject("step"), &response("201 Created"))
        .unwrap();
    assert!(
        matches!(outcome, SnapshotOutcome::Different { pending: None, .. }),
        "{outcome:?}"
    );
    let outcome = store
        .compare(&subject("step"), &response("201 Created"))
        .unwrap();
    let expected = output.path().join("new").join(PENDING);
    assert!(
        matches!(outcome, SnapshotOutcome::Different { pending: Some(path), .. } if path == expected)
    );
    assert_eq!(
        files(&output.path().join("new")),
        [(PENDING.into(), text("201 Created"))]
    );
    for store in [&silent, &store] {
        assert_eq!(
            store
                .compare(&subject("step"), &response("200 OK"))
                .unwrap(),
            SnapshotOutcome::Same
        );
    }
    assert!(files(output.path()).is_empty());
    assert_eq!(files(root.path()), before);

    let missing = root.path().join("missing");
    let store = Store::new(missing.clone(), Mode::Check { output: None });
    let outcome = store
        .compare(&subject("step"), &response("200 OK"))
        .unwrap();
    assert!(
        matches!(outcome, SnapshotOutcome::New { pending: None, .. }),
        "{outcome:?}"
    );
    assert!(!missing.exists());
}

#[test]
fn update_writes_what_differs_and_no_more() {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir_all(root.path().join("flows/consent")).unwrap();
    let older = text("200 OK").replace("method: GET", "method: POST");
    fs::write(root.path().join(ACCEPTED), &older).unwrap();
    fs::write(root.path().join(PENDING), text("old")).unwrap();
    let store = || Store::new(root.path().into(), Mode::Update);
    assert_eq!(
        store()
            .compare(&subject("step"), &response("200 OK"))
            .unwrap(),
        SnapshotOutcome::Same
    );
    assert_eq!(files(root.path()), [(ACCEPTED.into(), older)]);
    let outcome = store()
        .compare(&subject("step"), &response("201 Created"))
        .unwrap();
    assert_eq!(
        outcome,
        SnapshotOutcome::Updated(root.path().join(ACCEPTED))
    );
    assert_eq!(files(root.path()), [(ACCEPTED.into(), text("201 Created"))]);

    let store = store();
    store
        .compare(&subject("step"), &response("201 Created"))
        .unwrap();
    store
        .compare(&subject("step"), &response("201 Created"))
        .unwrap();
    let error = store
        .compare(&subject("step"), &response("202 Accepted"))
        .unwrap_err();
    assert!(error.message.contains("two different responses"), "{error}");
    assert_eq!(files(root.path()), [(ACCEPTED.into(), text("201 Created"))]);
}

#[test]
fn off_compares_nothing() {
    let root = tempfile::tempdir().unwrap();
    let store = Store::new(root.path().into(), Mode::Off);
    assert!(store.is_off());
    assert_eq!(
        store
            .compare(&subject("step"), &response("200 OK"))
            .unwrap(),
        SnapshotOutcome::Same
    );
    assert!(files(root.path()).is_empty());
}

#[test]
fn what_was_read_ahead_is_compared_once_and_never_makes_a_difference() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join(ACCEPTED);
    let write = |body: &str| fs::write(&path, text(&format!("200 OK\n\n{body}"))).unwrap();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let store = Store::new(root.path().into(), Mode::Check { output: None });
    let subject = subject("step");
    let request = Request {
        method: "GET".into(),
        url: "http://127.0.0.1:4000/v2/x".into(),
        ..Request::default()
    };
    let rules = SnapshotRules::default();
    let secrets = Secrets::default();
    let mut normaliser = store.normaliser(Surroundings {
        origin: "http://127.0.0.1:4000".into(),
        started: None,
    });
    write("1");
    store.read_ahead(&subject, &mut normaliser, || vec!["other", "step"]);
    write("2");
    let mut glimpse = |body: &'static str| {
        let response = Response {
            status: 200,
            reason: "OK",
            body: body.into(),
            ..Response::default()
        };
        let received = Received {
            request: &request,
            response: &response,
            rules: &rules,
            secrets: &secrets,
            now: 1,
        };
        // A case reads ahead but once.
        store.read_ahead(&subject, &mut normaliser, || panic!("it has"));
        store.glimpse(&subject, &mut normaliser, &received)
    };
    assert_eq!(glimpse("1"), Some(Ok(SnapshotOutcome::Same)));
    assert_eq!(glimpse("1"), None);
    assert_eq!(glimpse("2"), Some(Ok(SnapshotOutcome::Same)));
    // What differs is looked at again.
    write("3");
    let third = response("200 OK\n\n3");
    assert_eq!(store.compare(&subject, &third), Ok(SnapshotOutcome::Same));
}

#[test]
fn two_steps_may_not_share_a_file() {
    let root = tempfile::tempdir().unwrap();
    let store = Store::new(root.path().into(), Mode::Review);
    store
        .compare(&subject("step"), &response("200 OK"))
        .unwrap();
    // A repeated case asks again.
    store
        .clone()
        .compare(&subject("step"), &response("201 Created"))
        .unwrap();
    let mut other = subject("step");
    Arc::make_mut(&mut other).expression = "other".into();
    let error = store
        .clone()
        .compare(&other, &response("200 OK"))
        .unwrap_err();
    assert!(
        error
            .message
            .contains("`step` of scenarios/flows/consent.yaml and by `other`"),
        "{error}"
    );
    Arc::make_mut(&mut other).name = "other".into();
    store.compare(&other, &response("200 OK")).unwrap();
}

#[test]
fn a_merge_conflict_is_said_to_be_one() {
    let root = tempfile::tempdir().unwrap();
    let store = Store::new(root.path().into(), Mode::Review);
    fs::create_dir_all(root.path().join("flows/consent")).unwrap();
    let body = "200 OK\n\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> branch";
    fs::write(root.path().join(ACCEPTED), text(body)).unwrap();
    let error = store
        .compare(&subject("step"), &response("200 OK\n\na"))
        .unwrap_err();
    assert!(
        error.message.contains("merge conflict") && error.message.contains("step.snap"),
        "{error}"
    );
    // A response that shows such marks is not taken for one.
    assert_eq!(
        store.compare(&subject("step"), &response(body)).unwrap(),
        SnapshotOutcome::Same
    );
}

#[test]
fn folders_that_are_none_are_errors_that_say_so() {
    let root = tempfile::tempdir().unwrap();
    let file = root.path().join("snapshots");
    fs::write(&file, "").unwrap();
    for mode in [Mode::Review, Mode::Update, Mode::Check { output: None }] {
        let error = Store::new(file.clone(), mode)
            .compare(&subject("step"), &response("200 OK"))
            .unwrap_err();
        assert!(
            error
                .message
                .contains("snapshots` is a file where a folder must be"),
            "{error}"
        );
    }
    let mode = Mode::Check {
        output: Some(file.join("output")),
    };
    let error = Store::new(root.path().join("none"), mode)
        .compare(&subject("step"), &response("200 OK"))
        .unwrap_err();
    assert!(
        error.message.contains("is a file where a folder must be"),
        "{error}"
    );
}

#[test]
fn runs_at_once_never_see_half_a_file() {
    let root = tempfile::tempdir().unwrap();
    let long = |letter: &str| format!("200 OK\n\n{}", letter.repeat(100_000));
    std::thread::scope(|scope| {
        for letter in ["a", "b", "c"] {
            let (root, long) = (root.path(), long(letter));
            scope.spawn(move || {
                for turn in 0..20 {
                    let mode = if turn % 2 == 0 {
                        Mode::Update
                    } else {
                        Mode::Review
                    };
                    let store = Store::new(root.into(), mode);
                    store.compare(&subject("step"), &response(&long)).unwrap();
                }
            });
        }
    });
    let whole: Vec<String> = ["a", "b", "c"]
        .iter()
        .map(|letter| text(&long(letter)))
        .collect();
    for (name, found) in files(root.path()) {
        assert!(name == ACCEPTED || name == PENDING, "{name}");
        assert!(whole.contains(&found), "{name}");
    }
}

#[test]
fn five_thousand_comparisons_take_no_time() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("flows/consent");
    fs::create_dir_all(&folder).unwrap();
    let body = "200 OK\n\n{\n  \"a\": \"b\"\n}".repeat(50);
    for number in 0..5_000 {
        fs::write(folder.join(format!("step-{number}.snap")), text(&body)).unwrap();
    }
    let store = Store::new(root.path().into(), Mode::Review);
    let begun = std::time::Instant::now();
    for number in 0..5_000 {
        let outcome = store
            .compare(&subject(&format!("step-{number}")), &response(&body))
            .unwrap();
        assert_eq!(outcome, SnapshotOutcome::Same);
    }
    // A second would be slow; the bound leaves room for a busy machine and an unoptimised build.
    assert!(begun.elapsed().as_secs() < 10, "{:?}", begun.elapsed());
}
