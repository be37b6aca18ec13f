//! The TLS library's errors in Node's (OpenSSL's) codes.

use crate::error::HostError;
use rustls::{AlertDescription, CertificateError, Error, PeerIncompatible, PeerMisbehaved};

/// The peer takes nothing of what is offered here: its other clients may do more.
pub const UNSUPPORTED_OFFER: &str = "ERR_TLS_UNSUPPORTED_OFFER";

/// What went wrong on a TLS connection, as Node would have it.
pub fn from_rustls(error: &Error) -> HostError {
    match error {
        Error::AlertReceived(alert) => from_alert(*alert),
        Error::InvalidMessage(_) | Error::InappropriateMessage { .. } => {
            HostError::new("ERR_SSL_WRONG_VERSION_NUMBER", format!("not TLS: {error}"))
        }
        Error::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13
            | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
        ) => HostError::new("ERR_SSL_UNSUPPORTED_PROTOCOL", "no version in common with the peer"),
        Error::PeerIncompatible(why) => {
            HostError::new(UNSUPPORTED_OFFER, format!("nothing in common with the peer: {why:?}"))
        }
        // with TLS 1.2 the library cannot take what such keys sign
        Error::PeerMisbehaved(PeerMisbehaved::SignedKxWithWrongAlgorithm) => {
            HostError::new("ERR_TLS_UNSUPPORTED_KEY", "RSA-PSS with TLS 1.2")
        }
        Error::PeerMisbehaved(why) => HostError::new("ERR_SSL_PROTOCOL_ERROR", format!("{why:?}")),
        Error::PeerSentOversizedRecord => HostError::new("ERR_SSL_PACKET_LENGTH_TOO_LONG", error.to_string()),
        Error::DecryptError => {
            HostError::new("ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC", error.to_string())
        }
        Error::NoCertificatesPresented => {
            HostError::new("ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE", error.to_string())
        }
        Error::InvalidCertificate(why) => HostError::new(certificate_code(why), why.to_string()),
        other => HostError::new("ERR_SSL_INTERNAL_ERROR", other.to_string()),
    }
}

/// The code of a certificate that is no good; where OpenSSL has none of its own, that for all the rest.
pub fn certificate_code(error: &CertificateError) -> &'static str {
    use CertificateError as C;
    match error {
        C::Expired | C::ExpiredContext { .. } => "CERT_HAS_EXPIRED",
        C::NotValidYet | C::NotValidYetContext { .. } => "CERT_NOT_YET_VALID",
        C::NotValidForName | C::NotValidForNameContext { .. } => "ERR_TLS_CERT_ALTNAME_INVALID",
        C::UnknownIssuer => "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
        C::BadSignature => "CERT_SIGNATURE_FAILURE",
        C::Revoked => "CERT_REVOKED",
        C::InvalidPurpose | C::InvalidPurposeContext { .. } => "INVALID_PURPOSE",
        _ => "CERT_UNTRUSTED",
    }
}

/// An alert that the peer sent (RFC 8446, 6.2; RFC 5246, 7.2.2), under the name that OpenSSL 3 has for it.
fn from_alert(alert: AlertDescription) -> HostError {
    use AlertDescription as A;
    let name = match alert {
        A::CloseNotify => return HostError::from_errno(libc::ECONNRESET),
        A::UnexpectedMessage => "SSL/TLS_ALERT_UNEXPECTED_MESSAGE",
        A::BadRecordMac => "SSL/TLS_ALERT_BAD_RECORD_MAC",
        A::DecryptionFailed => "TLSV1_ALERT_DECRYPTION_FAILED",
        A::RecordOverflow => "TLSV1_ALERT_RECORD_OVERFLOW",
        A::DecompressionFailure => "SSL/TLS_ALERT_DECOMPRESSION_FAILURE",
        A::HandshakeFailure => "SSL/TLS_ALERT_HANDSHAKE_FAILURE",
        A::NoCertificate => "SSL/TLS_ALERT_NO_CERTIFICATE",
        A::BadCertificate => "SSL/TLS_ALERT_BAD_CERTIFICATE",
        A::UnsupportedCertificate => "SSL/TLS_ALERT_UNSUPPORTED_CERTIFICATE",
        A::CertificateRevoked => "SSL/TLS_ALERT_CERTIFICATE_REVOKED",
        A::CertificateExpired => "SSL/TLS_ALERT_CERTIFICATE_EXPIRED",
        A::CertificateUnknown => "SSL/TLS_ALERT_CERTIFICATE_UNKNOWN",
        A::IllegalParameter => "SSL/TLS_ALERT_ILLEGAL_PARAMETER",
        A::UnknownCA => "TLSV1_ALERT_UNKNOWN_CA",
        A::AccessDenied => "TLSV1_ALERT_ACCESS_DENIED",
        A::DecodeError => "TLSV1_ALERT_DECODE_ERROR",
        A::DecryptError => "TLSV1_ALERT_DECRYPT_ERROR",
        A::ExportRestriction => "TLSV1_ALERT_EXPORT_RESTRICTION",
        A::ProtocolVersion => "TLSV1_ALERT_PROTOCOL_VERSION",
        A::InsufficientSecurity => "TLSV1_ALERT_INSUFFICIENT_SECURITY",
        A::InternalError => "TLSV1_ALERT_INTERNAL_ERROR",
        A::InappropriateFallback => "TLSV1_ALERT_INAPPROPRIATE_FALLBACK",
        A::UserCanceled => "TLSV1_ALERT_USER_CANCELLED",
        A::NoRenegotiation => "TLSV1_ALERT_NO_RENEGOTIATION",
        A::MissingExtension => "TLSV13_ALERT_MISSING_EXTENSION",
        A::UnsupportedExtension => "TLSV1_UNSUPPORTED_EXTENSION",
        A::CertificateUnobtainable => "TLSV1_CERTIFICATE_UNOBTAINABLE",
        A::UnrecognisedName => "TLSV1_UNRECOGNIZED_NAME",
        A::BadCertificateStatusResponse => "TLSV1_BAD_CERTIFICATE_STATUS_RESPONSE",
        A::BadCertificateHashValue => "TLSV1_BAD_CERTIFICATE_HASH_VALUE",
        A::UnknownPSKIdentity => "TLSV1_ALERT_UNKNOWN_PSK_IDENTITY",
        A::CertificateRequired => "TLSV13_ALERT_CERTIFICATE_REQUIRED",
        A::NoApplicationProtocol => "TLSV1_ALERT_NO_APPLICATION_PROTOCOL",
        _ => "UNKNOWN_ALERT_TYPE",
    };
    HostError::new(format!("ERR_SSL_{name}"), format!("the peer ended TLS with the alert {alert:?}"))
}
