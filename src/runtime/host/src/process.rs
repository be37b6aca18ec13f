//! What the process was started with.

use crate::{
    arguments,
    bind::def,
    error::HostError,
    exec, fatal, locate,
    text::{from_os, to_os},
};
use rquickjs::{Array, Ctx, Object, String as JsString, object::Property};

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
        for (name, value) in std::env::vars_os() {
            // defined, not set: a variable may have the name of a setter
            let value = Property::from(from_os(&ctx, &value)?).enumerable().configurable().writable();
            all.prop(from_os(&ctx, &name)?, value)?;
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
