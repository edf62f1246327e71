//! Cases and lists of them as a person meets them.

use super::{Ended, Project};
use std::fs;

/// Each case asks twice; its sandbox fails the first time only, so that no case may meet another's.
const ISOLATED: &str = r#"
name: Fips
tags: [smoke]
sandbox: { faults: [{ on: GET /v2/fips, times: 1, status: 503 }] }
defaults:
  headers: { x-client-id: "{{ client_id }}", x-client-secret: "{{ client_secret }}", x-product-instance-id: "{{ product_instance_id }}" }
matrix: { turn: [one, two, three] }
steps:
  - { get: /v2/fips, expect: 503 }
  - { get: /v2/fips, expect: 200 }
"#;

const NUMBERS: &str = "
name: Numbers
vars: { months: 4, auto: false }
cases: data/rows.csv
steps:
  - print: \"{{ case.name }}: {{ months + 1 }} {{ not auto }} <{{ note }}>\"
";

const ROWS: &str =
    "case,months,auto,note\nshort,4,true,\"a, b\"\n,12,false,{{ months }}\nlong,100,true,\n";

/// The lines that `print` wrote.
fn printed(ended: &Ended) -> Vec<&str> {
    let mut lines: Vec<&str> = ended
        .stdout
        .lines()
        .filter_map(|line| line.strip_prefix("    | "))
        .collect();
    lines.sort_unstable();
    lines
}

#[test]
fn each_case_has_a_sandbox_of_its_own_and_a_line() {
    let project = Project::new(&[("scenarios/fips.yaml", ISOLATED)]);
    let ended = project.run("run --jobs 3").with(0);
    for turn in ["one", "two", "three"] {
        assert!(
            ended.stdout.contains(&format!("Fips [{turn}] (")),
            "{ended:?}"
        );
    }
    assert!(
        ended.stdout.contains("3 cases of 1 scenario: 3 passed"),
        "{ended:?}"
    );
}

#[test]
fn rows_of_csv_are_read_as_vars_declares_and_are_no_templates() {
    let project = Project::new(&[
        ("scenarios/numbers.yaml", NUMBERS),
        ("scenarios/data/rows.csv", ROWS),
    ]);
    let ended = project.run("run").with(0);
    assert_eq!(
        printed(&ended),
        [
            "12,false,{{ months }}: 13 true <{{ months }}>",
            "long: 101 false <>",
            "short: 5 false <a, b>",
        ]
    );
    let ended = project.run("run --var months=1 --case short").with(0);
    assert_eq!(printed(&ended), ["short: 2 false <a, b>"]);
    project.run("run --var note=x --filter SHORT").with(0);
    // A variable that only the rows know comes with the command that reruns one of them.
    project.write(
        "scenarios/numbers.yaml",
        &format!("{NUMBERS}  - {{ get: /v2/fips, expect: 201 }}\n"),
    );
    let ended = project.run("run --var note=x --case short").with(1);
    assert!(
        ended.stdout.contains(" --case short --var note=x --seed "),
        "{ended:?}"
    );
    project.run("run --var notes=x").with(2);
}

#[test]
fn rows_of_json_and_yaml_may_stand_among_the_scenarios() {
    let scenario = |file: &str| {
        format!(
            "cases: {file}\nsteps:\n  - print: \"{{{{ case.name }}}} {{{{ items | length }}}}\"\n"
        )
    };
    let project = Project::new(&[
        ("scenarios/a.yaml", &scenario("rows.yaml")),
        ("scenarios/rows.yaml", "- items: [1, 2]\n"),
        ("scenarios/b.yaml", &scenario("_rows.yaml")),
        (
            "scenarios/_rows.yaml",
            "- { case: y, items: ['{{ x }}'] }\n",
        ),
        ("scenarios/c.yaml", &scenario("../rows.json")),
        ("rows.json", "[{\"case\": \"j\", \"items\": {}}]"),
    ]);
    let ended = project.run("run").with(0);
    assert_eq!(printed(&ended), ["[1,2] 2", "j 0", "y 1"]);
    let checked = project.run("check --deny warnings").with(0);
    assert!(checked.stdout.contains("3 scenarios are right"));
    // By itself it is what it looks like: no scenario.
    project.run("run scenarios/rows.yaml").with(2);
}

#[test]
fn the_rerun_command_reruns_just_the_case_that_failed() {
    let scenario = "
name: Count to 14
matrix: { n: [4, 14, -4, \"it's 4\"] }
steps:
  - print: \"saw {{ uuid() }}\"
  - { get: /v2/fips, if: \"n in [4, -4, \\\"it's 4\\\"]\", expect: 201 }
";
    let project = Project::new(&[("scenarios/count.yaml", scenario)]);
    let ended = project.run("run").with(1);
    assert!(ended.stdout.contains("4 cases of 1 scenario: 1 passed"));
    let commands: Vec<&str> = ended
        .stdout
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("rerun:"))
        .collect();
    assert_eq!(commands.len(), 3, "{ended:?}");
    for (command, name) in commands.iter().zip(["[4]", "[-4]", "[it's 4]"]) {
        let binary = std::path::Path::new(env!("CARGO_BIN_EXE_sammati"));
        let mut shell = std::process::Command::new("/bin/sh");
        shell
            .args(["-c", command.trim()])
            .current_dir(project.path())
            .env_clear()
            .env("PATH", binary.parent().expect("it has one"));
        let again = Ended::of(shell.output().expect("it starts")).with(1);
        assert!(
            again.stdout.contains(name)
                && again.stdout.contains("\n1 case of 1 scenario: 1 failed"),
            "{command}: {again:#?}"
        );
        // The seed comes with it, so that it draws what it drew.
        let [drawn] = printed(&again)[..] else {
            panic!("it prints one line: {again:?}");
        };
        assert!(ended.stdout.contains(drawn), "{drawn}");
    }
}

#[test]
fn snapshots_of_cases_stand_beside_each_other() {
    let scenario = "
name: Snapped
vars: { kind: a }
cases:
  - { case: plain }
  - { case: \"other/one\", kind: b }
steps:
  - { id: fips, get: \"/v2/fips?kind={{ kind }}\", expect: 4xx, snapshot: true }
";
    let project = Project::new(&[("scenarios/snapped.yaml", scenario)]);
    project.run("run --snapshots check").with(1);
    assert!(!project.has("snapshots"));
    project.run("run --snapshots update").with(0);
    let mut names: Vec<String> = fs::read_dir(project.path().join("snapshots/snapped"))
        .expect("it is there")
        .map(|entry| {
            entry
                .expect("a file")
                .file_name()
                .into_string()
                .expect("text")
        })
        .filter(|name| name.ends_with(".snap"))
        .collect();
    names.sort();
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(names[0].starts_with("fips@other_one-"), "{names:?}");
    assert_eq!(names[1], "fips@plain.snap");
    project.run("run --snapshots check").with(0);
    let broken = project.path().join("snapshots/snapped/fips@plain.snap");
    let text = fs::read_to_string(&broken).expect("it is there");
    assert!(text.contains("case: plain"), "{text}");
    fs::write(&broken, text.replace("HTTP", "XTTP").replace("40", "41"))
        .expect("it can be written");
    let ended = project.run("run --snapshots check").with(1);
    assert!(
        ended.stdout.contains("FAILED  Snapped [plain]")
            && !ended.stdout.contains("FAILED  Snapped [other/one]"),
        "{ended:#?}"
    );
}

#[test]
fn a_row_that_is_wrong_is_told_in_its_file_and_nothing_is_sent() {
    let project = Project::new(&[
        ("scenarios/numbers.yaml", NUMBERS),
        (
            "scenarios/data/rows.csv",
            "months,auto,note\n4,true,x\nsix,true,y\n",
        ),
    ]);
    let ended = project.run("run").with(2);
    assert_eq!(ended.stdout, "");
    assert!(
        ended.stderr.contains("scenarios/data/rows.csv:3:1: error:"),
        "{ended:?}"
    );
    let json = project.run("check --format json").with(2).stdout;
    let list: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(list[0]["path"], "scenarios/data/rows.csv");
    assert_eq!(list[0]["line"], 3);
}

#[cfg(unix)]
#[test]
fn rows_outside_the_project_are_not_read() {
    let elsewhere = Project::new(&[("rows.csv", "months,auto,note\n4,true,x\n")]);
    let project = Project::new(&[("scenarios/numbers.yaml", NUMBERS)]);
    fs::create_dir(project.path().join("scenarios/data")).expect("a folder");
    std::os::unix::fs::symlink(
        elsewhere.path().join("rows.csv"),
        project.path().join("scenarios/data/rows.csv"),
    )
    .expect("a link");
    let ended = project.run("run").with(2);
    assert!(
        ended.stderr.contains("leads out of the project"),
        "{ended:?}"
    );
}

#[test]
fn a_file_of_cases_among_the_scenarios_is_none_whichever_is_read_first() {
    let scenario =
        |rows: &str| format!("cases: {rows}\nsteps:\n  - print: \"{{{{ case.name }}}}\"\n");
    let project = Project::new(&[
        ("scenarios/0_rows.yaml", "- { case: first }\n"),
        ("scenarios/a.yaml", &scenario("0_rows.yaml")),
        ("scenarios/b.yaml", &scenario("c_rows.yaml")),
        ("scenarios/c_rows.yaml", "- { case: last }\n"),
    ]);
    let ended = project.run("run").with(0);
    assert_eq!(printed(&ended), ["first", "last"]);
    let checked = project.run("check --deny warnings").with(0);
    assert!(checked.stdout.contains("2 scenarios are right"));
}

#[test]
fn a_schema_among_the_scenarios_is_none_whichever_is_read_first() {
    let scenario = |schema: &str| {
        format!(
            "steps:\n  - get: /v2/fips\n    expect: {{ status: 401, body: {{ schema: {schema} }} }}\n"
        )
    };
    let schema = "required: [message]\n";
    let project = Project::new(&[
        ("scenarios/0_schema.yaml", schema),
        ("scenarios/_schema.yaml", schema),
        ("scenarios/a.yaml", &scenario("0_schema.yaml")),
        ("scenarios/b.yaml", &scenario("z_schema.yaml")),
        ("scenarios/c.yaml", &scenario("_schema.yaml")),
        ("scenarios/z_schema.yaml", schema),
    ]);
    project.run("run").with(0);
    let checked = project.run("check --deny warnings").with(0);
    assert!(
        checked.stdout.contains("3 scenarios are right"),
        "{checked:?}"
    );
    let wrong = Project::new(&[
        ("scenarios/0_schema.yaml", "required: message\n"),
        ("scenarios/a.yaml", &scenario("0_schema.yaml")),
    ]);
    let ended = wrong.run("check").with(2);
    assert!(!ended.stderr.contains("a scenario needs"), "{ended:?}");
    let broken = Project::new(&[
        ("scenarios/0_schema.yaml", "required: [\n"),
        ("scenarios/a.yaml", &scenario("0_schema.yaml")),
    ]);
    broken.run("check").with(2);
}

#[test]
fn a_file_of_cases_has_limits() {
    let many: String = (0..10_001).map(|row| format!("{row}\n")).collect();
    let project = Project::new(&[
        (
            "scenarios/a.yaml",
            "cases: rows.csv\nsteps: [{ print: \"{{ n }}\" }]\n",
        ),
        ("scenarios/rows.csv", &format!("n\n{many}")),
    ]);
    let ended = project.run("check").with(2);
    assert!(
        ended.stderr.contains("at most 10000 cases"),
        "{}",
        ended.stderr
    );
    let wide: Vec<String> = (0..201).map(|column| format!("c{column}")).collect();
    let wide = wide.join(",");
    project.write("scenarios/rows.csv", &format!("{wide}\n{wide}\n"));
    let ended = project.run("check").with(2);
    assert!(
        ended.stderr.contains("at most 200 variables"),
        "{}",
        ended.stderr
    );
    project.write(
        "scenarios/rows.csv",
        &format!("n\n{}\n", "x".repeat(9 << 20)),
    );
    let ended = project.run("check").with(2);
    assert!(
        ended.stderr.contains("larger than 8 MiB"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_list_of_what_there_is() {
    let project = Project::new(&[
        ("scenarios/fips.yaml", ISOLATED),
        ("scenarios/numbers.yaml", NUMBERS),
        ("scenarios/data/rows.csv", ROWS),
        (
            "scenarios/hosted.yaml",
            "name: \"Only\\e there\"\ntags: [slow, smoke]\ntargets: [embedded]\nsteps: [{ print: x }]\n",
        ),
    ]);
    let ended = project.run("list").with(0);
    assert_eq!(ended.stderr, "");
    insta::assert_snapshot!(ended.stdout, @r"
    Fips (scenarios/fips.yaml): smoke
        one
        two
        three
    Only\u{1b} there (scenarios/hosted.yaml): slow, smoke; on embedded only
    Numbers (scenarios/numbers.yaml)
        short
        12,false,{{ months }}
        long

    7 cases of 3 scenarios
    ");
    let json = project.run("list --format json --tag smoke").with(0).stdout;
    insta::assert_snapshot!(json, @r#"
    [
      {
        "cases": [
          "one",
          "two",
          "three"
        ],
        "name": "Fips",
        "path": "scenarios/fips.yaml",
        "tags": [
          "smoke"
        ],
        "targets": []
      },
      {
        "cases": [],
        "name": "Only\u001b there",
        "path": "scenarios/hosted.yaml",
        "tags": [
          "slow",
          "smoke"
        ],
        "targets": [
          "embedded"
        ]
      }
    ]
    "#);
    let ended = project.run("list --filter lo").with(0);
    insta::assert_snapshot!(ended.stdout, @r"
    Numbers (scenarios/numbers.yaml)
        long

    1 case of 1 scenario
    ");
    let ended = project.run("list --case four").with(4);
    assert_eq!(ended.stdout, "");
    assert!(
        ended
            .stderr
            .contains("none of 7 cases of 3 scenarios matches --case four"),
        "{ended:?}"
    );
    project.write("scenarios/wrong.yaml", "step: []\n");
    let ended = project.run("list").with(2);
    assert_eq!(ended.stdout, "");
    assert!(
        ended.stderr.contains("scenarios/wrong.yaml:1:1"),
        "{ended:?}"
    );
}

#[test]
fn a_warning_is_no_mistake_unless_it_is_denied() {
    let project = Project::new(&[(
        "scenarios/a.yaml",
        "vars: { months: 4 }\ncases: [{ month: 5 }]\nsteps: [{ print: \"{{ months }}\" }]\n",
    )]);
    let ended = project.run("check").with(0);
    assert!(
        ended.stderr.contains("warning: nothing reads `month`"),
        "{ended:?}"
    );
    project.run("run").with(0);
    project.run("check --deny warnings").with(2);
    let github = project.run("check --deny warnings --format github").with(2);
    assert_eq!(
        github.stdout,
        "::warning file=scenarios/a.yaml,line=2,col=11,endColumn=16::nothing reads `month`, which the cases give%0Ahelp: did you mean `months`?\n"
    );
}
