//! Finding the file of the running program, also where there is no /proc.

use crate::{arguments, payload::Payload};
use std::{
    ffi::{CStr, OsStr},
    fs::{self, File},
    io,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

const SELF: &str = "/proc/self/exe";

/// Opens the payload of the running program.
pub fn open() -> io::Result<Payload> {
    let mut first_error = None;
    for path in candidates() {
        match File::open(&path).and_then(Payload::open) {
            Ok(payload) => return Ok(payload),
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    Err(first_error.unwrap_or_else(|| io::ErrorKind::NotFound.into()))
}

/// Where the file of the running program lies; empty when that cannot be found out.
pub fn executable() -> PathBuf {
    candidates().find(|path| path.is_file()).map(named).unwrap_or_default()
}

/// Where it may lie: the surest first.
fn candidates() -> impl Iterator<Item = PathBuf> {
    let arg0 = arguments::all().next().unwrap_or_default();
    let in_path = match arg0.as_bytes().contains(&b'/') {
        true => vec![PathBuf::from(&arg0)],
        false => search(&arg0, &std::env::var_os("PATH").unwrap_or_default()),
    };
    [SELF.into()].into_iter().chain(executed_as()).chain(in_path)
}

/// The path that was given to execve (AT_EXECFN), which the kernel leaves on the stack.
fn executed_as() -> Option<PathBuf> {
    // SAFETY: the kernel's entry is null or a C string that lives as long as the process
    let name = unsafe {
        let name = libc::getauxval(libc::AT_EXECFN) as *const libc::c_char;
        if name.is_null() {
            return None;
        }
        CStr::from_ptr(name)
    };
    Some(OsStr::from_bytes(name.to_bytes()).into())
}

/// The files of this name in the directories of PATH.
fn search(name: &OsStr, path: &OsStr) -> Vec<PathBuf> {
    std::env::split_paths(path).map(|directory| directory.join(name)).filter(|path| path.is_file()).collect()
}

/// A path that others can use, too, if there is one.
fn named(path: PathBuf) -> PathBuf {
    let real = if path == Path::new(SELF) { fs::read_link(&path) } else { fs::canonicalize(&path) };
    // a program that was deleted or replaced meanwhile has no path, but can still be read through /proc
    real.ok().filter(|real| real.is_file()).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Scratch;

    #[test]
    fn the_kernel_says_what_was_executed() {
        let (told, real) = (fs::canonicalize(executed_as().unwrap()), std::env::current_exe());
        assert_eq!(told.unwrap(), real.unwrap());
    }

    #[test]
    fn a_name_is_searched_in_path() {
        let scratch = Scratch::new();
        let program = scratch.write("program", b"");
        let directory = program.parent().unwrap();
        let path = std::env::join_paths([Path::new("/no/such"), directory]).unwrap();
        assert_eq!(search("program".as_ref(), &path), [program]);
        assert!(search("other".as_ref(), &path).is_empty());
    }
}
