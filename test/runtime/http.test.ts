import assert from 'node:assert/strict'
import http from 'node:http'
import net from 'node:net'
import { test } from 'node:test'
import { OK, outcome, request, response } from './http-client.ts'
import { peer, readAll, record } from './peer.ts'

test('the status, the headers and the body', async () => {
  const head =
    'HTTP/1.1 418 I am a teapot\r\nX-One: 1\r\nx-one:  2 \r\nSet-Cookie: a\r\nContent-Type: text/plain\r\n'
  const answer = await response(await request([['write', `${head}Content-Length: 5\r\n\r\nhello`]]))
  assert.equal(answer.statusCode, 418)
  assert.equal(answer.statusMessage, 'I am a teapot')
  assert.equal(answer.httpVersion, '1.1')
  assert.deepEqual(
    { ...answer.headers },
    {
      'x-one': '1, 2',
      'set-cookie': ['a'],
      'content-type': 'text/plain',
      'content-length': '5',
    },
  )
  assert.deepEqual(answer.rawHeaders.slice(0, 4), ['X-One', '1', 'x-one', '2'])
  assert.equal(await readAll(answer), 'hello')
  assert.equal(answer.complete, true)
})

const lines = (text: string): string[] => text.split('\r\n').filter((line) => !line.startsWith('GET /'))

test('a request without a body', async () => {
  const sent = await request([['echo']], { headers: { 'X-Mine': 'yes', Accept: ['a', 'b'] } })
  const answer = await response(sent)
  assert.deepEqual(lines(await readAll(answer)), [
    'X-Mine: yes',
    'Accept: a',
    'Accept: b',
    'Host: service.example:8080',
    'Connection: close',
    '',
    '',
  ])
})

test('a request with a body tells its length', async () => {
  const sent = await request([['echo']], { method: 'POST', headers: { Host: 'mine', Connection: 'close' } })
  const answer = new Promise<http.IncomingMessage>((resolve) => sent.once('response', resolve))
  sent.end('größe')
  const [first = '', ...rest] = (await readAll(await answer)).split('\r\n')
  assert.match(first, /^POST \/.* HTTP\/1\.1$/)
  assert.deepEqual(rest, ['Host: mine', 'Connection: close', 'Content-Length: 7', '', 'gr\xc3\xb6\xc3\x9fe'])
})

test('a chunk size that is none, after the head', async () => {
  const sent = await request([['write', `${OK}Transfer-Encoding: chunked\r\n\r\nzz\r\n`]])
  const events = record(sent, ['error', 'close'])
  const answer = await new Promise<http.IncomingMessage>((resolve) => sent.once('response', resolve).end())
  const cut = new Promise((resolve) => answer.once('error', resolve))
  await new Promise((resolve) => sent.once('close', resolve))
  assert.deepEqual(events, ['error HPE_INVALID_CHUNK_SIZE', 'close'])
  assert.equal(((await cut) as NodeJS.ErrnoException).code, 'ECONNRESET')
})

test('who listens for a switch of protocols gets the head and the socket', async () => {
  const sent = await request([
    ['write', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'],
  ])
  const events = record(sent, ['response', 'error', 'close'])
  const [answer, socket] = await new Promise<[http.IncomingMessage, net.Socket]>((resolve) => {
    sent.once('upgrade', (message, connection) => resolve([message, connection as net.Socket])).end()
  })
  assert.equal(answer.statusCode, 101)
  assert.equal(answer.rawHeaders[0], 'Upgrade')
  assert.equal(socket.destroyed, false)
  socket.destroy()
  assert.deepEqual(events, ['close'])
})

test('the errors of the parser have a reason', async () => {
  const sent = await request([['write', 'nonsense\r\n']])
  const error = await new Promise<Error & { reason?: string }>((resolve) => sent.once('error', resolve).end())
  assert.match(error.message, /^Parse Error: Expected HTTP\//)
  assert.match(error.reason ?? '', /^Expected HTTP\//)
})

test('HEAD has no body whatever the headers say', async () => {
  assert.equal(await outcome([['write', `${OK}Content-Length: 100\r\n\r\n`]], { method: 'HEAD' }), '')
})

test('a connection that is refused is an error of the request', async () => {
  const { closed } = await peer()
  const sent = await request([], { createConnection: () => net.connect({ host: '127.0.0.1', port: closed }) })
  const events = record(sent, ['socket', 'response', 'error', 'close'])
  sent.end()
  await new Promise((resolve) => sent.once('close', resolve))
  assert.deepEqual(events, ['socket', 'error ECONNREFUSED', 'close'])
})

test('destroy with an error gives that error, and closes', async () => {
  const sent = await request([['wait', 1000]])
  const events = record(sent, ['response', 'error', 'close'])
  sent.end()
  setTimeout(() => sent.destroy(Object.assign(new Error('mine'), { code: 'MINE' })), 20)
  await new Promise((resolve) => sent.once('close', resolve))
  assert.equal(sent.destroyed, true)
  assert.deepEqual(events, ['error MINE', 'close'])
})

test('destroy without an error says that the socket hung up', async () => {
  const sent = await request([['wait', 1000]])
  const error = new Promise<Error>((resolve) => sent.once('error', resolve))
  sent.end()
  setTimeout(() => sent.destroy(), 20)
  assert.equal((await error).message, 'socket hang up')
})

test('destroying the response drops the connection, without an error of the request', async () => {
  const sent = await request([
    ['write', `${OK}Content-Length: 100\r\n\r\nabc`],
    ['wait', 1000],
  ])
  const events = record(sent, ['error', 'close'])
  const answer = await response(sent)
  answer.once('data', () => answer.destroy())
  await new Promise((resolve) => sent.once('close', resolve))
  assert.equal(answer.destroyed, true)
  assert.deepEqual(events, ['close'])
})

test('a large body is read as fast as it is taken, and whole', async () => {
  const size = 2 << 20
  const sent = await request([
    ['write', `${OK}Content-Length: ${size}\r\n\r\n`],
    ['fill', size],
  ])
  const answer = await response(sent)
  let received = 0
  answer.on('data', (data: Buffer) => {
    received += data.length
    answer.pause()
    setTimeout(() => answer.resume(), 1)
  })
  await new Promise((resolve) => answer.once('end', resolve))
  assert.equal(received, size)
})

test('what cannot stand in a request is refused at once', async () => {
  const { http: port } = await peer()
  const createConnection = (): net.Socket => net.connect({ host: '127.0.0.1', port })
  const attempt = (options: http.RequestOptions) => () => http.request({ createConnection, ...options })
  assert.throws(attempt({ path: '/a b' }), { code: 'ERR_UNESCAPED_CHARACTERS' })
  assert.throws(attempt({ method: 'G T' }), { code: 'ERR_INVALID_HTTP_TOKEN' })
  assert.throws(attempt({ headers: { 'a b': 'c' } }), { code: 'ERR_INVALID_HTTP_TOKEN' })
  assert.throws(attempt({ headers: { a: 'b\r\nc: d' } }), { code: 'ERR_INVALID_CHAR' })
})
