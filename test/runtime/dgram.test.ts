import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { test } from 'node:test'
import { next, peer, record } from './peer.ts'

test('a connected socket sends and receives', async () => {
  const { udp } = await peer()
  const socket = createSocket('udp4')
  socket.connect(udp, '127.0.0.1')
  await next(socket, 'connect')
  const message = new Promise<{ text: string; port: number; family: string }>((resolve) => {
    socket.once('message', (data, from) => {
      assert.ok(Buffer.isBuffer(data))
      resolve({ text: data.toString(), port: from.port, family: from.family })
    })
  })
  const sent = await new Promise<unknown>((resolve) => socket.send(Buffer.from('hello'), resolve))
  assert.equal(sent, null)
  assert.deepEqual(await message, { text: 'echo hello', port: udp, family: 'IPv4' })
  const events = record(socket, ['close'])
  socket.close()
  await next(socket, 'close')
  assert.deepEqual(events, ['close'])
})

test('a socket that is not connected names the peer with each message', async () => {
  const { udp } = await peer()
  const socket = createSocket('udp4')
  const message = new Promise<string>((resolve) => socket.once('message', (data) => resolve(data.toString())))
  socket.send(Buffer.from('there'), udp, '127.0.0.1')
  assert.equal(await message, 'echo there')
  socket.close()
})

test('where nobody listens the system says so to a connected socket, which goes on', async () => {
  const { closed, udp } = await peer()
  const socket = createSocket('udp4')
  socket.connect(closed, '127.0.0.1')
  await next(socket, 'connect')
  const error = new Promise<NodeJS.ErrnoException>((resolve) => {
    socket.once('error', (problem) => resolve(problem))
    socket.send(Buffer.from('x'), (problem) => {
      if (problem !== null) resolve(problem)
    })
  })
  assert.equal((await error).code, 'ECONNREFUSED')
  const other = createSocket('udp4')
  other.connect(udp, '127.0.0.1')
  await next(other, 'connect')
  other.close()
  socket.close()
})

test('nothing comes after close', async () => {
  const { udp } = await peer()
  const socket = createSocket('udp4')
  socket.connect(udp, '127.0.0.1')
  await next(socket, 'connect')
  const events = record(socket, ['message', 'error', 'close'])
  await new Promise((resolve) => socket.send(Buffer.from('x'), resolve))
  socket.close()
  await new Promise((resolve) => setTimeout(resolve, 40))
  assert.deepEqual(events, ['close'])
  assert.throws(() => socket.close(), { code: 'ERR_SOCKET_DGRAM_NOT_RUNNING' })
})

test('a socket that was closed before it was connected stays silent', async () => {
  const { udp } = await peer()
  const socket = createSocket('udp4')
  const events = record(socket, ['connect', 'error', 'close'])
  socket.connect(udp, '127.0.0.1')
  socket.close()
  await new Promise((resolve) => setTimeout(resolve, 40))
  assert.deepEqual(events, ['close'])
})
