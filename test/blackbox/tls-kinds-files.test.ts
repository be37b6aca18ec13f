/** Keys and certificates of every kind in files: the client's own, and those that are waited for. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, before, test } from 'node:test'
import { type CertificateFiles, type CertificateRequest, makeAuthority } from '../servers/certificates.ts'
import { type NginxServer, startNginx } from '../servers/nginx.ts'
import { command, readywhen } from './readywhen.ts'

const onNode = command.some((part) => /node$|\.mjs$|\.ts$/.test(part))
const authority = makeAuthority()
const files = authority.issue({ names: ['localhost'] })
let server: NginxServer
before(async () => {
  const nginx = { ...files, caFile: authority.caFile }
  server = await startNginx('ssl_ciphers DEFAULT:@SECLEVEL=0; location / { return 204; }', nginx)
})
after(() => server.stop())

function lock(
  name: string,
  { certFile, keyFile }: CertificateFiles,
  form: readonly string[],
): CertificateFiles {
  const locked = `${keyFile}.${name}`
  execFileSync('openssl', [...form, '-in', keyFile, '-passout', 'pass:x', '-out', locked], {
    stdio: 'ignore',
  })
  return { certFile, keyFile: locked }
}

interface Row {
  readonly request: CertificateRequest
  /** What the certificate's own check says; without one it is ready. */
  readonly file?: RegExp
  /** The same of the binary alone. */
  readonly fileInBinary?: RegExp
  /** How a server that asks for it takes it: ready, or this. */
  readonly client?: RegExp
  readonly clientInBinary?: RegExp
  readonly lock?: readonly string[]
}

const cannotSign = (kind: string): RegExp =>
  new RegExp(`: key of the client certificate is ${kind}, which readywhen cannot sign with$`)
const LOCKED = /: (private key|key=\S+) is locked with a passphrase$/

const rows: Readonly<Record<string, Row>> = {
  'P-256': { request: {} },
  'P-521': { request: { key: 'P-521' } },
  'RSA-2048': { request: { key: 'RSA-2048' } },
  Ed25519: { request: { key: 'Ed25519' } },
  'version 1': { request: { names: [], commonName: 'client', version1: true } },
  Ed448: {
    request: { key: 'Ed448' },
    fileInBinary: /: cannot match a key of the kind Ed448$/,
    clientInBinary: cannotSign('Ed448'),
  },
  'RSA-1024': {
    request: { key: 'RSA-1024' },
    client: /: key of the client certificate is too short, or that of its authority is, which/,
    clientInBinary: cannotSign('RSA of 1024 bits'),
  },
  secp256k1: {
    request: { key: 'secp256k1' },
    client: /alert illegal parameter|key of the client certificate is secp256k1/,
  },
  'locked, SEC1': { request: {}, lock: ['ec', '-aes128'], file: LOCKED, client: LOCKED },
  'locked, PKCS#8': { request: {}, lock: ['pkcs8', '-topk8'], file: LOCKED, client: LOCKED },
}

for (const [title, row] of Object.entries(rows)) {
  const issued = authority.issue({ names: ['client'], ...row.request })
  const { certFile, keyFile } = row.lock === undefined ? issued : lock('locked', issued, row.lock)

  async function expect(target: string, reason: RegExp | undefined): Promise<void> {
    const { code, stderr } = await readywhen(['--once', target])
    const [line = ''] = stderr.split('\n')
    assert.match(line, reason ?? /^ready /)
    assert.doesNotMatch(line, /[A-Z][a-z]+\(|\{|ERR_/)
    assert.equal(code, reason === undefined ? 0 : 1)
  }

  test(`a certificate and its key in files: ${title}`, () =>
    expect(
      `--file=${certFile}#certificate&matches-key=${keyFile}`,
      row.file ?? (onNode ? undefined : row.fileInBinary),
    ))

  test(`a client's certificate and its key: ${title}`, () =>
    expect(
      `--http=https://localhost:${server.port}/#ca=${authority.caFile}&cert=${certFile}&key=${keyFile}`,
      onNode ? row.client : (row.clientInBinary ?? row.client),
    ))
}
