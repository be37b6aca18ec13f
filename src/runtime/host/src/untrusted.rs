//! Why a chain is not trusted, in OpenSSL's codes; those of what is not the peer's fault begin with `TLS_UNSUPPORTED`.

use crate::{
    der::Reader,
    public_key::{PublicKey, key_kind, signature_kind},
    tls_error::certificate_code,
    verify::{Finding, Trust},
    x509::Certificate,
};
use rustls::{CertificateError, Error, pki_types::CertificateDer};

/// A finding about what cannot be verified here; the message says only what it is: `Ed448`.
pub fn unsupported(code: &'static str, message: String, cause: Error) -> Finding {
    Finding { code, message, cause }
}

/// Puts what is wrong with the chain of `end` into a finding.
pub fn of_chain(end: &Certificate<'_>, sent: &[CertificateDer<'_>], trust: &Trust, cause: Error) -> Finding {
    let (code, message) = explain(end, sent, trust, &cause);
    Finding { code, message, cause }
}

fn explain(
    end: &Certificate<'_>,
    sent: &[CertificateDer<'_>],
    trust: &Trust,
    cause: &Error,
) -> (&'static str, String) {
    let Error::InvalidCertificate(why) = cause else {
        return ("TLS_UNSUPPORTED_CERTIFICATE", "it cannot be verified".into());
    };
    let other = match why {
        CertificateError::Other(other) => Some(other.to_string()),
        CertificateError::BadEncoding => Some("BadDer".into()),
        _ => None,
    };
    let found = other.and_then(|other| by_library(&other));
    if let Some((code, message)) = &found
        && code.starts_with("TLS_UNSUPPORTED")
        && end.version >= 3
    {
        return (code, message.clone());
    }
    if end.is_self_issued() {
        return ("DEPTH_ZERO_SELF_SIGNED_CERT", "the certificate is self-signed".into());
    }
    if let Some(kind) = unsupported_authority(end, sent, trust) {
        return ("TLS_UNSUPPORTED_AUTHORITY", kind);
    }
    let mut issuers = sent.iter().chain(trust.helpers()).filter_map(|der| Certificate::read(der));
    if trust.has_unreadable(end.issuer) || issuers.any(|one| trust.has_unreadable(one.issuer)) {
        return ("TLS_UNSUPPORTED_CERTIFICATE", "that of its authority cannot be read".into());
    }
    // what a root has signed in this old form was looked at, but nothing that comes over others
    if end.version < 3 && is_issuer_sent(end, sent, trust) {
        return ("TLS_UNSUPPORTED_CERTIFICATE", format!("it is of X.509 version {}", end.version));
    }
    match (found, why) {
        (Some(found), _) if end.version >= 3 => found,
        // a signature that does not fit mostly means another authority of the same name
        (Some(_), _) | (_, CertificateError::UnknownIssuer | CertificateError::BadSignature) => {
            missing_issuer(end, sent, trust.helpers())
        }
        (_, CertificateError::UnsupportedSignatureAlgorithmContext { signature_algorithm_id, .. }) => {
            ("TLS_UNSUPPORTED_SIGNATURE", signature_kind(signature_algorithm_id))
        }
        (
            _,
            CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext {
                signature_algorithm_id,
                public_key_algorithm_id,
            },
        ) => {
            let (with, by) = (signature_kind(signature_algorithm_id), key_kind(public_key_algorithm_id));
            ("TLS_UNSUPPORTED_SIGNATURE", format!("{with} by a key of the kind {by}"))
        }
        _ => (certificate_code(why), why.to_string()),
    }
}

/// webpki's own reasons, which have no other form than this.
fn by_library(why: &str) -> Option<(&'static str, String)> {
    let (code, message) = match why {
        "CaUsedAsEndEntity" => ("INVALID_CA", "the certificate is an authority's, not a server's".into()),
        "EndEntityUsedAsCa" => {
            ("INVALID_CA", "the certificate is signed by one that is no authority's".into())
        }
        "NameConstraintViolation" => ("PERMITTED_VIOLATION", "permitted subtree violation".into()),
        "PathLenConstraintViolated" => ("PATH_LENGTH_EXCEEDED", "path length constraint exceeded".into()),
        "UnsupportedCriticalExtension" => {
            ("TLS_UNSUPPORTED_EXTENSION", "unhandled critical extension".into())
        }
        "UnsupportedCertVersion" => {
            ("TLS_UNSUPPORTED_CERTIFICATE", "its chain holds one of X.509 version 1".into())
        }
        "MaximumPathDepthExceeded" | "MaximumPathBuildCallsExceeded" | "MaximumSignatureChecksExceeded" => {
            ("TLS_UNSUPPORTED_CERTIFICATE", "its chain is too long".into())
        }
        "InvalidSerialNumber" => ("TLS_UNSUPPORTED_CERTIFICATE", "its serial number is none".into()),
        "MalformedExtensions" | "ExtensionValueInvalid" | "MalformedNameConstraint" => {
            ("TLS_UNSUPPORTED_CERTIFICATE", "its extensions are broken".into())
        }
        "BadDer" | "BadDerTime" | "UnsupportedNameType" | "EmptyEkuExtension" => {
            ("TLS_UNSUPPORTED_CERTIFICATE", "it cannot be read".into())
        }
        _ if why.starts_with("TrailingData") => ("TLS_UNSUPPORTED_CERTIFICATE", "it cannot be read".into()),
        _ => return None,
    };
    Some((code, message))
}

fn is_issuer_sent(end: &Certificate<'_>, sent: &[CertificateDer<'_>], trust: &Trust) -> bool {
    let mut others = sent.iter().chain(trust.helpers()).filter_map(|der| Certificate::read(der));
    others.any(|other| other.subject == end.issuer && !other.is_self_issued())
}

/// The kind of the key of an authority of this chain, where nothing that it signed can be verified.
fn unsupported_authority(
    end: &Certificate<'_>,
    sent: &[CertificateDer<'_>],
    trust: &Trust,
) -> Option<String> {
    let others: Vec<_> =
        sent.iter().chain(trust.helpers()).filter_map(|der| Certificate::read(der)).collect();
    let issuers: Vec<_> = others.iter().map(|other| other.issuer).chain([end.issuer]).collect();
    let between =
        others.iter().filter(|other| issuers.contains(&other.subject)).filter_map(|other| other.key());
    let roots = trust.roots();
    let names: Vec<_> =
        issuers.iter().filter_map(|name| Reader(name).next()).map(|name| name.content).collect();
    let known = roots.roots.iter().filter(|root| names.contains(&root.subject.as_ref()));
    let known = known.filter_map(|root| PublicKey::read(&root.subject_public_key_info));
    between.chain(known).find(|key| !key.is_supported()).map(|key| key.kind())
}

/// Follows the chain to where it breaks off, and says so in OpenSSL's words.
fn missing_issuer(
    end: &Certificate<'_>,
    sent: &[CertificateDer<'_>],
    helpers: &[CertificateDer<'_>],
) -> (&'static str, String) {
    let read = |(der, given)| Certificate::read(der).map(|certificate| (certificate, given));
    let sent = sent.iter().map(|der| (&**der, false));
    let mut others: Vec<_> = sent.chain(helpers.iter().map(|der| (&**der, true))).filter_map(read).collect();
    let (mut issuer, mut length, mut last_is_given) = (end.issuer, 1, false);
    // each is used once, since they might vouch for each other in a circle
    while let Some(next) = others.iter().position(|(other, _)| other.subject == issuer) {
        let (next, given) = others.swap_remove(next);
        if next.is_self_issued() {
            return ("SELF_SIGNED_CERT_IN_CHAIN", "self-signed certificate in certificate chain".into());
        }
        (issuer, length, last_is_given) = (next.issuer, length + 1, given);
    }
    match length {
        1 => ("UNABLE_TO_VERIFY_LEAF_SIGNATURE", "unable to verify the first certificate".into()),
        _ if last_is_given => ("UNABLE_TO_GET_ISSUER_CERT", "unable to get issuer certificate".into()),
        _ => ("UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "unable to get local issuer certificate".into()),
    }
}

#[cfg(test)]
#[path = "untrusted_test.rs"]
mod tests;
