import assert from 'node:assert/strict'
import process from 'node:process'
import { after, before, test } from 'node:test'
import type { PostgresServer } from '../../servers/postgres.ts'
import { until } from '../../servers/until.ts'
import { appUrl, asUser, PASSWORD, startAppServer } from './app-server.ts'
import { leftOpen, type TryOptions, tryProbe } from './try-probe.ts'

let server: PostgresServer
before(async () => {
  server = await startAppServer()
})
after(() => server?.stop())

test('is ready when the login succeeds, and tells the version', async () => {
  const { detail, phases, heard } = await tryProbe(appUrl(server))
  assert.equal(detail, `PostgreSQL ${/^[\d.]+/.exec(await server.sql('show server_version'))?.[0]}`)
  assert.ok(heard)
  assert.deepEqual(phases, [
    'the connection to be accepted',
    'the answer to the TLS request',
    'the start-up answer',
    'the answer to the login',
    'the answer to the query',
  ])
})

test('leaves nothing open, and the server nothing to complain about', async () => {
  const quiet = "set_config('log_min_messages', 'debug1', false)"
  await server.sql(`alter role app set log_min_messages = 'debug1'; select ${quiet}`)
  await tryProbe(appUrl(server), { options: { role: 'primary', table: 'visible', query: 'select 1' } })
  assert.deepEqual(await leftOpen(), [])
  await until(
    async () =>
      (await server.sql("select count(*) from pg_stat_activity where usename = 'app'")).trim() === '0',
    'the server to let the session go',
  )
  assert.doesNotMatch(server.log(), /unexpected EOF|connection reset|could not (send|receive)/i)
})

const ways: readonly (readonly [string, () => string, TryOptions?])[] = [
  ['a raw password with ?, @, : and /', () => `postgres://app:p@ss/w?rd:%2541@127.0.0.1:${server.port}/app`],
  ['key=value pairs', () => asUser(server, 'app', PASSWORD)],
  [
    'a Unix socket',
    () => `host=${server.socketDir} port=${server.port} dbname=app user=app password='${PASSWORD}'`,
  ],
  [
    'a Unix socket in a URL',
    () =>
      `postgres://app@${encodeURIComponent(server.socketDir)}:${server.port}/app?password=p@ss/w?rd:%2541&sslmode=require`,
  ],
  ['no password where none is asked for', () => asUser(server, 'trusting')],
  ['a password in clear text', () => asUser(server, 'plain', 'clear')],
  ['a password by MD5', () => asUser(server, 'olden', 'old')],
  [
    'options for the session',
    () => `${asUser(server, 'trusting')} options='-c statement_timeout=1234'`,
    { options: { query: "select current_setting('statement_timeout') = '1234ms'" } },
  ],
  [
    'its name as application_name',
    () => asUser(server, 'trusting'),
    { options: { query: "select current_setting('application_name') = 'readywhen'" } },
  ],
  ['allow where TLS is off', () => `${asUser(server, 'trusting')} sslmode=allow`],
  ['disable where TLS is off', () => `${asUser(server, 'trusting')} sslmode=disable`],
]
for (const [title, target, options] of ways) {
  test(`logs in with ${title}`, async () => {
    const { detail, failure } = await tryProbe(target(), options)
    assert.match(detail ?? failure?.reason ?? '', /^PostgreSQL \d/)
  })
}

test('takes all that the PG* variables say', async () => {
  const env = {
    PGHOST: '127.0.0.1',
    PGPORT: `${server.port}`,
    PGUSER: 'app',
    PGPASSWORD: PASSWORD,
    PGDATABASE: 'app',
    PGAPPNAME: 'me',
  }
  const options = {
    query: "select current_user || current_database() || current_setting('application_name') = 'appappme'",
  }
  assert.equal((await tryProbe('postgres://', { env, options })).failure, undefined)
})

test('does not take what the driver would find in variables of its own', async () => {
  const wrong = {
    PGSSLMODE: 'verify-full',
    PGSSLNEGOTIATION: 'direct',
    PGOPTIONS: '-c nix.da',
    PGUSER: 'nix',
    PGAPPNAME: 'nix',
  }
  const before = { ...process.env }
  Object.assign(process.env, wrong)
  try {
    assert.equal((await tryProbe(appUrl(server))).failure, undefined)
  } finally {
    for (const name of Object.keys(wrong)) delete process.env[name]
    Object.assign(process.env, before)
  }
})
