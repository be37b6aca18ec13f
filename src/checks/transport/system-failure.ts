import { Failure, type FailureDetail } from '../failure.ts'

type Words = Omit<FailureDetail, 'code'>

const DOWN = true
const OUT_OF_DESCRIPTORS =
  'a limit of this machine, not of the target: raise `ulimit -n` or wait for fewer targets'

/** The system's error codes in the words of a log line. `down` marks those that show that nobody answers there. */
const WORDS: Readonly<Record<string, Words>> = {
  ECONNREFUSED: { reason: 'connection refused', down: DOWN },
  ECONNRESET: { reason: 'connection reset by peer' },
  ECONNABORTED: { reason: 'connection aborted' },
  EPIPE: { reason: 'connection closed by peer' },
  EHOSTUNREACH: { reason: 'no route to host', down: DOWN },
  EHOSTDOWN: { reason: 'host is down', down: DOWN },
  ENETUNREACH: { reason: 'network unreachable', down: DOWN },
  ENETDOWN: { reason: 'network is down' },
  EADDRNOTAVAIL: { reason: 'no such address family on this machine', down: DOWN },
  EAFNOSUPPORT: { reason: 'no such address family on this machine', down: DOWN },
  ETIMEDOUT: { reason: 'no answer to the connection request', down: DOWN },
  ENOENT: { reason: 'no such socket file', down: DOWN },
  ENOTSOCK: { reason: 'not a socket', lasting: true },
  ENOTDIR: { reason: 'no such socket file', down: DOWN },
  EACCES: { reason: 'permission denied', lasting: true },
  EPERM: { reason: 'not permitted (a firewall or a security policy of this machine)', lasting: true },
  EINVAL: { reason: 'not an address that can be connected to', lasting: true },
  EMFILE: { reason: 'too many open files in this process', hint: OUT_OF_DESCRIPTORS },
  ENFILE: { reason: 'too many open files on this machine', hint: OUT_OF_DESCRIPTORS },
  ENOBUFS: { reason: 'no buffer space on this machine' },
  ENOMEM: { reason: 'out of memory' },
  EAGAIN: { reason: 'no room in the backlog of the socket' },
}

/** The code of a system error, if that is what it is. */
export function systemCode(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : undefined
}

/**
 * Turns an error of the system (`errno`) into a failure, or gives nothing when the error is of another sort.
 * `after` says what had been reached: "connection reset by peer during the TLS handshake".
 */
export function systemFailure(error: unknown, after = ''): Failure | undefined {
  const code = systemCode(error)
  if (code === undefined) return undefined
  const words = WORDS[code] ?? { reason: `system error ${code}` }
  return new Failure({ ...words, code, reason: after === '' ? words.reason : `${words.reason} ${after}` })
}

/** A connection that the peer ended without an error. */
export function closedByPeer(during: string): Failure {
  return new Failure({ code: 'CLOSED', reason: `connection closed by peer ${during}` })
}
