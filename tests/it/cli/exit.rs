//! Exit statuses, and what goes to which output.

use super::*;

#[test]
fn what_passes_ends_with_0_and_says_nothing_on_stderr() {
    let project = Project::new(&[("scenarios/login.yaml", LOGIN)]);
    let ended = project
        .run("run")
        .with(0)
        .reported("Log in (scenarios/login.yaml), 2 steps")
        .reported("1 scenario: 1 passed; 2 requests, in ");
    assert_eq!(ended.stderr, "");
    project.run("check").with(0).reported("1 scenario is right");
}

#[test]
fn what_fails_ends_with_1_and_shows_why() {
    let project = Project::new(&[
        ("scenarios/login.yaml", LOGIN),
        ("scenarios/wrong.yaml", WRONG_STATUS),
    ]);
    let ended = project.run("run --seed 7").with(1);
    assert_eq!(ended.stderr, "");
    let failures = &ended.stdout[ended.stdout.find("\n\n").expect("failures follow")..];
    insta::with_settings!({ filters => vec![
        (r"in \d[\d.]*m?s", "in [time]"),
        (r"\d-[0-9a-f]{8}-[0-9a-f]{24}", "[trace]"),
    ]}, {
        insta::assert_snapshot!(failures.trim(), @r#"
        FAILED  Nobody may (scenarios/wrong.yaml)

          failed: step `fips` (scenarios/wrong.yaml:4:5), GET /v2/fips gave 401 in [time]

             6 |     expect: { status: 200 }
               |                       ^^^ expected number 200
               |                           got      number 401

            the answer was
              {
                "message": "Unauthorized"
              }

          not run: later
          rerun:   sammati run scenarios/wrong.yaml --seed 7

        2 scenarios: 1 passed, 1 failed; 3 requests, in [time]
        "#);
    });
}

#[test]
fn what_is_wrong_ends_with_2_all_of_it_at_once_and_nothing_is_sent() {
    let project = Project::new(&[
        ("scenarios/login.yaml", LOGIN),
        ("scenarios/a.yaml", "steps:\n  - gett: /x\n"),
        ("scenarios/b.yaml", "steps:\n  - get: /{{ nothing }}\n"),
    ]);
    for command in ["run", "check"] {
        let ended = project
            .run(command)
            .with(2)
            .said("scenarios/a.yaml:2:5: error: ")
            .said("scenarios/b.yaml:2:14: error: ")
            .said("2 errors in 2 files");
        assert_eq!(ended.stdout, "");
    }
    let json = project.run("check --format json").with(2);
    assert_eq!(json.stderr, "");
    let list: serde_json::Value = serde_json::from_str(&json.stdout).expect("it is JSON");
    assert_eq!(list[0]["path"], "scenarios/a.yaml");
    assert_eq!(
        (&list[0]["line"], &list[0]["column"]),
        (&2.into(), &5.into())
    );
    project
        .run("check --format github")
        .with(2)
        .reported("::error file=scenarios/a.yaml,line=2,col=5,");
}

#[test]
fn wrong_arguments_end_with_2() {
    let project = Project::new(&[
        ("scenarios/login.yaml", LOGIN),
        ("scenarios/_part.yaml", "steps: []\n"),
        ("sammati.yaml", "targets: {}\n"),
    ]);
    for (line, said) in [
        ("run gone.yaml", "`gone.yaml`"),
        ("run scenarios/_part.yaml", "fragment"),
        ("run sammati.yaml", "project file"),
        ("run --var x", "--var"),
        ("run --var monts=5", "`--var monts`"),
        ("run --secret hunter2hunter2", "--secret"),
        ("run --secret a=short", "shorter than 6"),
        ("run --vars-file gone.yaml", "`gone.yaml`"),
        ("accept nowhere", "nowhere"),
    ] {
        let ended = project.run(line).with(2).said(said);
        assert_eq!(ended.stdout, "", "{line}");
        assert!(!ended.stderr.contains("hunter2"), "{line}");
    }
}

#[test]
fn what_cannot_be_done_ends_with_3() {
    let project = Project::new(&[
        ("scenarios/login.yaml", LOGIN),
        (
            "sammati.yaml",
            "targets:\n  hosted:\n    base_url: http://127.0.0.1:1\n    vars: { auth_url: http://127.0.0.1:1, product_instance_id: x }\n    secrets: { client_id: $MY_ID, client_secret: $MY_SECRET }\n",
        ),
    ]);
    project
        .run("run --target hostd")
        .with(3)
        .said("did you mean `hosted`?");
    project
        .run_with(&[("SAMMATI_TARGET", "hostd")], "run")
        .with(3);
    project
        .run("run --target hosted")
        .with(3)
        .said("client_id      from $MY_ID")
        .said("client_secret  from $MY_SECRET");
    // A check needs no secrets.
    project.run("check --target hosted").with(0);
    project.write(".env", "MY_ID=abcdefgh\nMY_SECRET='from the file'\n");
    project
        .run("run --target hosted")
        .with(1)
        .reported("connection refused");
    // The environment is stronger than the file.
    project
        .run_with(&[("MY_SECRET", "short")], "run --target hosted")
        .with(2)
        .said("`client_secret`, from $MY_SECRET");
}

#[test]
fn nothing_to_run_ends_with_4() {
    let project = Project::new(&[]);
    project
        .run("run")
        .with(4)
        .said("no folder `scenarios`; name the files, or make a project to start from with `sammati init`");
    project.write(
        "scenarios/a.yaml",
        "targets: [other]\nsteps:\n  - get: /x\n",
    );
    project.write(
        "sammati.yaml",
        "targets:\n  other: { base_url: http://127.0.0.1:1 }\n",
    );
    project
        .run("run --filter nothing")
        .with(4)
        .said("none of 1 scenario matches --filter nothing");
    project.run("run --tag smoke").with(4);
    project
        .run("run")
        .with(4)
        .reported("1 scenario: 1 skipped")
        .said("every scenario was skipped");
}

#[test]
fn a_reader_that_leaves_changes_no_status() {
    let project = Project::new(&[
        ("scenarios/login.yaml", LOGIN),
        ("scenarios/wrong.yaml", WRONG_STATUS),
    ]);
    for (line, code) in [
        ("run -v", 1),
        ("run --tag smoke -v", 0),
        ("check", 0),
        ("run --help", 0),
    ] {
        let mut child = project
            .command(line)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        drop(child.stdout.take());
        let ended = Ended::of(child.wait_with_output().expect("it ends"));
        assert_eq!(
            (ended.code, ended.stderr.as_str()),
            (Some(code), ""),
            "{line}"
        );
    }
}
