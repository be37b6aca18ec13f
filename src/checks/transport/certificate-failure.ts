import { printable } from '../../plan/secret.ts'
import { Failure } from '../failure.ts'

/** What is read of a certificate in order to say what is wrong with it. Dates as OpenSSL prints them. */
export interface CertificateFacts {
  readonly subjectCommonName?: string | undefined
  readonly issuerCommonName?: string | undefined
  /** `DNS:db.example, IP Address:10.0.0.1`; absent when the certificate has no such extension. */
  readonly subjectAltName?: string | undefined
  readonly validFrom: string
  readonly validTo: string
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const

const TRUST_HINT = 'give the certificate of the authority that signed it with ca='

/** Node's codes for a certificate that nobody trusted has signed. */
const UNKNOWN_AUTHORITY = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_UNTRUSTED',
])

const OTHER_WORDS: Readonly<Record<string, string>> = {
  CERT_REVOKED: 'certificate is revoked',
  CERT_SIGNATURE_FAILURE: 'certificate has a broken signature',
  INVALID_CA: 'certificate is signed by one that is not an authority',
  INVALID_PURPOSE: 'certificate is not made for servers',
  PERMITTED_VIOLATION: 'certificate is for names that its authority may not sign for',
  EXCLUDED_VIOLATION: 'certificate is for names that its authority may not sign for',
}

/** Reads a date as OpenSSL prints it (`Mar  4 05:06:07 2027 GMT`) into milliseconds since 1970; NaN when it is none. */
export function certificateTime(text: string): number {
  const match = /^([A-Z][a-z]{2}) +(\d+) (\d+):(\d+):(\d+)(?:\.\d+)? (\d+)(?: GMT)?$/.exec(text)
  if (match === null) return Number.NaN
  const month = MONTHS.indexOf(match[1] ?? '')
  if (month < 0) return Number.NaN
  return Date.UTC(
    Number(match[6]),
    month,
    Number(match[2]),
    Number(match[3]),
    Number(match[4]),
    Number(match[5]),
  )
}

/** A span of time in one unit, as a person says it: `3 days`, `1 hour`, `40 seconds`. */
export function roughSpan(ms: number): string {
  const [name, length] = UNITS.find(([, unit]) => ms >= unit) ?? UNITS[3]
  const count = Math.max(1, Math.floor(ms / length))
  return `${count} ${name}${count === 1 ? '' : 's'}`
}

/** Says that a certificate is not valid at `now` (milliseconds since 1970); nothing when it is, or has no readable dates. */
export function validityFailure(facts: CertificateFacts, now: number): Failure | undefined {
  const ends = certificateTime(facts.validTo)
  if (now > ends) {
    const reason = `certificate expired ${roughSpan(now - ends)} ago`
    return new Failure({ code: 'CERT_HAS_EXPIRED', reason, lasting: true })
  }
  const begins = certificateTime(facts.validFrom)
  if (now >= begins || Number.isNaN(begins)) return undefined
  return new Failure({
    code: 'CERT_NOT_YET_VALID',
    reason: `certificate not valid before ${isoSeconds(begins)}`,
    hint: `the clock of this machine says ${isoSeconds(now)}`,
    lasting: true,
  })
}

/** Says that a certificate is for other names than `host`; `commonNameCounts` where that is taken for one of them. */
export function nameFailure(facts: CertificateFacts, host: string, commonNameCounts = false): Failure {
  const commonName = facts.subjectCommonName
  const alternatives = subjectNames(facts)
  const names =
    alternatives.length === 0 && commonNameCounts && commonName !== undefined ? [commonName] : alternatives
  return new Failure({
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    reason:
      names.length > 0
        ? `certificate is for ${listed(names)}, not ${printable(host)}`
        : `certificate names no host${commonName ? `: it has the common name ${printable(commonName, 80)}, but` : ', it has'} no subjectAltName`,
    hint:
      names.length > 0
        ? undefined
        : 'common names no longer count (RFC 9525): issue it anew with subjectAltName',
    lasting: true,
  })
}

/**
 * Puts a verdict on the peer's certificate (`authorizationError` of Node's `tls`) into words. `host` is the name that
 * was asked for, `ownAuthority` whether `ca=` was given. The failure is lasting: nobody swaps certificates by waiting.
 */
export function certificateFailure(
  code: string,
  facts: CertificateFacts,
  host: string,
  ownAuthority: boolean,
  now = Date.now(),
): Failure {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return nameFailure(facts, host)
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    const own = validityFailure(facts, now)
    if (own !== undefined) return own
    const what = code === 'CERT_HAS_EXPIRED' ? 'has expired' : 'is not valid yet'
    return new Failure({ code, reason: `an authority in the certificate's chain ${what}`, lasting: true })
  }
  if (code === 'DEPTH_ZERO_SELF_SIGNED_CERT') {
    const hint = ownAuthority ? 'the file of ca= does not hold it' : 'give the certificate itself with ca='
    return new Failure({ code, reason: 'certificate is self-signed', hint, lasting: true })
  }
  if (UNKNOWN_AUTHORITY.has(code)) {
    const issuer = facts.issuerCommonName ? ` (${printable(facts.issuerCommonName, 80)})` : ''
    const reason = `certificate is signed by an unknown authority${issuer}`
    const hint = ownAuthority
      ? 'the file of ca= does not hold it, or the server does not send its intermediate certificates'
      : TRUST_HINT
    return new Failure({ code, reason, hint, lasting: true })
  }
  const reason = OTHER_WORDS[code] ?? `certificate is not accepted (${printable(code, 80)})`
  return new Failure({ code: /^\w+$/.test(code) ? code : 'CERT_INVALID', reason, lasting: true })
}

/** The hosts and addresses that a certificate is for, in the order it lists them. */
export function subjectNames(facts: CertificateFacts): readonly string[] {
  const names = facts.subjectAltName?.matchAll(/(?:^|, )(?:DNS|IP Address):("(?:[^"\\]|\\.)*"|[^,]*)/g) ?? []
  return Array.from(names, (match) => match[1] ?? '').filter((name) => name !== '')
}

function listed(names: readonly string[]): string {
  const some = names.slice(0, 3).map((name) => printable(name, 80))
  const rest = names.length - some.length
  return rest > 0 ? `${some.join(', ')} and ${rest} more` : some.join(', ')
}

function isoSeconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')
}
