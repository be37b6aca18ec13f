import http from 'node:http'
import type { Socket } from 'node:net'
import type { Secret } from '../../plan/secret.ts'
import { Failure } from '../failure.ts'
import type { Attempt } from '../kind.ts'
import { exchangeFailure } from './exchange-failure.ts'
import type { HttpRequest } from './request.ts'

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

/** As much of an answer as is quoted when it is not HTTP. */
const QUOTED_BYTES = 120

/**
 * Sends one request over a connected socket, which is used for nothing else, and gives the answer once its headers are
 * complete; 1xx answers are skipped. Rejects with `Failure`, the socket destroyed.
 *
 * What is used of `node:http`: `request({ method, path, headers, setHost, createConnection })`, of the request `socket`,
 * `response`, `upgrade`, `error`, `close` and `end()`, of the response `statusCode`, `statusMessage`, `rawHeaders`,
 * `data`, `end`, `error`, `close` and `pause()`.
 */
export function exchange(
  socket: Socket,
  request: HttpRequest,
  secrets: readonly Secret[],
  attempt: Attempt,
): Promise<Answer> {
  attempt.waitingFor('the response headers')
  return new Promise((resolve, reject) => {
    let begin = Buffer.alloc(0)
    const sent = http.request({
      method: request.method,
      path: request.url.pathname + request.url.search,
      headers: headersOf(request),
      setHost: false,
      createConnection: () => socket,
    })
    const close = (): void => {
      attempt.signal.removeEventListener('abort', onAbort)
      socket.off('data', listen)
      socket.destroy()
    }
    const fail = (failure: Failure): void => {
      close()
      reject(failure)
    }
    const onAbort = (): void => fail(new Failure({ code: 'ABORTED', reason: 'given up before it answered' }))
    const listen = (chunk: Buffer): void => {
      if (begin.length === 0) attempt.heard()
      begin = Buffer.concat([begin, chunk.subarray(0, QUOTED_BYTES - begin.length)])
      if (begin.length >= QUOTED_BYTES) socket.off('data', listen)
    }
    const during = (): string =>
      begin.length === 0 ? 'before it answered' : 'in the middle of the response headers'
    const answered = (response: http.IncomingMessage): void => {
      socket.off('data', listen)
      const broken = breakingOff(sent, response).catch((error: Error) => {
        throw exchangeFailure(error, begin, 'in the middle of the body', secrets)
      })
      broken.catch(ignore)
      resolve(answerOf(response, broken, close))
    }
    attempt.signal.addEventListener('abort', onAbort)
    socket.on('error', ignore)
    // In front of the parser, to know what it stumbled over, but not sooner than it: bytes would pass it by.
    sent.once('socket', () => socket.prependListener('data', listen))
    sent.once('response', answered)
    // An upgrade nobody asked for is an answer as any other.
    sent.once('upgrade', answered)
    sent.on('error', (error) => fail(exchangeFailure(error, begin, during(), secrets)))
    sent.once('close', () => fail(exchangeFailure(hangUp(), begin, during(), secrets)))
    sent.end(request.body?.reveal())
    if (attempt.signal.aborted) onAbort()
  })
}

/** Rejects when the connection breaks off or the parser stumbles, which may be before anyone reads the body. */
function breakingOff(sent: http.ClientRequest, response: http.IncomingMessage): Promise<never> {
  return new Promise((_, reject) => {
    sent.once('error', reject)
    response.on('error', reject)
    response.once('close', () => reject(hangUp()))
  })
}

function answerOf(response: http.IncomingMessage, broken: Promise<never>, close: () => void): Answer {
  const { rawHeaders } = response
  return {
    status: response.statusCode ?? 0,
    phrase: response.statusMessage ?? '',
    header: (name) =>
      rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === name.toLowerCase()),
    read: (limitBytes) => Promise.race([bodyOf(response, limitBytes), broken]),
    close,
  }
}

function bodyOf(response: http.IncomingMessage, limitBytes: number): Promise<Body> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let size = 0
    const done = (complete: boolean): void => {
      response.pause()
      resolve({ bytes: Buffer.concat(chunks), complete })
    }
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      size += chunk.length
      if (size > limitBytes) done(false)
    })
    response.once('end', () => done(true))
  })
}

function headersOf({ url, headers, body }: HttpRequest): Record<string, string[]> {
  const all: Record<string, string[]> = {}
  for (const { name, value } of headers) {
    const known = Object.keys(all).find((other) => other.toLowerCase() === name.toLowerCase()) ?? name
    // Header values travel as bytes: beyond ASCII they are sent in UTF-8.
    all[known] = [...(all[known] ?? []), Buffer.from(value.reveal()).toString('latin1')]
  }
  const names = Object.keys(all).map((name) => name.toLowerCase())
  const byDefault = (name: string, value: string): void => {
    if (!names.includes(name.toLowerCase())) all[name] = [value]
  }
  byDefault('Host', url.host)
  byDefault('User-Agent', 'readywhen')
  byDefault('Accept', '*/*')
  if (body !== undefined) all['Content-Length'] = [String(Buffer.byteLength(body.reveal()))]
  all['Connection'] = ['close']
  return all
}

function hangUp(): Error {
  return Object.assign(new Error('closed'), { code: 'ECONNRESET' })
}

function ignore(): void {}
