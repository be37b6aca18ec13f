use crate::{
    testing::{Authority, EC, Issued, NOW, self_signed, self_signed_by, server_extensions},
    verify::{Trust, check_chain},
};
use rustls::pki_types::{CertificateDer, UnixTime};

const CA: &str = "basicConstraints=critical,CA:TRUE\n";

/// The code and the message, which for keys and signatures is their kind.
fn finding(sent: &[&Issued], trusted: &Issued) -> (&'static str, String) {
    let chain: Vec<_> = sent.iter().map(|one| CertificateDer::from(one.der.clone())).collect();
    let found = check_chain(&chain, &Trust::given(&trusted.pem).unwrap(), UnixTime::now());
    found.map_or(("ok", String::new()), |finding| (finding.code, finding.message))
}

fn kind(name: &'static str) -> [&'static str; 4] {
    match name {
        "RSA" => ["-newkey", "rsa:1024", "-pkeyopt", "rsa_keygen_pubexp:65537"],
        curve => ["-newkey", "ec", "-pkeyopt", curve],
    }
}

#[test]
fn what_cannot_be_verified_is_named() {
    let extensions = server_extensions("DNS:db");
    let ed448 = ["-newkey", "ed448"];
    let rsa = ["-newkey", "rsa:2048"];
    let (p521, p384) = (kind("ec_paramgen_curve:secp521r1"), kind("ec_paramgen_curve:secp384r1"));
    let secp256k1 = kind("ec_paramgen_curve:secp256k1");
    let root = Authority::new("root");
    let of = |kind: &[&str]| root.issue_kind("/CN=db", &extensions, NOW, kind, "sha256");
    for known in [&p521[..], &p384, &rsa, &["-newkey", "ed25519"], &["-newkey", "rsa-pss"]] {
        assert_eq!(finding(&[&of(known)], &root.root).0, "ok", "{known:?}");
    }
    for (unknown, name) in
        [(&ed448[..], "Ed448"), (&kind("RSA"), "RSA of 1024 bits"), (&secp256k1, "secp256k1")]
    {
        assert_eq!(finding(&[&of(unknown)], &root.root), ("TLS_UNSUPPORTED_KEY", name.to_owned()));
        let authority = Authority::of(self_signed_by("/CN=root", &[], unknown));
        let digest = if name == "Ed448" { "default" } else { "sha256" };
        let signed = authority.issue_kind("/CN=db", &extensions, NOW, EC, digest);
        let expected = ("TLS_UNSUPPORTED_AUTHORITY", name.to_owned());
        assert_eq!(finding(&[&signed], &authority.root), expected);
        let old = authority.issue_version_1("/CN=db");
        assert_eq!(finding(&[&old], &authority.root), expected);
    }
    let signatures = [
        (&rsa[..], "sha1", "SHA-1"),
        (&rsa, "sha224", "SHA-224"),
        (EC, "sha512", "ECDSA and SHA-512 by a key of the kind P-256"),
        (&p384, "sha512", "ECDSA and SHA-512 by a key of the kind P-384"),
    ];
    for (key, digest, name) in signatures {
        let authority = Authority::of(self_signed_by("/CN=root", &[], key));
        let signed = authority.issue_kind("/CN=db", &extensions, NOW, EC, digest);
        assert_eq!(finding(&[&signed], &authority.root), ("TLS_UNSUPPORTED_SIGNATURE", name.to_owned()));
    }
    for digest in ["sha256", "sha384", "sha512"] {
        let authority = Authority::of(self_signed_by("/CN=root", &[], &p521));
        let signed = authority.issue_kind("/CN=db", &extensions, NOW, EC, digest);
        assert_eq!(finding(&[&signed], &authority.root).0, "ok", "P-521 and {digest}");
    }
}

#[test]
fn what_an_authority_may_not_is_told_from_what_is_not_known() {
    let root = Authority::new("root");
    let critical = format!("{}1.2.3.4=critical,ASN1:NULL\n", server_extensions("DNS:db"));
    let critical = root.issue_with("/CN=db", &critical, NOW);
    let pin = self_signed("/CN=db", &["1.2.3.4=critical,ASN1:NULL"]);
    let constraint = format!("{CA}nameConstraints=critical,permitted;DNS:example.com\n");
    let narrow = Authority::of(root.issue_with("/CN=narrow", &constraint, NOW));
    let outside = narrow.issue("/CN=db", "DNS:db");
    let last =
        Authority::of(root.issue_with("/CN=last", "basicConstraints=critical,CA:TRUE,pathlen:0\n", NOW));
    let too_deep = Authority::of(last.issue_with("/CN=deep", CA, NOW));
    let deep = too_deep.issue("/CN=db", "DNS:db");
    let mut long = vec![Authority::of(root.issue_with("/CN=0", CA, NOW))];
    for depth in 1..8 {
        let next = long[depth - 1].issue_with(&format!("/CN={depth}"), CA, NOW);
        long.push(Authority::of(next));
    }
    let end = long[7].issue("/CN=db", "DNS:db");
    let sent: Vec<_> = [&end].into_iter().chain(long.iter().rev().map(|one| &one.root)).collect();
    let cases: [(&[&Issued], &Issued, &str); 5] = [
        (&[&critical], &root.root, "TLS_UNSUPPORTED_EXTENSION"),
        (&[&pin], &pin, "TLS_UNSUPPORTED_EXTENSION"),
        (&[&outside, &narrow.root], &root.root, "PERMITTED_VIOLATION"),
        (&[&deep, &too_deep.root, &last.root], &root.root, "PATH_LENGTH_EXCEEDED"),
        (&sent, &root.root, "TLS_UNSUPPORTED_CERTIFICATE"),
    ];
    for (sent, trusted, expected) in cases {
        assert_eq!(finding(sent, trusted).0, expected);
    }
}

#[test]
fn an_odd_serial_number_is_no_unknown_authority() {
    for serial in ["-5", "0", "0x80", "0x7f112233445566778899aabbccddeeff00112233445566778899"] {
        let extensions = ["subjectAltName=DNS:db", "basicConstraints=critical,CA:TRUE"];
        let kind = [EC, &["-set_serial", serial]].concat();
        let authority = Authority::of(self_signed_by("/CN=root", &extensions, &kind));
        let signed = authority.issue("/CN=db", "DNS:db");
        for (sent, what) in [(&[&signed][..], "signed"), (&[&authority.root], "a pin")] {
            let (code, _) = finding(sent, &authority.root);
            assert!(["ok", "TLS_UNSUPPORTED_CERTIFICATE"].contains(&code), "{serial} {what}: {code}");
        }
    }
}

#[test]
fn an_authority_that_cannot_be_read_does_not_spoil_the_others() {
    let odd = Authority::of(self_signed("/CN=odd", &["nameConstraints=critical,DER:0500"]));
    let good = Authority::new("good");
    let both =
        Issued { der: Vec::new(), pem: format!("{}{}", odd.root.pem, good.root.pem), key: String::new() };
    assert_eq!(finding(&[&good.issue("/CN=db", "DNS:db")], &both).0, "ok");
    let signed = odd.issue("/CN=db", "DNS:db");
    assert_eq!(finding(&[&signed], &both).0, "TLS_UNSUPPORTED_CERTIFICATE");
}
