//! Where a snapshot is kept.

use sha2::{Digest as _, Sha256};
use std::path::{MAIN_SEPARATOR, Path, PathBuf};

use super::Subject;

/// The ending of an accepted snapshot and what a pending one has after it, both insta's.
pub(super) const ENDING: &str = ".snap";
pub(super) const PENDING: &str = ".new";

/// File names end at 255 bytes; a name, a case and a target must fit in one, with their endings.
pub(super) const LONGEST: usize = 64;

impl Subject {
    /// The accepted snapshot's path below the snapshots' folder: `stem/name[@case][~target].snap`.
    pub fn path(&self) -> PathBuf {
        self.path_of(&self.name)
    }

    /// The path of another snapshot of the same case.
    pub(super) fn path_of(&self, name: &str) -> PathBuf {
        // Room for what most are called.
        let mut path = String::with_capacity(2 * LONGEST);
        for part in self.stem.split('/') {
            push_safe(part, &mut path);
            path.push(MAIN_SEPARATOR);
        }
        push_safe(name, &mut path);
        for (separator, part) in [('@', &self.case), ('~', &self.target)] {
            if let Some(part) = part {
                path.push(separator);
                push_safe(part, &mut path);
            }
        }
        path.push_str(ENDING);
        path.into()
    }
}

/// The pending file beside an accepted one.
pub(super) fn pending_beside(accepted: &Path) -> PathBuf {
    let mut path = accepted.as_os_str().to_owned();
    path.push(PENDING);
    PathBuf::from(path)
}

/// The part with `_` for what file systems, shells or our own separators would stumble over, and then a short
/// hash of what it was, so that two parts never become one.
fn push_safe(part: &str, path: &mut String) {
    // Most are fine as they are.
    if part.len() <= LONGEST && part.chars().all(is_fine) && part.contains(|sign| sign != '.') {
        return path.push_str(part);
    }
    path.push_str(&replaced(part));
    path.push('-');
    for byte in &Sha256::digest(part)[..4] {
        path.push_str(&format!("{byte:02x}"));
    }
}

fn is_fine(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '=' | ',' | '-')
}

/// The same without the hash.
pub(super) fn replaced(part: &str) -> String {
    let mut safe: String = part
        .chars()
        .map(|found| if is_fine(found) { found } else { '_' })
        .collect();
    // `.` and `..` are folders, and so is nothing.
    if safe.chars().all(|character| character == '.') {
        safe = "_".repeat(safe.len().max(1));
    }
    safe.truncate(LONGEST);
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(stem: &str, name: &str, case: Option<&str>, target: Option<&str>) -> String {
        let subject = Subject {
            stem: stem.into(),
            name: name.into(),
            case: case.map(String::from),
            target: target.map(String::from),
            source: String::new(),
            expression: String::new(),
        };
        subject.path().to_string_lossy().replace('\\', "/")
    }

    #[test]
    fn names_are_kept_where_they_can_be() {
        for (stem, name, case, target, expected) in [
            ("consent", "create", None, None, "consent/create.snap"),
            ("a/b-c", "login.token", None, None, "a/b-c/login.token.snap"),
            (
                "a",
                "s",
                Some("months=4,mode=auto"),
                Some("setu"),
                "a/s@months=4,mode=auto~setu.snap",
            ),
            ("a", "s-1", None, Some("setu"), "a/s-1~setu.snap"),
        ] {
            assert_eq!(path(stem, name, case, target), expected);
        }
    }

    #[test]
    fn other_characters_are_replaced_and_told_apart() {
        let all: Vec<String> = [
            ("a", "a b", None),
            ("a", "a_b", None),
            ("a", "a\tb", None),
            ("a", "a/b", None),
            ("a", "..", None),
            ("a", "", None),
            ("a", "a", Some("b")),
            ("a", "a@b", None),
            ("..", "a", None),
            ("a//b", "a", None),
            ("अ", "a", None),
            ("a", "a", Some("")),
        ]
        .into_iter()
        .map(|(stem, name, case)| path(stem, name, case, None))
        .collect();
        assert_eq!(all[0], "a/a_b-c8687a08.snap");
        for (index, one) in all.iter().enumerate() {
            assert!(!all[..index].contains(one), "{one}");
            assert!(
                !one.split('/').any(|part| part.is_empty() || part == ".."),
                "{one}"
            );
            assert!(one.bytes().all(|byte| byte.is_ascii_graphic()), "{one}");
        }
    }

    #[test]
    fn long_names_fit_a_file_system() {
        let (one, other) = ("x".repeat(400), "x".repeat(401));
        let found = path("a", &one, Some(&one), Some(&one));
        assert!(found.len() < 240, "{}", found.len());
        assert_ne!(found, path("a", &one, Some(&other), Some(&one)));
    }
}
