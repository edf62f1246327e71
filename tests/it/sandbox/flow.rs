//! The way from a login to data.

use reqwest::Method;
use sammati::sandbox::Options;
use serde_json::{Value, json};

use super::{Bench, MOBILE, NOW, consent_request, send, session_request};

#[tokio::test]
async fn from_a_login_to_data() {
    let bench = Bench::new().await;
    let token = bench.log_in().await;
    let with_token = |method, path: &str| {
        bench
            .request(method, path)
            .bearer_auth(&token)
            .header("x-product-instance-id", "sandbox-product")
    };
    let created =
        send(with_token(Method::POST, "/v2/consents").body(consent_request(json!({})).to_string()))
            .await;
    assert_eq!(created.status, 201, "{created:?}");
    let created = created.json();
    let id = created["id"].as_str().unwrap();
    assert_eq!(created["status"], "PENDING");
    assert_eq!(
        created["url"],
        format!("{}/v2/consents/webview/{id}", bench.sandbox.origin())
    );
    assert_eq!(created["detail"]["vua"], format!("{MOBILE}@onemoney"));
    assert_eq!(
        created["detail"]["consentStart"],
        "2025-04-01T00:00:00.000Z"
    );
    assert_eq!(
        created["detail"]["consentExpiry"],
        "2025-07-30T00:00:00.000Z"
    );
    assert_eq!(created["usage"], json!({ "count": "0", "lastUsed": null }));
    assert!(created.get("accountsLinked").is_none());

    assert_eq!(
        bench
            .decide(id, json!({ "decision": "approve", "accounts": "all" }))
            .await
            .status,
        200
    );
    let shown = send(with_token(Method::GET, &format!("/v2/consents/{id}")))
        .await
        .json();
    assert_eq!(shown["status"], "ACTIVE");
    let linked = shown["accountsLinked"].as_array().unwrap();
    assert!(
        linked.len() >= 3
            && linked
                .iter()
                .any(|account| account["fipId"] == "setu-fip-2"),
        "{shown}"
    );

    let session =
        send(with_token(Method::POST, "/v2/sessions").body(session_request(id).to_string())).await;
    assert_eq!(session.status, 201, "{session:?}");
    assert_eq!(session.json()["status"], "PENDING");
    assert_eq!(session.json()["fips"], Value::Null);
    let fetched = bench.fetched(&session).await;
    assert_eq!(fetched["status"], "COMPLETED");
    assert_eq!(fetched["fips"][0]["fipID"], "setu-fip");
    for fip in fetched["fips"].as_array().unwrap() {
        for account in fip["accounts"].as_array().unwrap() {
            assert_eq!(account["FIstatus"], "READY");
            let data = &account["data"]["account"];
            assert_eq!(data["linkedAccRef"], account["linkRefNumber"]);
            assert_eq!(data["type"], "deposit");
            assert_eq!(
                data["transactions"]["transaction"]
                    .as_array()
                    .unwrap()
                    .len(),
                24
            );
            assert_eq!(data["transactions"]["startDate"], "2024-04-01");
            assert_eq!(data["transactions"]["endDate"], "2025-03-31");
            assert_eq!(data["profile"]["holders"]["holder"][0]["mobile"], MOBILE);
            // The clock stands just after the range, so the last transaction's balance is the account's.
            let last = data["transactions"]["transaction"]
                .as_array()
                .unwrap()
                .last()
                .unwrap();
            assert_eq!(data["summary"]["currentBalance"], last["currentBalance"]);
        }
    }
    let expanded = bench
        .get(&format!("/v2/consents/{id}?expanded=true"))
        .await
        .json();
    assert_eq!(
        expanded["usage"],
        json!({ "count": "1", "lastUsed": "2025-04-01T00:00:00.000Z" })
    );
    assert_eq!(
        expanded["detail"]["frequency"],
        json!({ "unit": "MONTH", "value": 30 })
    );
    assert_eq!(expanded["detail"]["purpose"]["code"], "101");
}

#[tokio::test]
async fn keys_come_in_the_order_that_setu_sends_them() {
    let bench = Bench::new().await;
    let created = bench
        .post(
            "/v2/consents",
            &consent_request(json!({ "PAN": "ABCDE1234F" })),
        )
        .await;
    assert_order(
        &created.text,
        &[
            "id",
            "url",
            "status",
            "detail",
            "PAN",
            "redirectUrl",
            "context",
            "usage",
            "tags",
            "traceId",
        ],
    );
    let id = created.json()["id"].as_str().unwrap().to_owned();
    let shown = bench.get(&format!("/v2/consents/{id}")).await;
    assert_order(
        &shown.text,
        &[
            "id",
            "url",
            "status",
            "detail",
            "vua",
            "PAN",
            "context",
            "accountsLinked",
            "tags",
            "traceId",
        ],
    );
    let refused = bench.get("/v2/consents/none").await;
    assert_order(&refused.text, &["traceId", "errorCode", "errorMsg"]);
}

fn assert_order(text: &str, keys: &[&str]) {
    let places: Vec<_> = keys
        .iter()
        .map(|key| text.find(&format!("\"{key}\":")).expect("the key is there"))
        .collect();
    assert!(places.is_sorted(), "{keys:?} in {text}");
}

#[tokio::test]
async fn every_way_to_authenticate_works_where_it_may() {
    for (policy, bearer, client) in [
        ("any", 200, 200),
        ("bearer", 200, 401),
        ("client", 401, 200),
    ] {
        let bench = Bench::set_up(json!({ "auth": policy })).await;
        let token = bench.log_in().await;
        let with = |headers: &[(&str, &str)]| {
            let request = bench
                .request(Method::GET, "/v2/fips")
                .header("x-product-instance-id", "sandbox-product");
            headers.iter().fold(request, |request, (name, value)| {
                request.header(*name, *value)
            })
        };
        let by_token = with(&[("authorization", &format!("Bearer {token}"))]);
        assert_eq!(send(by_token).await.status, bearer, "{policy}");
        for spelling in [
            ["x-client-id", "x-client-secret"],
            ["x-client_id", "x-client-secret"],
            ["x_client_id", "x_client_secret"],
        ] {
            let by_client = with(&[
                (spelling[0], "sandbox-client"),
                (spelling[1], "sandbox-secret"),
            ]);
            assert_eq!(
                send(by_client).await.status,
                client,
                "{policy} {spelling:?}"
            );
        }
        let by_both = with(&[
            ("authorization", &format!("Bearer {token}")),
            ("x-client-id", "sandbox-client"),
            ("x-client-secret", "sandbox-secret"),
        ]);
        assert_eq!(send(by_both).await.status, 200, "{policy}");
    }
}

#[tokio::test]
async fn the_customer_may_choose_accounts_reject_or_cancel() {
    let bench = Bench::new().await;
    let id = bench.consent(json!({})).await;
    let cancelled = bench
        .decide(
            &id,
            json!({ "decision": "cancel", "reason": "cancel_will_share_later" }),
        )
        .await;
    assert_eq!(
        (cancelled.status, &cancelled.json()["status"]),
        (200, &json!("PENDING"))
    );
    let unknown = bench
        .decide(&id, json!({ "accounts": ["no-such-fip"] }))
        .await;
    assert_eq!(unknown.status, 422, "{unknown:?}");
    assert!(unknown.error_text().contains("no-such-fip"));
    let approved = bench
        .decide(&id, json!({ "accounts": ["setu-fip-2"] }))
        .await;
    assert_eq!(
        approved.json()["accounts"].as_array().unwrap().len(),
        1,
        "{approved:?}"
    );
    let again = bench.decide(&id, json!({ "decision": "reject" })).await;
    assert_eq!(again.status, 409, "{again:?}");
    let masked = approved.json()["accounts"][0]["maskedAccNumber"]
        .as_str()
        .unwrap()
        .to_owned();
    let other = bench.consent(json!({})).await;
    let by_number = bench.decide(&other, json!({ "accounts": [masked] })).await;
    assert_eq!(by_number.json()["accounts"], approved.json()["accounts"]);

    let rejected = bench.consent(json!({})).await;
    let answer = bench
        .decide(
            &rejected,
            json!({ "decision": "reject", "reason": "reject_other" }),
        )
        .await;
    assert_eq!(answer.json()["status"], "REJECTED");
    assert_eq!(bench.decide("none", json!({})).await.status, 404);
}

#[tokio::test]
async fn the_same_seed_and_requests_give_the_same_answers() {
    async fn story(setup: Value, options: Options) -> String {
        let bench = Bench::with_options(options).await;
        bench.control(Method::PUT, "/_sandbox/setup", &setup).await;
        let token = bench.log_in().await;
        let consent = bench
            .post("/v2/consents", &consent_request(json!({})))
            .await;
        let id = consent.json()["id"].as_str().unwrap().to_owned();
        bench.decide(&id, json!({})).await;
        let shown = bench.get(&format!("/v2/consents/{id}?expanded=true")).await;
        let session = bench.session(&id).await;
        let fetched = bench.fetched(&session).await;
        let refused = bench.session("none").await;
        let fips = bench.get("/v2/fips?expanded=true").await;
        format!(
            "{token}\n{}\n{}\n{}\n{fetched}\n{}\n{}",
            consent.text, shown.text, session.text, refused.text, fips.text
        )
        .replace(bench.sandbox.origin(), "ORIGIN")
    }
    let first = story(json!({ "clock": NOW }), Options::default()).await;
    assert_eq!(
        story(json!({ "clock": NOW }), Options::default()).await,
        first
    );
    let seventh = story(json!({ "clock": NOW, "seed": 7 }), Options::default()).await;
    assert_ne!(seventh, first);
    assert_eq!(
        story(
            json!({ "clock": NOW }),
            Options {
                seed: 7,
                ..Options::default()
            }
        )
        .await,
        seventh
    );
}

#[tokio::test]
async fn a_customer_without_accounts_cannot_approve() {
    let bench = Bench::set_up(json!({ "customers": [{ "mobile": MOBILE, "accounts": [] }] })).await;
    let id = bench.consent(json!({})).await;
    let answer = bench
        .decide(&id, json!({ "decision": "approve" }))
        .await
        .json();
    assert_eq!(
        (&answer["status"], &answer["reason"]),
        (&json!("FAILED"), &json!("no_fip_accounts_found"))
    );
    assert_eq!(
        bench.get(&format!("/v2/consents/{id}")).await.json()["status"],
        "FAILED"
    );
}
