//! The chunks of bytecode behind the executable: their contents, an index, a footer of fixed size. Only what is asked
//! for is read. What is found in the file is not trusted to be well formed: it may be a foreign or a damaged file.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, ErrorKind},
    os::unix::fs::FileExt,
};

/// The last bytes of the file; the digit is the version of this format.
const MAGIC: &[u8; 8] = b"chunks-1";

/// Checksum of the index (4 bytes), length of the index (4), length of chunks and index (8), the magic.
const FOOTER: usize = 24;

/// No index is larger: it guards the allocation.
const LARGEST_INDEX: u64 = 1 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    offset: u64,
    length: u32,
    checksum: u32,
}

#[derive(Debug)]
pub struct Payload<F = File> {
    file: F,
    index: BTreeMap<String, Place>,
}

/// What a payload is read from: a file, or memory in tests.
pub trait Source {
    fn size(&self) -> io::Result<u64>;
    fn read_at(&self, to: &mut [u8], offset: u64) -> io::Result<()>;
}

impl Source for File {
    fn size(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn read_at(&self, to: &mut [u8], offset: u64) -> io::Result<()> {
        self.read_exact_at(to, offset)
    }
}

/// Makes the payload of these chunks; it is to be appended to an executable.
pub fn pack(chunks: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut index = Vec::new();
    for (name, content) in chunks {
        index.extend((name.len() as u16).to_le_bytes());
        index.extend(name.bytes());
        index.extend((out.len() as u64).to_le_bytes());
        index.extend((content.len() as u32).to_le_bytes());
        index.extend(checksum(content).to_le_bytes());
        out.extend(content);
    }
    out.extend(&index);
    let total = out.len() as u64;
    out.extend(checksum(&index).to_le_bytes());
    out.extend((index.len() as u32).to_le_bytes());
    out.extend(total.to_le_bytes());
    out.extend(MAGIC);
    out
}

impl<F: Source> Payload<F> {
    /// Finds the payload at the end of a file. NotFound: there is none; InvalidData: it is damaged.
    pub fn open(file: F) -> io::Result<Payload<F>> {
        let size = file.size()?;
        let mut footer = [0; FOOTER];
        let end = size.checked_sub(FOOTER as u64).ok_or(ErrorKind::NotFound)?;
        file.read_at(&mut footer, end)?;
        let Some(footer) = footer.strip_suffix(MAGIC) else { return Err(ErrorKind::NotFound.into()) };
        let mut footer = Fields(footer);
        let (sum, index_length, total) = (footer.u32()?, u64::from(footer.u32()?), footer.u64()?);
        let begin = end.checked_sub(total).ok_or_else(damaged)?;
        let chunks_length = total.checked_sub(index_length).ok_or_else(damaged)?;
        if index_length > LARGEST_INDEX {
            return Err(damaged());
        }
        let mut index = vec![0; index_length as usize];
        file.read_at(&mut index, end - index_length)?;
        if checksum(&index) != sum {
            return Err(damaged());
        }
        let index = read_index(&index, begin, chunks_length)?;
        Ok(Payload { file, index })
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.index.keys().map(String::as_str)
    }

    pub fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        let place = self.index.get(name).ok_or(ErrorKind::NotFound)?;
        let mut content = vec![0; place.length as usize];
        self.file.read_at(&mut content, place.offset)?;
        match checksum(&content) == place.checksum {
            true => Ok(content),
            false => Err(damaged()),
        }
    }
}

fn read_index(index: &[u8], begin: u64, chunks_length: u64) -> io::Result<BTreeMap<String, Place>> {
    let mut fields = Fields(index);
    let mut places = BTreeMap::new();
    while !fields.0.is_empty() {
        let length = usize::from(fields.u16()?);
        let name = std::str::from_utf8(fields.take(length)?).map_err(|_| damaged())?;
        let (offset, length, checksum) = (fields.u64()?, fields.u32()?, fields.u32()?);
        if offset.checked_add(u64::from(length)).is_none_or(|end| end > chunks_length) {
            return Err(damaged());
        }
        places.insert(name.to_owned(), Place { offset: begin + offset, length, checksum });
    }
    Ok(places)
}

fn damaged() -> io::Error {
    io::Error::new(ErrorKind::InvalidData, "the program's file is damaged")
}

/// Little-endian numbers that follow each other.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, length: usize) -> io::Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or_else(damaged)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        self.take(N)?.try_into().map_err(|_| damaged())
    }

    fn u16(&mut self) -> io::Result<u16> {
        self.array().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> io::Result<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> io::Result<u64> {
        self.array().map(u64::from_le_bytes)
    }
}

/// Finds damage, not malice: eight bytes at a time, since start-up waits for it.
pub fn checksum(bytes: &[u8]) -> u32 {
    let mix = |sum: u64, word: u64| (sum ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    let (words, rest) = bytes.as_chunks::<8>();
    let sum = words.iter().fold(bytes.len() as u64, |sum, word| mix(sum, u64::from_le_bytes(*word)));
    let sum = mix(sum, rest.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)));
    (sum ^ sum >> 32) as u32
}

#[cfg(test)]
#[path = "payload_test.rs"]
mod tests;
