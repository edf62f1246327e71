//! Writing that leaves a whole file or the old one, one writer at a time.
//!
//! The lock is on the folder itself where the system can lock one, else on a hidden file in it. The system takes it
//! back when a process is killed.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::StoreError;

/// Writing takes milliseconds; whoever holds the lock longer is stuck.
const PATIENCE: Duration = Duration::from_secs(30);

/// The right to write below a folder, until it is dropped.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Waits for it. Makes the folder if there is none.
    pub(super) fn take(root: &Path) -> Result<Lock, StoreError> {
        fs::create_dir_all(root).map_err(|error| failure("make the folder", root, &error))?;
        let file = lockable(root).map_err(|error| failure("lock", root, &error))?;
        let begun = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Lock { _file: file }),
                Err(TryLockError::WouldBlock) if begun.elapsed() < PATIENCE => {
                    std::thread::sleep(Duration::from_millis(1));
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(StoreError {
                        message: format!(
                            "another run has been writing to `{}` for {} s: wait for it or end it",
                            root.display(),
                            PATIENCE.as_secs()
                        ),
                    });
                }
                Err(TryLockError::Error(error)) => return Err(failure("lock", root, &error)),
            }
        }
    }
}

#[cfg(unix)]
fn lockable(root: &Path) -> io::Result<File> {
    File::open(root)
}

#[cfg(not(unix))]
fn lockable(root: &Path) -> io::Result<File> {
    let path = root.join(".sammati.lock");
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
}

/// A file that is whole and on disk, under a temporary name beside the one that it will have.
#[derive(Debug)]
pub(super) struct Staged {
    temporary: PathBuf,
    path: PathBuf,
}

/// Writes a whole file or leaves the old one.
pub(super) fn write(lock: &Lock, path: &Path, text: &str) -> Result<(), StoreError> {
    stage(lock, path, text)?.put()?;
    sync_folders([path].into_iter());
    Ok(())
}

/// The first half of it. The caller holds the folder's lock, so that the temporary file can have a fixed name: what a
/// killed run leaves is overwritten, not added to.
pub(super) fn stage(_lock: &Lock, path: &Path, text: &str) -> Result<Staged, StoreError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|error| failure("make the folder", folder, &error))?;
    let staged = Staged {
        temporary: temporary_beside(path),
        path: path.to_owned(),
    };
    match write_synced(&staged.temporary, text) {
        Ok(()) => Ok(staged),
        Err(error) => Err(staged.gives_up(&error)),
    }
}

impl Staged {
    /// Gives the file its name. That lasts once the folder is synced.
    pub(super) fn put(self) -> Result<(), StoreError> {
        fs::rename(&self.temporary, &self.path).map_err(|error| self.gives_up(&error))
    }

    fn gives_up(&self, error: &io::Error) -> StoreError {
        // The first error is the one to tell.
        let _ = fs::remove_file(&self.temporary);
        failure("write", &self.path, error)
    }
}

/// Makes what was put at these paths last, each folder once. Not every system can open a folder, and the files are
/// whole either way.
pub(super) fn sync_folders<'a>(paths: impl Iterator<Item = &'a Path>) {
    let folders: BTreeSet<&Path> = paths.filter_map(Path::parent).collect();
    for folder in folders {
        if let Ok(folder) = File::open(folder) {
            let _ = folder.sync_all();
        }
    }
}

/// Removes what a killed run may have left beside a file.
pub(super) fn remove_staged(path: &Path) -> Result<bool, StoreError> {
    remove(&temporary_beside(path))
}

/// Removes a file, and says whether there was one.
pub(super) fn remove(path: &Path) -> Result<bool, StoreError> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(failure("remove", path, &error)),
    }
}

/// What went wrong with a path, in words that say what to do.
pub(super) fn failure(action: &str, path: &Path, error: &io::Error) -> StoreError {
    let obstacle = path.ancestors().skip(1).find(|parent| parent.is_file());
    let message = match (obstacle, error.kind()) {
        (Some(parent), _) => format!(
            "cannot {action} `{}`: `{}` is a file where a folder must be; move it away",
            path.display(),
            parent.display()
        ),
        (None, ErrorKind::IsADirectory) => format!(
            "cannot {action} `{}`: it is a folder where a file must be; move it away",
            path.display()
        ),
        (None, ErrorKind::AlreadyExists | ErrorKind::NotADirectory) => format!(
            "cannot {action} `{}`: it is a file where a folder must be; move it away",
            path.display()
        ),
        (None, ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) => format!(
            "cannot {action} `{}`: {error}; give yourself the right to, or run with `--snapshots check`, which writes nothing there",
            path.display()
        ),
        _ => format!("cannot {action} `{}`: {error}", path.display()),
    };
    StoreError { message }
}

fn temporary_beside(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".tmp");
    path.with_file_name(name)
}

fn write_synced(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(true)
        .open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_run_left_is_no_snapshot_and_is_in_nobodys_way() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("a/b.snap");
        let temporary = temporary_beside(&path);
        let name = temporary.file_name().unwrap().to_str().unwrap();
        assert!(
            !name.ends_with(".snap") && !name.ends_with(".snap.new"),
            "{name}"
        );
        fs::create_dir_all(temporary.parent().unwrap()).unwrap();
        fs::write(&temporary, "half of it, and more than the whole of it").unwrap();
        let lock = Lock::take(root.path()).unwrap();
        write(&lock, &path, "whole").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "whole");
        assert!(!temporary.exists());
        assert!(remove(&path).unwrap());
        assert!(!remove(&path).unwrap());
    }

    #[test]
    fn one_writer_at_a_time() {
        let root = tempfile::tempdir().unwrap();
        let lock = Lock::take(root.path()).unwrap();
        let path = root.path().to_owned();
        let (sender, receiver) = std::sync::mpsc::channel();
        let other = std::thread::spawn(move || {
            let _lock = Lock::take(&path).unwrap();
            sender.send(()).unwrap();
        });
        assert!(receiver.recv_timeout(Duration::from_millis(50)).is_err());
        drop(lock);
        receiver.recv_timeout(Duration::from_secs(10)).unwrap();
        other.join().unwrap();
    }

    #[test]
    fn obstacles_are_named() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("snapshots");
        fs::write(&file, "").unwrap();
        let message = Lock::take(&file).unwrap_err().message;
        assert!(
            message.contains("snapshots`: it is a file where a folder"),
            "{message}"
        );
        let lock = Lock::take(root.path()).unwrap();
        let message = write(&lock, &file.join("a/b.snap"), "")
            .unwrap_err()
            .message;
        assert!(
            message.contains("snapshots` is a file where a folder"),
            "{message}"
        );
        let folder = root.path().join("folder.snap");
        fs::create_dir(&folder).unwrap();
        let message = write(&lock, &folder, "").unwrap_err().message;
        assert!(message.contains("is a folder where a file"), "{message}");
        assert!(!temporary_beside(&folder).exists());
    }
}
