import { Failure } from '../checks/failure.ts'
import type { Attempt, BoundTarget, Ready } from '../checks/kind.ts'
import { formatDuration } from '../plan/duration.ts'
import type { Clock } from './clock.ts'
import type { AttemptResult } from './progress.ts'

/** How an attempt ended; `cut` when the wait ended before it did, with what it was waiting for. */
export interface FinishedAttempt {
  readonly result: AttemptResult
  readonly cut: boolean
  readonly tookMs: number
}

/**
 * Runs one attempt, for at most `limitMs` milliseconds and no longer than `stop` allows. A probe that does not end when
 * its signal says so is left behind: an attempt never outlasts its bound. Rejects only with what is not a `Failure`,
 * which is a bug of the probe.
 */
export function runAttempt(
  target: BoundTarget,
  limitMs: number,
  clock: Clock,
  stop: AbortSignal,
): Promise<FinishedAttempt> {
  return new Promise((resolve, reject) => {
    const started = clock.now()
    const controller = new AbortController()
    let phase = ''
    let hint: string | undefined
    let heard = false
    let over = false

    const finish = (result: AttemptResult, cut: boolean): void => {
      if (over) return
      over = true
      cancelTimer()
      stop.removeEventListener('abort', onStop)
      resolve({ result, cut, tookMs: clock.now() - started })
    }
    const silence = (): AttemptResult => {
      const waitingFor = phase === '' ? '' : ` (waiting for ${phase})`
      const reason = `no answer in ${formatDuration(clock.now() - started)}${waitingFor}`
      return {
        ready: false,
        failure: new Failure({ code: 'TIMEOUT', reason, hint, down: !heard }),
      }
    }
    const end = (cut: boolean): void => {
      finish(silence(), cut)
      controller.abort()
    }
    const onStop = (): void => end(true)
    const cancelTimer = clock.after(limitMs, () => end(false))
    stop.addEventListener('abort', onStop, { once: true })

    const attempt: Attempt = {
      signal: controller.signal,
      timeoutMs: limitMs,
      waitingFor(what, usualCause) {
        phase = what
        hint = usualCause
      },
      heard() {
        heard = true
      },
    }
    const probe = async (): Promise<Ready> => target.probe(attempt)
    probe().then(
      ({ detail }) => finish({ ready: true, detail }, false),
      (error: unknown) => {
        if (error instanceof Failure) return finish({ ready: false, failure: error }, false)
        if (over) return
        over = true
        cancelTimer()
        stop.removeEventListener('abort', onStop)
        controller.abort()
        reject(error)
      },
    )
  })
}
