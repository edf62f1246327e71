//! Cases that failed in the same way: the first of them are shown in full, the others counted.
//!
//! Where a server is down, thousands of cases fail with one message at one line of a file, and what only one of them says
//! would not be found among so many. No case is hidden: each has a line, and what it alone says stands in one.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write as _;

use super::failure::{Context, status_word, title};
use super::fitted;
use super::style::paint;
use super::text::{plural, visible_line};
use crate::model::outcome::{CaseOutcome, Failure, FailureKind, SnapshotOutcome, Status};
use crate::model::source::Span;

/// So many that failed in the same way are shown in full.
const MOST: usize = 10;
/// The columns of a line where no terminal says how many it has.
const COLUMNS: usize = 160;

/// One thing that went wrong in a case: whose fault it is, where, and what. What was expected and what came is not in it.
type Wrong<'a> = (FailureKind, Option<Span>, Option<Span>, Cow<'a, str>);

/// The cases of a run by how they failed.
#[derive(Default)]
pub(super) struct Alike<'a> {
    ways: Vec<Way<'a>>,
    by_what: HashMap<Vec<Wrong<'a>>, usize>,
}

/// A way in which cases failed.
struct Way<'a> {
    first: &'a CaseOutcome,
    shown: usize,
    /// Those that are not shown in full.
    others: Vec<&'a CaseOutcome>,
}

impl<'a> Alike<'a> {
    /// Whether a case that failed is to be shown in full.
    pub(super) fn is_shown(&mut self, case: &'a CaseOutcome) -> bool {
        let Some(what) = what(case) else {
            return true;
        };
        let number = *self.by_what.entry(what).or_insert_with(|| {
            self.ways.push(Way {
                first: case,
                shown: 0,
                others: Vec::new(),
            });
            self.ways.len() - 1
        });
        let way = &mut self.ways[number];
        if way.shown == MOST {
            way.others.push(case);
            return false;
        }
        way.shown += 1;
        true
    }

    /// Those that were not shown. Where cases have no lines of their own each is named.
    pub(super) fn tell(&self, text: &mut String, context: &Context<'_>, have_lines: bool) {
        let ways = self.ways.iter().filter(|way| !way.others.is_empty());
        for way in ways {
            way.tell(text, context, have_lines);
        }
    }
}

/// All that went wrong in a case; nothing where it has a diff that is nobody else's, or stands nowhere else.
fn what(case: &CaseOutcome) -> Option<Vec<Wrong<'_>>> {
    let mut what: Vec<Wrong<'_>> = Vec::new();
    for failure in &case.failures {
        let message = without_numbers(&failure.message);
        what.push((failure.kind, None, failure.span, message));
    }
    for step in &case.failed {
        if let Some(
            SnapshotOutcome::Different { .. } | SnapshotOutcome::New { pending: None, .. },
        ) = &step.snapshot
        {
            return None;
        }
        let wrong = step.failures.iter().map(|failure| {
            let message = without_numbers(&failure.message);
            (failure.kind, Some(step.span), failure.span, message)
        });
        what.extend(wrong);
    }
    (!what.is_empty()).then_some(what)
}

/// A message with one digit for each number: how often a poll was tried is not what went wrong.
fn without_numbers(message: &str) -> Cow<'_, str> {
    let is_digit = |character: char| character.is_ascii_digit();
    if !message.contains(is_digit) {
        return Cow::Borrowed(message);
    }
    let mut kept = String::with_capacity(message.len());
    for character in message.chars() {
        match is_digit(character) {
            false => kept.push(character),
            true if kept.ends_with('0') => {}
            true => kept.push('0'),
        }
    }
    Cow::Owned(kept)
}

/// All failures of a case, in the order in which they are shown.
fn failures(case: &CaseOutcome) -> impl Iterator<Item = &Failure> {
    let steps = case.failed.iter();
    let failed = steps.filter(|step| matches!(step.status, Status::Failed | Status::Errored));
    case.failures
        .iter()
        .chain(failed.flat_map(|step| &step.failures))
}

impl Way<'_> {
    fn tell(&self, text: &mut String, context: &Context<'_>, have_lines: bool) {
        let palette = &context.palette;
        let _ = writeln!(
            text,
            "\n{}  {} like {}",
            paint(palette.bad, status_word(&self.first.status)),
            paint(palette.strong, plural(self.others.len(), "more case")),
            title(self.first, palette),
        );
        for failure in failures(self.first) {
            let place = failure.span.map_or_else(String::new, |span| {
                let place = visible_line(&context.facts.sources.place(span));
                format!(" {}", paint(palette.accent, format!("({place})")))
            });
            let message = failure.message.lines().next().unwrap_or_default();
            let message = shortened(&visible_line(message), context, 2);
            let _ = writeln!(text, "  {}{place}", paint(palette.bad, message));
        }
        for case in &self.others {
            let own = self.own(case);
            if own.is_empty() && have_lines {
                continue;
            }
            let name = visible_line(&case.about.title());
            let line = if own.is_empty() {
                format!("{name} ({})", visible_line(&case.about.path))
            } else {
                format!("{name}: {own}")
            };
            let _ = writeln!(text, "    {}", shortened(&line, context, 4));
        }
        let options = context.facts.rerun_options.get(&self.first.about.path);
        let options = options.map_or("", String::as_str);
        let command = format!("sammati run --failed -v{options}");
        let _ = writeln!(
            text,
            "  {} {}",
            paint(palette.dim, "in full:"),
            paint(palette.accent, command)
        );
    }

    /// What was expected of a case and what came, where that is not what it was in the first.
    fn own(&self, case: &CaseOutcome) -> String {
        let is_one = failures(self.first).nth(1).is_none();
        let both = failures(case).zip(failures(self.first));
        let own = both.filter_map(|(failure, first)| {
            let parts = [
                ("expected", &failure.expected, &first.expected),
                ("got", &failure.actual, &first.actual),
            ];
            let own = parts.into_iter().filter_map(|(word, value, first)| {
                let value = value.as_ref().filter(|_| value != first)?;
                Some(format!("{word} {}", visible_line(value)))
            });
            let mut own: Vec<String> = own.collect();
            let is_same = failure.message == first.message;
            if is_same && own.is_empty() {
                return None;
            }
            if !is_same || !is_one {
                own.insert(0, visible_line(&failure.message));
            }
            Some(own.join(", "))
        });
        own.collect::<Vec<_>>().join("; ")
    }
}

fn shortened(text: &str, context: &Context<'_>, taken: usize) -> String {
    fitted::middle(text, context.columns.or(Some(COLUMNS)), taken)
}

#[cfg(test)]
mod tests {
    use super::super::Verbosity;
    use super::super::tests::{about, case, failure, place, report, step};
    use super::*;
    use crate::model::diagnostic::Color;
    use crate::model::outcome::{CaseIdentity, StepOutcome};
    use std::sync::Arc;

    /// A case whose consent is in another state than expected.
    fn failed(number: usize, actual: &str) -> CaseOutcome {
        with(number, |step| {
            let told = failure(place("PENDING"), "$.status", "string \"PENDING\"", actual);
            step.failures.push(told);
        })
    }

    fn with(number: usize, change: impl FnOnce(&mut StepOutcome)) -> CaseOutcome {
        let about = CaseIdentity {
            case: Some(number.to_string()),
            ..CaseIdentity::clone(&about("scenarios/consent.yaml", "Items"))
        };
        let mut step = step("create", place("id: create_consent"), Status::Failed);
        change(&mut step);
        CaseOutcome {
            failed: vec![Arc::new(step)],
            ..case(Arc::new(about), Status::Failed)
        }
    }

    fn told(cases: Vec<CaseOutcome>, verbosity: Verbosity) -> String {
        report(verbosity, Color::Plain, cases)
    }

    fn in_full(text: &str) -> usize {
        text.matches("\n  rerun:").count()
    }

    #[test]
    fn ten_are_shown_in_full_and_the_others_counted() {
        let same = |count: usize| (0..count).map(|number| failed(number, "null")).collect();
        let text = told(same(MOST), Verbosity::Cases);
        assert_eq!(in_full(&text), MOST);
        assert!(!text.contains("more case"), "{text}");
        let text = told(same(MOST + 1000), Verbosity::Cases);
        assert_eq!(in_full(&text), MOST);
        assert!(text.contains("\nFAILED  1000 more cases like Items [0] ("));
        assert!(text.contains("\n  $.status (scenarios/consent.yaml:7:17)\n"));
        assert!(text.contains("\n  in full: sammati run --failed -v --var months=5 --seed 7\n"));
        // Each of them has one line, that of its end.
        for number in 1..MOST + 1000 {
            let times = if number < MOST { 2 } else { 1 };
            let name = format!("Items [{number}] ");
            assert_eq!(text.matches(&name).count(), times, "{name}");
        }
        assert!(text.contains("1010 failed"));
        let text = told(same(MOST + 5), Verbosity::Steps);
        assert_eq!(in_full(&text), MOST + 5);
        assert!(!text.contains("more case"), "{text}");
    }

    #[test]
    fn without_lines_of_their_own_they_are_named() {
        let cases = (0..MOST + 3).map(|number| failed(number, "null"));
        let text = told(cases.collect(), Verbosity::Quiet);
        assert_eq!(in_full(&text), MOST);
        for number in 0..MOST + 3 {
            let name = format!("Items [{number}] (scenarios/consent.yaml)");
            assert!(text.contains(&name), "{number} in {text}");
        }
    }

    #[test]
    fn what_only_one_says_is_said() {
        let mut cases: Vec<_> = (0..40).map(|number| failed(number, "null")).collect();
        cases[30] = failed(30, "string \"REJECTED\"");
        cases[31] = with(31, |step| {
            let told = failure(place("PENDING"), "$.state", "null", "null");
            step.failures.push(told);
        });
        let text = told(cases, Verbosity::Cases);
        assert!(text.contains("29 more cases like"), "{text}");
        let own = "    Items [30]: got string \"REJECTED\"\n";
        assert!(text.contains(own), "{text}");
        assert!(text.contains("$.state"), "{text}");
        let polled = |number: usize| {
            with(number, |step| {
                let message = format!("not so within 2s, after {} tries", 8 + number);
                step.failures
                    .push(Failure::new(FailureKind::Timeout, None, message));
            })
        };
        let polls = told((0..MOST + 2).map(polled).collect(), Verbosity::Cases);
        let own = format!("\n    Items [{MOST}]: not so within 2s, after 18 tries\n");
        assert!(polls.contains(&own), "{polls}");
        assert_eq!(in_full(&polls), MOST);
        let two = |number: usize, actual: &str| {
            with(number, |step| {
                for (path, actual) in [("$.status", "null"), ("$.id", actual)] {
                    step.failures
                        .push(failure(place("PENDING"), path, "string", actual));
                }
            })
        };
        let cases = (0..MOST + 2).map(|number| two(number, if number > MOST { "7" } else { "8" }));
        let several = told(cases.collect(), Verbosity::Cases);
        let own = format!("\n    Items [{}]: $.id, got 7\n", MOST + 1);
        assert!(several.contains(&own), "{several}");
        assert_eq!(in_full(&text), MOST + 1);
    }

    #[test]
    fn no_diff_is_left_out_that_stands_nowhere_else() {
        let new = |pending: Option<&str>| SnapshotOutcome::New {
            path: "snapshots/a.snap".into(),
            pending: pending.map(Into::into),
            diff: Vec::new(),
        };
        let different = SnapshotOutcome::Different {
            path: "snapshots/a.snap".into(),
            pending: Some("snapshots/a.snap.new".into()),
            diff: Vec::new(),
        };
        let told_as = Failure::new(FailureKind::Snapshot, None, "there is none");
        for (snapshot, full) in [
            (new(None), 30),
            (different, 30),
            (new(Some("snapshots/a.snap.new")), MOST),
        ] {
            let cases = (0..30).map(|number| {
                with(number, |step| {
                    step.snapshot = Some(snapshot.clone());
                    step.failures.push(told_as.clone());
                })
            });
            let text = told(cases.collect(), Verbosity::Cases);
            assert_eq!(in_full(&text), full, "{text}");
        }
    }
}
