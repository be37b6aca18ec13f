import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import net, { type AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import tls from 'node:tls'
import { type Authority, type CertificateFiles, makeAuthority } from '../../servers/certificates.ts'
import { type PostgresServer, startPostgres } from '../../servers/postgres.ts'
import { leftOpen, tryProbe } from './try-probe.ts'

const authority: Authority = makeAuthority()
const stranger: Authority = makeAuthority('Stranger')
const clientFiles: CertificateFiles = authority.issue({ names: ['certified'] })
const strangerFiles: CertificateFiles = stranger.issue({ names: ['certified'] })
let server: PostgresServer
let expired: PostgresServer

before(async () => {
  const hba = [
    'hostnossl all plain all trust',
    'hostssl all certified all cert',
    'hostssl all app all scram-sha-256',
  ]
  const initSql = "create role app login password 'pw'; create role plain login; create role certified login"
  const files = authority.issue({ names: ['localhost', 'other.example'] })
  ;[server, expired] = await Promise.all([
    startPostgres({ tls: { ...files, caFile: authority.caFile }, hba, initSql }),
    startPostgres({ tls: authority.issue({ names: ['localhost'], days: -3 }), hba, initSql }),
  ])
})
after(() => Promise.all([server?.stop(), expired?.stop()]))

const ENCRYPTED = 'select ssl from pg_stat_ssl where pid = pg_backend_pid()'
const PLAIN = 'select not ssl from pg_stat_ssl where pid = pg_backend_pid()'

interface Row {
  readonly user?: 'app' | 'plain' | 'certified'
  readonly host?: string
  /** What to add to the target. */
  readonly more?: string
  readonly options?: Readonly<Record<string, unknown>>
  /** The attempt is ready, and the session is encrypted or not; or it fails with this. */
  readonly expect:
    | 'encrypted'
    | 'plain'
    | { readonly code?: string; readonly reason: RegExp; readonly lasting?: false; readonly hint?: RegExp }
}

const CA = `sslrootcert=${authority.caFile}`
const WRONG_CA = `sslrootcert=${stranger.caFile}`
const CLIENT = `sslcert=${clientFiles.certFile} sslkey=${clientFiles.keyFile}`
const unknownAuthority = { reason: /unknown authority|self-signed/ }

const rows: Readonly<Record<string, Row>> = {
  'prefer takes TLS where it is offered': { expect: 'encrypted' },
  'prefer goes on without TLS when the user is not admitted with it': { user: 'plain', expect: 'plain' },
  'prefer goes on without TLS when the certificate does not stand up to sslrootcert': {
    user: 'plain',
    more: WRONG_CA,
    expect: 'plain',
  },
  'prefer tells of the certificate when the user is not admitted without TLS either': {
    more: WRONG_CA,
    expect: unknownAuthority,
  },
  'prefer tells of the first refusal when neither way is admitted': {
    more: 'user=nobody',
    expect: { code: '28000', reason: /^no pg_hba.conf entry for user nobody, .*, with TLS$/, hint: /^$/ },
  },
  'disable does without TLS': { user: 'plain', more: 'sslmode=disable', expect: 'plain' },
  'disable is told that the server admits TLS only': {
    more: 'sslmode=disable',
    expect: {
      code: '28000',
      reason: /^no pg_hba.conf entry for user app, .*, without TLS$/,
      hint: /sslmode=require/,
    },
  },
  'allow does without TLS where that is admitted': { user: 'plain', more: 'sslmode=allow', expect: 'plain' },
  'allow takes TLS where nothing else is admitted': { more: 'sslmode=allow', expect: 'encrypted' },
  'require does not verify': { more: 'sslmode=require', expect: 'encrypted' },
  'require does not go on without TLS': {
    user: 'plain',
    more: 'sslmode=require',
    expect: { code: '28000', reason: /^no pg_hba.conf entry for user plain, .*, with TLS$/ },
  },
  'require verifies the chain when there is an sslrootcert': {
    more: `sslmode=require ${WRONG_CA}`,
    expect: unknownAuthority,
  },
  'require does not verify the name even then': {
    host: '127.0.0.1',
    more: `sslmode=require ${CA}`,
    expect: 'encrypted',
  },
  'verify-ca does not verify the name': {
    host: '127.0.0.1',
    more: `sslmode=verify-ca ${CA}`,
    expect: 'encrypted',
  },
  'verify-ca verifies the chain': { more: `sslmode=verify-ca ${WRONG_CA}`, expect: unknownAuthority },
  'verify-full takes the name of the host': { more: `sslmode=verify-full ${CA}`, expect: 'encrypted' },
  'verify-full takes the name of the host when it connects to hostaddr': {
    host: 'other.example',
    more: `hostaddr=127.0.0.1 sslmode=verify-full ${CA}`,
    expect: 'encrypted',
  },
  'verify-full refuses another name': {
    host: '127.0.0.1',
    more: `sslmode=verify-full ${CA}`,
    expect: { reason: /certificate is for .*not 127\.0\.0\.1/ },
  },
  'verify-full trusts the authorities of the system where no other is given': {
    more: 'sslmode=verify-full',
    expect: unknownAuthority,
  },
  'ca= verifies everything': { options: { ca: authority.caFile }, expect: 'encrypted' },
  'ca= refuses another name': {
    host: '127.0.0.1',
    options: { ca: authority.caFile },
    expect: { reason: /not 127\.0\.0\.1/ },
  },
  'ca= stands over sslrootcert': {
    more: `sslmode=verify-full ${WRONG_CA}`,
    options: { ca: authority.caFile },
    expect: 'encrypted',
  },
  'servername= is verified instead of the host': {
    host: '127.0.0.1',
    options: { ca: authority.caFile, servername: 'other.example' },
    expect: 'encrypted',
  },
  'insecure accepts any certificate': {
    host: '127.0.0.1',
    more: `sslmode=verify-full ${WRONG_CA}`,
    options: { insecure: true },
    expect: 'encrypted',
  },
  'an sslrootcert that is not there yet is waited for': {
    more: 'sslmode=verify-full sslrootcert=/nonexistent/ca.pem',
    expect: { code: 'ENOENT', reason: /ca\.pem: no such file$/, lasting: false },
  },
  'a client certificate logs in': {
    user: 'certified',
    more: `sslmode=require ${CLIENT}`,
    expect: 'encrypted',
  },
  'cert= and key= stand over sslcert and sslkey': {
    user: 'certified',
    more: 'sslmode=require sslcert=/x sslkey=/y',
    options: { cert: clientFiles.certFile, key: clientFiles.keyFile },
    expect: 'encrypted',
  },
  'the lack of a client certificate is told': {
    user: 'certified',
    more: 'sslmode=require',
    expect: { code: '28000', reason: /^login refused: connection requires a valid client certificate$/ },
  },
  'a client certificate of an unknown authority is told': {
    user: 'certified',
    more: `sslmode=require sslcert=${strangerFiles.certFile} sslkey=${strangerFiles.keyFile}`,
    expect: { code: 'TLS_ALERT_UNKNOWN_CA', reason: /does not know the authority of the client certificate/ },
  },
}
for (const [title, { user = 'app', host = 'localhost', more = '', options, expect }] of Object.entries(
  rows,
)) {
  test(title, async () => {
    const target = `host=${host} port=${server.port} dbname=postgres user=${user} password=pw ${more}`
    const query = expect === 'plain' ? PLAIN : ENCRYPTED
    const { detail, failure } = await tryProbe(target, { options: { ...options, query } })
    if (typeof expect === 'string') {
      assert.match(detail ?? failure?.reason ?? '', /^PostgreSQL/)
    } else {
      assert.equal(detail, undefined)
      assert.match(failure?.reason ?? '', expect.reason)
      assert.equal(failure?.lasting, expect.lasting ?? true)
      assert.match(failure?.hint ?? '', expect.hint ?? /^/)
      if (expect.code !== undefined) assert.equal(failure?.code, expect.code)
    }
    assert.deepEqual(await leftOpen(), [])
  })
}

test('tells that a certificate has expired', async () => {
  const { failure } = await tryProbe(
    `host=localhost port=${expired.port} user=app password=pw sslmode=verify-full ${CA}`,
  )
  assert.match(failure?.reason ?? '', /certificate expired 3 days ago/)
  assert.equal(failure?.lasting, true)
})

/** A server that does TLS from the first byte on and passes everything to a Postgres without it. */
async function startDirect(protocols: readonly string[]): Promise<{ port: number; stop(): void }> {
  const files = authority.issue({ names: ['localhost'] })
  const front = tls.createServer({
    cert: readFileSync(files.certFile),
    key: readFileSync(files.keyFile),
    ALPNProtocols: [...protocols],
  })
  front.on('secureConnection', (socket) => {
    const back = net.connect(server.port, '127.0.0.1')
    socket
      .on('error', () => {})
      .pipe(back)
      .on('error', () => {})
      .pipe(socket)
  })
  front.on('tlsClientError', () => {})
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve))
  return { port: (front.address() as AddressInfo).port, stop: () => front.close() }
}

const DIRECT = `user=plain dbname=postgres sslnegotiation=direct sslmode=verify-full ${CA}`

test('direct negotiation begins with the handshake', async () => {
  const front = await startDirect(['postgresql'])
  const { detail, phases } = await tryProbe(`host=localhost port=${front.port} ${DIRECT}`)
  front.stop()
  assert.match(detail ?? '', /^PostgreSQL/)
  assert.doesNotMatch(phases.join(), /TLS request/)
})

test('direct negotiation does not talk to a server that may speak another protocol', async () => {
  const front = await startDirect([])
  const { failure } = await tryProbe(`host=localhost port=${front.port} ${DIRECT}`)
  front.stop()
  assert.equal(failure?.code, 'NOT_POSTGRES')
  assert.match(failure.reason, /TLS without the protocol "postgresql"/)
})

test('direct negotiation with a server that does not know it ends in the handshake', async () => {
  const { failure } = await tryProbe(`host=localhost port=${server.port} ${DIRECT}`)
  assert.match(failure?.reason ?? '', /during the TLS handshake/)
  assert.equal(failure?.lasting, false)
})

test('a TLS port that is spoken to in plain text is told', async () => {
  const front = await startDirect([])
  const { failure } = await tryProbe(`host=localhost port=${front.port} user=plain sslmode=disable`)
  front.stop()
  assert.match(failure?.reason ?? '', /answered with a TLS alert|closed by peer|reset/)
})
