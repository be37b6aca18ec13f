import type { Socket } from 'node:net'
import { Redis } from 'ioredis'
import { quoteForeign, type Secret } from '../../plan/secret.ts'
import { Failure } from '../failure.ts'
import type { Attempt } from '../kind.ts'
import type { Login } from '../login-turns.ts'
import { dial } from '../transport/dial.ts'
import type { Endpoint } from '../transport/endpoint.ts'
import { closedByPeer, systemFailure } from '../transport/system-failure.ts'
import { secure, type TlsSettings } from '../transport/tls.ts'
import { tlsFailure } from '../transport/tls-alert.ts'
import { connectorOf } from './connector.ts'
import { errorReply } from './error-reply.ts'
import { withPhases } from './phases.ts'
import { NoReply, ReplyGuard } from './reply-guard.ts'
import type { Credentials } from './target.ts'

/** How a session is opened. */
export interface SessionSettings {
  readonly tls: TlsSettings | undefined
  readonly credentials: Credentials | undefined
  /** Whatever a server may say back and nobody is to read. */
  readonly secrets: readonly Secret[]
  /** When other servers are asked beside it: its turn to be given the password. */
  readonly login?: Login
}

/** What a first answer begins with in RESP 2: simple string, error, integer, bulk string, array. */
const RESP_TYPE = /^[-+:$*]/
/** No answer to what a probe asks is nearly as long. */
const MOST_BYTES = 1024 * 1024
/** Enough for a secret to be found whole in it, and masked, before it is cut for the log. */
const QUOTED_BYTES = 4096
/** How long a server may think about the password before the next one gets it, in milliseconds. */
const TURN_MS = 1000

/**
 * A connection to one server, over which ioredis speaks. It is given a socket that is connected and secured already, and
 * no credentials, because it hides why a connection failed, warns on the console, and keeps timers after its end.
 */
export class Session {
  readonly #socket: Socket
  readonly #redis: Redis
  readonly #settings: SessionSettings
  readonly #attempt: Attempt
  #user: string | undefined
  #db = 0
  #answered = false
  #received = 0
  #beginning = Buffer.alloc(0)
  readonly #guard = new ReplyGuard()
  #failure: Failure | undefined
  #cause: Error | undefined

  /** Connects and logs in. Rejects with `Failure`, nothing left open. */
  static async open(endpoint: Endpoint, settings: SessionSettings, attempt: Attempt): Promise<Session> {
    const session = new Session(await connect(endpoint, settings.tls, attempt), settings, attempt)
    const { credentials } = settings
    try {
      await session.#start()
      if (credentials !== undefined) await session.authenticate(credentials)
      return session
    } catch (error) {
      session.destroy()
      throw error
    }
  }

  private constructor(socket: Socket, settings: SessionSettings, attempt: Attempt) {
    this.#socket = socket
    this.#settings = settings
    this.#attempt = attempt
    // Nothing may flow before ioredis listens.
    socket.pause()
    socket.on('error', (error) => this.#note(error))
    attempt.signal.addEventListener('abort', this.#abort)
    this.#redis = new Redis({
      Connector: connectorOf(socket, (chunk) => this.#look(chunk)),
      lazyConnect: true,
      retryStrategy: () => null,
      enableOfflineQueue: false,
      enableReadyCheck: false,
      disableClientInfo: true,
      protocol: 2,
      noDelay: false,
      keepAlive: 0,
    })
    this.#redis.on('error', (error: Error) => this.#note(error))
    if (attempt.signal.aborted) this.#abort()
  }

  async #start(): Promise<void> {
    try {
      await this.#redis.connect()
    } catch (error) {
      throw this.#explain(error, 'anything')
    }
  }

  /** Logs in, as the user that is given. Rejects with `Failure`. */
  async authenticate({ user, password }: Credentials): Promise<void> {
    const { login } = this.#settings
    if (login !== undefined && !(await login.takeTurn(TURN_MS))) {
      // Another server has turned the password down: the attempt is about to end with that.
      throw new Failure({ code: 'ABORTED', reason: 'given up' })
    }
    this.#user = user
    try {
      if (user === undefined) await this.ask('AUTH', password.reveal())
      else await this.#authenticateAs(user, password)
    } catch (error) {
      if (error instanceof Failure && error.code === 'WRONGPASS') login?.reject()
      throw error
    } finally {
      login?.end()
    }
  }

  /**
   * A default user without a password is let in with any, but only by name. Servers before Redis 6 know no names; what
   * they have is the default user.
   */
  async #authenticateAs(user: string, password: Secret): Promise<void> {
    try {
      await this.ask('AUTH', user, password.reveal())
    } catch (error) {
      const old = user === 'default' && error instanceof Failure && error.code === 'NO_USERS'
      if (!old) throw error
      await this.ask('AUTH', password.reveal())
    }
  }

  async select(db: number): Promise<void> {
    this.#db = db
    await this.ask('SELECT', `${db}`)
  }

  /** Asks one question and gives the answer; an error that the server replies is a `Failure`. */
  async ask(command: string, ...args: readonly string[]): Promise<unknown> {
    const name = command === 'CLUSTER' ? `${command} ${args[0]}` : command
    this.#attempt.waitingFor(`the answer to ${name}`)
    try {
      this.#guard.expectReply()
      const answer = await this.#redis.call(command, ...args)
      this.#answered = true
      return answer
    } catch (error) {
      throw this.#explain(error, name)
    }
  }

  /** Text that the server sent, fit to be shown. */
  quote(text: string): string {
    return quoteForeign(text, this.#settings.secrets, 80)
  }

  destroy(): void {
    this.#settings.login?.end()
    this.#attempt.signal.removeEventListener('abort', this.#abort)
    this.#socket.destroy()
  }

  readonly #abort = (): void => {
    this.#socket.destroy()
  }

  /** Looks at what comes in, and tells whether ioredis may see it. */
  #look(chunk: Buffer): boolean {
    if (this.#received === 0) this.#attempt.heard()
    this.#received += chunk.length
    if (this.#beginning.length < QUOTED_BYTES) {
      this.#beginning = Buffer.concat([this.#beginning, chunk.subarray(0, QUOTED_BYTES)])
    }
    if (this.#received > MOST_BYTES) {
      this.#fail(new Failure({ code: 'TOO_LONG', reason: 'answered more than 1 MiB', lasting: true }))
      return false
    }
    try {
      if (!RESP_TYPE.test(this.#beginning.toString('latin1', 0, 1))) throw new NoReply()
      this.#guard.push(chunk)
      return true
    } catch (error) {
      if (!(error instanceof NoReply)) throw error
      this.#fail(this.#notRedis())
      return false
    }
  }

  #notRedis(): Failure {
    // A TLS record: an alert, version 3.x (RFC 8446, 5.1).
    if (this.#beginning[0] === 0x15 && this.#beginning[1] === 3) {
      return new Failure({
        code: 'TLS_REQUIRED',
        reason: 'the port speaks TLS',
        hint: 'write rediss:// for it',
        lasting: true,
      })
    }
    const [line = ''] = this.#beginning.toString().split(/[\r\n]/)
    return new Failure({
      code: 'NOT_REDIS',
      reason: `not Redis: answered "${this.quote(line)}"`,
      lasting: true,
    })
  }

  #fail(failure: Failure): void {
    this.#failure ??= failure
    this.#socket.destroy()
  }

  #note(error: Error): void {
    this.#cause ??= error
  }

  /** Says why a command failed: ioredis itself mostly knows no more than "Connection is closed". */
  #explain(error: unknown, command: string): Failure {
    if (this.#failure !== undefined) return this.#failure
    const asked = {
      command,
      user: this.#user,
      db: this.#db,
      secrets: this.#settings.secrets,
    }
    if (error instanceof Error && error.name === 'ReplyError') return errorReply(error.message, asked)
    // A server that lets nobody in says so unasked, and closes.
    const [, greeting] = (!this.#answered && /^-([^\r\n]+)/.exec(this.#beginning.toString())) || []
    if (greeting !== undefined) return errorReply(greeting, asked)
    const before = `before it answered ${command}`
    const failure = tlsFailure(this.#cause) ?? systemFailure(this.#cause, before) ?? closedByPeer(before)
    // An error that ioredis hands to a command and reports as well is its own: it could not read the answer.
    if (error === this.#cause && failure.code === 'CLOSED') return this.#notRedis()
    if (this.#received > 0 || failure.hint !== undefined) return failure
    const hint =
      this.#settings.tls === undefined
        ? 'so does a port that speaks TLS (rediss:// is for it), and a proxy whose server is not there'
        : 'so does a proxy whose server is not there'
    return new Failure({ ...failure, hint })
  }
}

async function connect(endpoint: Endpoint, tls: TlsSettings | undefined, attempt: Attempt): Promise<Socket> {
  const socket = await dial(endpoint, attempt)
  if (tls === undefined) return socket
  // A server without TLS takes the handshake for the start of a command, and waits for its end.
  const said = (phase: string): void =>
    attempt.waitingFor(`${phase}, which a Redis without TLS never answers`)
  return secure(socket, 'path' in endpoint ? '' : endpoint.host, tls, withPhases(attempt, said))
}
