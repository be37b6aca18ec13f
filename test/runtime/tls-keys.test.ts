/** Keys and certificates of kinds that the libraries under the two runtimes know unlike each other. */
import assert from 'node:assert/strict'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import net from 'node:net'
import { test } from 'node:test'
import tls from 'node:tls'
import { next, peer, readAll } from './peer.ts'

async function secure(server: string, options: tls.ConnectionOptions = {}): Promise<tls.TLSSocket> {
  const { tls: ports, ca } = await peer()
  const socket = net.connect({ host: '127.0.0.1', port: ports[server] ?? 0 })
  await next(socket, 'connect')
  const trusted = { ca: readFileSync(ca, 'utf8'), host: 'localhost', servername: 'localhost' }
  return tls.connect({ ...trusted, rejectUnauthorized: false, ...options, socket })
}

async function talk(socket: tls.TLSSocket): Promise<void> {
  socket.write(`${JSON.stringify([['write', 'welcome'], ['end']])}\n`)
  assert.equal(await readAll(socket), 'welcome')
}

for (const server of ['p521', 'p521old', 'p521group', 'rsaPss', 'sha384']) {
  for (const rejectUnauthorized of [true, false]) {
    test(`the ${server} server is trusted, ${rejectUnauthorized ? 'within' : 'after'} the handshake`, async () => {
      const socket = await secure(server, { rejectUnauthorized })
      await next(socket, 'secureConnect')
      assert.equal(socket.authorized, true)
      await talk(socket)
    })
  }
}

/** The handle is Node's own: only its words for what is wrong are looked at. */
function words(socket: tls.TLSSocket): string | undefined {
  const { _handle } = socket as unknown as { _handle: { verifyError(): Error | null } }
  return _handle.verifyError()?.message
}

for (const server of ['version1', 'version1old']) {
  test(`the ${server} server has a certificate that its authority signed, whatever its names`, async () => {
    const socket = await secure(server)
    await next(socket, 'secureConnect')
    // Node still takes the common name
    assert.ok(socket.authorized || String(socket.authorizationError) === 'ERR_TLS_CERT_ALTNAME_INVALID')
    assert.equal(words(socket), undefined)
    await talk(socket)
  })

  test(`the ${server} server is not trusted without its authority`, async () => {
    const { clientCert } = await peer()
    const socket = await secure(server, { ca: readFileSync(clientCert, 'utf8') })
    await next(socket, 'secureConnect')
    assert.match(
      String(socket.authorizationError),
      /^UNABLE_TO_(VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT_LOCALLY)$/,
    )
    assert.match(words(socket) ?? '', /^unable to /)
    socket.destroy()
  })
}

test('a certificate of version 1 is a pin as any other', async () => {
  const { certificates } = await peer()
  const own = readFileSync(certificates['version1pin'] ?? '', 'utf8')
  const socket = await secure('version1pin', { ca: own })
  await next(socket, 'secureConnect')
  assert.ok(socket.authorized || String(socket.authorizationError) === 'ERR_TLS_CERT_ALTNAME_INVALID')
  await talk(socket)
  const stranger = await secure('version1pin')
  await next(stranger, 'secureConnect')
  assert.equal(String(stranger.authorizationError), 'DEPTH_ZERO_SELF_SIGNED_CERT')
  stranger.destroy()
})

for (const name of ['version1', 'p521', 'ed25519']) {
  test(`the ${name} certificate of a client is sent and proved`, async () => {
    const { cert = '', key = '' } = (await peer()).clients[name] ?? {}
    const files = { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') }
    await talk(await secure('asksClient', files))
  })

  test(`the ${name} certificate out of a file belongs to its key`, async () => {
    const { clients, otherKey } = await peer()
    const { cert = '', key = '' } = clients[name] ?? {}
    const certificate = new X509Certificate(readFileSync(cert, 'utf8'))
    assert.equal(certificate.checkPrivateKey(createPrivateKey(readFileSync(key, 'utf8'))), true)
    assert.equal(certificate.checkPrivateKey(createPrivateKey(readFileSync(otherKey, 'utf8'))), false)
  })
}
