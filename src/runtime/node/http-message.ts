/** `http.IncomingMessage`: a response as a stream of its body. */
import type { ResponseHead } from './http-parser.ts'
import { nextTick } from './loop.ts'
import { Readable } from './readable.ts'
import type { Socket } from './socket.ts'

/** Of these the first counts (Node's list). */
const ONLY_ONCE: ReadonlySet<string> = new Set([
  'age',
  'authorization',
  'content-length',
  'content-type',
  'etag',
  'expires',
  'from',
  'host',
  'if-modified-since',
  'if-unmodified-since',
  'last-modified',
  'location',
  'max-forwards',
  'proxy-authorization',
  'referer',
  'retry-after',
  'server',
  'user-agent',
])

type Headers = Record<string, string | string[]>

/** Headers by their names in lower case; of several of one name the first, a list (`set-cookie`) or all joined. */
export function joinHeaders(pairs: readonly string[]): Headers {
  const headers: Headers = Object.create(null)
  for (let at = 0; at < pairs.length; at += 2) {
    const name = (pairs[at] ?? '').toLowerCase()
    const value = pairs[at + 1] ?? ''
    const before = headers[name]
    if (name === 'set-cookie') headers[name] = [before ?? [], value].flat()
    else if (before === undefined) headers[name] = value
    else if (!ONLY_ONCE.has(name)) headers[name] = `${before}${name === 'cookie' ? '; ' : ', '}${value}`
  }
  return headers
}

export class IncomingMessage extends Readable {
  readonly socket: Socket
  readonly statusCode: number
  readonly statusMessage: string
  readonly httpVersion: string
  readonly rawHeaders: readonly string[]
  #headers: Headers | undefined
  /** The response was read to its end. */
  complete = false

  constructor(socket: Socket, head: ResponseHead) {
    super()
    this.socket = socket
    this.statusCode = head.statusCode
    this.statusMessage = head.statusMessage
    this.httpVersion = `${head.versionMajor}.${head.versionMinor}`
    this.rawHeaders = head.rawHeaders
  }

  get headers(): Headers {
    this.#headers ??= joinHeaders(this.rawHeaders)
    return this.#headers
  }

  override _read(): void {
    this.socket.resume()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if ((!this.readableEnded || !this.complete) && !this.socket.destroyed)
      this.socket.destroy(error ?? undefined)
    // an error that nobody listens to must not end the program: the request tells of it too
    nextTick(() => done(this.listenerCount('error') === 0 ? null : error))
  }
}
