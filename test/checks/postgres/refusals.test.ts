import assert from 'node:assert/strict'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { freePort } from '../../servers/ports.ts'
import type { PostgresServer } from '../../servers/postgres.ts'
import { makeTempDir } from '../../servers/temp.ts'
import { asUser, startAppServer } from './app-server.ts'
import { assertFailed, type Expected, leftOpen, tryProbe } from './try-probe.ts'

let server: PostgresServer
before(async () => {
  server = await startAppServer()
})
after(() => server?.stop())

const refusals: readonly (readonly [string, () => string, Expected])[] = [
  [
    'a wrong password',
    () => asUser(server, 'app', 'wrong'),
    { code: '28P01', reason: /^password rejected for user app$/, hint: /no such role/, lasting: true },
  ],
  [
    'a role that does not exist, by password',
    () => asUser(server, 'postgres', 'x'),
    { code: '28P01', reason: /^password rejected for user postgres$/, lasting: true },
  ],
  [
    'no password where one is asked for',
    () => asUser(server, 'app'),
    {
      code: 'PASSWORD_MISSING',
      reason: /^server asks for a password, and none is given$/,
      hint: /PGPASSWORD/,
      lasting: true,
    },
  ],
  [
    'a database that does not exist',
    () => `${asUser(server, 'trusting')} dbname=nix`,
    { code: '3D000', reason: /^database "nix" does not exist$/, lasting: true },
  ],
  [
    'a database that does not let the user in',
    () => `${asUser(server, 'trusting')} dbname=shut`,
    { code: '42501', reason: /^user trusting may not connect to database "shut"$/, lasting: true },
  ],
  [
    'a user without an entry in pg_hba.conf',
    () => asUser(server, 'ghost'),
    {
      code: '28000',
      reason: /^no pg_hba.conf entry for user ghost, database "app", from 127.0.0.1, without TLS$/,
      lasting: true,
    },
  ],
  [
    'that with TLS turned off',
    () => `${asUser(server, 'ghost')} sslmode=disable`,
    { code: '28000', reason: /without TLS$/, hint: /sslmode=require/, lasting: true },
  ],
  [
    'a user whom pg_hba.conf rejects',
    () => asUser(server, 'barred'),
    {
      code: '28000',
      reason: /^pg_hba.conf rejects user barred, database "app", from 127.0.0.1, without TLS$/,
      lasting: true,
    },
  ],
  [
    'a role that does not exist, by trust',
    () => `${asUser(server, 'ghost')} dbname=nobody`,
    { code: '28000', reason: /^role "ghost" does not exist$/, lasting: true },
  ],
  [
    'an ident server that says nothing',
    () => asUser(server, 'ldapper'),
    {
      code: '28000',
      reason: /^login refused: Ident authentication failed for user "ldapper"$/,
      lasting: true,
    },
  ],
  [
    'a role that may not log in',
    () => asUser(server, 'unable', 'p2'),
    { code: '28000', reason: /^login refused: role "unable" is not permitted to log in$/, lasting: true },
  ],
  [
    'a role whose connections are used up',
    () => asUser(server, 'full', 'p1'),
    { code: '53300', reason: /^too many connections for role "full"$/, hint: /max_connections/ },
  ],
  [
    'options that the server does not know',
    () => `${asUser(server, 'trusting')} options='-c nix.da'`,
    { code: '42601', reason: /^server error: -c nix.da requires a value$/, lasting: true },
  ],
  [
    'TLS required where it is off',
    () => `${asUser(server, 'trusting')} sslmode=require`,
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
    assertFailed(await tryProbe(target()), expected)
    assert.deepEqual(await leftOpen(), [])
  })
}

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
    const { detail, failure } = await tryProbe(asUser(server, 'app'), { env: { PGPASSFILE: passfile } })
    assert.match(detail ?? failure?.hint ?? '', expected)
  })
}

test('says why a password file cannot be used', async () => {
  const dir = makeTempDir('pgpass')
  const hint = async (PGPASSFILE: string) =>
    (await tryProbe(asUser(server, 'app'), { env: { PGPASSFILE } })).failure?.hint
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
  assert.match((await tryProbe(asUser(server, 'app'), given)).failure?.reason ?? '', /integer: "\*\*\*"$/)
})
