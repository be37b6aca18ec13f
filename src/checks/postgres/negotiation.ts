import type { Socket } from 'node:net'
import { Failure } from '../failure.ts'
import type { Attempt } from '../kind.ts'
import { dial } from '../transport/dial.ts'
import { closedByPeer, systemFailure } from '../transport/system-failure.ts'
import { secure } from '../transport/tls.ts'
import { notPostgres } from './message-guard.ts'
import type { PostgresHost, PostgresServerTarget } from './target.ts'

/** `SSLRequest` (53.7): its length and the number that stands where the protocol version would. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f])
/** What direct negotiation must agree on, so that the server of another protocol is not talked to (53.2.10). */
const PROTOCOL = 'postgresql'

/** A connection on which the start-up message can be sent. */
export interface Connection {
  readonly socket: Socket
  readonly encrypted: boolean
}

/** The server does TLS, but the handshake came to nothing: `prefer` then goes on without. */
export class HandshakeFailure extends Failure {}

/**
 * Connects to a host, with or without TLS. `if offered` goes on in plain text on the same connection when the server does
 * not do TLS. Rejects with `Failure`, nothing left open.
 */
export async function openConnection(
  host: PostgresHost,
  target: PostgresServerTarget,
  tls: 'no' | 'if offered' | 'yes',
  attempt: Attempt,
): Promise<Connection> {
  const socket = await dial(host.endpoint, attempt)
  if (tls === 'no') return { socket, encrypted: false }
  try {
    if (target.encryption.direct || (await requestTls(socket, target, attempt))) {
      return { socket: await handshake(socket, host, target, attempt), encrypted: true }
    }
    if (tls === 'if offered') return { socket, encrypted: false }
    throw new Failure({
      code: 'NO_TLS',
      reason: 'server does not do TLS, which sslmode requires',
      hint: 'ssl is off in postgresql.conf, or this port is of a proxy without TLS',
      lasting: true,
    })
  } catch (error) {
    socket.destroy()
    throw error
  }
}

async function handshake(
  socket: Socket,
  host: PostgresHost,
  target: PostgresServerTarget,
  attempt: Attempt,
): Promise<Socket> {
  const { direct } = target.encryption
  try {
    const secured = await secure(socket, host.name, target.tls, attempt, direct ? [PROTOCOL] : undefined)
    if (!direct || secured.alpnProtocol !== false) return secured
    secured.destroy()
    throw new Failure({
      code: 'NOT_POSTGRES',
      reason: 'not PostgreSQL, or older than 17: TLS without the protocol "postgresql"',
      hint: 'sslnegotiation=postgres asks for TLS first',
      lasting: true,
    })
  } catch (error) {
    throw error instanceof Failure ? new HandshakeFailure(error) : error
  }
}

/** Asks whether the server does TLS (53.2.10); rejects with `Failure`. */
function requestTls(socket: Socket, target: PostgresServerTarget, attempt: Attempt): Promise<boolean> {
  attempt.waitingFor('the answer to the TLS request')
  const during = 'before it answered the TLS request'
  return new Promise((resolve, reject) => {
    function settle(end: () => void): void {
      attempt.signal.removeEventListener('abort', onAbort)
      socket.off('data', onData).off('error', onError).off('close', onClose)
      // An error may still be on its way before the next listener is there.
      socket.on('error', () => {})
      end()
    }
    const fail = (failure: Failure): void => settle(() => reject(failure))
    const onAbort = (): void => fail(new Failure({ code: 'ABORTED', reason: 'given up' }))
    const onClose = (): void => fail(closedByPeer(during))
    const onError = (error: Error): void => fail(systemFailure(error, during) ?? closedByPeer(during))
    const onData = (answer: Buffer): void => {
      attempt.heard()
      const letter = answer.toString('latin1')
      // Exactly one byte: what follows in plain text could be put there by somebody in between (CVE-2021-23222).
      if (letter === 'S' || letter === 'N') settle(() => resolve(letter === 'S'))
      else fail(/^E(\0|.*\0$)/s.test(letter) ? cannotAnswer() : notPostgres(answer, target.secrets))
    }
    socket.on('data', onData).on('error', onError).on('close', onClose)
    attempt.signal.addEventListener('abort', onAbort)
    if (attempt.signal.aborted) onAbort()
    else socket.write(SSL_REQUEST)
  })
}

/** Its text is not repeated: anybody on the way could have written it (CVE-2024-10977). */
function cannotAnswer(): Failure {
  return new HandshakeFailure({
    code: 'NO_TLS_ANSWER',
    reason: 'server answered the TLS request with an error',
    hint: 'it may be out of memory or processes: its log tells',
  })
}
