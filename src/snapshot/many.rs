//! The same done to many things, by several threads.

use std::num::NonZeroUsize;
use std::thread;

/// Fewer than this are not worth a thread, where each takes a moment.
const FEW: usize = 64;
/// So many wait for a disk at once; it syncs files together that are there together.
const WAITING: usize = 16;

/// What `act` makes of each, in their order, by as many threads as there are processors.
///
/// # Panics
///
/// If `act` does.
pub(super) fn map<T: Send, R: Send>(items: Vec<T>, act: impl Fn(T) -> R + Sync) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let share = items.len().div_ceil(threads).max(FEW);
    shared(items, share, act)
}

/// The same where `act` mostly waits for a disk.
///
/// # Panics
///
/// If `act` does.
pub(super) fn wait<T: Send, R: Send>(items: Vec<T>, act: impl Fn(T) -> R + Sync) -> Vec<R> {
    let share = items.len().div_ceil(WAITING).max(1);
    shared(items, share, act)
}

fn shared<T: Send, R: Send>(items: Vec<T>, share: usize, act: impl Fn(T) -> R + Sync) -> Vec<R> {
    if items.len() <= share {
        return items.into_iter().map(act).collect();
    }
    let mut shares: Vec<Vec<T>> = Vec::new();
    let mut items = items.into_iter();
    loop {
        let next: Vec<T> = items.by_ref().take(share).collect();
        if next.is_empty() {
            break;
        }
        shares.push(next);
    }
    let act = &act;
    thread::scope(|scope| {
        let workers: Vec<_> = shares
            .into_iter()
            .map(|share| scope.spawn(move || share.into_iter().map(act).collect::<Vec<R>>()))
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().expect("nothing panics in there"))
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::{map, wait};

    #[test]
    fn the_order_stays() {
        for count in [0, 1, 63, 64, 65, 1000, 5001] {
            let expected: Vec<usize> = (0..count).map(|number| number * 2).collect();
            assert_eq!(map((0..count).collect(), |number| number * 2), expected);
            assert_eq!(wait((0..count).collect(), |number| number * 2), expected);
        }
    }
}
