/**
 * Sees to it that one attempt makes at most one failed login, however many servers it asks beside or after each other:
 * accounts are locked after a few. A password is given to one server at a time, and to no other once one has turned it
 * down.
 */
export class LoginTurns {
  #rejected = false
  #last: Promise<void> = Promise.resolve()

  /** A server has turned the password down: it must not be given again in this attempt. */
  get rejected(): boolean {
    return this.#rejected
  }

  begin(): Login {
    return new Login(
      (ended) => {
        const before = this.#last
        this.#last = before.then(() => ended)
        return before
      },
      () => this.#rejected,
      () => {
        this.#rejected = true
      },
    )
  }
}

/** The login at one server. */
export class Login {
  #taken = false
  #over = false
  #end: () => void = () => {}
  readonly #queue: (ended: Promise<void>) => Promise<void>
  readonly #isRejected: () => boolean
  readonly #reject: () => void

  constructor(queue: (ended: Promise<void>) => Promise<void>, isRejected: () => boolean, reject: () => void) {
    this.#queue = queue
    this.#isRejected = isRejected
    this.#reject = reject
  }

  /** Whether the password was given to the server, rightly or not. */
  get passwordGiven(): boolean {
    return this.#taken
  }

  /**
   * Waits until no other server is thinking about the password; this one may get it when this gives true.
   * @param limitMs after which the next one's turn comes, whether this one has answered or not
   */
  async takeTurn(limitMs?: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined
    const ended = new Promise<void>((resolve) => {
      this.#end = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    await this.#queue(ended)
    if (this.#over || this.#isRejected()) {
      this.#end()
      return false
    }
    this.#taken = true
    if (limitMs !== undefined) timer = setTimeout(this.#end, limitMs)
    return true
  }

  /** The server turned the password down. */
  reject(): void {
    this.#reject()
    this.end()
  }

  /** The password is no longer looked at: it was right, or the connection is gone. */
  end(): void {
    this.#over = true
    this.#end()
  }
}
