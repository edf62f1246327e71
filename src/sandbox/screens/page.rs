//! What all pages have in common: the frame, the style, and the headers that let nothing in from outside.

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use super::step::{PARTS, Step};

const STYLE: &str = include_str!("style.css");

/// What is wrong with a form that was sent.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    /// The id of the field that it is about.
    pub(super) field: &'static str,
    pub(super) text: String,
    /// What was entered, to be shown again.
    pub(super) entered: String,
}

impl Problem {
    /// The status of a page with a problem, or with none.
    pub(super) fn status(problem: Option<&Problem>) -> StatusCode {
        match problem {
            None => StatusCode::OK,
            Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }

    pub(super) fn new(field: &'static str, text: impl Into<String>) -> Problem {
        Problem {
            field,
            text: text.into(),
            entered: String::new(),
        }
    }
}

/// A page that is being put together.
pub(super) struct Page {
    title: String,
    step: Option<Step>,
    problem: Option<Problem>,
    aggregator: Option<String>,
    is_wide: bool,
    body: Markup,
}

impl Page {
    pub(super) fn new(title: impl Into<String>) -> Page {
        Page {
            title: title.into(),
            step: None,
            problem: None,
            aggregator: None,
            is_wide: false,
            body: PreEscaped(String::new()),
        }
    }

    /// Says which part of the way this is.
    pub(super) fn step(self, step: Step) -> Page {
        Page {
            step: Some(step),
            ..self
        }
    }

    /// Says at the top what is wrong with the form.
    pub(super) fn problem(self, problem: Option<&Problem>) -> Page {
        Page {
            problem: problem.cloned(),
            ..self
        }
    }

    /// Says whose page it would be, if that is known.
    pub(super) fn aggregator(self, handle: Option<&str>) -> Page {
        Page {
            aggregator: handle.map(str::to_owned),
            ..self
        }
    }

    /// Takes more of a wide window, for tables.
    pub(super) fn wide(self) -> Page {
        Page {
            is_wide: true,
            ..self
        }
    }

    pub(super) fn body(self, body: Markup) -> Page {
        Page { body, ..self }
    }

    pub(super) fn respond(self, status: StatusCode) -> Response {
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
            STANDARD.encode(Sha256::digest(STYLE.as_bytes()))
        );
        let mut response = (status, self.markup().into_string()).into_response();
        let headers = response.headers_mut();
        if let Ok(policy) = HeaderValue::from_str(&policy) {
            headers.insert(CONTENT_SECURITY_POLICY, policy);
        }
        for (name, value) in [
            (CONTENT_TYPE, "text/html; charset=utf-8"),
            (CACHE_CONTROL, "no-store"),
            // Not `no-referrer`, with which browsers do not say where a form comes from.
            (REFERRER_POLICY, "same-origin"),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        response
    }

    fn markup(&self) -> Markup {
        let brand = self.aggregator.as_deref().unwrap_or("Sandbox");
        let part = self.step.and_then(Step::part);
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title {
                        @if self.problem.is_some() { "Error: " }
                        (self.title) " – " (brand)
                    }
                    style { (PreEscaped(STYLE)) }
                }
                body class=[self.is_wide.then_some("wide")] {
                    header {
                        p.brand { (brand) }
                        p.pretend { "Simulated: no real bank, no real data" }
                    }
                    main {
                        @if let Some((number, name)) = part {
                            p.part { "Step " (number) " of " (PARTS) ": " (name) }
                            (progress(number))
                        }
                        @if let Some(problem) = &self.problem {
                            (summary(problem))
                        }
                        h1 { (self.title) }
                        (self.body)
                    }
                }
            }
        }
    }
}

/// The bar says nothing that the words above it do not, so it is not read aloud.
fn progress(number: usize) -> Markup {
    html! {
        div.progress aria-hidden="true" {
            @for part in 1..=PARTS {
                span class=[(part <= number).then_some("come")] {}
            }
        }
    }
}

fn summary(problem: &Problem) -> Markup {
    html! {
        div.summary role="alert" tabindex="-1" autofocus aria-labelledby="summary-title" {
            p #summary-title { strong { "There is a problem" } }
            p { a href=(format!("#{}", problem.field)) { (problem.text) } }
        }
    }
}

/// What is wrong, beside the field that it is about.
pub(super) fn field_error(problem: Option<&Problem>) -> Markup {
    html! {
        @if let Some(problem) = problem {
            p.error id=(format!("{}-error", problem.field)) {
                span.hidden { "Error: " }
                (problem.text)
            }
        }
    }
}

/// What describes a field: its hint, and its error if there is one.
pub(super) fn described_by(field: &str, problem: Option<&Problem>) -> String {
    match problem {
        Some(_) => format!("{field}-hint {field}-error"),
        None => format!("{field}-hint"),
    }
}

/// An answer that leads elsewhere with a GET, so that a reload sends nothing again.
pub(super) fn see_other(path: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    // Paths are made of known words and ids of known consents.
    if let Ok(path) = HeaderValue::from_str(path) {
        response.headers_mut().insert(LOCATION, path);
    }
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
