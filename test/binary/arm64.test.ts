import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { after, before, describe, test } from 'node:test'
import { type Authority, makeAuthority } from '../servers/certificates.ts'
import { closedPort } from '../servers/faults.ts'
import { startNginx } from '../servers/nginx.ts'
import { startPostgres } from '../servers/postgres.ts'
import { startRedis } from '../servers/redis.ts'
import { makeTempDir } from '../servers/temp.ts'
import { readywhen } from './binary.ts'
import { PT_DYNAMIC, PT_INTERP, readElf } from './elf.ts'

const ROOT = join(import.meta.dirname, '../..')
const arm64 = resolve(ROOT, process.env['READYWHEN_ARM64'] ?? 'dist/readywhen-arm64')
const QEMU = ['/usr/bin/qemu-aarch64-static', '/usr/bin/qemu-aarch64'].find((path) => existsSync(path))

function whyNot(): string | false {
  if (process.arch === 'arm64') return 'this machine is arm64: the other tests of the binary are these'
  if (!existsSync(arm64)) return 'there is no dist/readywhen-arm64: npm run build -- --arch arm64'
  return QEMU === undefined && 'there is no qemu: apt-get install qemu-user-static'
}

const command = [QEMU ?? '', arm64]

describe('the binary for arm64, under qemu', { skip: whyNot() }, () => {
  let authority: Authority
  before(() => {
    authority = makeAuthority()
  })
  const stops: (() => Promise<void>)[] = []
  after(() => Promise.all(stops.map((stop) => stop())))

  async function assertReady(target: string, says: RegExp): Promise<void> {
    const { code, stderr } = await readywhen(['--timeout=20s', `--attempt-timeout=10s`, target], { command })
    assert.equal(code, 0, stderr)
    assert.match(stderr, says)
  }

  test('it is static, and for arm64', () => {
    const { machine, segments } = readElf(arm64)
    assert.equal(machine, 'arm64')
    assert.ok(!segments.some(({ type }) => type === PT_INTERP || type === PT_DYNAMIC))
  })

  test('--version', async () => {
    const { code, stdout } = await readywhen(['--version'], { command })
    assert.equal(code, 0)
    assert.match(stdout, /^\d+\.\d+\.\d+\n$/)
  })

  test('tcp: refused', async () => {
    const { code, stderr } = await readywhen(['--once', `--tcp=127.0.0.1:${await closedPort()}`], { command })
    assert.equal(code, 1)
    assert.match(stderr, /connection refused/)
  })

  test('https', async () => {
    const web = await startNginx('location / { return 204; }', authority.issue({ ips: ['127.0.0.1'] }))
    stops.push(() => web.stop())
    await assertReady(`--http=https://127.0.0.1:${web.port}/#ca=${authority.caFile}`, /204/)
    await assertReady(`--tcp=127.0.0.1:${web.port}`, /ready/)
    const unknown = await readywhen(['--once', `--http=https://127.0.0.1:${web.port}/`], { command })
    assert.match(unknown.stderr, /unknown authority/)
  })

  test('postgres over TLS, verified, with SCRAM', async () => {
    const server = await startPostgres({ tls: authority.issue({ names: ['localhost'], ips: ['127.0.0.1'] }) })
    stops.push(() => server.stop())
    const login = `${server.user}:${encodeURIComponent(server.password)}@127.0.0.1:${server.port}`
    const query = `sslmode=verify-full&sslrootcert=${authority.caFile}`
    await assertReady(`--postgres=postgres://${login}/postgres?${query}`, /PostgreSQL \d+/)
  })

  test('redis over TLS', async () => {
    const server = await startRedis({ tls: authority.issue({ ips: ['127.0.0.1'] }), password: 'hush' })
    stops.push(() => server.stop())
    await assertReady(`--redis=rediss://:hush@127.0.0.1:${server.port}#ca=${authority.caFile}`, /ready/)
  })

  test('it becomes a command, and installs itself', async () => {
    const copy = join(makeTempDir('arm64'), 'readywhen')
    const args = [`--file=${arm64}`, '--', 'sh', '-c', 'exit 8']
    assert.equal((await readywhen(args, { command })).code, 8)
    assert.equal((await readywhen(['install', copy], { command })).code, 0)
    assert.equal(readElf(copy).machine, 'arm64')
  })
})
