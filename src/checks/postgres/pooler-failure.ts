import type { FailureDetail } from '../failure.ts'

/** What a pooler's refusal is in the codes of Postgres: no such user or a wrong password, a database, or the way in. */
type Code = '28P01' | '3D000' | '28000'

/** What passes: the server behind is not there yet, all slots are taken, or somebody has paused the database. */
const PASSING = [
  // PgBouncer; the error of the server that it repeats may be any, and is the pooler's own trouble.
  /server login has been failing|server login failed|cannot connect to server|server conn crashed|server DNS lookup failed/i,
  /(?:query_wait|client_login|connect)[ _]timeout|does not allow connections|database .* is disabled|is shutting down/i,
  /no more connections allowed|(?:client|max).* (?:connections?|clients?) (?:exceeded|reached)|too many (?:clients|active clients|servers|connections)/i,
  // PgCat, Odyssey, RDS Proxy, Supavisor.
  /could not get connection from the pool|all servers .*down|failed to get remote server connection|timed-out waiting/i,
  /unable to check ?out|circuit ?breaker|starting up/i,
]

/**
 * Refusals in the words of PgBouncer, PgCat, Odyssey, Pgpool-II, Supavisor and RDS Proxy, which come with codes that say
 * nothing (08P01, XX000, 58000). That is all of the message, but for what names the user, the database or the source.
 */
const REFUSALS: readonly (readonly [RegExp, Code])[] = [
  [/^no such database\b/i, '3D000'],
  [/^no pool configured for database\b/i, '3D000'],
  [/^(?:odyssey: \w+: )?route for .+ is not found/i, '3D000'],
  [/^(?:FATAL: )?database ".*" does not exist/i, '3D000'],
  [/^(?:"trust"|certificate|cert|peer|ident|GSSAPI) authentication failed/i, '28000'],
  [/^(?:SSL|TLS)(?: connection)?(?: is)? required/i, '28000'],
  [/^(?:not allowed|login rejected|unix socket login rejected)$/i, '28000'],
  [/^(?:[\w-]+ ){0,3}authentication failed\b/i, '28P01'],
  [/^no such user\b/i, '28P01'],
  [/\b(?:wrong|incorrect|invalid) (?:password|user(?:\/password)?)\b/i, '28P01'],
  [/^empty password returned by client/i, '28P01'],
  [/tenant(?: or |\/)user .*not found/i, '28P01'],
  [/^user .+ not found in default pool/i, '28P01'],
  [/^the password that was provided for the role .+ is wrong/i, '28P01'],
  [/has no credentials for the role\b/i, '28P01'],
]

/** The code that Postgres would have given to a pooler's refusal; nothing for what is none, or passes. */
export function poolerRefusal(message: string): Code | undefined {
  if (poolerPasses(message)) return undefined
  return REFUSALS.find(([pattern]) => pattern.test(message))?.[1]
}

/** Whether a pooler says that it, or its server, is not ready yet. */
export function poolerPasses(message: string): boolean {
  return PASSING.some((pattern) => pattern.test(message))
}

/** What a pooler does not take of the start-up message: it will not take it next time either. */
export function unsupportedParameter(
  message: string,
  said: string,
): Pick<FailureDetail, 'reason' | 'hint' | 'lasting'> | undefined {
  if (!/^unsupported (?:options )?startup parameter/i.test(message)) return undefined
  const hint = 'PgBouncer passes over what ignore_startup_parameters names'
  return { reason: `server error: ${said}`, hint, lasting: true }
}
