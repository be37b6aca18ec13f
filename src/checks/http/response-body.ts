import type { ResponseHead } from './response-head.ts'
import { HttpFault, LineReader } from './response-lines.ts'

type Framing = { readonly kind: 'length'; readonly bytes: number } | { readonly kind: 'chunked' | 'close' }

/** Whether no body follows whatever the fields say (RFC 9112, 6.3). */
function hasNoBody(status: number, method: string): boolean {
  return method === 'HEAD' || status < 200 || status === 204 || status === 304
}

/** How the end of a body is known; a transfer coding beats a length. Throws `HttpFault` for a length that is none. */
function framingOf({ fields }: ResponseHead): Framing {
  const valuesOf = (wanted: string): string[] =>
    fields.filter(({ name }) => name === wanted).flatMap(({ value }) => value.split(','))
  const codings = valuesOf('transfer-encoding').map((coding) => coding.trim().toLowerCase())
  if (codings.length > 0) return { kind: codings.at(-1) === 'chunked' ? 'chunked' : 'close' }
  const lengths = new Set(valuesOf('content-length').map((length) => length.trim()))
  if (lengths.size === 0) return { kind: 'close' }
  const [length = ''] = lengths
  // The same length several times is that length; two of them are an attack or a mistake.
  if (lengths.size > 1 || !/^\d+$/.test(length)) throw new HttpFault('broken')
  return { kind: 'length', bytes: Number(length) }
}

/** Reads one body out of pieces of bytes. */
export class BodyReader {
  readonly #framing: Framing
  readonly #lines = new LineReader()
  /** Bytes of the body, or of the chunk, that are still to come. */
  #left: number
  #part: 'size' | 'data' | 'data end' | 'trailer' = 'size'
  ended: boolean

  /** Throws `HttpFault` where the fields do not say how long it is. */
  constructor(head: ResponseHead, method: string) {
    const none = hasNoBody(head.status, method)
    this.#framing = none ? { kind: 'length', bytes: 0 } : framingOf(head)
    this.#left = this.#framing.kind === 'length' ? this.#framing.bytes : 0
    this.ended = this.#framing.kind === 'length' && this.#left === 0
  }

  /** The end of the connection is the end of the body. */
  get untilClose(): boolean {
    return this.#framing.kind === 'close'
  }

  /** Reads bytes from `at`, hands on those of the body, and gives where to go on; throws `HttpFault`. */
  read(bytes: Buffer, at: number, onBody: (piece: Buffer) => void): number {
    if (this.#framing.kind === 'close') {
      onBody(bytes.subarray(at))
      return bytes.length
    }
    if (this.#framing.kind === 'length' || this.#part === 'data') return this.#readData(bytes, at, onBody)
    const { line, next } = this.#lines.take(bytes, at)
    if (line !== undefined) this.#readLine(line)
    return next
  }

  #readData(bytes: Buffer, at: number, onBody: (piece: Buffer) => void): number {
    const next = Math.min(bytes.length, at + this.#left)
    this.#left -= next - at
    onBody(bytes.subarray(at, next))
    if (this.#left === 0) {
      if (this.#framing.kind === 'length') this.ended = true
      else this.#part = 'data end'
    }
    return next
  }

  /** Reads a line between chunks (RFC 9112, 7.1); extensions and trailers say nothing that is wanted here. */
  #readLine(line: string): void {
    if (this.#part === 'trailer') {
      this.ended = line === ''
      return
    }
    this.#lines.restart()
    if (this.#part === 'data end') {
      if (line !== '') throw new HttpFault('broken')
      this.#part = 'size'
      return
    }
    const digits = /^[ \t]*([0-9a-f]+)[ \t]*(?:;.*)?$/is.exec(line)?.[1]
    const size = Number.parseInt(digits ?? '', 16)
    if (!Number.isSafeInteger(size)) throw new HttpFault('broken')
    this.#left = size
    this.#part = size === 0 ? 'trailer' : 'data'
  }
}
