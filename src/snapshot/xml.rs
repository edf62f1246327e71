//! XML, indented so that a difference is a line.
//!
//! It reads no more of XML than it must to indent without changing what is said: an element with text in it
//! stays as it was sent.

use std::fmt::Write as _;

/// Deeper documents are shown as text: indenting them would take more room than they do.
const DEEPEST: usize = 200;

/// The document indented, or nothing if the text is no whole, well-nested XML document.
pub(super) fn indented(text: &str) -> Option<String> {
    let text = text.trim_start_matches('\u{feff}').trim();
    let pieces = read(text)?;
    let mut output = String::new();
    let mut level = 0;
    let mut index = 0;
    while let Some(piece) = pieces.get(index) {
        index += 1;
        match piece.kind {
            Kind::Open { close, whole } => {
                let end = if whole { pieces[close].end } else { piece.end };
                line(level, &text[piece.start..end], &mut output);
                if whole {
                    index = close + 1;
                } else {
                    level += 1;
                }
            }
            Kind::Close => {
                level -= 1;
                line(level, &text[piece.start..piece.end], &mut output);
            }
            Kind::Alone => line(level, &text[piece.start..piece.end], &mut output),
            Kind::Text => {}
        }
    }
    Some(output)
}

/// A tag, what stands between two tags, or a comment and the like.
pub(super) struct Piece {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) kind: Kind,
}

/// What a piece is.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// Where its end is, and whether it is shown as it was sent: for it has text in it, or nothing.
    Open {
        close: usize,
        whole: bool,
    },
    Close,
    /// An empty element, a comment, a declaration.
    Alone,
    Text,
}

fn line(level: usize, text: &str, output: &mut String) {
    if !output.is_empty() {
        output.push('\n');
    }
    // Writing to a string cannot fail.
    let _ = write!(output, "{:1$}{text}", "", level * 2);
}

/// The text in pieces, each element with its end; nothing if it is no whole, well-nested XML document.
pub(super) fn read(text: &str) -> Option<Vec<Piece>> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut open: Vec<(usize, &str)> = Vec::new();
    let mut roots = 0;
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let start = at;
        let mut kind = Kind::Alone;
        if !rest.starts_with('<') {
            at += rest.find('<').unwrap_or(rest.len());
            kind = Kind::Text;
            if !text[start..at].trim().is_empty() {
                mark_text(&mut pieces, &open)?;
            }
        } else if let Some(comment) = rest.strip_prefix("<!--") {
            at += "<!--".len() + comment.find("-->")? + "-->".len();
        } else if rest.starts_with("<![CDATA[") {
            at += rest.find("]]>")? + 3;
            mark_text(&mut pieces, &open)?;
        } else if rest.starts_with("<?") {
            at += rest.find("?>")? + 2;
        } else if rest.starts_with("<!") {
            at += declaration_end(rest)?;
        } else if let Some(name) = rest.strip_prefix("</") {
            let length = name.find('>')?;
            at += length + 3;
            let (opened, expected) = open.pop()?;
            if name[..length].trim_end() != expected {
                return None;
            }
            let close = pieces.len();
            if let Kind::Open {
                close: place,
                whole,
            } = &mut pieces[opened].kind
            {
                *place = close;
                *whole |= close == opened + 1;
            }
            kind = Kind::Close;
        } else {
            let length = tag_end(rest)?;
            at += length;
            let tag = &rest[1..length - 1];
            let name = tag
                .split(|character: char| character.is_whitespace() || character == '/')
                .next()?;
            if !name.starts_with(|first: char| first.is_alphabetic() || first == '_') {
                return None;
            }
            roots += usize::from(open.is_empty());
            if !tag.ends_with('/') {
                if open.len() >= DEEPEST {
                    return None;
                }
                open.push((pieces.len(), name));
                kind = Kind::Open {
                    close: 0,
                    whole: false,
                };
            }
        }
        pieces.push(Piece {
            start,
            end: at,
            kind,
        });
    }
    (open.is_empty() && roots == 1).then_some(pieces)
}

/// Remembers that the innermost open element has text in it; text outside of all is no XML.
fn mark_text(pieces: &mut [Piece], open: &[(usize, &str)]) -> Option<()> {
    let (innermost, _) = open.last()?;
    if let Kind::Open { whole, .. } = &mut pieces[*innermost].kind {
        *whole = true;
    }
    Some(())
}

/// Where a tag ends; a `>` in quotes is none, a `<` is a mistake.
fn tag_end(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match (quote, byte) {
            (None, b'>') => return Some(at + 1),
            (_, b'<') => return None,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

/// Where a `<!DOCTYPE …>` ends, which may have others in brackets inside.
fn declaration_end(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'<' => depth += 1,
            b'>' if depth == 1 => return Some(at + 1),
            b'>' => depth -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_indented_and_text_stays() {
        for (sent, expected) in [
            ("<a/>", "<a/>"),
            ("<a></a>", "<a></a>"),
            ("<a> x </a>", "<a> x </a>"),
            (
                "<a><b>1</b><c d='>'/></a>",
                "<a>\n  <b>1</b>\n  <c d='>'/>\n</a>",
            ),
            (
                "<?xml version=\"1.0\"?>\r\n<a>\n\n<!-- <b> --><b><c>x</c></b>\t</a>\n",
                "<?xml version=\"1.0\"?>\n<a>\n  <!-- <b> -->\n  <b>\n    <c>x</c>\n  </b>\n</a>",
            ),
            (
                "<p>one <b>two</b> three<i/></p>",
                "<p>one <b>two</b> three<i/></p>",
            ),
            ("<a><b>x<c/></b></a>", "<a>\n  <b>x<c/></b>\n</a>"),
            ("<a><![CDATA[<]]></a>", "<a><![CDATA[<]]></a>"),
            (
                "<!DOCTYPE a [<!ELEMENT a ANY>]><a/>",
                "<!DOCTYPE a [<!ELEMENT a ANY>]>\n<a/>",
            ),
            (
                "<न:अ क=\"₹\"><ख /></न:अ >",
                "<न:अ क=\"₹\">\n  <ख />\n</न:अ >",
            ),
        ] {
            assert_eq!(indented(sent).as_deref(), Some(expected));
            assert_eq!(indented(expected).as_deref(), Some(expected));
        }
    }

    #[test]
    fn what_is_no_document_is_left_alone() {
        for text in [
            "",
            "x",
            "<",
            "<a>",
            "</a>",
            "<a></b>",
            "<a/><b/>",
            "x<a/>",
            "<a/>x",
            "< a/>",
            "<1/>",
            "<a b='></a>",
            "<a><b></a></b>",
            "<!-- ",
            "<![CDATA[x]]>",
            "<a <b/>>",
            "1 < 2 > 1",
            "<?xml?>",
            "<!DOCTYPE a>",
        ] {
            assert_eq!(indented(text), None, "{text}");
        }
    }

    #[test]
    fn depth_is_no_danger() {
        let deep = |depth| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
        assert!(indented(&deep(200)).is_some());
        assert!(indented(&deep(201)).is_none());
        assert!(indented(&deep(1_000_000)).is_none());
    }
}
