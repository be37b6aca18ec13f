/** The head of a request: its headers as they were set, checked, and as bytes on the wire. */
import { withCode } from './system-error.ts'

export type HeaderValue = string | number | readonly string[]

const NOT_IN_VALUE = /[^\t\x20-\x7e\x80-\xff]/
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** Methods that usually have no body: none is announced for them. */
const WITHOUT_BODY: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT'])

export class RequestHead {
  readonly method: string
  readonly path: string
  readonly #headers = new Map<string, { readonly name: string; readonly value: HeaderValue }>()

  /** Throws, as Node does, what cannot stand in a request. */
  constructor(method: string, path: string) {
    if (!TOKEN.test(method)) {
      throw withCode(
        new TypeError(`Method must be a valid HTTP token ["${method}"]`),
        'ERR_INVALID_HTTP_TOKEN',
      )
    }
    if (/[^\u0021-\u00ff]/.test(path)) {
      throw withCode(new TypeError('Request path contains unescaped characters'), 'ERR_UNESCAPED_CHARACTERS')
    }
    this.method = method.toUpperCase()
    this.path = path
  }

  set(name: string, value: HeaderValue): void {
    if (!TOKEN.test(name)) {
      const words = `Header name must be a valid HTTP token ["${name}"]`
      throw withCode(new TypeError(words), 'ERR_INVALID_HTTP_TOKEN')
    }
    for (const text of [value].flat()) {
      if (NOT_IN_VALUE.test(String(text))) {
        const words = `Invalid character in header content ["${name}"]`
        throw withCode(new TypeError(words), 'ERR_INVALID_CHAR')
      }
    }
    this.#headers.set(name.toLowerCase(), { name, value })
  }

  has(name: string): boolean {
    return this.#headers.has(name.toLowerCase())
  }

  /** The head as Latin-1 text, for a body of so many bytes. */
  format(bodyLength: number): string {
    if (!this.has('connection')) this.set('Connection', 'close')
    const framed = this.has('content-length') || this.has('transfer-encoding')
    if (!framed && !WITHOUT_BODY.has(this.method)) this.set('Content-Length', bodyLength)
    const lines = [...this.#headers.values()].flatMap(({ name, value }) =>
      [value].flat().map((text) => `${name}: ${text}\r\n`),
    )
    return `${this.method} ${this.path} HTTP/1.1\r\n${lines.join('')}\r\n`
  }
}
