//! The project's files, and nothing outside its folder.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::ops::Deref;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::model::files::{FileProblem, Files, LARGEST_FILE};
use crate::model::source::FileId;

/// The files of a project that scenarios name. Where its texts stand is shared by all cases, or borrowed while more of
/// them are being read.
#[derive(Clone, Debug)]
pub struct ProjectFiles<P = Arc<[PathBuf]>> {
    root: PathBuf,
    files: P,
}

impl<P: Deref<Target = [PathBuf]>> ProjectFiles<P> {
    /// The files inside `root`. `files` says where each text of a plan stands on disk, by its number: what
    /// the paths in it are relative to.
    pub fn new(root: PathBuf, files: P) -> Self {
        ProjectFiles { root, files }
    }

    /// Where a path leads that stands in a file.
    pub(crate) fn path(&self, from: FileId, path: &str) -> PathBuf {
        plain(&self.base(from).join(path))
    }

    fn base(&self, from: FileId) -> &Path {
        let file = self.files.get(from.0 as usize);
        file.and_then(|file| file.parent()).unwrap_or(&self.root)
    }

    /// Where a file really is, links followed, if it is inside the folder.
    fn locate(&self, from: FileId, path: &str) -> Result<PathBuf, FileProblem> {
        let base = self.base(from);
        let whole = base.join(path);
        let root = self.root.canonicalize().map_err(unreadable)?;
        let real = whole.canonicalize().map_err(|error| {
            let is_missing = error.kind() == io::ErrorKind::NotFound;
            // What is outside is not even asked for.
            match (base.starts_with(&self.root), plain(&whole)) {
                (true, inside) if !inside.starts_with(&self.root) => FileProblem::Outside,
                _ if is_missing => FileProblem::Missing,
                _ => unreadable(error),
            }
        })?;
        if !real.starts_with(&root) {
            return Err(FileProblem::Outside);
        }
        let about = real.metadata().map_err(unreadable)?;
        // A pipe or a device would make the run wait for ever.
        if !about.is_file() {
            return Err(FileProblem::NotAFile);
        }
        if about.len() > LARGEST_FILE {
            return Err(FileProblem::TooLarge);
        }
        Ok(real)
    }
}

impl<P> Files for ProjectFiles<P>
where
    P: Deref<Target = [PathBuf]> + Send + Sync + fmt::Debug,
{
    fn find(&self, from: FileId, path: &str) -> Result<(), FileProblem> {
        let real = self.locate(from, path)?;
        File::open(real).map(drop).map_err(unreadable)
    }

    fn read(&self, from: FileId, path: &str) -> Result<Vec<u8>, FileProblem> {
        let real = self.locate(from, path)?;
        let mut bytes = Vec::new();
        // It may have grown since it was looked at.
        File::open(real)
            .and_then(|file| file.take(LARGEST_FILE + 1).read_to_end(&mut bytes))
            .map_err(unreadable)?;
        if bytes.len() as u64 > LARGEST_FILE {
            return Err(FileProblem::TooLarge);
        }
        Ok(bytes)
    }
}

fn unreadable(error: io::Error) -> FileProblem {
    FileProblem::Unreadable(error.to_string())
}

/// The path without `.` and `..`, links not followed.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            _ => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_outside_the_project_cannot_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("project");
        std::fs::create_dir_all(root.join("scenarios")).unwrap();
        std::fs::write(root.join("data.bin"), [0xff_u8, 0xfe]).unwrap();
        std::fs::write(root.join("scenarios/near.txt"), "near").unwrap();
        std::fs::write(folder.path().join("secret.txt"), "outside").unwrap();
        let files = ProjectFiles::new(root.clone(), Arc::from([root.join("scenarios/a.yaml")]));
        let read = |path: &str| {
            let found = files.find(FileId(0), path);
            let read = files.read(FileId(0), path);
            assert_eq!(found.err(), read.clone().err(), "{path}");
            read
        };
        assert_eq!(read("../data.bin"), Ok(vec![0xff, 0xfe]));
        assert_eq!(read("near.txt"), Ok(b"near".to_vec()));
        for (path, problem) in [
            ("../../secret.txt", FileProblem::Outside),
            ("../../gone.txt", FileProblem::Outside),
            ("/etc/passwd", FileProblem::Outside),
            ("/etc/gone-for-ever", FileProblem::Outside),
            ("..", FileProblem::NotAFile),
            ("nope.txt", FileProblem::Missing),
        ] {
            assert_eq!(read(path), Err(problem), "{path}");
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(folder.path().join("secret.txt"), root.join("link"))
                .unwrap();
            assert_eq!(read("../link"), Err(FileProblem::Outside));
        }
    }

    #[test]
    fn a_file_has_a_largest_size() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large");
        let large = File::create(path).unwrap();
        let files = ProjectFiles::new(folder.path().to_owned(), [].as_slice());
        large.set_len(LARGEST_FILE).unwrap();
        assert_eq!(files.find(FileId(0), "large"), Ok(()));
        large.set_len(LARGEST_FILE + 1).unwrap();
        assert_eq!(files.find(FileId(0), "large"), Err(FileProblem::TooLarge));
        assert_eq!(files.read(FileId(0), "large"), Err(FileProblem::TooLarge));
    }
}
