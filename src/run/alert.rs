//! An answer from near by comes sooner than a sleeping thread wakes: a request that is alone under way is looked for
//! during a moment before its thread sleeps.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};
use tokio::runtime::{Handle, RuntimeFlavor};

/// Sleeping and waking takes some 20 to 50 µs. An answer that takes longer than this is not worth the looking.
const MOMENT: Duration = Duration::from_micros(100);

/// How many requests are under way.
#[derive(Debug, Default)]
pub(super) struct Alert {
    under_way: AtomicUsize,
}

/// A request that is under way.
struct UnderWay<'a>(&'a AtomicUsize);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Alert {
    /// Waits for an answer. Where several requests are under way, or several threads serve them, there is other work to do.
    pub(super) async fn wait<F: Future>(&self, mut answer: Pin<&mut F>) -> F::Output {
        let alone = self.under_way.fetch_add(1, Ordering::Relaxed) == 0;
        let _under_way = UnderWay(&self.under_way);
        if alone && Handle::current().runtime_flavor() == RuntimeFlavor::CurrentThread {
            let started = Instant::now();
            while started.elapsed() < MOMENT && self.under_way.load(Ordering::Relaxed) == 1 {
                let looked = poll_fn(|context| Poll::Ready(answer.as_mut().poll(context))).await;
                if let Poll::Ready(output) = looked {
                    return output;
                }
                // The first yields to whoever else runs on this thread and asks the system what has come; the second, on
                // a machine with one processor, to the server.
                tokio::task::yield_now().await;
                std::thread::yield_now();
            }
        }
        answer.await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::pin::pin;

    /// An answer that is there when it is looked at for the third time, and wakes nobody.
    fn third_time(looks: &Cell<u32>) -> impl Future<Output = ()> {
        poll_fn(|_| {
            looks.set(looks.get() + 1);
            if looks.get() < 3 {
                Poll::Pending
            } else {
                Poll::Ready(())
            }
        })
    }

    #[tokio::test]
    async fn an_answer_from_near_by_is_looked_for() {
        let (alert, looks) = (Alert::default(), Cell::new(0));
        let answer = pin!(third_time(&looks));
        let looked = tokio::time::timeout(Duration::from_secs(10), alert.wait(answer)).await;
        assert!(looked.is_ok(), "{} looks", looks.get());
        assert_eq!(looks.get(), 3);
        assert_eq!(alert.under_way.load(Ordering::Relaxed), 0);
    }

    #[tokio::test]
    async fn with_others_under_way_the_thread_may_sleep() {
        let (alert, looks) = (Alert::default(), Cell::new(0));
        alert.under_way.store(1, Ordering::Relaxed);
        let passed = tokio::time::timeout(2 * MOMENT, alert.wait(pin!(third_time(&looks)))).await;
        assert!(passed.is_err(), "{} looks", looks.get());
        assert_eq!(alert.under_way.load(Ordering::Relaxed), 1);
    }
}
