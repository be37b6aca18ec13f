import { decodeSoundPercent } from '../../plan/percent.ts'
import { checkName, holdsNamedPair } from '../../plan/separators.ts'
import { UsageError } from '../../plan/usage-error.ts'
import { type Endpoint, parseHostPort, socketPath } from '../transport/endpoint.ts'

/** What a target text says, its parts decoded; what it does not say is absent. */
export interface RedisUrl {
  readonly scheme: 'redis' | 'rediss' | 'unix'
  readonly endpoints: readonly [Endpoint, ...Endpoint[]]
  readonly user?: string
  readonly password?: string
  readonly db?: number
  /** Credentials of the sentinels themselves, as go-redis names them. */
  readonly sentinelUser?: string
  readonly sentinelPassword?: string
}

type Place = Omit<RedisUrl, 'scheme' | 'user' | 'password'> & { user?: string; password?: string }

/** Options that would change what is ready, so that nobody may believe that they count where they do not. */
const MISPLACED = ['role', 'cluster', 'sentinel', 'key-exists', 'until', 'successes']

const CREDENTIALS = ['user', 'username', 'password', 'sentinel_username', 'sentinel_password']

/**
 * Reads `redis://` and `rediss://` (as registered with IANA), several hosts between commas, `unix:/path` in the ways in
 * which clients write it, and `host:port` alone. Parameters that are for other clients are ignored. Throws `UsageError`.
 * @param defaultPort of a host without one
 */
export function parseUrl(text: string, defaultPort: number): RedisUrl {
  if (/^(?:https?|postgres(?:ql)?|rediss?|tcp|file|dns):(?!\/\/|\d+(?:[/?,]|$))/i.test(text)) {
    throw new UsageError('must begin with redis://, rediss:// or unix:')
  }
  if (/^[A-Za-z_][\w-]*=/.test(text)) throw new UsageError('must be a redis:// URL, not a name and its value')
  const [, scheme, rest = ''] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(text) ?? []
  switch (scheme?.toLowerCase()) {
    case undefined:
      return text.startsWith('unix:')
        ? { scheme: 'unix', ...readPath(text.slice('unix:'.length), (path) => path) }
        : { scheme: 'redis', ...readUserInfo(text, (place) => readHosts(place, defaultPort)) }
    case 'redis':
      return { scheme: 'redis', ...readUserInfo(rest, (place) => readHosts(place, defaultPort)) }
    case 'rediss':
      return { scheme: 'rediss', ...readUserInfo(rest, (place) => readHosts(place, defaultPort)) }
    case 'unix':
    case 'redis+unix':
    case 'redis+socket':
    case 'redis-socket':
      return { scheme: 'unix', ...readUserInfo(rest, (place) => readPath(place, decodeSoundPercent)) }
    default:
      throw new UsageError('must begin with redis://, rediss:// or unix:')
  }
}

/**
 * Splits user and password from the place. Passwords with `/`, `?` or `@` in them that nobody encoded are common (base64),
 * so of all places where they could end, the first that leaves a sound remainder counts.
 */
function readUserInfo(text: string, readPlace: (place: string) => Place): Place {
  const ends = [-1, ...Array.from(text.matchAll(/@/g), (match) => match.index)]
  let refusal: unknown
  for (const end of ends) {
    try {
      const place = readPlace(text.slice(end + 1))
      return end < 0 ? place : { ...place, ...credentials(text.slice(0, end)) }
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      refusal = error
    }
  }
  throw refusal
}

/** What stands alone in front of the `@` is a password, as redis-cli and Lettuce have it. */
function credentials(userInfo: string): { user?: string; password?: string } {
  const colon = userInfo.indexOf(':')
  checkName('user', colon < 0 ? '' : userInfo.slice(0, colon), 'write it percent-encoded')
  if (holdsNamedPair(userInfo)) throw new UsageError('has values of a connection string in front of its @')
  const user = decodeSoundPercent(userInfo.slice(0, Math.max(0, colon)))
  const password = decodeSoundPercent(userInfo.slice(colon + 1))
  if (user === '') return password === '' ? {} : { password }
  return { user, password }
}

function readHosts(text: string, defaultPort: number): Place {
  const [, hosts = '', path = '', query = ''] = /^([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s.exec(text) ?? []
  if (hosts === '') throw new UsageError('has no host')
  const [first, ...others] = hosts.split(',').map((host) => parseHostPort(host, defaultPort))
  if (first === undefined) throw new UsageError('has no host')
  const place = { endpoints: [first, ...others] as const, ...parameters(query) }
  if (path === '') return place
  const db = database(path)
  if (place.db !== undefined && place.db !== db) throw new UsageError('names two databases')
  return { ...place, db }
}

function readPath(text: string, decodePath: (path: string) => string): Place {
  const [, path = '', query = ''] = /^([^?]*)(?:\?(.*))?$/s.exec(text) ?? []
  return { endpoints: [{ path: decodePath(socketPath(path)) }], ...parameters(query) }
}

function parameters(query: string): Omit<Place, 'endpoints'> {
  const found: Record<string, string> = {}
  for (const pair of query.split('&')) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    if (equals < 0) throw new UsageError('has a parameter without a value behind the ?')
    const name = decodeSoundPercent(pair.slice(0, equals))
    if (holdsNamedPair(pair)) throw new UsageError('has a separator other than & behind the ?')
    if (/^user/.test(name)) checkName('user', pair.slice(equals + 1), 'write it percent-encoded')
    if (MISPLACED.includes(name)) throw new UsageError(`has ${name}= behind a ?: write #${name}=`)
    // More likely the end of a password with a ? in it.
    if (pair.includes('@') && !CREDENTIALS.includes(name)) throw new UsageError('has an @ behind the ?')
    found[name] = decodeSoundPercent(pair.slice(equals + 1).replaceAll('+', ' '))
  }
  const user = found['username'] ?? found['user']
  const { password, db, sentinel_username: sentinelUser, sentinel_password: sentinelPassword } = found
  return {
    ...(user !== undefined && { user }),
    ...(password !== undefined && { password }),
    ...(db !== undefined && { db: database(db) }),
    ...(sentinelUser !== undefined && { sentinelUser }),
    ...(sentinelPassword !== undefined && { sentinelPassword }),
  }
}

function database(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError('must have the number of a database behind the /')
  return Number(text)
}
