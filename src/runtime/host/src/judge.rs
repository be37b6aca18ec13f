//! The part of `verify` that takes place within the handshake.

use crate::{
    error::HostError,
    signatures::SUPPORTED,
    verify::{Finding, Trust, check_chain, check_key, check_name},
    x509::Certificate,
};
use rustls::{
    CertificateError, DigitallySignedStruct, Error, PeerMisbehaved, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{verify_tls12_signature, verify_tls13_signature, verify_tls13_signature_with_raw_key},
    pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime},
    server::ParsedCertificate,
};
use std::sync::Mutex;

/// Decides about the peer's certificate within the handshake: with `trust` as `verifyPeer` would, without it not at all,
/// since whoever turned rejection off asks `verifyPeer`. That the peer holds the certificate's key is checked either way.
#[derive(Debug)]
pub struct Judge {
    trust: Option<Trust>,
    refusal: Mutex<Option<Finding>>,
}

impl Judge {
    pub fn new(trust: Option<Trust>) -> Self {
        Judge { trust, refusal: Mutex::default() }
    }

    /// Why the handshake was ended from this side.
    pub fn refusal(&self) -> Option<HostError> {
        let finding = self.refusal.lock().ok()?.take()?;
        let own = finding.code.starts_with("TLS_UNSUPPORTED");
        Some(HostError::new(
            if own { format!("ERR_{}", finding.code) } else { finding.code.into() },
            finding.message,
        ))
    }

    fn refuse(&self, finding: Finding) -> Error {
        let cause = finding.cause.clone();
        if let Ok(mut refusal) = self.refusal.lock() {
            *refusal = Some(finding);
        }
        cause
    }
}

/// The key of a certificate that the library cannot parse (X.509 version 1), which is then verified with all the same.
fn raw_key(end: &CertificateDer<'_>) -> Option<SubjectPublicKeyInfoDer<'static>> {
    match ParsedCertificate::try_from(end) {
        Ok(_) => None,
        Err(_) => Certificate::read(end).map(|end| SubjectPublicKeyInfoDer::from(end.public_key.to_vec())),
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
        if let Some(finding) = check_key(end) {
            return Err(self.refuse(finding));
        }
        let Some(trust) = &self.trust else { return Ok(ServerCertVerified::assertion()) };
        let chain: Vec<_> = [end].into_iter().chain(others).cloned().collect();
        match check_chain(&chain, trust, now).or_else(|| check_name(end, name)) {
            None => Ok(ServerCertVerified::assertion()),
            Some(finding) => Err(self.refuse(finding)),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        end: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        if raw_key(end).is_none() {
            return verify_tls12_signature(message, end, signature, &SUPPORTED);
        }
        let algorithms = SUPPORTED.mapping.iter().find(|(scheme, _)| *scheme == signature.scheme);
        let (_, algorithms) = algorithms.ok_or(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme)?;
        let key = Certificate::read(end).and_then(|end| end.key()).ok_or(CertificateError::BadEncoding)?;
        match key.has_signed(message, signature.signature(), algorithms, None) {
            true => Ok(HandshakeSignatureValid::assertion()),
            false => Err(CertificateError::BadSignature.into()),
        }
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        end: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        match raw_key(end) {
            Some(key) => verify_tls13_signature_with_raw_key(message, &key, signature, &SUPPORTED),
            None => verify_tls13_signature(message, end, signature, &SUPPORTED),
        }
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        SUPPORTED.supported_schemes()
    }
}
