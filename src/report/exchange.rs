//! A request and its response as text.

use std::fmt::Write as _;

use super::style::{Palette, paint};
use super::text::{plural, visible};
use crate::model::duration;
use crate::model::exchange::{Exchange, Response};

/// A body's lines beyond these are counted, not shown.
const MOST_LINES: usize = 400;
/// A line's characters beyond these are counted, not shown.
const LONGEST_LINE: usize = 2000;

/// The whole exchange, `>` before what was sent and `<` before what came, each line indented. A notification was not
/// asked for.
pub(super) fn whole(exchange: &Exchange, indent: &str, palette: &Palette) -> String {
    let mut text = String::new();
    if !exchange.response.is_notification() {
        request(&mut text, exchange, indent, palette);
    }
    let response = &exchange.response;
    let came = format!("{indent}{}", paint(palette.dim, '<'));
    let _ = writeln!(
        text,
        "{came} {}",
        paint(palette.strong, visible(&first_line(response)))
    );
    headers(&mut text, &came, &response.headers);
    body(&mut text, &came, &response.body, MOST_LINES);
    text
}

fn request(text: &mut String, exchange: &Exchange, indent: &str, palette: &Palette) {
    let request = &exchange.request;
    let sent = format!("{indent}{}", paint(palette.dim, '>'));
    let _ = writeln!(
        text,
        "{sent} {}",
        paint(
            palette.strong,
            visible(&format!("{} {}", request.method, request.url))
        )
    );
    headers(text, &sent, &request.headers);
    match &request.brief {
        Some(brief) => {
            let _ = writeln!(text, "{sent}");
            for line in brief.lines().take(MOST_LINES) {
                let _ = writeln!(text, "{sent} {}", cut(line));
            }
        }
        None => body(text, &sent, &request.body, MOST_LINES),
    }
}

fn first_line(response: &Response) -> String {
    let duration = duration::display(response.duration);
    if response.is_notification() {
        return format!("a notification, after {duration}");
    }
    format!("{} {} in {duration}", response.status, response.reason)
}

/// The response's body alone, at most so many lines; nothing if it is empty.
pub(super) fn answer(exchange: &Exchange, prefix: &str, most_lines: usize) -> String {
    let mut text = String::new();
    let mut lines = body_lines(&exchange.response.body, most_lines);
    if let Some(last) = lines.last_mut().filter(|last| last.starts_with('…')) {
        last.push_str(", shown by `-vv`");
    }
    for line in lines {
        let _ = writeln!(text, "{}", format!("{prefix}{line}").trim_end());
    }
    text
}

fn headers(text: &mut String, prefix: &str, headers: &[(String, String)]) {
    for (name, value) in headers {
        let _ = writeln!(text, "{prefix} {}", visible(&format!("{name}: {value}")));
    }
}

fn body(text: &mut String, prefix: &str, body: &[u8], most_lines: usize) {
    let lines = body_lines(body, most_lines);
    if !lines.is_empty() {
        let _ = writeln!(text, "{prefix}");
    }
    for line in lines {
        let _ = writeln!(text, "{}", format!("{prefix} {line}").trim_end());
    }
}

/// JSON pretty-printed, text as it is, anything else as its length.
fn body_lines(body: &[u8], most_lines: usize) -> Vec<String> {
    if body.is_empty() {
        return Vec::new();
    }
    let text = match (pretty(body), std::str::from_utf8(body)) {
        (Some(text), _) => text,
        (None, Ok(text)) => text.to_owned(),
        (None, Err(_)) => {
            return vec![format!(
                "({} that are not text)",
                plural(body.len(), "byte")
            )];
        }
    };
    let mut lines: Vec<String> = text.lines().take(most_lines).map(cut).collect();
    let more = text.lines().count() - lines.len();
    if more > 0 {
        lines.push(format!("… {}", plural(more, "more line")));
    }
    lines
}

/// JSON with a line for each member and item, everything else as it was sent: numbers keep their
/// digits and members their order.
fn pretty(body: &[u8]) -> Option<String> {
    if !matches!(
        body.iter().find(|byte| !byte.is_ascii_whitespace()),
        Some(b'{' | b'[')
    ) {
        return None;
    }
    serde_json::from_slice::<serde::de::IgnoredAny>(body).ok()?;
    let mut pretty = String::new();
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    let mut characters = std::str::from_utf8(body).ok()?.chars().peekable();
    while let Some(character) = characters.next() {
        if in_text {
            pretty.push(character);
            in_text = escaped || character != '"';
            escaped = !escaped && character == '\\';
            continue;
        }
        match character {
            '{' | '[' => {
                pretty.push(character);
                while characters
                    .next_if(|next| next.is_ascii_whitespace())
                    .is_some()
                {}
                if let Some(close) = characters.next_if(|next| matches!(next, '}' | ']')) {
                    pretty.push(close);
                } else {
                    depth += 1;
                    new_line(&mut pretty, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                new_line(&mut pretty, depth);
                pretty.push(character);
            }
            ',' => {
                pretty.push(',');
                new_line(&mut pretty, depth);
            }
            ':' => pretty.push_str(": "),
            _ if character.is_ascii_whitespace() => {}
            _ => {
                in_text = character == '"';
                pretty.push(character);
            }
        }
    }
    Some(pretty)
}

/// Deeper nesting than this is not indented further: an answer of brackets must not cost its square.
const DEEPEST: usize = 40;

fn new_line(text: &mut String, depth: usize) {
    text.push('\n');
    text.extend(std::iter::repeat_n("  ", depth.min(DEEPEST)));
}

fn cut(line: &str) -> String {
    match line.char_indices().nth(LONGEST_LINE) {
        Some((at, _)) => format!(
            "{}… {}",
            visible(&line[..at]),
            plural(line[at..].chars().count(), "more character")
        ),
        None => visible(line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notification_was_not_asked_for() {
        let exchange = Exchange {
            response: Response {
                headers: vec![("x-a".into(), "b".into())],
                body: bytes::Bytes::from_static(b"[1]"),
                duration: std::time::Duration::from_millis(5),
                ..Response::default()
            },
            ..Exchange::default()
        };
        let palette = Palette::new(crate::model::diagnostic::Color::Plain);
        assert_eq!(
            whole(&exchange, "", &palette),
            "< a notification, after 5ms\n< x-a: b\n<\n< [\n<   1\n< ]\n"
        );
    }

    #[test]
    fn bodies() {
        assert_eq!(body_lines(b"", 10), Vec::<String>::new());
        assert_eq!(body_lines(br#"{"a":1}"#, 10), ["{", "  \"a\": 1", "}"]);
        assert_eq!(body_lines(br#"{"a":1}"#, 1), ["{", "… 2 more lines"]);
        assert_eq!(body_lines(b"a\x1b[2Jb", 10), ["a\\u{1b}[2Jb"]);
        assert_eq!(body_lines(b"\xff\xfe", 10), ["(2 bytes that are not text)"]);
        assert_eq!(
            body_lines(br#"{"b":1.10,"a":[{},[],"x\",{y\\"]}"#, 10),
            [
                "{",
                "  \"b\": 1.10,",
                "  \"a\": [",
                "    {},",
                "    [],",
                "    \"x\\\",{y\\\\\"",
                "  ]",
                "}"
            ]
        );
        let long = "x".repeat(LONGEST_LINE + 1);
        assert!(body_lines(long.as_bytes(), 10)[0].ends_with("x… 1 more character"));
    }
}
