import type { Clock } from './clock.ts'
import { Queue } from './queue.ts'

/** So many attempts may be busy at once: enough to hide the way to a server and back. */
const FEW = 4
/** How often those who wait look whether the processor is free, in milliseconds. */
const LOOK_MS = 10
/** A timer that is later than this had to wait for the processor. */
const LATE_MS = 10

/**
 * Keeps attempts from starving each other where the processor is short. A handshake and a login are milliseconds of
 * computing, and a container with `cpu: 10m` has one of them in each 100: of twenty attempts at once none would come to
 * its end in time. So a few begin, and each that ends lets the next one in.
 *
 * Most attempts wait for a peer, though, and hold nobody up. A timer that comes on time proves it: the processor is
 * free, so those who are inside are no longer counted, and twice as many as before may follow.
 */
export class Turns {
  readonly #clock: Clock
  readonly #queue = new Queue()
  #room = FEW
  /** Those inside who may still need the processor: of the present round. */
  #busy = 0
  #round = 0
  #cancelLook: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Runs a job in its turn; rejects with the signal's reason if that is aborted before. */
  async run<T>(job: () => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted()
    if (this.#busy >= this.#room) await this.#wait(signal)
    else this.#busy++
    const round = this.#round
    try {
      // Between its turn and this line another job may have ended it all.
      signal.throwIfAborted()
      return await job()
    } finally {
      if (round === this.#round) this.#busy--
      this.#admit()
    }
  }

  async #wait(signal: AbortSignal): Promise<void> {
    const turn = this.#queue.join(signal)
    this.#look()
    try {
      await turn
    } finally {
      if (this.#queue.length === 0) this.#stopLooking()
    }
  }

  #look(): void {
    if (this.#cancelLook !== undefined) return
    const due = this.#clock.now() + LOOK_MS
    this.#cancelLook = this.#clock.after(LOOK_MS, () => {
      this.#cancelLook = undefined
      if (this.#clock.now() - due > LATE_MS) this.#room = FEW
      else this.#beginRound()
      this.#admit()
      if (this.#queue.length > 0) this.#look()
    })
  }

  #beginRound(): void {
    this.#round++
    this.#busy = 0
    this.#room *= 2
  }

  #admit(): void {
    while (this.#busy < this.#room && this.#queue.call()) this.#busy++
  }

  #stopLooking(): void {
    this.#cancelLook?.()
    this.#cancelLook = undefined
    this.#room = FEW
  }
}
