/** Postgres over TLS with keys and certificates that are not the usual ones: nobody goes on without TLS for these. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { makeAuthority } from '../servers/certificates.ts'
import { type PostgresServer, startPostgres } from '../servers/postgres.ts'
import { command, readywhen } from './readywhen.ts'

const onNode = command.some((part) => /node$|\.mjs$|\.ts$/.test(part))
const authority = makeAuthority()
const stranger = makeAuthority('Stranger')
const servers: PostgresServer[] = []
after(() => Promise.all(servers.map((server) => server.stop())))

/** Lets anybody in, encrypted or not; which it was is asked by the query. */
async function serve(
  request: Parameters<typeof authority.issue>[0],
  hba = 'host all all all trust',
): Promise<PostgresServer> {
  const server = await startPostgres({ tls: authority.issue(request), hba: [hba] })
  servers.push(server)
  return server
}

let p521: PostgresServer
let ed448only: PostgresServer
let ed448: PostgresServer
let manual: PostgresServer
let wildcard: PostgresServer
let addressed: PostgresServer
before(async () => {
  ;[p521, ed448, ed448only, manual, wildcard, addressed] = await Promise.all([
    serve({ names: ['localhost'], key: 'P-521' }),
    serve({ names: ['localhost'], key: 'Ed448' }),
    serve({ names: ['localhost'], key: 'Ed448' }, 'hostssl all all all trust'),
    serve({ commonName: 'localhost', version1: true }),
    serve({ commonName: '*.example', ips: ['10.0.0.1'] }),
    serve({ commonName: 'localhost', names: ['other.example'] }),
  ])
})

const CA = `sslrootcert=${authority.caFile}`
const ENCRYPTED = 'query=select ssl from pg_stat_ssl where pid = pg_backend_pid()'
const KEY = /: server's key is Ed448, which readywhen cannot verify$/

interface Row {
  readonly server: () => PostgresServer
  readonly more: string
  readonly reason?: RegExp
  readonly binary?: RegExp
  readonly options?: string
}

const rows: Readonly<Record<string, Row>> = {
  'P-521 with prefer': { server: () => p521, more: '' },
  'P-521 with require': { server: () => p521, more: 'sslmode=require' },
  'P-521 with verify-full': { server: () => p521, more: `sslmode=verify-full ${CA}` },
  'Ed448 with prefer, which does not go on without TLS': { server: () => ed448, more: '', binary: KEY },
  'Ed448 with allow, where only TLS is admitted': {
    server: () => ed448only,
    more: 'sslmode=allow',
    binary: KEY,
  },
  'Ed448 with require': { server: () => ed448, more: 'sslmode=require', binary: KEY },
  "the manual's recipe with verify-full": { server: () => manual, more: `sslmode=verify-full ${CA}` },
  "the manual's recipe with ca=": { server: () => manual, more: '', options: `&ca=${authority.caFile}` },
  "the manual's recipe with verify-ca": { server: () => manual, more: `sslmode=verify-ca ${CA}` },
  "the manual's recipe and another authority": {
    server: () => manual,
    more: `sslmode=verify-ca sslrootcert=${stranger.caFile}`,
    reason: /: certificate is signed by an unknown authority \(Test Authority\)$/,
  },
  "the manual's recipe and another host": {
    server: () => manual,
    more: `host=db.example hostaddr=127.0.0.1 sslmode=verify-full ${CA}`,
    reason: /: certificate is for localhost, not db\.example$/,
  },
  'a wildcard for a common name': {
    server: () => wildcard,
    more: `host=db.example hostaddr=127.0.0.1 sslmode=verify-full ${CA}`,
  },
  'a wildcard for a common name, and a subdomain': {
    server: () => wildcard,
    more: `host=a.db.example hostaddr=127.0.0.1 sslmode=verify-full ${CA}`,
    reason: /: certificate is for 10\.0\.0\.1, not a\.db\.example$/,
  },
  'a common name beside a subjectAltName of hosts': {
    server: () => addressed,
    more: `sslmode=verify-full ${CA}`,
    reason: /: certificate is for other\.example, not localhost$/,
  },
  'a missing sslrootcert with require': {
    server: () => p521,
    more: 'sslmode=require sslrootcert=/none/root.crt',
  },
  'a missing sslrootcert with prefer': { server: () => p521, more: 'sslrootcert=/none/root.crt' },
  'a missing sslrootcert with verify-ca': {
    server: () => p521,
    more: 'sslmode=verify-ca sslrootcert=/none/root.crt',
    reason: /: ca=\/none\/root\.crt: no such file$/,
  },
  'a missing file of ca= with require': {
    server: () => p521,
    more: 'sslmode=require',
    options: '&ca=/none/root.crt',
    reason: /: ca=\/none\/root\.crt: no such file$/,
  },
}

for (const [title, { server, more, reason, binary, options = '' }] of Object.entries(rows)) {
  test(title, async () => {
    const host = more.startsWith('host=') ? '' : 'host=localhost '
    const target = `${host}port=${server().port} user=postgres dbname=postgres ${more}#${ENCRYPTED}${options}`
    const { code, stderr } = await readywhen(['--once', `--postgres=${target}`])
    const [line = ''] = stderr.split('\n')
    const expected = reason ?? (onNode ? undefined : binary)
    assert.match(line, expected ?? /^ready .*PostgreSQL/)
    assert.equal(code, expected === undefined ? 0 : 1)
  })
}
