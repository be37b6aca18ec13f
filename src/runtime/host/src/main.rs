//! The executable. It has C's `main`: Rust's own start-up would ignore SIGPIPE and open descriptors before this program
//! could see how it found them, and read /proc/self/maps, which costs a tenth of the start.

#![no_main]

// SAFETY: it is the only `main` of the program
#[unsafe(no_mangle)]
extern "C" fn main() -> i32 {
    host::run()
}
