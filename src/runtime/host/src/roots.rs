//! The authorities that are trusted when a target names none: those of the image or machine, else those built in.

use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};
use std::{cell::OnceCell, fs, path::PathBuf, sync::Arc};

/// Where distributions and distroless images keep their bundle.
const BUNDLE: &str = "/etc/ssl/certs/ca-certificates.crt";

/// The roots of this system, read when they are first asked for.
pub fn system() -> Arc<RootCertStore> {
    thread_local!(static ROOTS: OnceCell<Arc<RootCertStore>> = const { OnceCell::new() });
    ROOTS.with(|roots| {
        roots
            .get_or_init(|| {
                let named = std::env::var_os("SSL_CERT_FILE").map(PathBuf::from);
                Arc::new(load(named.into_iter().chain([PathBuf::from(BUNDLE)])))
            })
            .clone()
    })
}

/// The first of these files that holds any certificate, or else the built-in roots (Mozilla's).
fn load(bundles: impl Iterator<Item = PathBuf>) -> RootCertStore {
    for bundle in bundles {
        let Ok(pem) = fs::read(bundle) else { continue };
        let mut store = RootCertStore::empty();
        let (added, _) = store.add_parsable_certificates(CertificateDer::pem_slice_iter(&pem).flatten());
        if added > 0 {
            return store;
        }
    }
    webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Authority, Scratch};

    #[test]
    fn the_first_bundle_with_a_certificate_wins() {
        let scratch = Scratch::new();
        let garbage =
            scratch.write("garbage", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        let bundle = scratch.write("bundle", Authority::new("root").root.pem.as_bytes());
        let other = scratch.write("other", Authority::new("a").root.pem.repeat(2).as_bytes());
        let paths = [PathBuf::from("/no/such/file"), garbage, bundle, other];
        assert_eq!(load(paths.into_iter()).len(), 1);
    }

    #[test]
    fn without_a_bundle_the_built_in_roots_serve() {
        assert!(load([PathBuf::from("/no/such/file")].into_iter()).len() > 50);
    }
}
