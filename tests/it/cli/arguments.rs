//! What the command line says: help, what is run, values, limits.

use super::*;

#[test]
fn every_command_has_help_with_examples() {
    let project = Project::new(&[]);
    for command in [
        "",
        "run",
        "check",
        "accept",
        "reject",
        "snapshots",
        "sandbox",
        "doctor",
    ] {
        let help = project.run(&format!("{command} --help")).with(0);
        assert!(help.stdout.contains("Examples:\n  sammati "), "{help:#?}");
        assert_eq!(help.stderr, "");
        project.run(&format!("{command} --nonsense")).with(2);
    }
    project.run("").with(2).said("Usage:");
    project.run("--version").with(0).reported("sammati ");
    for line in [
        "run -q -v",
        "run --jobs 0",
        "run --seed x",
        "accept",
        "run --timeout soon",
    ] {
        assert_eq!(project.run(line).with(2).stdout, "");
    }
}

#[test]
fn a_number_of_runs_or_jobs_is_at_least_one_and_a_rerun_has_the_same_time() {
    let scenario = ("scenarios/a.yaml", "steps: [ { sleep: 1m } ]\n");
    let project = Project::new(&[scenario]);
    for option in ["--repeat", "--jobs"] {
        for number in ["0", "many"] {
            project
                .run(&format!("run {option} {number}"))
                .with(2)
                .said("it must be a whole number, 1 or more");
        }
    }
    project
        .run("run --timeout 50ms --seed 7")
        .with(1)
        .reported("rerun:   sammati run scenarios/a.yaml --seed 7 --timeout 50ms\n");
}

#[test]
fn tags_and_text_select() {
    let project = Project::new(&[
        ("scenarios/login.yaml", LOGIN),
        ("scenarios/wrong.yaml", WRONG_STATUS),
    ]);
    for line in [
        "run --tag smoke",
        "run --filter LOG",
        "run --filter login.yaml",
    ] {
        project.run(line).with(0).reported("1 scenario: 1 passed");
    }
    project
        .run("run --tag !smoke")
        .with(1)
        .reported("1 scenario: 1 failed");
}

#[test]
fn variables_come_from_files_and_the_command_line() {
    let text =
        "vars: { months: 4, who: nobody }\nsteps:\n  - print: \"{{ who }} for {{ months + 1 }}\"\n";
    let project = Project::new(&[
        ("scenarios/a.yaml", text),
        ("more.yaml", "who: somebody\nmonths: 7\n"),
    ]);
    project.run("run").with(0).reported("nobody for 5");
    project
        .run("run --vars-file more.yaml")
        .with(0)
        .reported("somebody for 8");
    project
        .run("run --vars-file more.yaml --var months=11")
        .with(0)
        .reported("somebody for 12");
}

#[test]
fn the_project_is_found_from_below() {
    let project = Project::new(&[
        ("scenarios/deep/login.yaml", LOGIN),
        ("sammati.yaml", "target: embedded\n"),
    ]);
    let mut command = project.command("run");
    let folder = project.path().join("scenarios/deep");
    Ended::of(command.current_dir(folder).output().expect("it starts"))
        .with(0)
        .reported("Log in (login.yaml)");
}

#[test]
fn a_scenario_can_come_from_standard_input() {
    let project = Project::new(&[]);
    let mut child = project
        .command("check -")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    child
        .stdin
        .take()
        .expect("it is piped")
        .write_all(b"steps: [{ gett: /x }]\n")
        .expect("it reads");
    Ended::of(child.wait_with_output().expect("it ends"))
        .with(2)
        .said("<stdin>:1:11: error: ");
}

#[test]
fn the_time_of_a_case_can_be_capped() {
    let slow = format!("timeout: 5s{SLOW}");
    let project = Project::new(&[("scenarios/slow.yaml", &slow)]);
    project
        .run("run --timeout 50ms")
        .with(1)
        .reported("took longer than its timeout of 50ms");
    // A shorter one of the file's own stays.
    project.write("scenarios/slow.yaml", &slow.replace("5s", "60ms"));
    project
        .run("run --timeout 1h")
        .with(1)
        .reported("took longer than its timeout of 60ms");
}
