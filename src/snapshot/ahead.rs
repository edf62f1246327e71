//! Files that a case is compared with, read together: each takes half as long as one that is read between two requests, when
//! nothing of what opens and reads it is at hand.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// So many files of a case are read before they are asked for.
const MOST: usize = 16;

/// A longer one is left until it is.
const LONGEST: usize = 64 * 1024;

/// Most are not longer than this.
const USUAL: usize = 8 * 1024;

/// The contents of files that have not been asked for yet.
#[derive(Debug, Default)]
pub(super) struct Ahead(Vec<(PathBuf, Vec<u8>)>);

impl Ahead {
    /// Reads the first of the files at these paths. What cannot be read is not in it.
    pub(super) fn read(paths: impl Iterator<Item = PathBuf>) -> Self {
        let file = |path: PathBuf| {
            let bytes = read(&path)?;
            Some((path, bytes))
        };
        Ahead(paths.take(MOST).filter_map(file).collect())
    }

    /// What the file at that path had in it. It is given once: a second answer is compared with what is there then.
    pub(super) fn take(&mut self, path: &Path) -> Option<Vec<u8>> {
        let at = self.0.iter().position(|(read, _)| read == path)?;
        Some(self.0.swap_remove(at).1)
    }
}

fn read(path: &Path) -> Option<Vec<u8>> {
    let file = File::open(path).ok()?;
    let mut bytes = Vec::with_capacity(USUAL);
    let limit = u64::try_from(LONGEST).ok()? + 1;
    let length = file.take(limit).read_to_end(&mut bytes).ok()?;
    (length <= LONGEST).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_and_short_is_read_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("short"), "short").unwrap();
        std::fs::write(path("longest"), "x".repeat(LONGEST)).unwrap();
        std::fs::write(path("longer"), "x".repeat(LONGEST + 1)).unwrap();
        let names = ["short", "longest", "longer", "missing"];
        let mut ahead = Ahead::read(names.into_iter().map(path));
        assert_eq!(ahead.take(&path("short")).unwrap(), b"short");
        assert_eq!(ahead.take(&path("longest")).unwrap().len(), LONGEST);
        for name in ["short", "longest", "longer", "missing"] {
            assert_eq!(ahead.take(&path(name)), None, "{name}");
        }
    }

    #[test]
    fn no_more_are_read_than_a_few() {
        let folder = tempfile::tempdir().unwrap();
        let paths: Vec<_> = (0..MOST + 1)
            .map(|number| folder.path().join(number.to_string()))
            .collect();
        paths
            .iter()
            .for_each(|path| std::fs::write(path, "").unwrap());
        let mut ahead = Ahead::read(paths.iter().cloned());
        let read = paths
            .iter()
            .filter(|path| ahead.take(path).is_some())
            .count();
        assert_eq!(read, MOST);
    }
}
