//! What snapshots there are, as text.

use serde_json::json;
use std::fmt::Write as _;

use super::list::ListFormat;
use super::style::{Palette, paint};
use super::text::{plural, visible_line};
use crate::model::natural;

/// A snapshot as it is listed.
#[derive(Clone, Debug)]
pub struct SnapshotLine {
    /// The file, as it is shown.
    pub path: String,
    /// How far it has come: `accepted`, `changed` or `new`.
    pub standing: &'static str,
    /// Whether it waits for a review.
    pub is_pending: bool,
    /// The scenario file; empty where the file cannot be read.
    pub scenario: String,
    /// The step.
    pub step: String,
    /// The case, where the scenario has several.
    pub case: Option<String>,
    /// The request.
    pub request: String,
    /// Why it cannot be read.
    pub problem: Option<String>,
}

/// The snapshots, a paragraph a scenario; `word` says of which kind they are in the last line.
pub fn snapshots(lines: &[SnapshotLine], word: &str, format: ListFormat) -> String {
    match format {
        ListFormat::Human(color) => human(lines, word, &Palette::new(color)),
        ListFormat::Json => json(lines),
    }
}

fn human(lines: &[SnapshotLine], word: &str, palette: &Palette) -> String {
    let mut text = String::new();
    let mut scenarios: Vec<&str> = lines.iter().map(|line| line.scenario.as_str()).collect();
    scenarios.sort_unstable_by(|left, right| natural::compare(left, right));
    scenarios.dedup();
    for scenario in &scenarios {
        let name = if scenario.is_empty() {
            "no scenario's"
        } else {
            scenario
        };
        let _ = writeln!(text, "{}", paint(palette.strong, visible_line(name)));
        for line in lines.iter().filter(|line| line.scenario == *scenario) {
            let style = if line.is_pending {
                palette.warn
            } else {
                palette.good
            };
            let _ = write!(text, "    {}", paint(style, format!("{:8}", line.standing)));
            let _ = write!(text, "  {}", visible_line(&line.path));
            let step = match (&line.problem, &line.case) {
                (Some(problem), _) => problem.clone(),
                (None, Some(case)) => format!("{} [{case}], {}", line.step, line.request),
                (None, None) => format!("{}, {}", line.step, line.request),
            };
            let _ = writeln!(text, "  {}", paint(palette.dim, visible_line(&step)));
        }
    }
    if !lines.is_empty() {
        text.push('\n');
    }
    scenarios.retain(|scenario| !scenario.is_empty());
    let pending = lines.iter().filter(|line| line.is_pending).count();
    let _ = write!(text, "{}", plural(lines.len(), &format!("{word}snapshot")));
    if !lines.is_empty() {
        let _ = write!(text, " of {}", plural(scenarios.len(), "scenario"));
    }
    if pending > 0 {
        let waiting = paint(palette.warn, format!("{pending} pending"));
        let _ = write!(text, "; {waiting}");
    }
    text.push('\n');
    text
}

fn json(lines: &[SnapshotLine]) -> String {
    let list: Vec<_> = lines
        .iter()
        .map(|line| {
            json!({
                "path": line.path,
                "standing": line.standing,
                "pending": line.is_pending,
                "scenario": line.scenario,
                "step": line.step,
                "case": line.case,
                "request": line.request,
                "problem": line.problem,
            })
        })
        .collect();
    let mut text = serde_json::to_string_pretty(&list).expect("JSON of texts");
    text.push('\n');
    text
}
