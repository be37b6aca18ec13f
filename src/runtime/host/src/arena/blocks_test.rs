use super::*;

fn memory(bytes: usize) -> (usize, usize) {
    let memory = vec![0_u128; bytes / 16].leak();
    (memory.as_ptr() as usize, memory.as_ptr() as usize + bytes)
}

fn arena(bytes: usize) -> Blocks {
    let (start, end) = memory(bytes);
    // SAFETY: leaked memory of that length, zero
    unsafe { Blocks::new(start, end, &[], 0, false) }
}

#[test]
fn blocks_are_aligned_and_do_not_overlap() {
    let mut arena = arena(1 << 16);
    let mut end = 0;
    for size in [0, 1, 7, 8, 9, 24, 100, 1000, 5000] {
        let block = arena.allocate(size, 8);
        assert_eq!(block as usize % 16, 0);
        assert!(block as usize - HEADER >= end, "{size}");
        // SAFETY: it has just been given out
        unsafe {
            assert!(capacity(block) >= size);
            ptr::write_bytes(block, 0xff, size);
            end = block as usize + capacity(block);
        }
    }
    assert_eq!(arena.allocate(8, 256) as usize % 256, 0);
}

#[test]
fn what_is_freed_is_zero_and_used_again() {
    let mut arena = arena(1 << 16);
    for size in [40, 4000] {
        let first = arena.allocate(size, 8);
        arena.allocate(size, 8);
        // SAFETY: the block is ours, and not used after it is freed but to look at what becomes of it
        unsafe {
            ptr::write_bytes(first, 0xff, size);
            arena.free(first);
            assert!(std::slice::from_raw_parts(first.add(8), size - 8).iter().all(|byte| *byte == 0));
        }
        assert_eq!(arena.allocate(size, 8), first);
    }
}

#[test]
fn a_large_block_is_split() {
    let mut arena = arena(1 << 16);
    let large = arena.allocate(8000, 8);
    arena.allocate(8, 8);
    // SAFETY: it is not used any more
    unsafe { arena.free(large) };
    let (one, two) = (arena.allocate(3000, 8), arena.allocate(3000, 8));
    assert_eq!(one, large);
    assert!(two > one && (two as usize) < large as usize + 8000);
}

#[test]
fn there_is_an_end() {
    let mut arena = arena(4096);
    assert!(arena.allocate(5000, 8).is_null());
    assert!(arena.allocate(usize::MAX, 8).is_null());
    assert!(!arena.allocate(3000, 8).is_null());
    assert!(arena.allocate(3000, 8).is_null());
}

#[test]
fn planned_blocks_lie_where_the_plan_says() {
    let (start, end) = memory(1 << 16);
    let plan: &'static [Place] =
        &[Place { number: 1, offset: 40, length: 32 }, Place { number: 3, offset: 8, length: 32 }];
    // SAFETY: as above
    let mut arena = unsafe { Blocks::new(start, end, plan, 72, false) };
    let blocks: Vec<usize> = (0..5).map(|_| arena.allocate(16, 8) as usize - start).collect();
    assert_eq!((blocks[1], blocks[3]), (48, 16));
    assert!([0, 2, 4].iter().all(|n| blocks[*n] > 72), "{blocks:?}");
    assert!(arena.followed_plan());
}

#[test]
fn a_plan_that_does_not_fit_is_not_followed() {
    let (start, end) = memory(1 << 16);
    let plan: &'static [Place] = &[Place { number: 0, offset: 8, length: 64 }];
    // SAFETY: as above
    let mut arena = unsafe { Blocks::new(start, end, plan, 72, false) };
    assert!(arena.allocate(16, 8) as usize - start > 72);
    assert!(!arena.followed_plan());
}

#[test]
fn spread_blocks_have_pages_of_their_own_and_their_numbers() {
    let (start, end) = memory(1 << 16);
    // SAFETY: as above
    let mut arena = unsafe { Blocks::new(start, end, &[], 0, true) };
    let blocks: Vec<usize> = (0..3).map(|_| arena.allocate(5000, 8) as usize).collect();
    for (number, block) in blocks.iter().enumerate() {
        assert_eq!(block % PAGE, 0);
        // SAFETY: the header lies in front of the block
        assert_eq!(unsafe { *((block - 4) as *const u32) }, number as u32);
    }
    assert!(blocks[1] >= blocks[0] + 2 * PAGE);
}

#[test]
fn the_end_holds_no_trace_of_what_was_freed() {
    let mut arena = arena(1 << 16);
    let blocks: Vec<*mut u8> = [24, 24, 3000, 9000].into_iter().map(|size| arena.allocate(size, 8)).collect();
    for block in blocks {
        // SAFETY: nothing uses them
        unsafe { arena.free(block) };
    }
    assert!(arena.finish().iter().all(|byte| *byte == 0));
}
