import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { signatureAlgorithmHashFromCertificate } from 'pg/lib/crypto/cert-signatures.js'
import type { Channel } from './authentication-guard.ts'

/** The digests that the driver can make; it takes SHA-256 in place of MD5 and SHA-1 (RFC 5929, 4.1). */
const DIGESTS = ['MD5', 'SHA-1', 'SHA-256', 'SHA-384', 'SHA-512']
/**
 * The end of a certificate signed with Ed25519 (RFC 8410), up to its 64 bytes of signature. It names no digest: servers
 * know none to bind to, and offer to bind all the same, so that libpq itself gets in with channel_binding=disable alone.
 */
const ED25519 = Buffer.from('300506032b6570034100', 'hex')
const SIGNATURE_BYTES = 64

/** What a login on this connection can be bound to by `tls-server-end-point`. */
export function channelOf(socket: Socket): Channel {
  if (!(socket instanceof TLSSocket)) return 'plain'
  const { raw } = socket.getPeerCertificate()
  return raw !== undefined && hasDigest(raw) ? 'bindable' : 'unbindable'
}

function hasDigest(certificate: Buffer): boolean {
  if (certificate.subarray(0, -SIGNATURE_BYTES).subarray(-ED25519.length).equals(ED25519)) return false
  try {
    return DIGESTS.includes(signatureAlgorithmHashFromCertificate(certificate))
  } catch {
    return false
  }
}
