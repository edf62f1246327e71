//! The cookies of one case.

use cookie_store::CookieStore;
use url::Url;

use crate::model::exchange::Response;

/// What servers asked to be sent back.
#[derive(Debug, Default)]
pub(super) struct Cookies {
    store: CookieStore,
    /// What was set, where it is to be set elsewhere too.
    noted: Option<Vec<SetCookie>>,
}

/// A cookie as a server set it, and by which URL.
pub(super) type SetCookie = (Url, String);

impl Cookies {
    /// No cookies, and a note of each that is set.
    pub(super) fn noting() -> Self {
        Cookies {
            noted: Some(Vec::new()),
            ..Cookies::default()
        }
    }

    /// What was noted.
    pub(super) fn into_noted(self) -> Vec<SetCookie> {
        self.noted.unwrap_or_default()
    }

    /// Keeps what was set elsewhere.
    pub(super) fn take(&mut self, noted: &[SetCookie]) {
        for (url, cookie) in noted {
            self.set(url, cookie);
        }
    }

    /// Keeps what a response sets; what is malformed or for other hosts is passed over, as browsers do.
    pub(super) fn note(&mut self, url: &Url, response: &Response) {
        for cookie in set_by(response) {
            self.set(url, cookie);
        }
    }

    fn set(&mut self, url: &Url, cookie: &str) {
        // A refused cookie is not an error: the server may say what it likes.
        let _refused = self.store.parse(cookie, url);
        if let Some(noted) = &mut self.noted {
            noted.push((url.clone(), cookie.to_owned()));
        }
    }

    /// The headers with the `cookie` header for a URL. A cookie that the author gives wins over a kept one.
    pub(super) fn attach(&self, url: &Url, headers: &mut Vec<(String, String)>) {
        let mut kept = self.store.matches(url);
        if kept.is_empty() {
            return;
        }
        // The longer path first, as RFC 6265 wants it; the rest of the order only has to be the same each time.
        kept.sort_by(|one, other| {
            let length = |cookie: &cookie_store::Cookie<'_>| cookie.path.as_ref().len();
            (length(other), one.name()).cmp(&(length(one), other.name()))
        });
        let given = headers.iter().position(|(name, _)| name == "cookie");
        let mut cookies: Vec<String> = given.map(|at| headers[at].1.clone()).into_iter().collect();
        let named: Vec<String> = cookies
            .iter()
            .flat_map(|header| header.split(';'))
            .filter_map(|pair| Some(pair.split_once('=')?.0.trim().to_owned()))
            .collect();
        for cookie in kept {
            if !named.iter().any(|name| name == cookie.name()) {
                cookies.push(format!("{}={}", cookie.name(), cookie.value()));
            }
        }
        let header = ("cookie".to_owned(), cookies.join("; "));
        match given {
            Some(at) => headers[at] = header,
            None => headers.push(header),
        }
    }
}

/// The value of a cookie that a response sets.
pub(super) fn value(response: &Response, name: &str) -> Option<String> {
    set_by(response)
        .filter_map(|cookie| cookie_store::RawCookie::parse(cookie).ok())
        .filter(|cookie| cookie.name() == name)
        .last()
        .map(|cookie| cookie.value().to_owned())
}

fn set_by(response: &Response) -> impl Iterator<Item = &str> {
    response
        .headers
        .iter()
        .filter(|(name, _)| name == "set-cookie")
        .map(|(_, value)| value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(cookies: &[&str]) -> Response {
        Response {
            headers: cookies
                .iter()
                .map(|cookie| ("set-cookie".to_owned(), (*cookie).to_owned()))
                .collect(),
            ..Response::default()
        }
    }

    #[test]
    fn cookies_go_back_where_they_came_from() {
        let url = |text: &str| Url::parse(text).unwrap();
        let mut cookies = Cookies::default();
        cookies.note(
            &url("http://a.test/"),
            &response(&[
                "sid=1; Path=/",
                "b=2; Path=/x",
                "s=3; Secure",
                "evil=4; Domain=b.test",
                "=;;",
            ]),
        );
        let sent = |to: &str, given: Option<&str>| {
            let mut headers: Vec<_> = given
                .map(|value| ("cookie".to_owned(), value.to_owned()))
                .into_iter()
                .collect();
            cookies.attach(&url(to), &mut headers);
            headers
                .into_iter()
                .map(|(_, value)| value)
                .collect::<String>()
        };
        assert_eq!(sent("http://a.test/", None), "sid=1");
        assert_eq!(sent("http://a.test/x/y", None), "b=2; sid=1");
        assert_eq!(sent("http://a.test/", Some("sid=9; o=0")), "sid=9; o=0");
        assert_eq!(sent("http://b.test/", None), "");
    }

    #[test]
    fn a_cookie_has_a_value() {
        let response = response(&["sid=a b; HttpOnly", "t=\"x\""]);
        assert_eq!(value(&response, "sid").as_deref(), Some("a b"));
        assert_eq!(value(&response, "nope"), None);
    }
}
