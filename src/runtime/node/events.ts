/**
 * `node:events`: the npm package of Node's EventEmitter, in which the calls that every stream lives on go straight to what
 * is usual: a login makes more than a hundred of them. All else is left to the package.
 */
import EventEmitter from 'events/events.js'

type Listener = (...args: unknown[]) => void

/** What the package keeps in an emitter: one listener, or several in their order. */
interface Listeners {
  _events?: Record<string | symbol, Listener | Listener[] | undefined>
  _eventsCount: number
}

const slow = {
  emit: EventEmitter.prototype.emit,
  on: EventEmitter.prototype.on,
  once: EventEmitter.prototype.once,
}

function emit(this: EventEmitter & Listeners, type: string | symbol, ...args: unknown[]): boolean {
  const listeners = this._events?.[type]
  // nobody listens: an error is thrown then
  if (listeners === undefined) return type === 'error' && slow.emit.call(this, type, ...args)
  if (typeof listeners === 'function') listeners.apply(this, args)
  else for (const listener of listeners.slice()) listener.apply(this, args)
  return true
}

function on(this: EventEmitter & Listeners, type: string | symbol, listener: Listener): EventEmitter {
  let events = this._events
  const first = events?.[type] === undefined
  if (events === undefined || !first || typeof listener !== 'function')
    return slow.on.call(this, type, listener)
  if (events['newListener'] !== undefined) {
    this.emit('newListener', type, (listener as { readonly listener?: Listener }).listener ?? listener)
    events = this._events ?? events
  }
  // who was told of it may have added another
  const others = events[type]
  if (others === undefined) this._eventsCount += 1
  events[type] = others === undefined ? listener : [others, listener].flat()
  return this
}

function once(this: EventEmitter, type: string | symbol, listener: Listener): EventEmitter {
  if (typeof listener !== 'function') return slow.once.call(this, type, listener)
  let fired = false
  const wrapped = (...args: unknown[]): void => {
    if (fired) return
    this.removeListener(type, wrapped)
    fired = true
    listener.apply(this, args)
  }
  // by which `removeListener` finds it
  wrapped.listener = listener
  return this.on(type, wrapped)
}

Object.assign(EventEmitter.prototype, { emit, on, once, addListener: on })

export default EventEmitter
