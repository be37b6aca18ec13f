import type { OptionValues } from '../../plan/option.ts'
import { printable, Secret } from '../../plan/secret.ts'
import { UsageError } from '../../plan/usage-error.ts'
import type { ParseContext, Target } from '../kind.ts'
import { type Endpoint, formatHost, parsePort, socketPath } from '../transport/endpoint.ts'
import { hostName } from '../transport/host-name.ts'
import type { TlsSettings, tlsOptions } from '../transport/tls.ts'
import { type AuthenticationRules, authenticationRules } from './authentication.ts'
import { parseConninfo } from './conninfo.ts'
import { type Encryption, encryption } from './encryption.ts'
import { addDefaults } from './environment.ts'
import { type Parameters, secretParameters } from './parameters.ts'
import { checkNames } from './plain-value.ts'
import { refuseUnsupported } from './unsupported.ts'

/** One server of a target. */
export interface PostgresHost {
  readonly endpoint: Endpoint
  /** What a certificate must be for and what `.pgpass` is searched for: the name, even where `hostaddr` is connected to. */
  readonly name: string
  readonly port: number
}

/** What a session must be like for its host to count (`target_session_attrs`). */
export type SessionAttributes = 'any' | 'read-write' | 'read-only' | 'primary' | 'standby' | 'prefer-standby'

/** All that the connection parameters ask for, defaults filled in. */
export interface PostgresServerTarget extends Target {
  readonly hosts: readonly [PostgresHost, ...PostgresHost[]]
  readonly user: string
  readonly database: string
  readonly password: Secret | undefined
  /** Where a password is looked for when none is given. */
  readonly passfile: string | undefined
  readonly encryption: Encryption
  readonly tls: TlsSettings
  readonly authentication: AuthenticationRules
  readonly sessionAttributes: SessionAttributes
  readonly shuffled: boolean
  /** Bound of the login at one host, in milliseconds. */
  readonly hostTimeoutMs: number | undefined
  /** Sent with the start-up message, beside user and database. */
  readonly startup: Readonly<Record<string, string>>
}

/** A target with the conditions of its options. */
export interface PostgresTarget extends PostgresServerTarget {
  readonly role: 'primary' | 'replica' | undefined
  readonly table: string | undefined
  readonly query: string | undefined
}

const DEFAULT_PORT = 5432

/**
 * Makes a target of a connection string, the variables and the TLS options. Where nothing names them, the user is that of
 * `USER` or `LOGNAME`, else `postgres` (libpq asks the system, where a container often has no such user); the database
 * is named as the user; the host is `localhost` (libpq takes a Unix socket, which another container cannot have).
 * Throws `UsageError`.
 */
export function parseTarget(
  text: string,
  options: OptionValues<typeof tlsOptions>,
  context: ParseContext,
): PostgresServerTarget {
  const given = parseConninfo(text)
  const parameters = addDefaults(given, context)
  checkNames(parameters)
  const hosts = parseHosts(parameters)
  refuseUnsupported(parameters, given, hosts, context)
  const user = parameters.user ?? (context.env['USER'] || context.env['LOGNAME'] || 'postgres')
  const database = parameters.dbname ?? user
  const { HOME } = context.env
  return {
    shown: show(hosts, user, database, given),
    secrets: secretsOf(parameters),
    hosts,
    user,
    database,
    password: parameters.password === undefined ? undefined : new Secret(parameters.password),
    passfile: parameters.passfile ?? (HOME ? `${HOME}/.pgpass` : undefined),
    ...encryption(parameters, options),
    authentication: authenticationRules(parameters),
    // Their values were checked when they were set.
    sessionAttributes: (parameters.target_session_attrs ?? 'any') as SessionAttributes,
    shuffled: parameters.load_balance_hosts === 'random',
    hostTimeoutMs: parseTimeout(parameters.connect_timeout),
    startup: {
      application_name: parameters.application_name ?? parameters.fallback_application_name ?? 'readywhen',
      ...(parameters.options !== undefined && { options: parameters.options }),
    },
  }
}

function secretsOf(parameters: Parameters): readonly Secret[] {
  const secrets: Secret[] = []
  for (const name of secretParameters) {
    const value = parameters[name]
    if (value !== undefined) secrets.push(new Secret(value))
  }
  return secrets
}

/** The hosts in their order: lists of `host`, `hostaddr` and `port` belong together item by item (34.1.1.3). */
function parseHosts(parameters: Parameters): readonly [PostgresHost, ...PostgresHost[]] {
  const names = parameters.host?.split(',')
  const addresses = parameters.hostaddr?.split(',')
  const ports = parameters.port?.split(',') ?? ['']
  const count = (addresses ?? names ?? ['']).length
  if (names !== undefined && names.length !== count) {
    throw new UsageError(`has ${names.length} in host but ${count} in hostaddr`)
  }
  if (ports.length !== 1 && ports.length !== count) {
    throw new UsageError(`has ${ports.length} ports for ${count} ${count === 1 ? 'host' : 'hosts'}`)
  }
  const hosts = Array.from({ length: count }, (_, i) => {
    const digits = (ports.length === 1 ? ports[0] : ports[i])?.trim() ?? ''
    const port = digits === '' ? DEFAULT_PORT : parsePort(digits)
    const name = names?.[i]?.trim() || addresses?.[i]?.trim() || 'localhost'
    // libpq takes its default for one that is left out, which a comma at the end does not mean.
    if (count > 1 && name === 'localhost' && names?.[i]?.trim() === '') {
      throw new UsageError('has an empty host in its list of hosts')
    }
    const named = endpoint(name, port)
    const address = addresses?.[i]?.trim()
    return { endpoint: address ? endpoint(address, port) : named, name, port }
  })
  return hosts as [PostgresHost, ...PostgresHost[]]
}

function endpoint(host: string, port: number): Endpoint {
  if (host.startsWith('/')) return { path: `${socketPath(host).replace(/\/+$/, '')}/.s.PGSQL.${port}` }
  if (host.startsWith('@')) throw new UsageError('has an abstract Unix socket, which is not supported')
  return { host: hostName(host), port }
}

function parseTimeout(seconds: string | undefined): number | undefined {
  if (seconds === undefined) return undefined
  const number = Number(seconds.trim())
  if (!Number.isInteger(number)) throw new UsageError('must have a connect_timeout of whole seconds')
  return number <= 0 || number > 86_400 ? undefined : number * 1000
}

/** The parameters that say something about the server and nothing secret; shown when the target itself gives them. */
const TELLING = ['sslmode', 'target_session_attrs'] as const

function show(hosts: readonly PostgresHost[], user: string, database: string, given: Parameters): string {
  const [first] = hosts
  const sockets = hosts.some(({ endpoint }) => 'path' in endpoint)
  const authority = !sockets
    ? hosts.map(({ name, port }) => `${formatHost(name)}:${port}`).join()
    : hosts.length === 1 && first?.port !== DEFAULT_PORT
      ? `:${first?.port}`
      : ''
  const query = sockets ? [`host=${hosts.map(({ name }) => name).join()}`] : []
  for (const name of TELLING) if (given[name] !== undefined) query.push(`${name}=${given[name]}`)
  const suffix = query.length > 0 ? `?${query.join('&')}` : ''
  return printable(`postgres://${escaped(user)}@${authority}/${escaped(database)}${suffix}`)
}

/** Escapes what would make the shown URL read otherwise; letters of all scripts stay as they are. */
function escaped(text: string): string {
  return /^\w*$/.test(text) ? text : text.replace(/[%@/?#:\s]/g, (character) => encodeURIComponent(character))
}
