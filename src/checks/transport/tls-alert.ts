import { printable } from '../../plan/secret.ts'
import { Failure, type FailureDetail } from '../failure.ts'
import { closedByPeer, systemFailure } from './system-failure.ts'
import { unsupportedError } from './tls-unsupported.ts'

type Words = Pick<FailureDetail, 'reason' | 'hint' | 'lasting'>

/** What a peer's alert (RFC 8446, 6.2) means for whoever waits. */
const ALERTS: Readonly<Record<string, Words>> = {
  CERTIFICATE_REQUIRED: { reason: 'server requires a client certificate', hint: 'give cert= and key=' },
  BAD_CERTIFICATE: { reason: 'server does not accept the client certificate' },
  UNSUPPORTED_CERTIFICATE: { reason: 'server does not accept this type of client certificate' },
  CERTIFICATE_EXPIRED: { reason: 'server says that the client certificate has expired' },
  CERTIFICATE_REVOKED: { reason: 'server says that the client certificate is revoked' },
  CERTIFICATE_UNKNOWN: { reason: 'server does not accept the client certificate' },
  UNKNOWN_CA: { reason: 'server does not know the authority of the client certificate' },
  ACCESS_DENIED: { reason: 'server denies access to this client certificate' },
  HANDSHAKE_FAILURE: {
    reason: 'server refused the TLS handshake',
    hint: 'no cipher, curve or kind of key in common, or it requires a client certificate (cert=)',
  },
  PROTOCOL_VERSION: {
    reason: 'server speaks no TLS version that readywhen does',
    hint: 'TLS 1.2 and 1.3 are spoken',
  },
  INSUFFICIENT_SECURITY: { reason: 'server wants stronger ciphers' },
  UNRECOGNIZED_NAME: { reason: 'server has no certificate for this name', hint: 'servername= sends another' },
  NO_APPLICATION_PROTOCOL: { reason: 'server does not speak the protocol asked for (ALPN)' },
  // A server that has not loaded its keys yet answers so.
  INTERNAL_ERROR: { reason: 'server failed during the TLS handshake', lasting: false },
}

/** OpenSSL's codes for a peer whose bytes are not TLS at all. */
const NOT_TLS =
  /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|RECORD_LAYER_FAILURE|HTTP_REQUEST|HTTPS_PROXY_REQUEST|UNKNOWN_PROTOCOL|BAD_RECORD_TYPE)$/

const OWN_SIDE: Readonly<Record<string, Words>> = {
  ERR_SSL_UNSUPPORTED_PROTOCOL: {
    reason: 'server speaks no TLS version that readywhen does',
    hint: 'TLS 1.2 and 1.3 are spoken',
  },
  ERR_SSL_DH_KEY_TOO_SMALL: { reason: 'server uses a Diffie-Hellman key that is too short' },
}

/**
 * Turns an error of a TLS socket into a failure, before the handshake or after it: with TLS 1.3 a server says only after
 * the handshake that it does not accept the client's certificate. Gives nothing when the error is of another sort.
 */
export function tlsFailure(error: unknown): Failure | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
  if (typeof code !== 'string' || !code.startsWith('ERR_SSL_')) return undefined
  const alert = /^ERR_SSL_(?:\S+_ALERT|TLSV1)_([A-Z_]+)$/.exec(code)?.[1]
  if (alert !== undefined) {
    const words = ALERTS[alert] ?? {
      reason: `server ended TLS with the alert ${alert.toLowerCase().replaceAll('_', ' ')}`,
    }
    return new Failure({ lasting: true, ...words, code: `TLS_ALERT_${alert}` })
  }
  if (NOT_TLS.test(code)) {
    return new Failure({
      code: 'NOT_TLS',
      reason: 'does not speak TLS',
      hint: 'the port answers in plain text: is it the one for TLS?',
      lasting: true,
    })
  }
  const words = OWN_SIDE[code] ?? {
    reason: `TLS failed: ${printable(code.slice('ERR_SSL_'.length).toLowerCase().replaceAll('_', ' '), 80)}`,
  }
  return new Failure({ lasting: true, ...words, code: `TLS_${code.slice('ERR_SSL_'.length)}` })
}

/** Turns whatever ended a handshake into a failure. */
export function handshakeFailure(error: unknown): Failure {
  // Node invents an ECONNRESET, without a number, for a peer that closed in good order.
  const errno = error instanceof Error ? (error as NodeJS.ErrnoException) : undefined
  if (errno?.code === 'ECONNRESET' && errno.errno === undefined)
    return closedByPeer('during the TLS handshake')
  // The runtime reads the files of ca= only now.
  if (/^ERR_OSSL_(PEM|ASN1)_/.test(errno?.code ?? '')) {
    const reason = `TLS files cannot be used: ${printable(errno?.message ?? '', 120)}`
    return new Failure({ code: 'TLS_FILES', reason, lasting: true })
  }
  return (
    unsupportedError(error) ??
    tlsFailure(error) ??
    systemFailure(error, 'during the TLS handshake') ??
    new Failure({
      code: 'TLS_FAILED',
      reason: `TLS failed: ${printable(error instanceof Error ? error.message : String(error))}`,
    })
  )
}
