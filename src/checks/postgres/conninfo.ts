import { UsageError } from '../../plan/usage-error.ts'
import { checkOnePlace } from './given-once.ts'
import { ParameterList, type Parameters } from './parameters.ts'
import { checkPlainValue } from './plain-value.ts'
import { parseUri } from './uri.ts'

/**
 * Reads a connection string, URI or `key=value`, as libpq does (PostgreSQL, 34.1.1). Throws `UsageError` that tells
 * nothing of the values.
 */
export function parseConninfo(text: string): Parameters {
  if (/^postgres(?:ql)?:\/\//i.test(text)) return parseUri(text)
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text))
    throw new UsageError('must begin with postgres:// or postgresql://')
  if (!text.includes('=')) throw new UsageError('must be a postgres:// URL or key=value pairs')
  return parsePairs(text)
}

/** One `key=value` pair of a connection string: its name, its value without quotes, and where the text behind it starts. */
export interface Pair {
  readonly name: string
  readonly value: string
  readonly end: number
  /** It is written without quotes and backslashes. */
  readonly plain: boolean
}

/**
 * Reads the pair that starts at `start` (PostgreSQL, 34.1.1.1): spaces may stand around the `=`; a value with spaces is
 * put in single quotes; a backslash takes the next character as it is. Gives nothing where no pair starts.
 */
export function readPair(text: string, start: number): Pair | undefined {
  const name = /^([A-Za-z_]\w*)\s*=\s*/.exec(text.slice(start))
  if (name?.[1] === undefined) return undefined
  let position = start + name[0].length
  const quoted = text[position] === "'"
  if (quoted) position += 1
  let value = ''
  let plain = !quoted
  for (; position < text.length; position++) {
    let character = text.charAt(position)
    if (quoted ? character === "'" : /\s/.test(character)) {
      return { name: name[1], value, end: quoted ? position + 1 : position, plain }
    }
    if (character === '\\') {
      plain = false
      position += 1
      character = text.charAt(position)
    }
    value += character
  }
  if (quoted) throw new UsageError('has a quote that is not closed')
  return { name: name[1], value, end: text.length, plain }
}

function parsePairs(text: string): Parameters {
  const list = new ParameterList()
  const seen = new Map<string, string>()
  let passwordSeen = false
  let position = skipSpace(text, 0)
  while (position < text.length) {
    const pair = readPair(text, position)
    if (pair === undefined) {
      throw new UsageError("must be key=value pairs: a value with spaces is written 'in quotes'")
    }
    // The second half of an unquoted password must not be repeated as the name of a parameter.
    list.set(pair.name, pair.value, !passwordSeen)
    if (pair.plain && /[,;]$/.test(pair.value)) {
      throw new UsageError('has a value that ends with a separator: white space alone stands between them')
    }
    if (pair.plain) checkPlainValue(pair.name, pair.name, pair.value, "what belongs to it is put in 'quotes'")
    checkOnePlace(seen, pair.name, pair.value)
    passwordSeen ||= pair.name === 'password'
    position = skipSpace(text, pair.end)
  }
  return list.get()
}

function skipSpace(text: string, start: number): number {
  return start + (/^\s*/.exec(text.slice(start))?.[0].length ?? 0)
}
