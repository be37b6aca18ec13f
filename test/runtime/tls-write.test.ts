import assert from 'node:assert/strict'
import { test } from 'node:test'
import type tls from 'node:tls'
import { connect, next, readAll, record } from './peer.ts'
import { secure, secureToPlain, send } from './tls-peer.ts'

test('what was written over TLS leaves before a destroy or an end', async () => {
  const cases: readonly [string, (socket: tls.TLSSocket) => void][] = [
    ['hello', (socket) => socket.write('hello') && socket.destroy()],
    ['last', (socket) => socket.end('last').destroy()],
    ['soon', (socket) => socket.end('soon').destroySoon()],
    ['', (socket) => socket.end('')],
    [
      'corked',
      (socket) => {
        socket.cork()
        socket.write('cor')
        socket.write('ked')
        socket.uncork()
        socket.destroy()
      },
    ],
    [
      'x'.repeat(70_000),
      (socket) => {
        socket.write('x'.repeat(70_000))
        socket.destroy()
      },
    ],
  ]
  for (const [expected, act] of cases) {
    const { socket } = await secure('good')
    await next(socket, 'secureConnect')
    const name = `${Math.random()}`
    send(socket, [['keep', name], ['write', 'go'], ['wait for end'], ['end']])
    await next(socket, 'data')
    act(socket)
    await next(socket, 'close')
    const other = await connect([['tell', name], ['end']])
    assert.equal(await readAll(other), expected)
  }
})

test('the callbacks of writes over TLS are called before close, whatever became of them', async () => {
  const { socket } = await secure('good')
  const events = record(socket, ['secureConnect', 'error', 'close'])
  await next(socket, 'secureConnect')
  send(socket, [['stop reading'], ['write', 'go'], ['wait', 600_000]])
  await next(socket, 'data')
  for (const size of [16 << 20, 1]) {
    socket.write(new Uint8Array(size), (error) => {
      events.push(`${size} ${error === null ? null : (error as NodeJS.ErrnoException | undefined)?.code}`)
    })
  }
  socket.destroy()
  await next(socket, 'close')
  const canceled = ['16777216 ECANCELED', '1 ECANCELED']
  assert.deepEqual(events, ['secureConnect', ...canceled, 'close false'])
})

test('what waits for the handshake is told that it was not sent', async () => {
  const socket = await secureToPlain([['wait for end']])
  const codes: unknown[] = []
  const told = (error?: Error | null): unknown => codes.push((error as NodeJS.ErrnoException | null)?.code)
  socket.write('a', told)
  socket.end('b', told)
  socket.destroy()
  await next(socket, 'close')
  await new Promise((resolve) => setTimeout(resolve, 1))
  assert.equal(codes.length, 2)
  for (const code of codes) assert.match(String(code), /^(ECANCELED|ERR_SOCKET_CLOSED_BEFORE_CONNECTION)$/)
})
