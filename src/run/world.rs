//! What templates ask the world for: the time, randomness, files of the project.

use jiff::Timestamp;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::model::source::FileId;
use crate::model::template::World;

/// A larger file is hardly meant to be sent.
const LARGEST_FILE: u64 = 16 * 1024 * 1024;

/// The world of one case.
#[derive(Debug)]
pub(super) struct CaseWorld {
    clock: Mutex<Clock>,
    random: Mutex<ChaCha8Rng>,
    seed: [u8; 32],
    root: PathBuf,
    files: Arc<[PathBuf]>,
}

/// The target's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clock {
    /// So many nanoseconds ahead of ours.
    Running(i128),
    /// It stands still, at so many nanoseconds since 1970.
    Fixed(i128),
}

impl CaseWorld {
    /// The randomness comes from the seed and the case, whatever else runs and in whatever order.
    pub(super) fn new(seed: u64, case: &[&str], root: PathBuf, files: Arc<[PathBuf]>) -> Self {
        let mut digest = Sha256::new_with_prefix(seed.to_le_bytes());
        for part in case {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part.as_bytes());
        }
        let seed: [u8; 32] = digest.finalize().into();
        CaseWorld {
            clock: Mutex::new(Clock::Running(0)),
            random: Mutex::new(ChaCha8Rng::from_seed(seed)),
            seed,
            root,
            files,
        }
    }

    /// What the target's clock is from now on.
    pub(super) fn set_clock(&self, clock: Clock) {
        *lock(&self.clock) = clock;
    }

    /// What the target's clock is.
    pub(super) fn clock(&self) -> Clock {
        *lock(&self.clock)
    }

    /// Begins the randomness again, for what is evaluated a second time.
    pub(super) fn rewind(&self) {
        *lock(&self.random) = ChaCha8Rng::from_seed(self.seed);
    }
}

impl World for CaseWorld {
    fn now(&self) -> i128 {
        match self.clock() {
            Clock::Running(ahead) => real_now() + ahead,
            Clock::Fixed(now) => now,
        }
    }

    fn random(&self) -> u64 {
        lock(&self.random).next_u64()
    }

    fn file(&self, from: FileId, path: &str) -> Result<String, String> {
        let base = self
            .files
            .get(from.0 as usize)
            .and_then(|file| file.parent())
            .unwrap_or(&self.root);
        read_confined(&self.root, &base.join(path)).map_err(|why| format!("`{path}` {why}"))
    }
}

/// Our own time, in nanoseconds since 1970.
pub(super) fn real_now() -> i128 {
    Timestamp::now().as_nanosecond()
}

/// Reads a file, links followed, only if it really is inside the folder.
fn read_confined(root: &Path, path: &Path) -> Result<String, String> {
    let root = root
        .canonicalize()
        .map_err(|error| format!("is in a project whose folder cannot be found: {error}"))?;
    let path = path
        .canonicalize()
        .map_err(|error| format!("cannot be read: {error}"))?;
    if !path.starts_with(&root) {
        return Err("is outside the project's folder".into());
    }
    // A pipe or a device would make the run wait for ever.
    if !path.is_file() {
        return Err("is not a file".into());
    }
    let cannot = |error: std::io::Error| format!("cannot be read: {error}");
    let mut bytes = Vec::new();
    File::open(&path)
        .and_then(|file| file.take(LARGEST_FILE + 1).read_to_end(&mut bytes))
        .map_err(cannot)?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err("is larger than 16 MiB".into());
    }
    String::from_utf8(bytes).map_err(|_| "is not text in UTF-8".into())
}

/// What is behind these locks is whole at any time, so a panic elsewhere spoils nothing.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world(seed: u64, case: &[&str], root: &Path) -> CaseWorld {
        CaseWorld::new(
            seed,
            case,
            root.to_owned(),
            Arc::from([root.join("scenarios/a.yaml")]),
        )
    }

    #[test]
    fn randomness_comes_from_the_seed_and_the_case() {
        let draw = |seed, case: &[&str]| {
            let world = world(seed, case, Path::new("/"));
            (world.random(), world.random())
        };
        assert_eq!(draw(1, &["a", "b"]), draw(1, &["a", "b"]));
        assert_ne!(draw(1, &["a", "b"]), draw(2, &["a", "b"]));
        assert_ne!(draw(1, &["a", "b"]), draw(1, &["ab"]));
        let world = world(1, &["a"], Path::new("/"));
        let first = world.random();
        assert_ne!(world.random(), first);
        world.rewind();
        assert_eq!(world.random(), first);
    }

    #[test]
    fn files_outside_the_project_cannot_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("project");
        std::fs::create_dir_all(root.join("scenarios")).unwrap();
        std::fs::write(root.join("data.txt"), "inside").unwrap();
        std::fs::write(root.join("scenarios/near.txt"), "near").unwrap();
        std::fs::write(folder.path().join("secret.txt"), "outside").unwrap();
        std::fs::write(root.join("bytes"), [0xff_u8, 0xfe]).unwrap();
        let world = world(0, &[], &root);
        let file = |path: &str| world.file(FileId(0), path);
        assert_eq!(file("../data.txt").as_deref(), Ok("inside"));
        assert_eq!(file("near.txt").as_deref(), Ok("near"));
        for path in [
            "../../secret.txt",
            "/etc/passwd",
            "..",
            "nope.txt",
            "../bytes",
        ] {
            assert!(file(path).is_err(), "{path}");
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(folder.path().join("secret.txt"), root.join("link"))
                .unwrap();
            assert!(file("../link").unwrap_err().contains("outside"));
        }
    }

    #[test]
    fn a_fixed_clock_stands_still() {
        let world = world(0, &[], Path::new("/"));
        world.set_clock(Clock::Fixed(7));
        assert_eq!(world.now(), 7);
        world.set_clock(Clock::Running(3_600_000_000_000));
        assert!(world.now() > real_now());
    }
}
