//! How the gateway says no to callers, paths and bodies of any kind.

use reqwest::Method;
use sammati::sandbox::Options;
use serde_json::{Value, json};

use super::{Answer, Bench, NOW, send};

pub(super) fn refused(answer: &Answer, status: u16, code: &str, message: &str) {
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
        if path.starts_with("/v2/fips") {
            assert_eq!(no_product.status, 200, "v1 has no product: {no_product:?}");
        } else {
            refused(&no_product, 400, "InvalidRequest", "Invalid request body");
        }
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
async fn queries_are_checked_and_unknown_things_not_found() {
    let bench = Bench::new().await;
    refused(
        &bench.get("/v2/consents/none").await,
        404,
        "NotFound",
        "Consent not found",
    );
    refused(
        &bench.get("/v2/consents/%FF").await,
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
    let answer = send(
        bench
            .authorized(Method::POST, "/v2/consents")
            .body(too_large.clone()),
    )
    .await;
    refused(&answer, 413, "InvalidRequest", "Request body is too large");
    let answer = send(
        bench
            .request(Method::PUT, "/_sandbox/setup")
            .body(too_large),
    )
    .await;
    assert_eq!(
        (answer.status, answer.error_text().as_str()),
        (413, "the body is larger than 1 MiB")
    );
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

#[tokio::test]
async fn strange_requests_are_survived() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let bench = Bench::new().await;
    let address = bench.sandbox.origin().trim_start_matches("http://");
    for line in [
        "CONNECT elsewhere:443 HTTP/1.1",
        "OPTIONS * HTTP/1.1",
        "GET http://elsewhere/v2/fips HTTP/1.1",
        "GET //v2//fips HTTP/1.1",
        "GET /v2/fips?%FF=%00&aa=%ZZ HTTP/1.1",
        "BREW /v2/consents HTTP/1.1",
        "GET /_sandbox/consents/%FF/state HTTP/1.1",
        "nonsense",
        "\0\0\0",
    ] {
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let text = format!("{line}\r\nhost: sandbox\r\nconnection: close\r\n\r\n");
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut wire = Vec::new();
        stream.read_to_end(&mut wire).await.unwrap();
        let head = String::from_utf8_lossy(&wire);
        assert!(head.starts_with("HTTP/1.1 4"), "{line}: {head}");
    }
    // Numbers and dates at the ends of what JSON and the calendar have.
    for extra in [
        json!({ "dataRange": { "from": "0000-01-01T00:00:00Z", "to": "9999-12-30T22:00:00Z" } }),
        json!({ "consentDateRange": { "startDate": "0000-01-01T00:00:00Z", "endDate": "9999-12-30T22:00:00Z" } }),
        json!({ "dataLife": { "unit": "INF", "value": u32::MAX } }),
        json!({ "frequency": { "unit": "INF", "value": u32::MAX } }),
        json!({ "frequency": { "unit": "INF", "value": i64::MAX } }),
        json!({ "consentDuration": { "unit": "DAY", "value": u64::MAX } }),
        json!({ "consentDuration": { "unit": "DAY", "value": "99999999999999999999" } }),
    ] {
        let answer = bench
            .post("/v2/consents", &super::consent_request(extra.clone()))
            .await;
        assert!(matches!(answer.status, 201 | 400), "{extra}: {answer:?}");
        if answer.status == 201 {
            let id = answer.json()["id"].as_str().unwrap().to_owned();
            bench.decide(&id, json!({})).await;
            let mut request = super::session_request(&id);
            request["dataRange"] = answer.json()["detail"]["dataRange"].clone();
            let session = bench.post("/v2/sessions", &request).await;
            assert!(bench.fetched(&session).await["fips"].is_array(), "{extra}");
        }
    }
}
