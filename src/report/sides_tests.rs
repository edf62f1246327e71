use super::*;
use crate::model::diagnostic::Color;
use crate::report::Palette;

fn drawing(width: usize, is_full: bool) -> Drawing {
    Drawing {
        palette: Palette::new(Color::Plain),
        width,
        rows: None,
        is_beside: false,
        is_full,
    }
}

#[test]
fn what_changed_is_wrapped_and_what_did_not_is_cut() {
    let long = "0123456789".repeat(5);
    let diff = [
        DiffLine::Same(long.clone()),
        DiffLine::Folded(7),
        DiffLine::Removed(long.clone()),
        DiffLine::Added(String::new()),
    ];
    assert_eq!(
        below(&diff, &drawing(34, false)),
        [
            "    01234567890123456789012345678…",
            "    … 7 equal lines",
            "  - 012345678901234567890123456789",
            "    01234567890123456789",
            "  + ",
        ]
    );
    let huge = [DiffLine::Added("x".repeat(10_000_000))];
    let rows = below(&huge, &drawing(34, false));
    assert_eq!(rows.len(), 7);
    assert_eq!(rows[6], "    … 9999820 more characters");
    assert_eq!(below(&huge, &drawing(104, true)).len(), 100_000);
}

#[test]
fn old_and_new_stand_beside_each_other() {
    let diff = [
        DiffLine::Same("same".into()),
        DiffLine::Removed("a long line of the old".into()),
        DiffLine::Added("new".into()),
        DiffLine::Added("newer".into()),
    ];
    assert_eq!(
        beside(&diff, &drawing(40, false)),
        [
            "    same               same",
            "  - a long line of t   + new",
            "    he old",
            "                       + newer",
        ]
        .map(|row| row.replace("t   + new", "t + new").replace(
            "                       + newer",
            "                     + newer"
        ))
    );
    for row in beside(&diff, &drawing(80, false)) {
        assert!(row.chars().count() <= 80, "{row}");
    }
}

#[test]
fn columns_stand_below_each_other_whatever_the_script() {
    let old = "\u{4e2d}\u{6587} \u{1f600} \u{928}\u{93f}\u{935}\u{947}\u{936} e\u{301}";
    let diff = [
        DiffLine::Same(old.into()),
        DiffLine::Removed(old.repeat(3)),
        DiffLine::Added("new".into()),
    ];
    for width in [40, 80] {
        let rows = beside(&diff, &drawing(width, false));
        let place = |row: &str, what: &str| {
            let (before, _) = row.rsplit_once(what).unwrap();
            width::columns(before)
        };
        let right = place(&rows[1], "+ new");
        assert_eq!(place(&rows[0], old), right + 2, "{rows:?}");
        for row in &rows {
            assert!(width::columns(row) <= width, "{row}");
        }
    }
    for row in below(&diff, &drawing(34, true)) {
        assert!(width::columns(&row) <= 34, "{row}");
    }
}

#[test]
fn of_a_long_line_what_differs_is_shown() {
    let text = |middle: &str| {
        format!(
            "\"key\": \"{}{middle}{}\"",
            "a".repeat(900),
            "z".repeat(900)
        )
    };
    let diff = [DiffLine::Removed(text("30")), DiffLine::Added(text("24"))];
    for is_beside in [false, true] {
        let draw = |is_full| {
            let drawing = drawing(84, is_full);
            let rows = if is_beside {
                beside(&diff, &drawing)
            } else {
                below(&diff, &drawing)
            };
            rows.join("\n")
        };
        let folded = draw(false);
        assert!(folded.contains("  - \"key\": \"aaa"), "{folded}");
        assert!(folded.contains("a … a"), "{folded}");
        assert!(folded.contains("z … z"), "{folded}");
        // A row may end within it.
        let rows = folded.replace("\n    ", "");
        assert!(is_beside || rows.contains("30zz"), "{folded}");
        assert!(is_beside || rows.contains("24zz"), "{folded}");
        assert!(folded.lines().count() < 9, "{folded}");
        assert!(!folded.contains("more characters"), "{folded}");
        // All of it is asked for, and then nothing is left out.
        assert!(!draw(true).contains('…'));
    }
    // One that has nothing beside it begins at its beginning.
    let rows = below(&diff[..1], &drawing(84, false));
    assert!(
        !rows[0].contains('…') && rows[6].contains("more characters"),
        "{rows:?}"
    );
}

#[test]
fn what_differs_in_a_line_stands_out() {
    let drawing = Drawing {
        palette: Palette::new(Color::Ansi),
        ..drawing(40, false)
    };
    let one = |old: &str, new: &str| {
        let diff = [DiffLine::Removed(old.into()), DiffLine::Added(new.into())];
        let rows = [below(&diff, &drawing), beside(&diff, &drawing)];
        // Bold and underlined, whatever the colour.
        let marked = |row: &String| -> Vec<String> {
            row.split("\u{1b}[1m\u{1b}[4m")
                .skip(1)
                .map(|rest| {
                    let (_, rest) = rest.split_once('m').unwrap();
                    rest.split('\u{1b}').next().unwrap().to_owned()
                })
                .collect()
        };
        let rows = rows.map(|rows| rows.iter().flat_map(marked).collect::<Vec<_>>());
        assert_eq!(rows[0], rows[1]);
        rows[0].join("|")
    };
    for (old, new, expected) in [
        ("\"value\": 30,", "\"value\": 24,", "30|24"),
        ("\"value\": 30", "\"value\": 30,", ","),
        ("\"a\": \"aa\"", "\"a\": \"aaa\"", "a"),
        (
            "\"\u{915}\u{942}\": 1",
            "\"\u{915}\u{947}\": 1",
            "\u{915}\u{942}|\u{915}\u{947}",
        ),
        // Two lines, not one that changed.
        ("\"amount\": 1", "}", ""),
        ("", "x", ""),
    ] {
        assert_eq!(one(old, new), expected, "{old} / {new}");
    }
}

#[test]
fn values_are_cut_around_what_differs() {
    assert_eq!(around("30", "24", 12), ("30".into(), "24".into()));
    let (old, new) = (
        format!("{}a", "x".repeat(90)),
        format!("{}b", "x".repeat(90)),
    );
    assert_eq!(around(&old, &new, 12), ("…xxxa".into(), "…xxxb".into()));
    assert_eq!(cut("abcdef", 4), "abc…");
    assert_eq!(cut("abcd", 4), "abcd");
}
