//! The loop: hands completions and the alarm to JavaScript, drains the microtasks, asks what comes next.

use crate::{
    bind::pure,
    fatal,
    host::{Completion, Host},
    signal::{self, Listeners},
};
use rquickjs::{
    CatchResultExt, CaughtError, Context, Ctx, Function, IntoJs, Module, Object, Persistent, Promise,
    Runtime, Value,
    function::{Args, IntoArgs},
};
use std::{cell::OnceCell, rc::Rc, time::Instant};

/// The first chunk of the payload; it attaches the loop and starts the program.
const MAIN: &str = "main.js";

/// What `Loop.settle` may say (`Next` in the contract).
const DONE: i32 = 0;
const WAIT: i32 = 1;
const POLL: i32 = 2;
const AGAIN: i32 = 3;

/// The functions of the attached `Loop`.
pub struct Loop {
    begin: Persistent<Function<'static>>,
    complete: Persistent<Function<'static>>,
    tick: Persistent<Function<'static>>,
    settle: Persistent<Function<'static>>,
    rejection: Persistent<Function<'static>>,
    finished: Persistent<Function<'static>>,
}

/// Empty until JavaScript has attached its loop.
pub type Attached = Rc<OnceCell<Loop>>;

/// Installs `attach` and `load`.
pub fn install<'js>(ctx: &Ctx<'js>, object: &Object<'js>, attached: &Attached) -> rquickjs::Result<()> {
    let attached = attached.clone();
    pure!(ctx, object, "attach", move |ctx: Ctx<'js>, functions: Object<'js>| -> rquickjs::Result<()> {
        let function = |name: &str| -> rquickjs::Result<Persistent<Function<'static>>> {
            // bound, so that the loop may be an object with methods
            let function: Function = functions.get(name)?;
            let bind: Function = function.get("bind")?;
            let bound: Function = bind.call((rquickjs::function::This(function), functions.clone()))?;
            Ok(Persistent::save(&ctx, bound))
        };
        let _ = attached.set(Loop {
            begin: function("begin")?,
            complete: function("complete")?,
            tick: function("tick")?,
            settle: function("settle")?,
            rejection: function("rejection")?,
            finished: function("finished")?,
        });
        Ok(())
    });
    pure!(ctx, object, "load", |ctx: Ctx<'js>, chunk: String| -> rquickjs::Result<Promise<'js>> {
        Module::import(&ctx, chunk)
    });
    Ok(())
}

/// Tells the loop of rejected promises; before there is a loop they are fatal once the first chunk has run.
pub fn track_rejections(runtime: &Runtime, attached: &Attached) {
    let attached = attached.clone();
    runtime.set_host_promise_rejection_tracker(Some(Box::new(move |ctx, promise, reason, handled| {
        if let Some(functions) = attached.get() {
            call(&ctx, &functions.rejection, (promise, reason, handled));
        }
    })));
}

/// Runs a program that has started until nothing keeps it alive.
pub async fn run(
    runtime: &Runtime,
    context: &Context,
    host: &Rc<Host>,
    attached: &Attached,
    listeners: &Listeners,
) {
    let Some(functions) = attached.get() else { fatal::bug("the program did not start its event loop") };
    context.with(|ctx| call(&ctx, &functions.begin, ()));
    let mut next = settle(runtime, context, functions);
    signal::release_unclaimed(listeners);
    loop {
        match next {
            WAIT => match wait(host).await {
                Some(completion) => complete(context, functions, completion),
                None => poll(runtime, context, functions, host).await,
            },
            POLL => poll(runtime, context, functions, host).await,
            DONE => {
                context.with(|ctx| call(&ctx, &functions.finished, ()));
                return;
            }
            other => fatal::bug(&format!("the event loop said {other}")),
        }
        next = settle(runtime, context, functions);
    }
}

/// Hands over what has arrived, then runs what is due: a timer that comes late must not call an answer missing that is
/// there to be read.
async fn poll(runtime: &Runtime, context: &Context, functions: &Loop, host: &Rc<Host>) {
    tokio::task::yield_now().await;
    for _ in 0..host.ready() {
        if let Some(completion) = host.take() {
            complete(context, functions, completion);
            settle(runtime, context, functions);
        }
    }
    tick(context, functions, host);
}

/// Runs the first chunk up to where it waits for something: all of the program that does not depend on where it runs.
pub fn start(context: &Context) {
    context.with(|ctx| {
        let main = match Module::import(&ctx, MAIN).catch(&ctx) {
            Ok(main) => main,
            Err(error) => fatal::uncaught(&error),
        };
        while ctx.execute_pending_job() {}
        // what fails later is told to the loop
        if let Some(Err(error)) = main.result::<Value>().map(|result| result.catch(&ctx)) {
            fatal::uncaught(&error);
        }
    });
}

/// The next completion, or nothing when the alarm comes first.
async fn wait(host: &Rc<Host>) -> Option<Completion> {
    let Some(at) = host.wake.get() else { return Some(host.next().await) };
    if at <= Instant::now() {
        return None; // completions that never end must not hold up the timers
    }
    tokio::time::timeout_at(at.into(), host.next()).await.ok()
}

/// Runs microtasks and next ticks until there are none.
fn settle(runtime: &Runtime, context: &Context, functions: &Loop) -> i32 {
    loop {
        loop {
            match runtime.execute_pending_job() {
                Ok(true) => {}
                Ok(false) => break,
                Err(failed) => failed
                    .0
                    .with(|ctx| fatal::uncaught(&CaughtError::from_error(&ctx, rquickjs::Error::Exception))),
            }
        }
        let next = context.with(|ctx| call(&ctx, &functions.settle, ()));
        if next != AGAIN && !runtime.is_job_pending() {
            return next;
        }
    }
}

fn tick(context: &Context, functions: &Loop, host: &Host) {
    if host.wake.get().is_some_and(|at| at <= Instant::now()) {
        host.wake.set(None);
    }
    context.with(|ctx| call(&ctx, &functions.tick, ()));
}

fn complete(context: &Context, functions: &Loop, completion: Completion) {
    context.with(|ctx| {
        let nothing = Value::new_undefined(ctx.clone());
        let (error, value) = match completion.result {
            Ok(answer) => (Ok(nothing), answer.into_js(&ctx)),
            Err(error) => (error.into_js(&ctx), Ok(nothing)),
        };
        match error.and_then(|error| Ok((error, value?))).catch(&ctx) {
            Ok((error, value)) => {
                call(&ctx, &functions.complete, (completion.ticket, error, value));
            }
            Err(error) => fatal::uncaught(&error),
        }
    });
}

/// Calls a function of the loop, none of which may throw, and gives the number it returned (-1 for anything else).
fn call<'js>(ctx: &Ctx<'js>, function: &Persistent<Function<'static>>, arguments: impl IntoArgs<'js>) -> i32 {
    let run = || -> rquickjs::Result<Value<'js>> {
        let mut list = Args::new(ctx.clone(), arguments.num_args());
        arguments.into_args(&mut list)?;
        function.clone().restore(ctx)?.call_arg(list)
    };
    match run().catch(ctx) {
        Ok(value) => value.as_int().unwrap_or(-1),
        Err(error) => fatal::uncaught(&error),
    }
}
