//! Blocks that are mappings of their own, behind a head that holds their length.

use super::{ALIGN, PAGE, head, map};
use std::ptr;

/// Whether a block is a mapping.
/// # Safety
/// It is one of the heap's.
pub unsafe fn is(block: *mut u8) -> bool {
    // SAFETY: as for `free`
    unsafe { head(block) & 3 == 0 }
}

/// How much room it has.
/// # Safety
/// It is a mapping.
pub unsafe fn size(block: *mut u8) -> usize {
    // SAFETY: as for `free`
    unsafe { head(block) - ALIGN }
}

/// A mapping with room for `size` bytes of zeroes, or null.
pub fn allocate(size: usize) -> *mut u8 {
    let Some(length) = length(size) else { return ptr::null_mut() };
    // SAFETY: the length is more than the place of the head
    unsafe { begin(map(ptr::null_mut(), length), length) }
}

/// The mapping with another size; null leaves it as it is.
/// # Safety
/// As for `size`.
pub unsafe fn reallocate(block: *mut u8, size: usize) -> *mut u8 {
    // SAFETY: the mapping is one of ours, and as long as it says
    unsafe {
        let (Some(new), old) = (length(size), head(block)) else { return ptr::null_mut() };
        if new == old {
            return block;
        }
        match libc::mremap(block.sub(ALIGN).cast(), old, new, libc::MREMAP_MAYMOVE) {
            libc::MAP_FAILED => ptr::null_mut(),
            start => begin(start.cast(), new),
        }
    }
}

/// Gives it back to the system.
/// # Safety
/// As for `size`.
pub unsafe fn free(block: *mut u8) {
    // SAFETY: as above
    unsafe { libc::munmap(block.sub(ALIGN).cast(), head(block)) };
}

/// # Safety
/// `start` is null or a mapping of that length.
unsafe fn begin(start: *mut u8, length: usize) -> *mut u8 {
    if start.is_null() {
        return start;
    }
    // SAFETY: the caller's mapping has room for a head
    unsafe {
        let block = start.add(ALIGN);
        block.cast::<usize>().sub(1).write(length);
        block
    }
}

/// How long the mapping is, its head included.
fn length(size: usize) -> Option<usize> {
    size.checked_add(ALIGN)?.checked_next_multiple_of(PAGE)
}
