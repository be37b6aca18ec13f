import type { Socket } from 'node:net'
import { DURATION_PATTERN, formatDuration, parsePositiveDuration } from '../plan/duration.ts'
import { nonEmpty, option } from '../plan/option.ts'
import { printable, worthMasking } from '../plan/secret.ts'
import { UsageError } from '../plan/usage-error.ts'
import { listenFor } from './banner.ts'
import { Failure } from './failure.ts'
import { type Attempt, defineKind, type Ready, type Target } from './kind.ts'
import { type Pattern, patternOption } from './pattern.ts'
import { dial } from './transport/dial.ts'
import { type Endpoint, parseHostPort, socketPath } from './transport/endpoint.ts'
import { closedByPeer, systemFailure } from './transport/system-failure.ts'

interface TcpTarget extends Target {
  readonly endpoint: Endpoint
  readonly send: Buffer | undefined
  readonly expect: Pattern | undefined
  readonly holdMs: number
}

/** How long a peer may take to end its side, too, once it was sent everything. */
const LINGER_MS = 250

const options = {
  hold: option({
    summary: 'the peer must keep the connection open this long',
    placeholder: 'duration',
    schema: { type: 'string', pattern: DURATION_PATTERN },
    parse: parsePositiveDuration,
  }),
  expect: patternOption('what the peer must send'),
  send: option({
    summary: 'text to send first (\\r \\n \\t \\\\ \\xNN)',
    placeholder: 'text',
    parse: parseSendText,
    secret: true,
  }),
}

export default defineKind<typeof options, TcpTarget>({
  placeholder: 'host:port',
  summary: 'the port accepts a connection',
  examples: [
    '--tcp db:5432',
    '--tcp unix:/run/app.sock',
    "--tcp 'git:22#expect=SSH-2.0'",
    "--tcp 'proxy:8080#hold=1s'",
  ],
  options,
  next: /[,;|\s]+(?:tcp:\/\/|unix:|(?:[\w.-]+|\[[\w.:%]+\]):\d{1,5}(?!\w))/i,
  parse(raw, values) {
    return {
      shown: printable(raw),
      secrets: values.send === undefined ? [] : worthMasking([values.send.toString()]),
      endpoint: parseEndpoint(raw),
      send: values.send,
      expect: values.expect,
      holdMs: values.hold ?? 0,
    }
  },
  async probe(target, attempt) {
    if (attempt.timeoutMs !== undefined && target.holdMs >= attempt.timeoutMs) {
      throw holdTooLong(target, attempt.timeoutMs)
    }
    const socket = await dial(target.endpoint, attempt)
    attempt.heard()
    if (target.send === undefined && target.expect === undefined && target.holdMs === 0) {
      socket.destroy()
      return {}
    }
    return converse(socket, target, attempt)
  },
})

function parseEndpoint(raw: string): Endpoint {
  const path = /^unix:(?:\/\/)?(.*)$/s.exec(raw)?.[1]
  if (path !== undefined) {
    return { path: socketPath(path) }
  }
  return parseHostPort(/^tcp:\/\/([^/]*)\/?$/i.exec(raw)?.[1] ?? raw)
}

/** Reads the escapes a shell does not know: `\r`, `\n`, `\t`, `\0`, `\\` and `\xNN`, one byte each. */
function parseSendText(text: string): Buffer {
  const tokens = nonEmpty(text).matchAll(/\\x[0-9a-f]{2}|\\.|\\$|[^\\]+/gis)
  return Buffer.concat(Array.from(tokens, ([token]) => Buffer.from(bytesOf(token))))
}

function bytesOf(token: string): string | number[] {
  if (!token.startsWith('\\')) return token
  if (token.length === 4) return [Number.parseInt(token.slice(2), 16)]
  const byte = { r: 13, n: 10, t: 9, '0': 0, '\\': 92 }[token.slice(1)]
  if (byte === undefined) throw new UsageError('has an escape other than \\r, \\n, \\t, \\0, \\\\ and \\xNN')
  return [byte]
}

/** Sends, listens and holds the connection, which is closed whatever comes of it. */
async function converse(socket: Socket, target: TcpTarget, attempt: Attempt): Promise<Ready> {
  const { send, expect, holdMs, secrets } = target
  const accepted = performance.now()
  const ended = untilEnd(socket, attempt)
  let timer: NodeJS.Timeout | undefined
  const held = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, holdMs)
  })
  try {
    const sent = send === undefined ? undefined : sending(socket, send)
    socket.resume()
    let detail: string | undefined
    if (expect !== undefined) {
      const banner = listenFor(expect, socket, secrets, attempt)
      const outcome = await Promise.race([banner.found, ended])
      if (typeof outcome !== 'string') throw endedBefore(expect, banner.instead(), outcome)
      detail = outcome
    }
    if (holdMs > 0) {
      attempt.waitingFor(`${formatDuration(holdMs)} to pass with the connection open`)
      const outcome = await Promise.race([held, ended])
      if (outcome !== undefined) throw notHeld(performance.now() - accepted, outcome)
    }
    if (sent !== undefined) {
      attempt.waitingFor('the peer to take what is sent')
      const outcome = await Promise.race([sent, ended])
      if (outcome !== undefined) throw notTaken(outcome)
      await endInOrder(socket, ended)
    }
    return detail === undefined ? {} : { detail }
  } finally {
    clearTimeout(timer)
    socket.destroy()
  }
}

/**
 * Ends our side and reads on until the peer has ended, too, or a while has passed: a connection that is closed while
 * bytes of the peer come in is reset by the system, and what has not left yet is lost.
 */
async function endInOrder(socket: Socket, ended: Promise<Ending>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, LINGER_MS)
  })
  socket.end()
  await Promise.race([ended, late])
  clearTimeout(timer)
}

/** Resolves once the system has taken all of a text, or with what kept it from doing so. */
function sending(socket: Socket, text: Buffer): Promise<Ending | undefined> {
  return new Promise((resolve) => socket.write(text, (error) => resolve(error ? { error } : undefined)))
}

/** How a connection ended before it was to: with an error, or without one. */
interface Ending {
  readonly error: Error | undefined
}

/** Resolves when the peer ends the connection, or the attempt is over. */
function untilEnd(socket: Socket, attempt: Attempt): Promise<Ending> {
  return new Promise((resolve) => {
    const abandon = (): void => resolve({ error: undefined })
    attempt.signal.addEventListener('abort', abandon)
    socket.on('error', (error) => resolve({ error }))
    socket.on('close', () => {
      attempt.signal.removeEventListener('abort', abandon)
      resolve({ error: undefined })
    })
  })
}

function endedBefore(expect: Pattern, instead: string | undefined, { error }: Ending): Failure {
  if (instead !== undefined)
    return new Failure({ code: 'UNEXPECTED', reason: `got ${instead} instead of ${expect.shown}` })
  const when = `before it sent ${expect.shown}`
  return systemFailure(error, when) ?? closedByPeer(when)
}

function notTaken({ error }: Ending): Failure {
  const when = 'before it took what is sent'
  return systemFailure(error, when) ?? closedByPeer(when)
}

function notHeld(afterMs: number, { error }: Ending): Failure {
  const when = `${formatDuration(afterMs)} after it was accepted`
  const failure = systemFailure(error, when) ?? closedByPeer(when)
  return new Failure({ ...failure, hint: 'a proxy does so when the server behind it is not there' })
}

function holdTooLong({ holdMs }: TcpTarget, timeoutMs: number): Failure {
  const reason = `hold=${formatDuration(holdMs)} does not fit into an attempt of ${formatDuration(timeoutMs)}`
  return new Failure({ code: 'HOLD_TOO_LONG', reason, hint: 'give it a longer timeout=', lasting: true })
}
