/** `URLSearchParams` (WHATWG URL standard, 5 and 6.2: application/x-www-form-urlencoded). */
import { host } from './host.ts'

type Pair = [name: string, value: string]

/** Percent-decoding of bytes, so that what is no UTF-8 becomes U+FFFD and not an error. */
function decode(text: string): string {
  const spaced = text.replaceAll('+', ' ')
  if (!spaced.includes('%')) return spaced
  const bytes: number[] = []
  const encoded = new Uint8Array(host.utf8Encode(spaced))
  for (let at = 0; at < encoded.length; at += 1) {
    const hex = encoded[at] === 0x25 ? String.fromCharCode(encoded[at + 1] ?? 0, encoded[at + 2] ?? 0) : ''
    if (/^[0-9a-fA-F]{2}$/.test(hex)) {
      bytes.push(Number.parseInt(hex, 16))
      at += 2
    } else bytes.push(encoded[at] ?? 0)
  }
  return host.utf8Decode(new Uint8Array(bytes))
}

function encode(text: string): string {
  return encodeURIComponent(text.replace(/[\ud800-\udfff]/gu, '\ufffd'))
    .replaceAll('%20', '+')
    .replace(/[!'()~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}

function parse(text: string): Pair[] {
  return text
    .replace(/^\?/, '')
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const equals = part.indexOf('=')
      return equals < 0 ? [decode(part), ''] : [decode(part.slice(0, equals)), decode(part.slice(equals + 1))]
    })
}

export class URLSearchParams {
  #pairs: Pair[]
  readonly #changed: (text: string) => void

  /** `changed` is told the new text: a URL listens so to its own parameters. */
  constructor(init: string | Iterable<Pair> | Record<string, string> = '', changed?: (text: string) => void) {
    this.#changed = typeof changed === 'function' ? changed : () => {}
    if (typeof init === 'string') this.#pairs = parse(init)
    else {
      const pairs = Symbol.iterator in init ? [...(init as Iterable<Pair>)] : Object.entries(init)
      this.#pairs = pairs.map(([name, value]) => [String(name), String(value)])
    }
  }

  /** The URL has another query now. */
  replace(text: string): void {
    this.#pairs = parse(text)
  }

  get size(): number {
    return this.#pairs.length
  }

  append(name: string, value: string): void {
    this.#pairs.push([String(name), String(value)])
    this.#changed(this.toString())
  }

  delete(name: string): void {
    this.#pairs = this.#pairs.filter(([other]) => other !== name)
    this.#changed(this.toString())
  }

  get(name: string): string | null {
    return this.#pairs.find(([other]) => other === name)?.[1] ?? null
  }

  getAll(name: string): string[] {
    return this.#pairs.filter(([other]) => other === name).map(([, value]) => value)
  }

  has(name: string): boolean {
    return this.#pairs.some(([other]) => other === name)
  }

  set(name: string, value: string): void {
    const first = this.#pairs.find(([other]) => other === name)
    if (first === undefined) this.#pairs.push([String(name), String(value)])
    else {
      first[1] = String(value)
      this.#pairs = this.#pairs.filter((pair) => pair === first || pair[0] !== name)
    }
    this.#changed(this.toString())
  }

  forEach(callback: (value: string, name: string, params: URLSearchParams) => void): void {
    for (const [name, value] of this.#pairs) callback(value, name, this)
  }

  *keys(): IterableIterator<string> {
    for (const [name] of this.#pairs) yield name
  }

  *values(): IterableIterator<string> {
    for (const [, value] of this.#pairs) yield value
  }

  *entries(): IterableIterator<Pair> {
    for (const [name, value] of this.#pairs) yield [name, value]
  }

  [Symbol.iterator](): IterableIterator<Pair> {
    return this.entries()
  }

  toString(): string {
    return this.#pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&')
  }
}
