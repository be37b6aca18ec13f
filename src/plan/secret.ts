import { decodeSoundPercent } from './percent.ts'
import { secretPattern } from './secret-pattern.ts'

const MASK = '***'

/** A value that may travel inside the program but has no way into text by accident: only `reveal()` gives it away. */
export class Secret {
  readonly #value: string
  #patterns: readonly RegExp[] | undefined

  constructor(value: string) {
    this.#value = value
  }

  reveal(): string {
    return this.#value
  }

  /** Whether a text is long enough for it: no form of it is shorter than it is itself. */
  fitsIn(text: string): boolean {
    const { length } = this.#value
    return length > 0 && (length > LONGEST_PIECE || length <= text.length)
  }

  /** Replaces what a peer said back of it, in whatever form. */
  maskIn(text: string): string {
    // A pattern costs more than all the rest of a check.
    if (!this.fitsIn(text)) return text
    this.#patterns ??= pieces(this.#value).map(secretPattern)
    return this.#patterns.reduce((masked, pattern) => masked.replace(pattern, MASK), text)
  }

  toString(): string {
    return MASK
  }

  toJSON(): string {
    return MASK
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return MASK
  }
}

/** A body of a megabyte makes no regular expression that an engine takes, and its error would quote all of it. */
const LONGEST_PIECE = 1000

/** A text in pieces, of which the last has a usual length too: a short one could stand in any answer by chance. */
function pieces(text: string): readonly string[] {
  const count = Math.ceil(text.length / LONGEST_PIECE)
  const size = Math.ceil(text.length / count)
  return Array.from({ length: count }, (_, i) => text.slice(i * size, (i + 1) * size)).filter(Boolean)
}

/** A URL within a URL within a URL. */
const DEEPEST_ESCAPES = 3

/**
 * Replaces every form of every secret in a text that others wrote (a server, a driver, a parser). Where one stands within
 * something that was percent-encoded as a whole (`/login?next=%2F%3Ftoken%3D…`), that text is given decoded.
 */
export function mask(text: string, secrets: readonly Secret[]): string {
  // Decoding makes no text longer.
  if (!secrets.some((secret) => secret.fitsIn(text))) return text
  // The longest first: where one secret is a part of another, nothing of the other may be left.
  const ordered = [...secrets].sort((a, b) => b.reveal().length - a.reveal().length)
  const maskIn = (view: string): string => ordered.reduce((masked, secret) => secret.maskIn(masked), view)
  let masked = maskIn(text)
  let view = masked
  for (let depth = 0; depth < DEEPEST_ESCAPES; depth++) {
    view = decodeSoundPercent(view)
    const again = maskIn(view)
    if (again !== view) masked = again
    view = again
  }
  return masked
}

/** A shorter text may stand in any answer by chance, and masking it would only make that unreadable. */
const SHORTEST_MASKED = 4

/** Makes secrets of texts that may hold one, as far as they are long enough to be masked in what a peer says. */
export function worthMasking(texts: readonly string[]): Secret[] {
  const trimmed = texts.map((text) => text.trim())
  return trimmed.filter((text) => text.length >= SHORTEST_MASKED).map((text) => new Secret(text))
}

/** The part of a URL behind its scheme that names user and hosts. */
function authorityOf(rest: string): string {
  return /^[^/?#]*/.exec(rest)?.[0] ?? ''
}

/** Whether a text is nothing but hosts, each with a port or without, so that it holds no password. */
function isHostList(text: string): boolean {
  return text === '' || text.split(',').every((host) => /^(?:\[[^\]@]*\]|[^:@]+)(?::\d{1,5})?$/.test(host))
}

/**
 * Whether a target that was cut at its first `#` may have been cut within its password, so that what stands behind is
 * not to be repeated.
 */
export function mayEndInPassword(target: string): boolean {
  if (/\bpass(?:word|file)?\s*=/i.test(target)) return true
  const rest = target.replace(/^[a-z][a-z0-9+.-]*:\/+/i, '')
  return !rest.includes('@') && !isHostList(authorityOf(rest))
}

/** ASCII without white space and control characters. */
const PLAIN = /^[!-~]*$/

/**
 * One line of at most `limit` characters (UTF-16 code units) in which control characters, and those that turn the
 * direction of text around, are spelled out, so that a log stays a log.
 */
export function printable(text: string, limit = 200): string {
  const line = PLAIN.test(text) ? text : spelledOut(text)
  return line.length > limit ? `${line.slice(0, limit - 1).replace(/[\uD800-\uDBFF]$/, '')}…` : line
}

function spelledOut(text: string): string {
  return text
    .replace(/[\r\n\t ]+/g, ' ')
    .trim()
    .replace(
      /[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]/gu,
      (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`,
    )
}

/** Text that a peer sent, made fit to be shown: secrets masked first, then one printable line. */
export function quoteForeign(text: string, secrets: readonly Secret[], limit = 200): string {
  return printable(mask(text, secrets), limit)
}
