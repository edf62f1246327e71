//! A person's decisions on pending snapshots, put on disk.
//!
//! Waiting for the disk takes nearly all of the time, and it takes little longer for many files than for one: so they
//! are written and synced together, then renamed, and only then the pending ones are removed. Killed anywhere in it,
//! every snapshot is whole, and what is not accepted is pending.

use std::collections::HashSet;
use std::fs;

use super::StoreError;
use super::disk::{self, Lock};
use super::file;
use super::many;
use super::pending::{Beside, Pending, unburied};

/// So many are written together, before others may write.
pub const BATCH: usize = 128;

/// Makes pending snapshots the accepted ones, and gives what came of each. They are on disk when this returns.
/// Accepting again what is accepted already is no error; accepting what has changed since it was listed is one, and so is
/// accepting in place of another snapshot than it was compared with.
pub fn accept(pending: &[&Pending]) -> Vec<Result<(), StoreError>> {
    in_batches(pending, accept_batch)
}

/// Removes pending snapshots, and gives what came of each. The accepted ones stay as they are. Rejecting what is gone
/// already is no error; rejecting what has changed since it was listed is one. One that cannot be read is removed.
pub fn reject(pending: &[&Pending]) -> Vec<Result<(), StoreError>> {
    in_batches(pending, |_, batch| {
        batch.iter().map(|pending| reject_one(pending)).collect()
    })
}

/// Under the lock of their folder. Two that would be the same file are never in one batch: the later one counts.
fn in_batches(
    pending: &[&Pending],
    act: impl Fn(&Lock, &[&Pending]) -> Vec<Result<(), StoreError>>,
) -> Vec<Result<(), StoreError>> {
    let mut done = Vec::with_capacity(pending.len());
    let mut rest = pending;
    while let Some(first) = rest.first() {
        let mut paths = HashSet::new();
        let count = rest
            .iter()
            .take(BATCH)
            .take_while(|one| one.root == first.root && paths.insert(one.accepted.as_path()))
            .count();
        let (batch, after) = rest.split_at(count.max(1));
        match Lock::take(&first.root) {
            Ok(lock) => done.extend(act(&lock, batch)),
            Err(error) => done.extend(batch.iter().map(|_| Err(error.clone()))),
        }
        rest = after;
    }
    done
}

/// What accepting one has come to.
enum Progress {
    Staged(disk::Staged),
    /// It was accepted before.
    Accepted,
}

fn accept_batch(lock: &Lock, batch: &[&Pending]) -> Vec<Result<(), StoreError>> {
    put_batch(batch, stage_batch(lock, batch))
}

/// The first half of it, which takes the time.
fn stage_batch(lock: &Lock, batch: &[&Pending]) -> Vec<Result<Progress, StoreError>> {
    many::wait(batch.to_vec(), |pending| stage(lock, pending))
}

/// The second half.
fn put_batch(
    batch: &[&Pending],
    staged: Vec<Result<Progress, StoreError>>,
) -> Vec<Result<(), StoreError>> {
    let put: Vec<Result<(), StoreError>> = staged
        .into_iter()
        .map(|staged| match staged? {
            Progress::Staged(staged) => staged.put(),
            Progress::Accepted => Ok(()),
        })
        .collect();
    disk::sync_folders(batch.iter().map(|pending| pending.accepted.as_path()));
    let both = put.into_iter().zip(batch);
    both.map(|(put, pending)| {
        put?;
        remove_shown(pending)
    })
    .collect()
}

/// Removes a pending file whose response is accepted already, as an accept leaves it that is killed between its last
/// two steps: nobody has to decide on it. Says whether that is so.
pub fn put_away(pending: &Pending) -> Result<bool, StoreError> {
    let _lock = Lock::take(&pending.root)?;
    let is_accepted = match (file::read(&pending.path)?, file::read(&pending.accepted)?) {
        (Some(found), Some(accepted)) => found.contents == accepted.contents,
        _ => false,
    };
    if is_accepted {
        disk::remove(&pending.path)?;
    }
    Ok(is_accepted)
}

/// A run that writes elsewhere than to the snapshots has a lock of its own: a response that it has left meanwhile is
/// nobody's decision yet.
fn remove_shown(pending: &Pending) -> Result<(), StoreError> {
    match (file::read(&pending.path)?, &pending.file) {
        (Some(found), Ok(shown)) if found.contents != shown.contents => Err(changed_since(pending)),
        _ => disk::remove(&pending.path).map(|_| ()),
    }
}

/// Looks whether it is still what was shown, and writes it beside the accepted one.
fn stage(lock: &Lock, pending: &Pending) -> Result<Progress, StoreError> {
    let shown = pending.file.as_ref().map_err(Clone::clone)?;
    let Some(found) = file::read(&pending.path)? else {
        let accepted = file::read(&pending.accepted);
        if accepted.is_ok_and(|accepted| {
            accepted.is_some_and(|accepted| accepted.contents == shown.contents)
        }) {
            return Ok(Progress::Accepted);
        }
        return Err(StoreError {
            message: format!(
                "`{}` is gone: it was rejected or a later run passed",
                pending.path.display()
            ),
        });
    };
    if found.contents != shown.contents {
        return Err(changed_since(pending));
    }
    let text = fs::read_to_string(&pending.path)
        .map_err(|error| disk::failure("read", &pending.path, &error))?;
    let old = unburied(&pending.accepted)?;
    let is_another = pending
        .beside
        .is_some_and(|beside| beside != Beside::of(old.as_ref()));
    // What an accept leaves that is killed is no change of anybody's.
    if is_another && old.is_none_or(|old| old.contents != shown.contents) {
        return Err(accepted_since(pending));
    }
    // Written rather than renamed: the folder of `--output` may be on another file system.
    disk::stage(lock, &pending.accepted, &without_assertion_line(&text)).map(Progress::Staged)
}

fn reject_one(pending: &Pending) -> Result<(), StoreError> {
    match (file::read(&pending.path), &pending.file) {
        (Ok(None), _) => return Ok(()),
        (Ok(Some(found)), Ok(shown)) if found.contents == shown.contents => {}
        (Err(_), Err(_)) => {}
        _ => return Err(changed_since(pending)),
    }
    disk::remove(&pending.path)?;
    // A review that was killed may have left it. Where it cannot be removed it does no harm.
    let _ = disk::remove_staged(&pending.accepted);
    Ok(())
}

fn changed_since(pending: &Pending) -> StoreError {
    StoreError {
        message: format!(
            "`{}` was changed by a later run since it was shown: review it again",
            pending.path.display()
        ),
    }
}

fn accepted_since(pending: &Pending) -> StoreError {
    StoreError {
        message: format!(
            "`{}` was changed by somebody else since it was shown",
            pending.accepted.display()
        ),
    }
}

/// insta keeps the line of an assertion while it is pending only.
fn without_assertion_line(text: &str) -> String {
    let mut in_header = 2;
    text.split_inclusive('\n')
        .filter(|line| {
            if in_header > 0 && line.trim_end() == "---" {
                in_header -= 1;
            }
            in_header == 0 || !line.starts_with("assertion_line:")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::outcome::DiffLine;
    use crate::snapshot::pending::{pending, pending_in};
    use crate::snapshot::testing::{names, put};
    use std::path::Path;

    fn accept_one(pending: &Pending) -> Result<(), StoreError> {
        accept(&[pending]).remove(0)
    }

    fn reject_one(pending: &Pending) -> Result<(), StoreError> {
        reject(&[pending]).remove(0)
    }

    fn contents(path: &Path) -> String {
        file::read(path).unwrap().unwrap().contents
    }

    #[test]
    fn what_is_pending_is_listed_and_accepted_once() {
        let root = tempfile::tempdir().unwrap();
        assert!(pending(&root.path().join("missing")).unwrap().is_empty());
        put(root.path(), "b/two.snap.new", "200 OK\n\nassertion_line: 4");
        put(root.path(), "a/one@x=1.5.snap.new", "200 OK");
        put(root.path(), "a/one@x=1.5.snap", "201 Created");
        put(root.path(), "a/.three.snap.new.tmp", "half");
        let found = pending(root.path()).unwrap();
        assert_eq!(names(&found), ["a/one@x=1.5.snap", "b/two.snap"]);
        let diff = found[0].diff().unwrap();
        assert_eq!(
            diff,
            [
                DiffLine::Removed("201 Created".into()),
                DiffLine::Added("200 OK".into())
            ]
        );
        for _ in 0..2 {
            accept_one(&found[1]).unwrap();
        }
        let text = fs::read_to_string(root.path().join("b/two.snap")).unwrap();
        assert_eq!(
            text,
            "---\nsource: scenarios/s.yaml\nexpression: e\n---\n200 OK\n\nassertion_line: 4\n"
        );
        for _ in 0..2 {
            reject_one(&found[0]).unwrap();
        }
        assert_eq!(
            file::read(&found[0].accepted).unwrap().unwrap().contents,
            "201 Created"
        );
        assert!(
            accept_one(&found[0])
                .unwrap_err()
                .message
                .contains("is gone")
        );
        assert!(pending(root.path()).unwrap().is_empty());
    }

    #[test]
    fn what_was_accepted_meanwhile_is_not_written_over() {
        let root = tempfile::tempdir().unwrap();
        let compared = |name: &str, accepted: Option<&str>| {
            put(root.path(), &format!("{name}.snap.new"), "200 OK");
            if let Some(contents) = accepted {
                put(root.path(), &format!("{name}.snap"), contents);
            }
            let found = pending(root.path()).unwrap().into_iter();
            let mut found = found
                .filter(|it| it.accepted.ends_with(format!("{name}.snap")))
                .collect::<Vec<_>>()
                .remove(0);
            found.compare().unwrap();
            found
        };
        for (name, before, meanwhile) in [
            (
                "changed",
                Some("404 Not Found"),
                "500 Internal Server Error",
            ),
            ("new", None, "500 Internal Server Error"),
        ] {
            let found = compared(name, before);
            put(root.path(), &format!("{name}.snap"), meanwhile);
            let error = accept_one(&found).unwrap_err();
            assert!(error.message.contains("by somebody else"), "{error}");
            assert_eq!(contents(&found.accepted), meanwhile);
            let mut again = found.listed().read().unwrap();
            again.compare().unwrap();
            assert!(!again.is_as(&found));
            accept_one(&again).unwrap();
            assert_eq!(contents(&found.accepted), "200 OK");
        }
        // An accept that was killed behind its first half has left it.
        let found = compared("same", Some("404 Not Found"));
        put(root.path(), "same.snap", "200 OK");
        accept_one(&found).unwrap();
        assert!(!found.path.exists());
        // One that is gone is another too.
        let found = compared("gone", Some("404 Not Found"));
        fs::remove_file(&found.accepted).unwrap();
        assert!(accept_one(&found).is_err());
    }

    #[test]
    fn only_what_was_shown_is_accepted() {
        let root = tempfile::tempdir().unwrap();
        put(root.path(), "a.snap.new", "200 OK");
        let found = pending(root.path()).unwrap();
        put(root.path(), "a.snap.new", "500 Internal Server Error");
        for decided in [accept_one(&found[0]), reject_one(&found[0])] {
            assert!(decided.unwrap_err().message.contains("later run"));
        }
        assert!(found[0].path.exists());
        fs::write(root.path().join("a.snap.new"), "---\nsource: a\n").unwrap();
        assert!(accept_one(&found[0]).is_err());
        let found = pending(root.path()).unwrap();
        assert!(found[0].file.is_err());
        assert!(
            accept_one(&found[0])
                .unwrap_err()
                .message
                .contains("a.snap.new")
        );
        assert!(!root.path().join("a.snap").exists());
        reject_one(&found[0]).unwrap();
    }

    #[test]
    fn what_comes_while_another_is_written_stays_pending() {
        let root = tempfile::tempdir().unwrap();
        put(root.path(), "a.snap.new", "200 OK");
        put(root.path(), "b.snap.new", "200 OK");
        let found = pending(root.path()).unwrap();
        let batch = [&found[0], &found[1]];
        let lock = Lock::take(root.path()).unwrap();
        let staged = stage_batch(&lock, &batch);
        // A run with `--output` has a lock of its own.
        put(root.path(), "a.snap.new", "500 Internal Server Error");
        let done = put_batch(&batch, staged);
        let told = done[0].as_ref().unwrap_err();
        assert!(told.message.contains("later run"), "{told}");
        assert_eq!(contents(&found[0].accepted), "200 OK");
        assert_eq!(contents(&found[0].path), "500 Internal Server Error");
        assert!(done[1].is_ok() && !found[1].path.exists());
    }

    #[test]
    fn only_what_is_accepted_already_is_put_away() {
        let root = tempfile::tempdir().unwrap();
        for (name, contents) in [
            ("same.snap", "200 OK"),
            ("same.snap.new", "200 OK"),
            ("different.snap", "200 OK"),
            ("different.snap.new", "201 Created"),
            ("new.snap.new", "200 OK"),
        ] {
            put(root.path(), name, contents);
        }
        for found in pending(root.path()).unwrap() {
            let is_same = found.below == Path::new("same.snap");
            assert_eq!(put_away(&found), Ok(is_same));
            assert_eq!(found.path.exists(), !is_same);
        }
        assert_eq!(contents(&root.path().join("same.snap")), "200 OK");
    }

    #[test]
    fn what_is_no_snapshot_or_has_a_conflict_is_not_buried() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("a.snap");
        put(root.path(), "a.snap.new", "200 OK");
        let found = pending(root.path()).unwrap();
        for (text, expected) in [
            ("somebody's notes", "is not a snapshot"),
            (
                "---\nsource: a\n---\n200 OK\n\n<<<<<<< HEAD\n1\n=======\n2\n>>>>>>> x\n",
                "merge conflicts",
            ),
            (
                "---\n<<<<<<< HEAD\nsource: a\n=======\nsource: b\n>>>>>>> x\n---\nx\n",
                "merge conflicts",
            ),
        ] {
            fs::write(&path, text).unwrap();
            let message = accept_one(&found[0]).unwrap_err().message;
            assert!(message.contains(expected), "{message}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
            assert!(found[0].path.exists());
        }
    }

    #[test]
    fn what_a_check_left_elsewhere_is_accepted_here() {
        let (output, root) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        put(output.path(), "a/one.snap.new", "200 OK");
        let root = root.path().join("snapshots");
        let found = pending_in(output.path(), &root).unwrap();
        assert_eq!(names(&found), ["a/one.snap"]);
        accept_one(&found[0]).unwrap();
        assert!(root.join("a/one.snap").exists());
        assert!(!output.path().join("a/one.snap.new").exists());
    }

    #[test]
    fn of_many_each_is_decided_for_itself() {
        let root = tempfile::tempdir().unwrap();
        let count = 3 * BATCH + 7;
        let name = |number: usize| format!("{}/{number:04}.snap", number % 3);
        for number in 0..count {
            put(root.path(), &(name(number) + ".new"), &format!("{number}"));
        }
        let mut found = pending(root.path()).unwrap();
        found.sort_by_key(|pending| pending.accepted.file_name().unwrap().to_owned());
        // One of each batch cannot be accepted.
        let odd = [5, BATCH + 5, 2 * BATCH + 5];
        for number in odd {
            fs::write(root.path().join(name(number)), "somebody's notes").unwrap();
        }
        // And one is accepted already.
        accept_one(&found[7]).unwrap();
        let done = accept(&found.iter().collect::<Vec<_>>());
        assert_eq!(done.len(), count);
        for (number, done) in done.iter().enumerate() {
            let path = root.path().join(name(number));
            assert_eq!(done.is_err(), odd.contains(&number), "{number}");
            assert_eq!(found[number].path.exists(), done.is_err(), "{number}");
            if done.is_ok() {
                assert_eq!(contents(&path), format!("{number}"));
            }
        }
        let done = reject(&found.iter().collect::<Vec<_>>());
        assert!(done.iter().all(Result::is_ok));
        assert!(pending(root.path()).unwrap().is_empty());
        for folder in ["0", "1", "2"] {
            let left = fs::read_dir(root.path().join(folder)).unwrap();
            let hidden = left.filter(|entry| {
                let name = entry.as_ref().unwrap().file_name();
                name.to_string_lossy().starts_with('.')
            });
            assert_eq!(hidden.count(), 0);
        }
    }

    #[test]
    fn of_two_for_one_file_the_later_counts() {
        let (output, root) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        put(output.path(), "a.snap.new", "200 OK");
        put(root.path(), "a.snap.new", "404 Not Found");
        let (theirs, ours) = (
            pending_in(output.path(), root.path()).unwrap(),
            pending(root.path()).unwrap(),
        );
        let done = accept(&[&theirs[0], &ours[0], &ours[0]]);
        assert!(done.iter().all(Result::is_ok), "{done:?}");
        assert_eq!(contents(&root.path().join("a.snap")), "404 Not Found");
        assert!(!theirs[0].path.exists() && !ours[0].path.exists());
    }

    #[test]
    fn what_a_killed_review_left_goes_with_the_decision() {
        let root = tempfile::tempdir().unwrap();
        for name in ["a", "b"] {
            put(root.path(), &format!("{name}.snap.new"), "200 OK");
            fs::write(root.path().join(format!(".{name}.snap.tmp")), "half of").unwrap();
        }
        let found = pending(root.path()).unwrap();
        accept_one(&found[0]).unwrap();
        reject_one(&found[1]).unwrap();
        let left = fs::read_dir(root.path()).unwrap();
        let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["a.snap"]);
    }
}
