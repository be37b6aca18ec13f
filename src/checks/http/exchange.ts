import type { Socket } from 'node:net'
import type { Secret } from '../../plan/secret.ts'
import { Failure } from '../failure.ts'
import type { Attempt } from '../kind.ts'
import { closedByPeer } from '../transport/system-failure.ts'
import { exchangeFailure, unreadable } from './exchange-failure.ts'
import { type HttpRequest, requestBytes } from './request.ts'
import type { ResponseHead } from './response-head.ts'
import { ResponseReader } from './response-reader.ts'

/** An answer whose headers have come and whose body may be read. */
export interface Answer {
  readonly status: number
  /** The server's own reason phrase, as it came. */
  readonly phrase: string
  /** The values of a header field, in the order they came. */
  header(name: string): readonly string[]
  /** Reads the body up to a number of bytes; rejects with `Failure` when the connection breaks off. */
  read(limitBytes: number): Promise<Body>
  /** Ends the exchange and its connection. */
  close(): void
}

export interface Body {
  readonly bytes: Buffer
  /** Whether that was all. */
  readonly complete: boolean
}

/** As much of an answer as is looked at when it is not HTTP: a secret that is said back must be known as a whole. */
const QUOTED_BYTES = 8192

/**
 * Sends one request over a connected socket, which is used for nothing else, and gives the answer once its headers are
 * complete; 1xx answers are skipped. Rejects with `Failure`, the socket destroyed.
 */
export function exchange(
  socket: Socket,
  request: HttpRequest,
  secrets: readonly Secret[],
  attempt: Attempt,
): Promise<Answer> {
  attempt.waitingFor('the response headers')
  return new Exchange(socket, request, secrets, attempt).answer
}

class Exchange implements Answer {
  readonly answer: Promise<Answer>
  readonly #socket: Socket
  readonly #secrets: readonly Secret[]
  readonly #attempt: Attempt
  readonly #reader: ResponseReader
  #begin = Buffer.alloc(0)
  #head: ResponseHead | undefined
  readonly #pieces: Buffer[] = []
  #size = 0
  #failure: Failure | undefined
  /** Called whenever more of the answer has come, or nothing more will. */
  #onNews = (): void => {}

  constructor(socket: Socket, request: HttpRequest, secrets: readonly Secret[], attempt: Attempt) {
    this.#socket = socket
    this.#secrets = secrets
    this.#attempt = attempt
    this.#reader = new ResponseReader(
      request.method,
      (head) => {
        this.#head = head
      },
      (piece) => {
        this.#pieces.push(piece)
        this.#size += piece.length
      },
    )
    this.answer = new Promise((resolve, reject) => {
      this.#onNews = () => {
        if (this.#head !== undefined) {
          // The rest waits until somebody wants the body.
          socket.pause()
          resolve(this)
        } else if (this.#failure !== undefined) reject(this.#failure)
      }
    })
    attempt.signal.addEventListener('abort', this)
    socket
      .on('data', this.#read)
      .on('end', () => this.#end())
      .on('error', (error) => this.#fail(exchangeFailure(error, this.#during(), secrets)))
      .on('close', () => this.#end())
    if (attempt.signal.aborted) this.handleEvent()
    else if (socket.destroyed) this.#end()
    else socket.write(requestBytes(request))
  }

  get status(): number {
    return this.#head?.status ?? 0
  }

  get phrase(): string {
    return this.#head?.phrase ?? ''
  }

  header(wanted: string): readonly string[] {
    const fields = this.#head?.fields ?? []
    return fields.filter(({ name }) => name === wanted.toLowerCase()).map(({ value }) => value)
  }

  read(limitBytes: number): Promise<Body> {
    return new Promise((resolve, reject) => {
      this.#onNews = () => {
        const { complete } = this.#reader
        if (complete || this.#size > limitBytes) {
          this.#socket.pause()
          const isAll = complete && this.#size <= limitBytes
          resolve({ bytes: Buffer.concat(this.#pieces), complete: isAll })
        } else if (this.#failure !== undefined) reject(this.#failure)
      }
      this.#onNews()
      if (!this.#socket.destroyed) this.#socket.resume()
    })
  }

  close(): void {
    this.#attempt.signal.removeEventListener('abort', this)
    this.#socket.off('data', this.#read)
    this.#socket.destroy()
  }

  /** The attempt is over. */
  handleEvent(): void {
    this.#fail(new Failure({ code: 'ABORTED', reason: 'given up before it answered' }))
  }

  readonly #read = (chunk: Buffer): void => {
    if (this.#begin.length === 0) this.#attempt.heard()
    if (this.#head === undefined && this.#begin.length < QUOTED_BYTES)
      this.#begin = Buffer.concat([this.#begin, chunk.subarray(0, QUOTED_BYTES - this.#begin.length)])
    try {
      this.#reader.read(chunk)
    } catch (error) {
      this.#fail(unreadable(error, this.#begin, this.#secrets))
      return
    }
    this.#onNews()
  }

  #end(): void {
    if (this.#reader.finish()) this.#onNews()
    else this.#fail(closedByPeer(this.#during()))
  }

  #fail(failure: Failure): void {
    if (this.#reader.complete) return
    this.#failure ??= failure
    this.close()
    this.#onNews()
  }

  #during(): string {
    if (this.#head !== undefined) return 'in the middle of the body'
    return this.#begin.length === 0 ? 'before it answered' : 'in the middle of the response headers'
  }
}
