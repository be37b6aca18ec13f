//! A TLS session on a connection. It never writes while it is asked to read, except for the alert that ends it: the
//! socket wakes one reader and one writer, and these are different tasks.

use crate::stream::Plain;
use rustls::{ClientConnection, Error};
use std::{
    io::{self, Read, Write},
    pin::Pin,
    task::{Context, Poll, ready},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

pub struct TlsStream {
    pub plain: Plain,
    pub session: ClientConnection,
}

/// The socket as the session wants it: with WouldBlock where a task would wait.
struct Socket<'a, 'b>(&'a mut Plain, &'a mut Context<'b>);

fn blocking<T>(poll: Poll<io::Result<T>>) -> io::Result<T> {
    match poll {
        Poll::Ready(result) => result,
        Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
    }
}

fn polled<T>(result: io::Result<T>) -> Poll<io::Result<T>> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Poll::Pending,
        other => Poll::Ready(other),
    }
}

impl Read for Socket<'_, '_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let mut to = ReadBuf::new(to);
        blocking(Pin::new(&mut *self.0).poll_read(self.1, &mut to))?;
        Ok(to.filled().len())
    }
}

impl Write for Socket<'_, '_> {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        blocking(Pin::new(&mut *self.0).poll_write(self.1, from))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The socket for records that leave at once or not at all: no task waits for it.
struct Immediate<'a>(&'a Plain);

impl Write for Immediate<'_> {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        self.0.try_write(from)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl TlsStream {
    pub fn poll_handshake(&mut self, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            ready!(self.poll_flush(task))?;
            if !self.session.is_handshaking() {
                return Poll::Ready(Ok(()));
            }
            if ready!(self.poll_receive(task))? == 0 {
                return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
            }
        }
    }

    /// Takes in what the socket has; nothing is its end.
    fn poll_receive(&mut self, task: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let length = ready!(polled(self.session.read_tls(&mut Socket(&mut self.plain, task))))?;
        if let Err(error) = self.session.process_new_packets() {
            // the peer shall hear why, if it still listens
            let _ = self.poll_flush(task);
            return Poll::Ready(Err(invalid(error)));
        }
        Poll::Ready(Ok(length))
    }

    /// Reads plain text; nothing is the end. UnexpectedEof: the peer left without saying so (close_notify).
    pub fn poll_read(&mut self, task: &mut Context<'_>, to: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            match self.session.reader().read(to.initialize_unfilled()) {
                Ok(length) => {
                    to.advance(length);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
            ready!(self.poll_receive(task))?;
        }
    }

    /// Takes in plain text; `poll_flush` sees to it that the last of it leaves.
    pub fn poll_write(&mut self, task: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            match self.session.writer().write(from)? {
                0 if !from.is_empty() => ready!(self.poll_flush(task))?,
                taken => return Poll::Ready(Ok(taken)),
            }
        }
    }

    /// Takes in plain text as long as the records leave at once. Gives how much was taken, and whether all of that has left.
    pub fn send_now(&mut self, from: &[u8]) -> io::Result<(usize, bool)> {
        let mut taken = 0;
        loop {
            taken += self.session.writer().write(&from[taken..])?;
            while self.session.wants_write() {
                match self.session.write_tls(&mut Immediate(&self.plain)) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok((taken, false)),
                    Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                    result => drop(result?),
                }
            }
            if taken == from.len() {
                return Ok((taken, true));
            }
        }
    }

    pub fn poll_flush(&mut self, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.session.wants_write() {
            if ready!(polled(self.session.write_tls(&mut Socket(&mut self.plain, task))))? == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
        }
        Poll::Ready(Ok(()))
    }

    pub fn poll_shutdown(&mut self, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.session.send_close_notify();
        ready!(self.poll_flush(task))?;
        Pin::new(&mut self.plain).poll_shutdown(task)
    }
}

fn invalid(error: Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
