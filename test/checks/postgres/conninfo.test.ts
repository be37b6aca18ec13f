import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseConninfo } from '../../../src/checks/postgres/conninfo.ts'
import { UsageError } from '../../../src/plan/usage-error.ts'

type Expected = Readonly<Record<string, string>>

function check(title: string, rows: readonly (readonly [string, Expected])[]): void {
  for (const [text, expected] of rows) {
    test(`${title}: ${text}`, () => assert.deepEqual({ ...parseConninfo(text) }, expected))
  }
}

check('reads a URI as the libpq manual does', [
  ['postgresql://', {}],
  ['postgresql://localhost', { host: 'localhost' }],
  ['postgresql://localhost:5433', { host: 'localhost', port: '5433' }],
  ['postgresql://localhost/mydb', { host: 'localhost', dbname: 'mydb' }],
  ['postgresql://user@localhost', { user: 'user', host: 'localhost' }],
  ['postgresql://user:secret@localhost', { user: 'user', password: 'secret', host: 'localhost' }],
  [
    'postgresql://other@localhost/otherdb?connect_timeout=10&application_name=myapp',
    {
      user: 'other',
      host: 'localhost',
      dbname: 'otherdb',
      connect_timeout: '10',
      application_name: 'myapp',
    },
  ],
  [
    'postgresql://host1:123,host2:456/somedb?target_session_attrs=any&application_name=myapp',
    {
      host: 'host1,host2',
      port: '123,456',
      dbname: 'somedb',
      target_session_attrs: 'any',
      application_name: 'myapp',
    },
  ],
  ['postgresql:///mydb?host=localhost&port=5433', { dbname: 'mydb', host: 'localhost', port: '5433' }],
  ['postgresql://[2001:db8::1234]/database', { host: '2001:db8::1234', dbname: 'database' }],
  ['postgresql:///dbname?host=/var/lib/postgresql', { dbname: 'dbname', host: '/var/lib/postgresql' }],
  ['postgresql://%2Fvar%2Flib%2Fpostgresql/dbname', { dbname: 'dbname', host: '/var/lib/postgresql' }],
  [
    'postgresql://user@localhost:5433/mydb?options=-c%20synchronous_commit%3Doff',
    { user: 'user', host: 'localhost', port: '5433', dbname: 'mydb', options: '-c synchronous_commit=off' },
  ],
])

check('takes a URI that leaves parts out', [
  ['postgres:///', {}],
  ['postgres://user@', { user: 'user' }],
  ['postgres://@db', { host: 'db' }],
  ['postgres://db:/', { host: 'db' }],
  ['postgres://:5433/', { port: '5433' }],
  ['postgres://app:@db', { user: 'app', host: 'db' }],
  ['postgres://?hostaddr=127.0.0.1', { hostaddr: '127.0.0.1' }],
  ['postgres://app@:5433/db?host=/run/pg', { user: 'app', port: '5433', dbname: 'db', host: '/run/pg' }],
  ['postgres://db/app?user=', { host: 'db', dbname: 'app' }],
  ['POSTGRES://db', { host: 'db' }],
])

check('takes several hosts with their own ports', [
  ['postgres://a:1,b,c:3/db', { host: 'a,b,c', port: '1,,3', dbname: 'db' }],
  ['postgres://[::1]:1,[::2],c/db', { host: '::1,::2,c', port: '1,,', dbname: 'db' }],
  ['postgres://u:p@%2Frun%2Fa,b', { user: 'u', password: 'p', host: '/run/a,b' }],
  ['postgres:///?host=a,b&port=1,2', { host: 'a,b', port: '1,2' }],
])

check('decodes every part, and a parameter overrides the part before it', [
  [
    'postgres://u%40x:p%3A%2F%23@h%6Fst/d%20b',
    { user: 'u@x', password: 'p:/#', host: 'host', dbname: 'd b' },
  ],
  ['postgres://h/db?u%73er=other', { host: 'h', dbname: 'db', user: 'other' }],
  [
    'postgres://one@h/db?user=two&password=three',
    { user: 'two', password: 'three', host: 'h', dbname: 'db' },
  ],
  ['postgres://h/db?ssl=true', { host: 'h', dbname: 'db', sslmode: 'require' }],
  ['postgres://h/d%C3%A9j%C3%A0', { host: 'h', dbname: 'déjà' }],
  ['postgres://u:a+b@h', { user: 'u', password: 'a+b', host: 'h' }],
])

const app = { user: 'app', host: 'db', dbname: 'app' }
check('reads a raw password as it can only be meant', [
  ['postgres://app:pa?ss@db/app', { ...app, password: 'pa?ss' }],
  ['postgres://app:pa:ss@db/app', { ...app, password: 'pa:ss' }],
  ['postgres://app:pa@ss@db/app', { ...app, password: 'pa@ss' }],
  ['postgres://app:pa/ss@db/app', { ...app, password: 'pa/ss' }],
  ['postgres://app:12/3@db/app', { ...app, password: '12/3' }],
  ['postgres://app:a/b@c?d/e:f@db/app', { ...app, password: 'a/b@c?d/e:f' }],
  ['postgres://app:@ss?word@db/app', { ...app, password: '@ss?word' }],
  ['postgres://app:100%@db/app', { ...app, password: '100%' }],
  ['postgres://app:%zz%4@db/app', { ...app, password: '%zz%4' }],
  ['postgres://app:p&a=b@db/app', { ...app, password: 'p&a=b' }],
  ['postgres://app:a@b@c/d@db/app', { ...app, password: 'a@b@c/d' }],
])

check('keeps an @ behind the hosts where it is', [
  ['postgres://db/app?user=me@corp', { host: 'db', dbname: 'app', user: 'me@corp' }],
  ['postgres://db?user=me@corp', { host: 'db', user: 'me@corp' }],
  ['postgres://app:pw@db/app?user=me@corp', { host: 'db', dbname: 'app', user: 'me@corp', password: 'pw' }],
  ['postgres://db/a@b', { host: 'db', dbname: 'a@b' }],
  ['postgres://db/app?options=-c a=b@c', { host: 'db', dbname: 'app', options: '-c a=b@c' }],
])

check('reads key=value pairs as the libpq manual does', [
  [
    'host=localhost port=5432 dbname=mydb connect_timeout=10',
    { host: 'localhost', port: '5432', dbname: 'mydb', connect_timeout: '10' },
  ],
  ['user = app   host= db', { user: 'app', host: 'db' }],
  ["password='it\\'s \\\\ here' user=app", { password: "it's \\ here", user: 'app' }],
  ["password='' user=app", { user: 'app' }],
  ['password=a\\ b\\\\c user=app', { password: 'a b\\c', user: 'app' }],
  ['password= user=app', { password: 'user=app' }],
  ["password=it's user=app", { password: "it's", user: 'app' }],
  ["  user='a'dbname='b'  ", { user: 'a', dbname: 'b' }],
  ['password=?@:%/ host=db', { password: '?@:%/', host: 'db' }],
  ['password=%41 host=db', { password: '%41', host: 'db' }],
  ["host=/run/pg,'b'\n port=1,2", { host: "/run/pg,'b'", port: '1,2' }],
  ["host=db options='-c geqo=off' sslpassword=x", { host: 'db', options: '-c geqo=off', sslpassword: 'x' }],
])

const refused: readonly (readonly [string, RegExp])[] = [
  ['db:5432', /must be a postgres:\/\/ URL or key=value pairs/],
  ['postgresql+psycopg2://app@db/app', /must begin with postgres:\/\//],
  ['postgres://db:port/app', /host:port/],
  ['postgres://[::1', /host:port/],
  ['postgres://[::1]z', /host:port/],
  ['postgres://::1/app', /IPv6 address without brackets/],
  ['postgres://db/app?sslmod=require', /unknown connection parameter "sslmod" \(did you mean "sslmode"\?\)/],
  ['postgres://db/app?schema=public', /unknown connection parameter "schema"$/],
  ['postgres://db/app?sslmode=verify', /unknown sslmode.*: must be disable, allow, .* or verify-full$/],
  ['postgres://db/app?sslmode=verify_full', /did you mean "verify-full"\?/],
  ['postgres://db/app?target_session_attrs=read', /unknown target_session_attrs.*: must be any/],
  ['postgres://db/app?load_balance_hosts=yes', /must be disable or random/],
  ['postgres://db/app?sslmode', /parameter without a value/],
  ['postgres://db/a%00b', /has a %00/],
  ['postgres://u:%ff@db/app', /not UTF-8/],
  ['host=db user', /must be key=value pairs/],
  ["host=db password='abc", /quote that is not closed/],
  ['Host=db user=app', /"Host" \(did you mean "host"\?\)/],
]
for (const [text, message] of refused) {
  test(`refuses ${text}`, () => {
    assert.throws(
      () => parseConninfo(text),
      (error) => {
        assert.ok(error instanceof UsageError)
        assert.match(error.message, message)
        return true
      },
    )
  })
}

for (const text of [
  'host=db password=hunter 2=hunter',
  'host=db password=abc hunter=x',
  'postgres://app:hunter:hunter@db:hunter/app',
  'postgres://app:hunter',
  "password='hunter",
]) {
  test(`does not repeat what may be a piece of a password: ${text}`, () => {
    assert.throws(
      () => parseConninfo(text),
      (error) => error instanceof UsageError && !error.message.includes('hunter'),
    )
  })
}

const anyText = fc
  .string({ unit: 'binary', maxLength: 40 })
  .filter((text) => !text.includes('\0') && text !== '')

test('reads any user, password and database back from a URI with percent escapes', () => {
  fc.assert(
    fc.property(anyText, anyText, anyText, (user, password, dbname) => {
      const [u, p, d] = [user, password, dbname].map((text) => encodeURIComponent(text))
      assert.deepEqual(
        { ...parseConninfo(`postgres://${u}:${p}@db:1/${d}`) },
        { user, password, dbname, host: 'db', port: '1' },
      )
    }),
  )
})

test('reads any password back from quoted and from escaped key=value pairs', () => {
  fc.assert(
    fc.property(anyText, (password) => {
      const quoted = password.replace(/[\\']/g, '\\$&')
      assert.equal(parseConninfo(`host=db password='${quoted}' user=app`).password, password)
      const escaped = password.replace(/[\\'\s]/g, '\\$&')
      assert.equal(parseConninfo(`host=db password=${escaped} user=app`).password, password)
    }),
  )
})

test('reads any raw password without digits alone before a slash back from a URI', () => {
  const raw = fc.string({ unit: fc.constantFrom(...'abcXYZ019?@:/&=+!$~.,;%'), minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(raw, (tail) => {
      const password = `x${tail.replace(/%/g, '%_')}`
      fc.pre(
        !/[@]$/.test(password) &&
          !/@[^@]*[?]/.test(password) &&
          !/@[a-zA-Z0-9!$~.,;+&=]*(?::\d*)?\//.test(password),
      )
      assert.equal(parseConninfo(`postgres://app:${password}@db.example/app`).password, password)
    }),
  )
})

test('never throws anything but a usage error', () => {
  const pieces = fc.constantFrom(
    'postgres://',
    '@',
    ':',
    '/',
    '?',
    '&',
    '=',
    ',',
    '[',
    ']',
    '%',
    "'",
    '\\',
    ' ',
    'a',
    '5',
    'host',
    'user',
  )
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 14 }), (parts) => {
      try {
        parseConninfo(parts.join(''))
      } catch (error) {
        assert.ok(error instanceof UsageError)
      }
    }),
    { numRuns: 500 },
  )
})
