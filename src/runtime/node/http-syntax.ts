/**
 * The lines of an HTTP/1 response (RFC 9112), judged as strictly as Node's llhttp does, with its error codes (`HPE_…`)
 * and words. A line is judged as soon as enough of it is there, so that a peer which speaks another protocol and then
 * waits is still told from a slow one.
 */

/** Headers beyond this number are dropped, as Node drops them. */
const MAX_HEADER_PAIRS = 2000
const LF = 0x0a
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const NAME_SO_FAR = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]*\r?$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const NOT_IN_VALUE = /[\0-\x08\x0a-\x1f\x7f]/

/** What is wrong with the bytes of a response. */
export class ParseError extends Error {
  readonly code: string
  readonly reason: string
  constructor(code: string, reason: string) {
    super(`Parse Error: ${reason}`)
    this.code = code
    this.reason = reason
  }
}

/** Bytes as characters of the same number. */
export function latin1(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 4096) {
    text += String.fromCharCode(...bytes.subarray(at, at + 4096))
  }
  return text
}

/** Cuts lines out of pieces of bytes. Keeps at most one unfinished line. */
export class LineReader {
  /** The unfinished line so far. */
  partial = ''
  /** Bytes read since `restart`. */
  size = 0

  restart(): void {
    this.size = 0
  }

  /** Takes bytes from `at`; gives the line without its line feed, or nothing when it is unfinished, and where to go on. */
  take(bytes: Uint8Array, at: number): { line: string | undefined; next: number } {
    const end = bytes.indexOf(LF, at)
    const next = end < 0 ? bytes.length : end + 1
    this.size += next - at
    const text = this.partial + latin1(bytes.subarray(at, end < 0 ? next : end))
    this.partial = end < 0 ? text : ''
    return { line: end < 0 ? undefined : text, next }
  }
}

export interface StatusLine {
  readonly versionMajor: number
  readonly versionMinor: number
  readonly statusCode: number
  readonly statusMessage: string
}

/** Judges the beginning of a status line; `whole` when no more of it will come. */
export function checkStatusLine(line: string, whole: boolean): void {
  const missing = (length: number): boolean => line.length < length && whole
  const start = line.slice(0, 5)
  if (!'HTTP/'.startsWith(start) || missing(5)) {
    throw new ParseError('HPE_INVALID_CONSTANT', 'Expected HTTP/')
  }
  const at = (index: number, expected: RegExp, code: string, reason: string): void => {
    if (missing(index + 1) || (line.length > index && !expected.test(line.charAt(index)))) {
      throw new ParseError(code, reason)
    }
  }
  at(5, /\d/, 'HPE_INVALID_VERSION', 'Invalid major version')
  at(6, /\./, 'HPE_INVALID_VERSION', 'Expected dot')
  at(7, /\d/, 'HPE_INVALID_VERSION', 'Invalid minor version')
  if (line.length > 7 && !/^(?:0\.9|1\.0|1\.1|2\.0)$/.test(line.slice(5, 8))) {
    throw new ParseError('HPE_INVALID_VERSION', 'Invalid HTTP version')
  }
  at(8, / /, 'HPE_INVALID_VERSION', 'Expected space after version')
  for (const index of [9, 10, 11]) at(index, /\d/, 'HPE_INVALID_STATUS', 'Invalid status code')
  at(12, /[ \r]/, 'HPE_INVALID_STATUS', 'Invalid response status')
}

/** Reads a status line without its line feed. */
export function readStatusLine(line: string): StatusLine {
  checkStatusLine(line, true)
  return {
    versionMajor: Number(line.charAt(5)),
    versionMinor: Number(line.charAt(7)),
    statusCode: Number(line.slice(9, 12)),
    statusMessage: withoutCr(line.slice(12), 'response line').slice(1),
  }
}

/** Takes off the CR that a line must end in; another one within the line is an error. */
export function withoutCr(line: string, what: string): string {
  const cr = line.indexOf('\r')
  if (cr < 0) throw new ParseError('HPE_CR_EXPECTED', `Missing expected CR after ${what}`)
  if (cr < line.length - 1) throw new ParseError('HPE_LF_EXPECTED', `Missing expected LF after ${what}`)
  return line.slice(0, -1)
}

/** Reads one header line without its line feed into `pairs`: name and value by turns. */
export function readHeaderLine(line: string, pairs: string[]): void {
  if (/^[ \t]/.test(line) && pairs.length > 0) {
    throw new ParseError('HPE_INVALID_HEADER_TOKEN', 'Unexpected whitespace after header value')
  }
  const colon = line.indexOf(':')
  const name = line.slice(0, Math.max(colon, 0))
  if (!NAME.test(name)) throw new ParseError('HPE_INVALID_HEADER_TOKEN', 'Invalid header token')
  const value = withoutCr(line.slice(colon + 1), 'header value').replace(/^[ \t]+|[ \t]+$/g, '')
  if (NOT_IN_VALUE.test(value)) throw new ParseError('HPE_INVALID_HEADER_TOKEN', 'Invalid header value char')
  if (pairs.length < 2 * MAX_HEADER_PAIRS) pairs.push(name, value)
}

/** Judges a header line of which only the beginning is there. */
export function checkHeaderStart(part: string): void {
  const colon = part.indexOf(':')
  if (colon < 0 ? !NAME_SO_FAR.test(part) : !NAME.test(part.slice(0, colon))) {
    throw new ParseError('HPE_INVALID_HEADER_TOKEN', 'Invalid header token')
  }
}
