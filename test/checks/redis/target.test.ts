import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseTarget } from '../../../src/checks/redis/target.ts'
import redis from '../../../src/checks/redis.ts'
import { UsageError } from '../../../src/plan/usage-error.ts'
import { bound } from '../bound.ts'

interface Parsed {
  readonly shown: string
  readonly to?: string
  readonly login?: readonly [string | undefined, string]
  readonly db?: number
}

const READ: Readonly<Record<string, Parsed>> = {
  'redis://cache': { shown: 'redis://cache:6379' },
  'REDIS://cache': { shown: 'redis://cache:6379' },
  'redis://cache/': { shown: 'redis://cache:6379' },
  'redis://cache:6380/2': { shown: 'redis://cache:6380/2', db: 2 },
  'redis://cache/0': { shown: 'redis://cache:6379/0' },
  'redis://cache?db=3': { shown: 'redis://cache:6379/3', db: 3 },
  'redis://cache/3?db=3': { shown: 'redis://cache:6379/3', db: 3 },
  'rediss://cache': { shown: 'rediss://cache:6379' },
  'redis://[::1]:6380': { shown: 'redis://[::1]:6380', to: '::1' },
  'cache:6380': { shown: 'redis://cache:6380' },
  cache: { shown: 'redis://cache:6379' },
  '127.0.0.1:6379': { shown: 'redis://127.0.0.1:6379', to: '127.0.0.1' },
  'app:pw@cache:6380': { shown: 'redis://app@cache:6380', login: ['app', 'pw'] },
  'redis://:pw@cache': { shown: 'redis://cache:6379', login: [undefined, 'pw'] },
  // As redis-cli and Lettuce have it, so it may not be shown.
  'redis://pw@cache': { shown: 'redis://cache:6379', login: [undefined, 'pw'] },
  'redis://app:pw@cache/1': { shown: 'redis://app@cache:6379/1', login: ['app', 'pw'], db: 1 },
  'redis://app:@cache': { shown: 'redis://app@cache:6379', login: ['app', ''] },
  'redis://:@cache': { shown: 'redis://cache:6379' },
  'redis://@cache': { shown: 'redis://cache:6379' },
  'redis://a%40b:p%40%3A%2f@cache': { shown: 'redis://a%40b@cache:6379', login: ['a@b', 'p@:/'] },
  'redis://:p/a@s?s=@cache:1/2': { shown: 'redis://cache:1/2', login: [undefined, 'p/a@s?s='], db: 2 },
  'redis://:12/34@cache': { shown: 'redis://cache:6379', login: [undefined, '12/34'] },
  'redis://:50%@cache': { shown: 'redis://cache:6379', login: [undefined, '50%'] },
  'redis://:%ff@cache': { shown: 'redis://cache:6379', login: [undefined, '%ff'] },
  'redis://cache?username=app&password=a%2Bb+c@d': {
    shown: 'redis://app@cache:6379',
    login: ['app', 'a+b c@d'],
  },
  'rediss://cache/0?ssl_cert_reqs=required&token=hush': { shown: 'rediss://cache:6379/0' },
  'unix:/run/redis.sock': { shown: 'unix:/run/redis.sock', to: '/run/redis.sock' },
  'unix:///run/redis.sock?db=2': { shown: 'unix:/run/redis.sock?db=2', to: '/run/redis.sock', db: 2 },
  'redis+unix:///run/a%20b.sock': { shown: 'unix:/run/a b.sock', to: '/run/a b.sock' },
  'redis+socket:///run/redis.sock': { shown: 'unix:/run/redis.sock', to: '/run/redis.sock' },
  'redis-socket:///run/redis.sock?password=pw': {
    shown: 'unix:/run/redis.sock',
    to: '/run/redis.sock',
    login: [undefined, 'pw'],
  },
  'unix://app:p/w@/run/redis.sock': {
    shown: 'unix:/run/redis.sock',
    to: '/run/redis.sock',
    login: ['app', 'p/w'],
  },
}

describe('a target of redis', () => {
  for (const [text, expected] of Object.entries(READ)) {
    it(`is read from ${text}`, () => {
      const target = parseTarget(text, {})
      const [endpoint] = target.endpoints
      const { credentials } = target
      assert.deepEqual(
        {
          shown: target.shown,
          to: 'path' in endpoint ? endpoint.path : endpoint.host,
          login: credentials && [credentials.user, credentials.password.reveal()],
          db: target.db,
          tls: target.tls !== undefined,
        },
        { to: 'cache', db: 0, login: undefined, tls: text.startsWith('rediss'), ...expected },
      )
      assert.deepEqual(
        target.secrets.map((secret) => secret.reveal()),
        credentials === undefined ? [] : [credentials.password.reveal()],
      )
    })
  }

  it('may be a list of sentinels, with credentials of their own', () => {
    const text = 'redis://app:pw@s1,s2:5/1?sentinel_username=watch&sentinel_password=other'
    const target = parseTarget(text, { sentinel: 'main' })
    assert.equal(target.shown, 'redis://app@s1:26379,s2:5/1')
    assert.equal(target.role, 'primary')
    assert.deepEqual(target.endpoints, [
      { host: 's1', port: 26_379 },
      { host: 's2', port: 5 },
    ])
    assert.deepEqual(target.secrets.map((each) => each.reveal()).toSorted(), ['other', 'pw'])
    assert.equal(target.sentinelCredentials?.user, 'watch')
  })

  const wrong: Readonly<Record<string, string>> = {
    '': 'has no host',
    'redis://': 'has no host',
    'redis:///0': 'has no host',
    'redis://:pw@': 'has no host',
    'http://cache': 'must begin with redis://, rediss:// or unix:',
    'redis://cache:port': 'must be host:port',
    'redis://cache:0': 'must have a port from 1 to 65535',
    'redis://cache:99999': 'must have a port from 1 to 65535',
    'redis://::1': 'has an IPv6 address without brackets: write [address]:port',
    'redis://cache/one': 'must have the number of a database behind the /',
    'redis://cache/0/1': 'must have the number of a database behind the /',
    'redis://cache?db=x': 'must have the number of a database behind the /',
    'redis://cache/1?db=2': 'names two databases',
    'redis://cache?db': 'has a parameter without a value behind the ?',
    'redis://cache?role=primary': 'has role= behind a ?: write #role=',
    'redis://s1,s2': 'has several hosts, which only sentinel= takes',
    'unix:run/redis.sock': 'must name the socket by its whole path: unix:/path',
    'unix://run/redis.sock': 'must name the socket by its whole path: unix:/path',
    'redis://s1#sentinel=main&role=replica': 'has sentinel=, which finds the primary, and role=replica',
    'redis://cache#ca=/tls/ca.pem': 'has ca but no TLS: write rediss://',
    'unix:/run/redis.sock#insecure': 'has insecure but no TLS: write rediss://',
    'rediss://cache#insecure&ca=/ca.pem': 'has both insecure and ca=: nothing would be verified',
  }
  for (const [text, message] of Object.entries(wrong)) {
    it(`${message}: ${text}`, () => {
      assert.throws(() => bound(redis, text), new UsageError(message))
    })
  }

  it('takes insecure=false without TLS, for it asks for nothing', () => {
    assert.equal(bound(redis, 'cache#insecure=false').shown, 'redis://cache:6379')
  })
})
