//! Where secrets may go.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use std::borrow::Cow;
use url::Url;

use super::http::Outgoing;
use super::redirect::same_origin;
use crate::model::secret::Secrets;

/// The hosts that a target names.
#[derive(Clone, Debug)]
pub(super) struct Guard {
    base: Url,
    hosts: Vec<(String, Option<u16>)>,
}

impl Guard {
    /// The base URL's host, and the others: `name` or `name:port`.
    pub(super) fn new(base: Url, hosts: &[String]) -> Self {
        Guard {
            base,
            hosts: hosts.iter().map(|host| read(host)).collect(),
        }
    }

    /// Whether secrets may be sent there.
    pub(super) fn allows(&self, url: &Url) -> bool {
        if same_origin(&self.base, url) {
            return true;
        }
        let host = url.host_str().unwrap_or_default();
        // A name without a port stands for the server, not for a way to talk to it that anybody can read.
        let private = url.scheme() == "https" || self.base.scheme() == "http" || is_loopback(url);
        self.hosts.iter().any(|(name, port)| {
            name == host
                && match port {
                    Some(port) => url.port_or_known_default() == Some(*port),
                    None => private,
                }
        })
    }

    /// The name of the first secret in a request that must not be sent to where it goes.
    pub(super) fn leak<'a>(&self, secrets: &'a Secrets, outgoing: &Outgoing) -> Option<&'a str> {
        if secrets.is_empty() || self.allows(&outgoing.url) {
            return None;
        }
        find_in_encoded(secrets, outgoing.url.as_str())
            .or_else(|| {
                outgoing
                    .headers
                    .iter()
                    .find_map(|(name, value)| find_in_header(secrets, name, value))
            })
            .or_else(|| {
                // Names of files stand escaped in the body, and as they are here.
                let brief = outgoing.brief.as_deref().unwrap_or_default();
                if let Some(found) = secrets.find(brief.as_bytes()) {
                    return Some(found);
                }
                let body = outgoing.body.as_deref()?;
                secrets.find(body).or_else(|| {
                    let form = outgoing
                        .headers
                        .iter()
                        .any(|(_, value)| value.starts_with("application/x-www-form-urlencoded"));
                    form.then(|| find_in_encoded(secrets, std::str::from_utf8(body).ok()?))?
                })
            })
    }
}

/// The name of the first secret in a header.
pub(super) fn find_in_header<'a>(secrets: &'a Secrets, name: &str, value: &str) -> Option<&'a str> {
    secrets.find(value.as_bytes()).or_else(|| {
        if name != "authorization" {
            return None;
        }
        let (_, credentials) = value.split_once(' ')?;
        secrets.find(&STANDARD.decode(credentials.trim()).ok()?)
    })
}

/// The name of the first secret in a text in which some characters are percent-encoded and some are not.
pub(super) fn find_in_encoded<'a>(secrets: &'a Secrets, text: &str) -> Option<&'a str> {
    secrets.find(text.as_bytes()).or_else(|| {
        let plain: Cow<'_, [u8]> = percent_decode_str(text).into();
        secrets.find(&plain).or_else(|| {
            let spaced = text.replace('+', " ");
            let plain: Cow<'_, [u8]> = percent_decode_str(&spaced).into();
            secrets.find(&plain)
        })
    })
}

fn read(host: &str) -> (String, Option<u16>) {
    let host = host.trim().to_ascii_lowercase();
    match host.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') || name.ends_with(']') => match port.parse() {
            Ok(port) => (name.to_owned(), Some(port)),
            Err(_) => (host, None),
        },
        _ => (host, None),
    }
}

/// Whether a URL's host is this machine, by its name.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn secrets_go_where_the_target_says() {
        let hosts = [
            "Auth.test".to_owned(),
            "c.test:8443".into(),
            "[::1]:90".into(),
        ];
        let guard = Guard::new(url("https://a.test/v1"), &hosts);
        for (to, allowed) in [
            ("https://a.test/x", true),
            ("https://A.TEST:443/x", true),
            ("https://a.test:444/x", false),
            ("http://a.test/x", false),
            ("https://auth.test/", true),
            ("https://auth.test:9000/", true),
            ("http://auth.test/", false),
            ("https://c.test:8443/", true),
            ("https://c.test/", false),
            ("http://[::1]:90/", true),
            ("https://a.test.evil.test/", false),
            ("https://evil.test/?a.test", false),
            ("https://a.test@evil.test/", false),
        ] {
            assert_eq!(guard.allows(&url(to)), allowed, "{to}");
        }
    }

    #[test]
    fn a_secret_is_found_wherever_it_stands() {
        let guard = Guard::new(url("http://a.test"), &[]);
        let mut secrets = Secrets::default();
        secrets.add("key", "s3cr-e t/ö");
        let basic = STANDARD.encode("u:s3cr-e t/ö");
        let outgoing = |to: &str, header: &str, body: &'static str| Outgoing {
            method: "POST".into(),
            url: url(to),
            headers: vec![("authorization".into(), header.into())],
            body: Some(Bytes::from_static(body.as_bytes())),
            brief: None,
            tls: std::sync::Arc::default(),
        };
        for (to, header, body) in [
            ("http://b.test/s3cr-e t/ö", "", ""),
            ("http://b.test/?k=s3cr-e+t%2F%C3%B6", "", ""),
            ("http://b.test/", "Bearer s3cr-e t/ö", ""),
            ("http://b.test/", &format!("Basic {basic}"), ""),
            ("http://b.test/", "", r#"{"k": "s3cr-e t/ö"}"#),
        ] {
            let outgoing = outgoing(to, header, body);
            assert_eq!(guard.leak(&secrets, &outgoing), Some("key"), "{outgoing:?}");
        }
        assert_eq!(
            guard.leak(
                &secrets,
                &outgoing("http://a.test/", "Bearer s3cr-e t/ö", "")
            ),
            None
        );
        assert_eq!(
            guard.leak(&secrets, &outgoing("http://b.test/", "x", "y")),
            None
        );
    }
}
