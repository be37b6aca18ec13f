import net from 'node:net'
import process from 'node:process'
import { Failure } from '../failure.ts'
import type { Attempt } from '../kind.ts'
import { lookupAddresses } from '../resolver/lookup.ts'
import type { Endpoint } from './endpoint.ts'
import { systemFailure } from './system-failure.ts'

/** RFC 8305, 5: how long an address may be silent before the next one is tried beside it. */
const ATTEMPT_DELAY_MS = 250

const NO_WAY_FROM_HERE: ReadonlySet<string> = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'ENETUNREACH'])
const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1'])

interface Failed {
  readonly peer: Peer
  readonly failure: Failure
}

type Peer = { readonly host: string; readonly port: number } | { readonly path: string }

/**
 * Connects to an endpoint: resolves its name as a pod would and tries its addresses one beside the other (RFC 8305).
 * Gives a connected socket without listeners, Nagle's delay off; from here on the caller minds `attempt.signal`.
 * Rejects with `Failure` (refused, unreachable, no such name, …), at once when the attempt is aborted.
 */
export async function dial(endpoint: Endpoint, attempt: Attempt): Promise<net.Socket> {
  if ('path' in endpoint) return connectFirst([endpoint], attempt)
  const addresses = await lookupAddresses(endpoint.host, attempt)
  try {
    return await connectFirst(
      addresses.map((host) => ({ host, port: endpoint.port })),
      attempt,
    )
  } catch (error) {
    throw error instanceof Failure ? withLocalhostHint(error, endpoint.host) : error
  }
}

/** Gives the first connection that is accepted and destroys the others. */
function connectFirst(peers: readonly Peer[], attempt: Attempt): Promise<net.Socket> {
  if (attempt.signal.aborted) return Promise.reject(givenUp())
  const by = peers.length > 1 ? ` by ${shortList(peers.map(address), 'or')}` : ''
  attempt.waitingFor(`the connection to be accepted${by}`)
  return new Promise((resolve, reject) => {
    const abandoned = new Set<() => void>()
    const failed: Failed[] = []
    let started = 0
    let timer: NodeJS.Timeout | undefined

    function startNext(): void {
      clearTimeout(timer)
      const peer = peers[started]
      if (peer === undefined) return
      started += 1
      const abandon = connect(peer, win, (failure) => {
        abandoned.delete(abandon)
        failed.push({ peer, failure })
        if (failed.length === peers.length) lose(combine(failed))
        else startNext()
      })
      abandoned.add(abandon)
      if (started < peers.length) timer = setTimeout(startNext, ATTEMPT_DELAY_MS)
    }

    function win(socket: net.Socket): void {
      close()
      socket.setNoDelay(true)
      resolve(socket)
    }

    function lose(failure: Failure): void {
      close()
      reject(failure)
    }

    function close(): void {
      clearTimeout(timer)
      attempt.signal.removeEventListener('abort', onAbort)
      for (const abandon of abandoned) abandon()
    }

    const onAbort = () => lose(givenUp())
    attempt.signal.addEventListener('abort', onAbort)
    startNext()
  })
}

/** Starts one connection and gives what ends it early. One of the two callbacks comes, and none once it was ended. */
function connect(
  peer: Peer,
  onConnected: (socket: net.Socket) => void,
  onFailed: (failure: Failure) => void,
): () => void {
  const socket = net.connect({ ...peer })
  function connected(): void {
    forget()
    onConnected(socket)
  }
  function failed(error: Error): void {
    forget()
    onFailed(
      systemFailure(error) ?? new Failure({ code: 'CONNECT', reason: `cannot connect: ${error.message}` }),
    )
  }
  let open = true
  function forget(): void {
    open = false
    socket.off('connect', connected)
    socket.off('error', failed)
  }
  socket.on('connect', connected)
  socket.on('error', failed)
  return () => {
    if (!open) return
    forget()
    // It may still report an error that was on its way.
    socket.on('error', () => {})
    socket.destroy()
  }
}

/**
 * One failure for all addresses that were tried: what they have in common, or each one's reason. Addresses that this
 * machine has no way to (IPv6 of a name in an IPv4 cluster) are not worth a word where others could be reached.
 */
function combine(failed: readonly Failed[]): Failure {
  const reachable = failed.filter(({ failure }) => !NO_WAY_FROM_HERE.has(failure.code))
  const relevant = reachable.length > 0 ? reachable : failed
  const [first, ...others] = relevant
  if (first === undefined) return givenUp()
  if (others.length === 0 || relevant.every(({ peer }) => LOOPBACK.has(address(peer)))) return first.failure

  const byReason = new Map<string, string[]>()
  for (const { peer, failure } of relevant) {
    byReason.set(failure.reason, [...(byReason.get(failure.reason) ?? []), address(peer)])
  }
  return new Failure({
    code: first.failure.code,
    reason:
      byReason.size === 1
        ? `${first.failure.reason} (all ${relevant.length} addresses)`
        : [...byReason].map(([reason, addresses]) => `${reason} (${shortList(addresses, 'and')})`).join(', '),
    hint: relevant.find(({ failure }) => failure.hint !== undefined)?.failure.hint,
    lasting: relevant.every(({ failure }) => failure.lasting),
    down: relevant.every(({ failure }) => failure.down),
  })
}

function address(peer: Peer): string {
  return 'path' in peer ? peer.path : peer.host
}

function shortList(words: readonly string[], conjunction: string): string {
  if (words.length > 3) return `${words.slice(0, 2).join(', ')} ${conjunction} ${words.length - 2} more`
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} ${conjunction} ${words.at(-1)}`
}

function givenUp(): Failure {
  return new Failure({ code: 'ABORTED', reason: 'given up before the connection was accepted' })
}

/** In a pod `localhost` is the pod: a usual slip of those who come from one machine with everything on it. */
function withLocalhostHint(failure: Failure, host: string): Failure {
  if (failure.code !== 'ECONNREFUSED' || process.env['KUBERNETES_SERVICE_HOST'] === undefined) return failure
  if (host !== 'localhost' && !LOOPBACK.has(host)) return failure
  const hint = `${host} is this pod itself: a server of another pod is reached by the name of its Service`
  return new Failure({ ...failure, hint })
}
