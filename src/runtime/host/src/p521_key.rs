//! A client's private key on the curve P-521.

use crate::{
    der::{self, Reader},
    p521::{digest_for_p521, random_secret},
};
use p521::{
    ProjectivePoint, Scalar, SecretKey,
    ecdsa::Signature,
    elliptic_curve::{ops::Reduce, point::AffineCoordinates, sec1::ToSec1Point},
};
use ring::digest;
use rustls::{
    Error, SignatureAlgorithm, SignatureScheme,
    pki_types::{PrivateKeyDer, SubjectPublicKeyInfoDer, alg_id},
    sign::{Signer, SigningKey, public_key_to_spki},
};

const EC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const SECP521R1: &[u8] = &[0x2b, 0x81, 0x04, 0, 0x23];

#[derive(Debug, Clone)]
pub struct P521Key(SecretKey);

impl P521Key {
    /// Reads PKCS#8 (RFC 5958) or SEC1 (RFC 5915); nothing when it is a key of another sort.
    pub fn read(key: &PrivateKeyDer<'_>) -> Option<Self> {
        let number = match key {
            PrivateKeyDer::Pkcs8(der) => {
                let mut outer = Reader(Reader(der.secret_pkcs8_der()).expect(der::SEQUENCE)?.content);
                outer.expect(der::INTEGER)?;
                let mut kind = Reader(outer.expect(der::SEQUENCE)?.content);
                let is_curve =
                    kind.expect(der::OID)?.content == EC_KEY && kind.expect(der::OID)?.content == SECP521R1;
                is_curve
                    .then(|| outer.expect(der::OCTET_STRING))
                    .flatten()
                    .and_then(|key| sec1(key.content))?
                    .0
            }
            PrivateKeyDer::Sec1(der) => {
                let (number, curve) = sec1(der.secret_sec1_der())?;
                (curve == Some(SECP521R1)).then_some(number)?
            }
            _ => return None,
        };
        SecretKey::from_slice(number).ok().map(P521Key)
    }
}

/// The number and, where it says so, the curve.
fn sec1(key: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    let mut parts = Reader(Reader(key).expect(der::SEQUENCE)?.content);
    parts.expect(der::INTEGER)?;
    let number = parts.expect(der::OCTET_STRING)?.content;
    let curve = parts.expect(0xa0).and_then(|curve| Reader(curve.content).expect(der::OID));
    Some((number, curve.map(|curve| curve.content)))
}

impl SigningKey for P521Key {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let known = offered.contains(&SignatureScheme::ECDSA_NISTP521_SHA512);
        known.then(|| Box::new(self.clone()) as Box<dyn Signer>)
    }

    fn public_key(&self) -> Option<SubjectPublicKeyInfoDer<'_>> {
        let point = self.0.public_key().to_sec1_point(false);
        Some(public_key_to_spki(&alg_id::ECDSA_P521, point.as_bytes()))
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ECDSA
    }
}

impl Signer for P521Key {
    /// ECDSA (FIPS 186-5, 6.4.1), with a random number for each signature.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let digest = Scalar::reduce(&digest_for_p521(&digest::SHA512, message));
        loop {
            let once = random_secret()?.to_nonzero_scalar();
            let r = Scalar::reduce(&(ProjectivePoint::GENERATOR * *once).to_affine().x());
            let s = once.invert().map(|inverse| inverse * (digest + r * *self.0.to_nonzero_scalar()));
            // zero, which neither may be, is as unlikely as to guess the key
            let signature = s.into_option().and_then(|s| Signature::from_scalars(r, s).ok());
            if let Some(signature) = signature {
                return Ok(signature.to_der().as_bytes().to_vec());
            }
        }
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::ECDSA_NISTP521_SHA512
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        p521::KeyAgreement,
        private_key::read_key,
        signatures::SUPPORTED,
        testing::{Scratch, openssl, self_signed_by},
        x509::Certificate,
    };
    use rustls::crypto::SupportedKxGroup;

    const P521: &[&str] = &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp521r1"];

    #[test]
    fn what_it_signs_stands_up_to_openssl_and_to_its_public_key() {
        let issued = self_signed_by("/CN=a", &[], P521);
        let certificate = Certificate::read(&issued.der).unwrap();
        let key = P521Key::read(&read_key(issued.key.as_bytes()).unwrap()).unwrap();
        assert_eq!(key.public_key().unwrap().as_ref(), certificate.public_key);
        let scratch = Scratch::new();
        let path = |name: &str| scratch.path(name).to_str().unwrap().to_owned();
        scratch.write("cert", issued.pem.as_bytes());
        openssl(&["x509", "-in", &path("cert"), "-noout", "-pubkey", "-out", &path("public")]);
        for message in [&b""[..], b"message", &[0xff; 1000]] {
            let signature = key.choose_scheme(&[key.scheme()]).unwrap().sign(message).unwrap();
            let verified =
                |message| certificate.key().unwrap().has_signed(message, &signature, SUPPORTED.all, None);
            assert!(verified(message) && !verified(b"another"));
            scratch.write("message", message);
            scratch.write("signature", &signature);
            let files = [path("public"), path("signature"), path("message")];
            openssl(&["dgst", "-sha512", "-verify", &files[0], "-signature", &files[1], &files[2]]);
        }
        assert!(key.choose_scheme(&[SignatureScheme::ED25519]).is_none());
    }

    #[test]
    fn keys_of_other_kinds_are_left_to_others() {
        for kind in [crate::testing::EC, &["-newkey", "rsa:2048"], &["-newkey", "ed25519"]] {
            let issued = self_signed_by("/CN=a", &[], kind);
            assert!(P521Key::read(&read_key(issued.key.as_bytes()).unwrap()).is_none(), "{kind:?}");
        }
    }

    #[test]
    fn two_sides_agree_on_a_secret() {
        let (one, other) = (KeyAgreement.start().unwrap(), KeyAgreement.start().unwrap());
        let (of_one, of_other) = (one.pub_key().to_vec(), other.pub_key().to_vec());
        assert_ne!(of_one, of_other);
        let (a, b) = (one.complete(&of_other).unwrap(), other.complete(&of_one).unwrap());
        assert_eq!(a.secret_bytes(), b.secret_bytes());
        assert_eq!(a.secret_bytes().len(), 66);
        let mut off_the_curve = of_one;
        off_the_curve[100] ^= 1;
        for point in [&off_the_curve[..], b"", &[0]] {
            assert!(KeyAgreement.start().unwrap().complete(point).is_err());
        }
    }
}
