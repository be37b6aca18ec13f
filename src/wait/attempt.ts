import { Failure } from '../checks/failure.ts'
import type { Attempt, BoundTarget } from '../checks/kind.ts'
import { formatDuration } from '../plan/duration.ts'
import type { Clock } from './clock.ts'
import type { CpuLimit } from './cpu-limit.ts'
import { heldBack } from './held-back.ts'
import { afterPatience } from './patience.ts'
import type { AttemptResult } from './progress.ts'

/** How an attempt ended; `cut` when the wait ended before it did, with what it was waiting for. */
export interface FinishedAttempt {
  readonly result: AttemptResult
  readonly cut: boolean
  readonly tookMs: number
}

/**
 * Runs one attempt: its peer has `limitMs` milliseconds, and no more than `stop` allows; time in which this process could
 * not run is not the peer's, and what kept it is said by `cpuLimit`. A probe that does not end when
 * its signal says so is left behind: an attempt never outlasts its bound. Rejects only with what is not a `Failure`,
 * which is a bug of the probe.
 */
export function runAttempt(
  target: BoundTarget,
  limitMs: number,
  clock: Clock,
  stop: AbortSignal,
  cpuLimit: () => CpuLimit | undefined = () => undefined,
): Promise<FinishedAttempt> {
  return new Promise((resolve, reject) => {
    void new RunningAttempt(limitMs, clock, stop, cpuLimit, resolve, reject).probe(target)
  })
}

/** An object and no closures: what an attempt leaves behind is then no cycle, which only a collector would free. */
class RunningAttempt implements Attempt {
  readonly timeoutMs: number
  readonly #controller = new AbortController()
  readonly #clock: Clock
  readonly #stop: AbortSignal
  readonly #cpuLimit: () => CpuLimit | undefined
  readonly #started: number
  readonly #startedAwake: number
  readonly #resolve: (finished: FinishedAttempt) => void
  readonly #reject: (bug: unknown) => void
  /** Takes back the bound in time; undefined once the attempt is over. */
  #cancelBound: (() => void) | undefined
  #phase = ''
  #hint: string | undefined
  #heard = false

  constructor(
    limitMs: number,
    clock: Clock,
    stop: AbortSignal,
    cpuLimit: () => CpuLimit | undefined,
    resolve: (finished: FinishedAttempt) => void,
    reject: (bug: unknown) => void,
  ) {
    this.timeoutMs = limitMs
    this.#clock = clock
    this.#stop = stop
    this.#cpuLimit = cpuLimit
    this.#resolve = resolve
    this.#reject = reject
    this.#started = clock.now()
    this.#startedAwake = clock.awake()
    this.#cancelBound = afterPatience(clock, limitMs, () => this.#end(false), this.#startedAwake)
    stop.addEventListener('abort', this)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  waitingFor(phase: string, usualCause?: string): void {
    this.#phase = phase
    this.#hint = usualCause
  }

  heard(): void {
    this.#heard = true
  }

  /** The whole wait is over. */
  handleEvent(): void {
    this.#end(true)
  }

  async probe(target: BoundTarget): Promise<void> {
    try {
      const { detail } = await target.probe(this)
      this.#finish({ ready: true, detail }, false)
    } catch (error) {
      if (error instanceof Failure) this.#finish({ ready: false, failure: error }, false)
      else if (this.#close()) {
        this.#controller.abort()
        this.#reject(error)
      }
    }
  }

  #end(cut: boolean): void {
    this.#finish(this.#silence(cut), cut)
    this.#controller.abort()
  }

  #finish(result: AttemptResult, cut: boolean): void {
    if (this.#close()) this.#resolve({ result, cut, tookMs: this.#clock.now() - this.#started })
  }

  /** True the first time. */
  #close(): boolean {
    const cancelBound = this.#cancelBound
    if (cancelBound === undefined) return false
    this.#cancelBound = undefined
    cancelBound()
    this.#stop.removeEventListener('abort', this)
    return true
  }

  #silence(cut: boolean): AttemptResult {
    const elapsed = this.#clock.now() - this.#started
    const standstill = elapsed - (this.#clock.awake() - this.#startedAwake)
    const waitingFor = this.#phase === '' ? '' : ` (waiting for ${this.#phase})`
    // The bound and not what was measured: the same silence is told in the same words each time.
    const time = formatDuration(cut ? elapsed : this.timeoutMs)
    const reason = `no answer in ${time}${waitingFor}${heldBack(standstill, elapsed, this.#cpuLimit)}`
    return {
      ready: false,
      failure: new Failure({ code: 'TIMEOUT', reason, hint: this.#hint, down: !this.#heard }),
    }
  }
}
