import assert from 'node:assert/strict'
import { getEventListeners, once } from 'node:events'
import { writeFileSync } from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'
import process from 'node:process'
import { after, before, describe, test } from 'node:test'
import { Failure, type FailureDetail } from '../../../src/checks/failure.ts'
import { dial } from '../../../src/checks/transport/dial.ts'
import { combineFailures, listAddresses } from '../../../src/checks/transport/dial-failure.ts'
import type { Endpoint } from '../../../src/checks/transport/endpoint.ts'
import { type BlackHole, startBlackHole } from '../../servers/black-hole.ts'
import { startDns, useResolver, zone } from '../../servers/dns.ts'
import { freePort } from '../../servers/ports.ts'
import { run } from '../../servers/processes.ts'
import { makeTempDir } from '../../servers/temp.ts'
import { until } from '../../servers/until.ts'
import { assertFails, failureOf, watchedAttempt } from '../attempts.ts'

const dir = makeTempDir('dial')
const stops: (() => Promise<unknown>)[] = []
after(() => Promise.all(stops.map((stop) => stop())))

/** Listens on every given address at one port, and accepts. */
async function listen(...hosts: readonly string[]): Promise<{ port: number; accepted: () => string[] }> {
  const port = await freePort()
  const accepted: string[] = []
  for (const host of hosts) {
    const sockets = new Set<net.Socket>()
    const server = net.createServer((socket) => {
      accepted.push(host)
      sockets.add(socket)
      socket.on('error', () => {}).resume()
    })
    server.listen(port, host)
    await once(server, 'listening')
    stops.push(() => {
      for (const socket of sockets) socket.destroy()
      return once(server.close(), 'close')
    })
  }
  return { port, accepted: () => accepted }
}

async function addressOf(endpoint: Endpoint): Promise<string | undefined> {
  const socket = await dial(endpoint, watchedAttempt())
  const { remoteAddress } = socket
  socket.destroy()
  return remoteAddress
}

let hole: BlackHole
/** How many connections there are when no test runs: those that fill the queue of the black hole. */
let idle: number
before(async () => {
  hole = await startBlackHole({ host: '127.0.0.9' })
  stops.push(() => hole.stop())
  idle = openConnections()
  useResolver([], ['127.0.0.1 v4 both dead-first', '127.0.0.2 dead-first', '::1 v6 both'])
})

describe('a connection', () => {
  for (const [what, host, listeners, expected] of [
    ['to an IPv4 address', '127.0.0.1', ['127.0.0.1'], '127.0.0.1'],
    ['to an IPv6 address', '::1', ['::1'], '::1'],
    ['to a host that has IPv4 only', 'v4', ['127.0.0.1'], '127.0.0.1'],
    ['to a host that has IPv6 only', 'v6', ['::1'], '::1'],
    ['to a host of both that listens at both', 'both', ['127.0.0.1', '::1'], '::1'],
    ['to a host of both that listens at IPv4 only', 'both', ['127.0.0.1'], '127.0.0.1'],
    ['to a host of both that listens at IPv6 only', 'both', ['::1'], '::1'],
    ['to a host of which one address refuses', 'dead-first', ['127.0.0.2'], '127.0.0.2'],
  ] as const) {
    test(`${what} is made`, async () => {
      const { port } = await listen(...listeners)
      assert.equal(await addressOf({ host, port }), expected)
    })
  }

  test('is handed over open, without listeners of ours and without delay of small packets', async (t) => {
    const { port } = await listen('127.0.0.1')
    const noDelay = t.mock.method(net.Socket.prototype, 'setNoDelay')
    const attempt = watchedAttempt()
    const socket = await dial({ host: '127.0.0.1', port }, attempt)
    assert.equal(socket.destroyed, false)
    for (const event of ['connect', 'error', 'close', 'data'])
      assert.equal(socket.listenerCount(event), 0, event)
    // Node's own, which ends our side when the peer ends its own.
    assert.equal(socket.listenerCount('end'), 1)
    assert.deepEqual(getEventListeners(attempt.signal, 'abort'), [])
    assert.deepEqual(
      noDelay.mock.calls.map((call) => [call.this === socket, call.arguments]),
      [[true, [true]]],
    )
    socket.destroy()
  })

  test('is made to the second address 250 ms after the first was silent, and the first is given up', async () => {
    useResolver([], ['127.0.0.9 late-first', '127.0.0.1 late-first'])
    const server = net.createServer((accepted) => accepted.resume()).listen(hole.port, '127.0.0.1')
    await once(server, 'listening')
    stops.push(() => once(server.close(), 'close'))
    const attempt = watchedAttempt()
    const started = performance.now()
    const socket = await dial({ host: 'late-first', port: hole.port }, attempt)
    const took = performance.now() - started
    assert.equal(socket.remoteAddress, '127.0.0.1')
    assert.ok(took > 240 && took < 1500, `${took} ms`)
    assert.deepEqual(attempt.phases, ['the connection to be accepted by 127.0.0.9 or 127.0.0.1'])
    socket.destroy()
    await until(() => openConnections() <= idle, 'the other connection to be given up')
  })

  test('is made to the address that DNS tells', async () => {
    const dns = await startDns(zone('db.prod A 127.0.0.1'))
    stops.push(() => dns.stop())
    useResolver([`nameserver ${dns.address}`, 'search prod'])
    const { port } = await listen('127.0.0.1')
    assert.equal(await addressOf({ host: 'db', port }), '127.0.0.1')
  })

  test('is made to a Unix socket', async () => {
    const path = join(dir, 'app.sock')
    const server = net.createServer((socket) => socket.end('hello')).listen(path)
    await once(server, 'listening')
    const socket = await dial({ path }, watchedAttempt())
    const [chunk] = await once(socket, 'data')
    assert.equal(String(chunk), 'hello')
    socket.destroy()
    server.close()
  })
})

/** How many TCP connections of this process are open or being opened. */
function openConnections(): number {
  return process.getActiveResourcesInfo().filter((kind) => /^TCP(Socket|Connect)Wrap$/.test(kind)).length
}

describe('a connection that is not made', () => {
  interface Row {
    readonly what: string
    readonly host: string
    readonly hosts?: readonly string[]
    readonly expected: Partial<FailureDetail>
  }
  const rows: readonly Row[] = [
    {
      what: 'refused',
      host: '127.0.0.1',
      expected: { code: 'ECONNREFUSED', reason: 'connection refused', down: true },
    },
    {
      what: 'refused by IPv6',
      host: '::1',
      expected: { code: 'ECONNREFUSED', reason: 'connection refused', down: true },
    },
    {
      what: 'refused by both addresses of this machine',
      host: 'db',
      hosts: ['127.0.0.1 db', '::1 db'],
      expected: { code: 'ECONNREFUSED', reason: 'connection refused', down: true },
    },
    {
      what: 'refused by all of three',
      host: 'db',
      hosts: ['127.0.0.1 db', '127.0.0.2 db', '127.0.0.3 db'],
      expected: { reason: 'connection refused (all 3 addresses)', down: true },
    },
    {
      what: 'refused by one, while there is no way to the other',
      host: 'db',
      hosts: ['127.0.0.1 db', '255.255.255.255 db'],
      expected: { reason: 'connection refused', down: true },
    },
    {
      what: 'to an address that there is no way to',
      host: 'db',
      hosts: ['255.255.255.255 db'],
      expected: { code: 'ENETUNREACH', reason: 'network unreachable', down: true },
    },
    {
      what: 'to a name that is not there',
      host: 'no..name',
      expected: { code: 'DNS_NAME', lasting: true },
    },
  ]
  for (const { what, host, hosts, expected } of rows) {
    test(`says so: ${what}`, async () => {
      if (hosts !== undefined) useResolver([], hosts)
      await assertFails(dial({ host, port: await freePort() }, watchedAttempt()), expected)
    })
  }

  test('says what it waits for, and ends with its attempt', async () => {
    useResolver([], ['127.0.0.3 db', '127.0.0.9 db'])
    const attempt = watchedAttempt()
    const failing = failureOf(dial({ host: 'db', port: hole.port }, attempt))
    await until(() => attempt.phases.length === 2, 'one to refuse')
    assert.deepEqual(attempt.phases, [
      'the connection to be accepted by 127.0.0.3 or 127.0.0.9',
      'the connection to be accepted',
    ])
    assert.equal(attempt.wasHeard(), false)
    attempt.abort()
    await failing
    await until(() => openConnections() <= idle, 'the connection to be given up')
  })

  test('is not begun by an attempt that is over', async () => {
    const { port, accepted } = await listen('127.0.0.1')
    const attempt = watchedAttempt()
    attempt.abort()
    await failureOf(dial({ host: '127.0.0.1', port }, attempt))
    await failureOf(dial({ path: join(dir, 'app.sock') }, attempt))
    assert.deepEqual(accepted(), [])
  })

  test('says what is wrong with a Unix socket', async () => {
    const file = join(dir, 'file')
    const stale = join(dir, 'stale.sock')
    writeFileSync(file, '')
    await run(process.execPath, [
      '-e',
      `require('net').createServer().listen(${JSON.stringify(stale)}, () => process.kill(process.pid, 'SIGKILL'))`,
    ]).catch(() => {})
    const gone = { code: 'ENOENT', reason: 'no such socket file', down: true }
    await assertFails(dial({ path: join(dir, 'none.sock') }, watchedAttempt()), gone)
    await assertFails(dial({ path: join(file, 'none.sock') }, watchedAttempt()), { ...gone, code: 'ENOTDIR' })
    await assertFails(dial({ path: stale }, watchedAttempt()), { code: 'ECONNREFUSED', down: true })
    await assertFails(dial({ path: file }, watchedAttempt()), { code: 'ECONNREFUSED', down: true })
    await assertFails(dial({ path: join(dir, 'x'.repeat(200)) }, watchedAttempt()), {
      code: 'EINVAL',
      lasting: true,
    })
  })

  test('says that a Unix socket has no room', async () => {
    const path = join(dir, 'full.sock')
    const full = await startBlackHole({ path })
    stops.push(() => full.stop())
    await assertFails(dial({ path }, watchedAttempt()), {
      code: 'EAGAIN',
      reason: 'no room in the backlog of the socket',
    })
  })

  test('says that this process has no file descriptor left, not that the target is down', async () => {
    const program = `
      import { openSync } from 'node:fs'
      import { dial } from ${JSON.stringify(new URL('../../../src/checks/transport/dial.ts', import.meta.url).href)}
      const attempt = { signal: new AbortController().signal, waitingFor() {}, heard() {} }
      const probe = (host) => dial({ host, port: 1 }, attempt).catch(({ code, down }) => ({ code, down }))
      try { for (;;) openSync('/dev/null') } catch {}
      console.log(JSON.stringify([await probe('127.0.0.1'), await probe('db')]))
    `
    const output = await run('/bin/sh', [
      '-c',
      'ulimit -n 60; exec "$0" --input-type=module -e "$1"',
      process.execPath,
      program,
    ])
    assert.deepEqual(JSON.parse(output.split('\n')[0] ?? ''), [
      { code: 'EMFILE', down: false },
      { code: 'EMFILE', down: false },
    ])
  })
})

describe('localhost in a pod', () => {
  const inPod = (host: string | undefined): void => {
    if (host === undefined) delete process.env['KUBERNETES_SERVICE_HOST']
    else process.env['KUBERNETES_SERVICE_HOST'] = host
  }
  after(() => inPod(undefined))

  for (const host of ['localhost', '127.0.0.1', '::1']) {
    test(`${host} that refuses is explained`, async () => {
      inPod('10.96.0.1')
      const failure = await failureOf(dial({ host, port: await freePort() }, watchedAttempt()))
      assert.equal(
        failure.hint,
        `${host} is this pod itself: a server of another pod is reached by the name of its Service`,
      )
      assert.deepEqual([failure.code, failure.down], ['ECONNREFUSED', true])
    })
  }

  test('is not explained elsewhere, nor is another host', async () => {
    inPod(undefined)
    assert.equal(
      (await failureOf(dial({ host: '127.0.0.1', port: await freePort() }, watchedAttempt()))).hint,
      undefined,
    )
    inPod('10.96.0.1')
    assert.equal(
      (await failureOf(dial({ host: '127.0.0.2', port: await freePort() }, watchedAttempt()))).hint,
      undefined,
    )
  })
})

describe('the failure of several addresses', () => {
  const failed = (host: string, code: string, detail: Partial<FailureDetail> = {}) => ({
    peer: { host, port: 1 },
    failure: new Failure({ code, reason: code.toLowerCase(), ...detail }),
  })
  const refused = (host: string) => failed(host, 'ECONNREFUSED', { down: true })

  test('tells reasons that differ apart', () => {
    const { reason, down } = combineFailures([
      refused('10.0.0.1'),
      failed('10.0.0.2', 'ECONNRESET'),
      refused('10.0.0.3'),
    ])
    assert.equal(reason, 'econnrefused (10.0.0.1 and 10.0.0.3), econnreset (10.0.0.2)')
    assert.equal(down, false)
  })

  test('is down or lasting only if all are', () => {
    assert.equal(
      combineFailures([refused('10.0.0.1'), failed('::2', 'EHOSTUNREACH', { down: true })]).down,
      true,
    )
    const lasting = failed('10.0.0.1', 'EPERM', { lasting: true, hint: 'ask' })
    assert.deepEqual(
      [combineFailures([lasting, lasting]).lasting, combineFailures([lasting, lasting]).hint],
      [true, 'ask'],
    )
    assert.equal(combineFailures([lasting, refused('10.0.0.2')]).lasting, false)
  })

  test('is that of the addresses there is a way to', () => {
    assert.equal(
      combineFailures([failed('fd00::1', 'EADDRNOTAVAIL'), refused('10.0.0.1')]).reason,
      'econnrefused',
    )
    assert.equal(
      combineFailures([failed('fd00::1', 'EADDRNOTAVAIL'), failed('10.0.0.1', 'ENETUNREACH')]).reason,
      'eaddrnotavail (fd00::1), enetunreach (10.0.0.1)',
    )
  })

  test('does not list a hundred', () => {
    const peers = Array.from({ length: 100 }, (_, i) => ({ host: `10.0.0.${i}`, port: 1 }))
    assert.equal(listAddresses(peers, 'or'), '10.0.0.0, 10.0.0.1 or 98 more')
    assert.equal(listAddresses(peers.slice(0, 3), 'and'), '10.0.0.0, 10.0.0.1 and 10.0.0.2')
    assert.equal(listAddresses(peers.slice(0, 1), 'and'), '10.0.0.0')
  })
})
