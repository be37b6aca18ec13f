//! Modules come out of the payload, never from the file system; those of a frozen program are there already.

use crate::{fatal, locate, payload::Payload};
use rquickjs::{
    Ctx, Error, Module, Result,
    loader::{ImportAttributes, Loader, Resolver},
    module::Declared,
};
use std::{cell::RefCell, io::ErrorKind, rc::Rc};

/// Serves the imports of chunks by the names they have in the payload, which is opened for the first of them.
#[derive(Clone, Default)]
pub struct Chunks(Rc<RefCell<Option<Payload>>>);

impl Chunks {
    pub fn names(&self) -> Vec<String> {
        self.with(|payload| payload.names().map(str::to_owned).collect())
    }

    /// Forgets the file.
    pub fn close(&self) {
        *self.0.borrow_mut() = None;
    }

    fn with<T>(&self, use_it: impl FnOnce(&Payload) -> T) -> T {
        let mut payload = self.0.borrow_mut();
        use_it(payload.get_or_insert_with(|| match locate::open() {
            Ok(payload) => payload,
            Err(error) => fatal::die(&format!("cannot read the program behind this executable: {error}")),
        }))
    }
}

impl Resolver for Chunks {
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

impl Loader for Chunks {
    fn load<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        name: &str,
        _: Option<ImportAttributes<'js>>,
    ) -> Result<Module<'js, Declared>> {
        let bytecode = match self.with(|payload| payload.read(name)) {
            Ok(bytecode) => bytecode,
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(Error::new_loading(name)),
            // nothing that JavaScript could do about a part of itself that cannot be read
            Err(error) => fatal::die(&format!("cannot read {name}: {error}")),
        };
        // SAFETY: the bytecode was made by this version of the engine, which checks it for that, and the payload's
        // checksum has shown that it is as it was made
        unsafe { Module::load(ctx.clone(), &bytecode) }
    }
}
