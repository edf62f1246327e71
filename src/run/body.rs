//! The bytes of a request's body, and what is shown of it.

use bytes::Bytes;
use std::sync::Arc;
use url::form_urlencoded::Serializer;

use super::evaluate::Evaluate;
use super::multipart::{Multipart, Part};
use super::request::Headers;
use crate::model::media_type;
use crate::model::outcome::Failure;
use crate::model::plan::Body;
use crate::model::source::FileId;

/// A body that can be sent, as often as need be.
#[derive(Debug, Default)]
pub(super) struct Built {
    pub(super) bytes: Option<Bytes>,
    /// What is shown in place of a body with files in it.
    pub(super) brief: Option<Arc<str>>,
    /// What it was made of.
    pub(super) made_of: MadeOf,
    media_type: Option<String>,
    boundary: Option<String>,
}

/// What a body was made of.
#[derive(Debug, Default)]
pub(super) enum MadeOf {
    /// Text, or nothing.
    #[default]
    Text,
    /// Fields of a form.
    Fields,
    /// The file of that path, which is relative to the file in which it is named.
    File(FileId, String),
    /// Several parts.
    Parts(Vec<Part>),
}

impl Built {
    /// Evaluates a body and reads the files in it.
    pub(super) fn new(body: &Body, evaluate: &Evaluate<'_>) -> Result<Built, Failure> {
        let (media_type, text) = match body {
            Body::Json(value) => ("application/json", evaluate.json(value)?),
            Body::Form(form) => {
                let form = evaluate.fields(form, "form field")?;
                let text = Serializer::new(String::new()).extend_pairs(form).finish();
                ("application/x-www-form-urlencoded", text)
            }
            Body::Text(text) => ("text/plain; charset=utf-8", evaluate.text(text)?),
            Body::Xml(text) => ("application/xml", evaluate.text(text)?),
            Body::File(template) => {
                let (path, bytes) = evaluate.file(template)?;
                return Ok(Built {
                    brief: Some(format!("(file {path}, {})", size(bytes.len())).into()),
                    media_type: Some(media_type::of(&path).to_owned()),
                    boundary: None,
                    bytes: Some(bytes.into()),
                    made_of: MadeOf::File(template.span().file, path),
                });
            }
            Body::Multipart(parts) => {
                let multipart = Multipart::build(parts, evaluate)?;
                return Ok(Built {
                    bytes: Some(multipart.bytes),
                    brief: Some(multipart.brief.into()),
                    media_type: Some("multipart/form-data".into()),
                    boundary: Some(multipart.boundary),
                    made_of: MadeOf::Parts(multipart.parts),
                });
            }
        };
        Ok(Built {
            bytes: Some(text.into()),
            media_type: Some(media_type.to_owned()),
            made_of: match body {
                Body::Form(_) => MadeOf::Fields,
                _ => MadeOf::Text,
            },
            ..Built::default()
        })
    }

    /// Says in the headers what the body is. A `content-type` of the author's own stays; one that means
    /// several parts is told what stands between them.
    pub(super) fn declare(&self, headers: &mut Headers) {
        let Some(media_type) = &self.media_type else {
            return;
        };
        headers.fall_back("content-type", || media_type.clone());
        if let (Some(boundary), Some(given)) = (&self.boundary, headers.get("content-type"))
            && is_multipart(given)
        {
            let whole = format!(
                "{}; boundary={boundary}",
                given.trim_end_matches([';', ' '])
            );
            headers.set("content-type", Some(whole));
        }
    }
}

/// Whether a type means several parts, and does not yet say what stands between them.
fn is_multipart(media_type: &str) -> bool {
    let media_type = media_type.to_ascii_lowercase();
    media_type.starts_with("multipart/") && !media_type.contains("boundary=")
}

/// So many bytes, as people read it.
pub(super) fn size(bytes: usize) -> String {
    match bytes {
        1 => "1 byte".into(),
        bytes => format!("{bytes} bytes"),
    }
}
