import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { after, describe, test } from 'node:test'
import tcp from '../../src/checks/tcp.ts'
import { until } from '../servers/until.ts'
import { assertFails, failureOf, watchedAttempt } from './attempts.ts'
import { bind } from './bind.ts'

const open = new Set<net.Socket>()
const servers: net.Server[] = []
after(async () => {
  for (const socket of open) socket.destroy()
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
})

/** A server that does this with each connection; gives its target. */
async function serve(greet: (socket: net.Socket) => unknown): Promise<string> {
  const server = net.createServer((socket) => {
    open.add(socket)
    socket.on('error', () => {}).on('close', () => open.delete(socket))
    greet(socket.resume())
  })
  servers.push(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return `127.0.0.1:${(server.address() as net.AddressInfo).port}`
}

/** More than the buffers of the system hold. */
const MUCH = 'x'.repeat(32 << 20)
const allClosed = () => until(() => open.size === 0, 'all connections to be closed')

describe('tcp with send= is', () => {
  for (const text of ['hello', 'x'.repeat(200_000)]) {
    test(`ready when the peer was sent all ${text.length} bytes, which is all that is asked`, async () => {
      let received = ''
      const ends: string[] = []
      const target = await serve((socket) => {
        socket.write('welcome')
        socket.on('data', (data) => {
          received += data
        })
        socket.on('end', () => ends.push('end')).on('error', (error) => ends.push(error.message))
      })
      assert.deepEqual(await bind(tcp, target, { send: text }).probe(watchedAttempt()), {})
      await until(() => ends.length > 0, 'the connection to end')
      assert.deepEqual([received === text, ends], [true, ['end']])
      await allClosed()
    })
  }

  test('not ready when the peer goes away before it took what is sent', async () => {
    const target = await serve((socket) => {
      socket.pause()
      // Not at once, or it may count as a failure of the connection itself.
      setTimeout(() => socket.resetAndDestroy(), 20)
    })
    await assertFails(bind(tcp, target, { send: MUCH }).probe(watchedAttempt()), {
      code: 'ECONNRESET',
      reason: 'connection reset by peer before it took what is sent',
    })
    await allClosed()
  })
})

test('tcp waits for a peer that does not read, as long as the attempt lasts', async () => {
  const attempt = watchedAttempt()
  const target = await serve((socket) => socket.pause())
  const failing = failureOf(bind(tcp, target, { send: MUCH }).probe(attempt))
  await until(() => attempt.phases.at(-1) === 'the peer to take what is sent', 'the peer to be waited for')
  attempt.abort()
  await failing
  for (const socket of open) socket.destroy()
})
