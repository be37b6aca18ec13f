import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connect, next, readAll, record } from './peer.ts'

test('writing more than the peer takes asks to wait, and drains when it reads on', async () => {
  const socket = await connect([
    ['stop reading'],
    ['wait', 100],
    ['read on'],
    ['wait for end'],
    ['count'],
    ['end'],
  ])
  await next(socket, 'connect')
  const block = new Uint8Array(1 << 20)
  let sent = 0
  let waited = false
  for (let i = 0; i < 12; i += 1) {
    sent += block.length
    if (!socket.write(block)) {
      waited = true
      await next(socket, 'drain')
    }
  }
  assert.ok(waited)
  socket.end()
  assert.equal(await readAll(socket), `${sent}\n`)
})

test('a paused socket does not read on and loses nothing', async () => {
  const size = 3 << 20
  const socket = await connect([['fill', size], ['end']])
  let received = 0
  socket.on('data', (data) => {
    received += data.length
    socket.pause()
    setTimeout(() => socket.resume(), 1)
  })
  await next(socket, 'data')
  const before = received
  await Promise.resolve()
  assert.equal(received, before)
  await next(socket, 'end')
  assert.equal(received, size)
})

test('destroySoon sends what was written, then destroys', async () => {
  const socket = await connect([['wait for end'], ['end']])
  await next(socket, 'connect')
  socket.write('x'.repeat(100_000))
  socket.destroySoon()
  const events = record(socket, ['finish', 'close'])
  await next(socket, 'close')
  assert.deepEqual(events, ['finish', 'close false'])
})

test('the writes of one turn arrive in their order', async () => {
  const socket = await connect([['echo']])
  for (let i = 0; i < 100; i += 1) socket.write(`${i},`)
  socket.end()
  assert.equal(await readAll(socket), Array.from({ length: 100 }, (_, i) => `${i},`).join(''))
})

test('a reset that comes while nobody reads is told once somebody does', async () => {
  const socket = await connect([['write', 'x'], ['wait', 30], ['reset']])
  const events = record(socket, ['error', 'close'])
  await next(socket, 'connect')
  await new Promise((resolve) => setTimeout(resolve, 80))
  socket.on('data', () => {})
  if (!socket.destroyed) await next(socket, 'close')
  assert.deepEqual(events, ['error ECONNRESET', 'close true'])
})
