//! The memory of a frozen program. While a program is frozen, everything that Rust or the engine allocates comes from
//! here, one block behind the other at addresses that are the same each time. In the process that starts from it what
//! lies here is used, written to and left: it is never given to the C library, whose it is not.

mod blocks;

pub use blocks::{Place, capacity};

use blocks::Blocks;
use std::{
    cell::UnsafeCell,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
};

/// Where it begins: behind the program, which is linked to a fixed address, below the heap of the C library.
pub const BASE: usize = 0x0100_0000;

pub const PAGE: usize = 4096;

struct OneThread(UnsafeCell<Blocks>);
// SAFETY: a program is frozen by its only thread
unsafe impl Sync for OneThread {}
static ARENA: OneThread = OneThread(UnsafeCell::new(Blocks::NONE));

/// Whether blocks are given out.
static OPEN: AtomicBool = AtomicBool::new(false);
/// How many bytes from `BASE` belong to the arena.
static LENGTH: AtomicUsize = AtomicUsize::new(0);

#[inline]
pub fn is_open() -> bool {
    OPEN.load(Relaxed)
}

/// Whether a block lies in the arena, which may be that of the process in which the program was frozen.
#[inline]
pub fn owns(block: *const u8) -> bool {
    (block as usize).wrapping_sub(BASE) < LENGTH.load(Relaxed)
}

/// Says how much memory from `BASE` is the arena's.
pub fn claim(length: usize) {
    LENGTH.store(length, Relaxed);
}

/// From here on everything is allocated in the arena, behind its first `reserved` bytes.
/// # Safety
/// The memory is mapped, writable, and zero behind `reserved`.
pub unsafe fn open(length: usize, reserved: usize, plan: &'static [Place], planned: usize, spread: bool) {
    claim(length);
    // SAFETY: the caller's promise; there is one thread
    unsafe { *ARENA.0.get() = Blocks::new(BASE + reserved, BASE + length, plan, planned, spread) };
    OPEN.store(true, Relaxed);
}

/// Ends what `open` began; gives what was used of the memory behind the reserved part, and whether the plan was followed to
/// its end.
pub fn close() -> (&'static [u8], bool) {
    OPEN.store(false, Relaxed);
    // SAFETY: there is one thread
    let arena = unsafe { &mut *ARENA.0.get() };
    (arena.finish(), arena.followed_plan())
}

/// A block of an open arena, or null.
pub fn allocate(size: usize, align: usize) -> *mut u8 {
    // SAFETY: there is one thread
    unsafe { (*ARENA.0.get()).allocate(size, align) }
}

/// Gives a block back; one of a frozen program stays where it is.
/// # Safety
/// The arena owns the block, which is not used any more.
pub unsafe fn free(block: *mut u8) {
    if is_open() {
        // SAFETY: the caller's promise; there is one thread
        unsafe { (*ARENA.0.get()).free(block) };
    }
}
