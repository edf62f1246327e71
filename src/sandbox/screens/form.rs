//! Forms as browsers send them.

use axum::http::HeaderMap;
use axum::http::header::{HOST, ORIGIN};

/// Fields beyond this many are not looked at: the largest form has one for each of a customer's accounts.
const MOST_FIELDS: usize = 2_000;

/// The fields of a form.
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    /// Anything can be read as a form; what is none has no fields that anyone asks for.
    pub(super) fn read(body: &[u8]) -> Form {
        Form(
            url::form_urlencoded::parse(body)
                .into_owned()
                .take(MOST_FIELDS)
                .collect(),
        )
    }

    /// What was entered, without the spaces around it; empty if it was not sent.
    pub(super) fn text(&self, name: &str) -> &str {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value.trim())
    }

    /// The values of all fields of a name.
    pub(super) fn all(&self, name: &str) -> Vec<String> {
        self.0
            .iter()
            .filter(|(key, _)| key == name)
            .map(|(_, value)| value.clone())
            .collect()
    }

    /// What was entered, as people write numbers: without spaces and hyphens.
    pub(super) fn digits(&self, name: &str) -> String {
        self.text(name)
            .chars()
            .filter(|character| !matches!(character, ' ' | '-'))
            .collect()
    }
}

/// Whether a form comes from another site's page. Browsers say where a form is from; scripts need not.
pub(super) fn is_foreign(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(ORIGIN) else {
        return false;
    };
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let from = origin
        .to_str()
        .ok()
        .and_then(|origin| origin.split_once("://"))
        .map(|(_, authority)| authority);
    from.is_none() || from != host
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_as_people_fill_them() {
        let form = Form::read(b"otp=+123-456+&account=a&account=b%26c&mobile=98765+43210");
        assert_eq!(form.digits("otp"), "123456");
        assert_eq!(form.digits("mobile"), "9876543210");
        assert_eq!(form.all("account"), ["a", "b&c"]);
        assert_eq!(form.text("nothing"), "");
        assert_eq!(Form::read(&[0xff, b'=', 0x00]).text("otp"), "");
    }

    #[test]
    fn forms_of_other_sites_are_told_by_their_origin() {
        for (origin, foreign) in [
            (None, false),
            (Some("http://127.0.0.1:4010"), false),
            (Some("http://127.0.0.1:4011"), true),
            (Some("http://a.test"), true),
            (Some("null"), true),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, "127.0.0.1:4010".parse().unwrap());
            if let Some(origin) = origin {
                headers.insert(ORIGIN, origin.parse().unwrap());
            }
            assert_eq!(is_foreign(&headers), foreign, "{origin:?}");
        }
    }
}
