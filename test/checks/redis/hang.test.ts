import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { makeAuthority } from '../../servers/certificates.ts'
import { type Answer, startFakeRedis } from '../../servers/fake-redis.ts'
import { type FaultServer, startFault, startFullBacklog } from '../../servers/faults.ts'
import { until } from '../../servers/until.ts'
import { failureOf, watchedAttempt } from '../attempts.ts'
import { at, leftOpen, probe } from './probe.ts'

const ANSWERS: Readonly<Record<string, string>> = {
  AUTH: '+OK\r\n',
  SELECT: '+OK\r\n',
  PING: '+PONG\r\n',
  ROLE: '*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n',
  CLUSTER: '$16\r\ncluster_state:ok\r\n',
  EXISTS: ':1\r\n',
}
const EVERYTHING = '/1#role=primary&cluster&key-exists=k'

/** Answers all but one command, of which it gives only the beginning of the answer, or nothing. */
function silentAt(command: string, beginning?: string): Answer {
  return ([word = '']) => (word === command ? beginning : ANSWERS[word])
}

interface Hang {
  readonly phase: string
  readonly heard: boolean
  start(): Promise<{ readonly target: string; readonly servers: readonly FaultServer[] }>
}

async function fake(answer: Answer): ReturnType<Hang['start']> {
  const server = await startFakeRedis(answer)
  return { target: at(server, EVERYTHING, ':secret'), servers: [server] }
}

const authority = makeAuthority()
const files = authority.issue({ ips: ['127.0.0.1'] })

const HANGS: Readonly<Record<string, Hang>> = {
  'the connection': {
    phase: 'the connection to be accepted',
    heard: false,
    async start() {
      const server = await startFullBacklog()
      return { target: at(server), servers: [server] }
    },
  },
  'the TLS handshake': {
    phase: 'the TLS handshake, which a Redis without TLS never answers',
    heard: false,
    async start() {
      const server = await startFault('silent')
      return { target: at(server).replace('redis:', 'rediss:'), servers: [server] }
    },
  },
  'the middle of the TLS handshake': {
    phase: 'the TLS handshake, which a Redis without TLS never answers',
    heard: false,
    async start() {
      const server = await startFault('handshake-silent')
      return { target: at(server).replace('redis:', 'rediss:'), servers: [server] }
    },
  },
  'PING over TLS': {
    phase: 'the answer to PING',
    heard: true,
    async start() {
      const server = await startFault('silent', { tls: files })
      const target = `${at(server)}#ca=${authority.caFile}`.replace('redis:', 'rediss:')
      return { target, servers: [server] }
    },
  },
  'the first byte': { phase: 'the answer to AUTH', heard: false, start: () => fake(() => undefined) },
  'the middle of the first answer': {
    phase: 'the answer to AUTH',
    heard: true,
    start: () => fake(silentAt('AUTH', '+O')),
  },
  SELECT: { phase: 'the answer to SELECT', heard: true, start: () => fake(silentAt('SELECT')) },
  PING: { phase: 'the answer to PING', heard: true, start: () => fake(silentAt('PING')) },
  'the middle of the answer to PING': {
    phase: 'the answer to PING',
    heard: true,
    start: () => fake(silentAt('PING', '$4\r\nPO')),
  },
  'CLUSTER INFO': {
    phase: 'the answer to CLUSTER INFO',
    heard: true,
    start: () => fake(silentAt('CLUSTER')),
  },
  EXISTS: { phase: 'the answer to EXISTS', heard: true, start: () => fake(silentAt('EXISTS')) },
  ROLE: { phase: 'the answer to ROLE', heard: true, start: () => fake(silentAt('ROLE')) },
  'the node that has the key': {
    phase: 'the answer to EXISTS',
    heard: true,
    async start() {
      const other = await startFakeRedis(silentAt('EXISTS'))
      const moved = `-MOVED 1 127.0.0.1:${other.port}\r\n`
      const first = await startFakeRedis(([word = '']) => (word === 'EXISTS' ? moved : ANSWERS[word]))
      return { target: at(first, '#key-exists=k'), servers: [first, other] }
    },
  },
  'a sentinel': {
    phase: 'the answer to SENTINEL at the sentinel',
    heard: false,
    async start() {
      const sentinel = await startFault('silent')
      return { target: at(sentinel, '#sentinel=main'), servers: [sentinel] }
    },
  },
  'all sentinels': {
    phase: 'the answer of a sentinel',
    heard: false,
    async start() {
      const sentinels = [await startFault('silent'), await startFault('silent')]
      const hosts = sentinels.map(({ port }) => `127.0.0.1:${port}`)
      return { target: `${hosts.join()}#sentinel=main`, servers: sentinels }
    },
  },
  'the primary that a sentinel told': {
    phase: 'the answer to PING at the primary 127.0.0.1:PORT',
    heard: true,
    async start() {
      const primary = await startFakeRedis(silentAt('PING'))
      const address = `*2\r\n$9\r\n127.0.0.1\r\n$${`${primary.port}`.length}\r\n${primary.port}\r\n`
      const sentinel = await startFakeRedis(() => address)
      return { target: at(sentinel, '#sentinel=main'), servers: [sentinel, primary] }
    },
  },
}

describe('a Redis that does not answer', () => {
  for (const [place, { phase, heard, start }] of Object.entries(HANGS)) {
    it(`at ${place} is left at once when the attempt is over, without a trace`, async () => {
      const { target, servers } = await start()
      const attempt = watchedAttempt()
      const failing = failureOf(probe(target, attempt))
      const last = servers.at(-1)
      const expected = phase.replace('PORT', `${last?.port}`)
      await until(
        () => attempt.phases.at(-1) === expected && attempt.wasHeard() === heard,
        () => `"${expected}", not ${JSON.stringify(attempt.phases)}, heard: ${attempt.wasHeard()}`,
        5000,
      )
      const before = performance.now()
      attempt.abort()
      await failing
      assert.ok(performance.now() - before < 100, 'at once')
      assert.deepEqual(await leftOpen(servers), [])
      await Promise.all(servers.map((server) => server.stop()))
    })
  }
})

describe('an attempt at a Redis', () => {
  let server: FaultServer
  before(async () => {
    server = await startFakeRedis(([word = '']) => ANSWERS[word])
  })
  after(() => server.stop())

  it('that is over before it begins connects to nobody', async () => {
    const attempt = watchedAttempt()
    attempt.abort()
    for (const rest of ['', '#sentinel=main']) await failureOf(probe(at(server, rest), attempt))
    assert.equal(server.connections, 0)
    assert.deepEqual(await leftOpen([server]), [])
  })

  for (let count = 1; count <= 7; count += 1) {
    it(`that is over at its ${count}. phase leaves nothing`, async () => {
      const attempt = watchedAttempt()
      const waitingFor = (phase: string): void => {
        if (attempt.phases.push(phase) === count) attempt.abort()
      }
      await failureOf(probe(at(server, EVERYTHING, ':secret'), { ...attempt, waitingFor }))
      assert.equal(attempt.phases.length, count)
      assert.deepEqual(await leftOpen([server]), [])
    })
  }

  it('that succeeds leaves nothing', async () => {
    const { detail } = await probe(at(server, EVERYTHING, ':secret'))
    assert.equal(detail, 'PONG, cluster ok, primary')
    assert.deepEqual(await leftOpen([server]), [])
  })
})
