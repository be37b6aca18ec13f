import type { Socket } from 'node:net'
import { printable, quoteForeign, Secret, worthMasking } from '../plan/secret.ts'
import { UsageError } from '../plan/usage-error.ts'
import { systemClock } from '../wait/clock.ts'
import { afterPatience } from '../wait/patience.ts'
import { Failure } from './failure.ts'
import { hostOf, parseAddress, portOf, showUrl } from './http/address.ts'
import { type Answer, exchange } from './http/exchange.ts'
import {
  expectationOptions,
  expectBody,
  expectHeader,
  expectJson,
  type HeaderExpectation,
  type JsonExpectation,
  parseBody,
} from './http/expectation.ts'
import { checkTrail, isRedirect, redirected, type Step, settingsFor, stepOf } from './http/redirect.ts'
import { type HttpRequest, requestHeader, requestOptions, secretsOf, valueOrFile } from './http/request.ts'
import { describeStatus, type StatusSet, SUCCESSFUL, statusOption } from './http/status.ts'
import { type Attempt, defineKind, type Ready, type Target } from './kind.ts'
import type { Pattern } from './pattern.ts'
import { dial } from './transport/dial.ts'
import { secure, type TlsSettings, tlsOptions, tlsSettings } from './transport/tls.ts'

interface HttpTarget extends Target {
  readonly request: HttpRequest
  readonly status: StatusSet
  readonly body: Pattern | undefined
  readonly headers: readonly HeaderExpectation[]
  readonly json: readonly JsonExpectation[]
  readonly redirects: number
  readonly tls: TlsSettings
}

const DEFAULT_REDIRECTS = 5
const LARGEST_BODY = 1024 * 1024
/** How long, and how much, is read of a 400 to see whether it is about a missing TLS. */
const COMPLAINT_MS = 200
const COMPLAINT_BYTES = 4096

const options = { status: statusOption, ...expectationOptions, ...requestOptions, ...tlsOptions }

export default defineKind<typeof options, HttpTarget>({
  placeholder: 'url',
  summary: 'the answer has the status 2xx',
  examples: [
    '--http http://auth:8080/healthz',
    "--http 'https://api/ready#ca=/tls/ca.crt&json=status=UP'",
    "--http 'http://es:9200/#json=status=green&request-header=Authorization:@/run/token'",
  ],
  options,
  hasCredentials: true,
  next: /[,;|\s]+https?:\/\//i,
  parse(raw, values, context) {
    const { url, shown, secrets, authorization } = parseAddress(raw)
    const headers = (values['request-header'] ?? []).map(({ name, value }) =>
      requestHeader(name, value.startsWith('@') ? valueOrFile(value, context).replace(/\r?\n$/, '') : value),
    )
    if (authorization !== undefined) {
      if (headers.some(({ name }) => /^authorization$/i.test(name))) {
        throw new UsageError('has both a user and the header Authorization')
      }
      headers.push({ name: 'Authorization', value: authorization })
    }
    const body =
      values['request-body'] === undefined ? undefined : valueOrFile(values['request-body'], context)
    const method = values.method ?? (body === undefined ? 'GET' : 'POST')
    if (method === 'HEAD' && (values.body !== undefined || values.json !== undefined)) {
      throw new UsageError('has method=HEAD, whose answer has no body to look into')
    }
    return {
      shown,
      secrets: [...secrets, ...headers.flatMap(secretsOf), ...worthMasking(body === undefined ? [] : [body])],
      request: { method, url, headers, body: body === undefined ? undefined : new Secret(body) },
      status: values.status ?? SUCCESSFUL,
      body: values.body,
      headers: values.header ?? [],
      json: values.json ?? [],
      redirects: values.redirects ?? DEFAULT_REDIRECTS,
      tls: tlsSettings(values),
    }
  },
  async probe(target, attempt) {
    let request = target.request
    const trail: Step[] = [stepOf(request)]
    for (;;) {
      const answer = await ask(target, request, attempt, trail)
      try {
        const location = answer.header('location')[0]
        const isAnswer =
          target.redirects === 0 || target.status.has(answer.status) || !isRedirect(answer.status)
        if (isAnswer || location === undefined) return await judge(target, request, answer, attempt)
        request = redirected(request, answer.status, location, target.secrets)
        trail.push(stepOf(request))
        checkTrail(trail, target, answer)
      } finally {
        answer.close()
      }
    }
  },
})

/** Sends one request and gives its answer, or fails, saying where a redirect has led. */
async function ask(
  target: HttpTarget,
  request: HttpRequest,
  attempt: Attempt,
  trail: readonly Step[],
): Promise<Answer> {
  try {
    return await exchange(await connect(target, request.url, attempt), request, target.secrets, attempt)
  } catch (error) {
    if (!(error instanceof Failure) || trail.length === 1) throw error
    const place = quoteForeign(showUrl(request.url), target.secrets, 100)
    // The target itself has answered, so it is not down, whatever is the matter with the other place.
    throw new Failure({ ...error, reason: `${error.reason} (redirected to ${place})`, down: false })
  }
}

async function connect({ request, tls }: HttpTarget, url: URL, attempt: Attempt): Promise<Socket> {
  const host = hostOf(url)
  const socket = await dial({ host, port: portOf(url) }, attempt)
  if (url.protocol === 'http:') return socket
  try {
    return await secure(socket, host, settingsFor(url, request.url, tls), attempt, ['http/1.1'])
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'NOT_TLS') throw error
    throw new Failure({ ...error, hint: 'if the port speaks plain HTTP, write http://' })
  }
}

/** Compares the last answer with what is expected: the status first, then headers, then the body, which may be long. */
async function judge(
  target: HttpTarget,
  request: HttpRequest,
  answer: Answer,
  attempt: Attempt,
): Promise<Ready> {
  const { secrets, status, headers, body, json } = target
  const said = describeStatus(answer.status, quoteForeign(answer.phrase, secrets, 60))
  const where = request !== target.request ? ` at ${quoteForeign(showUrl(request.url), secrets, 100)}` : ''
  if (!status.has(answer.status)) {
    const wanted = status.shown === undefined ? '' : `, not ${printable(status.shown, 60)}`
    const hint = await statusHint(target, request, answer)
    throw new Failure({ code: `HTTP_${answer.status}`, reason: `${said}${wanted}${where}`, hint })
  }
  for (const expected of headers) expectHeader(expected, answer, secrets)
  if (body !== undefined || json.length > 0) {
    const text = await readBody(answer, attempt)
    if (body !== undefined) expectBody(body, text)
    const document = json.length > 0 ? parseBody(text, answer, secrets) : undefined
    for (const expected of json) expectJson(expected, document, secrets)
  }
  return { detail: `${said}${where}` }
}

async function readBody(answer: Answer, attempt: Attempt): Promise<string> {
  const encoding = answer.header('content-encoding')[0]
  if (encoding !== undefined && !/^\s*identity\s*$/i.test(encoding)) {
    const reason = `body is compressed (${printable(encoding, 40)}), which was not asked for`
    throw new Failure({ code: 'HTTP_BODY', reason })
  }
  attempt.waitingFor('the end of the response body')
  const { bytes, complete } = await answer.read(LARGEST_BODY)
  if (!complete) throw new Failure({ code: 'HTTP_BODY', reason: 'body is larger than 1 MiB: not searched' })
  return bytes.toString('utf8')
}

async function statusHint(
  { request: first }: HttpTarget,
  request: HttpRequest,
  answer: Answer,
): Promise<string | undefined> {
  if (answer.status === 401) {
    const hasCredentials = first.headers.some(({ name }) => /^authorization$/i.test(name))
    return hasCredentials ? undefined : 'credentials go into the URL (user:password@) or into request-header='
  }
  if (answer.status !== 400 || request.url.protocol !== 'http:') return undefined
  return (await complainsOfPlainHttp(answer)) ? 'the port speaks TLS: write https://' : undefined
}

/** Servers that speak TLS answer plain HTTP with a 400 whose phrase or body says so. */
async function complainsOfPlainHttp(answer: Answer): Promise<boolean> {
  let cancel = (): void => {}
  const late = new Promise<undefined>((resolve) => {
    cancel = afterPatience(systemClock, COMPLAINT_MS, () => resolve(undefined))
  })
  const read = answer.read(COMPLAINT_BYTES).catch(() => undefined)
  const body = await Promise.race([read, late])
  cancel()
  return /\bHTTPS\b|\bSSL\b|\bTLS\b/i.test(`${answer.phrase} ${body?.bytes.toString('latin1') ?? ''}`)
}
