/** `net.Socket`: connections to addresses and Unix sockets. Names are not resolved: the program does that itself. */
import { Buffer } from './buffer.ts'
import { type Ends, type Handle, type HostError, host, type Ticket } from './host.ts'
import { isIP } from './ip.ts'
import { nextTick, setImmediate } from './loop.ts'
import {
  canceledWrite,
  endedByPeer,
  neverConnected,
  notFound,
  readError,
  writeError,
} from './socket-errors.ts'
import { IdleStream } from './socket-idle.ts'
import { SocketOperations } from './socket-operations.ts'
import { type ConnectOptions, readConnectArguments, readPort } from './socket-options.ts'
import { socketError, withCode } from './system-error.ts'

type Done = (error?: Error | null) => void

export class Socket extends IdleStream {
  connecting = false
  #handle: Handle = 0
  readonly #operations = new SocketOperations()
  #reading = 0
  #wantsData = false
  /** Waits for the write under way. */
  #unsent: Done | undefined
  /** The handle carries TLS now, which reads and writes by itself. */
  #lent = false
  readonly #whenConnected: (() => void)[] = []
  #noDelay: boolean | undefined
  #keepAlive: { readonly on: boolean; readonly delay: number } | undefined

  constructor(options: ConnectOptions = {}) {
    super({ allowHalfOpen: options.allowHalfOpen === true })
  }

  get pending(): boolean {
    return this.#handle === 0 || this.connecting
  }

  /** `connect(options, onConnect)`, `connect(port, host, onConnect)` or `connect(path, onConnect)`. */
  connect(...args: unknown[]): this {
    const { options, callback } = readConnectArguments(args)
    if (callback !== undefined) this.once('connect', callback as () => void)
    this.connecting = true
    this.touch()
    const { path, host: address = 'localhost' } = options
    if (path !== undefined) {
      this.#open({ address: path }, (operation) => host.connectUnix(operation, path))
      return this
    }
    const port = readPort(options.port)
    if (isIP(address) === 0) {
      nextTick(() => this.destroy(notFound(address)))
      return this
    }
    this.#open({ address, port }, (operation) => host.connectTcp(operation, address, port))
    return this
  }

  #open(place: { address: string; port?: number }, open: (operation: Ticket<Ends>) => Handle): void {
    this.#handle = open(
      this.operation<Ends>((error, ends) => {
        if (error !== undefined) {
          this.destroy(socketError(error, 'connect', place))
          return
        }
        this.ends = ends
        this.connected()
        this.emit('connect')
        this.emit('ready')
        this.readAhead()
      }),
    )
  }

  /** The connection stands: what was asked of it meanwhile is done now. For `TLSSocket`. */
  connected(): void {
    this.connecting = false
    if (this.#noDelay !== undefined) host.setNoDelay(this.#handle, this.#noDelay)
    if (this.#keepAlive !== undefined)
      host.setKeepAlive(this.#handle, this.#keepAlive.on, this.#keepAlive.delay)
    for (const task of this.#whenConnected.splice(0)) task()
    this.#startReading()
  }

  /** Reading starts at once, so that an end or a reset is seen by who waits for it. For `TLSSocket`. */
  readAhead(): void {
    if (!this.destroyed && !this.isPaused()) this._read()
  }

  /** Registers an operation that is dropped when the socket is destroyed. For `TLSSocket`. */
  operation<T>(callback: (error: HostError | undefined, value: T) => void): Ticket<T> {
    return this.#operations.add<T>((error, value) => {
      this.touch()
      callback(error, value)
    })
  }

  /** Lends the connection to TLS: nothing is read or written here any more. Undefined when it is closed. For `TLSSocket`. */
  lend(): { readonly handle: Handle; readonly ends: Ends | undefined; readonly unread: boolean } | undefined {
    if (this.#handle === 0 || this.destroyed) return undefined
    this.#lent = true
    // an answer that is on its way holds bytes that were sent before the handshake
    const late = this.#reading !== 0 && !host.cancelRead(this.#handle)
    if (this.#reading !== 0) {
      this.#operations.drop(this.#reading)
      this.#reading = 0
    }
    return { handle: this.#handle, ends: this.ends, unread: late || this.readableLength > 0 }
  }

  /** Takes over a connection that another socket lent. For `TLSSocket`. */
  borrow(handle: Handle, ends: Ends | undefined): void {
    this.#handle = handle
    this.ends = ends
  }

  override _read(): void {
    this.#wantsData = true
    this.#startReading()
  }

  #startReading(): void {
    if (!this.#wantsData || this.#reading !== 0 || this.pending || this.#lent || this.destroyed) return
    this.#wantsData = false
    this.#reading = this.operation<ArrayBuffer | undefined>((error, data) => {
      this.#reading = 0
      if (error !== undefined) this.destroy(readError(error))
      else if (data === undefined) this.push(null)
      else if (this.push(Buffer.from(data))) {
        this.#wantsData = true
        this.#startReading()
      }
    })
    host.read(this.#reading, this.#handle)
  }

  protected override refusal(): Error | undefined {
    const endsWithPeer = this.readableEnded && !this.allowHalfOpen && !this.destroyed
    return endsWithPeer ? endedByPeer() : super.refusal()
  }

  override _write(data: Uint8Array, _encoding: string, done: Done): void {
    if (this.connecting) {
      this.#unsent = done
      this.#whenConnected.push(() => this._write(data, _encoding, done))
      return
    }
    if (this.#handle === 0) {
      done(withCode(new Error('This socket has been ended'), 'ERR_SOCKET_CLOSED'))
      return
    }
    this.touch()
    this.#unsent = done
    const sent = this.#operations.write((error) => {
      this.touch()
      this.#answer(error)
    })
    if (host.send(sent, this.#handle, data)) this.#answer(undefined)
    else this.#operations.waitForWrite()
  }

  #answer(error: HostError | undefined): void {
    const done = this.#unsent
    this.#unsent = undefined
    done?.(error === undefined ? null : writeError(error))
  }

  override _final(done: Done): void {
    if (this.connecting) this.#whenConnected.push(() => this._final(done))
    else if (this.#handle === 0) done()
    else {
      const ended = this.operation<undefined>((error) =>
        done(error === undefined || error.code === 'ENOTCONN' ? null : socketError(error, 'shutdown')),
      )
      host.shutdown(ended, this.#handle)
    }
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const { connecting } = this
    this.connecting = false
    this.stopTimeout()
    this.#operations.dropAll()
    this.#reading = 0
    const handle = this.#handle
    this.#handle = 0
    done(error)
    const closed = (): void => {
      const unsent = this.#unsent
      this.#unsent = undefined
      if (!connecting) unsent?.(canceledWrite())
      this.emit('close', error !== null)
      if (connecting) unsent?.(neverConnected())
    }
    if (handle === 0) nextTick(closed)
    else this.closeHandle(handle, closed)
  }

  /** Emitted by `_destroy`. */
  protected override emitClose(): void {}

  /** Closes the connection. For `TLSSocket`, which closes the socket below it. */
  closeHandle(handle: Handle, closed: () => void): void {
    host.close(handle)
    setImmediate(closed)
  }

  /** Ends the sending side, then destroys. */
  destroySoon(): void {
    if (this.writable) this.end()
    if (this.writableFinished) this.destroy()
    else this.once('finish', () => this.destroy())
  }

  setNoDelay(on = true): this {
    this.#noDelay = on
    if (!this.pending) host.setNoDelay(this.#handle, on)
    return this
  }

  /** `delay`: milliseconds of silence before the first probe. */
  setKeepAlive(on = false, delay = 0): this {
    this.#keepAlive = { on, delay: Math.floor(delay / 1000) }
    if (!this.pending) host.setKeepAlive(this.#handle, on, this.#keepAlive.delay)
    return this
  }

  ref(): this {
    this.#operations.ref = true
    return this
  }

  unref(): this {
    this.#operations.ref = false
    return this
  }
}

export function connect(...args: unknown[]): Socket {
  const first = args[0]
  const options = typeof first === 'object' && first !== null ? (first as ConnectOptions) : {}
  return new Socket(options).connect(...args)
}
