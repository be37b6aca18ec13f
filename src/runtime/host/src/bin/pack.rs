//! Makes the payload of a binary: compiles modules to bytecode and lines them up.
//!
//!     pack OUT [--lines] main.js chunk.js ...
//!
//! The chunks import each other by file name. Without `--lines` the bytecode holds no positions, and stack traces no
//! lines.

use rquickjs::{
    CatchResultExt, Context, Ctx, Error, Module, Result, Runtime, WriteOptions,
    loader::{ImportAttributes, Loader, Resolver},
    module::Declared,
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::exit,
};

/// While a chunk is compiled the engine wants to see what it imports: the files in the same directory.
#[derive(Clone)]
struct Beside(PathBuf);

impl Resolver for Beside {
    fn resolve<'js>(
        &mut self,
        _: &Ctx<'js>,
        _: &str,
        name: &str,
        _: Option<ImportAttributes<'js>>,
    ) -> Result<String> {
        Ok(name.strip_prefix("./").unwrap_or(name).to_owned())
    }
}

impl Loader for Beside {
    fn load<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        name: &str,
        _: Option<ImportAttributes<'js>>,
    ) -> Result<Module<'js, Declared>> {
        let source = fs::read(self.0.join(name))
            .map_err(|error| Error::new_loading_message(name, error.to_string()))?;
        Module::declare(ctx.clone(), name, source)
    }
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let keep_lines = args.iter().any(|argument| argument == "--lines");
    let files: Vec<&String> = args.iter().filter(|argument| *argument != "--lines").collect();
    let [out, chunks @ ..] = &files[..] else { fail("usage: pack OUT [--lines] main.js chunk.js ...") };
    let compiled: Vec<_> = chunks.iter().map(|file| compile(Path::new(file), keep_lines)).collect();
    if let Err(error) = fs::write(out, host::pack(&compiled)) {
        fail(&format!("{out}: {error}"));
    }
}

/// The name and the bytecode of a chunk. Each is compiled alone, so that its bytecode does not depend on the others.
fn compile(file: &Path, keep_lines: bool) -> (String, Vec<u8>) {
    let shown = file.display();
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let source = fs::read(file).unwrap_or_else(|error| fail(&format!("{shown}: {error}")));
    let runtime = Runtime::new().unwrap_or_else(|error| fail(&error.to_string()));
    let beside = Beside(file.parent().unwrap_or(Path::new(".")).to_owned());
    runtime.set_loader(beside.clone(), beside);
    let context = Context::full(&runtime).unwrap_or_else(|error| fail(&error.to_string()));
    let bytecode = context.with(|ctx| {
        let options = WriteOptions { strip_source: true, strip_debug: !keep_lines, ..Default::default() };
        let module =
            Module::declare(ctx.clone(), name.as_str(), source).and_then(|module| module.write(options));
        module.catch(&ctx).unwrap_or_else(|error| fail(&format!("{shown}: {error}")))
    });
    (name, bytecode)
}

fn fail(why: &str) -> ! {
    eprintln!("pack: {why}");
    exit(1)
}
