//! Whether a peer's certificate is to be trusted: the chain and the name, apart, in Node's codes. Signatures, chains
//! and names are checked by webpki; what is added here is the pin, and which code to give to what webpki refuses.

use crate::{
    der::{self, Reader},
    error::{HostError, HostResult},
    public_key::PublicKey,
    roots,
    signatures::SUPPORTED,
    untrusted::{of_chain, unsupported},
    x509::Certificate,
};
use rustls::{
    CertificateError, Error, RootCertStore,
    client::{verify_server_cert_signed_by_trust_anchor, verify_server_name},
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
    roots: Arc<RootCertStore>,
    /// Others help to get there, as if the peer had sent them.
    helpers: Vec<CertificateDer<'static>>,
    /// What signed itself is trusted when a peer shows that very certificate: nothing else has to vouch for it. Where it
    /// is marked as an authority, as `openssl req -x509` does, webpki would not take it in a server's place.
    pins: Vec<CertificateDer<'static>>,
    /// Those that OpenSSL may well read, but not webpki: nobody can be vouched for by them.
    unreadable: Vec<CertificateDer<'static>>,
}

impl Trust {
    /// Reads the certificates of a PEM text.
    pub fn given(pem: &str) -> HostResult<Trust> {
        let mut roots = RootCertStore::empty();
        let (mut helpers, mut pins, mut unreadable) = (Vec::new(), Vec::new(), Vec::new());
        for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            let der = certificate.map_err(|error| bad_pem(&error.to_string()))?;
            let certificate =
                Certificate::read(&der).ok_or_else(|| bad_pem("what it holds is not a certificate"))?;
            if !certificate.is_self_issued() {
                helpers.push(der);
                continue;
            }
            // before version 3 there was no way to say that it is an authority
            let may_sign = certificate.is_authority || certificate.version < 3;
            if may_sign && roots.add(der.clone()).is_err() {
                unreadable.push(der.clone());
            }
            pins.push(der);
        }
        match helpers.is_empty() && pins.is_empty() {
            true => Err(bad_pem("it holds no certificate")),
            false => Ok(Trust::Given(Arc::new(Given { roots: Arc::new(roots), helpers, pins, unreadable }))),
        }
    }

    fn is_pinned(&self, certificate: &CertificateDer<'_>) -> bool {
        matches!(self, Trust::Given(given) if given.pins.iter().any(|pin| pin == certificate))
    }

    pub fn helpers(&self) -> &[CertificateDer<'static>] {
        match self {
            Trust::System => &[],
            Trust::Given(given) => &given.helpers,
        }
    }

    /// Whether there is an authority of this name that would vouch, could it be read.
    pub fn has_unreadable(&self, name: &[u8]) -> bool {
        let Trust::Given(given) = self else { return false };
        given.unreadable.iter().filter_map(|der| Certificate::read(der)).any(|one| one.subject == name)
    }

    pub fn roots(&self) -> Arc<RootCertStore> {
        match self {
            Trust::System => roots::system(),
            Trust::Given(given) => given.roots.clone(),
        }
    }

    /// Whether the chain ends in one of the authorities. `end` is the parsed first certificate.
    fn vouches_for(
        &self,
        end: &ParsedCertificate<'_>,
        sent: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Error> {
        let others: Vec<_> = sent.iter().chain(self.helpers()).cloned().collect();
        verify_server_cert_signed_by_trust_anchor(end, &self.roots(), &others, now, SUPPORTED.all)
    }

    /// Whether an authority itself signed this certificate, which is older than all that could be asked beyond that.
    fn signed_old(&self, der: &[u8], certificate: &Certificate<'_>) -> bool {
        let Some((message, signature)) = signed_part(der, certificate) else { return false };
        let issuer = Reader(certificate.issuer).next().map(|name| name.content);
        self.roots().roots.iter().any(|root| {
            Some(root.subject.as_ref()) == issuer
                && root.name_constraints.is_none()
                && PublicKey::read(&root.subject_public_key_info).is_some_and(|key| {
                    key.has_signed(message, signature, SUPPORTED.all, Some(certificate.signed_with))
                })
        })
    }
}

/// What of a certificate is signed, and the signature (RFC 5280, 4.1.1).
fn signed_part<'a>(der: &'a [u8], certificate: &Certificate<'_>) -> Option<(&'a [u8], &'a [u8])> {
    let mut parts = Reader(Reader(der).expect(der::SEQUENCE)?.content);
    let body = parts.expect(der::SEQUENCE)?.whole;
    let same = parts.expect(der::SEQUENCE)?.content == certificate.signed_with;
    let signature = parts.expect(der::BIT_STRING)?.content.strip_prefix(&[0])?;
    same.then_some((body, signature))
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
            "TLS_UNSUPPORTED_CERTIFICATE",
            "it cannot be read".into(),
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
    // also before the pin: whether the peer holds the key was checked with this one
    if let Some(finding) = check_key(end) {
        return Some(finding);
    }
    let parsed = ParsedCertificate::try_from(end);
    let readable = parsed.is_ok() || certificate.version < 3;
    if readable && trust.is_pinned(end) {
        return None;
    }
    let cause = match &parsed {
        Ok(parsed) => trust.vouches_for(parsed, sent, now),
        Err(_) if readable && trust.signed_old(end, &certificate) => return None,
        Err(cause) => Err(cause.clone()),
    };
    Some(of_chain(&certificate, sent, trust, cause.err()?))
}

/// Whether the handshake can show that the peer holds the certificate's key.
pub fn check_key(end: &CertificateDer<'_>) -> Option<Finding> {
    let cause = Error::InvalidCertificate(CertificateError::BadEncoding);
    let Some(certificate) = Certificate::read(end) else {
        return Some(unsupported("TLS_UNSUPPORTED_CERTIFICATE", "it cannot be read".into(), cause));
    };
    match certificate.key() {
        Some(key) if key.is_supported() => None,
        _ => Some(unsupported("TLS_UNSUPPORTED_KEY", certificate.key_kind(), cause)),
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
