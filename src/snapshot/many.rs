//! The same done to many things, by as many threads as there are processors.

use std::num::NonZeroUsize;
use std::thread;

/// Fewer than this are not worth a thread.
const FEW: usize = 64;

/// What `act` makes of each, in their order.
///
/// # Panics
///
/// If `act` does.
pub(super) fn map<T: Send, R: Send>(items: Vec<T>, act: impl Fn(T) -> R + Sync) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let share = items.len().div_ceil(threads).max(FEW);
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
    use super::map;

    #[test]
    fn the_order_stays() {
        for count in [0, 1, 63, 64, 65, 1000, 5001] {
            let expected: Vec<usize> = (0..count).map(|number| number * 2).collect();
            assert_eq!(map((0..count).collect(), |number| number * 2), expected);
        }
    }
}
