//! What a person sees of a pending snapshot: where it comes from, what changed by place, and the diff.

use std::fmt::Write as _;

use super::sides;
use super::style::{Palette, paint};
use super::text::{plural, visible_line};
use super::width;
use crate::model::change::{Change, What};
use crate::model::outcome::DiffLine;

/// A page of a review.
#[derive(Clone, Debug)]
pub struct ReviewPage<'a> {
    /// Whose change it is; the first is the one whose diff is shown.
    pub owners: &'a [ReviewOwner],
    /// What changed.
    pub changes: &'a [Change],
    /// Whether there was no snapshot before.
    pub is_new: bool,
    /// Why nothing can be compared, if so.
    pub problem: Option<&'a str>,
    /// The lines that differ.
    pub diff: &'a [DiffLine],
    /// How many snapshots are still open, this one among them.
    pub open: usize,
}

/// A snapshot as it is called in a review.
#[derive(Clone, Debug)]
pub struct ReviewOwner {
    /// The scenario file.
    pub scenario: String,
    /// The step.
    pub step: String,
    /// The case, where the scenario has several.
    pub case: Option<String>,
    /// The request.
    pub request: String,
    /// The file.
    pub path: String,
    /// How many other changes it has, which this page is not about.
    pub others: usize,
    /// How many of its changes were accepted on an earlier page.
    pub accepted: usize,
}

/// How a page is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Drawing {
    /// The colours.
    pub palette: Palette,
    /// How many columns there are.
    pub width: usize,
    /// Whether the old and the new stand beside each other.
    pub is_beside: bool,
    /// Whether everything is shown, however long.
    pub is_full: bool,
}

/// So many changes are told one by one.
const MOST_CHANGES: usize = 24;
/// So many of the snapshots that share a change are listed.
const MOST_OWNERS: usize = 40;
/// So many lines of a diff are shown unless all are asked for.
const MOST_LINES: usize = 160;
/// The same of a snapshot that is new.
const MOST_NEW_LINES: usize = 40;
/// A value shorter than this is never cut.
const SHORTEST_CUT: usize = 24;

impl ReviewPage<'_> {
    /// The head, the changes and the diff.
    pub fn draw(&self, drawing: &Drawing) -> String {
        let mut text = self.head(drawing);
        self.summary(drawing, &mut text);
        text.push_str(&self.draw_diff(drawing));
        text
    }

    /// The diff alone.
    pub fn draw_diff(&self, drawing: &Drawing) -> String {
        let mut text = String::new();
        if self.problem.is_some() || self.diff.is_empty() {
            return text;
        }
        text.push('\n');
        let lines = if drawing.is_beside && !self.is_new {
            sides::beside(self.diff, drawing)
        } else {
            sides::below(self.diff, drawing)
        };
        let most = match (drawing.is_full, self.is_new) {
            (true, _) => usize::MAX,
            (false, true) => MOST_NEW_LINES,
            (false, false) => MOST_LINES,
        };
        for line in lines.iter().take(most) {
            let _ = writeln!(text, "{line}");
        }
        let more = lines.len().saturating_sub(most);
        if more > 0 {
            let more = format!("  … {}", plural(more, "more line"));
            let _ = writeln!(text, "{}", paint(drawing.palette.dim, more));
        }
        text
    }

    fn head(&self, drawing: &Drawing) -> String {
        let palette = &drawing.palette;
        let mut text = String::new();
        if let [owner] = self.owners {
            let word = if self.is_new { "new: " } else { "" };
            let title = format!("{word}{}", owner.title());
            let _ = writeln!(text, "{}", rule(&title, self.open, drawing));
            for line in [&owner.scenario, &owner.request, &owner.path] {
                let line = visible_line(line);
                let _ = writeln!(text, "   {}", paint(palette.dim, line));
            }
            return text;
        }
        let title = format!(
            "the same change in {}",
            plural(self.owners.len(), "snapshot")
        );
        let _ = writeln!(text, "{}", rule(&title, self.open, drawing));
        // Those with other changes first, so that they are never among those left out.
        let (more, only): (Vec<_>, Vec<_>) = self.owners.iter().partition(|owner| owner.others > 0);
        for owner in more.into_iter().chain(only).take(MOST_OWNERS) {
            let _ = write!(text, "   {}", visible_line(&owner.path));
            if owner.others > 0 {
                let others = plural(owner.others, "other change");
                let others = format!("  and {others}, shown after this");
                text.push_str(&paint(palette.warn, others));
            }
            text.push('\n');
        }
        let more = self.owners.len().saturating_sub(MOST_OWNERS);
        if more > 0 {
            let _ = writeln!(text, "   … {}", plural(more, "more snapshot"));
        }
        text
    }

    fn summary(&self, drawing: &Drawing, text: &mut String) {
        let palette = &drawing.palette;
        if let Some(problem) = self.problem {
            let problem = paint(palette.bad, visible_line(problem));
            let _ = writeln!(text, "\n   {problem}");
            return;
        }
        if self.changes.is_empty() {
            return;
        }
        text.push('\n');
        let most = if drawing.is_full {
            usize::MAX
        } else {
            MOST_CHANGES
        };
        for change in self.changes.iter().take(most) {
            let _ = writeln!(text, "   {}", line(change, drawing));
        }
        let more = self.changes.len().saturating_sub(most);
        if more > 0 {
            let more = format!("… {}", plural(more, "more change"));
            let _ = writeln!(text, "   {}", paint(palette.dim, more));
        }
        if let [owner] = self.owners
            && owner.accepted > 0
        {
            let before = plural(owner.accepted, "other change");
            let before = format!("beside {before}, shown before this");
            let _ = writeln!(text, "   {}", paint(palette.dim, before));
        }
        if self.owners.len() > 1
            && let Some(first) = self.owners.first()
        {
            let as_in = format!("as in {}", first.title());
            let _ = writeln!(text, "\n   {}", paint(palette.dim, as_in));
        }
    }
}

impl ReviewOwner {
    /// `consent_to_data › fi_data [case]`.
    pub fn title(&self) -> String {
        let name = self.scenario.rsplit('/').next().unwrap_or_default();
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let case = self.case.as_ref().map(|case| format!(" [{case}]"));
        visible_line(&format!(
            "{stem} › {}{}",
            self.step,
            case.unwrap_or_default()
        ))
    }
}

/// `── title ───── 3 left ──`, as wide as there is room.
fn rule(title: &str, open: usize, drawing: &Drawing) -> String {
    let palette = &drawing.palette;
    let left = format!("{open} left");
    let room = drawing.width.saturating_sub(left.chars().count() + 11);
    let title = sides::cut(title, room.max(SHORTEST_CUT));
    let used = width::columns(&title) + left.chars().count() + 8;
    let line = "─".repeat(drawing.width.saturating_sub(used).max(3));
    format!(
        "{} {} {} {left} {}",
        paint(palette.accent, "──"),
        paint(palette.strong, title),
        paint(palette.accent, line),
        paint(palette.accent, "──")
    )
}

/// A change on a line: `$.detail.frequency.value: 30 -> 24`.
fn line(change: &Change, drawing: &Drawing) -> String {
    let palette = &drawing.palette;
    let place = visible_line(&change.place);
    let room = if drawing.is_full {
        usize::MAX / 4
    } else {
        drawing
            .width
            .saturating_sub(width::columns(&place) + 16)
            .max(SHORTEST_CUT)
    };
    let place = paint(palette.strong, place);
    match &change.what {
        What::Added(value) => {
            let value = sides::cut(&visible_line(value), room);
            format!("{place} added: {}", paint(palette.good, value))
        }
        What::Removed(value) => {
            let value = sides::cut(&visible_line(value), room);
            format!("{place} removed: {}", paint(palette.removed, value))
        }
        What::Changed { old, new } => {
            let (old, new) = sides::around(&visible_line(old), &visible_line(new), room / 2);
            format!(
                "{place}: {} -> {}",
                paint(palette.removed, old),
                paint(palette.good, new)
            )
        }
        What::Renumbered(numbers) => {
            let shown: Vec<String> = numbers
                .iter()
                .take(2)
                .map(|(old, new)| format!("{old} -> {new}"))
                .collect();
            let more = if numbers.len() > 2 { ", …" } else { "" };
            format!(
                "{}: {}{more}; what was equal still is",
                plural(numbers.len(), "placeholder with another number"),
                shown.join(", ")
            )
            .replace(
                "placeholder with another numbers",
                "placeholders with another number",
            )
        }
        What::Rewritten => format!("{place}: the same values, written or ordered differently"),
    }
}
