import net from 'node:net'
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
export async function dial(endpoint: Endpoint, attempt: Attempt): Promise<net.Socket> {
  if ('path' in endpoint) return connectFirst([endpoint], attempt, undefined)
  const addresses = await lookupAddresses(endpoint.host, attempt)
  try {
    return await connectFirst(
      addresses.map((host) => ({ host, port: endpoint.port })),
      attempt,
      serviceHint(endpoint.host, 'silent'),
    )
  } catch (error) {
    throw error instanceof Failure ? withPodHint(error, endpoint.host) : error
  }
}

/** Gives the first connection that is accepted and destroys the others; the hint is for when nobody answers. */
function connectFirst(
  peers: readonly Endpoint[],
  attempt: Attempt,
  hint: string | undefined,
): Promise<net.Socket> {
  if (attempt.signal.aborted) return Promise.reject(givenUp())
  attempt.waitingFor(acceptance(peers), hint)
  return new Promise((resolve, reject) => {
    const abandoned = new Set<() => void>()
    const failed: FailedPeer[] = []
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
        if (failed.length === peers.length) lose(combineFailures(failed))
        else {
          const left = peers.filter((one) => failed.every((other) => other.peer !== one))
          attempt.waitingFor(acceptance(left), hint)
          startNext()
        }
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
  peer: Endpoint,
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

function acceptance(peers: readonly Endpoint[]): string {
  return `the connection to be accepted${peers.length > 1 ? ` by ${listAddresses(peers, 'or')}` : ''}`
}
