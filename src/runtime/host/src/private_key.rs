//! Private keys in PEM: whether one can be used, and to which certificate it belongs.

use crate::{
    der::{self, Reader},
    error::{HostError, HostResult},
    signatures::load_key,
    x509::Certificate,
};
use rustls::{
    pki_types::{PrivateKeyDer, pem::PemObject},
    sign::SigningKey,
};
use std::sync::Arc;

/// Reads the first private key of a PEM text.
pub fn read_key(pem: &[u8]) -> HostResult<PrivateKeyDer<'static>> {
    let holds = |mark: &[u8]| pem.windows(mark.len()).any(|part| part == mark);
    if holds(b"-----BEGIN ENCRYPTED PRIVATE KEY") || holds(b"Proc-Type: 4,ENCRYPTED") {
        return Err(HostError::new("ERR_MISSING_PASSPHRASE", "the private key is locked with a passphrase"));
    }
    PrivateKeyDer::from_pem_slice(pem).map_err(|_| {
        HostError::new("ERR_OSSL_UNSUPPORTED", "there is no private key in PEM that can be read")
    })
}

/// Makes a key ready to sign with. `ERR_TLS_UNSUPPORTED_CLIENT_KEY` says of which kind it is in its message.
pub fn signing_key(
    key: &PrivateKeyDer<'static>,
    certificate: &Certificate<'_>,
) -> HostResult<Arc<dyn SigningKey>> {
    load_key(key).ok_or_else(|| HostError::new("ERR_TLS_UNSUPPORTED_CLIENT_KEY", certificate.key_kind()))
}

/// Whether a private key belongs to a certificate. `ERR_TLS_UNSUPPORTED_KEY` says of which kind the certificate's is.
pub fn belongs(key: &PrivateKeyDer<'static>, certificate: &Certificate<'_>) -> HostResult<bool> {
    if let Some(public) = load_key(key).as_ref().and_then(|key| key.public_key()) {
        return Ok(public.as_ref() == certificate.public_key);
    }
    match (public_bits(key), certificate.key()) {
        (Some(bits), Some(public)) => Ok(public.has_bits(&bits)),
        _ => Err(HostError::new("ERR_TLS_UNSUPPORTED_KEY", certificate.key_kind())),
    }
}

/// The public part of a key that is not signed with here, where the key holds it: RSA and EC do.
fn public_bits(key: &PrivateKeyDer<'_>) -> Option<Vec<u8>> {
    match key {
        PrivateKeyDer::Pkcs8(der) => {
            let mut outer = Reader(Reader(der.secret_pkcs8_der()).expect(der::SEQUENCE)?.content);
            outer.expect(der::INTEGER)?;
            outer.expect(der::SEQUENCE)?;
            let inner = outer.expect(der::OCTET_STRING)?.content;
            rsa_bits(inner).or_else(|| ec_bits(inner))
        }
        PrivateKeyDer::Pkcs1(der) => rsa_bits(der.secret_pkcs1_der()),
        PrivateKeyDer::Sec1(der) => ec_bits(der.secret_sec1_der()),
        _ => None,
    }
}

/// RFC 8017, A.1.2: version, modulus, public exponent; the last two make the public key.
fn rsa_bits(key: &[u8]) -> Option<Vec<u8>> {
    let mut parts = Reader(Reader(key).expect(der::SEQUENCE)?.content);
    parts.expect(der::INTEGER)?;
    let (modulus, exponent) = (parts.expect(der::INTEGER)?, parts.expect(der::INTEGER)?);
    Some([modulus.whole, exponent.whole].concat())
}

/// RFC 5915: the public key under the tag 1.
fn ec_bits(key: &[u8]) -> Option<Vec<u8>> {
    let mut parts = Reader(Reader(key).expect(der::SEQUENCE)?.content);
    let public = parts.find(|part| part.tag == 0xa1)?;
    Some(Reader(public.content).expect(der::BIT_STRING)?.content.strip_prefix(&[0])?.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{EC, Scratch, openssl, self_signed_by};

    #[test]
    fn a_key_belongs_to_its_certificate_whether_it_can_be_signed_with_or_not() {
        let kinds: [(&[&str], bool); 7] = [
            (EC, true),
            (&["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp521r1"], true),
            (&["-newkey", "rsa:2048"], true),
            (&["-newkey", "ed25519"], true),
            (&["-newkey", "rsa:1024"], false),
            (&["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"], false),
            (&["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:brainpoolP256r1"], false),
        ];
        for (kind, usable) in kinds {
            let (one, other) = (self_signed_by("/CN=a", &[], kind), self_signed_by("/CN=a", &[], kind));
            let (key, another) = (one.key.as_bytes(), other.key.as_bytes());
            let (key, another) = (read_key(key).unwrap(), read_key(another).unwrap());
            let certificate = Certificate::read(&one.der).unwrap();
            assert_eq!(belongs(&key, &certificate), Ok(true), "{kind:?}");
            assert_eq!(belongs(&another, &certificate), Ok(false), "{kind:?}");
            let refused = signing_key(&key, &certificate).err();
            assert_eq!(refused.is_none(), usable, "{kind:?}");
            assert!(refused.is_none_or(|error| error.code == "ERR_TLS_UNSUPPORTED_CLIENT_KEY"));
        }
    }

    #[test]
    fn a_key_that_does_not_tell_is_named() {
        let issued = self_signed_by("/CN=a", &[], &["-newkey", "ed448"]);
        let key = read_key(issued.key.as_bytes()).unwrap();
        let error = belongs(&key, &Certificate::read(&issued.der).unwrap()).unwrap_err();
        assert_eq!((&*error.code, &*error.message), ("ERR_TLS_UNSUPPORTED_KEY", "Ed448"));
    }

    #[test]
    fn locked_keys_and_no_keys_are_told_apart() {
        let scratch = Scratch::new();
        let path = |name: &str| scratch.path(name).to_str().unwrap().to_owned();
        scratch.write("key", self_signed_by("/CN=a", &[], EC).key.as_bytes());
        openssl(&["ec", "-in", &path("key"), "-aes128", "-passout", "pass:x", "-out", &path("sec1")]);
        openssl(&["pkcs8", "-topk8", "-in", &path("key"), "-passout", "pass:x", "-out", &path("pkcs8")]);
        for name in ["sec1", "pkcs8"] {
            let locked = std::fs::read(scratch.path(name)).unwrap();
            assert_eq!(read_key(&locked).unwrap_err().code, "ERR_MISSING_PASSPHRASE", "{name}");
        }
        assert_eq!(read_key(b"text").unwrap_err().code, "ERR_OSSL_UNSUPPORTED");
    }
}
