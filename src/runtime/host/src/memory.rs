//! Memory: little of it, and plain words when there is none left.

use crate::{arena, fatal};
use rquickjs::allocator::Allocator;
use std::{
    alloc::{GlobalAlloc, Layout, System},
    ptr,
    sync::atomic::{AtomicI32, Ordering::Relaxed},
};

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

/// The engine's share of the stack, in bytes: deep enough for any sane recursion, half of what there is where that is little.
pub fn stack_for_engine() -> usize {
    const ENOUGH: usize = 1 << 20;
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: getrlimit fills the limit or leaves it
    let stack = match unsafe { libc::getrlimit(libc::RLIMIT_STACK, &mut limit) } {
        0 => usize::try_from(limit.rlim_cur).unwrap_or(usize::MAX),
        _ => ENOUGH,
    };
    ENOUGH.min(stack / 2)
}

fn or_die<T>(pointer: *mut T, size: usize) -> *mut T {
    if pointer.is_null() && size > 0 {
        fatal::die("out of memory");
    }
    pointer
}

/// The C library's allocator for Rust; while a program is frozen, and for what was allocated then, the arena.
pub struct Heap;

// SAFETY: the system's allocator or the arena does the work; the only difference is that it does not return when there is
// no memory
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if arena::is_open() {
            return or_die(arena::allocate(layout.size(), layout.align()), layout.size());
        }
        // SAFETY: the caller's promise is passed on
        or_die(unsafe { System.alloc(layout) }, layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if arena::is_open() {
            // what the arena gives is zero
            return or_die(arena::allocate(layout.size(), layout.align()), layout.size());
        }
        // SAFETY: as above
        or_die(unsafe { System.alloc_zeroed(layout) }, layout.size())
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if arena::owns(pointer) {
            // SAFETY: the layout is the caller's with another size
            return unsafe {
                let layout = Layout::from_size_align_unchecked(size, layout.align());
                moved(pointer, size, || self.alloc(layout))
            };
        }
        // SAFETY: as above
        or_die(unsafe { System.realloc(pointer, layout, size) }, size)
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        if arena::owns(pointer) {
            // SAFETY: as above
            return unsafe { arena::free(pointer) };
        }
        // SAFETY: as above
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// Gives a block of the arena another size, in its place if it has the room.
/// # Safety
/// The arena owns the block; what `allocate` gives has room for `size` bytes.
unsafe fn moved(block: *mut u8, size: usize, allocate: impl FnOnce() -> *mut u8) -> *mut u8 {
    // SAFETY: the caller's promise
    unsafe {
        let capacity = arena::capacity(block);
        // in an image that is being made nobody wants empty room
        if size <= capacity && (!arena::is_open() || size > capacity / 2) {
            return block;
        }
        let to = allocate();
        ptr::copy_nonoverlapping(block, to, capacity.min(size));
        arena::free(block);
        to
    }
}

/// Whether the engine asks for each block, or (0) carves small ones out of slabs of its own: see `engine-cc.sh`.
#[unsafe(no_mangle)]
static engine_lays_singly: AtomicI32 = AtomicI32::new(0);

/// Has the engine lay its blocks singly, so that each can be given its place, or in slabs again.
pub fn lay_singly(singly: bool) {
    engine_lays_singly.store(i32::from(singly), Relaxed);
}

/// The same for the engine. Its own way, an exception that says "out of memory", would end up as the reason why some
/// target is not ready.
pub struct EngineHeap;

/// What the engine's blocks are aligned to, as those of malloc are.
const ALIGN: usize = 16;

// SAFETY: malloc and its like, and the arena, keep what the trait asks for
unsafe impl Allocator for EngineHeap {
    fn alloc(&mut self, size: usize) -> *mut u8 {
        if arena::is_open() {
            return or_die(arena::allocate(size, ALIGN), size);
        }
        // SAFETY: malloc takes any size
        or_die(unsafe { libc::malloc(size) }, size).cast()
    }

    fn calloc(&mut self, count: usize, size: usize) -> *mut u8 {
        if arena::is_open() {
            return self.alloc(count.saturating_mul(size));
        }
        // SAFETY: calloc checks the product for overflow
        or_die(unsafe { libc::calloc(count, size) }, count.max(size)).cast()
    }

    unsafe fn dealloc(&mut self, pointer: *mut u8) {
        if arena::owns(pointer) {
            // SAFETY: as below
            return unsafe { arena::free(pointer) };
        }
        // SAFETY: it came from this allocator
        unsafe { libc::free(pointer.cast()) }
    }

    unsafe fn realloc(&mut self, pointer: *mut u8, size: usize) -> *mut u8 {
        if arena::owns(pointer) {
            // SAFETY: as below
            return unsafe { moved(pointer, size, || self.alloc(size)) };
        }
        // SAFETY: it came from this allocator
        or_die(unsafe { libc::realloc(pointer.cast(), size) }, size).cast()
    }

    /// What is frozen does not count: the collector goes by what a process allocates itself.
    unsafe fn usable_size(pointer: *mut u8) -> usize {
        if arena::owns(pointer) {
            return 0;
        }
        // SAFETY: it came from this allocator
        unsafe { libc::malloc_usable_size(pointer.cast()) }
    }
}
