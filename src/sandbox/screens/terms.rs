//! The request in plain words: who asks, why, for what, for how long and how often.

use maud::{Markup, html};

use super::words;
use crate::sandbox::domain::consent::Consent;
use crate::sandbox::domain::context::ContextKey;

pub(super) fn terms(client: &str, consent: &Consent) -> Markup {
    let terms = &consent.terms;
    let why = terms
        .context_value(ContextKey::PurposeDescription)
        .unwrap_or(&terms.purpose.text);
    let kinds: Vec<&str> = terms.fi_types.iter().copied().map(words::kinds).collect();
    html! {
        dl.terms {
            div { dt { "Who asks" } dd { (client) } }
            div { dt { "Why" } dd { (why) } }
            div {
                dt { "What" }
                dd {
                    "From your " (words::list(&kinds)) ":"
                    ul {
                        @for part in words::parts(terms) { li { (part) } }
                        @for filter in &terms.data_filter { li { "Of those, " (words::filter(filter)) } }
                        @if let Some(kind) = terms.context_value(ContextKey::TransactionType) {
                            li { "Of those, only " (kind) "s" }
                        }
                    }
                }
            }
            div { dt { "How long" } dd { (words::how_long(terms)) } }
            div { dt { "How often" } dd { (words::how_often(terms)) } }
            div { dt { "Your data" } dd { (words::keeping(terms)) } }
        }
    }
}
