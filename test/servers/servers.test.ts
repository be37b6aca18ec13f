import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import dns from 'node:dns/promises'
import { existsSync, readFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import net from 'node:net'
import process from 'node:process'
import { after, before, describe, it } from 'node:test'
import { type Authority, type CertificateFiles, makeAuthority } from './certificates.ts'
import { type DnsmasqServer, startDnsmasq } from './dnsmasq.ts'
import { startNginx } from './nginx.ts'
import { freePort } from './ports.ts'
import { startPostgres } from './postgres.ts'
import { run, startChild } from './processes.ts'
import { startRedis, startSentinel } from './redis.ts'

const DAY_MS = 86_400_000

describe('a child process', () => {
  it('is waited for until it says something, and ended by its pid', async () => {
    const child = startChild('sh', ['-c', 'echo begun; exec sleep 60'])
    await child.says(/begun/)
    await child.stop()
    assert.equal(await child.ended, undefined)
    assert.throws(() => process.kill(child.pid, 0))
  })

  it('that ends early is told with its output', async () => {
    const child = startChild('sh', ['-c', 'echo no luck >&2; exit 3'])
    await assert.rejects(child.says(/begun/), /ended without saying .*begun.*\nno luck/)
    assert.equal(await child.ended, 3)
  })

  it('is told when the program does not exist', async () => {
    await assert.rejects(run('/no/such/program', []), /program/)
  })

  for (const [how, ending] of [
    ['is killed', 'process.kill(process.pid, "SIGKILL")'],
    ['is ended by a signal', 'process.kill(process.pid, "SIGTERM"); setTimeout(() => {}, 60_000)'],
    ['exits', 'process.exit()'],
  ]) {
    it(`does not outlive a test process that ${how}`, async () => {
      const modules = import.meta.dirname
      const script = `
        const { startChild } = await import('${modules}/processes.ts')
        const { makeTempDir } = await import('${modules}/temp.ts')
        const child = startChild('sleep', ['60'])
        console.log('pid', child.pid, makeTempDir('gone'), '.')
        ${ending}`
      const test = startChild(process.execPath, ['--input-type=module', '-e', script])
      await test.ended
      const [, pid, dir] = /pid (\d+) (\S+) /.exec(test.output()) ?? []
      assert.ok(pid !== undefined && dir !== undefined, test.output())
      // A killed process cannot remove its directory, but the kernel ends its children.
      assert.equal(existsSync(dir), how === 'is killed', dir)
      await run('sh', ['-c', `while grep -q 'State:.[^Z]' /proc/${pid}/status; do sleep 0.01; done 2>&-`])
      if (how === 'is killed') execFileSync('rmdir', [dir])
    })
  }
})

it('two free ports differ and can be listened on', async () => {
  const [first, second] = await Promise.all([freePort(), freePort()])
  assert.notEqual(first, second)
  const server = net.createServer()
  await new Promise<void>((resolve) => server.listen(first, '127.0.0.1', resolve))
  server.close()
})

describe('a certificate', () => {
  const authority = makeAuthority('Authority of this test')
  const check = ({ certFile }: CertificateFiles, ...args: readonly string[]): string =>
    execFileSync('openssl', ['x509', '-in', certFile, '-noout', ...args], { encoding: 'utf8' })
  const verify = (authority: Authority, { certFile }: CertificateFiles): string => {
    try {
      return execFileSync('openssl', ['verify', '-CAfile', authority.caFile, certFile], {
        encoding: 'utf8',
        stdio: 'pipe',
      })
    } catch (error) {
      return String((error as { stderr: unknown }).stderr ?? error)
    }
  }

  it('holds the names it was asked for and is signed by the authority', () => {
    const files = authority.issue({ names: ['db.example', '*.db.example'], ips: ['127.0.0.1', '::1'] })
    const text = check(files, '-ext', 'subjectAltName', '-subject', '-issuer')
    assert.match(
      text,
      /DNS:db\.example, DNS:\*\.db\.example, IP Address:127\.0\.0\.1, IP Address:0:0:0:0:0:0:0:1/,
    )
    assert.match(text, /subject=CN = db\.example\nissuer=CN = Authority of this test/)
    execFileSync('openssl', ['verify', '-CAfile', authority.caFile, files.certFile])
  })

  it('can have expired, be of tomorrow, or be signed by itself', () => {
    const expired = authority.issue({ names: ['db.example'], days: -3 })
    const early = authority.issue({ names: ['db.example'], notBefore: new Date(Date.now() + DAY_MS) })
    const selfSigned = authority.issue({ names: ['db.example'], selfSigned: true })
    assert.match(verify(authority, expired), /certificate has expired/)
    assert.match(verify(authority, early), /certificate is not yet valid/)
    assert.match(verify(authority, selfSigned), /self-signed certificate/)
  })
})

describe('Postgres', () => {
  it('starts with its own settings and statements, over TLS, and keeps its data over a restart', async () => {
    const tls = makeAuthority().issue({ names: ['localhost'] })
    const server = await startPostgres({
      tls,
      settings: { max_connections: 7 },
      initSql: "create role app login password 'x'; create table t (n int)",
    })
    assert.equal(await server.sql('show max_connections; show ssl'), '7\non\n')
    await server.restart()
    assert.equal(await server.sql("select count(*) from t; select 'app'::regrole"), '0\napp\n')
    await server.stop()
    assert.equal(existsSync(server.socketDir), false)
  })

  it('can be a standby', async () => {
    const server = await startPostgres({ standby: true })
    assert.equal(await server.sql('select pg_is_in_recovery()'), 't\n')
    await server.stop()
  })

  it('lets its superuser in by password alone, also over the socket', async () => {
    const server = await startPostgres()
    for (const host of [server.host, server.socketDir]) {
      const args = ['-h', host, '-p', `${server.port}`, '-U', server.user, '-Atc', 'select 1', 'postgres']
      assert.equal(await run('psql', args, { env: { PGPASSWORD: server.password } }), '1\n')
      await assert.rejects(
        run('psql', args, { env: { PGPASSWORD: 'wrong' } }),
        /password authentication failed/,
      )
    }
    await server.stop()
  })
})

describe('Redis', () => {
  it('takes a password and commands', async () => {
    const server = await startRedis({ password: 'a "b" c', config: ['databases 3'] })
    assert.equal(await server.command('CONFIG', 'GET', 'databases'), 'databases\n3')
    assert.match(await run('redis-cli', ['-p', `${server.port}`, 'PING']), /NOAUTH/)
    await server.stop()
  })

  it('speaks TLS on its port', async () => {
    const authority = makeAuthority()
    const server = await startRedis({ tls: authority.issue({ ips: ['127.0.0.1'] }) })
    const args = ['--tls', '--cacert', authority.caFile, '-p', `${server.port}`, 'PING']
    assert.equal(await run('redis-cli', args), 'PONG\n')
    await server.stop()
  })

  it('is found through a sentinel', async () => {
    const server = await startRedis({ password: 'secret' })
    const masters = { main: { port: server.port, password: 'secret' } }
    const sentinel = await startSentinel({ masters, password: 'other' })
    const answer = await sentinel.command('SENTINEL', 'get-master-addr-by-name', 'main')
    assert.equal(answer, `127.0.0.1\n${server.port}`)
    await sentinel.stop()
    await server.stop()
  })
})

describe('nginx', () => {
  for (const secure of [false, true]) {
    it(`serves what its configuration says over ${secure ? 'TLS' : 'TCP'} and notes the requests`, async () => {
      const authority = makeAuthority()
      const tls = secure ? authority.issue({ ips: ['127.0.0.1'] }) : undefined
      const server = await startNginx('location = /a { return 201 "made"; }', tls)
      const { request } = secure ? https : http
      const status = await new Promise((resolve, reject) => {
        const options = { port: server.port, path: '/a', agent: false, ca: readFileSync(authority.caFile) }
        request({ host: '127.0.0.1', ...options }, (answer) => resolve(answer.resume().statusCode))
          .on('error', reject)
          .end()
      })
      assert.equal(status, 201)
      assert.deepEqual(server.requests(), ['GET /a HTTP/1.1 201'])
      await server.stop()
    })
  }

  it('tells what is wrong with its configuration', async () => {
    await assert.rejects(startNginx('nonsense;'), /unknown directive "nonsense"/)
  })
})

describe('dnsmasq', () => {
  let server: DnsmasqServer
  const resolver = new dns.Resolver({ tries: 1 })
  before(async () => {
    server = await startDnsmasq({
      records: [
        { type: 'A', name: 'db.test', value: '127.0.0.1' },
        { type: 'A', name: 'db.test', value: '127.0.0.2' },
        { type: 'AAAA', name: 'db.test', value: '::1' },
        { type: 'CNAME', name: 'alias.test', value: 'db.test' },
        { type: 'TXT', name: 'text.test', value: 'one, "two"' },
        { type: 'MX', name: 'mail.test', value: 'db.test', priority: 5 },
        { type: 'SRV', name: '_pg._tcp.test', value: 'db.test', port: 5432 },
        { type: 'PTR', name: '9.0.0.127.in-addr.arpa', value: 'nine.test' },
        { type: 'NS', name: 'test', value: 'ns.test' },
      ],
    })
    resolver.setServers([`127.0.0.1:${server.port}`])
  })
  after(() => server.stop())

  for (const [type, name, answer] of [
    ['A', 'db.test', ['127.0.0.1', '127.0.0.2']],
    ['AAAA', 'db.test', ['::1']],
    ['CNAME', 'alias.test', ['db.test']],
    ['TXT', 'text.test', [['one, "two"']]],
    ['MX', 'mail.test', [{ exchange: 'db.test', priority: 5, type: 'MX' }]],
    ['SRV', '_pg._tcp.test', [{ name: 'db.test', port: 5432, priority: 0, weight: 0, type: 'SRV' }]],
    ['PTR', '9.0.0.127.in-addr.arpa', ['nine.test']],
    ['NS', 'test', ['ns.test']],
  ] as const) {
    it(`answers ${type} of ${name}`, async () => {
      assert.deepEqual(((await resolver.resolve(name, type)) as unknown[]).toSorted(), answer)
    })
  }

  it('knows no other name, until it is added', async () => {
    await assert.rejects(resolver.resolve4('late.test'), { code: 'ENOTFOUND' })
    await assert.rejects(resolver.resolve4('www.example'), { code: 'ENOTFOUND' })
    await server.addAddress('late.test', '127.0.0.3')
    assert.deepEqual(await resolver.resolve4('late.test'), ['127.0.0.3'])
  })
})
