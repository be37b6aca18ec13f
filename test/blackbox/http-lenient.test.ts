/** Answers that curl and Go take are taken; what cannot be read is waited for; another protocol is final. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startWire, type WireServer } from '../checks/http/wire.ts'
import { readywhen } from './readywhen.ts'

let server: WireServer
/** What is answered to each path, as Latin-1; what comes later on the same connection is put behind. */
const answers = new Map<string, readonly string[]>()

before(async () => {
  server = await startWire((socket, request) => {
    const path = /^\S+ (\S+)/.exec(request)?.[1] ?? ''
    const pieces = answers.get(path) ?? ['HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n']
    socket.setNoDelay()
    for (const [i, piece] of pieces.entries()) setTimeout(() => socket.write(piece, 'latin1'), i * 20)
    setTimeout(() => socket.end(), pieces.length * 20)
  })
})
after(() => server.stop())

let paths = 0
function target(...pieces: readonly string[]): string {
  paths += 1
  answers.set(`/${paths}`, pieces)
  return `http://127.0.0.1:${server.port}/${paths}`
}

const TAKEN: Readonly<Record<string, readonly string[]>> = {
  'lines of LF': ['HTTP/1.1 200 OK\nContent-Length: 2\nX: y\n\nok'],
  'lines of LF in pieces': ['HTTP/1.1 200 OK\nConte', 'nt-Length: 2\n', '\nok'],
  'a folded line': ['HTTP/1.1 200 OK\r\nX: a\r\n y\r\nContent-Length: 2\r\n\r\nok'],
  'space before a colon': ['HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok'],
  'the same length twice': ['HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok'],
  'a length and chunks': [
    'HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n2\nok\n0\n\n',
  ],
  'no length': ['HTTP/1.0 200\r\n\r\no', 'k'],
  'an interim answer of LF': ['HTTP/1.1 100 Continue\n\n', 'HTTP/1.1 200 OK\nContent-Length: 2\n\nok'],
  'more than was announced': ['HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok', 'HTTP/1.1 500 No\r\n\r\n'],
}

for (const [title, pieces] of Object.entries(TAKEN)) {
  test(`${title}: taken`, async () => {
    const run = await readywhen(['--once', '--http', `${target(...pieces)}#body=/^ok$/`])
    assert.equal(run.code, 0, run.stderr)
  })
}

test('a body cut short is no answer where it is looked at', async () => {
  const cut = target('HTTP/1.1 200 OK\nContent-Length: 3\n\nok')
  const run = await readywhen(['--once', '--http', `${cut}#body=ok`])
  assert.equal(run.code, 1)
  assert.match(run.stderr, /connection closed by peer in the middle of the body/)
  assert.equal((await readywhen(['--once', '--http', cut])).code, 0)
})

for (const [title, text] of [
  ['a status that is none', 'HTTP/1.1 2x0 OK\r\n\r\n'],
  ['a line without a colon', 'HTTP/1.1 200 OK\r\ngarbage\r\n\r\n'],
  ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nok'],
] as const) {
  test(`${title}: waited for, as a server that starts may mend it`, async () => {
    const run = await readywhen(['--grace', '0', '--timeout', '600ms', '--http', target(text)])
    assert.equal(run.code, 124, run.stderr)
    assert.match(run.stderr, /broken HTTP: answered "HTTP\/1.1/)
  })
}

for (const [title, text, reason] of [
  ['SSH', 'SSH-2.0-OpenSSH_9.9\r\n', /not HTTP: answered "SSH-2.0/],
  ['TLS', '\x15\x03\x03\0\x02\x02\x46', /speaks TLS, not plain HTTP/],
  ['HTTP/2', '\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64', /speaks HTTP\/2 only/],
] as const) {
  test(`${title}: final`, async () => {
    const run = await readywhen(['--grace', '0', '--http', target(text)])
    assert.equal(run.code, 3, run.stderr)
    assert.match(run.stderr, reason)
  })
}

const redirect = (location: string): string =>
  target(`HTTP/1.1 302 Found\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`)

test('the bytes of a header are UTF-8 where they are, else Latin-1', async () => {
  answers.set('/caf%C3%A9?%C3%BC=1', ['HTTP/1.1 200 Pr\xc3\xaat\r\nX-City: M\xc3\xbcnchen\r\n\r\n'])
  for (const location of ['/caf\xc3\xa9?\xc3\xbc=1', '/caf\xe9?\xfc=1', '/caf%C3%A9?%C3%BC=1']) {
    const run = await readywhen(['--once', '--http', `${redirect(location)}#header=X-City:München`])
    assert.equal(run.code, 0, run.stderr)
    assert.match(run.stderr, /\(200 Prêt at http:\/\/127\.0\.0\.1:\d+\/caf%C3%A9\?%C3%BC=1\)/)
  }
  const other = await readywhen([
    '--once',
    '--http',
    `${redirect('/caf\xc3\xa9?\xc3\xbc=1')}#header=X-City:Köln`,
  ])
  assert.match(other.stderr, /header X-City is "München", not "Köln"/)
})

test('a redirect to a host that is none leads nowhere', async () => {
  for (const location of ['http://./', 'http://../x', 'http://a..b/']) {
    const run = await readywhen(['--once', '--http', redirect(location)])
    assert.equal(run.code, 1, run.stderr)
    assert.match(run.stderr, /which is no HTTP URL/)
  }
})

test('a server that says back a secret longer than what is quoted does not have it shown', async () => {
  const token = 'tokenSecret'.repeat(40)
  const url = `${target(`you sent ${token} here`)}#request-header=Authorization:Bearer ${token}`
  const run = await readywhen(['--once', '--http', url])
  assert.equal(run.code, 1)
  assert.match(run.stderr, /not HTTP: answered "you sent \*\*\* here"/)
})
