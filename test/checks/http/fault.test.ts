import { once } from 'node:events'
import net from 'node:net'
import { after, before, describe, test } from 'node:test'
import type { FailureDetail } from '../../../src/checks/failure.ts'
import http from '../../../src/checks/http.ts'
import { freePort } from '../../servers/ports.ts'
import { until } from '../../servers/until.ts'
import { assertFails, failureOf, type WatchedAttempt, watchedAttempt } from '../attempts.ts'
import { bound } from '../bound.ts'
import { respond, startWire, type WireServer } from './wire.ts'

let server: WireServer
let answer: (socket: net.Socket, request: string) => void = respond('200 OK')
before(async () => {
  server = await startWire((socket, request) => answer(socket, request))
})
after(() => server.stop())

function start(options = '', attempt: WatchedAttempt = watchedAttempt()): Promise<unknown> {
  return bound(http, `http://127.0.0.1:${server.port}/#${options}`).probe(attempt)
}

async function probe(options?: string): Promise<unknown> {
  try {
    return await start(options)
  } finally {
    await server.idle()
  }
}

test('a port that refuses is down', async () => {
  const target = bound(http, `http://127.0.0.1:${await freePort()}/`)
  await assertFails(target.probe(watchedAttempt()), {
    code: 'ECONNREFUSED',
    reason: 'connection refused',
    down: true,
  })
})

describe('a peer that', () => {
  const head = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n'
  const table: [string, (socket: net.Socket) => void, Partial<FailureDetail>, string?][] = [
    [
      'closes at once',
      (socket) => socket.end(),
      { code: 'CLOSED', reason: 'connection closed by peer before it answered' },
    ],
    [
      'resets at once',
      (socket) => socket.resetAndDestroy(),
      { code: 'ECONNRESET', reason: 'connection reset by peer before it answered' },
    ],
    [
      'closes in the status line',
      (socket) => socket.end('HTTP/1.1 2'),
      { code: 'CLOSED', reason: 'connection closed by peer in the middle of the response headers' },
    ],
    [
      'closes in the headers',
      (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-'),
      { code: 'CLOSED', reason: 'connection closed by peer in the middle of the response headers' },
    ],
    [
      'resets in the headers',
      (socket) => socket.write('HTTP/1.1 200 OK\r\n', () => socket.resetAndDestroy()),
      { code: 'ECONNRESET', reason: 'connection reset by peer in the middle of the response headers' },
    ],
    [
      'closes in the body',
      (socket) => socket.end(`${head}12345`),
      { code: 'CLOSED', reason: 'connection closed by peer in the middle of the body' },
      'body=1',
    ],
    [
      'resets in the body',
      (socket) => socket.write(`${head}12345`, () => socket.resetAndDestroy()),
      { reason: 'connection reset by peer in the middle of the body', code: 'ECONNRESET' },
      'body=1',
    ],
    [
      'closes in a chunk',
      (socket) => socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab'),
      { code: 'CLOSED', reason: 'connection closed by peer in the middle of the body' },
      'json=a=1',
    ],
    [
      'sends a broken chunk',
      (socket) => socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nab'),
      { code: 'BAD_HTTP' },
      'body=1',
    ],
    [
      'speaks SSH',
      (socket) => socket.end('SSH-2.0-OpenSSH_9.9\r\n'),
      { code: 'NOT_HTTP', reason: 'not HTTP: answered "SSH-2.0-OpenSSH_9.9"', lasting: true },
    ],
    [
      'speaks Redis',
      (socket) => socket.end("-ERR unknown command 'GET'\r\n"),
      { code: 'NOT_HTTP', reason: `not HTTP: answered "-ERR unknown command 'GET'"`, lasting: true },
    ],
    [
      'sends bytes that would upset a terminal',
      (socket) => socket.end(Buffer.from('\x1b[2J\x00\xff\n\nhello', 'latin1')),
      { reason: 'not HTTP: answered "\\x1b[2J\\x00\xff hello"', lasting: true },
    ],
    [
      'speaks TLS',
      (socket) => socket.end(Buffer.from('15030300020246', 'hex')),
      {
        code: 'NOT_HTTP',
        reason: 'speaks TLS, not plain HTTP',
        hint: 'write https://',
        lasting: true,
      },
    ],
    [
      'speaks HTTP/2 only, as gRPC servers do',
      (socket) => socket.end(Buffer.from('000006040000000000000300000064', 'hex')),
      { code: 'NOT_HTTP', reason: 'speaks HTTP/2 only, not HTTP/1.1', lasting: true },
    ],
    [
      'sends a header that is none',
      (socket) => socket.end('HTTP/1.1 200 OK\r\nno colon here\r\n\r\n'),
      { code: 'BAD_HTTP', reason: 'broken HTTP: answered "HTTP/1.1 200 OK no colon here"' },
    ],
    [
      'contradicts itself about the length, as in request smuggling',
      (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n1'),
      { code: 'BAD_HTTP' },
    ],
    [
      'sends headers without end',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\n')
        const pour = (): void => {
          while (!socket.destroyed && socket.write(`X-More: ${'x'.repeat(8000)}\r\n`));
        }
        socket.on('drain', pour)
        pour()
      },
      { code: 'HTTP_HEADERS', reason: 'response headers are too large' },
    ],
    [
      'sends a header without end',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\nX-More: ')
        const pour = (): void => {
          while (!socket.destroyed && socket.write('x'.repeat(8000)));
        }
        socket.on('drain', pour)
        pour()
      },
      { code: 'HTTP_HEADERS', reason: 'response headers are too large' },
    ],
    [
      'complains that TLS is missing',
      respond('400 Bad Request', {}, '<h1>The plain HTTP request was sent to HTTPS port</h1>'),
      { code: 'HTTP_400', reason: '400 Bad Request', hint: 'the port speaks TLS: write https://' },
    ],
    [
      'complains that TLS is missing, as Go does',
      (socket) =>
        socket.end('HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n'),
      { code: 'HTTP_400', hint: 'the port speaks TLS: write https://' },
    ],
    [
      'complains of something else',
      respond('400 Bad Request', {}, 'no such tenant'),
      { code: 'HTTP_400', reason: '400 Bad Request', hint: undefined },
    ],
    [
      'complains and then says nothing more',
      (socket) => socket.write('HTTP/1.1 400 Bad Request\r\nContent-Length: 100\r\n\r\nHTTP'),
      { code: 'HTTP_400', reason: '400 Bad Request', hint: undefined },
    ],
    [
      'complains and then breaks off',
      (socket) => socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 100\r\n\r\nHTTP'),
      { code: 'HTTP_400', reason: '400 Bad Request', hint: undefined },
    ],
  ]
  for (const [what, misbehave, expected, options] of table) {
    test(what, async () => {
      answer = misbehave
      await assertFails(probe(options), expected)
    })
  }

  test('answers before it is asked may be anything', async (t) => {
    const impatient = net.createServer((socket) =>
      socket
        .on('error', () => {})
        .resume()
        .end('220 mail ESMTP\r\n'),
    )
    impatient.listen(0, '127.0.0.1')
    await once(impatient, 'listening')
    const { port } = impatient.address() as net.AddressInfo
    t.after(() => impatient.close())
    await assertFails(bound(http, `http://127.0.0.1:${port}/`).probe(watchedAttempt()), {
      code: 'NOT_HTTP',
      reason: 'not HTTP: answered "220 mail ESMTP"',
      lasting: true,
    })
  })
})

describe('an attempt that is aborted closes everything', () => {
  const table: [string, (socket: net.Socket) => void, string, string, boolean][] = [
    ['before any answer', () => {}, '', 'the response headers', false],
    ['within headers', (socket) => socket.write('HTTP/1.1 200 OK\r\nX-A'), '', 'the response headers', true],
    [
      'within a body',
      (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12'),
      'body=x',
      'the end of the response body',
      true,
    ],
  ]
  for (const [when, misbehave, options, phase, heard] of table) {
    test(when, async () => {
      answer = misbehave
      const attempt = watchedAttempt()
      const before = server.requests.length
      const result = failureOf(start(options, attempt))
      await until(
        () =>
          server.requests.length > before && attempt.phases.at(-1) === phase && attempt.wasHeard() === heard,
        `the phase "${phase}"`,
      )
      attempt.abort()
      await result
      await server.idle()
    })
  }

  test('before it has begun', async () => {
    const attempt = watchedAttempt()
    attempt.abort()
    await failureOf(start('', attempt))
    await server.idle()
  })

  test('one byte at a time does not prolong it', async () => {
    let bytes = 0
    answer = (socket) => {
      const timer = setInterval(() => {
        bytes += 1
        socket.write(bytes < 18 ? 'HTTP/1.1 200 OK\r\nX'.charAt(bytes - 1) : 'X')
      }, 2)
      socket.on('close', () => clearInterval(timer))
    }
    const attempt = watchedAttempt()
    const result = failureOf(start('', attempt))
    await until(() => bytes > 40, 'some bytes')
    attempt.abort()
    await result
    await server.idle()
  })
})
