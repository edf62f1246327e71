//! What there is to run, as text.

use serde_json::json;
use std::fmt::Write as _;

use super::style::{Palette, paint};
use super::summary::cases_of;
use super::text::visible_line;
use super::width;
use crate::model::diagnostic::Color;
use crate::model::plan::Plan;

/// How a list is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListFormat {
    /// A line a scenario and one a case, and a last line that counts them.
    Human(Color),
    /// One JSON array of `{path, name, tags, targets, cases}`: texts, and lists of texts. `cases` has the names; it
    /// is empty for a scenario that is one case without a name.
    Json,
}

/// The scenarios of a plan with their cases, tags and targets. `columns` is how many a terminal has: what does not fit
/// stands on a second line.
pub fn list(plan: &Plan, format: ListFormat, columns: Option<usize>) -> String {
    match format {
        ListFormat::Human(color) => human(plan, &Palette::new(color), columns),
        ListFormat::Json => json(plan),
    }
}

fn human(plan: &Plan, palette: &Palette, columns: Option<usize>) -> String {
    let mut text = String::new();
    for scenario in &plan.scenarios {
        let (name, path) = (visible_line(&scenario.name), visible_line(&scenario.path));
        let mut notes = Vec::new();
        if !scenario.tags.is_empty() {
            notes.push(visible_line(&scenario.tags.join(", ")));
        }
        if !scenario.targets.is_empty() {
            let targets = visible_line(&scenario.targets.join(", "));
            notes.push(format!("on {targets} only"));
        }
        let notes = notes.join("; ");
        let room = columns.unwrap_or(usize::MAX);
        let with_path = width::columns(&path) + " ()".len();
        let with_notes = with_path + width::columns(&notes) + ": ".len();
        // What does not fit begins a line of its own, which says whose it is by its indentation.
        let is_below = width::columns(&name) + with_notes > room;
        let _ = write!(
            text,
            "{}{}{}",
            paint(palette.strong, &name),
            if is_below { "\n  " } else { " " },
            paint(palette.dim, format!("({path})"))
        );
        if !notes.is_empty() {
            let between = if is_below && with_notes > room {
                "\n  "
            } else {
                ": "
            };
            let _ = write!(text, "{between}{}", paint(palette.accent, notes));
        }
        text.push('\n');
        for name in scenario.cases.iter().filter_map(|case| case.name.as_ref()) {
            let _ = writeln!(text, "    {}", visible_line(name));
        }
    }
    let named = plan
        .scenarios
        .iter()
        .flat_map(|scenario| &scenario.cases)
        .any(|case| case.name.is_some());
    let count = cases_of(plan.case_count(), plan.scenarios.len(), named);
    let _ = writeln!(text, "\n{count}");
    text
}

fn json(plan: &Plan) -> String {
    let list: Vec<_> = plan
        .scenarios
        .iter()
        .map(|scenario| {
            let cases: Vec<&String> = scenario
                .cases
                .iter()
                .filter_map(|case| case.name.as_ref())
                .collect();
            json!({
                "path": scenario.path,
                "name": scenario.name,
                "tags": scenario.tags,
                "targets": scenario.targets,
                "cases": cases,
            })
        })
        .collect();
    let mut text = serde_json::to_string_pretty(&list).expect("JSON of texts");
    text.push('\n');
    text
}
