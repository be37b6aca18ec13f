//! What all primitives share: the queue of completions, the open handles, one buffer to read into.

use crate::{
    error::{HostError, HostResult},
    net::Connection,
    sleep::Sleep,
    udp::Socket,
};
use rquickjs::{ArrayBuffer, Ctx, IntoJs, Object, Value};
use std::{
    cell::{Cell, RefCell, RefMut},
    collections::{BTreeMap, VecDeque},
    future::{Future, poll_fn},
    pin::Pin,
    rc::Rc,
    task::{Poll, Waker},
    time::Instant,
};
use tokio::task::AbortHandle;

/// The most that one read or one datagram gives: a TLS record.
pub const READ_SIZE: usize = 16 * 1024;

/// The value of an operation that went well.
#[derive(Debug)]
pub enum Answer {
    Nothing,
    Bytes(Vec<u8>),
    Ends { local: (String, u16), remote: (String, u16) },
    Datagram { data: Vec<u8>, from: (String, u16) },
    TlsSession { protocol: &'static str, cipher: String, alpn: String },
}

/// An answer on its way to JavaScript. `owner` is the handle it belongs to, 0 for none.
pub struct Completion {
    pub ticket: u32,
    pub owner: u32,
    pub result: HostResult<Answer>,
}

/// What a handle stands for.
#[derive(Clone)]
pub enum Open {
    Connection(Rc<Connection>),
    Socket(Rc<Socket>),
}

pub struct Host {
    /// When the process began; none as long as it is not known which one.
    pub start: Cell<Option<Instant>>,
    pub sleep: Sleep,
    /// When `tick` is due.
    pub wake: Cell<Option<Instant>>,
    /// Made with its first use.
    buffer: RefCell<Vec<u8>>,
    queue: RefCell<VecDeque<Completion>>,
    waiting: RefCell<Option<Waker>>,
    open: RefCell<BTreeMap<u32, Open>>,
    last_handle: Cell<u32>,
}

impl Host {
    pub fn new() -> Rc<Host> {
        Rc::new(Host {
            start: Cell::new(None),
            sleep: Sleep::default(),
            wake: Cell::new(None),
            buffer: RefCell::default(),
            queue: RefCell::default(),
            waiting: RefCell::default(),
            open: RefCell::default(),
            last_handle: Cell::new(0),
        })
    }

    /// Takes its part in a process that began at that time.
    pub fn begin(&self, start: Instant) {
        self.start.set(Some(start));
    }

    /// What all reads read into.
    pub fn buffer(&self) -> RefMut<'_, Vec<u8>> {
        let mut buffer = self.buffer.borrow_mut();
        if buffer.is_empty() {
            *buffer = vec![0; READ_SIZE];
        }
        buffer
    }

    /// Puts an answer into the queue and wakes the loop.
    pub fn answer(&self, ticket: u32, owner: u32, result: HostResult<Answer>) {
        self.queue.borrow_mut().push_back(Completion { ticket, owner, result });
        if let Some(waker) = self.waiting.borrow_mut().take() {
            waker.wake();
        }
    }

    /// Runs an operation between events; what it gives is the answer to the ticket.
    pub fn start(
        self: &Rc<Self>,
        ticket: u32,
        owner: u32,
        operation: impl Future<Output = HostResult<Answer>> + 'static,
    ) -> AbortHandle {
        // boxed, so that the task around it is compiled once and not for each operation
        let operation: Pin<Box<dyn Future<Output = HostResult<Answer>>>> = Box::pin(operation);
        let host = self.clone();
        tokio::task::spawn_local(async move {
            let result = operation.await;
            host.answer(ticket, owner, result);
        })
        .abort_handle()
    }

    /// The next answer, when there is one.
    pub async fn next(&self) -> Completion {
        poll_fn(|task| match self.take() {
            Some(completion) => Poll::Ready(completion),
            None => {
                *self.waiting.borrow_mut() = Some(task.waker().clone());
                Poll::Pending
            }
        })
        .await
    }

    /// An answer that is there already.
    pub fn take(&self) -> Option<Completion> {
        self.queue.borrow_mut().pop_front()
    }

    /// Takes back an answer that is on its way.
    pub fn withdraw(&self, ticket: u32) {
        self.queue.borrow_mut().retain(|completion| completion.ticket != ticket);
    }

    /// How many answers are there.
    pub fn ready(&self) -> usize {
        self.queue.borrow().len()
    }

    /// Keeps something open and gives its handle.
    pub fn keep(&self, make: impl FnOnce(u32) -> Open) -> u32 {
        let handle = self.last_handle.get() + 1;
        self.last_handle.set(handle);
        let open = make(handle);
        self.open.borrow_mut().insert(handle, open);
        handle
    }

    /// Forgets a handle together with the answers that are still on their way.
    pub fn forget(&self, handle: u32) -> Option<Open> {
        let open = self.open.borrow_mut().remove(&handle)?;
        self.queue.borrow_mut().retain(|completion| completion.owner != handle);
        Some(open)
    }

    pub fn connection(&self, handle: u32) -> HostResult<Rc<Connection>> {
        match self.open.borrow().get(&handle) {
            Some(Open::Connection(connection)) => Ok(connection.clone()),
            _ => Err(HostError::from_errno(libc::EBADF)),
        }
    }

    pub fn socket(&self, handle: u32) -> HostResult<Rc<Socket>> {
        match self.open.borrow().get(&handle) {
            Some(Open::Socket(socket)) => Ok(socket.clone()),
            _ => Err(HostError::from_errno(libc::EBADF)),
        }
    }
}

impl<'js> IntoJs<'js> for Answer {
    fn into_js(self, ctx: &Ctx<'js>) -> rquickjs::Result<Value<'js>> {
        let object = Object::new(ctx.clone())?;
        match self {
            Answer::Nothing => return Ok(Value::new_undefined(ctx.clone())),
            Answer::Bytes(bytes) => return ArrayBuffer::new(ctx.clone(), bytes)?.into_js(ctx),
            Answer::Ends { local, remote } => {
                object.set("localAddress", local.0)?;
                object.set("localPort", local.1)?;
                object.set("remoteAddress", remote.0)?;
                object.set("remotePort", remote.1)?;
            }
            Answer::Datagram { data, from } => {
                object.set("data", ArrayBuffer::new(ctx.clone(), data)?)?;
                object.set("address", from.0)?;
                object.set("port", from.1)?;
            }
            Answer::TlsSession { protocol, cipher, alpn } => {
                object.set("protocol", protocol)?;
                object.set("cipher", cipher)?;
                object.set("alpn", alpn)?;
            }
        }
        object.into_js(ctx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forgotten_handle_takes_its_answers_along() {
        let host = Host::new();
        let handle = host.keep(|_| Open::Connection(Rc::new(Connection::default())));
        host.answer(1, handle, Ok(Answer::Nothing));
        host.answer(2, 0, Ok(Answer::Nothing));
        assert!(host.forget(handle).is_some());
        assert!(host.forget(handle).is_none());
        assert_eq!(host.take().map(|completion| completion.ticket), Some(2));
        assert_eq!(host.ready(), 0);
        assert_eq!(host.connection(handle).err().map(|error| error.errno), Some(libc::EBADF));
    }

    #[test]
    fn handles_are_not_used_twice() {
        let host = Host::new();
        let first = host.keep(|_| Open::Connection(Rc::default()));
        host.forget(first);
        assert_ne!(host.keep(|_| Open::Connection(Rc::default())), first);
    }
}
