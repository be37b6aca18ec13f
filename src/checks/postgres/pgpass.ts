/** What an entry of a password file is looked up by; `host` is the name or socket directory that the target gives. */
export interface PasswordQuery {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
}

/**
 * Finds a password in the text of a password file (PostgreSQL, 34.16): lines of `host:port:database:user:password`, the
 * first that matches counts; `*` matches everything; a `\` takes the next character as it is.
 */
export function findPassword(text: string, query: PasswordQuery): string | undefined {
  const wanted = [query.host, String(query.port), query.database, query.user]
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith('#')) continue
    const fields = splitLine(line)
    if (fields === undefined) continue
    const [password, ...patterns] = [fields.password, ...fields.patterns]
    if (patterns.every((pattern, i) => pattern === '*' || unescaped(pattern) === wanted[i])) {
      return unescaped(password)
    }
  }
  return undefined
}

function splitLine(line: string): { patterns: readonly string[]; password: string } | undefined {
  const match = /^((?:\\.|[^\\:])*):((?:\\.|[^\\:])*):((?:\\.|[^\\:])*):((?:\\.|[^\\:])*):(.*)$/.exec(line)
  if (match === null) return undefined
  const [, host = '', port = '', database = '', user = '', rest = ''] = match
  return { patterns: [host, port, database, user], password: /^(?:\\.|[^\\:])*/.exec(rest)?.[0] ?? '' }
}

function unescaped(field: string): string {
  return field.replace(/\\(.)/g, '$1')
}
