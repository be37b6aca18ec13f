import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'
import process from 'node:process'
import { after, before, describe, test } from 'node:test'
import { startBlackHole } from '../servers/black-hole.ts'
import { makeAuthority } from '../servers/certificates.ts'
import { type ProgrammedDns, startDns, zone } from '../servers/dns.ts'
import { startFakePostgres } from '../servers/fake-postgres.ts'
import { closedPort, type FaultServer, startFault } from '../servers/faults.ts'
import { type NginxServer, startNginx } from '../servers/nginx.ts'
import { type RedisServer, startRedis } from '../servers/redis.ts'
import { command, type RunOptions, readywhen, temporaryDirectory } from './readywhen.ts'

const directory = temporaryDirectory()
const isRoot = process.getuid?.() === 0
const authority = makeAuthority()
const certificate = authority.issue({ names: ['localhost'] })
let http: NginxServer
let https: NginxServer
let redis: RedisServer
let postgres: Awaited<ReturnType<typeof startFakePostgres>>
let dns: ProgrammedDns
/** One target of every kind, all of them ready, none of which needs to look up a name. */
let everything: readonly string[]

before(async () => {
  ;[http, https, redis, postgres, dns] = await Promise.all([
    startNginx('location / { return 200; }'),
    startNginx('location / { return 200; }', certificate),
    startRedis(),
    startFakePostgres(async (client) => {
      await client.admit()
      await client.serve(() => ['1'])
    }),
    startDns(zone('db.test A 127.0.0.1')),
  ])
  everything = [
    `--tcp=127.0.0.1:${redis.port}`,
    `--http=http://127.0.0.1:${http.port}/`,
    `--http=https://localhost:${https.port}/#ca=${authority.caFile}`,
    `--redis=redis://127.0.0.1:${redis.port}`,
    `--postgres=postgres://app@127.0.0.1:${postgres.port}/app?sslmode=disable`,
    `--dns=db.test#server=127.0.0.1:${dns.port}`,
    '--file=/proc/self',
  ]
})
after(() => Promise.all([http, https, redis, postgres, dns].map((server) => server.stop())))

/** A script of a shell in a mount namespace of its own, at whose end the command takes over. */
function namespace(script: string): readonly string[] {
  return ['unshare', '-m', 'sh', '-ec', `${script}; exec "$@"`, 'sh']
}

const OTHER_USER = 'setpriv --reuid=12345 --regid=12345 --clear-groups'

/** Whether the command under test can be run at all where a test wants to run it. */
function canRun(under: readonly string[]): boolean {
  const [file = '', ...rest] = [...under, ...command, '--version']
  return spawnSync(file, rest, { cwd: '/' }).status === 0
}

const surroundings: Readonly<Record<string, readonly string[]>> = {
  'a user that no file knows, without rights': OTHER_USER.split(' '),
  'a root file system that is read-only': namespace('mount -o remount,bind,ro /'),
  'both of these': namespace(`mount -o remount,bind,ro /; set -- ${OTHER_USER} "$@"`),
  'an empty /etc: no resolv.conf, no hosts, no passwd': namespace('mount -t tmpfs none /etc'),
  'an empty /tmp and /dev': namespace('mount -t tmpfs none /tmp; mount -t tmpfs none /dev'),
}

describe('every kind works with', { skip: !isRoot && 'needs root for namespaces' }, () => {
  for (const [title, under] of Object.entries(surroundings)) {
    test(title, async (context) => {
      if (!canRun(under)) return context.skip('the command under test cannot be read there')
      const targets = title.includes('/tmp') ? everything.filter((flag) => !flag.includes('ca=')) : everything
      const run = await readywhen(['--timeout=20s', ...targets], { under })
      assert.equal(run.code, 0, run.stderr)
      assert.match(run.stderr, new RegExp(`^ready: ${targets.length} of ${targets.length} in `, 'm'))
    })
  }
})

test('without /etc/resolv.conf a name is not found, and the hint says why', { skip: !isRoot }, async () => {
  const under = namespace('mount -t tmpfs none /etc')
  const run = await readywhen(['--once', '--tcp=db.test:5432'], { under })
  assert.equal(run.code, 1)
  assert.match(run.stderr, /hint: no DNS server is configured: \/etc\/resolv\.conf is missing or names none/)
})

describe('IPv6', { skip: !hasIPv6() && 'no ::1 on this machine' }, () => {
  let six: FaultServer
  before(async () => {
    six = await startFault('answer', { host: '::1', text: 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n' })
  })
  after(() => six.stop())

  test('a target that is reached by IPv6 only, as an address and by name', async () => {
    const targets = [
      `--tcp=[::1]:${six.port}`,
      `--http=http://[::1]:${six.port}/`,
      `--http=http://six.test:${six.port}/`,
    ]
    const env = { READYWHEN_HOSTS: write('hosts-of-six', ['::1 six.test']) }
    const run = await readywhen(['--timeout=10s', ...targets], { env })
    assert.equal(run.code, 0, run.stderr)
    assert.match(run.stderr, new RegExp(`^ready +tcp \\[::1\\]:${six.port}`, 'm'))
  })

  test('an address in brackets stands in reasons and plans as it was written', async () => {
    const port = await closedPort()
    const target = `redis://[::1]:${port}`
    const run = await readywhen(['--once', `--redis=${target}`])
    assert.match(
      run.stderr,
      new RegExp(`^not ready +redis://\\[::1\\]:${port} +asked once: connection refused$`, 'm'),
    )
  })
})

describe('a name with several addresses', () => {
  const use = (lines: readonly string[]): RunOptions => ({
    env: { READYWHEN_RESOLV_CONF: write('resolv.conf', lines), READYWHEN_HOSTS: write('hosts', []) },
  })
  let alive: FaultServer
  let names: ProgrammedDns
  let options: RunOptions

  before(async () => {
    const hole = await startBlackHole({ host: '127.0.0.2' })
    holes.push(hole)
    alive = await startFault('silent', { host: '127.0.0.1', port: hole.port })
    names = await startDns(
      zone(
        'silent-first.test A 127.0.0.2',
        'silent-first.test A 127.0.0.1',
        'refused-first.test A 127.0.0.3',
        'refused-first.test A 127.0.0.1',
        'six-first.test AAAA ::1',
        'six-first.test A 127.0.0.1',
        'dead.test A 127.0.0.3',
        'dead.test A 127.0.0.4',
      ),
    )
    options = use([`nameserver [127.0.0.1]:${names.port}`])
  })
  const holes: { stop(): Promise<void> }[] = []
  after(() => Promise.all([alive, names, ...holes].map((server) => server.stop())))

  for (const name of ['silent-first', 'refused-first', 'six-first']) {
    test(`of which one is dead is ready at the first attempt: ${name}`, async () => {
      const run = await readywhen(['--once', `--tcp=${name}.test:${alive.port}`], options)
      assert.equal(run.code, 0, run.stderr)
    })
  }

  test('of which none answers is not ready, and how many there are is said', async () => {
    const run = await readywhen(['--once', `--tcp=dead.test:${alive.port}`], options)
    assert.equal(run.code, 1)
    assert.match(run.stderr, /connection refused \(all 2 addresses\)$/m)
  })
})

function write(name: string, lines: readonly string[]): string {
  const path = join(directory, name)
  writeFileSync(path, `${lines.join('\n')}\n`)
  return path
}

function hasIPv6(): boolean {
  return net.isIPv6('::1') && spawnSync('grep', ['-q', '^0\\{31\\}1 ', '/proc/net/if_inet6']).status === 0
}
