//! The pages of a collection: the same way as a consent's, with one answer to all its requests.

use reqwest::Method;
use reqwest::header::ORIGIN;
use serde_json::{Value, json};

use super::super::{Bench, MOBILE};
use super::{Customer, Seen, context, encoded, masked_numbers};

/// A customer at the pages of a collection, and its two consents: one that must be given, one that must or need not.
async fn asked<'a>(
    bench: &'a Bench,
    [first, second]: [Value; 2],
    is_optional: bool,
) -> (Customer<'a>, [String; 2]) {
    let first = bench.consent(first).await;
    let second = bench.consent(second).await;
    let body = if is_optional {
        json!({ "mandatoryConsents": [first], "optionalConsents": [second] })
    } else {
        json!({ "mandatoryConsents": [first, second] })
    };
    let created = bench.post("/v2/consents/collection", &body).await.json();
    let id = created["consentCollectionId"].as_str().expect("an id");
    (Customer::of(bench, id), [first, second])
}

async fn states(bench: &Bench, ids: &[String; 2]) -> [String; 2] {
    let [first, second] = ids.each_ref().map(|id| Customer::of(bench, id));
    [first.status().await, second.status().await]
}

/// The accounts that a consent was given for, by the ends of their FIPs' names.
async fn linked(bench: &Bench, id: &str) -> Vec<String> {
    let consent = bench.get(&format!("/v2/consents/{id}")).await.json();
    consent["accountsLinked"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|account| account["maskedAccNumber"].as_str())
        .map(str::to_owned)
        .collect()
}

fn deposits_and_funds() -> [Value; 2] {
    [
        json!({ "fiTypes": ["DEPOSIT"] }),
        json!({ "fiTypes": ["MUTUAL_FUNDS"] }),
    ]
}

/// Signs in, reads, and looks at these institutions: the page with the accounts.
async fn find(customer: &mut Customer<'_>, fips: &[&str]) -> Seen {
    customer.read().await;
    let fields: Vec<(&str, &str)> = fips.iter().map(|fip| ("fip", *fip)).collect();
    customer
        .fill("institutions", &fields)
        .await
        .goes_to("accounts");
    customer.look("accounts").await
}

/// Shares these accounts, up to the last question: its page.
async fn share(customer: &mut Customer<'_>, accounts: &[&str], fips: &[&str]) -> Seen {
    let fields: Vec<(&str, &str)> = accounts.iter().map(|one| ("account", *one)).collect();
    customer.fill("accounts", &fields).await.goes_to("link");
    for (number, fip) in fips.iter().enumerate() {
        let next = if number + 1 == fips.len() {
            "review"
        } else {
            "link"
        };
        customer
            .fill("link", &[("fip", fip), ("otp", "123456")])
            .await
            .goes_to(next);
    }
    customer.look("review").await
}

const BOTH: [&str; 2] = ["setu-fip", "imaginary-registrar"];

#[tokio::test]
async fn accounts_go_to_the_requests_that_offer_them() {
    let bench = Bench::new().await;
    let (mut customer, ids) = asked(&bench, deposits_and_funds(), false).await;
    customer
        .look("")
        .await
        .shows(&["the requests", &ids[0], &ids[1]]);
    customer.sign_in().await;
    customer.look("request").await.shows(&[
        "asks for 2 consents",
        "Both must be given",
        "Request 1",
        "bank accounts",
        "Request 2",
        "mutual funds",
    ]);
    let page = find(&mut customer, &BOTH).await;
    page.shows(&[
        "For request 1",
        "For request 2",
        "Request 2 takes one account or several",
    ]);
    let accounts = masked_numbers(&page.text);
    let [deposit, other, fund] = &accounts[..] else {
        panic!("{accounts:?}");
    };
    for (chosen, says) in [
        (vec![], "Choose at least one account<"),
        (vec![deposit], "Choose at least one account for request 2"),
        (vec![fund], "Choose at least one account for request 1"),
    ] {
        let fields: Vec<(&str, &str)> =
            chosen.iter().map(|one| ("account", one.as_str())).collect();
        let page = customer.fill("accounts", &fields).await;
        assert_eq!(page.status, 422, "{page:?}");
        page.shows(&["There is a problem", says]);
    }
    let review = share(&mut customer, &[deposit, fund], &BOTH).await;
    review.shows(&["Request 1", "Request 2", deposit, fund, "Approve all"]);
    assert!(!review.text.contains(other.as_str()) && !review.text.contains("without the optional"));
    assert_eq!(states(&bench, &ids).await, ["PENDING", "PENDING"]);
    customer.fill("review", &[]).await.goes_to("done");
    assert_eq!(states(&bench, &ids).await, ["ACTIVE", "ACTIVE"]);
    assert_eq!(
        linked(&bench, &ids[0]).await.as_slice(),
        std::slice::from_ref(deposit)
    );
    assert_eq!(
        linked(&bench, &ids[1]).await.as_slice(),
        std::slice::from_ref(fund)
    );
    let done = customer.look("done").await;
    assert_eq!(done.title(), "You approved");
    done.shows(&[
        &format!("success=true&amp;id={}", ids[0]),
        &format!("success=true&amp;id={}", ids[1]),
    ]);
    customer.look("").await.goes_to("done");
    customer.fill("review", &[]).await.goes_to("done");
}

#[tokio::test]
async fn the_optional_request_can_be_left_out() {
    let bench = Bench::new().await;
    for (takes_fund, answer, expected, title) in [
        (true, "", ["ACTIVE", "ACTIVE"], "You approved"),
        (
            true,
            "without_optional",
            ["ACTIVE", "REJECTED"],
            "You approved a part",
        ),
        (
            false,
            "without_optional",
            ["ACTIVE", "REJECTED"],
            "You approved a part",
        ),
    ] {
        let (mut customer, ids) = asked(&bench, deposits_and_funds(), true).await;
        let page = find(&mut customer, &BOTH).await;
        page.shows(&["Request 2 is optional: one account or several, or none."]);
        let accounts = masked_numbers(&page.text);
        let review = if takes_fund {
            share(&mut customer, &[&accounts[0], &accounts[2]], &BOTH).await
        } else {
            share(&mut customer, &[&accounts[0]], &BOTH[..1]).await
        };
        review.shows(&["Optional", "Approve without the optional request"]);
        assert_eq!(review.text.contains("Approve all"), takes_fund);
        assert_eq!(review.text.contains("so it is rejected"), !takes_fund);
        customer
            .fill("review", &[("answer", answer)])
            .await
            .goes_to("done");
        assert_eq!(states(&bench, &ids).await, expected, "{answer}");
        let done = customer.look("done").await;
        assert_eq!(done.title(), title);
        assert_eq!(
            done.text.contains("errormsg=reject_not_want_to_share"),
            expected[1] == "REJECTED"
        );
    }
}

#[tokio::test]
async fn a_no_counts_for_all_requests_and_has_a_reason() {
    let bench = Bench::new().await;
    let (mut customer, ids) = asked(&bench, deposits_and_funds(), true).await;
    customer.sign_in().await;
    assert_eq!(customer.fill("reject", &[]).await.status, 422);
    customer
        .fill("reject", &[("reason", "reject_other")])
        .await
        .goes_to("done");
    assert_eq!(states(&bench, &ids).await, ["REJECTED", "REJECTED"]);
    let done = customer.look("done").await;
    assert_eq!(done.title(), "You rejected the requests");
    assert_eq!(
        done.text.matches("errormsg=reject_other").count(),
        4,
        "{done:?}"
    );
    customer.look("reject").await.goes_to("done");
}

#[tokio::test]
async fn a_customer_cancels_all_requests_before_signing_in_and_can_come_back() {
    let bench = Bench::new().await;
    let (mut customer, ids) = asked(&bench, deposits_and_funds(), false).await;
    customer.look("done").await.goes_to("");
    for _ in 0..2 {
        let fields = [
            ("reason", "cancel_will_share_later"),
            ("cancellations", "0"),
        ];
        customer.fill("cancel", &fields).await.goes_to("done");
    }
    let done = customer.look("done").await;
    assert_eq!(done.title(), "You cancelled");
    done.shows(&["errorcode=5", "Answer them after all"]);
    customer
        .look("cancel")
        .await
        .shows(&["name=\"cancellations\" value=\"2\""]);
    assert_eq!(states(&bench, &ids).await, ["PENDING", "PENDING"]);
    let page = find(&mut customer, &BOTH).await;
    let accounts = masked_numbers(&page.text);
    share(&mut customer, &[&accounts[0], &accounts[2]], &BOTH).await;
    customer.fill("review", &[]).await.goes_to("done");
    assert_eq!(states(&bench, &ids).await, ["ACTIVE", "ACTIVE"]);
}

#[tokio::test]
async fn three_wrong_codes_end_the_visit() {
    let bench = Bench::new().await;
    let (mut customer, ids) = asked(&bench, deposits_and_funds(), false).await;
    customer
        .fill("", &[("mobile", "9123456780")])
        .await
        .shows(&["This request was made for another mobile number"]);
    assert_eq!(customer.look("request").await.status, 403);
    customer
        .fill("", &[("mobile", MOBILE)])
        .await
        .goes_to("otp");
    customer.look("review").await.goes_to("otp");
    for attempt in ["0", "1"] {
        customer
            .fill("otp", &[("otp", "000000"), ("attempt", attempt)])
            .await
            .goes_to("otp");
    }
    let last = customer
        .fill("otp", &[("otp", "000000"), ("attempt", "2")])
        .await;
    assert_eq!((last.status, last.title()), (403, "Too many wrong codes"));
    assert_eq!(customer.look("otp").await.status, 403);
    let foreign = customer
        .request(Method::POST, "reject")
        .header(ORIGIN, "http://a.test")
        .body(encoded(&[("reason", "reject_other")]));
    assert_eq!(customer.send(foreign).await.status, 403);
    assert_eq!(states(&bench, &ids).await, ["PENDING", "PENDING"]);
}

#[tokio::test]
async fn a_request_that_finds_no_accounts_fails_beside_the_others() {
    let bench = Bench::new().await;
    let requests = || [json!({}), context("fipId", "no-such-fip")];
    let (mut customer, ids) = asked(&bench, requests(), false).await;
    let page = find(&mut customer, &["setu-fip"]).await;
    page.shows(&["Request 2 finds no account that it could be for"]);
    let account = masked_numbers(&page.text).remove(0);
    let review = share(&mut customer, &[&account], &["setu-fip"]).await;
    review.shows(&["so it fails"]);
    customer.fill("review", &[]).await.goes_to("done");
    assert_eq!(states(&bench, &ids).await, ["ACTIVE", "FAILED"]);
    let done = customer.look("done").await;
    done.shows(&["You approved it.", "No accounts were found for it."]);
    // The control interface decides alike.
    let (customer, ids) = asked(&bench, requests(), false).await;
    let decided = bench
        .decide(&customer.consent, json!({ "accounts": [account] }))
        .await;
    assert_eq!(decided.status, 200, "{decided:?}");
    assert_eq!(states(&bench, &ids).await, ["ACTIVE", "FAILED"]);
}

#[tokio::test]
async fn where_no_request_finds_accounts_all_of_them_fail() {
    let bench = Bench::new().await;
    let nowhere = || context("fipId", "no-such-fip");
    let (mut customer, ids) = asked(&bench, [nowhere(), nowhere()], true).await;
    customer.sign_in().await;
    customer.fill("request", &[]).await.goes_to("accounts");
    customer
        .look("accounts")
        .await
        .shows(&["the requests", "End here"]);
    customer.fill("accounts", &[]).await.goes_to("done");
    assert_eq!(states(&bench, &ids).await, ["FAILED", "FAILED"]);
    assert_eq!(
        customer.look("done").await.title(),
        "No accounts were found"
    );
}

#[tokio::test]
async fn each_request_takes_as_many_accounts_as_it_says() {
    let bench = Bench::new().await;
    let single = || context("accountSelectionMode", "single");
    let (mut customer, _) = asked(&bench, [json!({}), single()], false).await;
    let page = find(&mut customer, &["setu-fip"]).await;
    page.shows(&["type=\"checkbox\"", "Request 2 takes one account."]);
    let accounts = masked_numbers(&page.text);
    let both = [("account", accounts[0].as_str()), ("account", &accounts[1])];
    let page = customer.fill("accounts", &both).await;
    page.shows(&["Choose one account only for request 2"]);
    let (mut customer, _) = asked(&bench, [single(), single()], false).await;
    let page = find(&mut customer, &["setu-fip"]).await;
    page.shows(&["type=\"radio\"", "For request 1 and request 2"]);
}

#[tokio::test]
async fn one_that_was_answered_on_its_own_leaves_the_other_to_its_own_pages() {
    let bench = Bench::new().await;
    let (mut customer, ids) = asked(&bench, deposits_and_funds(), true).await;
    let page = find(&mut customer, &BOTH).await;
    let accounts = masked_numbers(&page.text);
    share(&mut customer, &[&accounts[0]], &BOTH[..1]).await;
    bench.decide(&ids[1], json!({ "decision": "reject" })).await;
    customer.fill("review", &[]).await.goes_to("done");
    assert_eq!(states(&bench, &ids).await, ["PENDING", "REJECTED"]);
    let done = customer.look("done").await;
    assert_eq!(done.title(), "How the requests stand");
    done.shows(&["It has not been answered.", "Answer request 1 on its own"]);
}

#[tokio::test]
async fn a_consent_without_an_aggregator_has_one_when_the_customer_has_chosen_institutions() {
    let setup = json!({ "product": { "fip_selector": true } });
    let bench = Bench::set_up(setup).await;
    let mut customer = Customer::asked(&bench, json!({})).await;
    let page = customer.look("").await;
    page.shows(&["INITIATED"]);
    assert!(!page.text.contains("onemoney"), "{}", page.text);
    customer.read().await;
    assert_eq!(customer.status().await, "INITIATED");
    customer
        .fill("institutions", &[("fip", "setu-fip")])
        .await
        .goes_to("accounts");
    assert_eq!(customer.status().await, "PENDING");
    customer.look("accounts").await.shows(&["onemoney"]);
    let mut customer = Customer::asked(&bench, json!({})).await;
    customer.review().await;
    customer.fill("review", &[]).await.goes_to("done");
    assert_eq!(customer.status().await, "ACTIVE");
    let mut guided = Customer::asked(&bench, context("fipId", "setu-fip")).await;
    guided.read().await;
    assert_eq!(guided.status().await, "INITIATED");
    let account = super::masked_numbers(&guided.look("accounts").await.text).remove(0);
    guided
        .fill("accounts", &[("account", &account)])
        .await
        .goes_to("link");
    assert_eq!(guided.status().await, "PENDING");
    let mut unsure = Customer::asked(&bench, json!({})).await;
    let fields = [
        ("reason", "cancel_will_share_later"),
        ("cancellations", "0"),
    ];
    unsure.fill("cancel", &fields).await.goes_to("done");
    assert_eq!(unsure.status().await, "INITIATED");
    let last = unsure.look("done").await;
    assert_eq!(last.title(), "You cancelled");
}
