//! The first version of the API: its own credentials, its own spelling, the same consents.

use reqwest::Method;
use serde_json::{Value, json};

use super::refusals::refused;
use super::{Answer, Bench, MOBILE, NOW, send};
use crate::run::server::{Server, json as json_reply};

fn request() -> Value {
    json!({
        "Detail": {
            "consentStart": NOW,
            "consentExpiry": "2025-08-01T00:00:00Z",
            "Customer": { "id": format!("{MOBILE}@onemoney") },
            "FIDataRange": { "from": "2024-04-01T00:00:00Z", "to": "2025-03-31T23:59:59Z" },
            "consentMode": "STORE",
            "consentTypes": ["PROFILE", "SUMMARY"],
            "fetchType": "PERIODIC",
            "Frequency": { "value": 30, "unit": "MONTH" },
            "DataFilter": [{ "type": "TRANSACTIONAMOUNT", "operator": ">=", "value": "5000" }],
            "DataLife": { "value": 1, "unit": "MONTH" },
            "DataConsumer": { "id": "our-fiu" },
            "Purpose": {
                "Category": { "type": "Personal Finance" },
                "code": "101",
                "text": "A loan",
                "refUri": "https://api.rebit.org.in/aa/purpose/101.xml",
            },
            "fiTypes": ["DEPOSIT"],
        },
        "context": [{ "key": "accounttype", "value": "SAVINGS" }],
        "redirectUrl": "https://shop.test/back",
    })
}

fn call(bench: &Bench, method: Method, path: &str) -> reqwest::RequestBuilder {
    bench
        .request(method, path)
        .header("x-client-id", "sandbox-client")
        .header("x-client-secret", "sandbox-secret")
}

async fn post(bench: &Bench, path: &str, body: &Value) -> Answer {
    send(call(bench, Method::POST, path).body(body.to_string())).await
}

async fn get(bench: &Bench, path: &str) -> Answer {
    send(call(bench, Method::GET, path)).await
}

#[tokio::test]
async fn a_consent_is_spelt_with_capitals_and_repeats_what_was_asked() {
    let bench = Bench::new().await;
    let answer = post(&bench, "/consents", &request()).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let created = answer.json();
    let id = created["id"].as_str().unwrap().to_owned();
    let mut detail = request()["Detail"].clone();
    detail["consentStart"] = json!("2025-04-01T00:00:00.000Z");
    detail["consentExpiry"] = json!("2025-08-01T00:00:00.000Z");
    detail["FIDataRange"] =
        json!({ "from": "2024-04-01T00:00:00.000Z", "to": "2025-03-31T23:59:59.000Z" });
    let url = format!("{}/consents/webview/{id}", bench.sandbox.origin());
    let mut expected = json!({
        "id": id,
        "url": url,
        "status": "PENDING",
        "Detail": detail,
        "context": [{ "key": "accounttype", "value": "SAVINGS" }],
        "redirectUrl": "https://shop.test/back",
    });
    assert_eq!(created, expected);

    bench.decide(&id, json!({ "accounts": ["setu-fip"] })).await;
    let shown = get(&bench, &format!("/consents/{id}")).await.json();
    let v2 = bench.get(&format!("/v2/consents/{id}")).await.json();
    assert_eq!(v2["accountsLinked"][0]["fipId"], "setu-fip");
    expected["status"] = json!("ACTIVE");
    expected["Usage"] = json!({ "count": "0", "lastUsed": null });
    expected["Accounts"] = v2["accountsLinked"].clone();
    assert_eq!(shown, expected);
}

#[tokio::test]
async fn what_makes_up_a_consent_must_be_there() {
    let bench = Bench::new().await;
    for key in [
        "consentStart",
        "consentExpiry",
        "Customer",
        "FIDataRange",
        "consentMode",
        "consentTypes",
        "fetchType",
        "Frequency",
        "DataLife",
        "DataConsumer",
        "Purpose",
        "fiTypes",
    ] {
        let mut body = request();
        body["Detail"].as_object_mut().unwrap().remove(key);
        let answer = post(&bench, "/consents", &body).await;
        refused(&answer, 400, "InvalidRequest", "Invalid request body");
    }
    let mut without_options = request();
    without_options["Detail"]
        .as_object_mut()
        .unwrap()
        .remove("DataFilter");
    for key in ["context", "redirectUrl"] {
        without_options.as_object_mut().unwrap().remove(key);
    }
    let answer = post(&bench, "/consents", &without_options).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    assert_eq!(answer.json()["redirectUrl"], "https://setu.co");
    let of_v2 = super::consent_request(json!({}));
    let answer = post(&bench, "/consents", &of_v2).await;
    refused(&answer, 400, "InvalidRequest", "Invalid request body");
    let answer = get(&bench, "/consents/none").await;
    refused(&answer, 404, "NotFound", "Consent not found");
}

#[tokio::test]
async fn a_session_has_a_payload_of_decrypted_data() {
    let bench = Bench::set_up(json!({
        "clock": NOW,
        "customers": [{ "mobile": MOBILE, "accounts": [
            { "fip": "setu-fip" },
            { "fip": "setu-fip", "fetch": "failed" },
            { "fip": "setu-fip-2", "fetch": "timeout" },
        ] }],
    }))
    .await;
    let created = post(&bench, "/consents", &request()).await.json();
    let id = created["id"].as_str().unwrap();
    bench.decide(id, json!({})).await;
    let mut wanted = json!({
        "consentId": id,
        "DataRange": { "from": "2024-05-01T00:00:00Z", "to": "2024-05-31T00:00:00Z" },
        "format": "json",
    });
    let answer = post(&bench, "/sessions", &wanted).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let session = answer.json();
    let range = json!({ "from": "2024-05-01T00:00:00.000Z", "to": "2024-05-31T00:00:00.000Z" });
    assert_eq!(
        session,
        json!({
            "status": "PENDING", "format": "json", "Payload": null, "id": session["id"],
            "DataRange": range, "consentId": id,
        })
    );
    // The same session is behind v2, whose answers tell when the FIPs have answered.
    let v2 = bench.fetched(&answer).await;
    let path = format!("/sessions/{}", session["id"].as_str().unwrap());
    let shown = get(&bench, &path).await.json();
    assert_eq!(shown["status"], "PARTIAL");
    let account = &v2["fips"][0]["accounts"][0];
    assert_eq!(account["FIstatus"], "READY");
    assert_eq!(
        shown["Payload"],
        json!([{ "fipID": "setu-fip", "data": [{
            "linkRefNumber": account["linkRefNumber"],
            "maskedAccNumber": account["maskedAccNumber"],
            "decryptedFI": account["data"],
        }] }]),
        "only what is there"
    );
    wanted["dataRange"] = wanted["DataRange"].take();
    let answer = post(&bench, "/sessions", &wanted).await;
    refused(&answer, 400, "InvalidRequest", "Invalid request body");
    let answer = get(&bench, "/sessions/none").await;
    refused(&answer, 404, "NotFound", "Data session not found");
}

#[tokio::test]
async fn only_the_client_s_own_credentials_are_taken() {
    let bench = Bench::new().await;
    let token = bench.log_in().await;
    let with_token = call(&bench, Method::GET, "/consents/none").bearer_auth(&token);
    let wrong_secret = bench
        .request(Method::GET, "/consents/none")
        .header("x-client-id", "sandbox-client")
        .header("x-client-secret", "another");
    let none = bench.request(Method::POST, "/sessions").body("{}");
    for (request, message) in [
        (with_token, "Token issuer not allowed"),
        (wrong_secret, "Unauthorized"),
        (none, "Unauthorized"),
    ] {
        let answer = send(request).await;
        assert_eq!(
            (answer.status, answer.json()),
            (401, json!({ "message": message }))
        );
    }
    let bearers_only = Bench::set_up(json!({ "auth": "bearer" })).await;
    assert_eq!(get(&bearers_only, "/consents/none").await.status, 401);
}

#[tokio::test]
async fn its_consent_page_leads_to_the_one_there_is() {
    let bench = Bench::new().await;
    let created = post(&bench, "/consents", &request()).await.json();
    let page = reqwest::get(created["url"].as_str().unwrap())
        .await
        .unwrap();
    assert_eq!(page.status(), 200);
    let id = created["id"].as_str().unwrap();
    assert!(
        page.url()
            .path()
            .ends_with(&format!("/v2/consents/webview/{id}"))
    );
    let page = bench.client.get(format!(
        "{}/consents/webview/a%0d%0ab",
        bench.sandbox.origin()
    ));
    assert_eq!(send(page).await.status, 404);
}

#[tokio::test]
async fn the_fips_of_v2_are_its_fips_too() {
    let bench = Bench::new().await;
    let fips = get(&bench, "/v2/fips").await;
    assert_eq!(fips.status, 200, "{fips:?}");
    let token = bench.log_in().await;
    let no_product = bench.request(Method::GET, "/v2/fips").bearer_auth(token);
    let answer = send(no_product).await;
    refused(&answer, 400, "InvalidRequest", "Invalid request body");
    let elsewhere = get(&bench, "/v2/consents/none").await;
    refused(&elsewhere, 400, "InvalidRequest", "Invalid request body");
}

#[tokio::test]
async fn notifications_are_spelt_as_in_v1() {
    let receiver = Server::start(|_, _| json_reply(200, "{}")).await;
    let bench = Bench::new().await;
    let url = json!({ "url": receiver.origin });
    bench
        .control(Method::PUT, "/_sandbox/notifications", &url)
        .await;
    let consent = async || {
        let answer = post(&bench, "/consents", &request()).await.json();
        answer["id"].as_str().unwrap().to_owned()
    };
    let rejected = consent().await;
    bench
        .decide(&rejected, json!({ "decision": "reject" }))
        .await;
    let id = consent().await;
    bench.decide(&id, json!({ "accounts": ["setu-fip"] })).await;
    let range = json!({ "from": "2024-04-01T00:00:00.000Z", "to": "2025-03-31T23:59:59.000Z" });
    let asked_for = json!({ "consentId": id, "DataRange": range, "format": "json" });
    let session = post(&bench, "/sessions", &asked_for).await.json();
    let asked = receiver.asked_times(3).await;
    let told: Vec<Value> = asked
        .iter()
        .map(|asked| serde_json::from_str(&asked.body).unwrap())
        .collect();
    let at = "2025-04-01T00:00:00.000Z";
    assert_eq!(
        told[0],
        json!({
            "type": "CONSENT_STATUS_UPDATE", "timestamp": at, "consentId": rejected, "success": true,
            "data": null, "error": { "code": "UserRejected", "message": "reject_other" },
        })
    );
    assert_eq!(
        told[1],
        json!({
            "type": "CONSENT_STATUS_UPDATE", "timestamp": at, "consentId": id, "success": true,
            "data": { "status": "ACTIVE", "Detail": {} }, "error": null,
        })
    );
    let linked = get(&bench, &format!("/consents/{id}")).await.json()["Accounts"].clone();
    assert_eq!(linked.as_array().unwrap().len(), 1, "{linked}");
    assert_eq!(
        told[2],
        json!({
            "type": "SESSION_STATUS_UPDATE", "timestamp": at, "consentId": id,
            "dataSessionId": session["id"], "success": true,
            "data": {
                "status": "COMPLETED", "format": "json", "DataRange": range,
                "fips": [{
                    "fipID": "setu-fip",
                    "Accounts": [{
                        "linkRefNumber": linked[0]["linkRefNumber"], "FIStatus": "READY", "description": "",
                    }],
                }],
                "error": { "code": "", "message": "" },
            },
        })
    );
}
