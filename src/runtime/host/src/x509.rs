//! What a certificate says (RFC 5280), read without checking any of it. Trust is decided in `verify`, not here.

use crate::{
    der::{self, Element, Reader},
    public_key::PublicKey,
};
use std::net::{Ipv4Addr, Ipv6Addr};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate<'a> {
    /// 1 to 3.
    pub version: u8,
    pub serial: &'a [u8],
    /// Content of the AlgorithmIdentifier.
    pub signed_with: &'a [u8],
    pub issuer: &'a [u8],
    pub subject: &'a [u8],
    /// Seconds since 1970, the first and the last at which the certificate is valid.
    pub valid_from: i64,
    pub valid_to: i64,
    pub alt_names: &'a [u8],
    pub public_key: &'a [u8],
    pub is_authority: bool,
}

impl<'a> Certificate<'a> {
    pub fn read(der: &'a [u8]) -> Option<Self> {
        let mut outer = Reader(Reader(der).expect(der::SEQUENCE)?.content);
        let mut body = Reader(outer.expect(der::SEQUENCE)?.content);
        let version = match body.expect(0xa0) {
            Some(version) => Reader(version.content).expect(der::INTEGER)?.content.last()?.checked_add(1)?,
            None => 1,
        };
        let serial = body.expect(der::INTEGER)?.content;
        let signed_with = body.expect(der::SEQUENCE)?.content;
        let issuer = body.expect(der::SEQUENCE)?.whole;
        let mut validity = Reader(body.expect(der::SEQUENCE)?.content);
        let (valid_from, valid_to) = (der::time(&validity.next()?)?, der::time(&validity.next()?)?);
        let subject = body.expect(der::SEQUENCE)?.whole;
        let public_key = body.expect(der::SEQUENCE)?.whole;
        let mut certificate = Certificate {
            version,
            serial,
            signed_with,
            issuer,
            subject,
            valid_from,
            valid_to,
            alt_names: &[],
            public_key,
            is_authority: false,
        };
        if let Some(extensions) = body.find(|element| element.tag == 0xa3) {
            certificate.read_extensions(extensions.content);
        }
        Some(certificate)
    }

    fn read_extensions(&mut self, extensions: &'a [u8]) {
        let Some(list) = Reader(extensions).expect(der::SEQUENCE) else { return };
        for extension in Reader(list.content) {
            let mut parts = Reader(extension.content);
            let Some(id) = parts.expect(der::OID) else { continue };
            parts.expect(der::BOOLEAN); // whether it is critical
            let Some(value) = parts.expect(der::OCTET_STRING).and_then(|value| Reader(value.content).next())
            else {
                continue;
            };
            match id.content {
                [0x55, 0x1d, 17] => self.alt_names = value.content,
                [0x55, 0x1d, 19] => {
                    let first = Reader(value.content).expect(der::BOOLEAN);
                    self.is_authority = first.is_some_and(|flag| flag.content != [0]);
                }
                _ => {}
            }
        }
    }

    /// Nothing when it is broken.
    pub fn key(&self) -> Option<PublicKey<'a>> {
        PublicKey::read(Reader(self.public_key).next()?.content)
    }

    /// The kind of its key, in words.
    pub fn key_kind(&self) -> String {
        self.key().map_or_else(|| "unreadable".into(), |key| key.kind())
    }

    /// Its subject is its issuer: a root, or a certificate that somebody made for himself.
    pub fn is_self_issued(&self) -> bool {
        self.subject == self.issuer
    }

    /// The alternative names with the words that Node has for their types.
    pub fn alt_names(&self) -> Vec<(&'static str, String)> {
        Reader(self.alt_names).filter_map(|name| alt_name(&name)).collect()
    }

    /// The serial number in upper-case hexadecimal.
    pub fn serial_number(&self) -> String {
        let significant = self.serial.iter().skip_while(|byte| **byte == 0);
        let digits: String = significant.map(|byte| format!("{byte:02X}")).collect();
        if digits.is_empty() { "00".into() } else { digits }
    }
}

fn alt_name(name: &Element<'_>) -> Option<(&'static str, String)> {
    let text = || String::from_utf8_lossy(name.content).into_owned();
    Some(match name.tag {
        0x81 => ("email", text()),
        0x82 => ("DNS", text()),
        0x86 => ("URI", text()),
        0x87 => {
            let address = match name.content.len() {
                4 => Ipv4Addr::from(<[u8; 4]>::try_from(name.content).ok()?).to_string(),
                _ => Ipv6Addr::from(<[u8; 16]>::try_from(name.content).ok()?).to_string(),
            };
            ("IP Address", address)
        }
        _ => return None,
    })
}

/// The parts of a name in their order, by their usual short names (RFC 4519).
pub fn name_parts(name: &[u8]) -> Vec<(String, String)> {
    let Some(list) = Reader(name).expect(der::SEQUENCE) else { return Vec::new() };
    let sets = Reader(list.content).filter(|set| set.tag == der::SET);
    sets.flat_map(|set| Reader(set.content))
        .filter_map(|pair| {
            let mut pair = Reader(pair.content);
            let kind = pair.expect(der::OID)?;
            Some((attribute(kind.content), der::string(&pair.next()?)))
        })
        .collect()
}

fn attribute(kind: &[u8]) -> String {
    let short = match kind {
        [0x55, 4, 3] => "CN",
        [0x55, 4, 5] => "serialNumber",
        [0x55, 4, 6] => "C",
        [0x55, 4, 7] => "L",
        [0x55, 4, 8] => "ST",
        [0x55, 4, 10] => "O",
        [0x55, 4, 11] => "OU",
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1] => "emailAddress",
        [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1] => "UID",
        [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25] => "DC",
        other => return der::oid(other),
    };
    short.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Authority;

    #[test]
    fn a_certificate_says_what_openssl_put_in() {
        let authority = Authority::new("root");
        let der =
            authority.issue("/C=CH/O=Ärzte/CN=db", "DNS:db.example,IP:127.0.0.1,IP:::1,URI:spiffe://a/b").der;
        let certificate = Certificate::read(&der).unwrap();
        assert_eq!(certificate.version, 3);
        assert_eq!(
            name_parts(certificate.subject),
            [("C", "CH"), ("O", "Ärzte"), ("CN", "db")]
                .map(|(kind, value)| (kind.to_owned(), value.to_owned()))
        );
        assert_eq!(name_parts(certificate.issuer), [("CN".to_owned(), "root".to_owned())]);
        let names = [
            ("DNS", "db.example"),
            ("IP Address", "127.0.0.1"),
            ("IP Address", "::1"),
            ("URI", "spiffe://a/b"),
        ];
        assert_eq!(certificate.alt_names(), names.map(|(kind, value)| (kind, value.to_owned())));
        assert!(!certificate.is_authority && !certificate.is_self_issued());
        assert!(certificate.valid_from < certificate.valid_to);
        let root = Certificate::read(&authority.root.der).unwrap();
        assert!(root.is_authority && root.is_self_issued());
    }

    #[test]
    fn a_cut_or_changed_certificate_does_not_panic() {
        let der = Authority::new("root").issue("/CN=db", "DNS:db").der;
        for length in 0..der.len() {
            let _ = Certificate::read(&der[..length]);
            let mut changed = der.clone();
            for bit in 0..8 {
                changed[length] ^= 1 << bit;
                if let Some(certificate) = Certificate::read(&changed) {
                    certificate.alt_names();
                    certificate.serial_number();
                    name_parts(certificate.subject);
                }
            }
        }
    }
}
