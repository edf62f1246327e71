//! What tests of snapshot files need.

use std::fs;
use std::path::Path;

use super::pending::Pending;

/// Writes a snapshot file with that response.
pub(super) fn put(root: &Path, name: &str, contents: &str) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(
        path,
        format!(
            "---\nsource: scenarios/s.yaml\nassertion_line: 3\nexpression: e\n---\n{contents}\n"
        ),
    )
    .unwrap();
}

/// The paths of pending snapshots below their folder.
pub(super) fn names(pending: &[Pending]) -> Vec<String> {
    pending
        .iter()
        .map(|pending| pending.below.to_string_lossy().replace('\\', "/"))
        .collect()
}
