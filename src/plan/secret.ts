const MASK = '***'

/** A value that may travel inside the program but has no way into text by accident: only `reveal()` gives it away. */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  reveal(): string {
    return this.#value
  }

  /** The ways in which a peer may say the value back: as it is, and percent-, form- and base64-encoded. */
  forms(): readonly string[] {
    const value = this.#value
    if (value === '') return []
    const strict = encodeStrictly(value)
    const forms = [
      value,
      encodeURI(toWellFormed(value)),
      encodeURIComponent(toWellFormed(value)),
      strict,
      strict.replaceAll('%20', '+'),
      JSON.stringify(value).slice(1, -1),
      Buffer.from(value).toString('base64').replace(/=+$/, ''),
    ]
    return [...new Set(forms)].sort((a, b) => b.length - a.length)
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

function toWellFormed(value: string): string {
  return value.replace(/[\uD800-\uDFFF]/gu, '\uFFFD')
}

/** Percent-encodes everything but unreserved characters (RFC 3986, 2.3). */
function encodeStrictly(value: string): string {
  return encodeURIComponent(toWellFormed(value)).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/** Replaces every form of every secret in a text that others wrote (a server, a driver, a parser). */
export function mask(text: string, secrets: readonly Secret[]): string {
  let masked = text
  for (const form of secrets.flatMap((secret) => secret.forms()).sort((a, b) => b.length - a.length)) {
    masked = masked.replaceAll(form, MASK)
  }
  return masked
}

/**
 * What may be shown of a target that could not be parsed. Nothing is known about its parts, so everything that could
 * hold a secret goes: all between the scheme and the last `@`, every value behind `?`, every value of `key=value`.
 */
export function maskUnparsed(raw: string): string {
  const fragment = raw.indexOf('#')
  let text = fragment < 0 ? raw : raw.slice(0, fragment)
  const at = raw.lastIndexOf('@')
  if (at > 0) {
    const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(raw)?.[0] ?? ''
    text = `${scheme}${MASK}${(fragment > at ? raw.slice(at, fragment) : raw.slice(at)).replace(/#.*$/s, '')}`
  }
  text = text.replace(/\?.*$/s, `?${MASK}`)
  if (/\s*[\w-]+\s*=/.test(text)) text = text.replace(/=\s*('(?:[^'\\]|\\.)*'?|\S+).*$/s, `=${MASK}`)
  return printable(text, 120)
}

/** One line of at most `limit` characters in which control characters are spelled out, so that a log stays a log. */
export function printable(text: string, limit = 200): string {
  const line = text
    .replace(/[\r\n\t ]+/g, ' ')
    .trim()
    .replace(/[\p{Cc}\u2028\u2029]/gu, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)
  return line.length > limit ? `${line.slice(0, limit - 1)}…` : line
}

/** Text that a peer sent, made fit to be shown: secrets masked first, then one printable line. */
export function quoteForeign(text: string, secrets: readonly Secret[], limit = 200): string {
  return printable(mask(text, secrets), limit)
}
