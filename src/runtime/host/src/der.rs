//! Just enough of DER (X.690) to read a certificate that has not been checked: nothing here may panic or recurse.

/// A tag, its content, and both together with the length between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element<'a> {
    pub tag: u8,
    pub content: &'a [u8],
    pub whole: &'a [u8],
}

pub const BOOLEAN: u8 = 0x01;
pub const INTEGER: u8 = 0x02;
pub const BIT_STRING: u8 = 0x03;
pub const OCTET_STRING: u8 = 0x04;
pub const OID: u8 = 0x06;
pub const UTC_TIME: u8 = 0x17;
pub const GENERALIZED_TIME: u8 = 0x18;
pub const SEQUENCE: u8 = 0x30;
pub const SET: u8 = 0x31;

/// Elements that follow each other; ends at the first one that is not well formed.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    /// The next element, if it has this tag.
    pub fn expect(&mut self, tag: u8) -> Option<Element<'a>> {
        self.next_if(|found| found == tag)
    }

    /// The next element, if its tag is right; otherwise the reader stays where it is.
    pub fn next_if(&mut self, is_right: impl Fn(u8) -> bool) -> Option<Element<'a>> {
        let mut ahead = *self;
        let element = ahead.next().filter(|element| is_right(element.tag))?;
        *self = ahead;
        Some(element)
    }
}

impl<'a> Iterator for Reader<'a> {
    type Item = Element<'a>;

    fn next(&mut self) -> Option<Element<'a>> {
        let (&tag, rest) = self.0.split_first()?;
        if tag & 0x1f == 0x1f {
            return None; // tags of several bytes are not used in certificates
        }
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0..=0x7f => (usize::from(first), rest),
            0x81..=0x84 => {
                let (digits, rest) = rest.split_at_checked(usize::from(first - 0x80))?;
                (digits.iter().fold(0, |sum, digit| sum << 8 | usize::from(*digit)), rest)
            }
            _ => return None,
        };
        let (content, after) = rest.split_at_checked(length)?;
        let whole = &self.0[..self.0.len() - after.len()];
        self.0 = after;
        Some(Element { tag, content, whole })
    }
}

/// The dotted form of an object identifier.
pub fn oid(content: &[u8]) -> String {
    let mut arcs = Vec::new();
    let mut arc = 0_u64;
    for byte in content {
        arc = arc.wrapping_shl(7) | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            match arcs.is_empty() {
                true => arcs.extend([(arc / 40).min(2), arc - (arc / 40).min(2) * 40]),
                false => arcs.push(arc),
            }
            arc = 0;
        }
    }
    arcs.iter().map(u64::to_string).collect::<Vec<_>>().join(".")
}

/// A string of any of the types that names are written in (X.680, 41).
pub fn string(element: &Element<'_>) -> String {
    match element.tag {
        // BMPString: UTF-16
        0x1e => {
            let units = element.content.chunks_exact(2).map(|unit| u16::from_be_bytes([unit[0], unit[1]]));
            char::decode_utf16(units).map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        }
        // T61String: Latin-1 in practice
        0x14 => element.content.iter().map(|byte| char::from(*byte)).collect(),
        _ => String::from_utf8_lossy(element.content).into_owned(),
    }
}

/// Seconds since 1970 of a UTCTime or GeneralizedTime as RFC 5280, 4.1.2.5 has them: to the second, in UTC.
pub fn time(element: &Element<'_>) -> Option<i64> {
    let digits = element.content.strip_suffix(b"Z")?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = |part: &[u8]| part.iter().fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
    let (year, rest) = match (element.tag, digits.len()) {
        (UTC_TIME, 12) => match number(&digits[..2]) {
            year if year < 50 => (2000 + year, &digits[2..]),
            year => (1900 + year, &digits[2..]),
        },
        (GENERALIZED_TIME, 14) => (number(&digits[..4]), &digits[4..]),
        _ => return None,
    };
    let part = |index: usize| number(&rest[index * 2..index * 2 + 2]);
    let (month, day) = (part(0), part(1));
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    Some(days_since_1970(year, month, day) * 86_400 + part(2) * 3600 + part(3) * 60 + part(4))
}

/// Days of the proleptic Gregorian calendar, counted in years that start in March.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month > 2 { year } else { year - 1 };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Vec<Element<'_>> {
        Reader(bytes).collect()
    }

    #[test]
    fn elements_follow_each_other() {
        let elements = read(&[0x02, 1, 5, 0x04, 0x81, 2, 7, 8]);
        assert_eq!(elements[0], Element { tag: INTEGER, content: &[5], whole: &[0x02, 1, 5] });
        assert_eq!(
            elements[1],
            Element { tag: OCTET_STRING, content: &[7, 8], whole: &[0x04, 0x81, 2, 7, 8] }
        );
    }

    #[test]
    fn what_is_not_well_formed_ends_it() {
        let cases: [&[u8]; 6] = [
            &[],
            &[0x02],
            &[0x02, 2, 1],
            &[0x30, 0x80, 0, 0],
            &[0x1f, 1, 1],
            &[0x02, 0x84, 0xff, 0xff, 0xff, 0xff],
        ];
        for bytes in cases {
            assert_eq!(read(bytes), [], "{bytes:?}");
        }
    }

    #[test]
    fn identifiers_are_dotted() {
        assert_eq!(oid(&[0x55, 4, 3]), "2.5.4.3");
        assert_eq!(oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1]), "1.2.840.113549.1.9.1");
        assert_eq!(oid(&[]), "");
        oid(&[0xff; 40]);
    }

    #[test]
    fn times_are_seconds() {
        let cases: [(u8, &[u8], Option<i64>); 8] = [
            (UTC_TIME, b"700101000000Z", Some(0)),
            (UTC_TIME, b"491231235959Z", Some(2_524_607_999)),
            (UTC_TIME, b"500101000000Z", Some(-631_152_000)),
            (GENERALIZED_TIME, b"20240229120000Z", Some(1_709_208_000)),
            (GENERALIZED_TIME, b"99991231235959Z", Some(253_402_300_799)),
            (GENERALIZED_TIME, b"20241301000000Z", None),
            (UTC_TIME, b"7001010000Z", None),
            (UTC_TIME, b"70010100000-Z", None),
        ];
        for (tag, content, expected) in cases {
            assert_eq!(time(&Element { tag, content, whole: content }), expected, "{content:?}");
        }
    }
}
