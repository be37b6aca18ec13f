//! Hashes and random bytes, for the login methods of databases.

use crate::{
    bind::{bytes, def, on, pure},
    error::{HostError, HostResult},
    host::Host,
    pbkdf2,
};
use md5::{Digest, Md5};
use ring::{
    digest, hmac,
    rand::{SecureRandom, SystemRandom},
};
use rquickjs::{ArrayBuffer, Ctx, Object, TypedArray};
use std::{cell::RefCell, collections::BTreeMap, num::NonZeroU32, rc::Rc};
use tokio::task::AbortHandle;

/// Installs the primitives of this group.
pub fn install<'js>(ctx: &Ctx<'js>, object: &Object<'js>, host: &Rc<Host>) -> rquickjs::Result<()> {
    pure!(ctx, object, "hash", |ctx: Ctx<'js>,
                                name: String,
                                data: TypedArray<'js, u8>|
     -> rquickjs::Result<ArrayBuffer<'js>> {
        let hashed = hash(&name, bytes(&data)).map_err(|error| error.throw(&ctx))?;
        ArrayBuffer::new(ctx, hashed)
    });
    pure!(ctx, object, "hmac", |ctx: Ctx<'js>,
                                name: String,
                                key: TypedArray<'js, u8>,
                                data: TypedArray<'js, u8>|
     -> rquickjs::Result<ArrayBuffer<'js>> {
        let algorithm = hmac_algorithm(&name).map_err(|error| error.throw(&ctx))?;
        let tag = hmac::sign(&hmac::Key::new(algorithm, bytes(&key)), bytes(&data));
        ArrayBuffer::new(ctx, tag.as_ref())
    });
    def!(ctx, object, "randomBytes", |ctx: Ctx<'js>, length: u32| -> rquickjs::Result<ArrayBuffer<'js>> {
        let mut random = vec![0; length as usize];
        let none = |_| HostError::new("ERR_OSSL_RAND", "the system gives no random bytes").throw(&ctx);
        SystemRandom::new().fill(&mut random).map_err(none)?;
        ArrayBuffer::new(ctx.clone(), random)
    });
    let under_way: Rc<RefCell<BTreeMap<u32, AbortHandle>>> = Rc::default();
    let tasks = under_way.clone();
    on!(ctx, object, host, "pbkdf2", |host,
                                      ctx: Ctx<'js>,
                                      ticket: u32,
                                      name: String,
                                      password: TypedArray<'js, u8>,
                                      salt: TypedArray<'js, u8>,
                                      iterations: u32,
                                      length: u32|
     -> rquickjs::Result<()> {
        let algorithm = hmac_algorithm(&name).map_err(|error| error.throw(&ctx))?;
        let invalid =
            || HostError::new("ERR_OUT_OF_RANGE", "there must be one iteration or more").throw(&ctx);
        let iterations = NonZeroU32::new(iterations).ok_or_else(invalid)?;
        let key = hmac::Key::new(algorithm, bytes(&password));
        let task =
            host.start(ticket, 0, pbkdf2::derive(key, bytes(&salt).to_vec(), iterations, length as usize));
        tasks.borrow_mut().retain(|_, task| !task.is_finished());
        tasks.borrow_mut().insert(ticket, task);
        Ok(())
    });
    on!(ctx, object, host, "cancelPbkdf2", |host, ticket: u32| {
        if let Some(task) = under_way.borrow_mut().remove(&ticket) {
            task.abort();
            host.withdraw(ticket);
        }
    });
    Ok(())
}

fn unknown(name: &str) -> HostError {
    HostError::new("ERR_CRYPTO_INVALID_DIGEST", format!("no such digest here: {name}"))
}

fn hash(name: &str, data: &[u8]) -> HostResult<Vec<u8>> {
    let algorithm = match name {
        "md5" => return Ok(Md5::digest(data).to_vec()),
        "sha1" => &digest::SHA1_FOR_LEGACY_USE_ONLY,
        "sha256" => &digest::SHA256,
        "sha384" => &digest::SHA384,
        "sha512" => &digest::SHA512,
        _ => return Err(unknown(name)),
    };
    Ok(digest::digest(algorithm, data).as_ref().to_vec())
}

pub fn hmac_algorithm(name: &str) -> HostResult<hmac::Algorithm> {
    Ok(match name {
        "sha1" => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        "sha256" => hmac::HMAC_SHA256,
        "sha384" => hmac::HMAC_SHA384,
        "sha512" => hmac::HMAC_SHA512,
        _ => return Err(unknown(name)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn digests_of_abc_are_those_of_their_standards() {
        let cases = [
            ("md5", "900150983cd24fb0d6963f7d28e17f72"),
            ("sha1", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            ("sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ];
        for (name, expected) in cases {
            assert_eq!(hex(&hash(name, b"abc").unwrap()), expected, "{name}");
        }
        assert_eq!(hash("sha384", b"").unwrap().len(), 48);
        assert_eq!(hash("sha512", b"").unwrap().len(), 64);
        assert_eq!(hash("sha3", b"").unwrap_err().code, "ERR_CRYPTO_INVALID_DIGEST");
    }
}
