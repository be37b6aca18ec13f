//! Public keys of certificates: of which kind each is, and what it has signed.

use crate::{
    der::{self, Reader},
    signatures::SUPPORTED,
};
use rustls::pki_types::SignatureVerificationAlgorithm;

/// A SubjectPublicKeyInfo (RFC 5280, 4.1), by its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKey<'a> {
    /// Content of the AlgorithmIdentifier.
    algorithm: &'a [u8],
    bits: &'a [u8],
}

/// The lengths of RSA keys that signatures are believed of, in bits.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

impl<'a> PublicKey<'a> {
    /// Of the content of a SubjectPublicKeyInfo.
    pub fn read(info: &'a [u8]) -> Option<Self> {
        let mut parts = Reader(info);
        let algorithm = parts.expect(der::SEQUENCE)?.content;
        let bits = parts.expect(der::BIT_STRING)?.content.strip_prefix(&[0])?;
        Some(PublicKey { algorithm, bits })
    }

    fn rsa_bits(&self) -> Option<usize> {
        let number = Reader(Reader(self.bits).expect(der::SEQUENCE)?.content).expect(der::INTEGER)?.content;
        let number = &number[number.iter().take_while(|byte| **byte == 0).count()..];
        Some(number.len() * 8 - number.first()?.leading_zeros() as usize)
    }

    /// As a person calls it: `P-521`, `RSA of 1024 bits`, or the identifier of what has no name here.
    pub fn kind(&self) -> String {
        let mut parts = Reader(self.algorithm);
        let kind = parts.expect(der::OID).map(|kind| der::oid(kind.content)).unwrap_or_default();
        let sized = |name: &str| match self.rsa_bits() {
            Some(bits) => format!("{name} of {bits} bits"),
            None => name.to_owned(),
        };
        match &*kind {
            "1.2.840.113549.1.1.1" => sized("RSA"),
            "1.2.840.113549.1.1.10" => sized("RSA-PSS"),
            "1.2.840.10045.2.1" => match parts.expect(der::OID) {
                Some(curve) => curve_name(&der::oid(curve.content)),
                None => "EC on a curve of its own".to_owned(),
            },
            "1.2.840.10040.4.1" => "DSA".to_owned(),
            "1.3.101.112" => "Ed25519".to_owned(),
            "1.3.101.113" => "Ed448".to_owned(),
            _ => kind,
        }
    }

    /// Its bits are those of a private key: a point, or an RSA key's numbers one behind the other.
    pub fn has_bits(&self, bits: &[u8]) -> bool {
        let numbers = Reader(self.bits).expect(der::SEQUENCE).map(|both| both.content);
        self.bits == bits || numbers == Some(bits)
    }

    /// Signatures made with such a key can be verified.
    pub fn is_supported(&self) -> bool {
        let known =
            |one: &&dyn SignatureVerificationAlgorithm| one.public_key_alg_id().as_ref() == self.algorithm;
        SUPPORTED.all.iter().any(known) && self.rsa_bits().is_none_or(|bits| RSA_BITS.contains(&bits))
    }

    /// Whether this key signed the message, with one of the algorithms; `signed_with` is the content of the signature's
    /// AlgorithmIdentifier, where there is one.
    pub fn has_signed(
        &self,
        message: &[u8],
        signature: &[u8],
        algorithms: &[&dyn SignatureVerificationAlgorithm],
        signed_with: Option<&[u8]>,
    ) -> bool {
        algorithms.iter().any(|one| {
            one.public_key_alg_id().as_ref() == self.algorithm
                && signed_with.is_none_or(|with| one.signature_alg_id().as_ref() == with)
                && one.verify_signature(self.bits, message, signature).is_ok()
        })
    }
}

/// The kind of the keys that an AlgorithmIdentifier is of, by its content.
pub fn key_kind(algorithm: &[u8]) -> String {
    PublicKey { algorithm, bits: &[] }.kind()
}

fn curve_name(curve: &str) -> String {
    let name = match curve {
        "1.2.840.10045.3.1.7" => "P-256",
        "1.3.132.0.34" => "P-384",
        "1.3.132.0.35" => "P-521",
        "1.3.132.0.33" => "P-224",
        "1.3.132.0.10" => "secp256k1",
        "1.3.36.3.3.2.8.1.1.7" => "brainpoolP256r1",
        "1.3.36.3.3.2.8.1.1.11" => "brainpoolP384r1",
        "1.3.36.3.3.2.8.1.1.13" => "brainpoolP512r1",
        other => return format!("EC on the curve {other}"),
    };
    name.to_owned()
}

/// What a certificate is signed with, by the content of its AlgorithmIdentifier.
pub fn signature_kind(algorithm: &[u8]) -> String {
    let kind = Reader(algorithm).expect(der::OID).map(|kind| der::oid(kind.content)).unwrap_or_default();
    let name = match &*kind {
        "1.2.840.113549.1.1.4" => "MD5",
        "1.2.840.113549.1.1.5" | "1.2.840.10045.4.1" | "1.3.14.3.2.29" => "SHA-1",
        "1.2.840.113549.1.1.14" | "1.2.840.10045.4.3.1" => "SHA-224",
        "1.2.840.113549.1.1.10" => "RSA-PSS with unusual parameters",
        "1.2.840.10045.4.3.2" => "ECDSA and SHA-256",
        "1.2.840.10045.4.3.3" => "ECDSA and SHA-384",
        "1.2.840.10045.4.3.4" => "ECDSA and SHA-512",
        "1.2.840.10040.4.3" | "2.16.840.1.101.3.4.3.2" => "DSA",
        "1.3.101.113" => "Ed448",
        _ => return kind,
    };
    name.to_owned()
}
