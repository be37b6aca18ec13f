import type { OptionValues } from '../../plan/option.ts'
import { printable, Secret } from '../../plan/secret.ts'
import { UsageError } from '../../plan/usage-error.ts'
import type { Target } from '../kind.ts'
import { type Endpoint, formatHost } from '../transport/endpoint.ts'
import { type TlsSettings, tlsOptions, tlsSettings } from '../transport/tls.ts'
import { parseUrl, type RedisUrl } from './url.ts'

/** With what to log in; without a user it is the default one. */
export interface Credentials {
  readonly user: string | undefined
  readonly password: Secret
}

export interface RedisTarget extends Target {
  /** The server, or the sentinels that know it. */
  readonly endpoints: readonly [Endpoint, ...Endpoint[]]
  /** Name of the primary to ask the sentinels for. */
  readonly sentinel: string | undefined
  /** Of the server; of the sentinels too, where they demand some and have none of their own. */
  readonly credentials: Credentials | undefined
  readonly sentinelCredentials: Credentials | undefined
  readonly db: number
  /** Absent for plain TCP; otherwise of the server and of the sentinels. */
  readonly tls: TlsSettings | undefined
  readonly role: 'primary' | 'replica' | undefined
  readonly cluster: boolean
  readonly key: string | undefined
}

interface RedisOptions extends OptionValues<typeof tlsOptions> {
  readonly role?: 'primary' | 'replica'
  readonly cluster?: boolean
  readonly sentinel?: string
  readonly 'key-exists'?: string
}

const PORT = 6379
const SENTINEL_PORT = 26_379

/** Makes a target of its text and options; throws `UsageError`. */
export function parseTarget(text: string, options: RedisOptions): RedisTarget {
  const { role, sentinel } = options
  const url = parseUrl(text, sentinel === undefined ? PORT : SENTINEL_PORT)
  if (sentinel === undefined && url.endpoints.length > 1) {
    throw new UsageError('has several hosts, which only sentinel= takes')
  }
  if (sentinel !== undefined && role === 'replica') {
    throw new UsageError('has sentinel=, which finds the primary, and role=replica')
  }
  const server = credentials(url.user, url.password)
  const sentinels = credentials(url.sentinelUser, url.sentinelPassword)
  return {
    shown: show(url),
    secrets: [server, sentinels].flatMap((each) => (each === undefined ? [] : [each.password])),
    endpoints: url.endpoints,
    sentinel,
    credentials: server,
    sentinelCredentials: sentinels,
    db: url.db ?? 0,
    tls: transport(url, options),
    role: sentinel === undefined ? role : 'primary',
    cluster: options.cluster ?? false,
    key: options['key-exists'],
  }
}

function credentials(user: string | undefined, password: string | undefined): Credentials | undefined {
  if (user === undefined && password === undefined) return undefined
  return { user, password: new Secret(password ?? '') }
}

function transport({ scheme }: RedisUrl, options: RedisOptions): TlsSettings | undefined {
  if (scheme === 'rediss') return tlsSettings(options)
  const unused = (Object.keys(tlsOptions) as (keyof typeof tlsOptions)[]).find((name) => options[name])
  if (unused !== undefined) throw new UsageError(`has ${unused} but no TLS: write rediss://`)
  return undefined
}

function show(url: RedisUrl): string {
  const user = url.user === undefined ? '' : `${url.user.replace(/[%@/?#:\s]/g, encodeURIComponent)}@`
  const [first] = url.endpoints
  if ('path' in first) {
    return printable(`unix:${first.path}${url.db === undefined ? '' : `?db=${url.db}`}`)
  }
  const hosts = url.endpoints.map((each) => ('path' in each ? '' : `${formatHost(each.host)}:${each.port}`))
  return printable(`${url.scheme}://${user}${hosts.join()}${url.db === undefined ? '' : `/${url.db}`}`)
}
