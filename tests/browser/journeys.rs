//! What customers do.

use serde_json::json;

use super::sandbox::MOBILE;
use super::{Bench, Browser, Screen, start};

/// From the first page to the request.
async fn sign_in(browser: &Browser, url: &str) {
    browser.open(url).await;
    assert_eq!(browser.heading().await, "Sign in");
    browser.fill("Mobile number", MOBILE).await;
    browser.press("Send a code").await;
    assert_eq!(browser.heading().await, "Enter the code");
    browser.fill("Code", "123456").await;
    browser.press("Continue").await;
    assert_eq!(browser.heading().await, "What is asked of you");
}

/// From the first page to the accounts.
async fn find_accounts(browser: &Browser, url: &str) {
    sign_in(browser, url).await;
    browser.press("Continue").await;
    assert_eq!(browser.heading().await, "Where do you have accounts?");
    browser.press("Find accounts").await;
}

async fn link(browser: &Browser, fip: &str) {
    assert_eq!(
        browser.heading().await,
        format!("Link your accounts at {fip}")
    );
    browser.fill("Code", "123456").await;
    browser.press("Link").await;
}

/// Follows the last page's link, and holds the URL that it leads to against what it should be.
async fn comes_back(browser: &Browser, bench: &Bench, id: &str, rest: &str) {
    browser.press("Return to sandbox-client").await;
    let url = browser.client.current_url().await.expect("a URL");
    let origin = bench.origin();
    let success = rest.is_empty();
    assert_eq!(
        url.as_str(),
        format!("{origin}/_sandbox?case=7&success={success}&id={id}{rest}")
    );
}

async fn approve(screen: Screen) {
    let Some((bench, browser)) = start(screen).await else {
        return;
    };
    let (id, url) = bench.consent(json!({})).await;
    find_accounts(&browser, &url).await;
    browser.choose("Savings account").await;
    browser.press("Continue").await;
    link(&browser, "Setu FIP").await;
    assert_eq!(browser.heading().await, "Do you approve?");
    // A reload and the back button change nothing.
    browser.client.refresh().await.expect("a reload");
    browser.client.back().await.expect("a page before");
    browser.open(&format!("{url}/review")).await;
    assert_eq!(browser.heading().await, "Do you approve?");
    assert_eq!(bench.status(&id).await, "PENDING");
    browser.press("Approve").await;
    assert_eq!(browser.heading().await, "You approved");
    assert_eq!(bench.status(&id).await, "ACTIVE");
    // Browsers may show the page before as it was. Its form is of no use any more.
    browser.client.back().await.expect("a page before");
    if browser.heading().await == "Do you approve?" {
        browser.press("Approve").await;
    } else {
        browser.press("See what came of it").await;
    }
    assert_eq!(browser.heading().await, "You approved");
    comes_back(&browser, &bench, &id, "").await;
    browser.close().await;
}

#[tokio::test]
async fn a_customer_approves() {
    approve(Screen::Desktop).await;
}

#[tokio::test]
async fn a_customer_approves_on_a_phone() {
    approve(Screen::Phone).await;
}

#[tokio::test]
async fn a_customer_rejects_with_a_reason() {
    let Some((bench, browser)) = start(Screen::Desktop).await else {
        return;
    };
    let (id, url) = bench.consent(json!({})).await;
    sign_in(&browser, &url).await;
    browser.press("Reject").await;
    browser.press("Reject the request").await;
    assert!(browser.text(".summary").await.contains("Choose a reason"));
    assert_eq!(bench.status(&id).await, "PENDING");
    browser.choose("I do not want to share this data").await;
    browser.press("Reject the request").await;
    assert_eq!(browser.heading().await, "You rejected the request");
    assert_eq!(bench.status(&id).await, "REJECTED");
    let rest = "&errorcode=1&errormsg=reject_not_want_to_share";
    comes_back(&browser, &bench, &id, rest).await;
    browser.close().await;
}

#[tokio::test]
async fn a_customer_cancels_before_signing_in() {
    let Some((bench, browser)) = start(Screen::Desktop).await else {
        return;
    };
    let (id, url) = bench.consent(json!({})).await;
    browser.open(&url).await;
    browser.press("Cancel").await;
    browser.choose("I will answer later").await;
    browser.press("Cancel").await;
    assert_eq!(browser.heading().await, "You cancelled");
    assert_eq!(bench.status(&id).await, "PENDING");
    browser.press("Answer it after all").await;
    assert_eq!(browser.heading().await, "Sign in");
    browser.open(&format!("{url}/done")).await;
    let rest = "&errorcode=5&errormsg=cancel_will_share_later";
    comes_back(&browser, &bench, &id, rest).await;
    browser.close().await;
}

#[tokio::test]
async fn a_wrong_code_can_be_tried_again_and_then_no_more() {
    let Some((bench, browser)) = start(Screen::Phone).await else {
        return;
    };
    let (id, url) = bench.consent(json!({})).await;
    browser.open(&url).await;
    browser.press("Send a code").await;
    for left in ["2 tries", "1 try"] {
        browser.fill("Code", "000000").await;
        browser.press("Continue").await;
        let error = browser.text("#otp-error").await;
        assert!(error.contains(&format!("You have {left} left")), "{error}");
        let title = browser.client.title().await.expect("a title");
        assert!(title.starts_with("Error: "), "{title}");
    }
    browser.fill("Code", "000000").await;
    browser.press("Continue").await;
    assert_eq!(browser.heading().await, "Too many wrong codes");
    browser.press("Begin again").await;
    assert_eq!(browser.heading().await, "Sign in");
    assert_eq!(bench.status(&id).await, "PENDING");
    browser.close().await;
}

#[tokio::test]
async fn a_customer_without_accounts_ends_there() {
    let Some((bench, browser)) = start(Screen::Phone).await else {
        return;
    };
    bench
        .set_up(json!({ "customers": [{ "mobile": MOBILE, "accounts": [] }] }))
        .await;
    let (id, url) = bench.consent(json!({})).await;
    find_accounts(&browser, &url).await;
    assert_eq!(browser.heading().await, "No accounts were found");
    browser.press("End here").await;
    assert_eq!(bench.status(&id).await, "FAILED");
    let rest = "&errorcode=1&errormsg=no_fip_accounts_found";
    comes_back(&browser, &bench, &id, rest).await;
    browser.close().await;
}

#[tokio::test]
async fn a_request_for_one_account_takes_one_account() {
    let Some((bench, browser)) = start(Screen::Desktop).await else {
        return;
    };
    let context = json!([{ "key": "accountSelectionMode", "value": "single" }]);
    let (id, url) = bench.consent(json!({ "context": context })).await;
    find_accounts(&browser, &url).await;
    browser.press("Continue").await;
    let error = browser.text("#account-error").await;
    assert!(error.contains("Choose at least one account"), "{error}");
    browser.choose("Savings account").await;
    browser.choose("Current account").await;
    assert_eq!(browser.count("input:checked").await, 1);
    browser.press("Continue").await;
    link(&browser, "Setu FIP").await;
    assert!(browser.text(".accounts").await.contains("Current account"));
    browser.press("Approve").await;
    assert_eq!(bench.status(&id).await, "ACTIVE");
    browser.close().await;
}

#[tokio::test]
async fn the_sandbox_s_page_moves_the_clock_and_leads_to_consents() {
    let Some((bench, browser)) = start(Screen::Desktop).await else {
        return;
    };
    let (id, _) = bench.consent(json!({})).await;
    browser.open(&format!("{}/_sandbox", bench.origin())).await;
    browser.fill("Move it on by", "121d").await;
    browser.press("Move on").await;
    assert!(
        browser
            .text("#clock")
            .await
            .contains("2025-07-31T00:00:00.000Z")
    );
    assert!(browser.text("#consents").await.contains("EXPIRED"));
    browser.press(&id).await;
    assert_eq!(browser.heading().await, "This request has expired");
    browser.close().await;
}

async fn two_that_must_be_given(screen: Screen) {
    let Some((bench, browser)) = start(screen).await else {
        return;
    };
    let ([first, second], url) = bench.collection(false).await;
    find_accounts(&browser, &url).await;
    browser.choose("Savings account").await;
    browser.press("Continue").await;
    let error = browser.text("#account-error").await;
    assert!(
        error.contains("at least one account for request 2"),
        "{error}"
    );
    browser.choose("Savings account").await;
    browser.choose("Mutual funds").await;
    browser.press("Continue").await;
    link(&browser, "Setu FIP").await;
    link(&browser, "Imaginary Registrar").await;
    assert_eq!(browser.heading().await, "Do you approve?");
    assert_eq!(bench.status(&first).await, "PENDING");
    browser.press("Approve all").await;
    assert_eq!(browser.heading().await, "You approved");
    assert_eq!(bench.status(&first).await, "ACTIVE");
    assert_eq!(bench.status(&second).await, "ACTIVE");
    browser.press("Return to sandbox-client, request 2").await;
    let back = browser.client.current_url().await.expect("a URL");
    let end = format!("success=true&id={second}");
    assert!(back.as_str().ends_with(&end), "{back}");
    browser.close().await;
}

#[tokio::test]
async fn two_consents_that_must_be_given_are_approved_in_one_flow() {
    two_that_must_be_given(Screen::Desktop).await;
}

#[tokio::test]
async fn two_consents_that_must_be_given_are_approved_in_one_flow_on_a_phone() {
    two_that_must_be_given(Screen::Phone).await;
}

#[tokio::test]
async fn the_optional_request_of_a_collection_is_left_out() {
    let Some((bench, browser)) = start(Screen::Phone).await else {
        return;
    };
    let ([first, second], url) = bench.collection(true).await;
    find_accounts(&browser, &url).await;
    browser.choose("Savings account").await;
    browser.press("Continue").await;
    link(&browser, "Setu FIP").await;
    browser.press("Approve without the optional request").await;
    assert_eq!(browser.heading().await, "You approved a part");
    assert_eq!(bench.status(&first).await, "ACTIVE");
    assert_eq!(bench.status(&second).await, "REJECTED");
    browser.close().await;
}
