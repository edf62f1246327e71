//! Which consent requests are taken and which are not.

use serde_json::{Value, json};

use reqwest::Method;

use super::{Bench, consent_request, send};

#[tokio::test]
async fn consent_requests_are_checked() {
    let bench = Bench::new().await;
    let body = "Invalid request body";
    let once = "Cannot have frequency greater than 1 if fetchType is ONETIME";
    let range = |from: &str, to: &str| json!({ "dataRange": { "from": from, "to": to } });
    let cases = [
        (json!({ "vua": null }), body),
        (json!({ "vua": 9876543210_u64 }), body),
        (json!({ "vua": "98765" }), body),
        (json!({ "vua": "someone@onemoney" }), body),
        (
            json!({ "vua": "9876543210@cams" }),
            "AA handle 'cams' is not supported",
        ),
        (json!({ "dataRange": null }), body),
        (
            json!({ "dataRange": { "from": "2024-04-01T00:00:00Z" } }),
            body,
        ),
        (range("2024-04-01", "2025-04-01"), body),
        (range("2025-04-01T00:00:00Z", "2024-04-01T00:00:00Z"), body),
        (
            json!({ "consentDuration": { "unit": "MONTHS", "value": 1 } }),
            body,
        ),
        (
            json!({ "consentDuration": { "unit": "MONTH", "value": 0 } }),
            body,
        ),
        (
            json!({ "consentDuration": { "unit": "MONTH", "value": "four" } }),
            body,
        ),
        (
            json!({ "consentDuration": { "unit": "MONTH", "value": 1.5 } }),
            body,
        ),
        (
            json!({ "consentDuration": { "unit": "YEAR", "value": 4_294_967_295_u32 } }),
            body,
        ),
        (json!({ "consentDuration": { "value": 1 } }), body),
        (
            json!({ "consentDateRange": { "startDate": "2025-05-01T00:00:00Z" } }),
            body,
        ),
        (
            json!({ "consentDateRange": { "startDate": "2025-05-01T00:00:00Z", "endDate": "2025-04-02T00:00:00Z" } }),
            body,
        ),
        (
            json!({ "consentDateRange": { "startDate": "2024-05-01T00:00:00Z", "endDate": "2025-03-31T00:00:00Z" } }),
            body,
        ),
        (json!({ "consentMode": "KEEP" }), body),
        (
            json!({ "consentMode": "VIEW", "dataLife": { "unit": "DAY", "value": 1 } }),
            "Data life value must be 0 for consent mode",
        ),
        (json!({ "fetchType": "SOMETIMES" }), body),
        (json!({ "consentTypes": [] }), body),
        (json!({ "consentTypes": ["EVERYTHING"] }), body),
        (json!({ "fiTypes": [] }), body),
        (json!({ "fiTypes": ["GST_GSTR1"] }), body),
        (json!({ "purpose": { "code": "101" } }), body),
        (
            json!({ "purpose": { "code": "999", "text": "t", "refUri": "u", "category": { "type": "c" } } }),
            body,
        ),
        (json!({ "dataLife": { "unit": "HOUR", "value": 1 } }), body),
        (json!({ "dataLife": { "unit": "DAY", "value": -1 } }), body),
        (
            json!({ "frequency": { "unit": "MONTHLY", "value": 1 } }),
            body,
        ),
        (json!({ "frequency": { "unit": "HOUR", "value": 2 } }), body),
        (json!({ "frequency": { "unit": "DAY", "value": 25 } }), body),
        (
            json!({ "frequency": { "unit": "MONTH", "value": 0 } }),
            body,
        ),
        (
            json!({ "frequency": { "unit": "MONTH", "value": "1" } }),
            body,
        ),
        (
            json!({ "fetchType": "ONETIME", "frequency": { "unit": "MONTH", "value": 2 } }),
            once,
        ),
        (
            json!({ "fetchType": "ONETIME", "frequency": { "unit": "MONTH", "value": "1" } }),
            once,
        ),
        (
            json!({ "dataFilter": [{ "type": "TRANSACTIONAMOUNT", "operator": "~", "value": "1" }] }),
            body,
        ),
        (
            json!({ "dataFilter": [{ "type": "TRANSACTIONAMOUNT", "operator": ">", "value": "much" }] }),
            body,
        ),
        (
            json!({ "dataFilter": [{ "type": "TRANSACTIONAMOUNT", "operator": ">", "value": 1 }] }),
            body,
        ),
        (
            json!({ "dataFilter": [{ "type": "TRANSACTIONTYPE", "operator": ">", "value": "DEBIT" }] }),
            body,
        ),
        (
            json!({ "context": [{ "key": "colour", "value": "red" }] }),
            body,
        ),
        (
            json!({ "context": [{ "key": "accounttype", "value": "GOLD" }] }),
            body,
        ),
        (json!({ "PAN": "ABCDE12345" }), body),
        (json!({ "enableAdditionalPhoneNumber": "yes" }), body),
        (
            json!({ "additionalParams": { "tags": ["nobody's"] } }),
            "Tag 'nobody's' does not exist on the product instance",
        ),
        (json!({ "redirectUrl": 1 }), body),
        (
            json!({ "context": vec![json!({ "key": "fipId", "value": "x" }); 101] }),
            body,
        ),
    ];
    for (extra, message) in cases {
        let answer = bench
            .post("/v2/consents", &consent_request(extra.clone()))
            .await;
        assert_eq!(
            answer.refusal(),
            (400, "InvalidRequest".to_owned(), message.to_owned()),
            "{extra}"
        );
    }
    for text in [
        "",
        "{",
        "[]",
        "null",
        "\"text\"",
        "{\"vua\": \"9876543210\"}",
    ] {
        let answer = send(bench.authorized(Method::POST, "/v2/consents").body(text)).await;
        assert_eq!(
            answer.refusal(),
            (400, "InvalidRequest".to_owned(), body.to_owned()),
            "{text}"
        );
    }
}

#[tokio::test]
async fn what_setu_takes_is_taken() {
    let bench = Bench::new().await;
    for (extra, pointer, expected) in [
        (
            json!({ "vua": "999999999" }),
            "/detail/vua",
            json!("999999999@onemoney"),
        ),
        (
            json!({ "vua": "9876543210@setu" }),
            "/detail/vua",
            json!("9876543210@setu"),
        ),
        (
            json!({ "consentDuration": { "unit": "MONTH", "value": "24" } }),
            "/detail/consentExpiry",
            json!("2027-03-22T00:00:00.000Z"),
        ),
        (
            json!({ "consentDuration": { "unit": "DAY", "value": 1 } }),
            "/detail/consentExpiry",
            json!("2025-04-02T00:00:00.000Z"),
        ),
        (
            json!({ "consentDateRange": { "startDate": "2025-05-01T00:00:00Z", "endDate": "2025-06-01T05:30:00+05:30" } }),
            "/detail/consentExpiry",
            json!("2025-06-01T00:00:00.000Z"),
        ),
        (
            json!({ "fetchType": "ONETIME" }),
            "/detail/frequency/value",
            json!(1),
        ),
        (
            json!({ "consentMode": "VIEW" }),
            "/detail/dataLife/value",
            json!(0),
        ),
        (
            json!({ "frequency": { "unit": "HOUR", "value": 1 } }),
            "/detail/frequency/unit",
            json!("HOUR"),
        ),
        (
            json!({ "context": [{ "key": "purposeCode", "value": "104" }] }),
            "/detail/purpose/code",
            json!("104"),
        ),
        (json!({ "PAN": "" }), "/PAN", json!("")),
        (
            json!({ "additionalParams": { "tags": ["Loan_Tracking"] } }),
            "/tags",
            json!(["Loan_Tracking"]),
        ),
        (
            json!({ "redirectUrl": "https://fiu.example/back?keep=1" }),
            "/redirectUrl",
            json!("https://fiu.example/back?keep=1"),
        ),
        (json!({ "somethingElse": [1] }), "/status", json!("PENDING")),
    ] {
        let answer = bench
            .post("/v2/consents", &consent_request(extra.clone()))
            .await;
        assert_eq!(answer.status, 201, "{extra}: {answer:?}");
        assert_eq!(
            answer.json().pointer(pointer),
            Some(&expected),
            "{extra}: {answer:?}"
        );
    }
}

#[tokio::test]
async fn finvu_holds_consents_to_fair_use() {
    let bench = Bench::new().await;
    let ask = async |handle: &str, extra: Value| {
        let mut request = consent_request(extra);
        request["vua"] = json!(format!("9876543210@{handle}"));
        bench.post("/v2/consents", &request).await
    };
    let hourly = json!({ "frequency": { "unit": "HOUR", "value": 1 } });
    assert_eq!(ask("onemoney", hourly.clone()).await.status, 201);
    let answer = ask("finvu", hourly).await;
    assert!(
        answer
            .error_text()
            .contains("must be less than or equal to 0 per HOUR"),
        "{answer:?}"
    );
    assert_eq!(ask("finvu", json!({})).await.status, 201);
    for extra in [
        json!({ "frequency": { "unit": "DAY", "value": 2 } }),
        json!({ "frequency": { "unit": "INF", "value": 1 } }),
        json!({ "consentDuration": { "unit": "YEAR", "value": 2 } }),
        json!({ "dataLife": { "unit": "YEAR", "value": 1 } }),
        json!({ "dataRange": { "from": "2020-04-01T00:00:00Z", "to": "2023-01-01T00:00:00Z" } }),
    ] {
        assert_eq!(
            ask("finvu", extra.clone()).await.refusal().0,
            400,
            "{extra}"
        );
        assert_eq!(ask("onemoney", extra.clone()).await.status, 201, "{extra}");
    }
}
