import { formatDuration } from '../../plan/duration.ts'
import { systemClock } from '../../wait/clock.ts'
import { afterPatience } from '../../wait/patience.ts'
import { Failure } from '../failure.ts'
import type { Attempt } from '../kind.ts'
import { formatEndpoint } from '../transport/endpoint.ts'
import type { PostgresHost } from './target.ts'

/** How long a host may be silent before the next one is tried beside it, in milliseconds. */
const SILENT_HOST_MS = 1000

/** The session was as asked for, so this host's failure is the answer and no other host is tried. */
export class Decided extends Error {
  readonly failure: Failure

  constructor(failure: Failure) {
    super(failure.reason)
    this.failure = failure
  }
}

/** An attempt at one host; `connected()` ends the time that `connect_timeout` bounds. */
export interface HostAttempt extends Attempt {
  connected(): void
}

/**
 * Tries hosts in their order (PostgreSQL, 34.1.1.3) and gives what the first good one gives. As in libpq a host that
 * cannot be reached or is not of the wanted sort is passed over, and a refusal that will last (a wrong password) is the
 * end. Other than in libpq a host that stays silent does not hold up the next: it is tried beside it, so that a dead
 * node costs no attempt its whole time. Rejects with one `Failure` that names the hosts.
 */
export function tryHosts<T>(
  hosts: readonly PostgresHost[],
  attempt: Attempt,
  limitMs: number | undefined,
  tryHost: (host: PostgresHost, attempt: HostAttempt) => Promise<T>,
): Promise<T> {
  const several = hosts.length > 1
  return new Promise((resolve, reject) => {
    const running = new Set<AbortController>()
    const failures: { host: PostgresHost; failure: Failure }[] = []
    let next = 0
    let cancelSilence = (): void => {}
    let over = false

    function settle(end: () => void): void {
      if (over) return
      over = true
      cancelSilence()
      attempt.signal.removeEventListener('abort', abortAll)
      abortAll()
      end()
    }

    function abortAll(): void {
      for (const controller of running) controller.abort()
    }

    function startNext(): void {
      cancelSilence()
      const host = hosts[next]
      if (over || host === undefined) return
      next += 1
      if (next < hosts.length) cancelSilence = afterPatience(systemClock, SILENT_HOST_MS, startNext)
      const controller = new AbortController()
      running.add(controller)
      runAtHost(host, several, attempt, controller, limitMs, tryHost).then(
        (result) => {
          running.delete(controller)
          settle(() => resolve(result))
        },
        (error: unknown) => {
          running.delete(controller)
          onFailed(host, error)
        },
      )
    }

    function onFailed(host: PostgresHost, error: unknown): void {
      const failure = error instanceof Decided ? error.failure : error
      if (!(failure instanceof Failure)) {
        settle(() => reject(failure))
        return
      }
      failures.push({ host, failure })
      const final = error instanceof Decided || failure.lasting || attempt.signal.aborted
      if (final) settle(() => reject(several ? combine([{ host, failure }]) : failure))
      else if (failures.length === hosts.length) settle(() => reject(several ? combine(failures) : failure))
      else startNext()
    }

    attempt.signal.addEventListener('abort', abortAll)
    startNext()
    if (attempt.signal.aborted) abortAll()
  })
}

/** Runs one host's part, bounded by `limitMs` until it says that it is connected. */
async function runAtHost<T>(
  host: PostgresHost,
  several: boolean,
  attempt: Attempt,
  controller: AbortController,
  limitMs: number | undefined,
  tryHost: (host: PostgresHost, attempt: HostAttempt) => Promise<T>,
): Promise<T> {
  let phase = ''
  let silent = true
  let late = false
  const cancelLimit =
    limitMs === undefined
      ? undefined
      : afterPatience(systemClock, limitMs, () => {
          late = true
          controller.abort()
        })
  const hostAttempt: HostAttempt = {
    signal: controller.signal,
    waitingFor(what, hint) {
      phase = what
      attempt.waitingFor(several ? `${what} at ${formatEndpoint(host.endpoint)}` : what, hint)
    },
    heard() {
      silent = false
      attempt.heard()
    },
    connected: () => cancelLimit?.(),
  }
  try {
    return await tryHost(host, hostAttempt)
  } catch (error) {
    if (!late || limitMs === undefined) throw error
    const reason = `no answer in ${formatDuration(limitMs)} (waiting for ${phase})`
    throw new Failure({ code: 'TIMEOUT', reason, down: silent })
  } finally {
    cancelLimit?.()
  }
}

/** One failure for several hosts: each one's name and reason, in the order in which they failed. */
function combine(failures: readonly { host: PostgresHost; failure: Failure }[]): Failure {
  const last = failures.at(-1)?.failure
  return new Failure({
    code: last?.code ?? 'UNKNOWN',
    reason: failures
      .map(({ host, failure }) => `${formatEndpoint(host.endpoint)}: ${failure.reason}`)
      .join('; '),
    hint: failures.find(({ failure }) => failure.hint !== undefined)?.failure.hint,
    lasting: failures.every(({ failure }) => failure.lasting),
    rejectsLogin: failures.some(({ failure }) => failure.rejectsLogin),
    down: failures.every(({ failure }) => failure.down),
  })
}
