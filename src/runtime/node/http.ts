/** `node:http`: requests over a socket that the caller connected, one response each; no agent, nothing kept alive. */
import EventEmitter from 'events/events.js'
import { Buffer } from './buffer.ts'
import { type HeaderValue, RequestHead } from './http-head.ts'
import { IncomingMessage } from './http-message.ts'
import { type ResponseHead, ResponseParser } from './http-parser.ts'
import { nextTick } from './loop.ts'
import type { Socket } from './socket.ts'
import { withCode } from './system-error.ts'

export interface RequestOptions {
  readonly method?: string | undefined
  readonly path?: string | undefined
  readonly host?: string | undefined
  readonly hostname?: string | undefined
  readonly port?: number | string | undefined
  readonly headers?: Readonly<Record<string, HeaderValue | undefined>> | undefined
  /** No `Host` header is made from `host` and `port`. */
  readonly setHost?: boolean | undefined
  readonly createConnection?: ((options: RequestOptions) => Socket) | undefined
}

function connectionReset(message: string): Error {
  return withCode(new Error(message), 'ECONNRESET')
}

export class ClientRequest extends EventEmitter {
  socket: Socket | null = null
  destroyed = false
  readonly #head: RequestHead
  #response: IncomingMessage | undefined
  readonly #parser: ResponseParser
  #body: Uint8Array | undefined
  #sent = false
  /** The one error of this request was emitted. */
  #failed = false
  #cause: Error | undefined
  readonly #listeners = {
    error: (error: Error) => this.#onError(error),
    data: (data: Uint8Array) => this.#onData(data),
    end: () => this.#onEnd(),
    close: () => this.#onClose(),
  }

  constructor(options: RequestOptions, onResponse?: (response: IncomingMessage) => void) {
    super()
    const { hostname, host = hostname ?? 'localhost', port, headers = {}, createConnection } = options
    this.#head = new RequestHead(options.method ?? 'GET', options.path ?? '/')
    for (const [name, value] of Object.entries(headers)) {
      if (value !== undefined) this.#head.set(name, value)
    }
    if (!this.#head.has('host') && options.setHost !== false) {
      const name = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
      this.#head.set('Host', port === undefined || Number(port) === 80 ? name : `${name}:${port}`)
    }
    if (createConnection === undefined) {
      throw withCode(new TypeError('http.request takes a createConnection here'), 'ERR_MISSING_ARGS')
    }
    if (onResponse !== undefined) this.once('response', onResponse)
    this.#parser = new ResponseParser({
      onHead: (head) => this.#onHead(head),
      onBody: (bytes) => {
        if (this.#response?.push(Buffer.from(bytes)) === false) this.socket?.pause()
      },
      onComplete: () => {
        if (this.#response === undefined) return
        this.#response.complete = true
        this.#response.push(null)
      },
    })
    const socket = createConnection(options)
    nextTick(() => this.#attach(socket))
  }

  get method(): string {
    return this.#head.method
  }

  get path(): string {
    return this.#head.path
  }

  #attach(socket: Socket): void {
    this.socket = socket
    if (this.destroyed) {
      socket.on('error', () => {})
      socket.destroy()
      this.#fail(this.#cause ?? connectionReset('socket hang up'))
      this.emit('close')
      return
    }
    for (const [name, listener] of Object.entries(this.#listeners)) socket.on(name, listener)
    this.emit('socket', socket)
    this.#flush()
  }

  /** Ends the request, with its body if it has one. The head is made only now, so that it can tell the length. */
  end(body?: string | Uint8Array): this {
    this.#body ??= typeof body === 'string' ? Buffer.from(body) : (body ?? Buffer.alloc(0))
    this.#flush()
    return this
  }

  #flush(): void {
    if (this.socket === null || this.#body === undefined || this.#sent || this.destroyed) return
    this.#sent = true
    const head = Buffer.from(this.#head.format(this.#body.length), 'latin1')
    this.socket.write(Buffer.concat([head, this.#body]))
  }

  /** Drops the connection. Emits `error` (with this error, or "socket hang up") unless there is a response. */
  destroy(error?: Error): this {
    if (this.destroyed) return this
    this.destroyed = true
    this.#cause = error
    this.#response?.resume()
    this.socket?.destroy(error)
    return this
  }

  #fail(error: Error): void {
    if (this.#failed) return
    this.#failed = true
    this.emit('error', error)
  }

  #onHead(head: ResponseHead): boolean {
    const { socket } = this
    if (socket === null) return true
    if (head.statusCode === 101) {
      this.#upgrade(socket, head)
      return true
    }
    if (head.statusCode < 200) {
      if (head.statusCode === 100) this.emit('continue')
      this.emit('information', { statusCode: head.statusCode, rawHeaders: head.rawHeaders })
      return true
    }
    const response = new IncomingMessage(socket, head)
    this.#response = response
    response.once('end', () => socket.destroySoon())
    if (!this.emit('response', response)) response.resume()
    return this.method === 'HEAD'
  }

  /** The peer switches to another protocol: who listens gets the socket, without a listener this is the end. */
  #upgrade(socket: Socket, head: ResponseHead): void {
    this.#failed = true
    if (this.listenerCount('upgrade') === 0) {
      socket.destroy()
      return
    }
    for (const [name, listener] of Object.entries(this.#listeners)) socket.off(name, listener)
    this.emit('upgrade', new IncomingMessage(socket, head), socket, Buffer.alloc(0))
    this.destroyed = true
    this.emit('close')
  }

  #onData(data: Uint8Array): void {
    if (this.#parser.complete) return
    try {
      this.#parser.execute(data)
    } catch (error) {
      this.socket?.destroy()
      this.#fail(error as Error)
    }
  }

  #onEnd(): void {
    if (this.#response === undefined) this.#fail(connectionReset('socket hang up'))
    try {
      this.#parser.finish()
    } catch {
      // told by `close`: the response was cut off
    }
    this.socket?.end()
  }

  #onError(error: Error): void {
    this.#fail(error)
    this.socket?.destroy()
  }

  #onClose(): void {
    this.destroyed = true
    const response = this.#response
    if (response === undefined) this.#fail(connectionReset('socket hang up'))
    else if (!response.complete) response.destroy(connectionReset('aborted'))
    this.emit('close')
  }
}

/** Makes a request over the socket that `createConnection` gives; send it with `end`. */
export function request(
  options: RequestOptions,
  onResponse?: (response: IncomingMessage) => void,
): ClientRequest {
  return new ClientRequest(options, onResponse)
}

export { IncomingMessage }
export default { ClientRequest, IncomingMessage, request }
