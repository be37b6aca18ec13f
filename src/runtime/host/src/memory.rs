//! Memory: little of it, and plain words when there is none left.

mod heap;

use crate::{arena, fatal};
use rquickjs::allocator::Allocator;
use std::{
    alloc::{GlobalAlloc, Layout},
    ptr,
    sync::atomic::{AtomicI32, Ordering::Relaxed},
};

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

/// The heap for Rust; while a program is frozen, and for what was allocated then, the arena.
pub struct Heap;

// SAFETY: the heap or the arena does the work; the only difference is that it does not return when there is no memory
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        allocate(layout.size(), layout.align())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        allocate_zeroed(layout.size(), layout.align())
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller's promise is passed on
        unsafe { reallocate(pointer, size, layout.align()) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, _: Layout) {
        // SAFETY: as above
        unsafe { free(pointer) }
    }
}

fn allocate(size: usize, align: usize) -> *mut u8 {
    let block = if arena::is_open() { arena::allocate(size, align) } else { heap::allocate(size, align) };
    or_die(block, size)
}

fn allocate_zeroed(size: usize, align: usize) -> *mut u8 {
    // what the arena gives is zero
    let block =
        if arena::is_open() { arena::allocate(size, align) } else { heap::allocate_zeroed(size, align) };
    or_die(block, size)
}

/// # Safety
/// The block was allocated here with this alignment.
unsafe fn reallocate(block: *mut u8, size: usize, align: usize) -> *mut u8 {
    // SAFETY: the caller's promise
    unsafe {
        if !arena::owns(block) {
            return match arena::is_open() && block.is_null() {
                true => allocate(size, align),
                false => or_die(heap::reallocate(block, size, align), size),
            };
        }
        let capacity = arena::capacity(block);
        // in an image that is being made nobody wants empty room
        if size <= capacity && (!arena::is_open() || size > capacity / 2) {
            return block;
        }
        let to = allocate(size, align);
        ptr::copy_nonoverlapping(block, to, capacity.min(size));
        arena::free(block);
        to
    }
}

/// # Safety
/// The block was allocated here, and is not used any more.
unsafe fn free(block: *mut u8) {
    // SAFETY: the caller's promise
    unsafe { if arena::owns(block) { arena::free(block) } else { heap::free(block) } }
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

// SAFETY: the heap and the arena keep what the trait asks for
unsafe impl Allocator for EngineHeap {
    fn alloc(&mut self, size: usize) -> *mut u8 {
        allocate(size, heap::ALIGN)
    }

    fn calloc(&mut self, count: usize, size: usize) -> *mut u8 {
        // more than there can be is what nobody has
        allocate_zeroed(count.saturating_mul(size), heap::ALIGN)
    }

    unsafe fn dealloc(&mut self, pointer: *mut u8) {
        // SAFETY: it came from this allocator
        unsafe { free(pointer) }
    }

    unsafe fn realloc(&mut self, pointer: *mut u8, size: usize) -> *mut u8 {
        // SAFETY: it came from this allocator
        unsafe { reallocate(pointer, size, heap::ALIGN) }
    }

    /// What is frozen does not count: the collector goes by what a process allocates itself.
    unsafe fn usable_size(pointer: *mut u8) -> usize {
        // SAFETY: it came from this allocator
        unsafe { if arena::owns(pointer) { 0 } else { heap::usable_size(pointer) } }
    }
}
