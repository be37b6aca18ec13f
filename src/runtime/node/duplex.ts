/** The writing half of streams, beside the reading one: what sockets need of Node's `Duplex`. */
import { Buffer } from './buffer.ts'
import { nextTick } from './loop.ts'
import { HIGH_WATER_MARK, Readable } from './readable.ts'
import { withCode } from './system-error.ts'

type Done = (error?: Error | null) => void

interface Write {
  readonly data: Uint8Array
  readonly done: Done | undefined
}

function isWaitedFor(write: Write): boolean {
  return write.done !== undefined
}

/** What is to be written: made by the first write, as many a connection ends without one. */
class Backlog {
  writes: Write[] = []
  length = 0
  /** `_write` has not answered yet. */
  underWay = false
  corked = 0
  needDrain = false
  /** Of a write: nothing is written after it. */
  error: Error | null = null
}

/** A class that extends it has `_write`, which is called for one piece after the other, and `_final` for the end. */
export abstract class Duplex extends Readable {
  /** Whether the writing side stays open when the reading side has ended. */
  readonly allowHalfOpen: boolean
  writableEnded = false
  writableFinished = false
  #backlog: Backlog | undefined
  #finishing = false
  readonly #whenEnded: Done[] = []

  constructor(options: { readonly allowHalfOpen?: boolean | undefined } = {}) {
    super()
    this.allowHalfOpen = options.allowHalfOpen !== false
  }

  get writable(): boolean {
    return !this.destroyed && !this.writableEnded
  }

  get writableLength(): number {
    return this.#backlog?.length ?? 0
  }

  /** What ioredis looks at to tell an ended stream from a broken one. */
  get _writableState(): { readonly ended: boolean } {
    return { ended: this.writableEnded }
  }

  /** Writes bytes, or a text; false asks to wait for `drain`. `done` is called when the system has taken all of it. */
  write(data: string | Uint8Array, encoding?: BufferEncoding | Done, callback?: Done): boolean {
    const done = typeof encoding === 'function' ? encoding : callback
    const refusal = this.refusal()
    if (refusal !== undefined) {
      if (done !== undefined) nextTick(done, refusal)
      this.destroy(refusal)
      return false
    }
    const bytes =
      typeof data === 'string' ? Buffer.from(data, typeof encoding === 'string' ? encoding : 'utf8') : data
    this.#backlog ??= new Backlog()
    const backlog = this.#backlog
    backlog.writes.push({ data: bytes, done })
    backlog.length += bytes.length
    this.#proceed(backlog)
    const enough = backlog.length >= HIGH_WATER_MARK
    if (enough) backlog.needDrain = true
    return !enough && backlog.error === null && !this.destroyed
  }

  /** Why nothing can be written any more. */
  protected refusal(): Error | undefined {
    if (this.writableEnded) return withCode(new Error('write after end'), 'ERR_STREAM_WRITE_AFTER_END')
    return this.destroyed ? destroyedError('write') : undefined
  }

  /** Hands on all that waits, in one piece. */
  #proceed(backlog: Backlog): void {
    if (backlog.underWay || backlog.corked > 0 || backlog.writes.length === 0) return
    if (backlog.error !== null || this.destroyed) return
    const writes = backlog.writes
    backlog.writes = []
    backlog.underWay = true
    const data = writes.length === 1 ? writes[0]?.data : Buffer.concat(writes.map((write) => write.data))
    if (data === undefined) return
    let synchronous = true
    this._write(data, 'buffer', (error) => {
      backlog.underWay = false
      backlog.error = error ?? null
      backlog.length -= data.length
      // what was written meanwhile goes out before anybody is called back, who may destroy the stream
      this.#proceed(backlog)
      if (!synchronous) this.#written(backlog, writes, error ?? null)
      else if (error || backlog.needDrain || this.writableEnded || writes.some(isWaitedFor)) {
        nextTick(() => this.#written(backlog, writes, error ?? null))
      }
    })
    synchronous = false
  }

  #written(backlog: Backlog, writes: readonly Write[], error: Error | null): void {
    if (error === null && backlog.needDrain && backlog.length === 0 && this.writable) {
      backlog.needDrain = false
      this.emit('drain')
    }
    for (const { done } of writes) done?.(error)
    if (error !== null || this.destroyed) this.#giveUp()
    if (error !== null) this.destroy(error)
    else this.#finishIfDone()
  }

  cork(): void {
    this.#backlog ??= new Backlog()
    this.#backlog.corked += 1
  }

  uncork(): void {
    const backlog = this.#backlog
    if (backlog === undefined || backlog.corked === 0) return
    backlog.corked -= 1
    this.#proceed(backlog)
  }

  /** Ends the writing side, after a last piece if there is one: `_final`, then `finish`. `done` is called before that. */
  end(data?: string | Uint8Array | Done, encoding?: BufferEncoding | Done, callback?: Done): this {
    const done = [data, encoding, callback].find((argument) => typeof argument === 'function')
    const refusal = this.#endRefusal(typeof data === 'function' ? undefined : data)
    if (done !== undefined) {
      if (refusal !== undefined || this.writableFinished) nextTick(done, refusal ?? null)
      else this.#whenEnded.push(done)
    }
    if (data !== undefined && typeof data !== 'function') {
      this.write(data, typeof encoding === 'string' ? encoding : undefined)
    }
    if (this.writableEnded || this.destroyed) return this
    this.writableEnded = true
    if (this.#backlog !== undefined) {
      this.#backlog.corked = 0
      this.#proceed(this.#backlog)
    }
    this.#finishIfDone()
    return this
  }

  #endRefusal(data: string | Uint8Array | undefined): Error | undefined {
    if (data !== undefined && this.refusal() !== undefined) return this.refusal()
    if (this.writableFinished)
      return withCode(new Error('Cannot call end after a stream was finished'), 'ERR_STREAM_ALREADY_FINISHED')
    return this.destroyed ? (this.errored ?? destroyedError('end')) : undefined
  }

  #finishIfDone(): void {
    if (!this.writableEnded || this.#finishing || this.destroyed) return
    const backlog = this.#backlog
    if (backlog !== undefined && (backlog.underWay || backlog.writes.length > 0 || backlog.error !== null))
      return
    this.#finishing = true
    this._final((error) => {
      if (error) this.destroy(error)
      else nextTick(() => this.#finish())
    })
  }

  #finish(): void {
    if (this.destroyed) return
    this.writableFinished = true
    for (const done of this.#whenEnded.splice(0)) done(null)
    this.emit('finish')
    if (this.readableEnded) this.destroy()
  }

  protected override afterEnd(): void {
    if (this.writable && !this.allowHalfOpen) nextTick(() => this.end())
    else if (this.writableFinished) this.destroy()
  }

  override destroy(error?: Error | null): this {
    const waits = !this.destroyed && ((this.#backlog?.writes.length ?? 0) > 0 || this.#whenEnded.length > 0)
    if (waits) nextTick(() => this.#giveUp())
    return super.destroy(error)
  }

  /** Calls back who waits for what will not be written; a write under way is still to be answered, and comes first. */
  #giveUp(): void {
    const backlog = this.#backlog
    if (backlog?.underWay === true) return
    const error = this.errored ?? backlog?.error
    for (const { data, done } of backlog?.writes.splice(0) ?? []) {
      if (backlog !== undefined) backlog.length -= data.length
      done?.(error ?? destroyedError('write'))
    }
    for (const done of this.#whenEnded.splice(0)) done(error ?? destroyedError('end'))
  }

  abstract _write(data: Uint8Array, encoding: string, done: Done): void

  _final(done: Done): void {
    done()
  }
}

function destroyedError(call: string): Error {
  return withCode(new Error(`Cannot call ${call} after a stream was destroyed`), 'ERR_STREAM_DESTROYED')
}
