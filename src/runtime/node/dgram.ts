/** `node:dgram`: UDP to address literals, connected or not. */

import EventEmitter from 'events/events.js'
import { Buffer } from './buffer.ts'
import { type Datagram, type Handle, type HostError, host } from './host.ts'
import { isIP } from './ip.ts'
import { forget, nextTick, ticket } from './loop.ts'
import { socketError, withCode } from './system-error.ts'

type Done = (error: Error | null, bytes?: number) => void

export class Socket extends EventEmitter {
  readonly #family: 4 | 6
  #handle: Handle = 0
  #receiving = 0
  #connected = false
  #closed = false

  constructor(family: 4 | 6) {
    super()
    this.#family = family
  }

  /** Opens the socket with the first use of it, as Node binds it then. Throws a `HostError`. */
  #open(): Handle {
    if (this.#closed) throw withCode(new Error('Not running'), 'ERR_SOCKET_DGRAM_NOT_RUNNING')
    if (this.#handle !== 0) return this.#handle
    const receiving = ticket<Datagram>((error, datagram) => this.#receive(error, datagram), {
      repeating: true,
    })
    try {
      this.#handle = host.udp(receiving, this.#family)
      this.#receiving = receiving
    } catch (error) {
      forget(receiving)
      throw error
    }
    return this.#handle
  }

  #receive(error: HostError | undefined, datagram: Datagram): void {
    if (this.#closed) return
    if (error !== undefined) {
      this.emit('error', socketError(error, 'recvmsg'))
      return
    }
    const { address, port } = datagram
    const data = Buffer.from(datagram.data)
    this.emit('message', data, { address, port, family: `IPv${this.#family}`, size: data.length })
  }

  /** Fixes the peer; emits `connect`, or `error` when there is no way to it. */
  connect(port: number, address: string, onConnect?: () => void): void {
    if (onConnect !== undefined) this.once('connect', onConnect)
    nextTick(() => {
      if (this.#closed) return
      try {
        host.udpConnect(this.#open(), address, port)
        this.#connected = true
      } catch (error) {
        this.emit('error', socketError(error as HostError, 'connect', { address, port }))
        return
      }
      this.emit('connect')
    })
  }

  /** `send(data, done)` to the fixed peer, `send(data, port, address, done)` to another. */
  send(data: Uint8Array, ...args: readonly unknown[]): void {
    const last = args.at(-1)
    const done = typeof last === 'function' ? (last as Done) : undefined
    const [port, address] = args
    const place =
      typeof port === 'number' && typeof address === 'string' && isIP(address) !== 0
        ? { address, port }
        : undefined
    if (this.#closed) throw withCode(new Error('Not running'), 'ERR_SOCKET_DGRAM_NOT_RUNNING')
    if (place === undefined && !this.#connected) {
      throw withCode(new Error('Not connected, and no address to send to'), 'ERR_SOCKET_DGRAM_NOT_CONNECTED')
    }
    const tell = (failure: Error | null): void => {
      if (done !== undefined) done(failure, failure === null ? data.length : undefined)
      else if (failure !== null) this.emit('error', failure)
    }
    // To the fixed peer it leaves even if the socket is closed next; the address of another is looked up first.
    if (place === undefined) nextTick(tell, this.#transmit(data))
    else {
      nextTick(() => {
        if (!this.#closed) tell(this.#transmit(data, place))
      })
    }
  }

  #transmit(data: Uint8Array, place?: { readonly address: string; readonly port: number }): Error | null {
    try {
      if (place === undefined) host.udpSend(this.#open(), data)
      else host.udpSend(this.#open(), data, place.address, place.port)
      return null
    } catch (error) {
      return socketError(error as HostError, 'send', place)
    }
  }

  close(onClose?: () => void): this {
    if (this.#closed) throw withCode(new Error('Not running'), 'ERR_SOCKET_DGRAM_NOT_RUNNING')
    if (onClose !== undefined) this.once('close', onClose)
    this.#closed = true
    if (this.#handle !== 0) {
      host.close(this.#handle)
      forget(this.#receiving)
    }
    nextTick(() => this.emit('close'))
    return this
  }
}

/** Makes a UDP socket of one family. */
export function createSocket(type: 'udp4' | 'udp6'): Socket {
  return new Socket(type === 'udp6' ? 6 : 4)
}
