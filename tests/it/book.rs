//! The guide: every page in its table of contents, every link to something that is there, and the commands that it
//! shows among those that there are.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn help(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_sammati"))
        .args(arguments)
        .arg("--help")
        .env_clear()
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// The names of all commands, as `--help` lists them.
fn commands() -> Vec<String> {
    let help = help(&[]);
    let list = help.split("Commands:\n").nth(1).unwrap();
    let list = list.split("\n\n").next().unwrap();
    list.lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .map(|line| line.split_whitespace().next().unwrap().to_owned())
        .collect()
}

/// All pages: their paths from the project's folder, and their texts.
fn pages() -> BTreeMap<String, String> {
    let mut pages = BTreeMap::new();
    for entry in fs::read_dir(root().join("docs")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "md") {
            let name = format!("docs/{}", path.file_name().unwrap().to_str().unwrap());
            pages.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
    for name in [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
    ] {
        pages.insert(name.into(), fs::read_to_string(root().join(name)).unwrap());
    }
    pages
}

#[test]
fn the_reference_of_the_command_line_is_what_the_program_says() {
    let mut page = String::from(
        "# The command line\n\nWhat `--help` says. `INSTA_UPDATE=always cargo test book` writes this page.\n\n",
    );
    page.push_str(&format!("```text\n{}\n```\n", help(&[]).trim_end()));
    for command in commands() {
        let told = help(&[&command]);
        page.push_str(&format!(
            "\n## `{command}`\n\n```text\n{}\n```\n",
            told.trim_end()
        ));
        if command == "report" {
            let told = help(&["report", "merge"]);
            page.push_str(&format!("\n```text\n{}\n```\n", told.trim_end()));
        }
    }
    let path = root().join("docs/cli.md");
    if std::env::var("INSTA_UPDATE").as_deref() == Ok("always") {
        fs::write(&path, &page).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page,
        "docs/cli.md is not what the program says: INSTA_UPDATE=always writes it"
    );
}

#[test]
fn every_command_has_examples() {
    let merge = vec!["report", "merge"];
    let all = commands();
    for command in all
        .iter()
        .map(|command| vec![command.as_str()])
        .chain([merge])
    {
        let help = help(&command);
        assert!(
            help.contains("\nExamples:\n  sammati "),
            "{command:?}: {help}"
        );
    }
}

#[test]
fn every_page_is_in_the_table_of_contents() {
    let summary = fs::read_to_string(root().join("docs/SUMMARY.md")).unwrap();
    let named: BTreeSet<String> = links(&summary).map(|link| format!("docs/{link}")).collect();
    let there: BTreeSet<String> = pages()
        .into_keys()
        .filter(|name| name.starts_with("docs/") && name != "docs/SUMMARY.md")
        .collect();
    assert_eq!(named, there);
}

#[test]
fn every_link_leads_somewhere() {
    let pages = pages();
    let mut wrong = Vec::new();
    let mut count = 0;
    for (page, text) in &pages {
        for link in links(&without_code(text)) {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            count += 1;
            let (path, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let folder = Path::new(page).parent().unwrap();
            let target = if path.is_empty() {
                PathBuf::from(page)
            } else {
                folder.join(path)
            };
            let is_there = root().join(&target).exists();
            let target = target.to_str().unwrap();
            let has_anchor = anchor.is_empty()
                || pages
                    .get(target)
                    .is_some_and(|text| anchors(text).contains(anchor));
            if !is_there || !has_anchor {
                wrong.push(format!("{page}: {link}"));
            }
        }
    }
    assert!(count > 10, "only {count} links were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_commands_that_pages_show_are_there_with_their_options() {
    let mut files: Vec<(String, String)> = pages().into_iter().collect();
    for name in [
        "action.yml",
        ".github/workflows/release.yml",
        "Containerfile",
    ] {
        files.push((name.into(), fs::read_to_string(root().join(name)).unwrap()));
    }
    let commands = commands();
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    let mut wrong = Vec::new();
    let mut count = 0;
    for (page, text) in files.iter().filter(|(page, _)| page != "docs/cli.md") {
        let whole = text.replace("\\\n", " ");
        for line in whole.lines() {
            for (at, _) in line.match_indices("sammati ") {
                let before = line[..at].chars().next_back();
                if before.is_some_and(|before| !" `'\"($".contains(before)) {
                    continue;
                }
                let rest = line[at..]
                    .split(['`', '\'', '#', '|', ';', '&'])
                    .next()
                    .unwrap();
                let mut words = rest.split_whitespace().skip(1);
                let Some(command) = words
                    .next()
                    .filter(|word| commands.iter().any(|c| c == word))
                else {
                    continue;
                };
                count += 1;
                // `report` has commands of its own.
                let inner = (command == "report").then_some("merge");
                let help = known.entry(command.into()).or_insert_with(|| {
                    let path: Vec<&str> = [command].into_iter().chain(inner).collect();
                    help(&path)
                });
                for word in words.filter(|word| word.starts_with("--") && word.len() > 2) {
                    let option = word
                        .split('=')
                        .next()
                        .unwrap()
                        .trim_end_matches([',', '.', ')']);
                    if !help.contains(&format!("{option} "))
                        && !help.contains(&format!("{option}\n"))
                    {
                        wrong.push(format!("{page}: `{option}` of `{rest}`"));
                    }
                }
            }
        }
    }
    assert!(count > 30, "only {count} commands were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn there_is_a_manual_page_of_each_command() {
    let folder = tempfile::tempdir().unwrap();
    let status = Command::new(env!("CARGO_BIN_EXE_sammati"))
        .args(["man", "pages"])
        .current_dir(folder.path())
        .status()
        .unwrap();
    assert!(status.success());
    for command in commands() {
        let page = folder.path().join(format!("pages/sammati-{command}.1"));
        let text = fs::read_to_string(&page).unwrap();
        assert!(
            text.contains(".SH OPTIONS") || text.contains(".SH SYNOPSIS"),
            "{command}"
        );
    }
    assert!(folder.path().join("pages/sammati.1").exists());
}

/// What stands behind `](` in a text.
fn links(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')').map(|(link, _)| link.to_owned()))
}

/// The text without its blocks of code.
fn without_code(text: &str) -> String {
    text.split("```").step_by(2).collect()
}

/// The names by which a page's headings are found.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = without_code(text);
    let headings = headings.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|line| {
            line.trim_start_matches('#')
                .trim()
                .to_lowercase()
                .chars()
                .filter(|c| c.is_alphanumeric() || " -_".contains(*c))
                .map(|c| if c == ' ' { '-' } else { c })
                .collect()
        })
        .collect()
}
