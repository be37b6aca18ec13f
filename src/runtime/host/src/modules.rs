//! Modules come out of the payload, never from the file system.

use crate::{fatal, payload::Payload};
use rquickjs::{
    Ctx, Error, Module, Result,
    loader::{ImportAttributes, Loader, Resolver},
    module::Declared,
};
use std::rc::Rc;

/// Serves the imports of chunks by the names they have in the payload.
#[derive(Clone)]
pub struct Chunks(pub Rc<Payload>);

impl Resolver for Chunks {
    fn resolve<'js>(
        &mut self,
        _: &Ctx<'js>,
        base: &str,
        name: &str,
        _: Option<ImportAttributes<'js>>,
    ) -> Result<String> {
        let chunk = name.strip_prefix("./").unwrap_or(name);
        match self.0.has(chunk) {
            true => Ok(chunk.to_owned()),
            false => Err(Error::new_resolving(base, name)),
        }
    }
}

impl Loader for Chunks {
    fn load<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        name: &str,
        _: Option<ImportAttributes<'js>>,
    ) -> Result<Module<'js, Declared>> {
        // nothing that JavaScript could do about a part of itself that is missing
        let bytecode =
            self.0.read(name).unwrap_or_else(|error| fatal::die(&format!("cannot read {name}: {error}")));
        // SAFETY: the bytecode was made by this version of the engine, which checks it for that, and the payload's
        // checksum has shown that it is as it was made
        unsafe { Module::load(ctx.clone(), &bytecode) }
    }
}
