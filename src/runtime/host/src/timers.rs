//! The clock, and the one alarm that JavaScript sets for the first of its timers.

use crate::{
    bind::{def, on},
    host::Host,
};
use rquickjs::{Ctx, Object};
use std::{
    rc::Rc,
    time::{Duration, Instant},
};

/// Longer than any timer of JavaScript (2^31 ms), and far from where `Instant` would overflow.
const LONGEST_MS: f64 = 4e9;

/// Installs the primitives of this group.
pub fn install<'js>(ctx: &Ctx<'js>, object: &Object<'js>, host: &Rc<Host>) -> rquickjs::Result<()> {
    on!(ctx, object, host, "now", |host| -> f64 {
        host.start.get().map_or(0.0, |start| start.elapsed().as_nanos() as f64 / 1e6)
    });
    on!(ctx, object, host, "idle", |host| -> f64 { host.sleep.slept().as_nanos() as f64 / 1e6 });
    def!(ctx, object, "cpu", || -> Vec<f64> { cpu().to_vec() });
    on!(ctx, object, host, "wakeIn", |host, ms: f64| {
        host.wake.set(due(Instant::now(), ms));
    });
    Ok(())
}

/// What this thread has used of the processor, in microseconds: of its own and of the system's code.
fn cpu() -> [f64; 2] {
    // SAFETY: rusage is plain numbers, and getrusage fills all of it
    let usage = unsafe {
        let mut usage = std::mem::zeroed::<libc::rusage>();
        libc::getrusage(libc::RUSAGE_THREAD, &mut usage);
        usage
    };
    [usage.ru_utime, usage.ru_stime].map(|time| time.tv_sec as f64 * 1e6 + time.tv_usec as f64)
}

/// When that is; never for a negative number or none at all.
fn due(now: Instant, ms: f64) -> Option<Instant> {
    (ms >= 0.0).then(|| now + Duration::from_micros((ms.min(LONGEST_MS) * 1000.0) as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_due_or_never() {
        let now = Instant::now();
        assert_eq!(due(now, 0.0), Some(now));
        assert_eq!(due(now, 1.5), Some(now + Duration::from_micros(1500)));
        assert!(due(now, f64::INFINITY).is_some());
        assert_eq!(due(now, -1.0), None);
        assert_eq!(due(now, f64::NAN), None);
    }
}
