//! Consents that are asked for together.

use serde_json::{Value, json};

use super::refusals::refused;
use super::{Answer, Bench};

const PATH: &str = "/v2/consents/collection";

async fn collect(bench: &Bench, mandatory: &[&str], optional: &[&str]) -> Answer {
    let body = json!({ "mandatoryConsents": mandatory, "optionalConsents": optional });
    bench.post(PATH, &body).await
}

async fn state(bench: &Bench, id: &str) -> Value {
    let consent = bench.get(&format!("/v2/consents/{id}")).await;
    consent.json()["status"].clone()
}

#[tokio::test]
async fn one_decision_answers_all_of_a_collection() {
    let bench = Bench::new().await;
    for (decision, expected) in [
        (json!({}), ["ACTIVE", "ACTIVE"]),
        (json!({ "optional": false }), ["ACTIVE", "REJECTED"]),
        (json!({ "decision": "reject" }), ["REJECTED", "REJECTED"]),
        (json!({ "decision": "cancel" }), ["PENDING", "PENDING"]),
    ] {
        let first = bench.consent(json!({})).await;
        let second = bench.consent(json!({})).await;
        let answer = collect(&bench, &[&first], &[&second]).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let created = answer.json();
        let id = created["consentCollectionId"].as_str().unwrap();
        let url = format!("{}/v2/consents/webview/{id}", bench.sandbox.origin());
        assert_eq!(created["url"], json!(url));
        assert!(created["txnid"].is_string());
        assert!(created["traceId"].as_str().unwrap().starts_with("1-"));
        let mut shown = bench.get(&format!("{PATH}/{id}")).await.json();
        shown["traceId"] = created["traceId"].clone();
        assert_eq!(shown, created);
        let decided = bench.decide(id, decision.clone()).await;
        assert_eq!(decided.status, 200, "{decided:?}");
        let states = [state(&bench, &first).await, state(&bench, &second).await];
        assert_eq!(states, expected, "{decision}");
        let listed = reqwest::get(format!("{}/_sandbox", bench.sandbox.origin())).await;
        let listed = listed.unwrap().text().await.unwrap();
        let link = format!("href=\"/v2/consents/webview/{id}\"");
        assert!(listed.contains(&link), "{listed}");
        let item = listed.split(&link).nth(1).unwrap();
        let second = format!("{second}</code> {}, optional", expected[1]);
        assert!(item.contains(&second), "{item}");
        let page = reqwest::get(url).await.unwrap();
        assert_eq!(page.status(), 200);
    }
}

#[tokio::test]
async fn accounts_are_taken_by_the_consents_that_offer_them() {
    let bench = Bench::new().await;
    let only = |fip: &str| json!({ "context": [{ "key": "fipId", "value": fip }] });
    let first = bench.consent(only("setu-fip")).await;
    let second = bench.consent(only("setu-fip-2")).await;
    let created = collect(&bench, &[&first, &second], &[]).await.json();
    let id = created["consentCollectionId"].as_str().unwrap();
    let unknown = bench
        .decide(
            id,
            json!({ "accounts": ["setu-fip", "setu-fip-2", "pretend-bank"] }),
        )
        .await;
    assert_eq!(unknown.status, 422, "{unknown:?}");
    assert!(unknown.error_text().contains("pretend-bank"), "{unknown:?}");
    let none_for_the_second = bench.decide(id, json!({ "accounts": ["setu-fip"] })).await;
    assert_eq!(none_for_the_second.status, 422);
    assert_eq!(state(&bench, &first).await, "PENDING", "all or nothing");
    let another = bench.consent(only("setu-fip")).await;
    let approved = bench.decide(&another, json!({})).await.json();
    let number = approved["accounts"][1]["maskedAccNumber"].as_str().unwrap();
    let by_both = format!("setu-fip/{number}");
    let both = bench
        .decide(id, json!({ "accounts": [by_both, "setu-fip-2"] }))
        .await;
    assert_eq!(both.status, 200, "{both:?}");
    let consents = both.json()["consents"].clone();
    let given = consents[0]["accounts"].as_array().unwrap();
    assert_eq!(given.len(), 1, "{given:?}");
    assert_eq!(given[0]["maskedAccNumber"], number);
    assert_eq!(consents[0]["accounts"][0]["fipId"], "setu-fip");
    assert_eq!(consents[1]["accounts"][0]["fipId"], "setu-fip-2");
    let again = bench.decide(id, json!({})).await;
    assert_eq!(again.status, 409, "{again:?}");
}

#[tokio::test]
async fn collections_that_cannot_be_are_refused() {
    let bench = Bench::new().await;
    let one = bench.consent(json!({})).await;
    let two = bench.consent(json!({})).await;
    let three = bench.consent(json!({})).await;
    let other = bench.consent(json!({ "vua": "9123456780" })).await;
    let malformed = "Invalid request body";
    for (mandatory, optional) in [
        (vec![], vec![one.as_str()]),
        (vec![one.as_str(), &two, &three], vec![]),
        (vec![&one, &two], vec![three.as_str()]),
        (vec![&one], vec![&two, &three]),
        (vec![&one, &one], vec![]),
    ] {
        let answer = collect(&bench, &mandatory, &optional).await;
        refused(&answer, 400, "InvalidRequest", malformed);
    }
    let answer = bench.post(PATH, &json!({ "optionalConsents": [] })).await;
    refused(&answer, 400, "InvalidRequest", malformed);
    let answer = collect(&bench, &[&one, &other], &[]).await;
    let message = "Consent doesn't belong to same customer id";
    refused(&answer, 400, "InvalidRequest", message);
    let answer = collect(&bench, &[&one, "none"], &[]).await;
    refused(&answer, 404, "NotFound", "Consent not found");
    let answer = bench.get(&format!("{PATH}/none")).await;
    refused(&answer, 404, "NotFound", "Consent collection not found");
    bench.decide(&two, json!({})).await;
    let answer = collect(&bench, &[&one], &[&two]).await;
    let message = format!("Consent '{two}' is not pending");
    refused(&answer, 400, "InvalidRequest", &message);
    bench.act(&three, "expire").await;
    let answer = collect(&bench, &[&one], &[&three]).await;
    refused(&answer, 400, "InvalidRequest", "Consent has expired");
}
