//! What a consent allows by its state, its range and how often it was used.

use serde_json::{Value, json};

use super::refusals::refused;
use super::{Bench, session_request};

#[tokio::test]
async fn sessions_are_refused_by_the_state_of_their_consent() {
    let bench = Bench::new().await;
    let not_ready = "Consent artefact not ready";
    refused(
        &bench.session("none").await,
        404,
        "NotFound",
        "Consent not found",
    );
    let pending = bench.consent(json!({})).await;
    refused(
        &bench.session(&pending).await,
        400,
        "InvalidRequest",
        not_ready,
    );
    let rejected = bench.consent(json!({})).await;
    bench
        .decide(&rejected, json!({ "decision": "reject" }))
        .await;
    refused(
        &bench.session(&rejected).await,
        400,
        "InvalidRequest",
        not_ready,
    );
    for (action, expected) in [("pause", 400), ("resume", 201)] {
        let id = bench.active_consent(json!({})).await;
        bench.act(&id, "pause").await;
        if action == "resume" {
            bench.act(&id, "resume").await;
        }
        assert_eq!(bench.session(&id).await.status, expected, "{action}");
    }
    let expired = bench.active_consent(json!({})).await;
    bench.act(&expired, "expire").await;
    refused(
        &bench.session(&expired).await,
        400,
        "InvalidRequest",
        &format!("Consent '{expired}' has expired"),
    );
    let over = bench.active_consent(json!({})).await;
    bench.advance("121d").await;
    refused(
        &bench.session(&over).await,
        400,
        "InvalidRequest",
        &format!("Consent '{over}' has expired"),
    );
    assert_eq!(
        bench.get(&format!("/v2/consents/{over}")).await.json()["status"],
        "EXPIRED"
    );
}

#[tokio::test]
async fn sessions_are_refused_by_range_usage_and_form() {
    let bench = Bench::new().await;
    let id = bench
        .active_consent(json!({ "fetchType": "ONETIME" }))
        .await;
    let with = |key: &str, value: Value| {
        let mut request = session_request(&id);
        request[key] = value;
        request
    };
    let outside = json!({ "from": "2024-03-31T23:59:59.999Z", "to": "2025-01-01T00:00:00Z" });
    let answer = bench
        .post("/v2/sessions", &with("dataRange", outside))
        .await;
    refused(
        &answer,
        400,
        "InvalidRequest",
        "FI dataRange is not within the consent's FIDataRange",
    );
    for request in [
        with("format", json!("csv")),
        with("format", Value::Null),
        with("consentId", Value::Null),
        with("dataRange", Value::Null),
        with(
            "dataRange",
            json!({ "from": "2025-01-01T00:00:00Z", "to": "2024-12-31T00:00:00Z" }),
        ),
        json!({ "consentId": id, "format": "json", "DataRange": { "from": "2024-04-01T00:00:00Z", "to": "2025-01-01T00:00:00Z" } }),
    ] {
        let answer = bench.post("/v2/sessions", &request).await;
        assert_eq!(
            answer.refusal(),
            (
                400,
                "InvalidRequest".to_owned(),
                "Invalid request body".to_owned()
            ),
            "{request}"
        );
    }
    assert_eq!(bench.session(&id).await.status, 201);
    refused(
        &bench.session(&id).await,
        400,
        "InvalidRequest",
        "Consent use exceeded",
    );
    refused(
        &bench.get("/v2/sessions/none").await,
        404,
        "NotFound",
        "Data session not found",
    );
}

#[tokio::test]
async fn the_frequency_is_counted_in_calendar_windows() {
    let bench = Bench::new().await;
    let id = bench
        .active_consent(json!({ "frequency": { "unit": "DAY", "value": 2 } }))
        .await;
    bench.advance("23h").await;
    for expected in [201, 201, 400] {
        assert_eq!(bench.session(&id).await.status, expected);
    }
    refused(
        &bench.session(&id).await,
        400,
        "InvalidRequest",
        "Consent use exceeded",
    );
    bench.advance("1h").await;
    assert_eq!(bench.session(&id).await.status, 201);

    let finvu = json!({ "vua": "9876543210@finvu", "frequency": { "unit": "DAY", "value": 1 } });
    let periodic = bench.active_consent(finvu).await;
    bench.session(&periodic).await;
    refused(
        &bench.session(&periodic).await,
        400,
        "InvalidRequest",
        "Consent already used for the frequency",
    );
    let once = bench
        .active_consent(json!({ "vua": "9876543210@finvu", "fetchType": "ONETIME" }))
        .await;
    bench.session(&once).await;
    refused(
        &bench.session(&once).await,
        400,
        "InvalidRequest",
        "Consent already used",
    );
}

#[tokio::test]
async fn revoking_takes_a_consent_that_is_in_use() {
    let bench = Bench::new().await;
    let revoke = async |id: &str| {
        bench
            .post(&format!("/v2/consents/{id}/revoke"), &Value::Null)
            .await
    };
    refused(&revoke("none").await, 404, "NotFound", "Consent not found");
    let pending = bench.consent(json!({})).await;
    refused(
        &revoke(&pending).await,
        400,
        "InvalidRequest",
        &format!("Consent '{pending}' is not ready"),
    );
    let active = bench.active_consent(json!({})).await;
    let answer = revoke(&active).await;
    assert_eq!(
        (answer.status, &answer.json()["status"]),
        (200, &json!("REVOKED"))
    );
    refused(
        &revoke(&active).await,
        400,
        "InvalidRequest",
        &format!("Consent '{active}' is not ready"),
    );
    refused(
        &bench.session(&active).await,
        400,
        "InvalidRequest",
        "Consent artefact not ready",
    );
    let expired = bench.active_consent(json!({})).await;
    bench.advance("120d").await;
    refused(
        &revoke(&expired).await,
        400,
        "InvalidRequest",
        &format!("Consent '{expired}' has expired"),
    );
}
