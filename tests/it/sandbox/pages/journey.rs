//! The customer's way from the first page to the last.

use reqwest::Method;
use serde_json::json;

use super::super::send;
use super::{Bench, Customer, MOBILE, consent_request, context, masked_numbers};

#[tokio::test]
async fn a_customer_signs_in_chooses_links_and_approves() {
    let bench = Bench::new().await;
    let redirect = json!({ "redirectUrl": "https://client.test/back?case=7" });
    let mut customer = Customer::asked(&bench, redirect).await;
    let first = customer.look("").await;
    first.shows(&["<html lang=\"en\">", "sandbox-client", MOBILE, "PENDING"]);
    customer
        .fill("", &[("mobile", "98765 43210")])
        .await
        .goes_to("otp");
    customer.look("otp").await.shows(&["one-time-code", MOBILE]);
    customer
        .fill("otp", &[("otp", "123-456"), ("attempt", "0")])
        .await
        .goes_to("request");
    customer.look("request").await.shows(&[
        "sandbox-client",
        "Wealth management service",
        "bank accounts",
        "Your transactions from 1 April 2024 to 31 March 2025",
        "From 1 April 2025 to 30 July 2025",
        "Up to 30 times a month",
        "It is stored for 1 month",
    ]);
    customer.fill("request", &[]).await.goes_to("institutions");
    let fips = customer.look("institutions").await;
    fips.shows(&[
        "Setu FIP 2",
        "Sleeping Bank",
        "Does not answer at the moment",
    ]);
    assert!(
        !fips.text.contains("Dreamland Pensions"),
        "it has no deposits"
    );
    customer
        .fill(
            "institutions",
            &[("fip", "setu-fip"), ("fip", "setu-fip-2")],
        )
        .await
        .goes_to("accounts");
    let accounts = masked_numbers(&customer.look("accounts").await.text);
    assert!(accounts.len() > 2, "{accounts:?}");
    let last = accounts.last().unwrap().clone();
    customer
        .fill("accounts", &[("account", &accounts[0]), ("account", &last)])
        .await
        .goes_to("link");
    let link = customer.look("link").await;
    assert_eq!(link.title(), "Link your accounts at Setu FIP");
    assert!(link.text.contains(&accounts[0]) && !link.text.contains(&last));
    customer
        .fill("link", &[("fip", "setu-fip"), ("otp", "123456")])
        .await
        .goes_to("link");
    assert_eq!(
        customer.look("link").await.title(),
        "Link your accounts at Setu FIP 2"
    );
    customer
        .fill("link", &[("fip", "setu-fip-2"), ("otp", "123456")])
        .await
        .goes_to("review");
    customer
        .look("review")
        .await
        .shows(&["Up to 30 times a month", &accounts[0], &last]);
    assert_eq!(
        customer.status().await,
        "PENDING",
        "nothing is approved yet"
    );
    customer.fill("review", &[]).await.goes_to("done");
    let done = customer.look("done").await;
    let back = format!(
        "href=\"https://client.test/back?case=7&amp;success=true&amp;id={}\"",
        customer.consent
    );
    done.shows(&["You approved", &back]);

    let consent = bench
        .get(&format!("/v2/consents/{}", customer.consent))
        .await
        .json();
    let linked: Vec<&str> = consent["accountsLinked"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|account| account["maskedAccNumber"].as_str())
        .collect();
    assert_eq!(
        (consent["status"].as_str(), linked),
        (Some("ACTIVE"), vec![accounts[0].as_str(), last.as_str()])
    );
}

#[tokio::test]
async fn a_customer_rejects_with_a_reason() {
    let bench = Bench::new().await;
    let mut customer = Customer::asked(&bench, json!({})).await;
    customer.sign_in().await;
    let without = customer.fill("reject", &[("reason", "because")]).await;
    assert_eq!(without.status, 422);
    without.shows(&[
        "Choose a reason",
        "aria-describedby=\"reason-hint reason-error\"",
    ]);
    assert_eq!(customer.status().await, "PENDING");
    customer
        .fill("reject", &[("reason", "reject_not_want_to_share")])
        .await
        .goes_to("done");
    assert_eq!(customer.status().await, "REJECTED");
    customer.look("done").await.shows(&[
        "You rejected the request",
        "success=false&amp;id=",
        "&amp;errorcode=1&amp;errormsg=reject_not_want_to_share",
    ]);
}

#[tokio::test]
async fn a_customer_cancels_before_signing_in_and_can_come_back() {
    let bench = Bench::new().await;
    let mut customer = Customer::asked(&bench, json!({})).await;
    customer.look("done").await.goes_to("");
    assert_eq!(customer.fill("cancel", &[]).await.status, 422);
    let fields = [
        ("reason", "cancel_will_share_later"),
        ("cancellations", "0"),
    ];
    customer.fill("cancel", &fields).await.goes_to("done");
    customer.look("done").await.shows(&[
        "You cancelled",
        "&amp;errorcode=5&amp;errormsg=cancel_will_share_later",
    ]);
    let again = [("reason", "cancel_not_understand"), ("cancellations", "0")];
    customer.fill("cancel", &again).await.goes_to("done");
    customer
        .look("done")
        .await
        .shows(&["cancel_will_share_later"]);
    assert_eq!(customer.status().await, "PENDING");
    customer.review().await;
    customer.fill("review", &[]).await.goes_to("done");
    assert_eq!(customer.status().await, "ACTIVE");
}

#[tokio::test]
async fn a_customer_without_accounts_makes_the_consent_fail() {
    let bench = Bench::new().await;
    bench
        .control(
            Method::PATCH,
            "/_sandbox/setup",
            &json!({ "customers": [{ "mobile": MOBILE, "accounts": [] }] }),
        )
        .await;
    let mut customer = Customer::asked(&bench, json!({})).await;
    assert_eq!(customer.find_accounts().await, Vec::<String>::new());
    customer
        .look("accounts")
        .await
        .shows(&["No accounts were found", "End here"]);
    assert_eq!(customer.status().await, "PENDING");
    customer.fill("accounts", &[]).await.goes_to("done");
    assert_eq!(customer.status().await, "FAILED");
    customer
        .look("done")
        .await
        .shows(&["errorcode=1&amp;errormsg=no_fip_accounts_found"]);
}

#[tokio::test]
async fn accounts_elsewhere_do_not_make_the_consent_fail() {
    let bench = Bench::new().await;
    let only_there = json!([{ "fip": "setu-fip-2" }]);
    bench
        .control(
            Method::PATCH,
            "/_sandbox/setup",
            &json!({ "customers": [{ "mobile": MOBILE, "accounts": only_there }] }),
        )
        .await;
    let mut customer = Customer::asked(&bench, json!({})).await;
    assert_eq!(customer.find_accounts().await, Vec::<String>::new());
    let page = customer.look("accounts").await;
    assert!(!page.text.contains("End here"), "{}", page.text);
    assert_eq!(customer.fill("accounts", &[]).await.status, 422);
    assert_eq!(customer.status().await, "PENDING");
    customer
        .fill("institutions", &[("fip", "setu-fip-2")])
        .await
        .goes_to("accounts");
    let page = customer.look("accounts").await;
    assert_eq!(masked_numbers(&page.text).len(), 1);
    page.shows(&[" checked"]);
}

#[tokio::test]
async fn one_account_only_is_one_account_only() {
    let bench = Bench::new().await;
    let mut customer = Customer::asked(&bench, context("accountSelectionMode", "single")).await;
    let accounts = customer.find_accounts().await;
    let page = customer.look("accounts").await;
    page.shows(&["type=\"radio\"", "You can share one account"]);
    let both = customer
        .fill(
            "accounts",
            &[("account", &accounts[0]), ("account", &accounts[1])],
        )
        .await;
    assert_eq!(both.status, 422);
    both.shows(&["Choose one account only"]);
    customer
        .fill("accounts", &[("account", &accounts[1])])
        .await
        .goes_to("link");
}

#[tokio::test]
async fn the_context_steers_the_way() {
    let bench = Bench::new().await;
    let mut guided = Customer::asked(&bench, context("fipId", "setu-fip-2")).await;
    guided.sign_in().await;
    guided.fill("request", &[]).await.goes_to("accounts");
    assert_eq!(masked_numbers(&guided.look("accounts").await.text).len(), 1);
    guided.look("institutions").await.goes_to("accounts");

    let mut without = Customer::asked(&bench, context("excludeFipIds", "setu-fip")).await;
    without.read().await;
    let page = without.look("institutions").await;
    assert!(!page.text.contains("value=\"setu-fip\""), "{}", page.text);

    let mut last = Customer::asked(&bench, context("consentReviewAt", "last")).await;
    last.fill("", &[("mobile", MOBILE)]).await;
    last.fill("otp", &[("otp", "123456")])
        .await
        .goes_to("institutions");

    let mut first = Customer::asked(&bench, context("consentReviewAt", "first")).await;
    first.review().await;
    let page = first.look("review").await;
    page.shows(&["the request that you have read"]);
    assert!(!page.text.contains("Up to 30 times"), "{}", page.text);

    let mut all = Customer::asked(&bench, context("accountSelectionMode", "multi-opt-out")).await;
    let accounts = all.find_accounts().await;
    let page = all.look("accounts").await;
    assert_eq!(page.text.matches(" checked").count(), accounts.len());
}

#[tokio::test]
async fn what_clients_send_is_never_markup() {
    let bench = Bench::new().await;
    let evil = "<script>alert(1)</script>\"'&";
    let request = json!({
        "context": [{ "key": "purposeDescription", "value": evil }],
        "redirectUrl": "javascript:alert('<script>')",
    });
    let mut customer = Customer::asked(&bench, request).await;
    customer.sign_in().await;
    let page = customer.look("request").await;
    page.shows(&["&lt;script&gt;alert(1)&lt;/script&gt;"]);
    assert!(!page.text.contains("<script"), "{}", page.text);
    let typed = customer.fill("", &[("mobile", "\"><script>")]).await;
    typed.shows(&["&quot;&gt;&lt;script&gt;"]);
    assert!(!typed.text.contains("<script"), "{}", typed.text);
    customer
        .fill("reject", &[("reason", "reject_other")])
        .await
        .goes_to("done");
    let done = customer.look("done").await;
    done.shows(&["nowhere to return to"]);
    assert!(!done.text.contains("href=\"javascript"), "{}", done.text);
    let overview = send(bench.request(Method::GET, "/_sandbox")).await;
    assert!(!overview.text.contains("<script"), "{}", overview.text);
}

#[tokio::test]
async fn the_pages_and_the_control_interface_decide_alike() {
    let bench = Bench::new().await;
    let mut customer = Customer::asked(&bench, json!({})).await;
    let account = customer.review().await;
    customer.fill("review", &[]).await;
    let other = bench.consent(json!({})).await;
    let decided = bench
        .decide(
            &other,
            json!({ "decision": "approve", "accounts": [account] }),
        )
        .await;
    assert_eq!(decided.status, 200);
    let get = async |id: &str| {
        let mut consent = bench
            .get(&format!("/v2/consents/{id}?expanded=true"))
            .await
            .json();
        for key in ["id", "url", "traceId"] {
            consent[key] = json!(null);
        }
        consent
    };
    assert_eq!(get(&customer.consent).await, get(&other).await);
    assert_eq!(consent_request(json!({}))["vua"], MOBILE);
}
