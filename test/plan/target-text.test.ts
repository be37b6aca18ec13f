import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { safeToName, splitTargetText } from '../../src/plan/target-text.ts'

describe('the text of a target', () => {
  const table: [string, string, [string, string][]][] = [
    ['db:5432', 'db:5432', []],
    ['', '', []],
    ['#', '', []],
    ['db:5432#', 'db:5432', []],
    ['#name=x', '', [['name', 'x']]],
    [
      'http://a/#status=200,204&timeout=2s',
      'http://a/',
      [
        ['status', '200,204'],
        ['timeout', '2s'],
      ],
    ],
    ['a#insecure', 'a', [['insecure', '']]],
    [
      'a#insecure&&name=x&',
      'a',
      [
        ['insecure', ''],
        ['name', 'x'],
      ],
    ],
    ['a#name=', 'a', [['name', '']]],
    ['a#=x', 'a', [['', 'x']]],
    ['a#json=a.b=c=d', 'a', [['json', 'a.b=c=d']]],
    ['a#body=x#y', 'a', [['body', 'x#y']]],
    ['a#body=a%26b%3Dc%23d', 'a', [['body', 'a&b=c#d']]],
    ['a#body=a+b', 'a', [['body', 'a+b']]],
    ['a#body=100%', 'a', [['body', '100%']]],
    ['a#body=%zz%4', 'a', [['body', '%zz%4']]],
    ['a#name=%E2%9C%93', 'a', [['name', '✓']]],
    ['a#na%6De=x', 'a', [['na%6De', 'x']]],
    [
      'a#tag=1&tag=2',
      'a',
      [
        ['tag', '1'],
        ['tag', '2'],
      ],
    ],
    ['http://a/?q=1&r=2#name=x', 'http://a/?q=1&r=2', [['name', 'x']]],
    // A URL keeps its escapes: its parts are decoded later.
    ['http://a/b%23c', 'http://a/b%23c', []],
    ['postgres://u:a%23b@h/d#name=x', 'postgres://u:a%23b@h/d', [['name', 'x']]],
    ['/run/a%23b', '/run/a#b', []],
    ['/run/a%2523b', '/run/a%23b', []],
    ['/run/a%252523b', '/run/a%2523b', []],
    ['/run/a%20b', '/run/a%20b', []],
    ['password=a%23b host=db#name=x', 'password=a#b host=db', [['name', 'x']]],
  ]
  for (const [text, target, options] of table) {
    test(`${JSON.stringify(text)} is the target ${JSON.stringify(target)} with ${options.length} options`, () => {
      const read = splitTargetText(text)
      assert.equal(read.target, target)
      assert.deepEqual(
        read.options.map(({ name, value }) => [name, value]),
        options,
      )
    })
  }

  test('with escapes that are not UTF-8 is refused, and not repeated', () => {
    for (const value of ['%ff', 'secret%C3', '%E2%9C', '%ED%A0%80']) {
      assert.throws(() => splitTargetText(`a#name=${value}`), {
        name: 'UsageError',
        message: 'has percent escapes that are not UTF-8',
      })
    }
  })
})

test('any target and any options can be written, and are read as they were', () => {
  const character = fc.oneof(fc.nat(127), fc.nat(0x10ffff)).map((code) => String.fromCodePoint(code))
  const word = fc.string({ unit: character }).map((text) => Buffer.from(text).toString())
  const name = fc.stringMatching(/^[a-z][a-z-]{0,9}$/)
  fc.assert(
    fc.property(word, fc.array(fc.tuple(name, word), { maxLength: 4 }), (target, options) => {
      fc.pre(!/^[a-z][a-z0-9+.-]*:\/\//i.test(target))
      const written = target.replace(/%((?:25)*)23/g, '%25$123').replaceAll('#', '%23')
      const fragment = options.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')
      const read = splitTargetText(fragment === '' ? written : `${written}#${fragment}`)
      assert.equal(read.target, target)
      assert.deepEqual(
        read.options.map(({ name, value }) => [name, value]),
        options,
      )
    }),
  )
})

describe('an option that nobody knows', () => {
  const named = [
    'http://auth:8080#stauts=200',
    'http://[::1]:8080/x#stauts=200',
    'http://auth:8080/a:b#stauts=200',
    'postgres://app:pw@db/app#stauts=200',
    'postgres://db1:5432,db2:5432/app#stauts=200',
    'host=db dbname=app#stauts=200',
    'db:5432#stauts=200',
    'kafka.prod.svc#stauts=200',
    '/tls/tls.crt#stauts=200',
    'unix:/run/a.sock#stauts=200',
    'http://auth#stauts=200&request-body=@/etc/body',
  ]
  for (const text of named) test(`is named: ${text}`, () => assert.equal(isNamed(text), true))

  const hidden = [
    // In each of these a password was cut at its "#".
    'postgres://app:hunter2#stauts=2@db/app',
    'postgres://app:12345#stauts=2@db/app',
    'postgres://app:hunter2#stauts=2',
    'postgres://app:hun/ter#stauts=2@db',
    'postgres://app:hun@ter#stauts=2@db',
    'postgres://app:hunter2#stauts@db/app',
    'redis://:hunter2#stauts=2',
    'app:hunter2#stauts=2@db',
    'host=db password=hunter2#stauts=2',
    "host=db password = 'hunter2#stauts=2'",
    'http://auth#stauts@db=2',
  ]
  for (const text of hidden) test(`is not named: ${text}`, () => assert.equal(isNamed(text), false))

  test('is named without a value only if it resembles a known one, and never if it is no plain word', () => {
    const text = splitTargetText('http://auth#x')
    assert.equal(safeToName(text, { name: 'insecre', value: '' }, true), true)
    assert.equal(safeToName(text, { name: 'hunter', value: '' }, false), false)
    for (const name of ['Hunter', 'hunter2', '', 'h!', 'x'.repeat(32)]) {
      assert.equal(safeToName(text, { name, value: '1' }, true), false, name)
    }
  })

  function isNamed(text: string): boolean {
    const read = splitTargetText(text)
    const [first] = read.options
    assert.ok(first !== undefined)
    return safeToName(read, first, true)
  }
})
