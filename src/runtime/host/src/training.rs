//! Learning which pages of a frozen program a run uses, so that the packer can put what is on them together. Only an image
//! that was made for it does this.

use crate::{
    arena::{BASE, PAGE},
    fatal, stdio,
};
use std::{
    mem, ptr,
    sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering::Relaxed},
};

/// Where the outcome is written to: a byte for each page of the image.
const OUTCOME: i32 = 3;

/// What the byte says.
const UNUSED: u8 = 0;
const READ: u8 = 1;
const WRITTEN: u8 = 2;

const MOST_PAGES: usize = 1 << 18;

static USE: [AtomicU8; MOST_PAGES] = [const { AtomicU8::new(UNUSED) }; MOST_PAGES];
static PAGES: AtomicUsize = AtomicUsize::new(0);
static GOING_ON: AtomicBool = AtomicBool::new(false);

/// Closes the image; the first use of a page is noted, and opens it to be read, the next that is a write, to be written to.
pub fn begin(pages: usize) {
    if pages > MOST_PAGES {
        fatal::die("the image is too large to be learned from");
    }
    PAGES.store(pages, Relaxed);
    GOING_ON.store(true, Relaxed);
    // SAFETY: the handler only notes a page and gives the right to write to it
    unsafe {
        let mut action: libc::sigaction = mem::zeroed();
        action.sa_sigaction = note as *const () as usize;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_NODEFER;
        libc::sigaction(libc::SIGSEGV, &action, ptr::null_mut());
        libc::mprotect(BASE as *mut _, pages * PAGE, libc::PROT_NONE);
    }
}

unsafe extern "C" fn note(_: i32, info: *mut libc::siginfo_t, _: *mut libc::c_void) {
    // SAFETY: the kernel gives what belongs to this signal
    let address = unsafe { (*info).si_addr() } as usize;
    let page = address.wrapping_sub(BASE) / PAGE;
    if page >= PAGES.load(Relaxed) {
        fatal::die("a fault outside of the image");
    }
    let (found, rights) = match USE[page].load(Relaxed) {
        UNUSED => (READ, libc::PROT_READ),
        _ => (WRITTEN, libc::PROT_READ | libc::PROT_WRITE),
    };
    USE[page].store(found, Relaxed);
    // SAFETY: it is one of the image's pages
    unsafe { libc::mprotect((BASE + page * PAGE) as *mut _, PAGE, rights) };
}

/// Uses bytes that a system call may be given: the kernel does not fault as the program does, but refuses.
#[inline]
pub fn touch(bytes: &[u8]) {
    if GOING_ON.load(Relaxed) {
        for byte in bytes.iter().step_by(PAGE).chain(bytes.last()) {
            // SAFETY: it is a reference
            unsafe { ptr::read_volatile(byte) };
        }
    }
}

/// Tells what was learned, if anything was to be.
pub fn end() {
    if GOING_ON.swap(false, Relaxed) {
        let used: Vec<u8> = USE[..PAGES.load(Relaxed)].iter().map(|page| page.load(Relaxed)).collect();
        if stdio::write_all(OUTCOME, &used).is_err() {
            fatal::die("nobody listens to what was learned");
        }
    }
}
