import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { formatEndpoint, formatHost, parseHostPort } from '../../../src/checks/transport/endpoint.ts'
import { UsageError } from '../../../src/plan/usage-error.ts'

describe('host and port', () => {
  for (const [text, host, port] of [
    ['db:5432', 'db', 5432],
    ['db.prod.svc.:1', 'db.prod.svc.', 1],
    ['127.0.0.1:65535', '127.0.0.1', 65_535],
    ['[::1]:80', '::1', 80],
    ['[fe80::1%eth0]:80', 'fe80::1%eth0', 80],
    ['_srv_name:80', '_srv_name', 80],
  ] as const) {
    test(`${text} is read, and written the same`, () => {
      assert.deepEqual(parseHostPort(text), { host, port })
      assert.equal(formatEndpoint({ host, port }), text)
    })
  }

  test('have a port by default where there is one', () => {
    assert.deepEqual(parseHostPort('db', 53), { host: 'db', port: 53 })
    assert.deepEqual(parseHostPort('[::1]', 53), { host: '::1', port: 53 })
    assert.deepEqual(parseHostPort('db:54', 53), { host: 'db', port: 54 })
  })

  for (const [text, message] of [
    ['db', 'has no port: write host:port'],
    ['[::1]', 'has no port: write host:port'],
    ['::1', 'has an IPv6 address without brackets: write [address]:port'],
    ['2001:db8::1:80', 'has an IPv6 address without brackets: write [address]:port'],
    ['', 'must be host:port'],
    [':80', 'must be host:port'],
    ['db:http', 'must be host:port'],
    ['db:80:90', 'must be host:port'],
    ['user@db:80', 'must be host:port'],
    ['http://db:80', 'must be host:port'],
    ['db :80', 'must be host:port'],
    ['[db]:80', 'must be host:port'],
    ['.:80', 'has an empty host name: nothing but a dot'],
    ['a..b:80', 'has a host that is no name: an empty label'],
    ['$HOST:80', 'has a variable in a host name that nobody has replaced'],
    ['db;port=1:80', 'has a character in a host name that no host has'],
    ['db:0', 'must have a port from 1 to 65535'],
    ['db:65536', 'must have a port from 1 to 65535'],
    ['db:99999999999999999999', 'must have a port from 1 to 65535'],
  ] as const) {
    test(`"${text}" ${message}`, () => {
      assert.throws(() => parseHostPort(text), new UsageError(message))
    })
  }

  test('a socket is written with its path', () => {
    assert.equal(formatEndpoint({ path: '/run/app.sock' }), 'unix:/run/app.sock')
    assert.equal(formatHost('::1'), '[::1]')
  })
})
