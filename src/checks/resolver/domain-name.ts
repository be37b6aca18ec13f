/** What is wrong with a name or a message of the domain name system; all that the codec ever throws. */
export class DnsFormatError extends Error {
  override readonly name = 'DnsFormatError'
}

const LONGEST_LABEL = 63
const LONGEST_NAME = 255

/**
 * Encodes a name in its text form (`db.prod.svc`, with or without a final dot; `\.` and `\DDD` as in RFC 1035, 5.1) for
 * the wire, without compression. Throws `DnsFormatError` for what the domain name system cannot hold.
 */
export function encodeName(text: string): Buffer {
  const labels = splitLabels(text)
  const parts: Buffer[] = []
  for (const label of labels) parts.push(Buffer.from([label.length]), label)
  const encoded = Buffer.concat([...parts, Buffer.from([0])])
  if (encoded.length > LONGEST_NAME) throw new DnsFormatError('a name longer than 255 bytes')
  return encoded
}

/** Letters, digits, `_` and `-`, with the lengths that are allowed: what nearly every name is. */
const USUAL_NAME = /^(?=.{1,253}$)(?:[\w-]{1,63}\.)*[\w-]{1,63}\.?$/

/** Whether a name is one that needs no closer look: IPv4 addresses are, too. */
export function isUsualName(text: string): boolean {
  return USUAL_NAME.test(text)
}

/** Throws what `encodeName` throws. */
export function checkDnsName(text: string): void {
  if (!isUsualName(text)) encodeName(text)
}

/** Brings a name into the one form that decoded names have: lower case, no final dot, `.` for the root. */
export function canonicalName(text: string): string {
  return (isUsualName(text) ? relative(text) : formatLabels(splitLabels(text))).toLowerCase()
}

function relative(usual: string): string {
  return usual.endsWith('.') ? usual.slice(0, -1) : usual
}

/** A name without the final dot that makes it absolute; a dot that is escaped belongs to the name, and the root is one. */
export function withoutFinalDot(text: string): string {
  return text === '.' ? text : text.replace(/(?<!\\)((?:\\\\)*)\.$/, '$1')
}

function splitLabels(text: string): Buffer[] {
  if (text === '.') return []
  if (isUsualName(text))
    return relative(text)
      .split('.')
      .map((label) => Buffer.from(label))
  const labels: Buffer[] = []
  let bytes: number[] = []
  const endLabel = (): void => {
    if (bytes.length === 0) throw new DnsFormatError('an empty label')
    if (bytes.length > LONGEST_LABEL) throw new DnsFormatError('a label longer than 63 bytes')
    labels.push(Buffer.from(bytes))
    bytes = []
  }
  for (const [token] of text.matchAll(/\\\d{3}|\\\D|./gs)) {
    if (token === '.') {
      endLabel()
      continue
    }
    const byte = /^\\\d/.test(token) ? Number(token.slice(1)) : token.charCodeAt(token.length - 1)
    if (token === '\\' || byte > 255 || (byte > 126 && token.length < 4)) {
      throw new DnsFormatError('a character outside ASCII: such names are written in Punycode (xn--…)')
    }
    bytes.push(byte)
  }
  if (bytes.length > 0 || !text.endsWith('.')) endLabel()
  return labels
}

/** Writes labels as text; bytes that would be mistaken for something else are escaped (RFC 1035, 5.1). */
export function formatLabels(labels: readonly Uint8Array[]): string {
  return labels.length === 0 ? '.' : labels.map(formatLabel).join('.')
}

function formatLabel(label: Uint8Array): string {
  let text = ''
  for (const byte of label) {
    const char = String.fromCharCode(byte)
    if (char === '.' || char === '\\') text += `\\${char}`
    else if (byte > 0x20 && byte < 0x7f) text += char
    else text += `\\${String(byte).padStart(3, '0')}`
  }
  return text
}
