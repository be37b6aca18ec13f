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

/** What becomes of a write that was under way when its connection was dropped. */
export function canceledWrite(): Error {
  return Object.assign(new Error('write ECANCELED'), { code: 'ECANCELED', errno: -125, syscall: 'write' })
}

/** What becomes of a write that waited for a connection. */
export function neverConnected(): Error {
  const words = 'Socket closed before the connection was established'
  return withCode(new Error(words), 'ERR_SOCKET_CLOSED_BEFORE_CONNECTION')
}
