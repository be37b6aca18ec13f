import { quoteForeign, type Secret } from '../../plan/secret.ts'
import { Failure } from '../failure.ts'
import type { AuthenticationGuard } from './authentication-guard.ts'
import { brokenProtocol } from './wire.ts'

/** More than any login and the answer to a sensible query take. */
const LARGEST_SESSION = 4 * 1024 * 1024
/** Bounds of libpq for what comes before the login is done. */
const LONGEST_AUTHENTICATION = 2000
const LONGEST_EARLY_MESSAGE = 30_000

/** After the login; a request for a password (`R`) is none of them, for the driver would answer it whenever it comes. */
const MESSAGE_TYPES = '12tnsACDEGHIKNSTVWZcdv3'

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
  /** The current message: its type, bytes that are still to come, and the last two that came. */
  #type = ''
  #body = 0
  #ending = 0
  #head: Buffer = Buffer.alloc(0)

  constructor(secrets: readonly Secret[], authentication: AuthenticationGuard) {
    this.#secrets = secrets
    this.#authentication = authentication
  }

  /** Takes the next bytes. */
  push(chunk: Buffer): void {
    this.#total += chunk.length
    if (this.#total > LARGEST_SESSION) throw tooLarge()
    let data = this.#head.length === 0 ? chunk : Buffer.concat([this.#head, chunk])
    while (data.length > 0) {
      const skipped = Math.min(this.#body, data.length)
      this.#body -= skipped
      for (const byte of data.subarray(Math.max(0, skipped - 2), skipped)) {
        this.#ending = ((this.#ending << 8) | byte) & 0xffff
      }
      if (skipped > 0) this.#checkEnd()
      data = data.subarray(skipped)
      if (data.length === 0) break
      const taken = this.#readHead(data)
      if (taken === 0) break
      data = data.subarray(taken)
    }
    this.#head = data
  }

  /** Checks the head of a message at the start of `data`; gives its length, or 0 when it is not complete. */
  #readHead(data: Buffer): number {
    const type = String.fromCharCode(data[0] ?? 0)
    if (this.#loggedIn && type === 'R') throw brokenProtocol()
    if (!(this.#loggedIn ? MESSAGE_TYPES : 'RENv').includes(type)) throw notPostgres(data, this.#secrets)
    if (data.length < 5) return 0
    const length = data.readUInt32BE(1)
    if (length < 4 || (!this.#loggedIn && !plausible(type, length))) {
      throw oldError(data, this.#secrets) ?? notPostgres(data, this.#secrets)
    }
    if (length > LARGEST_SESSION) throw tooLarge()
    this.#type = type
    if (type !== 'R') {
      this.#body = length - 4
      // As good as the zero before a list of fields that is empty, but nothing at all is no list.
      this.#ending = length === 4 ? 1 : 0
      this.#checkEnd()
      return 5
    }
    if (data.length <= length) return 0
    const method = data.readUInt32BE(5)
    if (!SPOKEN.has(method)) throw unspoken(UNSPOKEN[method] ?? `an unknown way of (${method})`)
    this.#authentication.check(method, data.subarray(9, length + 1))
    this.#loggedIn ||= method === 0
    return length + 1
  }

  /**
   * The fields of an error or notice end with a zero byte each, and their list with another (53.8). The driver would look
   * for those for ever where they are missing.
   */
  #checkEnd(): void {
    if (this.#body === 0 && 'EN'.includes(this.#type) && this.#ending !== 0) throw brokenProtocol()
  }
}

/** Whether a message is of a length that may come before the login is done. */
function plausible(type: string, length: number): boolean {
  return type === 'R' ? length >= 8 && length <= LONGEST_AUTHENTICATION : length <= LONGEST_EARLY_MESSAGE
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
