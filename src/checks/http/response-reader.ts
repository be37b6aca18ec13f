import { BodyReader } from './response-body.ts'
import {
  checkStart,
  type Field,
  type ResponseHead,
  readField,
  readStatusLine,
  soundFields,
} from './response-head.ts'
import { LineReader } from './response-lines.ts'

const LF = 0x0a
const CR = 0x0d

/**
 * Reads one response of HTTP/1 (RFC 9112) out of pieces of bytes, as leniently as it lets a recipient be: a health check
 * judges what a server says, not how. Interim responses (1xx) are passed over, but for 101, after which another protocol
 * is spoken. What comes behind the response is nobody's.
 */
export class ResponseReader {
  readonly #method: string
  readonly #onHead: (head: ResponseHead) => void
  readonly #onBody: (piece: Buffer) => void
  readonly #lines = new LineReader()
  #start: Pick<ResponseHead, 'status' | 'phrase'> | undefined
  #fields: Field[] = []
  #body: BodyReader | undefined
  /** The response has been read to its end. */
  complete = false

  constructor(method: string, onHead: (head: ResponseHead) => void, onBody: (piece: Buffer) => void) {
    this.#method = method
    this.#onHead = onHead
    this.#onBody = onBody
  }

  /** Reads bytes; throws `HttpFault`. */
  read(bytes: Buffer): void {
    let at = 0
    while (at < bytes.length && !this.complete) {
      if (this.#body === undefined) at = this.#readHead(bytes, at)
      else {
        at = this.#body.read(bytes, at, this.#onBody)
        this.complete = this.#body.ended
      }
    }
  }

  /** The peer has ended the connection: whether that was the end of the response. */
  finish(): boolean {
    if (this.#body?.untilClose === true) this.complete = true
    return this.complete
  }

  #readHead(bytes: Buffer, at: number): number {
    // Empty lines in front of a response are passed over (RFC 9112, 2.2).
    const isBetween = this.#start === undefined && this.#lines.partial === ''
    if (isBetween && (bytes[at] === LF || bytes[at] === CR)) return at + 1
    if (this.#start === undefined) checkStart(this.#lines.partial, bytes.subarray(at))
    const { line, next } = this.#lines.take(bytes, at)
    if (this.#start === undefined) {
      if (line !== undefined) this.#start = readStatusLine(line)
    } else if (line === '') this.#headComplete({ ...this.#start, fields: soundFields(this.#fields) })
    else if (line !== undefined) readField(line, this.#fields)
    return next
  }

  #headComplete(head: ResponseHead): void {
    this.#start = undefined
    this.#fields = []
    this.#lines.restart()
    if (head.status < 200 && head.status !== 101) return
    this.#body = new BodyReader(head, this.#method)
    this.complete = this.#body.ended
    this.#onHead(head)
  }
}
