import type { Clock } from './clock.ts'

/** A timer that is later than this had to wait for the processor, in milliseconds. */
const LATE_MS = 20

/**
 * Calls back once a peer has had `ms` milliseconds to answer; the result takes it back. Time in which this process did
 * not run is not the peer's: it is added, and a timer that comes late, as after a suspension, starts anew for as long as
 * it was late. What has arrived by then is read before silence is called silence.
 *
 * Under a CPU limit (cgroups, "CPU bandwidth control") a process that has used up its share stands still until the next
 * period, 100 ms as the kubelet has it.
 * @param awake what the clock counts as awake now
 */
export function afterPatience(
  clock: Clock,
  ms: number,
  callback: () => void,
  awake = clock.awake(),
): () => void {
  const patience = new Patience(clock, ms, callback, awake)
  return () => patience.cancel()
}

class Patience {
  readonly #clock: Clock
  readonly #ms: number
  readonly #callback: () => void
  /** On the clock's count of the time awake. */
  readonly #end: number
  #due = 0
  #cancel: () => void = () => {}

  constructor(clock: Clock, ms: number, callback: () => void, awake: number) {
    this.#clock = clock
    this.#ms = ms
    this.#callback = callback
    this.#end = awake + ms
    this.#arm(ms)
  }

  cancel(): void {
    this.#cancel()
  }

  #arm(ms: number): void {
    this.#due = this.#clock.now() + ms
    this.#cancel = this.#clock.after(ms, () => this.#ring())
  }

  #ring(): void {
    const left = this.#end - this.#clock.awake()
    const late = this.#clock.now() - this.#due
    if (left > LATE_MS) this.#arm(left)
    else if (late > LATE_MS) this.#arm(Math.min(late, this.#ms))
    // A timer runs before what has arrived is read (Node, "The event loop"); the next one runs after.
    else this.#cancel = this.#clock.after(0, this.#callback)
  }
}
