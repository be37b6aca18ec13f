//! Servers that speak TLS, and some that should but do not.

#![allow(dead_code)] // each test file uses its part

use crate::support::certificates::{Issued, Scratch};
use rustls::{
    RootCertStore, ServerConfig, ServerConnection, Stream,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::WebPkiClientVerifier,
};
use std::{
    io::Write,
    net::{TcpListener, TcpStream},
    sync::Arc,
    thread::{self, JoinHandle},
};

fn chain(issued: &Issued) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
    let chain = CertificateDer::pem_slice_iter(issued.pem.as_bytes()).collect::<Result<_, _>>().unwrap();
    (chain, PrivateKeyDer::from_pem_slice(issued.key.as_bytes()).unwrap())
}

pub fn config(
    issued: &Issued,
    clients_of: Option<&Issued>,
    change: impl FnOnce(&mut ServerConfig),
) -> Arc<ServerConfig> {
    let provider = Arc::new(ring::default_provider());
    let builder =
        ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions().unwrap();
    let builder = match clients_of {
        None => builder.with_no_client_auth(),
        Some(root) => {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from(root.der.clone())).unwrap();
            let verifier =
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
            builder.with_client_cert_verifier(verifier)
        }
    };
    let (chain, key) = chain(issued);
    let mut config = builder.with_single_cert(chain, key).unwrap();
    change(&mut config);
    Arc::new(config)
}

/// Serves connections one after the other until the test ends; each is greeted under TLS and then closed politely.
pub fn serve(config: Arc<ServerConfig>) -> String {
    plain(move |mut stream| {
        let mut session = ServerConnection::new(config.clone()).unwrap();
        let mut tls = Stream::new(&mut session, &mut stream);
        if tls.write_all(b"hello under TLS").is_ok() {
            session.send_close_notify();
            let _ = session.complete_io(&mut stream);
        }
    })
    .0
}

pub fn plain(mut serve: impl FnMut(TcpStream) + Send + 'static) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    (port, thread::spawn(move || listener.incoming().flatten().for_each(&mut serve)))
}

/// Where a test's certificates lie as files.
pub fn files(named: &[(&str, &str)]) -> (Scratch, Vec<String>) {
    let scratch = Scratch::new();
    let paths =
        named.iter().map(|(name, text)| scratch.write(name, text.as_bytes()).to_str().unwrap().to_owned());
    let paths = paths.collect();
    (scratch, paths)
}
