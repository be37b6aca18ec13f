import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { after, before, test } from 'node:test'
import tls from 'node:tls'
import { makeAuthority } from '../servers/certificates.ts'
import { authentication, READY, startFakePostgres } from '../servers/fake-postgres.ts'
import { type ScramLogin, scramLogin } from '../servers/fake-scram.ts'
import { type PgBouncerServer, startPgBouncer } from '../servers/pgbouncer.ts'
import { type PostgresServer, startPostgres } from '../servers/postgres.ts'
import { startRedis } from '../servers/redis.ts'
import { readywhen } from './readywhen.ts'

const files = makeAuthority().issue({ names: ['localhost'], ips: ['127.0.0.1'] })
let server: PostgresServer
let olden: PostgresServer
let pooler: PgBouncerServer

before(async () => {
  const hba = ['host all all all scram-sha-256']
  ;[server, olden] = await Promise.all([
    startPostgres({ tls: files, hba, initSql: "create role app login password 'right'" }),
    startPostgres({ tls: files, hba, settings: { ssl_max_protocol_version: 'TLSv1.2' } }),
  ])
  pooler = await startPgBouncer({
    databases: { postgres: `host=127.0.0.1 port=${server.port}` },
    users: { app: 'right' },
  })
})
after(() => Promise.all([server?.stop(), olden?.stop(), pooler?.stop()]))

const at = (port: number, more: string): string =>
  `--postgres=host=127.0.0.1 port=${port} user=app password=right dbname=postgres ${more}`
const GRACE = '--grace=0'

test('channel_binding=require binds to the channel of a real server', async () => {
  const { code, stderr } = await readywhen([
    at(server.port, 'channel_binding=require'),
    GRACE,
    '--timeout=9s',
  ])
  assert.equal(code, 0, stderr)
})

test('binds where it can, with the digest of the certificate', async () => {
  const logins: ScramLogin[] = []
  const fake = await startFakePostgres(async (client) => {
    await client.startUp()
    const mechanisms = ['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256']
    logins.push(await scramLogin(client, { password: 'right', mechanisms, certFile: files.certFile }))
    client.send(authentication(0), READY)
    await client.serve(() => ['1'])
  }, files)
  const { code, stderr } = await readywhen(['--once', at(fake.port, '')])
  await fake.stop()
  assert.equal(code, 0, stderr)
  assert.deepEqual(
    logins.map(({ mechanism, proved }) => [mechanism, proved]),
    [['SCRAM-SHA-256-PLUS', true]],
  )
})

for (const more of ['channel_binding=require', 'require_auth=scram-sha-256', 'require_auth=!password']) {
  for (const encrypted of [true, false]) {
    test(`sends no password in clear text with ${more}, ${encrypted ? 'with' : 'without'} TLS`, async () => {
      const heard: Buffer[] = []
      const fake = await startFakePostgres(
        async (client) => {
          await client.startUp()
          client.send(authentication(3))
          heard.push((await client.message()).body)
        },
        encrypted ? files : undefined,
      )
      const { code, stderr } = await readywhen([at(fake.port, more), GRACE, '--timeout=9s'])
      await fake.stop()
      assert.equal(code, 3, stderr)
      assert.match(stderr, /password in clear text/)
      assert.doesNotMatch(stderr, /right/)
      assert.deepEqual(heard, [])
    })
  }
}

const refused: readonly (readonly [string, RegExp, Record<string, string>?])[] = [
  ['sslcrl=/crl.pem', /has sslcrl, which is not supported/],
  ['gssencmode=require', /has gssencmode=require, which is not supported/],
  ['replication=database', /has replication=database, which is not supported/],
  ['scram_client_key=hush', /has scram_client_key, which is not supported/],
  ['', /has PGSSLCRL, which is not supported/, { PGSSLCRL: '/crl.pem' }],
  ['', /has an unknown PGCHANNELBINDING/, { PGCHANNELBINDING: 'hush' }],
]
for (const [more, message, env = {}] of refused) {
  test(`what it cannot do is a usage error: ${more} ${JSON.stringify(env)}`, async () => {
    const { code, stderr } = await readywhen([at(server.port, more)], { env })
    assert.equal(code, 2, stderr)
    assert.match(stderr, message)
    assert.doesNotMatch(stderr, /hush|right/)
  })
}

test('the variables of libpq narrow as the parameters do', async () => {
  const env = { PGCHANNELBINDING: 'require', PGSSLMODE: 'disable' }
  const { code, stderr } = await readywhen([at(server.port, ''), GRACE, '--timeout=9s'], { env })
  assert.equal(code, 3, stderr)
  assert.match(stderr, /channel binding required, but the connection is without TLS/)
})

test('the bounds of the TLS version are kept', async () => {
  const sql = (version: string) =>
    `#query=select+version='${version}'+from+pg_stat_ssl+where+pid=pg_backend_pid()`.replaceAll('+', ' ')
  const most = at(server.port, `sslmode=require ssl_max_protocol_version=TLSv1.2${sql('TLSv1.2')}`)
  const least = at(server.port, `sslmode=require ssl_min_protocol_version=TLSv1.3${sql('TLSv1.3')}`)
  for (const target of [most, least]) {
    const { code, stderr } = await readywhen(['--once', target])
    assert.equal(code, 0, stderr)
  }
  const { code } = await readywhen([
    '--once',
    at(olden.port, 'sslmode=require ssl_min_protocol_version=TLSv1.3'),
  ])
  assert.equal(code, 1)
})

for (const [more, expected] of [
  ['', 'localhost'],
  ['sslsni=0', undefined],
] as const) {
  test(`tells the server ${expected ?? 'no name'} with "${more}"`, async () => {
    const names: (string | undefined)[] = []
    const secured = { cert: readFileSync(files.certFile), key: readFileSync(files.keyFile), isServer: true }
    const front = createServer((socket) => {
      socket
        .on('error', () => {})
        .once('data', () => {
          socket.write('S')
          const seen = new tls.TLSSocket(socket, {
            ...secured,
            SNICallback(name, done) {
              names.push(name)
              done(null)
            },
          })
          seen.on('error', () => {}).on('secure', () => seen.end())
        })
    })
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve))
    const { port } = front.address() as { port: number }
    const target = `--postgres=host=localhost hostaddr=127.0.0.1 port=${port} user=app sslmode=require ${more}`
    const { code } = await readywhen(['--once', target])
    front.close()
    assert.equal(code, 1)
    assert.deepEqual(names, expected === undefined ? [] : [expected])
  })
}

const pooled: readonly (readonly [string, RegExp])[] = [
  ['password=wrong', /password rejected for user app/],
  ['dbname=nix', /database "nix" does not exist/],
]
for (const [more, reason] of pooled) {
  test(`PgBouncer's refusal is final: ${more}`, async () => {
    const { code, stderr } = await readywhen([at(pooler.port, more), GRACE, '--timeout=9s'])
    assert.equal(code, 3, stderr)
    assert.match(stderr, reason)
  })
}

test('a Redis without a password lets in the default user with any', async () => {
  const redis = await startRedis()
  const { code, stderr } = await readywhen(['--once', `--redis=redis://default:any@127.0.0.1:${redis.port}`])
  await redis.stop()
  assert.equal(code, 0, stderr)
})
