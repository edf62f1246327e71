//! `sammati snapshots`: what there is, what no step makes any longer, and its end.

use super::{LOGIN, Project};
use serde_json::Value;

/// Snapshots in a loop, in a fragment, in cases, and one under a name that no file may have.
const MANY: &str = r#"
name: Many
matrix: { kind: [a, b] }
steps:
  - use: _login.yaml
  - each: { n: [1, 2] }
    id: fips
    get: /v2/fips
    auth: { bearer: "{{ token }}" }
    headers: { x-product-instance-id: "{{ product_instance_id }}" }
    snapshot: true
  - id: again
    get: /v2/fips
    auth: { bearer: "{{ token }}" }
    headers: { x-product-instance-id: "{{ product_instance_id }}" }
    snapshot: { name: once more }
"#;

const FRAGMENT: &str = r#"
steps:
  - id: token
    post: "{{ auth_url }}/users/login"
    headers: { client: bridge }
    json: { clientID: "{{ client_id }}", grant_type: client_credentials, secret: "{{ client_secret }}" }
    capture: { token: { jsonpath: $.access_token, secret: true } }
    snapshot: true
"#;

#[test]
fn a_rule_of_the_project_that_does_nothing_to_any_response_is_told_where_all_ran() {
    let login = LOGIN
        .replace("expect: 200", "snapshot: true")
        .replace("    capture:", "    snapshot: true\n    capture:");
    // What the first response has the second has not.
    let project = Project::new(&[
        ("scenarios/login.yaml", &login),
        (
            "sammati.yaml",
            "snapshot: { redact: { $.refresh_token: \"[refresh]\", $.name: \"[name]\" }, sort: [$.data] }\ntargets: { other: { base_url: \"http://localhost:9\" } }\n",
        ),
    ]);
    project
        .run("run --snapshots update")
        .with(0)
        .reported("warning: the snapshot rule for `$.name` did nothing to any response\n");
    let ended = project.run("run");
    assert_eq!(ended.stdout.matches("warning:").count(), 1, "{ended:#?}");
    // What was left out may be what the rule is for.
    for part in [
        "run scenarios/login.yaml",
        "run --var x=1",
        "run --snapshots off",
    ] {
        let ended = project.run(part);
        assert!(!ended.stdout.contains("did nothing"), "{part}: {ended:#?}");
    }
    let skipped = LOGIN.replace("tags: [smoke]", "targets: [other]");
    project.write("scenarios/skipped.yaml", &skipped);
    let ended = project.run("run").with(0);
    assert!(!ended.stdout.contains("did nothing"), "{ended:#?}");
}

#[test]
fn a_rule_of_a_file_that_removes_nothing_is_told_where_the_whole_file_ran() {
    let login = LOGIN.replace("expect: 200", "snapshot: { redact: { $.gone: remove } }")
        + "matrix: { number: [1, 2] }\nsnapshot: { redact: { $.lost: remove, $.here: \"[here]\" } }\n";
    let fragment = FRAGMENT.replace(
        "snapshot: true",
        "snapshot: { redact: { $.in_a_fragment: remove } }",
    );
    let project = Project::new(&[
        ("scenarios/login.yaml", &login),
        ("scenarios/_token.yaml", &fragment),
        ("scenarios/other.yaml", "steps:\n  - use: _token.yaml\n"),
        ("sammati.yaml", "snapshot: { redact: { $.here: remove } }\n"),
    ]);
    project.run("run --snapshots update").with(0);
    let ended = project.run("run scenarios/login.yaml");
    for path in ["$.gone", "$.lost"] {
        let told = format!("the snapshot rule for `{path}` did nothing to any response");
        assert!(ended.stdout.contains(&told), "{ended:#?}");
    }
    // That of the project may be for another scenario, that of a fragment too, and a case may be what one is for.
    for part in [
        "run scenarios/other.yaml",
        "run scenarios/login.yaml --case 1",
        "run scenarios/login.yaml --var x=1",
    ] {
        let ended = project.run(part);
        assert!(!ended.stdout.contains("did nothing"), "{part}: {ended:#?}");
    }
    let ended = project.run("run").with(0);
    assert!(
        ended.stdout.contains("`$.in_a_fragment` did nothing"),
        "{ended:#?}"
    );
}

fn many() -> Project {
    Project::new(&[
        ("scenarios/many.yaml", MANY),
        ("scenarios/_login.yaml", FRAGMENT),
        (
            "scenarios/login.yaml",
            &LOGIN.replace("expect: 200", "snapshot: true"),
        ),
    ])
}

#[test]
fn what_a_run_makes_is_referenced_and_what_it_no_longer_makes_is_not() {
    let project = many();
    let ended = project.run("run --snapshots update").with(0);
    assert!(!ended.stdout.contains("made by no step"), "{ended:#?}");
    project
        .run("snapshots --unreferenced")
        .with(0)
        .reported("0 unreferenced snapshots");
    project
        .run("snapshots --prune")
        .with(0)
        .reported("every snapshot is made by a step");

    let renamed = LOGIN
        .replace("expect: 200", "snapshot: true")
        .replace("id: fips", "id: banks");
    project.write("scenarios/login.yaml", &renamed);
    project.write(
        "snapshots/theirs.snap",
        "---\nsource: src/lib.rs\nexpression: x\n---\n1\n",
    );
    project.write("snapshots/notes.md", "notes");
    project
        .run("run")
        .with(1)
        .reported("1 snapshot is made by no step; to see which: sammati snapshots --unreferenced");
    for part in [
        "run scenarios/login.yaml",
        "run --tag smoke",
        "run --var kind=a",
        "run --snapshots off",
    ] {
        let ended = project.run(part);
        assert!(
            !ended.stdout.contains("made by no step"),
            "{part}: {ended:#?}"
        );
    }
    project
        .run("snapshots --unreferenced")
        .with(0)
        .reported("snapshots/login/fips.snap")
        .reported("1 unreferenced snapshot of 1 scenario");
    let ended = project
        .run("snapshots --prune")
        .with(0)
        .reported("deleted snapshots/login/fips.snap\n1 snapshot deleted\n");
    assert_eq!(ended.stdout.lines().count(), 2);
    assert!(!project.has("snapshots/login/fips.snap"));
    assert!(project.has("snapshots/theirs.snap") && project.has("snapshots/notes.md"));
    assert!(project.has("snapshots/login/banks.snap.new"));
}

#[test]
fn a_response_as_it_was_accepted_puts_away_what_an_earlier_run_left() {
    let project = many();
    project.run("run --snapshots update").with(0);
    let left = "snapshots/login/fips.snap.new";
    project.write(left, "anything");
    project.run("run").with(0);
    assert!(!project.has(left));
}

#[test]
fn two_steps_that_would_share_a_file_are_told_although_both_are_as_it_says() {
    let step = "get: /v2/fips, expect: 401, snapshot";
    let text = format!(
        "name: Twice\nsteps:\n  - {{ each: {{ n: [1] }}, id: kept, {step}: true }}\n  - {{ id: other, {step}: {{ name: kept-1 }} }}\n"
    );
    let project = Project::new(&[("scenarios/twice.yaml", &text)]);
    for mode in ["update", "review", "check"] {
        let ended = project.run(&format!("run --snapshots {mode}"));
        assert!(ended.stdout.contains("is made by"), "{mode}: {ended:#?}");
    }
}

#[test]
fn all_are_listed_with_scenario_step_and_what_is_pending() {
    let project = many();
    project.run("snapshots").with(0).reported("0 snapshots");
    project
        .run("run scenarios/login.yaml --snapshots update")
        .with(0);
    project.run("run scenarios/many.yaml").with(1);
    project
        .run("snapshots")
        .with(0)
        .reported("scenarios/login.yaml\n    accepted  snapshots/login/fips.snap  fips, GET [target]/v2/fips\n")
        .reported("    new       snapshots/many/fips-2@a.snap.new  fips #2 [a], GET [target]/v2/fips\n")
        .reported("9 snapshots of 2 scenarios; 8 pending");
    let ended = project.run("snapshots --format json").with(0);
    let list: Value = serde_json::from_str(&ended.stdout).expect("JSON");
    assert_eq!(list.as_array().map(Vec::len), Some(9));
    let accepted = &list[0];
    assert_eq!(accepted["path"], "snapshots/login/fips.snap");
    assert_eq!(
        (
            &accepted["pending"],
            &accepted["standing"],
            &accepted["step"]
        ),
        (&false.into(), &"accepted".into(), &"fips".into())
    );
    assert_eq!(list[1]["pending"], true);
    // What nobody could make sense of is told, and with scenarios that are wrong nothing is known of the rest.
    project.write("snapshots/login/fips.snap", "notes");
    project
        .run("snapshots")
        .with(0)
        .reported("no scenario's\n    accepted  snapshots/login/fips.snap  `");
    project.write("scenarios/many.yaml", "steps: 7");
    for line in ["snapshots --unreferenced", "snapshots --prune"] {
        project.run(line).with(2).said("is not known");
    }
}

#[test]
fn a_snapshot_is_left_pending_then_accepted_then_compared() {
    let scenario = LOGIN.replace("expect: 200", "snapshot: true");
    let project = Project::new(&[("scenarios/login.yaml", &scenario)]);
    let (snapshot, pending) = ("snapshots/login/fips.snap", "snapshots/login/fips.snap.new");
    // On a CI machine nothing is written.
    project.run_with(&[("CI", "true")], "run").with(1);
    assert!(!project.has("snapshots/login"));
    project.run("run --snapshots check --output out").with(1);
    assert!(project.has("out/login/fips.snap.new") && !project.has("snapshots/login"));
    project
        .run("run")
        .with(1)
        .reported(&format!("accept:  sammati accept {pending}"));
    assert!(project.has(pending) && !project.has(snapshot));
    project
        .run(&format!("reject {pending}"))
        .with(0)
        .reported("rejected");
    assert!(!project.has(pending));
    project.run("run").with(1);
    project.run("accept --all").with(0).reported(snapshot);
    assert!(!project.has(pending) && project.has(snapshot));
    project
        .run("accept --all")
        .with(0)
        .reported("nothing is pending");
    project.run("run").with(0);
    let text = std::fs::read_to_string(project.path().join(snapshot)).expect("it is there");
    project.write(snapshot, &text.replace("Setu FIP", "Setu Bank"));
    project
        .run("run --snapshots check")
        .with(1)
        .reported("-       \"name\": \"Setu Bank\"")
        .reported("+       \"name\": \"Setu FIP\"");
    project.run("run --snapshots off").with(0);
    project.run("run --snapshots update").with(0);
    project.run("run").with(0);
}
