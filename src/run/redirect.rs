//! Redirects: what is asked next.

use url::Url;

use super::http::Outgoing;
use crate::model::exchange::Response;

/// What an answer leads to.
#[derive(Debug)]
pub(super) enum Next {
    /// Nowhere: it is the last answer.
    Stay,
    /// To another request.
    Ask(Outgoing),
    /// To a place that cannot be asked.
    Nowhere(String),
}

/// What a client asks next that follows redirects.
pub(super) fn next(sent: &Outgoing, response: &Response) -> Next {
    if !matches!(response.status, 301 | 302 | 303 | 307 | 308) {
        return Next::Stay;
    }
    let Some(location) = response.header("location") else {
        return Next::Stay;
    };
    let url = match sent.url.join(location) {
        Ok(url) => url,
        Err(error) => {
            return Next::Nowhere(format!(
                "redirected to `{location}`, which is no URL: {error}"
            ));
        }
    };
    if !matches!(url.scheme(), "http" | "https") {
        return Next::Nowhere(format!(
            "redirected to `{location}`, which is neither http nor https"
        ));
    }
    let mut next = Outgoing {
        url,
        ..sent.clone()
    };
    if becomes_get(response.status, &sent.method) {
        next.method = "GET".into();
        next.body = None;
        next.brief = None;
        next.headers
            .retain(|(name, _)| !name.starts_with("content-") && name != "transfer-encoding");
    }
    Next::Ask(next)
}

/// 303 asks for a GET; for 301 and 302 that is what clients do with a POST.
fn becomes_get(status: u16, method: &str) -> bool {
    match status {
        303 => !matches!(method, "GET" | "HEAD"),
        301 | 302 => method == "POST",
        _ => false,
    }
}

/// Whether two URLs have the same scheme, host and port.
pub(super) fn same_origin(one: &Url, other: &Url) -> bool {
    one.scheme() == other.scheme()
        && one.host_str() == other.host_str()
        && one.port_or_known_default() == other.port_or_known_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn sent(method: &str) -> Outgoing {
        Outgoing {
            method: method.into(),
            url: Url::parse("http://a.test/x/y?z=1").unwrap(),
            headers: vec![
                ("content-type".into(), "application/json".into()),
                ("x-a".into(), "1".into()),
            ],
            body: Some(Bytes::from_static(b"{}")),
            brief: Some("{}".into()),
            tls: std::sync::Arc::default(),
        }
    }

    fn answer(status: u16, location: &str) -> Response {
        Response {
            status,
            headers: vec![("location".into(), location.into())],
            ..Response::default()
        }
    }

    #[test]
    fn methods_change_as_clients_change_them() {
        for (status, method, expected) in [
            (301, "POST", "GET"),
            (302, "POST", "GET"),
            (303, "POST", "GET"),
            (303, "PUT", "GET"),
            (303, "HEAD", "HEAD"),
            (302, "PUT", "PUT"),
            (307, "POST", "POST"),
            (308, "DELETE", "DELETE"),
        ] {
            let Next::Ask(next) = next(&sent(method), &answer(status, "../w")) else {
                panic!("{status} {method} stays");
            };
            assert_eq!(next.method, expected, "{status} {method}");
            assert_eq!(next.url.as_str(), "http://a.test/w");
            let dropped = method != "GET" && expected == "GET";
            assert_eq!(next.body.is_none(), dropped);
            assert_eq!(next.brief.is_none(), dropped);
            assert_eq!(next.headers.len(), if dropped { 1 } else { 2 });
        }
    }

    #[test]
    fn only_redirects_lead_on() {
        assert!(matches!(next(&sent("GET"), &answer(304, "/a")), Next::Stay));
        assert!(matches!(
            next(
                &sent("GET"),
                &Response {
                    status: 302,
                    ..Response::default()
                }
            ),
            Next::Stay
        ));
        assert!(matches!(
            next(&sent("GET"), &answer(302, "ftp://a.test/")),
            Next::Nowhere(_)
        ));
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let url = |text: &str| Url::parse(text).unwrap();
        assert!(same_origin(
            &url("http://a.test/x"),
            &url("http://a.test:80/y")
        ));
        assert!(!same_origin(
            &url("http://a.test/"),
            &url("https://a.test/")
        ));
        assert!(!same_origin(
            &url("http://a.test/"),
            &url("http://a.test:81/")
        ));
    }
}
