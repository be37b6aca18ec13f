//! The floor of readywhen's JavaScript runtime: QuickJS-NG, an event loop, and primitives for sockets, TLS, files,
//! signals and hashes. There is no policy here. The contract with the TypeScript above it is `../node/host.ts`.

mod address;
mod arena;
mod arguments;
mod bind;
mod certificates;
mod collector;
mod crash;
mod crypto;
mod der;
mod elf;
mod error;
mod event_loop;
mod exec;
mod fatal;
mod freeze;
mod fs;
mod host;
mod image;
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
mod training;
mod udp;
mod untrusted;
mod url;
mod verify;
mod x509;

#[cfg(test)]
mod testing;

pub use payload::pack;

use host::Host;
use image::Image;
use rquickjs::{CatchResultExt, Context, Ctx, Object, Runtime, context::intrinsic, qjs};
use std::{ffi::c_char, rc::Rc, time::Instant};

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

/// The collector's first run comes after this much, which is more than all chunks take. What is frozen does not count: there
/// it is what a process has allocated itself.
const GC_THRESHOLD: usize = 4 << 20;
const GC_THRESHOLD_FROZEN: usize = 1 << 20;

/// What a program consists of: all that is frozen of it, and nothing that belongs to one process only.
struct Program {
    runtime: Runtime,
    context: Context,
    host: Rc<Host>,
    attached: event_loop::Attached,
    listeners: signal::Listeners,
    chunks: modules::Chunks,
}

/// Runs the program of this executable: frozen in a segment, or as chunks behind it. Does not return.
/// # Safety
/// The arguments are those of C's `main`.
pub unsafe fn run(count: i32, arguments: *const *const c_char) -> ! {
    let start = Instant::now();
    // SAFETY: the caller's promise
    unsafe { arguments::keep(count, arguments) };
    let image = image::find();
    stdio::open_missing();
    signal::set_up();
    std::panic::set_hook(Box::new(fatal::on_panic));
    match image {
        Image::Order(order) => freeze::run(&order),
        Image::Frozen(frozen) => {
            if frozen.learn {
                training::begin(frozen.pages());
            }
            // SAFETY: it is a program of this executable, frozen by `freeze::run`
            go(unsafe { frozen.program::<Program>() }, start, true)
        }
        Image::None => go(&Program::prepare(), start, false),
    }
}

impl Program {
    /// The engine with its primitives, before any module has run.
    fn prepare() -> Program {
        let (Ok(runtime), host, attached, listeners) =
            (Runtime::new_with_alloc(memory::EngineHeap), Host::new(), Rc::default(), Rc::default())
        else {
            fatal::die("out of memory")
        };
        runtime.set_interrupt_handler(Some(Box::new(signal::interrupt)));
        runtime.set_gc_threshold(GC_THRESHOLD);
        let chunks = modules::Chunks::default();
        runtime.set_loader(chunks.clone(), chunks.clone());
        event_loop::track_rejections(&runtime, &attached);
        let Ok(context) = Context::custom::<Intrinsics>(&runtime) else { fatal::die("out of memory") };
        context.with(|ctx| {
            let installed = install(&ctx, &host, &attached, &listeners);
            if let Err(error) = installed.catch(&ctx) {
                fatal::uncaught(&error);
            }
        });
        Program { runtime, context, host, attached, listeners, chunks }
    }
}

/// Runs a program, of which the part that does not depend on where it runs may have run elsewhere, to its end.
fn go(program: &Program, start: Instant, started: bool) -> ! {
    let Program { runtime, context, host, attached, listeners, .. } = program;
    // SAFETY: the runtime is alive, and this is its stack, which may not be the one that it was made on
    unsafe { qjs::JS_UpdateStackTop(qjs::JS_GetRuntime(context.as_raw().as_ptr())) };
    runtime.set_max_stack_size(memory::stack_for_engine());
    host.begin(start);
    let mut builder = tokio::runtime::Builder::new_current_thread();
    host.sleep.watch(&mut builder, start);
    let Ok(tokio) = builder.enable_all().build() else {
        fatal::die("the system gives no event queue (out of file descriptors?)")
    };
    tokio::task::LocalSet::new().block_on(&tokio, async {
        if !started {
            event_loop::start(context);
        }
        event_loop::run(runtime, context, host, attached, listeners).await;
    });
    fatal::exit(0)
}

/// Puts the primitives where the contract says they are: into `globalThis.__host`.
fn install<'js>(
    ctx: &Ctx<'js>,
    host: &Rc<Host>,
    attached: &event_loop::Attached,
    listeners: &signal::Listeners,
) -> rquickjs::Result<()> {
    let object = Object::new(ctx.clone())?;
    event_loop::install(ctx, &object, attached)?;
    process::install(ctx, &object)?;
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
