import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { join } from 'node:path'
import process from 'node:process'
import { after, describe, test } from 'node:test'
import tcp from '../../src/checks/tcp.ts'
import { UsageError } from '../../src/plan/usage-error.ts'
import { freePort } from '../servers/ports.ts'
import { makeTempDir } from '../servers/temp.ts'
import { until } from '../servers/until.ts'
import { assertFails, failureOf, watchedAttempt } from './attempts.ts'
import { bind } from './bind.ts'

const servers: net.Server[] = []
const open = new Set<net.Socket>()
after(async () => {
  for (const socket of open) socket.destroy()
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
})

/** A server that does this with each connection; gives its target. */
async function serve(greet: (socket: net.Socket) => unknown = () => {}, where?: string): Promise<string> {
  const server = net.createServer((socket) => {
    open.add(socket)
    socket.on('error', () => {}).on('close', () => open.delete(socket))
    socket.resume()
    greet(socket)
  })
  servers.push(server)
  if (where === undefined) server.listen(0, '127.0.0.1')
  else server.listen(where)
  await once(server, 'listening')
  const address = server.address()
  return typeof address === 'string' ? `unix:${address}` : `127.0.0.1:${address?.port}`
}

/** Not at once, or it may count as a failure of the connection itself. */
const resetSoon = (socket: net.Socket): unknown => setTimeout(() => socket.resetAndDestroy(), 20)
const allClosed = () => until(() => open.size === 0, 'all connections to be closed')

describe('tcp is ready', () => {
  test('when the port accepts', async () => {
    const attempt = watchedAttempt()
    assert.deepEqual(await bind(tcp, await serve()).probe(attempt), {})
    assert.equal(attempt.wasHeard(), true)
    await allClosed()
  })

  test('when it is written as tcp://', async () => {
    const target = await serve()
    assert.deepEqual(await bind(tcp, `tcp://${target}`).probe(watchedAttempt()), {})
    assert.deepEqual(await bind(tcp, `tcp://${target}/`).probe(watchedAttempt()), {})
  })

  test('when the Unix socket accepts', async () => {
    const target = await serve(() => {}, join(makeTempDir('tcp'), 'app.sock'))
    assert.deepEqual(await bind(tcp, target).probe(watchedAttempt()), {})
    assert.deepEqual(await bind(tcp, target.replace(':', '://')).probe(watchedAttempt()), {})
  })

  test('when the peer keeps the connection', async () => {
    const target = await serve((socket) => socket.write('noise'))
    const started = performance.now()
    assert.deepEqual(await bind(tcp, target, { hold: '150ms' }).probe(watchedAttempt()), {})
    assert.ok(performance.now() - started >= 145)
    await allClosed()
  })

  for (const [what, greet, options, detail] of [
    [
      'it sends the text',
      (s) => s.write('SSH-2.0-OpenSSH_9.6\r\n'),
      { expect: 'SSH-2.0' },
      'SSH-2.0-OpenSSH_9.6',
    ],
    [
      'it sends what matches',
      (s) => s.write('220 mail ESMTP\r\n'),
      { expect: '/^220 .*ESMTP/' },
      '220 mail ESMTP',
    ],
    ['it sends the text and closes', (s) => s.end('ready'), { expect: 'ready' }, 'ready'],
    ['the line comes late', (s) => s.write('one\ntwo ready\nthree'), { expect: 'ready' }, 'two ready'],
    ['what matches has several lines', (s) => s.write('one\ntwo'), { expect: '/one.two/s' }, 'one two'],
    [
      'the text comes byte by byte',
      (s) => Array.from('SSH-2.0', (char, i) => setTimeout(() => s.write(char), i * 10)),
      { expect: 'SSH-2.0' },
      'SSH-2.0',
    ],
    [
      'it answers what was sent',
      (s) =>
        s.on('data', (data) =>
          s.write(
            data.toString() === 'PING\r\n\0\t' ? '+PONG\r\n' : `-ERR ${JSON.stringify(data.toString())}`,
          ),
        ),
      { send: 'PING\\r\\n\\0\\t', expect: '+PONG' },
      '+PONG',
    ],
    [
      'it sends the text and keeps the connection',
      (s) => s.write('ready'),
      { expect: 'ready', hold: '50ms' },
      'ready',
    ],
  ] as readonly (readonly [string, (socket: net.Socket) => unknown, Record<string, string>, string])[]) {
    test(`when ${what}`, async () => {
      const target = await serve(greet)
      assert.deepEqual(await bind(tcp, target, options).probe(watchedAttempt()), { detail })
      await allClosed()
    })
  }

  test('when bytes were sent as they were written', async () => {
    const received: Buffer[] = []
    const target = await serve((socket) => socket.on('data', (data) => received.push(data)))
    await bind(tcp, target, { send: '\\x00\\xff\\\\é', hold: '50ms' }).probe(watchedAttempt())
    assert.equal(Buffer.concat(received).toString('hex'), '00ff5cc3a9')
  })
})

describe('tcp is not ready', () => {
  test('when the port refuses', async () => {
    const port = await freePort()
    await assertFails(bind(tcp, `127.0.0.1:${port}`).probe(watchedAttempt()), {
      code: 'ECONNREFUSED',
      reason: 'connection refused',
      down: true,
    })
  })

  test('when the peer accepts and drops', async () => {
    const target = await serve((socket) => socket.end())
    const failure = await failureOf(bind(tcp, target, { hold: '2s' }).probe(watchedAttempt()))
    assert.equal(failure.code, 'CLOSED')
    assert.match(failure.reason, /^connection closed by peer \d+ms after it was accepted$/)
    assert.equal(failure.hint, 'a proxy does so when the server behind it is not there')
    assert.equal(failure.down, false)
    await allClosed()
  })

  test('when the peer accepts and resets', async () => {
    const target = await serve(resetSoon)
    const failure = await failureOf(bind(tcp, target, { hold: '2s' }).probe(watchedAttempt()))
    assert.equal(failure.code, 'ECONNRESET')
    assert.match(failure.reason, /^connection reset by peer \d+ms after it was accepted$/)
  })

  test('when the peer drops in the middle of the time', async () => {
    const target = await serve((socket) => setTimeout(() => socket.destroy(), 100))
    const failure = await failureOf(bind(tcp, target, { hold: '2s' }).probe(watchedAttempt()))
    assert.equal(failure.code, 'CLOSED')
  })

  const wrong: readonly (readonly [string, (socket: net.Socket) => unknown, string, string])[] = [
    ['closes without a word', (s) => s.end(), 'CLOSED', 'connection closed by peer before it sent "SSH-2.0"'],
    ['resets', resetSoon, 'ECONNRESET', 'connection reset by peer before it sent "SSH-2.0"'],
    [
      'says something else',
      (s) => s.end('HTTP/1.1 400 Bad\r\n\r\n'),
      'UNEXPECTED',
      'got "HTTP/1.1 400 Bad" instead of "SSH-2.0"',
    ],
    [
      'sends control characters',
      (s) => s.end('\x1b[2J\0'),
      'UNEXPECTED',
      'got "\\x1b[2J\\x00" instead of "SSH-2.0"',
    ],
  ]
  for (const [what, greet, code, reason] of wrong) {
    test(`when the peer ${what} in place of what is expected`, async () => {
      const target = await serve(greet)
      await assertFails(bind(tcp, target, { expect: 'SSH-2.0' }).probe(watchedAttempt()), { code, reason })
      await allClosed()
    })
  }

  test('when the peer sends without an end, of which only the first 64 KiB are looked at', async () => {
    const target = await serve((socket) => {
      const pump = (): void => {
        while (!socket.destroyed && socket.write('x'.repeat(16_384))) {}
      }
      socket.on('drain', pump)
      pump()
    })
    const failure = await failureOf(bind(tcp, target, { expect: 'SSH-2.0' }).probe(watchedAttempt()))
    assert.equal(failure.code, 'UNEXPECTED')
    assert.match(failure.reason, /^no "SSH-2.0" in the first 64 KiB, but "x{79}…"$/)
    await allClosed()
  })

  test('when what is expected comes after the first 64 KiB', async () => {
    const target = await serve((socket) => {
      socket.write('x'.repeat(60_000))
      // Apart from the first, so that the limit is in the middle of a chunk.
      setTimeout(() => socket.write(`${'x'.repeat(5530)}SSH-2.0`), 50)
    })
    await assertFails(bind(tcp, target, { expect: 'SSH-2.0' }).probe(watchedAttempt()), {
      code: 'UNEXPECTED',
    })
  })

  test('when the peer says back what was sent, which is not shown', async () => {
    const target = await serve((socket) =>
      socket.on('data', (data) => socket.end(`unknown command: ${data}`)),
    )
    const bound = bind(tcp, target, { send: 'AUTH hunter2\\r\\n', expect: '+OK' })
    await assertFails(bound.probe(watchedAttempt()), {
      reason: 'got "unknown command: ***" instead of "+OK"',
    })
    assert.doesNotMatch(bound.shown, /hunter2/)
  })

  test('when the time to hold does not fit into the attempt, and says so', async () => {
    await assertFails(bind(tcp, '127.0.0.1:1', { hold: '3s' }).probe(watchedAttempt(3000)), {
      code: 'HOLD_TOO_LONG',
      reason: 'hold=3s does not fit into an attempt of 3s',
      hint: 'give it a longer timeout=',
      lasting: true,
    })
  })
})

describe('tcp says what it waits for, and ends with its attempt', () => {
  const silent = (): void => {}
  const rows: readonly (readonly [
    string,
    (socket: net.Socket) => unknown,
    Record<string, string>,
    string,
  ])[] = [
    ['expecting from a silent peer', silent, { expect: 'SSH-2.0' }, '"SSH-2.0"'],
    [
      'expecting from a peer that says something else',
      (s) => s.write('220 hi\r\n'),
      { expect: '/SSH/' },
      '/SSH/, so far "220 hi"',
    ],
    ['holding', silent, { hold: '2s' }, '2s to pass with the connection open'],
  ]
  for (const [what, greet, options, phase] of rows) {
    test(what, async () => {
      const attempt = watchedAttempt()
      const failing = failureOf(bind(tcp, await serve(greet), options).probe(attempt))
      await until(
        () => attempt.phases.at(-1) === phase,
        () => `${phase}, not ${attempt.phases}`,
      )
      attempt.abort()
      await failing
      await allClosed()
      assert.deepEqual(
        process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout'),
        [],
      )
    })
  }
})

describe('a tcp target', () => {
  for (const [target, message] of [
    ['db', 'has no port: write host:port'],
    ['tcp://db', 'has no port: write host:port'],
    ['tcp://db:80/path', 'must be host:port'],
    ['tcp://user:secret@db:80', 'must be host:port'],
    ['http://db:80', 'must be host:port'],
    ['unix:', 'must name the socket by its whole path: unix:/path'],
    ['unix:app.sock', 'must name the socket by its whole path: unix:/path'],
  ] as const) {
    test(`"${target}" ${message}`, () => assert.throws(() => bind(tcp, target), new UsageError(message)))
  }

  for (const [options, message] of [
    [{ hold: '0' }, 'must be longer than 0'],
    [{ hold: 'soon' }, 'must be a duration such as 250ms, 2s, 1m30s or 5m'],
    [{ expect: '/(/' }, 'is not a valid /regex/'],
    [{ send: '' }, 'must not be empty'],
    [{ send: '\\q' }, 'has an escape other than \\r, \\n, \\t, \\0, \\\\ and \\xNN'],
    [{ send: '\\x1' }, 'has an escape other than \\r, \\n, \\t, \\0, \\\\ and \\xNN'],
    [{ send: 'a\\' }, 'has an escape other than \\r, \\n, \\t, \\0, \\\\ and \\xNN'],
  ] as const) {
    test(`with ${JSON.stringify(options)} ${message}`, () =>
      assert.throws(() => bind(tcp, 'db:1', options), new UsageError(message)))
  }

  test('is shown as it was written', () => {
    for (const target of ['db:5432', 'tcp://db:5432', '[::1]:80', 'unix:/run/app.sock']) {
      assert.equal(bind(tcp, target).shown, target)
    }
  })
})
