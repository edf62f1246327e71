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
    /// How many rows there are; none where nothing is scrolled away.
    pub rows: Option<usize>,
    /// Whether the old and the new stand beside each other.
    pub is_beside: bool,
    /// Whether everything is shown, however long.
    pub is_full: bool,
}

/// So many changes are told one by one.
const MOST_CHANGES: usize = 24;
/// So many of the snapshots that share a change are listed; in a window, a quarter of its rows.
const MOST_OWNERS: usize = 40;
const FEWEST_OWNERS: usize = 3;
/// So many lines of a diff are shown unless all are asked for.
const MOST_LINES: usize = 160;
/// The same of a snapshot that is new.
const MOST_NEW_LINES: usize = 40;
/// A value shorter than this is never cut.
const SHORTEST_CUT: usize = 24;
/// In a window that is narrower, the old and the new do not stand beside each other.
const NARROWEST_BESIDE: usize = 40;

impl ReviewPage<'_> {
    /// The head, the changes and the diff.
    pub fn draw(&self, drawing: &Drawing) -> String {
        let mut text = self.head(drawing);
        self.summary(drawing, &mut text);
        text.push_str(&self.draw_diff(drawing));
        let is_longer = |rows| text.lines().count() + 2 > rows;
        if drawing.rows.is_some_and(is_longer) {
            text.push('\n');
            for row in width::wrapped(&self.reminder(), drawing.width.saturating_sub(3)) {
                let _ = writeln!(text, "   {}", paint(drawing.palette.strong, row));
            }
        }
        text
    }

    /// What the question is, where its beginning is out of sight.
    fn reminder(&self) -> String {
        if let [owner] = self.owners {
            let what = match (self.is_new, self.problem) {
                (true, _) => "new".to_owned(),
                (_, Some(_)) => "cannot be compared".to_owned(),
                _ => plural(self.changes.len(), "change"),
            };
            return format!("{}: {what}", owner.title());
        }
        let what = plural(self.changes.len(), "change");
        let others = self.owners.iter().filter(|owner| owner.others > 0).count();
        let others = match others {
            0 => String::new(),
            1 => ", one of which has others, shown after this".to_owned(),
            count => format!(", {count} of which have others, shown after this"),
        };
        format!(
            "{what} in {}{others}",
            plural(self.owners.len(), "snapshot")
        )
    }

    /// The diff alone.
    pub fn draw_diff(&self, drawing: &Drawing) -> String {
        let mut text = String::new();
        if self.problem.is_some() || self.diff.is_empty() {
            return text;
        }
        text.push('\n');
        let is_beside = drawing.is_beside && drawing.width >= NARROWEST_BESIDE;
        let lines = if is_beside && !self.is_new {
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
            for line in owner.lines(drawing) {
                let _ = writeln!(text, "   {}", paint(palette.dim, line));
            }
            return text;
        }
        let title = format!(
            "the same change in {}",
            plural(self.owners.len(), "snapshot")
        );
        let _ = writeln!(text, "{}", rule(&title, self.open, drawing));
        // Those with other changes first, so that they are the last to be left out.
        let (more, only): (Vec<_>, Vec<_>) = self.owners.iter().partition(|owner| owner.others > 0);
        let most = most_owners(drawing);
        for owner in more.iter().chain(&only).take(most) {
            let _ = write!(text, "   {}", visible_line(&owner.path));
            if owner.others > 0 {
                let others = plural(owner.others, "other change");
                let others = format!("  and {others}, shown after this");
                text.push_str(&paint(palette.warn, others));
            }
            text.push('\n');
        }
        let left_out = self.owners.len().saturating_sub(most);
        if left_out > 0 {
            let _ = write!(text, "   … {}", plural(left_out, "more snapshot"));
            let others = more.len().saturating_sub(most);
            if others > 0 {
                let others = format!("  {others} with other changes, shown after this");
                text.push_str(&paint(palette.warn, others));
            }
            text.push('\n');
        }
        text
    }

    fn summary(&self, drawing: &Drawing, text: &mut String) {
        let palette = &drawing.palette;
        if let Some(problem) = self.problem {
            text.push('\n');
            for row in width::wrapped(&visible_line(problem), drawing.width.saturating_sub(3)) {
                let _ = writeln!(text, "   {}", paint(palette.bad, row));
            }
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
    /// `consent_to_data › fi_data [case]`; of a file that cannot be read, its name.
    pub fn title(&self) -> String {
        let name = self.scenario.rsplit('/').next().unwrap_or_default();
        if self.step.is_empty() {
            return visible_line(name);
        }
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let case = self.case.as_ref().map(|case| format!(" [{case}]"));
        visible_line(&format!(
            "{stem} › {}{}",
            self.step,
            case.unwrap_or_default()
        ))
    }

    /// The scenario, the request and the file, as far as they are known.
    fn lines(&self, drawing: &Drawing) -> Vec<String> {
        let room = if drawing.is_full {
            usize::MAX
        } else {
            drawing.width.saturating_sub(3)
        };
        let request = sides::cut(&visible_line(self.request.trim()), room);
        let (scenario, path) = (visible_line(&self.scenario), visible_line(&self.path));
        let mut lines = vec![scenario, request, path];
        lines.retain(|line| !line.is_empty());
        lines.dedup();
        lines
    }
}

/// How many of those that share a change are listed.
fn most_owners(drawing: &Drawing) -> usize {
    match (drawing.is_full, drawing.rows) {
        (true, _) => usize::MAX,
        (false, None) => MOST_OWNERS,
        (false, Some(rows)) => (rows / 4).clamp(FEWEST_OWNERS, MOST_OWNERS),
    }
}

/// `── title ───── 3 left ──`, as wide as there is room.
fn rule(title: &str, open: usize, drawing: &Drawing) -> String {
    let palette = &drawing.palette;
    let left = format!("{open} left");
    let room = drawing.width.saturating_sub(left.chars().count() + 11);
    let title = sides::cut(title, room.max(1));
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
