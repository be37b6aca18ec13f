/** `node:assert`, as far as drivers check their own arguments with it. */
class AssertionError extends Error {
  readonly code = 'ERR_ASSERTION'
  override readonly name = 'AssertionError'
}

function assert(value: unknown, message?: string): asserts value {
  if (!value) throw new AssertionError(message ?? 'The expression evaluated to a falsy value')
}

assert.strictEqual = (actual: unknown, expected: unknown, message?: string): void => {
  if (!Object.is(actual, expected))
    throw new AssertionError(message ?? 'Expected values to be strictly equal')
}

export { assert as default, assert as 'module.exports' }
