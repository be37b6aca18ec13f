import { makeAuthority } from '../servers/certificates.ts'
import {
  authentication,
  columns,
  dataRow,
  type FakeClient,
  PARSED,
  packet,
  startFakePostgres,
} from '../servers/fake-postgres.ts'
import { type PostgresServer, startPostgres } from '../servers/postgres.ts'
import { until } from '../servers/until.ts'
import { fault, type HangPeer, neverHang, phase } from './hang.ts'

const authority = makeAuthority()
const LONG = 100 * 1024 * 1024
const LONG_NOTICE = packet('N', `M${'x'.repeat(1024 * 1024)}\0\0`)

const postgres =
  (rest = '?sslmode=disable') =>
  (port: number) => [`--postgres=postgres://app:secret@localhost:${port}/app${rest}`]
const verified = `?sslmode=verify-full#ca=${authority.caFile}`

/** A server that does a script with each client and is silent then. */
const fake = (script: (client: FakeClient) => Promise<unknown>) => async (): Promise<HangPeer> => {
  const server = await startFakePostgres(async (client) => {
    await script(client)
  })
  return {
    port: server.port,
    get open() {
      return server.open()
    },
    stop: () => server.stop(),
  }
}

/** A message that says that it is long, of which only the start comes. */
function endless(type: string): Buffer {
  const head = packet(type)
  head.writeUInt32BE(LONG, 1)
  return head
}

neverHang('Postgres before the login', [
  {
    title: 'no answer at all',
    peer: fault('silent'),
    args: postgres(),
    reason: phase('the start-up answer'),
  },
  {
    title: 'no answer to the TLS request',
    peer: fault('silent'),
    args: postgres(verified),
    reason: phase('the answer to the TLS request'),
  },
  {
    title: 'no TLS handshake',
    peer: fault('answer', 'S'),
    args: postgres(verified),
    reason: phase('the TLS handshake'),
  },
  {
    title: 'no TLS handshake where none is asked for first',
    peer: fault('handshake-silent'),
    args: postgres(verified.replace('#', '&sslnegotiation=direct#')),
    reason: phase('the TLS handshake'),
  },
  {
    title: 'no answer after TLS was refused',
    peer: fault('answer', 'N'),
    args: postgres(''),
    reason: phase('the start-up answer'),
  },
  {
    title: 'one byte a second',
    peer: fault('drip', authentication(3).toString('latin1')),
    args: postgres(),
    reason: phase('the start-up answer'),
  },
  {
    title: '100 MB that are not Postgres',
    peer: fault('flood'),
    args: postgres(),
    reason: /^not PostgreSQL: answered "x+…?"$/,
  },
  { title: 'garbage', peer: fault('garbage'), args: postgres(), reason: /^not PostgreSQL: answered / },
  {
    title: 'garbage in place of TLS',
    peer: fault('garbage'),
    args: postgres(verified),
    reason: /^not PostgreSQL: answered /,
  },
])

neverHang('Postgres during and after the login', [
  {
    title: 'no answer to the password',
    peer: fake(async (client) => {
      await client.startUp()
      client.send(authentication(3))
    }),
    args: postgres(),
    reason: phase('the answer to the login'),
  },
  {
    title: 'no answer in the middle of SCRAM',
    peer: fake(async (client) => {
      await client.startUp()
      client.send(authentication(10, 'SCRAM-SHA-256\0\0'))
    }),
    args: postgres(),
    reason: phase('the answer to the login'),
  },
  {
    title: 'silence after the authentication',
    peer: fake(async (client) => {
      await client.startUp()
      client.send(authentication(0))
    }),
    args: postgres(),
    reason: phase('the start-up answer'),
  },
  {
    title: 'silence after the login',
    peer: fake((client) => client.admit()),
    args: postgres(),
    reason: phase('the answer to the query'),
  },
  {
    title: 'a row that does not end',
    peer: fake(async (client) => {
      await client.admit()
      await client.statement()
      client.send(PARSED, columns(1), dataRow(['1']).subarray(0, 9))
    }),
    args: postgres(),
    reason: phase('the answer to the query'),
  },
  {
    title: 'notices without an end after the login',
    peer: fake(async (client) => {
      await client.admit()
      for (let i = 0; i < 8; i += 1) client.send(LONG_NOTICE)
    }),
    args: postgres(),
    reason: /^answer is larger than 4 MiB$/,
  },
  {
    title: 'a message that announces 100 MB',
    peer: fake(async (client) => {
      await client.admit()
      await client.statement()
      client.send(PARSED, columns(1), endless('D'))
    }),
    args: postgres(),
    reason: /^answer is larger than 4 MiB$/,
  },
  {
    title: 'garbage after the login',
    peer: fake(async (client) => {
      await client.admit()
      await client.statement()
      client.send('\0garbage')
    }),
    args: postgres(),
    reason: /^not PostgreSQL: answered /,
  },
])

const LOGIN = "CREATE ROLE app LOGIN PASSWORD 'secret'; CREATE DATABASE app OWNER app"
const realPostgres = () => startPostgres({ initSql: LOGIN })
const sleeping =
  "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()"

neverHang('a real Postgres', [
  {
    title: 'a query that takes long',
    peer: realPostgres,
    args: postgres('#query=SELECT pg_sleep(60)'),
    reason: phase('the answer to the query'),
  },
  {
    title: 'a server that is killed in the middle of a query',
    peer: realPostgres,
    args: postgres('#query=SELECT pg_sleep(60)'),
    limitS: 6,
    meanwhile: async (server) => {
      await until(async () => (await server.sql(sleeping)).trim() !== '0', 'the query')
      server.kill('SIGQUIT')
    },
    before: /^(restarting after a crash|shutting down|connection closed by peer during the query)$/m,
    reason: /^connection refused/,
  },
  {
    title: 'a server that is stopped before it accepts',
    peer: stoppedPostgres,
    args: postgres(''),
    reason: phase('the answer to the TLS request'),
  },
])

async function stoppedPostgres(): Promise<PostgresServer> {
  const server = await realPostgres()
  server.kill('SIGSTOP')
  return {
    ...server,
    async stop() {
      // A process that is stopped does not even see that it is to end.
      server.kill('SIGCONT')
      await server.stop()
    },
  }
}
