//! How the executables are linked: small, and the same bytes each time.

use std::{env, path::Path, process::Command};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=link.ld");
    let link = |argument: &str| println!("cargo:rustc-link-arg-bins={argument}");
    link("-Wl,--build-id=sha1");
    link("-Wl,-z,noexecstack");
    // the linker that comes with Rust can do what binutils' cannot: fold identical functions, drop tables in use
    if let Some(directory) = lld() {
        link("-fuse-ld=lld");
        link(&format!("-B{directory}"));
        link("-Wl,--icf=all");
        link("-Wl,-O2");
        link("-Wl,--no-eh-frame-hdr");
        link(&format!("-Wl,-T,{}/link.ld", env::var("CARGO_MANIFEST_DIR").unwrap_or_default()));
    }
}

/// Where Rust's linker lies, if this toolchain has it.
fn lld() -> Option<String> {
    let rustc = Command::new(env::var("RUSTC").ok()?).args(["--print", "sysroot"]).output().ok()?;
    let sysroot = String::from_utf8(rustc.stdout).ok()?;
    let directory = format!("{}/lib/rustlib/{}/bin/gcc-ld", sysroot.trim(), env::var("HOST").ok()?);
    Path::new(&directory).join("ld.lld").exists().then_some(directory)
}
