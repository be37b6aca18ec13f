/** Those who wait for room, first come first served. */
export class Queue {
  readonly #waiting: (() => void)[] = []

  get length(): number {
    return this.#waiting.length
  }

  /** Resolves when it is one's turn; rejects with the signal's reason as soon as that is aborted, and is forgotten then. */
  join(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = (): void => {
        signal.removeEventListener('abort', onAbort)
        resolve()
      }
      const onAbort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1)
        reject(signal.reason)
      }
      this.#waiting.push(enter)
      signal.addEventListener('abort', onAbort, { once: true })
    })
  }

  /** Says to the first one that it is its turn; false when nobody waits. */
  call(): boolean {
    const first = this.#waiting.shift()
    first?.()
    return first !== undefined
  }
}
