//! Connections: connect, read, send, shut down, close.

use crate::{
    address::socket_address,
    bind::{bytes, on},
    error::{HostError, HostResult},
    host::{Answer, Host, Open},
    stream::{Plain, Stream},
    text,
    tls::Peer,
};
use rquickjs::{Ctx, Object, String as JsString, TypedArray, function::Opt};
use std::{cell::RefCell, future::poll_fn, net::SocketAddr, os::fd::AsRawFd, rc::Rc, task::Poll};
use tokio::{
    io::ReadBuf,
    net::{TcpStream, UnixStream},
    task::AbortHandle,
};

/// A connection and what is under way on it.
#[derive(Default)]
pub struct Connection {
    pub stream: RefCell<Stream>,
    /// What the other end of a TLS connection was expected to be.
    pub peer: RefCell<Option<Peer>>,
    reading: RefCell<Option<AbortHandle>>,
    /// Connecting, the TLS handshake, sending or shutting down: one at a time.
    working: RefCell<Option<AbortHandle>>,
}

impl Connection {
    pub fn is_reading(&self) -> bool {
        is_under_way(&self.reading)
    }

    /// Starts one of the operations of which there can only be one.
    pub fn work(
        self: &Rc<Self>,
        host: &Rc<Host>,
        ticket: u32,
        handle: u32,
        operation: impl Future<Output = HostResult<Answer>> + 'static,
    ) {
        if is_under_way(&self.working) {
            return host.answer(ticket, handle, Err(HostError::from_errno(libc::EALREADY)));
        }
        *self.working.borrow_mut() = Some(host.start(ticket, handle, operation));
    }

    fn stop(&self) {
        for slot in [&self.reading, &self.working] {
            if let Some(task) = slot.borrow_mut().take() {
                task.abort();
            }
        }
    }
}

fn is_under_way(slot: &RefCell<Option<AbortHandle>>) -> bool {
    slot.borrow().as_ref().is_some_and(|task| !task.is_finished())
}

/// Installs the primitives of this group.
pub fn install<'js>(ctx: &Ctx<'js>, object: &Object<'js>, host: &Rc<Host>) -> rquickjs::Result<()> {
    on!(ctx, object, host, "connectTcp", |host, ticket: u32, address: String, port: u16| -> u32 {
        open(host, ticket, async move {
            let remote = socket_address(&address, port)?;
            let stream = TcpStream::connect(remote).await?;
            let end = |address: SocketAddr| (address.ip().to_string(), address.port());
            // the system does not know the remote end any more when the peer has reset the connection by now
            let ends = Answer::Ends { local: end(stream.local_addr()?), remote: end(remote) };
            Ok((Plain::Tcp(stream), ends))
        })
    });
    on!(ctx, object, host, "connectUnix", |host,
                                           ticket: u32,
                                           path: JsString<'js>|
     -> rquickjs::Result<u32> {
        let path = text::to_path(&path)?;
        Ok(open(host, ticket, async move {
            let stream = UnixStream::connect(path).await?;
            let ends = Answer::Ends { local: Default::default(), remote: Default::default() };
            Ok((Plain::Unix(stream), ends))
        }))
    });
    on!(ctx, object, host, "read", |host, ticket: u32, handle: u32| {
        match host.connection(handle) {
            Ok(connection) => read(host, ticket, handle, &connection),
            Err(error) => host.answer(ticket, 0, Err(error)),
        }
    });
    on!(ctx, object, host, "cancelRead", |host, handle: u32| -> bool {
        let task = host.connection(handle).ok().and_then(|connection| connection.reading.borrow_mut().take());
        match task {
            Some(task) if !task.is_finished() => {
                task.abort();
                true
            }
            _ => false,
        }
    });
    on!(ctx, object, host, "send", |host, ticket: u32, handle: u32, data: TypedArray<'js, u8>| -> bool {
        match host.connection(handle) {
            Ok(connection) => send(host, ticket, handle, &connection, bytes(&data)),
            Err(error) => {
                host.answer(ticket, 0, Err(error));
                false
            }
        }
    });
    on!(ctx, object, host, "shutdown", |host, ticket: u32, handle: u32| {
        match host.connection(handle) {
            Ok(connection) => {
                let this = connection.clone();
                connection.work(host, ticket, handle, async move {
                    poll_fn(|task| this.stream.borrow_mut().poll_shutdown(task)).await?;
                    Ok(Answer::Nothing)
                });
            }
            Err(error) => host.answer(ticket, 0, Err(error)),
        }
    });
    on!(ctx, object, host, "close", |host, handle: u32, reset: Opt<bool>| {
        match host.forget(handle) {
            Some(Open::Connection(connection)) => {
                connection.stop();
                let stream = connection.stream.take();
                if reset.0 == Some(true) {
                    set_option(
                        &stream,
                        libc::SOL_SOCKET,
                        libc::SO_LINGER,
                        &libc::linger { l_onoff: 1, l_linger: 0 },
                    );
                }
            }
            Some(Open::Socket(socket)) => socket.stop(),
            None => {}
        }
    });
    on!(ctx, object, host, "setNoDelay", |host, handle: u32, enable: bool| {
        if let Ok(connection) = host.connection(handle) {
            set_option(&connection.stream.borrow(), libc::IPPROTO_TCP, libc::TCP_NODELAY, &i32::from(enable));
        }
    });
    on!(ctx, object, host, "setKeepAlive", |host, handle: u32, enable: bool, delay: i32| {
        if let Ok(connection) = host.connection(handle) {
            let stream = connection.stream.borrow();
            set_option(&stream, libc::SOL_SOCKET, libc::SO_KEEPALIVE, &i32::from(enable));
            if enable && delay > 0 {
                set_option(&stream, libc::IPPROTO_TCP, libc::TCP_KEEPIDLE, &delay);
            }
        }
    });
    Ok(())
}

/// Gives the handle of a connection that `dial` is about to make.
fn open(
    host: &Rc<Host>,
    ticket: u32,
    dial: impl Future<Output = HostResult<(Plain, Answer)>> + 'static,
) -> u32 {
    let connection = Rc::new(Connection::default());
    let handle = host.keep(|_| Open::Connection(connection.clone()));
    let this = connection.clone();
    connection.work(host, ticket, handle, async move {
        let (plain, ends) = dial.await?;
        *this.stream.borrow_mut() = Stream::Plain(plain);
        Ok(ends)
    });
    handle
}

fn read(host: &Rc<Host>, ticket: u32, handle: u32, connection: &Rc<Connection>) {
    if connection.is_reading() {
        return host.answer(ticket, handle, Err(HostError::from_errno(libc::EALREADY)));
    }
    let (host_of_task, this) = (host.clone(), connection.clone());
    let task = host.start(ticket, handle, async move {
        poll_fn(|task| {
            let mut buffer = host_of_task.buffer();
            let mut to = ReadBuf::new(&mut buffer);
            match this.stream.borrow_mut().poll_read(task, &mut to) {
                Poll::Pending => Poll::Pending,
                Poll::Ready(Err(error)) => Poll::Ready(Err(error.into())),
                Poll::Ready(Ok(())) if to.filled().is_empty() => Poll::Ready(Ok(Answer::Nothing)),
                Poll::Ready(Ok(())) => Poll::Ready(Ok(Answer::Bytes(to.filled().to_vec()))),
            }
        })
        .await
    });
    *connection.reading.borrow_mut() = Some(task);
}

/// Hands over what the system takes at once, so that it leaves even if the connection is closed in the next moment, and
/// sends the rest between events. True when there is no rest: then the ticket is not answered.
fn send(host: &Rc<Host>, ticket: u32, handle: u32, connection: &Rc<Connection>, data: &[u8]) -> bool {
    let at_once = if is_under_way(&connection.working) {
        Err(HostError::from_errno(libc::EALREADY))
    } else {
        connection.stream.borrow_mut().send_now(data).map_err(HostError::from)
    };
    let taken = match at_once {
        Ok((taken, left)) if left && taken == data.len() => return true,
        Ok((taken, _)) => taken,
        Err(error) => {
            host.answer(ticket, handle, Err(error));
            return false;
        }
    };
    let (this, rest) = (connection.clone(), data[taken..].to_vec());
    connection.work(host, ticket, handle, async move {
        let mut sent = 0;
        while sent < rest.len() {
            sent += poll_fn(|task| this.stream.borrow_mut().poll_write(task, &rest[sent..])).await?;
        }
        poll_fn(|task| this.stream.borrow_mut().poll_flush(task)).await?;
        Ok(Answer::Nothing)
    });
    false
}

/// Sets a socket option where there is a socket; one that does not apply (TCP_NODELAY on a Unix socket) is ignored.
fn set_option<T>(stream: &Stream, level: i32, name: i32, value: &T) {
    if let Some(plain) = stream.plain() {
        let size = size_of::<T>() as libc::socklen_t;
        // SAFETY: the value and its size belong together; the descriptor is open as long as the stream is borrowed
        unsafe { libc::setsockopt(plain.as_raw_fd(), level, name, (&raw const *value).cast(), size) };
    }
}
