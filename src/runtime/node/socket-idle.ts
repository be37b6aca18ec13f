/** A stream that tells when nothing has happened on it for a while. */
import { StreamWithEnds } from './socket-ends.ts'
import { clearTimer, type Timeout } from './timer-queue.ts'
import { setTimeout } from './timers.ts'

export abstract class IdleStream extends StreamWithEnds {
  /** Milliseconds of silence after which `timeout` is emitted, 0 for never. */
  timeout = 0
  #timer: Timeout | undefined

  setTimeout(ms: number, onTimeout?: () => void): this {
    this.timeout = ms
    this.stopTimeout()
    if (ms > 0) {
      this.#timer = setTimeout(() => this.emit('timeout'), ms).unref()
      if (onTimeout !== undefined) this.once('timeout', onTimeout)
    } else if (onTimeout !== undefined) this.removeListener('timeout', onTimeout)
    return this
  }

  /** Something has happened. */
  protected touch(): void {
    if (this.timeout > 0) this.#timer?.refresh()
  }

  protected stopTimeout(): void {
    clearTimer(this.#timer)
  }
}
