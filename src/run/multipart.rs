//! `multipart/form-data` (RFC 7578).

use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

use super::body::size;
use super::evaluate::{Evaluate, fail};
use crate::model::media_type;
use crate::model::outcome::Failure;
use crate::model::plan::{FilePart, PartValue, is_media_type};
use crate::model::source::FileId;

/// A larger body is hardly meant to be sent.
const LARGEST: usize = 64 * 1024 * 1024;

/// A field's text is shown up to so many characters.
const SHOWN: usize = 200;

/// A body of several parts.
#[derive(Debug)]
pub(super) struct Multipart {
    pub(super) bytes: Bytes,
    /// What stands between the parts.
    pub(super) boundary: String,
    /// A line for each part, as people read it.
    pub(super) brief: String,
    /// The parts, without the contents of files.
    pub(super) parts: Vec<Part>,
}

/// One part, evaluated.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) name: String,
    /// What is said of a file.
    pub(super) file: Option<PartFile>,
    pub(super) content: Vec<u8>,
}

/// A file in a part.
#[derive(Debug)]
pub(super) struct PartFile {
    /// Its path, and the file in which it is named.
    pub(super) at: (FileId, String),
    pub(super) name: String,
    pub(super) media_type: String,
}

impl Multipart {
    /// Evaluates all parts and reads the files among them.
    pub(super) fn build(
        parts: &[(String, PartValue)],
        evaluate: &Evaluate<'_>,
    ) -> Result<Multipart, Failure> {
        let mut built: Vec<Part> = Vec::new();
        for (name, value) in parts {
            match value {
                PartValue::Text(value) => {
                    let texts = evaluate.texts(value, &format!("multipart field `{name}`"))?;
                    built.extend(texts.into_iter().map(|text| Part {
                        name: name.clone(),
                        file: None,
                        content: text.into_bytes(),
                    }));
                }
                PartValue::File(file) => built.push(file_part(name, file, evaluate)?),
            }
            if built.iter().map(|part| part.content.len()).sum::<usize>() > LARGEST {
                let message = "the multipart body is larger than 64 MiB".to_owned();
                return Err(fail(evaluate.span, message));
            }
        }
        let mut multipart = assemble(&built);
        // What has been copied is not kept twice.
        for part in built.iter_mut().filter(|part| part.file.is_some()) {
            part.content = Vec::new();
        }
        multipart.parts = built;
        Ok(multipart)
    }
}

fn file_part(name: &str, file: &FilePart, evaluate: &Evaluate<'_>) -> Result<Part, Failure> {
    let (path, content) = evaluate.file(&file.path)?;
    let file_name = match &file.name {
        Some(name) => evaluate.text(name)?,
        None => path.rsplit('/').next().unwrap_or(&path).to_owned(),
    };
    let media_type = match &file.media_type {
        Some(template) => {
            let media_type = evaluate.text(template)?;
            if !is_media_type(&media_type) {
                let message = format!("`{}` is no media type", media_type.escape_debug());
                return Err(fail(template.span(), message));
            }
            media_type
        }
        None => media_type::of(&path).to_owned(),
    };
    Ok(Part {
        name: name.to_owned(),
        file: Some(PartFile {
            at: (file.path.span().file, path),
            name: file_name,
            media_type,
        }),
        content,
    })
}

fn assemble(parts: &[Part]) -> Multipart {
    let boundary = boundary(parts);
    let mut bytes = Vec::new();
    let mut brief = String::new();
    for part in parts {
        let mut head = format!(
            "--{boundary}\r\ncontent-disposition: form-data; name=\"{}\"",
            escaped(&part.name)
        );
        // Writing into a text cannot fail.
        if let Some(file) = &part.file {
            let _ = write!(
                head,
                "; filename=\"{}\"\r\ncontent-type: {}",
                escaped(&file.name),
                file.media_type
            );
        }
        bytes.extend_from_slice(head.as_bytes());
        bytes.extend_from_slice(b"\r\n\r\n");
        bytes.extend_from_slice(&part.content);
        bytes.extend_from_slice(b"\r\n");
        let _ = writeln!(brief, "{}: {}", part.name, shown(part));
    }
    bytes.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    Multipart {
        bytes: bytes.into(),
        boundary,
        brief,
        parts: Vec::new(),
    }
}

/// A digest of all that is sent, which can hardly stand in it; so the same parts give the same bytes.
fn boundary(parts: &[Part]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        for piece in [part.name.as_bytes(), &part.content] {
            digest.update((piece.len() as u64).to_le_bytes());
            digest.update(piece);
        }
    }
    let mut boundary = "sammati-".to_owned();
    for byte in digest.finalize().iter().take(16) {
        let _ = write!(boundary, "{byte:02x}");
    }
    boundary
}

/// A name as HTML's forms write it: what would end the quotes or the line is percent-encoded.
fn escaped(name: &str) -> String {
    name.replace('"', "%22")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn shown(part: &Part) -> String {
    if let Some(file) = &part.file {
        return format!(
            "(file {}, {}, {})",
            file.name,
            file.media_type,
            size(part.content.len())
        );
    }
    let text = String::from_utf8_lossy(&part.content);
    match text.char_indices().nth(SHOWN) {
        Some(_) => format!("({})", size(part.content.len())),
        // As it is, so that a secret in it is found; a report makes it harmless for the terminal.
        None => text.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(name: &str, file: Option<(&str, &str)>, content: &[u8]) -> Part {
        Part {
            name: name.into(),
            file: file.map(|(name, media_type)| PartFile {
                at: (FileId(0), name.into()),
                name: name.into(),
                media_type: media_type.into(),
            }),
            content: content.into(),
        }
    }

    #[test]
    fn names_cannot_end_their_quotes_or_their_line() {
        let parts = [part(
            "a\"; x=\"",
            Some(("b\"\r\nx-evil: 1", "text/plain")),
            b"c",
        )];
        let sent = String::from_utf8(assemble(&parts).bytes.to_vec()).unwrap();
        assert!(
            sent.contains(r#"name="a%22; x=%22"; filename="b%22%0D%0Ax-evil: 1""#),
            "{sent}"
        );
        assert_eq!(sent.lines().count(), 6, "{sent}");
    }

    #[test]
    fn the_boundary_comes_of_what_is_sent() {
        let boundary = |content: &[u8]| assemble(&[part("a", None, content)]).boundary;
        assert_eq!(boundary(b"x"), boundary(b"x"));
        assert_ne!(boundary(b"x"), boundary(b"y"));
        let whole = assemble(&[part("a", None, boundary(b"x").as_bytes())]);
        assert_eq!(
            String::from_utf8_lossy(&whole.bytes)
                .matches(&whole.boundary)
                .count(),
            2,
            "one before the part, one at the end"
        );
    }

    #[test]
    fn what_is_shown_is_short() {
        let parts = [
            part("a", None, b"one\ntwo"),
            part("b", None, "x".repeat(SHOWN + 1).as_bytes()),
            part("c", Some(("c.pdf", "application/pdf")), b"\xff"),
        ];
        assert_eq!(
            assemble(&parts).brief,
            "a: one\ntwo\nb: (201 bytes)\nc: (file c.pdf, application/pdf, 1 byte)\n"
        );
    }
}
