//! The small amount of grammar in which primitives are given to JavaScript.

use crate::training;
use rquickjs::{Object, TypedArray};

/// Adds a function that neither looks at the world nor touches it: the only ones that a program may call while it is frozen.
macro_rules! pure {
    ($ctx:expr, $object:expr, $name:literal, $function:expr) => {
        $object.set($name, rquickjs::Function::new($ctx.clone(), $function)?)?
    };
}

/// Adds a function that needs nothing but its arguments.
macro_rules! def {
    ($ctx:expr, $object:expr, $name:literal, || $(-> $result:ty)? $body:block) => {
        crate::bind::pure!($ctx, $object, $name, move || $(-> $result)? {
            crate::freeze::outside($name);
            $body
        })
    };
    ($ctx:expr, $object:expr, $name:literal, |$($argument:ident : $type:ty),* $(,)?| $(-> $result:ty)? $body:block) => {
        crate::bind::pure!($ctx, $object, $name, move |$($argument: $type),*| $(-> $result)? {
            crate::freeze::outside($name);
            $body
        })
    };
}

/// Adds a function whose first parameter is the host.
macro_rules! on {
    ($ctx:expr, $object:expr, $host:expr, $name:literal,
     |$this:ident $(, $argument:ident : $type:ty)*| $(-> $result:ty)? $body:block) => {{
        let this = $host.clone();
        crate::bind::pure!($ctx, $object, $name, move |$($argument: $type),*| $(-> $result)? {
            crate::freeze::outside($name);
            let $this = &this;
            $body
        })
    }};
}

pub(crate) use {def, on, pure};

/// The bytes of an array, or of the part of a buffer that it views. They must not be used any more once JavaScript runs again.
pub fn bytes<'a>(array: &'a TypedArray<'_, u8>) -> &'a [u8] {
    // SAFETY: primitives do not call into JavaScript while they hold the slice, so nobody moves or detaches the buffer
    let bytes = unsafe { array.as_bytes() }.unwrap_or_default();
    training::touch(bytes);
    bytes
}

/// Reads a property that may be missing or undefined.
pub fn optional<'js, T: rquickjs::FromJs<'js>>(
    object: &Object<'js>,
    name: &str,
) -> rquickjs::Result<Option<T>> {
    object.get(name)
}
