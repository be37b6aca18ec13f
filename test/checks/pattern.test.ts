import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parsePattern, patternOption } from '../../src/checks/pattern.ts'
import { UsageError } from '../../src/plan/usage-error.ts'

describe('a pattern', () => {
  for (const [written, shown, found, missed] of [
    ['ready', '"ready"', 'not ready yet', 'Ready'],
    ['a.c', '"a.c"', 'a.c', 'abc'],
    ['/healthz', '"/healthz"', 'GET /healthz', 'healthz'],
    ['/', '"/"', 'a/b', 'ab'],
    ['//', '"//"', 'http://', '/'],
    ['/^SSH-2/', '/^SSH-2/', 'SSH-2.0', ' SSH-2.0'],
    ['/ready/i', '/ready/i', 'READY', 'red'],
    ['/^b$/m', '/^b$/m', 'a\nb\nc', 'ab'],
    ['/a.b/s', '/a.b/s', 'a\nb', 'ab'],
    ['/a/b/', '/a/b/', 'xa/bx', 'ab'],
    ['/^\\p{L}$/u', '/^\\p{L}$/u', 'é', '1'],
    ['/usr/bin', '"/usr/bin"', '/usr/bin/env', '/usr'],
  ] as const) {
    test(`${written} finds ${JSON.stringify(found)}, not ${JSON.stringify(missed)}`, () => {
      const pattern = parsePattern(written)
      assert.deepEqual([pattern.shown, pattern.test(found), pattern.test(missed)], [shown, true, false])
      assert.equal(pattern.test(found), true, 'again')
    })
  }

  for (const [written, message] of [
    ['', 'must not be empty'],
    ['/(/', 'is not a valid /regex/'],
    ['/[/', 'is not a valid /regex/'],
    ['/a/ii', 'is not a valid /regex/'],
    ['/a/g', 'has flags behind its /regex/ other than i, m, s and u'],
    ['/a/v', 'has flags behind its /regex/ other than i, m, s and u'],
  ] as const) {
    test(`${written} is refused: it ${message}`, () => {
      assert.throws(() => patternOption('what to find').parse(written), new UsageError(message))
    })
  }
})
