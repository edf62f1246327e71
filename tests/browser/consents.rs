//! Consents that a driven browser gives, on the sandbox's own pages.

use std::path::Path;

use super::project::Project;
use super::wanted;

/// Asks for a consent and answers it; `{extra}` goes into the request, `{answer}` beside the consent.
fn scenario(extra: &str, answer: &str, status: &str) -> String {
    format!(
        r#"
name: Consent
vars: {{ mobile: "9999999999" }}
sandbox:
  clock: 2025-04-01T00:00:00Z
  customers:
    - mobile: "{{{{ mobile }}}}"
      accounts:
        - {{ fip: setu-fip, type: DEPOSIT }}
        - {{ fip: setu-fip, type: DEPOSIT }}
        - {{ fip: setu-fip-2, type: DEPOSIT }}
steps:
  - id: create
    post: /v2/consents
    headers: {{ x-client-id: "{{{{ client_id }}}}", x-client-secret: "{{{{ client_secret }}}}", x-product-instance-id: "{{{{ product_instance_id }}}}" }}
    json:
      vua: "{{{{ mobile }}}}@onemoney"
      dataRange: {{ from: 2024-04-01T00:00:00Z, to: 2025-03-31T00:00:00Z }}
      fiTypes: [DEPOSIT]
      context: [{extra}]
    expect: 201
    capture: {{ id: $.id, url: $.url }}
  - id: answer
    consent: "{{{{ url }}}}"
    {answer}
  - id: read
    get: /v2/consents/{{{{ id }}}}
    headers: {{ x-client-id: "{{{{ client_id }}}}", x-client-secret: "{{{{ client_secret }}}}", x-product-instance-id: "{{{{ product_instance_id }}}}" }}
    expect: {status}
"#
    )
}

async fn answered(extra: &str, answer: &str, status: &str) {
    if !wanted() {
        return;
    }
    let project = Project::new(&[("scenarios/a.yaml", &scenario(extra, answer, status))]);
    let ended = project.run("run --consent browser -v").await;
    ended.passed().says(&["by flows/setu.yaml (built in)"]);
}

#[tokio::test]
async fn approved_with_all_accounts() {
    answered(
        "",
        "",
        "{ $.status: ACTIVE, $.accountsLinked: { length: 3 } }",
    )
    .await;
}

#[tokio::test]
async fn approved_with_the_accounts_of_one_institution() {
    answered(
        "",
        "accounts: [setu-fip-2]",
        "{ $.status: ACTIVE, $.accountsLinked: { length: 1 }, '$.accountsLinked[0].fipId': setu-fip-2 }",
    )
    .await;
}

#[tokio::test]
async fn approved_where_the_request_is_read_last() {
    let extra = "{ key: consentReviewAt, value: last }";
    answered(extra, "", "{ $.status: ACTIVE }").await;
}

#[tokio::test]
async fn approved_with_one_account_where_one_may_be_chosen() {
    let extra = "{ key: accountSelectionMode, value: single }";
    answered(
        extra,
        "",
        "{ $.status: ACTIVE, $.accountsLinked: { length: 1 } }",
    )
    .await;
}

#[tokio::test]
async fn approved_where_all_are_chosen_already() {
    let extra = "{ key: accountSelectionMode, value: multi-opt-out }";
    answered(
        extra,
        "",
        "{ $.status: ACTIVE, $.accountsLinked: { length: 3 } }",
    )
    .await;
}

#[tokio::test]
async fn rejected_with_a_reason() {
    answered(
        "",
        "decision: reject\n    reason: reject_not_understand",
        "{ $.status: REJECTED }",
    )
    .await;
}

#[tokio::test]
async fn cancelled() {
    answered("", "decision: cancel", "{ $.status: PENDING }").await;
}

#[tokio::test]
async fn the_main_scenario_of_this_repository() {
    if !wanted() {
        return;
    }
    let project = Project::new(&[]);
    let mut command = tokio::process::Command::from(project.command(
        "run --consent browser --snapshots check scenarios/consent_to_data.yaml scenarios/collections/two_consents_at_once.yaml",
    ));
    command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")));
    let output = command.output().await.expect("it starts");
    let text = String::from_utf8(output.stdout).expect("text");
    assert_eq!(output.status.code(), Some(0), "{text}");
    project.nothing_is_left();
}

#[tokio::test]
async fn a_flow_that_fails_is_told_at_its_own_place() {
    if !wanted() {
        return;
    }
    let flow = r#"params: { consent_url: , decision: }
steps:
  - id: answer
    timeout: 500ms
    browser:
      - goto: "{{ consent_url }}"
      - fill: { label: Mobile number, with: 12345 }
      - click: { role: button, name: Send the code }
"#;
    let target = "target: embedded\ntargets: { embedded: { sandbox: true, consent: { browser: flows/mine.yaml } } }\n";
    let project = Project::new(&[
        ("sammati.yaml", target),
        ("flows/mine.yaml", flow),
        (
            "scenarios/a.yaml",
            &scenario("", "", "{ $.status: ACTIVE }"),
        ),
    ]);
    let ended = project.run("run --output out").await;
    ended.failed().says(&[
        "step `answer`",
        "flows/mine.yaml:8",
        "click button “Send the code”",
        "of this kind there are: “Send a code”",
        "out/pages/a/answer.answer.png",
        "not run: read",
    ]);
    let text = std::fs::read_to_string(project.path().join("out/pages/a/answer.answer.txt"));
    assert!(text.expect("the page's text").contains("Sign in"));
    // Somebody else can still answer it.
    project
        .run("run --consent manual --timeout 1s --quiet")
        .await
        .failed();
}
