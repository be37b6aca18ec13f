import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import tls from 'node:tls'
import { makeAuthority } from './certificates.ts'
import {
  closedPort,
  type Fault,
  type FaultOptions,
  startFault,
  startFullBacklog,
  startScripted,
} from './faults.ts'
import { makeTempDir } from './temp.ts'
import { until } from './until.ts'

interface Seen {
  readonly socket: net.Socket
  readonly events: string[]
  bytes: number
}

/** Notes what happens to a client, which may say something once it is connected. */
function watch(socket: net.Socket, hello?: string): Seen {
  const seen: Seen = { socket, events: [], bytes: 0 }
  socket.on(socket instanceof tls.TLSSocket ? 'secureConnect' : 'connect', () => {
    seen.events.push('connect')
    if (hello !== undefined) socket.write(hello)
  })
  socket.on('data', (data) => {
    seen.bytes += data.length
  })
  socket.on('end', () => seen.events.push('end'))
  socket.on('error', (error: NodeJS.ErrnoException) => seen.events.push(error.code ?? 'error'))
  return seen
}

const untilSoon = (condition: () => boolean, what: string): Promise<void> => until(condition, what, 5000)

describe('a server that misbehaves', () => {
  const rows: [Fault, string | undefined, FaultOptions, string[], number][] = [
    ['close', undefined, {}, ['connect', 'end'], 0],
    ['close', undefined, { text: 'bye' }, ['connect', 'end'], 3],
    ['reset', undefined, {}, ['connect', 'ECONNRESET'], 0],
    ['close-when-asked', 'x', {}, ['connect', 'end'], 0],
    ['reset-when-asked', 'x', {}, ['connect', 'ECONNRESET'], 0],
    ['flood', undefined, {}, ['connect', 'end'], 104_857_600],
    ['silent', 'x', {}, ['connect'], 0],
    ['answer', 'x', { text: 'no' }, ['connect'], 2],
    ['garbage', undefined, {}, ['connect'], 1024],
    ['handshake-silent', 'x', {}, ['connect'], 6],
    ['drip', undefined, { text: 'ab' }, ['connect'], 1],
  ]
  for (const [fault, hello, options, events, bytes] of rows) {
    it(`shows ${fault}${options.text === undefined ? '' : ` after "${options.text}"`} to a client`, async () => {
      const server = await startFault(fault, options)
      const seen = watch(net.connect(server.port, '127.0.0.1'), hello)
      const asExpected = (): boolean =>
        seen.bytes >= bytes && seen.events.at(-1) === events.at(-1) && server.received === (hello ?? '')
      await untilSoon(asExpected, `${events}, ${bytes} bytes`).catch(() => {})
      // A reset may overtake the news of the connection.
      if (fault === 'reset' && seen.events[0] !== 'connect') seen.events.unshift('connect')
      assert.deepEqual(seen.events, events)
      assert.equal(seen.bytes, bytes)
      assert.equal(server.connections, 1)
      seen.socket.destroy()
      await untilSoon(() => server.open === 0, 'the end of the connection')
      await server.stop()
    })
  }

  it('can do so behind TLS', async () => {
    const authority = makeAuthority()
    for (const [fault, events] of [
      ['silent', ['connect']],
      ['close', ['connect', 'end']],
    ] as const) {
      const server = await startFault(fault, { tls: authority.issue({ names: ['localhost'] }) })
      const seen = watch(
        tls.connect({ port: server.port, host: '127.0.0.1', rejectUnauthorized: false }),
        'x',
      )
      await untilSoon(() => seen.events.length === events.length, `${events}`)
      seen.socket.destroy()
      await server.stop()
    }
  })

  it('can do so on a Unix socket and on another address', async () => {
    const path = join(makeTempDir('faults'), 'socket')
    const there = await startFault('close', { path })
    assert.ok(existsSync(path))
    const elsewhere = await startFault('close', { host: '127.0.0.3' })
    for (const connect of [() => net.connect(path), () => net.connect(elsewhere.port, '127.0.0.3')]) {
      const seen = watch(connect())
      await untilSoon(() => seen.events.includes('end'), 'the end')
    }
    await there.stop()
    await elsewhere.stop()
  })
})

it('a closed port refuses', async () => {
  const seen = watch(net.connect(await closedPort(), '127.0.0.1'))
  await untilSoon(() => seen.events.length > 0, 'a refusal')
  assert.deepEqual(seen.events, ['ECONNREFUSED'])
})

it('a full backlog neither accepts nor refuses', async () => {
  const server = await startFullBacklog()
  const seen = watch(net.connect(server.port, '127.0.0.1'))
  await new Promise((resolve) => setTimeout(resolve, 300))
  assert.deepEqual(seen.events, [])
  seen.socket.destroy()
  await server.stop()
})

it('a script says what happens, and what clients said is kept', async () => {
  const server = await startScripted((socket) =>
    socket.once('data', (data) => socket.end(`you said ${data}`)),
  )
  const seen = watch(net.connect(server.port, '127.0.0.1'), 'hello')
  await untilSoon(() => seen.events.includes('end'), 'the end')
  assert.equal(server.received, 'hello')
  assert.equal(seen.bytes, 'you said hello'.length)
  await server.stop()
})
