//! What templates ask the world for: the time, randomness, files of the project.

use jiff::Timestamp;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use sha2::{Digest as _, Sha256};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::files::ProjectFiles;
use crate::model::files::Files;
use crate::model::source::FileId;
use crate::model::template::World;

/// The world of one case.
#[derive(Debug)]
pub(super) struct CaseWorld {
    clock: Mutex<Clock>,
    random: Mutex<ChaCha8Rng>,
    seed: [u8; 32],
    files: ProjectFiles,
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
            files: ProjectFiles::new(root, files),
        }
    }

    /// The files that a request may send.
    pub(super) fn files(&self) -> &dyn Files {
        &self.files
    }

    /// Where a path leads that stands in a file.
    pub(super) fn path(&self, from: FileId, path: &str) -> PathBuf {
        self.files.path(from, path)
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
        let bytes = self
            .files
            .read(from, path)
            .map_err(|problem| problem.about(path))?;
        String::from_utf8(bytes).map_err(|_| format!("`{path}` is not text in UTF-8"))
    }
}

/// Our own time, in nanoseconds since 1970.
pub(super) fn real_now() -> i128 {
    Timestamp::now().as_nanosecond()
}

/// What is behind these locks is whole at any time, so a panic elsewhere spoils nothing.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

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
    fn a_file_of_a_template_is_text() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::write(root.join("text"), "inside").unwrap();
        std::fs::write(root.join("bytes"), [0xff_u8, 0xfe]).unwrap();
        let world = CaseWorld::new(
            0,
            &[],
            root.to_owned(),
            Arc::from([root.join("scenarios/a.yaml")]),
        );
        std::fs::create_dir(root.join("scenarios")).unwrap();
        let file = |path: &str| world.file(FileId(0), path);
        assert_eq!(file("../text").as_deref(), Ok("inside"));
        assert!(file("../bytes").unwrap_err().contains("not text"));
        assert!(file("../../x").unwrap_err().contains("outside"));
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
