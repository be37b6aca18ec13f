/** The errors of sockets, in Node's words. */
import type { HostError } from './host.ts'
import { type SystemError, socketError, withCode } from './system-error.ts'

/** An error of a read: those of TLS keep their own words. */
export function readError(error: HostError): Error {
  return error.errno === undefined && error.code !== 'ECONNRESET' ? error : socketError(error, 'read')
}

/** An error of a write. */
export function writeError(error: HostError): Error {
  return error.errno === undefined && error.code !== 'EPIPE' ? error : socketError(error, 'write')
}

/** A name where only addresses are connected to. */
export function notFound(hostname: string): SystemError & { hostname: string } {
  return Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), {
    code: 'ENOTFOUND',
    errno: -3008,
    syscall: 'getaddrinfo',
    hostname,
  })
}

/** A write to a connection that the peer has ended and that must not be half open. */
export function endedByPeer(): Error {
  return withCode(new Error('This socket has been ended by the other party'), 'EPIPE')
}
