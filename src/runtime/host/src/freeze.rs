//! Freezing: the program runs up to where it would look at the world, and is written down there. Whatever would look at it
//! earlier ends the build, so that nothing of the machine that builds can get into the program.

use crate::{GC_THRESHOLD_FROZEN, Program, arena, collector, event_loop, fatal, image::Order};
use rquickjs::{CatchResultExt, Ctx, Module, Object, function::Constructor, qjs};
use std::{
    ptr::{self, NonNull},
    slice,
    sync::atomic::{AtomicPtr, Ordering::Relaxed},
};

/// The engine's context as long as a program is frozen.
static CONTEXT: AtomicPtr<qjs::JSContext> = AtomicPtr::new(ptr::null_mut());

/// Freezes the program; does not return.
pub fn run(order: &Order) -> ! {
    order.begin();
    let program: &'static Program = Box::leak(Box::new(Program::prepare()));
    program.context.with(|ctx| CONTEXT.store(ctx.as_raw().as_ptr(), Relaxed));
    event_loop::start(&program.context);
    program.context.with(|ctx| {
        for chunk in program.chunks.names() {
            load(&ctx, &chunk);
        }
    });
    program.chunks.close();
    program.runtime.run_gc();
    program.runtime.set_gc_threshold(GC_THRESHOLD_FROZEN);
    program.context.with(|ctx| collector::retire(&ctx));
    program.runtime.set_max_stack_size(0);
    program.context.with(|ctx| forget_stack(&ctx));
    CONTEXT.store(ptr::null_mut(), Relaxed);
    order.finish((&raw const *program).cast())
}

/// Runs the top level of a chunk and all that it imports.
fn load(ctx: &Ctx<'_>, chunk: &str) {
    let outcome = Module::import(ctx, chunk).and_then(|promise| promise.finish::<Object>());
    if let Err(error) = outcome.catch(ctx) {
        fatal::die(&format!("{chunk} cannot be frozen: {error}"));
    }
    while ctx.execute_pending_job() {}
}

/// Has the engine forget where this process has its stack: it is told of each process's own (`go`), and two builds shall
/// give the same bytes.
fn forget_stack(ctx: &Ctx<'_>) {
    const NEAR: usize = 1 << 20;
    let here = (&raw const ctx) as usize;
    // SAFETY: the runtime is a block of the arena, of which every eight bytes are a number
    unsafe {
        let runtime = qjs::JS_GetRuntime(ctx.as_raw().as_ptr()).cast::<usize>();
        let words = slice::from_raw_parts_mut(runtime, arena::capacity(runtime.cast()) / size_of::<usize>());
        for word in words.iter_mut().filter(|word| word.abs_diff(here) < NEAR) {
            *word = 0;
        }
    }
}

/// What looks at the world, or touches it, begins with this.
#[inline]
pub fn outside(what: &str) {
    let context = CONTEXT.load(Relaxed);
    if !context.is_null() {
        end(what, context);
    }
}

#[cold]
fn end(what: &str, context: *mut qjs::JSContext) -> ! {
    CONTEXT.store(ptr::null_mut(), Relaxed);
    let stack = NonNull::new(context).and_then(|context| {
        // SAFETY: it is the context of the program that is being frozen, which is running
        let ctx = unsafe { Ctx::from_raw(context) };
        let error: Object<'_> =
            ctx.globals().get::<_, Constructor<'_>>("Error").and_then(|error| error.construct(())).ok()?;
        error.get::<_, String>("stack").ok()
    });
    fatal::die(&format!(
        "the program looks at the world before it has begun, which cannot be frozen: {what}\n{}",
        stack.unwrap_or_default().trim_end()
    ))
}
