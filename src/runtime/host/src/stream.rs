//! A byte stream, plain or under TLS.

use crate::tls_stream::TlsStream;
use std::{
    io,
    os::fd::{AsRawFd, RawFd},
    pin::Pin,
    task::{Context, Poll},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpStream, UnixStream},
};

/// A connection without TLS.
pub enum Plain {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl AsRawFd for Plain {
    fn as_raw_fd(&self) -> RawFd {
        match self {
            Plain::Tcp(stream) => stream.as_raw_fd(),
            Plain::Unix(stream) => stream.as_raw_fd(),
        }
    }
}

impl Plain {
    /// Hands over what the system takes at once; WouldBlock when that is nothing.
    pub fn try_write(&self, from: &[u8]) -> io::Result<usize> {
        match self {
            Plain::Tcp(stream) => stream.try_write(from),
            Plain::Unix(stream) => stream.try_write(from),
        }
    }
}

impl AsyncRead for Plain {
    fn poll_read(self: Pin<&mut Self>, task: &mut Context<'_>, to: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Plain::Tcp(stream) => Pin::new(stream).poll_read(task, to),
            Plain::Unix(stream) => Pin::new(stream).poll_read(task, to),
        }
    }
}

impl AsyncWrite for Plain {
    fn poll_write(self: Pin<&mut Self>, task: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Plain::Tcp(stream) => Pin::new(stream).poll_write(task, from),
            Plain::Unix(stream) => Pin::new(stream).poll_write(task, from),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // sockets keep nothing back
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Plain::Tcp(stream) => Pin::new(stream).poll_shutdown(task),
            Plain::Unix(stream) => Pin::new(stream).poll_shutdown(task),
        }
    }
}

/// What a connection is at the moment.
#[derive(Default)]
pub enum Stream {
    /// Not connected yet, in a handshake, or gone.
    #[default]
    None,
    Plain(Plain),
    Tls(Box<TlsStream>),
}

impl Stream {
    pub fn plain(&self) -> Option<&Plain> {
        match self {
            Stream::None => None,
            Stream::Plain(plain) => Some(plain),
            Stream::Tls(tls) => Some(&tls.plain),
        }
    }

    /// Reads what is there; nothing read is the end. A peer that leaves TLS without close_notify has ended, too: so many do
    /// it that Node calls it no error either, and every protocol in use here knows its own length.
    pub fn poll_read(&mut self, task: &mut Context<'_>, to: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self {
            Stream::None => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
            Stream::Plain(plain) => Pin::new(plain).poll_read(task, to),
            Stream::Tls(tls) => match tls.poll_read(task, to) {
                Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    Poll::Ready(Ok(()))
                }
                other => other,
            },
        }
    }

    pub fn poll_write(&mut self, task: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        match self {
            Stream::None => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
            Stream::Plain(plain) => Pin::new(plain).poll_write(task, from),
            Stream::Tls(tls) => tls.poll_write(task, from),
        }
    }

    /// Hands over what can leave at once. Gives how much was taken, and whether all that was taken has left.
    pub fn send_now(&mut self, from: &[u8]) -> io::Result<(usize, bool)> {
        match self {
            Stream::None => Err(io::ErrorKind::NotConnected.into()),
            Stream::Plain(plain) => {
                let mut sent = 0;
                while sent < from.len() {
                    match plain.try_write(&from[sent..]) {
                        Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                        result => sent += result?,
                    }
                }
                Ok((sent, true))
            }
            Stream::Tls(tls) => tls.send_now(from),
        }
    }

    pub fn poll_flush(&mut self, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Stream::None => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
            Stream::Plain(plain) => Pin::new(plain).poll_flush(task),
            Stream::Tls(tls) => tls.poll_flush(task),
        }
    }

    pub fn poll_shutdown(&mut self, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Stream::None => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
            Stream::Plain(plain) => Pin::new(plain).poll_shutdown(task),
            Stream::Tls(tls) => tls.poll_shutdown(task),
        }
    }
}
