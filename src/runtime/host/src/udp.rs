//! Datagrams.

use crate::{
    address::socket_address,
    bind::{bytes, on},
    error::{HostError, HostResult},
    host::{Answer, Host, Open},
};
use rquickjs::{Ctx, Object, TypedArray, function::Opt};
use std::{
    cell::RefCell,
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    rc::Rc,
};
use tokio::{
    io::{Interest, unix::AsyncFd},
    task::AbortHandle,
};

/// A peer that refuses (ICMP) makes a socket neither readable nor writable, but an error.
const INTEREST: Interest = Interest::READABLE.add(Interest::ERROR);

/// So many errors in a row mean that the socket is broken, not that peers refuse.
const ERRORS_IN_A_ROW: u32 = 16;

pub struct Socket {
    socket: Rc<AsyncFd<UdpSocket>>,
    receiving: RefCell<Option<AbortHandle>>,
}

impl Socket {
    fn open(family: u8) -> io::Result<Socket> {
        let any: SocketAddr = match family {
            6 => (Ipv6Addr::UNSPECIFIED, 0).into(),
            _ => (Ipv4Addr::UNSPECIFIED, 0).into(),
        };
        let socket = UdpSocket::bind(any)?;
        socket.set_nonblocking(true)?;
        // SAFETY: the descriptor is owned by what is registered, and stays the same as long as that lives
        let socket = Rc::new(unsafe { AsyncFd::register_with_interest(socket, INTEREST)? });
        Ok(Socket { socket, receiving: RefCell::default() })
    }

    pub fn stop(&self) {
        if let Some(task) = self.receiving.borrow_mut().take() {
            task.abort();
        }
    }
}

/// Installs the primitives of this group.
pub fn install<'js>(ctx: &Ctx<'js>, object: &Object<'js>, host: &Rc<Host>) -> rquickjs::Result<()> {
    on!(ctx, object, host, "udp", |host, ctx: Ctx<'js>, ticket: u32, family: u8| -> rquickjs::Result<u32> {
        let socket = Rc::new(Socket::open(family).map_err(|error| HostError::from(error).throw(&ctx))?);
        let handle = host.keep(|_| Open::Socket(socket.clone()));
        let task = tokio::task::spawn_local(receive(host.clone(), socket.socket.clone(), ticket, handle));
        *socket.receiving.borrow_mut() = Some(task.abort_handle());
        Ok(handle)
    });
    on!(ctx, object, host, "udpConnect", |host,
                                          ctx: Ctx<'js>,
                                          handle: u32,
                                          address: String,
                                          port: u16|
     -> rquickjs::Result<()> {
        let connect = || -> HostResult<()> {
            Ok(host.socket(handle)?.socket.get_ref().connect(socket_address(&address, port)?)?)
        };
        connect().map_err(|error| error.throw(&ctx))
    });
    on!(ctx, object, host, "udpSend", |host,
                                       ctx: Ctx<'js>,
                                       handle: u32,
                                       data: TypedArray<'js, u8>,
                                       address: Opt<String>,
                                       port: Opt<u16>|
     -> rquickjs::Result<()> {
        let send = || -> HostResult<usize> {
            let socket = host.socket(handle)?;
            let socket = socket.socket.get_ref();
            Ok(match (&address.0, port.0) {
                (Some(address), Some(port)) => {
                    socket.send_to(bytes(&data), socket_address(address, port)?)?
                }
                _ => socket.send(bytes(&data))?,
            })
        };
        send().map(drop).map_err(|error| error.throw(&ctx))
    });
    Ok(())
}

async fn receive(host: Rc<Host>, socket: Rc<AsyncFd<UdpSocket>>, ticket: u32, handle: u32) {
    let mut errors = 0;
    while errors < ERRORS_IN_A_ROW {
        let Ok(mut ready) = socket.ready(INTEREST).await else { return };
        let result = ready.try_io(|socket| {
            let mut buffer = host.buffer();
            let (length, from) = socket.get_ref().recv_from(&mut buffer)?;
            Ok((buffer[..length].to_vec(), from))
        });
        match result {
            Err(_) => continue, // it was not ready after all
            Ok(Ok((data, from))) => {
                errors = 0;
                let from = (from.ip().to_string(), from.port());
                host.answer(ticket, handle, Ok(Answer::Datagram { data, from }));
            }
            Ok(Err(error)) => {
                errors += 1;
                host.answer(ticket, handle, Err(error.into()));
            }
        }
    }
}
