//! TLS on a connection, as a client.

use crate::{
    bind::{on, optional},
    error::{HostError, HostResult},
    host::{Answer, Host},
    judge::Judge,
    net::Connection,
    stream::Stream,
    tls_error,
    tls_stream::TlsStream,
    verify::{Trust, check_chain, check_name},
};
use rquickjs::{Ctx, Object};
use rustls::{
    ClientConfig, ClientConnection, ProtocolVersion, SupportedProtocolVersion,
    client::Resumption,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject},
    version::{TLS12, TLS13},
};
use std::{future::poll_fn, rc::Rc, sync::Arc};

/// Whom a TLS connection was meant to reach, for `verifyPeer`.
pub struct Peer {
    pub name: ServerName<'static>,
    pub trust: Trust,
}

struct Options {
    name: ServerName<'static>,
    trust: Trust,
    identity: Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>,
    alpn: Vec<Vec<u8>>,
    /// Whether the name is sent (SNI).
    sni: bool,
    versions: Vec<&'static SupportedProtocolVersion>,
    reject: bool,
}

/// Installs the primitives of this group.
pub fn install<'js>(ctx: &Ctx<'js>, object: &Object<'js>, host: &Rc<Host>) -> rquickjs::Result<()> {
    on!(ctx, object, host, "tls", |host,
                                   ticket: u32,
                                   handle: u32,
                                   options: Object<'js>|
     -> rquickjs::Result<()> {
        let options = read_options(&options)?;
        match host.connection(handle) {
            Ok(connection) => {
                let handshake = handshake(connection.clone(), options);
                connection.work(host, ticket, handle, handshake);
            }
            Err(error) => host.answer(ticket, 0, Err(error)),
        }
        Ok(())
    });
    on!(ctx, object, host, "verifyPeer", |host,
                                          ctx: Ctx<'js>,
                                          handle: u32|
     -> rquickjs::Result<Object<'js>> {
        let connection = host.connection(handle).map_err(|error| error.throw(&ctx))?;
        let peer = connection.peer.borrow();
        let Some(peer) = &*peer else { return Err(HostError::from_errno(libc::ENOTCONN).throw(&ctx)) };
        let chain = peer_chain(&connection);
        let now = UnixTime::now();
        let verification = Object::new(ctx.clone())?;
        let name = chain.first().and_then(|end| check_name(end, &peer.name));
        for (key, finding) in [("chain", check_chain(&chain, &peer.trust, now)), ("name", name)] {
            if let Some(finding) = finding {
                let object = Object::new(ctx.clone())?;
                object.set("code", finding.code)?;
                object.set("message", finding.message)?;
                verification.set(key, object)?;
            }
        }
        Ok(verification)
    });
    Ok(())
}

/// The certificates that the peer sent, its own first.
pub fn peer_chain(connection: &Connection) -> Vec<CertificateDer<'static>> {
    match &*connection.stream.borrow() {
        Stream::Tls(tls) => tls.session.peer_certificates().unwrap_or_default().to_vec(),
        _ => Vec::new(),
    }
}

fn read_options(options: &Object<'_>) -> rquickjs::Result<HostResult<Options>> {
    let name: String = options.get("serverName")?;
    let ca: Option<String> = optional(options, "ca")?;
    let cert: Option<String> = optional(options, "cert")?;
    let key: Option<String> = optional(options, "key")?;
    let alpn: Option<Vec<String>> = optional(options, "alpn")?;
    let sni: Option<bool> = optional(options, "sni")?;
    let min: Option<String> = optional(options, "minVersion")?;
    let max: Option<String> = optional(options, "maxVersion")?;
    let reject: bool = options.get("reject")?;
    Ok((|| {
        let invalid =
            |_| HostError::new("ERR_INVALID_ARG_VALUE", "the server name is not a name that TLS can carry");
        Ok(Options {
            name: ServerName::try_from(name).map_err(invalid)?,
            trust: ca.map_or(Ok(Trust::System), |pem| Trust::given(&pem))?,
            identity: cert.map(|cert| identity(&cert, key.as_deref().unwrap_or_default())).transpose()?,
            alpn: alpn.unwrap_or_default().into_iter().map(String::into_bytes).collect(),
            sni: sni.unwrap_or(true),
            versions: versions(min.as_deref(), max.as_deref())?,
            reject,
        })
    })())
}

/// The versions between two names of them; 1.2 and 1.3 are all there are.
fn versions(min: Option<&str>, max: Option<&str>) -> HostResult<Vec<&'static SupportedProtocolVersion>> {
    let known = |name: &str| matches!(name, "TLSv1.2" | "TLSv1.3");
    if !min.into_iter().chain(max).all(known) {
        return Err(HostError::new(
            "ERR_TLS_INVALID_PROTOCOL_VERSION",
            "is not a TLS version to be had here",
        ));
    }
    let mut versions = vec![&TLS13, &TLS12];
    versions.retain(|version| match version.version {
        ProtocolVersion::TLSv1_2 => min != Some("TLSv1.3"),
        _ => max != Some("TLSv1.2"),
    });
    Ok(versions)
}

/// The client's certificate chain and key.
fn identity(cert: &str, key: &str) -> HostResult<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)> {
    let bad = |what: &str, error: &dyn std::fmt::Display| {
        HostError::new("ERR_OSSL_PEM_NO_START_LINE", format!("the client's {what} cannot be read: {error}"))
    };
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(cert.as_bytes()).collect();
    let chain = chain.map_err(|error| bad("certificate", &error))?;
    if chain.is_empty() {
        return Err(bad("certificate", &"it holds none"));
    }
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|error| bad("key", &error))?;
    Ok((chain, key))
}

async fn handshake(connection: Rc<Connection>, options: HostResult<Options>) -> HostResult<Answer> {
    let Options { name, trust, identity, alpn, sni, versions, reject } = options?;
    if connection.is_reading() {
        return Err(HostError::from_errno(libc::EALREADY));
    }
    let judge = Arc::new(Judge::new(reject.then(|| trust.clone())));
    let mut config = config(judge.clone(), identity, &versions)?;
    config.alpn_protocols = alpn;
    config.enable_sni = sni;
    let plain = match connection.stream.take() {
        Stream::Plain(plain) => plain,
        other => {
            *connection.stream.borrow_mut() = other;
            return Err(HostError::from_errno(libc::EISCONN));
        }
    };
    let session = ClientConnection::new(Arc::new(config), name.clone())
        .map_err(|error| tls_error::from_rustls(&error))?;
    let mut stream = Box::new(TlsStream { plain, session });
    if let Err(error) = poll_fn(|task| stream.poll_handshake(task)).await {
        return Err(judge.refusal().unwrap_or_else(|| error.into()));
    }
    let session = &stream.session;
    let cipher = session.negotiated_cipher_suite().map(|suite| format!("{:?}", suite.suite()));
    let answer = Answer::TlsSession {
        protocol: match session.protocol_version() {
            Some(ProtocolVersion::TLSv1_3) => "TLSv1.3",
            _ => "TLSv1.2",
        },
        cipher: cipher.unwrap_or_default().replace("TLS13_", "TLS_"),
        alpn: session
            .alpn_protocol()
            .map(|alpn| String::from_utf8_lossy(alpn).into_owned())
            .unwrap_or_default(),
    };
    *connection.peer.borrow_mut() = Some(Peer { name, trust });
    *connection.stream.borrow_mut() = Stream::Tls(stream);
    Ok(answer)
}

fn config(
    judge: Arc<Judge>,
    identity: Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>,
    versions: &[&'static SupportedProtocolVersion],
) -> HostResult<ClientConfig> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(versions)
        .map_err(|error| tls_error::from_rustls(&error))?
        .dangerous()
        .with_custom_certificate_verifier(judge);
    let mut config = match identity {
        None => builder.with_no_client_auth(),
        Some((chain, key)) => {
            builder.with_client_auth_cert(chain, key).map_err(|error| tls_error::from_rustls(&error))?
        }
    };
    // every connection is a login of its own: there is nothing to resume
    config.resumption = Resumption::disabled();
    Ok(config)
}
