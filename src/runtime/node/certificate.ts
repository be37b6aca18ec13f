/** What certificates say, in the form that Node gives it (OpenSSL's). */
import { Buffer } from './buffer.ts'
import type { Certificate } from './host.ts'

type NameParts = Certificate['subject']

/** The legacy object of `getPeerCertificate()`. */
export interface PeerCertificate {
  readonly subject: Record<string, string | string[]>
  readonly issuer: Record<string, string | string[]>
  readonly subjectaltname?: string
  readonly ca: boolean
  readonly valid_from: string
  readonly valid_to: string
  readonly serialNumber: string
  readonly raw: Buffer
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** A date as OpenSSL prints it: `Nov  4 17:12:00 2026 GMT`. */
export function openSslDate(ms: number): string {
  const date = new Date(ms)
  const [, time = ''] = date.toISOString().split(/[T.]/)
  return `${MONTHS[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2)} ${time} ${date.getUTCFullYear()} GMT`
}

/** Alternative names as Node writes them; those with odd characters are quoted, so that none can pass for two. */
export function altNameText(names: Certificate['altNames']): string | undefined {
  if (names.length === 0) return undefined
  return names
    .map(([type, value]) => `${type}:${/^[\w.:*/@-]*$/.test(value) ? value : JSON.stringify(value)}`)
    .join(', ')
}

/** A part that stands in a name twice becomes a list. */
function nameObject(parts: NameParts): Record<string, string | string[]> {
  const result: Record<string, string | string[]> = {}
  for (const [key, value] of parts) {
    const before = result[key]
    result[key] = before === undefined ? value : [before, value].flat()
  }
  return result
}

export function certificateObject(certificate: Certificate): PeerCertificate {
  const subjectaltname = altNameText(certificate.altNames)
  return {
    subject: nameObject(certificate.subject),
    issuer: nameObject(certificate.issuer),
    ...(subjectaltname !== undefined && { subjectaltname }),
    ca: certificate.ca,
    valid_from: openSslDate(certificate.validFrom),
    valid_to: openSslDate(certificate.validTo),
    serialNumber: certificate.serialNumber,
    raw: Buffer.from(certificate.der),
  }
}
