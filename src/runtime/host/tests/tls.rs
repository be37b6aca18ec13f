//! TLS, from JavaScript: handshakes, and what is found out about the peer.

mod support;

use rustls::{ServerConnection, Stream};
use std::{
    io::{BufRead, BufReader, Read, Write},
    sync::mpsc,
};
use support::{
    certificates::{Authority, NOW, PAST, server_extensions},
    run,
    tls_server::{config, files, plain, serve},
};

#[test]
fn a_trusted_server_is_talked_to() {
    let authority = Authority::new("root");
    let issued = authority.issue("/CN=db", "DNS:db.example");
    let port = serve(config(&issued, None, |config| config.alpn_protocols = vec![b"postgresql".to_vec()]));
    let (_scratch, paths) = files(&[("ca", &authority.root.pem)]);
    let source = "
        const [port, ca] = [args[0], file(args[1])]
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
        const handle = await connect(args[0])
        await send(handle, 'STARTTLS')
        print(text(await read(handle)))
        await tls(handle, { ca: file(args[1]) })
        await send(handle, 'secret\\n')
        print(text(await read(handle)).trim(), (await read(handle)) === undefined)";
    assert_eq!(run(source, &[&port, &paths[0]]), "S\nsecret true\n");
}

#[test]
fn what_is_sent_over_tls_leaves_before_a_close() {
    let authority = Authority::new("root");
    // tickets that nobody reads would turn the close into a reset, which drops what has not left yet
    let issued = authority.issue("/CN=db", "DNS:db.example");
    let config = config(&issued, None, |config| config.send_tls13_tickets = 0);
    let (tell, told) = mpsc::channel();
    let (port, _) = plain(move |mut stream| {
        let mut session = ServerConnection::new(config.clone()).unwrap();
        let mut tls = Stream::new(&mut session, &mut stream);
        let mut all = Vec::new();
        let _ = tls.read_to_end(&mut all); // its end is no close_notify
        tell.send(all.len()).unwrap();
    });
    let (_scratch, paths) = files(&[("ca", &authority.root.pem)]);
    let source = "
        const handle = await connect(args[0])
        await tls(handle, { ca: file(args[1]) })
        print(host.send(1000, handle, new Uint8Array(100_000)), host.send(1001, handle, new Uint8Array(50_000)))
        host.close(handle)";
    assert_eq!(run(source, &[&port, &paths[0]]), "true true\n");
    assert_eq!(told.recv(), Ok(150_000));
}

#[test]
fn many_bytes_go_both_ways_at_once() {
    let authority = Authority::new("root");
    let config = config(&authority.issue("/CN=db", "DNS:db.example"), None, |_| {});
    let (port, _) = plain(move |mut stream| {
        let mut session = ServerConnection::new(config.clone()).unwrap();
        let mut tls = Stream::new(&mut session, &mut stream);
        let mut part = [0; 10_000];
        while let Ok(length @ 1..) = tls.read(&mut part) {
            tls.write_all(&part[..length]).unwrap();
        }
        session.send_close_notify();
        session.complete_io(&mut stream).unwrap();
    });
    let (_scratch, paths) = files(&[("ca", &authority.root.pem)]);
    let source = "
        const handle = await connect(args[0])
        await tls(handle, { ca: file(args[1]) })
        const data = Uint8Array.from({ length: 100_000 }, (_, i) => (i * 7) >> 3)
        const sending = (async () => {
          for (let i = 0; i < 30; i++) await send(handle, data)
          await shutdown(handle)
        })()
        let at = 0
        for (let part; (part = await read(handle)) !== undefined; ) {
          for (const byte of new Uint8Array(part)) if (byte !== data[at++ % 100_000]) throw new Error('wrong byte at ' + at)
        }
        await sending
        print(at)";
    assert_eq!(run(source, &[&port, &paths[0]]), "3000000\n");
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
        const [port, path, serverName] = args
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
fn without_a_ca_the_roots_of_the_system_count() {
    let authority = Authority::new("root");
    let port = serve(config(&authority.issue("/CN=db", "DNS:db.example"), None, |_| {}));
    let (_scratch, paths) = files(&[("bundle", &authority.root.pem)]);
    let source = "print(await code(tls(await connect(args[0]), {}).then(() => 'fine')))";
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
        const [port, ca, cert, key, strange, strangeKey] = [args[0], ...args.slice(1).map(file)]
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
fn certificates_are_read_from_files() {
    let authority = Authority::new("root");
    let issued = authority.issue_with("/CN=db", &server_extensions("DNS:db.example,IP:127.0.0.1"), NOW);
    let other = authority.issue("/CN=db", "DNS:db");
    let both = format!("{}{}", issued.pem, authority.root.pem);
    let (_scratch, paths) = files(&[("cert", &both), ("key", &issued.key), ("other", &other.key)]);
    let source = "
        const [cert, key, other] = args.map((path) => new Uint8Array(host.readFile(path)))
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
