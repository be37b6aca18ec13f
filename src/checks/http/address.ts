import { decodeSoundPercent } from '../../plan/percent.ts'
import { Secret, worthMasking } from '../../plan/secret.ts'
import { checkName, holdsNamedPair } from '../../plan/separators.ts'
import { didYouMean } from '../../plan/suggest.ts'
import { UsageError } from '../../plan/usage-error.ts'
import { hostName } from '../transport/host-name.ts'

/** A URL taken apart into what is sent, what is shown, and what is secret. */
export interface HttpAddress {
  /** Without user, password and fragment. */
  readonly url: URL
  readonly shown: string
  readonly secrets: readonly Secret[]
  /** The value of `Authorization` (RFC 7617) where the URL held a user. */
  readonly authorization: Secret | undefined
}

const SECRET_NAME =
  /token|secret|passw|^pass$|pwd|key(?:id)?$|sig(?:nature)?$|auth(?!or$)|credential|session|jwt/i

/** Reads an `http:` or `https:` URL; throws `UsageError`, which holds nothing of a target that may hold a secret. */
export function parseAddress(raw: string): HttpAddress {
  if (/[\s\p{Cc}]/u.test(raw)) throw new UsageError('must hold no white space: write %20 for a space')
  if (raw.includes('\\')) throw new UsageError('has a backslash: write / or %5C')
  if (!/^https?:\/\//i.test(raw))
    throw new UsageError(`must begin with http:// or https://${suggestion(raw)}`)
  const url = parseUrl(raw)
  checkParts(raw, url)
  if (url.port === '0') throw new UsageError('must have a port from 1 to 65535')
  const user = decodeSoundPercent(url.username)
  const password = decodeSoundPercent(url.password)
  const secrets = secretParameters(url)
  let authorization: Secret | undefined
  if (user !== '' || password !== '') {
    if (user.includes(':')) throw new UsageError('has a user with a colon, which HTTP cannot send')
    const credentials = Buffer.from(`${user}:${password}`).toString('base64')
    authorization = new Secret(`Basic ${credentials}`)
    // A user without a password is a token more often than not.
    secrets.push(new Secret(credentials), new Secret(password || user))
  }
  const shownUser = password !== '' ? url.username : user !== '' ? '***' : ''
  url.username = ''
  url.password = ''
  url.hash = ''
  return { url, shown: showUrl(url, shownUser, raw), secrets, authorization }
}

/** A parameter of a path (`/a;v=1`), or of a query, that has the name of a secret; only one of the latter is shown masked. */
const SECRET_PARAMETER = /[;,&]\s*[\w.-]*(?:pass|pwd|secret)[\w.-]*=/i

/** Refuses a URL that goes on as a connection string does. */
function checkParts(raw: string, url: URL): void {
  const authority = /^https?:\/\/([^/?#\\]*)/i.exec(raw)?.[1] ?? ''
  const user = authority.slice(0, Math.max(0, authority.lastIndexOf('@')))
  checkName('user', user.split(':', 1)[0] ?? '', 'write it percent-encoded')
  if (holdsNamedPair(user)) throw new UsageError('has values of a connection string in front of its @')
  hostName(hostOf(url))
  if (SECRET_PARAMETER.test(decodeSoundPercent(url.pathname))) {
    throw new UsageError('has a password in its path')
  }
}

/**
 * What may be shown of a URL: the values of query parameters that look like secrets are masked. `raw` is the URL as it
 * was written: a slash that it does not have is left out.
 */
export function showUrl(url: URL, user = '', raw?: string): string {
  const bare = raw !== undefined && url.pathname === '/' && /^https?:\/\/[^/?#]*(?:[?#]|$)/i.test(raw)
  const query = withoutUser(url.search.slice(1)).split('&').map(withoutSecret).join('&')
  const path = bare ? '' : withoutUser(url.pathname).split('/').map(withoutSecret).join('/')
  return `${url.protocol}//${user && `${user}@`}${url.host}${path}${query && `?${query}`}`
}

/** Where in one part of a path or query the value of a secret begins: behind `token=`, or `x=1;token=`. */
function secretStart(text: string): number | undefined {
  if (!text.includes('=')) return undefined
  for (const { 0: pair, 1: name = '', index } of text.matchAll(
    /(?:^|[;,?]|%3b|%2c|%3f)((?:(?!%3b|%2c|%3f)[^=;,?])*)=/gi,
  )) {
    if (isSecret(name)) return index + pair.length
  }
  return undefined
}

function withoutSecret(text: string): string {
  const start = secretStart(text)
  return start === undefined ? text : `${text.slice(0, start)}***`
}

/** A URL within a URL loses its user. */
function withoutUser(text: string): string {
  if (!/@|%40/.test(text)) return text
  return text.replace(/((?:\/|%2f){2})[^/?&]*(@|%40)/gi, '$1***$2')
}

/** The host as a resolver takes it: IPv6 addresses without brackets. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1')
}

/** The port, by default that of the scheme. */
export function portOf(url: URL): number {
  return url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port)
}

function parseUrl(raw: string): URL {
  let url: URL
  try {
    url = new URL(raw)
  } catch {
    throw new UsageError(whatIsWrong(raw))
  }
  return url
}

function whatIsWrong(raw: string): string {
  const host = /^https?:\/\/(?:[^/?#]*@)?([^/?#]*)/i.exec(raw)?.[1] ?? ''
  if (host === '' || host.startsWith(':')) return 'has no host'
  if (/:\d+$/.test(host)) return 'must have a host and a port from 1 to 65535'
  return 'is not a valid URL (percent-encode special characters of a password)'
}

function secretParameters(url: URL): Secret[] {
  const parts = [...url.pathname.split('/'), ...url.search.slice(1).split('&')]
  const values = parts.flatMap((part) => {
    const start = secretStart(part)
    return start === undefined ? [] : [decodeSoundPercent(part.slice(start).replaceAll('+', ' '))]
  })
  return worthMasking(values)
}

function isSecret(name: string): boolean {
  return SECRET_NAME.test(decodeSoundPercent(name))
}

function suggestion(raw: string): string {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(raw)?.[1]
  if (scheme !== undefined) return didYouMean(scheme.toLowerCase(), ['http', 'https'])
  return ''
}
