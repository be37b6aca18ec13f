import assert from 'node:assert/strict'
import net from 'node:net'
import { after, before, test } from 'node:test'
import { authentication, packet, READY, serverError } from '../../servers/fake-postgres.ts'
import { type PgBouncerServer, startPgBouncer } from '../../servers/pgbouncer.ts'
import { freePort } from '../../servers/ports.ts'
import { type PostgresServer, startPostgres } from '../../servers/postgres.ts'
import { until } from '../../servers/until.ts'
import { against, says, started } from './scripts.ts'
import { assertFailed, type Expected, leftOpen, tryProbe } from './try-probe.ts'

const REJECTED: Expected = { code: '28P01', reason: /^password rejected for user app$/, lasting: true }
const NO_DATABASE: Expected = { code: '3D000', reason: /^database "app" does not exist$/, lasting: true }
const REFUSED: Expected = { code: '28000', reason: /^login refused: /, lasting: true }

let postgres: PostgresServer
let scram: PgBouncerServer
let clear: PgBouncerServer
before(async () => {
  postgres = await startPostgres({
    hba: ['host all all all trust'],
    initSql: 'create role app login; create database app',
  })
  const behind = `host=127.0.0.1 port=${postgres.port}`
  const databases = {
    app: `${behind} dbname=app`,
    gone: `host=127.0.0.1 port=${await freePort()} dbname=app`,
    lost: `${behind} dbname=nix`,
  }
  const users = { app: 'secret', other: 'secret' }
  ;[scram, clear] = await Promise.all([
    startPgBouncer({ databases, users, settings: { query_wait_timeout: 1 } }),
    startPgBouncer({ databases, users, settings: { auth_type: 'plain', max_client_conn: 1 } }),
  ])
})
after(() => Promise.all([scram?.stop(), clear?.stop(), postgres?.stop()]))

const at = ({ port }: { port: number }, more = ''): string =>
  `host=127.0.0.1 port=${port} dbname=app user=app password=secret ${more}`

const real: readonly (readonly [string, () => string, Expected | string])[] = [
  ['lets in', () => at(scram), 'PostgreSQL'],
  ['lets in by a password in clear text', () => at(clear), 'PostgreSQL'],
  [
    'rejects a password (SCRAM)',
    () => at(scram, 'password=wrong'),
    { ...REJECTED, hint: /pooler says: SASL/ },
  ],
  ['rejects a password (clear text)', () => at(clear, 'password=wrong'), REJECTED],
  [
    'does not know the user',
    () => at(scram, 'user=nobody'),
    { ...REJECTED, reason: /^password rejected for user nobody$/ },
  ],
  [
    'does not know the database',
    () => at(scram, 'dbname=nix'),
    { ...NO_DATABASE, reason: /^database "nix" does not exist$/ },
  ],
  [
    'has a database that its server does not know',
    () => at(scram, 'dbname=lost'),
    { ...NO_DATABASE, reason: /^database "lost" does not exist$/ },
  ],
  [
    'does not take options',
    () => at(scram, "options='-c search_path=x'"),
    {
      code: '08P01',
      reason: /^server error: unsupported startup parameter/,
      hint: /ignore_startup/,
      lasting: true,
    },
  ],
  [
    'does not let the user administrate',
    () => at(scram, 'dbname=pgbouncer'),
    { code: '28000', reason: /^login refused: not allowed$/, lasting: true },
  ],
]
for (const [title, target, expected] of real) {
  test(`PgBouncer ${title}`, async () => {
    const outcome = await tryProbe(target())
    if (typeof expected !== 'string') assertFailed(outcome, expected)
    else assert.match(outcome.detail ?? outcome.failure?.reason ?? '', new RegExp(`^${expected}`))
    assert.deepEqual(await leftOpen(), [])
  })
}

test('PgBouncer without its server is waited for', async () => {
  for (let i = 0; i < 2; i++) {
    const { failure } = await tryProbe(at(scram, 'dbname=gone'))
    assert.match(failure?.reason ?? '', /server login has been failing|query_wait_timeout/)
    assert.equal(failure?.lasting, false)
  }
})

test('PgBouncer that takes no more clients is waited for', async () => {
  const held = net.connect(clear.port, '127.0.0.1')
  try {
    await new Promise((resolve) => held.once('connect', resolve))
    let outcome = await tryProbe(at(clear))
    await until(async () => {
      outcome = await tryProbe(at(clear))
      return outcome.failure !== undefined
    }, 'PgBouncer to count its clients')
    assertFailed(outcome, { code: '08P01', reason: /^server error: no more connections allowed/ })
  } finally {
    held.destroy()
  }
})

/** What poolers say with codes that tell nothing, and what it is. */
const refusals: readonly (readonly [string, Expected, string?])[] = [
  // PgBouncer
  ['SASL authentication failed', REJECTED],
  ['password authentication failed', REJECTED],
  ['PAM authentication failed', REJECTED],
  ['LDAP authentication failed', REJECTED],
  ['no such user', REJECTED],
  ['no such user: app', REJECTED],
  ['empty password returned by client', REJECTED],
  ['no such database: app', NO_DATABASE],
  ['"trust" authentication failed', REFUSED],
  ['certificate authentication failed', REFUSED],
  ['unix socket login rejected', REFUSED],
  ['login rejected', REFUSED],
  ['not allowed', REFUSED],
  [
    'SSL required',
    { code: '28000', reason: /^server admits TLS only$/, hint: /sslmode=require/, lasting: true },
  ],
  ['unsupported startup parameter: options', { reason: /^server error: unsupported/, lasting: true }],
  ['unsupported startup parameter in options: x', { reason: /^server error: unsupported/, lasting: true }],
  // PgCat
  ['No pool configured for database: "app", user: "app"', NO_DATABASE, '58000'],
  ["User 'app' not found in default pool configuration", REJECTED, '58000'],
  ['Invalid password', REJECTED, '58000'],
  // Odyssey
  ['odyssey: c1a2b: route for app.app is not found', NO_DATABASE, '08006'],
  ['incorrect password', REJECTED, '08P01'],
  ['incorrect user', REJECTED, '08P01'],
  // Pgpool-II
  ['clear text password authentication failed', REJECTED, 'XX000'],
  ['md5 authentication failed', REJECTED, 'XX000'],
  ['SCRAM authentication failed', REJECTED, 'XX000'],
  ['password authentication failed for user "app"', REJECTED, 'XX000'],
  // Supavisor
  ['Tenant or user not found', REJECTED, 'XX000'],
  ['(ENOTFOUND) tenant/user app.x not found', REJECTED, 'XX000'],
  ['Wrong password', REJECTED, 'XX000'],
  // RDS Proxy
  [
    'This RDS proxy has no credentials for the role app. Check the credentials for this role and try again.',
    REJECTED,
    'XX000',
  ],
  ['The password that was provided for the role app is wrong.', REJECTED, '08P01'],
  ['database "app" does not exist', NO_DATABASE, 'XX000'],
]
for (const [message, expected, code = '08P01'] of refusals) {
  test(`takes "${message}" for what Postgres says in other words`, async () => {
    await against(says(serverError(code, message)), async (target) => {
      assertFailed(await tryProbe(`${target} sslmode=disable`), expected)
    })
  })
}

const passing: readonly (readonly [string, string?])[] = [
  ['server login has been failing, try again later (server_login_retry)'],
  [
    'server login has been failing, cached error: password authentication failed for user "app" (server_login_retry)',
  ],
  ['server login failed: FATAL password authentication failed for user "app"'],
  ['pgbouncer cannot connect to server'],
  ['server conn crashed?'],
  ['query_wait_timeout'],
  ['client_login_timeout'],
  ['client_login_timeout (server down)'],
  ['database does not allow connections'],
  ['database "app" is disabled'],
  ['authentication database "app" is disabled'],
  ['no more connections allowed (max_client_conn)'],
  ['client connections exceeded (max_db_client_connections)'],
  ['too many servers in the pool'],
  ['pooler is shutting down'],
  ['the database system is starting up'],
  ['could not get connection from the pool - AllServersDown', '58000'],
  ['failed to get remote server connection', '08006'],
  ['too many active clients for user (pool_size for user app.app reached 5)', '08006'],
  ['Max client connections reached', 'XX000'],
  ['MaxClientsInSessionMode: max clients reached', 'XX000'],
  ['(ECIRCUITBREAKER) too many authentication failures, new connections are temporarily blocked', 'XX000'],
  ['Timed-out waiting to acquire database connection', '08006'],
  ['something that nobody has heard of', 'XX000'],
]
for (const [message, code = '08P01'] of passing) {
  test(`waits when a pooler says "${message}"`, async () => {
    await against(says(serverError(code, message)), async (target) => {
      const outcome = await tryProbe(target)
      assertFailed(outcome, { code, reason: /^server error: / })
    })
  })
}

test('asks with TLS where a pooler admits nothing else, with sslmode=allow', async () => {
  const script = started((client) => {
    client.send(serverError('08P01', 'SSL required'))
    client.end()
  })
  await against(script, async (target) => {
    const { failure } = await tryProbe(`${target} sslmode=allow`)
    assert.equal(failure?.reason, 'server admits TLS only')
  })
})

test('does not repeat a password that a pooler repeats', async () => {
  await against(says(serverError('08P01', 'password authentication failed: hunter2')), async (target) => {
    const { failure } = await tryProbe(target)
    assert.doesNotMatch(`${failure?.reason} ${failure?.hint}`, /hunter2/)
  })
})

test('takes the words of a pooler behind the login for those of the query', async () => {
  const script = started(async (client) => {
    client.send(authentication(0), packet('S', 'server_version\x0017.2\0'), READY)
    await client.statement()
    client.send(serverError('08P01', 'no such user'))
    client.end()
  })
  await against(script, async (target) => {
    assertFailed(await tryProbe(target), { code: '08P01', reason: /^query failed: no such user$/ })
  })
})
