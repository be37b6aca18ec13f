//! Text between Rust, the system and JavaScript. JavaScript's strings are UTF-16 and may hold lone surrogates; the
//! system's are bytes. Bytes that are not UTF-8 travel as lone surrogates U+DC80 to U+DCFF (as Python's
//! `surrogateescape` has it), so that arguments and paths come out again as they went in.

use crate::{
    bind::{bytes, pure},
    error::HostError,
};
use rquickjs::{ArrayBuffer, Ctx, Object, String as JsString, TypedArray, function::Opt, qjs};
use std::{
    ffi::{OsStr, OsString},
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::PathBuf,
    slice,
};

/// Where the escapes of bytes start: U+DC80 stands for 0x80.
const ESCAPE: u16 = 0xdc00;

/// A string of the system for JavaScript.
pub fn from_os<'js>(ctx: &Ctx<'js>, text: &OsStr) -> rquickjs::Result<JsString<'js>> {
    if let Some(text) = text.to_str() {
        return JsString::from_str(ctx.clone(), text);
    }
    let mut units = Vec::new();
    for chunk in text.as_bytes().utf8_chunks() {
        units.extend(chunk.valid().encode_utf16());
        units.extend(chunk.invalid().iter().map(|byte| ESCAPE + u16::from(*byte)));
    }
    // SAFETY: pointer and length are those of the vector; the engine copies it and gives a new string or an exception
    unsafe {
        let value = qjs::JS_NewStringUTF16(ctx.as_raw().as_ptr(), units.as_ptr(), units.len() as qjs::size_t);
        let value = rquickjs::Value::from_raw(ctx.clone(), value);
        value.into_string().ok_or(rquickjs::Error::Exception)
    }
}

/// A string of JavaScript for the system.
pub fn to_os(text: &JsString<'_>) -> rquickjs::Result<OsString> {
    match text.to_string() {
        Ok(text) => Ok(text.into()),
        // it is not UTF-8: there are lone surrogates in it
        Err(rquickjs::Error::Utf8(_)) => to_bytes(text, true).map(OsString::from_vec),
        Err(error) => Err(error),
    }
}

pub fn to_path(text: &JsString<'_>) -> rquickjs::Result<PathBuf> {
    to_os(text).map(PathBuf::from)
}

/// UTF-8, where a lone surrogate becomes the byte it stands for, or U+FFFD.
fn to_bytes(text: &JsString<'_>, unescape: bool) -> rquickjs::Result<Vec<u8>> {
    let ctx = text.ctx().as_raw().as_ptr();
    let mut length: qjs::size_t = 0;
    // SAFETY: the value is a string; what comes back is null or a buffer of that length, which is freed below
    let units = unsafe { qjs::JS_ToCStringLenUTF16(ctx, &mut length, text.as_raw()) };
    if units.is_null() {
        return Err(rquickjs::Error::Exception);
    }
    let mut out = Vec::with_capacity(length as usize);
    // SAFETY: as above; nothing runs in JavaScript until the buffer is freed
    for unit in char::decode_utf16(unsafe { slice::from_raw_parts(units, length as usize) }.iter().copied()) {
        match unit.map_err(|error| error.unpaired_surrogate()) {
            Ok(letter) => out.extend(letter.encode_utf8(&mut [0; 4]).bytes()),
            Err(unit) if unescape && (ESCAPE + 0x80..=ESCAPE + 0xff).contains(&unit) => {
                out.push((unit - ESCAPE) as u8)
            }
            Err(_) => out.extend("\u{fffd}".bytes()),
        }
    }
    // SAFETY: it came from JS_ToCStringLenUTF16 and is not used any more
    unsafe { qjs::JS_FreeCStringUTF16(ctx, units) };
    Ok(out)
}

/// Installs the primitives of this group.
pub fn install<'js>(ctx: &Ctx<'js>, object: &Object<'js>) -> rquickjs::Result<()> {
    pure!(ctx, object, "utf8Decode", |ctx: Ctx<'js>, data: TypedArray<'js, u8>, fatal: Opt<bool>| {
        match (std::str::from_utf8(bytes(&data)), fatal.0) {
            (Ok(text), _) => JsString::from_str(ctx, text),
            (Err(error), Some(true)) => {
                Err(HostError::new("ERR_ENCODING_INVALID_ENCODED_DATA", error.to_string()).throw(&ctx))
            }
            (Err(_), _) => JsString::from_str(ctx.clone(), &String::from_utf8_lossy(bytes(&data))),
        }
    });
    pure!(ctx, object, "utf8Encode", |ctx: Ctx<'js>,
                                      text: JsString<'js>|
     -> rquickjs::Result<ArrayBuffer<'js>> {
        let encoded = match text.to_string() {
            Ok(text) => text.into_bytes(),
            Err(rquickjs::Error::Utf8(_)) => to_bytes(&text, false)?,
            Err(error) => return Err(error),
        };
        ArrayBuffer::new(ctx, encoded)
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::eval;

    #[test]
    fn bytes_that_are_no_utf8_survive_the_way_through_javascript() {
        eval(|ctx, _| {
            for text in [&b"plain"[..], b"\xc3\xa4\xf0\x9f\x98\x80", b"a\xff\xc3\x28\xf0\x9f\x98", b""] {
                let os = OsStr::from_bytes(text);
                assert_eq!(to_os(&from_os(ctx, os).unwrap()).unwrap(), os);
            }
        });
    }

    #[test]
    fn text_becomes_utf8_and_back() {
        eval(|ctx, run| {
            install(ctx, &ctx.globals()).unwrap();
            let cases = [
                ("utf8Decode(new Uint8Array([97, 0, 228, 98])) === 'a\\0\\ufffdb'", true),
                (
                    "new Uint8Array(utf8Encode('a\\0\\u00e4\\ud83d\\ude00')).join() === '97,0,195,164,240,159,152,128'",
                    true,
                ),
                (
                    "new Uint8Array(utf8Encode('\\ud800a\\udcff')).join() === '239,191,189,97,239,191,189'",
                    true,
                ),
                ("utf8Decode(new Uint8Array(8).subarray(2, 2)) === ''", true),
                (
                    "(() => { try { utf8Decode(new Uint8Array([255]), true) } catch (e) { return e.code } })() === 'ERR_ENCODING_INVALID_ENCODED_DATA'",
                    true,
                ),
            ];
            for (source, expected) in cases {
                assert_eq!(run(source), expected, "{source}");
            }
        });
    }
}
