import { decodePercent } from '../../plan/percent.ts'
import { checkName, holdsNamedPair } from '../../plan/separators.ts'
import { UsageError } from '../../plan/usage-error.ts'
import { checkOnePlace } from './given-once.ts'
import { ParameterList, type Parameters } from './parameters.ts'
import { checkPlainValue } from './plain-value.ts'

const ENCODE = 'what belongs to it is written percent-encoded'

/**
 * Reads a connection URI (PostgreSQL, 34.1.1.2). A `?`, `:` or `@` in a password is taken as libpq takes it, and where
 * libpq would give up (`/`, a second `@`, a `%` that starts no escape) as it can only be meant: of all places where the
 * user and password could end, the first that leaves a sound remainder counts. Throws `UsageError`.
 */
export function parseUri(text: string): Parameters {
  const rest = text.slice(text.indexOf('://') + 3)
  let refusal: unknown
  for (const end of endsOfUserInfo(rest)) {
    try {
      return parseAt(rest, end)
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      refusal = error
    }
  }
  throw refusal
}

/** Where the `@` behind user and password may stand; -1 stands for a URI without them. */
function endsOfUserInfo(rest: string): readonly number[] {
  const first = rest.indexOf('@')
  if (first < 0) return [-1]
  const ats: number[] = []
  for (let at = first; at >= 0; at = rest.indexOf('@', at + 1)) ats.push(at)
  const before = rest.slice(0, first)
  const mayLack = before.includes('/') || (before.includes('?') && !before.includes(':'))
  return mayLack ? [-1, ...ats] : ats
}

function parseAt(rest: string, end: number): Parameters {
  const list = new ParameterList()
  const [, hosts = '', database, query] =
    /^([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s.exec(rest.slice(end + 1)) ?? []
  if (end >= 0) setUserInfo(list, rest.slice(0, end))
  setHosts(list, hosts)
  if (database !== undefined) {
    // More likely the end of a password with a slash in it, unless no password can have come before.
    if (database.includes('@') && (end >= 0 || hosts.includes(':'))) {
      throw new UsageError('has an @ in the database name')
    }
    checkName('database', database, ENCODE)
    list.set('dbname', decode(database))
  }
  const seen = new Map<string, string>()
  for (const pair of query?.split('&') ?? []) if (pair !== '') setQueryParameter(list, pair, seen)
  return list.get()
}

function setUserInfo(list: ParameterList, userInfo: string): void {
  const colon = userInfo.indexOf(':')
  checkName('user', colon < 0 ? userInfo : userInfo.slice(0, colon), ENCODE)
  if (holdsNamedPair(userInfo)) throw new UsageError('has values of a connection string in front of its @')
  list.set('user', decode(colon < 0 ? userInfo : userInfo.slice(0, colon)))
  if (colon >= 0) list.set('password', decode(userInfo.slice(colon + 1)))
}

function setHosts(list: ParameterList, text: string): void {
  const hosts: string[] = []
  const ports: string[] = []
  for (const each of text.split(',')) {
    const match = /^(?:\[([^\][@\s]+)\]|([^\][@:\s]*))(?::(\d*))?$/.exec(each)
    if (match === null) {
      throw new UsageError(
        /^[0-9a-f:]*::[0-9a-f:]*$/i.test(each)
          ? 'has an IPv6 address without brackets: write [address]:port'
          : 'must have hosts of the form host:port, with a port of digits',
      )
    }
    hosts.push(match[1] ?? match[2] ?? '')
    ports.push(match[3] ?? '')
  }
  list.set('host', hosts.length > 1 || hosts[0] !== '' ? decode(hosts.join(',')) : '')
  list.set('port', ports.some((port) => port !== '') ? ports.join(',') : '')
}

function setQueryParameter(list: ParameterList, pair: string, seen: Map<string, string>): void {
  const equals = pair.indexOf('=')
  if (equals < 0) throw new UsageError('has a connection parameter without a value: write name=value')
  const name = decode(pair.slice(0, equals))
  const value = decode(pair.slice(equals + 1))
  checkPlainValue(name, name, pair.slice(equals + 1), ENCODE)
  checkOnePlace(seen, name, value)
  // As JDBC writes it; libpq knows that too.
  if (name === 'ssl' && value === 'true') list.set('sslmode', 'require')
  else list.set(name, value)
}

function decode(text: string): string {
  const decoded = decodePercent(text)
  if (decoded.includes('\0')) throw new UsageError('has a %00')
  return decoded
}
