import { quoteForeign, type Secret } from '../../plan/secret.ts'
import { Failure } from '../failure.ts'
import type { AuthenticationGuard } from './authentication-guard.ts'
import { brokenProtocol } from './wire.ts'

/** More than any login and the answer to a sensible query take. */
const LARGEST_SESSION = 4 * 1024 * 1024
/** Bounds of libpq for what comes before the login is done. */
const LONGEST_AUTHENTICATION = 2000
const LONGEST_EARLY_MESSAGE = 30_000

const codes = (types: string): ReadonlySet<number> => new Set(Buffer.from(types))
const EARLY_TYPES = codes('RENv')
/** After the login; a request for a password (`R`) is none of them, for the driver would answer it whenever it comes. */
const MESSAGE_TYPES = codes('12tnsACDEGHIKNSTVWZcdv3')
const AUTHENTICATION = 0x52
const FIELD_LISTS = codes('EN')
const NOTHING = Buffer.alloc(0)

/** The ways of authentication (53.7, `Authentication…`) that the driver speaks: none, clear text, MD5 and SASL. */
const SPOKEN: ReadonlySet<number> = new Set([0, 3, 5, 10, 11, 12])
const UNSPOKEN: Readonly<Record<number, string>> = {
  2: 'Kerberos V5',
  4: 'crypt',
  6: 'SCM',
  7: 'GSSAPI',
  8: 'GSSAPI',
  9: 'SSPI',
}

/**
 * Looks at the bytes of a server before the driver does and throws `Failure` when they are not PostgreSQL's (53.7): the
 * driver itself would wait for the gigabytes that garbage seems to announce. Holds no more than the head of one message, or
 * all of one that asks for authentication.
 */
export class MessageGuard {
  readonly #secrets: readonly Secret[]
  readonly #authentication: AuthenticationGuard
  #loggedIn = false
  #total = 0
  /** The current message: whether it is a list of fields, bytes that are still to come, and the last two that came. */
  #fields = false
  #body = 0
  #ending = 0
  #head: Buffer = NOTHING

  constructor(secrets: readonly Secret[], authentication: AuthenticationGuard) {
    this.#secrets = secrets
    this.#authentication = authentication
  }

  /** Takes the next bytes. */
  push(chunk: Buffer): void {
    this.#total += chunk.length
    if (this.#total > LARGEST_SESSION) throw tooLarge()
    const data = this.#head.length === 0 ? chunk : Buffer.concat([this.#head, chunk])
    const { length } = data
    let at = 0
    while (at < length) {
      if (this.#body > 0) {
        at = this.#readBody(data, at)
        continue
      }
      const taken = this.#readHead(data, at)
      if (taken === 0) break
      at += taken
    }
    this.#head = at === length ? NOTHING : data.subarray(at)
  }

  /** Passes over what has come of the current message; gives where that ends. */
  #readBody(data: Buffer, at: number): number {
    const end = Math.min(at + this.#body, data.length)
    this.#body -= end - at
    if (this.#fields) {
      for (let i = Math.max(at, end - 2); i < end; i++) {
        this.#ending = ((this.#ending << 8) | (data[i] ?? 0)) & 0xffff
      }
      this.#checkEnd()
    }
    return end
  }

  /** Checks the head of a message that starts at `at`; gives its length, or 0 when it is not complete. */
  #readHead(data: Buffer, at: number): number {
    const type = data[at] ?? 0
    const here = data.length - at
    if (this.#loggedIn && type === AUTHENTICATION) throw brokenProtocol()
    if (!(this.#loggedIn ? MESSAGE_TYPES : EARLY_TYPES).has(type)) throw this.#notPostgres(data, at)
    if (here < 5) return 0
    const length = data.readUInt32BE(at + 1)
    if (length < 4 || (!this.#loggedIn && !plausible(type, length))) {
      throw oldError(data.subarray(at), this.#secrets) ?? this.#notPostgres(data, at)
    }
    if (length > LARGEST_SESSION) throw tooLarge()
    if (type !== AUTHENTICATION) {
      this.#fields = FIELD_LISTS.has(type)
      this.#body = length - 4
      // As good as the zero before a list of fields that is empty, but nothing at all is no list.
      this.#ending = length === 4 ? 1 : 0
      if (this.#fields) this.#checkEnd()
      return 5
    }
    if (here <= length) return 0
    const method = data.readUInt32BE(at + 5)
    if (!SPOKEN.has(method)) throw unspoken(UNSPOKEN[method] ?? `an unknown way of (${method})`)
    this.#authentication.check(method, data.subarray(at + 9, at + length + 1))
    this.#loggedIn ||= method === 0
    return length + 1
  }

  #notPostgres(data: Buffer, at: number): Failure {
    return notPostgres(data.subarray(at), this.#secrets)
  }

  /**
   * The fields of an error or notice end with a zero byte each, and their list with another (53.8). The driver would look
   * for those for ever where they are missing.
   */
  #checkEnd(): void {
    if (this.#body === 0 && this.#ending !== 0) throw brokenProtocol()
  }
}

/** Whether a message is of a length that may come before the login is done. */
function plausible(type: number, length: number): boolean {
  return type === AUTHENTICATION
    ? length >= 8 && length <= LONGEST_AUTHENTICATION
    : length <= LONGEST_EARLY_MESSAGE
}

/** What answered is no PostgreSQL server: the first line of what it said is quoted. */
export function notPostgres(answer: Buffer, secrets: readonly Secret[]): Failure {
  const said = answer.subarray(0, 200).toString('latin1')
  const line = said.split(/[\r\n]/, 1)[0] || said
  const tls = answer[0] === 0x15 && answer[1] === 0x03
  return new Failure({
    code: 'NOT_POSTGRES',
    reason: tls
      ? 'not PostgreSQL: answered with a TLS alert'
      : `not PostgreSQL: answered "${quoteForeign(line, secrets, 60)}"`,
    hint: tls
      ? 'the port speaks TLS from the first byte: sslnegotiation=direct and sslmode=require'
      : undefined,
    lasting: true,
  })
}

/** An error in the form of protocol 2, which a server still uses when it cannot start a process for the connection. */
function oldError(answer: Buffer, secrets: readonly Secret[]): Failure | undefined {
  const said = /^E([^\0]{4,})\0/.exec(answer.subarray(0, 1000).toString('latin1'))?.[1]
  if (said === undefined) return undefined
  return new Failure({ code: 'SERVER_ERROR', reason: `server error: ${quoteForeign(said, secrets)}` })
}

function tooLarge(): Failure {
  return new Failure({ code: 'TOO_LARGE', reason: 'answer is larger than 4 MiB' })
}

function unspoken(method: string): Failure {
  return new Failure({
    code: 'AUTHENTICATION_METHOD',
    reason: `server asks for ${method} authentication, which readywhen cannot do`,
    hint: 'pg_hba.conf can let this user in with a password or a client certificate',
    lasting: true,
  })
}
