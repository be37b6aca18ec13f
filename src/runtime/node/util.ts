/** `node:util`, as far as drivers use it. */
import { format, inspect } from './inspect.ts'
import process from './process.ts'
import * as types from './util-types.ts'

/** Makes the prototype of one class inherit from that of another, in the old way. */
export function inherits(
  derived: { super_?: unknown; prototype: object },
  parent: { prototype: object },
): void {
  Object.defineProperty(derived, 'super_', { value: parent, writable: true, configurable: true })
  Object.setPrototypeOf(derived.prototype, parent.prototype)
}

// biome-ignore lint/suspicious/noExplicitAny: any function may be deprecated
type AnyFunction = (this: any, ...args: any[]) => any

/** Wraps a function so that its first call warns. */
export function deprecate<F extends AnyFunction>(deprecated: F, message: string): F {
  let warned = false
  return function (this: unknown, ...args: unknown[]): unknown {
    if (!warned) process.emitWarning(message, 'DeprecationWarning')
    warned = true
    return deprecated.apply(this, args)
  } as F
}

export function formatWithOptions(_options: unknown, ...args: unknown[]): string {
  return format(...args)
}

const ESC = '\u001b'
const BELL = '\u0007'
const CONTROL_SEQUENCE = new RegExp(
  `${ESC}\\[[0-9:;<=>?]*[ -/]*[@-~]|${ESC}\\][^${BELL}${ESC}]*(?:${BELL}|${ESC}\\\\)|\u009b[0-9;]*[@-~]`,
  'g',
)

/** Takes colours and the like out of a text. */
export function stripVTControlCharacters(text: string): string {
  return text.replace(CONTROL_SEQUENCE, '')
}

export { format, inspect, types }
