//! One snapshot file, in insta's format. The only place that knows insta.
//!
//! insta reads; it has no public way to write outside one of its own assertions, so writing is ours, and a test
//! holds it to the bytes that insta writes for the same snapshot.

use insta::Snapshot;
use insta::internals::Content;
use std::borrow::Cow;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::Path;

use super::{Normalised, StoreError, Subject, disk};

/// No header of ours or insta's is longer; insta's reader would build a tree of whatever it is given.
const LONGEST_HEADER: usize = 256 * 1024;

/// What a snapshot file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SnapshotFile {
    /// The scenario file.
    pub source: String,
    /// The step.
    pub expression: String,
    /// The request's method.
    pub method: String,
    /// The request's URL, normalised.
    pub url: String,
    /// The case, where a scenario has several.
    pub case: Option<String>,
    /// The status line, kept headers, an empty line, the body; nothing blank at the end.
    pub contents: String,
}

impl SnapshotFile {
    /// The file of a response.
    pub(super) fn new(subject: &Subject, normalised: &Normalised) -> Self {
        SnapshotFile {
            source: subject.source.clone(),
            expression: subject.expression.clone(),
            method: normalised.method.clone(),
            url: normalised.url.clone(),
            case: subject.case.clone(),
            contents: comparable(&normalised.contents).into_owned(),
        }
    }

    /// The file's text, which insta would write the same.
    pub(super) fn text(&self) -> String {
        let mut text = Header {
            source: &self.source,
            expression: &self.expression,
            method: &self.method,
            url: &self.url,
            case: self.case.as_deref(),
        }
        .text();
        text.push_str(&self.contents);
        text.push('\n');
        text
    }
}

/// Stands before the header and behind it.
const FENCE: &str = "---\n";

/// What stands before the contents.
struct Header<'a> {
    source: &'a str,
    expression: &'a str,
    method: &'a str,
    url: &'a str,
    case: Option<&'a str>,
}

impl Header<'_> {
    fn text(&self) -> String {
        let mut text = String::from(FENCE);
        for (key, value) in self.lines() {
            text.push_str(key);
            text.push_str(&scalar(value));
            text.push('\n');
        }
        text.push_str(FENCE);
        text
    }

    /// What stands behind it in a file that begins with it.
    fn strip_from<'f>(&self, bytes: &'f [u8]) -> Option<&'f [u8]> {
        let mut rest = bytes.strip_prefix(FENCE.as_bytes())?;
        for (key, value) in self.lines() {
            rest = rest.strip_prefix(key.as_bytes())?;
            rest = rest.strip_prefix(scalar(value).as_bytes())?;
            rest = rest.strip_prefix(b"\n")?;
        }
        rest.strip_prefix(FENCE.as_bytes())
    }

    /// Its keys with what stands before their values, and these.
    fn lines(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let lines = [
            ("source: ", self.source),
            ("expression: ", self.expression),
            ("info:\n  method: ", self.method),
            ("  url: ", self.url),
        ];
        lines
            .into_iter()
            .chain(self.case.map(|case| ("  case: ", case)))
    }
}

/// Whether the file at that path is byte for byte what would be written. Any other is for [`read`] to understand.
pub(super) fn is_written(path: &Path, subject: &Subject, normalised: &Normalised) -> bool {
    let Normalised { method, url, .. } = normalised;
    let written = Some(normalised.contents.as_bytes());
    read_bytes(path).is_some_and(|bytes| contents(&bytes, subject, method, url) == written)
}

/// The bytes of the file at that path, if there is one that can be read. Without a question about its size: most are small.
pub(super) fn read_bytes(path: &Path) -> Option<Vec<u8>> {
    const USUAL: usize = 16 * 1024;
    let mut bytes = Vec::with_capacity(USUAL);
    let file = File::open(path).ok()?;
    file.take(u64::MAX).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// The contents of a file as it would be written for that subject and request.
pub(super) fn contents<'f>(
    bytes: &'f [u8],
    subject: &Subject,
    method: &str,
    url: &str,
) -> Option<&'f [u8]> {
    let header = Header {
        source: &subject.source,
        expression: &subject.expression,
        method,
        url,
        case: subject.case.as_deref(),
    };
    header.strip_from(bytes)?.strip_suffix(b"\n")
}

/// What is compared: as insta does, without what is blank at the end and without carriage returns at lines' ends.
pub(super) fn comparable(contents: &str) -> Cow<'_, str> {
    let contents = contents.trim_end();
    // Hardly any has one, and looking for two characters takes much longer than for one.
    if contents.contains('\r') {
        contents.replace("\r\n", "\n").into()
    } else {
        contents.into()
    }
}

/// The snapshot at that path, if there is a file.
pub(super) fn read(path: &Path) -> Result<Option<SnapshotFile>, StoreError> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(disk::failure("read", path, &error)),
    };
    let wrong = |why: &str| StoreError {
        message: format!(
            "`{}` is not a snapshot that can be compared: {why}; restore it, or delete it and review it anew",
            path.display()
        ),
    };
    let text = std::str::from_utf8(&bytes).map_err(|_| wrong("it is not UTF-8 text"))?;
    if let Some(file) = read_own(text) {
        return Ok(Some(file));
    }
    let header = match header_of(text) {
        Some(header) => header,
        None if has_conflict(text) => return Err(conflict(path)),
        None => return Err(wrong("it has no header between two lines `---`")),
    };
    if header.len() > LONGEST_HEADER {
        return Err(wrong("its header is too long"));
    }
    if header.lines().any(|line| line.starts_with("<<<<<<< ")) {
        return Err(conflict(path));
    }
    // insta's reader takes these for numbers and then fails to read them as such, in a panic.
    let odd = |word: &str| {
        let word = word.trim_start_matches(['+', '-']).to_ascii_lowercase();
        word == ".inf" || word == ".nan"
    };
    if header
        .split(|character: char| character.is_whitespace() || "[]{},".contains(character))
        .any(odd)
    {
        return Err(wrong("its header has a number that is none"));
    }
    read_with_insta(path).map(Some).map_err(|why| wrong(&why))
}

/// Any file of insta's.
fn read_with_insta(path: &Path) -> Result<SnapshotFile, String> {
    let snapshot = Snapshot::from_file(path).map_err(|error| error.to_string())?;
    let Some(contents) = snapshot.as_text() else {
        return Err("it is one of insta's binary snapshots".into());
    };
    let metadata = snapshot.metadata();
    let mut file = SnapshotFile {
        source: metadata.source().unwrap_or_default().to_owned(),
        expression: metadata.expression().unwrap_or_default().to_owned(),
        contents: comparable(&contents.to_string()).into_owned(),
        ..SnapshotFile::default()
    };
    if let Some(Content::Map(info)) = metadata.private_info().map(Content::resolve_inner) {
        for (key, value) in info {
            let value = value.as_str().unwrap_or_default().to_owned();
            match key.as_str() {
                Some("method") => file.method = value,
                Some("url") => file.url = value,
                Some("case") => file.case = Some(value),
                _ => {}
            }
        }
    }
    Ok(file)
}

/// A file exactly as we write it. insta reads the same in it, but a hundred times slower, which a review of thousands
/// would wait for.
fn read_own(text: &str) -> Option<SnapshotFile> {
    let (header, contents) = text.strip_prefix("---\n")?.split_once("\n---\n")?;
    // insta has its own ways with these.
    if contents.is_empty() || contents.starts_with(char::is_whitespace) || contents.contains('\r') {
        return None;
    }
    let mut lines = header.split('\n').peekable();
    let source = read_line(lines.next()?, "source")?;
    let expression = read_line(lines.next()?, "expression")?;
    lines.next().filter(|line| *line == "info:")?;
    let method = read_line(lines.next()?, "  method")?;
    let url = read_line(lines.next()?, "  url")?;
    let case = match lines.next() {
        Some(line) => Some(read_line(line, "  case")?),
        None => None,
    };
    lines.next().is_none().then(|| SnapshotFile {
        source,
        expression,
        method,
        url,
        case,
        contents: comparable(contents).into_owned(),
    })
}

/// The value of a header's line, if it is written as we write it.
fn read_line(line: &str, key: &str) -> Option<String> {
    let written = line.strip_prefix(key)?.strip_prefix(": ")?;
    let value = if written.starts_with('"') {
        serde_json::from_str(written).ok()?
    } else {
        written.to_owned()
    };
    (scalar(&value) == written).then_some(value)
}

/// The error for a file that a merge left undecided. Asked only of a file that is not as expected, since a
/// response may show such marks itself.
pub(super) fn conflict(path: &Path) -> StoreError {
    StoreError {
        message: format!(
            "`{}` has unresolved merge conflicts: take either side (`git checkout --ours` or `--theirs`), then review it again",
            path.display()
        ),
    }
}

/// Whether the text has the marks of a merge conflict, in their order.
pub(super) fn has_conflict(text: &str) -> bool {
    // Most texts are passed over without a look at their lines.
    let mut lines = text.lines();
    text.contains('<')
        && lines.any(|line| line.starts_with("<<<<<<< "))
        && lines.any(|line| line == "=======")
        && lines.any(|line| line.starts_with(">>>>>>> "))
}

/// What stands between the first line, which must be `---`, and the next such line.
fn header_of(text: &str) -> Option<&str> {
    let mut lines = text.split_inclusive('\n');
    let first = lines.next().filter(|line| line.trim_end() == "---")?;
    let mut end = first.len();
    for line in lines {
        if line.trim_end() == "---" {
            return Some(&text[first.len()..end]);
        }
        end += line.len();
    }
    None
}

/// The bytes for which insta quotes a text. No byte of a longer character is such a one.
const SPECIAL: [bool; 256] = special();

const fn special() -> [bool; 256] {
    let mut special = [false; 256];
    let mut at = 0;
    while at < special.len() {
        special[at] = matches!(
            at as u8,
            b':' | b'{' | b'}' | b'[' | b']' | b',' | b'#' | b'`' | b'"' | b'\'' | b'\\'
                | b'\0'..=b'\x06' | b'\t' | b'\n' | b'\r' | b'\x0e'..=b'\x1a' | b'\x1c'..=b'\x1f'
        );
        at += 1;
    }
    special
}

/// A text in YAML, quoted where insta would quote it.
fn scalar(text: &str) -> Cow<'_, str> {
    const WORDS: [&str; 24] = [
        "yes", "Yes", "YES", "no", "No", "NO", "true", "True", "TRUE", "false", "False", "FALSE",
        "on", "On", "ON", "off", "Off", "OFF", "null", "Null", "NULL", "~", ".", "..",
    ];
    const LONGEST_WORD: usize = 5;
    // Besides digits, what infinity and what is no number may begin with.
    let may_be_number = |byte: &u8| byte.is_ascii_digit() || b"+-.iInN".contains(byte);
    let is_number = || text.parse::<i64>().is_ok() || text.parse::<f64>().is_ok();
    let bytes = text.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else {
        return "\"\"".into();
    };
    let quoted = b" &*?|-<>=!%@.".contains(first)
        || *last == b' '
        || bytes.iter().any(|byte| SPECIAL[usize::from(*byte)])
        || (text.len() <= LONGEST_WORD && WORDS.contains(&text))
        || text.starts_with("0x")
        || may_be_number(first) && is_number();
    if !quoted {
        return text.into();
    }
    let mut result = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => result.push_str("\\\""),
            '\\' => result.push_str("\\\\"),
            '\t' => result.push_str("\\t"),
            '\n' => result.push_str("\\n"),
            '\r' => result.push_str("\\r"),
            '\x08' => result.push_str("\\b"),
            '\x0c' => result.push_str("\\f"),
            '\0'..='\x1f' | '\x7f' => {
                let _ = write!(result, "\\u{:04x}", u32::from(character));
            }
            _ => result.push(character),
        }
    }
    result.push('"');
    result.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(contents: &str) -> SnapshotFile {
        SnapshotFile {
            source: "scenarios/consent: \"x\".yaml".into(),
            expression: "create_consent".into(),
            method: "POST".into(),
            url: "[target]/v2/consents".into(),
            case: Some("4".into()),
            contents: contents.into(),
        }
    }

    #[test]
    fn what_we_write_insta_reads_and_would_write_the_same() {
        let folder = tempfile::tempdir().unwrap();
        for (number, text) in [
            "200 OK",
            "200 OK\n\n---\na: b\n---",
            "200 OK\n\n  indented\n\n\nend",
            "200 OK\n\nlone\rreturn ₹",
            "200 OK\n\n<<<<<<< a\n=======\n>>>>>>> b",
        ]
        .into_iter()
        .enumerate()
        {
            let written = file(text);
            let path = folder.path().join(format!("{number}.snap"));
            std::fs::write(&path, written.text()).unwrap();
            let read_back = read(&path).unwrap().unwrap();
            assert_eq!(read_back, written);
            assert_eq!(read_with_insta(&path).unwrap(), written);
            let again = folder.path().join(format!("{number}.again.snap"));
            Snapshot::from_file(&path).unwrap().save(&again).unwrap();
            assert_eq!(std::fs::read_to_string(&again).unwrap(), written.text());
        }
    }

    #[test]
    fn every_header_value_is_written_as_insta_writes_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.snap");
        for value in [
            "plain",
            "two words",
            " lead",
            "trail ",
            "a: b",
            "#x",
            "a#b",
            "-x",
            "x-y",
            "@x",
            "x@y",
            "4",
            "4.5",
            "1e3",
            ".5",
            "0x1f",
            "inf",
            "NaN",
            "true",
            "yes",
            "y",
            "~",
            "null",
            "",
            "é₹",
            "a\nb",
            "a\tb",
            "a\u{7f}b",
            "a\u{1b}b",
            "\"q\"",
            "'",
            "`",
            "[target]/x",
            "{{ x }}",
            "a\\b",
            "2025-04-01",
            "?x",
            "%41",
            "---",
            "=x",
            "<x>",
            ".",
            "a,b",
            "a\u{8}b",
        ] {
            let mut written = file("200 OK");
            written.expression = value.into();
            written.case = Some(value.into());
            std::fs::write(&path, written.text()).unwrap();
            assert_eq!(read(&path).unwrap().unwrap(), written, "{value:?}");
            assert_eq!(read_own(&written.text()).unwrap(), written, "{value:?}");
            assert_eq!(read_with_insta(&path).unwrap(), written, "{value:?}");
            Snapshot::from_file(&path).unwrap().save(&path).unwrap();
            assert_eq!(
                std::fs::read_to_string(&path).unwrap(),
                written.text(),
                "{value:?}"
            );
        }
    }

    #[test]
    fn what_we_would_not_write_is_left_to_insta() {
        let own = file("200 OK\n\nx").text();
        assert!(read_own(&own).is_some());
        for (from, to) in [
            ("expression: create_consent", "expression: 'create_consent'"),
            ("expression: create_consent", "expression: yes"),
            ("expression: create_consent", "expression: &x a"),
            ("expression: create_consent", "expression: a # b"),
            (
                "expression: create_consent",
                "expression: \"create_consent\"",
            ),
            ("expression: create_consent", "expression: \"\\x41\""),
            ("source: ", "creator: x\nsource: "),
            ("  case: \"4\"", "  case: 4"),
            ("  case: \"4\"", "  case: \"4\"\n  more: x"),
            ("info:\n", "info: \n"),
            ("---\n200", "--- \n200"),
            ("---\n200", "---\n\n200"),
            ("200 OK\n", "200 OK\r\n"),
            ("source: ", "<<<<<<< HEAD\nsource: "),
        ] {
            let text = own.replacen(from, to, 1);
            assert_ne!(text, own, "{from}");
            assert_eq!(read_own(&text), None, "{to:?}");
        }
    }

    #[test]
    fn files_of_cargo_insta_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.snap");
        let text = "---\ncreated: \"2026-01-01\"\ncreator: insta@1\nsource: tests/a.rs\nassertion_line: 12\ndescription: d\n\
            expression: \"&x\"\ninfo:\n  url: 5\n  more: [1, {a: b}]\nsnapshot_kind: text\n---\n200 OK\r\n\r\nx\r\n";
        std::fs::write(&path, text).unwrap();
        let found = read(&path).unwrap().unwrap();
        assert_eq!(
            (found.source.as_str(), found.expression.as_str()),
            ("tests/a.rs", "&x")
        );
        assert_eq!(found.contents, "200 OK\n\nx");
        std::fs::write(&path, "---\r\nsource: a\r\n---\r\n200 OK\r\n").unwrap();
        assert_eq!(read(&path).unwrap().unwrap().contents, "200 OK");
    }

    #[test]
    fn what_is_no_snapshot_is_said_to_be_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.snap");
        assert_eq!(read(&path), Ok(None));
        let deep = format!("---\n{}\n---\n", "[".repeat(100_000));
        let long = format!("---\nsource: {}\n---\n", "x".repeat(300_000));
        for (bytes, expected) in [
            (&b""[..], "no header"),
            (b"200 OK\n", "no header"),
            (b"---\nsource: a\n", "no header"),
            (b"source: a\n\nlegacy", "no header"),
            (b"---\nsource: [\n---\nx", "Failed parsing"),
            (b"---\n- a\n---\nx", "data type"),
            (b"---\n---\nx", "not a snapshot"),
            (b"---\nsource: !!float .inf\n---\nx", "number"),
            (b"---\ninfo: {a: -.NaN}\n---\nx", "number"),
            (
                b"---\nsource: a\nextension: png\nsnapshot_kind: binary\n---\n",
                "binary",
            ),
            (b"---\nsource: a\nsnapshot_kind: binary\n---\n", "missing"),
            (b"---\nsource: \xff\n---\nx", "UTF-8"),
            (b"---\nsource: a\n---\n\xff", "UTF-8"),
            (
                b"---\n<<<<<<< HEAD\nsource: a\n=======\nsource: b\n>>>>>>> x\n---\nx",
                "merge conflicts",
            ),
            (
                b"<<<<<<< HEAD\n---\n=======\n>>>>>>> x\n",
                "merge conflicts",
            ),
            (deep.as_bytes(), "Failed parsing"),
            (long.as_bytes(), "too long"),
        ] {
            std::fs::write(&path, bytes).unwrap();
            let message = read(&path).unwrap_err().message;
            assert!(
                message.contains(expected) && message.contains("a.snap"),
                "{message}"
            );
        }
        assert!(read(folder.path()).unwrap_err().message.contains("folder"));
    }
}
