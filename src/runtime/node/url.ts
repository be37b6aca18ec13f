/** `node:url`: `URL` by the host (WHATWG URL standard). */
import { host, type UrlPart, type UrlParts } from './host.ts'
import { withCode } from './system-error.ts'
import { URLSearchParams } from './url-search.ts'

function invalid(input: string): TypeError {
  return Object.assign(withCode(new TypeError('Invalid URL'), 'ERR_INVALID_URL'), { input })
}

export class URL {
  #parts: UrlParts
  #search: URLSearchParams | undefined

  constructor(input: string | URL, base?: string | URL) {
    const text = String(input)
    const parts = base === undefined ? host.urlParse(text) : host.urlParse(text, String(base))
    if (parts === undefined) throw invalid(text)
    this.#parts = parts
  }

  static canParse(input: string, base?: string): boolean {
    return (base === undefined ? host.urlParse(input) : host.urlParse(input, base)) !== undefined
  }

  #set(part: UrlPart, value: string): void {
    this.#parts = host.urlSet(this.#parts[0], part, String(value)) ?? this.#parts
    if (part === 'search') this.#search?.replace(this.search)
  }

  get href(): string {
    return this.#parts[0]
  }
  set href(value: string) {
    const parts = host.urlParse(String(value))
    if (parts === undefined) throw invalid(String(value))
    this.#parts = parts
    this.#search?.replace(this.search)
  }
  get protocol(): string {
    return this.#parts[1]
  }
  set protocol(value: string) {
    this.#set('protocol', value)
  }
  get username(): string {
    return this.#parts[2]
  }
  set username(value: string) {
    this.#set('username', value)
  }
  get password(): string {
    return this.#parts[3]
  }
  set password(value: string) {
    this.#set('password', value)
  }
  get host(): string {
    return this.#parts[4]
  }
  set host(value: string) {
    this.#set('host', value)
  }
  get hostname(): string {
    return this.#parts[5]
  }
  set hostname(value: string) {
    this.#set('hostname', value)
  }
  get port(): string {
    return this.#parts[6]
  }
  set port(value: string) {
    this.#set('port', value)
  }
  get pathname(): string {
    return this.#parts[7]
  }
  set pathname(value: string) {
    this.#set('pathname', value)
  }
  get search(): string {
    return this.#parts[8]
  }
  set search(value: string) {
    this.#set('search', value)
  }
  get hash(): string {
    return this.#parts[9]
  }
  set hash(value: string) {
    this.#set('hash', value)
  }
  get origin(): string {
    return this.#parts[10]
  }

  get searchParams(): URLSearchParams {
    this.#search ??= new URLSearchParams(this.search, (text) => {
      this.#parts = host.urlSet(this.#parts[0], 'search', text) ?? this.#parts
    })
    return this.#search
  }

  toString(): string {
    return this.href
  }

  toJSON(): string {
    return this.href
  }
}

export { URLSearchParams }
