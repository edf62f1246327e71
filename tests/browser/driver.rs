//! Chromium, and what a person does with it.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::actions::{InputSource as _, KeyAction, KeyActions};
use fantoccini::elements::Element;
use fantoccini::key::Key;
use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

const ADVICE: &str = "install Chromium and chromedriver (on Debian: apt-get install chromium chromium-driver), \
                      or set SAMMATI_BROWSER_TESTS=skip to leave these tests out";

/// How large the window is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Screen {
    Wide,
    Desktop,
    Tablet,
    Phone,
}

impl Screen {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Screen::Wide => "wide",
            Screen::Desktop => "desktop",
            Screen::Tablet => "tablet",
            Screen::Phone => "phone",
        }
    }

    fn width(self) -> u32 {
        match self {
            Screen::Wide => 1_920,
            Screen::Desktop => 1_280,
            Screen::Tablet => 768,
            // The narrowest that web pages are asked to fit without scrolling sideways.
            Screen::Phone => 320,
        }
    }
}

pub(crate) struct Browser {
    pub(crate) client: Client,
    // It goes when the test ends, however it ends, and Chromium with it.
    _driver: Driver,
}

/// A running chromedriver.
struct Driver(Child);

impl Drop for Driver {
    fn drop(&mut self) {
        // It may have ended by itself, which is as good.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Browser {
    pub(crate) async fn start(screen: Screen) -> Browser {
        let (driver, port) = start_driver();
        let mut options = json!({
            // Tests run as anyone, also in containers, and only ever see our own pages.
            "args": ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars",
                // Chromium ends when the pipe does, so it goes with chromedriver even when a test fails.
                "--remote-debugging-pipe"],
        });
        options["mobileEmulation"] = json!({
            "deviceMetrics": { "width": screen.width(), "height": 740, "pixelRatio": 1.0, "touch": false },
        });
        let mut capabilities = Capabilities::new();
        capabilities.insert("goog:chromeOptions".to_owned(), options);
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .unwrap_or_else(|error| panic!("Chromium does not start: {error}; {ADVICE}"));
        Browser {
            client,
            _driver: driver,
        }
    }

    /// Ends the session, so that Chromium is gone when the test is.
    pub(crate) async fn close(self) {
        self.client.close().await.expect("the session ends");
    }

    pub(crate) async fn open(&self, url: &str) {
        self.client.goto(url).await.expect("a page");
    }

    pub(crate) async fn heading(&self) -> String {
        self.text("h1").await
    }

    pub(crate) async fn text(&self, selector: &str) -> String {
        let element = self.client.find(Locator::Css(selector)).await;
        let element = element.unwrap_or_else(|error| panic!("{selector}: {error}"));
        element.text().await.expect("text")
    }

    pub(crate) async fn count(&self, selector: &str) -> usize {
        let found = self.client.find_all(Locator::Css(selector)).await;
        found.expect("an answer").len()
    }

    /// Writes into the field of a label.
    pub(crate) async fn fill(&self, label: &str, text: &str) {
        let field = self.labelled(label).await;
        field.clear().await.expect("a field");
        field.send_keys(text).await.expect("a field");
    }

    /// Clicks the label of a checkbox or radio button.
    pub(crate) async fn choose(&self, label: &str) {
        let path = format!("//label[contains(normalize-space(.), '{label}')]");
        self.click_at(&path).await;
    }

    /// Presses the button of a name, or follows the link, and waits for the page that it leads to.
    pub(crate) async fn press(&self, name: &str) {
        let path =
            format!("//button[normalize-space(.)='{name}'] | //a[normalize-space(.)='{name}']");
        let before = self.page().await;
        self.click_at(&path).await;
        self.turned(before).await;
    }

    /// Presses Enter where the focus is, and waits for the page that it leads to.
    pub(crate) async fn enter(&self) {
        let before = self.page().await;
        self.key(Key::Enter.into()).await;
        self.turned(before).await;
    }

    /// Presses a key that leads to another page, and waits for that.
    pub(crate) async fn key_on(&self, key: char) {
        let before = self.page().await;
        self.key(key).await;
        self.turned(before).await;
    }

    /// Clicks on what leads to another page, and waits for that.
    pub(crate) async fn click_on(&self, selector: &str) {
        let before = self.page().await;
        let element = self.client.find(Locator::Css(selector)).await;
        let element = element.unwrap_or_else(|error| panic!("{selector}: {error}"));
        element.click().await.expect("it can be clicked");
        self.turned(before).await;
    }

    /// Follows the link in the page itself that has this text in it.
    pub(crate) async fn follow(&self, text: &str) {
        let before = self.page().await;
        self.click_at(&format!("//main//a[contains(., '{text}')]"))
            .await;
        self.turned(before).await;
    }

    async fn page(&self) -> Element {
        let page = self.client.find(Locator::Css("html")).await;
        page.expect("a page")
    }

    /// Waits until a page has been left.
    async fn turned(&self, before: Element) {
        for _ in 0..1_000 {
            if before.tag_name().await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("the page stays: {}", self.heading().await);
    }

    async fn click_at(&self, path: &str) {
        let element = self.client.find(Locator::XPath(path)).await;
        let element = element.unwrap_or_else(|error| panic!("{path}: {error}"));
        element.click().await.expect("it can be clicked");
    }

    async fn labelled(&self, label: &str) -> Element {
        let path = format!("//input[@id=//label[normalize-space(.)='{label}']/@for]");
        let element = self.client.find(Locator::XPath(&path)).await;
        element.unwrap_or_else(|error| panic!("{label}: {error}"))
    }

    pub(crate) async fn key(&self, key: char) {
        let actions = KeyActions::new("keyboard".to_owned())
            .then(KeyAction::Down { value: key })
            .then(KeyAction::Up { value: key });
        self.client.perform_actions(actions).await.expect("a key");
    }

    pub(crate) async fn write(&self, text: &str) {
        for character in text.chars() {
            self.key(character).await;
        }
    }

    pub(crate) async fn tab(&self) {
        self.key(Key::Tab.into()).await;
    }

    pub(crate) async fn evaluate(&self, script: &str) -> Value {
        self.client
            .execute(script, Vec::new())
            .await
            .unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// Shows pages as someone sees them who prefers this colour scheme.
    pub(crate) async fn prefer(&self, scheme: &str) {
        let parameters =
            json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.developer("Emulation.setEmulatedMedia", parameters)
            .await;
    }

    /// The whole page as a PNG, in base64.
    pub(crate) async fn picture(&self) -> String {
        let parameters = json!({ "captureBeyondViewport": true, "format": "png" });
        let answer = self.developer("Page.captureScreenshot", parameters).await;
        answer["data"].as_str().expect("a picture").to_owned()
    }

    async fn developer(&self, command: &str, parameters: Value) -> Value {
        let command = DeveloperCommand {
            body: json!({ "cmd": command, "params": parameters }).to_string(),
        };
        self.client.issue_cmd(command).await.expect("an answer")
    }
}

/// A command of Chromium's own protocol, which chromedriver passes on.
#[derive(Debug)]
struct DeveloperCommand {
    body: String,
}

impl WebDriverCompatibleCommand for DeveloperCommand {
    fn endpoint(
        &self,
        base_url: &url::Url,
        session_id: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        let session = session_id.unwrap_or_default();
        base_url.join(&format!("session/{session}/goog/cdp/execute"))
    }

    fn method_and_body(&self, _: &url::Url) -> (reqwest::Method, Option<String>) {
        (reqwest::Method::POST, Some(self.body.clone()))
    }
}

/// Starts chromedriver on a free port.
fn start_driver() -> (Driver, u16) {
    let child = Command::new("chromedriver")
        .arg("--port=0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| panic!("chromedriver cannot be started: {error}; {ADVICE}"));
    let mut driver = Driver(child);
    let output = driver.0.stdout.take().expect("its output is piped");
    for line in BufReader::new(output).lines() {
        let line = line.expect("it writes text");
        let port = line
            .split_once("started successfully on port ")
            .and_then(|(_, rest)| rest.trim_end_matches('.').parse().ok());
        if let Some(port) = port {
            return (driver, port);
        }
    }
    panic!("chromedriver does not say which port it listens at; {ADVICE}");
}
