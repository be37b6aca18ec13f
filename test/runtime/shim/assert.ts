/** The part of `node:assert/strict` that the conformance tests use, for the binary. */
function shown(value: unknown): string {
  if (value instanceof Error) return `${value} (${(value as { code?: string }).code})`
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return String(value)
  }
}

function fail(message: string): never {
  throw Object.assign(new Error(message), { code: 'ERR_ASSERTION' })
}

function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  if (a instanceof Uint8Array && b instanceof Uint8Array)
    return a.length === b.length && a.every((x, i) => x === b[i])
  const keys = Object.keys(a)
  const other = b as Record<string, unknown>
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => key in other && same((a as Record<string, unknown>)[key], other[key]))
  )
}

type Expected = RegExp | Readonly<Record<string, unknown>> | undefined

function check(error: unknown, expected: Expected): void {
  if (expected === undefined) return
  if (expected instanceof RegExp) {
    match(String(error), expected)
    return
  }
  for (const [key, value] of Object.entries(expected)) {
    const actual = (error as Record<string, unknown>)[key]
    if (value instanceof RegExp) match(String(actual), value)
    else if (!same(actual, value)) fail(`${key} is ${shown(actual)} and not ${shown(value)}`)
  }
}

export function ok(value: unknown, message?: string): void {
  if (!value) fail(message ?? `${shown(value)} is not true`)
}

export function equal(actual: unknown, expected: unknown, message?: string): void {
  if (!Object.is(actual, expected)) fail(message ?? `${shown(actual)} is not ${shown(expected)}`)
}

export function deepEqual(actual: unknown, expected: unknown, message?: string): void {
  if (!same(actual, expected)) fail(message ?? `${shown(actual)} is not like ${shown(expected)}`)
}

export function match(actual: string, expected: RegExp): void {
  if (!expected.test(actual)) fail(`${shown(actual)} does not match ${expected}`)
}

export function throws(work: () => unknown, expected?: Expected): void {
  try {
    work()
  } catch (error) {
    check(error, expected)
    return
  }
  fail('nothing was thrown')
}

export async function rejects(
  work: Promise<unknown> | (() => Promise<unknown>),
  expected?: Expected,
): Promise<void> {
  try {
    await (typeof work === 'function' ? work() : work)
  } catch (error) {
    check(error, expected)
    return
  }
  fail('nothing was rejected')
}

export default Object.assign(ok, { ok, equal, deepEqual, match, throws, rejects })
