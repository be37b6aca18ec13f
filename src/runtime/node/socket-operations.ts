/** What a socket has under way: all of it is dropped when the socket is destroyed. */
import type { HostError, Ticket } from './host.ts'
import { forget, setRef, ticket } from './loop.ts'

export class SocketOperations {
  readonly #tickets = new Set<number>()
  #ref = true

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

  drop(number: number): void {
    forget(number)
    this.#tickets.delete(number)
  }

  dropAll(): void {
    for (const number of this.#tickets) forget(number)
    this.#tickets.clear()
  }

  /** Whether they keep the program alive, those that come later too. */
  set ref(on: boolean) {
    this.#ref = on
    for (const number of this.#tickets) setRef(number, on)
  }
}
