//! What the consent pages do not do, whatever a browser sends.

use reqwest::Method;
use reqwest::header::ORIGIN;
use serde_json::json;

use super::{Bench, Customer, MOBILE};

#[tokio::test]
async fn a_mobile_number_must_be_the_customer_s() {
    let bench = Bench::new().await;
    let mut customer = Customer::asked(&bench, json!({})).await;
    for (mobile, text) in [
        ("", "Enter your mobile number"),
        ("12", "Enter a mobile number of ten digits"),
        ("9999999999", "made for another mobile number"),
    ] {
        let seen = customer.fill("", &[("mobile", mobile)]).await;
        assert_eq!(seen.status, 422, "{mobile}");
        seen.shows(&[
            text,
            "<title>Error: ",
            "role=\"alert\"",
            "href=\"#mobile\"",
            "aria-invalid=\"true\"",
            "aria-describedby=\"mobile-hint mobile-error\"",
            &format!("value=\"{mobile}\""),
        ]);
        assert!(customer.cookie.is_none(), "nobody has signed in");
    }
}

#[tokio::test]
async fn a_wrong_code_can_be_given_twice_but_not_three_times() {
    let bench = Bench::new().await;
    let mut customer = Customer::asked(&bench, json!({})).await;
    customer.fill("", &[("mobile", MOBILE)]).await;
    for code in ["", "12345", "abcdef", "1234567"] {
        let seen = customer
            .fill("otp", &[("otp", code), ("attempt", "0")])
            .await;
        assert_eq!(seen.status, 422, "{code}");
        seen.shows(&["Enter the six digits"]);
    }
    let wrong = |attempt| [("otp", "000000"), ("attempt", attempt)];
    customer.fill("otp", &wrong("0")).await.goes_to("otp");
    customer
        .look("otp")
        .await
        .shows(&["You have 2 tries left", "otp-error"]);
    customer.fill("otp", &wrong("0")).await.goes_to("otp");
    customer.look("otp").await.shows(&["You have 2 tries left"]);
    customer.fill("otp", &wrong("1")).await.goes_to("otp");
    customer.look("otp").await.shows(&["You have 1 try left"]);
    let third = customer.fill("otp", &wrong("2")).await;
    assert_eq!((third.status, third.title()), (403, "Too many wrong codes"));
    let after = customer
        .fill("otp", &[("otp", "123456"), ("attempt", "2")])
        .await;
    assert_eq!((after.status, after.title()), (403, "Please sign in again"));
    assert_eq!(customer.status().await, "PENDING");
    customer.sign_in().await;
    assert_eq!(customer.look("request").await.status, 200);
}

#[tokio::test]
async fn a_fip_s_code_has_as_many_tries() {
    let bench = Bench::new().await;
    let mut customer = Customer::asked(&bench, json!({})).await;
    let account = customer.find_accounts().await.remove(0);
    customer.fill("accounts", &[("account", &account)]).await;
    let wrong = |attempt| [("fip", "setu-fip"), ("otp", "111111"), ("attempt", attempt)];
    customer.fill("link", &wrong("0")).await.goes_to("link");
    customer
        .look("link")
        .await
        .shows(&["You have 2 tries left"]);
    let other = [("fip", "setu-fip-2"), ("otp", "123456"), ("attempt", "1")];
    customer.fill("link", &other).await.goes_to("link");
    customer.fill("link", &wrong("1")).await.goes_to("link");
    let third = customer.fill("link", &wrong("2")).await;
    assert_eq!((third.status, third.title()), (403, "Too many wrong codes"));
    assert_eq!(customer.status().await, "PENDING");
}

#[tokio::test]
async fn no_step_can_be_skipped() {
    let bench = Bench::new().await;
    let mut customer = Customer::asked(&bench, json!({})).await;
    let signed_in = [
        "otp",
        "request",
        "institutions",
        "accounts",
        "link",
        "review",
        "reject",
    ];
    for page in signed_in {
        let seen = customer.look(page).await;
        assert_eq!(
            (seen.status, seen.title()),
            (403, "Please sign in again"),
            "{page}"
        );
        let seen = customer.fill(page, &[("reason", "reject_other")]).await;
        assert_eq!(seen.status, 403, "{page}");
    }
    customer.fill("", &[("mobile", MOBILE)]).await;
    for page in &signed_in[1..] {
        customer.look(page).await.goes_to("otp");
        customer
            .fill(page, &[("reason", "reject_other")])
            .await
            .goes_to("otp");
    }
    customer
        .fill("otp", &[("otp", "123456"), ("attempt", "0")])
        .await;
    for page in ["institutions", "accounts", "link", "review"] {
        customer
            .fill(page, &[("fip", "setu-fip")])
            .await
            .goes_to("request");
    }
    customer.fill("request", &[]).await;
    let none = customer
        .fill("institutions", &[("fip", "sleeping-bank")])
        .await;
    assert_eq!(none.status, 422, "it does not answer");
    customer.fill("institutions", &[("fip", "setu-fip")]).await;
    let numbers = super::masked_numbers(&customer.look("accounts").await.text);
    for wrong in [
        vec![],
        vec![("account", "XXXXXXXX0000")],
        vec![("account", "setu-fip-2")],
    ] {
        let seen = customer.fill("accounts", &wrong).await;
        assert_eq!(seen.status, 422, "{wrong:?}");
        seen.shows(&["account-error"]);
    }
    customer.fill("accounts", &[("account", &numbers[0])]).await;
    customer.look("review").await.goes_to("link");
    customer.fill("review", &[]).await.goes_to("link");
    assert_eq!(customer.status().await, "PENDING");
}

#[tokio::test]
async fn a_form_sent_again_leads_to_where_the_visit_is() {
    let bench = Bench::new().await;
    let mut customer = Customer::asked(&bench, json!({})).await;
    customer.review().await;
    for (page, fields) in [
        ("otp", vec![("otp", "123456")]),
        ("link", vec![("fip", "setu-fip"), ("otp", "123456")]),
        ("request", vec![]),
    ] {
        customer.fill(page, &fields).await.goes_to("review");
    }
    assert_eq!(
        customer.look("accounts").await.status,
        200,
        "one can go back"
    );
    customer.fill("review", &[]).await.goes_to("done");
    for page in ["review", "reject", "cancel", "", "otp", "accounts"] {
        customer
            .fill(page, &[("reason", "reject_other"), ("mobile", MOBILE)])
            .await
            .goes_to("done");
    }
    assert_eq!(customer.status().await, "ACTIVE");
    for page in ["review", "accounts", "", "cancel", "reject"] {
        let seen = customer.look(page).await;
        assert_eq!(
            (seen.status, seen.title()),
            (410, "This request has been answered"),
            "{page}"
        );
    }
}

#[tokio::test]
async fn an_account_that_is_linked_need_not_be_linked_again() {
    let bench = Bench::new().await;
    let mut customer = Customer::asked(&bench, json!({})).await;
    let account = customer.review().await;
    let all = super::masked_numbers(&customer.look("accounts").await.text);
    customer
        .fill("accounts", &[("account", &account)])
        .await
        .goes_to("review");
    let both = [("account", all[0].as_str()), ("account", all[1].as_str())];
    customer.fill("accounts", &both).await.goes_to("link");
}

#[tokio::test]
async fn a_visit_is_one_browser_s_and_one_consent_s() {
    let bench = Bench::new().await;
    let mut first = Customer::asked(&bench, json!({})).await;
    first.review().await;
    let mut stranger = Customer::of(&bench, &first.consent);
    assert_eq!(stranger.fill("review", &[]).await.status, 403);
    let mut other = Customer::asked(&bench, json!({})).await;
    other.cookie.clone_from(&first.cookie);
    assert_eq!(other.look("request").await.status, 403);
    stranger.sign_in().await;
    assert_eq!(
        first.fill("review", &[]).await.status,
        403,
        "who signs in later begins anew"
    );
    assert_eq!(first.status().await, "PENDING");
}

#[tokio::test]
async fn answered_expired_and_unknown_links_say_so() {
    let bench = Bench::new().await;
    for (decision, status) in [("approve", "ACTIVE"), ("reject", "REJECTED")] {
        let mut customer = Customer::asked(&bench, json!({})).await;
        customer.sign_in().await;
        bench
            .decide(&customer.consent, json!({ "decision": decision }))
            .await;
        assert_eq!(customer.status().await, status);
        let seen = customer.look("request").await;
        assert_eq!(
            (seen.status, seen.title()),
            (410, "This request has been answered")
        );
        customer.fill("request", &[]).await.goes_to("done");
        assert_eq!(customer.look("done").await.status, 200);
    }
    let mut revoked = Customer::of(&bench, &bench.active_consent(json!({})).await);
    bench.act(&revoked.consent, "revoke").await;
    for page in ["", "done"] {
        let seen = revoked.look(page).await;
        assert_eq!(
            (seen.status, seen.title()),
            (410, "This consent has been revoked"),
            "{page:?}"
        );
    }
    let mut late = Customer::asked(&bench, json!({})).await;
    late.review().await;
    bench.advance("121d").await;
    for page in ["", "review", "done"] {
        let seen = late.look(page).await;
        assert_eq!(
            (seen.status, seen.title()),
            (410, "This request has expired"),
            "{page:?}"
        );
    }
    late.fill("review", &[]).await.goes_to("done");
    assert_eq!(late.status().await, "EXPIRED");

    let mut unknown = Customer::of(&bench, "none");
    for page in ["", "otp", "%ff"] {
        let seen = unknown.look(page).await;
        assert_eq!(
            (seen.status, seen.title()),
            (404, "There is no such request"),
            "{page:?}"
        );
        assert_eq!(unknown.fill(page, &[]).await.status, 404);
    }
    let mut known = Customer::asked(&bench, json!({})).await;
    for page in ["nothing", "otp/more"] {
        assert_eq!(
            known.look(page).await.title(),
            "There is no such page",
            "{page}"
        );
    }
    let request = known.request(Method::DELETE, "otp");
    assert_eq!(known.send(request).await.status, 405);
    assert_eq!(known.fill("done", &[]).await.status, 404);
}

#[tokio::test]
async fn forms_of_other_sites_are_not_taken() {
    let bench = Bench::new().await;
    let mut customer = Customer::asked(&bench, json!({})).await;
    customer.review().await;
    for origin in ["http://other.test", "null"] {
        let request = customer
            .request(Method::POST, "review")
            .header(ORIGIN, origin);
        let seen = customer.send(request).await;
        assert_eq!(
            (seen.status, seen.title()),
            (403, "That form came from elsewhere")
        );
    }
    assert_eq!(customer.status().await, "PENDING");
}

#[tokio::test]
async fn a_fip_that_goes_away_takes_its_accounts_with_it() {
    let bench = Bench::new().await;
    let mut customer = Customer::asked(&bench, json!({})).await;
    customer.review().await;
    bench
        .control(
            Method::PATCH,
            "/_sandbox/setup",
            &json!({ "fips": { "setu-fip": { "status": "INACTIVE" } } }),
        )
        .await;
    customer.fill("review", &[]).await.goes_to("accounts");
    assert_eq!(customer.status().await, "PENDING");
    customer
        .look("accounts")
        .await
        .shows(&["No accounts were found"]);
}

#[tokio::test]
async fn a_sandbox_that_is_set_up_anew_knows_nobody() {
    let bench = Bench::new().await;
    let mut customer = Customer::asked(&bench, json!({})).await;
    customer.sign_in().await;
    bench
        .control(Method::PUT, "/_sandbox/setup", &json!({}))
        .await;
    assert_eq!(
        customer.look("request").await.title(),
        "There is no such request"
    );
}
