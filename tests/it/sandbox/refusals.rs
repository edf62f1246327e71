//! Every documented way in which the gateway says no.

use reqwest::Method;
use sammati::sandbox::Options;
use serde_json::{Value, json};

use super::{Answer, Bench, NOW, consent_request, send, session_request};

fn refused(answer: &Answer, status: u16, code: &str, message: &str) {
    assert_eq!(
        answer.refusal(),
        (status, code.to_owned(), message.to_owned())
    );
}

/// The refusals of the API gateway in front of Setu's have one key only.
fn turned_away(answer: &Answer, status: u16, message: &str) {
    assert_eq!(
        (answer.status, answer.json()),
        (status, json!({ "message": message }))
    );
}

#[tokio::test]
async fn logins_are_checked() {
    let bench = Bench::new().await;
    let good = json!({ "clientID": "sandbox-client", "grant_type": "client_credentials", "secret": "sandbox-secret" });
    let with = |key: &str, value: Value| {
        let mut body = good.clone();
        body[key] = value;
        body
    };
    let without = |key: &str| {
        let mut body = good.clone();
        body.as_object_mut().unwrap().remove(key);
        body
    };
    let log_in = |body: Value| {
        send(
            bench
                .request(Method::POST, "/v1/users/login")
                .header("client", "bridge")
                .body(body.to_string()),
        )
    };
    for body in [
        without("clientID"),
        without("grant_type"),
        without("secret"),
        with("grant_type", json!("password")),
        with("secret", json!(7)),
        json!([]),
    ] {
        refused(
            &log_in(body).await,
            400,
            "InvalidRequest",
            "Invalid request body",
        );
    }
    for body in [
        with("secret", json!("wrong")),
        with("clientID", json!("wrong")),
    ] {
        refused(
            &log_in(body).await,
            400,
            "InvalidRequest",
            "Invalid client credentials",
        );
    }
    let no_header = send(
        bench
            .request(Method::POST, "/v1/users/login")
            .body(good.to_string()),
    )
    .await;
    assert_eq!(no_header.refusal().0, 400);
    let other = bench
        .request(Method::POST, "/v1/users/login")
        .header("client", "browser")
        .body(good.to_string());
    assert_eq!(send(other).await.refusal().0, 400);
}

#[tokio::test]
async fn tokens_are_checked_as_the_api_gateway_does() {
    use base64::Engine as _;
    let encode =
        |value: Value| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(value.to_string());
    let bench = Bench::new().await;
    let token = bench.log_in().await;
    let ask = |authorization: String| {
        let request = bench
            .request(Method::GET, "/v2/fips")
            .header("x-product-instance-id", "sandbox-product");
        send(request.header("authorization", authorization))
    };
    let parts: Vec<&str> = token.split('.').collect();
    let issuer = "https://auth-v2.setu.co/realms/setu";
    let cases = [
        ("Bearer nonsense".to_owned(), 401, "Bad token; invalid JSON"),
        ("Bearer a.b.c".to_owned(), 401, "Bad token; invalid JSON"),
        ("Basic abc".to_owned(), 401, "Unauthorized"),
        ("Bearer ".to_owned(), 401, "Unauthorized"),
        (
            format!("Bearer {}.{}.AAAA", parts[0], parts[1]),
            401,
            "Invalid token signature",
        ),
        (
            format!(
                "Bearer {}.{}.AAAA",
                parts[0],
                encode(json!({ "iss": "https://elsewhere.example" }))
            ),
            401,
            "Token issuer not allowed",
        ),
        (
            format!(
                "Bearer {}.{}.AAAA",
                encode(json!({ "alg": "none" })),
                encode(json!({ "iss": issuer }))
            ),
            403,
            "Invalid algorithm",
        ),
    ];
    for (authorization, status, message) in cases {
        turned_away(&ask(authorization).await, status, message);
    }
    let good = format!("Bearer {token}");
    assert_eq!(ask(good.clone()).await.status, 200);
    bench.advance("29m59s").await;
    assert_eq!(ask(good.clone()).await.status, 200);
    bench.advance("1s").await;
    turned_away(
        &ask(good.clone()).await,
        401,
        "Token claims invalid: [\"exp\"]=\"token expired\"",
    );
    // A new set-up forgets the tokens of the old one.
    bench
        .control(Method::PUT, "/_sandbox/setup", &json!({ "clock": NOW }))
        .await;
    turned_away(&ask(good).await, 401, "Invalid token signature");
}

#[tokio::test]
async fn credentials_and_product_are_asked_for_first() {
    let bench = Bench::new().await;
    let calls = [
        (Method::POST, "/v2/consents"),
        (Method::GET, "/v2/consents/1"),
        (Method::POST, "/v2/consents/1/revoke"),
        (Method::POST, "/v2/sessions"),
        (Method::GET, "/v2/sessions/1"),
        (Method::GET, "/v2/fips"),
        (Method::GET, "/v2/fips/setu-fip"),
    ];
    for (method, path) in calls {
        turned_away(
            &send(bench.request(method.clone(), path)).await,
            401,
            "Unauthorized",
        );
        let client = |secret: &str| {
            bench
                .request(method.clone(), path)
                .header("x-client-id", "sandbox-client")
                .header("x-client-secret", secret)
        };
        turned_away(&send(client("wrong")).await, 401, "Unauthorized");
        let no_product = send(client("sandbox-secret")).await;
        refused(&no_product, 400, "InvalidRequest", "Invalid request body");
        let other_product =
            send(client("sandbox-secret").header("x-product-instance-id", "other")).await;
        refused(
            &other_product,
            404,
            "NotFound",
            "Config not found for provided product instance. Please check the product instance id",
        );
    }
}

#[tokio::test]
async fn paths_of_other_versions_and_of_none() {
    let bench = Bench::new().await;
    let token = bench.log_in().await;
    for path in [
        "/consents",
        "/sessions",
        "/fips",
        "/consents/1",
        "/account-availability",
    ] {
        let answer = send(bench.request(Method::GET, path).bearer_auth(&token)).await;
        turned_away(&answer, 401, "Token issuer not allowed");
    }
    for path in [
        "/v2/FI/fetch/1",
        "/v2",
        "/",
        "/v2/consents/1/unknown",
        "/nowhere",
    ] {
        assert_eq!(bench.get(path).await.refusal().0, 404, "{path}");
    }
    assert_eq!(
        send(bench.authorized(Method::DELETE, "/v2/consents"))
            .await
            .refusal()
            .0,
        404
    );
}

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

#[tokio::test]
async fn queries_are_checked_and_unknown_things_not_found() {
    let bench = Bench::new().await;
    refused(
        &bench.get("/v2/consents/none").await,
        404,
        "NotFound",
        "Consent not found",
    );
    refused(
        &bench.get("/v2/fips/none").await,
        404,
        "NotFound",
        "FIP not found",
    );
    for path in [
        "/v2/fips?status=BUSY",
        "/v2/fips?expanded=maybe",
        "/v2/consents/none?expanded=1",
    ] {
        refused(
            &bench.get(path).await,
            400,
            "InvalidRequest",
            "Invalid request body",
        );
    }
}

#[tokio::test]
async fn bodies_have_a_limit() {
    let bench = Bench::new().await;
    let just_right = " ".repeat(1024 * 1024);
    let answer = send(
        bench
            .authorized(Method::POST, "/v2/consents")
            .body(just_right.clone()),
    )
    .await;
    assert_eq!(answer.refusal().0, 400);
    let too_large = format!("{just_right} ");
    for path in ["/v2/consents", "/_sandbox/setup"] {
        let answer = send(bench.authorized(Method::POST, path).body(too_large.clone())).await;
        assert_eq!(
            answer.refusal(),
            (
                413,
                "InvalidRequest".to_owned(),
                "Request body is too large".to_owned()
            )
        );
    }
}

#[tokio::test]
async fn trace_ids_carry_the_time_of_the_request_and_differ() {
    let bench = Bench::with_options(Options::default()).await;
    bench
        .control(
            Method::PUT,
            "/_sandbox/setup",
            &json!({ "clock": "2025-08-19T16:46:57Z" }),
        )
        .await;
    let first = bench.get("/v2/consents/none").await.json()["traceId"]
        .as_str()
        .unwrap()
        .to_owned();
    let second = bench.get("/v2/consents/none").await.json()["traceId"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        first.starts_with("1-68a4aa81-") && first.len() == 35,
        "{first}"
    );
    assert_ne!(first, second);
}
