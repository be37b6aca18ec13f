import { printable } from '../../plan/secret.ts'
import { Failure, type FailureDetail } from '../failure.ts'

type Words = Pick<FailureDetail, 'reason' | 'hint'>

const KEYS = 'known are P-256, P-384, P-521, Ed25519, and RSA of 2048 to 8192 bits'

/** What a certificate, a key or a peer has that readywhen's own TLS lacks; `what` is the kind of the key, or a clause. */
const WORDS: Readonly<Record<string, (what: string) => Words>> = {
  TLS_UNSUPPORTED_KEY: (what) => ({
    reason: `server's key is ${what}, which readywhen cannot verify`,
    hint: KEYS,
  }),
  TLS_UNSUPPORTED_AUTHORITY: (what) => ({
    reason: `certificate is signed by an authority whose key is ${what}, which readywhen cannot verify`,
    hint: KEYS,
  }),
  TLS_UNSUPPORTED_SIGNATURE: (what) => ({
    reason: `certificate is signed with ${what}, which readywhen does not accept`,
  }),
  TLS_UNSUPPORTED_EXTENSION: () => ({
    reason: 'certificate has a critical extension that readywhen does not know',
  }),
  TLS_UNSUPPORTED_CERTIFICATE: (what) => ({
    reason: `readywhen cannot verify this certificate: ${what}`,
    hint: what.includes('version 1') ? 'issue it as version 3' : undefined,
  }),
  TLS_UNSUPPORTED_CLIENT_KEY: (what) => ({
    reason: `key of the client certificate is ${what}, which readywhen cannot sign with`,
    hint: KEYS,
  }),
  TLS_UNSUPPORTED_OFFER: () => ({
    reason: 'server refused the TLS handshake',
    hint: 'no cipher, curve or kind of key in common (CBC and RSA key exchange are not spoken), or it requires a client certificate (cert=)',
  }),
}

/**
 * The failure for a code that begins with `TLS_UNSUPPORTED`: nothing need be wrong with the peer, it is readywhen's TLS that
 * cannot. Lasting; nobody may go on without TLS for such a reason.
 */
export function unsupportedFailure(code: string, what: string): Failure {
  const words = WORDS[code]?.(printable(what, 80)) ?? { reason: `TLS failed: ${printable(what, 80)}` }
  return new Failure({ ...words, code, lasting: true })
}

/** The same of an error that carries the runtime's code for it (`ERR_TLS_UNSUPPORTED_…`); nothing when it does not. */
export function unsupportedError(error: unknown): Failure | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
  if (typeof code !== 'string' || !code.startsWith('ERR_TLS_UNSUPPORTED_')) return undefined
  return unsupportedFailure(code.slice('ERR_'.length), (error as Error).message)
}
