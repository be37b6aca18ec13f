//! The arguments of the process. Rust's library learns them from glibc, which hands them to what runs before `main`; musl
//! hands them to `main` alone.

use std::{
    ffi::{CStr, OsStr, OsString, c_char},
    os::unix::ffi::OsStrExt,
    ptr,
    sync::atomic::{AtomicPtr, AtomicUsize, Ordering::Relaxed},
};

static COUNT: AtomicUsize = AtomicUsize::new(0);
static TEXTS: AtomicPtr<*const c_char> = AtomicPtr::new(ptr::null_mut());

/// Keeps what `main` was given.
/// # Safety
/// They are those of C's `main`: as many texts as it says, which stay where they are.
pub unsafe fn keep(count: i32, texts: *const *const c_char) {
    COUNT.store(usize::try_from(count).unwrap_or_default(), Relaxed);
    TEXTS.store(texts.cast_mut(), Relaxed);
}

/// All of them, with the program's name in front; none where there was no `main` (in tests).
pub fn all() -> impl Iterator<Item = OsString> {
    let texts = TEXTS.load(Relaxed);
    (0..COUNT.load(Relaxed)).map(move |index| {
        // SAFETY: the promise that was made to `keep`
        let text = unsafe { CStr::from_ptr(*texts.add(index)) };
        OsStr::from_bytes(text.to_bytes()).to_owned()
    })
}
