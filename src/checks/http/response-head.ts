import { HttpFault, peerText } from './response-lines.ts'

/** A field of a header, its name in lower case. */
export interface Field {
  readonly name: string
  value: string
}

export interface ResponseHead {
  readonly status: number
  /** The server's own reason phrase, as it came; often empty. */
  readonly phrase: string
  readonly fields: readonly Field[]
}

const PROTOCOL = 'HTTP/'
const TOKEN = /^[!#$%&'*+.^_`|~\w-]+$/

/** Throws `HttpFault` when a status line that has come so far is the beginning of none: a peer may wait after a greeting. */
export function checkStart(line: string, more: Buffer): void {
  const text = line + more.subarray(0, PROTOCOL.length).toString('latin1')
  if (!PROTOCOL.startsWith(text.slice(0, PROTOCOL.length).toUpperCase())) throw new HttpFault('not HTTP')
}

/** Reads a status line (RFC 9112, 4): any white space between its parts, the phrase may be missing. */
export function readStatusLine(line: string): Pick<ResponseHead, 'status' | 'phrase'> {
  if (line.slice(0, PROTOCOL.length).toUpperCase() !== PROTOCOL) throw new HttpFault('not HTTP')
  const match = /^HTTP\/\d\.\d[ \t]+([1-9]\d\d)(?:[ \t]+(.*))?$/is.exec(line)
  if (match === null) throw new HttpFault('broken')
  return { status: Number(match[1]), phrase: peerText(match[2] ?? '') }
}

/**
 * Reads one line of a header into `fields`, as leniently as a recipient may be: a folded line goes on with the value
 * before it, and is passed over where there is none (RFC 9112, 5.2 and 2.2); space before the colon is dropped (5.1);
 * CR and NUL in a value stand for spaces (RFC 9110, 5.5); a name that no field can have is passed over with its value.
 */
export function readField(line: string, fields: Field[]): void {
  const folded = /^[ \t]/.test(line)
  const colon = line.indexOf(':')
  const value = trimmed((folded ? line : line.slice(colon + 1)).replace(/[\r\0]/g, ' '))
  if (folded) {
    const last = fields.at(-1)
    if (last !== undefined) last.value = trimmed(`${last.value} ${value}`)
    return
  }
  if (colon < 0) throw new HttpFault('broken')
  fields.push({ name: line.slice(0, colon).trimEnd().toLowerCase(), value })
}

/** The fields that were read, without those whose name is none, their values as text. */
export function soundFields(fields: readonly Field[]): readonly Field[] {
  return fields
    .filter(({ name }) => TOKEN.test(name))
    .map(({ name, value }) => ({ name, value: peerText(value) }))
}

function trimmed(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, '')
}
