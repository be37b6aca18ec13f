//! The memory of a frozen program. While a program is frozen, everything that Rust or the engine allocates comes from
//! here, one block behind the other at addresses that are the same each time. In the process that starts from it what
//! lies here is used, written to and left: it is never given to the C library, whose it is not.

use std::{
    cell::UnsafeCell,
    ptr,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
};

/// Where it begins: behind the program, which is linked to a fixed address, below the heap of the C library.
pub const BASE: usize = 0x0100_0000;

pub const PAGE: usize = 4096;

/// In front of each block: its length with this header, and (only where blocks are spread) which one it is.
const HEADER: usize = 8;

/// What a block's address and length are multiples of, as malloc has it.
const STEP: usize = 16;

/// Freed blocks up to this length are kept in lists by length.
const SMALL: usize = 1024;

/// Where a block shall lie: those that most runs write to are put on pages of their own.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Place {
    /// Which block it is, in the order of making.
    pub number: u32,
    /// Where its header goes, from the beginning of the arena.
    pub offset: u32,
}

/// Gives out the blocks of one range of memory, which is zero to begin with.
pub struct Arena {
    start: usize,
    end: usize,
    /// The header of the next block.
    next: usize,
    count: u32,
    /// What is left of the plan, in the order of numbers.
    plan: &'static [Place],
    planned: usize,
    /// Each block begins a page, so that the pages that a run writes to say which blocks those are.
    spread: bool,
    small: [usize; SMALL / STEP],
    large: usize,
}

impl Arena {
    const NONE: Arena = Arena {
        start: 0,
        end: 0,
        next: 0,
        count: 0,
        plan: &[],
        planned: 0,
        spread: false,
        small: [0; SMALL / STEP],
        large: 0,
    };

    /// `planned`: how much room the blocks of the plan take.
    /// # Safety
    /// The memory from `start` to `end` is zero, writable and used by nobody else.
    unsafe fn new(start: usize, end: usize, plan: &'static [Place], planned: usize, spread: bool) -> Arena {
        let planned = start + planned;
        // a block's address is a multiple of STEP, its header lies in front of it
        let next = planned.next_multiple_of(if plan.is_empty() { STEP } else { PAGE }) + HEADER;
        Arena { start, end, next, plan, planned, spread, ..Arena::NONE }
    }

    /// A block, or null when there is no room left.
    fn allocate(&mut self, size: usize, align: usize) -> *mut u8 {
        let Some(length) = size.checked_add(HEADER + STEP - 1).map(|length| length & !(STEP - 1)) else {
            return ptr::null_mut();
        };
        let number = self.count;
        self.count += 1;
        let header = match self.plan {
            [place, rest @ ..] if place.number == number => {
                self.plan = rest;
                self.start + place.offset as usize
            }
            _ => match self.reuse(length, align) {
                Some(header) => header,
                None => match self.fresh(length, align) {
                    Some(header) => header,
                    None => return ptr::null_mut(),
                },
            },
        };
        // SAFETY: the place is within the arena, and no other block lies there
        unsafe {
            let words = header as *mut u32;
            *words = length as u32;
            *words.add(1) = if self.spread { number } else { 0 };
        }
        (header + HEADER) as *mut u8
    }

    /// Room behind all that was given out.
    fn fresh(&mut self, length: usize, align: usize) -> Option<usize> {
        let align = if self.spread { align.max(PAGE) } else { align.max(STEP) };
        let header = (self.next + HEADER).next_multiple_of(align) - HEADER;
        let next = header.checked_add(length)?;
        (next <= self.end).then(|| {
            self.next = next;
            header
        })
    }

    /// The header of a freed block that serves.
    fn reuse(&mut self, length: usize, align: usize) -> Option<usize> {
        if self.spread || align > STEP {
            return None;
        }
        // SAFETY: the lists lead through freed blocks only
        unsafe {
            if let Some(first) = self.small.get_mut(length / STEP) {
                let header = (*first != 0).then_some(*first)?;
                *first = take_link(header);
                return Some(header);
            }
            let mut link = &raw mut self.large;
            while *link != 0 {
                let (header, held) = (*link, length_at(*link));
                if held >= length {
                    *link = take_link(header);
                    if held > length {
                        *((header + length) as *mut u32) = (held - length) as u32;
                        self.keep(header + length);
                    }
                    return Some(header);
                }
                link = link_of(header);
            }
        }
        None
    }

    /// # Safety
    /// The block was given out here, and is not used any more.
    unsafe fn free(&mut self, block: *mut u8) {
        let header = block as usize - HEADER;
        // SAFETY: the block is as long as its header says
        unsafe { ptr::write_bytes(block, 0, length_at(header) - HEADER) };
        // what is planned or spread keeps its place to itself
        if header >= self.planned && !self.spread {
            // SAFETY: nobody uses it
            unsafe { self.keep(header) };
        }
    }

    /// # Safety
    /// As with `free`, and the block is zero.
    unsafe fn keep(&mut self, header: usize) {
        // SAFETY: the block has room for a link, whatever its length
        unsafe {
            let list = match self.small.get_mut(length_at(header) / STEP) {
                Some(list) => list,
                None => &mut self.large,
            };
            *link_of(header) = *list;
            *list = header;
        }
    }

    /// Makes what is free zero, links included, and gives all that was given out.
    fn finish(&mut self) -> &'static [u8] {
        let mut lists = [self.large; SMALL / STEP + 1];
        lists[..SMALL / STEP].copy_from_slice(&self.small);
        for mut header in lists {
            while header != 0 {
                // SAFETY: a freed block
                unsafe {
                    let next = take_link(header);
                    *(header as *mut u64) = 0;
                    header = next;
                }
            }
        }
        let length = (self.next - self.start).next_multiple_of(PAGE);
        // SAFETY: from start to end the memory is there
        unsafe { std::slice::from_raw_parts(self.start as *const u8, length.min(self.end - self.start)) }
    }
}

/// # Safety
/// There is a header at this address.
unsafe fn length_at(header: usize) -> usize {
    // SAFETY: the caller's promise
    unsafe { *(header as *const u32) as usize }
}

fn link_of(header: usize) -> *mut usize {
    (header + HEADER) as *mut usize
}

/// # Safety
/// The block at this header is free.
unsafe fn take_link(header: usize) -> usize {
    // SAFETY: the caller's promise
    unsafe { std::mem::take(&mut *link_of(header)) }
}

struct OneThread(UnsafeCell<Arena>);
// SAFETY: a program is frozen by its only thread
unsafe impl Sync for OneThread {}
static ARENA: OneThread = OneThread(UnsafeCell::new(Arena::NONE));

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
    unsafe { *ARENA.0.get() = Arena::new(BASE + reserved, BASE + length, plan, planned, spread) };
    OPEN.store(true, Relaxed);
}

/// Ends what `open` began; gives what was used of the memory behind the reserved part, and whether the plan was followed to
/// its end.
pub fn close() -> (&'static [u8], bool) {
    OPEN.store(false, Relaxed);
    // SAFETY: there is one thread
    let arena = unsafe { &mut *ARENA.0.get() };
    (arena.finish(), arena.plan.is_empty())
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

/// How many bytes a block has room for.
/// # Safety
/// The arena owns the block.
pub unsafe fn capacity(block: *const u8) -> usize {
    // SAFETY: in front of each block is its header
    unsafe { length_at(block as usize - HEADER) - HEADER }
}

#[cfg(test)]
#[path = "arena_test.rs"]
mod tests;
