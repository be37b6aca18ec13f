import { repeatedOption } from '../../plan/option.ts'
import { printable, quoteForeign, type Secret } from '../../plan/secret.ts'
import { UsageError } from '../../plan/usage-error.ts'
import { Failure } from '../failure.ts'
import { type Pattern, parsePattern, patternOption } from '../pattern.ts'
import type { Answer } from './exchange.ts'

/** A header field that must be in the answer. */
export interface HeaderExpectation {
  readonly name: string
  readonly shown: string
  matches(value: string): boolean
}

/** A value that must be in a JSON body. */
export interface JsonExpectation {
  readonly path: readonly string[]
  readonly shown: string
  readonly value: string
}

export const expectationOptions = {
  body: patternOption('what the body must contain'),
  header: repeatedOption({
    summary: 'header the answer must have',
    placeholder: 'Name:value|/regex/',
    parse: parseHeader,
  }),
  json: repeatedOption({
    summary: 'value in a JSON body',
    placeholder: 'path.to.key=value',
    parse: parseJson,
  }),
}

/** Throws a `Failure` unless a field of that name has the value. */
export function expectHeader(expected: HeaderExpectation, answer: Answer, secrets: readonly Secret[]): void {
  const values = answer.header(expected.name)
  if (values.some((value) => expected.matches(value))) return
  const reason =
    values.length === 0
      ? `header ${expected.name} is missing`
      : `header ${expected.name} is "${quoteForeign(values.join(', '), secrets, 80)}", not ${expected.shown}`
  throw new Failure({ code: 'HTTP_HEADER', reason })
}

/** Throws a `Failure` unless the text matches. */
export function expectBody(expected: Pattern, text: string): void {
  if (expected.test(text)) return
  const reason = text === '' ? 'body is empty' : `body does not contain ${printable(expected.shown, 80)}`
  throw new Failure({ code: 'HTTP_BODY', reason })
}

/** Parses a body; throws a `Failure` when it is not JSON. */
export function parseBody(text: string, answer: Answer, secrets: readonly Secret[]): unknown {
  try {
    return JSON.parse(text)
  } catch {
    const type = answer.header('content-type')[0]
    const what = text === '' ? 'empty' : type === undefined ? undefined : quoteForeign(type, secrets, 60)
    throw new Failure({
      code: 'HTTP_JSON',
      reason: `body is not JSON${what === undefined ? '' : ` (${what})`}`,
    })
  }
}

/** Throws a `Failure` unless the document has the value at the path. */
export function expectJson(expected: JsonExpectation, document: unknown, secrets: readonly Secret[]): void {
  let found = document
  for (const key of expected.path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) {
      throw new Failure({ code: 'HTTP_JSON', reason: `json ${expected.shown} is missing` })
    }
    found = (found as Record<string, unknown>)[key]
  }
  if (isValue(found, expected.value)) return
  const actual = quoteForeign(JSON.stringify(found), secrets, 80)
  throw new Failure({
    code: 'HTTP_JSON',
    reason: `json ${expected.shown} is ${actual}, not ${printable(expected.value, 80)}`,
  })
}

function isValue(found: unknown, expected: string): boolean {
  if (found === expected) return true
  if (typeof found === 'string') return JSON.stringify(found) === expected
  try {
    return JSON.stringify(found) === JSON.stringify(JSON.parse(expected))
  } catch {
    return false
  }
}

/** A text must be the whole value, one item of a list, or what stands before the parameters: `text/html; charset=x`. */
function parseHeader(text: string): HeaderExpectation {
  const [, name, value] = /^\s*([^\s:]+)\s*:\s*(.*?)\s*$/s.exec(text) ?? []
  if (name === undefined || value === undefined || value === '') throw new UsageError('must be Name:value')
  if (/^\/.+\/[a-z]*$/s.test(value)) {
    const pattern = parsePattern(value)
    return { name, shown: pattern.shown, matches: (actual) => pattern.test(actual) }
  }
  const matches = (actual: string): boolean =>
    [actual, actual.split(';')[0] ?? '', ...actual.split(',')].some((part) => part.trim() === value)
  return { name, shown: `"${printable(value, 80)}"`, matches }
}

/** Keys are separated by dots; a dot within a key is written `\.`, and an index of a list is a key (`a.0` or `a[0]`). */
function parseJson(text: string): JsonExpectation {
  const equals = text.indexOf('=')
  const shown = text.slice(0, Math.max(0, equals)).trim()
  if (shown === '') throw new UsageError('must be path.to.key=value')
  const keys = shown
    .replace(/\[(\d+)\]/g, '.$1')
    .replace(/^\$?\./, '')
    .split(/(?<!\\)\./)
  if (keys.includes('')) throw new UsageError('has an empty key in its path')
  return { path: keys.map((key) => key.replaceAll('\\.', '.')), shown, value: text.slice(equals + 1).trim() }
}
