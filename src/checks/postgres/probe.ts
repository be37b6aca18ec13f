import { Failure } from '../failure.ts'
import type { Attempt, Ready } from '../kind.ts'
import { checkAnswers, checkQuery, checkRole, checkTable } from './conditions.ts'
import { Decided, type HostAttempt, tryHosts } from './hosts.ts'
import { HandshakeFailure, openConnection } from './negotiation.ts'
import { Session } from './session.ts'
import type { PostgresHost, PostgresTarget, SessionAttributes } from './target.ts'

/** One attempt: logs in at the first host that is as asked for and puts its conditions to it. */
export async function probePostgres(target: PostgresTarget, attempt: Attempt): Promise<Ready> {
  const hosts = target.shuffled ? shuffle(target.hosts) : target.hosts
  const attributes = target.sessionAttributes
  const round = (wanted: SessionAttributes): Promise<Ready> =>
    tryHosts(hosts, attempt, target.hostTimeoutMs, (host, hostAttempt) =>
      probeHost(host, target, wanted, hostAttempt),
    )
  if (attributes !== 'prefer-standby') return round(attributes)
  try {
    return await round('standby')
  } catch (error) {
    const decided = error instanceof Failure && error.lasting
    if (decided || attempt.signal.aborted) throw error
    return round('any')
  }
}

async function probeHost(
  host: PostgresHost,
  target: PostgresTarget,
  attributes: SessionAttributes,
  attempt: HostAttempt,
): Promise<Ready> {
  const session = await logIn(host, target, attempt)
  try {
    attempt.connected()
    await checkAnswers(session)
    const role = await checkRole(session, target.role, attributes)
    await decide(async () => {
      if (target.table !== undefined) await checkTable(session, target.table)
      if (target.query !== undefined) await checkQuery(session, target.query)
    })
    await session.close()
    return { detail: ['PostgreSQL', session.version].filter(Boolean).join(' ') + (role ? `, ${role}` : '') }
  } finally {
    session.destroy()
  }
}

/** From here on this is the host: its failures are the answer. */
async function decide(check: () => Promise<void>): Promise<void> {
  try {
    await check()
  } catch (error) {
    throw error instanceof Failure ? new Decided(error) : error
  }
}

/**
 * Logs in with or without TLS, as `sslmode` says (PostgreSQL, 34.19). `allow` and `prefer` have a second try the other
 * way round where the first was not admitted; other than in libpq, not after a password was rejected.
 */
async function logIn(host: PostgresHost, target: PostgresTarget, attempt: Attempt): Promise<Session> {
  const mode = 'path' in host.endpoint ? 'disable' : target.encryption.mode
  const open = async (tls: 'no' | 'if offered' | 'yes'): Promise<Session> =>
    Session.open(await openConnection(host, target, tls, attempt), host, target, attempt)
  if (mode === 'disable') return open('no')
  if (mode === 'require') return open('yes')
  const [first, second] = mode === 'allow' ? (['no', 'yes'] as const) : (['if offered', 'no'] as const)
  try {
    return await open(first)
  } catch (error) {
    if (attempt.signal.aborted || !notAdmitted(error)) throw error
    try {
      return await open(second)
    } catch (again) {
      // When neither way is admitted, or the other is not there, the first tells more.
      throw notAdmitted(again) || (again instanceof Failure && again.code === 'NO_TLS') ? error : again
    }
  }
}

/** Not what our own TLS cannot do: another client would have gone on with it. */
function notAdmitted(error: unknown): error is Failure {
  if (error instanceof Failure && error.code.startsWith('TLS_UNSUPPORTED')) return false
  return error instanceof HandshakeFailure || (error instanceof Failure && /^(28000|TLS_)/.test(error.code))
}

function shuffle<T>(items: readonly T[]): readonly T[] {
  return items
    .map((item) => ({ item, key: Math.random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item)
}
