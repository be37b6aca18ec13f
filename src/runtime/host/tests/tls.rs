//! TLS, from JavaScript, against servers that behave and servers that do not.

mod support;

use rustls::{
    RootCertStore, ServerConfig, ServerConnection, Stream,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::WebPkiClientVerifier,
};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Command, Stdio},
    sync::Arc,
    thread::{self, JoinHandle},
};
use support::{
    certificates::{Authority, Issued, NOW, PAST, Scratch, server_extensions},
    run,
};

fn chain(issued: &Issued) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
    let chain = CertificateDer::pem_slice_iter(issued.pem.as_bytes()).collect::<Result<_, _>>().unwrap();
    (chain, PrivateKeyDer::from_pem_slice(issued.key.as_bytes()).unwrap())
}

fn config(
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
fn serve(config: Arc<ServerConfig>) -> String {
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

fn plain(mut serve: impl FnMut(TcpStream) + Send + 'static) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    (port, thread::spawn(move || listener.incoming().flatten().for_each(&mut serve)))
}

/// Where a test's certificates lie as files.
fn files(named: &[(&str, &str)]) -> (Scratch, Vec<String>) {
    let scratch = Scratch::new();
    let paths =
        named.iter().map(|(name, text)| scratch.write(name, text.as_bytes()).to_str().unwrap().to_owned());
    let paths = paths.collect();
    (scratch, paths)
}

#[test]
fn a_trusted_server_is_talked_to() {
    let authority = Authority::new("root");
    let issued = authority.issue("/CN=db", "DNS:db.example");
    let port = serve(config(&issued, None, |config| config.alpn_protocols = vec![b"postgresql".to_vec()]));
    let (_scratch, paths) = files(&[("ca", &authority.root.pem)]);
    let source = "
        const [port, ca] = [host.args[0], file(host.args[1])]
        const handle = await connect(port)
        const waiting = read(handle)
        waiting.drop()
        print(await code(tls(handle, { ca })))
        host.cancelRead(handle)
        print(await tls(handle, { ca, alpn: ['http/1.1', 'postgresql'] }))
        print(host.verifyPeer(handle))
        print(await code(tls(handle, { ca })))
        print(text(await read(handle)), (await read(handle)) === undefined)
        await shutdown(handle)
        const { der, subject, altNames, validFrom, validTo, ca: authority } = host.peerCertificate(handle)
        print(der.byteLength > 100, subject, altNames, validFrom < Date.now(), validTo > Date.now(), authority)";
    let expected = r#"EALREADY
{"protocol":"TLSv1.3","cipher":"TLS_AES_256_GCM_SHA384","alpn":"postgresql"}
{}
EISCONN
hello under TLS true
true [["CN","db"]] [["DNS","db.example"]] true true false
"#;
    assert_eq!(run(source, &[&port, &paths[0]]), expected);
}

#[test]
fn a_plain_conversation_goes_over_to_tls() {
    let authority = Authority::new("root");
    let config = config(&authority.issue("/CN=db", "DNS:db.example"), None, |_| {});
    let (port, _) = plain(move |mut stream| {
        stream.read_exact(&mut [0; 8]).unwrap();
        stream.write_all(b"S").unwrap();
        let mut session = ServerConnection::new(config.clone()).unwrap();
        let mut tls = Stream::new(&mut session, &mut stream);
        let mut line = String::new();
        BufReader::new(&mut tls).read_line(&mut line).unwrap();
        tls.write_all(line.as_bytes()).unwrap(); // and leaves without a close_notify
    });
    let (_scratch, paths) = files(&[("ca", &authority.root.pem)]);
    let source = "
        const handle = await connect(host.args[0])
        await send(handle, 'STARTTLS')
        print(text(await read(handle)))
        await tls(handle, { ca: file(host.args[1]) })
        await send(handle, 'secret\\n')
        print(text(await read(handle)).trim(), (await read(handle)) === undefined)";
    assert_eq!(run(source, &[&port, &paths[0]]), "S\nsecret true\n");
}

#[test]
fn what_is_wrong_is_refused_or_reported_as_asked() {
    let (authority, other) = (Authority::new("root"), Authority::new("other"));
    let extensions = server_extensions("DNS:db.example");
    let good = authority.issue("/CN=db", "DNS:db.example");
    let expired = authority.issue_with("/CN=db", &extensions, PAST);
    let cases = [
        (&good, &authority.root, "db.example", "-", "-"),
        (&good, &authority.root, "other.example", "-", "ERR_TLS_CERT_ALTNAME_INVALID"),
        (&good, &authority.root, "127.0.0.1", "-", "ERR_TLS_CERT_ALTNAME_INVALID"),
        (&good, &other.root, "db.example", "UNABLE_TO_VERIFY_LEAF_SIGNATURE", "-"),
        (&good, &other.root, "x.example", "UNABLE_TO_VERIFY_LEAF_SIGNATURE", "ERR_TLS_CERT_ALTNAME_INVALID"),
        (&expired, &authority.root, "db.example", "CERT_HAS_EXPIRED", "-"),
    ];
    let source = "
        const [port, path, serverName] = host.args
        const ca = file(path)
        const rejecting = await connect(port)
        print(await code(tls(rejecting, { ca, serverName }).then(() => 'fine')))
        print(await code(read(rejecting).then((bytes) => text(bytes))))
        const reporting = await connect(port)
        await tls(reporting, { ca, serverName, reject: false })
        const { chain, name } = host.verifyPeer(reporting)
        print(chain?.code ?? '-', name?.code ?? '-', text(await read(reporting)))";
    for (issued, trusted, name, chain, bad_name) in cases {
        let port = serve(config(issued, None, |_| {}));
        let (_scratch, paths) = files(&[("ca", &trusted.pem)]);
        let (first, second) = match (chain, bad_name) {
            ("-", "-") => (r#"answered "fine""#, r#"answered "hello under TLS""#),
            ("-", code) | (code, _) => (code, "ENOTCONN"),
        };
        let expected = format!("{first}\n{second}\n{chain} {bad_name} hello under TLS\n");
        assert_eq!(run(source, &[&port, &paths[0], name]), expected, "{name} {chain}");
    }
}

#[test]
fn a_refused_server_is_told_why() {
    let (authority, other) = (Authority::new("root"), Authority::new("other"));
    let config = config(&authority.issue("/CN=db", "DNS:db.example"), None, |_| {});
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let server = thread::spawn(move || {
        let mut stream = listener.accept().unwrap().0;
        let mut session = ServerConnection::new(config).unwrap();
        Stream::new(&mut session, &mut stream).read_exact(&mut [0]).unwrap_err().to_string()
    });
    let (_scratch, paths) = files(&[("ca", &other.root.pem)]);
    run("await code(tls(await connect(host.args[0]), { ca: file(host.args[1]) }))", &[&port, &paths[0]]);
    assert_eq!(server.join().unwrap(), "received fatal alert: UnknownCA");
}

#[test]
fn without_a_ca_the_roots_of_the_system_count() {
    let authority = Authority::new("root");
    let port = serve(config(&authority.issue("/CN=db", "DNS:db.example"), None, |_| {}));
    let (_scratch, paths) = files(&[("bundle", &authority.root.pem)]);
    let source = "print(await code(tls(await connect(host.args[0]), {}).then(() => 'fine')))";
    let program = support::Program::new(source);
    for (bundle, expected) in
        [(&*paths[0], "answered \"fine\"\n"), ("/no/such/bundle", "UNABLE_TO_VERIFY_LEAF_SIGNATURE\n")]
    {
        let mut command = program.command();
        command.arg(&port).env("SSL_CERT_FILE", bundle);
        let output = support::finish(support::Program::spawn(&mut command));
        assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
    }
}

#[test]
fn a_client_shows_who_it_is() {
    let authority = Authority::new("root");
    let (server, client) =
        (authority.issue("/CN=db", "DNS:db.example"), authority.issue("/CN=app", "DNS:app"));
    let stranger = Authority::new("other").issue("/CN=app", "DNS:app");
    let port = serve(config(&server, Some(&authority.root), |_| {}));
    let (_scratch, paths) = files(&[
        ("ca", &authority.root.pem),
        ("cert", &client.pem),
        ("key", &client.key),
        ("strange", &stranger.pem),
        ("strange-key", &stranger.key),
    ]);
    let source = "
        const [port, ca, cert, key, strange, strangeKey] = [host.args[0], ...host.args.slice(1).map(file)]
        const hello = async (options) => {
          const handle = await connect(port)
          await tls(handle, { ca, ...options })
          return text(await read(handle))
        }
        print(await code(hello({ cert, key })))
        print(await code(hello({})))
        print(await code(hello({ cert: strange, key: strangeKey })))
        print(await code(hello({ cert, key: strangeKey })))
        print(await code(hello({ cert, key: 'text' })))
        print(await code(hello({ cert: 'text', key })))
        print(await code(hello({ ca: 'text' })))
        print(await code(hello({ serverName: '' })))";
    let expected = "answered \"hello under TLS\"
ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED
ERR_SSL_TLSV1_ALERT_UNKNOWN_CA
ERR_OSSL_X509_KEY_VALUES_MISMATCH
ERR_OSSL_PEM_NO_START_LINE
ERR_OSSL_PEM_NO_START_LINE
ERR_OSSL_PEM_NO_START_LINE
ERR_INVALID_ARG_VALUE
";
    let args: Vec<&str> = [&port].into_iter().chain(&paths).map(String::as_str).collect();
    assert_eq!(run(source, &args), expected);
}

#[test]
fn what_is_no_tls_is_told_from_what_breaks_off() {
    let cases: [(&[u8], &str); 7] = [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "ERR_SSL_WRONG_VERSION_NUMBER"),
        (b"SSH-2.0-OpenSSH_9\r\n", "ERR_SSL_WRONG_VERSION_NUMBER"),
        (b"-ERR unknown command\r\n", "ERR_SSL_WRONG_VERSION_NUMBER"),
        (b"", "ECONNRESET"),
        (b"E", "ERR_SSL_WRONG_VERSION_NUMBER"),
        (b"\x15\x03\x03\x00\x02\x02\x28", "ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE"),
        (b"\x15\x03\x01\x00\x02\x02\x46", "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION"),
    ];
    for (answer, expected) in cases {
        let (port, _) = plain(move |mut stream| {
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(answer);
        });
        let source = "print(await code(tls(await connect(host.args[0]), { reject: false })))";
        assert_eq!(run(source, &[&port]), format!("{expected}\n"), "{answer:?}");
    }
}

#[test]
fn random_bytes_in_a_handshake_do_no_harm() {
    let authority = Authority::new("root");
    let config = config(&authority.issue("/CN=db", "DNS:db.example"), None, |_| {});
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    // what an honest server would say first, with bytes changed
    let (port, _) = plain(move |mut stream| {
        let mut random = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as usize
        };
        let mut session = ServerConnection::new(config.clone()).unwrap();
        let _ = session.read_tls(&mut stream);
        let _ = session.process_new_packets();
        let mut flight = Vec::new();
        while session.wants_write() {
            session.write_tls(&mut flight).unwrap();
        }
        for _ in 0..=random() % 4 {
            let at = random() % flight.len().min(200 + random() % 2000);
            flight[at] = random() as u8;
        }
        let _ = stream.write_all(&flight);
    });
    let source = "
        for (let i = 0; i < 300; i++) {
          const handle = await connect(host.args[0])
          await code(tls(handle, { reject: false }))
          host.close(handle)
        }
        print('alive')";
    assert_eq!(run(source, &[&port]), "alive\n");
}

#[test]
fn a_version_1_certificate_is_only_taken_when_nothing_is_refused() {
    let authority = Authority::new("root");
    let issued = authority.issue_version_1("/CN=db");
    let (_scratch, paths) =
        files(&[("cert", &issued.pem), ("key", &issued.key), ("ca", &authority.root.pem)]);
    for version in ["-tls1_2", "-tls1_3"] {
        let mut server = Command::new("openssl")
            .args(["s_server", "-accept", "127.0.0.1:0", version, "-cert", &paths[0], "-key", &paths[1]])
            .stdin(Stdio::piped()) // it ends when that does
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(server.stdout.take().unwrap()).lines();
        let port = lines
            .map_while(Result::ok)
            .find_map(|line| Some(line.strip_prefix("ACCEPT 127.0.0.1:")?.to_owned()));
        let source = "
            const ca = file(host.args[1])
            print(await code(tls(await connect(host.args[0]), { ca })))
            const handle = await connect(host.args[0])
            print((await tls(handle, { ca, reject: false })).protocol)
            print(host.verifyPeer(handle).chain.code)";
        let printed = run(source, &[&port.unwrap(), &paths[2]]);
        server.kill().unwrap();
        server.wait().unwrap();
        let protocol = if version == "-tls1_2" { "TLSv1.2" } else { "TLSv1.3" };
        assert_eq!(printed, format!("CERT_UNTRUSTED\n{protocol}\nCERT_UNTRUSTED\n"));
    }
}

#[test]
fn certificates_are_read_from_files() {
    let authority = Authority::new("root");
    let issued = authority.issue_with("/CN=db", &server_extensions("DNS:db.example,IP:127.0.0.1"), NOW);
    let other = authority.issue("/CN=db", "DNS:db");
    let both = format!("{}{}", issued.pem, authority.root.pem);
    let (_scratch, paths) = files(&[("cert", &both), ("key", &issued.key), ("other", &other.key)]);
    let source = "
        const [cert, key, other] = host.args.map((path) => new Uint8Array(host.readFile(path)))
        const [end, root] = host.readCertificates(cert)
        print(end.subject, end.issuer, end.ca, root.ca, /^[0-9A-F]+$/.test(end.serialNumber), new Date(end.validTo))
        const der = new Uint8Array(end.der)
        for (const name of ['db.example', '127.0.0.1', 'db', 'a b', '']) print(host.certificateIsFor(der, name))
        print(host.certificateMatchesKey(der, key), host.certificateMatchesKey(der, other))
        print(thrown(() => host.readCertificates(key)), thrown(() => host.readCertificates(sent('0'))))";
    let expected = r#"[["CN","db"]] [["CN","root"]] false true true "2040-01-01T00:00:00.000Z"
true
true
false
false
false
true false
ERR_OSSL_PEM_NO_START_LINE ERR_OSSL_ASN1_PARSE_ERROR
"#;
    assert_eq!(run(source, &paths.iter().map(String::as_str).collect::<Vec<_>>()), expected);
}
