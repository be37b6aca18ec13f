/**
 * The globals of Node, put in place before the program runs. Those with large modules behind them are read in with
 * their first use: showing the version must not cost the reading of Buffer.
 */
import { AbortController, AbortSignal, DOMException, Event, EventTarget } from './abort.ts'
import { host } from './host.ts'
import { clearImmediate, queueMicrotask, setImmediate, start } from './loop.ts'
import process from './process.ts'
import { TextDecoder, TextEncoder } from './text.ts'
import { clearInterval, clearTimeout, setInterval, setTimeout } from './timers.ts'

function define(values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values)) {
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true })
  }
}

/** Defines globals that a module brings when one of them is used: the host runs a chunk before `import` returns. */
function defineLate(names: readonly string[], load: () => Promise<unknown>): void {
  for (const name of names) {
    Object.defineProperty(globalThis, name, {
      configurable: true,
      get(): unknown {
        load().catch(() => {})
        const { value } = Object.getOwnPropertyDescriptor(globalThis, name) ?? {}
        if (value === undefined) throw new ReferenceError(`${name} is not there`)
        return value
      },
      set(value: unknown) {
        define({ [name]: value })
      },
    })
  }
}

start()
define({
  AbortController,
  AbortSignal,
  clearImmediate,
  clearInterval,
  clearTimeout,
  DOMException,
  Event,
  EventTarget,
  global: globalThis,
  // what `import()` is made into
  __load: host.load,
  performance: { now: host.now, eventLoopUtilization: () => ({ idle: host.idle() }) },
  process,
  queueMicrotask,
  setImmediate,
  setInterval,
  setTimeout,
  TextDecoder,
  TextEncoder,
})
defineLate(['Buffer'], () => import('./late-buffer.ts'))
defineLate(['URL', 'URLSearchParams'], () => import('./late-url.ts'))
defineLate(['console'], () => import('./late-console.ts'))
