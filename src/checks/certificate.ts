import { createPrivateKey, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { formatDuration } from '../plan/duration.ts'
import { printable } from '../plan/secret.ts'
import { Failure } from './failure.ts'
import {
  type CertificateFacts,
  certificateTime,
  nameFailure,
  subjectNames,
  validityFailure,
} from './transport/certificate-failure.ts'
import { unsupportedError } from './transport/tls-unsupported.ts'

/** What is asked of the certificate in a file, besides being valid now. */
export interface CertificateDemands {
  /** Hosts and addresses it must be for. */
  readonly hosts: readonly string[]
  /** How much longer it must be valid, in milliseconds. */
  readonly validForMs: number
  /** The private key that must belong to it, in PEM form. */
  readonly keyPem: string | undefined
}

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/

/**
 * Looks at the first certificate of a PEM text (the leaf, where it is a chain) and gives what a log may say of it.
 * Throws a `Failure`, never a lasting one: whoever waits for a certificate in a file waits for it to be provisioned.
 */
export function examineCertificate(pem: string, demands: CertificateDemands, now = Date.now()): string {
  const certificate = parse(pem)
  const facts = factsOf(certificate)
  const leftMs = certificateTime(facts.validTo) - now
  if (Number.isNaN(leftMs + certificateTime(facts.validFrom))) {
    throw new Failure({ code: 'NOT_A_CERTIFICATE', reason: 'certificate has no dates that can be read' })
  }
  const invalid = validityFailure(facts, now)
  if (invalid !== undefined) throw passing(invalid)
  for (const host of demands.hosts) {
    if (!isFor(certificate, facts, host)) throw passing(nameFailure(facts, host))
  }
  if (demands.keyPem !== undefined && !belongs(certificate, demands.keyPem)) {
    throw new Failure({ code: 'KEY_MISMATCH', reason: 'certificate does not belong to the private key' })
  }
  if (leftMs < demands.validForMs) {
    const reason = `certificate is valid for only ${formatDuration(leftMs)} more`
    throw new Failure({ code: 'CERT_EXPIRES_SOON', reason })
  }
  const name = subjectNames(facts)[0] ?? facts.subjectCommonName
  return `certificate${name === undefined ? '' : ` for ${printable(name, 80)}`}, valid for ${formatDuration(leftMs)}`
}

function parse(pem: string): X509Certificate {
  const block = BLOCK.exec(pem)?.[0]
  if (block === undefined) {
    const begun = pem.includes('-----BEGIN CERTIFICATE-----')
    const reason = begun ? 'certificate is cut off' : 'not a certificate'
    throw new Failure({ code: 'NOT_A_CERTIFICATE', reason, hint: begun ? undefined : 'PEM form is read' })
  }
  try {
    return new X509Certificate(block)
  } catch {
    throw new Failure({
      code: 'NOT_A_CERTIFICATE',
      reason: 'not a certificate',
      hint: 'its PEM form is broken',
    })
  }
}

function factsOf(certificate: X509Certificate): CertificateFacts {
  return {
    subjectCommonName: /^CN=(.+)$/m.exec(certificate.subject)?.[1],
    subjectAltName: certificate.subjectAltName,
    validFrom: certificate.validFrom,
    validTo: certificate.validTo,
  }
}

/** A wildcard may be asked for as it stands in the certificate. Common names do not count (RFC 9525, 6.1). */
function isFor(certificate: X509Certificate, facts: CertificateFacts, host: string): boolean {
  if (isIP(host) !== 0) return certificate.checkIP(host) !== undefined
  if (subjectNames(facts).some((name) => name.toLowerCase() === host.toLowerCase())) return true
  return certificate.checkHost(host, { subject: 'never' }) !== undefined
}

function belongs(certificate: X509Certificate, keyPem: string): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(keyPem))
  } catch (error) {
    const unsupported = unsupportedError(error)
    if (unsupported !== undefined) {
      const kind = error instanceof Error ? error.message : ''
      throw new Failure({
        code: unsupported.code,
        reason: `cannot match a key of the kind ${printable(kind, 80)}`,
      })
    }
    const locked = keyPem.includes('ENCRYPTED')
    const reason = locked ? 'private key is locked with a passphrase' : 'not a private key in PEM form'
    throw new Failure({ code: 'NOT_A_KEY', reason })
  }
}

function passing(failure: Failure): Failure {
  return new Failure({ ...failure, lasting: false })
}
