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
pub fn self_signed(subject: &str, extensions: &[&str], more: &[&str]) -> Issued {
    let scratch = Scratch::new();
    let (cert, key) = (scratch.path("cert"), scratch.path("key"));
    let mut args = vec!["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    args.extend(["-subj", subject, "-out", cert.to_str().unwrap(), "-keyout", key.to_str().unwrap()]);
    args.extend(extensions.iter().flat_map(|extension| ["-addext", *extension]));
    args.extend(more);
    openssl(&args);
    Issued::read(&cert, &key)
}

impl Authority {
    pub fn new(name: &str) -> Self {
        let root = self_signed(&format!("/CN={name}"), &[], &["-days", "30"]);
        let scratch = Scratch::new();
        scratch.write("root.pem", root.pem.as_bytes());
        scratch.write("root.key", root.key.as_bytes());
        Authority { scratch, root }
    }

    pub fn issue(&self, subject: &str, alt_names: &str) -> Issued {
        let extensions = format!("basicConstraints=critical,CA:FALSE\nsubjectAltName={alt_names}\n");
        self.issue_with(subject, Some(&extensions), &["-days", "30"])
    }

    /// Signs with the extensions of this text, or makes an X.509 version 1 certificate.
    pub fn issue_with(&self, subject: &str, extensions: Option<&str>, more: &[&str]) -> Issued {
        let path = |name: &str| self.scratch.path(name).to_str().unwrap().to_owned();
        let (request, key, cert) = (path("request"), path("key"), path("cert"));
        openssl(&[
            "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-utf8", "-subj", subject,
            "-keyout", &key, "-out", &request,
        ]);
        let (root, root_key, file) = (path("root.pem"), path("root.key"), path("extensions"));
        let mut args = vec!["x509", "-req", "-in", &request, "-CA", &root, "-CAkey", &root_key, "-out", &cert];
        args.extend(more);
        if let Some(extensions) = extensions {
            self.scratch.write("extensions", extensions.as_bytes());
            args.extend(["-extfile", &file]);
        }
        openssl(&args);
        Issued::read(Path::new(&cert), Path::new(&key))
    }
}

fn openssl(args: &[&str]) {
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
