/** Time as the engine sees it, so that a test can own it. Never the wall clock, which may jump. */
export interface Clock {
  /** Milliseconds since some fixed moment; never goes back. */
  now(): number
  /** Calls back once after `ms` milliseconds; the result takes it back. */
  after(ms: number, callback: () => void): () => void
}

/** The longest delay a timer takes: 2^31 - 1 ms; a longer one would fire at once. */
const LONGEST_TIMER = 2_147_483_647

/** The monotonic clock of this machine. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, callback) {
    let timer: ReturnType<typeof setTimeout>
    const arm = (left: number): void => {
      const step = Math.min(left, LONGEST_TIMER)
      timer = setTimeout(() => (left > step ? arm(left - step) : callback()), step)
    }
    arm(ms)
    return () => clearTimeout(timer)
  },
}

/** Waits `ms` milliseconds, or rejects with the signal's reason as soon as it is aborted. */
export function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const onAbort = (): void => {
      cancel()
      reject(signal.reason)
    }
    const cancel = clock.after(ms, () => {
      signal.removeEventListener('abort', onAbort)
      resolve()
    })
    signal.addEventListener('abort', onAbort, { once: true })
  })
}
