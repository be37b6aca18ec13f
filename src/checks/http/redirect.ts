import { quoteForeign, type Secret } from '../../plan/secret.ts'
import { Failure } from '../failure.ts'
import { hostName } from '../transport/host-name.ts'
import type { TlsSettings } from '../transport/tls.ts'
import { hostOf, showUrl } from './address.ts'
import type { Answer } from './exchange.ts'
import { type HttpRequest, isHarmless } from './request.ts'

const REDIRECTS = new Set([301, 302, 303, 307, 308])

/** Whether a status sends elsewhere (RFC 9110, 15.4). */
export function isRedirect(status: number): boolean {
  return REDIRECTS.has(status)
}

/**
 * The request that follows a redirect. 303 is followed by GET, and so are 301 and 302 of a POST (RFC 9110, 15.4).
 * Nothing secret goes to another origin. Throws `Failure` for a place that cannot be gone to.
 */
export function redirected(
  request: HttpRequest,
  status: number,
  location: string,
  secrets: readonly Secret[],
): HttpRequest {
  const url = resolve(location, request.url, secrets)
  const sameOrigin = url.origin === request.url.origin
  const toGet =
    status === 303
      ? request.method !== 'HEAD'
      : request.method === 'POST' && (status === 301 || status === 302)
  const body = toGet ? undefined : request.body
  if (body !== undefined && !sameOrigin) {
    throw new Failure({
      code: 'HTTP_REDIRECT',
      reason: `redirected to another origin (${quoteForeign(showUrl(url), secrets)}), where request-body= is not sent`,
    })
  }
  const headers = request.headers.filter(
    ({ name, value }) =>
      (sameOrigin || (isHarmless({ name, value }) && !/^host$/i.test(name))) &&
      !(toGet && /^content-/i.test(name)),
  )
  return { method: toGet ? 'GET' : request.method, url, headers, body }
}

/** What of the TLS settings holds for another host: whom to trust, but not who we are, nor the name to ask for. */
export function settingsFor(url: URL, first: URL, settings: TlsSettings): TlsSettings {
  if (url.hostname === first.hostname) return settings
  return { ...(settings.ca !== undefined && { ca: settings.ca }), verify: settings.verify }
}

/** One request of a chain of redirects. */
export interface Step {
  /** What makes two requests the same, by which a loop is known. */
  readonly identity: string
  readonly shown: string
}

export function stepOf({ method, url }: HttpRequest): Step {
  return { identity: `${method} ${url.href}`, shown: showUrl(url) }
}

/** Throws a `Failure` when the last step of a chain has been taken before, or is one too many. */
export function checkTrail(
  trail: readonly Step[],
  { redirects, secrets }: { readonly redirects: number; readonly secrets: readonly Secret[] },
  answer: Answer,
): void {
  const last = trail.at(-1)
  if (last === undefined) return
  const before = trail.findIndex(({ identity }) => identity === last.identity)
  if (before < trail.length - 1) {
    const loop = trail.slice(before).map(({ shown }) => quoteForeign(shown, secrets, 100))
    const chain = loop.length > 5 ? [...loop.slice(0, 3), '…', ...loop.slice(-1)] : loop
    const setsCookie = answer.header('set-cookie').length > 0
    const hint = setsCookie ? 'the server sets a cookie, and readywhen keeps none' : undefined
    throw new Failure({ code: 'HTTP_REDIRECT_LOOP', reason: `redirect loop: ${chain.join(' -> ')}`, hint })
  }
  if (trail.length - 1 > redirects) {
    const reason = `more than ${redirects} redirects, the last to ${quoteForeign(last.shown, secrets, 100)}`
    throw new Failure({ code: 'HTTP_REDIRECTS', reason, hint: 'redirects= allows more' })
  }
}

function resolve(location: string, base: URL, secrets: readonly Secret[]): URL {
  let url: URL
  try {
    url = new URL(location, base)
    hostName(hostOf(url))
  } catch {
    throw unusable(quoteForeign(location, secrets, 80))
  }
  url.username = ''
  url.password = ''
  url.hash = ''
  if (!/^https?:$/.test(url.protocol) || url.port === '0')
    throw unusable(quoteForeign(showUrl(url), secrets, 80))
  return url
}

function unusable(where: string): Failure {
  return new Failure({ code: 'HTTP_REDIRECT', reason: `redirected to "${where}", which is no HTTP URL` })
}
