import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { type PeerCertificate, TLSSocket } from 'node:tls'
import { Failure } from '../failure.ts'
import { closedByPeer, systemFailure } from '../transport/system-failure.ts'
import { tlsFailure } from '../transport/tls-alert.ts'
import type { MessageGuard } from './message-guard.ts'

/**
 * The connected socket as the driver wants to see it: what it calls `connect` does nothing, what it reads was looked at by
 * the guard, and whatever ends the connection is told to `onFailure` first, in plain words. Emits `data` and `close`.
 */
export class Wire extends EventEmitter {
  readonly #socket: Socket
  readonly #guard: MessageGuard
  readonly #onFailure: (failure: Failure) => void
  /** What the connection is used for now; ends the sentence "connection closed by peer …". */
  during = 'during the login'

  constructor(socket: Socket, guard: MessageGuard, onFailure: (failure: Failure) => void) {
    super()
    this.#socket = socket
    this.#guard = guard
    this.#onFailure = onFailure
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('error', (error) => {
      onFailure(tlsFailure(error) ?? systemFailure(error, this.during) ?? unknown(error))
    })
    socket.on('close', () => {
      onFailure(closedByPeer(this.during))
      this.emit('close')
    })
  }

  get writable(): boolean {
    return this.#socket.writable
  }

  /** What the driver binds a SCRAM login to. */
  getPeerCertificate(): Pick<PeerCertificate, 'raw'> {
    if (!(this.#socket instanceof TLSSocket)) throw new Error('no TLS, so no certificate')
    return this.#socket.getPeerCertificate()
  }

  connect(): void {
    // The driver listens only after this call.
    queueMicrotask(() => this.emit('connect'))
  }

  /** Was done when the connection was made. */
  setNoDelay(): void {}

  cork(): void {
    this.#socket.cork()
  }

  uncork(): void {
    this.#socket.uncork()
  }

  write(bytes: Buffer, done?: () => void): boolean {
    return this.#socket.write(bytes, done)
  }

  end(): void {
    this.#socket.end()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #receive(chunk: Buffer): void {
    try {
      this.#guard.push(chunk)
      this.emit('data', chunk)
    } catch (error) {
      this.#onFailure(error instanceof Failure ? error : brokenProtocol())
    }
  }
}

/** The driver threw on a message whose head was sound. */
export function brokenProtocol(): Failure {
  return new Failure({ code: 'PROTOCOL', reason: 'answered in broken PostgreSQL protocol', lasting: true })
}

function unknown(error: Error): Failure {
  return new Failure({ code: 'CONNECTION', reason: `connection failed: ${error.name}` })
}
