import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { makeAuthority } from '../servers/certificates.ts'
import { closedPort, startFault } from '../servers/faults.ts'
import { type RedisOptions, type RedisServer, startRedis } from '../servers/redis.ts'
import { until } from '../servers/until.ts'
import { neverReady, ready, through } from './refusal.ts'

const authority = makeAuthority()
const tls = {
  expired: authority.issue({ names: ['localhost'], days: -3 }),
  selfSigned: authority.issue({ names: ['localhost'], selfSigned: true }),
  otherName: authority.issue({ names: ['other.example'] }),
}
const refused = await closedPort()
const configurations = {
  open: {},
  locked: { password: 'right' },
  cluster: { config: ['cluster-enabled yes'] },
  /** A replica that has never seen its primary. */
  replica: { config: [`replicaof 127.0.0.1 ${refused}`] },
  lost: { config: [`replicaof 127.0.0.1 ${refused}`, 'replica-serve-stale-data no'] },
  /** It looks at its clients after every kilobyte that it loads. */
  slow: { config: ['loading-process-events-interval-bytes 1024'] },
  expired: { tls: tls.expired },
  selfSigned: { tls: tls.selfSigned },
  otherName: { tls: tls.otherName },
} satisfies Record<string, RedisOptions>

const servers = {} as Record<keyof typeof configurations, RedisServer>

before(async () => {
  const starting = Object.entries(configurations).map(async ([name, options]) => {
    servers[name as keyof typeof configurations] = await startRedis(options)
  })
  await Promise.all(starting)
  await servers.open.command('ACL', 'SETUSER', 'mute', 'on', '>secret', '-@all')
  await startLoading(servers.slow)
})
after(() => Promise.all(Object.values(servers).map((server) => server.stop())))

const to = (name: keyof typeof configurations) => () => through(servers[name])
const target =
  (rest = '', who = '') =>
  (port: number): string[] => [`--redis=redis://${who}127.0.0.1:${port}${rest}`]

neverReady('Redis', [
  { title: 'LOADING', peer: to('slow'), args: target(), reason: /: loading its data set$/ },
  {
    title: 'NOAUTH',
    peer: to('locked'),
    args: target(),
    reason: /: a password is required$/,
    lasting: true,
  },
  {
    title: 'WRONGPASS',
    peer: to('locked'),
    args: target('', ':wrong@'),
    reason: /: password rejected$/,
    lasting: true,
  },
  {
    title: 'WRONGPASS for a user that is not there',
    peer: to('locked'),
    args: target('', 'app:right@'),
    reason: /: password rejected for user app$/,
    lasting: true,
  },
  {
    title: 'a password for a server that has none',
    peer: to('open'),
    args: target('', ':right@'),
    reason: /: asks for no password, but one was given$/,
    lasting: true,
  },
  {
    title: 'NOPERM',
    peer: to('open'),
    args: target('', 'mute:secret@'),
    reason: /: user mute may not run PING$/,
    lasting: true,
  },
  {
    title: 'MASTERDOWN',
    peer: to('lost'),
    args: target(),
    reason: /: replica has no link to its primary$/,
  },
  {
    title: 'cluster_state:fail',
    peer: to('cluster'),
    args: target('#cluster'),
    reason: /: cluster_state:fail \(0 of 16384 slots are served\)$/,
  },
  {
    title: 'no cluster at all',
    peer: to('open'),
    args: target('#cluster'),
    reason: /: is not in cluster mode$/,
    lasting: true,
  },
  {
    title: '/99, a database that is not there',
    peer: to('open'),
    args: target('/99'),
    reason: /: db 99 does not exist$/,
    lasting: true,
  },
  {
    title: 'a replica when role=primary',
    peer: to('replica'),
    args: target('#role=primary'),
    reason: /: is a replica$/,
  },
  {
    title: 'a primary when role=replica',
    peer: to('open'),
    args: target('#role=replica'),
    reason: /: is a primary$/,
  },
  {
    title: 'a missing key',
    peer: to('open'),
    args: target('#key-exists=migrated'),
    reason: /: key "migrated" does not exist$/,
  },
  {
    title: 'a proxy that accepts and drops',
    peer: () => startFault('close'),
    args: target(),
    reason: /: connection closed by peer before it answered \w+$/,
  },
  {
    title: 'another protocol on the port',
    peer: () => startFault('silent', { text: 'SSH-2.0-OpenSSH_9.9\r\n' }),
    args: target(),
    reason: /: not Redis: answered "SSH-2\.0-OpenSSH_9\.9"$/,
    lasting: true,
  },
])

const secure =
  (options: string) =>
  (port: number): string[] => [`--redis=rediss://localhost:${port}#ca=${authority.caFile}${options}`]

neverReady('Redis over TLS', [
  {
    title: 'an expired certificate',
    peer: to('expired'),
    args: secure(''),
    reason: /: certificate expired 3 days ago$/,
    lasting: true,
  },
  {
    title: 'a self-signed certificate',
    peer: to('selfSigned'),
    args: secure(''),
    reason: /: certificate is self-signed$/,
    lasting: true,
  },
  {
    title: 'a certificate of another name',
    peer: to('otherName'),
    args: secure(''),
    reason: /: certificate is for other\.example, not localhost$/,
    lasting: true,
  },
])

neverReady('Redis until=down', [
  {
    title: 'an answer to PING',
    peer: to('open'),
    args: target('#until=down'),
    reason: /: still answering: PONG$/,
  },
  {
    title: 'a wrong password',
    peer: to('locked'),
    args: target('#until=down', ':wrong@'),
    reason: /: not known to be down: password rejected$/,
  },
  {
    title: 'LOADING',
    peer: to('slow'),
    args: target('#until=down'),
    reason: /: not known to be down: loading its data set$/,
  },
  {
    title: 'a self-signed certificate',
    peer: to('selfSigned'),
    args: secure('&until=down'),
    reason: /: not known to be down: certificate is self-signed$/,
  },
])

test('until=down is ready when the port refuses', async () => {
  const run = await ready(target('#until=down')(refused))
  assert.match(run.stderr, /\(down: connection refused\)$/m)
})

test('the same servers are ready where nothing is wrong, and have nobody left', async () => {
  await ready([
    ...target('#role=primary')(servers.open.port),
    ...target('/15', ':right@')(servers.locked.port),
    ...target('#role=replica')(servers.replica.port),
    ...target()(servers.cluster.port),
    ...secure('&servername=other.example')(servers.otherName.port),
  ])
  for (const name of ['open', 'locked', 'replica', 'cluster', 'otherName'] as const) {
    const clients = async () => (await servers[name].command('CLIENT', 'LIST', 'TYPE', 'normal')).split('\n')
    // The one that asks is a client itself.
    await until(async () => (await clients()).length === 1, 'the last client to be gone')
  }
})

/** Makes a server load its own data again, so slowly that it does nothing else until the end of this file. */
async function startLoading(server: RedisServer): Promise<void> {
  await server.command('DEBUG', 'POPULATE', '5000', 'key', '1024')
  await server.command('CONFIG', 'SET', 'key-load-delay', '20000')
  // Its answer comes when it is done, or never.
  server.command('DEBUG', 'RELOAD').catch(() => {})
  await until(async () => (await server.command('PING')).startsWith('LOADING'), 'the server to load')
}
