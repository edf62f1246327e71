//! Where notifications are delivered to, and what is shown of that place: never what may be a secret.

use std::fmt;

use url::Url;

use crate::model::secret::Secrets;

/// The URL of a webhook handler.
#[derive(Clone)]
pub(super) struct Webhook(Url);

impl Webhook {
    /// Reads it. What is wrong is said without repeating the text.
    pub(super) fn parse(text: &str) -> Result<Webhook, String> {
        let url = Url::parse(text).map_err(|error| match error {
            url::ParseError::RelativeUrlWithoutBase => {
                "it must begin with `http://` or `https://`".to_owned()
            }
            error => error.to_string(),
        })?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err("notifications go to `http://` or `https://` URLs".into());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(
                "a user or a password in the URL is not taken: the gateway authenticates to nobody"
                    .into(),
            );
        }
        Ok(Webhook(url))
    }

    pub(super) fn url(&self) -> Url {
        self.0.clone()
    }

    /// What its query holds, which a handler may repeat.
    pub(super) fn secrets(&self) -> Secrets {
        let mut secrets = Secrets::default();
        for (name, value) in self.0.query_pairs() {
            match &*value {
                "" => secrets.add("query", &name),
                value => secrets.add(&name, value),
            }
        }
        secrets.add("query", self.0.query().unwrap_or_default());
        secrets
    }
}

/// Without its query, in which people put tokens.
impl fmt::Display for Webhook {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = self.0.clone();
        shown.set_query(None);
        shown.set_fragment(None);
        let query = if self.0.query().is_some() { "?…" } else { "" };
        write!(formatter, "{shown}{query}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_query_holds_is_a_secret() {
        let hidden = |url: &str, text: &str| {
            let target = Webhook::parse(url).ok();
            target.map(|target| target.secrets().hide(text))
        };
        let both = hidden(
            "http://a.test/?token=hunter2&b=%3Cx%3E-yes",
            "hunter2 &lt;x&gt;-yes",
        );
        assert_eq!(both.as_deref(), Some("[token] [b]"));
        let bare = hidden("http://a.test/?hunter2", "no hunter2 here");
        assert_eq!(bare.as_deref(), Some("no [query] here"));
        assert_eq!(hidden("http://a.test/", "all").as_deref(), Some("all"));
    }

    #[test]
    fn what_may_be_secret_is_not_shown() {
        let target = Webhook::parse("https://a.test:8443/hook?token=hunter2#hunter2").ok();
        let shown = target.map(|target| target.to_string());
        assert_eq!(shown.as_deref(), Some("https://a.test:8443/hook?…"));
        for wrong in [
            "hunter2",
            "ftp://a.test/hunter2",
            "http://u:hunter2@a.test/",
            "http://hunter2@a.test/",
            "http://:80/hunter2",
        ] {
            let said = Webhook::parse(wrong).err().unwrap_or_default();
            assert!(
                !said.is_empty() && !said.contains("hunter2"),
                "{wrong}: {said}"
            );
        }
    }
}
