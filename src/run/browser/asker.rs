//! Who asks for something that a page loads: `sec-fetch-dest`, `-mode` and `-site`, which Chromium writes on the wire only.
//!
//! They are told as far as what the browser hands over leaves no doubt; a wrong one would be worse than none. Whether a
//! person's click led to a page (`sec-fetch-user`) is not known here.

use serde_json::Value;
use url::{Host, Url};

/// The headers that say who asks. `page` is the frame of the tab's page.
pub(super) fn headers(paused: &Value, page: &str) -> Vec<(String, String)> {
    let request = &paused["request"];
    let kind = paused["resourceType"].as_str().unwrap_or_default();
    let is_page = paused["frameId"] == page;
    let Some(destination) = destination(kind, is_page) else {
        return Vec::new();
    };
    let mut all = vec![
        header("dest", destination),
        header("mode", mode(kind, said(request, "origin").is_some())),
    ];
    all.extend(site(request, kind, is_page).map(|site| header("site", site)));
    all
}

fn header(name: &str, value: &str) -> (String, String) {
    (format!("sec-fetch-{name}"), value.to_owned())
}

/// A header of the request, whose names may be in any case.
fn said<'a>(request: &'a Value, name: &str) -> Option<&'a str> {
    let mut headers = request["headers"].as_object()?.iter();
    let (_, value) = headers.find(|(known, _)| known.eq_ignore_ascii_case(name))?;
    value.as_str()
}

/// What it is for. Sound and pictures that move are one kind to the protocol, and two to servers.
fn destination(kind: &str, is_page: bool) -> Option<&'static str> {
    Some(match kind {
        "Document" if is_page => "document",
        "Document" => "iframe",
        "Stylesheet" => "style",
        "Image" => "image",
        "Font" => "font",
        "Script" => "script",
        "TextTrack" => "track",
        "Manifest" => "manifest",
        "XHR" | "Fetch" | "EventSource" | "Ping" => "empty",
        _ => return None,
    })
}

fn mode(kind: &str, names_origin: bool) -> &'static str {
    match kind {
        "Document" => "navigate",
        "Font" | "Manifest" | "XHR" | "Fetch" | "EventSource" => "cors",
        _ if names_origin => "cors",
        _ => "no-cors",
    }
}

/// How near the page that asks is. Nobody but the browser itself asks for a page without saying from where, unless the
/// page that leads there keeps that to itself.
fn site(request: &Value, kind: &str, is_page: bool) -> Option<&'static str> {
    let from = said(request, "referer").or_else(|| said(request, "origin"));
    let from = from.and_then(|from| Url::parse(from).ok());
    let Some(from) = from else {
        let keeps_it = request["referrerPolicy"] == "no-referrer";
        return (kind == "Document" && is_page && !keeps_it).then_some("none");
    };
    let to = Url::parse(request["url"].as_str()?).ok()?;
    Some(if from.origin() == to.origin() {
        "same-origin"
    } else if from.scheme() == to.scheme() && owner(&from)? == owner(&to)? {
        "same-site"
    } else {
        "cross-site"
    })
}

/// Whose a host is: `setu.co` of `fiu.setu.co`, `bank.co.in` of `www.bank.co.in`. Below a country's two letters a short name
/// is mostly a kind of owner and not one.
fn owner(url: &Url) -> Option<String> {
    let name = match url.host()? {
        Host::Domain(name) => name,
        other => return Some(other.to_string()),
    };
    let labels: Vec<&str> = name.split('.').collect();
    let is_kind = matches!(labels.as_slice(), [.., _, kind, country] if country.len() == 2 && kind.len() <= 3);
    let most = if is_kind { 3 } else { 2 };
    Some(labels[labels.len().saturating_sub(most)..].join("."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(kind: &str, frame: &str, url: &str, headers: Value) -> String {
        let request = json!({ "url": url, "headers": headers });
        let paused = json!({ "resourceType": kind, "frameId": frame, "request": request });
        let all = self::headers(&paused, "page");
        let all: Vec<String> = all
            .into_iter()
            .map(|(name, value)| format!("{}={value}", name.trim_start_matches("sec-fetch-")))
            .collect();
        all.join(" ")
    }

    #[test]
    fn who_asks_is_said_as_chromium_says_it() {
        let url = "https://fiu.setu.co/a";
        let from = |url: &str| json!({ "Referer": url });
        for (kind, frame, headers, expected) in [
            (
                "Document",
                "page",
                json!({}),
                "dest=document mode=navigate site=none",
            ),
            (
                "Document",
                "page",
                from("https://fiu.setu.co/before"),
                "dest=document mode=navigate site=same-origin",
            ),
            (
                "Document",
                "inner",
                from("https://bridge.setu.co/"),
                "dest=iframe mode=navigate site=same-site",
            ),
            (
                "Image",
                "page",
                from("https://fiu.setu.co/"),
                "dest=image mode=no-cors site=same-origin",
            ),
            (
                "Script",
                "page",
                json!({ "origin": "https://other.test" }),
                "dest=script mode=cors site=cross-site",
            ),
            (
                "Fetch",
                "page",
                from("https://fiu.setu.co:8443/"),
                "dest=empty mode=cors site=same-site",
            ),
            // From where is not known, and what it is for neither.
            ("Stylesheet", "page", json!({}), "dest=style mode=no-cors"),
            ("Media", "page", from(url), ""),
        ] {
            assert_eq!(told(kind, frame, url, headers), expected, "{kind}");
        }
    }

    #[test]
    fn a_page_that_keeps_its_address_to_itself_is_not_taken_for_none() {
        let request =
            json!({ "url": "https://a.test/", "headers": {}, "referrerPolicy": "no-referrer" });
        let paused = json!({ "resourceType": "Document", "frameId": "page", "request": request });
        let names: Vec<_> = headers(&paused, "page")
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(names, ["sec-fetch-dest", "sec-fetch-mode"]);
    }

    #[test]
    fn hosts_of_one_owner() {
        for (host, expected) in [
            ("fiu.setu.co", "setu.co"),
            ("setu.co", "setu.co"),
            ("a.b.example.com", "example.com"),
            ("www.bank.co.in", "bank.co.in"),
            ("localhost", "localhost"),
            ("127.0.0.1", "127.0.0.1"),
        ] {
            let url = Url::parse(&format!("https://{host}/")).unwrap();
            assert_eq!(owner(&url).as_deref(), Some(expected));
        }
    }
}
