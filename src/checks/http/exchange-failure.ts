import { quoteForeign, type Secret } from '../../plan/secret.ts'
import { Failure } from '../failure.ts'
import { systemFailure } from '../transport/system-failure.ts'
import { tlsFailure } from '../transport/tls-alert.ts'
import { HttpFault, peerText } from './response-lines.ts'

/** Puts an error of the connection into words; `during` is where the exchange was: "before it answered". */
export function exchangeFailure(error: Error, during: string, secrets: readonly Secret[]): Failure {
  return (
    tlsFailure(error) ??
    systemFailure(error, during) ??
    new Failure({ code: 'HTTP_FAILED', reason: `HTTP failed: ${quoteForeign(error.message, secrets)}` })
  )
}

/** Puts into words that an answer could not be read; `begin` is its beginning. Throws what is no `HttpFault`. */
export function unreadable(error: unknown, begin: Buffer, secrets: readonly Secret[]): Failure {
  if (!(error instanceof HttpFault)) throw error
  switch (error.fault) {
    case 'too large':
      return new Failure({ code: 'HTTP_HEADERS', reason: 'response headers are too large' })
    case 'broken': {
      // Not for good: a server that starts, or the proxy before it, may stumble as well.
      const said = quoteForeign(peerText(begin.toString('latin1')), secrets, 60)
      return new Failure({ code: 'BAD_HTTP', reason: `broken HTTP: answered "${said}"` })
    }
    case 'not HTTP':
      return notHttp(begin, secrets)
  }
}

/** Names what answers instead of an HTTP/1 server, by its first bytes. */
function notHttp(begin: Buffer, secrets: readonly Secret[]): Failure {
  const lasting = true
  // A TLS record (RFC 8446, 5.1): an alert about a request that is no handshake.
  if (begin[0] === 0x15 && begin[1] === 3) {
    return new Failure({
      code: 'NOT_HTTP',
      reason: 'speaks TLS, not plain HTTP',
      hint: 'write https://',
      lasting,
    })
  }
  // A SETTINGS frame of stream 0 (RFC 9113, 6.5), with which every HTTP/2 server begins.
  if (begin.length >= 9 && begin[0] === 0 && begin[3] === 4 && begin.readUInt32BE(5) === 0) {
    const hint = 'a gRPC server? tcp: tells whether it listens'
    return new Failure({ code: 'NOT_HTTP', reason: 'speaks HTTP/2 only, not HTTP/1.1', hint, lasting })
  }
  return new Failure({
    code: 'NOT_HTTP',
    reason: `not HTTP: answered "${quoteForeign(peerText(begin.toString('latin1')), secrets, 60)}"`,
    lasting,
  })
}
