/**
 * Reads one HTTP/1 response (RFC 9112) as strictly as Node does. Bytes come in pieces of any size, and no more of them
 * is kept than one unfinished line.
 */
import { BodyReader } from './http-body.ts'
import {
  checkHeaderLine,
  checkStatusLine,
  LineReader,
  latin1,
  ParseError,
  readHeaderLine,
  readStatusLine,
  type StatusLine,
} from './http-syntax.ts'

/** Node's limit of names, values and status message together, in bytes (`http.maxHeaderSize`). */
const MAX_HEADER_BYTES = 16_384
const LF = 0x0a
const CR = 0x0d

export interface ResponseHead extends StatusLine {
  /** Names and values by turns, as they came. */
  readonly rawHeaders: readonly string[]
}

export interface ResponseHandler {
  /** Called for each head, interim ones (1xx) too; true when no body follows whatever the headers say (HEAD). */
  onHead(head: ResponseHead): boolean
  onBody(bytes: Uint8Array): void
  /** The end of the final response; trailers by turns as the headers. */
  onComplete(trailers: readonly string[]): void
}

/** No other message follows on the connection (RFC 9112, 9.3). */
function endsConnection({ versionMajor, versionMinor }: StatusLine, pairs: readonly string[]): boolean {
  const options = pairs
    .filter((_, at) => at % 2 === 1 && pairs[at - 1]?.toLowerCase() === 'connection')
    .join(',')
    .toLowerCase()
    .split(/[\s,]+/)
  if (options.includes('close')) return true
  // 1.1 alone keeps a connection without being asked; as Node sees it 2.0 does not
  return (versionMajor === 0 || versionMinor === 0) && !options.includes('keep-alive')
}

function afterLast(): ParseError {
  return new ParseError('HPE_CLOSED_CONNECTION', 'Data after `Connection: close`')
}

/** One response: feed it with `execute`, say `finish` when the connection has ended. */
export class ResponseParser {
  readonly #handler: ResponseHandler
  readonly #lines = new LineReader()
  #status: StatusLine | undefined
  #pairs: string[] = []
  /** Bytes of the head so far that count. */
  #size = 0
  #body: BodyReader | undefined
  /** The final response has been read. */
  complete = false
  /** It was the last of its connection. */
  #last = false

  constructor(handler: ResponseHandler) {
    this.#handler = handler
  }

  /** Reads bytes; throws `ParseError`, also for what comes after the response in the same piece. */
  execute(bytes: Uint8Array): void {
    let at = 0
    while (at < bytes.length && !this.complete) {
      at = this.#body === undefined ? this.#readHead(bytes, at) : this.#readBody(this.#body, bytes, at)
    }
    while (bytes[at] === LF || bytes[at] === CR) at += 1
    if (at >= bytes.length) return
    if (this.#last) throw afterLast()
    checkStatusLine(latin1(bytes.subarray(at, at + 13)), false)
  }

  /** The peer has ended the connection: throws `ParseError` when it did so within a response. */
  finish(): void {
    if (this.complete || (this.#body === undefined && this.#betweenMessages())) return
    if (this.#body?.untilClose !== true) throw new ParseError('HPE_INVALID_EOF_STATE', 'Invalid EOF state')
    this.#end([])
  }

  #betweenMessages(): boolean {
    return this.#status === undefined && this.#lines.partial === ''
  }

  #readHead(bytes: Uint8Array, at: number): number {
    // empty lines before a message are skipped (RFC 9112, 2.2)
    if (this.#betweenMessages() && (bytes[at] === LF || bytes[at] === CR)) return at + 1
    if (this.#last && this.#status === undefined) throw afterLast()
    const lines = this.#lines
    const { line, next } = lines.take(bytes, at)
    if (this.#status === undefined) {
      if (line === undefined) checkStatusLine(lines.partial, false)
      else {
        this.#status = readStatusLine(line)
        this.#size = this.#status.statusMessage.length
      }
    } else if (line === '\r') this.#headComplete(this.#status)
    else {
      const first = this.#pairs.length === 0
      if (line === undefined) checkHeaderLine(lines.partial, false, first)
      else this.#size += readHeaderLine(line, this.#pairs, first)
    }
    if (this.#size + lines.partial.length >= MAX_HEADER_BYTES) {
      throw new ParseError('HPE_HEADER_OVERFLOW', 'Header overflow')
    }
    return next
  }

  #headComplete(status: StatusLine): void {
    const pairs = this.#pairs
    this.#status = undefined
    this.#pairs = []
    this.#size = 0
    this.#last = endsConnection(status, pairs)
    const body = new BodyReader(status, pairs)
    const skipped = this.#handler.onHead({ ...status, rawHeaders: pairs })
    const interim = status.statusCode >= 100 && status.statusCode < 200 && status.statusCode !== 101
    if (interim) return
    if (skipped || body.ended) this.#end([])
    else this.#body = body
  }

  #readBody(body: BodyReader, bytes: Uint8Array, at: number): number {
    const next = body.read(bytes, at, (piece) => this.#handler.onBody(piece))
    if (body.ended) this.#end(body.trailers)
    return next
  }

  #end(trailers: readonly string[]): void {
    this.complete = true
    this.#handler.onComplete(trailers)
  }
}
