//! What a run writes that updates its snapshots. Waiting for the disk takes nearly all of the time, and little longer for
//! several files than for one: what cases write at the same time is synced together, by whichever comes first.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::StoreError;
use super::decision::BATCH;
use super::disk::{self, Lock};
use super::many;
use super::name::pending_beside;

/// A snapshot that is to be written.
#[derive(Debug)]
pub(super) struct Update {
    pub(super) path: PathBuf,
    pub(super) text: String,
}

/// Those of a run.
#[derive(Debug, Default)]
pub(super) struct Updates {
    state: Mutex<State>,
    written: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Each with its number.
    waiting: Vec<(usize, Update)>,
    /// How many there were.
    count: usize,
    /// Whether somebody is writing.
    is_led: bool,
    /// What has come of those whose callers have not heard of it yet.
    done: HashMap<usize, Result<(), StoreError>>,
}

impl Updates {
    /// Writes it, and takes away what is pending in its place. It is on disk when this returns.
    pub(super) fn write(&self, root: &Path, update: Update) -> Result<(), StoreError> {
        self.write_by(root, update, write_batch)
    }

    fn write_by(
        &self,
        root: &Path,
        update: Update,
        write: impl Fn(&Path, &[Update]) -> Vec<Result<(), StoreError>>,
    ) -> Result<(), StoreError> {
        let mut state = self.state();
        let number = state.count;
        state.count += 1;
        state.waiting.push((number, update));
        loop {
            if let Some(done) = state.done.remove(&number) {
                return done;
            }
            if state.is_led {
                let woken = self.written.wait(state);
                state = woken.unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            state.is_led = true;
            let (numbers, batch): (Vec<_>, Vec<_>) =
                together(&mut state.waiting).into_iter().unzip();
            drop(state);
            let leader = Leader {
                updates: self,
                numbers,
            };
            leader.ends_with(write(root, &batch));
            state = self.state();
        }
    }

    /// What is behind the lock is whole at any time, so a panic elsewhere spoils nothing.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whoever writes for the others. However that ends, they hear of it.
struct Leader<'u> {
    updates: &'u Updates,
    /// What it writes.
    numbers: Vec<usize>,
}

impl Leader<'_> {
    fn ends_with(mut self, done: Vec<Result<(), StoreError>>) {
        let numbers = std::mem::take(&mut self.numbers);
        self.updates
            .state()
            .done
            .extend(numbers.into_iter().zip(done));
    }
}

impl Drop for Leader<'_> {
    fn drop(&mut self) {
        let mut state = self.updates.state();
        state.is_led = false;
        // What is left is of one that has panicked.
        let lost = self.numbers.drain(..).map(|number| (number, Err(lost())));
        state.done.extend(lost);
        self.updates.written.notify_all();
    }
}

fn lost() -> StoreError {
    StoreError {
        message: "whether the snapshot was written is not known: who was writing it has panicked"
            .to_owned(),
    }
}

/// Takes out what can be written together: each file once, because what is staged for one has a fixed name.
fn together(waiting: &mut Vec<(usize, Update)>) -> Vec<(usize, Update)> {
    let mut paths = HashSet::new();
    let (mut batch, mut later) = (Vec::new(), Vec::new());
    for (number, update) in waiting.drain(..) {
        if batch.len() < BATCH && paths.insert(update.path.clone()) {
            batch.push((number, update));
        } else {
            later.push((number, update));
        }
    }
    *waiting = later;
    batch
}

/// Killed anywhere in it, each snapshot is whole, as it was or as it will be.
fn write_batch(root: &Path, batch: &[Update]) -> Vec<Result<(), StoreError>> {
    let lock = match Lock::take(root) {
        Ok(lock) => lock,
        Err(error) => return batch.iter().map(|_| Err(error.clone())).collect(),
    };
    let staged = many::wait(batch.iter().collect(), |update: &Update| {
        disk::stage(&lock, &update.path, &update.text)
    });
    let put: Vec<_> = staged.into_iter().map(|staged| staged?.put()).collect();
    disk::sync_folders(batch.iter().map(|update| update.path.as_path()));
    let both = put.into_iter().zip(batch);
    both.map(|(put, update)| {
        put?;
        disk::remove(&pending_beside(&update.path)).map(|_| ())
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::sync::Barrier;

    fn update(path: PathBuf, text: &str) -> Update {
        Update {
            path,
            text: text.to_owned(),
        }
    }

    #[test]
    fn what_waits_is_written_together_and_each_file_once() {
        let paths = (0..BATCH + 2).map(|number| format!("{number}"));
        let mut waiting: Vec<_> = ["0".to_owned()]
            .into_iter()
            .chain(paths)
            .map(|path| update(path.into(), ""))
            .enumerate()
            .collect();
        let numbers = |batch: Vec<(usize, Update)>| -> Vec<usize> {
            batch.into_iter().map(|(number, _)| number).collect()
        };
        let first = numbers(together(&mut waiting));
        assert_eq!(first.len(), BATCH);
        assert!(!first.contains(&1), "it is the same file as the first");
        assert_eq!(numbers(together(&mut waiting)), [1, BATCH + 1, BATCH + 2]);
        assert!(waiting.is_empty());
    }

    #[test]
    fn many_at_once_are_all_there_and_one_that_cannot_be_is_told() {
        const MANY: usize = 40;
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let updates = Updates::default();
        let begin = Barrier::new(MANY);
        let path = |number: usize| root.join(format!("{}.snap", number % 30));
        fs::create_dir(path(7)).unwrap();
        fs::write(pending_beside(&path(3)), "pending").unwrap();
        std::thread::scope(|scope| {
            for number in 0..MANY {
                let (updates, begin, path) = (&updates, &begin, &path);
                scope.spawn(move || {
                    begin.wait();
                    let text = format!("{}", number % 30);
                    let written = updates.write(root, update(path(number), &text));
                    assert_eq!(written.is_err(), number % 30 == 7, "{number}: {written:?}");
                });
            }
        });
        for number in (0..30).filter(|number| *number != 7) {
            assert_eq!(
                fs::read_to_string(path(number)).unwrap(),
                number.to_string()
            );
        }
        assert!(!pending_beside(&path(3)).exists());
        assert!(updates.state().done.is_empty());
    }

    #[test]
    fn those_for_whom_one_wrote_who_panicked_are_told_and_the_others_go_on() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let updates = Updates::default();
        let waiting = |count: usize| {
            while updates.state().waiting.len() < count {
                std::thread::yield_now();
            }
        };
        let path = |number: usize| root.join(format!("{number}.snap"));
        let (first, others) = std::thread::scope(|scope| {
            // It leads while two others come, and the one who leads next falls.
            let first = scope.spawn(|| {
                updates.write_by(root, update(path(0), "0"), |root, batch| {
                    waiting(2);
                    write_batch(root, batch)
                })
            });
            while !updates.state().is_led {
                std::thread::yield_now();
            }
            let others = [1, 2].map(|number| {
                let (updates, path) = (&updates, &path);
                scope.spawn(move || {
                    let text = number.to_string();
                    updates.write_by(root, update(path(number), &text), |_, batch| {
                        panic!("{} are lost", batch.len())
                    })
                })
            });
            let others = others.map(|other| other.join());
            (first.join().unwrap(), others)
        });
        assert!(first.is_ok(), "{first:?}");
        // One has panicked with what both wanted; the other has heard that its own is not there.
        let (fallen, told): (Vec<_>, Vec<_>) = others.into_iter().partition(Result::is_err);
        assert_eq!((fallen.len(), told.len()), (1, 1));
        let told = told.into_iter().next().unwrap().unwrap().unwrap_err();
        assert!(told.message.contains("has panicked"), "{told:?}");
        assert!(updates.write(root, update(path(3), "3")).is_ok());
    }
}
