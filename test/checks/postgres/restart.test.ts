import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type PostgresServer, startPostgres } from '../../servers/postgres.ts'
import { until } from '../../servers/until.ts'
import { leftOpen, type Outcome, tryProbe } from './try-probe.ts'

let server: PostgresServer
before(async () => {
  server = await startPostgres({ hba: ['host all all all trust', 'local all all trust'] })
})
after(() => server?.stop())

const attempt = (query?: string): Promise<Outcome> =>
  tryProbe(
    `host=127.0.0.1 port=${server.port} user=postgres`,
    query === undefined ? {} : { options: { query } },
  )

const asleep = async (): Promise<boolean> =>
  (
    await server.sql(
      "select count(*) from pg_stat_activity where query like '%pg_sleep(31)%' and state = 'active' and pid <> pg_backend_pid()",
    )
  ).trim() === '1'

const stops: readonly (readonly [string, NodeJS.Signals, RegExp])[] = [
  ['stopped', 'SIGINT', /^shutting down$/],
  // It only leaves a notice, which is no answer to the query.
  ['ended at once', 'SIGQUIT', /^connection (closed|reset) by peer during the query$/],
]
for (const [title, signal, reason] of stops) {
  test(`tells of a server that is ${title} during a query, and is ready when it is back`, async () => {
    const outcome = attempt('select true from pg_sleep(31)')
    await until(asleep, 'the query to run')
    await server.restart(signal)
    const { failure } = await outcome
    assert.match(failure?.reason ?? '', reason)
    assert.equal(failure?.lasting, false)
    assert.equal(failure.down, false)
    assert.match((await attempt()).detail ?? '', /^PostgreSQL/)
    assert.deepEqual(await leftOpen(), [])
  })
}

test('tells of a server that lets nobody in while it waits for its clients to leave', async () => {
  const held = server.sql('select pg_sleep(31)').catch(() => {})
  await until(asleep, 'the query to run')
  server.kill('SIGTERM')
  let last: Outcome | undefined
  await until(async () => {
    last = await attempt()
    return last.failure !== undefined
  }, 'the server to refuse')
  assert.equal(last?.failure?.code, '57P03')
  assert.equal(last.failure.reason, 'shutting down')
  assert.equal(last.failure.lasting, false)
  await server.stop()
  await held
  const gone = await attempt()
  assert.equal(gone.failure?.code, 'ECONNREFUSED')
  assert.ok(gone.failure.down)
})
