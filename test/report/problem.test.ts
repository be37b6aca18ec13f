import assert from 'node:assert/strict'
import test from 'node:test'
import { Secret } from '../../src/plan/secret.ts'
import { bugProblem, usageProblem } from '../../src/report/problem.ts'

const address = 'please report it at https://github.com/readywhen/readywhen/issues'

test('a usage error is one line', () => {
  assert.equal(
    usageProblem('--tcp "db" has no port:\nwrite host:port'),
    'readywhen: --tcp "db" has no port: write host:port\n',
  )
})

test('a bug is one line that asks for a report', () => {
  assert.equal(
    bugProblem(new TypeError('x is not a function'), false, []),
    `readywhen: this is a bug in readywhen: x is not a function; ${address}\n`,
  )
})

test('a bug shows where it was only when asked', () => {
  const [first, ...frames] = bugProblem(new Error('oh'), true, []).trimEnd().split('\n')
  assert.equal(first, `readywhen: this is a bug in readywhen: oh; ${address}`)
  assert.ok(frames.length > 0)
  for (const frame of frames) assert.match(frame, /^ {4}at /)
})

test('a bug that spells out a secret, in any encoding, does not get it printed', () => {
  const secret = new Secret('p@ss word')
  const error = new Error('Invalid URL: postgres://app:p%40ss%20word@db and p@ss word')
  error.stack = `Error\n    at connect (p@ss word)`
  const printed = bugProblem(error, true, [secret])
  assert.doesNotMatch(printed, /p@ss|p%40ss/)
  assert.match(printed, /postgres:\/\/app:\*\*\*@db and \*\*\*/)
})

for (const [thrown, said] of [
  ['a string', 'a string'],
  [undefined, 'undefined'],
  [new RangeError(''), 'RangeError'],
  [Object.create(null), 'something that is not an error'],
] as const) {
  test(`anything may have been thrown: ${said}`, () => {
    assert.equal(
      bugProblem(thrown, true, []).split('\n')[0],
      `readywhen: this is a bug in readywhen: ${said}; ${address}`,
    )
  })
}
