import { makeAuthority } from '../servers/certificates.ts'
import { type Fault, startFault } from '../servers/faults.ts'
import { type RedisServer, startRedis } from '../servers/redis.ts'
import { fault, neverHang, phase } from './hang.ts'

const authority = makeAuthority()
const certificate = authority.issue({ names: ['localhost'] })
const LONG = 100 * 1024 * 1024

const overTls =
  (what: Fault, text = '') =>
  () =>
    startFault(what, { text, tls: certificate })

const redis =
  (rest = '', who = '') =>
  (port: number) => [`--redis=redis://${who}127.0.0.1:${port}${rest}`]
const rediss = (port: number) => [`--redis=rediss://localhost:${port}#ca=${authority.caFile}`]

neverHang('Redis', [
  { title: 'silence', peer: fault('silent'), args: redis(), reason: phase('the answer to PING') },
  {
    title: 'no answer to AUTH',
    peer: fault('silent'),
    args: redis('', ':secret@'),
    reason: phase('the answer to AUTH'),
  },
  {
    title: 'silence after AUTH',
    peer: fault('answer', '+OK\r\n'),
    args: redis('', ':secret@'),
    reason: phase('the answer to PING'),
  },
  {
    title: 'no answer to SELECT',
    peer: fault('silent'),
    args: redis('/3'),
    reason: phase('the answer to SELECT'),
  },
  {
    title: 'silence after PING',
    peer: fault('answer', '+PONG\r\n'),
    args: redis('#role=primary'),
    reason: phase('the answer to ROLE'),
  },
  {
    title: 'no answer about the cluster',
    peer: fault('answer', '+PONG\r\n'),
    args: redis('#cluster'),
    reason: phase('the answer to CLUSTER INFO'),
  },
  {
    title: 'a sentinel that is silent',
    peer: fault('silent'),
    args: redis('#sentinel=main'),
    reason: /^no answer in (1\.9|2(\.\d)?)s \(waiting for the answer to SENTINEL/i,
  },
  {
    title: 'one byte a second',
    peer: fault('drip', '+PONG\r\n'),
    args: redis(),
    reason: phase('the answer to PING'),
  },
  { title: 'no TLS handshake', peer: fault('silent'), args: rediss, reason: phase('the TLS handshake.*') },
  {
    title: 'a TLS handshake that stops',
    peer: fault('handshake-silent'),
    args: rediss,
    reason: phase('the TLS handshake.*'),
  },
  {
    title: 'silence after the TLS handshake',
    peer: overTls('silent'),
    args: rediss,
    reason: phase('the answer to PING'),
  },
  {
    title: 'an answer of 100 MB',
    peer: fault('flood', `$${LONG}\r\n`),
    args: redis(),
    reason: /^answered more than 1 MiB$/,
  },
  {
    title: '100 MB that are not Redis',
    peer: fault('flood'),
    args: redis(),
    reason: /^not Redis: answered "x+…?"$/,
  },
  { title: 'garbage', peer: fault('garbage'), args: redis(), reason: /^not Redis: answered / },
  { title: 'garbage in place of TLS', peer: fault('garbage'), args: rediss, reason: /^does not speak TLS$/ },
])

neverHang('a real Redis', [
  {
    title: 'a server without TLS',
    peer: () => startRedis(),
    args: rediss,
    reason: phase('the TLS handshake.*'),
  },
  {
    title: 'a server that is stopped',
    peer: stoppedRedis,
    args: redis(),
    reason: phase('the answer to PING'),
  },
  {
    title: 'a server that is killed before it answers',
    peer: stoppedRedis,
    args: redis(),
    limitS: 6,
    meanwhile: async (server) => {
      server.kill('SIGKILL')
    },
    reason: /^connection refused$/,
  },
])

async function stoppedRedis(): Promise<RedisServer> {
  const server = await startRedis()
  server.kill('SIGSTOP')
  return server
}
