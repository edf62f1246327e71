//! `await`: a notification that must come, or must not.

use super::expectations;
use super::fields::{Fields, Reader};
use crate::model::node::{Entry, NodeKind};
use crate::model::scenario::Await;

/// What belongs to the repeating of a request.
pub(super) const POLLING: [&str; 3] = ["until", "every", "give_up"];
/// What looks at the notification, of which there is none with `absent`.
const LOOKING: [&str; 3] = ["expect", "capture", "snapshot"];

/// Reads what is waited for.
pub(super) fn read(reader: &mut Reader, entry: &Entry, fields: &Fields<'_>) -> Option<Await> {
    judge_absent(reader, fields);
    if !matches!(entry.value.kind, NodeKind::Map(_)) {
        reader.expected(
            &entry.value,
            "a map of what the notification must be",
            "write `await: { $.data.status: ACTIVE }`, or `await: {}` for any notification",
        );
        return None;
    }
    let expect = expectations::expect(reader, &entry.key, &entry.value)?;
    Some(Await {
        span: entry.key.span,
        expectations: expect.expectations,
        within: fields.get("within").cloned(),
        absent: fields.get("absent").cloned(),
    })
}

/// Whether a step is one whose notification can be looked at.
pub(super) fn has_notification(fields: &Fields<'_>) -> bool {
    fields.entry("absent").is_none()
}

fn judge_absent(reader: &mut Reader, fields: &Fields<'_>) {
    let Some(absent) = fields.entry("absent") else {
        return;
    };
    if let Some(within) = fields.entry("within") {
        let second = [absent, within]
            .into_iter()
            .max_by_key(|entry| entry.key.span.start)
            .unwrap_or(absent);
        reader.error(
            second.key.span,
            "a notification cannot be waited for and be absent",
            "leave out `within` if none may come, or `absent` if one must",
        );
    }
    for key in LOOKING {
        if let Some(entry) = fields.entry(key) {
            reader.error(
                entry.key.span,
                format!("`{key}` needs a notification, and with `absent` none may come"),
                "leave it out",
            );
        }
    }
}
