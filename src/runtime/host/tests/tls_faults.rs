//! TLS, from JavaScript, with peers that break it.

mod support;

use rustls::{
    ServerConfig, ServerConnection, Stream,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    sign::{CertifiedKey, SingleCertAndKey},
    version::{TLS12, TLS13},
};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    process::{Command, Stdio},
    sync::Arc,
    thread,
};
use support::{
    certificates::Authority,
    run,
    tls_server::{config, files, plain, serve},
};

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
    run("await code(tls(await connect(args[0]), { ca: file(args[1]) }))", &[&port, &paths[0]]);
    assert_eq!(server.join().unwrap(), "received fatal alert: UnknownCA");
}

#[test]
fn what_is_no_tls_is_told_from_what_breaks_off() {
    let cases: [(&[u8], &str); 7] = [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "ERR_SSL_WRONG_VERSION_NUMBER"),
        (b"SSH-2.0-OpenSSH_9\r\n", "ERR_SSL_WRONG_VERSION_NUMBER"),
        (b"-ERR unknown command\r\n", "ERR_SSL_WRONG_VERSION_NUMBER"),
        (b"", "ECONNRESET"),
        (b"E", "ERR_SSL_WRONG_VERSION_NUMBER"),
        (b"\x15\x03\x03\x00\x02\x02\x28", "ERR_TLS_UNSUPPORTED_OFFER"),
        (b"\x15\x03\x01\x00\x02\x02\x46", "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION"),
    ];
    for (answer, expected) in cases {
        let (port, _) = plain(move |mut stream| {
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(answer);
        });
        let source = "print(await code(tls(await connect(args[0]), { reject: false })))";
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
          const handle = await connect(args[0])
          await code(tls(handle, { reject: false }))
          host.close(handle)
        }
        print('alive')";
    assert_eq!(run(source, &[&port]), "alive\n");
}

#[test]
fn a_version_1_certificate_that_an_authority_signed_is_good_but_for_its_name() {
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
            const ca = file(args[1])
            print(await code(tls(await connect(args[0]), { ca })))
            const handle = await connect(args[0])
            print((await tls(handle, { ca, reject: false })).protocol)
            const { chain, name } = host.verifyPeer(handle)
            print(chain === undefined, name.code)";
        let printed = run(source, &[&port.unwrap(), &paths[2]]);
        server.kill().unwrap();
        server.wait().unwrap();
        let protocol = if version == "-tls1_2" { "TLSv1.2" } else { "TLSv1.3" };
        let name = "ERR_TLS_CERT_ALTNAME_INVALID";
        assert_eq!(printed, format!("{name}\n{protocol}\ntrue {name}\n"));
    }
}

#[test]
fn whoever_does_not_hold_the_key_of_a_version_1_certificate_is_refused_even_when_nothing_is_verified() {
    let authority = Authority::new("root");
    let (issued, other) = (authority.issue_version_1("/CN=db"), authority.issue_version_1("/CN=other"));
    let chain = vec![CertificateDer::from(issued.der.clone())];
    for version in [&TLS12, &TLS13] {
        for (holder, expected) in [(&issued, "done"), (&other, "CERT_SIGNATURE_FAILURE")] {
            let key = PrivateKeyDer::from_pem_slice(holder.key.as_bytes()).unwrap();
            let key = CertifiedKey::new(chain.clone(), ring::sign::any_supported_type(&key).unwrap());
            let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
                .with_protocol_versions(&[version])
                .unwrap()
                .with_no_client_auth()
                .with_cert_resolver(Arc::new(SingleCertAndKey::from(key)));
            let port = serve(Arc::new(config));
            let source = "
                const done = tls(await connect(args[0]), { reject: false }).then(() => { throw { code: 'done' } })
                print(await code(done))";
            assert_eq!(run(source, &[&port]), format!("{expected}\n"), "{version:?}");
        }
    }
}
