import { printable } from '../../plan/secret.ts'
import { Failure } from '../failure.ts'
import type { Attempt, Ready } from '../kind.ts'
import { type Endpoint, formatEndpoint } from '../transport/endpoint.ts'
import { Moved } from './error-reply.ts'
import { withPhases } from './phases.ts'
import { findPrimary } from './sentinel.ts'
import { Session } from './session.ts'
import type { RedisTarget } from './target.ts'

/** Every cluster has as many hash slots. */
const SLOTS = 16_384

/** One attempt: logs in, selects the database, asks PING and what the options ask for. */
export async function probeRedis(target: RedisTarget, attempt: Attempt): Promise<Ready> {
  const { sentinel, endpoints } = target
  if (sentinel === undefined) return { detail: await probeServer(endpoints[0], target, attempt) }
  const primary = await findPrimary(target, sentinel, attempt)
  const place = printable(formatEndpoint(primary))
  const named = withPhases(attempt, (phase) => attempt.waitingFor(`${phase} at the primary ${place}`))
  try {
    return { detail: `${await probeServer(primary, target, named)} ${place}` }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    throw new Failure({ ...error, reason: `primary ${place}: ${error.reason}` })
  }
}

/** Gives what was found, in a few words. */
async function probeServer(endpoint: Endpoint, target: RedisTarget, attempt: Attempt): Promise<string> {
  const session = await Session.open(endpoint, target, attempt)
  const found = ['PONG']
  try {
    if (target.db !== 0) await session.select(target.db)
    await checkPing(session)
    if (target.cluster) found.push(await checkCluster(session))
    if (target.key !== undefined) await checkKey(session, target.key, target, attempt)
    if (target.role !== undefined) found.push(await checkRole(session, target.role))
    return found.join(', ')
  } finally {
    session.destroy()
  }
}

async function checkPing(session: Session): Promise<void> {
  const answer = await session.ask('PING')
  if (answer === 'PONG') return
  const quoted = session.quote(String(answer))
  throw new Failure({ code: 'NOT_REDIS', reason: `answered "${quoted}" to PING`, lasting: true })
}

async function checkRole(session: Session, wanted: 'primary' | 'replica'): Promise<string> {
  const answer = await session.ask('ROLE')
  const role = Array.isArray(answer) ? String(answer[0]) : ''
  const found = { master: 'primary', slave: 'replica', sentinel: 'sentinel' }[role]
  if (found === wanted) return found
  const sentinel = found === 'sentinel'
  throw new Failure({
    code: 'WRONG_ROLE',
    reason: found === undefined ? `has the role "${session.quote(role)}"` : `is a ${found}`,
    hint: sentinel ? 'sentinel=NAME asks it for the primary of that name' : undefined,
    lasting: sentinel,
  })
}

/** CLUSTER INFO: lines of `name:value`. */
async function checkCluster(session: Session): Promise<string> {
  const text = String(await session.ask('CLUSTER', 'INFO'))
  const fields = new Map(text.split(/\r?\n/).map((line) => [line.split(':')[0], line.split(':')[1]]))
  const state = fields.get('cluster_state')
  if (state === 'ok') return 'cluster ok'
  const slots = Number(fields.get('cluster_slots_ok'))
  const serving = slots < SLOTS ? ` (${slots} of ${SLOTS} slots are served)` : ''
  throw new Failure({
    code: 'CLUSTER_STATE',
    reason: `cluster_state:${session.quote(state ?? 'unknown')}${serving}`,
  })
}

/** Follows one redirection: after that the cluster is changing, and the next attempt will see how. */
async function checkKey(session: Session, key: string, target: RedisTarget, attempt: Attempt): Promise<void> {
  let count: unknown
  try {
    count = await session.ask('EXISTS', key)
  } catch (error) {
    if (!(error instanceof Moved)) throw error
    const other = await Session.open(error.to, target, attempt)
    try {
      count = await other.ask('EXISTS', key)
    } finally {
      other.destroy()
    }
  }
  if (count !== 1) throw new Failure({ code: 'NO_KEY', reason: `key "${printable(key, 60)}" does not exist` })
}
