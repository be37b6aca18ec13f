/**
 * The errors of streams, in the place of `readable-stream/lib/ours/errors`: the same codes and words, but made when one
 * is needed. The package makes a class for each at the start, and every start pays for that.
 */

type Base = ErrorConstructor | TypeErrorConstructor | RangeErrorConstructor
type NodeError = Error & { code: string }
// biome-ignore lint/suspicious/noExplicitAny: each code has arguments of its own
type Words = string | ((...args: any[]) => string)

/** What `new` gives is the error that the function returns. */
type NodeErrorConstructor = new (...args: unknown[]) => NodeError

function define(code: string, base: Base, words: Words): NodeErrorConstructor {
  return function nodeError(...args: unknown[]): NodeError {
    const message = typeof words === 'string' ? words : words(...args)
    return Object.assign(new base(message), { code })
  } as unknown as NodeErrorConstructor
}

function received(value: unknown): string {
  if (value === null || value === undefined) return `Received ${value}`
  if (typeof value === 'object') return `Received an instance of ${value.constructor?.name ?? 'Object'}`
  if (typeof value === 'function') return `Received function ${value.name}`
  return `Received type ${typeof value} (${typeof value === 'string' ? `'${value}'` : String(value)})`
}

const wrongType = (name: string, expected: string | readonly string[], value: unknown): string =>
  `The "${name}" argument must be of type ${[expected].flat().join(' or ')}. ${received(value)}`

export const codes = {
  ERR_INVALID_ARG_TYPE: define('ERR_INVALID_ARG_TYPE', TypeError, wrongType),
  ERR_INVALID_ARG_VALUE: define(
    'ERR_INVALID_ARG_VALUE',
    TypeError,
    (name: string, value: unknown) => `The argument '${name}' is invalid. ${received(value)}`,
  ),
  ERR_METHOD_NOT_IMPLEMENTED: define(
    'ERR_METHOD_NOT_IMPLEMENTED',
    Error,
    (name: string) => `The ${name} method is not implemented`,
  ),
  ERR_MULTIPLE_CALLBACK: define('ERR_MULTIPLE_CALLBACK', Error, 'Callback called multiple times'),
  ERR_OUT_OF_RANGE: define(
    'ERR_OUT_OF_RANGE',
    RangeError,
    (name: string, range: string, value: unknown) =>
      `The value of "${name}" is out of range. It must be ${range}. Received ${String(value)}`,
  ),
  ERR_STREAM_ALREADY_FINISHED: define(
    'ERR_STREAM_ALREADY_FINISHED',
    Error,
    (what: string) => `Cannot call ${what} after a stream was finished`,
  ),
  ERR_STREAM_CANNOT_PIPE: define('ERR_STREAM_CANNOT_PIPE', Error, 'Cannot pipe, not readable'),
  ERR_STREAM_DESTROYED: define(
    'ERR_STREAM_DESTROYED',
    Error,
    (what: string) => `Cannot call ${what} after a stream was destroyed`,
  ),
  ERR_STREAM_NULL_VALUES: define('ERR_STREAM_NULL_VALUES', TypeError, 'May not write null values to stream'),
  ERR_STREAM_PUSH_AFTER_EOF: define('ERR_STREAM_PUSH_AFTER_EOF', Error, 'stream.push() after EOF'),
  ERR_STREAM_UNSHIFT_AFTER_END_EVENT: define(
    'ERR_STREAM_UNSHIFT_AFTER_END_EVENT',
    Error,
    'stream.unshift() after end event',
  ),
  ERR_STREAM_WRITE_AFTER_END: define('ERR_STREAM_WRITE_AFTER_END', Error, 'write after end'),
  ERR_UNKNOWN_ENCODING: define(
    'ERR_UNKNOWN_ENCODING',
    TypeError,
    (name: string) => `Unknown encoding: ${name}`,
  ),
}

export class AbortError extends Error {
  readonly code = 'ABORT_ERR'
  override readonly name = 'AbortError'
  constructor(message = 'The operation was aborted', options?: ErrorOptions) {
    super(message, options)
  }
}

/** Of two errors the outer one, which holds both; or the one that there is. */
export function aggregateTwoErrors(inner: Error | null, outer: Error | null): Error | null {
  if (!inner || !outer || inner === outer) return inner || outer
  const code = (outer as NodeError).code
  return Object.assign(new AggregateError([outer, inner], outer.message), { code })
}
