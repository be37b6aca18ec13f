//! The three descriptors a program is given: there even when they were not, and written to without hanging.

use crate::{
    bind::{bytes, def},
    error::HostError,
};
use rquickjs::{Ctx, Object, TypedArray};
use std::{io, os::fd::RawFd};

/// How long a reader may take nothing at all before a write gives up.
const PATIENCE_MS: i32 = 1000;

/// What a pipe that is ready takes at once (POSIX's PIPE_BUF on Linux).
const AT_ONCE: usize = 4096;

/// Opens /dev/null in place of descriptors 0 to 2 that are closed, so that no socket gets their number and is written a
/// log to. They close on exec: the next program finds them closed, as this one did.
pub fn open_missing() {
    for number in 0..=2 {
        // SAFETY: asking for flags and opening constant paths has no effect on memory
        unsafe {
            if libc::fcntl(number, libc::F_GETFD) != -1 {
                continue;
            }
            // the lowest free number is given, which is this one
            let opened = libc::open(c"/dev/null".as_ptr(), libc::O_RDWR | libc::O_CLOEXEC);
            if opened == -1 {
                // no /dev: anything serves that can neither be read nor written
                libc::open(c"/".as_ptr(), libc::O_PATH | libc::O_CLOEXEC);
            }
        }
    }
}

/// Installs the primitives of this group.
pub fn install<'js>(ctx: &Ctx<'js>, object: &Object<'js>) -> rquickjs::Result<()> {
    def!(ctx, object, "write", |ctx: Ctx<'js>, fd: i32, data: TypedArray<'js, u8>| -> rquickjs::Result<()> {
        write_all(fd, bytes(&data)).map_err(|error| HostError::from(error).throw(&ctx))
    });
    def!(ctx, object, "writeSome", |ctx: Ctx<'js>,
                                    fd: i32,
                                    data: TypedArray<'js, u8>|
     -> rquickjs::Result<f64> {
        let written = write_some(fd, bytes(&data)).map_err(|error| HostError::from(error).throw(&ctx))?;
        Ok(written as f64)
    });
    // SAFETY: isatty takes any number
    def!(ctx, object, "isTTY", |fd: i32| -> bool { unsafe { libc::isatty(fd) == 1 } });
    def!(ctx, object, "windowSize", |fd: i32| -> Vec<u16> {
        let mut size = libc::winsize { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 };
        // SAFETY: TIOCGWINSZ fills a winsize or fails
        unsafe { libc::ioctl(fd, libc::TIOCGWINSZ, &mut size) };
        vec![size.ws_col, size.ws_row]
    });
    Ok(())
}

/// Writes everything, to a reader who may be slow.
pub fn write_all(fd: RawFd, mut data: &[u8]) -> io::Result<()> {
    while !data.is_empty() {
        data = &data[write_part(fd, data, PATIENCE_MS)?..];
    }
    Ok(())
}

/// Writes what is taken without waiting, and says how much that was; an error only when it was nothing.
pub fn write_some(fd: RawFd, data: &[u8]) -> io::Result<usize> {
    let mut written = 0;
    while written < data.len() {
        match write_part(fd, &data[written..], 0) {
            Ok(length) => written += length,
            Err(_) if written > 0 => break,
            Err(error) => return Err(error),
        }
    }
    Ok(written)
}

/// Never waits in `write` itself, where a full pipe would hold up the whole program for ever: it asks first, and writes
/// what then fits.
fn write_part(fd: RawFd, data: &[u8], patience: i32) -> io::Result<usize> {
    let part = &data[..data.len().min(AT_ONCE)];
    loop {
        wait_for(fd, libc::POLLOUT, patience)?;
        // SAFETY: pointer and length are those of the slice
        match unsafe { libc::write(fd, part.as_ptr().cast(), part.len()) } {
            -1 => {
                let error = io::Error::last_os_error();
                let again = error.kind() == io::ErrorKind::WouldBlock && patience > 0;
                if !again && error.kind() != io::ErrorKind::Interrupted {
                    return Err(error);
                }
            }
            written => return Ok(written as usize),
        }
    }
}

/// Waits until a descriptor is ready, or fails with EAGAIN when that takes longer than `patience` milliseconds.
pub fn wait_for(fd: RawFd, events: i16, patience: i32) -> io::Result<()> {
    let mut asked = libc::pollfd { fd, events, revents: 0 };
    loop {
        // SAFETY: one entry is passed and one exists
        match unsafe { libc::poll(&mut asked, 1, patience) } {
            -1 if io::Error::last_os_error().kind() == io::ErrorKind::Interrupted => continue,
            -1 => return Err(io::Error::last_os_error()),
            0 => return Err(io::Error::from_raw_os_error(libc::EAGAIN)),
            _ if asked.revents & libc::POLLNVAL != 0 => {
                return Err(io::Error::from_raw_os_error(libc::EBADF));
            }
            _ => return Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        io::Read,
        os::fd::AsRawFd,
        thread,
        time::{Duration, Instant},
    };

    #[test]
    fn a_slow_reader_gets_everything() {
        let (mut reader, writer) = io::pipe().unwrap();
        let slow = thread::spawn(move || {
            thread::sleep(Duration::from_millis(50));
            let mut all = Vec::new();
            reader.read_to_end(&mut all).unwrap();
            all.len()
        });
        write_all(writer.as_raw_fd(), &vec![7; 1_000_000]).unwrap();
        drop(writer);
        assert_eq!(slow.join().unwrap(), 1_000_000);
    }

    #[test]
    fn a_reader_that_takes_nothing_is_given_up() {
        let (_reader, writer) = io::pipe().unwrap();
        let error = write_all(writer.as_raw_fd(), &vec![7; 1_000_000]).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::EAGAIN));
    }

    #[test]
    fn a_full_pipe_is_not_waited_for() {
        let (mut reader, writer) = io::pipe().unwrap();
        let (fd, data) = (writer.as_raw_fd(), vec![7; 1_000_000]);
        let before = Instant::now();
        let taken = write_some(fd, &data).unwrap();
        assert!(taken > 0 && taken < data.len());
        assert_eq!(write_some(fd, &data).unwrap_err().raw_os_error(), Some(libc::EAGAIN));
        assert!(before.elapsed() < Duration::from_millis(PATIENCE_MS as u64 / 2));
        reader.read_exact(&mut vec![0; taken]).unwrap();
        assert_eq!(write_some(fd, b"again").unwrap(), 5);
    }

    #[test]
    fn a_reader_that_has_gone_is_an_error() {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        assert_eq!(write_all(writer.as_raw_fd(), b"x").unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }

    #[test]
    fn a_closed_descriptor_is_an_error() {
        assert_eq!(write_all(999, b"x").unwrap_err().raw_os_error(), Some(libc::EBADF));
    }
}
