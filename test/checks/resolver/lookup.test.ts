import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { getEventListeners, once } from 'node:events'
import { writeFileSync } from 'node:fs'
import process from 'node:process'
import { after, describe, test } from 'node:test'
import { lookupAddresses, lookupRecords } from '../../../src/checks/resolver/lookup.ts'
import { formatRecord, type RecordType } from '../../../src/checks/resolver/record.ts'
import {
  type Answerer,
  NXDOMAIN,
  type ProgrammedDns,
  startDns,
  useResolver,
  zone,
} from '../../servers/dns.ts'
import { until } from '../../servers/until.ts'
import { assertFails, failureOf, type WatchedAttempt, watchedAttempt } from '../attempts.ts'

const servers: ProgrammedDns[] = []
after(() => Promise.all(servers.map((server) => server.stop())))

async function dns(answer: Answerer, host?: string): Promise<ProgrammedDns> {
  const server = await startDns(answer, host)
  servers.push(server)
  return server
}

/** Starts a server and makes it the only one. */
async function configure(answer: Answerer, ...more: readonly string[]): Promise<ProgrammedDns> {
  const server = await dns(answer)
  useResolver([`nameserver ${server.address}`, ...more])
  return server
}

/** A UDP port that takes every query and never answers. */
async function silentPort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  socket.unref()
  return socket.address().port
}

const DB = zone('db A 127.0.0.1')

describe('the addresses of a host', () => {
  for (const address of ['127.0.0.1', '::1', 'fe80::1%eth0']) {
    test(`${address} are itself`, async () => {
      const attempt = watchedAttempt()
      assert.deepEqual(await lookupAddresses(address, attempt), [address])
      assert.deepEqual(attempt.phases, [])
    })
  }

  test('come from the hosts file before anybody is asked', async () => {
    const server = await configure(DB)
    useResolver([`nameserver ${server.address}`], ['10.0.0.1 db', '10.0.0.2 db', 'fd00::1 DB'])
    assert.deepEqual(await lookupAddresses('Db.', watchedAttempt()), ['fd00::1', '10.0.0.1', '10.0.0.2'])
    assert.deepEqual(server.queries, [])
  })

  test('of localhost are this machine without a hosts file or a server', async () => {
    useResolver([])
    process.env['READYWHEN_HOSTS'] = '/nowhere/hosts'
    assert.deepEqual(await lookupAddresses('LocalHost', watchedAttempt()), ['::1', '127.0.0.1'])
    assert.deepEqual(await lookupAddresses('localhost.', watchedAttempt()), ['::1', '127.0.0.1'])
  })

  test('are asked for as A and AAAA, with EDNS, and told to the reader', async () => {
    const server = await configure(zone('db A 10.0.0.1', 'db A 10.0.0.2', 'db AAAA fd00::1'))
    const attempt = watchedAttempt()
    assert.deepEqual(await lookupAddresses('db', attempt), ['fd00::1', '10.0.0.1', '10.0.0.2'])
    assert.deepEqual(server.names().sort(), ['db A', 'db AAAA'])
    assert.ok(server.queries.every(({ edns, over }) => edns && over === 'udp'))
    assert.deepEqual(new Set(attempt.phases), new Set([`the DNS server 127.0.0.1:${server.port}`]))
  })

  test('are found through the search list and aliases', async () => {
    const server = await configure(
      zone(
        'db.data.svc.cluster.local CNAME pg.example',
        'pg.example CNAME pg-0.example',
        'pg-0.example A 10.0.0.7',
      ),
      'search prod.svc.cluster.local svc.cluster.local cluster.local',
      'options ndots:5',
    )
    assert.deepEqual(await lookupAddresses('db.data', watchedAttempt()), ['10.0.0.7'])
    assert.deepEqual(
      new Set(server.queries.map(({ name }) => name)),
      new Set(['db.data.prod.svc.cluster.local', 'db.data.svc.cluster.local']),
    )
  })

  test('are asked for over IPv6 where the server is there', async () => {
    const server = await dns(DB, '::1')
    useResolver([`nameserver ${server.address}`])
    assert.deepEqual(await lookupAddresses('db', watchedAttempt()), ['127.0.0.1'])
  })

  test('are found once they exist: the files and the server are asked anew each time', async () => {
    await configure(({ name, type }, count) =>
      count === 1 ? NXDOMAIN : DB({ id: 0, name, type, edns: true, over: 'udp' }),
    )
    await assertFails(lookupAddresses('db', watchedAttempt()), { code: 'DNS_NXDOMAIN', down: true })
    assert.deepEqual(await lookupAddresses('db', watchedAttempt()), ['127.0.0.1'])
    writeFileSync(process.env['READYWHEN_HOSTS'] ?? '', '10.0.0.9 db\n')
    assert.deepEqual(await lookupAddresses('db', watchedAttempt()), ['10.0.0.9'])
  })

  test('are asked for one after the other with single-request', async () => {
    const server = await configure(zone('db A 10.0.0.1', 'db AAAA fd00::1'), 'options single-request')
    assert.deepEqual(await lookupAddresses('db', watchedAttempt()), ['fd00::1', '10.0.0.1'])
    assert.deepEqual(server.names(), ['db A', 'db AAAA'])
  })

  test('are those of one family when the server never tells the other', async () => {
    await configure((query) => (query.type === 'AAAA' ? 'silent' : DB(query)))
    const started = performance.now()
    assert.deepEqual(await lookupAddresses('db', watchedAttempt()), ['127.0.0.1'])
    assert.ok(performance.now() - started < 1500)
  })
})

describe('a resolution', () => {
  for (const attemptMs of [200, 1000]) {
    test(`of silent servers ends within an attempt of ${attemptMs} ms, in words of its own`, async () => {
      useResolver(
        [await silentPort(), await silentPort(), await silentPort()].map(
          (port) => `nameserver [127.0.0.1]:${port}`,
        ),
      )
      const started = performance.now()
      await assertFails(lookupAddresses('db', watchedAttempt(attemptMs)), { code: 'DNS_TIMEOUT' })
      const took = performance.now() - started
      assert.ok(took > attemptMs * 0.85, `${took} ms`)
      assert.ok(took < attemptMs + 1000, `${took} ms`)
    })
  }

  test('waits no longer than resolv.conf says', async () => {
    useResolver([`nameserver [127.0.0.1]:${await silentPort()}`, 'options timeout:1 attempts:1'])
    const started = performance.now()
    await assertFails(lookupAddresses('db', watchedAttempt(60_000)), { code: 'DNS_TIMEOUT' })
    assert.ok(performance.now() - started < 3000)
  })

  test('ends with its attempt and asks nobody after that', async () => {
    const server = await configure(() => 'silent')
    const attempt = watchedAttempt(60_000)
    const ending = failureOf(lookupAddresses('db', attempt))
    await until(() => server.queries.length === 2, 'both queries')
    attempt.abort()
    await ending
    assert.equal(server.queries.length, 2)
  })

  test('of an attempt that is over does not begin', async () => {
    const server = await configure(DB)
    const attempt = watchedAttempt()
    attempt.abort()
    await failureOf(lookupAddresses('db', attempt))
    assert.deepEqual(server.queries, [])
  })

  test('leaves nothing open', async () => {
    const open = (kinds: RegExp): number =>
      process.getActiveResourcesInfo().filter((kind) => kinds.test(kind)).length
    const probe = (attempt: WatchedAttempt) => lookupAddresses('db', attempt)
    await configure((query) =>
      query.type === 'AAAA' ? 'silent' : query.over === 'udp' ? { truncated: true } : DB(query),
    )
    const sockets = open(/UDP|TCPSocket/)
    const timers = open(/Timeout/)
    const attempt = watchedAttempt()
    await probe(attempt)
    assert.deepEqual([open(/Timeout/), getEventListeners(attempt.signal, 'abort')], [timers, []])
    const aborted = watchedAttempt()
    const ending = failureOf(probe(aborted))
    await until(() => open(/Timeout/) > timers, 'it to wait')
    aborted.abort()
    await ending
    assert.equal(open(/Timeout/), timers)
    await until(
      () => open(/UDP|TCPSocket/) <= sockets,
      () => `${process.getActiveResourcesInfo()}`,
    )
  })

  test('that waits for the second family only ends with its attempt at once', async () => {
    const server = await configure((query) => (query.type === 'AAAA' ? 'silent' : DB(query)))
    const attempt = watchedAttempt()
    const ending = failureOf(lookupAddresses('db', attempt))
    await until(() => server.queries.length === 2, 'both queries')
    // The answer is here by now, and so is the timer that bounds the wait for the other.
    await new Promise((resolve) => setTimeout(resolve, 100))
    attempt.abort()
    await ending
    assert.deepEqual(
      process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout'),
      [],
    )
  })

  for (const name of ['a..b', 'bücher.example', `${'a'.repeat(64)}.example`]) {
    test(`of ${name.slice(0, 20)} is refused for good`, async () => {
      const failure = await failureOf(lookupAddresses(name, watchedAttempt()))
      assert.deepEqual([failure.code, failure.lasting], ['DNS_NAME', true])
    })
  }
})

describe('the records of a name', () => {
  const ZONE = zone(
    'example MX 10 mail.example',
    'example TXT "v=spf1 " "-all"',
    'example NS ns.example',
    'example SOA ns.example hostmaster.example 2024 1 2 3 4',
    'www.example CNAME example',
    '_pg._tcp.example SRV 0 100 5432 db-0.example',
    '1.0.0.10.in-addr.arpa PTR db.example',
  )
  for (const [name, type, expected] of [
    ['example', 'MX', '10 mail.example'],
    ['example', 'TXT', 'v=spf1 -all'],
    ['example', 'NS', 'ns.example'],
    ['example', 'SOA', 'ns.example hostmaster.example 2024'],
    ['www.example', 'CNAME', 'example'],
    ['www.example', 'MX', '10 mail.example'],
    ['_pg._tcp.example', 'SRV', '0 100 5432 db-0.example'],
    ['1.0.0.10.in-addr.arpa', 'PTR', 'db.example'],
  ] as const satisfies readonly (readonly [string, RecordType, string])[]) {
    test(`${name} ${type}`, async () => {
      await configure(ZONE)
      assert.deepEqual((await lookupRecords(name, [type], watchedAttempt())).map(formatRecord), [expected])
    })
  }

  test('come from other servers, for the name as it is, when those are named', async () => {
    const configured = await configure(DB, 'search a b')
    const other = await dns(zone('example A 10.0.0.1'))
    const records = await lookupRecords('example', ['A'], watchedAttempt(), [other])
    assert.deepEqual(records.map(formatRecord), ['10.0.0.1'])
    assert.deepEqual([configured.names(), other.names()], [[], ['example A']])
  })

  test('a hundred at once are found', async () => {
    await configure((query) => ({ answers: [`${query.name} A 10.0.0.1`] }))
    const lookups = Array.from({ length: 100 }, (_, i) => lookupRecords(`db-${i}`, ['A'], watchedAttempt()))
    assert.equal((await Promise.all(lookups)).flat().length, 100)
  })
})
