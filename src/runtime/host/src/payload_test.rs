use super::*;

impl Source for &[u8] {
    fn size(&self) -> io::Result<u64> {
        Ok(self.len() as u64)
    }

    fn read_at(&self, to: &mut [u8], offset: u64) -> io::Result<()> {
        let rest = usize::try_from(offset).ok().and_then(|offset| self.get(offset..));
        let part = rest.and_then(|rest| rest.get(..to.len())).ok_or(ErrorKind::UnexpectedEof)?;
        to.copy_from_slice(part);
        Ok(())
    }
}

fn executable() -> Vec<u8> {
    let chunks = [
        ("main.js".to_owned(), vec![1; 100]),
        ("postgres.js".to_owned(), vec![2; 1000]),
        (String::new(), vec![]),
    ];
    [b"\x7fELF and so on".to_vec(), pack(&chunks)].concat()
}

#[test]
fn chunks_are_found_by_name() {
    let file = executable();
    let payload = Payload::open(&file[..]).unwrap();
    assert_eq!(payload.names().collect::<Vec<_>>(), ["", "main.js", "postgres.js"]);
    assert_eq!(payload.read("main.js").unwrap(), [1; 100]);
    assert_eq!(payload.read("postgres.js").unwrap(), [2; 1000]);
    assert_eq!(payload.read("").unwrap(), []);
    assert_eq!(payload.read("redis.js").unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn a_file_without_a_payload_has_none() {
    for file in [&b""[..], b"short", &[0; 1000], MAGIC] {
        assert_eq!(Payload::open(file).unwrap_err().kind(), ErrorKind::NotFound);
    }
}

#[test]
fn a_cut_file_is_not_taken_for_a_whole_one() {
    let file = executable();
    for length in 0..file.len() {
        assert!(Payload::open(&file[..length]).is_err(), "{length}");
    }
    // something is missing at its start
    assert_eq!(Payload::open(&file[20..]).unwrap_err().kind(), ErrorKind::InvalidData);
}

#[test]
fn no_changed_byte_goes_unnoticed() {
    let file = executable();
    let ours = file.len() - b"\x7fELF and so on".len();
    for place in file.len() - ours..file.len() {
        for bit in 0..8 {
            let mut changed = file.clone();
            changed[place] ^= 1 << bit;
            let intact = Payload::open(&changed[..]).is_ok_and(|payload| {
                ["main.js", "postgres.js", ""].iter().all(|name| payload.read(name).is_ok())
            });
            assert!(!intact, "byte {place}, bit {bit}");
        }
    }
}

#[test]
fn an_index_that_lies_is_refused() {
    // its checksum is right, its places are not
    let index = |offset: u64, length: u32| {
        let mut index = vec![1, 0, b'a'];
        index.extend(offset.to_le_bytes());
        index.extend(length.to_le_bytes());
        index.extend([0; 4]);
        index
    };
    let cases = [
        index(0, 11),
        index(10, 1),
        index(u64::MAX, 1),
        vec![1],
        vec![255, 255, 0],
        index(0, 1)[..18].to_vec(),
    ];
    for index in cases {
        let mut file = vec![0; 10];
        file.extend(&index);
        let total = file.len() as u64;
        file.extend(checksum(&index).to_le_bytes());
        file.extend((index.len() as u32).to_le_bytes());
        file.extend(total.to_le_bytes());
        file.extend(MAGIC);
        assert_eq!(Payload::open(&file[..]).unwrap_err().kind(), ErrorKind::InvalidData, "{index:?}");
    }
}

#[test]
fn random_footers_do_no_harm() {
    // a small generator (xorshift), always from the same start
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for _ in 0..100_000 {
        let mut file: Vec<u8> = (0..random() % 80).map(|_| random() as u8).collect();
        for _ in 0..2 {
            // numbers of a plausible size get further than random ones
            file.extend((random() as u32 >> (random() % 32)).to_le_bytes());
        }
        file.extend((random() >> (random() % 64)).to_le_bytes());
        file.extend(MAGIC);
        if let Ok(payload) = Payload::open(&file[..]) {
            let _ = payload.read("main.js");
        }
    }
}
