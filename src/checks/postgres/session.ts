import type { Socket } from 'node:net'
import Client from 'pg/lib/client.js'
import { quoteForeign, Secret } from '../../plan/secret.ts'
import { Failure } from '../failure.ts'
import type { Attempt } from '../kind.ts'
import type { Login } from '../login-turns.ts'
import { AuthenticationGuard } from './authentication-guard.ts'
import { channelOf } from './channel.ts'
import { FirstRowQuery, type Row, type StatementOptions } from './first-row-query.ts'
import { MessageGuard } from './message-guard.ts'
import type { Connection } from './negotiation.ts'
import { lookUpPassword } from './password.ts'
import { saslFailure } from './sasl-failure.ts'
import { asServerError, type LoginFacts, loginFailure, passes, statementFailure } from './server-failure.ts'
import type { PostgresHost, PostgresServerTarget } from './target.ts'
import { brokenProtocol, Wire } from './wire.ts'

/** What the server's SCRAM may cost: a million rounds are more than anybody configures, and less than a second. */
const MOST_SCRAM_ROUNDS = 1_000_000
/** How long the goodbye may take to leave, in milliseconds. */
const GOODBYE_MS = 100

/** The server does not let this user in this way (28000), said before it asked for a password. */
export class NotAdmitted extends Failure {}

/**
 * A login on a connection. Everything that can end it (an error of the socket, of the server, of the protocol, the
 * attempt's own end) rejects whatever is waited for and destroys the socket.
 */
export class Session {
  readonly #socket: Socket
  readonly #wire: Wire
  readonly #client: Client
  readonly #attempt: Attempt
  readonly #loggingIn: Login
  readonly #facts: { -readonly [K in keyof LoginFacts]: LoginFacts[K] }
  readonly #broken: Promise<never>
  #break: (failure: Failure) => void = () => {}
  readonly #onAbort = (): void => this.#break(new Failure({ code: 'ABORTED', reason: 'given up' }))
  #version = ''

  private constructor(
    connection: Connection,
    host: PostgresHost,
    target: PostgresServerTarget,
    attempt: Attempt,
    login: Login,
  ) {
    const { socket, encrypted } = connection
    const { user, database, startup, authentication } = target
    const channel = channelOf(socket)
    this.#socket = socket
    this.#attempt = attempt
    this.#loggingIn = login
    this.#facts = {
      user,
      database,
      encrypted,
      tlsDisabled: target.encryption.mode === 'disable' && !('path' in host.endpoint),
      passwordFrom: undefined,
      secrets: target.secrets,
    }
    this.#broken = new Promise((_, reject) => {
      this.#break = (failure) => {
        reject(failure)
        socket.destroy()
      }
    })
    // Nobody may be waiting when it breaks.
    this.#broken.catch(() => {})
    attempt.signal.addEventListener('abort', this.#onAbort)
    const guard = new MessageGuard(target.secrets, new AuthenticationGuard(authentication, channel))
    this.#wire = new Wire(socket, guard, (failure) => this.#break(failure))
    this.#wire.once('data', () => attempt.heard())
    this.#client = new Client({
      stream: this.#wire,
      user,
      database,
      password: () => this.#password(host, target),
      // The connection is what it is; otherwise the driver would look at PGSSLMODE and PGSSLNEGOTIATION itself.
      ssl: false,
      sslnegotiation: 'postgres',
      scramMaxIterations: MOST_SCRAM_ROUNDS,
      enableChannelBinding: channel === 'bindable' && authentication.channelBinding !== 'disable',
    })
    // The driver would add what it finds in variables.
    this.#client.getStartupConf = () => ({ user, database, ...startup })
    this.#client.on('error', (error) => this.#break(this.#loginFailure(error)))
  }

  /** Logs in. Rejects with `Failure`, the socket destroyed. */
  static async open(
    connection: Connection,
    host: PostgresHost,
    target: PostgresServerTarget,
    attempt: Attempt,
    login: Login,
  ): Promise<Session> {
    const session = new Session(connection, host, target, attempt, login)
    try {
      await session.#login()
      return session
    } catch (error) {
      session.destroy()
      throw error
    }
  }

  /** `server_version` as the server reports it, without what a distribution adds: `17.2`. */
  get version(): string {
    return this.#version
  }

  /** Runs a statement and gives its first row. `what` names it in a failure: "query". Rejects with `Failure`. */
  async firstRow(what: string, text: string, options?: StatementOptions): Promise<Row> {
    this.#wire.during = `during the ${what}`
    this.#attempt.waitingFor(`the answer to the ${what}`)
    const query = new FirstRowQuery(text, options)
    this.#client.query(query)
    const row = query.firstRow.catch((error: unknown) => {
      const answer = asServerError(error)
      throw answer === undefined ? brokenProtocol() : statementFailure(answer, what, this.#facts)
    })
    return await Promise.race([this.#broken, row])
  }

  /** Says goodbye, which a server logs less than a connection cut off, but does not wait for long. */
  async close(): Promise<void> {
    this.#stopListening()
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, GOODBYE_MS)
      this.#socket.on('close', () => {
        clearTimeout(timer)
        resolve()
      })
      this.#socket.on('finish', () => this.#socket.destroy())
      void this.#client.end()
    })
    this.#socket.destroy()
  }

  destroy(): void {
    this.#stopListening()
    this.#socket.destroy()
  }

  #stopListening(): void {
    this.#loggingIn.end()
    this.#attempt.signal.removeEventListener('abort', this.#onAbort)
  }

  async #login(): Promise<void> {
    if (this.#attempt.signal.aborted) this.#onAbort()
    this.#attempt.waitingFor('the start-up answer')
    const connected = this.#client.connect().catch((error: unknown) => {
      throw this.#loginFailure(error)
    })
    this.#listenForVersion()
    await Promise.race([this.#broken, connected])
  }

  #listenForVersion(): void {
    const { connection } = this.#client
    connection.on('authenticationOk', () => this.#loggingIn.end())
    connection.on('parameterStatus', (status: { parameterName: string; parameterValue: string }) => {
      if (status.parameterName !== 'server_version') return
      this.#version = quoteForeign(status.parameterValue.split(' ', 1)[0] ?? '', this.#facts.secrets, 40)
    })
  }

  /** What the driver sends when the server asks for a password. */
  async #password(host: PostgresHost, target: PostgresServerTarget): Promise<string> {
    const { password, passfile } =
      target.password === undefined
        ? lookUpPassword(host, target)
        : { password: target.password.reveal(), passfile: undefined }
    // Where it has been turned down elsewhere, the attempt is about to end, and this session with it.
    if (!(await this.#loggingIn.takeTurn())) return await this.#broken
    this.#attempt.waitingFor('the answer to the login')
    if (passfile !== undefined) {
      this.#facts.passwordFrom = passfile
      this.#facts.secrets = [...this.#facts.secrets, new Secret(password)]
    }
    return password
  }

  #loginFailure(error: unknown): Failure {
    if (error instanceof Failure) return error
    const answer = asServerError(error)
    if (answer === undefined) return saslFailure(error, this.#facts)
    const failure = loginFailure(answer, this.#facts)
    if (!this.#loggingIn.passwordGiven) return failure.code === '28000' ? new NotAdmitted(failure) : failure
    if (passes(answer)) return failure
    // Whatever its words: it came in answer to the password.
    this.#loggingIn.reject()
    return new Failure({ ...failure, rejectsLogin: true })
  }
}
