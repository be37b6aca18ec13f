/** Deeper than any reply to what a probe asks. */
const DEEPEST = 8
const CR = 13
const LF = 10
const LINE_BREAK = 2

/** The server's bytes are not replies as RESP 2 has them, or not to what was asked. */
export class NoReply extends Error {}

/**
 * Looks at the bytes of a server before the driver does (Redis, "Redis serialization protocol", RESP 2). The driver
 * throws, out of reach, on a null that nobody asked for, takes the types of RESP 3 as well, and nests as deep as it is told.
 */
export class ReplyGuard {
  #asked = 0
  /** The line that is not complete yet. */
  #line: Buffer = Buffer.alloc(0)
  /** Bytes of a bulk string, with its line break, that are still to come. */
  #bulk = 0
  /** Elements that are still to come of each array around, the outermost first. */
  readonly #arrays: number[] = []

  /** Says that a command was sent, to which one reply may come. */
  expectReply(): void {
    this.#asked += 1
  }

  /** Takes the next bytes; throws `NoReply`. */
  push(chunk: Buffer): void {
    let data = chunk
    while (data.length > 0) {
      if (this.#bulk > 0) {
        const skipped = Math.min(this.#bulk, data.length)
        this.#bulk -= skipped
        data = data.subarray(skipped)
        if (this.#bulk === 0) this.#complete()
        continue
      }
      const end = data.indexOf(LF)
      if (end < 0) {
        this.#line = Buffer.concat([this.#line, data])
        return
      }
      const line = Buffer.concat([this.#line, data.subarray(0, end)])
      this.#line = Buffer.alloc(0)
      data = data.subarray(end + 1)
      if (line.at(-1) !== CR) throw new NoReply()
      this.#read(line.toString('latin1', 0, line.length - 1))
    }
  }

  #read(line: string): void {
    const value = line.slice(1)
    const isNull = (line[0] === '$' || line[0] === '*') && value === '-1'
    if (isNull || line[0] === '+' || line[0] === '-') this.#complete(isNull)
    else if (line[0] === ':' && /^[+-]?\d{1,19}$/.test(value)) this.#complete()
    else if (line[0] === '$') this.#bulk = sizeOf(value) + LINE_BREAK
    else if (line[0] === '*') this.#open(sizeOf(value))
    else throw new NoReply()
  }

  #open(elements: number): void {
    if (this.#arrays.length === DEEPEST) throw new NoReply()
    if (elements === 0) this.#complete()
    else this.#arrays.push(elements)
  }

  /** A value is complete, and with it perhaps the arrays around it. */
  #complete(isNull = false): void {
    for (let left = this.#arrays.pop(); left !== undefined; left = this.#arrays.pop()) {
      if (left > 1) {
        this.#arrays.push(left - 1)
        return
      }
    }
    if (this.#asked === 0 && isNull) throw new NoReply()
    this.#asked = Math.max(0, this.#asked - 1)
  }
}

function sizeOf(digits: string): number {
  if (!/^\d{1,10}$/.test(digits)) throw new NoReply()
  return Number(digits)
}
