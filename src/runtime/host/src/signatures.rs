//! The cryptography of TLS: ring's; the curve P-521; keys that are for RSA-PSS alone.

use crate::{
    p521::{KeyAgreement, P521_SHA256, P521_SHA384, P521_SHA512},
    p521_key::P521Key,
};
use ring::signature::{self, RsaParameters, UnparsedPublicKey};
use rustls::{
    SignatureScheme,
    crypto::{CryptoProvider, WebPkiSupportedAlgorithms, ring as usual},
    pki_types::{
        AlgorithmIdentifier, InvalidSignature, PrivateKeyDer, SignatureVerificationAlgorithm, alg_id,
    },
    sign::SigningKey,
};
use std::sync::{Arc, LazyLock};

type Algorithms = &'static [&'static dyn SignatureVerificationAlgorithm];

/// RSASSA-PSS with a key that says that it is for nothing else (RFC 4055, 1.2).
#[derive(Debug)]
struct PssOnly {
    signature_alg_id: AlgorithmIdentifier,
    parameters: &'static RsaParameters,
}

/// id-RSASSA-PSS without parameters.
const PSS_KEY: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10];

impl SignatureVerificationAlgorithm for PssOnly {
    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        AlgorithmIdentifier::from_slice(PSS_KEY)
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.signature_alg_id
    }

    fn verify_signature(&self, key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        UnparsedPublicKey::new(self.parameters, key).verify(message, signature).map_err(|_| InvalidSignature)
    }
}

const PSS_SHA256: &dyn SignatureVerificationAlgorithm =
    &PssOnly { signature_alg_id: alg_id::RSA_PSS_SHA256, parameters: &signature::RSA_PSS_2048_8192_SHA256 };
const PSS_SHA384: &dyn SignatureVerificationAlgorithm =
    &PssOnly { signature_alg_id: alg_id::RSA_PSS_SHA384, parameters: &signature::RSA_PSS_2048_8192_SHA384 };
const PSS_SHA512: &dyn SignatureVerificationAlgorithm =
    &PssOnly { signature_alg_id: alg_id::RSA_PSS_SHA512, parameters: &signature::RSA_PSS_2048_8192_SHA512 };

const MORE: Algorithms = &[P521_SHA512, P521_SHA384, P521_SHA256, PSS_SHA256, PSS_SHA384, PSS_SHA512];

/// Schemes (RFC 8446, 4.2.3) beside the usual ones. Ed448 is named although nothing verifies it: otherwise a server with
/// such a key would end the handshake without showing it, and nobody could say why.
const MORE_SCHEMES: &[(SignatureScheme, Algorithms)] = &[
    (SignatureScheme::ECDSA_NISTP521_SHA512, &[P521_SHA512]),
    (SignatureScheme::Unknown(0x0809), &[PSS_SHA256]),
    (SignatureScheme::Unknown(0x080a), &[PSS_SHA384]),
    (SignatureScheme::Unknown(0x080b), &[PSS_SHA512]),
    (SignatureScheme::ED448, &[]),
];

/// What signatures may be made with, in certificates and in handshakes.
pub static SUPPORTED: LazyLock<WebPkiSupportedAlgorithms> = LazyLock::new(|| {
    let usual = usual::default_provider().signature_verification_algorithms;
    let mapping = usual.mapping.iter().map(|(scheme, algorithms)| match *scheme {
        // with TLS 1.2 the scheme does not fix the curve
        SignatureScheme::ECDSA_NISTP384_SHA384 => (*scheme, leak([*algorithms, &[P521_SHA384]].concat())),
        SignatureScheme::ECDSA_NISTP256_SHA256 => (*scheme, leak([*algorithms, &[P521_SHA256]].concat())),
        _ => (*scheme, *algorithms),
    });
    let mapping = mapping.chain(MORE_SCHEMES.iter().copied()).collect();
    WebPkiSupportedAlgorithms { all: leak([usual.all, MORE].concat()), mapping: leak(mapping) }
});

/// Made once, for as long as the process lives.
fn leak<T>(list: Vec<T>) -> &'static [T] {
    Box::leak(list.into_boxed_slice())
}

/// All of it, as a connection wants to have it.
pub fn provider() -> Arc<CryptoProvider> {
    let mut provider = usual::default_provider();
    // last: its key is only made when a server asks for it
    provider.kx_groups.push(&KeyAgreement);
    provider.signature_verification_algorithms = *SUPPORTED;
    Arc::new(provider)
}

/// A private key to sign with; nothing when its kind cannot be used.
pub fn load_key(key: &PrivateKeyDer<'static>) -> Option<Arc<dyn SigningKey>> {
    match P521Key::read(key) {
        Some(key) => Some(Arc::new(key)),
        None => usual::sign::any_supported_type(key).ok(),
    }
}
