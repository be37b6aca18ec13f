//! Memory: little of it, and plain words when there is none left.

use crate::fatal;
use rquickjs::allocator::Allocator;
use std::alloc::{GlobalAlloc, Layout, System};

/// Tells the C library to give memory back: one heap, large blocks of their own, the top of the heap trimmed.
pub fn set_up() {
    // SAFETY: mallopt takes any numbers, and no other thread runs yet
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 1);
        libc::mallopt(libc::M_MMAP_THRESHOLD, 64 * 1024);
        libc::mallopt(libc::M_TRIM_THRESHOLD, 256 * 1024);
        libc::mallopt(libc::M_TOP_PAD, 64 * 1024);
    }
}

/// How far the stack may grow, in bytes.
pub fn stack_limit() -> usize {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: getrlimit fills the limit or leaves it
    match unsafe { libc::getrlimit(libc::RLIMIT_STACK, &mut limit) } {
        0 => usize::try_from(limit.rlim_cur).unwrap_or(usize::MAX),
        _ => 1 << 20,
    }
}

fn or_die<T>(pointer: *mut T, size: usize) -> *mut T {
    if pointer.is_null() && size > 0 {
        fatal::die("out of memory");
    }
    pointer
}

/// The C library's allocator for Rust.
pub struct Heap;

// SAFETY: the system's allocator does the work; the only difference is that it does not return when there is no memory
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise is passed on
        or_die(unsafe { System.alloc(layout) }, layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above
        or_die(unsafe { System.alloc_zeroed(layout) }, layout.size())
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as above
        or_die(unsafe { System.realloc(pointer, layout, size) }, size)
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// The same for the engine. Its own way, an exception that says "out of memory", would end up as the reason why some
/// target is not ready.
pub struct EngineHeap;

// SAFETY: malloc and its like keep what the trait asks for
unsafe impl Allocator for EngineHeap {
    fn alloc(&mut self, size: usize) -> *mut u8 {
        // SAFETY: malloc takes any size
        or_die(unsafe { libc::malloc(size) }, size).cast()
    }

    fn calloc(&mut self, count: usize, size: usize) -> *mut u8 {
        // SAFETY: calloc checks the product for overflow
        or_die(unsafe { libc::calloc(count, size) }, count.max(size)).cast()
    }

    unsafe fn dealloc(&mut self, pointer: *mut u8) {
        // SAFETY: it came from this allocator
        unsafe { libc::free(pointer.cast()) }
    }

    unsafe fn realloc(&mut self, pointer: *mut u8, size: usize) -> *mut u8 {
        // SAFETY: it came from this allocator
        or_die(unsafe { libc::realloc(pointer.cast(), size) }, size).cast()
    }

    unsafe fn usable_size(pointer: *mut u8) -> usize {
        // SAFETY: it came from this allocator
        unsafe { libc::malloc_usable_size(pointer.cast()) }
    }
}
