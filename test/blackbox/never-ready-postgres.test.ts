import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { serverError, startFakePostgres } from '../servers/fake-postgres.ts'
import { closedPort, startFault } from '../servers/faults.ts'
import { type PostgresServer, startPostgres } from '../servers/postgres.ts'
import { neverReady, type Peer, ready, through } from './refusal.ts'

const ROLES = `
  CREATE ROLE app LOGIN PASSWORD 'right'; CREATE DATABASE app OWNER app;
  CREATE ROLE guest LOGIN PASSWORD 'guest';
  CREATE ROLE crowd LOGIN PASSWORD 'secret' CONNECTION LIMIT 0;
  CREATE ROLE unwanted LOGIN PASSWORD 'unwanted';
  CREATE DATABASE closed; REVOKE CONNECT ON DATABASE closed FROM PUBLIC;`
let main: PostgresServer
let refused: number

before(async () => {
  const hba = ['host all unwanted all reject', 'host all all all scram-sha-256']
  main = await startPostgres({ hba, initSql: ROLES })
  refused = await closedPort()
})
after(() => main.stop())

const toMain = () => through(main)

/** The flags for a login as `who` (`user:password`) with what else the target says. */
const login =
  (who: string, rest: string) =>
  (port: number): string[] => [`--postgres=postgres://${who}@127.0.0.1:${port}/${rest}`]

neverReady('Postgres that does not let in', [
  {
    title: 'a wrong password',
    peer: toMain,
    args: login('app:wrong', 'app'),
    reason: /: password rejected for user app$/,
    lasting: true,
  },
  {
    title: 'no such user, which Postgres does not tell from a wrong password',
    peer: toMain,
    args: login('nobody:right', 'app'),
    reason: /: password rejected for user nobody$/,
    lasting: true,
  },
  {
    title: 'no password',
    peer: toMain,
    args: login('app', 'app'),
    reason: /: server asks for a password, and none is given$/,
    lasting: true,
  },
  {
    title: 'a missing database',
    peer: toMain,
    args: login('app:right', 'missing'),
    reason: /: database "missing" does not exist$/,
    lasting: true,
  },
  {
    title: 'a user who may not connect to the database',
    peer: toMain,
    args: login('guest:guest', 'closed'),
    reason: /: user guest may not connect to database "closed"$/,
    lasting: true,
  },
  {
    title: 'a user whom pg_hba.conf rejects',
    peer: toMain,
    args: login('unwanted:unwanted', 'app'),
    reason: /: pg_hba\.conf rejects user unwanted, database "app"/,
    lasting: true,
  },
  {
    title: 'no connection left for the role',
    peer: toMain,
    args: login('crowd:secret', 'app'),
    reason: /: too many connections for role "crowd"$/,
  },
  {
    title: 'a server without TLS that has to have it',
    peer: toMain,
    args: login('app:right', 'app?sslmode=require'),
    reason: /: server does not do TLS, which sslmode requires$/,
    lasting: true,
  },
  {
    title: 'a server that starts up (57P03)',
    peer: () => startingFor(Number.POSITIVE_INFINITY),
    args: login('app:right', 'app'),
    reason: /: starting up$/,
  },
  {
    title: 'another protocol on the port',
    peer: () => startFault('silent', { text: 'SSH-2.0-OpenSSH_9.9\r\n' }),
    args: login('app:right', 'app'),
    reason: /: not PostgreSQL: answered "SSH-2\.0-OpenSSH_9\.9"$/,
    lasting: true,
  },
  {
    title: 'a proxy that accepts and drops',
    peer: () => startFault('close'),
    args: login('app:right', 'app'),
    reason: /: connection closed by peer /,
  },
])

const down = '#until=down'
neverReady('Postgres until=down', [
  {
    title: 'a good login',
    peer: toMain,
    args: login('app:right', `app${down}`),
    reason: /: still answering: PostgreSQL \d+/,
  },
  {
    title: 'a wrong password',
    peer: toMain,
    args: login('app:wrong', `app${down}`),
    reason: /: not known to be down: password rejected for user app$/,
  },
  {
    title: 'a server that starts up',
    peer: () => startingFor(Number.POSITIVE_INFINITY),
    args: login('app:right', `app${down}`),
    reason: /: not known to be down: starting up$/,
  },
])

test('57P03 for three seconds, then ready', async () => {
  const server = await startingFor(3000)
  const run = await ready(login('app:right', 'app')(server.port))
  await server.stop()
  assert.ok(run.ms >= 3000, `ready after ${run.ms} ms`)
  assert.match(run.stderr, /^waiting .*starting up$/m)
})

test('until=down is ready when the port refuses', async () => {
  const run = await ready(login('app:right', `app${down}`)(refused))
  assert.match(run.stderr, /\(down: connection refused\)$/m)
})

/** A server that says that it starts up for so long, and then lets everybody in. */
async function startingFor(ms: number): Promise<Peer> {
  let began: number | undefined
  const server = await startFakePostgres(async (client) => {
    began ??= performance.now()
    if (performance.now() - began >= ms) {
      await client.admit()
      await client.serve(() => ['1'])
    }
    await client.startUp()
    client.send(serverError('57P03', 'the database system is starting up'))
    client.end()
  })
  return {
    port: server.port,
    get open() {
      return server.open()
    },
    stop: () => server.stop(),
  }
}
