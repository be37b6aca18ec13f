import { printable, quoteForeign, type Secret } from '../../plan/secret.ts'
import { Failure, type FailureDetail } from '../failure.ts'
import { poolerPasses, poolerRefusal, unsupportedParameter } from './pooler-failure.ts'

/** What a server's error must be read against. */
export interface LoginFacts {
  readonly user: string
  readonly database: string
  readonly encrypted: boolean
  /** The target asks for no TLS, so a server that wants it turns the login down. */
  readonly tlsDisabled: boolean
  /** Where the password came from, when it was not given with the target: the path of the password file. */
  readonly passwordFrom: string | undefined
  readonly secrets: readonly Secret[]
}

interface ServerError {
  readonly code: string
  readonly message: string
}

type Words = Omit<FailureDetail, 'code'>

/** The error a server sent (53.8), if that is what the driver rejects with: it carries an SQLSTATE. */
export function asServerError(error: unknown): ServerError | undefined {
  if (!(error instanceof Error)) return undefined
  const { code } = error as Error & { code?: unknown }
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? { code, message: error.message } : undefined
}

/** Codes with which poolers answer, whatever it is about: protocol violation, internal and system errors. */
const UNTOLD = /^(?:08...|XX000|58000)$/

/**
 * Turns the server's refusal of a login into a failure, by its SQLSTATE (Appendix A). The refusal of a pooler is told,
 * and coded, as Postgres' own.
 */
export function loginFailure(error: ServerError, facts: LoginFacts): Failure {
  const pooler = UNTOLD.test(error.code) ? poolerRefusal(error.message) : undefined
  if (pooler !== undefined) {
    const words = refusal({ code: pooler, message: error.message }, facts)
    const said = `a pooler says: ${quoteForeign(error.message, facts.secrets, 120)}`
    // That Postgres knows no such role either is no news here.
    const better = pooler === '28P01' && facts.passwordFrom === undefined ? said : words.hint
    return new Failure({ ...words, hint: better ?? said, code: pooler })
  }
  const words = endOfSession(error, facts) ?? refusal(error, facts)
  return new Failure({ ...words, code: error.code })
}

/** Whether an error at the login has nothing to do with who logs in. */
export function passes({ code, message }: ServerError): boolean {
  return /^(?:53|57)/.test(code) || (UNTOLD.test(code) && poolerPasses(message))
}

/** Turns the error that a statement met into a failure. `statement` names it: "query". */
export function statementFailure(error: ServerError, statement: string, facts: LoginFacts): Failure {
  const words = endOfSession(error, facts) ?? {
    reason: `${statement} failed: ${quoteForeign(error.message, facts.secrets)}`,
    // Not permitted, not SQL, or more than reading; what it names may still be created.
    lasting: ['42501', '42601', '25006'].includes(error.code),
  }
  return new Failure({ ...words, code: error.code })
}

/** What a server may answer at any time, and which passes. */
function endOfSession(error: ServerError, facts: LoginFacts): Words | undefined {
  const said = quoteForeign(error.message, facts.secrets)
  switch (error.code) {
    case '57P03':
      return { reason: state(error.message) ?? `not accepting connections: ${said}` }
    case '57P01':
      return { reason: 'shutting down' }
    case '57P02':
      return { reason: 'restarting after a crash' }
    case '57P04':
      return { reason: `${quoted('database', facts.database)} was dropped`, lasting: true }
    case '53300':
      return {
        reason: /for (role|database)|reserved/.test(error.message) ? said : 'too many connections',
        hint: 'all slots are taken (max_connections, or a limit of the role or database)',
      }
    default:
      return undefined
  }
}

/** The usual words of 57P03 made short; they come in the language of the server, so others are quoted. */
function state(message: string): string | undefined {
  if (/is starting up/.test(message)) return 'starting up'
  if (/is shutting down/.test(message)) return 'shutting down'
  if (/in recovery mode/.test(message)) return 'recovering from a crash'
  return undefined
}

function refusal(error: ServerError, facts: LoginFacts): Words {
  const said = quoteForeign(error.message, facts.secrets)
  switch (error.code) {
    case '28P01':
      return {
        reason: `password rejected for user ${printable(facts.user)}`,
        hint:
          facts.passwordFrom === undefined
            ? 'Postgres says the same when there is no such role'
            : `the password came from ${printable(facts.passwordFrom)}`,
        lasting: true,
        rejectsLogin: true,
      }
    case '28000':
      return { ...notAdmitted(error.message, said, facts), lasting: true, rejectsLogin: true }
    case '3D000':
      return { reason: `${quoted('database', facts.database)} does not exist`, lasting: true }
    case '42501':
      return {
        reason: `user ${printable(facts.user)} may not connect to ${quoted('database', facts.database)}`,
        lasting: true,
      }
    default:
      if (UNTOLD.test(error.code)) {
        return unsupportedParameter(error.message, said) ?? { reason: `server error: ${said}` }
      }
      // Of the login itself only settings in options= can be wrong, or the protocol.
      return { reason: `server error: ${said}`, lasting: /^(0A|22|28|42)/.test(error.code) }
  }
}

function notAdmitted(message: string, said: string, facts: LoginFacts): Pick<Words, 'reason' | 'hint'> {
  if (/^role ".*" does not exist$/.test(message)) {
    return { reason: `${quoted('role', facts.user)} does not exist` }
  }
  if (/^(?:SSL|TLS)(?: connection)?(?: is)? required/i.test(message)) {
    return { reason: 'server admits TLS only', hint: 'sslmode=require, or stricter, asks for it' }
  }
  if (!/pg_hba\.conf/.test(message)) return { reason: `login refused: ${said}` }
  const from = /host "([^"]+)"/.exec(message)?.[1]
  const where = from === undefined ? '' : `, from ${quoteForeign(from, facts.secrets, 60)}`
  const how = facts.encrypted ? 'with TLS' : 'without TLS'
  const who = `user ${printable(facts.user)}, ${quoted('database', facts.database)}${where}, ${how}`
  return {
    reason: /rejects/.test(message) ? `pg_hba.conf rejects ${who}` : `no pg_hba.conf entry for ${who}`,
    hint: facts.encrypted
      ? undefined
      : 'a server that admits TLS only is reached with sslmode=require or stricter',
  }
}

function quoted(thing: string, name: string): string {
  return `${thing} "${printable(name)}"`
}
