use super::*;
use std::{
    hint,
    sync::atomic::{AtomicBool, Ordering},
};

/// Tests have threads, the program has none.
pub struct Lock;

static LOCKED: AtomicBool = AtomicBool::new(false);

pub fn lock() -> Lock {
    while LOCKED.swap(true, Ordering::Acquire) {
        hint::spin_loop();
    }
    Lock
}

impl Drop for Lock {
    fn drop(&mut self) {
        LOCKED.store(false, Ordering::Release);
    }
}

const SIZES: [usize; 14] =
    [0, 1, 8, 24, 25, 100, 512, 4000, LARGE - 16, LARGE - 1, LARGE, LARGE + 1, 3 * LARGE, 10_000_000];

/// Fills all of a block with a number, so that blocks that overlap are noticed.
fn fill(block: *mut u8, number: u8) {
    // SAFETY: a block of ours has this room
    unsafe { block.write_bytes(number, usable_size(block)) };
}

fn holds(block: *mut u8, number: u8, size: usize) -> bool {
    // SAFETY: the first bytes of a block of ours
    unsafe { std::slice::from_raw_parts(block, size) }.iter().all(|byte| *byte == number)
}

#[test]
fn all_the_room_that_a_block_says_it_has_is_its_own() {
    let blocks: Vec<_> = SIZES.iter().map(|size| (allocate(*size, ALIGN), *size)).collect();
    for (number, (block, size)) in blocks.iter().enumerate() {
        // SAFETY: it was just allocated
        assert!(unsafe { usable_size(*block) } >= *size);
        fill(*block, number as u8 + 1);
    }
    for (number, (block, _)) in blocks.iter().enumerate() {
        // SAFETY: as above
        unsafe {
            assert!(holds(*block, number as u8 + 1, usable_size(*block)), "{:?}", blocks[number]);
            free(*block);
        }
    }
}

#[test]
fn blocks_are_aligned() {
    for size in SIZES {
        for align in [1, 8, 16, 32, 64, 4096] {
            let block = allocate(size, align);
            assert!((block as usize).is_multiple_of(align.max(ALIGN)), "{size} {align}");
            fill(block, 1);
            // SAFETY: it was just allocated, and is not used any more
            unsafe { free(block) };
        }
    }
}

#[test]
fn what_a_block_holds_moves_with_it() {
    for from in SIZES {
        for to in SIZES {
            for align in [ALIGN, 64] {
                let block = allocate(from, align);
                fill(block, 7);
                // SAFETY: it was just allocated, and only the new one is used
                unsafe {
                    let block = reallocate(block, to, align);
                    assert!(holds(block, 7, from.min(to)), "{from} to {to}");
                    assert!((block as usize).is_multiple_of(align) && usable_size(block) >= to);
                    fill(block, 8);
                    free(block);
                }
            }
        }
    }
}

#[test]
fn zeroed_is_zero_where_others_have_written() {
    for size in SIZES {
        let used = allocate(size, ALIGN);
        fill(used, 9);
        // SAFETY: it was just allocated, and is not used any more
        unsafe { free(used) };
        let block = allocate_zeroed(size, ALIGN);
        assert!(holds(block, 0, size));
        // SAFETY: as above
        unsafe { free(block) };
    }
}

#[test]
fn what_cannot_be_had_is_null() {
    for size in [usize::MAX, usize::MAX - 4096, 1 << 60] {
        assert!(
            allocate(size, ALIGN).is_null()
                && allocate(size, 64).is_null()
                && allocate_zeroed(size, ALIGN).is_null()
        );
        let block = allocate(LARGE, ALIGN);
        // SAFETY: it was just allocated, and stays what it was
        unsafe {
            assert!(reallocate(block, size, ALIGN).is_null());
            free(block);
        }
    }
}

/// Whether there is any memory at this address.
fn is_mapped(at: *mut u8) -> bool {
    // SAFETY: msync without flags only looks
    unsafe { libc::msync(at.map_addr(|at| at & !(PAGE - 1)).cast(), PAGE, 0) == 0 }
}

#[test]
fn a_large_block_goes_back_to_the_system_at_once() {
    let block = allocate(10 * LARGE, ALIGN);
    assert!(is_mapped(block));
    // SAFETY: it was just allocated, and is not used any more
    unsafe { free(block) };
    assert!(!is_mapped(block));
}

#[test]
fn the_end_of_the_heap_goes_back_to_the_system() {
    let mut heap = empty();
    // away from the heap that all tests share
    heap.allocator().end.set(behind_program(1 << 30));
    // less than what dlmalloc gives back by itself
    // SAFETY: blocks of the heap, each freed once
    unsafe {
        let blocks: Vec<_> = (0..1500).map(|_| heap.c_malloc(1000)).collect();
        let mapped = || blocks.iter().filter(|block| is_mapped(**block)).count();
        assert_eq!(mapped(), blocks.len());
        blocks.iter().rev().for_each(|block| free_small(&mut heap, *block));
        assert!(mapped() < blocks.len() / 2, "{}", mapped());
        heap.destroy();
    }
}
