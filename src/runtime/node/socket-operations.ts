/** What a socket has under way: all of it is dropped when the socket is destroyed. */
import type { HostError, Ticket } from './host.ts'
import { forget, setRef, ticket } from './loop.ts'

export class SocketOperations {
  readonly #tickets = new Set<number>()
  #ref = true
  /** Of all writes: one stands behind the other, and most are done at once. */
  #write: Ticket<undefined> = 0
  #writing = false

  /** Registers an operation. */
  add<T>(callback: (error: HostError | undefined, value: T) => void): Ticket<T> {
    const number = ticket<T>(
      (error, value) => {
        this.#tickets.delete(number)
        callback(error, value)
      },
      { ref: this.#ref },
    )
    this.#tickets.add(number)
    return number
  }

  /** The ticket for a write; `written` is called for each that was waited for. */
  write(written: (error: HostError | undefined) => void): Ticket<undefined> {
    if (this.#write !== 0) return this.#write
    this.#write = ticket<undefined>(
      (error) => {
        this.#writing = false
        setRef(this.#write, false)
        written(error)
      },
      { repeating: true, ref: false },
    )
    return this.#write
  }

  /** The write is under way, and keeps the program alive like any other operation. */
  waitForWrite(): void {
    this.#writing = true
    setRef(this.#write, this.#ref)
  }

  drop(number: number): void {
    forget(number)
    this.#tickets.delete(number)
  }

  dropAll(): void {
    for (const number of this.#tickets) forget(number)
    this.#tickets.clear()
    forget(this.#write)
    this.#write = 0
    this.#writing = false
  }

  /** Whether they keep the program alive, those that come later too. */
  set ref(on: boolean) {
    this.#ref = on
    for (const number of this.#tickets) setRef(number, on)
    if (this.#writing) setRef(this.#write, on)
  }
}
