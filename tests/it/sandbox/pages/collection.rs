//! The page of a collection, on which one answer counts for all its requests.

use reqwest::Method;
use reqwest::header::ORIGIN;
use serde_json::{Value, json};

use super::super::{Bench, MOBILE};
use super::{Customer, context, encoded};

/// A customer at the page of a collection, and its two consents: one that must be given, one that need not.
async fn asked<'a>(bench: &'a Bench, extra: Value) -> (Customer<'a>, [String; 2]) {
    let first = bench.consent(json!({})).await;
    let second = bench.consent(extra).await;
    let body = json!({ "mandatoryConsents": [first], "optionalConsents": [second] });
    let created = bench.post("/v2/consents/collection", &body).await.json();
    let id = created["consentCollectionId"].as_str().expect("an id");
    (Customer::of(bench, id), [first, second])
}

async fn states(bench: &Bench, ids: &[String; 2]) -> [String; 2] {
    let [first, second] = ids.each_ref().map(|id| Customer::of(bench, id));
    [first.status().await, second.status().await]
}

fn filled<'a>(otp: &'a str, answer: &'a str, cancellations: &'a str) -> [(&'a str, &'a str); 4] {
    [
        ("mobile", MOBILE),
        ("otp", otp),
        ("answer", answer),
        ("cancellations", cancellations),
    ]
}

#[tokio::test]
async fn one_answer_counts_for_all_requests_but_the_optional_one_can_be_left_out() {
    let bench = Bench::new().await;
    for (answer, expected, says) in [
        ("approve", ["ACTIVE", "ACTIVE"], "You approved it."),
        (
            "approve_mandatory",
            ["ACTIVE", "REJECTED"],
            "You rejected it.",
        ),
        ("reject_other", ["REJECTED", "REJECTED"], "You rejected it."),
        (
            "cancel_will_share_later",
            ["PENDING", "PENDING"],
            "You cancelled.",
        ),
    ] {
        let (mut customer, ids) = asked(&bench, json!({})).await;
        let page = customer.look("").await;
        assert_eq!((page.status, page.title()), (200, "What is asked of you"));
        page.shows(&[
            "A request that must be given",
            "An optional request",
            "you do not choose accounts",
        ]);
        let sent = customer.fill("", &filled("123456", answer, "0")).await;
        sent.goes_to("");
        assert_eq!(states(&bench, &ids).await, expected, "{answer}");
        let page = customer.look("").await;
        assert_eq!(page.status, 200);
        page.shows(&[says, &format!("/v2/consents/webview/{}/done", ids[0])]);
        let last = Customer::of(&bench, &ids[0]).look("done").await;
        assert_eq!(last.status, 200, "{last:?}");
        last.shows(&["id=\"return\""]);
    }
}

#[tokio::test]
async fn a_form_that_is_sent_twice_counts_once() {
    let bench = Bench::new().await;
    let (mut customer, ids) = asked(&bench, json!({})).await;
    for _ in 0..2 {
        let form = filled("123456", "cancel_will_share_later", "0");
        customer.fill("", &form).await.goes_to("");
    }
    customer
        .look("")
        .await
        .shows(&["name=\"cancellations\" value=\"1\""]);
    for answer in ["approve", "reject_other"] {
        let form = filled("123456", answer, "1");
        customer.fill("", &form).await.goes_to("");
        assert_eq!(states(&bench, &ids).await, ["ACTIVE", "ACTIVE"]);
    }
}

#[tokio::test]
async fn what_is_wrong_with_the_answer_is_said_and_changes_nothing() {
    let bench = Bench::new().await;
    let (mut customer, ids) = asked(&bench, json!({})).await;
    for (fields, says) in [
        (
            [
                ("mobile", "9123456780"),
                ("otp", "123456"),
                ("answer", "approve"),
            ],
            "This request was made for another mobile number",
        ),
        (
            [("mobile", MOBILE), ("otp", "654321"), ("answer", "approve")],
            "That is not the code",
        ),
        (
            [("mobile", MOBILE), ("otp", "123456"), ("answer", "perhaps")],
            "Choose an answer",
        ),
    ] {
        let page = customer.fill("", &fields).await;
        assert_eq!(page.status, 422, "{page:?}");
        page.shows(&["There is a problem", says]);
    }
    let foreign = customer
        .request(Method::POST, "")
        .header(ORIGIN, "http://a.test")
        .body(encoded(&filled("123456", "approve", "0")));
    assert_eq!(customer.send(foreign).await.status, 403);
    assert_eq!(customer.look("otp").await.status, 404);
    assert_eq!(states(&bench, &ids).await, ["PENDING", "PENDING"]);
}

#[tokio::test]
async fn a_request_that_finds_no_accounts_fails_beside_the_others() {
    let bench = Bench::new().await;
    let (mut customer, ids) = asked(&bench, context("fipId", "no-such-fip")).await;
    let form = filled("123456", "approve", "0");
    customer.fill("", &form).await.goes_to("");
    assert_eq!(states(&bench, &ids).await, ["ACTIVE", "FAILED"]);
    customer
        .look("")
        .await
        .shows(&["You approved it.", "No accounts were found for it."]);
}

#[tokio::test]
async fn one_that_was_answered_on_its_own_leaves_the_other_to_its_own_pages() {
    let bench = Bench::new().await;
    let (mut customer, ids) = asked(&bench, json!({})).await;
    bench.decide(&ids[1], json!({ "decision": "reject" })).await;
    let form = filled("123456", "approve", "0");
    customer.fill("", &form).await.goes_to("");
    assert_eq!(states(&bench, &ids).await, ["PENDING", "REJECTED"]);
    customer
        .look("")
        .await
        .shows(&["It has not been answered.", "Answer it on its own"]);
}

#[tokio::test]
async fn a_consent_without_an_aggregator_has_one_when_the_customer_has_chosen_institutions() {
    let setup = json!({ "product": { "fip_selector": true } });
    let bench = Bench::set_up(setup).await;
    let mut customer = Customer::asked(&bench, json!({})).await;
    let page = customer.look("").await;
    page.shows(&["INITIATED"]);
    assert!(!page.text.contains("onemoney"), "{}", page.text);
    customer.read().await;
    assert_eq!(customer.status().await, "INITIATED");
    customer
        .fill("institutions", &[("fip", "setu-fip")])
        .await
        .goes_to("accounts");
    assert_eq!(customer.status().await, "PENDING");
    customer.look("accounts").await.shows(&["onemoney"]);
    let mut customer = Customer::asked(&bench, json!({})).await;
    customer.review().await;
    customer.fill("review", &[]).await.goes_to("done");
    assert_eq!(customer.status().await, "ACTIVE");
    let mut guided = Customer::asked(&bench, context("fipId", "setu-fip")).await;
    guided.read().await;
    assert_eq!(guided.status().await, "INITIATED");
    let account = super::masked_numbers(&guided.look("accounts").await.text).remove(0);
    guided
        .fill("accounts", &[("account", &account)])
        .await
        .goes_to("link");
    assert_eq!(guided.status().await, "PENDING");
    let mut unsure = Customer::asked(&bench, json!({})).await;
    let fields = [
        ("reason", "cancel_will_share_later"),
        ("cancellations", "0"),
    ];
    unsure.fill("cancel", &fields).await.goes_to("done");
    assert_eq!(unsure.status().await, "INITIATED");
    let last = unsure.look("done").await;
    assert_eq!(last.title(), "You cancelled");
}
