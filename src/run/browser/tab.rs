//! A tab with cookies of its own: what it is told, and what its page is asked.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use super::connection::{Connection, TabState};
use super::courier::{Courier, Customer};
use crate::model::keyboard::Stroke;

/// What runs in a page.
const PAGE: &str = include_str!("page.js");
/// What its world is called, in which the page's scripts see nothing.
const WORLD: &str = "sammati";
/// The largest part of a page that a picture shows, in CSS pixels.
const WIDEST: f64 = 2_000.0;
const TALLEST: f64 = 8_000.0;

/// A tab. What it keeps goes with it.
pub(in crate::run) struct Tab {
    browser: Arc<Connection>,
    context: String,
    target: String,
    session: String,
    state: watch::Receiver<TabState>,
    /// What gets its pages, where the browser does not.
    courier: Option<JoinHandle<()>>,
}

/// Whose pages a tab opens.
pub(super) enum Trust {
    /// Those that the browser trusts by itself.
    Usual,
    /// Everybody's.
    Anyone,
    /// Those that the courier brings.
    Brought(Arc<Courier>),
}

/// A page, as somebody sees it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PageSight {
    pub(super) url: String,
    pub(super) title: String,
    pub(super) text: String,
    /// The status that it came with; 0 if it came without.
    pub(super) status: u16,
}

impl Tab {
    /// Opens a tab that shares nothing with others.
    pub(super) async fn open(browser: Arc<Connection>, trust: Trust) -> Result<Tab, String> {
        let context = json!({ "disposeOnDetach": true });
        let made = browser
            .call(None, "Target.createBrowserContext", context)
            .await?;
        let context = text(&made, "browserContextId")?;
        let parameters = json!({ "behavior": "deny", "browserContextId": context });
        browser
            .call(None, "Browser.setDownloadBehavior", parameters)
            .await?;
        let parameters = json!({ "url": "about:blank", "browserContextId": context });
        let made = browser
            .call(None, "Target.createTarget", parameters)
            .await?;
        let target = text(&made, "targetId")?;
        let parameters = json!({ "targetId": target, "flatten": true });
        let attached = browser
            .call(None, "Target.attachToTarget", parameters)
            .await?;
        let session = text(&attached, "sessionId")?;
        let mut tab = Tab {
            state: browser.watch(&session, &target),
            browser,
            context,
            target,
            session,
            courier: None,
        };
        tab.tell("Page.enable", json!({})).await?;
        tab.tell("Inspector.enable", json!({})).await?;
        // Several tabs are driven at once, and each behaves as if somebody looked at it.
        let focused = json!({ "enabled": true });
        tab.tell("Emulation.setFocusEmulationEnabled", focused)
            .await?;
        match trust {
            Trust::Usual => {}
            Trust::Anyone => {
                let ignored = json!({ "ignore": true });
                tab.tell("Security.setIgnoreCertificateErrors", ignored)
                    .await?;
            }
            Trust::Brought(courier) => tab.bring(courier).await?,
        }
        Ok(tab)
    }

    /// Has everything brought by a courier.
    async fn bring(&mut self, courier: Arc<Courier>) -> Result<(), String> {
        let loads = self.browser.watch_loads(&self.session);
        let customer = Customer {
            browser: Arc::clone(&self.browser),
            session: self.session.clone(),
            frame: self.target.clone(),
            languages: self.languages().await?,
        };
        self.courier = Some(tokio::spawn(courier.serve(customer, loads)));
        for (method, parameters) in Courier::wishes() {
            self.tell(method, parameters).await?;
        }
        Ok(())
    }

    /// The languages that its pages are asked for in, the best first.
    async fn languages(&self) -> Result<Vec<String>, String> {
        let expression = json!({ "expression": "navigator.languages", "returnByValue": true });
        let mut answer = self.tell("Runtime.evaluate", expression).await?;
        serde_json::from_value(answer["result"]["value"].take())
            .map_err(|error| format!("the browser's languages cannot be read: {error}"))
    }

    /// What is known of it.
    pub(super) fn state(&self) -> TabState {
        self.state.borrow().clone()
    }

    /// Gives a command; one that a page which is gone never answers ends with it.
    async fn tell(&self, method: &str, parameters: Value) -> Result<Value, String> {
        let mut state = self.state.clone();
        let gone = async {
            match state.wait_for(|tab| tab.gone.is_some()).await {
                Ok(tab) => tab.gone.unwrap_or_default().to_owned(),
                Err(_) => "the page was closed".to_owned(),
            }
        };
        tokio::select! {
            biased;
            answer = self.browser.call(Some(&self.session), method, parameters) => answer,
            gone = gone => Err(gone),
        }
    }

    /// Opens a page, and waits until it can be read.
    pub(super) async fn goto(&self, url: &str, deadline: Instant) -> Result<(), String> {
        let before = self.state().pages;
        self.browser.ask_for_page(&self.session);
        let answer = self.tell("Page.navigate", json!({ "url": url })).await?;
        match answer["errorText"].as_str() {
            None | Some("") => {}
            // The address is in the page's line of the failure already.
            Some(error) => {
                let error = error.trim_start_matches("net::");
                return Err(self.state().trouble.unwrap_or_else(|| error.to_owned()));
            }
        }
        self.shown(before, deadline).await;
        Ok(())
    }

    /// Waits until a page that has begun can be read, or until the time is up.
    async fn shown(&self, before: u64, deadline: Instant) {
        let mut state = self.state.clone();
        let shown = state.wait_for(|tab| {
            tab.gone.is_some() || !tab.is_loading || (tab.pages > before && tab.is_ready)
        });
        // Whatever comes next says what is missing.
        let _ = timeout_at(deadline, shown).await;
    }

    /// Lets the page do what was asked of it, and follows where that leads.
    pub(super) async fn settle(&self, before: u64, deadline: Instant) {
        // Where the page goes away meanwhile there is nothing left to wait for in it.
        let _ = timeout_at(deadline, self.ask::<Value>(&json!({ "do": "flush" }))).await;
        self.shown(before, deadline).await;
    }

    /// Asks the page something. An error is what a page says that is just being left, too: ask again.
    pub(super) async fn ask<T: DeserializeOwned>(&self, request: &Value) -> Result<T, String> {
        let world = self.world().await?;
        self.ask_in(world, request).await
    }

    /// The world in the page as it is now.
    pub(super) async fn world(&self) -> Result<u64, String> {
        let parameters = json!({ "frameId": self.target, "worldName": WORLD });
        let made = self.tell("Page.createIsolatedWorld", parameters).await?;
        made["executionContextId"]
            .as_u64()
            .ok_or_else(|| "the page has no world".to_owned())
    }

    /// Asks the page something, if it is still that one.
    pub(super) async fn ask_in<T: DeserializeOwned>(
        &self,
        world: u64,
        request: &Value,
    ) -> Result<T, String> {
        let parameters = json!({
            "functionDeclaration": PAGE,
            "arguments": [{ "value": request }],
            "executionContextId": world,
            "returnByValue": true,
            "awaitPromise": true,
        });
        let mut answer = self.tell("Runtime.callFunctionOn", parameters).await?;
        let exception = &answer["exceptionDetails"];
        if !exception.is_null() {
            let what = exception["exception"]["description"]
                .as_str()
                .or_else(|| exception["text"].as_str());
            return Err(what.unwrap_or("the page failed").to_owned());
        }
        serde_json::from_value(answer["result"]["value"].take())
            .map_err(|error| format!("the page's answer cannot be read: {error}"))
    }

    pub(super) async fn click(&self, x: f64, y: f64) -> Result<(), String> {
        for (kind, buttons, count) in [
            ("mouseMoved", 0, 0),
            ("mousePressed", 1, 1),
            ("mouseReleased", 0, 1),
        ] {
            let button = if kind == "mouseMoved" { "none" } else { "left" };
            let event = json!({
                "type": kind, "x": x, "y": y, "button": button, "buttons": buttons, "clickCount": count,
            });
            self.tell("Input.dispatchMouseEvent", event).await?;
        }
        Ok(())
    }

    /// Writes where the focus is, over what is selected.
    pub(super) async fn write(&self, text: &str) -> Result<(), String> {
        if text.is_empty() {
            let delete = Stroke {
                key: "Delete".into(),
                code: "Delete".into(),
                number: 46,
                text: None,
                modifiers: 0,
            };
            return self.press(&delete).await;
        }
        let parameters = json!({ "text": text });
        self.tell("Input.insertText", parameters).await.map(|_| ())
    }

    pub(super) async fn press(&self, stroke: &Stroke) -> Result<(), String> {
        let event = |kind: &str| {
            json!({
                "type": kind,
                "key": stroke.key,
                "code": stroke.code,
                "windowsVirtualKeyCode": stroke.number,
                "modifiers": stroke.modifiers,
            })
        };
        let mut down = event("rawKeyDown");
        if let Some(text) = &stroke.text {
            down["type"] = "keyDown".into();
            down["text"] = text.as_str().into();
        }
        self.tell("Input.dispatchKeyEvent", down).await?;
        self.tell("Input.dispatchKeyEvent", event("keyUp"))
            .await
            .map(|_| ())
    }

    /// The whole page as a PNG, in base64.
    pub(super) async fn picture(&self) -> Result<String, String> {
        let metrics = self.tell("Page.getLayoutMetrics", json!({})).await?;
        let size = |side: &str, most: f64| {
            metrics["cssContentSize"][side]
                .as_f64()
                .unwrap_or(900.0)
                .clamp(1.0, most)
        };
        let parameters = json!({
            "format": "png",
            "captureBeyondViewport": true,
            "clip": { "x": 0, "y": 0, "width": size("width", WIDEST), "height": size("height", TALLEST), "scale": 1 },
        });
        let answer = self.tell("Page.captureScreenshot", parameters).await?;
        text(&answer, "data")
    }

    /// Whether its browser still runs.
    pub(super) fn is_alive(&self) -> bool {
        self.state.borrow().gone.is_none()
    }
}

impl Drop for Tab {
    fn drop(&mut self) {
        self.browser.forget(&self.session);
        if let Some(courier) = &self.courier {
            courier.abort();
        }
        let parameters = json!({ "browserContextId": self.context });
        self.browser
            .tell(None, "Target.disposeBrowserContext", parameters);
    }
}

fn text(answer: &Value, key: &str) -> Result<String, String> {
    answer[key]
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| format!("the browser gives no `{key}`"))
}

/// The shortest pause between two looks at a page.
pub(super) const POLL: Duration = Duration::from_millis(40);
