import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import net, { type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import tls from 'node:tls'
import { type CertificateFiles, makeAuthority } from '../../servers/certificates.ts'
import { type PostgresServer, startPostgres } from '../../servers/postgres.ts'
import { makeTempDir } from '../../servers/temp.ts'
import { assertFailed, tryProbe } from './try-probe.ts'

const hba = [
  'hostssl all all all scram-sha-256',
  'hostnossl all open all trust',
  'hostnossl all all all scram-sha-256',
]
const files = makeAuthority().issue({ names: ['localhost'], ips: ['127.0.0.1'] })
let server: PostgresServer
let olden: PostgresServer
before(async () => {
  ;[server, olden] = await Promise.all([
    startPostgres({ tls: files, hba, initSql: 'create role open login' }),
    startPostgres({ tls: files, hba, settings: { ssl_max_protocol_version: 'TLSv1.2' } }),
  ])
})
after(() => Promise.all([server?.stop(), olden?.stop()]))

const at = (port: number, { password }: PostgresServer, more = ''): string =>
  `host=127.0.0.1 port=${port} user=postgres password='${password}' ${more}`

test('binds to the channel of a Postgres that demands nothing', async () => {
  for (const more of ['channel_binding=require', 'channel_binding=require require_auth=scram-sha-256', '']) {
    const { detail, failure } = await tryProbe(at(server.port, server, more))
    assert.match(detail ?? failure?.reason ?? '', /^PostgreSQL/)
  }
})

test('does not get in without TLS, by password or by trust, when it must bind', async () => {
  for (const user of ['postgres', 'open']) {
    const more = `user=${user} sslmode=disable channel_binding=require`
    assertFailed(await tryProbe(at(server.port, server, more)), {
      code: 'CHANNEL_BINDING',
      reason: /^channel binding required, but /,
      lasting: true,
    })
  }
})

test('tells of a wrong password as before', async () => {
  const { failure } = await tryProbe(at(server.port, server, 'password=no channel_binding=require'))
  assert.equal(failure?.code, '28P01')
})

/** Somebody in between, with a certificate of his own, who passes on all that is said. */
async function startBetween(behind: number): Promise<{ port: number; stop(): void }> {
  const own = makeAuthority('Somebody').issue({ names: ['localhost'], ips: ['127.0.0.1'] })
  const secured = { cert: readFileSync(own.certFile), key: readFileSync(own.keyFile) }
  const ignore = (): void => {}
  const front = net.createServer((client) => {
    client.on('error', ignore).once('data', () => {
      client.write('S')
      const plain = new tls.TLSSocket(client, { isServer: true, ...secured }).on('error', ignore)
      const back = net.connect(behind, '127.0.0.1').on('error', ignore)
      back.write(Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]))
      back.once('data', () => {
        const upstream = tls.connect({ socket: back, rejectUnauthorized: false }).on('error', ignore)
        plain.pipe(upstream).pipe(plain)
      })
    })
  })
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve))
  return { port: (front.address() as AddressInfo).port, stop: () => front.close() }
}

test('is bound to the certificate: somebody in between is noticed, unless binding is turned off', async () => {
  const between = await startBetween(server.port)
  try {
    for (const binding of ['require', 'prefer']) {
      const { failure } = await tryProbe(
        at(between.port, server, `sslmode=require channel_binding=${binding}`),
      )
      assert.equal(failure?.reason, 'login refused: SCRAM channel binding check failed')
      assert.equal(failure.lasting, true)
    }
    const { detail } = await tryProbe(at(between.port, server, 'sslmode=require channel_binding=disable'))
    assert.match(detail ?? '', /^PostgreSQL/)
  } finally {
    between.stop()
  }
})

/** A self-signed certificate; `kind` are arguments of `openssl req`. */
function selfSigned(kind: readonly string[]): CertificateFiles {
  const dir = makeTempDir('certificate')
  const made = { certFile: join(dir, 'cert.pem'), keyFile: join(dir, 'key.pem') }
  const out = ['-keyout', made.keyFile, '-out', made.certFile]
  execFileSync('openssl', ['req', '-x509', '-noenc', ...kind, '-subj', '/CN=localhost', ...out], {
    stdio: 'ignore',
  })
  return made
}

const certificates: readonly (readonly [string, readonly string[], boolean])[] = [
  ['RSA-PSS', ['-newkey', 'rsa-pss', '-pkeyopt', 'rsa_keygen_bits:2048', '-sha256'], true],
  ['RSA with SHA-512', ['-newkey', 'rsa:2048', '-sha512'], true],
  ['RSA with SHA-1', ['-newkey', 'rsa:2048', '-sha1'], true],
  ['ECDSA with SHA-384', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:secp384r1', '-sha384'], true],
  ['Ed25519', ['-newkey', 'ed25519'], false],
  ['RSA with SHA-224', ['-newkey', 'rsa:2048', '-sha224'], false],
]
for (const [title, kind, binds] of certificates) {
  test(`${binds ? 'binds' : 'says that it cannot bind'} to a certificate by ${title}`, async () => {
    const own = await startPostgres({ tls: selfSigned(kind), hba })
    try {
      const preferred = await tryProbe(at(own.port, own, 'sslmode=require'))
      assert.match(preferred.detail ?? preferred.failure?.reason ?? '', /^PostgreSQL/)
      const required = await tryProbe(at(own.port, own, 'sslmode=require channel_binding=require'))
      if (binds) assert.match(required.detail ?? required.failure?.reason ?? '', /^PostgreSQL/)
      else {
        assertFailed(required, {
          code: 'CHANNEL_BINDING',
          reason: /cannot bind to this server certificate$/,
          lasting: true,
        })
      }
    } finally {
      await own.stop()
    }
  })
}

const VERSION = "select version = 'TLSv1.2' from pg_stat_ssl where pid = pg_backend_pid()"
test('speaks no TLS above ssl_max_protocol_version, and none below ssl_min_protocol_version', async () => {
  const query = { options: { query: VERSION } }
  const most = 'sslmode=require ssl_max_protocol_version=TLSv1.2'
  assert.match((await tryProbe(at(server.port, server, most), query)).detail ?? '', /^PostgreSQL/)
  assert.match((await tryProbe(at(olden.port, olden, 'sslmode=require'), query)).detail ?? '', /^PostgreSQL/)
  const least = await tryProbe(at(olden.port, olden, 'sslmode=require ssl_min_protocol_version=TLSv1.3'))
  assertFailed(least, { reason: /TLS|protocol/, lasting: true })
})
