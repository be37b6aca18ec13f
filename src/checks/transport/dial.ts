import net from 'node:net'
import process from 'node:process'
import { Failure } from '../failure.ts'
import type { Attempt } from '../kind.ts'
import { lookupAddresses } from '../resolver/lookup.ts'
import type { Endpoint } from './endpoint.ts'
import { systemFailure } from './system-failure.ts'

/** RFC 8305, 5: how long an address may be silent before the next one is tried beside it. */
const ATTEMPT_DELAY_MS = 250

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
  attempt.waitingFor('the connection to be accepted')
  return new Promise((resolve, reject) => {
    const sockets = new Set<net.Socket>()
    const failures: Failed[] = []
    let started = 0
    let timer: NodeJS.Timeout | undefined

    function startNext(): void {
      clearTimeout(timer)
      const peer = peers[started]
      if (peer === undefined) return
      started += 1
      const socket = net.connect({ ...peer })
      sockets.add(socket)
      socket.once('connect', () => accept(socket))
      socket.once('error', (error) => {
        failures.push({ peer, failure: systemFailure(error) ?? unknownFailure(error) })
        if (failures.length === peers.length) fail(combine(failures))
        else startNext()
      })
      if (started < peers.length) timer = setTimeout(startNext, ATTEMPT_DELAY_MS)
    }

    function accept(winner: net.Socket): void {
      winner.removeAllListeners()
      sockets.delete(winner)
      closeOthers()
      winner.setNoDelay(true)
      resolve(winner)
    }

    function fail(failure: Failure): void {
      closeOthers()
      reject(failure)
    }

    function closeOthers(): void {
      clearTimeout(timer)
      attempt.signal.removeEventListener('abort', abandon)
      for (const socket of sockets) {
        socket.removeAllListeners()
        // It may still report an error that was on its way when it was destroyed.
        socket.on('error', () => {})
        socket.destroy()
      }
    }

    function abandon(): void {
      fail(givenUp())
    }

    attempt.signal.addEventListener('abort', abandon)
    startNext()
  })
}

function combine(failures: readonly Failed[]): Failure {
  return failures.at(-1)?.failure ?? givenUp()
}

function givenUp(): Failure {
  return new Failure({ code: 'ABORTED', reason: 'given up before the connection was accepted' })
}

function unknownFailure(error: Error): Failure {
  return new Failure({ code: 'CONNECT', reason: `cannot connect: ${error.message}` })
}

/** In a pod `localhost` is the pod: a usual slip of those who come from one machine with everything on it. */
function withLocalhostHint(failure: Failure, host: string): Failure {
  if (failure.code !== 'ECONNREFUSED' || process.env['KUBERNETES_SERVICE_HOST'] === undefined) return failure
  if (host !== 'localhost' && host !== '127.0.0.1' && host !== '::1') return failure
  const hint = `${host} is this pod itself: a server of another pod is reached by the name of its Service`
  return new Failure({ ...failure, hint })
}
