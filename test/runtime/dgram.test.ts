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

test('what was sent to the fixed peer leaves before a close', async () => {
  const { udp } = await peer()
  const socket = createSocket('udp4')
  socket.connect(udp, '127.0.0.1')
  await next(socket, 'connect')
  const events = record(socket, ['close'])
  const told = (name: string) => (error: Error | null, bytes?: number) =>
    events.push(`${name} ${error} ${bytes}`)
  // The peer tells what it got: to a socket of its own, as this one is closed.
  const other = createSocket('udp4')
  other.connect(udp, '127.0.0.1')
  await next(other, 'connect')
  const name = `${Math.random()}`
  socket.send(Buffer.from(`keep ${name}`), told('first'))
  socket.send(Buffer.from(''), told('second'))
  socket.close()
  await next(socket, 'close')
  assert.deepEqual(events, [`first null ${5 + name.length}`, 'second null 0', 'close'])
  const answer = new Promise<string>((resolve) => other.once('message', (data) => resolve(data.toString())))
  other.send(Buffer.from(`kept ${name}`))
  assert.equal(await answer, 'yes')
  other.close()
})

test('what is too large for a datagram fails its callback', async () => {
  const { udp } = await peer()
  const socket = createSocket('udp4')
  socket.connect(udp, '127.0.0.1')
  await next(socket, 'connect')
  const error = await new Promise<NodeJS.ErrnoException | null>((resolve) =>
    socket.send(Buffer.alloc(70_000), resolve),
  )
  assert.equal(error?.code, 'EMSGSIZE')
  socket.close()
})
