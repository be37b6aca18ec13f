//! What a primitive reports when it fails: Node's code, the system's number where there is one, and words.

mod words;

use rquickjs::{Ctx, Error, Exception, IntoJs, Value};
use std::{borrow::Cow, fmt, io};

/// A failed operation. In JavaScript an `Error` with `code` and, for errors of the system, a negative `errno`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostError {
    pub code: Cow<'static, str>,
    /// The system's number, 0 where the error is not one of the system.
    pub errno: i32,
    pub message: Cow<'static, str>,
}

pub type HostResult<T> = Result<T, HostError>;

impl HostError {
    pub fn new(code: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) -> Self {
        HostError { code: code.into(), errno: 0, message: message.into() }
    }

    /// The error that the last system call left in `errno`.
    pub fn last_os() -> Self {
        io::Error::last_os_error().into()
    }

    pub fn from_errno(errno: i32) -> Self {
        HostError { code: errno_name(errno).into(), errno, message: errno_text(errno).into() }
    }

    /// Throws it into JavaScript.
    pub fn throw(self, ctx: &Ctx<'_>) -> Error {
        match self.into_js(ctx) {
            Ok(value) => ctx.throw(value),
            Err(error) => error,
        }
    }
}

impl<'js> IntoJs<'js> for HostError {
    fn into_js(self, ctx: &Ctx<'js>) -> rquickjs::Result<Value<'js>> {
        let error = Exception::from_message(ctx.clone(), &self.message)?;
        error.set("code", &*self.code)?;
        if self.errno != 0 {
            error.set("errno", -self.errno)?;
        }
        Ok(error.into_object().into_value())
    }
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl From<io::Error> for HostError {
    fn from(error: io::Error) -> Self {
        if let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            return crate::tls_error::from_rustls(tls);
        }
        let errno = match (error.raw_os_error(), error.kind()) {
            (Some(errno), _) => errno,
            // not an error of the system: Node has the same code for it, without a number
            (None, io::ErrorKind::UnexpectedEof) => {
                return HostError::new("ECONNRESET", "the peer closed the connection");
            }
            (None, io::ErrorKind::NotConnected) => libc::ENOTCONN,
            (None, io::ErrorKind::BrokenPipe | io::ErrorKind::WriteZero) => libc::EPIPE,
            (None, io::ErrorKind::InvalidInput) => libc::EINVAL,
            (None, io::ErrorKind::OutOfMemory) => libc::ENOMEM,
            (None, _) => return HostError::new("EIO", error.to_string()),
        };
        HostError::from_errno(errno)
    }
}

/// The system's words for an error, as Node writes them: in lower case, except where they start with a name.
fn errno_text(errno: i32) -> String {
    let text = io::Error::from_raw_os_error(errno).to_string();
    let text = text.rsplit_once(" (os error").map_or(&*text, |(words, _)| words);
    let mut letters = text.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if second.is_ascii_lowercase() => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => text.to_owned(),
    }
}

/// The name of a system error, as Node's `code` has it.
pub fn errno_name(errno: i32) -> &'static str {
    macro_rules! names {
        ($($name:ident)*) => { match errno { $(libc::$name => stringify!($name),)* _ => "EIO" } };
    }
    names!(
        E2BIG EACCES EADDRINUSE EADDRNOTAVAIL EAFNOSUPPORT EAGAIN EALREADY EBADF EBUSY ECANCELED ECONNABORTED
        ECONNREFUSED ECONNRESET EDESTADDRREQ EDQUOT EEXIST EFAULT EFBIG EHOSTDOWN EHOSTUNREACH EINPROGRESS EINTR
        EINVAL EIO EISCONN EISDIR ELIBBAD ELOOP EMFILE EMLINK EMSGSIZE ENAMETOOLONG ENETDOWN ENETUNREACH ENFILE
        ENOBUFS ENODEV ENOENT ENOEXEC ENOMEM ENOPROTOOPT ENOSPC ENOSYS ENOTCONN ENOTDIR ENOTEMPTY ENOTSOCK ENOTTY
        ENXIO EOPNOTSUPP EOVERFLOW EPERM EPIPE EPROTO EPROTONOSUPPORT EPROTOTYPE ERANGE EROFS ESHUTDOWN ESOCKTNOSUPPORT
        ESPIPE ESRCH ESTALE ETIMEDOUT ETXTBSY EXDEV
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn system_errors_carry_nodes_code_and_the_systems_words() {
        let error = HostError::from(io::Error::from_raw_os_error(libc::ECONNREFUSED));
        assert_eq!(
            error,
            HostError { code: "ECONNREFUSED".into(), errno: 111, message: "connection refused".into() }
        );
    }

    #[test]
    fn words_that_start_with_a_name_keep_their_case() {
        assert_eq!(errno_text(libc::EBADF), "bad file descriptor");
        assert_eq!(errno_text(libc::EXDEV), "invalid cross-device link");
        assert_eq!(errno_text(libc::ELIBBAD), "accessing a corrupted shared library");
        assert_eq!(HostError::from_errno(libc::EIO).message, "input/output error");
    }

    #[test]
    fn an_end_in_the_middle_is_a_reset() {
        let error = HostError::from(io::Error::from(io::ErrorKind::UnexpectedEof));
        assert_eq!((&*error.code, error.errno), ("ECONNRESET", 0));
    }

    #[test]
    fn an_unknown_number_still_has_a_code() {
        assert_eq!(HostError::from_errno(9999).code, "EIO");
    }
}
