//! What the process was started with.

use crate::{
    arguments,
    bind::def,
    error::HostError,
    exec, fatal, locate,
    text::{from_os, to_os},
};
use rquickjs::{Array, Ctx, Object, String as JsString, qjs};
use std::{
    ffi::{CStr, OsStr, c_char},
    os::unix::ffi::OsStrExt,
};

/// Installs the primitives of this group.
pub fn install<'js>(ctx: &Ctx<'js>, object: &Object<'js>) -> rquickjs::Result<()> {
    object.set("arch", if cfg!(target_arch = "x86_64") { "x64" } else { "arm64" })?;
    def!(ctx, object, "args", |ctx: Ctx<'js>| -> rquickjs::Result<Array<'js>> {
        let list = Array::new(ctx.clone())?;
        for (index, argument) in arguments::all().enumerate() {
            list.set(index, from_os(&ctx, &argument)?)?;
        }
        Ok(list)
    });
    def!(ctx, object, "execPath", |ctx: Ctx<'js>| -> rquickjs::Result<JsString<'js>> {
        from_os(&ctx, locate::executable().as_os_str())
    });
    def!(ctx, object, "pid", || -> u32 { std::process::id() });
    def!(ctx, object, "random", || -> f64 { random() });
    def!(ctx, object, "env", |ctx: Ctx<'js>| -> rquickjs::Result<Object<'js>> {
        let all = Object::new(ctx.clone())?;
        for (name, value) in environment() {
            set_variable(&all, name, value)?;
        }
        Ok(all)
    });
    def!(ctx, object, "cwd", |ctx: Ctx<'js>| -> rquickjs::Result<JsString<'js>> {
        let path = std::env::current_dir().map_err(|error| HostError::from(error).throw(&ctx))?;
        from_os(&ctx, path.as_os_str())
    });
    def!(ctx, object, "hostname", || -> String {
        let mut name = [0_u8; 256];
        // SAFETY: one byte of the buffer is kept back, so that it always ends in NUL
        unsafe { libc::gethostname(name.as_mut_ptr().cast(), name.len() - 1) };
        let length = name.iter().position(|byte| *byte == 0).unwrap_or_default();
        String::from_utf8_lossy(&name[..length]).into_owned()
    });
    // SAFETY: geteuid cannot fail
    def!(ctx, object, "uid", || -> u32 { unsafe { libc::geteuid() } });
    def!(ctx, object, "maxRss", || -> f64 {
        // SAFETY: rusage is plain numbers, and getrusage fills all of it
        let usage = unsafe {
            let mut usage = std::mem::zeroed::<libc::rusage>();
            libc::getrusage(libc::RUSAGE_SELF, &mut usage);
            usage
        };
        usage.ru_maxrss as f64
    });
    def!(ctx, object, "exit", |code: i32| -> () { fatal::exit(code) });
    def!(ctx, object, "execve", |ctx: Ctx<'js>,
                                 file: JsString<'js>,
                                 argv: Vec<JsString<'js>>,
                                 env: Vec<JsString<'js>>|
     -> rquickjs::Result<()> {
        let list = |texts: &[JsString<'js>]| texts.iter().map(to_os).collect::<rquickjs::Result<Vec<_>>>();
        Err(exec::execve(&to_os(&file)?, &list(&argv)?, &list(&env)?).throw(&ctx))
    });
    Ok(())
}

/// A number from 0 to below 1, of which two processes have different ones.
fn random() -> f64 {
    let mut bits = [0_u8; 8];
    // SAFETY: there are eight bytes. Where the system has none to give, all processes get the same.
    unsafe { libc::getrandom(bits.as_mut_ptr().cast(), bits.len(), 0) };
    // as many bits as the number has
    (u64::from_le_bytes(bits) >> 11) as f64 / (1_u64 << 53) as f64
}

unsafe extern "C" {
    static environ: *const *const c_char;
}

/// The variables as the process was given them; a text without `=` is none. Rust's own way copies each of them twice.
fn environment() -> impl Iterator<Item = (&'static [u8], &'static [u8])> {
    // SAFETY: a list of C strings that ends in null, or null; nothing in this program changes it
    let mut next = unsafe { environ };
    std::iter::from_fn(move || {
        if next.is_null() {
            return None;
        }
        // SAFETY: as above
        unsafe {
            let text = *next;
            next = next.add(1);
            (!text.is_null()).then(|| CStr::from_ptr(text).to_bytes())
        }
    })
    .filter_map(|text| {
        // a name is at least one byte, which may be `=`
        let end = 1 + text.get(1..)?.iter().position(|byte| *byte == b'=')?;
        Some((&text[..end], &text[end + 1..]))
    })
}

/// Defines a variable; a setter would not do, since one may have the name of a setter.
fn set_variable<'js>(all: &Object<'js>, name: &[u8], value: &[u8]) -> rquickjs::Result<()> {
    let ctx = all.ctx();
    let value = from_os(ctx, OsStr::from_bytes(value))?;
    let flags = (qjs::JS_PROP_C_W_E) as i32;
    let raw = ctx.as_raw().as_ptr();
    // SAFETY: pointers and lengths are those of slices; the engine takes the value, and the atom is given back
    let done = unsafe {
        let atom = match std::str::from_utf8(name) {
            Ok(name) => qjs::JS_NewAtomLen(raw, name.as_ptr().cast(), name.len() as qjs::size_t),
            Err(_) => qjs::JS_ValueToAtom(raw, from_os(ctx, OsStr::from_bytes(name))?.as_raw()),
        };
        let value = qjs::JS_DupValue(raw, value.as_raw());
        let done = qjs::JS_DefinePropertyValue(raw, all.as_raw(), atom, value, flags);
        qjs::JS_FreeAtom(raw, atom);
        done
    };
    if done < 0 { Err(rquickjs::Error::Exception) } else { Ok(()) }
}
