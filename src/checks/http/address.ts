import { decodeSoundPercent } from '../../plan/percent.ts'
import { Secret, worthMasking } from '../../plan/secret.ts'
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
  if (!/^https?:\/\//i.test(raw))
    throw new UsageError(`must begin with http:// or https://${suggestion(raw)}`)
  const url = parseUrl(raw)
  hostName(hostOf(url))
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

/**
 * What may be shown of a URL: the values of query parameters that look like secrets are masked. `raw` is the URL as it
 * was written: a slash that it does not have is left out.
 */
export function showUrl(url: URL, user = '', raw?: string): string {
  const bare = raw !== undefined && url.pathname === '/' && /^https?:\/\/[^/?#]*(?:[?#]|$)/i.test(raw)
  const query = url.search
    .slice(1)
    .split('&')
    .map((part) =>
      part.replace(/^([^=]*)=.*$/s, (all, name: string) => (isSecret(name) ? `${name}=***` : all)),
    )
    .join('&')
  const path = bare ? '' : url.pathname
  return `${url.protocol}//${user && `${user}@`}${url.host}${path}${query && `?${query}`}`
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
  return worthMasking([...url.searchParams].filter(([name]) => isSecret(name)).map(([, value]) => value))
}

function isSecret(name: string): boolean {
  return SECRET_NAME.test(decodeSoundPercent(name))
}

function suggestion(raw: string): string {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(raw)?.[1]
  if (scheme !== undefined) return didYouMean(scheme.toLowerCase(), ['http', 'https'])
  const harmless =
    /^[\w.-]+(?::\d+)?(?:\/[\w./-]*)?$/.test(raw) || /^\[[0-9a-f:.]+\](?::\d+)?(?:\/[\w./-]*)?$/i.test(raw)
  return harmless ? ` (did you mean "http://${raw}"?)` : ''
}
