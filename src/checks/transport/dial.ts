import net from 'node:net'
import { systemClock } from '../../wait/clock.ts'
import { afterPatience } from '../../wait/patience.ts'
import { Failure } from '../failure.ts'
import type { Attempt } from '../kind.ts'
import { lookupAddresses } from '../resolver/lookup.ts'
import { combineFailures, type FailedPeer, givenUp, listAddresses, withPodHint } from './dial-failure.ts'
import type { Endpoint } from './endpoint.ts'
import { serviceHint } from './service-hint.ts'
import { systemFailure } from './system-failure.ts'

/** RFC 8305, 5: how long an address may be silent before the next one is tried beside it. */
const ATTEMPT_DELAY_MS = 250

/**
 * Connects to an endpoint: resolves its name as a pod would and tries its addresses one beside the other (RFC 8305).
 * Gives a connected socket without listeners, Nagle's delay off; from here on the caller minds `attempt.signal`.
 * Rejects with `Failure` (refused, unreachable, no such name, …), at once when the attempt is aborted.
 */
export function dial(endpoint: Endpoint, attempt: Attempt): Promise<net.Socket> {
  if ('path' in endpoint) return connectFirst([endpoint], attempt, undefined)
  const { host: name, port } = endpoint
  if (net.isIP(name) !== 0) return connectFirst([endpoint], attempt, name)
  return lookupAddresses(name, attempt).then((addresses) => {
    const peers = addresses.map((host) => ({ host, port }))
    return connectFirst(peers, attempt, name)
  })
}

/** Gives the first connection that is accepted and destroys the others; `name` is what a person called the peers. */
function connectFirst(
  peers: readonly Endpoint[],
  attempt: Attempt,
  name: string | undefined,
): Promise<net.Socket> {
  if (attempt.signal.aborted) return Promise.reject(givenUp())
  return new Promise((resolve, reject) => new Dialing(peers, attempt, name, resolve, reject).startNext())
}

/** An object and no closures that know each other: nothing is left of it for a collector to find. */
class Dialing {
  readonly #peers: readonly Endpoint[]
  readonly #attempt: Attempt
  readonly #name: string | undefined
  /** The usual cause where nobody answers. */
  readonly #hint: string | undefined
  readonly #resolve: (socket: net.Socket) => void
  readonly #reject: (failure: Failure) => void
  #open: readonly net.Socket[] = []
  #failed: readonly FailedPeer[] = []
  #started = 0
  #cancelDelay: (() => void) | undefined

  constructor(
    peers: readonly Endpoint[],
    attempt: Attempt,
    name: string | undefined,
    resolve: (socket: net.Socket) => void,
    reject: (failure: Failure) => void,
  ) {
    this.#peers = peers
    this.#attempt = attempt
    this.#name = name
    this.#hint = name === undefined ? undefined : serviceHint(name, 'silent')
    this.#resolve = resolve
    this.#reject = reject
    attempt.waitingFor(acceptance(peers), this.#hint)
    attempt.signal.addEventListener('abort', this)
  }

  /** The attempt is over. */
  handleEvent(): void {
    this.#lose(givenUp())
  }

  startNext(): void {
    this.#cancelDelay?.()
    const peer = this.#peers[this.#started]
    if (peer === undefined) return
    this.#started += 1
    const socket = net.connect({ ...peer })
    this.#open = [...this.#open, socket]
    socket.on('connect', () => this.#win(socket))
    socket.on('error', (error) => this.#note(socket, peer, error))
    if (this.#started < this.#peers.length)
      this.#cancelDelay = afterPatience(systemClock, ATTEMPT_DELAY_MS, () => this.startNext())
  }

  #note(socket: net.Socket, peer: Endpoint, error: Error): void {
    this.#forget(socket)
    const failure =
      systemFailure(error) ?? new Failure({ code: 'CONNECT', reason: `cannot connect: ${error.message}` })
    this.#failed = [...this.#failed, { peer, failure }]
    if (this.#failed.length === this.#peers.length) {
      const failure = combineFailures(this.#failed)
      this.#lose(this.#name === undefined ? failure : withPodHint(failure, this.#name))
      return
    }
    const left = this.#peers.filter((one) => this.#failed.every((other) => other.peer !== one))
    this.#attempt.waitingFor(acceptance(left), this.#hint)
    this.startNext()
  }

  #win(socket: net.Socket): void {
    this.#forget(socket)
    this.#close()
    socket.setNoDelay(true)
    this.#resolve(socket)
  }

  #lose(failure: Failure): void {
    this.#close()
    this.#reject(failure)
  }

  #forget(socket: net.Socket): void {
    this.#open = this.#open.filter((other) => other !== socket)
    socket.removeAllListeners('connect')
    socket.removeAllListeners('error')
  }

  #close(): void {
    this.#cancelDelay?.()
    this.#attempt.signal.removeEventListener('abort', this)
    for (const socket of this.#open) {
      this.#forget(socket)
      // It may still report an error that was on its way.
      socket.on('error', ignore)
      socket.destroy()
    }
  }
}

function ignore(): void {}

function acceptance(peers: readonly Endpoint[]): string {
  return `the connection to be accepted${peers.length > 1 ? ` by ${listAddresses(peers, 'or')}` : ''}`
}
