import assert from 'node:assert/strict'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { freePort } from '../../servers/ports.ts'
import { type PostgresServer, startPostgres } from '../../servers/postgres.ts'
import { makeTempDir } from '../../servers/temp.ts'
import { until } from '../../servers/until.ts'
import { leftOpen, type TryOptions, tryProbe } from './try-probe.ts'

let server: PostgresServer
let standby: PostgresServer

before(async () => {
  const hba = [
    'local all all scram-sha-256',
    'host all trusting all trust',
    'host all plain all password',
    'host all olden all md5',
    'host all ldapper all ident',
    'host all barred all reject',
    'host nobody all all trust',
    'host all postgres,app,unable,full all scram-sha-256',
  ]
  const initSql = `
    create role app login password 'p@ss/w?rd:%41';
    create role plain login password 'clear';
    create role full login password 'p1' connection limit 0;
    create role unable password 'p2';
    create role trusting login;
    set password_encryption = 'md5';
    create role olden login password 'old';
    create database app;
    create database shut;
    revoke connect on database shut from public;
    \\connect app
    create schema tales;
    create table tales.users (id int);
    create table "Mixed" (id int);
    create table visible (id int);
    create view a_view as select 1 as one;
    create index an_index on visible (id);
    create sequence a_sequence;
    create table shielded (id int);
    create function flag() returns boolean language sql as 'select false';
    grant usage on schema tales to public;
    grant select on visible to app;
    grant usage on sequence a_sequence to app;`
  ;[server, standby] = await Promise.all([startPostgres({ hba, initSql }), startPostgres({ standby: true })])
})
after(() => Promise.all([server?.stop(), standby?.stop()]))

const url = (): string => `postgres://app:${encodeURIComponent('p@ss/w?rd:%41')}@127.0.0.1:${server.port}/app`
const asUser = (user: string, password = ''): string =>
  `host=127.0.0.1 port=${server.port} dbname=app user=${user} password='${password}'`

test('is ready when the login succeeds, and tells the version', async () => {
  const { detail, phases, heard } = await tryProbe(url())
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
  await tryProbe(url(), { options: { role: 'primary', table: 'visible', query: 'select 1' } })
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
  ['key=value pairs', () => asUser('app', 'p@ss/w?rd:%41')],
  [
    'a Unix socket',
    () => `host=${server.socketDir} port=${server.port} dbname=app user=app password='p@ss/w?rd:%41'`,
  ],
  [
    'a Unix socket in a URL',
    () =>
      `postgres://app@${encodeURIComponent(server.socketDir)}:${server.port}/app?password=p@ss/w?rd:%2541&sslmode=require`,
  ],
  ['no password where none is asked for', () => asUser('trusting')],
  ['a password in clear text', () => asUser('plain', 'clear')],
  ['a password by MD5', () => asUser('olden', 'old')],
  [
    'options for the session',
    () => `${asUser('trusting')} options='-c statement_timeout=1234'`,
    { options: { query: "select current_setting('statement_timeout') = '1234ms'" } },
  ],
  [
    'its name as application_name',
    () => asUser('trusting'),
    { options: { query: "select current_setting('application_name') = 'readywhen'" } },
  ],
  ['allow where TLS is off', () => `${asUser('trusting')} sslmode=allow`],
  ['disable where TLS is off', () => `${asUser('trusting')} sslmode=disable`],
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
    PGPASSWORD: 'p@ss/w?rd:%41',
    PGDATABASE: 'app',
    PGAPPNAME: 'me',
  }
  const options = {
    query: "select current_user || current_database() || current_setting('application_name') = 'appappme'",
  }
  assert.equal((await tryProbe('postgres://', { env, options })).failure, undefined)
})

interface Expected {
  readonly code: string
  readonly reason: RegExp
  readonly hint?: RegExp
  readonly lasting?: boolean
  readonly down?: boolean
}

const refusals: readonly (readonly [string, () => string, Expected])[] = [
  [
    'a wrong password',
    () => asUser('app', 'wrong'),
    { code: '28P01', reason: /^password rejected for user app$/, hint: /no such role/, lasting: true },
  ],
  [
    'a role that does not exist, by password',
    () => asUser('postgres', 'x'),
    { code: '28P01', reason: /^password rejected for user postgres$/, lasting: true },
  ],
  [
    'no password where one is asked for',
    () => asUser('app'),
    {
      code: 'PASSWORD_MISSING',
      reason: /^server asks for a password, and none is given$/,
      hint: /PGPASSWORD/,
      lasting: true,
    },
  ],
  [
    'a database that does not exist',
    () => `${asUser('trusting')} dbname=nix`,
    { code: '3D000', reason: /^database "nix" does not exist$/, lasting: true },
  ],
  [
    'a database that does not let the user in',
    () => `${asUser('trusting')} dbname=shut`,
    { code: '42501', reason: /^user trusting may not connect to database "shut"$/, lasting: true },
  ],
  [
    'a user without an entry in pg_hba.conf',
    () => asUser('ghost'),
    {
      code: '28000',
      reason: /^no pg_hba.conf entry for user ghost, database "app", from 127.0.0.1, without TLS$/,
      lasting: true,
    },
  ],
  [
    'that with TLS turned off',
    () => `${asUser('ghost')} sslmode=disable`,
    { code: '28000', reason: /without TLS$/, hint: /sslmode=require/, lasting: true },
  ],
  [
    'a user whom pg_hba.conf rejects',
    () => asUser('barred'),
    {
      code: '28000',
      reason: /^pg_hba.conf rejects user barred, database "app", from 127.0.0.1, without TLS$/,
      lasting: true,
    },
  ],
  [
    'a role that does not exist, by trust',
    () => `${asUser('ghost')} dbname=nobody`,
    { code: '28000', reason: /^role "ghost" does not exist$/, lasting: true },
  ],
  [
    'an ident server that says nothing',
    () => asUser('ldapper'),
    {
      code: '28000',
      reason: /^login refused: Ident authentication failed for user "ldapper"$/,
      lasting: true,
    },
  ],
  [
    'a role that may not log in',
    () => asUser('unable', 'p2'),
    { code: '28000', reason: /^login refused: role "unable" is not permitted to log in$/, lasting: true },
  ],
  [
    'a role whose connections are used up',
    () => asUser('full', 'p1'),
    { code: '53300', reason: /^too many connections for role "full"$/, hint: /max_connections/ },
  ],
  [
    'options that the server does not know',
    () => `${asUser('trusting')} options='-c nix.da'`,
    { code: '42601', reason: /^server error: -c nix.da requires a value$/, lasting: true },
  ],
  [
    'TLS required where it is off',
    () => `${asUser('trusting')} sslmode=require`,
    { code: 'NO_TLS', reason: /^server does not do TLS, which sslmode requires$/, lasting: true },
  ],
  [
    'a socket directory without a socket',
    () => `host=/nonexistent user=app`,
    { code: 'ENOENT', reason: /no such socket file/, down: true },
  ],
]
for (const [title, target, expected] of refusals) {
  test(`tells of ${title}`, async () => {
    const { failure, detail } = await tryProbe(target())
    assert.equal(detail, undefined)
    assert.equal(failure?.code, expected.code)
    assert.match(failure.reason, expected.reason)
    assert.match(failure.hint ?? '', expected.hint ?? /^/)
    assert.equal(failure.lasting, expected.lasting ?? false)
    assert.equal(failure.down, expected.down ?? false)
    assert.deepEqual(await leftOpen(), [])
  })
}

const conditions: readonly (readonly [string, Readonly<Record<string, string>>, 'ready' | Expected])[] = [
  ['a table on the search path', { table: 'visible' }, 'ready'],
  ['a table in its schema', { table: 'tales.users' }, 'ready'],
  ['a table it may not read', { table: 'shielded' }, 'ready'],
  ['a table with a quoted name', { table: '"Mixed"' }, 'ready'],
  ['a view', { table: 'a_view' }, 'ready'],
  [
    'a table that is not on the search path',
    { table: 'users' },
    { code: '42P01', reason: /^table users does not exist$/ },
  ],
  [
    'a table in a schema that does not exist',
    { table: 'no.users' },
    { code: '42P01', reason: /^table no.users does not exist$/ },
  ],
  [
    'a table whose name needs quotes',
    { table: 'Mixed' },
    { code: '42P01', reason: /^table Mixed does not exist$/, hint: /lower case/ },
  ],
  [
    'an index',
    { table: 'an_index' },
    { code: '42809', reason: /^an_index exists but is no table$/, lasting: true },
  ],
  ['a sequence', { table: 'a_sequence' }, { code: '42809', reason: /is no table$/, lasting: true }],
  [
    'no name of a table',
    { table: "'; drop table visible; --" },
    { code: '42602', reason: /^table lookup failed: invalid name syntax$/ },
  ],
  ['a true query', { query: 'select true' }, 'ready'],
  ['a query that gives a number', { query: 'select -0.5' }, 'ready'],
  ['a query that gives a text', { query: "select 'no'" }, 'ready'],
  ['a query that gives a time', { query: 'select now()' }, 'ready'],
  ['the first row of very many', { query: 'select generate_series(1, 100000000)' }, 'ready'],
  ['the first row alone', { query: 'values (0), (1)' }, { code: 'QUERY_FALSE', reason: /^query gave 0$/ }],
  ['a false query', { query: 'select flag()' }, { code: 'QUERY_FALSE', reason: /^query gave f$/ }],
  [
    'a query that gives false as text',
    { query: 'select flag()::text' },
    { code: 'QUERY_FALSE', reason: /^query gave false$/ },
  ],
  ['a query that gives zero', { query: 'select 0.00' }, { code: 'QUERY_FALSE', reason: /^query gave 0.00$/ }],
  ['a query that gives NULL', { query: 'select null' }, { code: 'QUERY_FALSE', reason: /^query gave NULL$/ }],
  [
    'a query that gives an empty text',
    { query: "select ''" },
    { code: 'QUERY_FALSE', reason: /^query gave an empty text$/ },
  ],
  [
    'a query without rows',
    { query: 'select 1 where false' },
    { code: 'QUERY_NO_ROWS', reason: /^query gave no rows$/ },
  ],
  ['a query without columns', { query: 'select' }, { code: 'QUERY_NO_COLUMNS', reason: /without columns$/ }],
  ['an empty query', { query: ' ' }, { code: 'QUERY_NO_ROWS', reason: /^query gave no rows$/ }],
  [
    'a query of a table that does not exist yet',
    { query: 'select 1 from nix' },
    { code: '42P01', reason: /^query failed: relation "nix" does not exist$/ },
  ],
  [
    'a query it may not make',
    { query: 'select 1 from shielded' },
    { code: '42501', reason: /^query failed: permission denied for table shielded$/, lasting: true },
  ],
  [
    'a query that is no SQL',
    { query: 'selec 1' },
    { code: '42601', reason: /^query failed: syntax error at or near "selec"$/, lasting: true },
  ],
  [
    'a query that writes',
    { query: "select nextval('a_sequence')" },
    { code: '25006', reason: /read-only transaction$/, lasting: true },
  ],
  [
    'a query that would get out of its transaction',
    { query: 'commit; drop table visible' },
    { code: '42601', reason: /multiple commands/, lasting: true },
  ],
  [
    'a query that copies out',
    { query: 'copy visible to stdout' },
    { code: 'QUERY_NO_ROWS', reason: /^query gave no rows$/ },
  ],
  [
    'a query that copies in',
    { query: 'copy visible from stdin' },
    { code: '42501', reason: /^query failed: permission denied/, lasting: true },
  ],
  [
    'a query with a secret in its error',
    { query: 'select 1/0 from (select \'x\') as "p@ss/w?rd:%41"' },
    { code: '22012', reason: /^query failed: division by zero$/ },
  ],
  [
    'a password that the server says back',
    { query: "select 'p@ss/w?rd:%41'::int" },
    { code: '22P02', reason: /^query failed: invalid input syntax for type integer: "\*\*\*"$/ },
  ],
  [
    'a password that a query gives',
    { query: "select 0 where 'x' = 'p@ss/w?rd:%41'" },
    { code: 'QUERY_NO_ROWS', reason: /no rows/ },
  ],
  ['the role of a primary', { role: 'primary' }, 'ready'],
  ['the role of a replica', { role: 'replica' }, { code: 'ROLE_PRIMARY', reason: /^is a primary$/ }],
]
for (const [title, options, expected] of conditions) {
  test(`looks for ${title}`, async () => {
    const { failure, detail } = await tryProbe(url(), { options })
    if (expected === 'ready') {
      assert.match(
        detail ?? failure?.reason ?? '',
        options['role'] ? /^PostgreSQL [\d.]+, primary$/ : /^PostgreSQL [\d.]+$/,
      )
    } else {
      assert.equal(failure?.code, expected.code)
      assert.match(failure.reason, expected.reason)
      assert.match(failure.hint ?? '', expected.hint ?? /^$/)
      assert.equal(failure.lasting, expected.lasting ?? false)
    }
    assert.deepEqual(await leftOpen(), [])
  })
}

const attributes: readonly (readonly [string, 'primary' | 'standby' | 'both', RegExp])[] = [
  ['any', 'standby', /^PostgreSQL [\d.]+$/],
  ['read-write', 'primary', /^PostgreSQL/],
  ['read-write', 'standby', /^is read-only$/],
  ['read-only', 'standby', /^PostgreSQL/],
  ['read-only', 'primary', /^is read-write$/],
  ['primary', 'primary', /^PostgreSQL [\d.]+, primary$/],
  ['primary', 'standby', /^is a replica$/],
  ['standby', 'standby', /^PostgreSQL [\d.]+, replica$/],
  ['standby', 'primary', /^is a primary$/],
  ['prefer-standby', 'standby', /^PostgreSQL [\d.]+, replica$/],
  ['prefer-standby', 'primary', /^PostgreSQL [\d.]+$/],
  ['standby', 'both', /^PostgreSQL [\d.]+, replica$/],
  ['read-only', 'both', /^PostgreSQL/],
  ['prefer-standby', 'both', /^PostgreSQL [\d.]+, replica$/],
]
for (const [wanted, which, expected] of attributes) {
  test(`takes target_session_attrs=${wanted} at ${which} as libpq does`, async () => {
    const ports =
      which === 'both' ? `${server.port},${standby.port}` : `${(which === 'primary' ? server : standby).port}`
    const host = ports.replace(/\d+/g, '127.0.0.1')
    const target = `host=${host} port=${ports} user=postgres password='${server.password}' target_session_attrs=${wanted}`
    const { failure, detail } = await tryProbe(target)
    assert.match(detail ?? failure?.reason ?? '', expected)
    assert.notEqual(failure?.lasting, true)
    assert.deepEqual(await leftOpen(), [])
  })
}

test('looks for role=replica among the hosts', async () => {
  const target = `host=127.0.0.1,127.0.0.1 port=${server.port},${standby.port} user=postgres password='${server.password}' load_balance_hosts=random`
  assert.match((await tryProbe(target, { options: { role: 'replica' } })).detail ?? '', /, replica$/)
  assert.match((await tryProbe(target, { options: { role: 'primary' } })).detail ?? '', /, primary$/)
})

test('names the hosts when there are several', async () => {
  const dead = await freePort()
  const { failure } = await tryProbe(
    `postgres://postgres:${encodeURIComponent(server.password)}@127.0.0.1:${dead},127.0.0.1:${server.port}/x?target_session_attrs=standby`,
  )
  assert.equal(failure?.reason, `127.0.0.1:${server.port}: database "x" does not exist`)
  assert.equal(failure.lasting, true)
  const both = await tryProbe(
    `host=127.0.0.1,127.0.0.1 port=${dead},${server.port} user=postgres password='${server.password}' target_session_attrs=standby`,
  )
  assert.equal(
    both.failure?.reason,
    `127.0.0.1:${dead}: connection refused; 127.0.0.1:${server.port}: is a primary`,
  )
  assert.equal(both.failure.down, false)
  const missing = await tryProbe(
    `host=127.0.0.1,127.0.0.1 port=${server.port},${dead} user=postgres password='${server.password}'`,
    { options: { table: 'nix' } },
  )
  assert.equal(missing.failure?.reason, `127.0.0.1:${server.port}: table nix does not exist`)
})

test('is down when nobody listens', async () => {
  const port = await freePort()
  const { failure, heard } = await tryProbe(`postgres://127.0.0.1:${port},127.0.0.1:${port}/x`)
  assert.equal(failure?.code, 'ECONNREFUSED')
  assert.ok(failure.down)
  assert.equal(heard, false)
})

const passfiles: readonly (readonly [string, string, number, RegExp])[] = [
  ['finds the password in a password file', '*:*:app:app:p@ss/w?rd\\:%41\n', 0o600, /^PostgreSQL/],
  [
    'ignores a password file that others may read, and says so',
    '*:*:app:app:p@ss/w?rd\\:%41\n',
    0o640,
    /ignored because group or others may access it/,
  ],
  [
    'says that the password file has no line for the target',
    '*:*:other:app:x\n',
    0o600,
    /has no line for this host, port, database and user/,
  ],
  [
    'says that the password came from the password file',
    '*:*:*:*:wrong\n',
    0o600,
    /the password came from .*pass/,
  ],
]
for (const [title, content, mode, expected] of passfiles) {
  test(title, async () => {
    const passfile = join(makeTempDir('pgpass'), 'pass')
    writeFileSync(passfile, content)
    chmodSync(passfile, mode)
    const { detail, failure } = await tryProbe(asUser('app'), { env: { PGPASSFILE: passfile } })
    assert.match(detail ?? failure?.hint ?? '', expected)
  })
}

test('says why a password file cannot be used', async () => {
  const dir = makeTempDir('pgpass')
  const hint = async (PGPASSFILE: string) =>
    (await tryProbe(asUser('app'), { env: { PGPASSFILE } })).failure?.hint
  assert.equal(await hint(dir), `${dir} is not a password file`)
  assert.equal(
    await hint(join(dir, 'none')),
    `give it in the target, in PGPASSWORD or in ${join(dir, 'none')}`,
  )
})

test('masks a password that comes from the password file', async () => {
  const passfile = join(makeTempDir('pgpass'), 'pass')
  writeFileSync(passfile, '*:*:*:*:p@ss/w?rd\\:%41', { mode: 0o600 })
  const given = { env: { PGPASSFILE: passfile }, options: { query: "select 'p@ss/w?rd:%41'::int" } }
  assert.match((await tryProbe(asUser('app'), given)).failure?.reason ?? '', /integer: "\*\*\*"$/)
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
    assert.equal((await tryProbe(url())).failure, undefined)
  } finally {
    for (const name of Object.keys(wrong)) delete process.env[name]
    Object.assign(process.env, before)
  }
})
