import assert from 'node:assert/strict'
import { test } from 'node:test'
import { splitList } from '../../../src/checks/postgres/split-list.ts'

const rows: readonly (readonly [string, string, readonly string[]])[] = [
  [
    'white space between URLs',
    ' postgres://a  postgres://b\tpostgres://c ',
    ['postgres://a', 'postgres://b', 'postgres://c'],
  ],
  ['a line break between URLs', 'postgres://a\r\n\npostgres://b\n', ['postgres://a', 'postgres://b']],
  ['nothing out of nothing', ' \n ', []],
  ['pairs that follow each other as one target', 'host=db user=app dbname=x', ['host=db user=app dbname=x']],
  [
    'pairs from a URL',
    'postgres://a host=b user=c postgres://d?sslmode=disable',
    ['postgres://a', 'host=b user=c', 'postgres://d?sslmode=disable'],
  ],
  ['pairs on two lines', 'host=a user=x\nhost=b user=y', ['host=a user=x', 'host=b user=y']],
  ['pairs at their options', 'host=a user=x#timeout=2s host=b', ['host=a user=x#timeout=2s', 'host=b']],
  [
    'pairs at options behind a quote',
    "host=a user='x y'#timeout=2s host=b",
    ["host=a user='x y'#timeout=2s", 'host=b'],
  ],
  ['no quoted value', "host=a password='b c' user='d' port=5", ["host=a password='b c' user='d' port=5"]],
  [
    'no quoted value with a line of a pair in it',
    "password='x host=y' user=z",
    ["password='x host=y' user=z"],
  ],
  ['no escaped space', 'password=a\\ b user=c', ['password=a\\ b user=c']],
  ['no spaces around an equals sign', 'host = a user =b postgres://c', ['host = a user =b', 'postgres://c']],
  [
    'a quote that is not closed as the rest of its line',
    "password='a b\npostgres://c",
    ["password='a b", 'postgres://c'],
  ],
  ['files from each other', '@/run/a @/run/b#name=b', ['@/run/a', '@/run/b#name=b']],
]
for (const [title, text, expected] of rows) {
  test(`splits ${title}`, () => assert.deepEqual(splitList(text), expected))
}

test('refuses a parameter that comes twice on a line: where another target was to begin, nobody knows', () => {
  for (const text of [
    'host=a user=x host=b user=y',
    'user=x dbname=a user=y',
    "host=a password='x' password=y",
  ]) {
    assert.throws(() => splitList(text), {
      name: 'UsageError',
      message: /^has (?:host|user|password) twice: one target/,
    })
  }
  assert.deepEqual(splitList('host=a user=x\nhost=b user=y'), ['host=a user=x', 'host=b user=y'])
})
