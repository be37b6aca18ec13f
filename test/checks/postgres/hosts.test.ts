import assert from 'node:assert/strict'
import { performance } from 'node:perf_hooks'
import { after, before, test } from 'node:test'
import { startFakePostgres } from '../../servers/fake-postgres.ts'
import { freePort } from '../../servers/ports.ts'
import { type PostgresServer, startPostgres } from '../../servers/postgres.ts'
import { until } from '../../servers/until.ts'
import { healthy, silent, started } from './scripts.ts'
import { leftOpen, tryProbe } from './try-probe.ts'

let server: PostgresServer
let standby: PostgresServer
before(async () => {
  ;[server, standby] = await Promise.all([startPostgres(), startPostgres({ standby: true })])
})
after(() => Promise.all([server?.stop(), standby?.stop()]))

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

test('tries the next host beside one that stays silent', async () => {
  const hanging = await startFakePostgres(async () => {})
  const good = await startFakePostgres(healthy)
  try {
    const start = performance.now()
    const { detail, phases } = await tryProbe(`postgres://127.0.0.1:${hanging.port},127.0.0.1:${good.port}/x`)
    assert.equal(detail, 'PostgreSQL 17.2')
    assert.ok(performance.now() - start < 2500)
    assert.ok(phases.includes(`the answer to the TLS request at 127.0.0.1:${hanging.port}`))
    await until(() => hanging.open() + good.open() === 0, 'all connections to be closed')
  } finally {
    await Promise.all([hanging.stop(), good.stop()])
  }
})

test('gives a host no longer than connect_timeout to log in', async () => {
  const hanging = await startFakePostgres(started(async (client) => void (await silent(client))))
  const quiet = await startFakePostgres(async () => {})
  try {
    const { failure } = await tryProbe(`postgres://127.0.0.1:${hanging.port}/x?connect_timeout=1`)
    assert.equal(failure?.reason, 'no answer in 1s (waiting for the start-up answer)')
    assert.equal(failure.down, false)
    const both = await tryProbe(
      `postgres://127.0.0.1:${quiet.port},127.0.0.1:${quiet.port}/x?connect_timeout=1`,
    )
    const each = `127.0.0.1:${quiet.port}: no answer in 1s (waiting for the answer to the TLS request)`
    assert.equal(both.failure?.reason, `${each}; ${each}`)
    assert.ok(both.failure.down)
    await until(() => hanging.open() + quiet.open() === 0, 'all connections to be closed')
  } finally {
    await Promise.all([hanging.stop(), quiet.stop()])
  }
})
