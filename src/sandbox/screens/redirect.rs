//! Where the customer is sent when all is done, and what the client hears there.

use url::Url;

use crate::sandbox::domain::consent::Consent;

/// How the visit ended.
pub(super) enum Outcome<'a> {
    Approved,
    /// With the reason, also where no accounts were found.
    Rejected(&'a str),
    Cancelled(&'a str),
}

/// Schemes that run or show something of their own instead of leading back to the client. Apps have schemes of their
/// own, so it cannot be said which are right.
const WRONG_SCHEMES: [&str; 8] = [
    "about",
    "blob",
    "data",
    "file",
    "filesystem",
    "javascript",
    "vbscript",
    "view-source",
];

/// The consent's redirect URL with what Setu documents to be added to it: `success` and `id`, and where it went wrong
/// `errorcode`, which is 1 for a rejection and 5 for a cancellation, and `errormsg`. None if it is no URL to lead to.
///
/// What the code is where no accounts were found is not documented; a rejection's comes nearest.
pub(super) fn leads_to(consent: &Consent, outcome: &Outcome<'_>) -> Option<String> {
    with_outcome(&consent.redirect_url, &consent.id, outcome)
}

fn with_outcome(redirect_url: &str, id: &str, outcome: &Outcome<'_>) -> Option<String> {
    let mut url = Url::parse(redirect_url).ok()?;
    if WRONG_SCHEMES.contains(&url.scheme()) || url.cannot_be_a_base() {
        return None;
    }
    let failure = match outcome {
        Outcome::Approved => None,
        Outcome::Rejected(reason) => Some(("1", *reason)),
        Outcome::Cancelled(reason) => Some(("5", *reason)),
    };
    let mut query = url.query_pairs_mut();
    query
        .append_pair("success", if failure.is_none() { "true" } else { "false" })
        .append_pair("id", id);
    if let Some((code, message)) = failure {
        query
            .append_pair("errorcode", code)
            .append_pair("errormsg", message);
    }
    drop(query);
    Some(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_hears_what_came_of_it() {
        for (url, outcome, expected) in [
            (
                "https://a.test/back?case=7#end",
                Outcome::Approved,
                Some("https://a.test/back?case=7&success=true&id=abc#end"),
            ),
            (
                "https://a.test",
                Outcome::Rejected("reject_other"),
                Some("https://a.test/?success=false&id=abc&errorcode=1&errormsg=reject_other"),
            ),
            (
                "myapp://consent",
                Outcome::Cancelled("two words"),
                Some("myapp://consent?success=false&id=abc&errorcode=5&errormsg=two+words"),
            ),
            ("javascript:alert(1)", Outcome::Approved, None),
            ("JavaScript://a.test/%0aalert(1)", Outcome::Approved, None),
            ("data:text/html,hello", Outcome::Approved, None),
            ("mailto:someone@a.test", Outcome::Approved, None),
            ("/relative", Outcome::Approved, None),
            ("", Outcome::Approved, None),
        ] {
            assert_eq!(
                with_outcome(url, "abc", &outcome).as_deref(),
                expected,
                "{url}"
            );
        }
    }
}
