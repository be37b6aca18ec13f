//! Functions of the C library that the engine refers to, in place of the library's own, which are far larger than what
//! a program that waits for servers could ever need of them.

use crate::{arena, freeze};
use std::ffi::c_void;

/// The library's trigonometry brings 200 KB of tables, one set for each generation of processors.
macro_rules! mathematics {
    ($($name:ident($($argument:ident),*))*) => {
        $(
            /// As in C, from musl's sources.
            // SAFETY: nothing else defines the symbol; the library's own is not linked when this one is there
            #[unsafe(no_mangle)]
            extern "C" fn $name($($argument: f64),*) -> f64 {
                libm::$name($($argument),*)
            }
        )*
    };
}

mathematics! { sin(x) cos(x) tan(x) asin(x) acos(x) atan(x) atan2(y, x) }

/// Local time is UTC: the library's zones come with a parser for them, and one for numbers of all kinds for that.
/// Zeroes are all that the engine asks for: it reads the offset from UTC, and nothing else.
// SAFETY: as above
#[unsafe(no_mangle)]
unsafe extern "C" fn localtime_r(_: *const c_void, broken_down: *mut libc::tm) -> *mut libc::tm {
    // SAFETY: the caller gives room for one; all zeroes is a valid one
    unsafe { broken_down.cast::<c_void>().write_bytes(0, size_of::<libc::tm>()) };
    broken_down
}

/// The wall clock, for the engine's `Date` and for what it seeds its own `Math.random` with, which nothing uses.
// SAFETY: as above
#[unsafe(no_mangle)]
unsafe extern "C" fn gettimeofday(to: *mut libc::timeval, _: *mut c_void) -> i32 {
    freeze::outside("Date");
    let mut now = libc::timespec { tv_sec: 1, tv_nsec: 0 };
    // SAFETY: the caller gives room for a time. An engine that is made to be frozen gets the same one each time.
    unsafe {
        if !arena::is_open() {
            libc::clock_gettime(libc::CLOCK_REALTIME, &mut now);
        }
        *to = libc::timeval { tv_sec: now.tv_sec, tv_usec: now.tv_nsec / 1000 };
    }
    0
}

/// Random bytes, for the seeds of Rust's hash tables, for ring, and for `Math.random`.
// SAFETY: as above
#[unsafe(no_mangle)]
unsafe extern "C" fn getrandom(to: *mut c_void, length: usize, flags: u32) -> isize {
    freeze::outside("random bytes");
    // SAFETY: the caller gives room for as many bytes
    unsafe {
        if arena::is_open() {
            to.write_bytes(0, length);
            return length as isize;
        }
        libc::syscall(libc::SYS_getrandom, to, length, flags) as isize
    }
}
