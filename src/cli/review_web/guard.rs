//! Who is answered: those who know the token, by an address that is this machine's own, from a page of ours.

use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName};
use std::net::IpAddr;

/// What all addresses begin with: 128 random bits, as text.
pub(super) fn new_base() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    let mut base = String::from("/");
    for byte in bytes {
        base.push_str(&format!("{byte:02x}"));
    }
    Ok(base)
}

/// The rest of a path behind the base, if it is there. How long that takes does not tell how much of it was right.
pub(super) fn behind_base<'a>(path: &'a str, base: &str) -> Option<&'a str> {
    let (given, rest) = path.split_at_checked(base.len())?;
    let difference = given
        .bytes()
        .zip(base.bytes())
        .fold(0, |sum, (left, right)| sum | (left ^ right));
    rest.strip_prefix('/').filter(|_| difference == 0)
}

/// Whether the request was sent to this machine by a name that is always its own. Another site's name can be made to
/// lead here by whoever owns it, and its pages could then read ours.
pub(super) fn is_to_us(headers: &HeaderMap) -> bool {
    let Some(host) = text(headers, HOST) else {
        return false;
    };
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'))
        .unwrap_or(name);
    name.eq_ignore_ascii_case("localhost")
        || bare
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// Whether a form is one of ours. Browsers say where a form is from.
pub(super) fn is_from_us(headers: &HeaderMap) -> bool {
    match (text(headers, ORIGIN), text(headers, HOST)) {
        (Some(origin), Some(host)) => origin.strip_prefix("http://") == Some(host),
        _ => false,
    }
}

/// A header that stands there once.
fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(host: &str, origin: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(ORIGIN, origin.parse().unwrap());
        }
        headers
    }

    #[test]
    fn only_the_whole_token_opens() {
        let base = new_base().unwrap();
        assert_eq!(base.len(), 33);
        assert_ne!(base, new_base().unwrap());
        for (path, expected) in [
            (format!("{base}/"), Some("")),
            (format!("{base}/change/3"), Some("change/3")),
            (base.clone(), None),
            (format!("{base}x"), None),
            (format!("{}/", &base[..32]), None),
            (format!("/{}/", "0".repeat(32)), None),
            ("/".into(), None),
            ("/₹₹₹₹₹₹₹₹₹₹₹₹₹₹₹₹₹₹/".into(), None),
        ] {
            assert_eq!(behind_base(&path, &base), expected, "{path}");
        }
    }

    #[test]
    fn names_of_others_are_not_answered() {
        for (host, expected) in [
            ("127.0.0.1:4010", true),
            ("127.0.0.1", true),
            ("localhost:80", true),
            ("LOCALHOST:80", true),
            ("[::1]:80", true),
            ("a.test:80", false),
            ("127.0.0.1.a.test:80", false),
            ("localhost.a.test", false),
            ("192.168.0.2:80", false),
            ("0.0.0.0:80", false),
            ("", false),
        ] {
            assert_eq!(is_to_us(&headers(host, None)), expected, "{host}");
        }
        assert!(!is_to_us(&HeaderMap::new()));
    }

    #[test]
    fn forms_of_others_are_not_taken() {
        for (origin, expected) in [
            (Some("http://127.0.0.1:80"), true),
            (Some("http://127.0.0.1:81"), false),
            (Some("https://127.0.0.1:80"), false),
            (Some("http://a.test"), false),
            (Some("null"), false),
            (None, false),
        ] {
            let headers = headers("127.0.0.1:80", origin);
            assert_eq!(is_from_us(&headers), expected, "{origin:?}");
        }
    }
}
