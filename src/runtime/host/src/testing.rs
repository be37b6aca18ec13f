//! What the tests share: certificates that openssl makes, a directory that goes away.

use rustls::pki_types::{CertificateDer, pem::PemObject};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
};

/// A directory that is removed with its contents at the end of the test.
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("host-test-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        Scratch(path)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub fn write(&self, name: &str, content: &[u8]) -> PathBuf {
        fs::write(self.path(name), content).unwrap();
        self.path(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub struct Issued {
    pub der: Vec<u8>,
    pub pem: String,
    pub key: String,
}

impl Issued {
    fn read(cert: &Path, key: &Path) -> Self {
        let pem = fs::read_to_string(cert).unwrap();
        let der = CertificateDer::from_pem_slice(pem.as_bytes()).unwrap().to_vec();
        Issued { der, pem, key: fs::read_to_string(key).unwrap() }
    }
}

/// A root that signs what a test needs.
pub struct Authority {
    scratch: Scratch,
    pub root: Issued,
}

/// A certificate that signed itself; `extensions` are openssl's, such as `basicConstraints=critical,CA:FALSE`.
pub fn self_signed(subject: &str, extensions: &[&str]) -> Issued {
    self_signed_by(subject, extensions, EC)
}

pub const EC: &[&str] = &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];

pub fn self_signed_by(subject: &str, extensions: &[&str], key_kind: &[&str]) -> Issued {
    let scratch = Scratch::new();
    let (cert, key) = (scratch.path("cert"), scratch.path("key"));
    let mut args = vec!["req", "-x509", "-nodes", "-days", "30", "-subj", subject];
    args.extend(["-out", cert.to_str().unwrap(), "-keyout", key.to_str().unwrap()]);
    args.extend(extensions.iter().flat_map(|extension| ["-addext", *extension]));
    args.extend(key_kind);
    openssl(&args);
    Issued::read(&cert, &key)
}

/// What most tests ask for.
pub fn server_extensions(alt_names: &str) -> String {
    format!("basicConstraints=critical,CA:FALSE\nsubjectAltName={alt_names}\n")
}

/// When a certificate is valid, in openssl's form.
pub const NOW: (&str, &str) = ("20200101000000Z", "20400101000000Z");
pub const PAST: (&str, &str) = ("20200101000000Z", "20200201000000Z");
pub const FUTURE: (&str, &str) = ("20400101000000Z", "20410101000000Z");

impl Authority {
    pub fn new(name: &str) -> Self {
        Authority::of(self_signed(&format!("/CN={name}"), &[]))
    }

    pub fn of(root: Issued) -> Self {
        let scratch = Scratch::new();
        scratch.write("root.pem", root.pem.as_bytes());
        scratch.write("root.key", root.key.as_bytes());
        Authority { scratch, root }
    }

    pub fn issue(&self, subject: &str, alt_names: &str) -> Issued {
        self.issue_with(subject, &server_extensions(alt_names), NOW)
    }

    pub fn issue_with(&self, subject: &str, extensions: &str, valid: (&str, &str)) -> Issued {
        self.issue_kind(subject, extensions, valid, EC, "sha256")
    }

    /// With a key of this kind (openssl's arguments), signed over this digest.
    pub fn issue_kind(
        &self,
        subject: &str,
        extensions: &str,
        valid: (&str, &str),
        kind: &[&str],
        digest: &str,
    ) -> Issued {
        let path = |name: &str| self.scratch.path(name).to_str().unwrap().to_owned();
        let (request, key, cert) = (path("request"), path("key"), path("cert"));
        request_for(subject, &key, &request, kind);
        self.scratch.write("index", b"");
        self.scratch.write("extensions", extensions.as_bytes());
        let directory = path("");
        let config = format!(
            "[ca]\ndefault_ca=it\n[it]\ndatabase={}\nnew_certs_dir={directory}\nrand_serial=yes\ndefault_md={digest}\n\
             policy=any\nunique_subject=no\n[any]\ncountryName=optional\norganizationName=optional\ncommonName=optional\n",
            path("index")
        );
        self.scratch.write("config", config.as_bytes());
        openssl(&[
            "ca",
            "-batch",
            "-notext",
            "-utf8",
            "-config",
            &path("config"),
            "-cert",
            &path("root.pem"),
            "-keyfile",
            &path("root.key"),
            "-in",
            &request,
            "-out",
            &cert,
            "-startdate",
            valid.0,
            "-enddate",
            valid.1,
            "-extfile",
            &path("extensions"),
        ]);
        Issued::read(Path::new(&cert), Path::new(&key))
    }

    /// A certificate of X.509 version 1, which has no extensions.
    pub fn issue_version_1(&self, subject: &str) -> Issued {
        let path = |name: &str| self.scratch.path(name).to_str().unwrap().to_owned();
        let (request, key, cert) = (path("request"), path("key"), path("cert"));
        request_for(subject, &key, &request, EC);
        let (root, root_key) = (path("root.pem"), path("root.key"));
        openssl(&[
            "x509", "-req", "-in", &request, "-CA", &root, "-CAkey", &root_key, "-out", &cert, "-days", "30",
        ]);
        Issued::read(Path::new(&cert), Path::new(&key))
    }
}

fn request_for(subject: &str, key: &str, request: &str, kind: &[&str]) {
    let mut args = vec!["req", "-new", "-nodes", "-utf8", "-subj", subject, "-keyout", key, "-out", request];
    args.extend(kind);
    openssl(&args);
}

pub fn openssl(args: &[&str]) {
    let output = Command::new("openssl").args(args).output().expect("openssl is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Gives a test an engine: its context, and a function that evaluates an expression to true or false.
pub fn eval(test: impl FnOnce(&rquickjs::Ctx<'_>, &dyn Fn(&str) -> bool)) {
    let runtime = rquickjs::Runtime::new().unwrap();
    let context = rquickjs::Context::full(&runtime).unwrap();
    context.with(|ctx| test(&ctx, &|source| ctx.eval(source).unwrap()));
}

pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}
