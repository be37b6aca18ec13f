//! Signals, read from a descriptor (signalfd) instead of being handled: no code runs in the middle of other code, and
//! since a held-back signal is queued even for PID 1, which the kernel otherwise spares what it has no handler for,
//! there is nothing special about being PID 1.

use crate::{
    bind::on,
    error::HostError,
    fatal,
    host::{Answer, Host},
};
use rquickjs::{Ctx, Object};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    io,
    mem::{self, MaybeUninit},
    os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd},
    ptr,
    rc::Rc,
    time::{Duration, Instant},
};
use tokio::io::{Interest, unix::AsyncFd};

/// What the process was started with, and what it changed.
struct Dispositions {
    mask_before: libc::sigset_t,
    pipe_before: libc::sigaction,
    held_back: libc::sigset_t,
}

thread_local!(static DISPOSITIONS: RefCell<Option<Dispositions>> = const { RefCell::new(None) });

/// The signals that end a program politely: held back from the start, so that none is lost before the program listens.
const POLITE: [i32; 3] = [libc::SIGTERM, libc::SIGINT, libc::SIGHUP];

/// Takes over the signals; called once, first thing. Writing to a pipe that nobody reads is an error from here on.
pub fn set_up() {
    // SAFETY: both are plain data; the calls fill them or leave them empty
    unsafe {
        let mut before =
            Dispositions { mask_before: mem::zeroed(), pipe_before: mem::zeroed(), held_back: mem::zeroed() };
        libc::sigprocmask(libc::SIG_SETMASK, ptr::null(), &mut before.mask_before);
        libc::sigaction(libc::SIGPIPE, ptr::null(), &mut before.pipe_before);
        libc::sigemptyset(&mut before.held_back);
        for signal in POLITE {
            libc::sigaddset(&mut before.held_back, signal);
        }
        DISPOSITIONS.set(Some(before));
    }
    take();
}

/// Holds back what is listened to, and ignores SIGPIPE.
pub fn take() {
    DISPOSITIONS.with_borrow(|dispositions| {
        let Some(dispositions) = dispositions else { return };
        // SAFETY: the set is initialised; SIG_IGN for SIGPIPE runs no code
        unsafe {
            libc::sigprocmask(libc::SIG_BLOCK, &dispositions.held_back, ptr::null_mut());
            libc::signal(libc::SIGPIPE, libc::SIG_IGN);
        }
    });
}

/// Puts all of it back as it was at the start, for the program that comes next.
pub fn give_back() {
    DISPOSITIONS.with_borrow(|dispositions| {
        let Some(dispositions) = dispositions else { return };
        // SAFETY: both were filled by the system in `set_up`
        unsafe {
            libc::sigaction(libc::SIGPIPE, &dispositions.pipe_before, ptr::null_mut());
            libc::sigprocmask(libc::SIG_SETMASK, &dispositions.mask_before, ptr::null_mut());
        }
    });
}

/// Lets through what was held back from the start and nobody listens to; called when the first modules have run.
pub fn release_unclaimed(listeners: &Listeners) {
    let listeners = listeners.borrow();
    DISPOSITIONS.with_borrow_mut(|dispositions| {
        let Some(dispositions) = dispositions else { return };
        for signal in POLITE {
            let claimed = listeners.as_ref().is_some_and(|listeners| listeners.tickets.contains_key(&signal));
            // SAFETY: sets that were initialised; one that the process was started with stays held back
            unsafe {
                if !claimed && libc::sigismember(&dispositions.mask_before, signal) == 0 {
                    let mut only: libc::sigset_t = mem::zeroed();
                    libc::sigaddset(&mut only, signal);
                    libc::sigdelset(&mut dispositions.held_back, signal);
                    libc::sigprocmask(libc::SIG_UNBLOCK, &only, ptr::null_mut());
                }
            }
        }
    });
}

/// How long JavaScript may keep a signal waiting. Only one that never comes to its end does: a regular expression with
/// which a peer's text takes for ever.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// The engine calls this every now and then while it runs. A polite signal that is held back but not fetched ends the
/// process, as the shell would have it (128 + number), since nobody else will.
pub fn interrupt() -> bool {
    thread_local!(static WAITING_SINCE: Cell<Option<Instant>> = const { Cell::new(None) });
    match pending() {
        None => WAITING_SINCE.set(None),
        Some(signal) => match WAITING_SINCE.get() {
            None => WAITING_SINCE.set(Some(Instant::now())),
            Some(since) if since.elapsed() > LONGEST_WAIT => fatal::exit(128 + signal),
            Some(_) => {}
        },
    }
    false
}

/// A polite signal that waits to be fetched.
fn pending() -> Option<i32> {
    // SAFETY: sigpending fills the set
    unsafe {
        let mut set: libc::sigset_t = mem::zeroed();
        libc::sigpending(&mut set);
        POLITE.into_iter().find(|signal| libc::sigismember(&set, *signal) == 1)
    }
}

/// Who is told about which signal, and the descriptor that they come from.
pub struct Listening {
    tickets: BTreeMap<i32, u32>,
    descriptor: Rc<AsyncFd<OwnedFd>>,
}

pub type Listeners = Rc<RefCell<Option<Listening>>>;

/// Installs the primitives of this group.
pub fn install<'js>(
    ctx: &Ctx<'js>,
    object: &Object<'js>,
    host: &Rc<Host>,
    listeners: &Listeners,
) -> rquickjs::Result<()> {
    let listeners = listeners.clone();
    on!(ctx, object, host, "onSignal", |host,
                                        ctx: Ctx<'js>,
                                        ticket: u32,
                                        signal: i32|
     -> rquickjs::Result<()> {
        listen(host, &listeners, ticket, signal).map_err(|error| HostError::from(error).throw(&ctx))
    });
    Ok(())
}

fn listen(host: &Rc<Host>, listeners: &Listeners, ticket: u32, signal: i32) -> io::Result<()> {
    if !(1..=64).contains(&signal) || [libc::SIGKILL, libc::SIGSTOP].contains(&signal) {
        return Err(io::Error::from_raw_os_error(libc::EINVAL));
    }
    let mut state = listeners.borrow_mut();
    let mut wanted: libc::sigset_t = {
        // SAFETY: an empty set is all zeros, and each number was checked above
        unsafe {
            let mut set = mem::zeroed();
            for number in state.iter().flat_map(|state| state.tickets.keys()).chain([&signal]) {
                libc::sigaddset(&mut set, *number);
            }
            set
        }
    };
    DISPOSITIONS.with_borrow_mut(|dispositions| {
        if let Some(dispositions) = dispositions {
            // SAFETY: as above
            unsafe { libc::sigaddset(&mut dispositions.held_back, signal) };
        }
    });
    // SAFETY: the set is initialised
    unsafe { libc::sigprocmask(libc::SIG_BLOCK, &wanted, ptr::null_mut()) };
    match &mut *state {
        Some(state) => {
            signal_descriptor(state.descriptor.as_raw_fd(), &mut wanted)?;
            state.tickets.insert(signal, ticket);
        }
        None => {
            let number = signal_descriptor(-1, &mut wanted)?;
            // SAFETY: the system has just given it to us, and to nobody else
            let owned = unsafe { OwnedFd::from_raw_fd(number) };
            // SAFETY: the descriptor is owned by what is registered, and stays the same as long as that lives
            let descriptor = Rc::new(unsafe { AsyncFd::register_with_interest(owned, Interest::READABLE)? });
            *state = Some(Listening {
                tickets: BTreeMap::from([(signal, ticket)]),
                descriptor: descriptor.clone(),
            });
            tokio::task::spawn_local(deliver(host.clone(), listeners.clone(), descriptor));
        }
    }
    Ok(())
}

fn signal_descriptor(existing: RawFd, set: &mut libc::sigset_t) -> io::Result<RawFd> {
    // SAFETY: -1 or a signalfd of ours, and an initialised set
    match unsafe { libc::signalfd(existing, set, libc::SFD_NONBLOCK | libc::SFD_CLOEXEC) } {
        -1 => match io::Error::last_os_error() {
            // the program could not even be told to end
            error if matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE)) => {
                fatal::die("the system gives no descriptor for signals (out of file descriptors?)")
            }
            error => Err(error),
        },
        descriptor => Ok(descriptor),
    }
}

async fn deliver(host: Rc<Host>, listeners: Listeners, descriptor: Rc<AsyncFd<OwnedFd>>) {
    loop {
        let Ok(mut ready) = descriptor.readable().await else { return };
        while let Ok(Ok(signal)) = ready.try_io(|descriptor| next_signal(descriptor.as_raw_fd())) {
            let ticket = listeners.borrow().as_ref().and_then(|state| state.tickets.get(&signal).copied());
            if let Some(ticket) = ticket {
                host.answer(ticket, 0, Ok(Answer::Nothing));
            }
        }
    }
}

fn next_signal(descriptor: RawFd) -> io::Result<i32> {
    let mut info = MaybeUninit::<libc::signalfd_siginfo>::uninit();
    let size = size_of::<libc::signalfd_siginfo>();
    // SAFETY: the buffer has that size; a signalfd fills it wholly or not at all
    unsafe {
        match libc::read(descriptor, info.as_mut_ptr().cast(), size) {
            read if read == size as isize => Ok(info.assume_init().ssi_signo as i32),
            -1 => Err(io::Error::last_os_error()),
            _ => Err(io::ErrorKind::WouldBlock.into()),
        }
    }
}
