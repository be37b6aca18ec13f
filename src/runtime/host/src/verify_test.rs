use super::*;
use crate::testing::{Authority, FUTURE, Issued, NOW, PAST, self_signed, server_extensions};

fn chain(issued: &[&Issued]) -> Vec<CertificateDer<'static>> {
    issued.iter().map(|one| CertificateDer::from(one.der.clone())).collect()
}

fn trust(issued: &[&Issued]) -> Trust {
    Trust::given(&issued.iter().map(|one| &*one.pem).collect::<String>()).unwrap()
}

fn code(sent: &[&Issued], trusted: &[&Issued]) -> &'static str {
    check_chain(&chain(sent), &trust(trusted), UnixTime::now()).map_or("ok", |finding| finding.code)
}

const CA: &str = "basicConstraints=critical,CA:TRUE\n";

#[test]
fn a_chain_that_breaks_off_says_where() {
    let (root, other, namesake) = (Authority::new("root"), Authority::new("other"), Authority::new("root"));
    let between = Authority::of(root.issue_with("/CN=between", CA, NOW));
    let (direct, indirect) = (root.issue("/CN=db", "DNS:db"), between.issue("/CN=db", "DNS:db"));
    let (root, other, namesake, between) = (&root.root, &other.root, &namesake.root, &between.root);
    let cases: [(&str, &[&Issued], &[&Issued], &str); 12] = [
        ("signed by the authority", &[&direct], &[root], "ok"),
        ("over an intermediate", &[&indirect, between], &[root], "ok"),
        ("one of several authorities", &[&direct], &[other, root], "ok"),
        ("the intermediate is in the ca file", &[&indirect], &[root, between], "ok"),
        ("not by this authority", &[&direct], &[other], "UNABLE_TO_VERIFY_LEAF_SIGNATURE"),
        ("by another of the same name", &[&direct], &[namesake], "UNABLE_TO_VERIFY_LEAF_SIGNATURE"),
        ("a root nobody trusts was sent along", &[&direct, root], &[other], "SELF_SIGNED_CERT_IN_CHAIN"),
        (
            "intermediate sent, root unknown",
            &[&indirect, between],
            &[other],
            "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
        ),
        ("intermediate not sent", &[&indirect], &[root], "UNABLE_TO_VERIFY_LEAF_SIGNATURE"),
        ("only the intermediate in the ca file", &[&indirect], &[between], "UNABLE_TO_GET_ISSUER_CERT"),
        ("only itself in the ca file", &[&direct], &[&direct], "UNABLE_TO_VERIFY_LEAF_SIGNATURE"),
        ("no certificate at all", &[], &[root], "CERT_UNTRUSTED"),
    ];
    for (what, sent, trusted, expected) in cases {
        assert_eq!(code(sent, trusted), expected, "{what}");
    }
}

#[test]
fn a_self_signed_certificate_is_good_for_itself_alone() {
    let end = server_extensions("DNS:db");
    let end: Vec<&str> = end.lines().collect();
    let (authority, other) =
        (self_signed("/CN=db", &["subjectAltName=DNS:db"]), Authority::new("other").root);
    let (server, again) = (self_signed("/CN=db", &end), self_signed("/CN=db", &end));
    let by_server = Authority::of(self_signed("/CN=db", &end));
    let signed = by_server.issue("/CN=evil", "DNS:evil");
    let cases: [(&str, &[&Issued], &[&Issued], &str); 7] = [
        ("pinned, marked as an authority", &[&authority], &[&authority], "ok"),
        ("pinned, marked as a server's", &[&server], &[&server], "ok"),
        ("not pinned, marked as an authority", &[&authority], &[&other], "DEPTH_ZERO_SELF_SIGNED_CERT"),
        ("not pinned, marked as a server's", &[&server], &[&other], "DEPTH_ZERO_SELF_SIGNED_CERT"),
        ("another of the same name", &[&again], &[&server], "DEPTH_ZERO_SELF_SIGNED_CERT"),
        (
            "a pin of a server signs for nobody",
            &[&signed],
            &[&by_server.root],
            "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
        ),
        ("nor when it is sent along", &[&signed, &by_server.root], &[&by_server.root], "INVALID_CA"),
    ];
    for (what, sent, trusted, expected) in cases {
        assert_eq!(code(sent, trusted), expected, "{what}");
    }
}

#[test]
fn time_is_named_before_trust() {
    let (root, other) = (Authority::new("root"), Authority::new("other"));
    let extensions = server_extensions("DNS:db");
    let (past, future) =
        (root.issue_with("/CN=db", &extensions, PAST), root.issue_with("/CN=db", &extensions, FUTURE));
    let itself = self_signed("/CN=db", &["subjectAltName=DNS:db"]);
    let expired_issuer = Authority::of(root.issue_with("/CN=between", CA, PAST));
    let below = expired_issuer.issue("/CN=db", "DNS:db");
    let cases: [(&str, &[&Issued], &Issued, &str); 5] = [
        ("expired", &[&past], &root.root, "CERT_HAS_EXPIRED"),
        ("expired, and nobody knows the issuer", &[&past], &other.root, "CERT_HAS_EXPIRED"),
        ("not valid yet", &[&future], &root.root, "CERT_NOT_YET_VALID"),
        ("not valid yet, and nobody knows the issuer", &[&future], &other.root, "CERT_NOT_YET_VALID"),
        ("the intermediate has expired", &[&below, &expired_issuer.root], &root.root, "CERT_HAS_EXPIRED"),
    ];
    for (what, sent, trusted, expected) in cases {
        assert_eq!(code(sent, &[trusted]), expected, "{what}");
    }
    let in_a_year =
        UnixTime::since_unix_epoch(std::time::Duration::from_secs(UnixTime::now().as_secs() + 31_536_000));
    let finding = check_chain(&chain(&[&itself]), &trust(&[&itself]), in_a_year).unwrap();
    assert_eq!(finding.code, "CERT_HAS_EXPIRED", "a pin expires, too");
}

#[test]
fn what_is_not_meant_for_a_server_is_refused() {
    let root = Authority::new("root");
    let server = server_extensions("DNS:db");
    let for_clients = root.issue_with("/CN=db", &format!("{server}extendedKeyUsage=clientAuth\n"), NOW);
    let authority = root.issue_with("/CN=db", &format!("{CA}subjectAltName=DNS:db\n"), NOW);
    let no_authority = Authority::of(root.issue("/CN=between", "DNS:between"));
    let below = no_authority.issue("/CN=db", "DNS:db");
    let narrow = Authority::of(root.issue_with(
        "/CN=narrow",
        &format!("{CA}nameConstraints=critical,permitted;DNS:example.com\n"),
        NOW,
    ));
    let outside = narrow.issue("/CN=db", "DNS:db");
    let critical = root.issue_with("/CN=db", &format!("{server}1.2.3.4=critical,ASN1:NULL\n"), NOW);
    assert_eq!(code(&[&for_clients], &[&root.root]), "INVALID_PURPOSE");
    assert_eq!(code(&[&authority], &[&root.root]), "INVALID_CA");
    assert_eq!(code(&[&below, &no_authority.root], &[&root.root]), "INVALID_CA");
    for (sent, what) in [
        (&[&outside, &narrow.root][..], "outside of what its authority may sign"),
        (&[&critical], "with a critical extension that nobody knows"),
    ] {
        assert_ne!(code(sent, &[&root.root]), "ok", "{what}");
    }
}

#[test]
fn a_changed_certificate_is_refused() {
    let root = Authority::new("root");
    let mut issued = root.issue("/CN=db", "DNS:db.example");
    let at = issued.der.windows(10).position(|part| part == b"db.example").unwrap();
    issued.der[at] = b'e';
    assert_eq!(code(&[&issued], &[&root.root]), "UNABLE_TO_VERIFY_LEAF_SIGNATURE");
    issued.der.truncate(50);
    assert_eq!(code(&[&issued], &[&root.root]), "TLS_UNSUPPORTED_CERTIFICATE");
}

#[test]
fn version_1_is_good_when_an_authority_signed_it() {
    let (root, other, namesake) = (Authority::new("root"), Authority::new("other"), Authority::new("root"));
    let (old, pin) = (root.issue_version_1("/CN=db"), Authority::of(root.issue_version_1("/CN=root")).root);
    let between = Authority::of(root.issue_with("/CN=between", CA, NOW));
    let below = between.issue_version_1("/CN=db");
    let narrow =
        Authority::of(self_signed("/CN=narrow", &["nameConstraints=critical,permitted;DNS:example.com"]));
    let outside = narrow.issue_version_1("/CN=db");
    let mut changed = root.issue_version_1("/CN=ab");
    let at = changed.der.windows(2).position(|part| part == b"ab").unwrap();
    changed.der[at] = b'c';
    let cases: [(&str, &[&Issued], &Issued, &str); 9] = [
        ("signed by the authority", &[&old], &root.root, "ok"),
        ("not by this one", &[&old], &other.root, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"),
        ("by another of the same name", &[&old], &namesake.root, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"),
        ("changed", &[&changed], &root.root, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"),
        ("a pin", &[&pin], &pin, "ok"),
        ("self-signed, and no pin", &[&pin], &other.root, "DEPTH_ZERO_SELF_SIGNED_CERT"),
        ("below an intermediate", &[&below, &between.root], &root.root, "TLS_UNSUPPORTED_CERTIFICATE"),
        ("below one that is not sent", &[&below], &root.root, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"),
        ("of one that may not sign for all", &[&outside], &narrow.root, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"),
    ];
    for (what, sent, trusted, expected) in cases {
        assert_eq!(code(sent, &[trusted]), expected, "{what}");
    }
}

#[test]
fn the_name_must_be_an_alternative_name() {
    let root = Authority::new("root");
    let names = "DNS:db.example,DNS:my_db,DNS:*.wild.example,IP:127.0.0.1,IP:::1";
    let (named, plain) =
        (root.issue("/CN=cn.example", names), root.issue_with("/CN=db", "basicConstraints=CA:FALSE", NOW));
    let cases = [
        ("db.example", true),
        ("DB.Example", true),
        ("db.example.", true),
        ("my_db", true),
        ("a.wild.example", true),
        ("127.0.0.1", true),
        ("::1", true),
        ("0:0:0:0:0:0:0:1", true),
        ("other.example", false),
        ("db.example.evil", false),
        ("xdb.example", false),
        ("a.b.wild.example", false),
        ("wild.example", false),
        ("127.0.0.2", false),
        ("cn.example", false),
    ];
    for (name, expected) in cases {
        let finding = check_name(&chain(&[&named])[0], &ServerName::try_from(name).unwrap());
        assert_eq!(finding.is_none(), expected, "{name}");
        assert!(finding.is_none_or(|finding| finding.code == "ERR_TLS_CERT_ALTNAME_INVALID"));
    }
    let finding = check_name(&chain(&[&plain])[0], &ServerName::try_from("db").unwrap()).unwrap();
    assert_eq!(finding.message, "db is not in the certificate, which has no alternative names");
}

#[test]
fn a_ca_file_must_hold_certificates() {
    let root = Authority::new("root").root;
    for text in ["", "text", &root.key, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        assert_eq!(Trust::given(text).unwrap_err().code, "ERR_OSSL_PEM_NO_START_LINE", "{text}");
    }
    let commented = format!("# our own\n{}\n{}", root.pem, root.key);
    assert!(Trust::given(&commented).is_ok());
}
