import process from 'node:process'
import { Failure } from '../failure.ts'
import type { Endpoint } from './endpoint.ts'
import { serviceHint } from './service-hint.ts'

/** An address (or socket) that did not accept the connection, and why. */
export interface FailedPeer {
  readonly peer: Endpoint
  readonly failure: Failure
}

/** Nothing was sent: this machine has no address, or no route, of the kind. */
const NO_WAY_FROM_HERE: ReadonlySet<string> = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'ENETUNREACH'])
const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1'])
const MOST_LISTED = 3

/**
 * One failure for all addresses that were tried: what they have in common, or each one's reason. Addresses that this
 * machine has no way to (IPv6 of a name in an IPv4 cluster) are not worth a word where others could be reached.
 */
export function combineFailures(failed: readonly FailedPeer[]): Failure {
  const reachable = failed.filter(({ failure }) => !NO_WAY_FROM_HERE.has(failure.code))
  const relevant = reachable.length > 0 ? reachable : failed
  const [first, ...others] = relevant
  if (first === undefined) return givenUp()
  if (others.length === 0) return first.failure

  const byReason = Map.groupBy(relevant, ({ failure }) => failure.reason)
  const isOneMachine = relevant.every(({ peer }) => LOOPBACK.has(address(peer)))
  if (byReason.size === 1 && isOneMachine) return first.failure
  return new Failure({
    code: first.failure.code,
    reason:
      byReason.size === 1
        ? `${first.failure.reason} (all ${relevant.length} addresses)`
        : [...byReason]
            .map(
              ([reason, of]) =>
                `${reason} (${listAddresses(
                  of.map(({ peer }) => peer),
                  'and',
                )})`,
            )
            .join(', '),
    hint: relevant.find(({ failure }) => failure.hint !== undefined)?.failure.hint,
    lasting: relevant.every(({ failure }) => failure.lasting),
    down: relevant.every(({ failure }) => failure.down),
  })
}

/** Names a few addresses: `10.0.0.1, 10.0.0.2 and 3 more`. */
export function listAddresses(peers: readonly Endpoint[], conjunction: 'and' | 'or'): string {
  const addresses = peers.map(address)
  const listed = addresses.length > MOST_LISTED ? addresses.slice(0, MOST_LISTED - 1) : addresses.slice(0, -1)
  const last = addresses.length > MOST_LISTED ? `${addresses.length - listed.length} more` : addresses.at(-1)
  return listed.length === 0 ? `${last}` : `${listed.join(', ')} ${conjunction} ${last}`
}

function address(peer: Endpoint): string {
  return 'path' in peer ? peer.path : peer.host
}

/**
 * Adds what a refusal usually means to one who is in a pod. `localhost` is the pod there: a usual slip of those who come
 * from one machine with everything on it.
 */
export function withPodHint(failure: Failure, host: string): Failure {
  if (failure.code !== 'ECONNREFUSED' || process.env['KUBERNETES_SERVICE_HOST'] === undefined) return failure
  const hint =
    host === 'localhost' || LOOPBACK.has(host)
      ? `${host} is this pod itself: a server of another pod is reached by the name of its Service`
      : serviceHint(host, 'refused')
  return hint === undefined ? failure : new Failure({ ...failure, hint })
}

/** What a dial ends with when its attempt is over; nobody reads it. */
export function givenUp(): Failure {
  return new Failure({ code: 'ABORTED', reason: 'given up before the connection was accepted' })
}
