import assert from 'node:assert/strict'
import net from 'node:net'
import { test } from 'node:test'
import tls from 'node:tls'
import { next, peer } from './peer.ts'

async function dial(): Promise<net.Socket> {
  const { tls: ports } = await peer()
  const socket = net.connect({ host: '127.0.0.1', port: ports['good'] ?? 0 })
  await next(socket, 'connect')
  return socket
}

const BOUNDS: readonly tls.ConnectionOptions[] = [
  { minVersion: 'TLSv1.3' },
  { maxVersion: 'TLSv1.2' },
  { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' },
  { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' },
]
for (const bounds of BOUNDS) {
  test(`a handshake within ${JSON.stringify(bounds)}, without a name`, async () => {
    const socket = tls.connect({
      host: 'localhost',
      rejectUnauthorized: false,
      ...bounds,
      socket: await dial(),
    })
    await next(socket, 'secureConnect')
    assert.equal(socket.encrypted, true)
    socket.destroy()
  })
}

test('a version that nobody knows is an error', async () => {
  const below = await dial()
  const options = { host: 'localhost', rejectUnauthorized: false, socket: below }
  const error = await new Promise<NodeJS.ErrnoException>((resolve) => {
    try {
      tls
        .connect({ ...options, minVersion: 'TLSv9' as tls.SecureVersion })
        .once('error', (each: NodeJS.ErrnoException) => resolve(each))
    } catch (thrown) {
      resolve(thrown as NodeJS.ErrnoException)
    }
  })
  assert.equal(error.code, 'ERR_TLS_INVALID_PROTOCOL_VERSION')
  below.destroy()
})
