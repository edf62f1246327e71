//! What the documents show must be right.

use sammati::model::diagnostic::Color;
use sammati::model::source::Sources;
use sammati::parse;
use std::path::Path;

#[test]
fn every_yaml_block_is_read_without_a_mistake() {
    let mut blocks = 0;
    for document in [
        "README.md",
        "docs/language.md",
        "docs/sandbox.md",
        "docs/snapshots.md",
        "docs/setu.md",
        "docs/how_to.md",
    ] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(document);
        let text = std::fs::read_to_string(path).unwrap();
        for (line, block) in yaml_blocks(&text) {
            blocks += 1;
            let mut sources = Sources::default();
            let file = sources.add(format!("{document} (block at line {line})"), block);
            let mistakes = if block.starts_with("# sammati.yaml") {
                parse::project(&sources, file).err().unwrap_or_default()
            } else if block.starts_with("# _") {
                parse::scenario(&sources, file, "_fragment.yaml").diagnostics
            } else {
                parse::scenario(&sources, file, "scenario.yaml").diagnostics
            };
            let told: Vec<String> = mistakes
                .iter()
                .map(|mistake| mistake.render(&sources, Color::Plain))
                .collect();
            assert!(told.is_empty(), "{}", told.join("\n"));
        }
    }
    assert!(blocks > 10, "only {blocks} blocks were found");
}

/// The blocks marked as YAML, each with the line at which it begins.
fn yaml_blocks(text: &str) -> Vec<(usize, &str)> {
    let mut blocks = Vec::new();
    let mut rest = 0;
    while let Some(start) = text[rest..].find("```yaml\n") {
        let start = rest + start + "```yaml\n".len();
        let end = start + text[start..].find("```").expect("a block that ends");
        blocks.push((text[..start].matches('\n').count() + 1, &text[start..end]));
        rest = end + 3;
    }
    blocks
}

#[test]
fn the_readme_has_the_exit_statuses_and_commands_that_there_are() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = std::fs::read_to_string(path).unwrap();
    for status in ["| 0 |", "| 1 |", "| 2 |", "| 3 |", "| 4 |", "| 130, 143 |"] {
        assert!(text.contains(status), "{status}");
    }
}
