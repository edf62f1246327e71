//! One scenario as several cases.

use super::server::{Server, json, with};
use super::*;

async fn fine() -> Server {
    Server::start(|_, _| json(200, "{}")).await
}

/// What each case printed, by its name.
fn lines(told: &Told) -> Vec<(String, String)> {
    let mut lines: Vec<(String, String)> = told
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Printed { case, text } => {
                let name = told.case(*case).about.case.clone().unwrap_or_default();
                Some((name, text.clone()))
            }
            _ => None,
        })
        .collect();
    lines.sort();
    lines
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .collect()
}

/// The lines of a scenario that needs no server.
async fn printed(scenario: &str) -> Vec<(String, String)> {
    let told = run("http://127.0.0.1:1", scenario).await;
    for case in &told.outcome.cases {
        assert_eq!(case.status, Status::Passed, "{case:?}");
    }
    lines(&told)
}

#[tokio::test]
async fn a_matrix_is_each_combination_in_order() {
    let told = run(
        "http://127.0.0.1:1",
        "
matrix:
  months: [4, 6]
  unit: [MONTH, YEAR, { deep: [1, null] }]
  exclude:
    - { months: 6, unit: YEAR }
    - { months: 4.0, unit: { deep: [1, null] } }
steps:
  - print: \"{{ [months, unit] }}\"
",
    )
    .await;
    let names: Vec<&str> = told
        .outcome
        .cases
        .iter()
        .map(|case| case.about.case.as_deref().unwrap())
        .collect();
    assert_eq!(
        names,
        ["4,MONTH", "4,YEAR", "6,MONTH", "6,{\"deep\":[1,null]}"]
    );
    assert_eq!(
        lines(&told),
        pairs(&[
            ("4,MONTH", "[4,\"MONTH\"]"),
            ("4,YEAR", "[4,\"YEAR\"]"),
            ("6,MONTH", "[6,\"MONTH\"]"),
            ("6,{\"deep\":[1,null]}", "[6,{\"deep\":[1,null]}]"),
        ])
    );
}

#[tokio::test]
async fn a_case_wins_over_vars_and_both_may_use_each_other() {
    let scenario = "
vars:
  mobile: \"1\"
  bank: onemoney
  vua: \"{{ mobile }}@{{ bank }}\"
  note: \"{{ suffix }} of {{ case.name }}\"
cases:
  - { case: plain, suffix: \"none\" }
  - { case: other, mobile: \"2\", suffix: \"x{{ mobile }}\" }
  - { suffix: \"-{{ case.name | length }}\", bank: setu }
steps:
  - print: \"{{ vua }}|{{ note }}|{{ case.suffix }}\"
";
    // `suffix` stands before `note`, which reads it, and so behind `mobile`.
    assert_eq!(
        printed(scenario).await,
        pairs(&[
            (
                "-{{ case.name | length }},setu",
                "1@setu|-30 of -{{ case.name | length }},setu|-30"
            ),
            ("other", "2@onemoney|x2 of other|x2"),
            ("plain", "1@onemoney|none of plain|none"),
        ])
    );
}

#[tokio::test]
async fn what_a_case_gives_may_need_what_only_cases_give() {
    let scenario = "
vars: { title: \"{{ case.whole }}!\" }
cases:
  - { case: a, whole: \"{{ first }}-{{ second }}\", second: 2, first: \"{{ second * 2 }}\" }
steps:
  - print: \"{{ title }}\"
";
    assert_eq!(printed(scenario).await, pairs(&[("a", "4-2!")]));
}

#[tokio::test]
async fn captures_and_set_win_over_the_case_which_stays_what_it_is() {
    let scenario = "
matrix: { months: [4] }
steps:
  - set: { months: 9 }
  - print: \"{{ months }} {{ case.months }}\"
";
    assert_eq!(printed(scenario).await, pairs(&[("4", "9 4")]));
}

#[tokio::test]
async fn fragments_see_the_case_but_not_its_variables() {
    let told = Bench::new("http://127.0.0.1:1")
        .file(
            "_f.yaml",
            "steps: [{ print: \"{{ case.name }} {{ case.months + 1 }} {{ months is defined }}\" }]",
        )
        .file(
            "a.yaml",
            "matrix: { months: [4, 6] }\nsteps: [{ use: _f.yaml }]",
        )
        .run()
        .await;
    assert_eq!(
        lines(&told),
        pairs(&[("4", "4 5 false"), ("6", "6 7 false")])
    );
}

#[tokio::test]
async fn cases_have_cookies_and_captures_of_their_own() {
    let server =
        Server::start(|_, _| with(200, &[("set-cookie", "sid=1; Path=/")], "{\"id\": 1}")).await;
    let told = run(
        &server.origin,
        "
matrix: { turn: [one, two] }
steps:
  - get: /{{ turn }}/first
    if: kept is not defined
    capture: { kept: $.id }
  - get: /{{ turn }}/second
",
    )
    .await;
    assert_eq!(told.outcome.count(|status| *status == Status::Passed), 2);
    let cookies: Vec<(String, bool)> = server
        .asked()
        .iter()
        .map(|asked| (asked.path.clone(), asked.header("cookie").is_some()))
        .collect();
    let expected = [
        ("/one/first", false),
        ("/one/second", true),
        ("/two/first", false),
        ("/two/second", true),
    ];
    assert_eq!(cookies, expected.map(|(path, has)| (path.to_owned(), has)));
}

#[tokio::test]
async fn one_case_fails_by_itself() {
    let server = fine().await;
    let told = run(
        &server.origin,
        "
matrix: { status: [200, 201, \"{{ 200 }}\"] }
steps:
  - { get: \"/{{ status }}\", expect: { status: \"{{ case.status }}\" } }
",
    )
    .await;
    let statuses: Vec<(&str, &Status)> = told
        .outcome
        .cases
        .iter()
        .map(|case| (case.about.case.as_deref().unwrap(), &case.status))
        .collect();
    assert_eq!(
        statuses,
        [
            ("200", &Status::Passed),
            ("201", &Status::Failed),
            ("{{ 200 }}", &Status::Passed),
        ]
    );
}

#[tokio::test]
async fn a_case_whose_value_cannot_be_made_errs_and_says_which() {
    let scenario = "
matrix: { months: [4, \"{{ 1 / 0 }}\"] }
steps:
  - print: \"{{ months }}\"
";
    let told = run("http://127.0.0.1:1", scenario).await;
    assert_eq!(told.case(0).status, Status::Passed);
    assert_eq!(told.case(1).status, Status::Errored);
    let failure = &told.case(1).failures[0];
    assert!(failure.message.contains("`months`"), "{failure:?}");
    assert!(failure.span.is_some());
}

/// Everything random comes from the seed, the scenario and the case; how many run at once changes nothing.
#[tokio::test]
async fn a_seed_makes_two_runs_identical_however_they_are_scheduled() {
    let scenario = "
vars: { id: \"{{ uuid() }}\" }
matrix: { turn: [1, 2, 3, 4, 5, 6, 7, 8], own: [\"{{ random_digits(8) }}\"] }
steps:
  - get: /{{ id }}
  - print: \"{{ [id, own, uuid(), random_int(1, 1000000)] }}\"
";
    let server = fine().await;
    let mut runs = Vec::new();
    for jobs in [1, 3, 8] {
        let mut bench = Bench::new(&server.origin).file("a.yaml", scenario);
        bench.jobs = jobs;
        runs.push(lines(&bench.run().await));
    }
    assert_eq!(runs[0].len(), 8);
    assert_eq!(runs[0], runs[1]);
    assert_eq!(runs[0], runs[2]);
    for (index, (_, line)) in runs[0].iter().enumerate() {
        assert!(
            runs[0][..index].iter().all(|(_, other)| other != line),
            "cases differ"
        );
    }
    // A case that is run alone sends what it sent among the others.
    let bench = Bench::new(&server.origin).file("a.yaml", scenario);
    let mut plan = bench.plan();
    let cases = &mut plan.scenarios[0].cases;
    cases.drain(..5);
    cases.truncate(1);
    let mut alone = Vec::new();
    run::run(Arc::new(plan), bench.settings(), |event| {
        if let Event::Printed { text, .. } = event {
            alone.push(text.clone());
        }
    })
    .await;
    assert_eq!(alone, [runs[0][5].1.clone()]);
    let mut settings = bench.settings();
    settings.seed = 1;
    let mut other = Vec::new();
    run::run(Arc::new(bench.plan()), settings, |event| {
        if let Event::Printed { text, .. } = event {
            other.push(text.clone());
        }
    })
    .await;
    assert!(runs[0].iter().all(|(_, line)| !other.contains(line)));
}

#[tokio::test]
async fn a_secret_in_a_name_is_hidden() {
    let told = Bench::new("http://127.0.0.1:1")
        .secret("token", "hunter2hunter2")
        .file(
            "a.yaml",
            "cases: [{ key: hunter2hunter2 }]\nsteps: [{ print: x }]",
        )
        .run()
        .await;
    assert_eq!(told.case(0).about.case.as_deref(), Some("[token]"));
}

/// `case` is the key that names it; the others are read as `case.KEY`, and so is this one.
#[tokio::test]
async fn a_cases_name_is_read_by_its_key_too() {
    let scenario = "
cases: [{ case: first, x: 1 }, { x: 2 }]
steps:
  - print: \"{{ case.case }} {{ case.name }} {{ case.x }}\"
";
    assert_eq!(
        printed(scenario).await,
        pairs(&[("2", "2 2 2"), ("first", "first first 1")])
    );
}

#[tokio::test]
async fn a_cases_name_stands_before_a_value_that_is_called_name() {
    let scenario = "
cases: [{ case: first, name: x }, { case: second, name: x }]
steps:
  - print: \"{{ case.name }} {{ name }}\"
";
    assert_eq!(
        printed(scenario).await,
        pairs(&[("first", "first x"), ("second", "second x")])
    );
}
