import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'
import process from 'node:process'
import { after, before, describe, test } from 'node:test'
import tls from 'node:tls'
import { Failure } from '../../../src/checks/failure.ts'
import type { Attempt } from '../../../src/checks/kind.ts'
import { secure, type TlsSettings, tlsOptions, tlsSettings } from '../../../src/checks/transport/tls.ts'
import { handshakeFailure, tlsFailure } from '../../../src/checks/transport/tls-alert.ts'
import { UsageError } from '../../../src/plan/usage-error.ts'
import { makeAuthority } from '../../servers/certificates.ts'
import { freePort, untilListening } from '../../servers/ports.ts'
import { startChild } from '../../servers/processes.ts'
import { makeTempDir } from '../../servers/temp.ts'
import { until } from '../../servers/until.ts'

const HOUR = 3_600_000
const authority = makeAuthority('Test Authority')
const stranger = makeAuthority('Somebody Else')
const dir = makeTempDir('tls')
const good = authority.issue({ names: ['db.example'], ips: ['127.0.0.1'] })
const ca = authority.caFile

const phases: string[] = []
let heard = 0
function attempt(signal = new AbortController().signal): Attempt {
  return { signal, waitingFor: (phase) => phases.push(phase), heard: () => heard++ }
}

interface Served {
  readonly port: number
  readonly connections: Set<net.Socket>
  readonly received: Buffer[]
  readonly servernames: (string | false | null)[]
  stop(): Promise<void>
}

const running: Served[] = []
after(() => Promise.all(running.map((server) => server.stop())))

async function listening(server: net.Server): Promise<Served> {
  const connections = new Set<net.Socket>()
  const received: Buffer[] = []
  const servernames: (string | false | null)[] = []
  server.on('connection', (socket: net.Socket) => {
    connections.add(socket)
    socket.on('error', () => {}).on('close', () => connections.delete(socket))
  })
  server.on('secureConnection', (socket: tls.TLSSocket) => {
    servernames.push(socket.servername)
    socket.on('error', () => {}).on('data', (chunk) => received.push(chunk))
  })
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const served: Served = {
    port: (server.address() as net.AddressInfo).port,
    connections,
    received,
    servernames,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of connections) socket.destroy()
      }),
  }
  running.push(served)
  return served
}

function tlsServer(
  files: { certFile: string; keyFile: string },
  options: tls.TlsOptions = {},
): Promise<Served> {
  const server = tls.createServer({
    cert: readFileSync(files.certFile),
    key: readFileSync(files.keyFile),
    ...options,
  })
  return listening(server)
}

function rawServer(answer: (socket: net.Socket) => void): Promise<Served> {
  return listening(net.createServer((socket) => answer(socket)))
}

async function dialed(port: number): Promise<net.Socket> {
  const socket = net.connect(port, '127.0.0.1')
  await once(socket, 'connect')
  return socket
}

/** The handshake must fail, and leave neither end open. */
async function failureOf(served: Served, host: string, settings: TlsSettings): Promise<Failure> {
  const socket = await dialed(served.port)
  const error: unknown = await secure(socket, host, settings, attempt()).then(
    (secured) => {
      secured.destroy()
      assert.fail('the handshake succeeded')
    },
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof Failure, String(error))
  if (!socket.closed) await once(socket, 'close')
  for (const connection of served.connections) if (!connection.closed) await once(connection, 'close')
  assert.equal(Buffer.concat(served.received).toString(), '', 'something was written to an unverified peer')
  assert.equal(error.down, false)
  return error
}

async function succeeds(
  served: Served,
  host: string,
  settings: TlsSettings,
  alpn?: string[],
): Promise<tls.TLSSocket> {
  const socket = await dialed(served.port)
  const before = served.servernames.length
  const secured = await secure(socket, host, settings, attempt(), alpn)
  await until(() => served.servernames.length > before, 'the server to finish the handshake')
  secured.destroy()
  await once(socket, 'close')
  return secured
}

describe('a certificate that is accepted', () => {
  let server: Served
  before(async () => {
    server = await tlsServer(good, { ALPNProtocols: ['http/1.1'] })
  })

  test('is signed by the authority in ca= and is for the host', async () => {
    heard = 0
    await succeeds(server, 'db.example', { verify: 'full', ca })
    assert.equal(heard, 1)
    assert.equal(phases.at(-1), 'the TLS handshake')
  })

  test('may be for an address, which is not sent as a server name', async () => {
    await succeeds(server, '127.0.0.1', { verify: 'full', ca })
    assert.equal(server.servernames.at(-1), false)
  })

  test('is looked up without the final dot of a host', async () => {
    await succeeds(server, 'db.example.', { verify: 'full', ca })
    assert.equal(server.servernames.at(-1), 'db.example')
  })

  test('is asked for and verified under the name of servername=', async () => {
    await succeeds(server, 'elsewhere.example', { verify: 'full', ca, servername: 'db.example' })
    assert.equal(server.servernames.at(-1), 'db.example')
  })

  test('may be for another host with verify-ca', async () => {
    await succeeds(server, 'elsewhere.example', { verify: 'ca', ca })
  })

  test('may be anything with insecure', async () => {
    const expired = await tlsServer(stranger.issue({ names: ['x'], days: -3, selfSigned: true }))
    await succeeds(expired, 'db.example', { verify: 'none' })
  })

  test('is trusted when it is self-signed and given as ca=', async () => {
    const own = authority.issue({ names: ['db.example'], selfSigned: true })
    const served = await tlsServer(own)
    await succeeds(served, 'db.example', { verify: 'full', ca: own.certFile })
  })

  test('is trusted when SSL_CERT_FILE holds its authority', async () => {
    process.env.SSL_CERT_FILE = ca
    try {
      await succeeds(server, 'db.example', { verify: 'full' })
      await succeeds(server, 'db.example', { verify: 'full' })
    } finally {
      delete process.env.SSL_CERT_FILE
    }
  })

  test('comes with the protocol that was asked for', async () => {
    const secured = await succeeds(server, 'db.example', { verify: 'full', ca }, ['http/1.1'])
    assert.equal(secured.alpnProtocol, 'http/1.1')
  })
})

describe('a certificate that is refused', () => {
  const now = Date.now()
  const table: [string, Parameters<typeof authority.issue>[0], TlsSettings, Partial<Failure>][] = [
    [
      'has expired',
      { names: ['db.example'], notAfter: new Date(now - 73 * HOUR) },
      { verify: 'full', ca },
      { code: 'CERT_HAS_EXPIRED', reason: 'certificate expired 3 days ago' },
    ],
    [
      'has expired, with verify-ca',
      { names: ['other.example'], notAfter: new Date(now - HOUR - 60_000) },
      { verify: 'ca', ca },
      { code: 'CERT_HAS_EXPIRED', reason: 'certificate expired 1 hour ago' },
    ],
    [
      'is not valid yet',
      {
        names: ['db.example'],
        notBefore: new Date('2037-01-02T03:04:05Z'),
        notAfter: new Date('2038-01-01'),
      },
      { verify: 'full', ca },
      { code: 'CERT_NOT_YET_VALID', reason: 'certificate not valid before 2037-01-02T03:04:05Z' },
    ],
    [
      'is for another host',
      { names: ['other.example'] },
      { verify: 'full', ca },
      { code: 'ERR_TLS_CERT_ALTNAME_INVALID', reason: 'certificate is for other.example, not db.example' },
    ],
    [
      'is for many other hosts',
      { names: ['a.example', 'b.example', 'c.example', 'd.example'], ips: ['10.0.0.1'] },
      { verify: 'full', ca },
      { reason: 'certificate is for a.example, b.example, c.example and 2 more, not db.example' },
    ],
    [
      'has only a common name',
      { commonName: 'db.example' },
      { verify: 'full', ca },
      {
        code: 'ERR_TLS_CERT_ALTNAME_INVALID',
        reason: 'certificate names no host: it has the common name db.example, but no subjectAltName',
      },
    ],
    [
      'is self-signed',
      { names: ['db.example'], selfSigned: true },
      { verify: 'full' },
      {
        code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
        reason: 'certificate is self-signed',
        hint: 'give the certificate itself with ca=',
      },
    ],
    [
      'is self-signed and not the one of ca=',
      { names: ['db.example'], selfSigned: true },
      { verify: 'full', ca },
      { reason: 'certificate is self-signed', hint: 'the file of ca= does not hold it' },
    ],
    [
      'is signed by an authority that the system does not know',
      { names: ['db.example'] },
      { verify: 'full' },
      {
        reason: 'certificate is signed by an unknown authority (Test Authority)',
        hint: 'give the certificate of the authority that signed it with ca=',
      },
    ],
    [
      'is signed by an authority other than that of ca=',
      { names: ['db.example'] },
      { verify: 'ca', ca: stranger.caFile },
      { reason: 'certificate is signed by an unknown authority (Test Authority)' },
    ],
  ]
  for (const [what, request, settings, expected] of table) {
    test(`${what}: ${expected.reason}`, async () => {
      const failure = await failureOf(await tlsServer(authority.issue(request)), 'db.example', settings)
      assert.partialDeepStrictEqual({ ...failure, reason: failure.reason }, { lasting: true, ...expected })
    })
  }

  test('is not for an address', async () => {
    const served = await tlsServer(authority.issue({ names: ['db.example'] }))
    const failure = await failureOf(served, '127.0.0.1', { verify: 'full', ca })
    assert.equal(failure.reason, 'certificate is for db.example, not 127.0.0.1')
  })
})

describe('a peer that does not shake hands', () => {
  const table: [string, (socket: net.Socket) => void, Partial<Failure>][] = [
    [
      'answers in plain text',
      (socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
      { code: 'NOT_TLS', reason: 'does not speak TLS', lasting: true },
    ],
    [
      'speaks first, in plain text',
      (socket) => socket.resume().write('SSH-2.0-x\r\n'),
      { code: 'NOT_TLS', lasting: true },
    ],
    [
      'closes',
      (socket) => socket.once('data', () => socket.end()),
      { code: 'CLOSED', reason: 'connection closed by peer during the TLS handshake', lasting: false },
    ],
    [
      'resets',
      (socket) => socket.once('data', () => socket.resetAndDestroy()),
      { code: 'ECONNRESET', reason: 'connection reset by peer during the TLS handshake', lasting: false },
    ],
    [
      'closes in the middle of its answer',
      (socket) => socket.once('data', () => socket.end(Buffer.from('160303007a0200', 'hex'))),
      { code: 'CLOSED', lasting: false },
    ],
    [
      'sends an alert: no such name',
      (socket) => socket.once('data', () => socket.end(Buffer.from('15030300020270', 'hex'))),
      {
        code: 'TLS_ALERT_UNRECOGNIZED_NAME',
        reason: 'server has no certificate for this name',
        lasting: true,
      },
    ],
    [
      'sends an alert: its own trouble, which passes',
      (socket) => socket.once('data', () => socket.end(Buffer.from('15030300020250', 'hex'))),
      { code: 'TLS_ALERT_INTERNAL_ERROR', reason: 'server failed during the TLS handshake', lasting: false },
    ],
    [
      'sends garbage in a record of TLS',
      (socket) => socket.once('data', () => socket.end(Buffer.from(`1603030010${'ff'.repeat(16)}`, 'hex'))),
      { lasting: true },
    ],
  ]
  for (const [what, answer, expected] of table) {
    test(what, async () => {
      const failure = await failureOf(await rawServer(answer), 'db.example', { verify: 'full', ca })
      assert.partialDeepStrictEqual({ ...failure, reason: failure.reason }, expected)
    })
  }

  test('speaks only old versions of TLS', async () => {
    const served = await tlsServer(good, {
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    })
    const failure = await failureOf(served, 'db.example', { verify: 'full', ca })
    assert.equal(failure.reason, 'server speaks no TLS version that readywhen does')
    assert.equal(failure.lasting, true)
  })

  test('has no cipher in common', async () => {
    const served = await tlsServer(good, { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' })
    const failure = await failureOf(served, 'db.example', { verify: 'full', ca })
    assert.equal(failure.code, 'TLS_ALERT_HANDSHAKE_FAILURE')
    assert.equal(failure.reason, 'server refused the TLS handshake')
  })

  test('is silent: everything is closed when the attempt is aborted', async () => {
    const served = await rawServer(() => {})
    const controller = new AbortController()
    const socket = await dialed(served.port)
    const result = secure(socket, 'db.example', { verify: 'full', ca }, attempt(controller.signal))
    controller.abort()
    await assert.rejects(result, Failure)
    if (!socket.closed) await once(socket, 'close')
  })

  test('has closed before the handshake', async () => {
    const socket = await dialed((await rawServer(() => {})).port)
    socket.destroy()
    await assert.rejects(secure(socket, 'x', { verify: 'none' }, attempt()), {
      reason: 'connection closed by peer before the TLS handshake',
    })
  })

  test('closes its side before the handshake', async () => {
    const failure = await failureOf(await rawServer((socket) => socket.resume().end()), 'x', {
      verify: 'none',
    })
    assert.match(failure.reason, /^connection (closed|reset) by peer during the TLS handshake$/)
  })

  test('gets nothing when the attempt is over before the handshake', async () => {
    const served = await rawServer(() => {})
    const socket = await dialed(served.port)
    await assert.rejects(secure(socket, 'x', { verify: 'none' }, attempt(AbortSignal.abort())), Failure)
    assert.equal(socket.destroyed, true)
  })
})

describe('a client certificate', () => {
  const demand = { ca: readFileSync(ca), requestCert: true, rejectUnauthorized: true }
  const client = authority.issue({ names: ['app'] })

  /** What a server with TLS 1.3 says about a client's certificate comes after the handshake. */
  async function firstError(port: number, settings: TlsSettings): Promise<Failure | undefined> {
    try {
      const secured = await secure(await dialed(port), 'db.example', settings, attempt())
      const [error] = (await once(secured, 'error').catch((reason: unknown) => [reason])) as [unknown]
      return tlsFailure(error)
    } catch (error) {
      return error instanceof Failure ? error : undefined
    }
  }

  test('is sent with its key', async () => {
    const served = await tlsServer(good, demand)
    const settings: TlsSettings = { verify: 'full', ca, cert: client.certFile, key: client.keyFile }
    const secured = await secure(await dialed(served.port), 'db.example', settings, attempt())
    secured.write('hello')
    while (Buffer.concat(served.received).toString() !== 'hello') await new Promise(setImmediate)
    secured.destroy()
  })

  test('may hold its key in the same file', async () => {
    const both = join(dir, 'both.pem')
    writeFileSync(both, readFileSync(client.certFile))
    appendFileSync(both, readFileSync(client.keyFile))
    const served = await tlsServer(good, { ...demand, maxVersion: 'TLSv1.2' })
    await succeeds(served, 'db.example', { verify: 'full', ca, cert: both })
  })

  test('is missed by the server, which says so after the handshake', async () => {
    const served = await tlsServer(good, demand)
    const failure = await firstError(served.port, { verify: 'full', ca })
    assert.equal(failure?.code, 'TLS_ALERT_CERTIFICATE_REQUIRED')
    assert.equal(failure?.reason, 'server requires a client certificate')
    assert.equal(failure?.hint, 'give cert= and key=')
    assert.equal(failure?.lasting, true)
  })

  test('is missed by a server that says so during the handshake', async () => {
    const served = await tlsServer(good, { ...demand, maxVersion: 'TLSv1.2' })
    const failure = await failureOf(served, 'db.example', { verify: 'full', ca })
    assert.equal(failure.code, 'TLS_ALERT_HANDSHAKE_FAILURE')
    assert.match(failure.hint ?? '', /client certificate/)
  })

  for (const version of ['-tls1_2', '-tls1_3']) {
    test(`is of an authority that the server does not know (${version.slice(1)})`, async () => {
      const other = stranger.issue({ names: ['app'] })
      const port = await freePort()
      const server = startChild('openssl', [
        ...['s_server', '-accept', `127.0.0.1:${port}`, '-cert', good.certFile, '-key', good.keyFile],
        ...['-CAfile', ca, '-Verify', '1', '-verify_return_error', version, '-quiet'],
      ])
      try {
        await untilListening(port)
        const settings: TlsSettings = { verify: 'full', ca, cert: other.certFile, key: other.keyFile }
        const failure = await firstError(port, settings)
        assert.equal(failure?.code, 'TLS_ALERT_UNKNOWN_CA')
        assert.equal(failure?.reason, 'server does not know the authority of the client certificate')
      } finally {
        await server.stop()
      }
    })
  }
})

describe('files', () => {
  const client = authority.issue({ names: ['app'] })
  const empty = join(dir, 'empty.pem')
  const garbage = join(dir, 'garbage.pem')
  const broken = join(dir, 'broken.pem')
  const locked = join(dir, 'locked.key')
  const pipe = join(dir, 'pipe')
  const secret = join(dir, 'unreadable.pem')
  let server: Served
  before(async () => {
    server = await tlsServer(good)
    writeFileSync(empty, '\n')
    writeFileSync(garbage, 'not a certificate')
    writeFileSync(broken, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')
    writeFileSync(secret, readFileSync(ca))
    chmodSync(secret, 0)
    execFileSync('openssl', ['ec', '-in', client.keyFile, '-aes128', '-passout', 'pass:x', '-out', locked], {
      stdio: 'ignore',
    })
    execFileSync('mkfifo', [pipe])
    mkdirSync(join(dir, 'folder'))
  })

  const cert = client.certFile
  const table: [string, Omit<TlsSettings, 'verify'>, RegExp, boolean][] = [
    ['missing', { ca: join(dir, 'none.pem') }, /^ca=\S+: no such file$/, false],
    ['missing in a folder that is a file', { ca: join(ca, 'x') }, /^ca=\S+: no such file$/, false],
    ['still empty', { ca: empty }, /^ca=\S+: empty file$/, false],
    ['without a certificate', { ca: garbage }, /^ca=\S+: holds no certificate in PEM form$/, true],
    ['a broken certificate', { cert: broken, key: client.keyFile }, /^TLS files cannot be used: /, true],
    ['a folder', { ca: join(dir, 'folder') }, /^ca=\S+: not a regular file$/, true],
    ['a pipe, which is not opened', { ca: pipe }, /^ca=\S+: not a regular file$/, true],
    ['without a key', { cert, key: garbage }, /^key=\S+: holds no private key in PEM form$/, true],
    ['without a key in the file of the certificate', { cert }, /^cert=\S+: holds no private key/, true],
    ['of two pairs', { cert, key: good.keyFile }, /^cert=\S+ and key=\S+ do not belong together$/, true],
    ['locked', { cert, key: locked }, /^key=\S+ is locked with a passphrase$/, true],
  ]
  for (const [what, settings, reason, lasting] of table) {
    test(`${what}: ${reason.source}`, async () => {
      const failure = await failureOf(server, 'db.example', { verify: 'full', ca, ...settings })
      assert.match(failure.reason, reason)
      assert.equal(failure.lasting, lasting)
    })
  }

  test('that may not be read are said to be', async (t) => {
    if (process.seteuid === undefined || process.geteuid === undefined) return t.skip('no users here')
    const user = process.geteuid()
    const socket = await dialed(server.port)
    if (user === 0) process.seteuid(65_534)
    const result = secure(socket, 'db.example', { verify: 'full', ca: secret }, attempt())
    process.seteuid(user)
    await assert.rejects(result, { reason: `ca=${secret}: permission denied`, lasting: true })
  })

  test('of SSL_CERT_FILE that are missing are not passed over', async () => {
    process.env.SSL_CERT_FILE = join(dir, 'none.pem')
    try {
      const failure = await failureOf(server, 'db.example', { verify: 'full' })
      assert.match(failure.reason, /^SSL_CERT_FILE=\S+: no such file$/)
    } finally {
      delete process.env.SSL_CERT_FILE
    }
  })
})

describe('settings', () => {
  test('verify everything unless told otherwise', () => {
    assert.deepEqual(tlsSettings({}), { verify: 'full' })
    assert.deepEqual(tlsSettings({ insecure: true, cert: 'c', key: 'k' }), {
      verify: 'none',
      cert: 'c',
      key: 'k',
    })
  })

  test('that contradict each other are refused', () => {
    assert.throws(() => tlsSettings({ insecure: true, ca: 'x' }), UsageError)
    assert.throws(() => tlsSettings({ key: 'x' }), UsageError)
  })

  test('name a host that can be one', () => {
    assert.equal(tlsOptions.servername.parse('db.example'), 'db.example')
    assert.throws(() => tlsOptions.servername.parse('db example'), UsageError)
    assert.throws(() => tlsOptions.servername.parse(''), UsageError)
  })
})

test('errors that have nothing to do with TLS are left to others', () => {
  assert.equal(tlsFailure(new Error('x')), undefined)
  assert.equal(tlsFailure(Object.assign(new Error('x'), { code: 'ECONNRESET' })), undefined)
  assert.equal(handshakeFailure(new Error('odd')).reason, 'TLS failed: odd')
})
