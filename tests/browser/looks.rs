//! How the pages look: every page, wide and narrow, light and dark.

use std::path::PathBuf;

use base64::Engine as _;
use serde_json::{Value, json};

use super::{Bench, Browser, Screen, start};

/// What is wrong with how a page is made, as far as a program can tell: something wider than the window, text that is
/// cut off or hard to tell from what is behind it, fields without labels, buttons that are too small for a finger.
const FAULTS: &str = r#"
const faults = [];
const root = document.documentElement;
if (root.scrollWidth > root.clientWidth) faults.push(`it is ${root.scrollWidth} wide in ${root.clientWidth}`);
if (root.lang !== 'en') faults.push('it has no language');
if (document.querySelectorAll('h1').length !== 1) faults.push('it has not one h1');
if (document.querySelectorAll('main').length !== 1) faults.push('it has not one main');
if (!document.title) faults.push('it has no title');
let level = 1;
for (const heading of document.querySelectorAll('h1, h2, h3')) {
  const next = Number(heading.tagName[1]);
  if (next > level + 1) faults.push(`${heading.textContent} skips a level`);
  level = next;
}
const ids = [...document.querySelectorAll('[id]')].map(element => element.id);
if (new Set(ids).size !== ids.length) faults.push('an id is there twice');
for (const element of document.querySelectorAll('[aria-describedby], [aria-labelledby]')) {
  for (const name of ['aria-describedby', 'aria-labelledby']) {
    for (const id of (element.getAttribute(name) ?? '').split(' ').filter(Boolean)) {
      if (!document.getElementById(id)) faults.push(`nothing has the id ${id}`);
    }
  }
}
for (const field of document.querySelectorAll('input:not([type=hidden])')) {
  if (!field.labels?.length) faults.push(`${field.id} has no label`);
}
for (const element of document.querySelectorAll('button, .button, .choice, .second, input:not([type=hidden]):not([type=checkbox]):not([type=radio])')) {
  if (!element.checkVisibility()) continue;
  const { width, height } = element.getBoundingClientRect();
  if (width < 44 || height < 44) faults.push(`${element.textContent || element.id} is ${width} by ${height}`);
}
const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
const parts = colour => {
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = colour;
  canvas.fillRect(0, 0, 1, 1);
  return [...canvas.getImageData(0, 0, 1, 1).data];
};
const luminance = ([red, green, blue]) => [red, green, blue]
  .map(part => part / 255)
  .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
  .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
const behind = element => {
  for (let at = element; at; at = at.parentElement) {
    const colour = parts(getComputedStyle(at).backgroundColor);
    if (colour[3] === 255) return colour;
  }
  return [255, 255, 255, 255];
};
for (const element of document.querySelectorAll('body *')) {
  const has_text = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
  if (!has_text || !element.checkVisibility()) continue;
  const lights = [luminance(parts(getComputedStyle(element).color)), luminance(behind(element))].sort((a, b) => b - a);
  const contrast = (lights[0] + 0.05) / (lights[1] + 0.05);
  if (contrast < 4.5) faults.push(`${element.textContent.trim().slice(0, 40)} has a contrast of ${contrast.toFixed(2)}`);
}
const cut_by = (element, rect) => {
  for (let at = element; at && at !== document.body; at = at.parentElement) {
    const { overflowX, overflowY } = getComputedStyle(at);
    if (overflowX === 'visible' && overflowY === 'visible') continue;
    const box = at.getBoundingClientRect();
    // Such a box is for those who hear the page.
    if (box.width <= 1) return null;
    const across = rect.right > box.right + 1 || rect.left < box.left - 1;
    const down = rect.bottom > box.bottom + 1 || rect.top < box.top - 1;
    const hides = overflow => overflow === 'hidden' || overflow === 'clip';
    if ((across && hides(overflowX)) || (down && hides(overflowY))) return at.className || at.tagName;
    // What is scrolled to is not lost.
    if (across || down) return null;
  }
  // What is all beside the window is a link that comes when it has the focus.
  const is_out = rect.right <= 0 || rect.bottom <= 0;
  return !is_out && (rect.right > root.clientWidth + 1 || rect.left < -1) ? 'the window' : null;
};
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (texts.nextNode()) {
  const { data, parentElement } = texts.currentNode;
  if (!data.trim() || !parentElement.checkVisibility()) continue;
  const range = document.createRange();
  range.selectNodeContents(texts.currentNode);
  for (const rect of range.getClientRects()) {
    const by = rect.width > 0 ? cut_by(parentElement, rect) : null;
    if (by) {
      faults.push(`${data.trim().slice(0, 40)} is cut by ${by}`);
      break;
    }
  }
}
return faults;
"#;

/// Holds the page against `FAULTS`, in both colour schemes, and takes pictures if they are wanted.
pub(crate) async fn look(browser: &Browser, screen: Screen, name: &str) {
    for scheme in ["light", "dark"] {
        browser.prefer(scheme).await;
        if let Some(folder) = std::env::var_os("SAMMATI_SCREENSHOTS") {
            let picture = base64::engine::general_purpose::STANDARD
                .decode(browser.picture().await)
                .expect("base64");
            let folder = PathBuf::from(folder);
            std::fs::create_dir_all(&folder).expect("a folder for pictures");
            let file = folder.join(format!("{name}-{}-{scheme}.png", screen.name()));
            std::fs::write(file, picture).expect("a file for a picture");
        }
        let faults = browser.evaluate(FAULTS).await;
        assert_eq!(faults, json!([]), "{name}, {screen:?}, {scheme}");
    }
}

async fn walk(screen: Screen) {
    let Some((bench, browser)) = start(screen).await else {
        return;
    };
    let look = async |name: &str| look(&browser, screen, name).await;
    let (id, url) = bench.consent(long_request()).await;
    browser.open(&url).await;
    look("01-mobile").await;
    browser.fill("Mobile number", "12").await;
    browser.press("Send a code").await;
    look("02-mobile-wrong").await;
    browser.press("Cancel").await;
    look("03-cancel").await;
    browser.choose("I will answer later").await;
    browser.press("Cancel").await;
    look("04-cancelled").await;
    browser.press("Answer it after all").await;
    browser.press("Send a code").await;
    look("05-otp").await;
    browser.fill("Code", "000000").await;
    browser.press("Continue").await;
    look("06-otp-wrong").await;
    browser.fill("Code", "123456").await;
    browser.press("Continue").await;
    look("07-request").await;
    browser.press("Continue").await;
    look("08-institutions").await;
    browser.press("Find accounts").await;
    look("09-accounts").await;
    browser.press("Continue").await;
    look("10-accounts-wrong").await;
    browser.choose("Savings account").await;
    browser.choose("Current account").await;
    browser.press("Continue").await;
    look("11-link").await;
    browser.fill("Code", "123456").await;
    browser.press("Link").await;
    look("12-review").await;
    browser.press("Reject").await;
    look("13-reject").await;
    browser.press("Back").await;
    browser.press("Approve").await;
    look("14-approved").await;
    browser.open(&url).await;
    look("15-answered").await;
    browser.open(&format!("{url}x")).await;
    look("16-unknown").await;
    rest(&bench, &browser, screen, &id).await;
    browser.close().await;
}

/// The pages beside the way.
async fn rest(bench: &Bench, browser: &Browser, screen: Screen, active: &str) {
    let look = async |name: &str| look(browser, screen, name).await;
    let session = json!({
        "consentId": active,
        "dataRange": { "from": "2024-04-01T00:00:00Z", "to": "2025-03-31T23:59:59Z" },
        "format": "json",
    });
    bench
        .send(reqwest::Method::POST, "/v2/sessions", Some(session))
        .await;
    let (_, url) = bench.consent(json!({ "vua": "9000000000@finvu" })).await;
    let none = json!({ "customers": [{ "mobile": "9000000000", "accounts": [] }] });
    bench
        .send(reqwest::Method::PATCH, "/_sandbox/setup", Some(none))
        .await;
    browser.open(&format!("{url}/request")).await;
    look("17-not-signed-in").await;
    browser.open(&url).await;
    browser.press("Send a code").await;
    browser.fill("Code", "123456").await;
    browser.press("Continue").await;
    browser.press("Continue").await;
    browser.press("Find accounts").await;
    look("18-no-accounts").await;
    browser.press("End here").await;
    look("19-failed").await;
    let overview = format!("{}/_sandbox", bench.origin());
    browser.open(&overview).await;
    look("20-sandbox").await;
    browser
        .evaluate("for (const details of document.querySelectorAll('details')) details.open = true")
        .await;
    look("21-sandbox-open").await;
    browser.fill("Move it on by", "soon").await;
    browser.press("Move on").await;
    look("22-sandbox-wrong").await;
    collection(bench, browser, screen).await;
}

/// The pages on which several requests are answered.
async fn collection(bench: &Bench, browser: &Browser, screen: Screen) {
    let look = async |name: &str| look(browser, screen, name).await;
    let (_, url) = bench.collection(true).await;
    browser.open(&url).await;
    look("23-collection").await;
    browser.press("Cancel").await;
    browser.choose("I will answer later").await;
    browser.press("Cancel").await;
    look("24-collection-cancelled").await;
    browser.press("Answer them after all").await;
    browser.press("Send a code").await;
    browser.fill("Code", "123456").await;
    browser.press("Continue").await;
    look("25-collection-request").await;
    browser.press("Continue").await;
    browser.press("Find accounts").await;
    look("26-collection-accounts").await;
    browser.choose("Mutual funds").await;
    browser.press("Continue").await;
    look("27-collection-accounts-wrong").await;
    browser.choose("Savings account").await;
    browser.choose("Mutual funds").await;
    browser.press("Continue").await;
    for _ in 0..2 {
        browser.fill("Code", "123456").await;
        browser.press("Link").await;
    }
    look("28-collection-review").await;
    browser.press("Reject").await;
    look("29-collection-reject").await;
    browser.press("Back").await;
    browser.press("Approve without the optional request").await;
    look("30-collection-done").await;
}

/// A request with much in it, to see what long texts do to pages.
fn long_request() -> Value {
    json!({
        "context": [{
            "key": "purposeDescription",
            "value": "To see whether a loan for a house, a car or a very-long-word-that-has-no-place-to-break-and-goes-on-and-on can be offered to you",
        }],
        "dataFilter": [{ "type": "TRANSACTIONAMOUNT", "operator": ">=", "value": "20000" }],
        "fiTypes": ["DEPOSIT", "TERM_DEPOSIT", "MUTUAL_FUNDS", "INSURANCE_POLICIES"],
    })
}

#[tokio::test]
async fn every_page_can_be_read_on_a_desktop() {
    walk(Screen::Desktop).await;
}

#[tokio::test]
async fn every_page_can_be_read_on_a_phone() {
    walk(Screen::Phone).await;
}
