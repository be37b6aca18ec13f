//! The floor of readywhen's JavaScript runtime: QuickJS-NG, an event loop, and primitives for sockets, TLS, files,
//! signals and hashes. There is no policy here. The contract with the TypeScript above it is `../node/host.ts`.

mod address;
mod bind;
mod certificates;
mod crypto;
mod der;
mod error;
mod event_loop;
mod exec;
mod fatal;
mod fs;
mod host;
mod judge;
mod locate;
mod memory;
mod modules;
mod net;
mod p521;
mod p521_key;
mod payload;
mod pbkdf2;
mod private_key;
mod process;
mod public_key;
mod roots;
mod signal;
mod signatures;
mod sleep;
mod small_libc;
mod stdio;
mod stream;
mod text;
mod timers;
mod tls;
mod tls_error;
mod tls_stream;
mod udp;
mod untrusted;
mod url;
mod verify;
mod x509;

#[cfg(test)]
mod testing;

pub use payload::pack;

use host::Host;
use rquickjs::{CatchResultExt, Context, Ctx, Object, Runtime, context::intrinsic};
use std::{path::Path, rc::Rc, time::Instant};

#[global_allocator]
static HEAP: memory::Heap = memory::Heap;

/// What of the language's library is there. Missing: `eval`, with which the parser stays out of the binary.
type Intrinsics = (
    intrinsic::Date,
    intrinsic::RegExpCompiler,
    intrinsic::RegExp,
    intrinsic::Json,
    intrinsic::Proxy,
    intrinsic::MapSet,
    intrinsic::TypedArrays,
    intrinsic::Promise,
    intrinsic::WeakRef,
);

/// The engine's stack: deep enough for any sane recursion. Half of what there is where that is little.
const STACK: usize = 1 << 20;

/// The collector's first run comes after this much; the default would make it run while the chunks load.
const GC_THRESHOLD: usize = 4 << 20;

/// Runs the program in this executable's payload; does not return.
pub fn run() -> ! {
    let start = Instant::now();
    stdio::open_missing();
    signal::set_up();
    memory::set_up();
    std::panic::set_hook(Box::new(fatal::on_panic));
    let (payload, executable) = match locate::open() {
        Ok(found) => found,
        Err(error) => fatal::die(&format!("cannot read the program behind this executable: {error}")),
    };
    let sleep = sleep::Sleep::default();
    let mut builder = tokio::runtime::Builder::new_current_thread();
    sleep.watch(&mut builder, start);
    let Ok(tokio) = builder.enable_all().build() else {
        fatal::die("the system gives no event queue (out of file descriptors?)")
    };
    let (Ok(runtime), host, attached, listeners) =
        (Runtime::new_with_alloc(memory::EngineHeap), Host::new(start, sleep), Rc::default(), Rc::default())
    else {
        fatal::die("out of memory")
    };
    runtime.set_max_stack_size(STACK.min(memory::stack_limit() / 2));
    runtime.set_interrupt_handler(Some(Box::new(signal::interrupt)));
    runtime.set_gc_threshold(GC_THRESHOLD);
    let chunks = modules::Chunks(Rc::new(payload));
    runtime.set_loader(chunks.clone(), chunks);
    event_loop::track_rejections(&runtime, &attached);
    let Ok(context) = Context::custom::<Intrinsics>(&runtime) else { fatal::die("out of memory") };
    tokio::task::LocalSet::new().block_on(&tokio, async {
        context.with(|ctx| {
            let installed = install(&ctx, &host, &executable, &attached, &listeners);
            if let Err(error) = installed.catch(&ctx) {
                fatal::uncaught(&error);
            }
        });
        event_loop::run(&runtime, &context, &host, &attached, &listeners).await;
    });
    fatal::exit(0)
}

/// Puts the primitives where the contract says they are: into `globalThis.__host`.
fn install<'js>(
    ctx: &Ctx<'js>,
    host: &Rc<Host>,
    executable: &Path,
    attached: &event_loop::Attached,
    listeners: &signal::Listeners,
) -> rquickjs::Result<()> {
    let object = Object::new(ctx.clone())?;
    event_loop::install(ctx, &object, attached)?;
    process::install(ctx, &object, executable)?;
    signal::install(ctx, &object, host, listeners)?;
    stdio::install(ctx, &object)?;
    timers::install(ctx, &object, host)?;
    fs::install(ctx, &object)?;
    net::install(ctx, &object, host)?;
    tls::install(ctx, &object, host)?;
    certificates::install(ctx, &object, host)?;
    udp::install(ctx, &object, host)?;
    crypto::install(ctx, &object, host)?;
    text::install(ctx, &object)?;
    url::install(ctx, &object)?;
    ctx.globals().set("__host", object)
}
