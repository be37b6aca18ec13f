import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { makeAuthority } from '../../servers/certificates.ts'
import { type Answer, startFakeRedis } from '../../servers/fake-redis.ts'
import { closedPort, type FaultServer, startFault, startScripted } from '../../servers/faults.ts'
import { startNginx } from '../../servers/nginx.ts'
import { assertFails, failureOf, watchedAttempt } from '../attempts.ts'
import { at, leftOpen, probe } from './probe.ts'

const CLOSED_HINT =
  'so does a port that speaks TLS (rediss:// is for it), and a proxy whose server is not there'
const NOT_REDIS = { code: 'NOT_REDIS', lasting: true }
const TOO_LONG = { code: 'TOO_LONG', reason: 'answered more than 1 MiB', lasting: true }
const CLOSED = { code: 'CLOSED', reason: 'connection closed by peer before it answered PING' }
const RESET = { code: 'ECONNRESET', reason: 'connection reset by peer before it answered PING' }

type Start = () => Promise<FaultServer>
const says =
  (answer: string): Start =>
  () =>
    startFakeRedis(() => answer)
const greets =
  (greeting: string): Start =>
  () =>
    startScripted((socket) => socket.end(greeting))

const FAULTS: Readonly<Record<string, readonly [Start, Parameters<typeof assertFails>[1]]>> = {
  'that closes': [() => startFault('close'), { ...CLOSED, hint: CLOSED_HINT }],
  'that closes when asked': [() => startFault('close-when-asked'), { ...CLOSED, hint: CLOSED_HINT }],
  'that resets when asked': [() => startFault('reset-when-asked'), { ...RESET, hint: CLOSED_HINT }],
  'that closes in the middle of its answer': [
    () => startFault('close-when-asked', { text: '+PO' }),
    { ...CLOSED, hint: undefined },
  ],
  'that sends one byte a second': [
    () => startFault('drip'),
    { ...NOT_REDIS, reason: 'not Redis: answered "x"' },
  ],
  'that sends 100 MB': [
    () => startFault('flood'),
    { ...NOT_REDIS, reason: `not Redis: answered "${'x'.repeat(79)}…"` },
  ],
  'that sends 100 MB as one line': [() => startFault('flood', { text: '+' }), TOO_LONG],
  'that sends 100 MB as one string': [() => startFault('flood', { text: '$104857600\r\n' }), TOO_LONG],
  'that says how many billions of elements will come, and ends': [
    () => startFault('close-when-asked', { text: '*2147483647\r\n:1\r\n' }),
    { ...CLOSED, hint: undefined },
  ],
  'that answers with a tower of arrays': [
    says('*1\r\n'.repeat(100_000)),
    { ...NOT_REDIS, reason: 'not Redis: answered "*1"' },
  ],
  'that is an SSH server': [
    greets('SSH-2.0-OpenSSH_9.2p1\r\n'),
    { ...NOT_REDIS, reason: 'not Redis: answered "SSH-2.0-OpenSSH_9.2p1"' },
  ],
  'that answers something else': [says('+HELLO\r\n'), { ...NOT_REDIS, reason: 'answered "HELLO" to PING' }],
  'that answers a number': [says(':1\r\n'), { ...NOT_REDIS, reason: 'answered "1" to PING' }],
  'that answers nothing at all': [says('$-1\r\n'), { ...NOT_REDIS, reason: 'answered "null" to PING' }],
  'that falls out of the protocol': [
    says('*1\r\nHTTP'),
    { ...NOT_REDIS, reason: 'not Redis: answered "*1"' },
  ],
  'in protected mode': [
    greets(
      '-DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the default user.\r\n',
    ),
    {
      code: 'DENIED',
      reason: 'protected mode: the server lets only its own machine in',
      hint: 'set a password on the server, or protected-mode no',
      lasting: true,
    },
  ],
  'before version 6, whose password is another': [
    says('-ERR invalid password\r\n'),
    { code: 'WRONGPASS', reason: 'password rejected', lasting: true },
  ],
  'before version 6 without a password': [
    says('-ERR Client sent AUTH, but no password is set\r\n'),
    { code: 'NO_PASSWORD_SET', reason: 'asks for no password, but one was given', lasting: true },
  ],
  'before version 6, which knows no users': [
    says("-ERR wrong number of arguments for 'auth' command\r\n"),
    {
      code: 'NO_USERS',
      reason: 'does not know users, but user default was given',
      hint: 'Redis before version 6 takes a password alone',
      lasting: true,
    },
  ],
  'that has PING renamed': [
    says("-ERR unknown command 'PING', with args beginning with: \r\n"),
    { code: 'UNKNOWN_COMMAND', reason: 'does not know the command PING', lasting: true },
  ],
  'whose cluster moves keys': [
    says('-TRYAGAIN Multiple keys\r\n'),
    { code: 'TRYAGAIN', reason: 'cluster is moving the key' },
  ],
  'whose cluster points elsewhere in a way nobody understands': [
    says('-MOVED 1 elsewhere\r\n'),
    { code: 'MOVED', reason: 'PING is for another node: MOVED 1 elsewhere' },
  ],
  'with an error nobody knows': [
    says('-ODD \u0001weather\u001b[31m\r\n'),
    { code: 'ODD', reason: 'PING failed: ODD \\x01weather\\x1b[31m' },
  ],
  'with an error of no form': [says('-what?\r\n'), { code: 'ERR', reason: 'PING failed: what?' }],
  'with an error named as what objects inherit': [
    says('-CONSTRUCTOR x\r\n'),
    { code: 'CONSTRUCTOR', reason: 'PING failed: CONSTRUCTOR x' },
  ],
}

describe('a server', () => {
  for (const [name, [start, expected]] of Object.entries(FAULTS)) {
    it(`${name}: ${expected.reason}`, async () => {
      const server = await start()
      await assertFails(probe(at(server)), expected)
      assert.deepEqual(await leftOpen([server]), [])
      await server.stop()
    })
  }

  it('that sends garbage is not Redis', async () => {
    const server = await startFault('garbage')
    const failure = await failureOf(probe(at(server)))
    assert.match(failure.reason, /^not Redis: answered "\\x00/)
    assert.equal(failure.lasting, true)
    await server.stop()
  })

  it('that resets at once is waited for, whenever that is noticed', async () => {
    const server = await startFault('reset')
    const failure = await failureOf(probe(at(server)))
    assert.match(failure.reason, /^connection reset by peer/)
    assert.deepEqual([failure.lasting, failure.down], [false, false])
    await server.stop()
  })

  it('that is HTTP is not Redis', async () => {
    const server = await startNginx('location / { return 200; }')
    await assertFails(probe(at(server)), {
      ...NOT_REDIS,
      reason: 'not Redis: answered "HTTP/1.1 400 Bad Request"',
    })
    await server.stop()
  })

  it('that refuses is down', async () => {
    const failing = probe(at({ port: await closedPort() }))
    await assertFails(failing, { code: 'ECONNREFUSED', reason: 'connection refused', down: true })
  })

  it('that closes over TLS is not told to speak TLS', async () => {
    const authority = makeAuthority()
    const server = await startFault('close-when-asked', { tls: authority.issue({ ips: ['127.0.0.1'] }) })
    const target = `${at(server)}#ca=${authority.caFile}`.replace('redis:', 'rediss:')
    await assertFails(probe(target), { ...CLOSED, hint: 'so does a proxy whose server is not there' })
    assert.deepEqual(await leftOpen([server]), [])
    await server.stop()
  })

  it('that answers more than it was asked is ready', async () => {
    const server = await startFakeRedis(() => '+PONG\r\n+PONG\r\n-ERR what\r\n')
    assert.deepEqual(await probe(at(server)), { detail: 'PONG' })
    await server.stop()
  })

  it('that says a secret back has it masked', async () => {
    const secret = 'hush "hush"/'
    const answers: readonly Answer[] = [
      ([, password]) => `-ERR you said ${password}\r\n`,
      ([word, password]) => (word === 'PING' ? `+${secret}\r\n` : `-ERR ${password}\r\n`),
      () => `you said ${secret} and ${encodeURIComponent(secret)}\r\n`,
      ([word]) => (word === 'AUTH' ? '+OK\r\n' : `+${secret}\r\n`),
      ([word]) =>
        word === 'AUTH'
          ? '+OK\r\n'
          : word === 'PING'
            ? '+PONG\r\n'
            : `*1\r\n$${secret.length}\r\n${secret}\r\n`,
    ]
    for (const answer of answers) {
      const server = await startFakeRedis(answer)
      const failure = await failureOf(probe(at(server, '#role=primary', `:${encodeURIComponent(secret)}`)))
      assert.match(failure.reason, /\*\*\*/)
      assert.doesNotMatch(JSON.stringify({ ...failure, stack: failure.stack }), /hush/)
      await server.stop()
    }
  })

  it('that speaks after a while is heard from then on', async () => {
    const server = await startFault('answer', { text: '+' })
    const attempt = watchedAttempt()
    const heard = new Promise<void>((resolve) => {
      const failing = failureOf(probe(at(server), { ...attempt, heard: resolve }))
      void failing
    })
    await heard
    attempt.abort()
    await server.stop()
  })
})
