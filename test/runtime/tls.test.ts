import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import tls from 'node:tls'
import { next, peer, readAll, record } from './peer.ts'
import { dial, secure, secureToPlain, send } from './tls-peer.ts'

test('a good certificate is authorized, and data goes both ways', async () => {
  const { socket } = await secure('good')
  const events = record(socket, ['connect', 'secure', 'secureConnect', 'end', 'error', 'close'])
  await next(socket, 'secureConnect')
  assert.equal(socket.authorized, true)
  assert.equal(socket.encrypted, true)
  assert.equal(socket.authorizationError ?? null, null)
  assert.equal(socket.alpnProtocol, false)
  assert.equal(socket.remoteAddress, '127.0.0.1')
  send(socket, [['write', 'hello'], ['fill', 100_000], ['end']])
  assert.equal(await readAll(socket), `hello${'x'.repeat(100_000)}`)
  await next(socket, 'close')
  assert.deepEqual(
    events.filter((event) => event !== 'secure'),
    ['secureConnect', 'end', 'close false'],
  )
})

test('what is written before the handshake is sent after it', async () => {
  const { socket } = await secure('good')
  send(socket, [['write', 'early'], ['end']])
  assert.equal(await readAll(socket), 'early')
})

const VERDICTS: readonly (readonly [string, string])[] = [
  ['expired', 'CERT_HAS_EXPIRED'],
  ['early', 'CERT_NOT_YET_VALID'],
  ['otherName', 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ['selfSigned', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
]

for (const [server, code] of VERDICTS) {
  test(`with rejectUnauthorized off the verdict on the ${server} server is ${code}`, async () => {
    const { socket } = await secure(server)
    await next(socket, 'secureConnect')
    assert.equal(socket.authorized, false)
    assert.equal(String(socket.authorizationError), code)
    send(socket, [['write', 'all the same'], ['end']])
    assert.equal(await readAll(socket), 'all the same')
  })

  test(`by default the ${server} server is an error ${code}`, async () => {
    const { socket, below } = await secure(server, { rejectUnauthorized: true })
    const events = record(socket, ['secureConnect', 'error', 'close'])
    const error = await next<NodeJS.ErrnoException>(socket, 'error')
    assert.equal(error.code, code)
    await next(socket, 'close')
    assert.deepEqual(events, [`error ${code}`, 'close true'])
    assert.equal(below.destroyed, true)
  })
}

test('an authority that is not trusted', async () => {
  const { clientCert } = await peer()
  const { socket } = await secure('good', { ca: readFileSync(clientCert, 'utf8') })
  await next(socket, 'secureConnect')
  assert.equal(socket.authorized, false)
  assert.match(
    String(socket.authorizationError),
    /^(UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT_LOCALLY)$/,
  )
  socket.destroy()
})

test('an address is checked against the addresses of the certificate', async () => {
  const { socket } = await secure('good', { host: '127.0.0.1', servername: '' })
  await next(socket, 'secureConnect')
  assert.equal(socket.authorized, true)
  socket.destroy()
})

test("the peer's certificate says for whom it is and how long", async () => {
  const { socket } = await secure('good')
  assert.deepEqual(socket.getPeerCertificate()?.subject, undefined)
  await next(socket, 'secureConnect')
  const certificate = socket.getPeerCertificate()
  assert.deepEqual({ ...certificate.subject }, { CN: 'localhost' })
  assert.deepEqual({ ...certificate.issuer }, { CN: 'Test Authority' })
  assert.equal(certificate.subjectaltname, 'DNS:localhost, IP Address:127.0.0.1')
  assert.match(certificate.valid_to, /^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4} GMT$/)
  assert.ok(Date.parse(certificate.valid_from) < Date.now())
  assert.ok(Date.parse(certificate.valid_to) > Date.now())
  socket.destroy()
  await next(socket, 'close')
})

test('ALPN settles on a protocol that both speak', async () => {
  const { socket } = await secure('good', { ALPNProtocols: ['zero', 'two'] })
  await next(socket, 'secureConnect')
  assert.equal(socket.alpnProtocol, 'two')
  socket.destroy()
})

test('a client certificate is shown to the server that asks', async () => {
  const { clientCert, clientKey } = await peer()
  const { socket } = await secure('asksClient', {
    cert: readFileSync(clientCert, 'utf8'),
    key: readFileSync(clientKey, 'utf8'),
  })
  send(socket, [['write', 'welcome'], ['end']])
  assert.equal(await readAll(socket), 'welcome')
})

test('without one the server says that it requires a certificate', async () => {
  const { socket } = await secure('asksClient')
  socket.resume()
  const error = await next<NodeJS.ErrnoException>(socket, 'error')
  assert.match(error.code ?? '', /^ERR_SSL_.*ALERT_CERTIFICATE_REQUIRED$/)
})

test('a certificate and a key that do not belong together are refused at once', async () => {
  const { clientCert, otherKey, tls: ports } = await peer()
  const below = await dial(ports['asksClient'] ?? 0)
  assert.throws(
    () =>
      tls.connect({
        socket: below,
        cert: readFileSync(clientCert, 'utf8'),
        key: readFileSync(otherKey, 'utf8'),
      }),
    { code: 'ERR_OSSL_X509_KEY_VALUES_MISMATCH' },
  )
  below.destroy()
})

test('a peer that answers in plain text speaks no TLS', async () => {
  const socket = await secureToPlain([['wait', 20], ['write', 'SSH-2.0-OpenSSH_9.9\r\n'], ['wait for end']])
  const error = await next<NodeJS.ErrnoException>(socket, 'error')
  assert.equal(error.code, 'ERR_SSL_WRONG_VERSION_NUMBER')
})

test('a peer that closes during the handshake', async () => {
  const socket = await secureToPlain([['wait', 20], ['end']])
  const events = record(socket, ['secureConnect', 'error', 'close'])
  const error = await next<NodeJS.ErrnoException>(socket, 'error')
  assert.equal(error.code, 'ECONNRESET')
  assert.equal(error.errno, undefined)
  assert.equal(
    error.message,
    'Client network socket disconnected before secure TLS connection was established',
  )
  await next(socket, 'close')
  assert.deepEqual(events, ['error ECONNRESET', 'close true'])
})

test('a peer that resets during the handshake', async () => {
  const socket = await secureToPlain([['wait', 20], ['reset']])
  const error = await next<NodeJS.ErrnoException>(socket, 'error')
  assert.equal(error.code, 'ECONNRESET')
  assert.equal(error.errno, -104)
})

test('destroy during the handshake closes both sockets without an error', async () => {
  const socket = await secureToPlain([['wait for end']])
  const events = record(socket, ['secureConnect', 'error', 'close'])
  setTimeout(() => socket.destroy(), 20)
  await next(socket, 'close')
  assert.deepEqual(events, ['close false'])
})

test('destroying the socket below destroys the one above', async () => {
  const { socket, below } = await secure('good')
  await next(socket, 'secureConnect')
  below.destroy()
  await next(socket, 'close')
  assert.equal(socket.destroyed, true)
})

test('the socket above takes the one below with it', async () => {
  const { socket, below } = await secure('good')
  await next(socket, 'secureConnect')
  socket.destroy()
  await next(socket, 'close')
  assert.equal(below.destroyed, true)
})

test('a reset after the handshake is an error of the read', async () => {
  const { socket } = await secure('good')
  const events = record(socket, ['end', 'error', 'close'])
  socket.resume()
  await next(socket, 'secureConnect')
  send(socket, [['wait', 20], ['reset']])
  await next(socket, 'close')
  assert.equal(events.includes('error ECONNRESET') || events.includes('end'), true)
})
