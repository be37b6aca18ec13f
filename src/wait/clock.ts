import process from 'node:process'

/** Time as the engine sees it, so that a test can own it. Never the wall clock, which may jump. */
export interface Clock {
  /** Milliseconds since some fixed moment; never goes back. */
  now(): number
  /**
   * Milliseconds in which this process ran or had nothing to do, since some fixed moment: what `now` has more than this, it
   * stood still with work to do, for want of a processor.
   */
  awake(): number
  /** Calls back once after `ms` milliseconds; the result takes it back. */
  after(ms: number, callback: () => void): () => void
}

/** The longest delay a timer takes: 2^31 - 1 ms; a longer one would fire at once. */
const LONGEST_TIMER = 2_147_483_647

/** The monotonic clock of this machine. */
export const systemClock: Clock = {
  now: () => performance.now(),
  awake() {
    const { user, system } = process.threadCpuUsage()
    return performance.eventLoopUtilization().idle + (user + system) / 1000
  },
  after(ms, callback) {
    if (ms > LONGEST_TIMER) return longTimer(ms, callback)
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}

/** A timer of several, one after the other. */
function longTimer(ms: number, callback: () => void): () => void {
  let timer: ReturnType<typeof setTimeout>
  const arm = (left: number): void => {
    const step = Math.min(left, LONGEST_TIMER)
    timer = setTimeout(() => (left > step ? arm(left - step) : callback()), step)
  }
  arm(ms)
  return () => clearTimeout(timer)
}

/** Waits `ms` milliseconds, or rejects with the signal's reason as soon as it is aborted. */
export function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.reject(signal.reason)
  return new Promise((resolve, reject) => new Sleep(clock, ms, signal, resolve, reject))
}

/** An object and no closures that know each other: nothing is left of it for a collector to find. */
class Sleep {
  readonly #signal: AbortSignal
  readonly #resolve: () => void
  readonly #reject: (reason: unknown) => void
  #cancel: () => void

  constructor(
    clock: Clock,
    ms: number,
    signal: AbortSignal,
    resolve: () => void,
    reject: (reason: unknown) => void,
  ) {
    this.#signal = signal
    this.#resolve = resolve
    this.#reject = reject
    this.#cancel = clock.after(ms, () => this.#wake())
    signal.addEventListener('abort', this)
  }

  /** The signal is aborted. */
  handleEvent(): void {
    this.#close()
    this.#reject(this.#signal.reason)
  }

  #wake(): void {
    this.#close()
    this.#resolve()
  }

  #close(): void {
    this.#cancel()
    this.#cancel = done
    this.#signal.removeEventListener('abort', this)
  }
}

function done(): void {}
