//! The heap that Rust and the engine share: dlmalloc for what is small, mappings of their own for what is large.
//!
//! One set of functions serves both, so blocks need no layout to be freed. Nothing is locked: the program has one thread.

mod large;

use dlmalloc::{Allocator, Dlmalloc};
use std::{
    cell::{Cell, UnsafeCell},
    ptr,
};

/// What a block is aligned to when nothing is said.
pub const ALIGN: usize = 16;

/// From this size on a block is a mapping, which goes back to the system as soon as it is freed.
const LARGE: usize = 64 * 1024;

/// How often memory that is free at the end of the heap is given back, in blocks freed, and how much of it is kept.
const FREED_BETWEEN_TRIMS: u32 = 1024;
const KEPT: usize = 64 * 1024;

const PAGE: usize = 4096;
const STEP: usize = 64 * 1024;

/// Where the heap lies: this much behind the program, so that its steps are neighbours. The room is for the C library's
/// own heap, which only a few of its functions use.
const BEHIND_PROGRAM: usize = 16 << 20;

/// A block of `size` bytes, or null.
pub fn allocate(size: usize, align: usize) -> *mut u8 {
    if size >= LARGE && align <= ALIGN {
        return large::allocate(size);
    }
    // SAFETY: dlmalloc takes any size and a power of two
    with(|heap| unsafe { heap.c_memalign(align, size) })
}

/// The same, filled with zeroes.
pub fn allocate_zeroed(size: usize, align: usize) -> *mut u8 {
    let block = allocate(size, align);
    // SAFETY: the block was just made, of that size; a mapping is zero already
    unsafe {
        if !block.is_null() && !large::is(block) {
            block.write_bytes(0, size);
        }
    }
    block
}

/// The block with another size, here or elsewhere; null leaves it as it is.
/// # Safety
/// It came from here with this alignment, and was not freed.
pub unsafe fn reallocate(block: *mut u8, size: usize, align: usize) -> *mut u8 {
    // SAFETY: the caller's promise; what is copied has room in both
    unsafe {
        if block.is_null() {
            return allocate(size, align);
        }
        if large::is(block) && size >= LARGE / 2 {
            return large::reallocate(block, size);
        }
        if align <= ALIGN && size < LARGE && !large::is(block) {
            return with(|heap| heap.c_realloc(block, size));
        }
        let other = allocate(size, align);
        if !other.is_null() {
            ptr::copy_nonoverlapping(block, other, usable_size(block).min(size));
            free(block);
        }
        other
    }
}

/// Gives a block back; null is none.
/// # Safety
/// It came from here, and was not freed.
pub unsafe fn free(block: *mut u8) {
    if block.is_null() {
        return;
    }
    // SAFETY: the caller's promise
    unsafe {
        if large::is(block) {
            return large::free(block);
        }
        with(|heap| free_small(heap, block));
    }
}

/// # Safety
/// As for `free`, of a block of this heap.
unsafe fn free_small(heap: &mut Dlmalloc<Pages>, block: *mut u8) {
    let freed = heap.allocator().freed.get() + 1;
    heap.allocator().freed.set(freed % FREED_BETWEEN_TRIMS);
    // SAFETY: the caller's promise
    unsafe {
        heap.c_free(block);
        if freed == FREED_BETWEEN_TRIMS {
            heap.trim(KEPT);
        }
    }
}

/// How much there is room for in a block: at least what was asked for.
/// # Safety
/// It came from here, and was not freed.
pub unsafe fn usable_size(block: *mut u8) -> usize {
    // SAFETY: the caller's promise
    unsafe { if large::is(block) { large::size(block) } else { (head(block) & !7) - size_of::<usize>() } }
}

/// The word in front of a block. dlmalloc keeps the size of the block there, and in the lowest bits, among others, that
/// it is in use (2); a mapping, which has none of these bits, its length.
/// # Safety
/// As for `free`.
unsafe fn head(block: *mut u8) -> usize {
    // SAFETY: both kinds of block have it
    unsafe { block.cast::<usize>().sub(1).read() }
}

/// Where dlmalloc has its memory from.
struct Pages {
    /// Behind what was mapped last; zero before that.
    end: Cell<usize>,
    /// Blocks freed since memory was last given back.
    freed: Cell<u32>,
}

// SAFETY: it maps what it says that it maps
unsafe impl Allocator for Pages {
    fn alloc(&self, size: usize) -> (*mut u8, usize, u32) {
        if self.end.get() == 0 {
            self.end.set(behind_program(BEHIND_PROGRAM));
        }
        let start = map(ptr::without_provenance_mut(self.end.get()), size);
        if !start.is_null() {
            self.end.set(start as usize + size);
        }
        (start, size, 0)
    }

    fn remap(&self, _: *mut u8, _: usize, _: usize, _: bool) -> *mut u8 {
        ptr::null_mut()
    }

    fn free_part(&self, start: *mut u8, size: usize, kept: usize) -> bool {
        if self.end.get() == start as usize + size {
            self.end.set(start as usize + kept);
        }
        // SAFETY: dlmalloc has nothing in that part any more
        unsafe { libc::munmap(start.add(kept).cast(), size - kept) == 0 }
    }

    fn free(&self, start: *mut u8, size: usize) -> bool {
        self.free_part(start, size, 0)
    }

    fn can_release_part(&self, _: u32) -> bool {
        true
    }

    fn allocates_zeros(&self) -> bool {
        true
    }

    fn page_size(&self) -> usize {
        PAGE
    }
}

fn behind_program(distance: usize) -> usize {
    // SAFETY: zero only asks
    let program = unsafe { libc::sbrk(0) } as usize;
    (program + distance).next_multiple_of(STEP)
}

/// Fresh memory, there if that is free, or null.
fn map(there: *mut u8, length: usize) -> *mut u8 {
    let (protection, flags) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
    // SAFETY: without MAP_FIXED nothing that exists is touched
    match unsafe { libc::mmap(there.cast(), length, protection, flags, -1, 0) } {
        libc::MAP_FAILED => ptr::null_mut(),
        start => start.cast(),
    }
}

struct Heap(UnsafeCell<Dlmalloc<Pages>>);

// SAFETY: only `with` touches it
unsafe impl Sync for Heap {}

static HEAP: Heap = Heap(UnsafeCell::new(empty()));

const fn empty() -> Dlmalloc<Pages> {
    Dlmalloc::new_with_allocator(Pages { end: Cell::new(0), freed: Cell::new(0) })
}

/// Does something with the heap; what it does must not allocate otherwise.
fn with<T>(act: impl FnOnce(&mut Dlmalloc<Pages>) -> T) -> T {
    #[cfg(test)]
    let _locked = tests::lock();
    // SAFETY: one thread (tests have several, and a lock), and no call within a call
    act(unsafe { &mut *HEAP.0.get() })
}

#[cfg(test)]
#[path = "heap_test.rs"]
mod tests;
