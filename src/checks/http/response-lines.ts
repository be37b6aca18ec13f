/** What cannot be read as a response of HTTP/1: another protocol, broken, or too much. */
export class HttpFault extends Error {
  readonly fault: 'not HTTP' | 'broken' | 'too large'

  constructor(fault: HttpFault['fault']) {
    super(fault)
    this.fault = fault
  }
}

/** Of a head, of trailers, of one line with a chunk's size: as much as Node takes, in bytes. */
const MOST_BYTES = 16_384
const LF = 0x0a

/**
 * Cuts lines out of pieces of bytes, as characters of the same number. A line ends in LF, with a CR in front or without
 * (RFC 9112, 2.2). Throws `HttpFault` when the lines since `restart` are too many or too long.
 */
export class LineReader {
  /** The unfinished line so far. */
  partial = ''
  #size = 0

  /** Counts from here on. */
  restart(): void {
    this.#size = 0
  }

  /** Takes bytes from `at`; gives the line, or nothing when it is unfinished, and where to go on. */
  take(bytes: Buffer, at: number): { line: string | undefined; next: number } {
    const end = bytes.indexOf(LF, at)
    const next = end < 0 ? bytes.length : end + 1
    this.#size += next - at
    if (this.#size > MOST_BYTES) throw new HttpFault('too large')
    const text = this.partial + bytes.subarray(at, end < 0 ? next : end).toString('latin1')
    this.partial = end < 0 ? text : ''
    return { line: end < 0 ? undefined : text.replace(/\r+$/, ''), next }
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Text of a peer that was read byte by byte: UTF-8 where it is that, else Latin-1 (RFC 9110, 5.5). */
export function peerText(bytes: string): string {
  if (!/[\x80-\xff]/.test(bytes)) return bytes
  try {
    return UTF8.decode(Buffer.from(bytes, 'latin1'))
  } catch {
    return bytes
  }
}
