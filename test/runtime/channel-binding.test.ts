import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import net from 'node:net'
import { test } from 'node:test'
import tls from 'node:tls'
import { continueSession, startSession } from 'pg/lib/crypto/sasl.js'
import { next, peer } from './peer.ts'

/** The digests that RFC 5929 (4.1) has for the signatures of these servers' certificates. */
const SERVERS: readonly (readonly [server: string, digest: string])[] = [
  ['good', 'sha256'],
  ['sha384', 'sha384'],
  ['sha512', 'sha512'],
  ['sha1', 'sha256'],
  ['version1', 'sha256'],
]

for (const [server, digest] of SERVERS) {
  test(`the driver binds its SCRAM login to the certificate of the ${server} server`, async () => {
    const { tls: ports, certificates } = await peer()
    const below = net.connect({ host: '127.0.0.1', port: ports[server] ?? 0 })
    await next(below, 'connect')
    const socket = tls.connect({ socket: below, host: 'localhost', rejectUnauthorized: false })
    await next(socket, 'secureConnect')
    const pem = readFileSync(certificates[server] ?? '', 'utf8')
    const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64')
    assert.ok(Buffer.isBuffer(socket.getPeerCertificate().raw))
    assert.equal(socket.getPeerCertificate().raw.toString('hex'), der.toString('hex'))

    const session = startSession(['SCRAM-SHA-256', 'SCRAM-SHA-256-PLUS'], socket, 4096)
    assert.equal(session.mechanism, 'SCRAM-SHA-256-PLUS')
    assert.match(session.response, /^p=tls-server-end-point,,n=\*,r=/)
    await continueSession(session, 'pw', `r=${session.clientNonce}more,s=c2FsdA==,i=4096`, socket)
    const [, binding = ''] = /^c=([^,]*),/.exec(session.response) ?? []
    const expected = Buffer.concat([
      Buffer.from('p=tls-server-end-point,,'),
      createHash(digest).update(der).digest(),
    ])
    assert.equal(Buffer.from(binding, 'base64').toString('hex'), expected.toString('hex'))
    socket.destroy()
    await next(socket, 'close')
  })
}
