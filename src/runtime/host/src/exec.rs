//! Becoming another program: it must find the process as this one found it.

use crate::{error::HostError, signal};
use std::{
    ffi::{CString, OsStr, OsString, c_char},
    os::unix::ffi::OsStrExt,
    ptr,
};

/// Replaces the process; comes back only with the reason why that failed. Every descriptor that this process opened
/// is close-on-exec, so there is nothing to close.
pub fn execve(file: &OsStr, argv: &[OsString], env: &[OsString]) -> HostError {
    let c_string =
        |text: &OsStr| CString::new(text.as_bytes()).map_err(|_| HostError::from_errno(libc::EINVAL));
    let c_strings =
        |texts: &[OsString]| texts.iter().map(|text| c_string(text)).collect::<Result<Vec<_>, _>>();
    let (file, argv, env) = match (c_string(file), c_strings(argv), c_strings(env)) {
        (Ok(file), Ok(argv), Ok(env)) => (file, argv, env),
        _ => return HostError::from_errno(libc::EINVAL),
    };
    let (argv_pointers, env_pointers) = (pointers(&argv), pointers(&env));
    signal::give_back();
    // SAFETY: the strings end in NUL, the lists in null, and all of them outlive the call
    unsafe { libc::execve(file.as_ptr(), argv_pointers.as_ptr(), env_pointers.as_ptr()) };
    let error = HostError::last_os();
    signal::take();
    error
}

fn pointers(texts: &[CString]) -> Vec<*const c_char> {
    texts.iter().map(|text| text.as_ptr()).chain([ptr::null()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_run_says_why() {
        for (file, code) in
            [("/no/such/file", "ENOENT"), ("/etc/passwd", "EACCES"), ("/etc", "EACCES"), ("a\0b", "EINVAL")]
        {
            assert_eq!(execve(file.as_ref(), &[file.into()], &[]).code, code, "{file:?}");
        }
    }
}
