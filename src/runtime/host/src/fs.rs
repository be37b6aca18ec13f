//! Files: small ones, read and written at once.

use crate::{
    bind::{bytes, def},
    error::{HostError, HostResult},
    stdio,
    text::{from_os, to_path},
};
use rquickjs::{ArrayBuffer, Ctx, Object, String as JsString, TypedArray, function::Opt};
use std::{
    ffi::CString,
    fs::{self, File, OpenOptions, Permissions},
    io::{self, Read, Write},
    os::{
        fd::AsRawFd,
        unix::ffi::OsStrExt,
        unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt},
    },
    path::Path,
};

/// What a file may hold if the caller names no limit.
const LIMIT: usize = 256 << 20;

/// How long the writer of a pipe (`<(command)` in a shell) may be silent.
const PATIENCE_MS: i32 = 3000;

/// Installs the primitives of this group.
pub fn install<'js>(ctx: &Ctx<'js>, object: &Object<'js>) -> rquickjs::Result<()> {
    def!(ctx, object, "readFile", |ctx: Ctx<'js>,
                                   path: JsString<'js>,
                                   limit: Opt<f64>|
     -> rquickjs::Result<ArrayBuffer<'js>> {
        let limit = limit.0.map_or(LIMIT, |limit| limit as usize);
        let content = read(&to_path(&path)?, limit).map_err(|error| error.throw(&ctx))?;
        ArrayBuffer::new(ctx, content)
    });
    def!(ctx, object, "readStart", |ctx: Ctx<'js>,
                                    path: JsString<'js>,
                                    length: f64|
     -> rquickjs::Result<ArrayBuffer<'js>> {
        let start = read_start(&to_path(&path)?, length as usize).map_err(|error| error.throw(&ctx))?;
        ArrayBuffer::new(ctx, start)
    });
    def!(ctx, object, "access", |ctx: Ctx<'js>, path: JsString<'js>, mode: i32| -> rquickjs::Result<()> {
        access(&to_path(&path)?, mode).map_err(|error| error.throw(&ctx))
    });
    def!(ctx, object, "chmod", |ctx: Ctx<'js>, path: JsString<'js>, mode: u32| -> rquickjs::Result<()> {
        fs::set_permissions(to_path(&path)?, Permissions::from_mode(mode))
            .map_err(|error| HostError::from(error).throw(&ctx))
    });
    def!(ctx, object, "writeFile", |ctx: Ctx<'js>,
                                    path: JsString<'js>,
                                    data: TypedArray<'js, u8>,
                                    flag: String,
                                    mode: Opt<u32>|
     -> rquickjs::Result<()> {
        write(&to_path(&path)?, bytes(&data), &flag, mode.0.unwrap_or(0o666))
            .map_err(|error| error.throw(&ctx))
    });
    def!(ctx, object, "stat", |ctx: Ctx<'js>, path: JsString<'js>| -> rquickjs::Result<Object<'js>> {
        let found = fs::metadata(to_path(&path)?).map_err(|error| HostError::from(error).throw(&ctx))?;
        let kind = match () {
            () if found.is_file() => "file",
            () if found.is_dir() => "directory",
            () => "other",
        };
        let status = Object::new(ctx)?;
        status.set("kind", kind)?;
        status.set("mode", found.mode())?;
        status.set("size", found.size() as f64)?;
        status.set("mtime", found.mtime() as f64 * 1e3 + found.mtime_nsec() as f64 / 1e6)?;
        Ok(status)
    });
    def!(ctx, object, "realpath", |ctx: Ctx<'js>, path: JsString<'js>| -> rquickjs::Result<JsString<'js>> {
        let path = fs::canonicalize(to_path(&path)?).map_err(|error| HostError::from(error).throw(&ctx))?;
        from_os(&ctx, path.as_os_str())
    });
    def!(ctx, object, "copyFile", |ctx: Ctx<'js>,
                                   from: JsString<'js>,
                                   to: JsString<'js>,
                                   mode: u32|
     -> rquickjs::Result<()> {
        copy(&to_path(&from)?, &to_path(&to)?, mode).map_err(|error| error.throw(&ctx))
    });
    def!(ctx, object, "rename", |ctx: Ctx<'js>,
                                 from: JsString<'js>,
                                 to: JsString<'js>|
     -> rquickjs::Result<()> {
        fs::rename(to_path(&from)?, to_path(&to)?).map_err(|error| HostError::from(error).throw(&ctx))
    });
    def!(ctx, object, "unlink", |ctx: Ctx<'js>, path: JsString<'js>| -> rquickjs::Result<()> {
        fs::remove_file(to_path(&path)?).map_err(|error| HostError::from(error).throw(&ctx))
    });
    Ok(())
}

fn read(path: &Path, limit: usize) -> HostResult<Vec<u8>> {
    // O_NONBLOCK: opening a FIFO that nobody writes to would wait for ever
    let mut file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path)?;
    let expected = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
    let mut content = Vec::with_capacity(expected.min(limit).min(1 << 20));
    let mut part = [0; 4096];
    loop {
        match file.read(&mut part) {
            Ok(0) => return Ok(content),
            Ok(length) if content.len() + length > limit => return Err(HostError::from_errno(libc::EFBIG)),
            Ok(length) => content.extend_from_slice(&part[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                stdio::wait_for(file.as_raw_fd(), libc::POLLIN, PATIENCE_MS)?;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// The first bytes of a file, fewer where it is shorter.
fn read_start(path: &Path, length: usize) -> HostResult<Vec<u8>> {
    let file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path)?;
    let mut start = Vec::new();
    file.take(length as u64).read_to_end(&mut start)?;
    Ok(start)
}

/// access(2): whether the real user may.
fn access(path: &Path, mode: i32) -> HostResult<()> {
    let name = CString::new(path.as_os_str().as_bytes()).map_err(|_| HostError::from_errno(libc::EINVAL))?;
    // SAFETY: a C string that lives through the call
    if unsafe { libc::access(name.as_ptr(), mode) } == 0 { Ok(()) } else { Err(HostError::last_os()) }
}

fn write(path: &Path, data: &[u8], flag: &str, mode: u32) -> HostResult<()> {
    let mut options = OpenOptions::new();
    options.mode(mode).custom_flags(libc::O_NONBLOCK);
    match flag {
        "w" => options.write(true).create(true).truncate(true),
        "a" => options.append(true).create(true),
        "r+" => options.write(true).truncate(true),
        _ => return Err(HostError::from_errno(libc::EINVAL)),
    };
    Ok(stdio::write_all(options.open(path)?.as_raw_fd(), data)?)
}

fn copy(from: &Path, to: &Path, mode: u32) -> HostResult<()> {
    let mut source = File::open(from)?;
    let mut target = OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(to)?;
    let mut part = [0; 16 * 1024];
    loop {
        match source.read(&mut part) {
            Ok(0) => break,
            Ok(length) => target.write_all(&part[..length])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    // not the umask's business
    Ok(target.set_permissions(Permissions::from_mode(mode))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Scratch;

    #[test]
    fn a_file_is_read_whole_and_not_beyond_the_limit() {
        let scratch = Scratch::new();
        let path = scratch.write("file", &[7; 10_000]);
        assert_eq!(read(&path, 10_000).unwrap(), [7; 10_000]);
        assert_eq!(read(&path, 9_999).unwrap_err().code, "EFBIG");
        assert_eq!(read(Path::new("/dev/zero"), 100_000).unwrap_err().code, "EFBIG");
        assert_eq!(read(&scratch.path("none"), 1).unwrap_err().code, "ENOENT");
        assert_eq!(read(Path::new("/"), 1).unwrap_err().code, "EISDIR");
    }

    #[test]
    fn the_start_of_a_file_may_be_all_of_it() {
        let scratch = Scratch::new();
        let path = scratch.write("file", &[7; 10]);
        assert_eq!(read_start(&path, 4).unwrap(), [7; 4]);
        assert_eq!(read_start(&path, 99).unwrap(), [7; 10]);
        assert_eq!(read_start(&scratch.path("none"), 1).unwrap_err().code, "ENOENT");
    }

    #[test]
    fn access_is_asked_of_the_kernel() {
        let scratch = Scratch::new();
        let path = scratch.write("file", b"");
        assert!(access(&path, libc::R_OK).is_ok());
        assert_eq!(access(&path, libc::X_OK).unwrap_err().code, "EACCES");
        assert_eq!(access(&scratch.path("none"), libc::F_OK).unwrap_err().code, "ENOENT");
        assert_eq!(access(Path::new("a\0b"), libc::F_OK).unwrap_err().code, "EINVAL");
    }

    #[test]
    fn a_fifo_without_a_writer_is_empty() {
        let scratch = Scratch::new();
        let path = scratch.path("fifo");
        let name = CString::new(path.as_os_str().as_bytes()).unwrap();
        // SAFETY: a C string that lives through the call
        assert_eq!(unsafe { libc::mkfifo(name.as_ptr(), 0o600) }, 0);
        assert_eq!(read(&path, 100).unwrap(), b"");
        assert_eq!(write(&path, b"x", "r+", 0o600).unwrap_err().code, "ENXIO");
    }

    #[test]
    fn a_file_is_made_extended_or_written_over() {
        let scratch = Scratch::new();
        let path = scratch.path("file");
        assert_eq!(write(&path, b"a", "r+", 0o600).unwrap_err().code, "ENOENT");
        write(&path, b"first", "w", 0o600).unwrap();
        write(&path, b" more", "a", 0o600).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"first more");
        write(&path, b"over", "r+", 0o600).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"over");
    }

    #[test]
    fn a_copy_has_the_mode_it_was_to_have() {
        let scratch = Scratch::new();
        let (from, to) = (scratch.write("from", &[1; 100_000]), scratch.path("to"));
        copy(&from, &to, 0o777).unwrap();
        assert_eq!(fs::read(&to).unwrap(), [1; 100_000]);
        assert_eq!(fs::metadata(&to).unwrap().mode() & 0o7777, 0o777);
    }
}
