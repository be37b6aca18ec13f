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
    Given(Arc<Given>),
}

/// The certificates of a `ca` file, sorted by what OpenSSL would use each for.
#[derive(Debug)]
pub struct Given {
    /// Authorities that vouch for themselves: a chain may end in them.
    roots: RootCertStore,
    /// Others help to get there, as if the peer had sent them.
    helpers: Vec<CertificateDer<'static>>,
    /// What signed itself is trusted when a peer shows that very certificate: nothing else has to vouch for it. Where it
    /// is marked as an authority, as `openssl req -x509` does, webpki would not take it in a server's place.
    pins: Vec<CertificateDer<'static>>,
}

impl Trust {
    /// Reads the certificates of a PEM text.
    pub fn given(pem: &str) -> HostResult<Trust> {
        let mut given = Given { roots: RootCertStore::empty(), helpers: Vec::new(), pins: Vec::new() };
        for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            let der = certificate.map_err(|error| bad_pem(&error.to_string()))?;
            let unreadable = || bad_pem("what it holds is not a certificate");
            let certificate = Certificate::read(&der).ok_or_else(unreadable)?;
            if !certificate.is_self_issued() {
                given.helpers.push(der);
                continue;
            }
            // before version 3 there was no way to say that it is an authority
            if certificate.is_authority || certificate.version < 3 {
                given.roots.add(der.clone()).map_err(|_| unreadable())?;
            }
            given.pins.push(der);
        }
        match given.helpers.is_empty() && given.pins.is_empty() {
            true => Err(bad_pem("it holds no certificate")),
            false => Ok(Trust::Given(Arc::new(given))),
        }
    }

    fn is_pinned(&self, certificate: &CertificateDer<'_>) -> bool {
        matches!(self, Trust::Given(given) if given.pins.iter().any(|pin| pin == certificate))
    }

    fn helpers(&self) -> &[CertificateDer<'static>] {
        match self {
            Trust::System => &[],
            Trust::Given(given) => &given.helpers,
        }
    }

    /// Whether the chain ends in one of the authorities. `end` is the parsed first certificate.
    fn vouches_for(
        &self,
        end: &ParsedCertificate<'_>,
        sent: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Error> {
        let algorithms = ring::default_provider().signature_verification_algorithms.all;
        let others: Vec<_> = sent.iter().chain(self.helpers()).cloned().collect();
        match self {
            Trust::System => {
                verify_server_cert_signed_by_trust_anchor(end, &roots::system(), &others, now, algorithms)
            }
            Trust::Given(given) => {
                verify_server_cert_signed_by_trust_anchor(end, &given.roots, &others, now, algorithms)
            }
        }
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
    let finding = |code, message: String, cause| {
        Some(Finding { code, message, cause: Error::InvalidCertificate(cause) })
    };
    let Some((end, sent)) = chain.split_first() else {
        return finding(
            "CERT_UNTRUSTED",
            "the peer has no certificate".into(),
            CertificateError::BadEncoding,
        );
    };
    let Some(certificate) = Certificate::read(end) else {
        return finding(
            "CERT_UNTRUSTED",
            "the certificate cannot be read".into(),
            CertificateError::BadEncoding,
        );
    };
    // OpenSSL, and so Node, names the time before the issuer when both are wrong
    let seconds = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    if seconds > certificate.valid_to {
        return finding("CERT_HAS_EXPIRED", "the certificate has expired".into(), CertificateError::Expired);
    }
    if seconds < certificate.valid_from {
        return finding(
            "CERT_NOT_YET_VALID",
            "the certificate is not valid yet".into(),
            CertificateError::NotValidYet,
        );
    }
    // before the pin: of a certificate that cannot be parsed nobody has checked that the peer holds its key
    let parsed = match ParsedCertificate::try_from(end) {
        Ok(parsed) => parsed,
        Err(_) if certificate.version < 3 => {
            let message =
                format!("the certificate is of X.509 version {}, which is not accepted", certificate.version);
            return finding("CERT_UNTRUSTED", message, CertificateError::BadEncoding);
        }
        Err(cause) => return finding("CERT_UNTRUSTED", cause.to_string(), CertificateError::BadEncoding),
    };
    if trust.is_pinned(end) {
        return None;
    }
    let cause = match trust.vouches_for(&parsed, sent, now) {
        Ok(()) => return None,
        Err(Error::InvalidCertificate(cause)) => cause,
        Err(other) => {
            return finding(
                "CERT_UNTRUSTED",
                other.to_string(),
                CertificateError::ApplicationVerificationFailure,
            );
        }
    };
    if certificate.is_self_issued() {
        return finding("DEPTH_ZERO_SELF_SIGNED_CERT", "the certificate is self-signed".into(), cause);
    }
    match &cause {
        // a signature that does not fit mostly means another authority of the same name
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            let (code, message) = missing_issuer(&certificate, sent, trust.helpers());
            finding(code, message.into(), cause)
        }
        // webpki's own reasons, which have no other form than this
        CertificateError::Other(why) => match &*why.to_string() {
            "CaUsedAsEndEntity" => {
                finding("INVALID_CA", "the certificate is an authority's, not a server's".into(), cause)
            }
            "EndEntityUsedAsCa" => {
                finding("INVALID_CA", "the certificate is signed by one that is no authority's".into(), cause)
            }
            _ => finding("CERT_UNTRUSTED", cause.to_string(), cause),
        },
        _ => finding(certificate_code(&cause), cause.to_string(), cause),
    }
}

/// Follows the chain to where it breaks off, and says so in OpenSSL's words.
fn missing_issuer(
    end: &Certificate<'_>,
    sent: &[CertificateDer<'_>],
    helpers: &[CertificateDer<'_>],
) -> (&'static str, &'static str) {
    let read = |(der, given)| Certificate::read(der).map(|certificate| (certificate, given));
    let sent = sent.iter().map(|der| (&**der, false));
    let mut others: Vec<_> = sent.chain(helpers.iter().map(|der| (&**der, true))).filter_map(read).collect();
    let (mut issuer, mut length, mut last_is_given) = (end.issuer, 1, false);
    // each is used once, since they might vouch for each other in a circle
    while let Some(next) = others.iter().position(|(other, _)| other.subject == issuer) {
        let (next, given) = others.swap_remove(next);
        if next.is_self_issued() {
            return ("SELF_SIGNED_CERT_IN_CHAIN", "self-signed certificate in certificate chain");
        }
        (issuer, length, last_is_given) = (next.issuer, length + 1, given);
    }
    match length {
        1 => ("UNABLE_TO_VERIFY_LEAF_SIGNATURE", "unable to verify the first certificate"),
        _ if last_is_given => ("UNABLE_TO_GET_ISSUER_CERT", "unable to get issuer certificate"),
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

#[cfg(test)]
#[path = "verify_test.rs"]
mod tests;
