//! A request as it would be sent, with marks in the place of secrets and of what is not known yet.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use std::path::PathBuf;
use url::form_urlencoded;

use super::super::body::MadeOf;
use super::super::case::Frame;
use super::super::consent::Decided;
use super::super::control::decision;
use super::super::evaluate::Evaluate;
use super::super::guard::{find_in_encoded, find_in_header};
use super::super::http::Outgoing;
use super::super::multipart::Part;
use super::super::record::hide_url;
use super::super::request::{Prepared, prepare};
use super::Preview;
use crate::model::files::{FileProblem, Files};
use crate::model::outcome::{Failure, FailureKind};
use crate::model::plan::{Request, Step};
use crate::model::preview::{
    PartContent, PreviewBody, PreviewLine, PreviewPart, PreviewRequest, PreviewTls, SECRET,
    UNKNOWN, marked,
};
use crate::model::source::{FileId, Span};
use crate::model::template::Template;

/// Headers that hold credentials, whether a secret was declared or not.
const CREDENTIALS: [&str; 4] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "x-client-secret",
];

impl<'run> Preview<'run, '_> {
    pub(super) fn request(&mut self, step: &'run Step, request: &Request, frame: &Frame) {
        let files = Lenient(self.case.world.files());
        let evaluate = Evaluate {
            engine: self.engine(),
            scope: &frame.scope,
            files: &files,
            span: request.url_span,
        };
        let made = prepare(request, &self.case.base, &evaluate)
            .and_then(|prepared| Ok((self.tls(request, &prepared, &evaluate)?, prepared)));
        let (tls, prepared) = match made {
            Ok(made) => made,
            Err(failure) => return self.wrong(failure),
        };
        if let Some(name) = self.case.guard.leak(&self.case.secrets, &prepared.outgoing) {
            let why = self.case.refusal(name, &prepared.outgoing.url);
            let failure = Failure::new(FailureKind::Request, Some(prepared.span), why);
            return self.wrong(failure);
        }
        let whole = self.whole_url(&request.url, frame);
        let notes = self.notes(step, request, frame);
        let gives = step.captures.iter().map(|capture| capture.name.clone());
        let line = PreviewRequest {
            label: self.case.secrets.hide(&frame.label(step)),
            span: Some(step.span),
            is_own: true,
            tls,
            follow: prepared.follow,
            gives: gives.collect(),
            notes,
            ..self.outgoing(&prepared.outgoing, &prepared.made_of, whole)
        };
        self.lines.push(PreviewLine::Request(Box::new(line)));
    }

    /// What a sandbox is told through its control interface.
    pub(super) fn control(
        &mut self,
        label: &str,
        span: Option<Span>,
        method: &str,
        path: &[&str],
        body: String,
    ) {
        let Some(control) = &self.case.control else {
            return;
        };
        let outgoing = control.request(method, path, Some(body));
        let line = PreviewRequest {
            label: self.case.secrets.hide(label),
            span,
            ..self.outgoing(&outgoing, &MadeOf::Text, false)
        };
        self.lines.push(PreviewLine::Request(Box::new(line)));
    }

    /// The customer's answer, as the sandbox is told it.
    pub(super) fn decide(&mut self, step: &Step, decided: Decided) {
        let page = decided.url.split(['?', '#']).next().unwrap_or_default();
        let last = page.rsplit('/').find(|part| !part.is_empty());
        let last = last.unwrap_or(page);
        let id = match last.strip_prefix(UNKNOWN[0]) {
            Some(name) if last == page => marked(
                UNKNOWN,
                &format!("the last part of {}", name.trim_end_matches(UNKNOWN[1])),
            ),
            _ => last.to_owned(),
        };
        let body = decision(&decided.decision, decided.accounts, decided.reason).to_string();
        let path = ["consents", id.as_str(), "decision"];
        self.control("", Some(step.span), "POST", &path, body);
    }

    fn outgoing(&self, outgoing: &Outgoing, made_of: &MadeOf, whole: bool) -> PreviewRequest {
        let base = self.case.base.as_str().trim_end_matches('/');
        let url = self.shown(outgoing.url.as_str());
        let url = match url.strip_prefix(base).filter(|_| whole) {
            Some(rest) => rest.trim_start_matches('/').to_owned(),
            None => url,
        };
        let mut user = None;
        let mut headers = Vec::new();
        for (name, value) in &outgoing.headers {
            if name == "authorization"
                && let Some(known) = self.user(value)
            {
                user = Some(known);
            } else {
                headers.push((name.clone(), self.header(name, value)));
            }
        }
        let body = self.body(outgoing, made_of);
        if matches!(body, PreviewBody::Parts(_)) {
            headers.retain(|(name, value)| {
                name != "content-type" || !value.starts_with("multipart/form-data; boundary=")
            });
            for (name, value) in &mut headers {
                if name == "content-type"
                    && let Some((kind, _)) = value.split_once("; boundary=sammati-")
                {
                    *value = kind.to_owned();
                }
            }
        }
        PreviewRequest {
            label: String::new(),
            span: None,
            is_own: false,
            method: outgoing.method.clone(),
            url,
            headers,
            user,
            body,
            follow: 0,
            tls: PreviewTls::default(),
            gives: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// A URL with its secrets hidden, and what is not known in it readable again.
    pub(super) fn shown(&self, url: &str) -> String {
        let secrets = &self.case.secrets;
        let hidden = secrets.hide_as(url, &|name| marked(SECRET, name));
        readable(&if find_in_encoded(secrets, &hidden).is_none() {
            hidden.into_owned()
        } else {
            hide_url(url, secrets)
        })
    }

    /// Whether the URL begins with something that is not known yet, which may be a whole address.
    fn whole_url(&self, url: &Template, frame: &Frame) -> bool {
        frame.scope.lacks(url.names())
            && self
                .engine()
                .render(url, &frame.scope)
                .is_ok_and(|url| url.starts_with(UNKNOWN[0]))
    }

    fn hidden(&self, text: &str) -> String {
        let secrets = &self.case.secrets;
        secrets
            .hide_as(text, &|name| marked(SECRET, name))
            .into_owned()
    }

    /// Credentials of Basic authentication; a password that is no declared secret is hidden too.
    fn user(&self, value: &str) -> Option<String> {
        let plain = STANDARD.decode(value.strip_prefix("Basic ")?).ok()?;
        let plain = String::from_utf8(plain).ok()?;
        let (user, password) = plain.split_once(':')?;
        let is_told = |hidden: &str| hidden.contains([SECRET[0], UNKNOWN[0], '[']);
        let hidden = self.hidden(password);
        let password = if password.is_empty() || is_told(&hidden) {
            hidden
        } else {
            marked(SECRET, "password")
        };
        Some(format!("{}:{password}", self.hidden(user)))
    }

    fn header(&self, name: &str, value: &str) -> String {
        let secrets = &self.case.secrets;
        let hidden = self.hidden(value);
        if let Some(secret) = find_in_header(secrets, name, &hidden) {
            return format!("[{secret}]");
        }
        let is_told = hidden != value || value.contains(UNKNOWN[0]);
        if CREDENTIALS.contains(&name) && !is_told {
            return marked(SECRET, name);
        }
        hidden
    }

    fn body(&self, outgoing: &Outgoing, made_of: &MadeOf) -> PreviewBody {
        let bytes = outgoing.body.as_deref().unwrap_or_default();
        match made_of {
            MadeOf::File(from, path) => PreviewBody::File(self.path(*from, path)),
            MadeOf::Parts(parts) => {
                PreviewBody::Parts(parts.iter().map(|part| self.part(part)).collect())
            }
            MadeOf::Fields => self.fields(bytes),
            MadeOf::Text if bytes.is_empty() => PreviewBody::None,
            MadeOf::Text => PreviewBody::Text(self.hidden(&String::from_utf8_lossy(bytes))),
        }
    }

    /// A form byte for byte, unless something in it must not be shown or is not known.
    fn fields(&self, bytes: &[u8]) -> PreviewBody {
        let plain: Vec<(String, String)> = form_urlencoded::parse(bytes).into_owned().collect();
        let shown: Vec<(String, String)> = plain
            .iter()
            .map(|(name, value)| (self.hidden(name), self.hidden(value)))
            .collect();
        let is_marked = |text: &String| text.contains([UNKNOWN[0], SECRET[0]]);
        if shown == plain
            && !plain
                .iter()
                .any(|(name, value)| is_marked(name) || is_marked(value))
        {
            PreviewBody::Text(String::from_utf8_lossy(bytes).into_owned())
        } else {
            PreviewBody::Fields(shown)
        }
    }

    fn part(&self, part: &Part) -> PreviewPart {
        PreviewPart {
            name: self.hidden(&part.name),
            content: match &part.file {
                Some(file) => PartContent::File {
                    path: self.path(file.at.0, &file.at.1),
                    name: self.hidden(&file.name),
                    media_type: self.hidden(&file.media_type),
                },
                None => PartContent::Text(self.hidden(&String::from_utf8_lossy(&part.content))),
            },
        }
    }

    fn path(&self, from: FileId, path: &str) -> PathBuf {
        let path = self.case.world.path(from, path);
        self.hidden(&path.to_string_lossy()).into()
    }

    /// The files that a request by `https` names for TLS.
    fn tls(
        &self,
        request: &Request,
        prepared: &Prepared,
        evaluate: &Evaluate<'_>,
    ) -> Result<PreviewTls, Failure> {
        let Some(tls) = &request.tls else {
            return Ok(PreviewTls::default());
        };
        if prepared.outgoing.url.scheme() != "https" && prepared.follow == 0 {
            return Ok(PreviewTls::default());
        }
        let path = |path: &Template| Ok(self.path(path.span().file, &evaluate.text(path)?));
        Ok(PreviewTls {
            ca: tls.ca.as_ref().map(path).transpose()?,
            identity: match &tls.identity {
                Some((certificate, key)) => Some((path(certificate)?, path(key)?)),
                None => None,
            },
            insecure: prepared.outgoing.tls.insecure,
        })
    }

    /// How often the request may be sent.
    fn notes(&self, step: &Step, request: &Request, frame: &Frame) -> Vec<String> {
        let mut notes = Vec::new();
        if let Some(until) = &step.until {
            notes.push(format!(
                "sent again every {} until it answers what `until` asks for, for {} at most",
                self.told(&until.every.first, frame),
                self.told(&until.within, frame)
            ));
        }
        if let Some(retry) = &request.retry
            && let Some(times) = retry.times.as_fixed()
        {
            notes.push(format!("sent again up to {times} times where it fails"));
        }
        notes
    }
}

/// What is not known stands percent-encoded in a URL: readable again.
fn readable(url: &str) -> String {
    let [open, close] = UNKNOWN.map(|mark| {
        let mark = mark.to_string();
        let bytes = mark.bytes().map(|byte| format!("%{byte:02X}"));
        bytes.collect::<String>()
    });
    let mut readable = String::new();
    let mut rest = url;
    while let Some((before, after)) = rest.split_once(&open) {
        let Some((name, after)) = after.split_once(&close) else {
            break;
        };
        readable.push_str(before);
        let name = if readable.contains('?') {
            name.replace('+', " ")
        } else {
            name.to_owned()
        };
        let name = percent_decode_str(&name).decode_utf8_lossy();
        readable.push_str(&marked(UNKNOWN, &name));
        rest = after;
    }
    readable.push_str(rest);
    readable
}

/// Files, where one whose name is not known yet is taken to be there.
#[derive(Debug)]
struct Lenient<'f>(&'f dyn Files);

impl Files for Lenient<'_> {
    fn find(&self, from: FileId, path: &str) -> Result<(), FileProblem> {
        self.0.find(from, path)
    }

    fn read(&self, from: FileId, path: &str) -> Result<Vec<u8>, FileProblem> {
        if path.contains(UNKNOWN[0]) {
            return Ok(Vec::new());
        }
        self.0.read(from, path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_readable_in_a_url() {
        let name = marked(UNKNOWN, "a | trim");
        let mut url = url::Url::parse("http://a.test/").expect("a URL");
        url.set_path(&format!("/x/{name}/y"));
        url.query_pairs_mut().append_pair("k", &name);
        assert_eq!(
            readable(url.as_str()),
            format!("http://a.test/x/{name}/y?k={name}")
        );
        assert_eq!(
            readable("http://a.test/%EE%80%80a"),
            "http://a.test/%EE%80%80a"
        );
    }
}
