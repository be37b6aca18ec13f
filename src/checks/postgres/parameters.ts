import { didYouMean } from '../../plan/suggest.ts'
import { UsageError } from '../../plan/usage-error.ts'

interface Parameter {
  /** The variable that gives it where the target does not. */
  readonly env?: string
  readonly values?: readonly string[]
  readonly secret?: true
}

const used = {
  host: { env: 'PGHOST' },
  hostaddr: { env: 'PGHOSTADDR' },
  port: { env: 'PGPORT' },
  dbname: { env: 'PGDATABASE' },
  user: { env: 'PGUSER' },
  password: { env: 'PGPASSWORD', secret: true },
  passfile: { env: 'PGPASSFILE' },
  service: { env: 'PGSERVICE' },
  servicefile: { env: 'PGSERVICEFILE' },
  connect_timeout: { env: 'PGCONNECT_TIMEOUT' },
  options: { env: 'PGOPTIONS' },
  application_name: { env: 'PGAPPNAME' },
  fallback_application_name: {},
  sslmode: {
    env: 'PGSSLMODE',
    values: ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'],
  },
  sslnegotiation: { env: 'PGSSLNEGOTIATION', values: ['postgres', 'direct'] },
  sslrootcert: { env: 'PGSSLROOTCERT' },
  sslcert: { env: 'PGSSLCERT' },
  sslkey: { env: 'PGSSLKEY' },
  target_session_attrs: {
    env: 'PGTARGETSESSIONATTRS',
    values: ['any', 'read-write', 'read-only', 'primary', 'standby', 'prefer-standby'],
  },
  load_balance_hosts: { env: 'PGLOADBALANCEHOSTS', values: ['disable', 'random'] },
} satisfies Record<string, Parameter>

/**
 * Known to libpq, accepted and without effect here: they tune a connection that lives longer than a check, or make the
 * client pickier about a server that answers all the same. Their variables are not looked at.
 */
const ignored = {
  channel_binding: { values: ['disable', 'prefer', 'require'] },
  client_encoding: {},
  gssdelegation: { values: ['0', '1'] },
  gssencmode: { values: ['disable', 'prefer', 'require'] },
  gsslib: {},
  keepalives: {},
  keepalives_count: {},
  keepalives_idle: {},
  keepalives_interval: {},
  krbsrvname: {},
  max_protocol_version: {},
  min_protocol_version: {},
  oauth_client_id: {},
  oauth_client_secret: { secret: true },
  oauth_issuer: {},
  oauth_scope: {},
  replication: {},
  require_auth: {},
  requirepeer: {},
  requiressl: { values: ['0', '1'] },
  scram_client_key: { secret: true },
  scram_server_key: { secret: true },
  ssl_max_protocol_version: {},
  ssl_min_protocol_version: {},
  sslcertmode: { values: ['disable', 'allow', 'require'] },
  sslcompression: { values: ['0', '1'] },
  sslcrl: {},
  sslcrldir: {},
  sslkeylogfile: {},
  sslpassword: { secret: true },
  sslsni: { values: ['0', '1'] },
  tcp_user_timeout: {},
} satisfies Record<string, Parameter>

/** The connection parameters of libpq (PostgreSQL 18, 34.1.2) that readywhen acts upon. */
export type ParameterName = keyof typeof used

/** What a target, a service file or the environment says; never an empty value, which libpq takes for none. */
export type Parameters = { readonly [K in keyof typeof used | keyof typeof ignored]?: string }

const all: Readonly<Record<string, Parameter>> = { ...used, ...ignored }

/** The variables that stand in for parameters. */
export const variables: readonly (readonly [ParameterName, string])[] = Object.entries(
  used as Record<string, Parameter>,
).flatMap(([name, { env }]) => (env === undefined ? [] : [[name as ParameterName, env] as const]))

/** The parameters whose values are secrets. */
export const secretParameters = Object.keys(all).filter((name) => all[name]?.secret) as (keyof Parameters)[]

/** Gathers parameters; the last value of a name counts. Throws `UsageError` for what libpq would not take. */
export class ParameterList {
  readonly #values: Record<string, string> = {}

  /**
   * `quotable` tells that the name, if it is unknown, can be repeated in the error: it is no part of a password that was
   * torn apart.
   */
  set(name: string, value: string, quotable = true): void {
    const parameter = Object.hasOwn(all, name) ? all[name] : undefined
    if (parameter === undefined) {
      const near = didYouMean(name, Object.keys(all))
      const named = near !== '' || (quotable && /^[A-Za-z][\w-]{0,40}$/.test(name))
      throw new UsageError(
        named
          ? `has the unknown connection parameter "${name}"${near}`
          : 'has an unknown connection parameter (a value with spaces or special characters must be quoted)',
      )
    }
    checkValue(name, name, value)
    this.#values[name] = value
  }

  get(): Parameters {
    return Object.fromEntries(Object.entries(this.#values).filter(([, value]) => value !== ''))
  }
}

/** Checks a value against what its parameter takes; `origin` is how the error names it. Throws `UsageError`. */
export function checkValue(name: string, origin: string, value: string): void {
  const values = all[name]?.values
  if (value === '' || values === undefined || values.includes(value)) return
  throw new UsageError(`has an unknown ${origin}${didYouMean(value, values)}: must be ${orList(values)}`)
}

function orList(words: readonly string[]): string {
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}
