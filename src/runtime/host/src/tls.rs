//! TLS on a connection, as a client.

use crate::{
    bind::{on, optional},
    error::{HostError, HostResult},
    host::{Answer, Host},
    judge::Judge,
    net::Connection,
    private_key::{belongs, read_key, signing_key},
    signatures::provider,
    stream::Stream,
    tls_error,
    tls_stream::TlsStream,
    verify::{Trust, check_chain, check_name},
    x509::Certificate,
};
use rquickjs::{Ctx, Object};
use rustls::{
    ClientConfig, ClientConnection, ProtocolVersion, SupportedProtocolVersion,
    client::Resumption,
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
    sign::{CertifiedKey, SingleCertAndKey},
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
    identity: Option<Arc<SingleCertAndKey>>,
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

/// The client's certificate chain and key. The chain is for the server to judge: nothing here has to understand it.
fn identity(cert: &str, key: &str) -> HostResult<Arc<SingleCertAndKey>> {
    let bad = |what| HostError::new("ERR_OSSL_PEM_NO_START_LINE", what);
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(cert.as_bytes()).collect();
    let chain = chain.map_err(|_| bad("the client's certificate is broken"))?;
    let own = chain.first().and_then(|own| Certificate::read(own));
    let own = own.ok_or_else(|| bad("the client's certificate cannot be read"))?;
    let key = read_key(key.as_bytes()).map_err(|error| match &*error.code {
        "ERR_OSSL_UNSUPPORTED" => bad("the client's key cannot be read"),
        _ => error,
    })?;
    if belongs(&key, &own) == Ok(false) {
        let message = "the key does not belong to the certificate";
        return Err(HostError::new("ERR_OSSL_X509_KEY_VALUES_MISMATCH", message));
    }
    let key = signing_key(&key, &own)?;
    Ok(Arc::new(CertifiedKey::new(chain, key).into()))
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
        return Err(judge.refusal().unwrap_or_else(|| failed(error.into(), &stream.session)));
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

/// A peer that refuses before it has settled anything found nothing in the offer that it could settle on; what one sends
/// that has is TLS, however wrong.
fn failed(error: HostError, session: &ClientConnection) -> HostError {
    match (&*error.code, session.protocol_version()) {
        (code, None) if code.ends_with("_ALERT_HANDSHAKE_FAILURE") => {
            HostError::new(tls_error::UNSUPPORTED_OFFER, error.message)
        }
        ("ERR_SSL_WRONG_VERSION_NUMBER", Some(_)) => HostError::new("ERR_SSL_PROTOCOL_ERROR", error.message),
        _ => error,
    }
}

fn config(
    judge: Arc<Judge>,
    identity: Option<Arc<SingleCertAndKey>>,
    versions: &[&'static SupportedProtocolVersion],
) -> HostResult<ClientConfig> {
    let builder = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(versions)
        .map_err(|error| tls_error::from_rustls(&error))?
        .dangerous()
        .with_custom_certificate_verifier(judge);
    let mut config = match identity {
        None => builder.with_no_client_auth(),
        Some(identity) => builder.with_client_cert_resolver(identity),
    };
    // every connection is a login of its own: there is nothing to resume
    config.resumption = Resumption::disabled();
    Ok(config)
}
