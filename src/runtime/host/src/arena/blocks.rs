//! One range of memory, given out block by block.

use super::PAGE;
use std::ptr;

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
    /// How long it is, header included.
    pub length: u32,
}

/// Gives out the blocks of one range of memory, which is zero to begin with.
pub struct Blocks {
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

impl Blocks {
    pub const NONE: Blocks = Blocks {
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
    pub unsafe fn new(
        start: usize,
        end: usize,
        plan: &'static [Place],
        planned: usize,
        spread: bool,
    ) -> Blocks {
        let planned = start + planned;
        // a block's address is a multiple of STEP, its header lies in front of it
        let next = planned.next_multiple_of(if plan.is_empty() { STEP } else { PAGE }) + HEADER;
        Blocks { start, end, next, plan, planned, spread, ..Blocks::NONE }
    }

    /// A block, or null when there is no room left.
    pub fn allocate(&mut self, size: usize, align: usize) -> *mut u8 {
        let Some(length) = size.checked_add(HEADER + STEP - 1).map(|length| length & !(STEP - 1)) else {
            return ptr::null_mut();
        };
        let number = self.count;
        self.count += 1;
        let place = self.planned_for(number, length, align);
        let Some(header) = place.or_else(|| self.reuse(length, align)).or_else(|| self.fresh(length, align))
        else {
            return ptr::null_mut();
        };
        // SAFETY: the place is within the arena, and no other block lies there
        unsafe {
            let words = header as *mut u32;
            *words = length as u32;
            *words.add(1) = if self.spread { number } else { 0 };
        }
        (header + HEADER) as *mut u8
    }

    /// Where the plan has this block. One that is not as the plan has it ends the following of it.
    fn planned_for(&mut self, number: u32, length: usize, align: usize) -> Option<usize> {
        let (place, rest) = self.plan.split_first()?;
        let is_this = place.number == number && place.length as usize == length && align <= STEP;
        is_this.then(|| {
            self.plan = rest;
            self.start + place.offset as usize
        })
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
    pub unsafe fn free(&mut self, block: *mut u8) {
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

    /// Whether each block of the plan was given out.
    pub fn followed_plan(&self) -> bool {
        self.plan.is_empty()
    }

    /// Makes what is free zero, links included, and gives all that was given out.
    pub fn finish(&mut self) -> &'static [u8] {
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

/// How many bytes a block has room for.
/// # Safety
/// It was given out by one of these.
pub unsafe fn capacity(block: *const u8) -> usize {
    // SAFETY: in front of each block is its header
    unsafe { length_at(block as usize - HEADER) - HEADER }
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

#[cfg(test)]
#[path = "blocks_test.rs"]
mod tests;
