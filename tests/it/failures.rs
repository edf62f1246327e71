//! Everything that can go wrong makes the run red, and says what went wrong.

use sammati::snapshot::Mode;
use sammati::{Harness, Report};

/// Runs one scenario in a project of its own, on the embedded sandbox.
async fn run(scenario: &str) -> Report {
    run_with(scenario, Mode::Check { output: None }).await
}

async fn run_with(scenario: &str, snapshots: Mode) -> Report {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("scenarios")).unwrap();
    std::fs::write(folder.path().join("scenarios/one.yaml"), scenario).unwrap();
    let part = "params: { given: nothing }\nsteps:\n  - print: \"{{ given }}\"\n";
    std::fs::write(folder.path().join("scenarios/_part.yaml"), part).unwrap();
    Harness::new(folder.path())
        .snapshots(snapshots)
        .run(["scenarios"])
        .await
}

/// The FIP that every step here asks for; what it answers is known.
const HEAD: &str = r#"
sandbox: { clock: 2025-04-01T00:00:00Z }
defaults:
  headers: { x-client-id: "{{ client_id }}", x-client-secret: "{{ client_secret }}", x-product-instance-id: "{{ product_instance_id }}" }
  timeout: 5s
steps:
"#;

async fn step(step: &str) -> Report {
    run(&format!("{HEAD}  - get: /v2/fips/setu-fip\n{step}")).await
}

#[tokio::test]
async fn the_step_that_all_others_vary_passes() {
    let report = step("    expect: { status: 200, \"$.data[0].fipId\": setu-fip }\n").await;
    assert_eq!(report.exit_status, 0, "{}", report.text);
}

#[tokio::test]
async fn every_matcher_can_fail() {
    for (path, matcher) in [
        ("$.data[0].fipId", "other"),
        ("$.data[0].fipId", "{ eq: other }"),
        ("$.data[0].fipId", "{ ne: setu-fip }"),
        ("$.data[0].consentConversionRate", "{ gt: 1000 }"),
        ("$.data[0].consentConversionRate", "{ gte: 1000 }"),
        ("$.data[0].consentConversionRate", "{ lt: 0 }"),
        ("$.data[0].consentConversionRate", "{ lte: 0 }"),
        ("$.data[0].fipId", "{ gt: 3 }"),
        ("$.data[0].fipId", "{ in: [a, b] }"),
        ("$.data[0].fipId", "{ not_in: [setu-fip] }"),
        ("$.data[0].fipId", "{ contains: x }"),
        ("$.data[0].fipId", "{ not_contains: setu }"),
        ("$.data[0].fipId", "{ starts_with: fip }"),
        ("$.data[0].fipId", "{ ends_with: setu }"),
        ("$.data[0].fipId", "{ matches: '^\\d+$' }"),
        ("$.data[0].fipId", "{ exists: false }"),
        ("$.data[0].nothing", "{ exists: true }"),
        ("$.data[0].fipId", "{ type: number }"),
        ("$.data[0].fipId", "{ format: uuid }"),
        ("$.data[0].fipId", "{ length: 3 }"),
        ("$.data[0].fipId", "{ length: { gt: 100 } }"),
        ("$.data[0].fipId", "{ empty: true }"),
        ("$.data[0]", "{ includes: { fipId: other } }"),
        ("$.data[0].fiTypes", "{ unordered: [DEPOSIT] }"),
        ("$.data[*].fipId", "{ all: other }"),
        ("$.data[*].nothing", "{ all: { exists: true } }"),
        ("$.data[*].fipId", "{ any: other }"),
        ("$.data[*].fipId", "{ none: setu-fip }"),
        (
            "$.data[0].consentConversionRate",
            "{ close_to: { value: 0, by: 1 } }",
        ),
        ("$.data[0].fipId", "{ not: setu-fip }"),
        ("$.data[0].fipId", "{ schema: { type: number } }"),
        ("$.data[*].fipId", "{ all: { schema: { pattern: '^x' } } }"),
        ("$.data[0].nothing", "{ schema: { type: string } }"),
        ("$.data[0]", "{ not: { schema: { required: [fipId] } } }"),
        // Nothing is not unequal to anything.
        ("$.data[0].nothing", "{ ne: a }"),
        ("$.data[0].nothing", "{ not: a }"),
        ("$.data[0].nothing", "{ not_in: [a] }"),
        ("$.data[0].nothing", "{ empty: true }"),
        ("$.data[0].nothing", "null"),
    ] {
        let report = step(&format!("    expect: {{ \"{path}\": {matcher} }}\n")).await;
        assert_eq!(
            report.exit_status, 1,
            "`{path}: {matcher}` is green:\n{}",
            report.text
        );
        assert!(
            report.text.contains("expected"),
            "{path}: {matcher}\n{}",
            report.text
        );
    }
}

#[tokio::test]
async fn every_part_of_a_step_can_fail() {
    for (part, told) in [
        ("expect: 404", "404"),
        ("expect: 5xx", "200"),
        (
            "expect: { headers: { content-type: text/html } }",
            "content-type",
        ),
        ("expect: { headers: { x-nothing: a } }", "x-nothing"),
        (
            "expect: { text: { contains: no such text } }",
            "no such text",
        ),
        ("expect: { body: [1] }", "list"),
        ("expect: { duration: { gt: 1h } }", "duration"),
        ("expect: { url: { ends_with: /elsewhere } }", "elsewhere"),
        ("expect: { that: [\"status == 500\"] }", "status == 500"),
        ("expect: { that: [\"'9' > 5\"] }", "'9' > 5"),
        ("expect: { that: [\"body.data | length\"] }", "boolean"),
        ("capture: { a: $.data.none }", "$.data"),
        ("capture: { a: { header: x-nothing } }", "x-nothing"),
        ("capture: { a: { cookie: sid } }", "sid"),
        ("capture: { a: { regex: 'nothing=(\\d)' } }", "nothing="),
        (
            "capture: { a: { expr: body.data.nothing.more } }",
            "nothing",
        ),
        (
            "until: { $.status: READY }\n    every: 10ms\n    within: 100ms",
            "100ms",
        ),
        (
            "until: { $.status: READY }\n    give_up: { \"$.data[0].status\": ACTIVE }",
            "give_up",
        ),
        ("max_body: 10", "max_body"),
    ] {
        let report = step(&format!("    {part}\n")).await;
        assert_eq!(report.exit_status, 1, "`{part}` is green:\n{}", report.text);
        assert!(
            report.text.contains(told),
            "`{part}` does not tell `{told}`:\n{}",
            report.text
        );
    }
}

#[tokio::test]
async fn whatever_cannot_be_computed_fails_its_step() {
    for step in [
        "consent: \"{{ map.none }}\"",
        "{ get: \"/v2/fips/{{ map.none }}\" }",
        "{ get: /v2/fips, query: { a: \"{{ map.none }}\" } }",
        "{ get: /v2/fips, timeout: \"{{ map.none }}\" }",
        "{ get: /v2/fips, until: { $.status: A }, every: \"{{ map.none }}\" }",
        "{ get: /v2/fips, until: { $.status: A }, within: \"{{ map.none }}\" }",
        "{ get: /v2/fips, if: map.none > 1 }",
        "{ get: /v2/fips, each: { a: \"{{ map.none }}\" } }",
        "{ sleep: 1ms, timeout: \"{{ map.none }}\" }",
        "sleep: \"{{ map.none }}\"",
        "print: \"{{ map.none }}\"",
        "set: { a: \"{{ map.none }}\" }",
        "sandbox: { clock: \"{{ map.none }}\" }",
        "{ use: _part.yaml, with: { given: \"{{ map.none }}\" } }",
        "{ await: { $.type: X }, within: \"{{ map.none }}\" }",
        "{ await: { $.type: \"{{ map.none }}\" }, within: 10ms }",
    ] {
        let report = run(&format!("vars: {{ map: {{ a: 1 }} }}{HEAD}  - {step}\n")).await;
        assert_eq!(report.exit_status, 1, "`{step}` is green:\n{}", report.text);
        assert!(report.text.contains("map.none"), "{step}:\n{}", report.text);
    }
}

#[tokio::test]
async fn a_consent_that_cannot_be_answered_is_red() {
    for (step, told) in [
        ("consent: /", "it has no consent's id"),
        ("consent: /v2/consents/webview/nothing", "nothing"),
        (
            "{ consent: /v2/consents/webview/a, decision: \"{{ 'perhaps' }}\" }",
            "not `perhaps`",
        ),
    ] {
        let report = run(&format!("{HEAD}  - {step}\n")).await;
        assert_eq!(report.exit_status, 1, "`{step}` is green:\n{}", report.text);
        assert!(report.text.contains(told), "{step}:\n{}", report.text);
    }
}

#[tokio::test]
async fn every_fault_of_the_sandbox_is_seen() {
    for (fault, told) in [
        ("status: 500", "500"),
        ("status: 404", "404"),
        ("delay: 20s", "no answer within 200ms"),
        ("disconnect: true", "closed"),
        ("truncate: true", "ended early"),
    ] {
        let scenario = HEAD.replace(
            "sandbox: {",
            &format!("sandbox: {{ faults: [{{ on: GET /v2/fips/*, {fault} }}],"),
        ) + "  - get: /v2/fips/setu-fip\n    timeout: 200ms\n";
        let report = run(&scenario).await;
        assert_eq!(report.exit_status, 1, "{fault} is green:\n{}", report.text);
        assert!(
            report.text.contains(told),
            "`{fault}` does not tell `{told}`:\n{}",
            report.text
        );
    }
    let scenario = HEAD.replace(
        "sandbox: {",
        "sandbox: { faults: [{ on: GET /v2/fips/*, malformed: true }],",
    ) + "  - get: /v2/fips/setu-fip\n    expect: { \"$.data[0].fipId\": setu-fip }\n";
    let report = run(&scenario).await;
    assert_eq!(report.exit_status, 1, "{}", report.text);
    assert!(report.text.contains("not JSON"), "{}", report.text);
}

#[tokio::test]
async fn a_failed_step_ends_the_case_and_the_others_are_shown_as_not_run() {
    let report = run(&format!(
        "{HEAD}  - id: first\n    get: /v2/nowhere\n  - id: second\n    get: /v2/fips\n  - id: last\n    defer: true\n    get: /v2/fips\n"
    ))
    .await;
    assert_eq!(report.exit_status, 1);
    let case = &report.outcome.cases[0];
    assert_eq!(
        (case.counts.failed, case.counts.passed, case.counts.not_run),
        (1, 0, 2),
        "{}",
        report.text
    );
    assert!(report.text.contains("second"), "{}", report.text);
}

#[tokio::test]
async fn keep_going_goes_on_and_the_case_is_red_all_the_same() {
    let report = run(&format!(
        "{HEAD}  - get: /v2/nowhere\n    keep_going: true\n  - get: /v2/fips\n"
    ))
    .await;
    assert_eq!(report.exit_status, 1);
    let counts = report.outcome.cases[0].counts;
    assert_eq!((counts.failed, counts.passed), (1, 1), "{}", report.text);
}

#[tokio::test]
async fn a_deferred_step_runs_after_a_failure_and_its_own_failure_counts() {
    let deferred = "  - id: clean\n    defer: true\n    get: /v2/fips\n    expect: 418\n";
    let report = run(&format!("{HEAD}{deferred}  - get: /v2/fips\n")).await;
    assert_eq!(report.exit_status, 1, "{}", report.text);
    assert!(report.text.contains("clean"), "{}", report.text);
    let report = run(&format!(
        "{HEAD}{deferred}  - id: broken\n    get: /v2/nowhere\n"
    ))
    .await;
    assert!(
        report.text.contains("clean") && report.text.contains("broken"),
        "{}",
        report.text
    );
}

#[tokio::test]
async fn a_case_that_takes_too_long_is_stopped() {
    let report = run("timeout: 100ms\nsteps:\n  - sleep: 1h\n").await;
    assert_eq!(report.exit_status, 1, "{}", report.text);
    assert!(report.text.contains("100ms"), "{}", report.text);
}

#[tokio::test]
async fn a_step_that_takes_too_long_is_stopped() {
    let report = run("steps:\n  - sleep: 1h\n    timeout: 100ms\n").await;
    assert_eq!(report.exit_status, 1, "{}", report.text);
    assert!(report.text.contains("100ms"), "{}", report.text);
}

#[tokio::test]
async fn a_snapshot_that_is_not_there_is_red_and_check_writes_nothing() {
    let report = step("    id: fip\n    snapshot: true\n").await;
    assert_eq!(report.exit_status, 1, "{}", report.text);
    assert!(report.text.contains("no snapshot"), "{}", report.text);
}

#[tokio::test]
async fn a_set_up_that_the_sandbox_refuses_is_red() {
    let report =
        run("vars: { how: never }\nsandbox: { fips: { setu-fip: { fetch: \"{{ how }}\" } } }\nsteps:\n  - get: /v2/fips\n")
            .await;
    assert_eq!(report.exit_status, 1, "{}", report.text);
    assert!(report.text.contains("never"), "{}", report.text);
}

#[tokio::test]
async fn a_template_that_runs_for_ever_ends() {
    let endless =
        "{% for a in range(10000) %}{% for b in range(10000) %}{{ b }}{% endfor %}{% endfor %}";
    let report = run(&format!("steps:\n  - print: \"{endless}\"\n")).await;
    assert_eq!(report.exit_status, 1, "{}", report.text);
}

#[tokio::test]
async fn nothing_that_ran_is_no_success() {
    let report = run("targets: [embedded]\nsteps:\n  - if: \"false\"\n    get: /v2/fips\n").await;
    assert_eq!(
        report.exit_status, 0,
        "a case whose steps are all skipped has nothing that failed"
    );
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("scenarios")).unwrap();
    let report = Harness::new(folder.path()).run(["scenarios"]).await;
    assert_eq!(report.exit_status, 4, "{}", report.text);
}

/// A consent that is approved, and a session whose second FIP answers while the last step waits.
const NOTIFIED: &str = r#"
sandbox: { clock: 2025-04-01T00:00:00Z, fips: { setu-fip-2: { latency: 300ms } } }
defaults:
  headers: { x-client-id: "{{ client_id }}", x-client-secret: "{{ client_secret }}", x-product-instance-id: "{{ product_instance_id }}" }
vars: { range: { from: 2024-04-01T00:00:00Z, to: 2025-03-31T00:00:00Z } }
steps:
  - post: /v2/consents
    json: { vua: "9999999999@onemoney", dataRange: "{{ range }}" }
    capture: { consent_id: $.id, url: $.url }
  - consent: "{{ url }}"
  - post: /v2/sessions
    json: { consentId: "{{ consent_id }}", dataRange: "{{ range }}", format: json }
"#;

#[tokio::test]
async fn a_notification_that_does_not_come_or_must_not_is_red() {
    let green = "  - await: { $.data.status: COMPLETED }\n";
    let report = run(&format!("{NOTIFIED}{green}")).await;
    assert_eq!(report.exit_status, 0, "{}", report.text);
    for (step, told) in [
        // One that does not come.
        (
            "await: { $.type: FI_DATA_READY }\n    within: 100ms",
            "within 100ms",
        ),
        // One of something else.
        (
            "await: { $.data.status: ACTIVE, $.consentId: another }\n    within: 1s",
            "expected string \"another\"",
        ),
        (
            "await: { $.consentId: \"{{ consent_id }}\", $.data.status: REJECTED }\n    within: 1s",
            "expected string \"REJECTED\"",
        ),
        // One that comes though it must not: it was there before, or it comes now.
        (
            "await: { $.data.status: ACTIVE }\n    absent: 100ms",
            "a notification came that must not",
        ),
        (
            "await: { $.data.status: COMPLETED }\n    absent: 20s",
            "\"status\": \"COMPLETED\"",
        ),
        // One that comes, and is not as it should be.
        (
            "await: { $.data.status: COMPLETED }\n    expect: { $.success: false }",
            "expected boolean false",
        ),
        (
            "await: { $.data.status: COMPLETED }\n    expect: { duration: { gt: 1h } }",
            "duration",
        ),
        (
            "await: { $.data.status: COMPLETED }\n    capture: { reason: $.error.code }",
            "$.error",
        ),
        (
            "await: { $.data.status: COMPLETED }\n    id: told\n    snapshot: true",
            "no snapshot",
        ),
    ] {
        let report = run(&format!("{NOTIFIED}  - {step}\n")).await;
        assert_eq!(report.exit_status, 1, "`{step}` is green:\n{}", report.text);
        assert!(
            report.text.contains(told),
            "`{step}` does not tell `{told}`:\n{}",
            report.text
        );
    }
}

#[tokio::test]
async fn a_schema_in_a_file_is_held_against_the_answer_and_all_that_does_not_fit_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let step = "  - get: /v2/fips/setu-fip\n    expect: { $.data: { all: { schema: ../schemas/fip.json } } }\n";
    write("scenarios/one.yaml", &format!("{HEAD}{step}"));
    let run = || Harness::new(folder.path()).run(["scenarios"]);
    let report = run().await;
    assert_eq!(report.exit_status, 2, "{}", report.text);
    write(
        "schemas/fip.json",
        r#"{"required": ["fipId"], "properties": {"fipId": {"type": "string"}}}"#,
    );
    let report = run().await;
    assert_eq!(report.exit_status, 0, "{}", report.text);
    write(
        "schemas/fip.json",
        r#"{"required": ["ifsc"], "properties": {"fipId": {"maxLength": 3}}}"#,
    );
    let report = run().await;
    assert_eq!(report.exit_status, 1, "{}", report.text);
    for told in [
        "`ifsc` is missing",
        "is longer than 3 characters",
        "`../schemas/fip.json`",
    ] {
        assert!(report.text.contains(told), "{told}: {}", report.text);
    }
    // What is wrong in the file is told at its place there, before anything is sent.
    write("schemas/fip.json", "{\n  \"type\": \"strng\"\n}");
    let report = run().await;
    assert_eq!(report.exit_status, 2, "{}", report.text);
}

#[tokio::test]
async fn a_turn_of_a_loop_that_fails_is_red_and_says_its_item() {
    let report = run(&format!(
        "{HEAD}  - get: /v2/fips/{{{{ fip }}}}\n    each: {{ fip: [setu-fip, nowhere, setu-fip-2] }}\n"
    ))
    .await;
    assert_eq!(report.exit_status, 1, "{}", report.text);
    for told in [r#"turn 2 of 3, fip = "nowhere""#, "#3"] {
        assert!(report.text.contains(told), "{}", report.text);
    }
    let report = run(&format!(
        "{HEAD}  - get: /v2/fips\n    each: {{ fip: \"{{{{ [] }}}}\" }}\n"
    ))
    .await;
    assert_eq!(report.exit_status, 1, "an empty list is green");
    assert!(report.text.contains("an empty list"), "{}", report.text);
}

#[tokio::test]
async fn a_retry_that_is_used_up_is_red_and_one_that_helps_is_flaky() {
    let scenario = HEAD.replace(
        "sandbox: {",
        "sandbox: { faults: [{ on: GET /v2/fips/*, times: 2, status: 500 }],",
    ) + "  - get: /v2/fips/setu-fip\n    retry: { every: 1ms, times: ";
    let report = run(&format!("{scenario} 1 }}\n")).await;
    assert_eq!(report.exit_status, 1, "{}", report.text);
    assert!(report.text.contains("(try 2)"), "{}", report.text);
    let report = run(&format!("{scenario} 2 }}\n")).await;
    assert_eq!(report.exit_status, 0, "{}", report.text);
    for told in ["flaky: GET /v2/fips/setu-fip (try 3)", "1 passed (1 flaky)"] {
        assert!(report.text.contains(told), "{}", report.text);
    }
}

#[tokio::test]
async fn a_shared_run_is_done_in_each_case_that_has_a_sandbox_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let scenarios = folder.path().join("scenarios");
    std::fs::create_dir(&scenarios).unwrap();
    let fragment = format!(
        "{}  - get: /v2/fips\n",
        HEAD.replace("sandbox: { clock: 2025-04-01T00:00:00Z }", "")
    );
    std::fs::write(scenarios.join("_f.yaml"), fragment).unwrap();
    for name in ["a.yaml", "b.yaml"] {
        let text = "steps: [{ use: _f.yaml, once: true }]";
        std::fs::write(scenarios.join(name), text).unwrap();
    }
    let report = Harness::new(folder.path()).run(["scenarios"]).await;
    assert_eq!(report.exit_status, 0, "{}", report.text);
    for case in &report.outcome.cases {
        assert_eq!(case.counts.requests, 1, "{}", report.text);
    }
}
