//! What the kernel says of the executable that it has mapped (elf(5), getauxval(3)).

use std::slice;

/// What is mapped at an address by a segment of its own.
pub fn segment_at(address: usize) -> Option<&'static libc::Elf64_Phdr> {
    program_headers().iter().find(|header| header.p_type == libc::PT_LOAD && header.p_vaddr == address as u64)
}

/// What tells this executable from all others: the linker's checksum of it.
pub fn build_id() -> [u8; 20] {
    const NOTE_HEADER: usize = 12;
    const BUILD_ID: u32 = 3;
    let mut identity = [0; 20];
    for note in program_headers().iter().filter(|header| header.p_type == libc::PT_NOTE) {
        // SAFETY: the segment is mapped, since it lies in a PT_LOAD
        let mut bytes = unsafe { slice::from_raw_parts(note.p_vaddr as *const u8, note.p_memsz as usize) };
        while let Some((head, rest)) = bytes.split_at_checked(NOTE_HEADER) {
            let field =
                |at: usize| head[at..at + 4].iter().rev().fold(0, |all, byte| all << 8 | u32::from(*byte));
            let (name, content) =
                ((field(0) as usize).next_multiple_of(4), (field(4) as usize).next_multiple_of(4));
            let Some(found) = rest.get(name..name + content) else { break };
            if field(8) == BUILD_ID && found.len() == identity.len() {
                identity.copy_from_slice(found);
            }
            bytes = &rest[name + content..];
        }
    }
    identity
}

fn program_headers() -> &'static [libc::Elf64_Phdr] {
    // SAFETY: the kernel says where it has mapped them, and how many there are
    unsafe {
        let first = libc::getauxval(libc::AT_PHDR) as *const libc::Elf64_Phdr;
        match first.is_null() {
            true => &[],
            false => slice::from_raw_parts(first, libc::getauxval(libc::AT_PHNUM) as usize),
        }
    }
}
