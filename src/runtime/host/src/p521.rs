//! The curve P-521 (secp521r1), which ring does not have: key agreement and signatures of servers.

use p521::{
    FieldBytes, PublicKey, SecretKey,
    ecdh::diffie_hellman,
    ecdsa::{Signature, VerifyingKey, signature::hazmat::PrehashVerifier},
    elliptic_curve::sec1::ToSec1Point,
};
use ring::{
    digest::{self, Algorithm},
    rand::{SecureRandom, SystemRandom},
};
use rustls::{
    Error, NamedGroup, PeerMisbehaved,
    crypto::{ActiveKeyExchange, GetRandomFailed, SharedSecret, SupportedKxGroup},
    pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm, alg_id},
};

/// Bytes of a number of this curve; its highest holds one bit.
const LENGTH: usize = 66;

/// A digest as a number of the curve's size, which it is shorter than.
pub fn digest_for_p521(algorithm: &'static Algorithm, message: &[u8]) -> FieldBytes {
    let digest = digest::digest(algorithm, message);
    let mut padded = FieldBytes::default();
    padded[LENGTH - digest.as_ref().len()..].copy_from_slice(digest.as_ref());
    padded
}

/// ECDSA (FIPS 186-5, 6.4) with one of the digests that it is combined with.
#[derive(Debug)]
pub struct Ecdsa {
    signature_alg_id: AlgorithmIdentifier,
    digest: &'static Algorithm,
}

pub const P521_SHA256: &dyn SignatureVerificationAlgorithm =
    &Ecdsa { signature_alg_id: alg_id::ECDSA_SHA256, digest: &digest::SHA256 };
pub const P521_SHA384: &dyn SignatureVerificationAlgorithm =
    &Ecdsa { signature_alg_id: alg_id::ECDSA_SHA384, digest: &digest::SHA384 };
pub const P521_SHA512: &dyn SignatureVerificationAlgorithm =
    &Ecdsa { signature_alg_id: alg_id::ECDSA_SHA512, digest: &digest::SHA512 };

impl SignatureVerificationAlgorithm for Ecdsa {
    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ECDSA_P521
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.signature_alg_id
    }

    fn verify_signature(&self, key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        let key = VerifyingKey::from_sec1_bytes(key).map_err(|_| InvalidSignature)?;
        let signature = Signature::from_der(signature).map_err(|_| InvalidSignature)?;
        let digest = digest_for_p521(self.digest, message);
        key.verify_prehash(&digest, &signature).map_err(|_| InvalidSignature)
    }
}

/// ECDHE (RFC 8446, 7.4.2; RFC 8422, 5.10).
#[derive(Debug)]
pub struct KeyAgreement;

struct Agreeing {
    secret: SecretKey,
    public: Box<[u8]>,
}

/// A number between 1 and the curve's order.
pub fn random_secret() -> Result<SecretKey, Error> {
    loop {
        let mut random = FieldBytes::default();
        SystemRandom::new().fill(&mut random).map_err(|_| GetRandomFailed)?;
        random[0] &= 1;
        // nearly always the first one serves: the order is just below 2^521
        if let Ok(secret) = SecretKey::from_bytes(&random) {
            return Ok(secret);
        }
    }
}

impl SupportedKxGroup for KeyAgreement {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        let secret = random_secret()?;
        let public = secret.public_key().to_sec1_point(false).as_bytes().into();
        Ok(Box::new(Agreeing { secret, public }))
    }

    fn name(&self) -> NamedGroup {
        NamedGroup::secp521r1
    }
}

impl ActiveKeyExchange for Agreeing {
    fn complete(self: Box<Self>, peer: &[u8]) -> Result<SharedSecret, Error> {
        let invalid = |_| Error::from(PeerMisbehaved::InvalidKeyShare);
        let peer = PublicKey::from_sec1_bytes(peer).map_err(invalid)?;
        let shared = diffie_hellman(self.secret.to_nonzero_scalar(), peer.as_affine());
        Ok(shared.raw_secret_bytes().as_slice().into())
    }

    fn pub_key(&self) -> &[u8] {
        &self.public
    }

    fn group(&self) -> NamedGroup {
        NamedGroup::secp521r1
    }
}
