import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../../src/wait/clock.ts'

interface Timer {
  readonly at: number
  readonly callback: () => void
}

/** A monotonic clock that stands still until a test moves it. Timers run in order of time, then of their making. */
export class FakeClock implements Clock {
  #now = 1_000_000
  #lost = 0
  readonly #timers = new Set<Timer>()

  now(): number {
    return this.#now
  }

  awake(): number {
    return this.#now - this.#lost
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, ms), callback }
    this.#timers.add(timer)
    return () => void this.#timers.delete(timer)
  }

  /** How many timers have neither run nor been taken back. */
  get pending(): number {
    return this.#timers.size
  }

  /** Moves on by `ms` milliseconds, running what falls due; after each timer all microtasks settle. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    await settle()
    while (await this.#runNext(end));
    this.#now = end
  }

  /** Moves on from timer to timer until the promise settles; rejects when it would never. At most `limitMs`. */
  async runUntil<T>(promise: Promise<T>, limitMs = 86_400_000): Promise<T> {
    const end = this.#now + limitMs
    let settled = false
    const mark = (): void => {
      settled = true
    }
    promise.then(mark, mark)
    await settle()
    while (!settled) {
      if (!(await this.#runNext(end))) throw new Error(`still not settled after ${limitMs} ms`)
    }
    return promise
  }

  /** Jumps forward without running anything, as when the machine was suspended. */
  freeze(ms: number): void {
    this.#now += ms
  }

  /** Jumps forward as when the process had work to do and no processor to do it on. */
  starve(ms: number): void {
    this.#now += ms
    this.#lost += ms
  }

  async #runNext(end: number): Promise<boolean> {
    let next: Timer | undefined
    for (const timer of this.#timers) if (next === undefined || timer.at < next.at) next = timer
    if (next === undefined || next.at > end) return false
    this.#timers.delete(next)
    this.#now = Math.max(this.#now, next.at)
    next.callback()
    await settle()
    return true
  }
}

/** Lets all microtasks run, and those they make. */
export function settle(): Promise<void> {
  return setImmediate()
}
