import { option, repeatedOption, wholeNumber } from '../../plan/option.ts'
import { Secret, worthMasking } from '../../plan/secret.ts'
import { UsageError } from '../../plan/usage-error.ts'
import type { ParseContext } from '../kind.ts'

/** One request, as it goes over the wire. */
export interface HttpRequest {
  readonly method: string
  readonly url: URL
  readonly headers: readonly RequestHeader[]
  readonly body: Secret | undefined
}

/** A header field; its value is a secret unless its name says that it can hold none. */
export interface RequestHeader {
  readonly name: string
  readonly value: Secret
}

const TOKEN = /^[!#$%&'*+.^_`|~\w-]+$/
const HARMLESS =
  /^(?:accept|accept-language|accept-encoding|cache-control|content-type|host|pragma|range|user-agent|x-forwarded-(?:for|host|port|proto))$/i
/** These frame the message or the connection, which is our own business. */
const FRAMING =
  /^(?:connection|content-length|expect|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade)$/i
const MOST_REDIRECTS = 50

export const requestOptions = {
  method: option({
    summary: 'request method (default GET, or POST with a body)',
    placeholder: 'word',
    parse: parseMethod,
  }),
  'request-header': repeatedOption({
    summary: 'header to send; the value may be @file',
    placeholder: 'Name:value',
    parse: parseRequestHeader,
    secret: true,
  }),
  'request-body': option({
    summary: 'body to send; may be @file',
    placeholder: 'text',
    parse: (text) => text,
    secret: true,
  }),
  redirects: option({
    summary: 'how many redirects to follow (default 5)',
    placeholder: 'number',
    schema: { type: 'integer', minimum: 0 },
    parse: parseRedirects,
  }),
}

/** Whether a header can be sent anywhere and shown. */
export function isHarmless(header: RequestHeader): boolean {
  return HARMLESS.test(header.name)
}

/** What of a header a server may say back: its value, and the credentials or cookies in it. */
export function secretsOf(header: RequestHeader): Secret[] {
  if (isHarmless(header)) return []
  const value = header.value.reveal()
  const credentials = /^\S+ +(.+)$/.exec(value)?.[1]
  const cookies = /^cookie$/i.test(header.name)
    ? value.split(';').map((pair) => pair.replace(/^[^=]*=/, ''))
    : []
  return worthMasking([value, credentials ?? '', ...cookies])
}

/** Reads the value of an option that may name a file (`@/path`). */
export function valueOrFile(value: string, context: ParseContext): string {
  return value.startsWith('@') ? context.readFile(value.slice(1)) : value
}

/** Makes a header to be sent; throws `UsageError` where a line break would end it. */
export function requestHeader(name: string, value: string): RequestHeader {
  if (/[^\t\P{Cc}]/u.test(value))
    throw new UsageError(`has a line break or control character in header ${name}`)
  return { name, value: new Secret(value) }
}

function parseRequestHeader(text: string): { readonly name: string; readonly value: string } {
  const colon = text.indexOf(':')
  if (colon < 1) throw new UsageError('must be Name:value')
  const name = text.slice(0, colon).trim()
  if (!TOKEN.test(name)) throw new UsageError('has a name that no header can have')
  if (FRAMING.test(name)) throw new UsageError(`cannot be ${name}, which readywhen sets itself`)
  return { name, value: text.slice(colon + 1).trim() }
}

function parseMethod(text: string): string {
  const method = text.toUpperCase()
  if (!TOKEN.test(method)) throw new UsageError('must be a method such as HEAD or POST')
  if (method === 'CONNECT') throw new UsageError('cannot be CONNECT')
  return method
}

function parseRedirects(text: string): number {
  const count = wholeNumber(text, 0)
  if (count > MOST_REDIRECTS) throw new UsageError(`must be at most ${MOST_REDIRECTS}`)
  return count
}

/** Methods that usually have no body: none is announced for them (RFC 9110, 8.6). */
const WITHOUT_BODY = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE'])

/** A request as it goes over the wire, with the fields that every request has where it does not set them itself. */
export function requestBytes({ method, url, headers, body }: HttpRequest): Buffer {
  const fields = headers.map(({ name, value }) => [name, value.reveal()] as const)
  const missing = ([name]: readonly [string, string]): boolean =>
    !fields.some(([own]) => own.toLowerCase() === name.toLowerCase())
  const usual = [
    ['Host', url.host],
    ['User-Agent', 'readywhen'],
    ['Accept', '*/*'],
  ] as const
  const content = Buffer.from(body?.reveal() ?? '')
  const framing =
    body === undefined && WITHOUT_BODY.has(method) ? [] : [['Content-Length', `${content.length}`] as const]
  const lines = [...fields, ...usual.filter(missing), ...framing, ['Connection', 'close'] as const]
  // Values travel as bytes: beyond ASCII they are sent in UTF-8.
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  const start = `${method} ${url.pathname}${url.search} HTTP/1.1\r\n`
  return Buffer.concat([Buffer.from(`${start}${head}\r\n`), content])
}
