//! The whole way with the keyboard alone, and something to see at every stop.

use fantoccini::key::Key;
use serde_json::{Value, json};

use super::{Browser, Screen, start};

/// More stops than any page has.
const MOST_STOPS: usize = 40;

/// Goes on with the tab key until an element is reached. Each stop on the way must be seen to have the focus.
pub(crate) async fn tab_to(browser: &Browser, selector: &str) {
    for _ in 0..MOST_STOPS {
        browser.tab().await;
        let stop = browser
            .evaluate(&format!(
                "const stop = document.activeElement;
                 const shown = stop.matches('.choice input') ? stop.nextElementSibling : stop;
                 const style = getComputedStyle(shown);
                 return {{
                     there: stop.matches({}),
                     what: stop.outerHTML.slice(0, 200),
                     isBody: stop === document.body,
                     outline: style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth),
                 }};",
                Value::from(selector)
            ))
            .await;
        if stop["isBody"] == true {
            continue;
        }
        assert!(
            stop["outline"].as_f64() >= Some(2.0),
            "the focus is not to be seen at {stop}"
        );
        if stop["there"] == true {
            return;
        }
    }
    panic!("{selector} is not reached with the tab key");
}

pub(crate) async fn enter_at(browser: &Browser, selector: &str) {
    tab_to(browser, selector).await;
    browser.enter().await;
}

#[tokio::test]
async fn the_keyboard_alone_goes_from_the_first_page_to_the_last() {
    let Some((bench, browser)) = start(Screen::Desktop).await else {
        return;
    };
    let (id, url) = bench.consent(json!({})).await;
    browser.open(&url).await;
    tab_to(&browser, "#mobile").await;
    // Enter in a field sends its form.
    browser.enter().await;
    assert_eq!(browser.heading().await, "Enter the code");
    tab_to(&browser, "#otp").await;
    browser.write("000000").await;
    enter_at(&browser, "button").await;
    let focused = browser
        .evaluate("return document.activeElement.matches('.summary')")
        .await;
    assert_eq!(focused, true, "what is wrong is read first");
    tab_to(&browser, ".summary a").await;
    browser.key(Key::Enter.into()).await;
    let focused = browser
        .evaluate("return document.activeElement.matches('#otp')")
        .await;
    assert_eq!(focused, true, "the summary leads to the field");
    browser.write("123456").await;
    browser.enter().await;
    assert_eq!(browser.heading().await, "What is asked of you");
    enter_at(&browser, "button").await;
    tab_to(&browser, "#fip-1").await;
    browser.key(' ').await;
    enter_at(&browser, "button").await;
    assert_eq!(
        browser.count("fieldset h2").await,
        1,
        "the second institution was left out"
    );
    tab_to(&browser, "#account-1").await;
    browser.key(' ').await;
    enter_at(&browser, "button").await;
    tab_to(&browser, "#otp").await;
    browser.write("123456").await;
    browser.enter().await;
    assert_eq!(browser.heading().await, "Do you approve?");
    enter_at(&browser, "button").await;
    assert_eq!(bench.status(&id).await, "ACTIVE");
    enter_at(&browser, "#return").await;
    let back = browser.client.current_url().await.expect("a URL");
    assert!(back.as_str().contains("success=true"), "{back}");
    browser.close().await;
}

#[tokio::test]
async fn the_keyboard_alone_rejects() {
    let Some((bench, browser)) = start(Screen::Desktop).await else {
        return;
    };
    let (id, url) = bench.consent(json!({})).await;
    browser.open(&url).await;
    enter_at(&browser, "#mobile").await;
    tab_to(&browser, "#otp").await;
    browser.write("123456").await;
    browser.enter().await;
    enter_at(&browser, "a[href$='/reject']").await;
    tab_to(&browser, "input[type=radio]").await;
    browser.key(' ').await;
    browser.key(Key::Down.into()).await;
    enter_at(&browser, "button").await;
    assert_eq!(bench.status(&id).await, "REJECTED");
    let back = browser.text("main > .small").await;
    assert!(back.contains("errormsg=reject_not_want_to_share"), "{back}");
    browser.close().await;
}

#[tokio::test]
async fn the_keyboard_alone_approves_two_consents_in_one_flow() {
    let Some((bench, browser)) = start(Screen::Phone).await else {
        return;
    };
    let ([first, second], url) = bench.collection(false).await;
    browser.open(&url).await;
    enter_at(&browser, "#mobile").await;
    tab_to(&browser, "#otp").await;
    browser.write("123456").await;
    browser.enter().await;
    assert_eq!(browser.heading().await, "What is asked of you");
    enter_at(&browser, "button").await;
    enter_at(&browser, "button").await;
    for account in ["#account-0", "#account-3"] {
        tab_to(&browser, account).await;
        browser.key(' ').await;
    }
    enter_at(&browser, "button").await;
    for _ in 0..2 {
        tab_to(&browser, "#otp").await;
        browser.write("123456").await;
        browser.enter().await;
    }
    assert_eq!(browser.heading().await, "Do you approve?");
    enter_at(&browser, "button").await;
    assert_eq!(bench.status(&first).await, "ACTIVE");
    assert_eq!(bench.status(&second).await, "ACTIVE");
    enter_at(&browser, "#return-2").await;
    let back = browser.client.current_url().await.expect("a URL");
    assert!(
        back.as_str()
            .ends_with(&format!("success=true&id={second}")),
        "{back}"
    );
    browser.close().await;
}
