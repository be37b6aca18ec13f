import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { after, describe, test } from 'node:test'
import dns from '../../src/checks/dns.ts'
import { UsageError } from '../../src/plan/usage-error.ts'
import {
  type Answerer,
  NXDOMAIN,
  type ProgrammedDns,
  SERVFAIL,
  startDns,
  useResolver,
  zone,
} from '../servers/dns.ts'
import { startDnsmasq } from '../servers/dnsmasq.ts'
import { assertFails, failureOf, watchedAttempt } from './attempts.ts'
import { bind } from './bind.ts'

const servers: ProgrammedDns[] = []
after(() => Promise.all(servers.map((server) => server.stop())))

async function start(answer: Answerer): Promise<ProgrammedDns> {
  const server = await startDns(answer)
  servers.push(server)
  return server
}

const ZONE = zone(
  'db.prod.svc.cluster.local A 10.0.0.1',
  'db.prod.svc.cluster.local A 10.0.0.2',
  'db.prod.svc.cluster.local AAAA fd00::1',
  ...[1, 2, 3, 4, 5, 6].map((n) => `many A 10.0.0.${n}`),
  '_pg._tcp.db SRV 0 100 5432 db-0.db.example',
  '_pg._tcp.db SRV 10 50 5433 DB-1.db.example',
  'example MX 10 mail.example',
  'example MX 20 mail2.example',
  'example TXT "v=spf1 -all"',
  'example TXT "Say \u001b[2J"',
  'example NS ns.example',
  'www.example CNAME example',
  '1.0.0.10.in-addr.arpa PTR db-0.db.example',
  '1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa PTR db-1.db.example',
)

type Options = Readonly<Record<string, string | readonly string[]>>

describe('dns is ready', () => {
  const rows: readonly (readonly [target: string, options: Options, detail: string])[] = [
    ['db', {}, 'fd00::1, 10.0.0.1, 10.0.0.2'],
    ['db.prod.svc.cluster.local.', { min: '3' }, 'fd00::1, 10.0.0.1, 10.0.0.2'],
    ['db', { type: 'A', min: '2' }, '10.0.0.1, 10.0.0.2'],
    ['db', { type: 'aaaa' }, 'fd00::1'],
    ['db', { expect: ['10.0.0.2', 'FD00:0:0::1'] }, 'fd00::1, 10.0.0.1, 10.0.0.2'],
    ['many', {}, '10.0.0.1, 10.0.0.2, 10.0.0.3 and 3 more'],
    ['_pg._tcp.db', { type: 'SRV' }, '0 100 5432 db-0.db.example, 10 50 5433 db-1.db.example'],
    ...['db-0.db.example', 'db-1.DB.example.', 'db-0.db.example:5432', '10 50 5433 db-1.db.example'].map(
      (expect) =>
        [
          '_pg._tcp.db',
          { type: 'SRV', expect },
          '0 100 5432 db-0.db.example, 10 50 5433 db-1.db.example',
        ] as const,
    ),
    [
      'example',
      { type: 'MX', expect: ['mail.example', '20 mail2.example.'] },
      '10 mail.example, 20 mail2.example',
    ],
    ['example', { type: 'TXT', expect: 'v=spf1 -all' }, 'v=spf1 -all, Say \\x1b[2J'],
    ['example', { type: 'NS', expect: 'NS.example' }, 'ns.example'],
    ['www.example', { type: 'CNAME', expect: 'example' }, 'example'],
    ['10.0.0.1', { type: 'PTR' }, 'db-0.db.example'],
    ['fd00::1', { type: 'PTR', expect: 'db-1.db.example' }, 'db-1.db.example'],
    ['1.0.0.10.in-addr.arpa', { type: 'PTR' }, 'db-0.db.example'],
  ]
  for (const [target, options, detail] of rows) {
    test(`${target} ${JSON.stringify(options)}`, async () => {
      const server = await start(ZONE)
      useResolver([`nameserver ${server.address}`, 'search prod.svc.cluster.local', 'options ndots:2'])
      assert.deepEqual(await bind(dns, target, options).probe(watchedAttempt()), { detail })
    })
  }

  test('when the hosts file knows the name', async () => {
    useResolver([], ['10.0.0.9 db', 'fd00::9 db'])
    assert.deepEqual(await bind(dns, 'db', { expect: 'fd00::9' }).probe(watchedAttempt()), {
      detail: 'fd00::9, 10.0.0.9',
    })
  })

  test('when another server knows the name as it is, whatever the hosts file says', async () => {
    const own = await start(() => NXDOMAIN)
    const other = await start(zone('db A 10.0.0.5'))
    useResolver([`nameserver ${own.address}`, 'search prod'], ['10.0.0.9 db', '127.0.0.1 resolver'])
    for (const host of ['127.0.0.1', 'resolver']) {
      const server = `${host}:${other.port}`
      assert.deepEqual(await bind(dns, 'db', { server }).probe(watchedAttempt()), { detail: '10.0.0.5' })
    }
    assert.deepEqual([own.names(), new Set(other.names())], [[], new Set(['db A', 'db AAAA'])])
  })
})

describe('dns is not ready', () => {
  const rows: readonly (readonly [
    target: string,
    options: Options,
    code: string,
    reason: string,
    down: boolean,
  ])[] = [
    ['kafka', {}, 'DNS_NXDOMAIN', 'no such name "kafka"', true],
    ['many', { type: 'AAAA' }, 'DNS_NODATA', '"many" has no AAAA record', false],
    ['example', {}, 'DNS_NODATA', '"example" has no A or AAAA record', false],
    ['db', { type: 'A', min: '3' }, 'DNS_TOO_FEW', '2 of at least 3 records: 10.0.0.1, 10.0.0.2', false],
    [
      'db',
      { type: 'A', expect: ['10.0.0.1', '10.0.0.3'] },
      'DNS_UNEXPECTED',
      'no 10.0.0.3 among 10.0.0.1, 10.0.0.2',
      false,
    ],
    [
      'example',
      { type: 'TXT', expect: 'v=spf1' },
      'DNS_UNEXPECTED',
      'no v=spf1 among v=spf1 -all, Say \\x1b[2J',
      false,
    ],
    [
      '_pg._tcp.db',
      { type: 'SRV', expect: 'db-0.db.example:5433' },
      'DNS_UNEXPECTED',
      'no db-0.db.example:5433 among 0 100 5432 db-0.db.example, 10 50 5433 db-1.db.example',
      false,
    ],
    ['10.0.0.7', { type: 'PTR' }, 'DNS_NXDOMAIN', 'no such name "7.0.0.10.in-addr.arpa."', true],
  ]
  for (const [target, options, code, reason, down] of rows) {
    test(`${target} ${JSON.stringify(options)}: ${reason}`, async () => {
      const server = await start(ZONE)
      useResolver([`nameserver ${server.address}`, 'search prod.svc.cluster.local', 'options ndots:2'])
      await assertFails(bind(dns, target, options).probe(watchedAttempt()), { code, reason, down })
    })
  }

  test('while the server fails, which does not mean that the name is gone', async () => {
    const server = await start(() => SERVFAIL)
    useResolver([`nameserver ${server.address}`])
    await assertFails(bind(dns, 'db').probe(watchedAttempt()), { code: 'DNS_SERVFAIL' })
  })

  test('while the server is silent, which does not mean that the name is gone', async () => {
    const server = await start(() => 'silent')
    useResolver([`nameserver ${server.address}`])
    const attempt = watchedAttempt(200)
    await assertFails(bind(dns, 'db').probe(attempt), { code: 'DNS_TIMEOUT' })
    assert.equal(attempt.wasHeard(), true)
  })

  test('while the server to ask is not found, which does not mean that the name is gone', async () => {
    const server = await start(() => NXDOMAIN)
    useResolver([`nameserver ${server.address}`])
    await assertFails(bind(dns, 'db', { server: 'resolver' }).probe(watchedAttempt()), {
      code: 'DNS_NXDOMAIN',
      reason: 'server=: no such name "resolver"',
    })
  })

  test('while its attempt is cut short', async () => {
    const silent = createSocket('udp4').bind(0, '127.0.0.1')
    await once(silent, 'listening')
    useResolver([`nameserver [127.0.0.1]:${silent.address().port}`])
    const attempt = watchedAttempt()
    const failing = failureOf(bind(dns, 'db').probe(attempt))
    await once(silent, 'message')
    assert.equal(attempt.phases.at(-1), `the DNS server 127.0.0.1:${silent.address().port}`)
    attempt.abort()
    await failing
    silent.close()
  })
})

test('dns against a real server: a name that appears, TCP for what is large, every type', async () => {
  const server = await startDnsmasq({
    records: [
      { type: 'SRV', name: '_pg._tcp.db.example', value: 'db-0.example', port: 5432, priority: 1, weight: 2 },
      { type: 'TXT', name: 'db.example', value: 'hello' },
      { type: 'MX', name: 'example', value: 'mail.example', priority: 10 },
      { type: 'PTR', name: '9.0.0.10.in-addr.arpa', value: 'db.example' },
      { type: 'A', name: 'db-0.example', value: '10.0.0.7' },
      { type: 'CNAME', name: 'alias.example', value: 'db-0.example' },
      ...Array.from(
        { length: 60 },
        (_, i) => ({ type: 'TXT', name: 'large.example', value: `${i} ${'x'.repeat(60)}` }) as const,
      ),
    ],
  })
  try {
    useResolver([`nameserver [127.0.0.1]:${server.port}`, 'search example'])
    const probe = (target: string, options: Options = {}) =>
      bind(dns, target, options).probe(watchedAttempt())
    await assertFails(probe('late'), { code: 'DNS_NXDOMAIN', down: true })
    await server.addAddress('late.example', '127.0.0.1')
    assert.deepEqual(await probe('late'), { detail: '127.0.0.1' })
    assert.deepEqual(await probe('_pg._tcp.db.example', { type: 'SRV' }), { detail: '1 2 5432 db-0.example' })
    assert.deepEqual(await probe('db', { type: 'TXT' }), { detail: 'hello' })
    assert.deepEqual(await probe('example', { type: 'MX' }), { detail: '10 mail.example' })
    assert.deepEqual(await probe('10.0.0.9', { type: 'PTR' }), { detail: 'db.example' })
    assert.deepEqual(await probe('alias'), { detail: '10.0.0.7' })
    assert.deepEqual(await probe('alias', { type: 'CNAME' }), { detail: 'db-0.example' })
    await assertFails(probe('db'), { code: 'DNS_NODATA' })
    const { detail } = await probe('large', { type: 'TXT', min: '60' })
    assert.match(detail ?? '', / and 57 more$/)
  } finally {
    await server.stop()
  }
})

describe('a dns target', () => {
  for (const [target, options, message] of [
    ['10.0.0.1', {}, 'is an address, not a name (type=PTR finds its name)'],
    ['fe80::1%eth0', { type: 'PTR' }, 'is an address, not a name (type=PTR finds its name)'],
    ['', {}, 'is not a DNS name: it has an empty label'],
    ['a..b', {}, 'is not a DNS name: it has an empty label'],
    [
      'bücher.example',
      {},
      'is not a DNS name: it has a character outside ASCII: such names are written in Punycode (xn--…)',
    ],
    ['db', { type: 'ANY' }, 'must be one of A, NS, CNAME, SOA, PTR, MX, TXT, AAAA, SRV'],
    ['db', { min: '0' }, 'must be a whole number of at least 1'],
    ['db', { expect: '' }, 'must not be empty'],
    ['db', { server: 'dns:port' }, 'must be host:port'],
  ] as const) {
    test(`"${target}" ${JSON.stringify(options)} ${message}`, () =>
      assert.throws(() => bind(dns, target, options), new UsageError(message)))
  }

  test('takes a server as address or host, with a port or without', () => {
    for (const server of ['10.0.0.10', 'fd00::1', '[fd00::1]:54', 'kube-dns.kube-system:53', 'kube-dns']) {
      assert.equal(bind(dns, 'db', { server }).shown, 'db')
    }
  })
})
