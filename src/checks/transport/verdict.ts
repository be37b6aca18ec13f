import { isIP } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Failure } from '../failure.ts'
import { type CertificateFacts, certificateFailure, nameFailure } from './certificate-failure.ts'
import { unsupportedFailure } from './tls-unsupported.ts'

/** How far a peer's certificate is to be verified. */
export interface Demand {
  /** `ca` verifies the chain but not the name. */
  readonly verify: 'full' | 'ca' | 'none'
  /** The common name counts where there is no alternative name of the kind, as with libpq (PostgreSQL, 34.19.1). */
  readonly commonName: boolean
  /** `ca=` was given. */
  readonly ownAuthority: boolean
}

/** OpenSSL's words for what Node has no code for, and ours. */
const UNSPECIFIED: Readonly<Record<string, string>> = {
  'unhandled critical extension': 'TLS_UNSUPPORTED_EXTENSION',
  'permitted subtree violation': 'PERMITTED_VIOLATION',
  'excluded subtree violation': 'EXCLUDED_VIOLATION',
  'EE certificate key too weak': 'TLS_UNSUPPORTED_KEY',
  'CA certificate key too weak': 'TLS_UNSUPPORTED_AUTHORITY',
  'CA signature digest algorithm too weak': 'TLS_UNSUPPORTED_SIGNATURE',
}

/** Says what is wrong with the certificate of a peer whose handshake is done; nothing when it is as demanded. */
export function verdict(socket: TLSSocket, name: string, demand: Demand): Failure | undefined {
  if (demand.verify === 'none') return undefined
  const peer = socket.getPeerCertificate()
  const facts: CertificateFacts = {
    subjectCommonName: text(peer.subject?.CN),
    issuerCommonName: text(peer.issuer?.CN),
    subjectAltName: peer.subjectaltname,
    validFrom: peer.valid_from ?? '',
    validTo: peer.valid_to ?? '',
  }
  const code = socket.authorized ? undefined : errorCode(socket.authorizationError)
  if (code !== undefined && code !== 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const words = verifyWords(socket)
    const known = code === 'UNSPECIFIED' ? (UNSPECIFIED[words] ?? words) : code
    if (!known.startsWith('TLS_UNSUPPORTED')) {
      return certificateFailure(known, facts, name, demand.ownAuthority)
    }
    return unsupportedFailure(known, code === 'UNSPECIFIED' ? weakness(known, peer.bits) : words)
  }
  if (demand.verify === 'ca') return undefined
  // Node still takes the common name where there is no other; rustls, Go and browsers do not (RFC 9525, 6.1).
  if (code === undefined && facts.subjectAltName !== undefined) return undefined
  if (demand.commonName && libpqAccepts(facts, name)) return undefined
  return nameFailure(facts, name, demand.commonName)
}

/**
 * Whether libpq takes a name that is no alternative name for hosts: the first common name, where there is no alternative
 * name of the kind (`DNS` for names, `IP Address` for addresses), and a `DNS` that is written as the address.
 */
export function libpqAccepts(facts: CertificateFacts, host: string): boolean {
  const alternatives = facts.subjectAltName ?? ''
  const address = isIP(host) !== 0
  const written = [...alternatives.matchAll(/(?:^|, )DNS:([^,"]*)/g)].map((match) => match[1] ?? '')
  if (address && written.some((name) => libpqMatches(name, host))) return true
  const ofKind = address ? /(?:^|, )IP Address:/ : /(?:^|, )DNS:/
  const commonName = facts.subjectCommonName ?? ''
  return !ofKind.test(alternatives) && libpqMatches(commonName, host)
}

/** An asterisk in front stands for anything without a dot (`wildcard_certificate_match` of libpq). */
function libpqMatches(pattern: string, host: string): boolean {
  const [wanted, given] = [pattern.toLowerCase(), host.toLowerCase()]
  if (wanted === '' || wanted.includes('\0')) return false
  if (wanted === given) return true
  if (!wanted.startsWith('*.')) return false
  const rest = wanted.slice(1)
  return given.endsWith(rest) && given.length > rest.length && !given.slice(0, -rest.length).includes('.')
}

function weakness(code: string, bits: number | undefined): string {
  if (code === 'TLS_UNSUPPORTED_SIGNATURE') return 'a digest that is too weak (SHA-1 or MD5)'
  return code === 'TLS_UNSUPPORTED_KEY' && bits !== undefined ? `RSA of ${bits} bits` : 'too short'
}

function errorCode(error: unknown): string {
  return error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : String(error)
}

/** The library's words. Node makes one code, UNSPECIFIED, of a dozen findings, and shows these nowhere else. */
function verifyWords(socket: TLSSocket): string {
  const { _handle: handle } = socket as { _handle?: { verifyError?: () => Error | null } | null }
  return handle?.verifyError?.()?.message ?? 'unspecified'
}

function text(value: unknown): string | undefined {
  const first: unknown = Array.isArray(value) ? value[0] : value
  return typeof first === 'string' ? first : undefined
}
