/** The globals of Node, put in place before the program runs. */
import { AbortController, AbortSignal, DOMException, Event, EventTarget } from './abort.ts'
import { Buffer } from './buffer.ts'
import { console } from './console.ts'
import { host } from './host.ts'
import { clearImmediate, queueMicrotask, setImmediate, start } from './loop.ts'
import process from './process.ts'
import { TextDecoder, TextEncoder } from './text.ts'
import { clearInterval, clearTimeout, setInterval, setTimeout } from './timers.ts'
import { URL, URLSearchParams } from './url.ts'

function define(values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values)) {
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true })
  }
}

start()
// the engine's own would go on from where it was when the program was built
Math.random = host.random
define({
  AbortController,
  AbortSignal,
  Buffer,
  clearImmediate,
  clearInterval,
  clearTimeout,
  console,
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
  URL,
  URLSearchParams,
})
