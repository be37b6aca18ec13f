/** Keys and certificates of every kind: what the TLS of the command cannot do must not pass for a fault of the server. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { after, describe, test } from 'node:test'
import tls from 'node:tls'
import {
  type Authority,
  type CertificateRequest,
  type KeyKind,
  makeAuthority,
} from '../servers/certificates.ts'
import { command, readywhen } from './readywhen.ts'

/** The binary's own TLS knows less than OpenSSL, which Node has. */
const onNode = command.some((part) => /node$|\.mjs$|\.ts$/.test(part))

const authority = makeAuthority()
const servers: tls.Server[] = []
after(() => {
  for (const server of servers) server.close()
})

/** Answers HTTP and Redis both, over TLS. */
async function serve(
  request: CertificateRequest,
  by: Authority,
  options: tls.TlsOptions = {},
): Promise<{ readonly port: number; readonly certFile: string }> {
  const { certFile, keyFile } = by.issue({ names: ['localhost'], ...request })
  const server = tls.createServer({
    cert: readFileSync(certFile),
    key: readFileSync(keyFile),
    // Otherwise it would not load what is weak.
    ciphers: 'DEFAULT@SECLEVEL=0',
    ...options,
  })
  server.on('tlsClientError', () => {})
  server.on('secureConnection', (socket) => {
    socket.on('error', () => {})
    socket.on('data', (data) => {
      if (data.includes('HTTP/1')) socket.end('HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n')
      else socket.write(data.includes('PING') || data.includes('ping') ? '+PONG\r\n' : '+OK\r\n')
    })
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as AddressInfo).port, certFile }
}

interface Row {
  readonly request?: CertificateRequest
  /** The authority's own key. */
  readonly by?: KeyKind
  readonly server?: tls.TlsOptions
  /** What ends it; without one it is ready. */
  readonly reason?: RegExp
  /** What ends it in the binary alone. */
  readonly binary?: RegExp
  /** So too without any verification. */
  readonly always?: true
}

const OLD = { maxVersion: 'TLSv1.2' } as const
const unknownKey = (kind: string): RegExp =>
  new RegExp(`: server's key is ${kind}, which readywhen cannot verify$`)
const unknownAuthority = (kind: string): RegExp =>
  new RegExp(`: certificate is signed by an authority whose key is ${kind}, which readywhen cannot verify$`)

const rows: Readonly<Record<string, Row>> = {
  'P-384': { request: { key: 'P-384' } },
  'P-521': { request: { key: 'P-521' } },
  'P-521 with TLS 1.2': { request: { key: 'P-521' }, server: OLD },
  'P-521 of the authority': { by: 'P-521' },
  'P-521 of the authority, and SHA-512': { by: 'P-521', request: { digest: 'sha512' } },
  'P-521 alone to agree on a secret': { server: { ecdhCurve: 'P-521' } },
  'P-521 alone to agree on a secret, with TLS 1.2': { server: { ecdhCurve: 'P-521', ...OLD } },
  Ed25519: { request: { key: 'Ed25519' } },
  'RSA-PSS': { request: { key: 'RSA-PSS' } },
  Ed448: { request: { key: 'Ed448' }, binary: unknownKey('Ed448'), always: true },
  'Ed448 with TLS 1.2': {
    request: { key: 'Ed448' },
    server: { ...OLD },
    binary: unknownKey('Ed448'),
    always: true,
  },
  'RSA of 1024 bits': { request: { key: 'RSA-1024' }, reason: unknownKey('RSA of 1024 bits') },
  'RSA of 1024 bits of the authority': {
    by: 'RSA-1024',
    reason: unknownAuthority('(RSA of 1024 bits|too short)'),
  },
  'SHA-1': {
    by: 'RSA-2048',
    request: { digest: 'sha1' },
    reason: /: certificate is signed with .*SHA-1.*, which readywhen does not accept$/,
  },
  'P-256 and SHA-512': {
    request: { digest: 'sha512' },
    binary:
      /: certificate is signed with ECDSA and SHA-512 by a key of the kind P-256, which readywhen does not accept$/,
  },
  'a critical extension that nobody knows': {
    request: { extensions: ['1.2.3.4 = critical, ASN1:NULL'] },
    reason: /: certificate has a critical extension that readywhen does not know$/,
  },
  'a certificate of version 1': {
    request: { names: [], commonName: 'localhost', version1: true },
    reason: /: certificate names no host: it has the common name localhost, but no subjectAltName$/,
  },
  'only ciphers with CBC': {
    server: { ...OLD, ciphers: 'ECDHE-ECDSA-AES128-SHA256:@SECLEVEL=0' },
    binary: /: server refused the TLS handshake$/,
    always: true,
  },
}

const authorities = new Map<KeyKind, Authority>()
function authorityOf(kind: KeyKind | undefined): Authority {
  if (kind === undefined) return authority
  const known = authorities.get(kind) ?? makeAuthority('Test Authority', kind)
  authorities.set(kind, known)
  return known
}

describe('TLS with', () => {
  for (const [title, row] of Object.entries(rows)) {
    test(title, async () => {
      const by = authorityOf(row.by)
      const { port } = await serve(row.request ?? {}, by, row.server)
      const reason = row.reason ?? (onNode ? undefined : row.binary)
      for (const target of [`http=https://localhost:${port}/`, `redis=rediss://localhost:${port}`]) {
        const { code, stderr } = await readywhen(['--once', `--${target}#ca=${by.caFile}`])
        const [line = ''] = stderr.split('\n')
        assert.match(line, reason ?? /^ready /, target)
        assert.equal(code, reason === undefined ? 0 : 1, target)
        const trusting = await readywhen(['--once', `--${target}#insecure`])
        const refused = !onNode && (row.always === true || row.request?.key === 'RSA-1024')
        assert.equal(trusting.code, refused ? 1 : 0, trusting.stderr)
      }
    })
  }
})
