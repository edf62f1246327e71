//! Reports that are read back and told again.

use serde_json::{Value, json};

use super::machine_tests::{blocks, everything, reporter, written};
use super::tests::facts;
use super::{Chronicle, Merged, Part, merge};
use crate::model::outcome::CaseOutcome;
use std::path::PathBuf;
use std::sync::Arc;

/// Each case once, in the order of the files, and none whose parts were told nowhere.
fn cases() -> Vec<CaseOutcome> {
    let mut cases = everything();
    cases.retain(|case| case.flaky.is_empty());
    cases.sort_by(|left, right| left.about.path.cmp(&right.about.path));
    cases.dedup_by(|left, right| left.about.path == right.about.path);
    cases
}

fn read(report: &Value) -> Result<Merged, String> {
    let part = Part::read("a.json".into(), report.to_string().as_bytes())?;
    merge(vec![part], PathBuf::from("/project"))
}

fn told_again(kind: &str, merged: &Merged) -> String {
    let mut out = Vec::new();
    let mut reporter = reporter(kind, &mut out, Arc::new(merged.facts.clone()));
    let mut chronicle = Chronicle::new([&*reporter]);
    merged.tell(|event| {
        let noted = chronicle.note(event);
        noted.tell(event, &mut *reporter).unwrap();
    });
    reporter.on_end(&merged.outcome).unwrap();
    drop(reporter);
    String::from_utf8(out).unwrap()
}

#[test]
fn what_is_told_again_is_what_was_told() {
    let report: Value = serde_json::from_str(&written("json", cases())).unwrap();
    let merged = read(&report).unwrap();
    for kind in ["json", "junit", "tap", "summary"] {
        assert_eq!(told_again(kind, &merged), written(kind, cases()), "{kind}");
    }
    // These are written as cases end, which they do in another order now.
    let lines = |text: String| {
        let mut lines: Vec<String> = text
            .lines()
            .map(|line| line.trim_end_matches(',').to_owned())
            .collect();
        lines.sort();
        lines
    };
    for kind in ["github", "har"] {
        let (again, before) = (told_again(kind, &merged), written(kind, cases()));
        assert_eq!(lines(again), lines(before), "{kind}");
    }
    assert_eq!(
        blocks(&told_again("html", &merged)),
        blocks(&written("html", cases()))
    );
    assert_eq!(merged.facts.seed, facts().seed);
}

#[test]
fn what_cannot_be_told_again_is_refused() {
    let report: Value = serde_json::from_str(&written("json", cases())).unwrap();
    assert!(read(&report).is_ok());
    for (at, value, why) in [
        ("/format", json!(2), "its format is 2, not 1"),
        ("/tool/version", json!("9.9.9"), "written by sammati 9.9.9"),
        ("/totals/cases", json!(1), "it counts 1 cases"),
        ("/started", json!("soon"), "`started` is `soon`"),
        ("/seconds", json!(-1), "-1 seconds"),
        ("/cases/0/status", json!("green"), "no status `green`"),
        ("/cases/0/seconds", json!(1e300), "seconds"),
        ("/cases/0/steps/0/kind", json!("x"), "no kind of step `x`"),
        ("/cases/0/steps/0/place/line", json!(0), "line 0"),
        (
            "/cases/0/steps/0/place/line",
            json!(4_000_000_000_u32),
            "which no file has",
        ),
        ("/cases/0/steps/0/label", json!(null), "not as this version"),
        ("/cases", json!("none"), "not as this version"),
        ("/tool", json!(null), "it is no report of sammati"),
    ] {
        let mut wrong = report.clone();
        *wrong.pointer_mut(at).unwrap() = value;
        let told = read(&wrong).err().unwrap_or_else(|| panic!("{at} passes"));
        assert!(told.starts_with("`a.json` cannot be merged: "), "{told}");
        assert!(told.contains(why), "{told}");
    }
    let text = report.to_string();
    for end in [0, 1, text.len() / 2, text.len() - 1] {
        let told = Part::read("a.json".into(), &text.as_bytes()[..end]).unwrap_err();
        assert!(told.contains("it is not whole"), "{told}");
    }
}
