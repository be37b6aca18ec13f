/**
 * The lines of an HTTP/1 response (RFC 9112), judged as strictly as Node's llhttp does, with its error codes (`HPE_…`)
 * and words. A line is judged as soon as enough of it is there, so that a peer which speaks another protocol and then
 * waits is still told from a slow one.
 */

/** Headers beyond this number are dropped, as Node drops them. */
const MAX_HEADER_PAIRS = 2000
const LF = 0x0a
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const NAME_SO_FAR = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]*$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const NOT_IN_VALUE = /[\0-\x08\x0a-\x0c\x0e-\x1f\x7f]/

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
    // not spread: that takes QuickJS five times as long
    text += String.fromCharCode.apply(null, bytes.subarray(at, at + 4096) as unknown as number[])
  }
  return text
}

/** Cuts lines out of pieces of bytes. Keeps at most one unfinished line. */
export class LineReader {
  /** The unfinished line so far. */
  partial = ''
  /** Takes bytes from `at`; gives the line without its line feed, or nothing when it is unfinished, and where to go on. */
  take(bytes: Uint8Array, at: number): { line: string | undefined; next: number } {
    const end = bytes.indexOf(LF, at)
    const next = end < 0 ? bytes.length : end + 1
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

/** Judges a status line, or the beginning of one when it is not `whole`. */
export function checkStatusLine(line: string, whole: boolean): void {
  const start = line.slice(0, 5)
  if (!'HTTP/'.startsWith(start) || (whole && start !== 'HTTP/')) {
    throw new ParseError('HPE_INVALID_CONSTANT', 'Expected HTTP/, RTSP/ or ICE/')
  }
  const at = (index: number, expected: RegExp, code: string, reason: string): void => {
    const missing = line.length <= index
    if (missing ? whole : !expected.test(line.charAt(index))) throw new ParseError(code, reason)
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
  const cr = line.indexOf('\r')
  if (cr < 0 && whole) throw new ParseError('HPE_CR_EXPECTED', 'Missing expected CR after response line')
  if (cr >= 0 && cr < line.length - 1) throw new ParseError('HPE_STRICT', 'Expected LF after CR')
}

/** Reads a status line without its line feed. */
export function readStatusLine(line: string): StatusLine {
  checkStatusLine(line, true)
  return {
    versionMajor: Number(line.charAt(5)),
    versionMinor: Number(line.charAt(7)),
    statusCode: Number(line.slice(9, 12)),
    statusMessage: line.slice(13, -1),
  }
}

function invalidHeader(reason: string): ParseError {
  return new ParseError('HPE_INVALID_HEADER_TOKEN', reason)
}

/** Judges a header line, or the beginning of one when it is not `whole`; `first` is that after the status line. */
export function checkHeaderLine(line: string, whole: boolean, first: boolean): void {
  if (/^[ \t]/.test(line)) {
    if (first && line.startsWith(' '))
      throw new ParseError('HPE_UNEXPECTED_SPACE', 'Unexpected space after start line')
    throw invalidHeader(first ? 'Invalid header token' : 'Unexpected whitespace after header value')
  }
  if (line.startsWith('\r') && (whole || line.length > 1)) {
    throw new ParseError('HPE_STRICT', 'Expected LF after headers')
  }
  const colon = line.indexOf(':')
  if (colon < 0) {
    if (whole && line === '') throw invalidHeader('Invalid header field char')
    if (whole || (line !== '\r' && !NAME_SO_FAR.test(line))) throw invalidHeader('Invalid header token')
    return
  }
  if (!NAME.test(line.slice(0, colon))) throw invalidHeader('Invalid header token')
  const value = line.slice(colon + 1)
  const cr = value.indexOf('\r')
  if (NOT_IN_VALUE.test(cr < 0 ? value : value.slice(0, cr))) throw invalidHeader('Invalid header value char')
  const blank = value.slice(0, Math.max(cr, 0)).trim() === ''
  if (cr < 0 && whole) {
    if (value.trim() === '') throw invalidHeader('Invalid header value char')
    throw new ParseError('HPE_CR_EXPECTED', 'Missing expected CR after header value')
  }
  if (cr >= 0 && cr < value.length - 1) {
    if (blank) throw new ParseError('HPE_STRICT', 'Expected LF after CR')
    throw new ParseError('HPE_LF_EXPECTED', 'Missing expected LF after header value')
  }
}

/** Reads a header line without its line feed into `pairs`, name and value by turns; gives the length of both. */
export function readHeaderLine(line: string, pairs: string[], first = false): number {
  checkHeaderLine(line, true, first)
  const colon = line.indexOf(':')
  const value = line.slice(colon + 1, -1).replace(/^[ \t]+|[ \t]+$/g, '')
  if (pairs.length < 2 * MAX_HEADER_PAIRS) pairs.push(line.slice(0, colon), value)
  return colon + value.length
}
