//! Memory: little of it, and plain words when there is none left.

mod heap;

use crate::fatal;
use rquickjs::allocator::Allocator;
use std::alloc::{GlobalAlloc, Layout};

/// Nothing: the heap needs no preparation. Kept until its caller is gone.
pub fn set_up() {}

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

/// The heap for Rust.
pub struct Heap;

// SAFETY: the heap does the work; the only difference is that it does not return when there is no memory
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        or_die(heap::allocate(layout.size(), layout.align()), layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        or_die(heap::allocate_zeroed(layout.size(), layout.align()), layout.size())
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller's promise is passed on
        or_die(unsafe { heap::reallocate(pointer, size, layout.align()) }, size)
    }

    unsafe fn dealloc(&self, pointer: *mut u8, _: Layout) {
        // SAFETY: as above
        unsafe { heap::free(pointer) }
    }
}

/// The same for the engine. Its own way, an exception that says "out of memory", would end up as the reason why some
/// target is not ready.
pub struct EngineHeap;

// SAFETY: the heap keeps what the trait asks for
unsafe impl Allocator for EngineHeap {
    fn alloc(&mut self, size: usize) -> *mut u8 {
        or_die(heap::allocate(size, heap::ALIGN), size)
    }

    fn calloc(&mut self, count: usize, size: usize) -> *mut u8 {
        // more than there can be is what nobody has
        let size = count.saturating_mul(size);
        or_die(heap::allocate_zeroed(size, heap::ALIGN), size)
    }

    unsafe fn dealloc(&mut self, pointer: *mut u8) {
        // SAFETY: it came from this allocator
        unsafe { heap::free(pointer) }
    }

    unsafe fn realloc(&mut self, pointer: *mut u8, size: usize) -> *mut u8 {
        // SAFETY: it came from this allocator
        or_die(unsafe { heap::reallocate(pointer, size, heap::ALIGN) }, size)
    }

    unsafe fn usable_size(pointer: *mut u8) -> usize {
        // SAFETY: it came from this allocator
        unsafe { heap::usable_size(pointer) }
    }
}
