//! How long the loop sleeps: what a process that is short of the processor did not get is all the rest.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};
use tokio::runtime::Builder;

/// The time in which nothing was to be done. Shared with the runtime, which may only be told of things that threads share.
#[derive(Clone, Default)]
pub struct Sleep(Arc<Times>);

#[derive(Default)]
struct Times {
    fell_asleep: AtomicU64,
    slept: AtomicU64,
}

impl Sleep {
    /// Has a runtime tell when it sleeps. `start` is any moment before.
    pub fn watch(&self, builder: &mut Builder, start: Instant) {
        let nanoseconds = move || start.elapsed().as_nanos() as u64;
        let times = self.0.clone();
        builder.on_thread_park(move || times.fell_asleep.store(nanoseconds(), Relaxed));
        let times = self.0.clone();
        builder.on_thread_unpark(move || {
            times.slept.fetch_add(nanoseconds() - times.fell_asleep.load(Relaxed), Relaxed);
        });
    }

    pub fn slept(&self) -> Duration {
        Duration::from_nanos(self.0.slept.load(Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sleep_counts_and_work_does_not() {
        let sleep = Sleep::default();
        let mut builder = Builder::new_current_thread();
        sleep.watch(&mut builder, Instant::now());
        let runtime = builder.enable_time().build().unwrap();
        let started = Instant::now();
        runtime.block_on(async {
            std::thread::sleep(Duration::from_millis(30));
            tokio::time::sleep(Duration::from_millis(20)).await;
        });
        let slept = sleep.slept();
        assert!(slept >= Duration::from_millis(15), "{slept:?}");
        assert!(slept <= started.elapsed() - Duration::from_millis(25), "{slept:?}");
    }
}
