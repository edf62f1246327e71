//! Reading XML, within limits.

use roxmltree::{Document, ParsingOptions};

/// More XML is hardly meant to be looked into.
const LARGEST: usize = 64 * 1024 * 1024;
/// More nodes would fill the memory.
const MOST_NODES: u32 = 1_000_000;
/// Real documents have a tenth of this.
const DEEPEST: usize = 500;
/// The library looks for doubles among all attributes of an element, so their number counts squared.
const MOST_ATTRIBUTES: usize = 1000;
/// The library copies all namespaces in scope to each element that declares one.
const MOST_NAMESPACE_WORK: usize = 10_000_000;

/// Reads a document; why not, if it is broken, or too large for one of the limits.
pub(super) fn parse(xml: &str) -> Result<Document<'_>, String> {
    let xml = xml.trim_start_matches('\u{feff}');
    if xml.trim().is_empty() {
        return Err("it is empty, not XML".to_owned());
    }
    if xml.len() > LARGEST {
        return Err("it is larger than 64 MiB, the most XML that is looked into".to_owned());
    }
    guard(xml.as_bytes())?;
    let options = ParsingOptions {
        allow_dtd: false,
        nodes_limit: MOST_NODES,
        ..ParsingOptions::default()
    };
    Document::parse_with_options(xml, options).map_err(|error| match error {
        roxmltree::Error::DtdDetected => {
            "it has a DOCTYPE, which is not read: it could make a small text a huge one".to_owned()
        }
        roxmltree::Error::NodesLimitReached => {
            format!("it has more than {MOST_NODES} nodes, the most that are looked into")
        }
        error => format!("it is not XML: {error}"),
    })
}

/// Refuses what would cost the library time out of proportion. It may err on broken XML, which is refused anyway.
fn guard(xml: &[u8]) -> Result<(), String> {
    // The namespaces in scope at each open element.
    let mut open: Vec<usize> = Vec::new();
    let mut work = 0_usize;
    let mut at = 0;
    while let Some(start) = find(xml, at, b"<") {
        let rest = &xml[start..];
        let skip = |end: &[u8]| find(xml, start + 2, end).map_or(xml.len(), |at| at + end.len());
        if rest.starts_with(b"<!--") {
            at = skip(b"-->");
        } else if rest.starts_with(b"<![CDATA[") {
            at = skip(b"]]>");
        } else if rest.starts_with(b"<?") {
            at = skip(b"?>");
        } else if rest.starts_with(b"<!") {
            at = skip(b">");
        } else if rest.starts_with(b"</") {
            open.pop();
            at = skip(b">");
        } else {
            let tag = tag(rest);
            at = start + tag.length;
            if tag.attributes > MOST_ATTRIBUTES {
                return Err(format!(
                    "an element has more than {MOST_ATTRIBUTES} attributes"
                ));
            }
            let inherited = open.last().copied().unwrap_or(0);
            work += tag.namespaces * (inherited + 1);
            if work > MOST_NAMESPACE_WORK {
                return Err("it declares too many namespaces".to_owned());
            }
            if !tag.is_closed {
                open.push(inherited + tag.namespaces);
                if open.len() > DEEPEST {
                    return Err(format!("it is more than {DEEPEST} elements deep"));
                }
            }
        }
    }
    Ok(())
}

fn find(text: &[u8], from: usize, what: &[u8]) -> Option<usize> {
    let rest = text.get(from..)?;
    let first = *what.first()?;
    let mut at = 0;
    loop {
        at += rest.get(at..)?.iter().position(|byte| *byte == first)?;
        if rest[at..].starts_with(what) {
            return Some(from + at);
        }
        at += 1;
    }
}

/// What an opening tag has.
struct Tag {
    length: usize,
    attributes: usize,
    namespaces: usize,
    is_closed: bool,
}

fn tag(text: &[u8]) -> Tag {
    let mut tag = Tag {
        length: text.len(),
        attributes: 0,
        namespaces: 0,
        is_closed: false,
    };
    let mut quote = None;
    for (at, byte) in text.iter().enumerate() {
        match (quote, byte) {
            (Some(mark), _) if byte == mark => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'=') => tag.attributes += 1,
            (None, b'x') if text[at..].starts_with(b"xmlns") => tag.namespaces += 1,
            (None, b'>') => {
                tag.length = at + 1;
                tag.is_closed = text[..at].ends_with(b"/");
                break;
            }
            _ => {}
        }
    }
    tag
}
