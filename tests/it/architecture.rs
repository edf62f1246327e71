//! The dependency table of the architecture, and what must stay absent, kept by reading the source.
//!
//! It looks at text, not at a syntax tree: comments and tests are cut away first, and what is left is
//! simple enough in this code base for patterns to be exact.

use regex::Regex;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Each folder of `src`, and what of ours it may use.
const MAY_USE: [(&str, &[&str]); 8] = [
    ("model", &[]),
    ("sandbox", &[]),
    ("parse", &["model"]),
    ("check", &["model"]),
    ("report", &["model"]),
    ("snapshot", &["model"]),
    ("run", &["model", "snapshot"]),
    (
        "cli",
        &[
            "model", "sandbox", "parse", "check", "report", "snapshot", "run",
        ],
    ),
];

/// What must not stand outside `cli`, and why.
const ONLY_CLI: [(&str, &str); 4] = [
    (
        r"\b(std::)?env::\w|\buse std::env\b|\bstd::\{[^}]*\benv\b",
        "the environment belongs to `cli`",
    ),
    (
        r"\bstd::process\b|\bprocess::(exit|abort|Command)\b|\bstd::\{[^}]*\bprocess\b",
        "processes belong to `cli`",
    ),
    (
        r"\b(println|eprintln|print|eprint|dbg)!",
        "only `cli` prints",
    ),
    (
        r"(^|[^:\w]|\bio::)(stdout|stderr|stdin)\(\)",
        "the standard streams belong to `cli`",
    ),
];

/// What must stand nowhere.
const NOWHERE: [(&str, &str); 4] = [
    (r"\bstatic\s+mut\b", "no global that changes"),
    (r"\bthread_local!", "no global that changes"),
    (
        r"\bstatic\s+(ref\s+)?\w+\s*:[^;=]*\b(OnceLock|LazyLock|OnceCell|LazyCell|Mutex|RwLock|Atomic\w+|Cell|RefCell)\b",
        "no global that changes",
    ),
    (r"\blazy_static!", "no global that changes"),
];

#[test]
fn the_table_holds() {
    let mut violations = Vec::new();
    let mut files = 0;
    for (path, text) in sources() {
        files += 1;
        violations.extend(
            judge(&path, &text)
                .into_iter()
                .map(|what| format!("src/{path}: {what}")),
        );
    }
    assert!(files > 20, "only {files} files were read");
    assert!(violations.is_empty(), "{}", violations.join("\n"));
}

#[test]
fn every_folder_is_in_the_table() {
    let known: BTreeMap<&str, &[&str]> = MAY_USE.into_iter().collect();
    for (path, _) in sources() {
        let module = module_of(&path);
        assert!(
            module.is_empty() || known.contains_key(module),
            "`{module}` is not in the table"
        );
    }
}

#[test]
fn a_violation_is_caught() {
    for (path, text, caught) in [
        ("model/a.rs", "use crate::model::source::Span;", false),
        ("model/a.rs", "use crate::run::Settings;", true),
        ("model/a.rs", "fn f() { crate::parse::scenario(); }", true),
        ("model/a.rs", "use super::super::check::Input;", true),
        ("sandbox/api/mod.rs", "use crate::model::duration;", true),
        (
            "sandbox/api/mod.rs",
            "use crate::sandbox::clock::Clock;",
            false,
        ),
        (
            "sandbox/api/fips.rs",
            "use super::super::clock::Clock;",
            false,
        ),
        (
            "report/a.rs",
            "use crate::{model::outcome::Event, run::Settings};",
            true,
        ),
        (
            "report/a.rs",
            "use crate::{\n    model::{a, b},\n    snapshot::Store,\n};",
            true,
        ),
        (
            "report/a.rs",
            "use crate::{model::outcome::Event, report::Palette};",
            false,
        ),
        ("report/a.rs", "use crate as sammati;", true),
        ("report/a.rs", "use crate::*;", true),
        ("run/a.rs", "use crate::snapshot::Store;", false),
        ("run/a.rs", "use crate::sandbox::Sandbox;", true),
        (
            "cli/a.rs",
            "use crate::sandbox::Sandbox; fn f() { std::env::var(\"A\"); }",
            false,
        ),
        ("run/a.rs", "fn f() { std::env::var(\"A\"); }", true),
        ("run/a.rs", "use std::{env, fmt};", true),
        ("run/a.rs", "use std::process::Command;", true),
        ("run/a.rs", "fn f() { println!(\"a\"); }", true),
        ("run/a.rs", "fn f() { writeln!(out, \"a\"); }", false),
        ("run/a.rs", "fn f() { io::stdout().flush(); }", true),
        (
            "run/a.rs",
            "// println! and std::env are for `cli`\n/* crate::cli */\nfn f() {}",
            false,
        ),
        (
            "run/a.rs",
            "fn f() -> &str { \"crate::cli // println!(\" }",
            false,
        ),
        (
            "run/a.rs",
            "fn f() { let a = r#\"\"\"#; println!(\"a\"); }",
            true,
        ),
        (
            "run/a.rs",
            "fn f() {}\n#[cfg(test)]\nmod tests { fn g() { println!(\"a\"); } }",
            false,
        ),
        (
            "run/a.rs",
            "#[cfg(test)]\nmod tests { fn g() {} }\nfn f() { println!(\"a\"); }",
            true,
        ),
        (
            "run/a.rs",
            "static COUNT: AtomicU64 = AtomicU64::new(0);",
            true,
        ),
        (
            "cli/a.rs",
            "static COUNT: std::sync::Mutex<u8> = Mutex::new(0);",
            true,
        ),
        ("cli/a.rs", "thread_local! { static A: u8 = 0; }", true),
        (
            "cli/a.rs",
            "static NAMES: [&str; 1] = [\"a\"]; const A: u8 = 1;",
            false,
        ),
        (
            "main.rs",
            "fn main() -> std::process::ExitCode { sammati::cli::main() }",
            false,
        ),
    ] {
        assert_eq!(!judge(path, text).is_empty(), caught, "{path}: {text}");
    }
}

/// Everything that a file does and may not.
fn judge(path: &str, text: &str) -> Vec<String> {
    let text = without_tests(&without_comments_and_texts(text));
    let module = module_of(path);
    let mut violations = Vec::new();
    for (pattern, why) in NOWHERE {
        if let Some(found) = regex(pattern).find(&text) {
            violations.push(format!("`{}`: {why}", found.as_str()));
        }
    }
    if module.is_empty() {
        return violations;
    }
    if module != "cli" {
        for (pattern, why) in ONLY_CLI {
            if let Some(found) = regex(pattern).find(&text) {
                violations.push(format!("`{}`: {why}", found.as_str()));
            }
        }
    }
    let (_, allowed) = MAY_USE
        .into_iter()
        .find(|(name, _)| *name == module)
        .unwrap_or((module, &[]));
    for used in used_modules(path, &text) {
        if used != module && !allowed.contains(&used.as_str()) {
            violations.push(format!("`{module}` may not use `{used}`"));
        }
    }
    violations
}

/// The top modules of ours that a file names.
fn used_modules(path: &str, text: &str) -> Vec<String> {
    let mut used = Vec::new();
    for found in regex(r"\b(?:crate|sammati)\s*::\s*(\w+|\*|\{)").captures_iter(text) {
        if &found[1] == "{" {
            let whole = found.get(0).expect("group 0 is the match");
            used.extend(names_in_braces(&text[whole.end()..]));
        } else {
            used.push(found[1].to_owned());
        }
    }
    if regex(r"\buse\s+(crate|sammati)\s+as\b").is_match(text) {
        used.push("crate as something".into());
    }
    // `super` that climbs to the crate's root. A file's own module is one level below its folder.
    let depth = path.split('/').count() - usize::from(path.ends_with("/mod.rs"));
    for found in regex(r"\b((?:super\s*::\s*)+)(\w+)").captures_iter(text) {
        if found[1].matches("super").count() >= depth {
            used.push(found[2].to_owned());
        }
    }
    used
}

/// The first segments of `a::b, c::{d, e}, f}`.
fn names_in_braces(text: &str) -> Vec<String> {
    let (mut depth, mut names, mut name) = (0, Vec::new(), String::new());
    let mut is_first = true;
    for character in text.chars() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                names.push(std::mem::take(&mut name));
                is_first = true;
            }
            ':' => is_first = false,
            _ if depth == 0 && is_first && !character.is_whitespace() => name.push(character),
            _ => {}
        }
    }
    names.push(name);
    names.retain(|name| !name.is_empty());
    names
}

/// The text with comments left out and the insides of literals emptied.
fn without_comments_and_texts(text: &str) -> String {
    let literal = regex(
        r###"(?s)//[^\n]*|/\*.*?\*/|\bb?r##".*?"##|\bb?r#".*?"#|\bb?r"[^"]*"|b?"(?:\\.|[^"\\])*"|b?'(?:\\[^u]|\\u\{[0-9a-fA-F]+\}|[^'\\\n])'"###,
    );
    literal
        .replace_all(text, |found: &regex::Captures<'_>| {
            if found[0].starts_with('/') {
                " "
            } else {
                "\"\""
            }
        })
        .into_owned()
}

/// The text without what is only there in tests: the item behind each `#[cfg(test)]`.
fn without_tests(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("#[cfg(test)]") {
        kept.push_str(&rest[..at]);
        rest = behind_item(&rest[at..]);
    }
    kept.push_str(rest);
    kept
}

/// What follows an item, which ends with its `;` or its closing brace.
fn behind_item(text: &str) -> &str {
    let mut depth = 0;
    for (at, character) in text.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth <= 1 => return &text[at + 1..],
            '}' => depth -= 1,
            ';' if depth == 0 => return &text[at + 1..],
            _ => {}
        }
    }
    ""
}

fn module_of(path: &str) -> &str {
    path.split_once('/').map_or(
        match path {
            "lib.rs" | "main.rs" => "",
            file => file.trim_end_matches(".rs"),
        },
        |(folder, _)| folder,
    )
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is right")
}

/// All source files that are no tests of their own, by their path under `src`.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders: Vec<PathBuf> = vec![root.clone()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder is there") {
            let path = entry.expect("the folder can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let inside = path.strip_prefix(&root).expect("it is in there");
                let name = inside.to_string_lossy().replace('\\', "/");
                let is_test = inside
                    .components()
                    .any(|part| matches!(part.as_os_str().to_str(), Some("tests" | "tests.rs")));
                if !is_test {
                    found.push((name, fs::read_to_string(&path).expect("it is UTF-8")));
                }
            }
        }
    }
    found.sort();
    found
}
