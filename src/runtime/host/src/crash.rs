//! Faults of the processor and the like. A frozen program is not checked for damage when it starts, since that would cost
//! more than the start; when something of it leads astray, this is where it ends: in one line and with exit code 70.

use crate::{fatal, image};
use std::{
    cell::UnsafeCell,
    mem, ptr,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};

/// What a damaged program may run into; SIGBUS is a file that is shorter than it was.
const FAULTS: [(i32, &str); 5] = [
    (libc::SIGSEGV, "SIGSEGV"),
    (libc::SIGBUS, "SIGBUS"),
    (libc::SIGILL, "SIGILL"),
    (libc::SIGFPE, "SIGFPE"),
    (libc::SIGABRT, "SIGABRT"),
];

/// As large as a frame with all registers of any processor, and room to speak.
const STACK: usize = 64 * 1024;

#[repr(C, align(16))]
struct Stack(UnsafeCell<[u8; STACK]>);
// SAFETY: only the kernel uses it, for one handler at a time
unsafe impl Sync for Stack {}
static STACK_FOR_FAULTS: Stack = Stack(UnsafeCell::new([0; STACK]));

/// Has faults end the process in words, on a stack of their own: the usual one may be what has run out.
pub fn set_up() {
    // SAFETY: the stack is there for good; the handler does nothing that may not be done in one
    unsafe {
        let stack = libc::stack_t { ss_sp: STACK_FOR_FAULTS.0.get().cast(), ss_flags: 0, ss_size: STACK };
        libc::sigaltstack(&stack, ptr::null_mut());
        let mut action: libc::sigaction = mem::zeroed();
        action.sa_sigaction = end as *const () as usize;
        action.sa_flags = libc::SA_ONSTACK | libc::SA_NODEFER;
        for (signal, _) in FAULTS {
            libc::sigaction(signal, &action, ptr::null_mut());
        }
    }
}

extern "C" fn end(signal: i32) {
    static ONCE: AtomicBool = AtomicBool::new(false);
    // a fault while the file is looked at is one of the file, too
    if ONCE.swap(true, Relaxed) || !image::is_intact() {
        fatal::die(image::DAMAGED);
    }
    let name = FAULTS.iter().find(|(number, _)| *number == signal).map_or("a fault", |(_, name)| name);
    fatal::say(&["this is a bug in readywhen, please report it: ", name]);
    fatal::exit(fatal::BUG)
}
