import { UsageError } from './usage-error.ts'

/** What begins another value in connection strings of .NET, JDBC, Go or libpq: `;Password=`, `,password=`, ` user=`. */
const PAIR = /[;,&|\s]\s*[A-Za-z_][\w.-]*(?: [\w.-]+){0,2}\s*=/

/** The names that such values have in one dialect or another; whatever stands behind them may be a password. */
const NAMES = [
  'pass(?:word|wd|phrase)?|pwd|secret|token',
  'user(?:name|[ _]?id)?|uid|login',
  'host(?:name|addr)?|server|data[ _]?source|address|addr|port',
  'db(?:name)?|database|initial[ _]?catalog|service|channelprefix|abortconnect|defaultdatabase',
  'ssl(?:mode)?|sslrootcert|trust[ _]?server[ _]?certificate|encrypt|pooling|(?:connect(?:ion)?[ _]?)?timeout',
].join('|')
const NAMED_PAIR = new RegExp(`[;,&?|\\s]\\s*(?:${NAMES})\\s*=`, 'i')
const SECRET_PAIR = /[;,&?|\s]\s*[\w ]*(?:pass|pwd|secret|token|api[-_]?key)[\w-]*\s*=/i

/** Whether a text goes on with another value, as a connection string does: no name, host or path of ours holds that. */
export function holdsPair(text: string): boolean {
  return PAIR.test(text)
}

/** Whether a text that may hold anything, a password, goes on with a value that a connection string has. */
export function holdsNamedPair(text: string): boolean {
  return NAMED_PAIR.test(text)
}

/** Whether a text that is meant to be shown goes on with a value that is not. */
export function holdsSecretPair(text: string): boolean {
  return SECRET_PAIR.test(text)
}

/**
 * Refuses the name of a user or a database, as it is written, that holds what separates values or targets in any
 * dialect: more was meant than a name, and what, nobody can tell. The error says nothing of the text.
 */
export function checkName(what: string, written: string, remedy: string): void {
  if (/\$[({]/.test(written)) throw new UsageError(`has a ${what} with a variable that nobody has replaced`)
  if (!/[;,&|"`\s]|^'|'$|:\/\//.test(written)) return
  throw new UsageError(`has a ${what} with white space, quotes or a separator (; , & | ://) in it: ${remedy}`)
}
