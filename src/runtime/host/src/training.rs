//! Learning which pages of a frozen program a run writes to, so that the packer can put what is on them together. Only an
//! image that was made for it does this.

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

const MOST_PAGES: usize = 1 << 18;

static WRITTEN: [AtomicU8; MOST_PAGES] = [const { AtomicU8::new(0) }; MOST_PAGES];
static PAGES: AtomicUsize = AtomicUsize::new(0);
static GOING_ON: AtomicBool = AtomicBool::new(false);

/// Makes the image read-only; each first write to a page is noted, and let through.
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
        libc::mprotect(BASE as *mut _, pages * PAGE, libc::PROT_READ);
    }
}

unsafe extern "C" fn note(_: i32, info: *mut libc::siginfo_t, _: *mut libc::c_void) {
    // SAFETY: the kernel gives what belongs to this signal
    let address = unsafe { (*info).si_addr() } as usize;
    let page = address.wrapping_sub(BASE) / PAGE;
    if page >= PAGES.load(Relaxed) {
        fatal::die("a fault outside of the image");
    }
    WRITTEN[page].store(1, Relaxed);
    // SAFETY: it is one of the image's pages
    unsafe { libc::mprotect((BASE + page * PAGE) as *mut _, PAGE, libc::PROT_READ | libc::PROT_WRITE) };
}

/// Tells what was learned, if anything was to be.
pub fn end() {
    if GOING_ON.swap(false, Relaxed) {
        let written: Vec<u8> = WRITTEN[..PAGES.load(Relaxed)].iter().map(|page| page.load(Relaxed)).collect();
        if stdio::write_all(OUTCOME, &written).is_err() {
            fatal::die("nobody listens to what was learned");
        }
    }
}
