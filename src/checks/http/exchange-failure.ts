import { quoteForeign, type Secret } from '../../plan/secret.ts'
import { Failure } from '../failure.ts'
import { closedByPeer, systemFailure } from '../transport/system-failure.ts'
import { tlsFailure } from '../transport/tls-alert.ts'

/**
 * Puts what ended an exchange into words. `begin` is the beginning of what the peer sent, `during` where the exchange
 * was: "before it answered". The codes of the parser (`HPE_…`) are Node's.
 */
export function exchangeFailure(
  error: Error,
  begin: Buffer,
  during: string,
  secrets: readonly Secret[],
): Failure {
  const { code, errno } = error as NodeJS.ErrnoException
  // Node invents an ECONNRESET, without a number, for a peer that closed in good order.
  if ((code === 'ECONNRESET' && errno === undefined) || code === 'HPE_INVALID_EOF_STATE')
    return closedByPeer(during)
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new Failure({ code: 'HTTP_HEADERS', reason: 'response headers are too large' })
  }
  if (code?.startsWith('HPE_')) return notHttp(begin, secrets)
  return (
    tlsFailure(error) ??
    systemFailure(error, during) ??
    new Failure({ code: 'HTTP_FAILED', reason: `HTTP failed: ${quoteForeign(error.message, secrets)}` })
  )
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
  const answer = begin.toString('latin1')
  if (/^HTTP\/\d/.test(answer)) {
    return new Failure({
      code: 'BAD_HTTP',
      reason: `broken HTTP: answered "${quoteForeign(answer, secrets, 60)}"`,
      lasting,
    })
  }
  return new Failure({
    code: 'NOT_HTTP',
    reason: `not HTTP: answered "${quoteForeign(answer, secrets, 60)}"`,
    lasting,
  })
}
