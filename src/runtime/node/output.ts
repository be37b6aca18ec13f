/** Standard output and standard error: what is written is out before `write` returns. */
import EventEmitter from 'events/events.js'
import { type HostError, host } from './host.ts'
import { nextTick } from './loop.ts'
import { socketError } from './system-error.ts'

type WriteCallback = (error?: Error | null) => void

export class Output extends EventEmitter {
  readonly fd: number
  readonly isTTY: boolean
  readonly writable = true

  constructor(fd: number) {
    super()
    this.fd = fd
    this.isTTY = host.isTTY(fd)
  }

  get columns(): number | undefined {
    return this.isTTY ? host.windowSize(this.fd)[0] || undefined : undefined
  }

  get rows(): number | undefined {
    return this.isTTY ? host.windowSize(this.fd)[1] || undefined : undefined
  }

  hasColors(): boolean {
    return this.isTTY
  }

  /** A failure (the reader has gone, the disk is full) goes to the callback and to `error`, as with any stream. */
  write(
    data: string | Uint8Array,
    encodingOrCallback?: string | WriteCallback,
    after?: WriteCallback,
  ): boolean {
    const callback = typeof encodingOrCallback === 'function' ? encodingOrCallback : after
    let failure: Error | null = null
    try {
      host.write(this.fd, typeof data === 'string' ? new Uint8Array(host.utf8Encode(data)) : data)
    } catch (error) {
      failure = socketError(error as HostError, 'write')
    }
    if (callback !== undefined) nextTick(callback, failure)
    if (failure !== null) nextTick(() => this.emit('error', failure))
    return true
  }
}
