import { Queue } from './queue.ts'

/**
 * Bounds the attempts in flight, first come first served. Narrowed when descriptors run out, so that a small
 * `ulimit -n` makes a wait of many targets slower instead of impossible.
 */
export class Gate {
  #width: number
  #inside = 0
  readonly #queue = new Queue()

  constructor(width: number) {
    this.#width = width
  }

  get width(): number {
    return this.#width
  }

  /** Runs a job when there is room; rejects with the signal's reason if it is aborted before. */
  async run<T>(job: () => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted()
    if (this.#inside >= this.#width) await this.#queue.join(signal)
    else this.#inside++
    try {
      // Between its turn and this line another job may have ended it all.
      signal.throwIfAborted()
      return await job()
    } finally {
      this.#leave()
    }
  }

  /** Halves the room; at least four stay. Does nothing while more are inside than an earlier call left room for. */
  narrow(): void {
    if (this.#inside > this.#width) return
    this.#width = Math.max(4, Math.floor(Math.min(this.#width, this.#inside) / 2))
  }

  #leave(): void {
    this.#inside--
    while (this.#inside < this.#width && this.#queue.call()) this.#inside++
  }
}
