import { printable } from '../../plan/secret.ts'
import { Failure } from '../failure.ts'
import type { Attempt } from '../kind.ts'
import { type Login, LoginTurns } from '../login-turns.ts'
import { shuffle } from '../shuffle.ts'
import { type Endpoint, formatEndpoint, parseHostPort } from '../transport/endpoint.ts'
import { withPhases } from './phases.ts'
import { Session } from './session.ts'
import type { RedisTarget } from './target.ts'

/**
 * Asks the sentinels of a target where the primary of this name is (Redis, "Sentinel client spec"): all at once, so that
 * one which is gone costs no time, and the first that knows it decides. A password that one
 * rejects goes to no other in this attempt. Rejects with one `Failure` for all of them.
 */
export async function findPrimary(target: RedisTarget, name: string, attempt: Attempt): Promise<Endpoint> {
  const controller = new AbortController()
  const abort = (): void => controller.abort()
  attempt.signal.addEventListener('abort', abort)
  if (attempt.signal.aborted) abort()
  const one = target.endpoints.length === 1
  const quiet = withPhases(
    attempt,
    (phase) => attempt.waitingFor(one ? `${phase} at the sentinel` : 'the answer of a sentinel'),
    controller.signal,
  )
  const failures: SentinelFailure[] = []
  const turns = new LoginTurns()
  // One may be alone in not knowing a new password: in the next attempt another is given it first.
  const asked = shuffle(target.endpoints).map(async (sentinel) => {
    try {
      return await askSentinel(sentinel, target, name, quiet, turns.begin())
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      // What comes after a rejected password is no more than its end.
      if (!turns.rejected || error.code === 'WRONGPASS') failures.push({ sentinel, failure: error })
      if (turns.rejected) abort()
      throw error
    }
  })
  try {
    return await Promise.any(asked)
  } catch (error) {
    const bug = error instanceof AggregateError && error.errors.find((each) => !(each instanceof Failure))
    throw bug || combine(failures)
  } finally {
    attempt.signal.removeEventListener('abort', abort)
    abort()
    await Promise.allSettled(asked)
  }
}

interface SentinelFailure {
  readonly sentinel: Endpoint
  readonly failure: Failure
}

async function askSentinel(
  sentinel: Endpoint,
  target: RedisTarget,
  name: string,
  attempt: Attempt,
  login: Login,
): Promise<Endpoint> {
  const { tls, secrets, sentinelCredentials: credentials } = target
  const session = await Session.open(sentinel, { tls, secrets, credentials, login }, attempt)
  try {
    const ask = (): Promise<unknown> => session.ask('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name)
    try {
      return primaryAt(await ask(), name)
    } catch (error) {
      const wanted = error instanceof Failure && error.code === 'NOAUTH' && credentials === undefined
      if (!wanted || target.credentials === undefined) throw error
      // Often the password of the servers is that of the sentinels as well.
      await session.authenticate(target.credentials)
      return primaryAt(await ask(), name)
    }
  } catch (error) {
    throw error instanceof Failure && error.code === 'UNKNOWN_COMMAND' ? notSentinel(error) : error
  } finally {
    session.destroy()
  }
}

function primaryAt(answer: unknown, name: string): Endpoint {
  if (answer === null) {
    throw new Failure({
      code: 'NO_MASTER',
      reason: `no primary is named "${printable(name)}"`,
      hint: 'SENTINEL MASTERS lists the names',
      lasting: true,
    })
  }
  const [host, port] = Array.isArray(answer) ? answer.map(String) : []
  try {
    return parseHostPort(`${host?.includes(':') ? `[${host}]` : host}:${port}`)
  } catch {
    throw new Failure({ code: 'NOT_SENTINEL', reason: 'the answer is not an address', lasting: true })
  }
}

function notSentinel(failure: Failure): Failure {
  return new Failure({
    ...failure,
    code: 'NOT_SENTINEL',
    reason: 'knows no SENTINEL commands',
    hint: 'sentinel= takes the addresses of sentinels (mostly port 26379), not those of the servers',
  })
}

/** One failure for all sentinels: those that answered count more than those that could not be reached. */
function combine(failures: readonly SentinelFailure[]): Failure {
  const answered = failures.filter(({ failure }) => !failure.down)
  const relevant = answered.length > 0 ? answered : failures
  const byReason = Map.groupBy(relevant, ({ failure }) => failure.reason)
  const listed = [...byReason].map(([reason, of]) =>
    byReason.size === 1 && of.length === failures.length
      ? reason
      : `${of.map(({ sentinel }) => formatEndpoint(sentinel)).join(' and ')}: ${reason}`,
  )
  const first = relevant[0]?.failure
  return new Failure({
    code: first?.code ?? 'ABORTED',
    reason: `${failures.length === 1 ? 'sentinel' : 'sentinels'}: ${listed.join('; ')}`,
    hint: relevant.find(({ failure }) => failure.hint !== undefined)?.failure.hint,
    lasting: relevant.every(({ failure }) => failure.lasting),
    rejectsLogin: failures.some(({ failure }) => failure.rejectsLogin),
    down: relevant.every(({ failure }) => failure.down),
  })
}
