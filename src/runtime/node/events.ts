/**
 * `node:events`: the npm package of Node's EventEmitter, in which the two calls that every stream lives on go straight to
 * what is usual (half of what they took, and a login makes more than a hundred). All else is left to the package.
 */
import EventEmitter from 'events/events.js'

type Listener = (...args: unknown[]) => void

/** What the package keeps in an emitter: one listener, or several in their order. */
interface Listeners {
  _events?: Record<string | symbol, Listener | Listener[] | undefined>
  _eventsCount: number
}

const slow = { emit: EventEmitter.prototype.emit, on: EventEmitter.prototype.on }

function emit(this: EventEmitter & Listeners, type: string | symbol, ...args: unknown[]): boolean {
  const listeners = this._events?.[type]
  // nobody listens: an error is thrown then
  if (listeners === undefined) return type === 'error' && slow.emit.call(this, type, ...args)
  if (typeof listeners === 'function') listeners.apply(this, args)
  else for (const listener of listeners.slice()) listener.apply(this, args)
  return true
}

function on(this: EventEmitter & Listeners, type: string | symbol, listener: Listener): EventEmitter {
  const events = this._events
  const first = events !== undefined && events[type] === undefined && events['newListener'] === undefined
  if (!first || typeof listener !== 'function') return slow.on.call(this, type, listener)
  events[type] = listener
  this._eventsCount += 1
  return this
}

Object.assign(EventEmitter.prototype, { emit, on, addListener: on })

export default EventEmitter
