//! The executable. It has C's `main`: Rust's own start-up would ignore SIGPIPE and open descriptors before this program
//! could see how it found them, and read /proc/self/maps, which costs a tenth of the start.

#![no_main]

use std::ffi::c_char;

// SAFETY: it is the only `main` of the program
#[unsafe(no_mangle)]
extern "C" fn main(count: i32, arguments: *const *const c_char) -> i32 {
    // SAFETY: they are those of `main`
    unsafe { host::run(count, arguments) }
}
