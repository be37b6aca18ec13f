/** How long a response's body is, and its bytes out of the chunks (RFC 9112, chapters 6 and 7). */
import { checkHeaderLine, LineReader, ParseError, readHeaderLine, type StatusLine } from './http-syntax.ts'

/** Node's limit of what chunk extensions may take up, in bytes. */
const MAX_EXTENSION_BYTES = 16_384
const MAX_TRAILER_BYTES = 16_384
const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]*"
const QUOTED = '(?:[\\t !#-\\[\\]-~\\x80-\\xff]|\\\\[\\t -~\\x80-\\xff])*'
/** Chunk extensions (RFC 9112, 7.1.1): names, with a token or a quoted text as value. */
const EXTENSIONS = new RegExp(`^(?:;${TOKEN}(?:=${TOKEN}(?:"${QUOTED}")?)?)*(?<!;)$`)
/** The beginning of some. */
const EXTENSIONS_SO_FAR = new RegExp(`^(?:;${TOKEN}(?:=${TOKEN}(?:"${QUOTED}(?:"|\\\\?$))?)?)*$`)

type Framing = { readonly kind: 'length'; readonly bytes: number } | { readonly kind: 'chunked' | 'close' }

/** Finds out how the end of a body is known. Throws `ParseError` where two headers contradict each other. */
export function readFraming(pairs: readonly string[]): Framing {
  let length: number | undefined
  let coding: string | undefined
  for (let at = 0; at < pairs.length; at += 2) {
    const name = pairs[at]?.toLowerCase()
    const value = pairs[at + 1] ?? ''
    if (name === 'content-length') {
      if (length !== undefined) {
        throw new ParseError('HPE_UNEXPECTED_CONTENT_LENGTH', 'Content-Length already present')
      }
      length = readLength(value)
    } else if (name === 'transfer-encoding') {
      if (value === '') throw new ParseError('HPE_INVALID_TRANSFER_ENCODING', 'Empty Transfer-Encoding')
      coding = value.toLowerCase()
    }
    if (length !== undefined && coding !== undefined) {
      throw name === 'content-length'
        ? new ParseError(
            'HPE_INVALID_CONTENT_LENGTH',
            "Content-Length can't be present with Transfer-Encoding",
          )
        : new ParseError(
            'HPE_INVALID_TRANSFER_ENCODING',
            "Transfer-Encoding can't be present with Content-Length",
          )
    }
  }
  if (coding !== undefined && /(?:^|,)[ \t]*chunked$/.test(coding)) return { kind: 'chunked' }
  return length === undefined ? { kind: 'close' } : { kind: 'length', bytes: length }
}

/** Beyond what JavaScript can count exactly a length is as good as endless. */
function readLength(value: string): number {
  const fault = (reason: string): ParseError => new ParseError('HPE_INVALID_CONTENT_LENGTH', reason)
  if (value === '') throw fault('Empty Content-Length')
  if (!/^\d+$/.test(value)) throw fault('Invalid character in Content-Length')
  if (Number(value) >= 2 ** 64) throw fault('Content-Length overflow')
  return Number(value)
}

/** True for a status after which no body comes, whatever the headers say (RFC 9112, 6.3). */
function statusHasNoBody(code: number): boolean {
  return (code >= 100 && code < 200) || code === 204 || code === 304
}

/** Reads one body. */
export class BodyReader {
  readonly #framing: Framing
  readonly #lines = new LineReader()
  /** Bytes of the body, or of the chunk, that are still to come. */
  #left: number
  #part: 'size' | 'data' | 'data-end' | 'trailer' = 'size'
  #extensions = 0
  #trailerSize = 0
  readonly trailers: string[] = []
  ended = false

  constructor(status: StatusLine, pairs: readonly string[]) {
    const framing = readFraming(pairs)
    this.#framing = framing
    this.#left = framing.kind === 'length' ? framing.bytes : 0
    this.ended = statusHasNoBody(status.statusCode) || (framing.kind === 'length' && framing.bytes === 0)
  }

  /** The end of the connection is the end of the body. */
  get untilClose(): boolean {
    return this.#framing.kind === 'close'
  }

  /** Reads bytes from `at`, hands on those of the body, and gives where to go on; throws `ParseError`. */
  read(bytes: Uint8Array, at: number, onBody: (piece: Uint8Array) => void): number {
    if (this.#framing.kind === 'close') {
      onBody(bytes.subarray(at))
      return bytes.length
    }
    if (this.#framing.kind === 'length' || this.#part === 'data') return this.#readData(bytes, at, onBody)
    if (this.#part === 'data-end') return this.#readChunkEnd(bytes, at)
    const { line, next } = this.#lines.take(bytes, at)
    if (this.#part === 'size') {
      if (line === undefined) this.#checkSize(this.#lines.partial, false)
      else this.#readSize(line)
    } else this.#readTrailer(line)
    return next
  }

  #readData(bytes: Uint8Array, at: number, onBody: (piece: Uint8Array) => void): number {
    const next = Math.min(bytes.length, at + this.#left)
    this.#left -= next - at
    onBody(bytes.subarray(at, next))
    if (this.#left === 0) {
      if (this.#framing.kind === 'length') this.ended = true
      else this.#part = 'data-end'
    }
    return next
  }

  /** Judges a line with a chunk's size and extensions, or its beginning when it is not `whole`. */
  #checkSize(line: string, whole: boolean): void {
    const size = /^[0-9a-fA-F]*/.exec(line)?.[0] ?? ''
    const rest = line.slice(size.length)
    if (size === '' ? whole || line !== '' : !/^(?:[;\r]|$)/.test(rest)) {
      throw new ParseError('HPE_INVALID_CHUNK_SIZE', 'Invalid character in chunk size')
    }
    if (size.replace(/^0+/, '').length > 16) {
      throw new ParseError('HPE_INVALID_CHUNK_SIZE', 'Chunk size overflow')
    }
    const cr = rest.indexOf('\r')
    const extensions = cr < 0 ? rest : rest.slice(0, cr)
    if (this.#extensions + extensions.length > MAX_EXTENSION_BYTES) {
      throw new ParseError('HPE_CHUNK_EXTENSIONS_OVERFLOW', 'Chunk extensions overflow')
    }
    if (!(cr < 0 ? EXTENSIONS_SO_FAR : EXTENSIONS).test(extensions)) {
      throw new ParseError('HPE_STRICT', 'Invalid character in chunk extensions')
    }
    if (cr < 0 && whole) throw new ParseError('HPE_CR_EXPECTED', 'Missing expected CR after chunk size')
    if (cr >= 0 && cr < rest.length - 1) throw new ParseError('HPE_STRICT', 'Expected LF after chunk size')
  }

  #readSize(line: string): void {
    this.#checkSize(line, true)
    this.#extensions += Math.max(line.length - line.indexOf(';'), 0)
    this.#left = Number.parseInt(line, 16)
    this.#part = this.#left === 0 ? 'trailer' : 'data'
  }

  #readChunkEnd(bytes: Uint8Array, at: number): number {
    const { line, next } = this.#lines.take(bytes, at)
    if (line === '') throw new ParseError('HPE_CR_EXPECTED', 'Missing expected CR after chunk data')
    const text = line ?? this.#lines.partial
    if (text !== '\r') throw new ParseError('HPE_STRICT', 'Expected LF after chunk data')
    if (line === '\r') this.#part = 'size'
    return next
  }

  #readTrailer(line: string | undefined): void {
    if (line === '\r') this.ended = true
    else if (line === undefined) checkHeaderLine(this.#lines.partial, false, false)
    else {
      this.#trailerSize += readHeaderLine(line, this.trailers)
      if (/^content-length:/i.test(line)) {
        throw new ParseError(
          'HPE_INVALID_CONTENT_LENGTH',
          "Content-Length can't be present with chunked encoding",
        )
      }
    }
    if (this.#trailerSize + this.#lines.partial.length > MAX_TRAILER_BYTES) {
      throw new ParseError('HPE_HEADER_OVERFLOW', 'Header overflow')
    }
  }
}
