//! The system's words for its errors. Each C library has its own ("Too many open files" of glibc is "No file descriptors
//! available" in musl); here they are the same whichever is linked, those that people know and search for.

use std::{borrow::Cow, ffi::c_char, ptr};

/// A line for each number, from zero on; some numbers have none.
const WORDS: &str = include_str!("words.txt");

/// What an error is called.
fn words(errno: i32) -> Cow<'static, str> {
    let known = usize::try_from(errno).ok().and_then(|line| WORDS.lines().nth(line));
    known.filter(|words| !words.is_empty()).map_or_else(|| format!("Unknown error {errno}").into(), Cow::from)
}

/// As in POSIX; the name under which Rust's library asks for it.
// SAFETY: nothing else defines the symbol; the library's own is not linked when this one is there
#[unsafe(no_mangle)]
unsafe extern "C" fn __xpg_strerror_r(errno: i32, buffer: *mut c_char, size: usize) -> i32 {
    let words = words(errno);
    if words.len() >= size {
        return libc::ERANGE;
    }
    // SAFETY: the caller's buffer has that size, and the words with their end fit
    unsafe {
        ptr::copy_nonoverlapping(words.as_ptr().cast(), buffer, words.len());
        buffer.add(words.len()).write(0);
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_env = "gnu")]
    fn they_are_those_of_glibc() {
        for errno in 0..200 {
            // SAFETY: it gives a C string for any number
            let of_glibc = unsafe { std::ffi::CStr::from_ptr(libc::strerror(errno)) };
            assert_eq!(words(errno), of_glibc.to_str().unwrap());
        }
    }

    #[test]
    fn rust_says_them() {
        let error = std::io::Error::from_raw_os_error(libc::EMFILE);
        assert_eq!(error.to_string(), "Too many open files (os error 24)");
    }

    #[test]
    fn a_buffer_that_is_too_small_is_left_alone() {
        let mut buffer = [7; 4];
        // SAFETY: the buffer has that size
        let outcome = unsafe { __xpg_strerror_r(libc::EMFILE, buffer.as_mut_ptr(), buffer.len()) };
        assert_eq!(outcome, libc::ERANGE);
        assert_eq!(buffer, [7; 4]);
    }
}
