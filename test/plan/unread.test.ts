import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeUnread } from '../../src/plan/unread.ts'

const rows: readonly (readonly [string, string])[] = [
  ['db:5432', 'db:5432'],
  ['[::1]:80', '[::1]:80'],
  ['::1:80', '::1:80'],
  ['/tls/tls.crt', '/tls/tls.crt'],
  ['@/run/secrets/url', '@/run/secrets/url'],
  ['@/run/secrets/url#name=x', '@/run/secrets/url'],
  ['unix:/run/a.sock#name=x', 'unix:/run/a.sock'],
  ['http://auth:8080/healthz', 'http://auth:8080/healthz'],
  ['  http://[::1]:8080/ ', 'http://[::1]:8080/'],
  ['auth:8080/healthz', 'auth:8080/healthz'],
  ['postgres://db/app#stauts=1', 'postgres://db/app'],
  // More than a place: of a URL the scheme is left, of anything else nothing.
  ['db:http', ''],
  ['http://auth/?token=hunter2', 'http://***'],
  ['http://auth/token=hunter2/x', 'http://***'],
  ['http://a,b:hunter2/', 'http://***'],
  ['postgres://a:1,b:2/app', 'postgres://***'],
  ['postgres://app:hunter2@db/app', 'postgres://***'],
  ['postgres://hunter2@db/app', 'postgres://***'],
  ['postgres://app:hun@ter2', 'postgres://***'],
  ['postgres://app:12#34@db/app', 'postgres://***'],
  ['postgres://app:hunter2', 'postgres://***'],
  ['postgres:/app:hunter2/app', ''],
  ['redis://:hunter2', 'redis://***'],
  ['app:hunter2@db:x', ''],
  ['app:12#34@db', ''],
  ['app:hunter2', ''],
  ['app:123456', ''],
  ['jdbc:postgresql://db/app;password=hunter2', ''],
  ['password=hunter2', ''],
  ['host=db password=hunter2', ''],
  ["password='hun @ter2", ''],
  ['@hunter2', ''],
  ['{"password":"hunter2"}', ''],
  ['', ''],
  ['a b', ''],
  ['a\u001b[31mb', ''],
  ['hunter2', ''],
  ['kafka.prod.svc', 'kafka.prod.svc'],
]
for (const [raw, shown] of rows) {
  test(`of ${JSON.stringify(raw)} ${JSON.stringify(shown)} is shown when it cannot be read`, () => {
    assert.equal(describeUnread(raw, true), shown)
  })
}

test('a word is shown where it can be no password', () => {
  assert.equal(describeUnread('db', false), 'db')
})

test('what is shown is short', () => {
  assert.equal(describeUnread(`http://${'a'.repeat(500)}`, false).length, 120)
})
