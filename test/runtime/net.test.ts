import assert from 'node:assert/strict'
import net from 'node:net'
import { test } from 'node:test'
import { connect, next, peer, readAll, record } from './peer.ts'

const EVENTS = ['connect', 'ready', 'end', 'finish', 'error', 'timeout', 'close']

test('a connection is announced, then ready, and has names on both ends', async () => {
  const { tcp } = await peer()
  const socket = net.connect(tcp, '127.0.0.1')
  assert.equal(socket.connecting, true)
  assert.equal(socket.pending, true)
  const events = record(socket, EVENTS)
  await next(socket, 'ready')
  assert.deepEqual(events, ['connect', 'ready'])
  assert.equal(socket.connecting, false)
  assert.equal(socket.pending, false)
  assert.equal(socket.remoteAddress, '127.0.0.1')
  assert.equal(socket.remotePort, tcp)
  assert.equal(socket.remoteFamily, 'IPv4')
  assert.equal(socket.localAddress, '127.0.0.1')
  assert.ok((socket.localPort ?? 0) > 0)
  socket.destroy()
  await next(socket, 'close')
})

test('a refused connection gives the error of the system, then closes', async () => {
  const { closed } = await peer()
  const socket = net.connect({ host: '127.0.0.1', port: closed })
  const events = record(socket, EVENTS)
  const error = await next<NodeJS.ErrnoException & { address: string; port: number }>(socket, 'error')
  assert.equal(error.message, `connect ECONNREFUSED 127.0.0.1:${closed}`)
  assert.equal(error.code, 'ECONNREFUSED')
  assert.equal(error.errno, -111)
  assert.equal(error.syscall, 'connect')
  assert.equal(error.address, '127.0.0.1')
  assert.equal(error.port, closed)
  await next(socket, 'close')
  assert.deepEqual(events, ['error ECONNREFUSED', 'close true'])
  assert.equal(socket.destroyed, true)
})

test('a Unix socket is connected by its path, a missing one is ENOENT', async () => {
  const { unix, directory } = await peer()
  const socket = net.connect({ path: unix })
  socket.write(`${JSON.stringify([['write', 'hello'], ['end']])}\n`)
  assert.equal(await readAll(socket), 'hello')
  const missing = net.connect({ path: `${directory}/missing` })
  const error = await next<NodeJS.ErrnoException & { address: string }>(missing, 'error')
  assert.equal(error.message, `connect ENOENT ${directory}/missing`)
  assert.equal(error.code, 'ENOENT')
  assert.equal(error.address, `${directory}/missing`)
})

test('what is written before the connection stands is sent', async () => {
  const socket = await connect([['echo']])
  assert.equal(socket.connecting, true)
  socket.write('early')
  socket.end(' and last')
  assert.equal(await readAll(socket), 'early and last')
})

test('an end by the peer ends our side too, and closes without an error', async () => {
  const socket = await connect([['write', 'x'], ['end']])
  const events = record(socket, EVENTS)
  socket.resume()
  await next(socket, 'close')
  assert.deepEqual(events, ['connect', 'ready', 'end', 'finish', 'close false'])
})

test('a half-open socket goes on writing after the end of the peer', async () => {
  const socket = await connect([['write', 'x'], ['end'], ['wait for end']], { allowHalfOpen: true })
  const events = record(socket, EVENTS)
  socket.resume()
  await next(socket, 'end')
  assert.equal(socket.writable, true)
  assert.equal(socket.destroyed, false)
  await new Promise((resolve) => socket.write('still', resolve))
  socket.end()
  await next(socket, 'close')
  assert.deepEqual(events, ['connect', 'ready', 'end', 'finish', 'close false'])
})

test('our end leaves the reading side open', async () => {
  const socket = await connect([['wait for end'], ['count'], ['end']])
  await next(socket, 'connect')
  socket.end('12345')
  assert.equal(await readAll(socket), '5\n')
})

test('a reset is an error of the read', async () => {
  const socket = await connect([['reset']])
  const events = record(socket, EVENTS)
  socket.resume()
  const error = await next<NodeJS.ErrnoException>(socket, 'error')
  assert.equal(error.message, 'read ECONNRESET')
  assert.equal(error.code, 'ECONNRESET')
  assert.equal(error.syscall, 'read')
  assert.equal(error.errno, -104)
  await next(socket, 'close')
  assert.deepEqual(events, ['connect', 'ready', 'error ECONNRESET', 'close true'])
})

test('destroy drops the connection at once, with the error it is given', async () => {
  const socket = await connect([['echo']])
  const events = record(socket, EVENTS)
  await next(socket, 'ready')
  socket.on('data', () => assert.ok(false))
  socket.write('never answered here')
  assert.equal(socket.destroy(Object.assign(new Error('mine'), { code: 'MINE' })), socket)
  assert.equal(socket.destroyed, true)
  assert.deepEqual(events, ['connect', 'ready'])
  await next(socket, 'close')
  assert.deepEqual(events.slice(-2), ['error MINE', 'close true'])
  socket.destroy(new Error('again'))
})

test('destroy while connecting gives no connect and no error', async () => {
  const { tcp } = await peer()
  const socket = net.connect(tcp, '127.0.0.1')
  const events = record(socket, EVENTS)
  socket.destroy()
  await next(socket, 'close')
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.deepEqual(events, ['close false'])
})

test('a write after end is an error', async () => {
  const socket = await connect([['echo']])
  await next(socket, 'connect')
  socket.end()
  const error = next<NodeJS.ErrnoException>(socket, 'error')
  socket.write('late')
  assert.equal((await error).code, 'ERR_STREAM_WRITE_AFTER_END')
})

test('a write after the end of the peer is EPIPE', async () => {
  const socket = await connect([['end']])
  socket.resume()
  await next(socket, 'end')
  let failure: NodeJS.ErrnoException | undefined
  const error = next<NodeJS.ErrnoException>(socket, 'error')
  socket.write('late', (problem) => {
    failure = problem as NodeJS.ErrnoException
  })
  assert.equal((await error).code, 'EPIPE')
  assert.equal((await error).message, 'This socket has been ended by the other party')
  assert.equal(failure?.code, 'EPIPE')
})

test('a write after destroy fails its callback and nothing else', async () => {
  const socket = await connect([['echo']])
  await next(socket, 'connect')
  socket.destroy()
  const error = await new Promise<NodeJS.ErrnoException>((resolve) => {
    socket.write('late', (problem) => resolve(problem as NodeJS.ErrnoException))
  })
  assert.equal(error.code, 'ERR_STREAM_DESTROYED')
})

test('a silent connection times out, without an error, and goes on', async () => {
  const socket = await connect([['wait', 120], ['write', 'late'], ['end']])
  const events = record(socket, ['timeout', 'data', 'end'])
  let called = 0
  socket.setTimeout(40, () => {
    called += 1
  })
  assert.equal(socket.timeout, 40)
  await next(socket, 'end')
  assert.equal(events[0], 'timeout')
  assert.equal(events.at(-1), 'end')
  assert.equal(called, 1)
})

test('a timeout that is taken back does not come', async () => {
  const socket = await connect([['wait', 60], ['end']])
  const events = record(socket, ['timeout', 'end'])
  socket.setTimeout(20)
  socket.setTimeout(0)
  socket.resume()
  await next(socket, 'end')
  assert.deepEqual(events, ['end'])
})

test('noDelay, keepAlive, ref and unref can be called at any time', async () => {
  const { tcp } = await peer()
  const socket = net.connect(tcp, '127.0.0.1')
  const all = (): unknown => socket.setNoDelay(true).setKeepAlive(true, 1000).unref().ref()
  assert.equal(all(), socket)
  await next(socket, 'connect')
  all()
  socket.destroy()
  all()
  await next(socket, 'close')
})

test('a port that is none is refused at once', () => {
  assert.throws(() => net.connect({ host: '127.0.0.1', port: 70_000 }), { code: 'ERR_SOCKET_BAD_PORT' })
  assert.throws(() => net.connect({ host: '127.0.0.1', port: -1 }), { name: 'RangeError' })
})
