import { after, before, test } from 'node:test'
import { makeAuthority } from '../servers/certificates.ts'
import { type PostgresServer, startPostgres } from '../servers/postgres.ts'
import { until } from '../servers/until.ts'
import { neverReady, ready, through } from './refusal.ts'

const authority = makeAuthority()
const certificates = {
  expired: authority.issue({ names: ['localhost'], days: -3 }),
  selfSigned: authority.issue({ names: ['localhost'], selfSigned: true }),
  otherName: authority.issue({ names: ['other.example'] }),
}
const ROLES = `
  CREATE ROLE app LOGIN PASSWORD 'right'; CREATE DATABASE app OWNER app;
  CREATE ROLE guest LOGIN PASSWORD 'guest';`
const TABLES = `
  CREATE TABLE public.numbers (n int); INSERT INTO public.numbers VALUES (1);
  CREATE SCHEMA hidden; CREATE TABLE hidden.numbers (n int);`

let main: PostgresServer
let standby: PostgresServer
let secure: Record<keyof typeof certificates, PostgresServer>

before(async () => {
  const servers = Object.entries(certificates).map(
    async ([name, tls]) => [name, await startPostgres({ tls, initSql: ROLES })] as const,
  )
  const rest = [startPostgres({ initSql: ROLES }), startPostgres({ standby: true })] as const
  secure = Object.fromEntries(await Promise.all(servers)) as typeof secure
  ;[main, standby] = await Promise.all(rest)
  await main.sql(TABLES, 'app')
})
after(() => Promise.all([main, standby, ...Object.values(secure)].map((server) => server.stop())))

const toMain = () => through(main)
const toStandby = () => through(standby)

/** The flags for a login as `who` (`user:password`) with what else the target says. */
const login =
  (who: string, rest: string, host = '127.0.0.1') =>
  (port: number): string[] => [`--postgres=postgres://${who}@${host}:${port}/${rest}`]
const admin = (rest: string) => login('postgres:postgres%20password', `postgres${rest}`)

neverReady('Postgres that lets in, but is not as wanted', [
  {
    title: 'a query on a table that the user may not read',
    peer: toMain,
    args: login('guest:guest', 'app#query=SELECT count(*) FROM numbers'),
    reason: /: query failed: permission denied for table numbers$/,
    lasting: true,
  },
  {
    title: 'a table in a schema that the user may not look into',
    peer: toMain,
    args: login('guest:guest', 'app#table=hidden.numbers'),
    reason: /: table lookup failed: permission denied for schema hidden$/,
    lasting: true,
  },
  {
    title: 'a missing table',
    peer: toMain,
    args: login('app:right', 'app#table=letters'),
    reason: /: table letters does not exist$/,
  },
  {
    title: 'a query that gives false',
    peer: toMain,
    args: login('app:right', 'app#query=SELECT 1 > 2'),
    reason: /: query gave f$/,
  },
  {
    title: 'a query that gives no rows',
    peer: toMain,
    args: login('app:right', 'app#query=SELECT 1 WHERE false'),
    reason: /: query gave no rows$/,
  },
  {
    title: 'a standby when role=primary',
    peer: toStandby,
    args: admin('#role=primary'),
    reason: /: is a replica$/,
  },
  {
    title: 'a standby when target_session_attrs=read-write',
    peer: toStandby,
    args: admin('?target_session_attrs=read-write'),
    reason: /: is read-only$/,
  },
  {
    title: 'a primary when role=replica',
    peer: toMain,
    args: admin('#role=replica'),
    reason: /: is a primary$/,
  },
])

const verified = (name: keyof typeof certificates, reason: RegExp) => ({
  title: `certificate: ${name}`,
  peer: () => through(secure[name]),
  args: login('app:right', `app?sslmode=verify-full#ca=${authority.caFile}`, 'localhost'),
  reason,
  lasting: true,
})

neverReady('Postgres over TLS', [
  verified('expired', /: certificate expired 3 days ago$/),
  verified('selfSigned', /: certificate is self-signed$/),
  verified('otherName', /: certificate is for other\.example, not localhost$/),
])

neverReady('Postgres over TLS, until=down', [
  {
    title: 'a certificate of another name',
    peer: () => through(secure.otherName),
    args: login('app:right', `app?sslmode=verify-full#until=down&ca=${authority.caFile}`, 'localhost'),
    reason: /: not known to be down: certificate is for other\.example/,
  },
])

test('the same servers are ready where nothing is wrong, and have nobody left', async () => {
  await ready([
    ...login('app:right', 'app#table=numbers&query=SELECT true')(main.port),
    ...login('app:right', 'app?sslmode=require')(secure.otherName.port),
    ...admin('#role=replica')(standby.port),
  ])
  const clients =
    "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
  for (const server of [main, standby, ...Object.values(secure)]) {
    await until(async () => (await server.sql(clients)).trim() === '0', 'the last client to be gone')
  }
})
