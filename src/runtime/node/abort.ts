/** `AbortController`, `AbortSignal` and what they are made of (DOM standard), as far as programs without a DOM use it. */
import { nextTick } from './loop.ts'

const CODES: Readonly<Record<string, number>> = { AbortError: 20, TimeoutError: 23 }

export class DOMException extends Error {
  readonly code: number
  constructor(message = '', name = 'Error') {
    super(message)
    Object.defineProperty(this, 'name', { value: name, configurable: true, writable: true })
    this.code = CODES[name] ?? 0
  }
}

export class Event {
  readonly type: string
  target: EventTarget | null = null
  readonly cancelable: boolean
  defaultPrevented = false
  stopped = false

  constructor(type: string, init: { readonly cancelable?: boolean } = {}) {
    this.type = type
    this.cancelable = init.cancelable === true
  }

  preventDefault(): void {
    if (this.cancelable) this.defaultPrevented = true
  }

  stopImmediatePropagation(): void {
    this.stopped = true
  }
}

type Listener = ((event: Event) => unknown) | { handleEvent(event: Event): unknown }

interface ListenerOptions {
  readonly once?: boolean
  readonly signal?: AbortSignal
}

export class EventTarget {
  /** By type; made by the first listener, as most signals never have one. */
  #listeners: Map<string, Map<Listener, { readonly once: boolean }>> | undefined

  addEventListener(type: string, listener: Listener | null, options: ListenerOptions | boolean = {}): void {
    if (listener === null || listener === undefined) return
    const { once = false, signal } = typeof options === 'object' ? options : {}
    if (signal?.aborted === true) return
    this.#listeners ??= new Map()
    const listeners = this.#listeners.get(type) ?? new Map<Listener, { readonly once: boolean }>()
    if (listeners.has(listener)) return
    listeners.set(listener, { once })
    this.#listeners.set(type, listeners)
    signal?.addEventListener('abort', () => this.removeEventListener(type, listener), { once: true })
  }

  removeEventListener(type: string, listener: Listener | null): void {
    if (listener !== null) this.#listeners?.get(type)?.delete(listener)
  }

  dispatchEvent(event: Event): boolean {
    event.target = this
    const listeners = this.#listeners?.get(event.type)
    for (const [listener, entry] of [...(listeners ?? [])]) {
      if (event.stopped) break
      // one that an earlier listener took off is not called any more
      if (listeners?.get(listener) !== entry) continue
      if (entry.once) listeners.delete(listener)
      try {
        if (typeof listener === 'function') listener.call(this, event)
        else listener.handleEvent(event)
      } catch (error) {
        // uncaught, but the other listeners are called all the same
        nextTick(() => {
          throw error
        })
      }
    }
    return !event.defaultPrevented
  }
}

let abortSignal: (signal: AbortSignal, reason: unknown) => void

export class AbortSignal extends EventTarget {
  #aborted = false
  #reason: unknown
  onabort: ((event: Event) => unknown) | null = null

  static {
    abortSignal = (signal, reason) => {
      if (signal.#aborted) return
      signal.#aborted = true
      signal.#reason = reason ?? new DOMException('This operation was aborted', 'AbortError')
      const event = new Event('abort')
      const { onabort } = signal
      if (onabort !== null) signal.addEventListener('abort', onabort)
      signal.dispatchEvent(event)
    }
  }

  static abort(reason?: unknown): AbortSignal {
    const signal = new AbortSignal()
    abortSignal(signal, reason)
    return signal
  }

  get aborted(): boolean {
    return this.#aborted
  }

  get reason(): unknown {
    return this.#reason
  }

  throwIfAborted(): void {
    if (this.#aborted) throw this.#reason
  }
}

export class AbortController {
  readonly signal = new AbortSignal()

  abort(reason?: unknown): void {
    abortSignal(this.signal, reason)
  }
}
