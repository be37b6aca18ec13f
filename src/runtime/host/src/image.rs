//! The segment in which a frozen program lies. The packer gives it to the executable (`../../pack/freeze.ts` knows this
//! layout), the kernel maps it with the rest of the program: no file is opened for it and nothing is read.

use crate::{
    arena::{self, BASE, PAGE, Place},
    crash, elf, fatal, memory,
    payload::checksum,
    stdio,
};
use std::{mem::offset_of, slice};

/// The first bytes of the segment; the digit is the version of this layout.
const MAGIC: [u8; 8] = *b"frozen-1";

/// The last bytes: with a file that was cut short, they are not there.
const END: [u8; 8] = *b"to here.";

pub const DAMAGED: &str = "the program's file is damaged";

/// The arena begins behind it.
const HEADER: usize = 128;

/// What the segment is for.
const TO_FREEZE: u32 = 0;
const TO_START: u32 = 1;
const TO_LEARN: u32 = 2;

/// How much of the kernel's populating is wanted: pages to be written to (Linux 5.14; older kernels refuse it, which costs
/// nothing but time).
const MADV_POPULATE_WRITE: i32 = 23;

#[repr(C)]
#[derive(Clone, Copy)]
struct Header {
    magic: [u8; 8],
    /// The identity of the executable that the program was frozen in: its addresses are in it.
    host: [u8; 20],
    purpose: u32,
    /// Of the segment, in memory.
    length: u64,
    /// How much of it most runs write to, from the beginning of the arena.
    hot: u64,
    /// Where the frozen program's parts are.
    root: u64,
    /// To freeze: how many places of a plan follow, how much room they take, and whether blocks are spread.
    places: u32,
    planned: u32,
    spread: u32,
    /// Of all that follows, for when something has gone wrong.
    checksum_of_rest: u32,
    /// Of all of the above.
    checksum: u32,
}

const _: () = assert!(size_of::<Header>() <= HEADER);

/// What there is at the start.
pub enum Image {
    /// Nothing: the program is in chunks behind the executable.
    None,
    /// An order to freeze the program that is in the chunks.
    Order(Order),
    /// A frozen program.
    Frozen(Frozen),
}

pub struct Order {
    length: usize,
    plan: &'static [Place],
    planned: usize,
    hot: u64,
    spread: bool,
}

pub struct Frozen {
    root: usize,
    hot: usize,
    length: usize,
    /// Whether to tell which pages the run writes to.
    pub learn: bool,
}

/// Looks for the segment among those that the kernel mapped; ends the process when it is damaged or another program's.
pub fn find() -> Image {
    let Some(segment) = elf::segment_at(BASE) else { return Image::None };
    crash::set_up();
    if (segment.p_filesz as usize) < HEADER {
        fatal::die(DAMAGED); // `strip` leaves nothing of it
    }
    // SAFETY: the kernel has mapped a page there, and every bit pattern is a header
    let header = unsafe { *(BASE as *const Header) };
    if header.magic != MAGIC || header.sum() != header.checksum {
        fatal::die(DAMAGED);
    }
    if header.host != elf::build_id() {
        fatal::die("the program's file is damaged: its two halves do not belong together");
    }
    let length = header.length as usize;
    match header.purpose {
        TO_FREEZE => Image::Order(header.order(length)),
        purpose => {
            // SAFETY: the kernel has mapped as much as the header says
            if unsafe { *((BASE + length - END.len()) as *const [u8; 8]) } != END {
                fatal::die(DAMAGED);
            }
            arena::claim(length);
            let (root, hot) = (header.root as usize, (HEADER + header.hot as usize).next_multiple_of(PAGE));
            Image::Frozen(Frozen { root, hot, length, learn: purpose == TO_LEARN })
        }
    }
}

impl Header {
    fn sum(&self) -> u32 {
        // SAFETY: a header is plain bytes, without padding in between
        let bytes = unsafe { slice::from_raw_parts((&raw const *self).cast::<u8>(), size_of::<Header>()) };
        checksum(&bytes[..offset_of!(Header, checksum)])
    }

    fn order(&self, length: usize) -> Order {
        // SAFETY: the packer has put the plan there; it is taken out of the way, to memory that lasts
        let plan = unsafe {
            let places = slice::from_raw_parts_mut((BASE + HEADER) as *mut Place, self.places as usize);
            let plan = places.to_vec().leak();
            places.fill(Place { number: 0, offset: 0, length: 0 });
            plan
        };
        Order { length, plan, planned: self.planned as usize, hot: self.hot, spread: self.spread != 0 }
    }
}

impl Order {
    /// Has everything allocated in the segment from here on.
    pub fn begin(&self) {
        memory::lay_singly(true);
        // SAFETY: the kernel has mapped as much, and nobody uses it
        unsafe { arena::open(self.length, HEADER, self.plan, self.planned, self.spread) };
    }

    /// Writes the segment to standard output. `root` lies in it.
    pub fn finish(&self, root: *const ()) -> ! {
        let (used, followed) = arena::close();
        if !followed {
            fatal::die("the plan is that of another program");
        }
        let mut header = Header {
            magic: MAGIC,
            host: elf::build_id(),
            purpose: if self.spread { TO_LEARN } else { TO_START },
            length: (HEADER + used.len()).next_multiple_of(PAGE) as u64,
            hot: self.hot,
            root: root as u64,
            places: 0,
            planned: 0,
            spread: 0,
            checksum_of_rest: 0,
            checksum: 0,
        };
        // SAFETY: the arena leaves its first part alone, and nothing is written to any more; rounding up has made room for the end
        let segment = unsafe {
            let segment = slice::from_raw_parts_mut(BASE as *mut u8, header.length as usize);
            let (_, end) = segment.split_last_chunk_mut().unwrap_or_else(|| fatal::die("the image is empty"));
            *end = END;
            header.checksum_of_rest = checksum(&segment[HEADER..]);
            header.checksum = header.sum();
            *(BASE as *mut Header) = header;
            segment
        };
        match stdio::write_all(1, segment) {
            Ok(()) => fatal::exit(0),
            Err(error) => fatal::die(&format!("cannot write the frozen program: {error}")),
        }
    }
}

impl Frozen {
    /// The parts of the program. The pages that each run writes to are brought in at once, which costs less than one fault
    /// for each of them.
    /// # Safety
    /// `T` is what `finish` was given a pointer to.
    pub unsafe fn program<T>(&self) -> &'static T {
        // SAFETY: a hint about memory that is mapped; the root lies in an image that this very executable wrote
        unsafe {
            libc::madvise(BASE as *mut _, self.hot, MADV_POPULATE_WRITE);
            &*(self.root as *const T)
        }
    }

    pub fn pages(&self) -> usize {
        self.length / PAGE
    }
}

/// Whether the frozen program is in the file as it was made, if there is one and the file can be found. It costs more than a
/// whole start. Allocates nothing.
pub fn is_intact() -> bool {
    let Some(segment) = elf::segment_at(BASE) else { return true };
    // SAFETY: constants and what the kernel gave; what is mapped is only read, and never as long as it is not there
    unsafe {
        let mut file = libc::open(c"/proc/self/exe".as_ptr(), libc::O_RDONLY | libc::O_CLOEXEC);
        if file == -1 {
            file = libc::open(libc::getauxval(libc::AT_EXECFN) as *const _, libc::O_RDONLY | libc::O_CLOEXEC);
        }
        let mut status: libc::stat = std::mem::zeroed();
        if file == -1 || libc::fstat(file, &mut status) == -1 {
            return true;
        }
        let length = segment.p_filesz as usize;
        if length < HEADER || (status.st_size as u64) < segment.p_offset + segment.p_filesz {
            return false;
        }
        let map = libc::mmap(
            std::ptr::null_mut(),
            length,
            libc::PROT_READ,
            libc::MAP_PRIVATE,
            file,
            segment.p_offset as i64,
        );
        if map == libc::MAP_FAILED {
            return true;
        }
        let bytes = slice::from_raw_parts(map.cast::<u8>(), length);
        let header = *map.cast::<Header>();
        header.sum() == header.checksum && checksum(&bytes[HEADER..]) == header.checksum_of_rest
    }
}
