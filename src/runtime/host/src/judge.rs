//! The part of `verify` that takes place within the handshake.

use crate::{
    error::HostError,
    verify::{Finding, Trust, check_chain, check_name},
};
use rustls::{
    DigitallySignedStruct, Error, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::ParsedCertificate,
};
use std::sync::Mutex;

/// Decides about the peer's certificate within the handshake: with `trust` as `verifyPeer` would, without it not at all,
/// since whoever turned rejection off asks `verifyPeer`. That the peer holds the certificate's key is checked either way.
#[derive(Debug)]
pub struct Judge {
    trust: Option<Trust>,
    algorithms: WebPkiSupportedAlgorithms,
    refusal: Mutex<Option<Finding>>,
}

impl Judge {
    pub fn new(trust: Option<Trust>) -> Self {
        let algorithms = ring::default_provider().signature_verification_algorithms;
        Judge { trust, algorithms, refusal: Mutex::default() }
    }

    /// Why the handshake was ended from this side.
    pub fn refusal(&self) -> Option<HostError> {
        let finding = self.refusal.lock().ok()?.take()?;
        Some(HostError::new(finding.code, finding.message))
    }

    /// A certificate that is not X.509 version 3 has a key that the library will not look at. It never passes
    /// `check_chain`, so there is no identity that a signature could prove.
    fn cannot_sign(&self, end: &CertificateDer<'_>) -> bool {
        self.trust.is_none() && ParsedCertificate::try_from(end).is_err()
    }
}

impl ServerCertVerifier for Judge {
    fn verify_server_cert(
        &self,
        end: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(trust) = &self.trust else { return Ok(ServerCertVerified::assertion()) };
        let chain: Vec<_> = [end].into_iter().chain(others).cloned().collect();
        match check_chain(&chain, trust, now).or_else(|| check_name(end, name)) {
            None => Ok(ServerCertVerified::assertion()),
            Some(finding) => {
                let cause = finding.cause.clone();
                if let Ok(mut refusal) = self.refusal.lock() {
                    *refusal = Some(finding);
                }
                Err(cause)
            }
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        end: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        match self.cannot_sign(end) {
            true => Ok(HandshakeSignatureValid::assertion()),
            false => verify_tls12_signature(message, end, signature, &self.algorithms),
        }
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        end: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        match self.cannot_sign(end) {
            true => Ok(HandshakeSignatureValid::assertion()),
            false => verify_tls13_signature(message, end, signature, &self.algorithms),
        }
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
