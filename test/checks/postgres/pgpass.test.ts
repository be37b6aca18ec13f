import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { findPassword, type PasswordQuery } from '../../../src/checks/postgres/pgpass.ts'

const query: PasswordQuery = { host: 'db', port: 5432, database: 'app', user: 'me' }

const rows: readonly (readonly [string, string, string | undefined, Partial<PasswordQuery>?])[] = [
  ['the line that names everything', 'db:5432:app:me:secret', 'secret'],
  ['a wildcard in each field', '*:*:*:*:secret', 'secret'],
  ['the first line that matches', 'db:5432:app:me:one\n*:*:*:*:two', 'one'],
  ['a later line when the first is for another host', 'other:*:*:*:one\n*:*:*:*:two', 'two'],
  ['nothing for another port', 'db:5433:app:me:secret', undefined],
  ['nothing for another database', 'db:5432:apps:me:secret', undefined],
  ['nothing for another user', 'db:5432:app:you:secret', undefined],
  ['nothing when a wildcard is only part of a field', 'd*:5432:app:me:secret', undefined],
  ['a password with escaped colons and backslashes', 'db:5432:app:me:a\\:b\\\\c', 'a:b\\c'],
  ['the password up to a colon', 'db:5432:app:me:a:b', 'a'],
  ['an escaped colon in a field', '\\:\\:1:5432:app:me:secret', 'secret', { host: '::1' }],
  ['a socket directory', '/run/pg:5432:app:me:secret', 'secret', { host: '/run/pg' }],
  ['no comment', '#db:5432:app:me:one\ndb:5432:app:me:two', 'two'],
  ['no line that lacks a field', 'db:5432:app:secret\n', undefined],
  ['a file with CRLF line ends', 'x:1:y:z:one\r\ndb:5432:app:me:two\r\n', 'two'],
  ['an empty password as it is', 'db:5432:app:me:', ''],
  ['spaces as part of a field', 'db:5432:app:me: secret ', ' secret '],
]
for (const [title, text, expected, other] of rows) {
  test(`finds ${title}`, () => assert.equal(findPassword(text, { ...query, ...other }), expected))
}

test('finds any password whose colons and backslashes are escaped', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (password) => {
      fc.pre(!/[\r\n]/.test(password))
      const line = `db:5432:app:me:${password.replace(/[\\:]/g, '\\$&')}`
      assert.equal(findPassword(`# one\n${line}\n`, query), password)
    }),
  )
})
