//! Certificates for JavaScript: what one says, whom it is for, which key it belongs to.

use crate::{
    bind::{bytes, def, on},
    error::{HostError, HostResult},
    host::Host,
    private_key::{belongs, read_key},
    tls::peer_chain,
    verify::check_name,
    x509::{Certificate, name_parts},
};
use rquickjs::{Array, ArrayBuffer, Ctx, Object, TypedArray, Value};
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use std::rc::Rc;

/// Installs the primitives of this group.
pub fn install<'js>(ctx: &Ctx<'js>, object: &Object<'js>, host: &Rc<Host>) -> rquickjs::Result<()> {
    on!(ctx, object, host, "peerCertificate", |host,
                                               ctx: Ctx<'js>,
                                               handle: u32|
     -> rquickjs::Result<Value<'js>> {
        let connection = host.connection(handle).map_err(|error| error.throw(&ctx))?;
        match peer_chain(&connection).first() {
            Some(der) => describe(&ctx, der).map(Object::into_value),
            None => Ok(Value::new_undefined(ctx)),
        }
    });
    def!(ctx, object, "readCertificates", |ctx: Ctx<'js>,
                                           data: TypedArray<'js, u8>|
     -> rquickjs::Result<Vec<Object<'js>>> {
        let found = split(bytes(&data)).map_err(|error| error.throw(&ctx))?;
        found.iter().map(|der| describe(&ctx, der)).collect()
    });
    def!(ctx, object, "certificateIsFor", |der: TypedArray<'js, u8>, name: String| -> bool {
        let end = CertificateDer::from(bytes(&der));
        ServerName::try_from(name).is_ok_and(|name| check_name(&end, &name).is_none())
    });
    def!(ctx, object, "certificateMatchesKey", |ctx: Ctx<'js>,
                                                der: TypedArray<'js, u8>,
                                                key: TypedArray<'js, u8>|
     -> rquickjs::Result<bool> {
        matches_key(bytes(&der), bytes(&key)).map_err(|error| error.throw(&ctx))
    });
    Ok(())
}

/// The certificates of a PEM text, or one in DER.
fn split(data: &[u8]) -> HostResult<Vec<CertificateDer<'_>>> {
    if data.first() == Some(&0x30) {
        return Ok(vec![CertificateDer::from(data)]);
    }
    let bad = |why: String| HostError::new("ERR_OSSL_PEM_NO_START_LINE", why);
    let found = CertificateDer::pem_slice_iter(data)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| bad(format!("not a certificate in PEM: {error}")))?;
    match found.is_empty() {
        true => Err(bad("there is no certificate in it".into())),
        false => Ok(found),
    }
}

/// A certificate as the contract's `Certificate`.
fn describe<'js>(ctx: &Ctx<'js>, der: &[u8]) -> rquickjs::Result<Object<'js>> {
    let Some(certificate) = Certificate::read(der) else {
        return Err(HostError::new("ERR_OSSL_ASN1_PARSE_ERROR", "it is not a certificate").throw(ctx));
    };
    let object = Object::new(ctx.clone())?;
    object.set("der", ArrayBuffer::new(ctx.clone(), der)?)?;
    object.set("subject", pairs(ctx, name_parts(certificate.subject))?)?;
    object.set("issuer", pairs(ctx, name_parts(certificate.issuer))?)?;
    object.set("altNames", pairs(ctx, certificate.alt_names())?)?;
    object.set("validFrom", certificate.valid_from as f64 * 1e3)?;
    object.set("validTo", certificate.valid_to as f64 * 1e3)?;
    object.set("serialNumber", certificate.serial_number())?;
    object.set("ca", certificate.is_authority)?;
    Ok(object)
}

fn pairs<'js, K: AsRef<str>>(ctx: &Ctx<'js>, list: Vec<(K, String)>) -> rquickjs::Result<Array<'js>> {
    let array = Array::new(ctx.clone())?;
    for (index, (kind, value)) in list.iter().enumerate() {
        array.set(index, vec![kind.as_ref(), value])?;
    }
    Ok(array)
}

fn matches_key(der: &[u8], pem: &[u8]) -> HostResult<bool> {
    let certificate = Certificate::read(der)
        .ok_or_else(|| HostError::new("ERR_OSSL_ASN1_PARSE_ERROR", "it is not a certificate"))?;
    belongs(&read_key(pem)?, &certificate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Authority, EC, self_signed, self_signed_by};

    #[test]
    fn a_certificate_belongs_to_its_key_and_no_other() {
        let authority = Authority::new("root");
        let (one, other) = (authority.issue("/CN=a", "DNS:a"), authority.issue("/CN=b", "DNS:b"));
        assert_eq!(matches_key(&one.der, one.key.as_bytes()), Ok(true));
        assert_eq!(matches_key(&one.der, other.key.as_bytes()), Ok(false));
        assert_eq!(matches_key(&one.der, b"").unwrap_err().code, "ERR_OSSL_UNSUPPORTED");
        assert_eq!(matches_key(b"0", one.key.as_bytes()).unwrap_err().code, "ERR_OSSL_ASN1_PARSE_ERROR");
    }

    #[test]
    fn keys_of_the_usual_kinds_are_known() {
        for kind in [EC, &["-newkey", "rsa:2048"], &["-newkey", "ed25519"]] {
            let issued = self_signed_by("/CN=a", &[], kind);
            assert_eq!(matches_key(&issued.der, issued.key.as_bytes()), Ok(true), "{kind:?}");
        }
    }

    #[test]
    fn certificates_come_in_pem_or_der() {
        let issued = self_signed("/CN=a", &[]);
        assert_eq!(split(&issued.der).unwrap().len(), 1);
        assert_eq!(split(issued.pem.repeat(3).as_bytes()).unwrap().len(), 3);
        for text in ["", "text", &issued.key, "-----BEGIN CERTIFICATE-----\n*\n-----END CERTIFICATE-----\n"] {
            assert_eq!(split(text.as_bytes()).unwrap_err().code, "ERR_OSSL_PEM_NO_START_LINE", "{text}");
        }
    }
}
