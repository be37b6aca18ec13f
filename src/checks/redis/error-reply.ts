import { quoteForeign, type Secret } from '../../plan/secret.ts'
import { Failure, type FailureDetail } from '../failure.ts'
import { type Endpoint, parseHostPort } from '../transport/endpoint.ts'

/** What was asked when the server answered with an error. */
export interface Question {
  /** As it is named in reasons, without arguments that may be secret: `PING`. */
  readonly command: string
  readonly user: string | undefined
  readonly db: number
  readonly secrets: readonly Secret[]
}

/** A node of a cluster that does not hold the key, but says which one does. */
export class Moved extends Failure {
  readonly to: Endpoint

  constructor(to: Endpoint, detail: FailureDetail) {
    super(detail)
    this.to = to
  }
}

type Words = Omit<FailureDetail, 'code' | 'reason'> & {
  readonly reason: string | ((asked: Question) => string)
}

/** Errors by their first word (Redis, "Redis serialization protocol", simple errors). */
const BY_WORD: Readonly<Record<string, Words>> = {
  NOAUTH: {
    reason: 'a password is required',
    hint: 'give it in the target: redis://:password@host or redis://user:password@host',
    lasting: true,
  },
  WRONGPASS: { reason: rejected, lasting: true, rejectsLogin: true },
  NOPERM: {
    reason: ({ command, user }) => `user ${user ?? 'default'} may not run ${command}`,
    lasting: true,
  },
  LOADING: { reason: 'loading its data set' },
  MASTERDOWN: { reason: 'replica has no link to its primary' },
  MISCONF: {
    reason: 'cannot save its data, so it refuses writes',
    hint: 'its disk is full or not writable: see the log of the server',
  },
  BUSY: { reason: 'busy running a script' },
  CLUSTERDOWN: { reason: 'cluster is down' },
  TRYAGAIN: { reason: 'cluster is moving the key' },
  ASK: { reason: 'cluster is moving the key' },
  DENIED: {
    reason: 'protected mode: the server lets only its own machine in',
    hint: 'set a password on the server, or protected-mode no',
    lasting: true,
  },
}

/** Errors without a word of their own (`ERR …`), by what they say; each gets a code here. */
const BY_TEXT: readonly (readonly [RegExp, string, Words])[] = [
  [
    /^NOPERM .*\bkeys?\b/i,
    'NOPERM',
    { reason: ({ user }) => `user ${user ?? 'default'} may not access the key`, lasting: true },
  ],
  [/max number of clients/i, 'MAX_CLIENTS', { reason: 'too many clients' }],
  [
    /DB index is out of range|invalid DB index/i,
    'NO_DB',
    { reason: ({ db }) => `db ${db} does not exist`, lasting: true },
  ],
  [
    /SELECT is not allowed in cluster mode/i,
    'NO_DB',
    { reason: ({ db }) => `db ${db} does not exist: a cluster has db 0 alone`, lasting: true },
  ],
  [/^ERR invalid password/i, 'WRONGPASS', { reason: rejected, lasting: true, rejectsLogin: true }],
  [
    /^ERR .*(?:no password is set|without any password configured)/i,
    'NO_PASSWORD_SET',
    {
      reason: 'asks for no password, but one was given',
      hint: 'set requirepass on the server or leave the password out of the target',
      lasting: true,
    },
  ],
  [
    /wrong number of arguments for 'auth'/i,
    'NO_USERS',
    {
      reason: ({ user }) => `does not know users, but user ${user ?? 'default'} was given`,
      hint: 'Redis before version 6 takes a password alone',
      lasting: true,
    },
  ],
  [/cluster support disabled/i, 'NO_CLUSTER', { reason: 'is not in cluster mode', lasting: true }],
  [
    /unknown command/i,
    'UNKNOWN_COMMAND',
    { reason: ({ command }) => `does not know the command ${command}`, lasting: true },
  ],
]

/** Turns an error that the server replied with (`WRONGPASS invalid …`) into a failure. */
export function errorReply(text: string, asked: Question): Failure {
  const code = /^[A-Z][A-Z0-9_]*(?= |$)/.exec(text)?.[0] ?? 'ERR'
  const [, textCode, textWords] = BY_TEXT.find(([pattern]) => pattern.test(text)) ?? []
  const words = textWords ?? (Object.hasOwn(BY_WORD, code) ? BY_WORD[code] : undefined)
  const quoted = quoteForeign(text, asked.secrets, 120)
  if (code === 'MOVED') {
    const reason = `${asked.command} is for another node: ${quoted}`
    const to = redirection(text)
    return to === undefined ? new Failure({ code, reason }) : new Moved(to, { code, reason })
  }
  if (words === undefined) return new Failure({ code, reason: `${asked.command} failed: ${quoted}` })
  const reason = typeof words.reason === 'string' ? words.reason : words.reason(asked)
  return new Failure({ ...words, code: textCode ?? code, reason })
}

function rejected({ user }: Question): string {
  return user === undefined ? 'password rejected' : `password rejected for user ${user}`
}

/** `MOVED 3999 127.0.0.1:6381`; IPv6 addresses stand there without brackets. */
function redirection(text: string): Endpoint | undefined {
  const [, host, port] = /^MOVED \d+ (\S+):(\d+)$/.exec(text.trim()) ?? []
  if (host === undefined || port === undefined) return undefined
  try {
    return parseHostPort(`${host.includes(':') ? `[${host}]` : host}:${port}`)
  } catch {
    return undefined
  }
}
