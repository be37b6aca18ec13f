import { Failure } from '../failure.ts'
import type { AuthenticationRules, Method } from './authentication.ts'

/** What can be bound to: nothing without TLS; with it, a certificate whose digest is known, or one whose is not. */
export type Channel = 'plain' | 'bindable' | 'unbindable'

/** `Authentication…` messages (53.7) by their number. */
const OK = 0
const SASL = 10
const SASL_FINAL = 12
const METHOD: Readonly<Record<number, Method>> = {
  3: 'password',
  5: 'md5',
  7: 'gss',
  8: 'gss',
  9: 'sspi',
  10: 'scram-sha-256',
  11: 'scram-sha-256',
  12: 'scram-sha-256',
}
const IN_WORDS: Readonly<Partial<Record<Method, string>>> = {
  password: 'for a password in clear text',
  md5: 'for MD5 authentication',
  gss: 'for GSSAPI authentication',
  sspi: 'for SSPI authentication',
  'scram-sha-256': 'for SASL authentication',
}

/**
 * Holds what a server asks for against `require_auth` and `channel_binding=require`, as libpq does, before the driver
 * sees it: so no password, and nothing made of one, goes to a server that asks in a way which is not allowed.
 */
export class AuthenticationGuard {
  readonly #rules: AuthenticationRules
  readonly #channel: Channel
  /** The client has given all that it was asked for; of SCRAM, that the server has proved that it knows the password. */
  #complete = false

  constructor(rules: AuthenticationRules, channel: Channel) {
    this.#rules = rules
    this.#channel = channel
  }

  /** Looks at a request: its number and what stands behind it. Throws `Failure`. */
  check(number: number, rest: Buffer): void {
    this.#checkMethod(number)
    if (this.#rules.channelBinding === 'require') this.#checkBinding(number, rest)
    this.#complete ||= number === 3 || number === 5 || number === SASL_FINAL
  }

  #checkMethod(number: number): void {
    const { required } = this.#rules
    if (required === undefined) return
    const method = METHOD[number]
    const allowed =
      number === OK
        ? this.#complete || required.methods.has('none')
        : method !== undefined && required.methods.has(method)
    if (allowed) return
    const asked =
      method === undefined ? 'lets the client in without authentication' : `asks ${IN_WORDS[method]}`
    throw new Failure({
      code: 'AUTHENTICATION_METHOD',
      reason: `server ${asked}, which require_auth=${required.text} does not allow`,
      lasting: true,
    })
  }

  #checkBinding(number: number, rest: Buffer): void {
    const method = METHOD[number]
    if (number === OK) {
      // Nothing but SCRAM with a binding gets as far as that.
      if (!this.#complete) throw unbound('server lets the client in without it')
    } else if (method !== 'scram-sha-256') {
      throw unbound(`server asks ${method === undefined ? 'in another way' : IN_WORDS[method]}`)
    } else if (number === SASL) {
      if (this.#channel === 'plain') {
        throw unbound('the connection is without TLS', 'sslmode=require, or stricter, asks for TLS')
      }
      if (!rest.toString('latin1').split('\0').includes('SCRAM-SHA-256-PLUS')) {
        throw unbound('server does not offer it', 'a pooler or proxy that ends TLS cannot offer it')
      }
      if (this.#channel === 'unbindable') {
        throw unbound(
          'readywhen cannot bind to this server certificate',
          'it can to one that is signed by RSA or ECDSA with SHA-256, SHA-384 or SHA-512',
        )
      }
    }
  }
}

function unbound(but: string, hint?: string): Failure {
  return new Failure({
    code: 'CHANNEL_BINDING',
    reason: `channel binding required, but ${but}`,
    hint,
    lasting: true,
  })
}
