import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import http from '../../../src/checks/http.ts'
import type { Ready } from '../../../src/checks/kind.ts'
import { makeAuthority } from '../../servers/certificates.ts'
import { type NginxServer, startNginx } from '../../servers/nginx.ts'
import { assertFails, watchedAttempt } from '../attempts.ts'
import { bound } from '../bound.ts'
import { respond, startWire } from './wire.ts'

const authority = makeAuthority()
const files = authority.issue({ names: ['app.example'], ips: ['127.0.0.1'] })
const client = authority.issue({ names: ['probe'] })
const ca = `ca=${authority.caFile}`

let plain: NginxServer
let secured: NginxServer
let mutual: NginxServer
before(async () => {
  const body = 'location / { default_type application/json; return 200 \'{"status":"UP","host":"$host"}\'; }'
  ;[plain, secured, mutual] = await Promise.all([
    startNginx(body),
    startNginx(body, files),
    startNginx(body, { ...files, caFile: authority.caFile }),
  ])
})
after(() => Promise.all([plain.stop(), secured.stop(), mutual.stop()]))

function probe(target: string): Promise<Ready> {
  return bound(http, target).probe(watchedAttempt())
}

describe('nginx', () => {
  test('over plain HTTP', async () => {
    assert.deepEqual(
      await probe(`http://127.0.0.1:${plain.port}/#json=status=UP&header=Content-Type:application/json`),
      {
        detail: '200 OK',
      },
    )
  })

  test('over TLS', async () => {
    assert.deepEqual(await probe(`https://127.0.0.1:${secured.port}/#${ca}&json=host=127.0.0.1`), {
      detail: '200 OK',
    })
    await probe(`https://127.0.0.1:${secured.port}/#${ca}&servername=app.example`)
    await probe(`https://127.0.0.1:${secured.port}/#insecure`)
  })

  test('with an authority that is not known', () =>
    assertFails(probe(`https://127.0.0.1:${secured.port}/`), {
      reason: 'certificate is signed by an unknown authority (Test Authority)',
      hint: 'give the certificate of the authority that signed it with ca=',
      lasting: true,
    }))

  test('asked in plain text on its TLS port', () =>
    assertFails(probe(`http://127.0.0.1:${secured.port}/`), {
      code: 'HTTP_400',
      reason: '400 Bad Request',
      hint: 'the port speaks TLS: write https://',
    }))

  test('asked for TLS on its plain port', () =>
    assertFails(probe(`https://127.0.0.1:${plain.port}/`), {
      code: 'NOT_TLS',
      reason: 'does not speak TLS',
      hint: 'if the port speaks plain HTTP, write http://',
      lasting: true,
    }))

  test('that wants a client certificate', async () => {
    const url = `https://127.0.0.1:${mutual.port}/`
    assert.deepEqual(await probe(`${url}#${ca}&cert=${client.certFile}&key=${client.keyFile}`), {
      detail: '200 OK',
    })
    await assertFails(probe(`${url}#${ca}`), { code: 'HTTP_400', reason: '400 Bad Request' })
  })
})

test('a client certificate that is missed after the handshake is in the words of TLS', async () => {
  const server = await startWire(respond('200 OK'), { files, clientCa: authority.caFile })
  const url = `https://127.0.0.1:${server.port}/`
  try {
    await assertFails(probe(`${url}#${ca}`), {
      code: 'TLS_ALERT_CERTIFICATE_REQUIRED',
      reason: 'server requires a client certificate',
      hint: 'give cert= and key=',
      lasting: true,
    })
    await probe(`${url}#${ca}&cert=${client.certFile}&key=${client.keyFile}`)
  } finally {
    await server.stop()
  }
})

test('a server that closes after the handshake is said to', async () => {
  const server = await startWire((socket) => socket.end(), { files })
  try {
    await assertFails(probe(`https://127.0.0.1:${server.port}/#${ca}`), {
      code: 'CLOSED',
      reason: 'connection closed by peer before it answered',
    })
  } finally {
    await server.stop()
  }
})

test('a certificate that is not for the host is never sent a request', async () => {
  const other = authority.issue({ names: ['other.example'] })
  const server = await startWire(respond('200 OK'), { files: other })
  try {
    await assertFails(probe(`https://u:hunter22@127.0.0.1:${server.port}/#${ca}`), {
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
      reason: 'certificate is for other.example, not 127.0.0.1',
      lasting: true,
    })
    assert.deepEqual(server.requests, [])
  } finally {
    await server.stop()
  }
})
