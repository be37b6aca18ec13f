import { Failure } from '../failure.ts'
import type { Attempt, Ready } from '../kind.ts'
import { LoginTurns } from '../login-turns.ts'
import { shuffle } from '../shuffle.ts'
import { checkAnswers, checkQuery, checkRole, checkTable } from './conditions.ts'
import { Decided, type HostAttempt, tryHosts } from './hosts.ts'
import { HandshakeFailure, openConnection } from './negotiation.ts'
import { NotAdmitted, Session } from './session.ts'
import type { PostgresHost, PostgresTarget, SessionAttributes } from './target.ts'

/** One attempt: logs in at the first host that is as asked for and puts its conditions to it. */
export async function probePostgres(target: PostgresTarget, attempt: Attempt): Promise<Ready> {
  const hosts = target.shuffled ? shuffle(target.hosts) : target.hosts
  const attributes = target.sessionAttributes
  const turns = new LoginTurns()
  const round = (wanted: SessionAttributes): Promise<Ready> =>
    tryHosts(hosts, attempt, target.hostTimeoutMs, (host, hostAttempt) =>
      probeHost(host, target, wanted, hostAttempt, turns),
    )
  if (attributes !== 'prefer-standby') return round(attributes)
  try {
    return await round('standby')
  } catch (error) {
    const decided = error instanceof Failure && error.lasting
    if (decided || turns.rejected || attempt.signal.aborted) throw error
    return round('any')
  }
}

async function probeHost(
  host: PostgresHost,
  target: PostgresTarget,
  attributes: SessionAttributes,
  attempt: HostAttempt,
  turns: LoginTurns,
): Promise<Ready> {
  const session = await logIn(host, target, attempt, turns).catch((error: unknown) => {
    // Whatever the words: no other host may be given the same password.
    throw turns.rejected && error instanceof Failure ? new Decided(error) : error
  })
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
 * way round where the first was not admitted; other than in libpq, not after a password was given.
 */
async function logIn(
  host: PostgresHost,
  target: PostgresTarget,
  attempt: Attempt,
  turns: LoginTurns,
): Promise<Session> {
  const mode = 'path' in host.endpoint ? 'disable' : target.encryption.mode
  let passwordGiven = false
  const open = async (tls: 'no' | 'if offered' | 'yes'): Promise<Session> => {
    const login = turns.begin()
    try {
      return await Session.open(
        await openConnection(host, target, tls, attempt),
        host,
        target,
        attempt,
        login,
      )
    } finally {
      passwordGiven = login.passwordGiven
    }
  }
  if (mode === 'disable') return open('no')
  if (mode === 'require') return open('yes')
  const [first, second] = mode === 'allow' ? (['no', 'yes'] as const) : (['if offered', 'no'] as const)
  try {
    return await open(first)
  } catch (error) {
    if (attempt.signal.aborted || passwordGiven || !notAdmitted(error)) throw error
    try {
      return await open(second)
    } catch (again) {
      // When neither way is admitted, or the other is not there, the first tells more.
      throw notAdmitted(again) || isOf(again, /^(NO_TLS|CHANNEL_BINDING)$/) ? error : again
    }
  }
}

/** Not what our own TLS cannot do: another client would have gone on with it. */
function notAdmitted(error: unknown): boolean {
  if (isOf(error, /^TLS_UNSUPPORTED/)) return false
  return error instanceof HandshakeFailure || error instanceof NotAdmitted || isOf(error, /^TLS_/)
}

function isOf(error: unknown, codes: RegExp): boolean {
  return error instanceof Failure && codes.test(error.code)
}
