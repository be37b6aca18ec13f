//! Whether a peer's certificate is to be trusted: the chain and the name, apart, in Node's codes. Signatures, chains
//! and names are checked by webpki; what is added here is the pin, and which code to give to what webpki refuses.

use crate::{
    error::{HostError, HostResult},
    roots,
    tls_error::certificate_code,
    x509::Certificate,
};
use rustls::{
    CertificateError, Error, RootCertStore,
    client::{verify_server_cert_signed_by_trust_anchor, verify_server_name},
    crypto::ring,
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
    server::ParsedCertificate,
};
use std::sync::Arc;

/// Whom to trust.
#[derive(Debug, Clone)]
pub enum Trust {
    /// The roots of the system, which are only loaded when somebody asks.
    System,
    Given(Arc<RootCertStore>, Vec<CertificateDer<'static>>),
}

impl Trust {
    /// Reads the authorities of a PEM text.
    pub fn given(pem: &str) -> HostResult<Trust> {
        let mut store = RootCertStore::empty();
        let mut pins = Vec::new();
        for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            let certificate = certificate.map_err(|error| bad_pem(&error.to_string()))?;
            let unreadable = || bad_pem("what it holds is not a certificate");
            if Certificate::read(&certificate).ok_or_else(unreadable)?.is_self_issued() {
                pins.push(certificate.clone());
            }
            store.add(certificate).map_err(|_| unreadable())?;
        }
        match store.is_empty() {
            true => Err(bad_pem("it holds no certificate")),
            false => Ok(Trust::Given(Arc::new(store), pins)),
        }
    }

    fn store(&self) -> Arc<RootCertStore> {
        match self {
            Trust::System => roots::system(),
            Trust::Given(store, _) => store.clone(),
        }
    }

    /// The peer shows the very certificate that it was agreed to trust: nothing has to vouch for it. webpki would not
    /// take it where it is marked as an authority, which is what `openssl req -x509` does.
    fn is_pinned(&self, certificate: &CertificateDer<'_>) -> bool {
        matches!(self, Trust::Given(_, pins) if pins.iter().any(|pin| pin == certificate))
    }
}

fn bad_pem(why: &str) -> HostError {
    HostError::new("ERR_OSSL_PEM_NO_START_LINE", format!("not a certificate in PEM: {why}"))
}

/// What is wrong, as Node's code and a sentence.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    pub code: &'static str,
    pub message: String,
    /// In the TLS library's terms, which decide the alert that the peer gets.
    pub cause: Error,
}

/// Checks everything but the name; nothing is wrong when there is no finding.
pub fn check_chain(chain: &[CertificateDer<'_>], trust: &Trust, now: UnixTime) -> Option<Finding> {
    let finding = |code, message: String, cause| Some(Finding { code, message, cause: Error::InvalidCertificate(cause) });
    let Some((end, others)) = chain.split_first() else {
        return finding("CERT_UNTRUSTED", "the peer has no certificate".into(), CertificateError::BadEncoding);
    };
    let Some(certificate) = Certificate::read(end) else {
        return finding("CERT_UNTRUSTED", "the certificate cannot be read".into(), CertificateError::BadEncoding);
    };
    // OpenSSL, and so Node, names the time before the issuer when both are wrong
    let seconds = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    if seconds > certificate.valid_to {
        return finding("CERT_HAS_EXPIRED", "the certificate has expired".into(), CertificateError::Expired);
    }
    if seconds < certificate.valid_from {
        return finding("CERT_NOT_YET_VALID", "the certificate is not valid yet".into(), CertificateError::NotValidYet);
    }
    // before the pin: of a certificate that cannot be parsed nobody has checked that the peer holds its key
    let parsed = match ParsedCertificate::try_from(end) {
        Ok(parsed) => parsed,
        Err(_) if certificate.version < 3 => {
            let message = format!("the certificate is of X.509 version {}, which is not accepted", certificate.version);
            return finding("CERT_UNTRUSTED", message, CertificateError::BadEncoding);
        }
        Err(cause) => return finding("CERT_UNTRUSTED", cause.to_string(), CertificateError::BadEncoding),
    };
    if trust.is_pinned(end) {
        return None;
    }
    let algorithms = ring::default_provider().signature_verification_algorithms.all;
    let cause = match verify_server_cert_signed_by_trust_anchor(&parsed, &trust.store(), others, now, algorithms) {
        Ok(()) => return None,
        Err(Error::InvalidCertificate(cause)) => cause,
        Err(other) => return finding("CERT_UNTRUSTED", other.to_string(), CertificateError::ApplicationVerificationFailure),
    };
    if certificate.is_self_issued() {
        return finding("DEPTH_ZERO_SELF_SIGNED_CERT", "the certificate is self-signed".into(), cause);
    }
    match cause {
        CertificateError::UnknownIssuer => {
            let (code, message) = missing_issuer(&certificate, others);
            finding(code, message.into(), cause)
        }
        // webpki's own reasons, such as an authority's certificate in a server's place
        CertificateError::Other(ref why) if why.to_string().contains("CaUsedAsEndEntity") => {
            finding("INVALID_CA", "the certificate is an authority's, not a server's".into(), cause)
        }
        _ => finding(certificate_code(&cause), cause.to_string(), cause),
    }
}

/// Follows the chain that the peer sent to where it breaks off, and says so in OpenSSL's words.
fn missing_issuer(end: &Certificate<'_>, others: &[CertificateDer<'_>]) -> (&'static str, &'static str) {
    let others: Vec<_> = others.iter().filter_map(|der| Certificate::read(der)).collect();
    let mut issuer = end.issuer;
    let mut length = 1;
    while let Some(next) = others.iter().find(|other| other.subject == issuer) {
        if next.is_self_issued() {
            return ("SELF_SIGNED_CERT_IN_CHAIN", "self-signed certificate in certificate chain");
        }
        length += 1;
        issuer = next.issuer;
        if length > others.len() + 1 {
            break; // they vouch for each other in a circle
        }
    }
    match length {
        1 => ("UNABLE_TO_VERIFY_LEAF_SIGNATURE", "unable to verify the first certificate"),
        _ => ("UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "unable to get local issuer certificate"),
    }
}

/// Checks that the certificate is for this name or address (RFC 6125; alternative names only).
pub fn check_name(end: &CertificateDer<'_>, name: &ServerName<'_>) -> Option<Finding> {
    let cause = match ParsedCertificate::try_from(end).and_then(|end| verify_server_name(&end, name)) {
        Ok(()) => return None,
        Err(cause) => cause,
    };
    let names = Certificate::read(end).map(|certificate| certificate.alt_names()).unwrap_or_default();
    let names: Vec<_> = names.iter().map(|(kind, value)| format!("{kind}:{value}")).collect();
    let message = match names.is_empty() {
        true => format!("{} is not in the certificate, which has no alternative names", name.to_str()),
        false => format!("{} is not in the certificate's names: {}", name.to_str(), names.join(", ")),
    };
    Some(Finding { code: "ERR_TLS_CERT_ALTNAME_INVALID", message, cause })
}
